
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "verifier.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>


/* SEQUENCE and INTEGER in DER, with the longest r and s of P-521 */
#define JOSE_ECDSA_HALF_MAX  66
#define JOSE_ECDSA_DER_MAX   (3 + 2 * (3 + JOSE_ECDSA_HALF_MAX))


static bool jose_verifier_init(jose_verifier_t *verifier,
    const jose_crypto_t *crypto, const jose_alg_t *alg, EVP_PKEY *pkey,
    jose_bytes_t secret);
static bool jose_verifier_init_mac(jose_verifier_t *verifier,
    const jose_crypto_t *crypto, jose_digest_t digest, jose_bytes_t secret);
static bool jose_verifier_init_digest(jose_verifier_t *verifier,
    const jose_crypto_t *crypto, const jose_alg_t *alg, EVP_PKEY *pkey);
static bool jose_verifier_init_message(jose_verifier_t *verifier,
    EVP_PKEY *pkey);
static jose_status_t jose_verifier_verify_mac(jose_verifier_t verifier,
    const jose_crypto_t *crypto, jose_bytes_t input, jose_bytes_t signature);
static jose_status_t jose_verifier_verify_digest(jose_verifier_t verifier,
    const jose_crypto_t *crypto, jose_digest_t digest, jose_bytes_t input,
    jose_bytes_t signature);
static jose_status_t jose_verifier_verify_message(jose_verifier_t verifier,
    jose_bytes_t input, jose_bytes_t signature);
static size_t jose_verifier_der(jose_bytes_t signature, uint8_t *der);
static uint8_t *jose_verifier_der_integer(uint8_t *p, const uint8_t *data,
    size_t len);


bool
jose_verifier_prepare(jose_verifier_t *verifier, const jose_crypto_t *crypto,
    const jose_alg_t *alg, EVP_PKEY *pkey, jose_bytes_t secret)
{
    if (jose_verifier_init(verifier, crypto, alg, pkey, secret)) {
        return true;
    }

    jose_crypto_clear_errors();
    jose_verifier_clear(verifier, alg);

    return false;
}


static bool
jose_verifier_init(jose_verifier_t *verifier, const jose_crypto_t *crypto,
    const jose_alg_t *alg, EVP_PKEY *pkey, jose_bytes_t secret)
{
    switch (alg->kind) {

    case JOSE_ALG_HMAC:
        return jose_verifier_init_mac(verifier, crypto, alg->digest, secret);

    case JOSE_ALG_RSA_PKCS1:
    case JOSE_ALG_RSA_PSS:
    case JOSE_ALG_ECDSA:
        return jose_verifier_init_digest(verifier, crypto, alg, pkey);

    case JOSE_ALG_EDDSA:
    case JOSE_ALG_MLDSA:
        return jose_verifier_init_message(verifier, pkey);
    }

    return false;
}


static bool
jose_verifier_init_mac(jose_verifier_t *verifier, const jose_crypto_t *crypto,
    jose_digest_t digest, jose_bytes_t secret)
{
    verifier->mac = jose_crypto_hmac(crypto, digest);

    return verifier->mac != NULL
           && EVP_MAC_init(verifier->mac, secret.data, secret.len, NULL) == 1;
}


