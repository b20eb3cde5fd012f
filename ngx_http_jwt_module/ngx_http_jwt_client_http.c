
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * HTTP on the connection of an exchange: request, response, redirects.
 */


#include "ngx_http_jwt_client.h"


#define NGX_HTTP_JWT_REDIRECTS_MAX  3


static void ngx_http_jwt_exchange_write(ngx_event_t *ev);
static void ngx_http_jwt_exchange_written(ngx_event_t *ev);
static void ngx_http_jwt_exchange_read(ngx_event_t *ev);
static http_response_rc_t ngx_http_jwt_exchange_receive(
    ngx_http_jwt_exchange_t *exchange, ngx_connection_t *c);
static void ngx_http_jwt_exchange_answered(
    ngx_http_jwt_exchange_t *exchange);
static ngx_uint_t ngx_http_jwt_exchange_is_redirect(
    const ngx_http_jwt_exchange_t *exchange);
static void ngx_http_jwt_exchange_redirect(
    ngx_http_jwt_exchange_t *exchange);


/* RFC 9112, 3.2.1; RFC 9110, 7.2 and 13.1.2 */

ngx_int_t
ngx_http_jwt_exchange_request(ngx_http_jwt_exchange_t *exchange)
{
    ngx_str_t          host, target;
    ngx_buf_t         *b;
    const http_uri_t  *uri;
    static const char  fixed[] = CRLF "User-Agent: ngx_http_jwt_module"
                                 CRLF "Accept: application/json, "
                                      "application/jwk-set+json"
                                 CRLF "Accept-Encoding: identity"
                                 CRLF "Connection: close" CRLF;

    uri = &exchange->uri;

    ngx_str_set(&host, "localhost");

    if (!uri->local) {
        host = exchange->host;
    }

    target.data = (u_char *) (uintptr_t) uri->target.data;
    target.len = uri->target.len;

    b = ngx_create_temp_buf(exchange->pool,
                            sizeof("GET / HTTP/1.1" CRLF "Host: []:65535"
                                   "If-None-Match: " CRLF CRLF)
                            + sizeof(fixed) + target.len + host.len
                            + exchange->etag.len);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last = ngx_sprintf(b->last, "GET %s%V HTTP/1.1" CRLF "Host: ",
                          target.len && target.data[0] == '/' ? "" : "/",
                          &target);

    b->last = ngx_sprintf(b->last, uri->literal ? "[%V]" : "%V", &host);

    if (!uri->local && uri->port != (uri->tls ? 443 : 80)) {
        b->last = ngx_sprintf(b->last, ":%ui", (ngx_uint_t) uri->port);
    }

    b->last = ngx_cpymem(b->last, fixed, sizeof(fixed) - 1);

    if (exchange->etag.len) {
        b->last = ngx_sprintf(b->last, "If-None-Match: %V" CRLF,
                              &exchange->etag);
    }

    *b->last++ = CR;
    *b->last++ = LF;

    exchange->request = b;

    return NGX_OK;
}


void
ngx_http_jwt_exchange_send(ngx_http_jwt_exchange_t *exchange)
{
    ngx_connection_t  *c;

    c = exchange->peer.connection;

    exchange->received = 0;
    exchange->request->pos = exchange->request->start;

    http_response_init(&exchange->response, NGX_HTTP_JWT_KEY_TEXT_MAX);

    c->read->handler = ngx_http_jwt_exchange_read;
    c->write->handler = ngx_http_jwt_exchange_write;

    ngx_add_timer(c->read, exchange->conf->read_timeout);

    ngx_http_jwt_exchange_write(c->write);
}


static void
ngx_http_jwt_exchange_write(ngx_event_t *ev)
{
    ssize_t                   n;
    ngx_buf_t                *b;
    ngx_connection_t         *c;
    ngx_http_jwt_exchange_t  *exchange;

    c = ev->data;
    exchange = c->data;
    b = exchange->request;

    while (b->pos < b->last) {
        n = c->send(c, b->pos, b->last - b->pos);

        if (n == NGX_ERROR) {
            ngx_http_jwt_exchange_fail(exchange, "send() failed");
            return;
        }

        if (n == NGX_AGAIN) {
            break;
        }

        b->pos += n;
    }

    if (b->pos == b->last) {
        c->write->handler = ngx_http_jwt_exchange_written;
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_jwt_exchange_fail(exchange, "no memory");
        return;
    }

    /* what TLS has read ahead causes no event */

    if (c->read->ready) {
        ngx_post_event(c->read, &ngx_posted_events);
    }
}


