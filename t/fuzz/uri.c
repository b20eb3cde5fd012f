
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Two lines, a URI and a reference: what is accepted can be written down again,
 * and is the same then; what comes of the reference is a URI, and of the same
 * origin if it is a path.
 */


#include "fuzz.h"
#include "uri.h"


static void fuzz_parts(const http_uri_t *uri, jose_bytes_t text);
static void fuzz_print(const http_uri_t *uri);
static void fuzz_resolve(const http_uri_t *base, jose_bytes_t reference);
static void fuzz_well_known(const http_uri_t *uri, jose_bytes_t issuer);
static void fuzz_same(const http_uri_t *a, const http_uri_t *b);

static const jose_bytes_t  fuzz_name = jose_bytes("/.well-known/n");


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    http_uri_t    uri;
    jose_bytes_t  rest, text, reference;

    rest.data = data;
    rest.len = size;

    text = fuzz_line(&rest);
    reference = fuzz_copy(rest.data, rest.len);

    if (http_uri_read(&uri, text)) {
        fuzz_parts(&uri, text);
        fuzz_print(&uri);
        fuzz_resolve(&uri, reference);
        fuzz_well_known(&uri, text);
    }

    exact_free(text);
    exact_free(reference);

    return 0;
}


static void
fuzz_parts(const http_uri_t *uri, jose_bytes_t text)
{
    size_t  i;

    fuzz_assert(text.len <= HTTP_URI_MAX);

    for (i = 0; i < text.len; i++) {
        fuzz_assert(text.data[i] > 0x20 && text.data[i] < 0x7f
                    && text.data[i] != '#');
    }

    fuzz_assert(uri->host.len > 0
                && uri->host.data > text.data
                && uri->host.data + uri->host.len <= uri->target.data
                && uri->target.data + uri->target.len == text.data + text.len);

    fuzz_assert(uri->target.len == 0 || uri->target.data[0] == '/');
    fuzz_assert(uri->local == (uri->port == 0));
    fuzz_assert(uri->local == (uri->host.data[0] == '/'));
    fuzz_assert(!uri->local || (!uri->tls && !uri->literal));
    fuzz_assert(!uri->local || http_uri_is_loopback(uri));
    fuzz_assert(uri->literal
                == (!uri->local
                    && memchr(uri->host.data, ':', uri->host.len) != NULL));
    fuzz_assert(memchr(uri->host.data, '@', uri->host.len) == NULL
                || uri->local);
    fuzz_assert(http_uri_same_origin(uri, uri));
}


static void
fuzz_print(const http_uri_t *uri)
{
    int           n;
    char          text[HTTP_URI_MAX + 16];
    char          port[8];
    http_uri_t    again;
    jose_bytes_t  bytes;

    port[0] = '\0';

    if (uri->local) {
        (void) strcpy(port, ":");

    } else if (uri->port != (uri->tls ? 443 : 80)) {
        (void) snprintf(port, sizeof(port), ":%u", (unsigned) uri->port);
    }

    n = snprintf(text, sizeof(text), "%s://%s%.*s%s%s%.*s",
                 uri->tls ? "https" : "http",
                 uri->local ? "unix:" : uri->literal ? "[" : "",
                 (int) uri->host.len, (const char *) uri->host.data,
                 uri->literal ? "]" : "", port,
                 (int) uri->target.len, (const char *) uri->target.data);

    bytes = fuzz_copy((const uint8_t *) text, (size_t) n);

    fuzz_assert(http_uri_read(&again, bytes));
    fuzz_same(uri, &again);
    fuzz_assert(http_uri_same_origin(uri, &again));
    fuzz_assert(http_uri_is_loopback(uri) == http_uri_is_loopback(&again));

    exact_free(bytes);
}


static void
fuzz_resolve(const http_uri_t *base, jose_bytes_t reference)
{
    size_t         n;
    uint8_t       *out;
    http_uri_t     uri, direct;
    jose_bytes_t   text;

    out = malloc(HTTP_URI_MAX);

    if (http_uri_resolve(base, reference, out, &n)) {
        fuzz_assert(n <= HTTP_URI_MAX);

        text = fuzz_copy(out, n);

        fuzz_assert(http_uri_read(&uri, text));
        fuzz_assert(!uri.local || http_uri_same_origin(base, &uri));

        if (reference.data[0] != '/') {
            fuzz_assert(http_uri_read(&direct, reference));
            fuzz_same(&uri, &direct);

        } else if (reference.len < 2 || reference.data[1] != '/') {
            fuzz_assert(http_uri_same_origin(base, &uri));
            fuzz_assert(jose_bytes_equal(uri.target, reference));

        } else {
            fuzz_assert(uri.tls == base->tls);
        }

        exact_free(text);
    }

    free(out);
}


static void
fuzz_well_known(const http_uri_t *uri, jose_bytes_t issuer)
{
    bool           done[2];
    size_t         i, n[2];
    uint8_t       *out;
    http_uri_t     again;
    jose_bytes_t   text;

    out = malloc(HTTP_URI_MAX);

    for (i = 0; i < 2; i++) {
        done[i] = i ? http_uri_insert(uri, issuer, fuzz_name, out, &n[i])
                    : http_uri_append(uri, issuer, fuzz_name, out, &n[i]);

        if (!done[i]) {
            continue;
        }

        text = fuzz_copy(out, n[i]);

        fuzz_assert(http_uri_read(&again, text));
        fuzz_assert(http_uri_same_origin(uri, &again));

        exact_free(text);
    }

    fuzz_assert(done[0] == done[1] && (!done[0] || n[0] == n[1]));

    free(out);
}


static void
fuzz_same(const http_uri_t *a, const http_uri_t *b)
{
    fuzz_assert(a->tls == b->tls && a->local == b->local
                && a->literal == b->literal && a->port == b->port);

    fuzz_assert(jose_bytes_equal(a->host, b->host)
                && jose_bytes_equal(a->target, b->target));
}
