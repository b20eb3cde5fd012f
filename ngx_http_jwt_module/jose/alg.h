
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The algorithms of RFC 7518, 3.1, RFC 8037, RFC 8812, RFC 9864 and RFC 9964:
 * one constant table, and sets of its rows.
 */


#ifndef JOSE_ALG_H_INCLUDED
#define JOSE_ALG_H_INCLUDED


#include "jose.h"


typedef enum {
    JOSE_KTY_OCT = 0,
    JOSE_KTY_RSA,
    JOSE_KTY_EC,
    JOSE_KTY_OKP,
    JOSE_KTY_AKP
} jose_kty_t;


typedef enum {
    JOSE_CRV_NONE = 0,
    JOSE_CRV_P256,
    JOSE_CRV_P384,
    JOSE_CRV_P521,
    JOSE_CRV_SECP256K1,
    JOSE_CRV_ED25519,
    JOSE_CRV_ED448,
    JOSE_CRV_X25519,
    JOSE_CRV_X448
} jose_crv_t;


typedef enum {
    JOSE_DIGEST_NONE = 0,
    JOSE_DIGEST_SHA256,
    JOSE_DIGEST_SHA384,
    JOSE_DIGEST_SHA512,
    JOSE_DIGEST_N
} jose_digest_t;


typedef enum {
    JOSE_ALG_HMAC = 0,
    JOSE_ALG_RSA_PKCS1,
    JOSE_ALG_RSA_PSS,
    JOSE_ALG_ECDSA,
    JOSE_ALG_EDDSA,
    JOSE_ALG_MLDSA
} jose_alg_kind_t;


typedef struct {
    jose_bytes_t     name;
    jose_alg_kind_t  kind;
    jose_kty_t       kty;
    jose_crv_t       crv;
    jose_digest_t    digest;
    size_t           signature_len;  /* bytes; 0: as long as the modulus */
    size_t           min_bits;       /* of the key; AKP: of a public one */
    size_t           max_bits;       /* 0: any */
} jose_alg_t;


/* How many rows the table has. */
#define JOSE_ALG_N    20

/* A set of rows: bit i stands for jose_algs[i]. */
typedef uint32_t  jose_alg_set_t;

#define JOSE_ALG_ALL  ((jose_alg_set_t) (1u << JOSE_ALG_N) - 1)


JOSE_HIDDEN_BEGIN

extern const jose_alg_t  jose_algs[JOSE_ALG_N];

/*
 * The rows of that name, compared byte by byte (RFC 7515, 4.1.1: the names
 * are case-sensitive): two for "EdDSA", which leaves the curve to the key, one
 * for the others, none (0) for a name that is not known, "none" among them.
 */
jose_alg_set_t jose_alg_named(jose_bytes_t name);

/* The rows that a key of this type, curve and size in bits may serve. */
jose_alg_set_t jose_alg_fitting(jose_kty_t kty, jose_crv_t crv, size_t bits);

/* The index of the lowest row of a set that is not empty. */
size_t jose_alg_first(jose_alg_set_t set);

/* What OpenSSL calls ML-DSA: as RFC 9964 does. */
const char *jose_alg_openssl(const jose_alg_t *alg);

JOSE_HIDDEN_END


#endif /* JOSE_ALG_H_INCLUDED */
