
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "key.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>


static void test_secrets(void);
static void test_secret_pem(void);
static void test_public_keys(void);
static void test_public(const char *what, EVP_PKEY *pkey,
    jose_alg_set_t allowed, jose_status_t status, jose_alg_set_t algs);
static void test_unknown_types(void);
static void test_rsa_exponents(void);
static EVP_PKEY *make_rsa(EVP_PKEY *from, const BIGNUM *e);
static void test_restricted_pss(void);
static void test_infinity(void);
static void test_explicit_curve(void);
static EVP_PKEY *make_explicit(EVP_PKEY *from, bool own_generator);
static void test_weak_edwards(void);
static void test_kid(void);
static void no_errors(const char *where);


static jose_crypto_t  *crypto;
static EVP_PKEY       *rsa;
static EVP_PKEY       *p256;


int
main(void)
{
    crypto = jose_crypto_create();
    rsa = sign_generate("RSA", NULL, 2048);
    p256 = sign_generate("EC", "P-256", 0);
    ERR_clear_error();

    test_secrets();
    test_secret_pem();
    test_public_keys();
    test_unknown_types();
    test_rsa_exponents();
    test_restricted_pss();
    test_infinity();
    test_explicit_curve();
    test_weak_edwards();
    test_kid();

    EVP_PKEY_free(rsa);
    EVP_PKEY_free(p256);
    jose_crypto_free(crypto);

    return unit_done("key");
}


static void
no_errors(const char *where)
{
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s", where);
    ERR_clear_error();
}


static void
test_secrets(void)
{
    size_t         i;
    uint8_t        bytes[200];
    jose_key_t     key;
    jose_bytes_t   secret;
    jose_status_t  status;

    static const struct {
        size_t           len;
        jose_alg_set_t   allowed;
        jose_status_t    status;
        jose_alg_set_t   algs;
        bool             is_short;
    } rows[] = {
        { 0, JOSE_ALG_ALL, JOSE_KEY_SECRET_EMPTY, 0, false },
        { 1, JOSE_ALG_ALL, JOSE_OK, 0x7, true },
        { 6, JOSE_ALG_ALL, JOSE_OK, 0x7, true },
        { 31, JOSE_ALG_ALL, JOSE_OK, 0x7, true },
        { 32, JOSE_ALG_ALL, JOSE_OK, 0x7, false },
        { 200, JOSE_ALG_ALL, JOSE_OK, 0x7, false },
        { 47, 0x2, JOSE_OK, 0x2, true },
        { 48, 0x2, JOSE_OK, 0x2, false },
        { 63, 0x4, JOSE_OK, 0x4, true },
        { 64, 0x4, JOSE_OK, 0x4, false },
        { 32, 0x6, JOSE_OK, 0x6, true },
        { 32, JOSE_ALG_ALL & ~0x7u, JOSE_KEY_ALGORITHM_MISMATCH, 0, false },
        { 32, 0, JOSE_KEY_NOT_FOR_SIGNATURES, 0, false }
    };

    memset(bytes, 'x', sizeof(bytes));
    secret.data = bytes;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(&key, 0, sizeof(jose_key_t));
        secret.len = rows[i].len;

        status = jose_key_set_secret(&key, crypto, secret,
                                     sign_uses(rows[i].allowed));

        unit_check_for(status == rows[i].status, "secret %zu: %s", i,
                       jose_status_word(status));
        unit_check_for(key.algs == rows[i].algs, "wrong rows of secret %zu",
                       i);
        unit_check_for(jose_key_is_short(&key) == rows[i].is_short,
                       "wrong shortness of secret %zu", i);

        jose_key_clear(&key);
    }

    no_errors("secrets");
}


static void
test_secret_pem(void)
{
    size_t                     i;
    jose_key_t                 key;
    jose_status_t              status;
    static const jose_bytes_t  texts[] = {
        jose_bytes("-----BEGIN PUBLIC KEY-----\nMIIB"),
        jose_bytes("-----BEGIN "),
        jose_bytes("\n-----BEGIN CERTIFICATE-----"),
        jose_bytes("\xef\xbb\xbf-----BEGIN RSA PUBLIC KEY-----"),
        jose_bytes("subject=CN = a\n-----BEGIN CERTIFICATE-----")
    };
    static const jose_bytes_t  dashes = jose_bytes("-----BEGIN");

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        memset(&key, 0, sizeof(jose_key_t));

        status = jose_key_set_secret(&key, crypto, texts[i],
                                     sign_uses(JOSE_ALG_ALL));
        unit_check_for(status == JOSE_KEY_SECRET_IS_KEY,
                       "PEM is secret: %zu", i);
        unit_check_for(key.algs == 0, "PEM may sign: %zu", i);

        jose_key_clear(&key);
    }

    memset(&key, 0, sizeof(jose_key_t));
    unit_check_for(jose_key_set_secret(&key, crypto, dashes,
                                       sign_uses(JOSE_ALG_ALL))
                   == JOSE_OK,
                   "secret of dashes refused");
    jose_key_clear(&key);
}


