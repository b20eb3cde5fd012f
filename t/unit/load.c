
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "sign.h"
#include "unit.h"


/* longer than each size that jansson's buffer grows to first */
#define TEXT  "{\"secret\":\"0123456789abcdef0123456789abcdef0123456789abcdef" \
              "0123456789abcdef0123456789abcdef\",\"n\":[1,true,null]}"
#define SECRET  "0123456789abcdef0123456789abcdef0123456789abcdef"            \
                "0123456789abcdef0123456789abcdef"


static void test_texts(void);
static void test_without_memory(void);
static bool loads(const char *text, size_t len);
static void *scarce(size_t size);


/* which allocation fails; 0: none */
static size_t  left;


int
main(void)
{
    test_texts();
    test_without_memory();

    return unit_done("load");
}


static void
test_texts(void)
{
    unit_check(loads("{}", 2));
    unit_check(loads("[]", 2));
    unit_check(loads(TEXT, sizeof(TEXT) - 1));

    unit_check(!loads("", 0));
    unit_check(!loads("{", 1));
    unit_check(!loads("{}x", 3));
    unit_check(!loads("{\"a\":1,\"a\":2}", 13));
    unit_check(!loads("{\"a\":1\0}", 8));
    unit_check(!loads("{}\0", 3));
}


static bool
loads(const char *text, size_t len)
{
    bool           starved;
    json_t        *json;
    jose_bytes_t   bytes;

    bytes.data = (const uint8_t *) text;
    bytes.len = len;

    json = jose_load(bytes, &starved);

    unit_check(!starved);
    json_decref(json);

    return json != NULL;
}


/* One allocation after the other fails, and only that one: all or nothing. */

static void
test_without_memory(void)
{
    bool           starved;
    json_t        *json;
    size_t         n;
    json_free_t    release;
    json_malloc_t  usual, now;

    json_get_alloc_funcs(&usual, &release);
    json_set_alloc_funcs(scarce, release);

    for (n = 1; n < 1000; n++) {
        left = n;

        json = jose_load(sign_text(TEXT), &starved);

        json_get_alloc_funcs(&now, &release);
        unit_check_for(now == scarce, "allocation %zu", n);

        unit_check_for(starved == (json == NULL), "allocation %zu", n);

        if (json != NULL) {
            break;
        }
    }

    unit_check(n > 10 && left > 0);
    unit_check(json != NULL
               && strcmp(json_string_value(json_object_get(json, "secret")),
                         SECRET)
                  == 0);

    json_decref(json);
    json_set_alloc_funcs(usual, release);
}


static void *
scarce(size_t size)
{
    if (left > 0 && --left == 0) {
        return NULL;
    }

    return malloc(size);
}