static bool
jose_verifier_init_digest(jose_verifier_t *verifier,
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


/* of ML-DSA with an empty context, which is the default (RFC 9964, 5) */

static bool
jose_verifier_init_message(jose_verifier_t *verifier, EVP_PKEY *pkey)
{
    verifier->md = EVP_MD_CTX_new();

    return verifier->md != NULL
           && EVP_DigestVerifyInit_ex(verifier->md, NULL, NULL, NULL, NULL,
                                      pkey, NULL)
              == 1;
}


jose_status_t
jose_verifier_verify(jose_verifier_t verifier, const jose_crypto_t *crypto,
    const jose_alg_t *alg, jose_bytes_t input, jose_bytes_t signature)
{
    uint8_t       der[JOSE_ECDSA_DER_MAX];
    jose_bytes_t  encoded;

    switch (alg->kind) {

    case JOSE_ALG_HMAC:
        return jose_verifier_verify_mac(verifier, crypto, input, signature);

    case JOSE_ALG_RSA_PKCS1:
    case JOSE_ALG_RSA_PSS:
        return jose_verifier_verify_digest(verifier, crypto, alg->digest,
                                           input, signature);

    case JOSE_ALG_ECDSA:
        encoded.data = der;
        encoded.len = jose_verifier_der(signature, der);

        return jose_verifier_verify_digest(verifier, crypto, alg->digest,
                                           input, encoded);

    case JOSE_ALG_EDDSA:
    case JOSE_ALG_MLDSA:
        return jose_verifier_verify_message(verifier, input, signature);
    }

    return JOSE_ERROR;
}


static jose_status_t
jose_verifier_verify_mac(jose_verifier_t verifier,
    const jose_crypto_t *crypto, jose_bytes_t input, jose_bytes_t signature)
{
    bool          ok;
    size_t        len;
    uint8_t       mac[EVP_MAX_MD_SIZE];
    EVP_MAC_CTX  *ctx;

    len = 0;

    ctx = crypto->rekeys ? verifier.mac : EVP_MAC_CTX_dup(verifier.mac);

    ok = ctx != NULL
         && (!crypto->rekeys || EVP_MAC_init(ctx, NULL, 0, NULL) == 1)
         && EVP_MAC_update(ctx, input.data, input.len) == 1
         && EVP_MAC_final(ctx, mac, &len, sizeof(mac)) == 1;

    if (!crypto->rekeys) {
        EVP_MAC_CTX_free(ctx);
    }

    if (!ok) {
        jose_crypto_clear_errors();
        return JOSE_ERROR;
    }

    if (len != signature.len || CRYPTO_memcmp(mac, signature.data, len) != 0) {
        return JOSE_BAD_SIGNATURE;
    }

    return JOSE_OK;
}


static jose_status_t
jose_verifier_verify_digest(jose_verifier_t verifier,
    const jose_crypto_t *crypto, jose_digest_t digest, jose_bytes_t input,
    jose_bytes_t signature)
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
        return jose_crypto_clear_errors() ? JOSE_ERROR : JOSE_BAD_SIGNATURE;
    }

    /* it can do without some of the memory that it asks for */

    if (ERR_peek_error() != 0) {
        (void) jose_crypto_clear_errors();
    }

    return JOSE_OK;
}


static jose_status_t
jose_verifier_verify_message(jose_verifier_t verifier, jose_bytes_t input,
    jose_bytes_t signature)
{
    /* OpenSSL 3.2 and later need this before each use */

    if (EVP_DigestVerifyInit_ex(verifier.md, NULL, NULL, NULL, NULL, NULL,
                                NULL)
        != 1)
    {
        jose_crypto_clear_errors();
        return JOSE_ERROR;
    }

    if (EVP_DigestVerify(verifier.md, signature.data, signature.len,
                         input.data, input.len)
        != 1)
    {
        return jose_crypto_clear_errors() ? JOSE_ERROR : JOSE_BAD_SIGNATURE;
    }

    return JOSE_OK;
}


/*
 * RFC 7518, 3.4: r and s as octet strings of equal length, which OpenSSL
 * wants as a SEQUENCE of two INTEGERs.
 */

static size_t
jose_verifier_der(jose_bytes_t signature, uint8_t *der)
{
    size_t    half, len;
    uint8_t   body[JOSE_ECDSA_DER_MAX], *p;

    half = signature.len / 2;

    p = jose_verifier_der_integer(body, signature.data, half);
    p = jose_verifier_der_integer(p, signature.data + half, half);

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
jose_verifier_der_integer(uint8_t *p, const uint8_t *data, size_t len)
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
jose_verifier_clear(jose_verifier_t *verifier, const jose_alg_t *alg)
{
    switch (alg->kind) {

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
    case JOSE_ALG_MLDSA:
        EVP_MD_CTX_free(verifier->md);
        verifier->md = NULL;
        return;
    }
}
