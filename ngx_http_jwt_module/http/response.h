
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 9112: a response of HTTP/1.1 to one GET on a connection of its own.  The
 * reader knows no connection: it is told how many bytes there are.
 */


#ifndef HTTP_RESPONSE_H_INCLUDED
#define HTTP_RESPONSE_H_INCLUDED


#include "../jose/jose.h"


/* The longest header section, all interim responses included, in bytes. */
#define HTTP_RESPONSE_HEADER_MAX  16384


typedef enum {
    HTTP_RESPONSE_DONE = 0,
    HTTP_RESPONSE_AGAIN,         /* more bytes are needed */

    /* what is wrong with it */

    HTTP_RESPONSE_INVALID,       /* not HTTP/1.x, or ambiguous */
    HTTP_RESPONSE_HEADER_LARGE,
    HTTP_RESPONSE_BODY_LARGE,
    HTTP_RESPONSE_TRUNCATED,     /* the connection ended too early */
    HTTP_RESPONSE_ENCODED,       /* compressed, though nobody asked for it */
    HTTP_RESPONSE_N
} http_response_rc_t;


typedef struct {
    /* results; slices of the buffer, data is NULL where there is none,
       which an empty body is not */

    unsigned       status;       /* 200 to 599 */
    jose_bytes_t   etag;
    jose_bytes_t   location;
    jose_bytes_t   body;
    int64_t        max_age;      /* seconds; -1: nothing was said */

    /* of the reader alone */

    size_t         body_max;
    size_t         pos;          /* what is before it has been read */
    size_t         seen;         /* and before this no line ends */
    size_t         body_start;   /* 0: it has none */
    size_t         body_end;     /* of the chunks that were put together */
    uint64_t       length;       /* of the body, or of the chunk */
    int            state;
    bool           old;          /* HTTP/1.0 */
    bool           chunked;
    bool           sized;        /* it has a Content-Length */
    bool           encoded;
    bool           no_cache;
    int64_t        age;
} http_response_t;


JOSE_HIDDEN_BEGIN

/* Prepares for a response whose body has at most body_max bytes. */
void http_response_init(http_response_t *response, size_t body_max);

/*
 * Goes on with reading: buf holds the len bytes that have come so far, always
 * the same buffer, which is changed (chunks are put together in it).  eof: no
 * more will come.  The caller gives it room for HTTP_RESPONSE_HEADER_MAX and
 * twice body_max bytes: what is read is bounded by these, and the function
 * does not answer HTTP_RESPONSE_AGAIN where they are full.
 *
 * HTTP_RESPONSE_DONE: the response is complete; what follows it is ignored.
 * HTTP_RESPONSE_AGAIN; never with eof.  Else what is wrong; the function must
 * not be called again then.
 *
 * Interim responses (1xx) are skipped, except 101, which is not asked for.  A
 * 204 and a 304 have no body.  The body ends by the chunks of a
 * Transfer-Encoding that is "chunked" alone, by a Content-Length, or by the
 * end of the connection (RFC 9112, 6.3); both of the first two, two lengths
 * that differ, lines that are folded, and chunks of HTTP/1.0 are refused.
 *
 * max_age: of Cache-Control, less Age (RFC 9111, 4.2), 0 to 2147483648; 0 for
 * "no-store", "no-cache" and what is no number.  An entity-tag that is not
 * valid or longer than 256 bytes, and a location with control characters, are
 * none.
 */
http_response_rc_t http_response_read(http_response_t *response,
    uint8_t *buf, size_t len, bool eof);

/* One phrase without a full stop for log lines; a constant. */
const char *http_response_text(http_response_rc_t rc);

JOSE_HIDDEN_END


#endif /* HTTP_RESPONSE_H_INCLUDED */
