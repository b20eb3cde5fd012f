
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * One fetch: where the keys are, if that is not known, and the keys.
 */


#include "ngx_http_jwt_remote.h"


static void ngx_http_jwt_remote_get(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_remote_at_t at, const ngx_str_t *uri);
static ngx_uint_t ngx_http_jwt_remote_is_known(
    const ngx_http_jwt_remote_t *remote, const ngx_str_t *uri);
static void ngx_http_jwt_remote_answered(ngx_http_jwt_exchange_t *exchange);
static void ngx_http_jwt_remote_metadata(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_exchange_t *exchange);
static const char *ngx_http_jwt_remote_discovered(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_exchange_t *exchange);
static ngx_uint_t ngx_http_jwt_remote_may_name(
    const ngx_http_jwt_client_conf_t *conf, const http_uri_t *from,
    const http_uri_t *to);
static void ngx_http_jwt_remote_key_set(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_exchange_t *exchange);
static void ngx_http_jwt_remote_good(ngx_http_jwt_remote_t *remote,
    ngx_uint_t failures, jose_keys_t *keys, ngx_uint_t version);
static void ngx_http_jwt_remote_bad(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_exchange_t *exchange, const char *why);
static void ngx_http_jwt_remote_not_begun(ngx_http_jwt_remote_t *remote,
    const char *why);
static void ngx_http_jwt_remote_cause(ngx_http_jwt_exchange_t *exchange,
    const char *why);


void
ngx_http_jwt_remote_fetch(ngx_http_jwt_remote_t *remote)
{
    const ngx_http_jwt_remote_conf_t  *conf;

    conf = remote->conf;

    remote->fetches = 1;
    remote->discovered = 0;
    remote->earlier_len = 0;
    remote->deadline = ngx_current_msec + NGX_HTTP_JWT_FETCH_MAX;

    ngx_str_null(&remote->uri);

    ngx_http_jwt_remote_known(remote->zone, &remote->known);

    if (conf->keys_uri.len) {
        ngx_http_jwt_remote_get(remote, NGX_HTTP_JWT_AT_KEYS,
                                &conf->keys_uri);

    } else if (remote->known.uri_len && remote->known.recent) {
        remote->uri.data = remote->known.uri;
        remote->uri.len = remote->known.uri_len;

        ngx_http_jwt_remote_get(remote, NGX_HTTP_JWT_AT_KEYS, &remote->uri);

    } else {
        ngx_http_jwt_remote_get(remote, NGX_HTTP_JWT_AT_METADATA,
                                &conf->metadata);
    }
}


static void
ngx_http_jwt_remote_get(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_remote_at_t at, const ngx_str_t *uri)
{
    ngx_http_jwt_exchange_t  *exchange;

    exchange = ngx_http_jwt_exchange_create(&remote->conf->client,
                                            ngx_http_jwt_bytes(uri));
    if (exchange == NULL) {
        ngx_http_jwt_remote_not_begun(remote, "no memory");
        return;
    }

    remote->at = at;

    exchange->deadline = remote->deadline;
    exchange->waiting = &remote->waiting;
    exchange->handler = ngx_http_jwt_remote_answered;
    exchange->data = remote;

    if (at == NGX_HTTP_JWT_AT_KEYS
        && ngx_http_jwt_remote_is_known(remote, uri))
    {
        exchange->etag.data = remote->known.etag;
        exchange->etag.len = remote->known.etag_len;
    }

    remote->exchange = exchange;

    ngx_http_jwt_exchange_start(exchange);
}


/* whether the ETag is of that document */

static ngx_uint_t
ngx_http_jwt_remote_is_known(const ngx_http_jwt_remote_t *remote,
    const ngx_str_t *uri)
{
    jose_bytes_t  known;

    if (remote->conf->keys_uri.len) {
        return 1;
    }

    known.data = remote->known.uri;
    known.len = remote->known.uri_len;

    return jose_bytes_equal(known, ngx_http_jwt_bytes(uri));
}


