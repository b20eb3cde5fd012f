
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * TLS of the client: whom it trusts, and whom it talks to.
 */


#include "ngx_http_jwt_client.h"


#if (NGX_SSL)

#include <openssl/x509v3.h>


#define NGX_HTTP_JWT_VERIFY_DEPTH  10


static ngx_int_t ngx_http_jwt_ssl_name(ngx_http_jwt_exchange_t *exchange,
    ngx_connection_t *c);
static ngx_uint_t ngx_http_jwt_ssl_is_address(
    const ngx_http_jwt_exchange_t *exchange);
static void ngx_http_jwt_ssl_handshaked(ngx_connection_t *c);
static ngx_int_t ngx_http_jwt_ssl_verify(ngx_http_jwt_exchange_t *exchange,
    ngx_connection_t *c);
static ngx_uint_t ngx_http_jwt_ssl_is_for(X509 *cert,
    const ngx_http_jwt_exchange_t *exchange);


ngx_ssl_t *
ngx_http_jwt_client_ssl(ngx_conf_t *cf, ngx_str_t *file)
{
    ngx_ssl_t           *ssl;
    ngx_pool_cleanup_t  *cln;

    ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    if (ssl == NULL) {
        return NULL;
    }

    ssl->log = cf->log;

    if (ngx_ssl_create(ssl, NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3, NULL) != NGX_OK) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        ngx_ssl_cleanup_ctx(ssl);
        return NULL;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = ssl;

#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF

    /* nginx does not mind */

    SSL_CTX_clear_options(ssl->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);

#endif

    if (ngx_ssl_trusted_certificate(cf, ssl, file, NGX_HTTP_JWT_VERIFY_DEPTH)
        != NGX_OK)
    {
        return NULL;
    }

    if (file->len == 0
        && SSL_CTX_set_default_verify_paths(ssl->ctx) != 1)
    {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "SSL_CTX_set_default_verify_paths() failed");
        return NULL;
    }

    /* as nginx does after it has loaded certificates */

    ERR_clear_error();

    return ssl;
}


void
ngx_http_jwt_exchange_handshake(ngx_http_jwt_exchange_t *exchange)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;

    c = exchange->peer.connection;

    if (ngx_ssl_create_connection(exchange->conf->ssl, c,
                                  NGX_SSL_BUFFER|NGX_SSL_CLIENT)
        != NGX_OK
        || ngx_http_jwt_ssl_name(exchange, c) != NGX_OK)
    {
        ngx_http_jwt_exchange_fail(exchange, "no memory");
        return;
    }

    rc = ngx_ssl_handshake(c);

    if (rc == NGX_AGAIN) {
        ngx_add_timer(c->write, exchange->conf->connect_timeout);
        c->ssl->handler = ngx_http_jwt_ssl_handshaked;
        return;
    }

    ngx_http_jwt_ssl_handshaked(c);
}


/* RFC 6066, 3: an address is no server name */

static ngx_int_t
ngx_http_jwt_ssl_name(ngx_http_jwt_exchange_t *exchange, ngx_connection_t *c)
{
    if (ngx_http_jwt_ssl_is_address(exchange)) {
        return NGX_OK;
    }

    return SSL_set_tlsext_host_name(c->ssl->connection,
                                    (char *) exchange->host.data)
           == 1 ? NGX_OK : NGX_ERROR;
}


static ngx_uint_t
ngx_http_jwt_ssl_is_address(const ngx_http_jwt_exchange_t *exchange)
{
    return exchange->uri.literal
           || ngx_inet_addr(exchange->host.data, exchange->host.len)
              != INADDR_NONE;
}


static void
ngx_http_jwt_ssl_handshaked(ngx_connection_t *c)
{
    ngx_http_jwt_exchange_t  *exchange;

    exchange = c->data;

    if (c->close && ngx_http_jwt_exchange_closing(exchange)) {
        return;
    }

    if (!c->ssl->handshaked) {
        ngx_http_jwt_exchange_next(exchange, c->write->timedout
                                             ? "SSL handshake timed out"
                                             : "SSL handshake failed");
        return;
    }

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    if (exchange->conf->ssl_verify
        && ngx_http_jwt_ssl_verify(exchange, c) != NGX_OK)
    {
        ngx_http_jwt_exchange_next(exchange, "SSL certificate is missing");
        return;
    }

    /* what was an event of the handshake is none of the response */

    exchange->cause_len = 0;

    ngx_http_jwt_exchange_send(exchange);
}


static ngx_int_t
ngx_http_jwt_ssl_verify(ngx_http_jwt_exchange_t *exchange,
    ngx_connection_t *c)
{
    long        rc;
    X509       *cert;
    ngx_int_t   ok;

    rc = SSL_get_verify_result(c->ssl->connection);

    if (rc != X509_V_OK) {
        exchange->cause_len = 0;
        ngx_log_error(NGX_LOG_ERR, &exchange->log, 0,
                      "SSL certificate verify error (%l: %s)", rc,
                      X509_verify_cert_error_string(rc));
        return NGX_ERROR;
    }

    cert = SSL_get1_peer_certificate(c->ssl->connection);
    if (cert == NULL) {
        return NGX_ERROR;
    }

    ok = ngx_http_jwt_ssl_is_for(cert, exchange) ? NGX_OK : NGX_ERROR;

    X509_free(cert);
    ERR_clear_error();

    if (ok != NGX_OK) {
        exchange->cause_len = 0;
        ngx_log_error(NGX_LOG_ERR, &exchange->log, 0,
                      "SSL certificate does not match \"%V\"",
                      &exchange->host);
    }

    return ok;
}


/* RFC 9110, 4.3.4 and 4.3.5 */

static ngx_uint_t
ngx_http_jwt_ssl_is_for(X509 *cert, const ngx_http_jwt_exchange_t *exchange)
{
    const char  *host;

    host = (const char *) exchange->host.data;

    if (ngx_http_jwt_ssl_is_address(exchange)) {
        return X509_check_ip_asc(cert, host, 0) == 1;
    }

    return X509_check_host(cert, host, exchange->host.len, 0, NULL) == 1;
}


#else


ngx_ssl_t *
ngx_http_jwt_client_ssl(ngx_conf_t *cf, ngx_str_t *file)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "https needs an nginx that was built with SSL");
    return NULL;
}


void
ngx_http_jwt_exchange_handshake(ngx_http_jwt_exchange_t *exchange)
{
    ngx_http_jwt_exchange_fail(exchange, "this nginx has no TLS");
}


#endif
