
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "curve.h"
#include "crypto.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>


/* of an uncompressed point: SEC 1, 2.3.3 */
#define JOSE_CURVE_POINT_MAX  (1 + 2 * JOSE_CURVE_FIELD_MAX)


static EVP_PKEY *jose_curve_key(const jose_curve_t *curve, const uint8_t *x,
    const uint8_t *y, const uint8_t *d);
static size_t jose_curve_point(const jose_curve_t *curve, const uint8_t *x,
    const uint8_t *y, uint8_t *point);
static bool jose_curve_number(const jose_curve_t *curve, const uint8_t *d,
    uint8_t *number);


static const jose_curve_t  jose_curves[] = {
    { jose_bytes("P-256"), JOSE_CRV_P256, JOSE_KTY_EC, "prime256v1", 32 },
    { jose_bytes("P-384"), JOSE_CRV_P384, JOSE_KTY_EC, "secp384r1", 48 },
    { jose_bytes("P-521"), JOSE_CRV_P521, JOSE_KTY_EC, "secp521r1", 66 },
    { jose_bytes("secp256k1"), JOSE_CRV_SECP256K1, JOSE_KTY_EC, "secp256k1",
      32 },
    { jose_bytes("Ed25519"), JOSE_CRV_ED25519, JOSE_KTY_OKP, "ED25519", 32 },
    { jose_bytes("Ed448"), JOSE_CRV_ED448, JOSE_KTY_OKP, "ED448", 57 },
    { jose_bytes("X25519"), JOSE_CRV_X25519, JOSE_KTY_OKP, "X25519", 32 },
    { jose_bytes("X448"), JOSE_CRV_X448, JOSE_KTY_OKP, "X448", 56 }
};


#define JOSE_CURVES_N  (sizeof(jose_curves) / sizeof(jose_curves[0]))


const jose_curve_t *
jose_curve_named(jose_kty_t kty, jose_bytes_t name)
{
    size_t  i;

    for (i = 0; i < JOSE_CURVES_N; i++) {

        if (jose_curves[i].kty == kty
            && jose_bytes_equal(jose_curves[i].name, name))
        {
            return &jose_curves[i];
        }
    }

    return NULL;
}


const jose_curve_t *
jose_curve_of(const EVP_PKEY *pkey)
{
    char                 group[32];
    size_t               i;
    const jose_curve_t  *curve;

    group[0] = '\0';

    if (EVP_PKEY_is_a(pkey, "EC")
        && EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
    {
        jose_crypto_clear_errors();
        return NULL;
    }

    for (i = 0; i < JOSE_CURVES_N; i++) {
        curve = &jose_curves[i];

        if (curve->kty == JOSE_KTY_EC ? strcmp(curve->openssl, group) == 0
                                      : EVP_PKEY_is_a(pkey, curve->openssl))
        {
            return curve;
        }
    }

    return NULL;
}


EVP_PKEY *
jose_curve_public(const jose_curve_t *curve, const uint8_t *x,
    const uint8_t *y)
{
    return jose_curve_key(curve, x, y, NULL);
}


EVP_PKEY *
jose_curve_private(const jose_curve_t *curve, const uint8_t *x,
    const uint8_t *y, const uint8_t *d)
{
    return jose_curve_key(curve, x, y, d);
}


static EVP_PKEY *
jose_curve_key(const jose_curve_t *curve, const uint8_t *x, const uint8_t *y,
    const uint8_t *d)
{
    char         group[16];
    uint8_t      point[JOSE_CURVE_POINT_MAX];
    uint8_t      number[JOSE_CURVE_FIELD_MAX];
    EVP_PKEY    *pkey;
    OSSL_PARAM   params[4], *param;

    (void) OPENSSL_strlcpy(group, curve->openssl, sizeof(group));

    param = params;

    if (curve->kty == JOSE_KTY_EC) {
        *param++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                    group, 0);
    }

    *param++ = OSSL_PARAM_construct_octet_string(
                   OSSL_PKEY_PARAM_PUB_KEY, point,
                   jose_curve_point(curve, x, y, point));

    if (d != NULL) {
        if (!jose_curve_number(curve, d, number)) {
            jose_crypto_clear_errors();
            return NULL;
        }

        *param++ = curve->kty == JOSE_KTY_EC
                   ? OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number,
                                             curve->field_len)
                   : OSSL_PARAM_construct_octet_string(
                         OSSL_PKEY_PARAM_PRIV_KEY, number, curve->field_len);
    }

    *param = OSSL_PARAM_construct_end();

    pkey = jose_crypto_pkey(curve->kty == JOSE_KTY_EC ? "EC" : group, params,
                            d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);

    OPENSSL_cleanse(number, sizeof(number));

    return pkey;
}


/* SEC 1, 2.3.3: an uncompressed point, or just x */

static size_t
jose_curve_point(const jose_curve_t *curve, const uint8_t *x,
    const uint8_t *y, uint8_t *point)
{
    size_t  len;

    len = curve->field_len;

    if (curve->kty != JOSE_KTY_EC) {
        memcpy(point, x, len);
        return len;
    }

    point[0] = 0x04;
    memcpy(point + 1, x, len);
    memcpy(point + 1 + len, y, len);

    return 1 + 2 * len;
}


/* a private key as OpenSSL wants it: a number of EC, the bytes of others */

static bool
jose_curve_number(const jose_curve_t *curve, const uint8_t *d,
    uint8_t *number)
{
    int      len;
    bool     ok;
    BIGNUM  *bn;

    len = (int) curve->field_len;

    if (curve->kty != JOSE_KTY_EC) {
        memcpy(number, d, curve->field_len);
        return true;
    }

    bn = BN_bin2bn(d, len, NULL);

    ok = bn != NULL && BN_bn2nativepad(bn, number, len) == len;

    BN_clear_free(bn);

    return ok;
}
