
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * A line of variables, where the token may be, and headers: it is found where
 * a second reading of RFC 6750, 2.1 finds it, as a slice of that header.
 *
 * ngx_http_jwt_token.c reads a request and asks one function for variables,
 * which is here.  The others are those that it calls while it is configured,
 * and which are never called.
 */


#include "ngx_http_jwt_provider.h"

#include "fuzz.h"

#include <ctype.h>


#define FUZZ_HEADERS  12
#define FUZZ_PART     4
#define FUZZ_SOURCES  4


/* name and value stand in blocks of their own */
typedef struct {
    ngx_table_elt_t              headers[FUZZ_HEADERS];
    size_t                       n;
    ngx_list_part_t              parts[FUZZ_HEADERS / FUZZ_PART];
    ngx_http_jwt_token_source_t  sources[FUZZ_SOURCES];
    size_t                       sources_n;
    jose_bytes_t                 names[FUZZ_SOURCES];
    ngx_http_variable_value_t    value;
} fuzz_request_t;


static void fuzz_sources(jose_bytes_t line);
static void fuzz_headers(ngx_http_request_t *r, jose_bytes_t rest);
static void fuzz_free(void);
static jose_status_t fuzz_expected(ngx_str_t *text);
static bool fuzz_bearer(const ngx_str_t *value, ngx_str_t *text);
static const ngx_table_elt_t *fuzz_find(jose_bytes_t name, size_t *n);
static bool fuzz_is_named(const ngx_str_t *key, jose_bytes_t name);


static fuzz_request_t  fuzz;

static const jose_bytes_t  fuzz_authorization = jose_bytes("authorization");


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_str_t                 text, expected;
    ngx_array_t               tokens;
    jose_bytes_t              line, rest;
    jose_status_t             status;
    ngx_http_request_t       *r;
    ngx_http_jwt_loc_conf_t   jlcf;

    memset(&fuzz, 0, sizeof(fuzz_request_t));
    memset(&jlcf, 0, sizeof(ngx_http_jwt_loc_conf_t));

    r = calloc(1, sizeof(ngx_http_request_t));
    fuzz_assert(r != NULL);

    rest.data = data;
    rest.len = size;

    line = fuzz_line(&rest);
    fuzz_sources(line);
    exact_free(line);

    fuzz_headers(r, rest);

    if (fuzz.sources_n > 0) {
        tokens.elts = fuzz.sources;
        tokens.nelts = fuzz.sources_n;
        jlcf.tokens = &tokens;
    }

    status = ngx_http_jwt_token_find(r, &jlcf, &text);

    fuzz_assert(status == fuzz_expected(&expected));
    fuzz_assert(status != JOSE_OK || (text.data == expected.data
                                      && text.len == expected.len));

    fuzz_free();
    free(r);

    return 0;
}


/* names of headers with commas between them; nothing: the directive has none */

static void
fuzz_sources(jose_bytes_t line)
{
    size_t                        n;
    const uint8_t                *p, *end;
    ngx_http_jwt_token_source_t  *source;

    p = line.data;
    end = p + line.len;

    while (p < end && fuzz.sources_n < FUZZ_SOURCES) {

        for (n = 0; p + n < end && p[n] != ','; n++) { /* void */ }

        if (n > 0) {
            source = &fuzz.sources[fuzz.sources_n];

            fuzz.names[fuzz.sources_n] = fuzz_copy(p, n);

            source->index = (ngx_int_t) fuzz.sources_n;
            source->header.data = (u_char *) (uintptr_t)
                                  fuzz.names[fuzz.sources_n].data;
            source->header.len = n;
            source->authorization = fuzz_is_named(&source->header,
                                                  fuzz_authorization);
            fuzz.sources_n++;
        }

        p += n + (p + n < end);
    }
}


/* "NAME:VALUE", in a list of several parts */

static void
fuzz_headers(ngx_http_request_t *r, jose_bytes_t rest)
{
    size_t            i;
    jose_bytes_t      line, name, value;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    while (rest.len > 0 && fuzz.n < FUZZ_HEADERS) {
        line = fuzz_line(&rest);

        for (i = 0; i < line.len && line.data[i] != ':'; i++) { /* void */ }

        if (i < line.len) {
            h = &fuzz.headers[fuzz.n++];

            name = fuzz_copy(line.data, i);
            value = fuzz_copy(line.data + i + 1, line.len - i - 1);

            h->key.data = (u_char *) (uintptr_t) name.data;
            h->key.len = name.len;
            h->value.data = (u_char *) (uintptr_t) value.data;
            h->value.len = value.len;

            if (r->headers_in.authorization == NULL
                && fuzz_is_named(&h->key, fuzz_authorization))
            {
                r->headers_in.authorization = h;
            }
        }

        exact_free(line);
    }

    for (i = 0; i < fuzz.n; i++) {
        part = &fuzz.parts[i / FUZZ_PART];
        part->nelts++;

        if (i % FUZZ_PART == 0) {
            part->elts = &fuzz.headers[i];

            if (i > 0) {
                part[-1].next = part;
            }
        }
    }

    r->headers_in.headers.part = fuzz.parts[0];
}


