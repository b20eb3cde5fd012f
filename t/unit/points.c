
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The points of EC keys in JWK.
 */


#include "jwk.h"
#include "sign.h"
#include "unit.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>


#define HALF_MAX  66


typedef struct {
    const char  *crv;
    const char  *group;
    size_t       len;
    const char  *p;
} curve_t;


static void test_points(void);
static void test_points_of(const curve_t *curve);
static void test_point(const curve_t *curve, const char *what,
    const uint8_t *x, size_t x_len, const uint8_t *y, size_t y_len,
    jose_status_t expected);


static jose_crypto_t  *crypto;


int
main(void)
{
    crypto = jose_crypto_create();

    test_points();

    jose_crypto_free(crypto);

    return unit_done("points");
}


static void
test_points(void)
{
    size_t                i;
    static const curve_t  curves[] = {
        { "P-256", "prime256v1", 32,
          "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
        },
        { "secp256k1", "secp256k1", 32,
          "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"
        },
        { "P-384", "secp384r1", 48,
          "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
          "ffffffff0000000000000000ffffffff" },
        { "P-521", "secp521r1", 66,
          "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
          "fff" }
    };

    for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        test_points_of(&curves[i]);
    }
}


static void
test_points_of(const curve_t *curve)
{
    int        len;
    BIGNUM    *p, *x, *y;
    uint8_t    xb[HALF_MAX + 1], yb[HALF_MAX + 1], b[HALF_MAX + 1];
    EVP_PKEY  *pkey;

    len = (int) curve->len;
    pkey = sign_generate("EC", curve->group, 0);
    p = x = y = NULL;

    (void) BN_hex2bn(&p, curve->p);
    (void) EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x);
    (void) EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y);

    xb[0] = 0;
    yb[0] = 0;
    (void) BN_bn2binpad(x, xb + 1, len);
    (void) BN_bn2binpad(y, yb + 1, len);

    test_point(curve, "a point", xb + 1, curve->len, yb + 1, curve->len,
               JOSE_OK);
    test_point(curve, "long x", xb, curve->len + 1, yb + 1, curve->len,
               JOSE_KEY_LENGTH_INVALID);
    test_point(curve, "long y", xb + 1, curve->len, yb, curve->len + 1,
               JOSE_KEY_LENGTH_INVALID);
    test_point(curve, "short x", xb + 2, curve->len - 1, yb + 1, curve->len,
               JOSE_KEY_LENGTH_INVALID);
    test_point(curve, "short y", xb + 1, curve->len, yb + 1, curve->len - 1,
               JOSE_KEY_LENGTH_INVALID);
    test_point(curve, "x and y swapped", yb + 1, curve->len, xb + 1,
               curve->len, JOSE_KEY_NOT_ON_CURVE);

    /* -P is a point, too */

    (void) BN_sub(y, p, y);
    (void) BN_bn2binpad(y, b, len);
    test_point(curve, "the other y", xb + 1, curve->len, b, curve->len,
               JOSE_OK);

    (void) BN_add(x, x, p);

    if (BN_num_bytes(x) <= len) {
        (void) BN_bn2binpad(x, b, len);
        test_point(curve, "x over p", b, curve->len, yb + 1, curve->len,
                   JOSE_KEY_NOT_ON_CURVE);
    }

    (void) BN_bn2binpad(p, b, len);
    test_point(curve, "x = p", b, curve->len, yb + 1, curve->len,
               JOSE_KEY_NOT_ON_CURVE);
    test_point(curve, "y = p", xb + 1, curve->len, b, curve->len,
               JOSE_KEY_NOT_ON_CURVE);

    memset(b, 0, sizeof(b));
    test_point(curve, "0, 0", b, curve->len, b, curve->len,
               JOSE_KEY_NOT_ON_CURVE);

    memset(b, 0xff, sizeof(b));
    test_point(curve, "all bits", b, curve->len, b, curve->len,
               JOSE_KEY_NOT_ON_CURVE);

    xb[len] ^= 1;
    test_point(curve, "x changed", xb + 1, curve->len, yb + 1, curve->len,
               JOSE_KEY_NOT_ON_CURVE);
    xb[len] ^= 1;
    yb[1] ^= 1;
    test_point(curve, "y changed", xb + 1, curve->len, yb + 1, curve->len,
               JOSE_KEY_NOT_ON_CURVE);

    BN_free(p);
    BN_free(x);
    BN_free(y);
    EVP_PKEY_free(pkey);
}


static void
test_point(const curve_t *curve, const char *what, const uint8_t *x,
    size_t x_len, const uint8_t *y, size_t y_len, jose_status_t expected)
{
    char           text[512], x_text[128], y_text[128];
    json_t        *json;
    jose_key_t     key;
    jose_bytes_t   bytes;
    jose_status_t  status;

    bytes.data = x;
    bytes.len = x_len;
    (void) sign_base64url(bytes, x_text);

    bytes.data = y;
    bytes.len = y_len;
    (void) sign_base64url(bytes, y_text);

    (void) snprintf(text, sizeof(text),
                    "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\","
                    "\"y\":\"%s\"}", curve->crv, x_text, y_text);

    memset(&key, 0, sizeof(jose_key_t));
    json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    status = jose_jwk_read(&key, crypto, json, false);

    unit_check_for(status == expected, "%s on %s: %s", what, curve->crv,
                   jose_status_word(status));
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s", what);

    ERR_clear_error();
    json_decref(json);
    jose_key_clear(&key);
}
