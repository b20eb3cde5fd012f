
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Tokens that were verified: the memory of one worker, so that the same token
 * is not verified again.
 */


#ifndef _NGX_HTTP_JWT_TOKEN_CACHE_H_INCLUDED_
#define _NGX_HTTP_JWT_TOKEN_CACHE_H_INCLUDED_


#include "ngx_http_jwt_module.h"


/* What a token was verified by: under another one, it is another entry. */
typedef struct {
    const void                      *owner;    /* keys, or providers, of jlcf */
    const ngx_http_jwt_provider_t   *provider; /* that it was of, or NULL */
    uint64_t                         keys;     /* which sets these were */
    jose_alg_set_t                   named;    /* rows of its "alg" */
    jose_alg_set_t                   allowed;  /* and of them, those allowed */
} ngx_http_jwt_proof_t;


/*
 * The answer to one question about a token: a value of JSON, or the text of a
 * variable.  Its bytes stand behind it.
 */
typedef struct ngx_http_jwt_cached_value_s  ngx_http_jwt_cached_value_t;

struct ngx_http_jwt_cached_value_s {
    ngx_http_jwt_cached_value_t     *next;
    const void                      *question; /* an address for it */
    uint32_t                         len;
    uint16_t                         type;     /* jose_json_type_t */
    uint16_t                         absent;   /* the token has no such value */
};


/* An entry.  The bytes of the token stand behind it. */
struct ngx_http_jwt_cached_token_s {
    ngx_http_jwt_cached_token_t     *next;     /* of its bucket */
    ngx_queue_t                      queue;
    ngx_http_jwt_proof_t             proof;
    ngx_http_jwt_cached_value_t     *values;   /* what was asked */
    int64_t                          from;     /* "nbf", in milliseconds */
    int64_t                          until;    /* "exp", or its greatest age */
    uint32_t                         hash;
    uint32_t                         len;
    uint32_t                         size;     /* with all that belongs to it */
    uint32_t                         users;    /* requests that have it */
    ngx_uint_t                       cached;   /* 0: the last user frees it */
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
 * Adds a token, or renews its entry; those used least recently make room.
 * NULL: there is none.
 */
ngx_http_jwt_cached_token_t *ngx_http_jwt_token_cache_add(
    ngx_http_jwt_token_cache_t *cache, const ngx_str_t *text,
    const ngx_http_jwt_proof_t *proof, int64_t from, int64_t until);

/* Takes an entry out: it is freed when no request has it any more. */
void ngx_http_jwt_token_cache_drop(ngx_http_jwt_token_cache_t *cache,
    ngx_http_jwt_cached_token_t *entry);

/* A request has an entry no longer. */
void ngx_http_jwt_token_cache_release(ngx_http_jwt_cached_token_t *entry);

/*
 * Keeps a copy of the answer to a question about an entry that the caller has,
 * if there is room.  NULL for value: the token has no such value.
 */
void ngx_http_jwt_token_cache_keep(ngx_http_jwt_token_cache_t *cache,
    ngx_http_jwt_cached_token_t *entry, const void *question,
    const jose_json_value_t *value);

/* auth_jwt_token_cache */
char *ngx_http_jwt_set_token_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

JOSE_HIDDEN_END


/* The bytes of an entry, and those of a value. */

#define ngx_http_jwt_cached_text(cached)                                      \
    ((u_char *) (uintptr_t) ((cached) + 1))


/* A request has an entry: it stays where it is until it is released. */

static ngx_inline void
ngx_http_jwt_token_cache_hold(ngx_http_jwt_cached_token_t *entry)
{
    entry->users++;
}


/* The answer that was kept.  NULL: there is none. */

static ngx_inline const ngx_http_jwt_cached_value_t *
ngx_http_jwt_token_cache_value(const ngx_http_jwt_cached_token_t *entry,
    const void *question)
{
    const ngx_http_jwt_cached_value_t  *kept;

    for (kept = entry->values; kept; kept = kept->next) {
        if (kept->question == question) {
            return kept;
        }
    }

    return NULL;
}


#endif /* _NGX_HTTP_JWT_TOKEN_CACHE_H_INCLUDED_ */
