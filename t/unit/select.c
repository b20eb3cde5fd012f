
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The walk itself; what comes of it with tokens: see kid.c and jwe.c.
 */


#include "exact.h"
#include "select.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


#define RANDOM_SETS  4

/* more than a key of a JWK can have, for a kid by hand */
#define RANDOM_KID   12


static void test_walks(void);
static jose_keys_t *make_set(const char *const *kids);
static void test_walk(const jose_keys_t *const *sets, size_t n,
    const char *kid, const char *expected);
static void test_rebuilt(void);
static void test_long_kids(void);
static void test_token_of_kid(void);
static void test_random(void);
static void test_random_sets(const jose_keys_t *const *sets, size_t n);
static jose_keys_t *make_random_set(void);
static size_t make_random_kid(char *kid);
static size_t write_random_kid(const char *kid, size_t len, char *text);
static void expect_walk(const jose_keys_t *const *sets, size_t n,
    const jose_bytes_t *kid, const jose_json_value_t *value);
static size_t reference(const jose_keys_t *const *sets, size_t n,
    const jose_bytes_t *kid, const jose_key_t **found);
static unsigned random_below(unsigned n);


/* The kids of each set, NULL for none. */

static const char *const  kids[][6] = {
    { "a", NULL, "b", "a", "end" },
    { "end" },
    { "c", NULL, NULL, "end" },
    { "a", "end" }
};


#define SETS_N  (sizeof(kids) / sizeof(kids[0]))


static uint32_t  random_state = 1;


int
main(void)
{
    test_walks();
    test_rebuilt();
    test_long_kids();
    test_token_of_kid();
    test_random();

    return unit_done("select");
}


static void
test_walks(void)
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

    unit_check(jose_keys_index(set) == JOSE_OK);

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


/* Keys that are added, and a set without an index. */

static void
test_rebuilt(void)
{
    jose_keys_t        *set;
    const jose_keys_t  *sets[1];

    static const char *const  names[6] = { "a", "b", NULL, "b", "end" };

    set = make_set(names);
    sets[0] = set;

    test_walk(sets, 1, "b", "01 03 ");
    test_walk(sets, 1, "c", "02 ");

    unit_check(jose_key_set_kid(&set->keys[set->n++], sign_text("c"))
               == JOSE_OK);
    unit_check(jose_keys_index(set) == JOSE_OK);

    test_walk(sets, 1, "b", "01 03 ");
    test_walk(sets, 1, "c", "04 ");
    test_walk(sets, 1, "d", "02 ");
    test_walk(sets, 1, NULL, "00 01 02 03 04 ");

    jose_index_clear(&set->index);

    test_walk(sets, 1, "b", "01 03 ");
    test_walk(sets, 1, "\\u0063", "04 ");
    test_walk(sets, 1, "d", "02 ");
    test_walk(sets, 1, NULL, "00 01 02 03 04 ");

    jose_keys_free(set);
}


/* Written in any way, and longer than all that there are. */

static void
test_long_kids(void)
{
    char                kid[300], text[6 * 300 + 1];
    size_t              i, len;
    jose_keys_t        *set;
    const jose_keys_t  *sets[1];

    set = sign_set();
    sets[0] = set;

    set->keys = calloc(3, sizeof(jose_key_t));
    set->n = 3;

    memset(kid, 'k', sizeof(kid));
    kid[299] = '\0';

    unit_check(jose_key_set_kid(&set->keys[0], sign_text(kid)) == JOSE_OK);
    unit_check(jose_key_set_kid(&set->keys[1], sign_text("k")) == JOSE_OK);
    unit_check(jose_keys_index(set) == JOSE_OK);

    for (len = 298; len <= 300; len++) {

        for (i = 0; i < len; i++) {
            memcpy(text + 6 * i, "\\u006b", 6);
        }

        text[6 * len] = '\0';
        test_walk(sets, 1, text, len == 299 ? "00 " : "02 ");

        memset(text, 'k', len);
        text[len] = '\0';
        test_walk(sets, 1, text, len == 299 ? "00 " : "02 ");
    }

    jose_keys_free(set);
}


/* A kid that is too long for all of them costs nothing. */

static void
test_token_of_kid(void)
{
    uint8_t            *text;
    jose_keys_t        *set;
    jose_select_t       select;
    jose_json_value_t   value;
    const jose_keys_t  *sets[1];

    static const char *const  names[6] = { "abc", NULL, "a", "end" };

    set = make_set(names);
    sets[0] = set;

    text = malloc(JOSE_TOKEN_MAX);
    memset(text, 'a', JOSE_TOKEN_MAX);

    value.type = JOSE_JSON_STRING;
    value.text.data = text;
    value.text.len = JOSE_TOKEN_MAX;

    jose_select_begin(&select, sets, 1, &value);
    unit_check_for(!select.hashed && select.end == 0, "long kid looked for");
    unit_check_for(jose_select_next(&select) == &set->keys[1]
                   && jose_select_next(&select) == NULL,
                   "key without kid lost");

    value.text.len = 24;
    jose_select_begin(&select, sets, 1, &value);
    unit_check_for(!select.hashed && select.end == 0, "kid of 4 looked for");

    value.text.len = 1;
    jose_select_begin(&select, sets, 1, &value);
    unit_check_for(select.hashed && select.end - select.pos < set->n,
                   "short kid not looked for");
    unit_check_for(jose_select_next(&select) == &set->keys[2]
                   && jose_select_next(&select) == NULL,
                   "key of short kid lost");

    free(text);
    jose_keys_free(set);
}


