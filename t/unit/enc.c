
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "encrypt.h"
#include "unit.h"

#include <string.h>


static void test_wraps(void);
static void test_encs(void);
static void test_unknown(void);
static void test_sets(void);


int
main(void)
{
    test_wraps();
    test_encs();
    test_unknown();
    test_sets();

    return unit_done("enc");
}


/* The tables against those that the tests have written down once more. */

static void
test_wraps(void)
{
    size_t                i;
    const jose_wrap_t    *wrap;
    const encrypt_alg_t  *alg;

    static const jose_wrap_kind_t  kinds[] = {
        JOSE_WRAP_DIRECT, JOSE_WRAP_AES, JOSE_WRAP_AES_GCM,
        JOSE_WRAP_RSA_OAEP, JOSE_WRAP_ECDH
    };

    for (i = 0; i < JOSE_WRAP_N; i++) {
        alg = &encrypt_algs[i];
        wrap = jose_wrap_named(sign_text(alg->name));

        if (!unit_check_for(wrap == &jose_wraps[i], "not row %zu: %s", i,
                            alg->name))
        {
            continue;
        }

        unit_check_for(wrap->kind == (alg->kind == ENCRYPT_ECDH && alg->cipher
                                      ? JOSE_WRAP_ECDH_AES
                                      : kinds[alg->kind]),
                       "wrong kind: %s", alg->name);
        unit_check_for(wrap->key_len == alg->key_len, "wrong length: %s",
                       alg->name);
        unit_check_for((wrap->cipher != JOSE_CIPHER_NONE)
                       == (alg->cipher != NULL),
                       "wrong cipher: %s", alg->name);
        unit_check_for((wrap->digest != NULL) == (alg->digest != NULL),
                       "wrong digest: %s", alg->name);
        unit_check_for(jose_wrap_bit(wrap) == (jose_wrap_set_t) 1 << i,
                       "wrong bit: %s", alg->name);
    }

    unit_check(JOSE_WRAP_ALL == 0x7fff);
}


static void
test_encs(void)
{
    size_t                i, k;
    const jose_enc_t     *enc;
    const encrypt_enc_t  *expected;

    for (i = 0; i < JOSE_ENC_N; i++) {
        expected = &encrypt_encs[i];
        enc = jose_enc_named(sign_text(expected->name));

        if (!unit_check_for(enc == &jose_encs[i], "not row %zu: %s", i,
                            expected->name))
        {
            continue;
        }

        unit_check_for(enc->kind == (expected->digest ? JOSE_ENC_CBC_HMAC
                                                      : JOSE_ENC_GCM),
                       "wrong kind: %s", expected->name);
        unit_check_for(enc->key_len == expected->key_len
                       && enc->iv_len == expected->iv_len
                       && enc->tag_len == expected->tag_len,
                       "wrong lengths: %s", expected->name);
        unit_check_for(enc->key_len <= JOSE_CONTENT_KEY_MAX
                       && enc->tag_len <= JOSE_CONTENT_KEY_MAX
                       && enc->iv_len <= JOSE_CONTENT_IV_MAX,
                       "longer than there is room: %s", expected->name);
        unit_check_for(jose_enc_of_cipher(enc->cipher) == enc,
                       "not found by cipher: %s", expected->name);

        for (k = 0; k < i; k++) {
            unit_check_for(jose_encs[k].cipher != enc->cipher,
                           "cipher twice: %s", expected->name);
        }
    }

    unit_check(jose_enc_of_cipher(JOSE_CIPHER_NONE) == NULL);
    unit_check(jose_enc_of_cipher(JOSE_CIPHER_A128_WRAP) == NULL);
    unit_check(jose_enc_of_cipher(JOSE_CIPHER_N) == NULL);
}


static void
test_unknown(void)
{
    size_t              i;
    static const char  *names[] = {
        "", "none", "RSA1_5", "PBES2-HS256+A128KW", "PBES2-HS384+A192KW",
        "PBES2-HS512+A256KW", "DIR", "dir ", "di", "dirx", "A128Kw", "A128K",
        "A512KW", "RSA-OAEP-1", "RSA-OAEP-2567", "RSA-OAEP-", "RSA-OAE",
        "ECDH-ES+A128KWx", "ECDH-ES+", "ECDH-SS", "ECDH-1PU", "HS256",
        "A128CBC", "A128CBC-HS512", "A256CBC-HS256", "A128GCm", "A128GC",
        "A128GCMK", "C20P", "XC20P", "A256CBC+HS512"
    };
    static const jose_bytes_t  nul = jose_bytes("dir\0");
    static const jose_bytes_t  none = { NULL, 0 };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unit_check_for(jose_wrap_named(sign_text(names[i])) == NULL
                       && jose_enc_named(sign_text(names[i])) == NULL,
                       "known: %s", names[i]);
    }

    unit_check(jose_wrap_named(nul) == NULL);
    unit_check(jose_wrap_named(none) == NULL);
    unit_check(jose_enc_named(none) == NULL);

    /* no name is both */

    for (i = 0; i < JOSE_ENC_N; i++) {
        unit_check(jose_wrap_named(jose_encs[i].name) == NULL);
    }
}


static void
test_sets(void)
{
    size_t  len;

    for (len = 0; len < 200; len++) {
        unit_check_for(jose_wrap_fitting_secret(len)
                       == (len == 16 ? 0x0013
                           : len == 24 ? 0x0025
                           : len == 32 ? 0x0049
                           : len == 48 || len == 64 ? 0x0001
                           : 0u),
                       "secret of %zu bytes", len);
    }

    unit_check(jose_wrap_direct() == 0x0001);
    unit_check(jose_wrap_fitting_rsa() == 0x0780);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_P256) == 0x7800);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_P384) == 0x7800);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_P521) == 0x7800);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_X25519) == 0x7800);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_X448) == 0x7800);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_NONE) == 0);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_SECP256K1) == 0);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_ED25519) == 0);
    unit_check(jose_wrap_fitting_ecdh(JOSE_CRV_ED448) == 0);
}