static void
ngx_http_jwt_remote_answered(ngx_http_jwt_exchange_t *exchange)
{
    ngx_http_jwt_remote_t  *remote;

    remote = exchange->data;
    remote->exchange = NULL;

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
                   "jwt provider \"%V\": \"%*s\" %d", &remote->conf->name,
                   exchange->text_len, exchange->text,
                   exchange->rc == NGX_OK ? exchange->response.status : 0);

    if (exchange->rc == NGX_ABORT || exchange->rc == NGX_DONE) {
        remote->over = (exchange->rc == NGX_DONE);

        ngx_http_jwt_remote_release(remote->zone);
        ngx_http_jwt_remote_fetched(remote, NULL, 0);
        return;
    }

    if (exchange->rc != NGX_OK) {
        ngx_http_jwt_remote_bad(remote, exchange, NULL);
        return;
    }

    if (remote->at == NGX_HTTP_JWT_AT_KEYS) {
        ngx_http_jwt_remote_key_set(remote, exchange);
        return;
    }

    ngx_http_jwt_remote_metadata(remote, exchange);
}


/* of what was asked for, or of the next place for it */

static void
ngx_http_jwt_remote_metadata(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_exchange_t *exchange)
{
    u_char      *last;
    const char  *why;

    why = ngx_http_jwt_remote_discovered(remote, exchange);

    if (why == NULL) {
        ngx_http_jwt_remote_get(remote, NGX_HTTP_JWT_AT_KEYS, &remote->uri);
        return;
    }

    if (remote->at == NGX_HTTP_JWT_AT_METADATA_2
        || remote->conf->metadata_2.len == 0)
    {
        ngx_http_jwt_remote_bad(remote, exchange, why);
        return;
    }

    ngx_http_jwt_remote_cause(exchange, why);

    last = ngx_snprintf(remote->earlier, NGX_HTTP_JWT_CAUSE_MAX,
                        ", after \"%*s\": %*s", exchange->text_len,
                        exchange->text, exchange->cause_len, exchange->cause);

    remote->earlier_len = last - remote->earlier;

    ngx_http_jwt_remote_get(remote, NGX_HTTP_JWT_AT_METADATA_2,
                            &remote->conf->metadata_2);
}


/* NULL: remote->uri is set */

static const char *
ngx_http_jwt_remote_discovered(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_exchange_t *exchange)
{
    size_t         len;
    http_uri_t     to;
    jose_bytes_t   uri;
    jose_status_t  status;

    if (exchange->response.status != NGX_HTTP_OK) {
        return "";
    }

    status = jose_metadata_read(exchange->response.body,
                                &remote->conf->issuer, remote->uri_text,
                                HTTP_URI_MAX, &len);
    if (status != JOSE_OK) {
        return jose_status_text(status);
    }

    uri.data = remote->uri_text;
    uri.len = len;

    if (!http_uri_read(&to, uri)) {
        return "its jwks_uri is no URI";
    }

    if (!ngx_http_jwt_remote_may_name(&remote->conf->client, &exchange->uri,
                                      &to))
    {
        return "its jwks_uri is neither https nor of the same host";
    }

    remote->uri.data = remote->uri_text;
    remote->uri.len = len;
    remote->discovered = 1;

    return NULL;
}


/*
 * Whether the metadata of one place may name keys in another one: with https,
 * at the same place, on loopback by loopback, or, if that was allowed, with
 * plain http by plain http.  A socket of this machine only by itself.
 */

static ngx_uint_t
ngx_http_jwt_remote_may_name(const ngx_http_jwt_client_conf_t *conf,
    const http_uri_t *from, const http_uri_t *to)
{
    if (to->tls || http_uri_same_origin(from, to)) {
        return 1;
    }

    if (from->tls || to->local) {
        return 0;
    }

    if (http_uri_is_loopback(to)) {
        return http_uri_is_loopback(from);
    }

    return conf->insecure_http;
}


