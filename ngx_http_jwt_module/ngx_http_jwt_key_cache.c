
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_key_cache.h"
#include "ngx_http_jwt_lru.h"

#include <openssl/crypto.h>


#define NGX_HTTP_JWT_KEYS_ZONE    (4 * 1024 * 1024)

/* seconds after which a fetch is taken for lost */
#define NGX_HTTP_JWT_KEYS_FETCH_MAX  60

/* seconds between two fetches that fail: with old keys, and without */
#define NGX_HTTP_JWT_KEYS_RETRY   10
#define NGX_HTTP_JWT_KEYS_PAUSE   1


typedef struct {
    ngx_http_jwt_lru_entry_t     entry;      /* has to be the first */
    ngx_str_t                    text;       /* data is NULL: none */
    ngx_uint_t                   version;
    time_t                       fetched;
    time_t                       fetching;   /* until then; 0: nobody is */
    time_t                       retry;      /* not before */
} ngx_http_jwt_cached_keys_t;


typedef struct {
    ngx_http_jwt_lru_t           lru;
    ngx_uint_t                   version;    /* the last one given */
} ngx_http_jwt_key_cache_shared_t;


typedef struct {
    ngx_http_jwt_key_cache_shared_t  *shared;
    ngx_slab_pool_t                  *pool;
} ngx_http_jwt_key_cache_t;


static ngx_int_t ngx_http_jwt_key_cache_init(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_jwt_key_cache_judge(ngx_http_jwt_cached_keys_t *keys,
    time_t valid, ngx_http_jwt_key_cache_answer_t *answer);
static ngx_http_jwt_cached_keys_t *ngx_http_jwt_key_cache_add(
    ngx_http_jwt_key_cache_t *cache, const ngx_str_t *name);
static void *ngx_http_jwt_key_cache_alloc(ngx_http_jwt_key_cache_t *cache,
    size_t size, ngx_http_jwt_cached_keys_t *keep);
static void ngx_http_jwt_key_cache_free(ngx_http_jwt_key_cache_t *cache,
    ngx_http_jwt_cached_keys_t *keys);
static void ngx_http_jwt_key_cache_drop(ngx_http_jwt_key_cache_t *cache,
    ngx_http_jwt_cached_keys_t *keys);


ngx_shm_zone_t *
ngx_http_jwt_key_cache_zone(ngx_conf_t *cf)
{
    ngx_shm_zone_t            *zone;
    ngx_http_jwt_key_cache_t  *cache;
    static ngx_str_t           name = ngx_string(NGX_HTTP_JWT_DIRECTIVE
                                                 "_key_cache");

    zone = ngx_shared_memory_add(cf, &name, NGX_HTTP_JWT_KEYS_ZONE,
                                 &ngx_http_jwt_module);
    if (zone == NULL || zone->data != NULL) {
        return zone;
    }

    cache = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_key_cache_t));
    if (cache == NULL) {
        return NULL;
    }

    zone->init = ngx_http_jwt_key_cache_init;
    zone->data = cache;

    return zone;
}


static ngx_int_t
ngx_http_jwt_key_cache_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_jwt_key_cache_t *old = data;

    ngx_http_jwt_key_cache_t  *cache;

    cache = zone->data;
    cache->pool = (ngx_slab_pool_t *) zone->shm.addr;

    /* a reload, or a process that attached to the memory of another */

    if (old != NULL) {
        cache->shared = old->shared;
        return NGX_OK;
    }

    if (zone->shm.exists) {
        cache->shared = cache->pool->data;
        return NGX_OK;
    }

    cache->shared = ngx_slab_calloc(cache->pool,
                                    sizeof(ngx_http_jwt_key_cache_shared_t));
    if (cache->shared == NULL) {
        return NGX_ERROR;
    }

    cache->pool->data = cache->shared;
    cache->pool->log_nomem = 0;

    ngx_http_jwt_lru_init(&cache->shared->lru);

    return NGX_OK;
}