/* Takes pkey over. */

static void
test_public(const char *what, EVP_PKEY *pkey, jose_alg_set_t allowed,
    jose_status_t expected, jose_alg_set_t algs)
{
    jose_key_t     key;
    jose_status_t  status;

    memset(&key, 0, sizeof(jose_key_t));

    status = jose_key_set_public(&key, crypto, pkey, allowed);

    unit_check_for(status == expected, "%s: %s", what,
                   jose_status_word(status));
    unit_check_for(key.algs == algs, "wrong rows: %s, %x", what,
                   (unsigned) key.algs);
    unit_check_for(!jose_key_is_short(&key), "short: %s", what);

    jose_key_clear(&key);

    no_errors(what);
}


static void
test_public_keys(void)
{
    size_t  i;

    static const struct {
        const char      *what;
        const char      *type;
        const char      *group;
        size_t           bits;
        jose_alg_set_t   allowed;
        jose_status_t    status;
        jose_alg_set_t   algs;
    } rows[] = {
        { "RSA 1024", "RSA", NULL, 1024, JOSE_ALG_ALL, JOSE_KEY_RSA_SIZE,
          0 },
        { "RSA 2047", "RSA", NULL, 2047, JOSE_ALG_ALL, JOSE_KEY_RSA_SIZE,
          0 },
        { "RSA 2048", "RSA", NULL, 2048, JOSE_ALG_ALL, JOSE_OK, 0x1f8 },
        { "RSA for RS256", "RSA", NULL, 2048, 0x8, JOSE_OK, 0x8 },
        { "RSA for PS512 and HS", "RSA", NULL, 2048, 0x107, JOSE_OK, 0x100 },
        { "RSA for HS256", "RSA", NULL, 2048, 0x1,
          JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "RSA-PSS", "RSA-PSS", NULL, 2048, JOSE_ALG_ALL, JOSE_OK, 0x1c0 },
        { "RSA-PSS for RS256", "RSA-PSS", NULL, 2048, 0x8,
          JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "RSA-PSS 1024", "RSA-PSS", NULL, 1024, JOSE_ALG_ALL,
          JOSE_KEY_RSA_SIZE, 0 },
        { "P-256", "EC", "P-256", 0, JOSE_ALG_ALL, JOSE_OK, 0x200 },
        { "P-256 for ES384", "EC", "P-256", 0, 0x400,
          JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "P-384", "EC", "P-384", 0, JOSE_ALG_ALL, JOSE_OK, 0x400 },
        { "P-521", "EC", "P-521", 0, JOSE_ALG_ALL, JOSE_OK, 0x800 },
        { "secp256k1", "EC", "secp256k1", 0, JOSE_ALG_ALL, JOSE_OK, 0x1000 },
        { "secp256k1 for ES256", "EC", "secp256k1", 0, 0x200,
          JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "Ed25519", "ED25519", NULL, 0, JOSE_ALG_ALL, JOSE_OK, 0xa000 },
        { "Ed25519 by its name", "ED25519", NULL, 0, 0x8000, JOSE_OK,
          0x8000 },
        { "Ed25519 for Ed448", "ED25519", NULL, 0, 0x10000,
          JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "Ed448", "ED448", NULL, 0, JOSE_ALG_ALL, JOSE_OK, 0x14000 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_public(rows[i].what,
                    sign_generate(rows[i].type, rows[i].group, rows[i].bits),
                    rows[i].allowed, rows[i].status, rows[i].algs);
    }
}


static void
test_unknown_types(void)
{
    size_t  i;

    static const struct {
        const char      *type;
        const char      *group;
        jose_status_t    status;
    } rows[] = {
        { "EC", "P-224", JOSE_KEY_CURVE_UNKNOWN },
        { "EC", "P-192", JOSE_KEY_CURVE_UNKNOWN },
        { "EC", "brainpoolP256r1", JOSE_KEY_CURVE_UNKNOWN },
        { "EC", "sect283k1", JOSE_KEY_CURVE_UNKNOWN },
        { "X25519", NULL, JOSE_KEY_NOT_FOR_SIGNATURES },
        { "X448", NULL, JOSE_KEY_NOT_FOR_SIGNATURES },
        { "SM2", NULL, JOSE_KEY_TYPE_UNKNOWN },
        { "DH", "ffdhe2048", JOSE_KEY_TYPE_UNKNOWN }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_public(rows[i].group ? rows[i].group : rows[i].type,
                    sign_generate(rows[i].type, rows[i].group, 0),
                    JOSE_ALG_ALL, rows[i].status, 0);
    }
}


/* With e = 1 every message is its own signature. */

static void
test_rsa_exponents(void)
{
    size_t     i;
    BIGNUM    *e;
    EVP_PKEY  *pkey;

    static const struct {
        BN_ULONG         e;
        jose_status_t    status;
        jose_alg_set_t   algs;
    } rows[] = {
        { 0, JOSE_KEY_RSA_EXPONENT, 0 },
        { 1, JOSE_KEY_RSA_EXPONENT, 0 },
        { 2, JOSE_KEY_RSA_EXPONENT, 0 },
        { 65536, JOSE_KEY_RSA_EXPONENT, 0 },
        { 3, JOSE_OK, 0x1f8 },
        { 65537, JOSE_OK, 0x1f8 },
        { 0xffffffff, JOSE_OK, 0x1f8 },
        { 0x100000001, JOSE_KEY_RSA_EXPONENT, 0 }
    };

    e = BN_new();

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void) BN_set_word(e, rows[i].e);
        pkey = make_rsa(rsa, e);

        test_public("RSA exponent", pkey, JOSE_ALG_ALL, rows[i].status,
                    rows[i].algs);
    }

    BN_free(e);
}


