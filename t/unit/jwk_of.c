
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jwk_of.h"
#include "sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>


#define jwk_must(ok)  jwk_must_at(ok, __LINE__, #ok)


static void jwk_must_at(bool ok, int line, const char *text);
static void add_number(char *out, const char *name, EVP_PKEY *pkey,
    const char *openssl, size_t len);
static void add_bytes(char *out, const char *name, const uint8_t *data,
    size_t len);


static void
jwk_must_at(bool ok, int line, const char *text)
{
    if (!ok) {
        printf("jwk_of.c:%d: this test cannot work: %s\n", line, text);
        exit(2);
    }
}


void
jwk_of(EVP_PKEY *pkey, const char *more, char *out)
{
    size_t    i, len, size;
    uint8_t   bytes[128];
    static const struct {
        const char  *type;
        const char  *crv;
        size_t       len;
    } curves[] = {
        { "prime256v1", "P-256", 32 }, { "secp384r1", "P-384", 48 },
        { "secp521r1", "P-521", 66 }, { "secp256k1", "secp256k1", 32 },
        { "ED25519", "Ed25519", 32 }, { "ED448", "Ed448", 57 },
        { "X25519", "X25519", 32 }, { "X448", "X448", 56 }
    };

    if (EVP_PKEY_is_a(pkey, "RSA")) {
        (void) strcpy(out, "{\"kty\":\"RSA\"");
        add_number(out, "n", pkey, OSSL_PKEY_PARAM_RSA_N, 0);
        add_number(out, "e", pkey, OSSL_PKEY_PARAM_RSA_E, 0);
        add_number(out, "d", pkey, OSSL_PKEY_PARAM_RSA_D, 0);
        add_number(out, "p", pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, 0);
        add_number(out, "q", pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, 0);
        add_number(out, "dp", pkey, OSSL_PKEY_PARAM_RSA_EXPONENT1, 0);
        add_number(out, "dq", pkey, OSSL_PKEY_PARAM_RSA_EXPONENT2, 0);
        add_number(out, "qi", pkey, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 0);
        (void) strcat(strcat(out, more), "}");
        return;
    }

    len = 0;
    (void) EVP_PKEY_get_group_name(pkey, (char *) bytes, sizeof(bytes), &len);
    bytes[len] = '\0';
    ERR_clear_error();

    for (i = 0; len ? strcmp(curves[i].type, (char *) bytes) != 0
                    : !EVP_PKEY_is_a(pkey, curves[i].type); i++)
    {
        /* void */
    }

    size = curves[i].len;
    (void) sprintf(out, "{\"kty\":\"%s\",\"crv\":\"%s\"", len ? "EC" : "OKP",
                   curves[i].crv);

    if (len) {
        add_number(out, "x", pkey, OSSL_PKEY_PARAM_EC_PUB_X, size);
        add_number(out, "y", pkey, OSSL_PKEY_PARAM_EC_PUB_Y, size);
        add_number(out, "d", pkey, OSSL_PKEY_PARAM_PRIV_KEY, size);

    } else {
        len = sizeof(bytes);
        jwk_must(EVP_PKEY_get_raw_public_key(pkey, bytes, &len) == 1);
        add_bytes(out, "x", bytes, len);

        len = sizeof(bytes);
        jwk_must(EVP_PKEY_get_raw_private_key(pkey, bytes, &len) == 1);
        add_bytes(out, "d", bytes, len);
    }

    (void) strcat(strcat(out, more), "}");
}


/* len 0: no longer than it must be */

static void
add_number(char *out, const char *name, EVP_PKEY *pkey, const char *openssl,
    size_t len)
{
    BIGNUM   *number;
    uint8_t   bytes[512];

    number = NULL;
    jwk_must(EVP_PKEY_get_bn_param(pkey, openssl, &number) == 1);

    if (len == 0) {
        len = (size_t) BN_num_bytes(number);
    }

    jwk_must(BN_bn2binpad(number, bytes, (int) len) == (int) len);
    BN_clear_free(number);

    add_bytes(out, name, bytes, len);
}


static void
add_bytes(char *out, const char *name, const uint8_t *data, size_t len)
{
    char          text[1024];
    jose_bytes_t  bytes;

    bytes.data = data;
    bytes.len = len;

    (void) sign_base64url(bytes, text);
    (void) sprintf(out + strlen(out), ",\"%s\":\"%s\"", name, text);
}
