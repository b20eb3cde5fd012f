
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The way of an exchange: address, connection, TLS, what HTTP is, and the end,
 * which alone frees.
 */


#include "ngx_http_jwt_client.h"


static void ngx_http_jwt_exchange_begin(ngx_event_t *ev);
static void ngx_http_jwt_exchange_overdue(ngx_event_t *ev);
static ngx_int_t ngx_http_jwt_exchange_try(
    ngx_http_jwt_exchange_t *exchange);
static void ngx_http_jwt_exchange_connected(ngx_event_t *ev);
static ngx_int_t ngx_http_jwt_exchange_test(ngx_http_jwt_exchange_t *exchange,
    ngx_connection_t *c);
static void ngx_http_jwt_exchange_writer(ngx_log_t *log, ngx_uint_t level,
    u_char *buf, size_t len);


ngx_http_jwt_exchange_t *
ngx_http_jwt_exchange_create(const ngx_http_jwt_client_conf_t *conf,
    jose_bytes_t uri)
{
    ngx_pool_t               *pool;
    jose_bytes_t              text;
    ngx_http_jwt_exchange_t  *exchange;

    if (uri.len > HTTP_URI_MAX) {
        return NULL;
    }

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    exchange = ngx_pcalloc(pool, sizeof(ngx_http_jwt_exchange_t));
    if (exchange == NULL) {
        goto failed;
    }

    exchange->pool = pool;
    exchange->conf = conf;

    ngx_memcpy(exchange->text, uri.data, uri.len);
    exchange->text_len = uri.len;

    text.data = exchange->text;
    text.len = exchange->text_len;

    if (!http_uri_read(&exchange->uri, text)) {
        goto failed;
    }

    /* a large block: memory that nothing is written to is not used */

    exchange->buffer = ngx_palloc(pool, NGX_HTTP_JWT_RECEIVED_MAX);
    if (exchange->buffer == NULL) {
        goto failed;
    }

    /*
     * what nginx logs on the way is the cause of a failure, and whoever
     * started logs one line
     */

    exchange->log.log_level = NGX_LOG_INFO;
    exchange->log.writer = ngx_http_jwt_exchange_writer;
    exchange->log.wdata = exchange;

    return exchange;

failed:

    ngx_destroy_pool(pool);

    return NULL;
}


void
ngx_http_jwt_exchange_start(ngx_http_jwt_exchange_t *exchange)
{
    ngx_msec_int_t  left;

    exchange->begin.handler = ngx_http_jwt_exchange_begin;
    exchange->begin.data = exchange;
    exchange->begin.log = ngx_cycle->log;

    exchange->overdue.handler = ngx_http_jwt_exchange_overdue;
    exchange->overdue.data = exchange;
    exchange->overdue.log = ngx_cycle->log;

    left = (ngx_msec_int_t) (exchange->deadline - ngx_current_msec);

    ngx_add_timer(&exchange->overdue, (ngx_msec_t) ngx_max(left, 1));

    ngx_post_event(&exchange->begin, &ngx_posted_events);
}


static void
ngx_http_jwt_exchange_begin(ngx_event_t *ev)
{
    ngx_http_jwt_exchange_go(ev->data);
}


static void
ngx_http_jwt_exchange_overdue(ngx_event_t *ev)
{
    ngx_http_jwt_exchange_t  *exchange;

    exchange = ev->data;
    exchange->cause_len = 0;

    ngx_http_jwt_exchange_fail(exchange, "it took too long as a whole");
}


/* one document of those that redirects lead through */

void
ngx_http_jwt_exchange_go(ngx_http_jwt_exchange_t *exchange)
{
    exchange->address_len = 0;
    exchange->cause_len = 0;
    exchange->naddrs = 0;
    exchange->tried = 0;

    exchange->host.len = exchange->uri.host.len;
    exchange->host.data = ngx_pnalloc(exchange->pool, exchange->host.len + 1);

    if (exchange->host.data == NULL) {
        ngx_http_jwt_exchange_fail(exchange, "no memory");
        return;
    }

    ngx_memcpy(exchange->host.data, exchange->uri.host.data,
               exchange->host.len);
    exchange->host.data[exchange->host.len] = '\0';

    if (ngx_http_jwt_exchange_request(exchange) != NGX_OK) {
        ngx_http_jwt_exchange_fail(exchange, "no memory");
        return;
    }

    if (exchange->uri.tls && exchange->conf->ssl == NULL) {
        ngx_http_jwt_exchange_fail(exchange, "this nginx has no TLS");
        return;
    }

    ngx_http_jwt_exchange_find(exchange);
}


void
ngx_http_jwt_exchange_connect(ngx_http_jwt_exchange_t *exchange)
{
    while (ngx_http_jwt_exchange_try(exchange) != NGX_OK) {

        if (exchange->tried == exchange->naddrs) {
            ngx_http_jwt_exchange_fail(exchange, "connect() failed");
            return;
        }
    }
}


/* one address; its events, not this function, go on */

