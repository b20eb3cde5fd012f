
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What has to hold of a token: header, keys, signature, claims.
 */


#include "ngx_http_jwt_known.h"


static NGX_HTTP_JWT_NOINLINE jose_status_t ngx_http_jwt_examine_text(
    ngx_http_request_t *r, const ngx_http_jwt_loc_conf_t *jlcf,
    ngx_http_jwt_ctx_t *ctx);
static jose_status_t ngx_http_jwt_examine_token(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof);
static jose_status_t ngx_http_jwt_unlock(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof);
static jose_status_t ngx_http_jwt_decrypt(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token, const jose_keys_t *const *sets, size_t n);
static jose_status_t ngx_http_jwt_verify(ngx_http_request_t *r,
    const ngx_http_jwt_token_t *token, const jose_trust_t *trust,
    ngx_http_jwt_proof_t *proof);
static jose_status_t ngx_http_jwt_examine_provider(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof);
static jose_status_t ngx_http_jwt_verify_provider(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof);
static jose_status_t ngx_http_jwt_check_claims(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token, time_t leeway, const jose_policy_t *policy);


jose_status_t
ngx_http_jwt_examine(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    jose_status_t  status;

    status = ngx_http_jwt_token_find(r, jlcf, &ctx->text);
    if (status != JOSE_OK) {
        return status;
    }

    if (ngx_http_jwt_known_find(r, jlcf, ctx) == NGX_OK) {
        return ctx->status;
    }

    return ngx_http_jwt_examine_text(r, jlcf, ctx);
}


static NGX_HTTP_JWT_NOINLINE jose_status_t
ngx_http_jwt_examine_text(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    jose_status_t          status;
    ngx_http_jwt_proof_t   proof;

    ctx->token = ngx_http_jwt_token_get(r, ctx, &ctx->text, jlcf->type);
    if (ctx->token == NULL) {
        return JOSE_ERROR;
    }

    ngx_memzero(&proof, sizeof(ngx_http_jwt_proof_t));

    status = ngx_http_jwt_examine_token(r, jlcf, ctx, &proof);

    if (status == JOSE_OK) {
        ngx_http_jwt_known_add(r, jlcf, ctx, &proof);
    }

    return status;
}


/* proof is set where the signature of a token was verified */

static jose_status_t
ngx_http_jwt_examine_token(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof)
{
    jose_status_t  status;

    status = ngx_http_jwt_token_read_header(r, ctx->token);
    if (status != JOSE_OK) {
        return status;
    }

    if (jlcf->providers != NULL) {
        return ngx_http_jwt_examine_provider(r, jlcf, ctx, proof);
    }

    if (jlcf->validate_sig || jlcf->type != NGX_HTTP_JWT_SIGNED) {
        status = ngx_http_jwt_unlock(r, jlcf, ctx, proof);
        if (status != JOSE_OK) {
            return status;
        }
    }

    return ngx_http_jwt_check_claims(r, ctx->token, jlcf->leeway, NULL);
}


/* all that needs keys: decrypt, then verify */

static jose_status_t
ngx_http_jwt_unlock(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof)
{
    jose_trust_t   trust;
    jose_status_t  status;

    status = ngx_http_jwt_keys_get(r, jlcf, ctx, &trust.sets, &trust.n);
    if (status != JOSE_OK) {
        return status;
    }

    if (jlcf->type != NGX_HTTP_JWT_SIGNED) {
        status = ngx_http_jwt_decrypt(r, ctx->token, trust.sets, trust.n);
    }

    if (status != JOSE_OK
        || jlcf->type == NGX_HTTP_JWT_ENCRYPTED
        || !jlcf->validate_sig)
    {
        return status;
    }

    trust.algs = (jose_alg_set_t) jlcf->algorithms;
    trust.iss = NULL;

    return ngx_http_jwt_verify(r, ctx->token, &trust, proof);
}


static jose_status_t
ngx_http_jwt_decrypt(ngx_http_request_t *r, ngx_http_jwt_token_t *token,
    const jose_keys_t *const *sets, size_t n)
{
    jose_status_t                    status;
    const ngx_http_jwt_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    status = ngx_http_jwt_token_decrypt(r, token, jmcf->crypto, sets, n);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "jwt decryption: %s", jose_status_word(status));

    return status;
}


