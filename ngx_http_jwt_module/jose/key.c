
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "key.h"
#include "edwards.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>


/* SEQUENCE and INTEGER in DER, with the longest r and s of P-521 */
#define JOSE_ECDSA_HALF_MAX  66
#define JOSE_ECDSA_DER_MAX   (3 + 2 * (3 + JOSE_ECDSA_HALF_MAX))

/* the encoded point of Ed448 */
#define JOSE_KEY_POINT_MAX   57


typedef struct {
    const char  *group;
    jose_crv_t   crv;
} jose_key_curve_t;


static bool jose_key_is_pem(jose_bytes_t secret);
static jose_status_t jose_key_public_type(EVP_PKEY *pkey, jose_kty_t *kty,
    jose_crv_t *crv);
static jose_status_t jose_key_check(EVP_PKEY *pkey, jose_kty_t kty,
    jose_crv_t crv, size_t bits);
static jose_status_t jose_key_check_rsa(EVP_PKEY *pkey, size_t bits);
static jose_status_t jose_key_check_ec(EVP_PKEY *pkey);
static jose_status_t jose_key_check_okp(EVP_PKEY *pkey, jose_crv_t crv);
static jose_status_t jose_key_prepare(jose_key_t *key,
    const jose_crypto_t *crypto, jose_alg_set_t algs, jose_bytes_t secret);
static bool jose_key_prepare_row(jose_key_t *key,
    const jose_crypto_t *crypto, size_t i, jose_bytes_t secret);
static bool jose_key_prepare_mac(jose_verifier_t *verifier,
    const jose_crypto_t *crypto, jose_digest_t digest, jose_bytes_t secret);
static bool jose_key_prepare_digest(jose_verifier_t *verifier,
    const jose_crypto_t *crypto, const jose_alg_t *alg, EVP_PKEY *pkey);
static bool jose_key_prepare_eddsa(jose_verifier_t *verifier,
    EVP_PKEY *pkey);
static jose_status_t jose_key_verify_mac(jose_verifier_t verifier,
    jose_bytes_t input, jose_bytes_t signature);
static jose_status_t jose_key_verify_digest(jose_verifier_t verifier,
    const jose_crypto_t *crypto, jose_digest_t digest, jose_bytes_t input,
    jose_bytes_t signature);
static jose_status_t jose_key_verify_eddsa(jose_verifier_t verifier,
    jose_bytes_t input, jose_bytes_t signature);
static size_t jose_key_ecdsa_der(jose_bytes_t signature, uint8_t *der);
static uint8_t *jose_key_der_integer(uint8_t *p, const uint8_t *data,
    size_t len);
static void jose_key_clear_row(jose_key_t *key, size_t i);


static const jose_key_curve_t  jose_key_curves[] = {
    { "prime256v1", JOSE_CRV_P256 },
    { "secp384r1", JOSE_CRV_P384 },
    { "secp521r1", JOSE_CRV_P521 },
    { "secp256k1", JOSE_CRV_SECP256K1 },
    { NULL, JOSE_CRV_NONE }
};


jose_status_t
jose_key_set_secret(jose_key_t *key, const jose_crypto_t *crypto,
    jose_bytes_t secret, jose_alg_set_t allowed)
{
    jose_alg_set_t  algs;

    if (secret.len == 0) {
        return JOSE_KEY_SECRET_EMPTY;
    }

    if (jose_key_is_pem(secret)) {
        return JOSE_KEY_SECRET_IS_PEM;
    }

    key->bits = secret.len * 8;

    algs = jose_alg_fitting(JOSE_KTY_OCT, JOSE_CRV_NONE, key->bits);

    return jose_key_prepare(key, crypto, algs & allowed, secret);
}


/*
 * A public key taken for a secret would let everybody sign, so its text, with
 * whatever stands before it, is refused.
 */

static bool
jose_key_is_pem(jose_bytes_t secret)
{
    size_t             i;
    static const char  begin[] = "-----BEGIN ";

    for (i = 0; i + sizeof(begin) - 1 <= secret.len; i++) {
        if (memcmp(secret.data + i, begin, sizeof(begin) - 1) == 0) {
            return true;
        }
    }

    return false;
}


jose_status_t
jose_key_set_public(jose_key_t *key, const jose_crypto_t *crypto,
    EVP_PKEY *pkey, jose_alg_set_t allowed)
{
    jose_kty_t      kty;
    jose_crv_t      crv;
    jose_bytes_t    none;
    jose_status_t   status;
    jose_alg_set_t  algs;

    key->pkey = pkey;
    key->bits = (size_t) EVP_PKEY_get_bits(pkey);

    status = jose_key_public_type(pkey, &kty, &crv);

    if (status == JOSE_OK) {
        status = jose_key_check(pkey, kty, crv, key->bits);
    }

    if (status != JOSE_OK) {
        ERR_clear_error();
        return status;
    }

    algs = jose_alg_fitting(kty, crv, key->bits);

    none.data = NULL;
    none.len = 0;

    return jose_key_prepare(key, crypto, algs & allowed, none);
}


