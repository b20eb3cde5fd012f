
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The keys of the answers to key requests, in the memory of a worker.
 */


#ifndef _NGX_HTTP_JWT_KEY_RESPONSE_H_INCLUDED_
#define _NGX_HTTP_JWT_KEY_RESPONSE_H_INCLUDED_


#include "ngx_http_jwt_module.h"
#include "ngx_http_jwt_lru.h"


/* The keys of one answer. */
typedef struct ngx_http_jwt_response_s {
    ngx_http_jwt_lru_entry_t     entry;     /* has to be the first */
    struct ngx_http_jwt_response_s  *next;  /* retired */
    ngx_str_t                    text;      /* what the keys were read of */
    ngx_uint_t                   version;   /* of text in the cache, or 0 */
    jose_keys_t                 *keys;
} ngx_http_jwt_response_t;


/* What a worker keeps of answers. */
struct ngx_http_jwt_responses_s {
    const jose_crypto_t         *crypto;
    jose_keys_format_t           format;
    ngx_http_jwt_lru_t           lru;
    ngx_http_jwt_response_t     *retired;   /* perhaps still in use */
    time_t                       logged;    /* a key request that failed */
    time_t                       reported;  /* the keys of one without use */
};


JOSE_HIDDEN_BEGIN

/*
 * The answer of that name, as fetch->name, that was kept; it is then the last
 * to go, so that those of one request stay until the next.  NULL: there is
 * none.
 */
ngx_http_jwt_response_t *ngx_http_jwt_response_find(
    ngx_http_jwt_responses_t *responses, const ngx_str_t *name);

/*
 * The keys of that text: those that were read of the same one before, or read
 * now, when they take the place of what had that name.  NULL: *why says what
 * is wrong with the text.
 */
ngx_http_jwt_response_t *ngx_http_jwt_response_set(
    ngx_http_jwt_responses_t *responses, const ngx_str_t *name,
    const ngx_str_t *text, ngx_log_t *log, const char **why);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_KEY_RESPONSE_H_INCLUDED_ */
