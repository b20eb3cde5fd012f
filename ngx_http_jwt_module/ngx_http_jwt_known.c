
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_known.h"


static uint64_t ngx_http_jwt_known_keys(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx);
static ngx_uint_t ngx_http_jwt_known_is_allowed(
    const ngx_http_jwt_cached_token_t *entry,
    const ngx_http_jwt_loc_conf_t *jlcf);
static ngx_uint_t ngx_http_jwt_known_in_time(
    const ngx_http_jwt_cached_token_t *entry,
    const ngx_http_jwt_loc_conf_t *jlcf);
static int64_t ngx_http_jwt_known_time(const jose_json_object_t *claims,
    jose_bytes_t name, int64_t otherwise);
static void ngx_http_jwt_known_cleanup(void *data);


ngx_int_t
ngx_http_jwt_known_find(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    uint64_t                      keys;
    ngx_http_jwt_cached_token_t  *entry;

    if (jlcf->token_cache == NULL) {
        return NGX_DECLINED;
    }

    entry = ngx_http_jwt_token_cache_find(jlcf->token_cache, &ctx->text,
                                          jlcf->trusted);
    if (entry == NULL) {
        return NGX_DECLINED;
    }

    if (!ngx_http_jwt_known_in_time(entry, jlcf)) {
        ngx_http_jwt_token_cache_drop(jlcf->token_cache, entry);
        return NGX_DECLINED;
    }

    if (!ngx_http_jwt_known_is_allowed(entry, jlcf)) {
        return NGX_DECLINED;
    }

    ctx->provider = entry->proof.provider;

    keys = ngx_http_jwt_known_keys(r, jlcf, ctx);

    if (keys == entry->proof.keys) {
        ctx->status = JOSE_OK;

    } else if (keys != 0) {

        /* an entry is replaced when its token is verified by other keys */

        return NGX_DECLINED;

    } else if (ctx->status == JOSE_KEYS_PENDING) {

        /* a request that waits for keys is examined again */

        return NGX_OK;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "jwt is known: %s", jose_status_word(ctx->status));

    ngx_http_jwt_token_cache_hold(entry);
    ctx->cached = entry;

    /* a request that has waited may have begun to read it for itself */

    ctx->token = NULL;

    return NGX_OK;
}


/* 0: there are none, ctx->status says why */

static uint64_t
ngx_http_jwt_known_keys(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    const jose_keys_t  *keys;

    if (ctx->provider == NULL) {
        return ngx_http_jwt_keys_serial(r, jlcf, ctx);
    }

    keys = ngx_http_jwt_provider_keys(r, ctx->provider, &ctx->waiter,
                                      &ctx->status);

    return keys ? ngx_http_jwt_keys_and(0, keys) : 0;
}


/* whether its "alg" may be here what it was allowed to be */

static ngx_uint_t
ngx_http_jwt_known_is_allowed(const ngx_http_jwt_cached_token_t *entry,
    const ngx_http_jwt_loc_conf_t *jlcf)
{
    jose_alg_set_t  allowed;

    allowed = (jose_alg_set_t) jlcf->algorithms;

    if (entry->proof.provider != NULL) {
        allowed &= entry->proof.provider->algorithms;
    }

    return (entry->proof.named & allowed) == entry->proof.allowed;
}


static ngx_uint_t
ngx_http_jwt_known_in_time(const ngx_http_jwt_cached_token_t *entry,
    const ngx_http_jwt_loc_conf_t *jlcf)
{
    time_t       leeway;
    int64_t      now;
    ngx_time_t  *tp;

    leeway = jlcf->leeway;

    if (entry->proof.provider != NULL
        && entry->proof.provider->leeway != NGX_CONF_UNSET)
    {
        leeway = entry->proof.provider->leeway;
    }

    tp = ngx_timeofday();
    now = (int64_t) tp->sec * 1000 + (int64_t) tp->msec;

    return now - (int64_t) leeway * 1000 < entry->until
           && now + (int64_t) leeway * 1000 >= entry->from;
}


void
ngx_http_jwt_proof_set(ngx_http_jwt_proof_t *proof,
    const jose_trust_t *trust, jose_alg_set_t named)
{
    size_t  i;

    proof->keys = 0;

    for (i = 0; i < trust->n; i++) {
        proof->keys = ngx_http_jwt_keys_and(proof->keys, trust->sets[i]);
    }

    proof->named = named;
    proof->allowed = named & trust->algs;
}


