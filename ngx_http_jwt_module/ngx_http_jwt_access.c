
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * One request's way through the phases: judged once, answered each time.
 */


#include "ngx_http_jwt_known.h"


static ngx_int_t ngx_http_jwt_pass(ngx_http_request_t *r);
static ngx_int_t ngx_http_jwt_answer(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_int_t code);
static ngx_int_t ngx_http_jwt_judge(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf);
static ngx_int_t ngx_http_jwt_begin(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t **begun);
static ngx_http_jwt_ctx_t *ngx_http_jwt_ctx_again(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx);
static ngx_int_t ngx_http_jwt_verdict(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx);
static ngx_int_t ngx_http_jwt_code(const ngx_http_jwt_ctx_t *ctx);
static void ngx_http_jwt_ctx_cleanup(void *data);


ngx_int_t
ngx_http_jwt_access_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    const ngx_http_jwt_loc_conf_t  *jlcf;

    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_jwt_module);

    if (!jlcf->enabled) {
        return ngx_http_jwt_pass(r);
    }

    rc = ngx_http_jwt_judge(r, jlcf);

    return rc == NGX_OK ? NGX_OK : ngx_http_jwt_answer(r, jlcf, rc);
}


/* the headers of a refusal */

static ngx_int_t
ngx_http_jwt_answer(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_int_t code)
{
    switch (code) {

    case NGX_HTTP_UNAUTHORIZED:
    case NGX_HTTP_FORBIDDEN:
        return ngx_http_jwt_challenge_set(r, jlcf, code);

    case NGX_HTTP_SERVICE_UNAVAILABLE:
        return ngx_http_jwt_retry_after_set(r, code);
    }

    return code;
}


/* nobody judges: from here on, nothing that is unverified is shown */

