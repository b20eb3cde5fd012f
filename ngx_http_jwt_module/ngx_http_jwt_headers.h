
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * JOSE headers that were read before: those of one issuer's tokens are the
 * same text, until its key changes.
 */


#ifndef _NGX_HTTP_JWT_HEADERS_H_INCLUDED_
#define _NGX_HTTP_JWT_HEADERS_H_INCLUDED_


#include "ngx_http_jwt_module.h"


JOSE_HIDDEN_BEGIN

/* The headers that a worker keeps: so many, and no more.  NULL: no memory. */
ngx_http_jwt_headers_t *ngx_http_jwt_headers_create(ngx_conf_t *cf);

/*
 * Sets header and parameters of a token whose encoded header is kept, in r's
 * pool.  NGX_DECLINED: it is not.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_jwt_headers_find(ngx_http_request_t *r,
    const ngx_http_jwt_headers_t *headers, ngx_http_jwt_token_t *token);

/*
 * Keeps the header of a token, which was read and is valid, in the place of
 * another one; a long one is not kept.
 */
void ngx_http_jwt_headers_add(ngx_http_jwt_headers_t *headers,
    const ngx_http_jwt_token_t *token);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_HEADERS_H_INCLUDED_ */
