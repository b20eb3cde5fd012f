
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Where a document lies: the URIs that this module fetches from.
 */


#ifndef HTTP_URI_H_INCLUDED
#define HTTP_URI_H_INCLUDED


#include "../jose/jose.h"


/* The longest URI that is looked at, in bytes. */
#define HTTP_URI_MAX  2048


/* All of it is borrowed from the text. */
typedef struct {
    bool          tls;    /* https */
    bool          local;  /* http://unix:PATH:URI, host is the path */
    bool          literal;   /* host is an IPv6 address, without brackets */
    jose_bytes_t  host;
    uint16_t      port;
    jose_bytes_t  target;    /* from the slash on, with a query; empty: "/" */
} http_uri_t;


JOSE_HIDDEN_BEGIN

/*
 * RFC 3986, 3; RFC 9110, 4.2: reads an absolute URI of http or https, the
 * scheme in any case, or http://unix:/path:/target as in proxy_pass, with
 * both colons.
 *
 * false: it is none of these, is longer than HTTP_URI_MAX, or has user
 * information, a fragment, a query without a path, a port that is none or
 * empty, a host of other characters than letters, digits, "-", "." and "_" (or,
 * in brackets, those of an IPv6 address), or a character that ends or hides a
 * line of a request: a control character, a blank, or one outside of ASCII.
 */
bool http_uri_read(http_uri_t *uri, jose_bytes_t text);

/*
 * Whether the host is this machine by its name: "localhost" or a name that
 * ends in ".localhost" (RFC 6761, 6.3), 127.0.0.0/8, ::1, or a unix socket.
 */
bool http_uri_is_loopback(const http_uri_t *uri);

/* Same scheme, host (in any case) and port (RFC 6454, 5). */
bool http_uri_same_origin(const http_uri_t *a, const http_uri_t *b);

/*
 * Writes to out, which has room for HTTP_URI_MAX bytes, what reference means
 * in a document from base, and sets *len (RFC 3986, 5.2): an absolute URI,
 * one that begins with "//", or a path from the root; its dot segments stay.
 * Other relative ones, results that http_uri_read() refuses, and a unix socket
 * that is not the one of base, are refused: false.  out overlaps neither of
 * the others.
 */
bool http_uri_resolve(const http_uri_t *base, jose_bytes_t reference,
    uint8_t *out, size_t *len);

/*
 * Writes to out, which has room for HTTP_URI_MAX bytes, the URI of a well-known
 * document of an issuer and sets *len.  A slash at the end of the issuer does
 * not count.  false: the result would be too long, or the issuer has a query.
 *
 * http_uri_append():  ISSUER name, as in OpenID Connect Discovery 1.0, 4.
 * http_uri_insert():  name between host and path, as in RFC 8414, 3.1.
 *
 * name begins with "/.well-known/".  uri was read from the text issuer.
 */
bool http_uri_append(const http_uri_t *uri, jose_bytes_t issuer,
    jose_bytes_t name, uint8_t *out, size_t *len);
bool http_uri_insert(const http_uri_t *uri, jose_bytes_t issuer,
    jose_bytes_t name, uint8_t *out, size_t *len);

JOSE_HIDDEN_END


#endif /* HTTP_URI_H_INCLUDED */
