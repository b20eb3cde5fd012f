
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The key set of one provider in shared memory: one worker fetches, all use
 * it, also after a reload, and what a reload does not name any more is gone.
 */


#ifndef _NGX_HTTP_JWT_REMOTE_ZONE_H_INCLUDED_
#define _NGX_HTTP_JWT_REMOTE_ZONE_H_INCLUDED_


#include "ngx_http_jwt_module.h"


/* bytes of an ETag, and of a URI that was discovered */
#define NGX_HTTP_JWT_ETAG_MAX  256
#define NGX_HTTP_JWT_URI_MAX   2048

/* milliseconds that a fetch takes at most, and when it is taken for lost */
#define NGX_HTTP_JWT_FETCH_MAX   30000
#define NGX_HTTP_JWT_FETCH_LOST  (NGX_HTTP_JWT_FETCH_MAX + 2000)


/* How long what is kept, in milliseconds; constant. */
typedef struct {
    ngx_msec_t              refresh_min;
    ngx_msec_t              refresh_max;
    ngx_msec_t              cooldown;
    ngx_msec_t              stale;
} ngx_http_jwt_remote_times_t;


/* A key set as it was fetched. */
typedef struct {
    ngx_str_t               text;
    ngx_str_t               etag;      /* empty: none */
    ngx_str_t               uri;       /* that was discovered, or empty */
    unsigned                discovered:1;   /* just now */
} ngx_http_jwt_remote_set_t;


/* What helps to fetch the next one. */
typedef struct {
    u_char                  uri[NGX_HTTP_JWT_URI_MAX];
    size_t                  uri_len;   /* 0: none was discovered */
    u_char                  etag[NGX_HTTP_JWT_ETAG_MAX];
    size_t                  etag_len;
    unsigned                recent:1;  /* so was the discovery */
} ngx_http_jwt_remote_known_t;


/* Why somebody wants a fetch. */
typedef enum {
    NGX_HTTP_JWT_FETCH_DUE = 0,   /* it is time for it */
    NGX_HTTP_JWT_FETCH_ASKED      /* a token asks for another key */
} ngx_http_jwt_remote_why_t;


JOSE_HIDDEN_BEGIN

/*
 * The zone of a name: all that decides what is fetched, and how, is in it, so
 * that keys are never taken over from another source.  NULL: no memory.
 */
ngx_shm_zone_t *ngx_http_jwt_remote_zone(ngx_conf_t *cf, ngx_str_t *name,
    const ngx_http_jwt_remote_times_t *times);

/*
 * The version of the set that is there, without a lock.  0: there is none, or
 * it is stale.
 */
ngx_uint_t ngx_http_jwt_remote_version(const ngx_shm_zone_t *zone);

/*
 * Whether the caller is the one who fetches.  NGX_OK: it is, and ends that
 * with ngx_http_jwt_remote_store(), _unchanged(), _failed() or _release().
 * NGX_BUSY: somebody else does.  NGX_DECLINED: it is not time for it.
 *
 * Who asks is given a fetch that is due anyway.  Of others there is one in
 * cooldown milliseconds, and none as long after one that failed.  A fetch whose
 * process has died is due again.
 */
ngx_int_t ngx_http_jwt_remote_claim(ngx_shm_zone_t *zone,
    ngx_http_jwt_remote_why_t why);

/* Whether somebody fetches; if it was lost, a fetch is due now. */
ngx_uint_t ngx_http_jwt_remote_is_busy(ngx_shm_zone_t *zone);

/* Milliseconds until it is time to fetch; 0: it is. */
ngx_msec_t ngx_http_jwt_remote_delay(ngx_shm_zone_t *zone);

/* How many fetches have ended, of which one may wait for the next. */
ngx_uint_t ngx_http_jwt_remote_ended(const ngx_shm_zone_t *zone);

/* Whether that is the text of the set that is there. */
ngx_uint_t ngx_http_jwt_remote_is_same(ngx_shm_zone_t *zone,
    const ngx_str_t *text);

/*
 * Keeps a set and returns its version, which does not change where its text
 * is the same; the next fetch is due in max_age seconds (-1: not said) within
 * the limits of the times.  The text has at most NGX_HTTP_JWT_KEY_TEXT_MAX
 * bytes.
 */
ngx_uint_t ngx_http_jwt_remote_store(ngx_shm_zone_t *zone,
    const ngx_http_jwt_remote_set_t *set, int64_t max_age);

/*
 * The set that is there has been found to be current; discovered: so has its
 * URI.
 */
void ngx_http_jwt_remote_unchanged(ngx_shm_zone_t *zone, int64_t max_age,
    ngx_uint_t discovered);

/* Gives a fetch up that was claimed: it is due again. */
void ngx_http_jwt_remote_release(ngx_shm_zone_t *zone);

/* Puts the next fetch off, the longer the more often it has failed. */
void ngx_http_jwt_remote_failed(ngx_shm_zone_t *zone);

/* How many fetches have failed since the last good one. */
ngx_uint_t ngx_http_jwt_remote_failures(const ngx_shm_zone_t *zone);

/* Where the keys were, and their ETag; discovered within the last hour? */
void ngx_http_jwt_remote_known(ngx_shm_zone_t *zone,
    ngx_http_jwt_remote_known_t *known);

/*
 * Copies what is there to pool, with its version and the seconds since the
 * epoch at which it was fetched.  NGX_DECLINED: there is none.  NGX_ERROR: no
 * memory.
 */
ngx_int_t ngx_http_jwt_remote_copy(ngx_shm_zone_t *zone, ngx_pool_t *pool,
    ngx_http_jwt_remote_set_t *set, ngx_uint_t *version, time_t *fetched);

/*
 * Gives a zone that never had a set one of an earlier life, which was fetched
 * age seconds ago.
 */
void ngx_http_jwt_remote_restore(ngx_shm_zone_t *zone,
    const ngx_http_jwt_remote_set_t *set, time_t age);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_REMOTE_ZONE_H_INCLUDED_ */
