
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#ifndef JOSE_CRYPTO_H_INCLUDED
#define JOSE_CRYPTO_H_INCLUDED


#include "enc.h"

#include <openssl/evp.h>


/*
 * What is fetched from OpenSSL once, so that no request does.  One process
 * uses it from one thread; it may be created before a fork().  A cipher that
 * the linked OpenSSL lacks is NULL, and what needs it fails.
 */
typedef struct {
    EVP_MD          *md[JOSE_DIGEST_N];
    EVP_MD_CTX      *md_ctx[JOSE_DIGEST_N];
    EVP_MAC         *hmac;
    EVP_MAC_CTX     *mac_ctx[JOSE_DIGEST_N];   /* HMAC, to be keyed */
    EVP_CIPHER      *cipher[JOSE_CIPHER_N];
    EVP_CIPHER_CTX  *cipher_ctx;
    jose_alg_set_t   algs;     /* the rows that the linked OpenSSL has */
    bool             rekeys;   /* a keyed HMAC can be used again */
} jose_crypto_t;


JOSE_HIDDEN_BEGIN

/*
 * NULL: no memory, or the linked OpenSSL has no SHA-2 or no HMAC.  The caller
 * owns the result; jose_crypto_free() takes NULL as well, and it has to come
 * after the last use of every key that was made with it.
 */
jose_crypto_t *jose_crypto_create(void);
void jose_crypto_free(jose_crypto_t *crypto);

/*
 * The rows of jose_algs without those that the linked OpenSSL lacks: ML-DSA
 * came with 3.5.  It fetches each, so requests look at crypto->algs instead.
 */
jose_alg_set_t jose_crypto_algs(void);

/*
 * Clears the errors of OpenSSL, which nginx would find otherwise.  true: memory
 * ran out, so that what failed says nothing about a key or a token.
 */
bool jose_crypto_clear_errors(void);

/* The same of all that was cleared since this function was called last. */
bool jose_crypto_starved(void);

/* How often errors were cleared: whether OpenSSL failed between two calls. */
size_t jose_crypto_failures(void);

/*
 * An HMAC with that digest, to be keyed by EVP_MAC_init(); the caller owns it.
 * NULL: OpenSSL failed.
 */
EVP_MAC_CTX *jose_crypto_hmac(const jose_crypto_t *crypto,
    jose_digest_t digest);

/*
 * A key of that type, as OpenSSL calls it, out of what stands in params;
 * selection is EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR.  The caller owns it.
 * NULL: OpenSSL refuses it.
 */
EVP_PKEY *jose_crypto_pkey(const char *type, OSSL_PARAM *params,
    int selection);

/*
 * Writes the digest of input to out, which has room for EVP_MAX_MD_SIZE
 * bytes, and sets *len.  JOSE_ERROR: OpenSSL failed.
 */
jose_status_t jose_crypto_digest(const jose_crypto_t *crypto,
    jose_digest_t digest, jose_bytes_t input, uint8_t *out, size_t *len);

JOSE_HIDDEN_END


#endif /* JOSE_CRYPTO_H_INCLUDED */
