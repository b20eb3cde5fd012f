
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_remote.h"


/* milliseconds between two looks at what is being fetched, here or elsewhere */
#define NGX_HTTP_JWT_LOOK  20

/* requests that are woken at a time */
#define NGX_HTTP_JWT_WAKE  100

/* milliseconds between the workers' turns to fetch */
#define NGX_HTTP_JWT_TURN  500

/* milliseconds that a timer is set to at most: epoll takes 31 bits */
#define NGX_HTTP_JWT_REST_MAX  86400000


static void ngx_http_jwt_remote_cleanup(void *data);
static void ngx_http_jwt_remote_due(ngx_event_t *ev);
static void ngx_http_jwt_remote_rest(ngx_http_jwt_remote_t *remote);
static jose_status_t ngx_http_jwt_remote_update(
    ngx_http_jwt_remote_t *remote);
static ngx_int_t ngx_http_jwt_remote_want(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_remote_why_t why);
static ngx_int_t ngx_http_jwt_remote_wait(ngx_http_jwt_remote_t *remote,
    ngx_http_request_t *r, ngx_http_jwt_waiter_t *waiter, ngx_uint_t ended);
static void ngx_http_jwt_remote_ends(void *data);
static void ngx_http_jwt_remote_look_again(ngx_http_jwt_remote_t *remote,
    ngx_msec_t delay);
static void ngx_http_jwt_remote_look(ngx_event_t *ev);
static void ngx_http_jwt_remote_wake(ngx_http_jwt_waiter_t *waiter);


ngx_http_jwt_remote_t *
ngx_http_jwt_remote_create(ngx_conf_t *cf,
    const ngx_http_jwt_remote_conf_t *conf)
{
    ngx_str_t               name;
    ngx_pool_cleanup_t     *cln;
    ngx_http_jwt_remote_t  *remote;

    remote = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_remote_t));
    if (remote == NULL) {
        return NULL;
    }

    remote->conf = conf;

    ngx_queue_init(&remote->waiting);

    /* shut down, a worker does not wait for a refresh, but for its requests */

    remote->timer.handler = ngx_http_jwt_remote_due;
    remote->timer.data = remote;
    remote->timer.log = &cf->cycle->new_log;
    remote->timer.cancelable = 1;

    remote->look.handler = ngx_http_jwt_remote_look;
    remote->look.data = remote;
    remote->look.log = &cf->cycle->new_log;

    name = conf->source;

    remote->zone = ngx_http_jwt_remote_zone(cf, &name, &conf->times);
    if (remote->zone == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_jwt_remote_cleanup;
    cln->data = remote;

    return remote;
}


static void
ngx_http_jwt_remote_cleanup(void *data)
{
    ngx_http_jwt_remote_t *remote = data;

    /* without a master, this process lives on */

    if (remote->timer.timer_set) {
        ngx_del_timer(&remote->timer);
    }

    if (remote->look.timer_set) {
        ngx_del_timer(&remote->look);
    }

    jose_keys_free(remote->keys);
}


void
ngx_http_jwt_remote_init_process(ngx_http_jwt_remote_t *remote,
    ngx_uint_t number)
{
    ngx_uint_t        turn;
    ngx_core_conf_t  *ccf;

    ngx_http_jwt_remote_load(remote);

    /* each provider has another worker that is the first */

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    turn = (ngx_worker + number) % ngx_max(ccf->worker_processes, 1);

    ngx_add_timer(&remote->timer, 1 + turn * NGX_HTTP_JWT_TURN);
}


static void
ngx_http_jwt_remote_due(ngx_event_t *ev)
{
    ngx_http_jwt_remote_t  *remote;

    remote = ev->data;

    if (ngx_exiting || ngx_terminate) {
        return;
    }

    (void) ngx_http_jwt_remote_want(remote, NGX_HTTP_JWT_FETCH_DUE);

    ngx_http_jwt_remote_rest(remote);
}


/* a worker that finds a fetch under way looks again when it could be lost */

static void
ngx_http_jwt_remote_rest(ngx_http_jwt_remote_t *remote)
{
    ngx_msec_t  delay;

    delay = ngx_http_jwt_remote_delay(remote->zone);

    if (delay == 0) {
        delay = 2 * NGX_HTTP_JWT_TURN;
    }

    delay = ngx_min(delay, NGX_HTTP_JWT_REST_MAX);
    delay += 1 + (ngx_msec_t) ngx_random() % NGX_HTTP_JWT_TURN;

    ngx_add_timer(&remote->timer, delay);
}


