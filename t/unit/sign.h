
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Keys and tokens for the unit tests, made with OpenSSL alone: what is tested
 * is not asked how to sign.  Whatever fails here ends the program.
 */


#ifndef SIGN_H_INCLUDED
#define SIGN_H_INCLUDED


#include "jws.h"


#define SIGN_TOKEN_MAX  16384


/* A private key, or a secret where pkey is NULL. */
typedef struct {
    EVP_PKEY      *pkey;
    jose_bytes_t   secret;
} sign_key_t;


typedef struct {
    const char  *name;
    const char  *type;      /* of its keys, for EVP_PKEY_is_a(); "oct" */
    const char  *group;     /* of its keys; NULL: none */
    const char  *digest;    /* NULL: none */
    int          padding;   /* RSA; 0: none */
    int          salt;      /* PSS: bytes, or one of OpenSSL's numbers */
    const char  *mgf1;      /* PSS: its digest; NULL: the same */
} sign_alg_t;


/* The rows of jose_algs, in their order, written down once more. */
extern const sign_alg_t  sign_algs[JOSE_ALG_N];

/* How many of them the linked OpenSSL has: the others, ML-DSA, are the last. */
size_t sign_algs_n(void);


jose_bytes_t sign_text(const char *text);

/* group NULL and bits 0: not for this type. */
EVP_PKEY *sign_generate(const char *type, const char *group, size_t bits);

/* The public half, as a key of its own. */
EVP_PKEY *sign_public(EVP_PKEY *pkey);

/* Only to verify, with these. */
jose_uses_t sign_uses(jose_alg_set_t algs);

/* Both end in a NUL and are the caller's. */
char *sign_pem(EVP_PKEY *pkey);
char *sign_pem_private(EVP_PKEY *pkey);

/* What was written to a BIO, which is freed. */
char *sign_bio_text(BIO *bio);

/* The X.509 certificate of pkey, made out by itself or else by an RSA key. */
char *sign_pem_certificate(EVP_PKEY *pkey, EVP_PKEY *issuer);

/* Whether alg is meant for key. */
bool sign_fits(const sign_alg_t *alg, const sign_key_t *key);

/* Signs, as RFC 7518, 3 or RFC 9964 want it; returns the length. */
size_t sign_bytes(const sign_alg_t *alg, const sign_key_t *key,
    jose_bytes_t input, uint8_t *signature);

/* Writes base64url and a NUL; returns the length without it. */
size_t sign_base64url(jose_bytes_t bytes, char *out);

/*
 * sign_token() makes a whole token with this text for a JOSE header,
 * sign_token_named() with "alg" only, sign_token_of() with a given signature.
 */
void sign_token(const sign_alg_t *alg, const sign_key_t *key,
    const char *header, char *token);
void sign_token_named(const sign_alg_t *alg, const sign_key_t *key,
    const char *name, char *token);
void sign_token_of(const char *header, jose_bytes_t signature, char *token);

/* The signing input of the tokens above. */
jose_bytes_t sign_input(const char *header, char *out);

/*
 * Puts the public half of key in a set that jose_keys_free() frees, with kid
 * unless that is NULL.
 */
jose_keys_t *sign_set(void);
void sign_set_add(jose_keys_t *set, const jose_crypto_t *crypto,
    const sign_key_t *key, const char *kid);

/* From the text of a token to the verdict on its signature. */
jose_status_t sign_verify(const char *token, const jose_crypto_t *crypto,
    const jose_keys_t *const *sets, size_t n, jose_alg_set_t allowed);

jose_status_t sign_verify_trust(const char *token,
    const jose_crypto_t *crypto, const jose_trust_t *trust);

/* The same with one set and every algorithm. */
jose_status_t sign_verify_one(const char *token, const jose_crypto_t *crypto,
    const jose_keys_t *set);


#endif /* SIGN_H_INCLUDED */
