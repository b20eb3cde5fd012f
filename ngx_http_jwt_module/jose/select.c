
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "select.h"
#include "json_string.h"


static const jose_key_t *jose_select_walk(jose_select_t *select);
static void jose_select_enter(jose_select_t *select);
static bool jose_select_group(jose_select_t *select,
    const jose_index_t *index, size_t *group);
static const jose_key_t *jose_select_look(jose_select_t *select);
static bool jose_select_means(const jose_select_t *select,
    const jose_key_t *key);


void
jose_select_begin(jose_select_t *select, const jose_keys_t *const *sets,
    size_t n, const jose_json_value_t *kid)
{
    select->sets = sets;
    select->n = n;
    select->kid = kid;
    select->hashed = false;
    select->want = (kid != NULL) ? JOSE_SELECT_KID : JOSE_SELECT_ALL;
    select->first = NULL;
    select->set = 0;
    select->pos = 0;
    select->end = 0;

    if (kid == NULL) {
        return;
    }

    select->first = jose_select_walk(select);

    if (select->first == NULL) {
        select->want = JOSE_SELECT_NO_KID;
        select->set = 0;
    }
}


const jose_key_t *
jose_select_next(jose_select_t *select)
{
    const jose_key_t  *key;

    key = select->first;

    if (key != NULL) {
        select->first = NULL;
        return key;
    }

    return jose_select_walk(select);
}


static const jose_key_t *
jose_select_walk(jose_select_t *select)
{
    const jose_key_t  *key;

    for ( ;; ) {

        while (select->pos < select->end) {
            key = jose_select_look(select);

            if (key != NULL) {
                return key;
            }
        }

        if (select->set == select->n) {
            return NULL;
        }

        jose_select_enter(select);
    }
}


/* goes to those keys of the next set that come into question */

static void
jose_select_enter(jose_select_t *select)
{
    size_t              group;
    const jose_keys_t  *keys;

    keys = select->sets[select->set++];

    select->keys = keys->keys;
    select->entries = NULL;
    select->pos = 0;
    select->end = keys->n;

    if (select->want == JOSE_SELECT_ALL || keys->index.entries == NULL) {
        return;
    }

    if (!jose_select_group(select, &keys->index, &group)) {
        select->end = 0;
        return;
    }

    select->entries = keys->index.entries;
    select->pos = keys->index.starts[group];
    select->end = keys->index.starts[group + 1];
}


static bool
jose_select_group(jose_select_t *select, const jose_index_t *index,
    size_t *group)
{
    if (select->want == JOSE_SELECT_NO_KID) {
        *group = index->buckets;
        return true;
    }

    /* it may be as long as a token, and "\u006b" is the longest "k" */

    if (select->kid->text.len / 6 > index->longest) {
        return false;
    }

    if (!select->hashed) {
        (void) jose_json_name_hash(select->kid->text, &select->hash);
        select->hashed = true;
    }

    *group = jose_index_bucket(index, select->hash);

    return true;
}


/* NULL: the next key is not meant */

static const jose_key_t *
jose_select_look(jose_select_t *select)
{
    const jose_key_t          *key;
    const jose_index_entry_t  *entry;

    if (select->entries == NULL) {
        key = &select->keys[select->pos++];

    } else {
        entry = &select->entries[select->pos++];
        key = &select->keys[entry->key];

        if (select->want == JOSE_SELECT_KID && entry->hash != select->hash) {
            return NULL;
        }
    }

    return jose_select_means(select, key) ? key : NULL;
}


static bool
jose_select_means(const jose_select_t *select, const jose_key_t *key)
{
    if (select->want == JOSE_SELECT_ALL) {
        return true;
    }

    if (key->kid.data == NULL) {
        return select->want == JOSE_SELECT_NO_KID;
    }

    return select->want == JOSE_SELECT_KID
           && jose_json_string_equal(select->kid, key->kid);
}
