
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The keys of a provider that are fetched: their life in a worker.
 */


#ifndef _NGX_HTTP_JWT_REMOTE_H_INCLUDED_
#define _NGX_HTTP_JWT_REMOTE_H_INCLUDED_


#include "ngx_http_jwt_client.h"
#include "ngx_http_jwt_remote_zone.h"

#include "jose/metadata.h"


/* Where the keys are; constant. */
typedef struct {
    ngx_str_t                     name;        /* of the provider */
    jose_issuer_t                 issuer;
    ngx_str_t                     keys_uri;    /* empty: to be discovered */
    ngx_str_t                     metadata;    /* where it is looked for */
    ngx_str_t                     metadata_2;  /* and then; empty: nowhere */
    ngx_http_jwt_client_conf_t    client;
    ngx_http_jwt_remote_times_t   times;
    ngx_msec_t                    wait_timeout;
    ngx_str_t                     state;       /* a file; empty: none */
    ngx_str_t                     source;      /* what the zone is named by */
    const jose_crypto_t          *crypto;
} ngx_http_jwt_remote_conf_t;


/* Which document a fetch is at. */
typedef enum {
    NGX_HTTP_JWT_AT_METADATA = 0,
    NGX_HTTP_JWT_AT_METADATA_2,
    NGX_HTTP_JWT_AT_KEYS
} ngx_http_jwt_remote_at_t;


/* What a worker knows of them. */
struct ngx_http_jwt_remote_s {
    const ngx_http_jwt_remote_conf_t  *conf;
    ngx_shm_zone_t                    *zone;
    jose_keys_t                       *keys;      /* NULL: none yet */
    ngx_uint_t                         version;   /* of keys */
    ngx_event_t                        timer;     /* until a fetch is due */
    ngx_event_t                        look;      /* how far others are */
    ngx_queue_t                        waiting;   /* ngx_http_jwt_waiter_t */

    /* of the fetch that this worker has under way */

    ngx_http_jwt_exchange_t           *exchange;  /* NULL: none */
    ngx_http_jwt_remote_at_t           at;
    ngx_msec_t                         deadline;
    ngx_http_jwt_remote_known_t        known;     /* when it began */
    ngx_str_t                          uri;       /* discovered, or empty */
    u_char                             uri_text[HTTP_URI_MAX];
    u_char                             earlier[NGX_HTTP_JWT_CAUSE_MAX];
    size_t                             earlier_len;   /* of another place */
    unsigned                           discovered:1;   /* uri, just now */
    unsigned                           fetches:1;
    unsigned                           over:1;    /* the worker has to end */
};


JOSE_HIDDEN_BEGIN

/*
 * Keys to be fetched from conf, which lives as long as the configuration.
 * NULL: no memory.
 */
ngx_http_jwt_remote_t *ngx_http_jwt_remote_create(ngx_conf_t *cf,
    const ngx_http_jwt_remote_conf_t *conf);

/* Sets the timers of a worker; the first fetch begins at once. */
void ngx_http_jwt_remote_init_process(ngx_http_jwt_remote_t *remote,
    ngx_uint_t number);

/*
 * The keys, which stay good until the next call for another request.  r is the
 * main request, waiter is its own.
 *
 * NULL: *status is JOSE_KEYS_PENDING (they are being fetched, the phases of r
 * are run again), JOSE_KEYS_UNAVAILABLE, or JOSE_ERROR.
 */
const jose_keys_t *ngx_http_jwt_remote_keys(ngx_http_jwt_remote_t *remote,
    ngx_http_request_t *r, ngx_http_jwt_waiter_t *waiter,
    jose_status_t *status);

/*
 * A token asks for a key that is not in the keys that were tried.  NGX_OK:
 * there are others by now.  NGX_AGAIN: there may be soon, the phases of r are
 * run again.  NGX_DECLINED: there will not, or r has waited for a fetch that
 * began after it.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_jwt_remote_ask(ngx_http_jwt_remote_t *remote,
    ngx_http_request_t *r, ngx_http_jwt_waiter_t *waiter);

/* Seconds until the next fetch, at least 1: a Retry-After. */
ngx_uint_t ngx_http_jwt_remote_retry_after(
    const ngx_http_jwt_remote_t *remote);

/* Takes a request that waits no more out of the queue, if it is in there. */
void ngx_http_jwt_remote_leave(ngx_http_jwt_waiter_t *waiter);

/*
 * Reads a key set; what is wrong with single keys is logged to log.  Returns
 * what jose_keys_read() does.
 */
jose_status_t ngx_http_jwt_remote_read(
    const ngx_http_jwt_remote_conf_t *conf, const ngx_str_t *text,
    ngx_log_t *log, jose_keys_t **keys);


/* ngx_http_jwt_remote_fetch.c */

/*
 * Begins a fetch that was claimed.  ngx_http_jwt_remote_fetched() is called
 * when it has ended, and has told the zone; not before this returns.
 */
void ngx_http_jwt_remote_fetch(ngx_http_jwt_remote_t *remote);

/* Takes over keys that were read; NULL: the fetch brought none. */
void ngx_http_jwt_remote_fetched(ngx_http_jwt_remote_t *remote,
    jose_keys_t *keys, ngx_uint_t version);


/* ngx_http_jwt_remote_state.c */

/*
 * Writes what the zone has to the file of conf: readable by its owner alone,
 * replaced at once.  What goes wrong is logged.
 */
void ngx_http_jwt_remote_save(ngx_http_jwt_remote_t *remote);

/*
 * Gives a zone that never had keys what is in that file, if it is there, is
 * nobody else's to write, and is good.
 */
void ngx_http_jwt_remote_load(ngx_http_jwt_remote_t *remote);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_REMOTE_H_INCLUDED_ */
