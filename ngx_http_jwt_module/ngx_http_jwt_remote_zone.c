
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_remote_zone.h"


/* milliseconds before a second try, and the most between two */
#define NGX_HTTP_JWT_RETRY      1000
#define NGX_HTTP_JWT_RETRY_MAX  60000

/* milliseconds until keys that are stale are dropped: before the clock, if it
   has 32 bits, comes round */
#define NGX_HTTP_JWT_AGE_MAX  ((ngx_msec_t) 1 << 30)

/* milliseconds that a discovered URI is believed */
#define NGX_HTTP_JWT_DISCOVERED_MAX  3600000


/*
 * The clock is ngx_current_msec: monotonic, and the same in all processes.
 * Words that are read without the lock are written in one piece.
 */

typedef struct {
    ngx_atomic_t    version;     /* of the text; 0: there is none */
    ngx_atomic_t    fetched;     /* or found to be current */
    ngx_atomic_t    ended;       /* fetches */
    ngx_atomic_t    failures;    /* since the last good one */
    time_t          time;        /* seconds since the epoch at fetched */
    ngx_msec_t      due;         /* the next fetch */
    ngx_msec_t      quiet;       /* nobody asks for one before */
    ngx_msec_t      started;     /* the fetch of fetcher */
    ngx_msec_t      discovered;  /* uri */
    ngx_pid_t       fetcher;     /* 0: nobody */
    size_t          len;
    size_t          etag_len;
    size_t          uri_len;
    u_char          etag[NGX_HTTP_JWT_ETAG_MAX];
    u_char          uri[NGX_HTTP_JWT_URI_MAX];
    u_char          text[NGX_HTTP_JWT_KEY_TEXT_MAX];
} ngx_http_jwt_remote_shared_t;


typedef struct {
    ngx_http_jwt_remote_shared_t       *shared;
    ngx_slab_pool_t                    *pool;
    const ngx_http_jwt_remote_times_t  *times;
} ngx_http_jwt_remote_zone_t;


static ngx_int_t ngx_http_jwt_remote_zone_init(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_jwt_remote_limit(ngx_http_jwt_remote_zone_t *remote);
static ngx_uint_t ngx_http_jwt_remote_is_stale(
    const ngx_http_jwt_remote_zone_t *remote);
static ngx_uint_t ngx_http_jwt_remote_fetches(
    ngx_http_jwt_remote_shared_t *shared);
static ngx_uint_t ngx_http_jwt_remote_has(
    const ngx_http_jwt_remote_shared_t *shared, const ngx_str_t *text);
static void ngx_http_jwt_remote_current(ngx_http_jwt_remote_zone_t *remote,
    int64_t max_age);
static void ngx_http_jwt_remote_set(ngx_http_jwt_remote_shared_t *shared,
    const ngx_http_jwt_remote_set_t *set);
static size_t ngx_http_jwt_remote_keep(u_char *dst, const ngx_str_t *text,
    size_t max);
static ngx_uint_t ngx_http_jwt_remote_is_before(ngx_msec_t time);


ngx_shm_zone_t *
ngx_http_jwt_remote_zone(ngx_conf_t *cf, ngx_str_t *name,
    const ngx_http_jwt_remote_times_t *times)
{
    ngx_shm_zone_t              *zone;
    ngx_http_jwt_remote_zone_t  *remote;

    /* with some pages for the slab allocator, and for what is no text */

    zone = ngx_shared_memory_add(cf, name,
                                 NGX_HTTP_JWT_KEY_TEXT_MAX + 16 * ngx_pagesize,
                                 &ngx_http_jwt_module);
    if (zone == NULL) {
        return NULL;
    }

    remote = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_remote_zone_t));
    if (remote == NULL) {
        return NULL;
    }

    remote->times = times;

    zone->init = ngx_http_jwt_remote_zone_init;
    zone->data = remote;

    return zone;
}


static ngx_int_t
ngx_http_jwt_remote_zone_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_jwt_remote_zone_t *old = data;

    ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;
    remote->pool = (ngx_slab_pool_t *) zone->shm.addr;

    /* a reload, or a process that attached to the memory of another */

    if (old != NULL) {
        remote->shared = old->shared;
        ngx_http_jwt_remote_limit(remote);
        return NGX_OK;
    }

    if (zone->shm.exists) {
        remote->shared = remote->pool->data;
        return NGX_OK;
    }

    remote->shared = ngx_slab_alloc(remote->pool,
                                    sizeof(ngx_http_jwt_remote_shared_t));
    if (remote->shared == NULL) {
        return NGX_ERROR;
    }

    /* the pages of the text are not touched before there is one */

    ngx_memzero(remote->shared,
                offsetof(ngx_http_jwt_remote_shared_t, etag));

    remote->shared->due = ngx_current_msec;
    remote->shared->quiet = ngx_current_msec;

    remote->pool->data = remote->shared;

    return NGX_OK;
}


