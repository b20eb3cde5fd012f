
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "uri.h"

#include <string.h>


#define HTTP_URI_PORT      80
#define HTTP_URI_PORT_TLS  443
#define HTTP_URI_PORT_LEN  5


/* what is written to a caller's buffer; p is NULL: it did not fit */
typedef struct {
    uint8_t        *p;
    const uint8_t  *end;
} http_uri_out_t;


static bool http_uri_is_visible(jose_bytes_t text);
static bool http_uri_read_local(http_uri_t *uri, jose_bytes_t text);
static bool http_uri_read_authority(http_uri_t *uri, jose_bytes_t text);
static bool http_uri_is_host(jose_bytes_t host, bool literal);
static bool http_uri_read_port(http_uri_t *uri, jose_bytes_t text);
static bool http_uri_is_127(jose_bytes_t host);
static bool http_uri_well_known(const http_uri_t *uri, jose_bytes_t issuer,
    jose_bytes_t name, bool append, uint8_t *out, size_t *len);
static void http_uri_put_origin(http_uri_out_t *out, const http_uri_t *uri);
static void http_uri_put(http_uri_out_t *out, jose_bytes_t text);
static jose_bytes_t http_uri_after(jose_bytes_t text, size_t n);
static bool http_uri_skip(jose_bytes_t *text, jose_bytes_t prefix);
static bool http_uri_equal(jose_bytes_t a, jose_bytes_t b);
static uint8_t http_uri_lower(uint8_t c);

static const jose_bytes_t  http_uri_http = jose_bytes("http://");
static const jose_bytes_t  http_uri_https = jose_bytes("https://");
static const jose_bytes_t  http_uri_slashes = jose_bytes("//");
static const jose_bytes_t  http_uri_unix = jose_bytes("unix:");
static const jose_bytes_t  http_uri_colon = jose_bytes(":");
static const jose_bytes_t  http_uri_open = jose_bytes("[");
static const jose_bytes_t  http_uri_close = jose_bytes("]");
static const jose_bytes_t  http_uri_name_chars =
    jose_bytes("abcdefghijklmnopqrstuvwxyz0123456789-._");
static const jose_bytes_t  http_uri_address_chars =
    jose_bytes("0123456789abcdef:.");
static const jose_bytes_t  http_uri_localhost = jose_bytes("localhost");
static const jose_bytes_t  http_uri_localhosts = jose_bytes(".localhost");
static const jose_bytes_t  http_uri_loopback = jose_bytes("::1");


bool
http_uri_read(http_uri_t *uri, jose_bytes_t text)
{
    if (text.len > HTTP_URI_MAX || !http_uri_is_visible(text)) {
        return false;
    }

    uri->tls = http_uri_skip(&text, http_uri_https);

    if (!uri->tls && !http_uri_skip(&text, http_uri_http)) {
        return false;
    }

    uri->local = !uri->tls && http_uri_skip(&text, http_uri_unix);

    return uri->local ? http_uri_read_local(uri, text)
                      : http_uri_read_authority(uri, text);
}


/* neither what ends a line or a word of a request, nor a fragment */

static bool
http_uri_is_visible(jose_bytes_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] <= 0x20
            || text.data[i] >= 0x7f
            || text.data[i] == '#')
        {
            return false;
        }
    }

    return true;
}


static bool
http_uri_read_local(http_uri_t *uri, jose_bytes_t text)
{
    const uint8_t  *colon;

    colon = memchr(text.data, ':', text.len);

    if (colon == NULL || text.data[0] != '/') {
        return false;
    }

    uri->literal = false;
    uri->port = 0;

    uri->host.data = text.data;
    uri->host.len = (size_t) (colon - text.data);

    uri->target = http_uri_after(text, uri->host.len + 1);

    return uri->target.len == 0 || uri->target.data[0] == '/';
}


/* RFC 3986, 3.2 */

