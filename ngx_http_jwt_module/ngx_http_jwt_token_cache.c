
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_token_cache.h"

#include <openssl/err.h>
#include <openssl/rand.h>


#define NGX_HTTP_JWT_TOKEN_CACHE_MIN  (64 * 1024)

/* bytes of a token, at its end, that its hash is made of */
#define NGX_HTTP_JWT_HASHED      16

/* bytes that a bucket is meant for, and what malloc() adds to a block */
#define NGX_HTTP_JWT_BUCKET      1024
#define NGX_HTTP_JWT_BLOCK       16

#define NGX_HTTP_JWT_BUCKETS_MIN  64
#define NGX_HTTP_JWT_BUCKETS_MAX  (1024 * 1024)

/* a token may take so much of the cache, with the answers about it, */
#define NGX_HTTP_JWT_SHARE       8

/* of which there are so many: each of them is looked for one by one */
#define NGX_HTTP_JWT_VALUES_MAX  64


struct ngx_http_jwt_token_cache_s {
    ngx_http_jwt_cached_token_t  **buckets;   /* NULL: not in use yet */
    ngx_uint_t                     mask;
    uint64_t                       seed;
    size_t                         limit;
    size_t                         used;
    ngx_queue_t                    recent;
};


static ngx_int_t ngx_http_jwt_token_cache_begin(
    ngx_http_jwt_token_cache_t *cache);
static uint32_t ngx_http_jwt_token_cache_hash(
    const ngx_http_jwt_token_cache_t *cache, const ngx_str_t *text);
static ngx_int_t ngx_http_jwt_token_cache_room(
    ngx_http_jwt_token_cache_t *cache, size_t size);
static void ngx_http_jwt_token_cache_evict(
    ngx_http_jwt_token_cache_t *cache);
static void ngx_http_jwt_token_cache_free(ngx_http_jwt_cached_token_t *entry);
static void ngx_http_jwt_token_cache_cleanup(void *data);


ngx_http_jwt_token_cache_t *
ngx_http_jwt_token_cache_create(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_jwt_token_cache_t  *cache;

    cache = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_token_cache_t));
    if (cache == NULL) {
        return NULL;
    }

    ngx_queue_init(&cache->recent);

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_jwt_token_cache_cleanup;
    cln->data = cache;

    return cache;
}


void
ngx_http_jwt_token_cache_limit(ngx_http_jwt_token_cache_t *cache,
    size_t size)
{
    cache->limit = size;
}


static void
ngx_http_jwt_token_cache_cleanup(void *data)
{
    ngx_http_jwt_token_cache_t *cache = data;

    while (!ngx_queue_empty(&cache->recent)) {
        ngx_http_jwt_token_cache_evict(cache);
    }

    if (cache->buckets != NULL) {
        ngx_free(cache->buckets);
    }
}


/* in the worker, so that each has a seed of its own */

static ngx_int_t
ngx_http_jwt_token_cache_begin(ngx_http_jwt_token_cache_t *cache)
{
    ngx_uint_t  n;

    n = NGX_HTTP_JWT_BUCKETS_MIN;

    while (n < NGX_HTTP_JWT_BUCKETS_MAX
           && n * NGX_HTTP_JWT_BUCKET < cache->limit)
    {
        n *= 2;
    }

    cache->mask = n - 1;

    if (RAND_bytes((u_char *) &cache->seed, sizeof(cache->seed)) == 1) {
        cache->buckets = ngx_calloc(n * sizeof(ngx_http_jwt_cached_token_t *),
                                    ngx_cycle->log);
    }

    if (cache->buckets != NULL) {
        return NGX_OK;
    }

    /* it works without, and is not tried for each request */

    ERR_clear_error();
    cache->limit = 0;

    return NGX_ERROR;
}