static jose_status_t
ngx_http_jwt_verify(ngx_http_request_t *r, const ngx_http_jwt_token_t *token,
    const jose_trust_t *trust, ngx_http_jwt_proof_t *proof)
{
    jose_status_t                    status;
    const ngx_http_jwt_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    status = jose_jws_verify(&token->jws, &token->parameters, jmcf->crypto,
                             trust);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "jwt signature: %s", jose_status_word(status));

    ngx_http_jwt_proof_set(proof, trust, token->parameters.algs);

    return status;
}


/*
 * The claims are read before they are verified, to see who they are from;
 * nothing but that provider's keys can make them true.
 */

static jose_status_t
ngx_http_jwt_examine_provider(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof)
{
    size_t                     n;
    time_t                     leeway;
    jose_status_t              status;
    ngx_http_jwt_token_t      *token;
    const jose_keys_t  *const *sets;

    token = ctx->token;

    /* RFC 7519, 5.2: who has signed it, is known when it is open */

    if (jlcf->type == NGX_HTTP_JWT_NESTED && token->plaintext.data == NULL) {
        status = ngx_http_jwt_keys_get(r, jlcf, ctx, &sets, &n);

        if (status == JOSE_OK) {
            status = ngx_http_jwt_decrypt(r, token, sets, n);
        }

        if (status != JOSE_OK) {
            return status;
        }
    }

    status = ngx_http_jwt_token_read_claims(r, token);
    if (status != JOSE_OK) {
        return status;
    }

    ctx->provider = ngx_http_jwt_provider_choose(jlcf->providers,
                                                 &token->claims);
    if (ctx->provider == NULL) {
        return JOSE_UNKNOWN_ISSUER;
    }

    status = ngx_http_jwt_verify_provider(r, jlcf, ctx, proof);
    if (status != JOSE_OK) {
        return status;
    }

    leeway = ctx->provider->leeway;

    if (leeway == NGX_CONF_UNSET) {
        leeway = jlcf->leeway;
    }

    return ngx_http_jwt_check_claims(r, token, leeway,
                                     &ctx->provider->policy);
}


/* a key that is not there may be new: once, the request waits for it */

static jose_status_t
ngx_http_jwt_verify_provider(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof)
{
    ngx_int_t                       rc;
    jose_trust_t                    trust;
    jose_status_t                   status;
    jose_json_value_t               iss;
    const jose_keys_t              *keys;
    ngx_http_jwt_token_t           *token;
    const ngx_http_jwt_provider_t  *provider;
    static const jose_bytes_t       name = jose_bytes("iss");

    token = ctx->token;
    provider = ctx->provider;

    trust.algs = provider->algorithms & (jose_alg_set_t) jlcf->algorithms;

    /* what no key can verify waits for none */

    if (token->parameters.algs == 0) {
        return JOSE_UNSUPPORTED_ALGORITHM;
    }

    if ((token->parameters.algs & trust.algs) == 0) {
        return JOSE_ALGORITHM_NOT_ALLOWED;
    }

    (void) jose_json_get(&token->claims, name, &iss);

    trust.sets = &keys;
    trust.n = 1;
    trust.iss = &iss;

    do {
        keys = ngx_http_jwt_provider_keys(r, provider, &ctx->waiter, &status);
        if (keys == NULL) {
            return status;
        }

        status = ngx_http_jwt_verify(r, token, &trust, proof);

        if ((status != JOSE_UNKNOWN_KEY && status != JOSE_BAD_SIGNATURE)
            || provider->remote == NULL)
        {
            return status;
        }

        rc = ngx_http_jwt_remote_ask(provider->remote, r, &ctx->waiter);

    } while (rc == NGX_OK);

    if (rc == NGX_AGAIN) {
        return JOSE_KEYS_PENDING;
    }

    return rc == NGX_ERROR ? JOSE_ERROR : status;
}


/* policy: what a provider wants, or NULL */

static jose_status_t
ngx_http_jwt_check_claims(ngx_http_request_t *r, ngx_http_jwt_token_t *token,
    time_t leeway, const jose_policy_t *policy)
{
    int64_t        now;
    ngx_time_t    *tp;
    jose_status_t  status;

    status = ngx_http_jwt_token_read_claims(r, token);
    if (status != JOSE_OK) {
        return status;
    }

    tp = ngx_timeofday();
    now = (int64_t) tp->sec * 1000 + (int64_t) tp->msec;

    status = jose_claims_check_time(&token->claims, now,
                                    (int64_t) leeway * 1000);

    if (status != JOSE_OK || policy == NULL) {
        return status;
    }

    return jose_policy_check(policy, &token->header, &token->claims, now,
                             (int64_t) leeway * 1000);
}