static bool
http_uri_read_authority(http_uri_t *uri, jose_bytes_t text)
{
    size_t          n;
    jose_bytes_t    authority;
    const uint8_t  *end;

    end = memchr(text.data, '/', text.len);
    n = end ? (size_t) (end - text.data) : text.len;

    uri->target = http_uri_after(text, n);

    authority.data = text.data;
    authority.len = n;

    uri->literal = http_uri_skip(&authority, http_uri_open);

    end = memchr(authority.data, uri->literal ? ']' : ':', authority.len);

    if (end == NULL && uri->literal) {
        return false;
    }

    n = end ? (size_t) (end - authority.data) : authority.len;

    uri->host.data = authority.data;
    uri->host.len = n;

    return http_uri_is_host(uri->host, uri->literal)
           && http_uri_read_port(uri, http_uri_after(authority,
                                                     n + uri->literal));
}


static bool
http_uri_is_host(jose_bytes_t host, bool literal)
{
    size_t        i;
    jose_bytes_t  chars;

    /* no IPv6 address is without a colon */

    if (host.len == 0
        || (literal && memchr(host.data, ':', host.len) == NULL))
    {
        return false;
    }

    chars = literal ? http_uri_address_chars : http_uri_name_chars;

    for (i = 0; i < host.len; i++) {
        if (memchr(chars.data, http_uri_lower(host.data[i]), chars.len)
            == NULL)
        {
            return false;
        }
    }

    return true;
}


/* text is what follows the host: nothing, or a colon and the port */

static bool
http_uri_read_port(http_uri_t *uri, jose_bytes_t text)
{
    size_t    i;
    uint32_t  port;

    if (text.len == 0) {
        uri->port = uri->tls ? HTTP_URI_PORT_TLS : HTTP_URI_PORT;
        return true;
    }

    if (text.data[0] != ':' || text.len > HTTP_URI_PORT_LEN + 1) {
        return false;
    }

    port = 0;

    for (i = 1; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }

        port = port * 10 + (uint32_t) (text.data[i] - '0');
    }

    uri->port = (uint16_t) port;

    return port > 0 && port <= UINT16_MAX;
}


bool
http_uri_is_loopback(const http_uri_t *uri)
{
    jose_bytes_t  end;

    if (uri->local || uri->literal) {
        return uri->local || http_uri_equal(uri->host, http_uri_loopback);
    }

    /* RFC 6761, 6.3 */

    if (uri->host.len > http_uri_localhosts.len) {
        end = http_uri_after(uri->host,
                             uri->host.len - http_uri_localhosts.len);

        if (http_uri_equal(end, http_uri_localhosts)) {
            return true;
        }
    }

    return http_uri_equal(uri->host, http_uri_localhost)
           || http_uri_is_127(uri->host);
}


/* four numbers in their only decimal form: others may be read as octal */

static bool
http_uri_is_127(jose_bytes_t host)
{
    size_t    i, n, start;
    unsigned  value;

    i = 0;

    for (n = 0; n < 4; n++) {

        if (n > 0 && (i == host.len || host.data[i++] != '.')) {
            return false;
        }

        start = i;
        value = 0;

        while (i < host.len && i - start < 3
               && host.data[i] >= '0' && host.data[i] <= '9')
        {
            value = value * 10 + (unsigned) (host.data[i++] - '0');
        }

        if (i == start
            || value > 255
            || (host.data[start] == '0' && i - start > 1)
            || (n == 0 && value != 127))
        {
            return false;
        }
    }

    return i == host.len;
}


bool
http_uri_same_origin(const http_uri_t *a, const http_uri_t *b)
{
    if (a->tls != b->tls || a->local != b->local || a->port != b->port) {
        return false;
    }

    return a->local ? jose_bytes_equal(a->host, b->host)
                    : http_uri_equal(a->host, b->host);
}


bool
http_uri_resolve(const http_uri_t *base, jose_bytes_t reference,
    uint8_t *out, size_t *len)
{
    http_uri_t      uri;
    jose_bytes_t    text;
    http_uri_out_t  to;

    to.p = out;
    to.end = out + HTTP_URI_MAX;

    /* RFC 3986, 5.2.2 */

    if (http_uri_skip(&reference, http_uri_slashes)) {
        http_uri_put(&to, base->tls ? http_uri_https : http_uri_http);

    } else if (reference.len > 0 && reference.data[0] == '/') {
        http_uri_put_origin(&to, base);
    }

    http_uri_put(&to, reference);

    if (to.p == NULL) {
        return false;
    }

    text.data = out;
    text.len = (size_t) (to.p - out);

    /* who answers from elsewhere has no say about the sockets here */

    if (!http_uri_read(&uri, text)
        || (uri.local && !http_uri_same_origin(base, &uri)))
    {
        return false;
    }

    *len = text.len;

    return true;
}