/* Any sets, and the walk as select.h has it in words. */

static void
test_random(void)
{
    size_t              i, n, round;
    jose_keys_t        *made[RANDOM_SETS];
    const jose_keys_t  *sets[RANDOM_SETS];

    for (round = 0; round < 1000; round++) {
        n = random_below(RANDOM_SETS + 1);

        for (i = 0; i < n; i++) {
            made[i] = make_random_set();
            sets[i] = made[i];
        }

        test_random_sets(sets, n);

        for (i = 0; i < n; i++) {
            jose_keys_free(made[i]);
        }
    }
}


static jose_keys_t *
make_random_set(void)
{
    char           kid[RANDOM_KID];
    size_t         i;
    jose_keys_t   *set;
    jose_bytes_t   bytes;

    set = sign_set();

    set->n = random_below(random_below(10) ? 8 : 100);
    set->keys = calloc(set->n + 1, sizeof(jose_key_t));

    for (i = 0; i < set->n; i++) {

        if (random_below(4) == 0) {
            continue;
        }

        bytes.data = (const uint8_t *) kid;
        bytes.len = make_random_kid(kid);

        (void) jose_key_set_kid(&set->keys[i], bytes);
    }

    if (random_below(8) != 0) {
        unit_check(jose_keys_index(set) == JOSE_OK);
    }

    return set;
}


static void
test_random_sets(const jose_keys_t *const *sets, size_t n)
{
    char                kid[RANDOM_KID], text[6 * RANDOM_KID];
    size_t              i;
    jose_bytes_t        bytes;
    jose_json_value_t   value;

    expect_walk(sets, n, NULL, NULL);

    value.type = JOSE_JSON_STRING;
    bytes.data = (const uint8_t *) kid;

    for (i = 0; i < 20; i++) {
        bytes.len = make_random_kid(kid);
        value.text = exact_of(text, write_random_kid(kid, bytes.len, text));

        expect_walk(sets, n, &bytes, &value);

        exact_free(value.text);
    }
}


/* Short ones of few letters, so that many are the same. */

static size_t
make_random_kid(char *kid)
{
    size_t  i, len;

    len = random_below(random_below(4) ? 3 : RANDOM_KID);

    for (i = 0; i < len; i++) {
        kid[i] = "ab\\\0"[random_below(random_below(3) ? 2 : 4)];
    }

    return len;
}


static size_t
write_random_kid(const char *kid, size_t len, char *text)
{
    char    escape[7];
    size_t  i, n;

    n = 0;

    for (i = 0; i < len; i++) {

        if ((kid[i] == 'a' || kid[i] == 'b') && random_below(4) != 0) {
            text[n++] = kid[i];
            continue;
        }

        (void) snprintf(escape, sizeof(escape), "\\u%04x", (unsigned) kid[i]);
        memcpy(text + n, escape, 6);
        n += 6;
    }

    return n;
}


static void
expect_walk(const jose_keys_t *const *sets, size_t n, const jose_bytes_t *kid,
    const jose_json_value_t *value)
{
    bool                 same;
    size_t               i, expected;
    jose_select_t        select;
    const jose_key_t   **found;

    found = calloc(RANDOM_SETS * 100, sizeof(jose_key_t *));
    expected = reference(sets, n, kid, found);
    same = true;

    jose_select_begin(&select, sets, n, value);

    for (i = 0; i < expected; i++) {
        same = same && jose_select_next(&select) == found[i];
    }

    same = same && jose_select_next(&select) == NULL
           && jose_select_next(&select) == NULL;

    unit_check_for(same, "%zu sets, kid %.*s", n,
                   value ? (int) value->text.len : 4,
                   value ? (const char *) value->text.data : "none");

    free(found);
}


static size_t
reference(const jose_keys_t *const *sets, size_t n, const jose_bytes_t *kid,
    const jose_key_t **found)
{
    size_t             i, k, all, with, without;
    const jose_key_t  *key, *without_kid[RANDOM_SETS * 100];

    all = 0;
    with = 0;
    without = 0;

    for (i = 0; i < n; i++) {
        for (k = 0; k < sets[i]->n; k++) {
            key = &sets[i]->keys[k];

            if (kid == NULL) {
                found[all++] = key;

            } else if (key->kid.data == NULL) {
                without_kid[without++] = key;

            } else if (jose_bytes_equal(key->kid, *kid)) {
                found[with++] = key;
            }
        }
    }

    if (kid == NULL) {
        return all;
    }

    if (with == 0) {
        memcpy(found, without_kid, without * sizeof(jose_key_t *));
        return without;
    }

    return with;
}


/* the same numbers on each run */

static unsigned
random_below(unsigned n)
{
    random_state = random_state * 1664525 + 1013904223;

    return (random_state >> 16) % n;
}
