
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_fetch.h"

#include <openssl/crypto.h>


/* bytes of a URI in a log line */
#define NGX_HTTP_JWT_URI_LOGGED     256

/* milliseconds that a fetch may take for which nobody waits */
#define NGX_HTTP_JWT_FETCH_TIMEOUT  60000


static ngx_int_t ngx_http_jwt_fetch_subrequest(ngx_http_request_t *r,
    ngx_http_jwt_fetch_t *fetch);
static ngx_int_t ngx_http_jwt_fetch_headers(ngx_http_request_t *r,
    ngx_list_t *headers);
static ngx_uint_t ngx_http_jwt_fetch_is_own_header(const ngx_table_elt_t *h);
static void ngx_http_jwt_fetch_detach(ngx_http_request_t *sr,
    const ngx_list_t *headers);
static ngx_int_t ngx_http_jwt_fetch_done(ngx_http_request_t *sr, void *data,
    ngx_int_t rc);
static void ngx_http_jwt_fetch_settle(ngx_http_request_t *sr,
    ngx_http_jwt_fetch_t *fetch, ngx_int_t rc);
static void ngx_http_jwt_fetch_pardon(ngx_http_request_t *sr);
static const char *ngx_http_jwt_fetch_read(ngx_http_request_t *sr,
    ngx_http_jwt_fetch_t *fetch, ngx_int_t rc);
static void ngx_http_jwt_fetch_log(ngx_http_request_t *r,
    ngx_http_jwt_fetch_t *fetch, const char *why);
static void ngx_http_jwt_fetch_timeout(ngx_event_t *ev);
static void ngx_http_jwt_fetch_cleanup(void *data);


ngx_int_t
ngx_http_jwt_fetch_start(ngx_http_request_t *r, ngx_http_jwt_fetch_t *fetch,
    ngx_uint_t background)
{
    ngx_pool_cleanup_t  *cln;

    fetch->background = background ? 1 : 0;

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln != NULL) {
        cln->handler = ngx_http_jwt_fetch_cleanup;
        cln->data = fetch;

        if (ngx_http_jwt_fetch_subrequest(r, fetch) == NGX_OK) {
            fetch->started = 1;

            if (background) {
                fetch->timeout.handler = ngx_http_jwt_fetch_timeout;
                fetch->timeout.data = fetch;
                fetch->timeout.log = r->connection->log;

                ngx_add_timer(&fetch->timeout, NGX_HTTP_JWT_FETCH_TIMEOUT);
            }

            return NGX_OK;
        }

        cln->handler = NULL;
    }

    if (fetch->zone != NULL) {
        ngx_http_jwt_key_cache_fail(fetch->zone, &fetch->name, 1);
    }

    return NGX_ERROR;
}


/* all that can fail comes before the subrequest is posted */

