
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_known.h"


static const void *ngx_http_jwt_known_owner(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf);
static jose_status_t ngx_http_jwt_known_keys(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    uint64_t *keys);
static ngx_uint_t ngx_http_jwt_known_is_allowed(
    const ngx_http_jwt_cached_token_t *entry,
    const ngx_http_jwt_loc_conf_t *jlcf);
static ngx_uint_t ngx_http_jwt_known_in_time(
    const ngx_http_jwt_cached_token_t *entry,
    const ngx_http_jwt_loc_conf_t *jlcf);
static int64_t ngx_http_jwt_known_time(const jose_json_object_t *claims,
    jose_bytes_t name, int64_t otherwise);


ngx_int_t
ngx_http_jwt_known_find(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const ngx_str_t *text, jose_status_t *status)
{
    uint64_t                         keys;
    const void                      *owner;
    ngx_http_jwt_cached_token_t     *entry;
    const ngx_http_jwt_main_conf_t  *jmcf;

    owner = ngx_http_jwt_known_owner(r, jlcf);

    if (owner == NULL) {
        return NGX_DECLINED;
    }

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    entry = ngx_http_jwt_token_cache_find(jmcf->token_cache, text, owner);

    if (entry == NULL) {
        return NGX_DECLINED;
    }

    if (!ngx_http_jwt_known_in_time(entry, jlcf)) {
        ngx_http_jwt_token_cache_drop(jmcf->token_cache, entry);
        return NGX_DECLINED;
    }

    if (!ngx_http_jwt_known_is_allowed(entry, jlcf)) {
        return NGX_DECLINED;
    }

    ctx->provider = entry->proof.provider;
    keys = 0;

    *status = ngx_http_jwt_known_keys(r, jlcf, ctx, &keys);

    /* a request that waits for keys is examined again */

    if (*status == JOSE_KEYS_PENDING) {
        return NGX_OK;
    }

    /* an entry is replaced when its token is verified by other keys */

    if (*status == JOSE_OK && entry->proof.keys != keys) {
        return NGX_DECLINED;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "jwt is known: %s", jose_status_word(*status));

    ngx_http_jwt_token_cache_hold(entry);
    ctx->cached = entry;

    /* a request that has waited may have begun to read it for itself */

    ctx->token = NULL;

    return NGX_OK;
}


/* NULL: tokens of this location are not kept */

static const void *
ngx_http_jwt_known_owner(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf)
{
    const ngx_http_jwt_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    if (jmcf->token_cache_size == 0
        || jlcf->type != NGX_HTTP_JWT_SIGNED
        || !jlcf->validate_sig)
    {
        return NULL;
    }

    return jlcf->providers ? (const void *) jlcf->providers
                           : (const void *) jlcf->keys;
}


static jose_status_t
ngx_http_jwt_known_keys(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    uint64_t *keys)
{
    jose_status_t       status;
    const jose_keys_t  *set;

    if (ctx->provider == NULL) {
        return ngx_http_jwt_keys_serial(r, jlcf, ctx, keys);
    }

    set = ngx_http_jwt_provider_keys(r, ctx->provider, &ctx->waiter, &status);
    if (set == NULL) {
        return status;
    }

    *keys = ngx_http_jwt_keys_and(0, set);

    return JOSE_OK;
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
    const ngx_http_jwt_loc_conf_t *jlcf, const ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof)
{
    int64_t                          from, until, issued;
    const ngx_http_jwt_token_t      *token;
    const ngx_http_jwt_main_conf_t  *jmcf;
    static const jose_bytes_t        nbf = jose_bytes("nbf");
    static const jose_bytes_t        exp = jose_bytes("exp");
    static const jose_bytes_t        iat = jose_bytes("iat");

    token = ctx->token;

    proof->owner = ngx_http_jwt_known_owner(r, jlcf);
    proof->provider = ctx->provider;

    if (proof->owner == NULL) {
        return;
    }

    from = ngx_http_jwt_known_time(&token->claims, nbf, INT64_MIN);
    until = ngx_http_jwt_known_time(&token->claims, exp, INT64_MAX);

    if (ctx->provider != NULL && ctx->provider->policy.max_age >= 0) {
        issued = ngx_http_jwt_known_time(&token->claims, iat, INT64_MIN);

        from = ngx_max(from, issued);
        until = ngx_min(until, jose_claims_add(issued,
                                             ctx->provider->policy.max_age));
    }

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    ngx_http_jwt_token_cache_add(jmcf->token_cache, &token->text, proof, from,
                                 until);
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
    const ngx_http_jwt_main_conf_t  *jmcf;

    if (ctx->token == NULL) {

        if (ctx->cached->json == NULL) {
            jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

            ctx->token = ngx_http_jwt_token_cache_read(r, jmcf->token_cache,
                                                       ctx->cached);
        }

        if (ctx->cached->json != NULL) {
            return header ? &ctx->cached->json->header
                          : &ctx->cached->json->claims;
        }

        if (ctx->token == NULL) {
            return NULL;
        }
    }

    if (header) {
        return &ctx->token->header;
    }

    return ngx_http_jwt_token_read_claims(r, ctx->token) == JOSE_OK
           ? &ctx->token->claims : NULL;
}


void
ngx_http_jwt_known_release(ngx_http_jwt_ctx_t *ctx)
{
    if (ctx->cached != NULL) {
        ngx_http_jwt_token_cache_release(ctx->cached);
        ctx->cached = NULL;
    }
}
