
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_lru.h"


static uint32_t ngx_http_jwt_lru_hash(const ngx_str_t *name, ngx_uint_t kind);


void
ngx_http_jwt_lru_init(ngx_http_jwt_lru_t *lru)
{
    ngx_rbtree_init(&lru->rbtree, &lru->sentinel, ngx_str_rbtree_insert_value);
    ngx_queue_init(&lru->recent);

    lru->n = 0;
}


ngx_http_jwt_lru_entry_t *
ngx_http_jwt_lru_find(ngx_http_jwt_lru_t *lru, const ngx_str_t *name,
    ngx_uint_t kind)
{
    ngx_str_t  copy;

    copy = *name;

    return (ngx_http_jwt_lru_entry_t *)
               ngx_str_rbtree_lookup(&lru->rbtree, &copy,
                                     ngx_http_jwt_lru_hash(name, kind));
}


void
ngx_http_jwt_lru_add(ngx_http_jwt_lru_t *lru, ngx_http_jwt_lru_entry_t *entry,
    ngx_uint_t kind)
{
    entry->node.node.key = ngx_http_jwt_lru_hash(&entry->node.str, kind);

    ngx_rbtree_insert(&lru->rbtree, &entry->node.node);
    ngx_queue_insert_tail(&lru->recent, &entry->queue);
    lru->n++;
}


void
ngx_http_jwt_lru_first(ngx_http_jwt_lru_t *lru,
    ngx_http_jwt_lru_entry_t *entry)
{
    ngx_queue_remove(&entry->queue);
    ngx_queue_insert_head(&lru->recent, &entry->queue);
}


void
ngx_http_jwt_lru_last(ngx_http_jwt_lru_t *lru,
    ngx_http_jwt_lru_entry_t *entry)
{
    ngx_queue_remove(&entry->queue);
    ngx_queue_insert_tail(&lru->recent, &entry->queue);
}


ngx_http_jwt_lru_entry_t *
ngx_http_jwt_lru_evict(ngx_http_jwt_lru_t *lru)
{
    ngx_queue_t               *q;
    ngx_http_jwt_lru_entry_t  *entry;

    if (ngx_queue_empty(&lru->recent)) {
        return NULL;
    }

    q = ngx_queue_last(&lru->recent);
    entry = ngx_queue_data(q, ngx_http_jwt_lru_entry_t, queue);

    ngx_queue_remove(&entry->queue);
    ngx_rbtree_delete(&lru->rbtree, &entry->node.node);
    lru->n--;

    return entry;
}


/* one name of two kinds has two hashes, so that each is found */

static uint32_t
ngx_http_jwt_lru_hash(const ngx_str_t *name, ngx_uint_t kind)
{
    return ngx_crc32_long(name->data, name->len) ^ (uint32_t) kind;
}