static ngx_int_t
ngx_http_jwt_fetch_subrequest(ngx_http_request_t *r,
    ngx_http_jwt_fetch_t *fetch)
{
    size_t                            size;
    ngx_list_t                        headers;
    ngx_uint_t                        flags;
    ngx_chain_t                      *out;
    ngx_http_request_t               *sr;
    ngx_http_jwt_ctx_t               *ctx;
    ngx_http_request_body_t          *body;
    ngx_http_variable_value_t        *variables;
    ngx_http_post_subrequest_t       *ps;
    const ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    size = cmcf->variables.nelts * sizeof(ngx_http_variable_value_t);

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    out = ngx_alloc_chain_link(r->pool);
    body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    variables = ngx_palloc(r->pool, size);

    fetch->buffer = ngx_create_temp_buf(r->pool, NGX_HTTP_JWT_KEY_TEXT_MAX);

    if (ps == NULL
        || out == NULL
        || body == NULL
        || variables == NULL
        || fetch->buffer == NULL
        || ngx_http_jwt_fetch_headers(r, &headers) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ps->handler = ngx_http_jwt_fetch_done;
    ps->data = fetch;

    fetch->limit_conn_status = r->main->limit_conn_status;
    fetch->limit_req_status = r->main->limit_req_status;

    flags = NGX_HTTP_SUBREQUEST_IN_MEMORY
            |(fetch->background ? NGX_HTTP_SUBREQUEST_BACKGROUND
                                : NGX_HTTP_SUBREQUEST_WAITED);

    if (ngx_http_subrequest(r, &fetch->uri, &fetch->args, &sr, ps, flags)
        != NGX_OK)
    {
        /* one that never runs may be in the way of any answer */

        ctx = ngx_http_jwt_ctx_find(r);

        if (ctx != NULL) {
            ctx->stuck = 1;
        }

        return NGX_ERROR;
    }

    /* a buffer of our own, whatever subrequest_output_buffer_size is */

    fetch->buffer->last_buf = 1;

    out->buf = fetch->buffer;
    out->next = NULL;

    sr->out = out;
    fetch->sr = sr;

    /* the body of the client is not that of this request */

    sr->request_body = body;

    /* what is made of fewer headers is not kept for the parent */

    ngx_memcpy(variables, r->variables, size);
    sr->variables = variables;

    ngx_http_jwt_fetch_detach(sr, &headers);

    return NGX_OK;
}


/*
 * What a client says about its body, about the part or the form that it wants,
 * and who it is, has no meaning for a key set.
 */

static ngx_int_t
ngx_http_jwt_fetch_headers(ngx_http_request_t *r, ngx_list_t *headers)
{
    ngx_uint_t              i;
    ngx_table_elt_t        *copy;
    const ngx_list_part_t  *part;
    const ngx_table_elt_t  *h;

    if (ngx_list_init(headers, r->pool, 20, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_jwt_fetch_is_own_header(&h[i])) {
                continue;
            }

            copy = ngx_list_push(headers);
            if (copy == NULL) {
                return NGX_ERROR;
            }

            *copy = h[i];
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_jwt_fetch_is_own_header(const ngx_table_elt_t *h)
{
    const ngx_str_t         *name;
    static const ngx_str_t   names[] = {
        ngx_string("accept-encoding"),
        ngx_string("authorization"),
        ngx_string("cookie"),
        ngx_string("expect"),
        ngx_string("range"),
        ngx_string("te"),
        ngx_string("transfer-encoding"),
        ngx_string("upgrade"),
        ngx_null_string
    };

    if ((h->key.len > 3 && ngx_strncmp(h->lowcase_key, "if-", 3) == 0)
        || (h->key.len > 8 && ngx_strncmp(h->lowcase_key, "content-", 8) == 0))
    {
        return 1;
    }

    for (name = names; name->len; name++) {

        if (h->key.len == name->len
            && ngx_memcmp(h->lowcase_key, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_jwt_fetch_detach(ngx_http_request_t *sr, const ngx_list_t *headers)
{
    ngx_http_headers_in_t  *in;

    in = &sr->headers_in;

    in->headers = *headers;

    /* the list knows its last part by address */

    if (headers->last == &headers->part) {
        in->headers.last = &in->headers.part;
    }

    in->content_length = NULL;
    in->content_length_n = -1;
    in->content_type = NULL;
    in->transfer_encoding = NULL;
    in->chunked = 0;
    in->range = NULL;
    in->if_range = NULL;
    in->if_match = NULL;
    in->if_none_match = NULL;
    in->if_modified_since = NULL;
    in->if_unmodified_since = NULL;
    in->expect = NULL;
    in->upgrade = NULL;
    in->te = NULL;
    in->authorization = NULL;

#if (NGX_HTTP_GZIP)
    in->accept_encoding = NULL;
#endif

    ngx_http_jwt_cookies_clear(in);
}


static ngx_int_t
ngx_http_jwt_fetch_done(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_http_jwt_fetch_t *fetch = data;

    /* there is more to come: from a thread, or from error_page */

    if (rc == NGX_AGAIN
        || (rc >= NGX_HTTP_SPECIAL_RESPONSE
            && rc != NGX_HTTP_REQUEST_TIME_OUT
            && rc != NGX_HTTP_CLIENT_CLOSED_REQUEST
            && rc != NGX_HTTP_CLOSE))
    {
        return rc;
    }

    /* the client has gone away: the cleanup gives the fetch up */

    if (fetch->done || rc == NGX_HTTP_CLIENT_CLOSED_REQUEST) {
        return rc;
    }

    fetch->done = 1;

    if (fetch->timeout.timer_set) {
        ngx_del_timer(&fetch->timeout);
    }

    ngx_http_jwt_fetch_settle(sr, fetch, rc);

    if (fetch->background) {
        ngx_http_jwt_fetch_free(sr->pool, fetch);

    } else {
        sr->main->limit_conn_status = fetch->limit_conn_status;
        sr->main->limit_req_status = fetch->limit_req_status;
    }

    /* a failure of this request is not one of the request that waits for it */

    if (fetch->failed) {
        ngx_http_jwt_fetch_pardon(sr);
    }

    return NGX_OK;
}


static void
ngx_http_jwt_fetch_settle(ngx_http_request_t *sr, ngx_http_jwt_fetch_t *fetch,
    ngx_int_t rc)
{
    const char               *why;
    ngx_uint_t                left;
    ngx_connection_t         *c;
    ngx_http_jwt_response_t  *response;

    response = NULL;
    why = ngx_http_jwt_fetch_read(sr, fetch, rc);

    if (why == NULL) {
        response = ngx_http_jwt_response_set(fetch->responses, &fetch->name,
                                             &fetch->text,
                                             sr->connection->log, &why);
    }

    if (response != NULL) {

        if (fetch->zone != NULL) {
            response->version = ngx_http_jwt_key_cache_set(fetch->zone,
                                                           &fetch->name,
                                                           &fetch->text);
        }

        return;
    }

    fetch->failed = 1;

    /* what reads a file, or a cache, ends where the client has gone away */

    c = sr->connection;
    left = c->error && ngx_http_jwt_client_left(c);

    if (!left) {
        ngx_http_jwt_fetch_log(sr, fetch, why);
    }

    if (fetch->zone != NULL) {
        ngx_http_jwt_key_cache_fail(fetch->zone, &fetch->name, left);
    }
}


/*
 * An answer that is too large looks to nginx as if writing to the client had
 * failed.
 */

static void
ngx_http_jwt_fetch_pardon(ngx_http_request_t *sr)
{
    ngx_connection_t  *c;

    c = sr->connection;

    /* what was left of it would never be sent */

    sr->buffered = 0;

#if (NGX_HTTP_V2)
    if (sr->stream != NULL && sr->stream->out_closed) {
        return;
    }
#endif

    if (!ngx_http_jwt_client_left(c)) {
        c->error = 0;
    }
}


/* NULL: fetch->text is there; else why it is not */

static const char *
ngx_http_jwt_fetch_read(ngx_http_request_t *sr, ngx_http_jwt_fetch_t *fetch,
    ngx_int_t rc)
{
    ngx_buf_t              *b;
    const ngx_table_elt_t  *encoding;

    if (sr->headers_out.status != NGX_HTTP_OK) {
        return "the status is not 200";
    }

    if (rc != NGX_OK || sr->out == NULL) {
        return "the answer is not complete, or over 1048576 bytes";
    }

    encoding = sr->headers_out.content_encoding;

    if (encoding != NULL && encoding->hash && encoding->value.len) {
        return "the answer is encoded, \"gunzip on\" in its location decodes";
    }

    b = sr->out->buf;

    fetch->text.data = b->pos;
    fetch->text.len = b->last - b->pos;

    if (sr->headers_out.content_length_n != -1
        && sr->headers_out.content_length_n != (off_t) fetch->text.len)
    {
        return "the answer is not complete, or over 1048576 bytes";
    }

    return NULL;
}


static void
ngx_http_jwt_fetch_log(ngx_http_request_t *r, ngx_http_jwt_fetch_t *fetch,
    const char *why)
{
    u_char  *last;
    u_char   uri[NGX_HTTP_JWT_URI_LOGGED];

    if (fetch->responses->logged == ngx_time()) {
        return;
    }

    fetch->responses->logged = ngx_time();

    last = ngx_http_jwt_printable(uri, ngx_http_jwt_bytes(&fetch->uri),
                                  NGX_HTTP_JWT_URI_LOGGED);

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "key request \"%*s\" failed: %s, status %ui",
                  (size_t) (last - uri), uri, why, r->headers_out.status);
}


/*
 * In the background nginx fills its buffers and its temporary file, and where
 * both are full it waits for ever: then the upstream is timed out.
 */

static void
ngx_http_jwt_fetch_timeout(ngx_event_t *ev)
{
    ngx_http_jwt_fetch_t *fetch = ev->data;

    ngx_connection_t     *c;
    ngx_http_upstream_t  *u;

    u = fetch->sr->upstream;
    c = u ? u->peer.connection : NULL;

    /* there may be a next upstream; what follows may free all of this */

    ngx_add_timer(ev, NGX_HTTP_JWT_FETCH_TIMEOUT);

    if (c != NULL) {
        c->read->timedout = 1;
        c->read->handler(c->read);
    }
}


/* the request is over, perhaps in the middle of the fetch */

static void
ngx_http_jwt_fetch_cleanup(void *data)
{
    ngx_http_jwt_fetch_t *fetch = data;

    if (fetch->timeout.timer_set) {
        ngx_del_timer(&fetch->timeout);
    }

    if (fetch->zone != NULL && !fetch->done) {
        ngx_http_jwt_key_cache_fail(fetch->zone, &fetch->name, 1);
    }

    if (fetch->buffer != NULL) {
        OPENSSL_cleanse(fetch->buffer->start,
                        fetch->buffer->last - fetch->buffer->start);
    }
}


void
ngx_http_jwt_fetch_free(ngx_pool_t *pool, ngx_http_jwt_fetch_t *fetch)
{
    ngx_buf_t  *b;

    b = fetch->buffer;

    if (b == NULL || !fetch->done) {
        return;
    }

    OPENSSL_cleanse(b->start, b->last - b->start);

    (void) ngx_pfree(pool, b->start);

    fetch->buffer = NULL;
    ngx_str_null(&fetch->text);
}