static jose_status_t
jose_key_public_type(EVP_PKEY *pkey, jose_kty_t *kty, jose_crv_t *crv)
{
    char                     name[32];
    const jose_key_curve_t  *curve;

    *crv = JOSE_CRV_NONE;

    if (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "RSA-PSS")) {
        *kty = JOSE_KTY_RSA;
        return JOSE_OK;
    }

    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        *kty = JOSE_KTY_OKP;
        *crv = JOSE_CRV_ED25519;
        return JOSE_OK;
    }

    if (EVP_PKEY_is_a(pkey, "ED448")) {
        *kty = JOSE_KTY_OKP;
        *crv = JOSE_CRV_ED448;
        return JOSE_OK;
    }

    if (!EVP_PKEY_is_a(pkey, "EC")) {
        return JOSE_KEY_TYPE_UNKNOWN;
    }

    if (EVP_PKEY_get_group_name(pkey, name, sizeof(name), NULL) != 1) {
        return JOSE_KEY_CURVE_UNKNOWN;
    }

    for (curve = jose_key_curves; curve->group != NULL; curve++) {

        if (strcmp(curve->group, name) == 0) {
            *kty = JOSE_KTY_EC;
            *crv = curve->crv;
            return JOSE_OK;
        }
    }

    return JOSE_KEY_CURVE_UNKNOWN;
}


static jose_status_t
jose_key_check(EVP_PKEY *pkey, jose_kty_t kty, jose_crv_t crv, size_t bits)
{
    switch (kty) {

    case JOSE_KTY_RSA:
        return jose_key_check_rsa(pkey, bits);

    case JOSE_KTY_EC:
        return jose_key_check_ec(pkey);

    case JOSE_KTY_OKP:
        return jose_key_check_okp(pkey, crv);

    case JOSE_KTY_OCT:
        break;
    }

    return JOSE_KEY_TYPE_UNKNOWN;
}


/*
 * With an exponent of 1 every message is its own signature; an even one has
 * no inverse.
 */

static jose_status_t
jose_key_check_rsa(EVP_PKEY *pkey, size_t bits)
{
    BIGNUM         *e;
    jose_status_t   status;

    if (jose_alg_fitting(JOSE_KTY_RSA, JOSE_CRV_NONE, bits) == 0) {
        return JOSE_KEY_RSA_SIZE;
    }

    e = NULL;

    if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1) {
        return JOSE_ERROR;
    }

    status = (BN_is_odd(e) && !BN_is_one(e)) ? JOSE_OK
                                             : JOSE_KEY_RSA_EXPONENT;
    BN_free(e);

    return status;
}


/*
 * OpenSSL reads the point at infinity out of a PEM, for which everybody can
 * sign.
 */

static jose_status_t
jose_key_check_ec(EVP_PKEY *pkey)
{
    int            valid;
    EVP_PKEY_CTX  *ctx;

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    if (ctx == NULL) {
        return JOSE_ERROR;
    }

    valid = EVP_PKEY_public_check_quick(ctx);

    EVP_PKEY_CTX_free(ctx);

    return valid == 1 ? JOSE_OK : JOSE_KEY_NOT_ON_CURVE;
}


static jose_status_t
jose_key_check_okp(EVP_PKEY *pkey, jose_crv_t crv)
{
    size_t        len;
    uint8_t       point[JOSE_KEY_POINT_MAX];
    jose_bytes_t  encoded;

    len = sizeof(point);

    if (EVP_PKEY_get_raw_public_key(pkey, point, &len) != 1) {
        return JOSE_ERROR;
    }

    encoded.data = point;
    encoded.len = len;

    return jose_edwards_check(crv, encoded);
}


/*
 * A row that OpenSSL does not prepare is absent: a curve or a digest that the
 * linked library lacks, a digest that an RSA-PSS key does not allow.
 */

static jose_status_t
jose_key_prepare(jose_key_t *key, const jose_crypto_t *crypto,
    jose_alg_set_t algs, jose_bytes_t secret)
{
    size_t          i;
    jose_alg_set_t  bit;

    for (i = 0; i < JOSE_ALG_N; i++) {
        bit = (jose_alg_set_t) 1 << i;

        if (!(algs & bit)) {
            continue;
        }

        if (jose_key_prepare_row(key, crypto, i, secret)) {
            key->algs |= bit;
            continue;
        }

        ERR_clear_error();
        jose_key_clear_row(key, i);
    }

    return key->algs ? JOSE_OK : JOSE_KEY_ALGORITHM_MISMATCH;
}


