
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Which keys a token means: the ones with its "kid", or, where no key of any
 * set has it, those without a kid; all of them for a token without a "kid".
 */


#ifndef JOSE_SELECT_H_INCLUDED
#define JOSE_SELECT_H_INCLUDED


#include "json.h"
#include "keys.h"


typedef enum {
    JOSE_SELECT_ALL = 0,
    JOSE_SELECT_KID,
    JOSE_SELECT_NO_KID
} jose_select_want_t;


typedef struct {
    const jose_keys_t *const  *sets;
    size_t                     n;
    const jose_json_value_t   *kid;      /* NULL: the token has none */
    uint32_t                   hash;     /* of kid, where it is hashed */
    bool                       hashed;
    jose_select_want_t         want;
    const jose_key_t          *first;    /* found, and not yet handed out */

    /* where the walk is */

    size_t                     set;      /* the next one */
    const jose_key_t          *keys;
    const jose_index_entry_t  *entries;  /* NULL: pos counts keys */
    size_t                     pos;
    size_t                     end;
} jose_select_t;


JOSE_HIDDEN_BEGIN

/*
 * Begins a walk over the keys of n sets that are meant by kid, a string of the
 * token's header or NULL.  All of them stay borrowed.
 */
void jose_select_begin(jose_select_t *select,
    const jose_keys_t *const *sets, size_t n, const jose_json_value_t *kid);

/* NULL: there is no further one. */
const jose_key_t *jose_select_next(jose_select_t *select);

JOSE_HIDDEN_END


#endif /* JOSE_SELECT_H_INCLUDED */
