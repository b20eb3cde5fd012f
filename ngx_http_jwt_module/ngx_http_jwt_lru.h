
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Entries that are found by name, the one used least recently last.  The
 * entries belong to the caller, in the memory of a worker or in shared memory.
 */


#ifndef _NGX_HTTP_JWT_LRU_H_INCLUDED_
#define _NGX_HTTP_JWT_LRU_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_str_node_t      node;
    ngx_queue_t         queue;
} ngx_http_jwt_lru_entry_t;


typedef struct {
    ngx_rbtree_t        rbtree;
    ngx_rbtree_node_t   sentinel;
    ngx_queue_t         recent;
    ngx_uint_t          n;
} ngx_http_jwt_lru_t;


#pragma GCC visibility push(hidden)

void ngx_http_jwt_lru_init(ngx_http_jwt_lru_t *lru);

/*
 * Finds the entry of that name and kind, a number of the caller's.  NULL:
 * there is none.  What is found stays where it is in the order.
 */
ngx_http_jwt_lru_entry_t *ngx_http_jwt_lru_find(ngx_http_jwt_lru_t *lru,
    const ngx_str_t *name, ngx_uint_t kind);

/* Adds an entry whose node.str is set and lives as long; it is the last. */
void ngx_http_jwt_lru_add(ngx_http_jwt_lru_t *lru,
    ngx_http_jwt_lru_entry_t *entry, ngx_uint_t kind);

/* Makes an entry the first or the last. */
void ngx_http_jwt_lru_first(ngx_http_jwt_lru_t *lru,
    ngx_http_jwt_lru_entry_t *entry);
void ngx_http_jwt_lru_last(ngx_http_jwt_lru_t *lru,
    ngx_http_jwt_lru_entry_t *entry);

/* Takes the last entry out, for the caller to free.  NULL: there is none. */
ngx_http_jwt_lru_entry_t *ngx_http_jwt_lru_evict(ngx_http_jwt_lru_t *lru);

#pragma GCC visibility pop


#endif /* _NGX_HTTP_JWT_LRU_H_INCLUDED_ */