static EVP_PKEY *
make_rsa(EVP_PKEY *from, const BIGNUM *e)
{
    int            n_len;
    BIGNUM        *n;
    uint8_t        n_bytes[512], e_bytes[8];
    EVP_PKEY      *pkey;
    OSSL_PARAM     params[3];
    EVP_PKEY_CTX  *ctx;

    n = NULL;
    pkey = NULL;

    (void) EVP_PKEY_get_bn_param(from, OSSL_PKEY_PARAM_RSA_N, &n);
    n_len = BN_num_bytes(n);

    (void) BN_bn2nativepad(n, n_bytes, n_len);
    (void) BN_bn2nativepad(e, e_bytes, sizeof(e_bytes));

    params[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n_bytes,
                                        (size_t) n_len);
    params[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e_bytes,
                                        sizeof(e_bytes));
    params[2] = OSSL_PARAM_construct_end();

    ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    (void) EVP_PKEY_fromdata_init(ctx);
    (void) EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);

    EVP_PKEY_CTX_free(ctx);
    BN_free(n);

    return pkey;
}


/* RFC 4055, 3.1: a key may say which digest and salt it is for. */

static void
test_restricted_pss(void)
{
    size_t         i;
    EVP_PKEY      *pkey;
    EVP_PKEY_CTX  *ctx;

    static const struct {
        const char      *digest;
        int              salt;
        jose_status_t    status;
        jose_alg_set_t   algs;
    } rows[] = {
        { "SHA256", 32, JOSE_OK, 0x40 },
        { "SHA384", 20, JOSE_OK, 0x80 },
        { "SHA512", 64, JOSE_OK, 0x100 },
        { "SHA256", 33, JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "SHA1", 20, JOSE_KEY_NOT_FOR_SIGNATURES, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        pkey = NULL;
        ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);

        (void) EVP_PKEY_keygen_init(ctx);
        (void) EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048);
        (void) EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(ctx, rows[i].digest,
                                                       NULL);
        (void) EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(ctx,
                                                            rows[i].digest);
        (void) EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(ctx, rows[i].salt);
        (void) EVP_PKEY_generate(ctx, &pkey);

        EVP_PKEY_CTX_free(ctx);
        ERR_clear_error();

        test_public("restricted RSA-PSS", sign_public(pkey), JOSE_ALG_ALL,
                    rows[i].status, rows[i].algs);

        EVP_PKEY_free(pkey);
    }
}


/* SEC 1, 2.3.4: one zero byte; r = x(uG), s = r / u is then a signature. */

static void
test_infinity(void)
{
    EVP_PKEY              *pkey;
    const uint8_t         *p;
    static const uint8_t   der[] = {
        0x30, 0x19, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
        0x07, 0x03, 0x02, 0x00, 0x00
    };

    p = der;

    pkey = d2i_PUBKEY(NULL, &p, sizeof(der));
    ERR_clear_error();

    if (pkey != NULL) {
        test_public("point at infinity", pkey, JOSE_ALG_ALL,
                    JOSE_KEY_NOT_ON_CURVE, 0);
    }
}


/*
 * CVE-2020-0601: the parameters of P-256 with another generator, for which
 * somebody knows the private key to any public one.
 */

static void
test_explicit_curve(void)
{
    test_public("own generator", make_explicit(p256, true), JOSE_ALG_ALL,
                JOSE_KEY_CURVE_UNKNOWN, 0);
    test_public("P-256 written out", make_explicit(p256, false), JOSE_ALG_ALL,
                JOSE_OK, 0x200);
}