static void
ngx_http_jwt_exchange_written(ngx_event_t *ev)
{
    (void) ev;
}


static void
ngx_http_jwt_exchange_read(ngx_event_t *ev)
{
    http_response_rc_t        rc;
    ngx_connection_t         *c;
    ngx_http_jwt_exchange_t  *exchange;

    c = ev->data;
    exchange = c->data;

    if (c->close && ngx_http_jwt_exchange_closing(exchange)) {
        return;
    }

    if (ev->timedout) {
        ngx_http_jwt_exchange_fail(exchange, "read timed out");
        return;
    }

    rc = ngx_http_jwt_exchange_receive(exchange, c);

    if (rc == HTTP_RESPONSE_DONE) {
        ngx_http_jwt_exchange_answered(exchange);
        return;
    }

    if (rc != HTTP_RESPONSE_AGAIN) {
        ngx_http_jwt_exchange_fail(exchange, http_response_text(rc));
        return;
    }

    ngx_add_timer(c->read, exchange->conf->read_timeout);

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_jwt_exchange_fail(exchange, "no memory");
    }
}


/* all that is there, up to what the buffer holds */

static http_response_rc_t
ngx_http_jwt_exchange_receive(ngx_http_jwt_exchange_t *exchange,
    ngx_connection_t *c)
{
    ssize_t             n;
    http_response_rc_t  rc;

    do {
        n = c->recv(c, exchange->buffer + exchange->received,
                    NGX_HTTP_JWT_RECEIVED_MAX - exchange->received);

        if (n == NGX_AGAIN) {
            return HTTP_RESPONSE_AGAIN;
        }

        /* also where TLS was cut: an end of the body that nobody has sent */

        if (n == NGX_ERROR) {
            return HTTP_RESPONSE_TRUNCATED;
        }

        exchange->received += n;

        rc = http_response_read(&exchange->response, exchange->buffer,
                                exchange->received, n == 0);

    } while (rc == HTTP_RESPONSE_AGAIN);

    return rc;
}


static void
ngx_http_jwt_exchange_answered(ngx_http_jwt_exchange_t *exchange)
{
    if (ngx_http_jwt_exchange_is_redirect(exchange)) {
        ngx_http_jwt_exchange_redirect(exchange);
        return;
    }

    ngx_http_jwt_exchange_done(exchange, NGX_OK);
}


static ngx_uint_t
ngx_http_jwt_exchange_is_redirect(const ngx_http_jwt_exchange_t *exchange)
{
    switch (exchange->response.status) {

    case NGX_HTTP_MOVED_PERMANENTLY:
    case NGX_HTTP_MOVED_TEMPORARILY:
    case NGX_HTTP_SEE_OTHER:
    case NGX_HTTP_TEMPORARY_REDIRECT:
    case NGX_HTTP_PERMANENT_REDIRECT:
        return exchange->response.location.data != NULL;

    default:
        return 0;
    }
}


static void
ngx_http_jwt_exchange_redirect(ngx_http_jwt_exchange_t *exchange)
{
    u_char        text[HTTP_URI_MAX];
    size_t        len;
    http_uri_t    to;
    jose_bytes_t  where;

    if (exchange->redirects++ == NGX_HTTP_JWT_REDIRECTS_MAX) {
        ngx_http_jwt_exchange_fail(exchange, "too many redirects");
        return;
    }

    if (!http_uri_resolve(&exchange->uri, exchange->response.location, text,
                          &len))
    {
        ngx_http_jwt_exchange_fail(exchange, "a redirect to what is no URI");
        return;
    }

    where.data = text;
    where.len = len;

    if (!http_uri_read(&to, where)
        || !(to.tls || http_uri_same_origin(&exchange->uri, &to)))
    {
        ngx_http_jwt_exchange_fail(exchange, "a redirect to neither https "
                                   "nor the same host");
        return;
    }

    /* an ETag is of one place */

    if (!http_uri_same_origin(&exchange->uri, &to)) {
        exchange->etag.len = 0;
    }

    ngx_http_jwt_exchange_close(exchange);

    ngx_memcpy(exchange->text, text, len);
    exchange->text_len = len;

    where.data = exchange->text;

    (void) http_uri_read(&exchange->uri, where);

    ngx_http_jwt_exchange_go(exchange);
}