ngx_int_t
ngx_http_jwt_key_cache_get(ngx_shm_zone_t *zone, const ngx_str_t *name,
    time_t valid, ngx_uint_t version, ngx_pool_t *pool,
    ngx_http_jwt_key_cache_answer_t *answer)
{
    ngx_int_t                    rc;
    ngx_http_jwt_key_cache_t    *cache;
    ngx_http_jwt_cached_keys_t  *keys;

    ngx_memzero(answer, sizeof(ngx_http_jwt_key_cache_answer_t));

    cache = zone->data;
    rc = NGX_OK;

    ngx_shmtx_lock(&cache->pool->mutex);

    keys = (ngx_http_jwt_cached_keys_t *)
               ngx_http_jwt_lru_find(&cache->shared->lru, name, 0);

    if (keys == NULL) {
        keys = ngx_http_jwt_key_cache_add(cache, name);
    }

    if (keys == NULL) {
        answer->state = NGX_HTTP_JWT_KEYS_FETCH;

    } else {
        ngx_http_jwt_key_cache_judge(keys, valid, answer);

        /* a name without a text may be an invention: it is the first to go */

        if (keys->text.data != NULL) {
            ngx_http_jwt_lru_first(&cache->shared->lru, &keys->entry);
        }

        if (answer->version != 0 && answer->version != version) {
            answer->text.len = keys->text.len;
            answer->text.data = ngx_pnalloc(pool, keys->text.len);

            if (answer->text.data == NULL) {
                rc = NGX_ERROR;

            } else {
                ngx_memcpy(answer->text.data, keys->text.data,
                           keys->text.len);
            }
        }
    }

    ngx_shmtx_unlock(&cache->pool->mutex);

    return rc;
}


/* who finds that it is time to fetch is the one who does */

static void
ngx_http_jwt_key_cache_judge(ngx_http_jwt_cached_keys_t *keys, time_t valid,
    ngx_http_jwt_key_cache_answer_t *answer)
{
    time_t      now;
    ngx_uint_t  usable;

    now = ngx_time();
    usable = keys->text.data != NULL
             && now < (int64_t) keys->fetched + valid
                      + NGX_HTTP_JWT_KEYS_STALE;

    answer->version = usable ? keys->version : 0;
    answer->state = NGX_HTTP_JWT_KEYS_CURRENT;

    if (usable && now < (int64_t) keys->fetched + valid) {
        return;
    }

    /* a clock that was set back does not stop anybody for longer */

    if (now < keys->fetching
        && keys->fetching - now <= NGX_HTTP_JWT_KEYS_FETCH_MAX)
    {
        if (!usable) {
            answer->state = NGX_HTTP_JWT_KEYS_WAIT;
        }

        return;
    }

    /* the second in which it failed does not count: it may be over already */

    if (now <= keys->retry && keys->retry - now <= NGX_HTTP_JWT_KEYS_RETRY) {
        if (!usable) {
            answer->state = NGX_HTTP_JWT_KEYS_FAILED;
        }

        return;
    }

    keys->fetching = now + NGX_HTTP_JWT_KEYS_FETCH_MAX;

    answer->state = usable ? NGX_HTTP_JWT_KEYS_REFRESH
                           : NGX_HTTP_JWT_KEYS_FETCH;
}


ngx_uint_t
ngx_http_jwt_key_cache_set(ngx_shm_zone_t *zone, const ngx_str_t *name,
    const ngx_str_t *text)
{
    u_char                      *data;
    ngx_uint_t                   version;
    ngx_http_jwt_key_cache_t    *cache;
    ngx_http_jwt_cached_keys_t  *keys;

    cache = zone->data;
    version = 0;

    ngx_shmtx_lock(&cache->pool->mutex);

    keys = (ngx_http_jwt_cached_keys_t *)
               ngx_http_jwt_lru_find(&cache->shared->lru, name, 0);

    if (keys == NULL) {
        goto done;
    }

    keys->retry = 0;

    if (keys->text.data != NULL
        && keys->text.len == text->len
        && ngx_memcmp(keys->text.data, text->data, text->len) == 0)
    {
        version = keys->version;
        goto current;
    }

    ngx_http_jwt_key_cache_drop(cache, keys);

    data = ngx_http_jwt_key_cache_alloc(cache, text->len, keys);
    if (data == NULL) {
        keys->fetching = 0;
        goto done;
    }

    ngx_memcpy(data, text->data, text->len);

    /* a worker may be killed at any place of this */

    version = ++cache->shared->version;

    keys->version = version;
    keys->text.len = text->len;

    ngx_memory_barrier();

    keys->text.data = data;

    ngx_memory_barrier();

current:

    keys->fetched = ngx_time();
    keys->fetching = 0;

done:

    ngx_shmtx_unlock(&cache->pool->mutex);

    return version;
}


