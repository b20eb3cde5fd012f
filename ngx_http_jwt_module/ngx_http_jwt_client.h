
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * A client of HTTP and HTTPS on nginx's event loop: one GET, without a
 * request, a thread or a blocking call.
 */


#ifndef _NGX_HTTP_JWT_CLIENT_H_INCLUDED_
#define _NGX_HTTP_JWT_CLIENT_H_INCLUDED_


#include "ngx_http_jwt_module.h"

#include "http/response.h"
#include "http/uri.h"


/* bytes of why an exchange failed */
#define NGX_HTTP_JWT_CAUSE_MAX     256

/* bytes of a response, chunks and all */
#define NGX_HTTP_JWT_RECEIVED_MAX                                             \
    (HTTP_RESPONSE_HEADER_MAX + 2 * NGX_HTTP_JWT_KEY_TEXT_MAX)


typedef struct ngx_http_jwt_exchange_s  ngx_http_jwt_exchange_t;

typedef void (*ngx_http_jwt_exchange_pt)(ngx_http_jwt_exchange_t *exchange);


/* A host whose addresses were looked up at start. */
typedef struct {
    ngx_str_t                        name;
    ngx_addr_t                      *addrs;
    ngx_uint_t                       naddrs;
} ngx_http_jwt_host_t;


/* How to reach somebody; constant while exchanges run. */
typedef struct {
    const ngx_http_core_loc_conf_t  *clcf;      /* that has the resolver */
    ngx_array_t                      hosts;     /* ngx_http_jwt_host_t */
    ngx_ssl_t                       *ssl;       /* NULL: no TLS here */
    ngx_flag_t                       ssl_verify;
    ngx_flag_t                       insecure_http;  /* not only loopback */
    ngx_msec_t                       connect_timeout;
    ngx_msec_t                       read_timeout;   /* between two reads */
} ngx_http_jwt_client_conf_t;


/* One GET, with its redirects. */
struct ngx_http_jwt_exchange_s {

    /* the caller's, until handler is called */

    const ngx_http_jwt_client_conf_t  *conf;
    ngx_str_t                          etag;     /* what the caller has */
    ngx_msec_t                         deadline; /* for all of it */
    const ngx_queue_t                 *waiting;  /* who needs the result */
    ngx_http_jwt_exchange_pt           handler;
    void                              *data;

    /* the result, for handler */

    ngx_int_t                          rc;
    http_response_t                    response;
    http_uri_t                         uri;      /* the last one */
    u_char                             text[HTTP_URI_MAX];
    size_t                             text_len;
    u_char                             address[NGX_SOCKADDR_STRLEN];
    size_t                             address_len;   /* 0: none was found */
    u_char                             cause[NGX_HTTP_JWT_CAUSE_MAX];
    size_t                             cause_len;

    /* of the client alone */

    ngx_pool_t                        *pool;
    ngx_log_t                          log;
    ngx_event_t                        begin;
    ngx_event_t                        overdue;
    ngx_resolver_ctx_t                *resolving;
    ngx_addr_t                        *addrs;
    ngx_uint_t                         naddrs;
    ngx_uint_t                         tried;
    ngx_uint_t                         redirects;
    ngx_str_t                          host;     /* of uri, terminated */
    ngx_peer_connection_t              peer;
    ngx_buf_t                         *request;
    u_char                            *buffer;
    size_t                             received;
};


JOSE_HIDDEN_BEGIN

/*
 * Prepares to GET a document of that URI, with at most
 * NGX_HTTP_JWT_KEY_TEXT_MAX bytes.  NULL: no memory, or the URI is none.
 */
ngx_http_jwt_exchange_t *ngx_http_jwt_exchange_create(
    const ngx_http_jwt_client_conf_t *conf, jose_bytes_t uri);

/*
 * Begins.  exchange->handler is called once, later, and all of exchange is
 * freed when it returns:
 *
 * NGX_OK: there is a response, of any status but that of a redirect that was
 * followed.  NGX_ERROR: there is none, exchange->cause says why; nothing was
 * logged.  NGX_ABORT: the worker shuts down, and nobody is waiting.  NGX_DONE:
 * its time to do so is over.
 */
void ngx_http_jwt_exchange_start(ngx_http_jwt_exchange_t *exchange);


/* ngx_http_jwt_client_host.c */

/*
 * At the end of the configuration: if there is no resolver, looks up the host
 * of a URI, as proxy_pass does.  NGX_OK, also if it is not found, which is a
 * warning.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_jwt_client_lookup(ngx_conf_t *cf,
    ngx_http_jwt_client_conf_t *conf, const http_uri_t *uri);


/* ngx_http_jwt_client_ssl.c */

/*
 * What TLS needs: the certificates of a file, which is named with its full
 * path in *file, or, where that is empty, of the system.  NULL: an error that
 * was logged.
 */
ngx_ssl_t *ngx_http_jwt_client_ssl(ngx_conf_t *cf, ngx_str_t *file);


/* of the client alone */

/*
 * Finds the addresses of exchange->host, now or later, and goes on with
 * ngx_http_jwt_exchange_connect(), or _fail().
 */
void ngx_http_jwt_exchange_find(ngx_http_jwt_exchange_t *exchange);

/* Whether an address is of this machine alone. */
ngx_uint_t ngx_http_jwt_client_is_loopback(const struct sockaddr *sockaddr);

/* Connects to the first of the addresses that was not tried. */
void ngx_http_jwt_exchange_connect(ngx_http_jwt_exchange_t *exchange);

/* The address that was tried is of no use: another one, or the end. */
void ngx_http_jwt_exchange_next(ngx_http_jwt_exchange_t *exchange,
    const char *cause);

/*
 * A handshake on a connection that is there; goes on with
 * ngx_http_jwt_exchange_send(), _next() or _fail().
 */
void ngx_http_jwt_exchange_handshake(ngx_http_jwt_exchange_t *exchange);

/*
 * The worker shuts down, which nginx tells by c->close.  Whether this was the
 * end: nobody waits for the exchange, or "worker_shutdown_timeout" is over.
 */
ngx_uint_t ngx_http_jwt_exchange_closing(ngx_http_jwt_exchange_t *exchange);

/* Makes the request for exchange->uri.  NGX_ERROR: no memory. */
ngx_int_t ngx_http_jwt_exchange_request(ngx_http_jwt_exchange_t *exchange);

/* Sends it on a connection that is ready, and reads the response. */
void ngx_http_jwt_exchange_send(ngx_http_jwt_exchange_t *exchange);

/* Goes for exchange->uri: the first one, or that of a redirect. */
void ngx_http_jwt_exchange_go(ngx_http_jwt_exchange_t *exchange);

/* Closes what is open, so that another one can be tried. */
void ngx_http_jwt_exchange_close(ngx_http_jwt_exchange_t *exchange);

/*
 * The end: calls the handler with rc, and frees.  With _fail() it is NGX_ERROR,
 * and the cause does not count where nginx has told a better one.
 */
void ngx_http_jwt_exchange_done(ngx_http_jwt_exchange_t *exchange,
    ngx_int_t rc);
void ngx_http_jwt_exchange_fail(ngx_http_jwt_exchange_t *exchange,
    const char *cause);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_CLIENT_H_INCLUDED_ */