ngx_http_jwt_cached_token_t *
ngx_http_jwt_token_cache_find(ngx_http_jwt_token_cache_t *cache,
    const ngx_str_t *text, const void *owner)
{
    uint32_t                      hash;
    ngx_http_jwt_cached_token_t  *entry;

    if (cache->buckets == NULL || text->len < NGX_HTTP_JWT_HASHED) {
        return NULL;
    }

    hash = ngx_http_jwt_token_cache_hash(cache, text);

    for (entry = cache->buckets[hash & cache->mask];
         entry != NULL;
         entry = entry->next)
    {
        if (entry->hash == hash
            && entry->proof.owner == owner
            && entry->len == text->len
            && ngx_memcmp(ngx_http_jwt_cached_text(entry), text->data,
                          text->len)
               == 0)
        {
            if (ngx_queue_head(&cache->recent) != &entry->queue) {
                ngx_queue_remove(&entry->queue);
                ngx_queue_insert_head(&cache->recent, &entry->queue);
            }

            return entry;
        }
    }

    return NULL;
}


/*
 * The end of a signature that was verified is as good as random, and nobody
 * knows the seed.
 */

static uint32_t
ngx_http_jwt_token_cache_hash(const ngx_http_jwt_token_cache_t *cache,
    const ngx_str_t *text)
{
    uint64_t  half[2], mixed;

    ngx_memcpy(half, text->data + text->len - NGX_HTTP_JWT_HASHED,
               NGX_HTTP_JWT_HASHED);

    mixed = (half[0] ^ cache->seed) * 0x9e3779b97f4a7c15;
    mixed ^= mixed >> 32;
    mixed = (mixed ^ half[1]) * 0xc2b2ae3d27d4eb4f;

    return (uint32_t) (mixed >> 32);
}


ngx_http_jwt_cached_token_t *
ngx_http_jwt_token_cache_add(ngx_http_jwt_token_cache_t *cache,
    const ngx_str_t *text, const ngx_http_jwt_proof_t *proof, int64_t from,
    int64_t until)
{
    size_t                         size;
    ngx_http_jwt_cached_token_t   *entry, **bucket;

    if (cache->limit == 0 || text->len < NGX_HTTP_JWT_HASHED) {
        return NULL;
    }

    if (cache->buckets == NULL
        && ngx_http_jwt_token_cache_begin(cache) != NGX_OK)
    {
        return NULL;
    }

    entry = ngx_http_jwt_token_cache_find(cache, text, proof->owner);

    if (entry != NULL) {
        ngx_http_jwt_token_cache_drop(cache, entry);
    }

    size = sizeof(ngx_http_jwt_cached_token_t) + text->len;

    if (ngx_http_jwt_token_cache_room(cache, size + NGX_HTTP_JWT_BLOCK)
        != NGX_OK)
    {
        return NULL;
    }

    entry = ngx_alloc(size, ngx_cycle->log);
    if (entry == NULL) {
        return NULL;
    }

    entry->proof = *proof;
    entry->values = NULL;
    entry->from = from;
    entry->until = until;
    entry->hash = ngx_http_jwt_token_cache_hash(cache, text);
    entry->len = (uint32_t) text->len;
    entry->size = (uint32_t) (size + NGX_HTTP_JWT_BLOCK);
    entry->users = 0;
    entry->cached = 1;

    ngx_memcpy(ngx_http_jwt_cached_text(entry), text->data, text->len);

    bucket = &cache->buckets[entry->hash & cache->mask];

    entry->next = *bucket;
    *bucket = entry;

    ngx_queue_insert_head(&cache->recent, &entry->queue);

    cache->used += entry->size;

    return entry;
}


static ngx_int_t
ngx_http_jwt_token_cache_room(ngx_http_jwt_token_cache_t *cache, size_t size)
{
    if (size > cache->limit / NGX_HTTP_JWT_SHARE) {
        return NGX_DECLINED;
    }

    while (cache->used + size > cache->limit
           && !ngx_queue_empty(&cache->recent))
    {
        ngx_http_jwt_token_cache_evict(cache);
    }

    return NGX_OK;
}