static bool
jose_key_prepare_row(jose_key_t *key, const jose_crypto_t *crypto, size_t i,
    jose_bytes_t secret)
{
    jose_verifier_t   *verifier;
    const jose_alg_t  *alg;

    alg = &jose_algs[i];
    verifier = &key->verifiers[i];

    switch (alg->kind) {

    case JOSE_ALG_HMAC:
        return jose_key_prepare_mac(verifier, crypto, alg->digest, secret);

    case JOSE_ALG_RSA_PKCS1:
    case JOSE_ALG_RSA_PSS:
    case JOSE_ALG_ECDSA:
        return jose_key_prepare_digest(verifier, crypto, alg, key->pkey);

    case JOSE_ALG_EDDSA:
        return jose_key_prepare_eddsa(verifier, key->pkey);
    }

    return false;
}


static bool
jose_key_prepare_mac(jose_verifier_t *verifier, const jose_crypto_t *crypto,
    jose_digest_t digest, jose_bytes_t secret)
{
    char        name[32];
    OSSL_PARAM  params[2];

    (void) OPENSSL_strlcpy(name, EVP_MD_get0_name(crypto->md[digest]),
                           sizeof(name));

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name,
                                                 0);
    params[1] = OSSL_PARAM_construct_end();

    verifier->mac = EVP_MAC_CTX_new(crypto->hmac);

    return verifier->mac != NULL
           && EVP_MAC_init(verifier->mac, secret.data, secret.len, params)
              == 1;
}


static bool
jose_key_prepare_digest(jose_verifier_t *verifier,
    const jose_crypto_t *crypto, const jose_alg_t *alg, EVP_PKEY *pkey)
{
    EVP_PKEY_CTX  *ctx;

    /* RSASSA-PKCS1-v1_5 is not what such a key was made for */

    if (alg->kind == JOSE_ALG_RSA_PKCS1 && EVP_PKEY_is_a(pkey, "RSA-PSS")) {
        return false;
    }

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    verifier->pkey = ctx;

    if (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1) {
        return false;
    }

    if (alg->kind == JOSE_ALG_RSA_PKCS1
        && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
    {
        return false;
    }

    if (alg->kind == JOSE_ALG_RSA_PSS
        && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1)
    {
        return false;
    }

    if (EVP_PKEY_CTX_set_signature_md(ctx, crypto->md[alg->digest]) != 1) {
        return false;
    }

    if (alg->kind != JOSE_ALG_RSA_PSS) {
        return true;
    }

    /* RFC 7518, 3.5: MGF1 with the same hash, a salt of its length */

    return EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, crypto->md[alg->digest]) == 1
           && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST)
              == 1;
}


static bool
jose_key_prepare_eddsa(jose_verifier_t *verifier, EVP_PKEY *pkey)
{
    verifier->md = EVP_MD_CTX_new();

    return verifier->md != NULL
           && EVP_DigestVerifyInit_ex(verifier->md, NULL, NULL, NULL, NULL,
                                      pkey, NULL)
              == 1;
}


jose_status_t
jose_key_set_kid(jose_key_t *key, jose_bytes_t kid)
{
    uint8_t  *copy;

    /* one byte more, so that an empty kid is not the absence of one */

    copy = malloc(kid.len + 1);
    if (copy == NULL) {
        return JOSE_ERROR;
    }

    if (kid.len) {
        memcpy(copy, kid.data, kid.len);
    }

    key->kid.data = copy;
    key->kid.len = kid.len;

    return JOSE_OK;
}


bool
jose_key_is_short(const jose_key_t *key)
{
    const jose_alg_t  *alg;

    if (key->pkey != NULL || key->algs == 0) {
        return false;
    }

    alg = &jose_algs[jose_alg_first(key->algs)];

    return key->bits < alg->signature_len * 8;
}


jose_status_t
jose_key_verify(const jose_key_t *key, const jose_crypto_t *crypto,
    size_t i, jose_bytes_t input, jose_bytes_t signature)
{
    size_t             len;
    uint8_t            der[JOSE_ECDSA_DER_MAX];
    jose_bytes_t       encoded;
    jose_verifier_t    verifier;
    const jose_alg_t  *alg;

    alg = &jose_algs[i];
    verifier = key->verifiers[i];

    len = alg->signature_len ? alg->signature_len : (key->bits + 7) / 8;

    if (signature.len != len) {
        return JOSE_BAD_SIGNATURE;
    }

    switch (alg->kind) {

    case JOSE_ALG_HMAC:
        return jose_key_verify_mac(verifier, input, signature);

    case JOSE_ALG_RSA_PKCS1:
    case JOSE_ALG_RSA_PSS:
        return jose_key_verify_digest(verifier, crypto, alg->digest, input,
                                      signature);

    case JOSE_ALG_ECDSA:
        encoded.data = der;
        encoded.len = jose_key_ecdsa_der(signature, der);

        return jose_key_verify_digest(verifier, crypto, alg->digest, input,
                                      encoded);

    case JOSE_ALG_EDDSA:
        return jose_key_verify_eddsa(verifier, input, signature);
    }

    return JOSE_ERROR;
}


