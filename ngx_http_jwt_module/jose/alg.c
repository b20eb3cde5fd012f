
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "alg.h"


#define JOSE_RSA_MIN  2048
#define JOSE_RSA_MAX  16384


#define jose_alg_hmac(name, digest, len)                                      \
    { jose_bytes(name), JOSE_ALG_HMAC, JOSE_KTY_OCT, JOSE_CRV_NONE,           \
      digest, len, 8, 0 }

#define jose_alg_rsa(name, kind, digest)                                      \
    { jose_bytes(name), kind, JOSE_KTY_RSA, JOSE_CRV_NONE,                    \
      digest, 0, JOSE_RSA_MIN, JOSE_RSA_MAX }

#define jose_alg_ecdsa(name, crv, digest, len)                                \
    { jose_bytes(name), JOSE_ALG_ECDSA, JOSE_KTY_EC, crv, digest, len, 0, 0 }

#define jose_alg_eddsa(name, crv, len)                                        \
    { jose_bytes(name), JOSE_ALG_EDDSA, JOSE_KTY_OKP, crv,                    \
      JOSE_DIGEST_NONE, len, 0, 0 }

#define jose_alg_mldsa(name, public_len, len)                                 \
    { jose_bytes(name), JOSE_ALG_MLDSA, JOSE_KTY_AKP, JOSE_CRV_NONE,          \
      JOSE_DIGEST_NONE, len, 8 * (public_len), 8 * (public_len) }


const jose_alg_t  jose_algs[JOSE_ALG_N] = {

    /* RFC 7518, 3.2 */
    jose_alg_hmac("HS256", JOSE_DIGEST_SHA256, 32),
    jose_alg_hmac("HS384", JOSE_DIGEST_SHA384, 48),
    jose_alg_hmac("HS512", JOSE_DIGEST_SHA512, 64),

    /* RFC 7518, 3.3 */
    jose_alg_rsa("RS256", JOSE_ALG_RSA_PKCS1, JOSE_DIGEST_SHA256),
    jose_alg_rsa("RS384", JOSE_ALG_RSA_PKCS1, JOSE_DIGEST_SHA384),
    jose_alg_rsa("RS512", JOSE_ALG_RSA_PKCS1, JOSE_DIGEST_SHA512),

    /* RFC 7518, 3.5 */
    jose_alg_rsa("PS256", JOSE_ALG_RSA_PSS, JOSE_DIGEST_SHA256),
    jose_alg_rsa("PS384", JOSE_ALG_RSA_PSS, JOSE_DIGEST_SHA384),
    jose_alg_rsa("PS512", JOSE_ALG_RSA_PSS, JOSE_DIGEST_SHA512),

    /* RFC 7518, 3.4 */
    jose_alg_ecdsa("ES256", JOSE_CRV_P256, JOSE_DIGEST_SHA256, 64),
    jose_alg_ecdsa("ES384", JOSE_CRV_P384, JOSE_DIGEST_SHA384, 96),
    jose_alg_ecdsa("ES512", JOSE_CRV_P521, JOSE_DIGEST_SHA512, 132),

    /* RFC 8812, 3.2 */
    jose_alg_ecdsa("ES256K", JOSE_CRV_SECP256K1, JOSE_DIGEST_SHA256, 64),

    /* RFC 8037, 3.1 */
    jose_alg_eddsa("EdDSA", JOSE_CRV_ED25519, 64),
    jose_alg_eddsa("EdDSA", JOSE_CRV_ED448, 114),

    /* RFC 9864, 2.2 */
    jose_alg_eddsa("Ed25519", JOSE_CRV_ED25519, 64),
    jose_alg_eddsa("Ed448", JOSE_CRV_ED448, 114),

    /* RFC 9964, 5 */
    jose_alg_mldsa("ML-DSA-44", 1312, 2420),
    jose_alg_mldsa("ML-DSA-65", 1952, 3309),
    jose_alg_mldsa("ML-DSA-87", 2592, 4627)
};


jose_alg_set_t
jose_alg_named(jose_bytes_t name)
{
    size_t                i;
    jose_alg_set_t        set;
    const jose_bytes_t   *known;

    if (name.len == 0) {
        return 0;
    }

    set = 0;

    for (i = 0; i < JOSE_ALG_N; i++) {
        known = &jose_algs[i].name;

        /* the last characters differ more often than the first */

        if (known->len == name.len
            && known->data[known->len - 1] == name.data[name.len - 1]
            && jose_bytes_equal(*known, name))
        {
            set |= (jose_alg_set_t) 1 << i;
        }
    }

    return set;
}


jose_alg_set_t
jose_alg_fitting(jose_kty_t kty, jose_crv_t crv, size_t bits)
{
    size_t             i;
    jose_alg_set_t     set;
    const jose_alg_t  *alg;

    set = 0;

    for (i = 0; i < JOSE_ALG_N; i++) {
        alg = &jose_algs[i];

        if (alg->kty == kty
            && alg->crv == crv
            && bits >= alg->min_bits
            && (alg->max_bits == 0 || bits <= alg->max_bits))
        {
            set |= (jose_alg_set_t) 1 << i;
        }
    }

    return set;
}


size_t
jose_alg_first(jose_alg_set_t set)
{
    size_t  i;

    for (i = 0; i < JOSE_ALG_N - 1; i++) {
        if (set & ((jose_alg_set_t) 1 << i)) {
            break;
        }
    }

    return i;
}


const char *
jose_alg_openssl(const jose_alg_t *alg)
{
    /* jose_bytes() has a NUL behind it */

    return (const char *) alg->name.data;
}
