
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Tokens that were verified: the memory of one worker, so that the same token
 * is not verified again.
 */


#ifndef _NGX_HTTP_JWT_TOKEN_CACHE_H_INCLUDED_
#define _NGX_HTTP_JWT_TOKEN_CACHE_H_INCLUDED_


#include "ngx_http_jwt_module.h"


/* The JSON of a token, in one block: texts and members. */
typedef struct {
    jose_json_object_t               header;
    jose_json_object_t               claims;
    size_t                           size;     /* of the block */
} ngx_http_jwt_cached_json_t;


/* What a token was verified by: under another one, it is another entry. */
typedef struct {
    const void                      *owner;    /* keys, or providers, of jlcf */
    const ngx_http_jwt_provider_t   *provider; /* that it was of, or NULL */
    uint64_t                         keys;     /* which sets these were */
    jose_alg_set_t                   named;    /* rows of its "alg" */
    jose_alg_set_t                   allowed;  /* and of them, those allowed */
} ngx_http_jwt_proof_t;


/* An entry.  The bytes of the token stand behind it. */
struct ngx_http_jwt_cached_token_s {
    ngx_http_jwt_cached_token_t     *next;     /* of its bucket */
    ngx_queue_t                      queue;
    ngx_http_jwt_proof_t             proof;
    ngx_http_jwt_cached_json_t      *json;     /* NULL: nobody asked yet */
    int64_t                          from;     /* "nbf", in milliseconds */
    int64_t                          until;    /* "exp", or its greatest age */
    uint32_t                         hash;
    uint32_t                         len;
    uint32_t                         users;    /* requests that have it */
    unsigned                         cached:1; /* 0: the last user frees it */
};


JOSE_HIDDEN_BEGIN

/* The cache of a configuration; no memory is used before there is a token. */
ngx_http_jwt_token_cache_t *ngx_http_jwt_token_cache_create(ngx_conf_t *cf);

/* Sets how many bytes it may have; 0: it is off. */
void ngx_http_jwt_token_cache_limit(ngx_http_jwt_token_cache_t *cache,
    size_t size);

/*
 * The entry of just these bytes and that owner.  NULL: there is none.  It is
 * the caller's to see whether the proof and the times still hold.
 */
ngx_http_jwt_cached_token_t *ngx_http_jwt_token_cache_find(
    ngx_http_jwt_token_cache_t *cache, const ngx_str_t *text,
    const void *owner);

/*
 * Adds a token, or renews its entry; those used least recently make room.  If
 * there is none, nothing happens.
 */
void ngx_http_jwt_token_cache_add(ngx_http_jwt_token_cache_t *cache,
    const ngx_str_t *text, const ngx_http_jwt_proof_t *proof, int64_t from,
    int64_t until);

/* Takes an entry out: it is freed when no request has it any more. */
void ngx_http_jwt_token_cache_drop(ngx_http_jwt_token_cache_t *cache,
    ngx_http_jwt_cached_token_t *entry);

/* A request has an entry, and has it no longer. */
void ngx_http_jwt_token_cache_hold(ngx_http_jwt_cached_token_t *entry);
void ngx_http_jwt_token_cache_release(ngx_http_jwt_cached_token_t *entry);

/*
 * Reads what an entry says, which nobody has read yet, into r's pool, and keeps
 * it as entry->json if there is room.  NULL: no memory.
 */
ngx_http_jwt_token_t *ngx_http_jwt_token_cache_read(ngx_http_request_t *r,
    ngx_http_jwt_token_cache_t *cache, ngx_http_jwt_cached_token_t *entry);

/* auth_jwt_token_cache */
char *ngx_http_jwt_set_token_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_TOKEN_CACHE_H_INCLUDED_ */