static jose_status_t
jose_key_verify_mac(jose_verifier_t verifier, jose_bytes_t input,
    jose_bytes_t signature)
{
    size_t   len;
    uint8_t  mac[EVP_MAX_MD_SIZE];

    if (EVP_MAC_init(verifier.mac, NULL, 0, NULL) != 1
        || EVP_MAC_update(verifier.mac, input.data, input.len) != 1
        || EVP_MAC_final(verifier.mac, mac, &len, sizeof(mac)) != 1)
    {
        ERR_clear_error();
        return JOSE_ERROR;
    }

    if (len != signature.len || CRYPTO_memcmp(mac, signature.data, len) != 0) {
        return JOSE_BAD_SIGNATURE;
    }

    return JOSE_OK;
}


static jose_status_t
jose_key_verify_digest(jose_verifier_t verifier, const jose_crypto_t *crypto,
    jose_digest_t digest, jose_bytes_t input, jose_bytes_t signature)
{
    size_t   len;
    uint8_t  hash[EVP_MAX_MD_SIZE];

    if (jose_crypto_digest(crypto, digest, input, hash, &len) != JOSE_OK) {
        return JOSE_ERROR;
    }

    if (EVP_PKEY_verify(verifier.pkey, signature.data, signature.len, hash,
                        len)
        != 1)
    {
        ERR_clear_error();
        return JOSE_BAD_SIGNATURE;
    }

    return JOSE_OK;
}


static jose_status_t
jose_key_verify_eddsa(jose_verifier_t verifier, jose_bytes_t input,
    jose_bytes_t signature)
{
    /* OpenSSL 3.2 and later need this before each use */

    if (EVP_DigestVerifyInit_ex(verifier.md, NULL, NULL, NULL, NULL, NULL,
                                NULL)
        != 1)
    {
        ERR_clear_error();
        return JOSE_ERROR;
    }

    if (EVP_DigestVerify(verifier.md, signature.data, signature.len,
                         input.data, input.len)
        != 1)
    {
        ERR_clear_error();
        return JOSE_BAD_SIGNATURE;
    }

    return JOSE_OK;
}


/*
 * RFC 7518, 3.4: r and s as octet strings of equal length, which OpenSSL
 * wants as a SEQUENCE of two INTEGERs.
 */

static size_t
jose_key_ecdsa_der(jose_bytes_t signature, uint8_t *der)
{
    size_t    half, len;
    uint8_t   body[JOSE_ECDSA_DER_MAX], *p;

    half = signature.len / 2;

    p = jose_key_der_integer(body, signature.data, half);
    p = jose_key_der_integer(p, signature.data + half, half);

    len = (size_t) (p - body);

    p = der;
    *p++ = 0x30;

    if (len > 0x7f) {
        *p++ = 0x81;
    }

    *p++ = (uint8_t) len;

    memcpy(p, body, len);

    return (size_t) (p - der) + len;
}


static uint8_t *
jose_key_der_integer(uint8_t *p, const uint8_t *data, size_t len)
{
    while (len > 1 && *data == 0) {
        data++;
        len--;
    }

    *p++ = 0x02;

    if (*data & 0x80) {
        *p++ = (uint8_t) (len + 1);
        *p++ = 0;

    } else {
        *p++ = (uint8_t) len;
    }

    memcpy(p, data, len);

    return p + len;
}


void
jose_key_clear(jose_key_t *key)
{
    void    *kid;
    size_t   i;

    for (i = 0; i < JOSE_ALG_N; i++) {
        jose_key_clear_row(key, i);
    }

    EVP_PKEY_free(key->pkey);

    kid = (void *) (uintptr_t) key->kid.data;
    free(kid);

    memset(key, 0, sizeof(jose_key_t));
}


static void
jose_key_clear_row(jose_key_t *key, size_t i)
{
    jose_verifier_t  *verifier;

    verifier = &key->verifiers[i];

    switch (jose_algs[i].kind) {

    case JOSE_ALG_HMAC:
        EVP_MAC_CTX_free(verifier->mac);
        verifier->mac = NULL;
        return;

    case JOSE_ALG_RSA_PKCS1:
    case JOSE_ALG_RSA_PSS:
    case JOSE_ALG_ECDSA:
        EVP_PKEY_CTX_free(verifier->pkey);
        verifier->pkey = NULL;
        return;

    case JOSE_ALG_EDDSA:
        EVP_MD_CTX_free(verifier->md);
        verifier->md = NULL;
        return;
    }
}