const jose_keys_t *
ngx_http_jwt_remote_keys(ngx_http_jwt_remote_t *remote,
    ngx_http_request_t *r, ngx_http_jwt_waiter_t *waiter,
    jose_status_t *status)
{
    ngx_int_t   rc;
    ngx_uint_t  ended;

    *status = ngx_http_jwt_remote_update(remote);

    if (*status == JOSE_OK) {
        return remote->keys;
    }

    if (*status == JOSE_ERROR || waiter->waited) {
        return NULL;
    }

    ended = ngx_http_jwt_remote_ended(remote->zone);

    rc = ngx_http_jwt_remote_want(remote, NGX_HTTP_JWT_FETCH_DUE);

    if (rc != NGX_DECLINED) {
        rc = ngx_http_jwt_remote_wait(remote, r, waiter, ended);

        *status = rc == NGX_OK ? JOSE_KEYS_PENDING : JOSE_ERROR;
    }

    return NULL;
}


/* the set that is shared becomes that of this worker */

static jose_status_t
ngx_http_jwt_remote_update(ngx_http_jwt_remote_t *remote)
{
    time_t                      fetched;
    ngx_int_t                   rc;
    ngx_uint_t                  version;
    ngx_pool_t                 *pool;
    jose_keys_t                *keys;
    jose_status_t               status;
    ngx_http_jwt_remote_set_t   set;

    version = ngx_http_jwt_remote_version(remote->zone);

    if (version == 0) {
        return JOSE_KEYS_UNAVAILABLE;
    }

    if (version == remote->version) {
        return JOSE_OK;
    }

    pool = ngx_create_pool(NGX_MIN_POOL_SIZE, ngx_cycle->log);
    if (pool == NULL) {
        return JOSE_ERROR;
    }

    rc = ngx_http_jwt_remote_copy(remote->zone, pool, &set, &version,
                                  &fetched);
    status = rc == NGX_DECLINED ? JOSE_KEYS_UNAVAILABLE : JOSE_ERROR;
    keys = NULL;

    /* whoever fetched it has logged what is wrong with it */

    if (rc == NGX_OK) {
        status = ngx_http_jwt_remote_read(remote->conf, &set.text,
                                          ngx_http_jwt_log_once(ngx_time(),
                                                                NULL),
                                          &keys);
    }

    ngx_destroy_pool(pool);

    if (status != JOSE_OK) {
        return status == JOSE_KEYS_UNAVAILABLE ? status : JOSE_ERROR;
    }

    jose_keys_free(remote->keys);

    remote->keys = keys;
    remote->version = version;

    return JOSE_OK;
}


jose_status_t
ngx_http_jwt_remote_read(const ngx_http_jwt_remote_conf_t *conf,
    const ngx_str_t *text, ngx_log_t *log, jose_keys_t **keys)
{
    jose_keys_report_t          report;
    ngx_http_jwt_keys_origin_t  origin;

    origin.cf = NULL;
    origin.log = log;
    origin.type = "provider";
    origin.name = &conf->name;
    origin.told = 0;

    report.handler = ngx_http_jwt_keys_report;
    report.data = &origin;

    return jose_keys_read(keys, conf->crypto, JOSE_KEYS_VERIFYING,
                          ngx_http_jwt_bytes(text), &report);
}


/* as ngx_http_jwt_remote_claim(); what was claimed has begun */

static ngx_int_t
ngx_http_jwt_remote_want(ngx_http_jwt_remote_t *remote,
    ngx_http_jwt_remote_why_t why)
{
    ngx_int_t  rc;

    /* one that is taken for lost elsewhere may still be under way here */

    if (remote->fetches) {
        return NGX_BUSY;
    }

    rc = ngx_http_jwt_remote_claim(remote->zone, why);

    if (rc == NGX_OK) {
        ngx_http_jwt_remote_fetch(remote);
        ngx_http_jwt_remote_look_again(remote, NGX_HTTP_JWT_LOOK);
    }

    return rc;
}


ngx_int_t
ngx_http_jwt_remote_ask(ngx_http_jwt_remote_t *remote, ngx_http_request_t *r,
    ngx_http_jwt_waiter_t *waiter)
{
    ngx_int_t   rc;
    ngx_uint_t  ended, version;

    if (!waiter->asked) {
        ended = ngx_http_jwt_remote_ended(remote->zone);

        rc = ngx_http_jwt_remote_want(remote, NGX_HTTP_JWT_FETCH_ASKED);

        /* one that was under way may have begun before there was that key */

        waiter->asked = (rc != NGX_BUSY || waiter->joined);
        waiter->joined = 1;

        if (rc != NGX_DECLINED) {
            return ngx_http_jwt_remote_wait(remote, r, waiter, ended)
                   == NGX_OK ? NGX_AGAIN : NGX_ERROR;
        }
    }

    /* another worker may have been faster */

    version = ngx_http_jwt_remote_version(remote->zone);

    return version != 0 && version != remote->version ? NGX_OK
                                                      : NGX_DECLINED;
}


ngx_uint_t
ngx_http_jwt_remote_retry_after(const ngx_http_jwt_remote_t *remote)
{
    return ngx_http_jwt_remote_delay(remote->zone) / 1000 + 1;
}