bool
http_uri_append(const http_uri_t *uri, jose_bytes_t issuer,
    jose_bytes_t name, uint8_t *out, size_t *len)
{
    return http_uri_well_known(uri, issuer, name, true, out, len);
}


bool
http_uri_insert(const http_uri_t *uri, jose_bytes_t issuer,
    jose_bytes_t name, uint8_t *out, size_t *len)
{
    return http_uri_well_known(uri, issuer, name, false, out, len);
}


static bool
http_uri_well_known(const http_uri_t *uri, jose_bytes_t issuer,
    jose_bytes_t name, bool append, uint8_t *out, size_t *len)
{
    jose_bytes_t    origin, path;
    http_uri_out_t  to;

    path = uri->target;

    /* RFC 8414, 2: an issuer has no query */

    if (path.len > 0 && memchr(path.data, '?', path.len) != NULL) {
        return false;
    }

    origin.data = issuer.data;
    origin.len = issuer.len - path.len;

    if (path.len > 0 && path.data[path.len - 1] == '/') {
        path.len--;
    }

    to.p = out;
    to.end = out + HTTP_URI_MAX;

    http_uri_put(&to, origin);
    http_uri_put(&to, append ? path : name);
    http_uri_put(&to, append ? name : path);

    if (to.p == NULL) {
        return false;
    }

    *len = (size_t) (to.p - out);

    return true;
}


static void
http_uri_put_origin(http_uri_out_t *out, const http_uri_t *uri)
{
    size_t    i;
    uint8_t   digits[HTTP_URI_PORT_LEN];
    uint16_t  port;

    http_uri_put(out, uri->tls ? http_uri_https : http_uri_http);

    if (uri->local) {
        http_uri_put(out, http_uri_unix);

    } else if (uri->literal) {
        http_uri_put(out, http_uri_open);
    }

    http_uri_put(out, uri->host);

    if (uri->literal) {
        http_uri_put(out, http_uri_close);
    }

    if (uri->port == (uri->tls ? HTTP_URI_PORT_TLS : HTTP_URI_PORT)) {
        return;
    }

    http_uri_put(out, http_uri_colon);

    if (uri->local) {
        return;
    }

    i = HTTP_URI_PORT_LEN;
    port = uri->port;

    do {
        digits[--i] = (uint8_t) ('0' + port % 10);
        port /= 10;
    } while (port > 0);

    http_uri_put(out, (jose_bytes_t) { digits + i, HTTP_URI_PORT_LEN - i });
}


static void
http_uri_put(http_uri_out_t *out, jose_bytes_t text)
{
    if (out->p == NULL || text.len > (size_t) (out->end - out->p)) {
        out->p = NULL;
        return;
    }

    if (text.len > 0) {
        memcpy(out->p, text.data, text.len);
        out->p += text.len;
    }
}


static jose_bytes_t
http_uri_after(jose_bytes_t text, size_t n)
{
    text.data += n;
    text.len -= n;

    return text;
}


static bool
http_uri_skip(jose_bytes_t *text, jose_bytes_t prefix)
{
    jose_bytes_t  start;

    start.data = text->data;
    start.len = prefix.len;

    if (text->len < prefix.len || !http_uri_equal(start, prefix)) {
        return false;
    }

    *text = http_uri_after(*text, prefix.len);

    return true;
}


static bool
http_uri_equal(jose_bytes_t a, jose_bytes_t b)
{
    size_t  i;

    if (a.len != b.len) {
        return false;
    }

    for (i = 0; i < a.len; i++) {
        if (http_uri_lower(a.data[i]) != http_uri_lower(b.data[i])) {
            return false;
        }
    }

    return true;
}


static uint8_t
http_uri_lower(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') ? (uint8_t) (c | 0x20) : c;
}
