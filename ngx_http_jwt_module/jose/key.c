
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "key.h"
#include "akp.h"
#include "curve.h"
#include "edwards.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>


/* the encoded point of Ed448 */
#define JOSE_KEY_POINT_MAX   57


/* the usual one, 65537, has 17 */
#define JOSE_RSA_EXPONENT_BITS  32


static bool jose_key_is_text(jose_bytes_t secret);
static bool jose_key_begins(jose_bytes_t secret, size_t i, const char *text,
    size_t len);
static jose_status_t jose_key_result(const jose_key_t *key,
    jose_uses_t allowed);
static jose_status_t jose_key_type(jose_key_t *key, jose_kty_t *kty,
    jose_crv_t *crv);
static jose_wrap_set_t jose_key_wraps(EVP_PKEY *pkey, jose_crv_t crv);
static bool jose_key_is_pair(EVP_PKEY *pkey, jose_crv_t crv);
static jose_status_t jose_key_check(EVP_PKEY *pkey, jose_kty_t kty,
    jose_crv_t crv, size_t bits);
static jose_status_t jose_key_check_rsa(EVP_PKEY *pkey, size_t bits);
static jose_status_t jose_key_check_exponent(const BIGNUM *e);
static jose_status_t jose_key_check_ec(EVP_PKEY *pkey);
static jose_status_t jose_key_check_okp(EVP_PKEY *pkey, jose_crv_t crv);
static void jose_key_prepare(jose_key_t *key, const jose_crypto_t *crypto,
    jose_bytes_t secret, jose_alg_set_t algs);
static jose_status_t jose_key_copy(jose_bytes_t *to, jose_bytes_t from);


jose_status_t
jose_key_set_secret(jose_key_t *key, const jose_crypto_t *crypto,
    jose_bytes_t secret, jose_uses_t allowed)
{
    uint8_t  *copy;

    if (secret.len == 0) {
        return JOSE_KEY_SECRET_EMPTY;
    }

    if (jose_key_is_text(secret)) {
        return JOSE_KEY_SECRET_IS_KEY;
    }

    key->bits = secret.len * 8;

    jose_key_prepare(key, crypto, secret, allowed.algs
                     & jose_alg_fitting(JOSE_KTY_OCT, JOSE_CRV_NONE,
                                        key->bits));

    key->wraps = allowed.wraps & jose_wrap_fitting_secret(secret.len);
    key->enc = allowed.enc;

    if (key->enc != NULL && key->enc->key_len != secret.len) {
        key->wraps &= ~jose_wrap_direct();
    }

    if (key->wraps == 0) {
        return jose_key_result(key, allowed);
    }

    copy = malloc(secret.len);
    if (copy == NULL) {
        return JOSE_ERROR;
    }

    memcpy(copy, secret.data, secret.len);

    key->secret.data = copy;
    key->secret.len = secret.len;

    return JOSE_OK;
}


/* an algorithm that was named does not fit, or none of them does */

static jose_status_t
jose_key_result(const jose_key_t *key, jose_uses_t allowed)
{
    if (key->algs != 0 || key->wraps != 0) {
        return JOSE_OK;
    }

    if ((allowed.algs == 0 || allowed.algs == JOSE_ALG_ALL)
        && (allowed.wraps == 0 || allowed.wraps == JOSE_WRAP_ALL))
    {
        return JOSE_KEY_NOT_FOR_SIGNATURES;
    }

    return JOSE_KEY_ALGORITHM_MISMATCH;
}


/*
 * A public key taken for a secret would let everybody sign, so its text, as
 * PEM with whatever stands before it or as a JWK, is refused.
 */

static bool
jose_key_is_text(jose_bytes_t secret)
{
    size_t             i;
    static const char  pem[] = "-----BEGIN ", jwk[] = "\"kty\"";

    for (i = 0; i < secret.len; i++) {

        if (jose_key_begins(secret, i, pem, sizeof(pem) - 1)
            || jose_key_begins(secret, i, jwk, sizeof(jwk) - 1))
        {
            return true;
        }
    }

    return false;
}