static ngx_int_t
ngx_http_jwt_pass(ngx_http_request_t *r)
{
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_jwt_ctx_find(r);

    if (ctx == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_jwt_remote_leave(&ctx->waiter);

    if (ctx->shown) {
        ngx_http_jwt_forget_derived(r, ctx);
    }

    return NGX_DECLINED;
}


/*
 * Judges early, so that limit_req and limit_conn see what is verified, and
 * leaves the answer to the access phase, where satisfy and auth_delay are.
 */

ngx_int_t
ngx_http_jwt_preaccess_handler(ngx_http_request_t *r)
{
    const ngx_http_jwt_loc_conf_t  *jlcf;

    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_jwt_module);

    /* unlike the access phase, this one is run for subrequests, too */

    if (jlcf->enabled
        && jlcf->phase == NGX_HTTP_JWT_PHASE_PREACCESS
        && r == r->main)
    {
        if (ngx_http_jwt_judge(r, jlcf) == NGX_AGAIN) {
            return NGX_AGAIN;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_jwt_judge(ngx_http_request_t *r, const ngx_http_jwt_loc_conf_t *jlcf)
{
    ngx_int_t            rc;
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_jwt_module);

    if (ctx != NULL && ctx->judged) {
        return ctx->code;
    }

    if (ctx == NULL || ctx->status != JOSE_KEYS_PENDING) {
        rc = ngx_http_jwt_begin(r, jlcf, &ctx);

        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? ngx_http_jwt_pass(r) : rc;
        }
    }

    ctx->status = ngx_http_jwt_examine(r, jlcf, ctx);

    if (ctx->status == JOSE_KEYS_PENDING) {
        return NGX_AGAIN;
    }

    ctx->judged = 1;

    if (ctx->fetches != NULL) {
        ngx_http_jwt_key_request_judged(r, ctx);
    }

    if (ctx->shown) {
        ngx_http_jwt_forget_derived(r, ctx);
    }

    ctx->code = ngx_http_jwt_verdict(r, jlcf, ctx);

    return ctx->code;
}


/* NGX_DECLINED: the realm says that nothing is checked */

static ngx_int_t
ngx_http_jwt_begin(ngx_http_request_t *r, const ngx_http_jwt_loc_conf_t *jlcf,
    ngx_http_jwt_ctx_t **begun)
{
    ngx_str_t            realm;
    ngx_http_jwt_ctx_t  *ctx;

    realm = jlcf->realm->value;

    if (jlcf->realm->lengths != NULL) {

        if (ngx_http_jwt_evaluate(r, jlcf->realm, &realm) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (realm.len == 3 && ngx_strncmp(realm.data, "off", 3) == 0) {
            return NGX_DECLINED;
        }
    }

    ctx = ngx_http_jwt_ctx_find(r);

    ctx = ctx ? ngx_http_jwt_ctx_again(r, jlcf, ctx)
              : ngx_http_jwt_ctx_create(r);

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->realm = realm;
    *begun = ctx;

    return NGX_OK;
}


/*
 * Variables were read, or there was an internal redirect: what was judged,
 * fetched, decrypted and answered before is the past.
 */

static ngx_http_jwt_ctx_t *
ngx_http_jwt_ctx_again(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    ngx_http_set_ctx(r, ctx, ngx_http_jwt_module);

    if (ctx->challenge != NULL || ctx->retry_after != NULL) {
        ngx_http_jwt_challenge_clear(r, ctx);
    }

    if (ctx->shown) {
        ngx_http_jwt_forget_derived(r, ctx);
    }

    ctx->judged = 0;
    ctx->token = NULL;
    ctx->fetches = NULL;
    ctx->provider = NULL;

    /* "post_action" redirects a request that waits, when its client leaves */

    ngx_http_jwt_remote_leave(&ctx->waiter);

    ctx->waiter.waited = 0;
    ctx->waiter.joined = 0;
    ctx->waiter.asked = 0;

    if (jlcf->type != NGX_HTTP_JWT_SIGNED) {
        ctx->seen = NULL;
    }

    /* the verdict is gone before anything can fail */

    if (ngx_http_jwt_known_leave(r, ctx) != NGX_OK) {
        return NULL;
    }

    return ctx;
}


static ngx_int_t
ngx_http_jwt_verdict(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    ngx_int_t  code;

    /* it can not go on, whatever its token is */

    if (ctx->stuck) {
        ctx->status = JOSE_ERROR;
    }

    if (ctx->status == JOSE_OK) {

        if (!jlcf->requires_any) {
            return NGX_OK;
        }

        code = ngx_http_jwt_require(r, jlcf, ctx);

        if (code == NGX_OK) {
            return NGX_OK;
        }

        ctx->status = JOSE_REQUIRE_FAILED;
        ngx_http_jwt_forget_derived(r, ctx);

        if (code == NGX_ERROR) {
            ctx->status = JOSE_ERROR;
            code = NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

    } else {
        code = ngx_http_jwt_code(ctx);
    }

    ngx_http_jwt_log_refusal(r, ctx);

    return code;
}


static ngx_int_t
ngx_http_jwt_code(const ngx_http_jwt_ctx_t *ctx)
{
    if (ctx->stuck) {
        return NGX_ERROR;
    }

    /* they are somebody else's to bring: it is worth to try again */

    if (ctx->status == JOSE_KEYS_UNAVAILABLE && ctx->provider != NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    switch (jose_status_fault(ctx->status)) {

    case JOSE_FAULT_CLIENT:
    case JOSE_FAULT_POLICY:
        return NGX_HTTP_UNAUTHORIZED;

    case JOSE_FAULT_NONE:
    case JOSE_FAULT_SERVER:
        break;
    }

    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}


ngx_http_jwt_ctx_t *
ngx_http_jwt_ctx_find_redirected(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_jwt_ctx_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


ngx_http_jwt_ctx_t *
ngx_http_jwt_ctx_create(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;
    ngx_http_jwt_ctx_t  *ctx;

    r = r->main;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_jwt_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_jwt_ctx_cleanup;

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_jwt_ctx_t));

    ngx_http_set_ctx(r, ctx, ngx_http_jwt_module);

    return ctx;
}


/* it marks the context in the list of cleanups, too */

static void
ngx_http_jwt_ctx_cleanup(void *data)
{
    ngx_http_jwt_ctx_t *ctx = data;

    if (ctx->cached != NULL) {
        ngx_http_jwt_token_cache_release(ctx->cached);
    }
}
