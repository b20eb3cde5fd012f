
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The walk itself; what comes of it with tokens: see kid.c and jwe.c.
 */


#include "select.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


static jose_keys_t *make_set(const char *const *kids);
static void test_walk(const jose_keys_t *const *sets, size_t n,
    const char *kid, const char *expected);


/* The kids of each set, NULL for none. */

static const char *const  kids[][6] = {
    { "a", NULL, "b", "a", "end" },
    { "end" },
    { "c", NULL, NULL, "end" },
    { "a", "end" }
};


#define SETS_N  (sizeof(kids) / sizeof(kids[0]))


int
main(void)
{
    size_t              i;
    jose_keys_t        *made[SETS_N];
    const jose_keys_t  *sets[SETS_N];

    for (i = 0; i < SETS_N; i++) {
        made[i] = make_set(kids[i]);
        sets[i] = made[i];
    }

    test_walk(sets, SETS_N, NULL, "00 01 02 03 20 21 22 30 ");
    test_walk(sets, SETS_N, "a", "00 03 30 ");
    test_walk(sets, SETS_N, "\\u0061", "00 03 30 ");
    test_walk(sets, SETS_N, "b", "02 ");
    test_walk(sets, SETS_N, "c", "20 ");
    test_walk(sets, SETS_N, "", "01 21 22 ");
    test_walk(sets, SETS_N, "A", "01 21 22 ");
    test_walk(sets, SETS_N, "a ", "01 21 22 ");
    test_walk(sets, SETS_N, "other", "01 21 22 ");
    test_walk(sets, 2, "c", "01 ");
    test_walk(sets + 1, 3, "b", "11 12 ");
    test_walk(sets + 3, 1, "other", "");
    test_walk(sets + 1, 1, NULL, "");
    test_walk(sets + 1, 1, "a", "");
    test_walk(NULL, 0, NULL, "");
    test_walk(NULL, 0, "a", "");

    for (i = 0; i < SETS_N; i++) {
        jose_keys_free(made[i]);
    }

    return unit_done("select");
}


static jose_keys_t *
make_set(const char *const *names)
{
    size_t        i;
    jose_keys_t  *set;

    set = sign_set();
    set->keys = calloc(6, sizeof(jose_key_t));

    for (i = 0; names[i] == NULL || strcmp(names[i], "end") != 0; i++) {

        if (names[i] != NULL) {
            (void) jose_key_set_kid(&set->keys[i], sign_text(names[i]));
        }

        set->n++;
    }

    return set;
}


static void
test_walk(const jose_keys_t *const *sets, size_t n, const char *kid,
    const char *expected)
{
    char                found[256];
    size_t              i;
    jose_select_t       select;
    const jose_key_t   *key;
    jose_json_value_t   value;

    value.type = JOSE_JSON_STRING;
    value.text = sign_text(kid ? kid : "");
    found[0] = '\0';

    jose_select_begin(&select, sets, n, kid ? &value : NULL);

    for ( ;; ) {
        key = jose_select_next(&select);
        if (key == NULL || strlen(found) > 200) {
            break;
        }

        for (i = 0; i < n; i++) {
            if (key >= sets[i]->keys && key < sets[i]->keys + sets[i]->n) {
                (void) sprintf(found + strlen(found), "%zu%td ", i,
                               key - sets[i]->keys);
            }
        }
    }

    unit_check_for(strcmp(found, expected) == 0, "%zu sets, kid %s: %s", n,
                   kid ? kid : "none", found);
    unit_check_for(jose_select_next(&select) == NULL, "walk begins again");
}
