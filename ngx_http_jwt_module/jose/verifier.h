
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#ifndef JOSE_VERIFIER_H_INCLUDED
#define JOSE_VERIFIER_H_INCLUDED


#include "crypto.h"


/* Prepared for one key and one algorithm; the kind says which member. */
typedef union {
    EVP_PKEY_CTX  *pkey;
    EVP_MD_CTX    *md;
    EVP_MAC_CTX   *mac;
} jose_verifier_t;


JOSE_HIDDEN_BEGIN

/*
 * Prepares a zeroed verifier for alg and a public key, which stays borrowed,
 * or, for HMAC, a secret.  false: OpenSSL does not do that, verifier is
 * cleared.
 */
bool jose_verifier_prepare(jose_verifier_t *verifier,
    const jose_crypto_t *crypto, const jose_alg_t *alg, EVP_PKEY *pkey,
    jose_bytes_t secret);

/*
 * Verifies the signature of input, which has the length that alg and the key
 * give it.  Allocates nothing; OpenSSL does for ML-DSA.  JOSE_BAD_SIGNATURE, or
 * JOSE_ERROR: OpenSSL failed before it could tell.
 */
jose_status_t jose_verifier_verify(jose_verifier_t verifier,
    const jose_crypto_t *crypto, const jose_alg_t *alg, jose_bytes_t input,
    jose_bytes_t signature);

/* Frees what was prepared; OpenSSL wipes secrets. */
void jose_verifier_clear(jose_verifier_t *verifier, const jose_alg_t *alg);

JOSE_HIDDEN_END


#endif /* JOSE_VERIFIER_H_INCLUDED */
