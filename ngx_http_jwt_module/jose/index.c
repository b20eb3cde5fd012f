
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "index.h"
#include "json_string.h"

#include <stdlib.h>
#include <string.h>


static void jose_index_measure(jose_index_t *index, const jose_key_t *keys,
    size_t n);
static void jose_index_fill(jose_index_t *index, const jose_key_t *keys,
    size_t n);
static size_t jose_index_group(const jose_index_t *index,
    const jose_key_t *key, uint32_t *hash);


bool
jose_index_build(jose_index_t *index, const jose_key_t *keys, size_t n)
{
    if (n < 2) {
        return true;
    }

    jose_index_measure(index, keys, n);

    index->starts = calloc(index->buckets + 2, sizeof(size_t));
    index->entries = calloc(n, sizeof(jose_index_entry_t));

    if (index->starts == NULL || index->entries == NULL) {
        jose_index_clear(index);
        return false;
    }

    jose_index_fill(index, keys, n);

    return true;
}


static void
jose_index_measure(jose_index_t *index, const jose_key_t *keys, size_t n)
{
    size_t  i, kids;

    kids = 0;

    for (i = 0; i < n; i++) {

        if (keys[i].kid.data == NULL) {
            continue;
        }

        kids++;

        if (keys[i].kid.len > index->longest) {
            index->longest = keys[i].kid.len;
        }
    }

    index->buckets = 1;

    while (index->buckets < kids) {
        index->buckets *= 2;
    }
}


/*
 * Each start is first how many there are, then the end of its group, from
 * where it goes back to its beginning.
 */

static void
jose_index_fill(jose_index_t *index, const jose_key_t *keys, size_t n)
{
    size_t               i, group;
    uint32_t             hash;
    jose_index_entry_t  *entry;

    for (i = 0; i < n; i++) {
        index->starts[jose_index_group(index, &keys[i], &hash)]++;
    }

    for (i = 0; i < index->buckets + 1; i++) {
        index->starts[i + 1] += index->starts[i];
    }

    for (i = n; i > 0; i--) {
        group = jose_index_group(index, &keys[i - 1], &hash);

        entry = &index->entries[--index->starts[group]];

        entry->key = i - 1;
        entry->hash = hash;
    }
}


static size_t
jose_index_group(const jose_index_t *index, const jose_key_t *key,
    uint32_t *hash)
{
    if (key->kid.data == NULL) {
        *hash = 0;
        return index->buckets;
    }

    *hash = jose_json_bytes_hash(key->kid);

    return jose_index_bucket(index, *hash);
}


void
jose_index_clear(jose_index_t *index)
{
    free(index->starts);
    free(index->entries);

    memset(index, 0, sizeof(jose_index_t));
}
