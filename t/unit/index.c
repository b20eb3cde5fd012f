
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The index itself; what is found with it: see select.c.
 */


#include "exact.h"
#include "index.h"
#include "json_string.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


static void test_few(void);
static void test_groups(void);
static void test_groups_of(size_t n, size_t kids, size_t step);
static bool check_group(const jose_index_t *index, const jose_key_t *keys,
    size_t group, char *seen);
static void test_longest(void);
static void test_spread(void);
static jose_key_t *make_keys(size_t n, size_t kids, size_t step);
static void free_keys(jose_key_t *keys, size_t n);


int
main(void)
{
    test_few();
    test_groups();
    test_longest();
    test_spread();

    return unit_done("index");
}


/* Fewer than two are not looked for. */

static void
test_few(void)
{
    jose_key_t    *keys;
    jose_index_t   index, none;

    memset(&index, 0, sizeof(jose_index_t));
    memset(&none, 0, sizeof(jose_index_t));

    keys = make_keys(1, 1, 1);

    unit_check_for(jose_index_build(&index, NULL, 0), "no key refused");
    unit_check_for(memcmp(&index, &none, sizeof(index)) == 0, "no key");

    unit_check_for(jose_index_build(&index, keys, 1), "one key refused");
    unit_check_for(memcmp(&index, &none, sizeof(index)) == 0, "one key");

    jose_index_clear(&index);
    jose_index_clear(&index);

    unit_check_for(memcmp(&index, &none, sizeof(index)) == 0, "not cleared");

    free_keys(keys, 1);
}


/* Keys of some different kids, each step of them with one. */

static void
test_groups(void)
{
    size_t  i;

    static const size_t  sizes[] = { 2, 3, 4, 5, 7, 8, 9, 64, 1000 };

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        test_groups_of(sizes[i], sizes[i], 1);
        test_groups_of(sizes[i], sizes[i], 2);
        test_groups_of(sizes[i], 3, 1);
        test_groups_of(sizes[i], 3, 3);
        test_groups_of(sizes[i], 1, 1);
        test_groups_of(sizes[i], 1, sizes[i] + 1);
    }
}


static void
test_groups_of(size_t n, size_t kids, size_t step)
{
    bool           good;
    char          *seen;
    size_t         i;
    jose_key_t    *keys;
    jose_index_t   index;

    memset(&index, 0, sizeof(jose_index_t));

    seen = calloc(n, 1);
    keys = make_keys(n, kids, step);

    unit_check(jose_index_build(&index, keys, n));

    unit_check_for((index.buckets & (index.buckets - 1)) == 0
                   && index.buckets > 0 && index.buckets < 2 * n,
                   "%zu buckets for %zu keys", index.buckets, n);

    unit_check_for(index.starts[0] == 0
                   && index.starts[index.buckets + 1] == n,
                   "entries of %zu keys", n);

    good = true;

    for (i = 0; i <= index.buckets; i++) {
        good = check_group(&index, keys, i, seen) && good;
    }

    for (i = 0; i < n; i++) {
        good = good && seen[i] == 1;
    }

    unit_check_for(good, "%zu keys of %zu kids, step %zu", n, kids, step);

    jose_index_clear(&index);
    unit_check(index.entries == NULL && index.starts == NULL);

    free_keys(keys, n);
    free(seen);
}


/* Whether the keys of a group belong to it and are in the order of the set. */

static bool
check_group(const jose_index_t *index, const jose_key_t *keys, size_t group,
    char *seen)
{
    size_t                     i;
    const jose_key_t          *key;
    const jose_index_entry_t  *entry;

    for (i = index->starts[group]; i < index->starts[group + 1]; i++) {
        entry = &index->entries[i];
        key = &keys[entry->key];
        seen[entry->key]++;

        if (i > index->starts[group] && entry->key <= entry[-1].key) {
            return false;
        }

        if ((key->kid.data == NULL) != (group == index->buckets)) {
            return false;
        }

        if (key->kid.data != NULL
            && (entry->hash != jose_json_bytes_hash(key->kid)
                || jose_index_bucket(index, entry->hash) != group))
        {
            return false;
        }
    }

    return true;
}


static void
test_longest(void)
{
    size_t        i, k;
    jose_key_t    keys[3];
    jose_index_t  index;

    static const struct {
        const char  *kids[3];    /* NULL: none */
        size_t       longest;
    } rows[] = {
        { { NULL, NULL, NULL }, 0 }, { { "", NULL, "" }, 0 },
        { { "a", "abc", "ab" }, 3 }, { { "abc", NULL, NULL }, 3 },
        { { NULL, "", "abcd" }, 4 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(keys, 0, sizeof(keys));
        memset(&index, 0, sizeof(jose_index_t));

        for (k = 0; k < 3; k++) {
            if (rows[i].kids[k] != NULL) {
                keys[k].kid = exact(rows[i].kids[k]);
            }
        }

        unit_check(jose_index_build(&index, keys, 3));
        unit_check_for(index.longest == rows[i].longest, "row %zu: %zu", i,
                       index.longest);

        jose_index_clear(&index);

        for (k = 0; k < 3; k++) {
            exact_free(keys[k].kid);
        }
    }
}


/* One of many is found without looking at many. */

static void
test_spread(void)
{
    size_t         i, most;
    jose_key_t    *keys;
    jose_index_t   index;

    memset(&index, 0, sizeof(jose_index_t));

    keys = make_keys(1000, 1000, 1);
    most = 0;

    unit_check(jose_index_build(&index, keys, 1000));

    for (i = 0; i < index.buckets; i++) {
        if (index.starts[i + 1] - index.starts[i] > most) {
            most = index.starts[i + 1] - index.starts[i];
        }
    }

    unit_check_for(most <= 8, "%zu of 1000 keys together", most);

    jose_index_clear(&index);
    free_keys(keys, 1000);
}


static jose_key_t *
make_keys(size_t n, size_t kids, size_t step)
{
    char         kid[32];
    size_t       i;
    jose_key_t  *keys;

    keys = calloc(n, sizeof(jose_key_t));

    for (i = 0; i < n; i++) {
        if ((i + 1) % step == 0) {
            (void) snprintf(kid, sizeof(kid), "key-%zu", i % kids);
            keys[i].kid = exact(kid);
        }
    }

    return keys;
}


static void
free_keys(jose_key_t *keys, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        exact_free(keys[i].kid);
    }

    free(keys);
}
