
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The keys of a set by their kid, for keys.c and select.c only.
 */


#ifndef JOSE_INDEX_H_INCLUDED
#define JOSE_INDEX_H_INCLUDED


#include "key.h"


typedef struct {
    size_t    key;      /* its place in the set */
    uint32_t  hash;     /* of its kid */
} jose_index_entry_t;


/*
 * The entries are in groups, within a group in the order of the set: one for
 * each bucket of hashes, then that of the keys without a kid.  Group i is what
 * lies between starts[i] and starts[i + 1].  Zeroed: there is no index.
 */
typedef struct {
    size_t               buckets;   /* a power of two */
    size_t               longest;   /* of the kids, in bytes */
    size_t              *starts;    /* owned */
    jose_index_entry_t  *entries;   /* owned */
} jose_index_t;


#define jose_index_bucket(index, hash)  ((hash) & ((index)->buckets - 1))


JOSE_HIDDEN_BEGIN

/*
 * Makes an index of n keys into index, which is zeroed.  One key gets none.
 * false: no memory.
 */
bool jose_index_build(jose_index_t *index, const jose_key_t *keys, size_t n);

/* Frees what index owns, and zeroes it. */
void jose_index_clear(jose_index_t *index);

JOSE_HIDDEN_END


#endif /* JOSE_INDEX_H_INCLUDED */