static void
ngx_http_jwt_token_cache_evict(ngx_http_jwt_token_cache_t *cache)
{
    ngx_queue_t  *q;

    q = ngx_queue_last(&cache->recent);

    ngx_http_jwt_token_cache_drop(cache,
                                  ngx_queue_data(q,
                                                 ngx_http_jwt_cached_token_t,
                                                 queue));
}


void
ngx_http_jwt_token_cache_drop(ngx_http_jwt_token_cache_t *cache,
    ngx_http_jwt_cached_token_t *entry)
{
    ngx_http_jwt_cached_token_t  **link;

    /* clang does not see that what was freed is in the queue no longer */
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc,clang-analyzer-core.*) */
    ngx_queue_remove(&entry->queue);

    link = &cache->buckets[entry->hash & cache->mask];

    while (*link != entry) {
        link = &(*link)->next;
    }

    *link = entry->next;

    cache->used -= entry->size;
    entry->cached = 0;

    if (entry->users == 0) {
        ngx_http_jwt_token_cache_free(entry);
    }
}


static void
ngx_http_jwt_token_cache_free(ngx_http_jwt_cached_token_t *entry)
{
    ngx_http_jwt_cached_value_t  *kept, *next;

    for (kept = entry->values; kept; kept = next) {
        next = kept->next;
        ngx_free(kept);
    }

    ngx_free(entry);
}


void
ngx_http_jwt_token_cache_release(ngx_http_jwt_cached_token_t *entry)
{
    entry->users--;

    if (entry->users == 0 && !entry->cached) {
        ngx_http_jwt_token_cache_free(entry);
    }
}


void
ngx_http_jwt_token_cache_keep(ngx_http_jwt_token_cache_t *cache,
    ngx_http_jwt_cached_token_t *entry, const void *question,
    const jose_json_value_t *value)
{
    size_t                         len, size;
    ngx_uint_t                     n;
    ngx_http_jwt_cached_value_t   *kept, **last;

    if (!entry->cached) {
        return;
    }

    n = 0;

    for (last = &entry->values; *last; last = &(*last)->next) {
        n++;
    }

    len = value ? value->text.len : 0;
    size = sizeof(ngx_http_jwt_cached_value_t) + len;

    if (n == NGX_HTTP_JWT_VALUES_MAX
        || entry->size + size + NGX_HTTP_JWT_BLOCK
           > cache->limit / NGX_HTTP_JWT_SHARE)
    {
        return;
    }

    /* what goes may be this entry itself, if others were used since */

    (void) ngx_http_jwt_token_cache_room(cache, size + NGX_HTTP_JWT_BLOCK);

    if (!entry->cached) {
        return;
    }

    kept = ngx_alloc(size, ngx_cycle->log);
    if (kept == NULL) {
        return;
    }

    kept->next = NULL;
    kept->question = question;
    kept->len = (uint32_t) len;
    kept->type = value ? value->type : JOSE_JSON_NULL;
    kept->absent = value == NULL;

    if (len) {
        ngx_memcpy(ngx_http_jwt_cached_text(kept), value->text.data, len);
    }

    *last = kept;

    entry->size += (uint32_t) (size + NGX_HTTP_JWT_BLOCK);
    cache->used += size + NGX_HTTP_JWT_BLOCK;
}


char *
ngx_http_jwt_set_token_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_main_conf_t *jmcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (jmcf->token_cache_size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        jmcf->token_cache_size = 0;
        return NGX_CONF_OK;
    }

    size = ngx_parse_size(&value[1]);

    if (size < NGX_HTTP_JWT_TOKEN_CACHE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive, it is "
                           "\"off\" or at least 64k", &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    jmcf->token_cache_size = size;

    return NGX_CONF_OK;
}