/* what was to come by the times of before is not later than by those of now */

static void
ngx_http_jwt_remote_limit(ngx_http_jwt_remote_zone_t *remote)
{
    ngx_msec_t                     due, quiet;
    ngx_http_jwt_remote_shared_t  *shared;

    shared = remote->shared;

    ngx_shmtx_lock(&remote->pool->mutex);

    due = (ngx_msec_t) shared->fetched + remote->times->refresh_max;
    quiet = ngx_current_msec + remote->times->cooldown;

    if (shared->version != 0
        && shared->failures == 0
        && (ngx_msec_int_t) (shared->due - due) > 0)
    {
        shared->due = due;
    }

    if ((ngx_msec_int_t) (shared->quiet - quiet) > 0) {
        shared->quiet = quiet;
    }

    ngx_shmtx_unlock(&remote->pool->mutex);
}


ngx_uint_t
ngx_http_jwt_remote_version(const ngx_shm_zone_t *zone)
{
    const ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;

    return ngx_http_jwt_remote_is_stale(remote)
           ? 0 : (ngx_uint_t) remote->shared->version;
}


static ngx_uint_t
ngx_http_jwt_remote_is_stale(const ngx_http_jwt_remote_zone_t *remote)
{
    ngx_msec_t  age;

    /* another process may be ahead by the time of an event */

    age = ngx_current_msec - (ngx_msec_t) remote->shared->fetched;

    return (ngx_msec_int_t) age > 0 && age >= remote->times->stale;
}


ngx_int_t
ngx_http_jwt_remote_claim(ngx_shm_zone_t *zone, ngx_http_jwt_remote_why_t why)
{
    ngx_int_t                      rc;
    ngx_http_jwt_remote_zone_t    *remote;
    ngx_http_jwt_remote_shared_t  *shared;

    remote = zone->data;
    shared = remote->shared;

    ngx_shmtx_lock(&remote->pool->mutex);

    rc = NGX_DECLINED;

    if (ngx_http_jwt_remote_fetches(shared)) {
        rc = NGX_BUSY;

    } else if (!ngx_http_jwt_remote_is_before(shared->due)) {
        rc = NGX_OK;

    } else if (why == NGX_HTTP_JWT_FETCH_ASKED
               && !ngx_http_jwt_remote_is_before(shared->quiet))
    {
        shared->quiet = ngx_current_msec + remote->times->cooldown;
        rc = NGX_OK;
    }

    if (rc == NGX_OK) {
        shared->fetcher = ngx_pid;
        shared->started = ngx_current_msec;
    }

    ngx_shmtx_unlock(&remote->pool->mutex);

    return rc;
}


/* under the lock: a fetcher that has died, or hangs, is none */

static ngx_uint_t
ngx_http_jwt_remote_fetches(ngx_http_jwt_remote_shared_t *shared)
{
    if (shared->fetcher == 0) {
        return 0;
    }

    if (ngx_http_jwt_remote_is_before(shared->started
                                      + NGX_HTTP_JWT_FETCH_LOST)
        && (kill(shared->fetcher, 0) == 0 || ngx_errno != NGX_ESRCH))
    {
        return 1;
    }

    shared->fetcher = 0;
    shared->due = ngx_current_msec;

    return 0;
}


ngx_uint_t
ngx_http_jwt_remote_is_busy(ngx_shm_zone_t *zone)
{
    ngx_uint_t                   busy;
    ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;

    ngx_shmtx_lock(&remote->pool->mutex);
    busy = ngx_http_jwt_remote_fetches(remote->shared);
    ngx_shmtx_unlock(&remote->pool->mutex);

    return busy;
}


ngx_msec_t
ngx_http_jwt_remote_delay(ngx_shm_zone_t *zone)
{
    ngx_msec_t                   due;
    ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;

    ngx_shmtx_lock(&remote->pool->mutex);
    due = remote->shared->due;
    ngx_shmtx_unlock(&remote->pool->mutex);

    return ngx_http_jwt_remote_is_before(due) ? due - ngx_current_msec : 0;
}


ngx_uint_t
ngx_http_jwt_remote_ended(const ngx_shm_zone_t *zone)
{
    const ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;

    return (ngx_uint_t) remote->shared->ended;
}


ngx_uint_t
ngx_http_jwt_remote_failures(const ngx_shm_zone_t *zone)
{
    const ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;

    return (ngx_uint_t) remote->shared->failures;
}