static EVP_PKEY *
make_explicit(EVP_PKEY *from, bool own_generator)
{
    size_t          len;
    uint8_t         numbers[4][33], point[65], generator[65];
    BIGNUM         *p, *a, *b;
    EC_GROUP       *group;
    EVP_PKEY       *pkey;
    OSSL_PARAM      params[9];
    EVP_PKEY_CTX   *ctx;

    p = BN_new();
    a = BN_new();
    b = BN_new();
    pkey = NULL;
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);

    (void) EC_GROUP_get_curve(group, p, a, b, NULL);
    (void) BN_bn2nativepad(p, numbers[0], 33);
    (void) BN_bn2nativepad(a, numbers[1], 33);
    (void) BN_bn2nativepad(b, numbers[2], 33);
    (void) BN_bn2nativepad(EC_GROUP_get0_order(group), numbers[3], 33);

    (void) EC_POINT_point2oct(group, EC_GROUP_get0_generator(group),
                              POINT_CONVERSION_UNCOMPRESSED, generator,
                              sizeof(generator), NULL);
    (void) EVP_PKEY_get_octet_string_param(from, OSSL_PKEY_PARAM_PUB_KEY,
                                           point, sizeof(point), &len);

    params[0] = OSSL_PARAM_construct_utf8_string(
                    OSSL_PKEY_PARAM_EC_FIELD_TYPE,
                    (char *) (uintptr_t) SN_X9_62_prime_field, 0);
    params[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_EC_P, numbers[0], 33);
    params[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_EC_A, numbers[1], 33);
    params[3] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_EC_B, numbers[2], 33);
    params[4] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_EC_ORDER, numbers[3],
                                        33);
    params[5] = OSSL_PARAM_construct_octet_string(
                    OSSL_PKEY_PARAM_EC_GENERATOR,
                    own_generator ? point : generator, 65);
    params[6] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  point, 65);
    params[7] = OSSL_PARAM_construct_end();

    ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    (void) EVP_PKEY_fromdata_init(ctx);
    (void) EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);

    unit_check_for(pkey != NULL, "no such key to test with");

    EVP_PKEY_CTX_free(ctx);
    EC_GROUP_free(group);
    BN_free(p);
    BN_free(a);
    BN_free(b);
    ERR_clear_error();

    return pkey;
}


/* Of small order, or no point: the bytes of edwards.c */

static void
test_weak_edwards(void)
{
    uint8_t  point[57];

    memset(point, 0, sizeof(point));

    point[0] = 1;
    test_public("neutral point of 25519",
                EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, point,
                                               32),
                JOSE_ALG_ALL, JOSE_KEY_NOT_ON_CURVE, 0);
    test_public("neutral point of 448",
                EVP_PKEY_new_raw_public_key_ex(NULL, "ED448", NULL, point,
                                               57),
                JOSE_ALG_ALL, JOSE_KEY_NOT_ON_CURVE, 0);

    point[0] = 2;
    test_public("no point of 25519",
                EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, point,
                                               32),
                JOSE_ALG_ALL, JOSE_KEY_NOT_ON_CURVE, 0);
}


static void
test_kid(void)
{
    jose_key_t                 key;
    static const jose_bytes_t  none = { NULL, 0 };
    static const jose_bytes_t  odd = jose_bytes("a\0b");

    memset(&key, 0, sizeof(jose_key_t));

    unit_check(jose_key_set_kid(&key, odd) == JOSE_OK);
    unit_check_for(jose_bytes_equal(key.kid, odd), "kid changed");
    unit_check_for(key.kid.data != odd.data, "kid not copied");
    jose_key_clear(&key);

    unit_check(jose_key_set_kid(&key, none) == JOSE_OK);
    unit_check_for(key.kid.data != NULL, "empty kid is no kid");
    jose_key_clear(&key);

    unit_check(jose_key_set_issuer(&key, odd) == JOSE_OK);
    unit_check_for(jose_bytes_equal(key.issuer, odd), "issuer changed");
    unit_check_for(key.issuer.data != odd.data, "issuer not copied");
    unit_check_for(key.kid.data == NULL, "issuer for a kid");
    jose_key_clear(&key);

    unit_check(jose_key_set_issuer(&key, none) == JOSE_OK);
    unit_check_for(key.issuer.data != NULL, "empty issuer is no issuer");
    jose_key_clear(&key);

    unit_check_for(key.issuer.data == NULL, "issuer not cleared");
    unit_check_for(key.kid.data == NULL && key.pkey == NULL, "not cleared");
    jose_key_clear(&key);
}