static bool
jose_key_begins(jose_bytes_t secret, size_t i, const char *text, size_t len)
{
    return secret.len - i >= len && memcmp(secret.data + i, text, len) == 0;
}


jose_status_t
jose_key_set_public(jose_key_t *key, const jose_crypto_t *crypto,
    EVP_PKEY *pkey, jose_alg_set_t allowed)
{
    jose_uses_t  uses;

    uses.algs = allowed;
    uses.wraps = 0;
    uses.enc = NULL;

    return jose_key_set_private(key, crypto, pkey, uses);
}


jose_status_t
jose_key_set_private(jose_key_t *key, const jose_crypto_t *crypto,
    EVP_PKEY *pkey, jose_uses_t allowed)
{
    jose_kty_t     kty;
    jose_crv_t     crv;
    jose_bytes_t   none;
    jose_status_t  status;

    key->pkey = pkey;

    status = jose_key_type(key, &kty, &crv);

    if (status == JOSE_OK) {
        status = jose_key_check(pkey, kty, crv, key->bits);
    }

    if (status != JOSE_OK) {
        jose_crypto_clear_errors();
        return status;
    }

    none.data = NULL;
    none.len = 0;

    jose_key_prepare(key, crypto, none,
                     allowed.algs & jose_alg_fitting(kty, crv, key->bits));

    key->wraps = allowed.wraps & jose_key_wraps(pkey, crv);

    if (key->wraps != 0 && !jose_key_is_pair(pkey, crv)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    return jose_key_result(key, allowed);
}


/* OpenSSL computes with whatever private part it is given */

static bool
jose_key_is_pair(EVP_PKEY *pkey, jose_crv_t crv)
{
    bool           pair;
    EVP_PKEY_CTX  *ctx;

    /* where RSA has no primes they cannot be checked */

    if (crv == JOSE_CRV_NONE) {
        return true;
    }

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

    pair = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    jose_crypto_clear_errors();

    return pair;
}


static jose_status_t
jose_key_type(jose_key_t *key, jose_kty_t *kty, jose_crv_t *crv)
{
    EVP_PKEY            *pkey;
    const jose_alg_t    *alg;
    const jose_curve_t  *curve;

    pkey = key->pkey;
    key->bits = (size_t) EVP_PKEY_get_bits(pkey);

    if (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "RSA-PSS")) {
        *kty = JOSE_KTY_RSA;
        *crv = JOSE_CRV_NONE;
        return JOSE_OK;
    }

    curve = jose_curve_of(pkey);

    if (curve != NULL) {
        *kty = curve->kty;
        *crv = curve->crv;
        return JOSE_OK;
    }

    alg = jose_akp_of(pkey);

    if (alg != NULL) {
        key->bits = alg->min_bits;
        *kty = JOSE_KTY_AKP;
        *crv = JOSE_CRV_NONE;
        return JOSE_OK;
    }

    return EVP_PKEY_is_a(pkey, "EC") ? JOSE_KEY_CURVE_UNKNOWN
                                     : JOSE_KEY_TYPE_UNKNOWN;
}


static jose_wrap_set_t
jose_key_wraps(EVP_PKEY *pkey, jose_crv_t crv)
{
    if (crv != JOSE_CRV_NONE) {
        return jose_wrap_fitting_ecdh(crv);
    }

    return EVP_PKEY_get_id(pkey) == EVP_PKEY_RSA ? jose_wrap_fitting_rsa() : 0;
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

    case JOSE_KTY_AKP:
        return jose_akp_check(pkey);

    case JOSE_KTY_OCT:
        break;
    }

    return JOSE_KEY_TYPE_UNKNOWN;
}


/*
 * With an exponent of 1 every message is its own signature; an even one has
 * no inverse; and the longer it is, the longer does each signature take.
 */

