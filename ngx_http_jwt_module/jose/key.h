
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * One key, with all that OpenSSL lets be prepared for it.
 */


#ifndef JOSE_KEY_H_INCLUDED
#define JOSE_KEY_H_INCLUDED


#include "verifier.h"


/* What a key may be used for. */
typedef struct {
    jose_alg_set_t     algs;    /* to verify signatures */
    jose_wrap_set_t    wraps;   /* to decrypt */
    const jose_enc_t  *enc;     /* the only one for "dir"; NULL: any */
} jose_uses_t;


typedef struct {
    jose_bytes_t       kid;     /* owned; data is NULL where there is none */
    jose_bytes_t       issuer;  /* the same: whose tokens alone it verifies */
    size_t             bits;
    jose_alg_set_t     algs;    /* the rows that it verifies */
    jose_wrap_set_t    wraps;   /* the rows that it decrypts */
    const jose_enc_t  *enc;     /* the only one for "dir"; NULL: any */
    EVP_PKEY          *pkey;    /* owned; NULL for a secret */
    jose_bytes_t       secret;  /* owned; only where it decrypts */
    jose_verifier_t    verifiers[JOSE_ALG_N];
} jose_key_t;


JOSE_HIDDEN_BEGIN

/*
 * Each makes a key for those uses of allowed that fit its type, its curve and
 * its size: out of a secret, which is copied; of a public key, which verifies
 * only; or of a private one, which decrypts and whose public part verifies.
 * The reference of pkey is taken over in any case.  key is zeroed by the
 * caller, who sets its kid and calls jose_key_clear() in any case.
 *
 * JOSE_OK: there is at least one use.  JOSE_KEY_...: why it cannot be used:
 * RSA keys under 2048 bits (RFC 7518, 3.3) or with an exponent of 1 or an
 * even one, points off their curve or of small order, ML-DSA keys for which
 * everybody can sign, empty secrets and those
 * that are the text of a key, unknown types and curves, a private part that
 * does not belong to the point, no row left.
 */
jose_status_t jose_key_set_secret(jose_key_t *key,
    const jose_crypto_t *crypto, jose_bytes_t secret, jose_uses_t allowed);
jose_status_t jose_key_set_public(jose_key_t *key,
    const jose_crypto_t *crypto, EVP_PKEY *pkey, jose_alg_set_t allowed);
jose_status_t jose_key_set_private(jose_key_t *key,
    const jose_crypto_t *crypto, EVP_PKEY *pkey, jose_uses_t allowed);

/*
 * Copies a key identifier, or the issuer that it is bound to.  JOSE_ERROR: no
 * memory.
 */
jose_status_t jose_key_set_kid(jose_key_t *key, jose_bytes_t kid);
jose_status_t jose_key_set_issuer(jose_key_t *key, jose_bytes_t issuer);

/*
 * Whether the secret is shorter than the output of the shortest hash that it
 * may be used with (RFC 7518, 3.2).
 */
bool jose_key_is_short(const jose_key_t *key);

/*
 * Verifies the decoded signature of input by row alg, which is in key->algs.
 * Allocates nothing; OpenSSL does for ML-DSA.  JOSE_BAD_SIGNATURE: it does not
 * match, or is not one of this key at all.  JOSE_ERROR: OpenSSL failed before
 * it could tell.
 */
jose_status_t jose_key_verify(const jose_key_t *key,
    const jose_crypto_t *crypto, size_t alg, jose_bytes_t input,
    jose_bytes_t signature);

/* Frees what key owns, and wipes what is secret of it. */
void jose_key_clear(jose_key_t *key);

JOSE_HIDDEN_END


#endif /* JOSE_KEY_H_INCLUDED */