void
ngx_http_jwt_known_add(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof)
{
    int64_t                       from, until, issued;
    const ngx_http_jwt_token_t   *token;
    static const jose_bytes_t     nbf = jose_bytes("nbf");
    static const jose_bytes_t     exp = jose_bytes("exp");
    static const jose_bytes_t     iat = jose_bytes("iat");

    if (jlcf->token_cache == NULL) {
        return;
    }

    token = ctx->token;

    proof->owner = jlcf->trusted;
    proof->provider = ctx->provider;

    from = ngx_http_jwt_known_time(&token->claims, nbf, INT64_MIN);
    until = ngx_http_jwt_known_time(&token->claims, exp, INT64_MAX);

    if (ctx->provider != NULL && ctx->provider->policy.max_age >= 0) {
        issued = ngx_http_jwt_known_time(&token->claims, iat, INT64_MIN);

        from = ngx_max(from, issued);
        until = ngx_min(until, jose_claims_add(issued,
                                             ctx->provider->policy.max_age));
    }

    ctx->cached = ngx_http_jwt_token_cache_add(jlcf->token_cache,
                                               &token->text, proof, from,
                                               until);
    if (ctx->cached != NULL) {
        ngx_http_jwt_token_cache_hold(ctx->cached);
    }
}


static int64_t
ngx_http_jwt_known_time(const jose_json_object_t *claims, jose_bytes_t name,
    int64_t otherwise)
{
    jose_json_value_t  value;

    if (!jose_json_get(claims, name, &value)) {
        return otherwise;
    }

    return jose_claims_milliseconds(&value);
}


const jose_json_object_t *
ngx_http_jwt_known_object(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx,
    ngx_uint_t header)
{
    ngx_http_jwt_token_t  *token;

    token = ctx->token;

    if (token == NULL) {
        token = ngx_pcalloc(r->main->pool, sizeof(ngx_http_jwt_token_t));
        if (token == NULL) {
            return NULL;
        }

        token->text.data = ngx_http_jwt_cached_text(ctx->cached);
        token->text.len = ctx->cached->len;
        token->type = NGX_HTTP_JWT_SIGNED;

        ctx->token = token;
    }

    if (header) {
        return ngx_http_jwt_token_read_header(r, token) == JOSE_OK
               ? &token->header : NULL;
    }

    return ngx_http_jwt_token_read_claims(r, token) == JOSE_OK
           ? &token->claims : NULL;
}


ngx_int_t
ngx_http_jwt_known_answer(const ngx_http_jwt_ctx_t *ctx, const void *question,
    jose_json_value_t *value)
{
    const ngx_http_jwt_cached_value_t  *kept;

    if (ctx->cached == NULL) {
        return NGX_DECLINED;
    }

    kept = ngx_http_jwt_token_cache_value(ctx->cached, question);

    if (kept == NULL) {
        return NGX_DECLINED;
    }

    value->text.data = kept->absent ? NULL : ngx_http_jwt_cached_text(kept);
    value->text.len = kept->len;
    value->type = (jose_json_type_t) kept->type;

    return NGX_OK;
}


void
ngx_http_jwt_known_keep(ngx_http_request_t *r, const ngx_http_jwt_ctx_t *ctx,
    const void *question, const jose_json_value_t *value)
{
    const ngx_http_jwt_main_conf_t  *jmcf;

    if (ctx->cached != NULL) {
        jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

        ngx_http_jwt_token_cache_keep(jmcf->token_cache, ctx->cached, question,
                                      value);
    }
}


/* variables that nginx has, and "$1" of them, are in the memory of an entry */

ngx_int_t
ngx_http_jwt_known_leave(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx)
{
    ngx_pool_cleanup_t  *cln;

    if (ctx->cached == NULL) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(r->main->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_jwt_known_cleanup;
    cln->data = ctx->cached;

    ctx->cached = NULL;

    return NGX_OK;
}


static void
ngx_http_jwt_known_cleanup(void *data)
{
    ngx_http_jwt_token_cache_release(data);
}