static jose_status_t
jose_key_check_rsa(EVP_PKEY *pkey, size_t bits)
{
    BIGNUM         *e;
    OSSL_PARAM     *params;
    jose_status_t   status;

    if (jose_alg_fitting(JOSE_KTY_RSA, JOSE_CRV_NONE, bits) == 0) {
        return JOSE_KEY_RSA_SIZE;
    }

    /* EVP_PKEY_get_bn_param() computes how strong the key is, which is slow */

    if (EVP_PKEY_todata(pkey, EVP_PKEY_PUBLIC_KEY, &params) != 1) {
        return JOSE_ERROR;
    }

    e = NULL;
    status = JOSE_ERROR;

    if (OSSL_PARAM_get_BN(OSSL_PARAM_locate_const(params,
                                                  OSSL_PKEY_PARAM_RSA_E),
                          &e)
        == 1)
    {
        status = jose_key_check_exponent(e);
    }

    BN_free(e);
    OSSL_PARAM_free(params);

    return status;
}


static jose_status_t
jose_key_check_exponent(const BIGNUM *e)
{
    return BN_is_odd(e) && !BN_is_one(e)
           && BN_num_bits(e) <= JOSE_RSA_EXPONENT_BITS
           ? JOSE_OK : JOSE_KEY_RSA_EXPONENT;
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

    /* RFC 7748, 5: every string of bytes is a point of these two */

    if (crv == JOSE_CRV_X25519 || crv == JOSE_CRV_X448) {
        return JOSE_OK;
    }

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

static void
jose_key_prepare(jose_key_t *key, const jose_crypto_t *crypto,
    jose_bytes_t secret, jose_alg_set_t algs)
{
    size_t          i;
    jose_alg_set_t  bit;

    for (i = 0; i < JOSE_ALG_N; i++) {
        bit = (jose_alg_set_t) 1 << i;

        if (!(algs & bit)) {
            continue;
        }

        if (jose_verifier_prepare(&key->verifiers[i], crypto, &jose_algs[i],
                                  key->pkey, secret))
        {
            key->algs |= bit;
        }
    }
}


jose_status_t
jose_key_set_kid(jose_key_t *key, jose_bytes_t kid)
{
    return jose_key_copy(&key->kid, kid);
}


jose_status_t
jose_key_set_issuer(jose_key_t *key, jose_bytes_t issuer)
{
    return jose_key_copy(&key->issuer, issuer);
}


static jose_status_t
jose_key_copy(jose_bytes_t *to, jose_bytes_t from)
{
    uint8_t  *copy;

    /* one byte more, so that an empty text is not the absence of one */

    copy = malloc(from.len + 1);
    if (copy == NULL) {
        return JOSE_ERROR;
    }

    if (from.len) {
        memcpy(copy, from.data, from.len);
    }

    to->data = copy;
    to->len = from.len;

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
    const jose_alg_t  *alg;

    alg = &jose_algs[i];
    len = alg->signature_len ? alg->signature_len : (key->bits + 7) / 8;

    if (signature.len != len) {
        return JOSE_BAD_SIGNATURE;
    }

    return jose_verifier_verify(key->verifiers[i], crypto, alg, input,
                                signature);
}


void
jose_key_clear(jose_key_t *key)
{
    void    *kid, *issuer, *secret;
    size_t   i;

    for (i = 0; i < JOSE_ALG_N; i++) {
        jose_verifier_clear(&key->verifiers[i], &jose_algs[i]);
    }

    EVP_PKEY_free(key->pkey);

    secret = (void *) (uintptr_t) key->secret.data;

    if (secret != NULL) {
        OPENSSL_cleanse(secret, key->secret.len);
        free(secret);
    }

    kid = (void *) (uintptr_t) key->kid.data;
    free(kid);

    issuer = (void *) (uintptr_t) key->issuer.data;
    free(issuer);

    memset(key, 0, sizeof(jose_key_t));
}
