
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "load.h"

#include <string.h>


static void *jose_load_alloc(size_t size);


static json_malloc_t  jose_load_malloc;
static bool           jose_load_starved;


/*
 * Where jansson cannot keep a byte of a string, it goes on without it: a key
 * would be another one, and without the quote at its end the string has none.
 * It gives up only where it is refused memory once more, so it is.
 */

json_t *
jose_load(jose_bytes_t text, bool *starved)
{
    json_t        *json;
    json_free_t    release;
    json_error_t   error;

    *starved = false;

    /* jansson overlooks a NUL that ends a number */

    if (text.len == 0 || memchr(text.data, 0, text.len) != NULL) {
        return NULL;
    }

    json_get_alloc_funcs(&jose_load_malloc, &release);
    jose_load_starved = false;

    json_set_alloc_funcs(jose_load_alloc, release);

    json = json_loadb((const char *) text.data, text.len,
                      JSON_REJECT_DUPLICATES, &error);

    json_set_alloc_funcs(jose_load_malloc, release);

    *starved = jose_load_starved;

    if (jose_load_starved) {
        json_decref(json);
        return NULL;
    }

    return json;
}


static void *
jose_load_alloc(size_t size)
{
    void  *p;

    p = jose_load_starved ? NULL : jose_load_malloc(size);

    jose_load_starved = p == NULL;

    return p;
}