ngx_uint_t
ngx_http_jwt_remote_is_same(ngx_shm_zone_t *zone, const ngx_str_t *text)
{
    ngx_uint_t                   same;
    ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;

    ngx_shmtx_lock(&remote->pool->mutex);
    same = ngx_http_jwt_remote_has(remote->shared, text);
    ngx_shmtx_unlock(&remote->pool->mutex);

    return same;
}


static ngx_uint_t
ngx_http_jwt_remote_has(const ngx_http_jwt_remote_shared_t *shared,
    const ngx_str_t *text)
{
    return shared->version != 0
           && shared->len == text->len
           && ngx_memcmp(shared->text, text->data, text->len) == 0;
}


ngx_uint_t
ngx_http_jwt_remote_store(ngx_shm_zone_t *zone,
    const ngx_http_jwt_remote_set_t *set, int64_t max_age)
{
    ngx_uint_t                     version;
    ngx_http_jwt_remote_zone_t    *remote;
    ngx_http_jwt_remote_shared_t  *shared;

    remote = zone->data;
    shared = remote->shared;

    ngx_shmtx_lock(&remote->pool->mutex);

    ngx_http_jwt_remote_set(shared, set);
    ngx_http_jwt_remote_current(remote, max_age);

    version = (ngx_uint_t) shared->version;

    ngx_shmtx_unlock(&remote->pool->mutex);

    return version;
}


void
ngx_http_jwt_remote_unchanged(ngx_shm_zone_t *zone, int64_t max_age,
    ngx_uint_t discovered)
{
    ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;

    ngx_shmtx_lock(&remote->pool->mutex);

    ngx_http_jwt_remote_current(remote, max_age);

    if (discovered) {
        remote->shared->discovered = ngx_current_msec;
    }

    ngx_shmtx_unlock(&remote->pool->mutex);
}


/* not all at once: up to a tenth earlier than they have to */

static void
ngx_http_jwt_remote_current(ngx_http_jwt_remote_zone_t *remote,
    int64_t max_age)
{
    ngx_msec_t                     delay;
    ngx_http_jwt_remote_shared_t  *shared;

    shared = remote->shared;

    delay = remote->times->refresh_max;

    if (max_age >= 0 && (uint64_t) max_age < delay / 1000) {
        delay = (ngx_msec_t) max_age * 1000;
    }

    delay -= (ngx_msec_t) ngx_random() % (delay / 10 + 1);
    delay = ngx_max(delay, remote->times->refresh_min);

    shared->fetched = ngx_current_msec;
    shared->time = ngx_time();
    shared->due = ngx_current_msec + delay;
    shared->failures = 0;
    shared->ended++;

    if (shared->fetcher == ngx_pid) {
        shared->fetcher = 0;
    }
}


/*
 * A worker may be killed at any place of this: an ETag is that of the text, a
 * text that is not complete is none, and no version is that of two.
 */

static void
ngx_http_jwt_remote_set(ngx_http_jwt_remote_shared_t *shared,
    const ngx_http_jwt_remote_set_t *set)
{
    size_t  len;

    shared->etag_len = 0;

    if (!ngx_http_jwt_remote_has(shared, &set->text)) {
        shared->len = 0;
        shared->version++;

        ngx_memory_barrier();

        len = ngx_http_jwt_remote_keep(shared->text, &set->text,
                                       NGX_HTTP_JWT_KEY_TEXT_MAX);

        ngx_memory_barrier();

        shared->len = len;
    }

    shared->etag_len = ngx_http_jwt_remote_keep(shared->etag, &set->etag,
                                                NGX_HTTP_JWT_ETAG_MAX);
    shared->uri_len = ngx_http_jwt_remote_keep(shared->uri, &set->uri,
                                               NGX_HTTP_JWT_URI_MAX);

    if (set->discovered) {
        shared->discovered = ngx_current_msec;
    }
}


static size_t
ngx_http_jwt_remote_keep(u_char *dst, const ngx_str_t *text, size_t max)
{
    if (text->len == 0 || text->len > max) {
        return 0;
    }

    ngx_memcpy(dst, text->data, text->len);

    return text->len;
}


void
ngx_http_jwt_remote_release(ngx_shm_zone_t *zone)
{
    ngx_http_jwt_remote_zone_t  *remote;

    remote = zone->data;

    ngx_shmtx_lock(&remote->pool->mutex);

    if (remote->shared->fetcher == ngx_pid) {
        remote->shared->fetcher = 0;
        remote->shared->due = ngx_current_msec;
    }

    ngx_shmtx_unlock(&remote->pool->mutex);
}


