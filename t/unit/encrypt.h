
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Encrypted tokens for the unit tests, made with OpenSSL alone: what is tested
 * is not asked how to encrypt.  Whatever fails here ends the program.
 */


#ifndef ENCRYPT_H_INCLUDED
#define ENCRYPT_H_INCLUDED


#include "jwe.h"
#include "sign.h"


#define ENCRYPT_TOKEN_MAX  16384


typedef enum {
    ENCRYPT_DIRECT = 0,
    ENCRYPT_AES,
    ENCRYPT_AES_GCM,
    ENCRYPT_RSA,
    ENCRYPT_ECDH
} encrypt_kind_t;


typedef struct {
    const char      *name;
    encrypt_kind_t   kind;
    const char      *cipher;    /* NULL: none */
    size_t           key_len;   /* bytes of its key */
    const char      *digest;    /* NULL: none */
} encrypt_alg_t;


typedef struct {
    const char      *name;
    const char      *cipher;
    const char      *digest;    /* NULL: GCM */
    size_t           key_len;
    size_t           iv_len;
    size_t           tag_len;
} encrypt_enc_t;


/* A key to encrypt for; and where a token is to be wrong: 0 and NULL: not. */
typedef struct {
    EVP_PKEY        *pkey;      /* NULL: the secret */
    jose_bytes_t     secret;
    const char      *apu;       /* text, to be encoded */
    const char      *apv;
    const char      *more;      /* of the header: ",\"kid\":\"a\"" */
    size_t           wrapped_len;
    size_t           wrap_iv_len;
    size_t           wrap_tag_len;
    size_t           iv_len;
    size_t           tag_len;
    const char      *kty;       /* of "epk"; "": none */
    const char      *crv;
    const char      *epk;       /* all of it */
    jose_bytes_t     shared;    /* what was agreed on */
} encrypt_to_t;


/* The rows of jose_wraps and of jose_encs, written down once more. */
extern const encrypt_alg_t  encrypt_algs[JOSE_WRAP_N];
extern const encrypt_enc_t  encrypt_encs[JOSE_ENC_N];


/* Whether a key is meant for that row; enc tells the length for "dir". */
bool encrypt_fits(const encrypt_alg_t *alg, const encrypt_enc_t *enc,
    const encrypt_to_t *to);

/* Makes a token with a NUL behind it. */
void encrypt_token(const encrypt_alg_t *alg, const encrypt_enc_t *enc,
    const encrypt_to_t *to, jose_bytes_t text, char *token);

/* The same with a given header, key, and encrypted key, which may be empty. */
void encrypt_token_of(const char *header, const encrypt_enc_t *enc,
    const encrypt_to_t *to, const uint8_t *key, jose_bytes_t encrypted_key,
    jose_bytes_t text, char *token);

/* Puts base64url text in the place of one of the five parts. */
void encrypt_replace(const char *token, size_t part, const char *text,
    char *changed);

/* The part, still encoded. */
jose_bytes_t encrypt_part(const char *token, size_t part);

/* Puts a key that decrypts in a set of sign_set(). */
void encrypt_set_add(jose_keys_t *set, const jose_crypto_t *crypto,
    const encrypt_to_t *to, const char *kid);

/*
 * From the text of a token to its plaintext; all that is read stands in memory
 * of just its length.  out is NULL, or the caller's, of ENCRYPT_TOKEN_MAX.
 */
jose_status_t encrypt_open(jose_bytes_t token, const jose_crypto_t *crypto,
    const jose_keys_t *const *sets, size_t n, uint8_t *out, size_t *len);

/* The same with one set, and whether this text came out. */
jose_status_t encrypt_open_one(const char *token, const jose_crypto_t *crypto,
    const jose_keys_t *set, jose_bytes_t text);


#endif /* ENCRYPT_H_INCLUDED */