/* until another fetch has ended than those until now */

static ngx_int_t
ngx_http_jwt_remote_wait(ngx_http_jwt_remote_t *remote,
    ngx_http_request_t *r, ngx_http_jwt_waiter_t *waiter, ngx_uint_t ended)
{
    ngx_http_cleanup_t  *cln;

    if (!waiter->guarded) {
        cln = ngx_http_cleanup_add(r, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }

        cln->handler = ngx_http_jwt_remote_ends;
        cln->data = waiter;

        waiter->guarded = 1;
    }

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    /* a second time it does not begin anew */

    if (!waiter->waited) {
        waiter->deadline = ngx_current_msec + remote->conf->wait_timeout;
    }

    waiter->request = r;
    waiter->waits = 1;
    waiter->waited = 1;
    waiter->ended = ended;

    ngx_queue_insert_tail(&remote->waiting, &waiter->queue);

    ngx_http_jwt_remote_look_again(remote, NGX_HTTP_JWT_LOOK);

    return NGX_OK;
}


static void
ngx_http_jwt_remote_ends(void *data)
{
    ngx_http_jwt_waiter_t *waiter = data;

    waiter->guarded = 0;

    ngx_http_jwt_remote_leave(waiter);
}


static void
ngx_http_jwt_remote_look_again(ngx_http_jwt_remote_t *remote,
    ngx_msec_t delay)
{
    if (!remote->look.timer_set) {
        ngx_add_timer(&remote->look, delay);
    }
}


/* they go as soon as any fetch has ended, or their time is over */

static void
ngx_http_jwt_remote_look(ngx_event_t *ev)
{
    ngx_uint_t              n, busy, ended;
    ngx_queue_t             ready, *q, *next;
    ngx_http_jwt_remote_t  *remote;
    ngx_http_jwt_waiter_t  *waiter;

    remote = ev->data;

    busy = ngx_http_jwt_remote_is_busy(remote->zone);
    ended = ngx_http_jwt_remote_ended(remote->zone);

    /* those who wait again come into the other queue */

    ngx_queue_init(&ready);

    n = 0;

    for (q = ngx_queue_head(&remote->waiting);
         q != ngx_queue_sentinel(&remote->waiting) && n < NGX_HTTP_JWT_WAKE;
         q = next)
    {
        next = ngx_queue_next(q);
        waiter = ngx_queue_data(q, ngx_http_jwt_waiter_t, queue);

        if (waiter->ended != ended
            || remote->over
            || (ngx_msec_int_t) (waiter->deadline - ngx_current_msec) <= 0)
        {
            ngx_queue_remove(q);
            ngx_queue_insert_tail(&ready, q);
            n++;
        }
    }

    /* a request that ends takes itself out of the queue, whichever it is */

    while (!ngx_queue_empty(&ready)) {
        q = ngx_queue_head(&ready);
        waiter = ngx_queue_data(q, ngx_http_jwt_waiter_t, queue);

        ngx_http_jwt_remote_wake(waiter);
    }

    if (ngx_queue_empty(&remote->waiting)) {

        /* shut down, a worker does not end what nobody waits for */

        if (remote->exchange != NULL && ngx_exiting) {
            ngx_http_jwt_exchange_done(remote->exchange, NGX_ABORT);

        } else if (remote->exchange != NULL) {
            ngx_http_jwt_remote_look_again(remote, NGX_HTTP_JWT_LOOK);
        }

        return;
    }

    /* the worker that fetched for them has died */

    if (!busy) {
        (void) ngx_http_jwt_remote_want(remote, NGX_HTTP_JWT_FETCH_DUE);
    }

    /* others that are ready let the rest of the worker's events go first */

    ngx_http_jwt_remote_look_again(remote, n < NGX_HTTP_JWT_WAKE
                                           ? NGX_HTTP_JWT_LOOK : 1);
}


static void
ngx_http_jwt_remote_wake(ngx_http_jwt_waiter_t *waiter)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    ngx_http_jwt_remote_leave(waiter);

    r = waiter->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        ngx_http_run_posted_requests(c);
        return;
    }

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);

    ngx_http_run_posted_requests(c);
}


void
ngx_http_jwt_remote_leave(ngx_http_jwt_waiter_t *waiter)
{
    if (waiter->waits) {
        ngx_queue_remove(&waiter->queue);
        waiter->waits = 0;
    }
}


void
ngx_http_jwt_remote_fetched(ngx_http_jwt_remote_t *remote, jose_keys_t *keys,
    ngx_uint_t version)
{
    remote->fetches = 0;

    if (keys != NULL) {
        jose_keys_free(remote->keys);

        remote->keys = keys;
        remote->version = version;
    }

    if (!ngx_exiting) {
        ngx_http_jwt_remote_rest(remote);
    }

    ngx_http_jwt_remote_look(&remote->look);
}
