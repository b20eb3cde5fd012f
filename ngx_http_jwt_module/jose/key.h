
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * One key, with all that OpenSSL lets be prepared for it.
 */


#ifndef JOSE_KEY_H_INCLUDED
#define JOSE_KEY_H_INCLUDED


#include "crypto.h"


/* Prepared for one key and one algorithm; the kind says which member. */
typedef union {
    EVP_PKEY_CTX  *pkey;
    EVP_MD_CTX    *md;
    EVP_MAC_CTX   *mac;
} jose_verifier_t;


typedef struct {
    jose_bytes_t      kid;    /* owned; data is NULL where there is none */
    size_t            bits;
    jose_alg_set_t    algs;   /* the rows that it verifies */
    EVP_PKEY         *pkey;   /* owned; NULL for a secret */
    jose_verifier_t   verifiers[JOSE_ALG_N];
} jose_key_t;


JOSE_HIDDEN_BEGIN

/*
 * Each makes a key that verifies those rows of allowed that fit its type, its
 * curve and its size, out of a secret, which is copied into OpenSSL's own
 * memory, or of a public key, whose reference is taken over in any case.  key
 * is zeroed by the caller, who sets its kid and calls jose_key_clear() in any
 * case.
 *
 * JOSE_OK: key->algs is not empty.  JOSE_KEY_...: why it cannot be used:
 * RSA keys under 2048 bits (RFC 7518, 3.3) or with an exponent of 1 or an
 * even one, points off their curve or of small order, empty secrets and those
 * that are PEM, unknown types and curves, no row left.
 */
jose_status_t jose_key_set_secret(jose_key_t *key,
    const jose_crypto_t *crypto, jose_bytes_t secret, jose_alg_set_t allowed);
jose_status_t jose_key_set_public(jose_key_t *key,
    const jose_crypto_t *crypto, EVP_PKEY *pkey, jose_alg_set_t allowed);

/* Copies a key identifier.  JOSE_ERROR: no memory. */
jose_status_t jose_key_set_kid(jose_key_t *key, jose_bytes_t kid);

/*
 * Whether the secret is shorter than the output of the shortest hash that it
 * may be used with (RFC 7518, 3.2).
 */
bool jose_key_is_short(const jose_key_t *key);

/*
 * Verifies the decoded signature of input by row alg, which is in key->algs.
 * Allocates nothing.  JOSE_BAD_SIGNATURE: it does not match, or is not one of
 * this key at all.  JOSE_ERROR: OpenSSL failed before it could tell.
 */
jose_status_t jose_key_verify(const jose_key_t *key,
    const jose_crypto_t *crypto, size_t alg, jose_bytes_t input,
    jose_bytes_t signature);

/* Frees what key owns; OpenSSL wipes secrets. */
void jose_key_clear(jose_key_t *key);

JOSE_HIDDEN_END


#endif /* JOSE_KEY_H_INCLUDED */
