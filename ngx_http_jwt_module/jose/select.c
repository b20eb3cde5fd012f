
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "select.h"


static const jose_key_t *jose_select_walk(jose_select_t *select);
static bool jose_select_has_kid(const jose_select_t *select,
    const jose_key_t *key);


void
jose_select_begin(jose_select_t *select, const jose_keys_t *const *sets,
    size_t n, const jose_json_value_t *kid)
{
    const jose_key_t  *key;

    select->sets = sets;
    select->n = n;
    select->kid = kid;
    select->known = false;
    select->set = 0;
    select->key = 0;

    if (kid == NULL) {
        return;
    }

    do {
        key = jose_select_walk(select);
    } while (key != NULL && !jose_select_has_kid(select, key));

    select->known = (key != NULL);
    select->set = 0;
    select->key = 0;
}


const jose_key_t *
jose_select_next(jose_select_t *select)
{
    bool               meant;
    const jose_key_t  *key;

    do {
        key = jose_select_walk(select);

        if (key == NULL || select->kid == NULL) {
            return key;
        }

        meant = select->known ? jose_select_has_kid(select, key)
                              : key->kid.data == NULL;
    } while (!meant);

    return key;
}


static const jose_key_t *
jose_select_walk(jose_select_t *select)
{
    const jose_keys_t  *keys;

    while (select->set < select->n) {
        keys = select->sets[select->set];

        if (select->key < keys->n) {
            return &keys->keys[select->key++];
        }

        select->set++;
        select->key = 0;
    }

    return NULL;
}


static bool
jose_select_has_kid(const jose_select_t *select, const jose_key_t *key)
{
    return key->kid.data != NULL
           && jose_json_string_equal(select->kid, key->kid);
}
