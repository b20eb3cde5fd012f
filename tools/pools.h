
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * For "make valgrind" only: what the module takes from a pool of nginx is a
 * block of malloc() of its own, so that reads and writes behind it are seen.
 */


#include <ngx_config.h>
#include <ngx_core.h>


#define ngx_palloc(pool, size)   ngx_pmemalign(pool, size, sizeof(void *))
#define ngx_pnalloc(pool, size)  ngx_pmemalign(pool, size, sizeof(void *))
#define ngx_pcalloc(pool, size)  pools_zeroed(pool, size)

/* the one of nginx is inline, and compiled before these lines */

#define ngx_array_init(array, pool, n, size)                                  \
    pools_array_init(array, pool, n, size)


static inline void *
pools_zeroed(ngx_pool_t *pool, size_t size)
{
    void  *p;

    p = ngx_pmemalign(pool, size, sizeof(void *));

    if (p) {
        ngx_memzero(p, size);
    }

    return p;
}


static inline ngx_int_t
pools_array_init(ngx_array_t *array, ngx_pool_t *pool, ngx_uint_t n,
    size_t size)
{
    array->nelts = 0;
    array->size = size;
    array->nalloc = n;
    array->pool = pool;
    array->elts = ngx_palloc(pool, n * size);

    return array->elts ? NGX_OK : NGX_ERROR;
}
