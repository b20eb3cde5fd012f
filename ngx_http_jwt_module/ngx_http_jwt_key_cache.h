
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Key sets that subrequests brought, in shared memory: one worker fetches,
 * all use it, also after a reload.
 */


#ifndef _NGX_HTTP_JWT_KEY_CACHE_H_INCLUDED_
#define _NGX_HTTP_JWT_KEY_CACHE_H_INCLUDED_


#include "ngx_http_jwt_module.h"


typedef enum {
    NGX_HTTP_JWT_KEYS_CURRENT = 0,  /* there is a text to be used */
    NGX_HTTP_JWT_KEYS_REFRESH,      /* so there is, and the caller fetches */
    NGX_HTTP_JWT_KEYS_FETCH,        /* the caller fetches, there is none */
    NGX_HTTP_JWT_KEYS_WAIT,         /* somebody else does */
    NGX_HTTP_JWT_KEYS_FAILED        /* somebody else just failed */
} ngx_http_jwt_key_cache_state_t;


/* What the cache knows of one name. */
typedef struct {
    ngx_http_jwt_key_cache_state_t   state;
    ngx_uint_t                       version;  /* of the text; 0: none */
    ngx_str_t                        text;     /* in a pool, if asked for */
} ngx_http_jwt_key_cache_answer_t;


JOSE_HIDDEN_BEGIN

/* The shared zone of a configuration, made once.  NULL: no memory. */
ngx_shm_zone_t *ngx_http_jwt_key_cache_zone(ngx_conf_t *cf);

/*
 * Looks a name up; a text is current for valid seconds, and used for
 * NGX_HTTP_JWT_KEYS_STALE seconds while it cannot be refreshed.  If the
 * version that the caller has is another one, the text is copied into pool.
 *
 * NGX_HTTP_JWT_KEYS_REFRESH, NGX_HTTP_JWT_KEYS_FETCH: the caller is the only
 * one for a while who fetches, and says how it went with
 * ngx_http_jwt_key_cache_set() or ngx_http_jwt_key_cache_fail().  NGX_ERROR:
 * no memory.
 */
ngx_int_t ngx_http_jwt_key_cache_get(ngx_shm_zone_t *zone,
    const ngx_str_t *name, time_t valid, ngx_uint_t version,
    ngx_pool_t *pool, ngx_http_jwt_key_cache_answer_t *answer);

/*
 * Keeps a text and returns its version.  0: there is no room for it, and
 * nothing of that name is kept.
 */
ngx_uint_t ngx_http_jwt_key_cache_set(ngx_shm_zone_t *zone,
    const ngx_str_t *name, const ngx_str_t *text);

/*
 * What is kept stays, and for some seconds nobody fetches again, unless the
 * fetch was just given up.
 */
void ngx_http_jwt_key_cache_fail(ngx_shm_zone_t *zone, const ngx_str_t *name,
    ngx_uint_t given_up);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_KEY_CACHE_H_INCLUDED_ */