static ngx_int_t
ngx_http_jwt_exchange_try(ngx_http_jwt_exchange_t *exchange)
{
    ngx_int_t               rc;
    ngx_addr_t             *addr;
    ngx_connection_t       *c;
    ngx_peer_connection_t  *peer;

    addr = &exchange->addrs[exchange->tried++];
    peer = &exchange->peer;

    ngx_memzero(peer, sizeof(ngx_peer_connection_t));

    exchange->cause_len = 0;
    exchange->address_len = ngx_sock_ntop(addr->sockaddr, addr->socklen,
                                          exchange->address,
                                          NGX_SOCKADDR_STRLEN, 1);

    /* the name may say loopback where the address does not */

    if (!exchange->uri.tls
        && !exchange->conf->insecure_http
        && !ngx_http_jwt_client_is_loopback(addr->sockaddr))
    {
        ngx_log_error(NGX_LOG_ERR, &exchange->log, 0,
                      "plain http to an address that is not loopback");
        return NGX_DECLINED;
    }

    peer->sockaddr = addr->sockaddr;
    peer->socklen = addr->socklen;
    peer->name = &exchange->host;
    peer->get = ngx_event_get_peer;
    peer->log = &exchange->log;
    peer->log_error = NGX_ERROR_ERR;

    rc = ngx_event_connect_peer(peer);

    if (rc != NGX_OK && rc != NGX_AGAIN) {
        ngx_http_jwt_exchange_close(exchange);
        return NGX_DECLINED;
    }

    c = peer->connection;

    /* idle: a worker that shuts down does not wait for it */

    c->idle = 1;
    c->data = exchange;
    c->pool = exchange->pool;
    c->read->handler = ngx_http_jwt_exchange_connected;
    c->write->handler = ngx_http_jwt_exchange_connected;

    if (rc == NGX_AGAIN) {
        ngx_add_timer(c->write, exchange->conf->connect_timeout);

    } else {
        ngx_post_event(c->write, &ngx_posted_events);
    }

    return NGX_OK;
}


void
ngx_http_jwt_exchange_next(ngx_http_jwt_exchange_t *exchange,
    const char *cause)
{
    if (exchange->tried == exchange->naddrs) {
        ngx_http_jwt_exchange_fail(exchange, cause);
        return;
    }

    ngx_http_jwt_exchange_close(exchange);
    ngx_http_jwt_exchange_connect(exchange);
}


static void
ngx_http_jwt_exchange_connected(ngx_event_t *ev)
{
    ngx_connection_t         *c;
    ngx_http_jwt_exchange_t  *exchange;

    c = ev->data;
    exchange = c->data;

    /* no event of the connection, which may not be there yet */

    if (c->close) {
        (void) ngx_http_jwt_exchange_closing(exchange);
        return;
    }

    if (ev->timedout) {
        ngx_http_jwt_exchange_next(exchange, "connect() timed out");
        return;
    }

    if (ngx_http_jwt_exchange_test(exchange, c) != NGX_OK) {
        ngx_http_jwt_exchange_next(exchange, "connect() failed");
        return;
    }

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    if (exchange->uri.tls) {
        ngx_http_jwt_exchange_handshake(exchange);
        return;
    }

    ngx_http_jwt_exchange_send(exchange);
}


ngx_uint_t
ngx_http_jwt_exchange_closing(ngx_http_jwt_exchange_t *exchange)
{
    ngx_connection_t  *c;

    c = exchange->peer.connection;

    if (!c->error && !ngx_queue_empty(exchange->waiting)) {
        c->close = 0;
        return 0;
    }

    ngx_http_jwt_exchange_done(exchange, c->error ? NGX_DONE : NGX_ABORT);

    return 1;
}


static ngx_int_t
ngx_http_jwt_exchange_test(ngx_http_jwt_exchange_t *exchange,
    ngx_connection_t *c)
{
    int        err;
    socklen_t  len;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err == 0) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_ERR, &exchange->log, err, "connect() failed");

    return NGX_ERROR;
}


void
ngx_http_jwt_exchange_fail(ngx_http_jwt_exchange_t *exchange,
    const char *cause)
{
    u_char  *last;

    if (exchange->cause_len == 0) {
        last = ngx_snprintf(exchange->cause, NGX_HTTP_JWT_CAUSE_MAX, "%s",
                            cause);
        exchange->cause_len = last - exchange->cause;
    }

    ngx_http_jwt_exchange_done(exchange, NGX_ERROR);
}


void
ngx_http_jwt_exchange_close(ngx_http_jwt_exchange_t *exchange)
{
    ngx_connection_t  *c;

    if (exchange->resolving != NULL) {
        ngx_resolve_name_done(exchange->resolving);
        exchange->resolving = NULL;
    }

    c = exchange->peer.connection;

    if (c == NULL) {
        return;
    }

    exchange->peer.connection = NULL;

#if (NGX_SSL)

    /* nobody is told, and nobody is waited for */

    if (c->ssl) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
        (void) ngx_ssl_shutdown(c);
    }

#endif

    ngx_close_connection(c);
}


void
ngx_http_jwt_exchange_done(ngx_http_jwt_exchange_t *exchange, ngx_int_t rc)
{
    ngx_http_jwt_exchange_close(exchange);

    if (exchange->begin.posted) {
        ngx_delete_posted_event(&exchange->begin);
    }

    if (exchange->overdue.timer_set) {
        ngx_del_timer(&exchange->overdue);
    }

    exchange->rc = rc;
    exchange->handler(exchange);

    ngx_destroy_pool(exchange->pool);
}


/* "2026/01/01 00:00:00 [error] 1#1: the first thing that went wrong" */

static void
ngx_http_jwt_exchange_writer(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len)
{
    u_char                   *p, *last;
    ngx_http_jwt_exchange_t  *exchange;

    exchange = log->wdata;

    if (exchange->cause_len || level > NGX_LOG_INFO) {
        return;
    }

    last = buf + len;

    p = ngx_strlchr(buf, last, '#');

    if (p != NULL) {
        p = ngx_strlchr(p, last, ' ');
    }

    if (p == NULL) {
        return;
    }

    p++;

    while (last > p && last[-1] <= ' ') {
        last--;
    }

    len = ngx_min((size_t) (last - p), NGX_HTTP_JWT_CAUSE_MAX);

    ngx_memcpy(exchange->cause, p, len);
    exchange->cause_len = len;
}
