
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "akp.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/objects.h>


/* FIPS 204, 7.2: what a public key begins with, and t1 follows */
#define JOSE_AKP_RHO_LEN  32


typedef struct {
    const char    *oid;
    jose_bytes_t   name;
} jose_akp_oid_t;


/* RFC 9881, 2 */

static const jose_akp_oid_t  jose_akp_oids[] = {
    { "2.16.840.1.101.3.4.3.17", jose_bytes("ML-DSA-44") },
    { "2.16.840.1.101.3.4.3.18", jose_bytes("ML-DSA-65") },
    { "2.16.840.1.101.3.4.3.19", jose_bytes("ML-DSA-87") }
};


#define JOSE_AKP_OIDS_N  (sizeof(jose_akp_oids) / sizeof(jose_akp_oids[0]))


const jose_alg_t *
jose_akp_named(jose_bytes_t name)
{
    size_t             i;
    const jose_alg_t  *alg;

    for (i = 0; i < JOSE_ALG_N; i++) {
        alg = &jose_algs[i];

        if (alg->kty == JOSE_KTY_AKP && jose_bytes_equal(alg->name, name)) {
            return alg;
        }
    }

    return NULL;
}


const jose_alg_t *
jose_akp_of(const EVP_PKEY *pkey)
{
    size_t             i;
    const jose_alg_t  *alg;

    for (i = 0; i < JOSE_ALG_N; i++) {
        alg = &jose_algs[i];

        if (alg->kty == JOSE_KTY_AKP
            && EVP_PKEY_is_a(pkey, jose_alg_openssl(alg)))
        {
            return alg;
        }
    }

    return NULL;
}


const jose_alg_t *
jose_akp_of_info(const X509_PUBKEY *info)
{
    int           len;
    char          oid[64];
    size_t        i;
    ASN1_OBJECT  *object;

    if (X509_PUBKEY_get0_param(&object, NULL, NULL, NULL, info) != 1) {
        return NULL;
    }

    len = OBJ_obj2txt(oid, sizeof(oid), object, 1);

    if (len <= 0 || (size_t) len >= sizeof(oid)) {
        return NULL;
    }

    for (i = 0; i < JOSE_AKP_OIDS_N; i++) {
        if (strcmp(jose_akp_oids[i].oid, oid) == 0) {
            return jose_akp_named(jose_akp_oids[i].name);
        }
    }

    return NULL;
}


size_t
jose_akp_public_len(const jose_alg_t *alg)
{
    return alg->min_bits / 8;
}


EVP_PKEY *
jose_akp_public(const jose_alg_t *alg, const uint8_t *bytes)
{
    void        *data;
    OSSL_PARAM   params[2];

    /* OpenSSL does not write there */

    data = (void *) (uintptr_t) bytes;

    params[0] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  data,
                                                  jose_akp_public_len(alg));
    params[1] = OSSL_PARAM_construct_end();

    return jose_crypto_pkey(jose_alg_openssl(alg), params,
                            EVP_PKEY_PUBLIC_KEY);
}


/*
 * Where t1 is zero, as in a buffer that nobody filled, the private key that
 * consists of zeros signs.
 */

jose_status_t
jose_akp_check(const EVP_PKEY *pkey)
{
    size_t   i, len;
    uint8_t  bytes[JOSE_AKP_PUBLIC_MAX];

    if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, bytes,
                                        sizeof(bytes), &len)
        != 1)
    {
        return JOSE_ERROR;
    }

    for (i = JOSE_AKP_RHO_LEN; i < len; i++) {
        if (bytes[i] != 0) {
            return JOSE_OK;
        }
    }

    return JOSE_KEY_WEAK;
}
