
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Sets of keys, and the formats that they come in.
 */


#ifndef JOSE_KEYS_H_INCLUDED
#define JOSE_KEYS_H_INCLUDED


#include "index.h"


typedef enum {
    JOSE_KEYS_AUTO = 0,   /* key set, key, kid to PEM, or PEM: by its look */
    JOSE_KEYS_JWKS,       /* RFC 7517, 5 */
    JOSE_KEYS_VERIFYING,  /* the same, for signatures alone: no private member
                             is looked at, and no key is for encryption */
    JOSE_KEYS_JWK,        /* RFC 7517, 4 */
    JOSE_KEYS_KEYVAL,     /* a JSON object: kid to PEM */
    JOSE_KEYS_PEM,        /* RFC 7468, any number of blocks */
    JOSE_KEYS_SECRET,     /* the bytes themselves */
    JOSE_KEYS_HEX,
    JOSE_KEYS_BASE64,
    JOSE_KEYS_BASE64URL
} jose_keys_format_t;


typedef struct {
    jose_key_t    *keys;
    size_t         n;
    jose_index_t   index;
    uint64_t       serial;   /* no other set has it, unless its owner says
                                that it has the same keys */
} jose_keys_t;


/*
 * Told of each key that is left out, and why; and, with
 * JOSE_KEY_SECRET_SHORT, of one that is used nevertheless.  index counts
 * the keys of the text from 0; kid is borrowed and data NULL if there is none.
 */
typedef struct {
    void  (*handler)(void *data, size_t index, jose_bytes_t kid,
                     jose_status_t why);
    void   *data;
} jose_keys_report_t;


JOSE_HIDDEN_BEGIN

/*
 * Reads text into *keys, which the caller owns and frees with
 * jose_keys_free().  A key that cannot be used is reported and left out, the
 * rest of the set works.  JOSE_KEYS_AUTO never takes bytes for a secret.
 *
 * JOSE_OK: there is at least one key.  Else *keys is NULL: the text is not of
 * that format, no key of it can be used (JOSE_KEY_NONE), it is a key set with
 * more than JOSE_KEYS_MAX (JOSE_KEY_TOO_MANY), or there is no memory
 * (JOSE_ERROR).
 */
jose_status_t jose_keys_read(jose_keys_t **keys, const jose_crypto_t *crypto,
    jose_keys_format_t format, jose_bytes_t text,
    const jose_keys_report_t *report);

/*
 * Makes the index of keys anew, by which jose_select_begin() finds a kid: for
 * whoever changed keys->keys or keys->n.  A set that was zeroed works without.
 * jose_keys_read() has done it.  JOSE_ERROR: no memory; there is no index.
 */
jose_status_t jose_keys_index(jose_keys_t *keys);

/* Takes NULL as well. */
void jose_keys_free(jose_keys_t *keys);

JOSE_HIDDEN_END


#endif /* JOSE_KEYS_H_INCLUDED */