static void
ngx_http_jwt_remote_key_set(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_exchange_t *exchange)
{
    ngx_uint_t                  failures, version;
    jose_keys_t                *keys;
    jose_status_t               status;
    const http_response_t      *response;
    ngx_http_jwt_remote_set_t   set;

    response = &exchange->response;
    failures = ngx_http_jwt_remote_failures(remote->zone);

    if (response->status == NGX_HTTP_NOT_MODIFIED && exchange->etag.len) {
        ngx_http_jwt_remote_unchanged(remote->zone, response->max_age,
                                      remote->discovered);
        ngx_http_jwt_remote_good(remote, failures, NULL, 0);
        return;
    }

    if (response->status != NGX_HTTP_OK) {
        ngx_http_jwt_remote_bad(remote, exchange, "");
        return;
    }

    set.text.data = (u_char *) (uintptr_t) response->body.data;
    set.text.len = response->body.len;
    set.etag.data = (u_char *) (uintptr_t) response->etag.data;
    set.etag.len = response->etag.len;
    set.uri = remote->uri;
    set.discovered = remote->discovered;

    /* where a redirect led to is not where the next fetch begins */

    if (exchange->redirects) {
        set.etag.len = 0;
    }

    /* what was read once, and logged, is not read again */

    if (ngx_http_jwt_remote_is_same(remote->zone, &set.text)) {
        (void) ngx_http_jwt_remote_store(remote->zone, &set,
                                         response->max_age);
        ngx_http_jwt_remote_good(remote, failures, NULL, 0);
        return;
    }

    status = ngx_http_jwt_remote_read(remote->conf, &set.text, ngx_cycle->log,
                                      &keys);
    if (status != JOSE_OK) {
        ngx_http_jwt_remote_bad(remote, exchange, jose_status_text(status));
        return;
    }

    version = ngx_http_jwt_remote_store(remote->zone, &set,
                                        response->max_age);

    ngx_http_jwt_remote_good(remote, failures, keys, version);
}


static void
ngx_http_jwt_remote_good(ngx_http_jwt_remote_t *remote, ngx_uint_t failures,
    jose_keys_t *keys, ngx_uint_t version)
{
    if (failures) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "provider \"%V\" works again", &remote->conf->name);
    }

    if (remote->conf->state.len) {
        ngx_http_jwt_remote_save(remote);
    }

    ngx_http_jwt_remote_fetched(remote, keys, version);
}


/* "": the status is why.  NULL: the client has told why */

static void
ngx_http_jwt_remote_bad(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_exchange_t *exchange, const char *why)
{
    ngx_http_jwt_remote_cause(exchange, why);

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "provider \"%V\": fetch of \"%*s\"%s%*s failed: %*s%*s",
                  &remote->conf->name,
                  exchange->text_len, exchange->text,
                  exchange->address_len ? " from " : "",
                  exchange->address_len, exchange->address,
                  exchange->cause_len, exchange->cause,
                  remote->earlier_len, remote->earlier);

    ngx_http_jwt_remote_failed(remote->zone);
    ngx_http_jwt_remote_fetched(remote, NULL, 0);
}


/* it did not begin: who waits for it will see that, at its next look */

static void
ngx_http_jwt_remote_not_begun(ngx_http_jwt_remote_t *remote, const char *why)
{
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "provider \"%V\": fetch failed: %s",
                  &remote->conf->name, why);

    ngx_http_jwt_remote_failed(remote->zone);

    remote->fetches = 0;
}


static void
ngx_http_jwt_remote_cause(ngx_http_jwt_exchange_t *exchange, const char *why)
{
    u_char  *last;

    if (why == NULL) {
        return;
    }

    if (*why) {
        last = ngx_snprintf(exchange->cause, NGX_HTTP_JWT_CAUSE_MAX, "%s",
                            why);

    } else {
        last = ngx_snprintf(exchange->cause, NGX_HTTP_JWT_CAUSE_MAX,
                            "the status is %ui",
                            (ngx_uint_t) exchange->response.status);
    }

    exchange->cause_len = last - exchange->cause;
}