static void
fuzz_free(void)
{
    size_t  i;

    for (i = 0; i < fuzz.n; i++) {
        free(fuzz.headers[i].key.data);
        free(fuzz.headers[i].value.data);
    }

    for (i = 0; i < fuzz.sources_n; i++) {
        exact_free(fuzz.names[i]);
    }
}


/* the first of the headers, as before nginx 1.23 */

const ngx_http_variable_value_t *
ngx_http_jwt_evaluate_variable(ngx_http_request_t *r, ngx_uint_t index)
{
    size_t                  n;
    const ngx_table_elt_t  *h;

    h = fuzz_find(fuzz.names[index], &n);

    memset(&fuzz.value, 0, sizeof(ngx_http_variable_value_t));

    fuzz.value.valid = (h != NULL);
    fuzz.value.not_found = (h == NULL);

    if (h != NULL) {
        fuzz.value.data = h->value.data;
        fuzz.value.len = (unsigned) h->value.len;
    }

    return &fuzz.value;
}


static jose_status_t
fuzz_expected(ngx_str_t *text)
{
    size_t                  i, n;
    const ngx_table_elt_t  *h;

    h = fuzz_find(fuzz_authorization, &n);

    if (fuzz.sources_n == 0) {
        return h && fuzz_bearer(&h->value, text) ? JOSE_OK : JOSE_NO_TOKEN;
    }

    for (i = 0; i < fuzz.sources_n; i++) {
        h = fuzz_find(fuzz.names[i], &n);

        if (h == NULL) {
            continue;
        }

        if (fuzz.names[i].len == fuzz_authorization.len
            && fuzz_is_named(&h->key, fuzz_authorization))
        {
            if (fuzz_bearer(&h->value, text)) {
                return JOSE_OK;
            }

            continue;
        }

        *text = h->value;

        if (text->len > (text->len == 1 && text->data[0] == '-')) {
            return n > 1 && !NGX_HTTP_JWT_JOINED_HEADERS
                   ? JOSE_MALFORMED : JOSE_OK;
        }
    }

    return JOSE_NO_TOKEN;
}


/* RFC 6750, 2.1 and RFC 9110, 11.4: the scheme, 1*SP, the token */

static bool
fuzz_bearer(const ngx_str_t *value, ngx_str_t *text)
{
    size_t              i, spaces;
    static const char  *const scheme[] = {
        "Bb", "Ee", "Aa", "Rr", "Ee", "Rr"
    };

    for (i = 0; i < sizeof(scheme) / sizeof(scheme[0]); i++) {
        if (i == value->len || memchr(scheme[i], value->data[i], 2) == NULL) {
            return false;
        }
    }

    for (spaces = 0; i < value->len && value->data[i] == ' '; i++) {
        spaces++;
    }

    text->data = value->data + i;
    text->len = value->len - i;

    return spaces > 0 && text->len > 0;
}


static const ngx_table_elt_t *
fuzz_find(jose_bytes_t name, size_t *n)
{
    size_t                  i;
    const ngx_table_elt_t  *first;

    first = NULL;
    *n = 0;

    for (i = fuzz.n; i > 0; i--) {
        if (fuzz_is_named(&fuzz.headers[i - 1].key, name)) {
            first = &fuzz.headers[i - 1];
            (*n)++;
        }
    }

    return first;
}


/* as nginx names the variable of a header */

static bool
fuzz_is_named(const ngx_str_t *key, jose_bytes_t name)
{
    int     a, b;
    size_t  i;

    if (key->len != name.len) {
        return false;
    }

    for (i = 0; i < name.len; i++) {
        a = key->data[i] == '-' ? '_' : tolower(key->data[i]);
        b = tolower(name.data[i]);

        if (a != b) {
            return false;
        }
    }

    return true;
}


/* never called */

ngx_http_complex_value_t *
ngx_http_jwt_compile(ngx_conf_t *cf, ngx_str_t *value)
{
    abort();
}


ngx_int_t
ngx_http_jwt_provider_add(ngx_conf_t *cf, ngx_http_jwt_loc_conf_t *jlcf,
    const ngx_str_t *name)
{
    abort();
}


ngx_int_t
ngx_http_get_variable_index(ngx_conf_t *cf, ngx_str_t *name)
{
    abort();
}


ngx_uint_t
ngx_http_script_variables_count(ngx_str_t *value)
{
    abort();
}


ngx_array_t *
ngx_array_create(ngx_pool_t *p, ngx_uint_t n, size_t size)
{
    abort();
}


void *
ngx_array_push(ngx_array_t *a)
{
    abort();
}


void ngx_cdecl
ngx_conf_log_error(ngx_uint_t level, ngx_conf_t *cf, ngx_err_t err,
    const char *fmt, ...)
{
    abort();
}


ngx_int_t
ngx_strncasecmp(u_char *s1, u_char *s2, size_t n)
{
    abort();
}