void
ngx_http_jwt_remote_failed(ngx_shm_zone_t *zone)
{
    ngx_uint_t                     i;
    ngx_msec_t                     delay, quiet;
    ngx_http_jwt_remote_zone_t    *remote;
    ngx_http_jwt_remote_shared_t  *shared;

    remote = zone->data;
    shared = remote->shared;

    ngx_shmtx_lock(&remote->pool->mutex);

    /* it was taken for lost, and is another's now */

    if (shared->fetcher != ngx_pid) {
        goto done;
    }

    delay = NGX_HTTP_JWT_RETRY;

    for (i = 0; i < shared->failures && delay < NGX_HTTP_JWT_RETRY_MAX; i++) {
        delay *= 2;
    }

    delay = ngx_min(delay, NGX_HTTP_JWT_RETRY_MAX);
    delay -= (ngx_msec_t) ngx_random() % (delay / 4 + 1);

    quiet = ngx_current_msec + remote->times->cooldown;

    shared->due = ngx_current_msec + delay;
    shared->quiet = quiet;
    shared->failures++;
    shared->fetcher = 0;
    shared->ended++;

    /* the keys may have moved: they are looked for again */

    shared->uri_len = 0;

    /* milliseconds of 32 bits come round: what is stale stays so */

    if (shared->len
        && ngx_http_jwt_remote_is_stale(remote)
        && ngx_current_msec - (ngx_msec_t) shared->fetched
           > NGX_HTTP_JWT_AGE_MAX)
    {
        shared->etag_len = 0;
        shared->len = 0;
        shared->version++;
    }

done:

    ngx_shmtx_unlock(&remote->pool->mutex);
}


void
ngx_http_jwt_remote_known(ngx_shm_zone_t *zone,
    ngx_http_jwt_remote_known_t *known)
{
    ngx_http_jwt_remote_zone_t    *remote;
    ngx_http_jwt_remote_shared_t  *shared;

    remote = zone->data;
    shared = remote->shared;

    ngx_shmtx_lock(&remote->pool->mutex);

    known->uri_len = shared->uri_len;
    ngx_memcpy(known->uri, shared->uri, shared->uri_len);

    known->etag_len = shared->etag_len;
    ngx_memcpy(known->etag, shared->etag, shared->etag_len);

    known->recent = ngx_http_jwt_remote_is_before(shared->discovered
                                             + NGX_HTTP_JWT_DISCOVERED_MAX);

    ngx_shmtx_unlock(&remote->pool->mutex);
}


ngx_int_t
ngx_http_jwt_remote_copy(ngx_shm_zone_t *zone, ngx_pool_t *pool,
    ngx_http_jwt_remote_set_t *set, ngx_uint_t *version, time_t *fetched)
{
    u_char                        *p;
    ngx_int_t                      rc;
    ngx_http_jwt_remote_zone_t    *remote;
    ngx_http_jwt_remote_shared_t  *shared;

    remote = zone->data;
    shared = remote->shared;

    ngx_shmtx_lock(&remote->pool->mutex);

    *version = (ngx_uint_t) shared->version;
    *fetched = shared->time;

    rc = NGX_DECLINED;

    if (*version == 0 || shared->len == 0) {
        goto done;
    }

    rc = NGX_ERROR;

    p = ngx_pnalloc(pool, shared->len + shared->etag_len + shared->uri_len);
    if (p == NULL) {
        goto done;
    }

    set->text.data = p;
    set->text.len = shared->len;
    p = ngx_cpymem(p, shared->text, shared->len);

    set->etag.data = p;
    set->etag.len = shared->etag_len;
    p = ngx_cpymem(p, shared->etag, shared->etag_len);

    set->uri.data = p;
    set->uri.len = shared->uri_len;
    ngx_memcpy(p, shared->uri, shared->uri_len);

    rc = NGX_OK;

done:

    ngx_shmtx_unlock(&remote->pool->mutex);

    return rc;
}


void
ngx_http_jwt_remote_restore(ngx_shm_zone_t *zone,
    const ngx_http_jwt_remote_set_t *set, time_t age)
{
    ngx_http_jwt_remote_zone_t    *remote;
    ngx_http_jwt_remote_shared_t  *shared;

    remote = zone->data;
    shared = remote->shared;

    ngx_shmtx_lock(&remote->pool->mutex);

    if (shared->version == 0) {
        shared->fetched = ngx_current_msec - (ngx_msec_t) age * 1000;
        shared->time = ngx_time() - age;

        ngx_http_jwt_remote_set(shared, set);
    }

    ngx_shmtx_unlock(&remote->pool->mutex);
}


/* whether a time is still to come */

static ngx_uint_t
ngx_http_jwt_remote_is_before(ngx_msec_t time)
{
    return (ngx_msec_int_t) (time - ngx_current_msec) > 0;
}