void
ngx_http_jwt_key_cache_fail(ngx_shm_zone_t *zone, const ngx_str_t *name,
    ngx_uint_t given_up)
{
    ngx_http_jwt_key_cache_t    *cache;
    ngx_http_jwt_cached_keys_t  *keys;

    cache = zone->data;

    ngx_shmtx_lock(&cache->pool->mutex);

    keys = (ngx_http_jwt_cached_keys_t *)
               ngx_http_jwt_lru_find(&cache->shared->lru, name, 0);

    if (keys != NULL) {
        keys->fetching = 0;

        if (!given_up) {
            keys->retry = ngx_time() + (keys->text.data
                                        ? NGX_HTTP_JWT_KEYS_RETRY
                                        : NGX_HTTP_JWT_KEYS_PAUSE);
        }
    }

    ngx_shmtx_unlock(&cache->pool->mutex);
}


static ngx_http_jwt_cached_keys_t *
ngx_http_jwt_key_cache_add(ngx_http_jwt_key_cache_t *cache,
    const ngx_str_t *name)
{
    u_char                      *p;
    size_t                       size;
    ngx_http_jwt_cached_keys_t  *keys;

    size = sizeof(ngx_http_jwt_cached_keys_t) + name->len;

    keys = ngx_http_jwt_key_cache_alloc(cache, size, NULL);
    if (keys == NULL) {
        return NULL;
    }

    ngx_memzero(keys, size);

    p = (u_char *) keys + sizeof(ngx_http_jwt_cached_keys_t);
    ngx_memcpy(p, name->data, name->len);

    keys->entry.node.str.data = p;
    keys->entry.node.str.len = name->len;

    ngx_http_jwt_lru_add(&cache->shared->lru, &keys->entry, 0);

    return keys;
}


/* the last entries make room, but not the one that it is for */

static void *
ngx_http_jwt_key_cache_alloc(ngx_http_jwt_key_cache_t *cache, size_t size,
    ngx_http_jwt_cached_keys_t *keep)
{
    void                        *data;
    ngx_http_jwt_cached_keys_t  *last;

    if (keep != NULL) {
        ngx_http_jwt_lru_first(&cache->shared->lru, &keep->entry);
    }

    for ( ;; ) {
        data = ngx_slab_alloc_locked(cache->pool, size);

        if (data != NULL
            || cache->shared->lru.n == (keep != NULL))
        {
            return data;
        }

        last = (ngx_http_jwt_cached_keys_t *)
                   ngx_http_jwt_lru_evict(&cache->shared->lru);

        ngx_http_jwt_key_cache_free(cache, last);
    }
}


static void
ngx_http_jwt_key_cache_free(ngx_http_jwt_key_cache_t *cache,
    ngx_http_jwt_cached_keys_t *keys)
{
    ngx_http_jwt_key_cache_drop(cache, keys);

    ngx_slab_free_locked(cache->pool, keys);
}


/* the text may hold secrets */

static void
ngx_http_jwt_key_cache_drop(ngx_http_jwt_key_cache_t *cache,
    ngx_http_jwt_cached_keys_t *keys)
{
    if (keys->text.data == NULL) {
        return;
    }

    OPENSSL_cleanse(keys->text.data, keys->text.len);
    ngx_slab_free_locked(cache->pool, keys->text.data);

    ngx_str_null(&keys->text);
}
