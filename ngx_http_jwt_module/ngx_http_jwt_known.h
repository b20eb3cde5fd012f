
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Tokens that are known: what has to hold of them again, and what has not.
 */


#ifndef _NGX_HTTP_JWT_KNOWN_H_INCLUDED_
#define _NGX_HTTP_JWT_KNOWN_H_INCLUDED_


#include "ngx_http_jwt_provider.h"
#include "ngx_http_jwt_token_cache.h"


JOSE_HIDDEN_BEGIN

/*
 * Whether the token whose text ctx has was verified before, by keys that are
 * those of now, and under what the location allows.  NGX_OK: it needs no
 * examination; ctx->status is JOSE_OK, and ctx has its entry, or the keys are
 * not to be had, as ngx_http_jwt_keys_get() and ngx_http_jwt_provider_keys()
 * tell.  NGX_DECLINED: it does.
 */
ngx_int_t ngx_http_jwt_known_find(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx);

/*
 * The token of ctx was examined, and is good by that proof: ctx has its entry,
 * too, if there is one.
 */
void ngx_http_jwt_known_add(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_http_jwt_proof_t *proof);

/* Notes what a signature is verified with, for an "alg" of those rows. */
void ngx_http_jwt_proof_set(ngx_http_jwt_proof_t *proof,
    const jose_trust_t *trust, jose_alg_set_t named);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_KNOWN_H_INCLUDED_ */
