
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "sign.h"
#include "base64url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>


#define sign_must(ok)  sign_must_at(ok, __LINE__, #ok)


static void sign_must_at(bool ok, int line, const char *text);
static size_t sign_mac(const sign_alg_t *alg, jose_bytes_t secret,
    jose_bytes_t input, uint8_t *signature);
static size_t sign_ecdsa_raw(EVP_PKEY *pkey, const uint8_t *der, size_t len,
    uint8_t *raw);


static const char  sign_payload[] = "{\"sub\":\"alice\",\"admin\":false}";


const sign_alg_t  sign_algs[JOSE_ALG_N] = {
    { "HS256", "oct", NULL, "SHA256", 0, 0, NULL },
    { "HS384", "oct", NULL, "SHA384", 0, 0, NULL },
    { "HS512", "oct", NULL, "SHA512", 0, 0, NULL },
    { "RS256", "RSA", NULL, "SHA256", RSA_PKCS1_PADDING, 0, NULL },
    { "RS384", "RSA", NULL, "SHA384", RSA_PKCS1_PADDING, 0, NULL },
    { "RS512", "RSA", NULL, "SHA512", RSA_PKCS1_PADDING, 0, NULL },
    { "PS256", "RSA", NULL, "SHA256", RSA_PKCS1_PSS_PADDING, 32, NULL },
    { "PS384", "RSA", NULL, "SHA384", RSA_PKCS1_PSS_PADDING, 48, NULL },
    { "PS512", "RSA", NULL, "SHA512", RSA_PKCS1_PSS_PADDING, 64, NULL },
    { "ES256", "EC", "prime256v1", "SHA256", 0, 0, NULL },
    { "ES384", "EC", "secp384r1", "SHA384", 0, 0, NULL },
    { "ES512", "EC", "secp521r1", "SHA512", 0, 0, NULL },
    { "ES256K", "EC", "secp256k1", "SHA256", 0, 0, NULL },
    { "EdDSA", "ED25519", NULL, NULL, 0, 0, NULL },
    { "EdDSA", "ED448", NULL, NULL, 0, 0, NULL },
    { "Ed25519", "ED25519", NULL, NULL, 0, 0, NULL },
    { "Ed448", "ED448", NULL, NULL, 0, 0, NULL },
    { "ML-DSA-44", "ML-DSA-44", NULL, NULL, 0, 0, NULL },
    { "ML-DSA-65", "ML-DSA-65", NULL, NULL, 0, 0, NULL },
    { "ML-DSA-87", "ML-DSA-87", NULL, NULL, 0, 0, NULL }
};


size_t
sign_algs_n(void)
{
    EVP_KEYMGMT  *known;

    known = EVP_KEYMGMT_fetch(NULL, "ML-DSA-44", NULL);

    EVP_KEYMGMT_free(known);
    ERR_clear_error();

    return known ? JOSE_ALG_N : JOSE_ALG_N - 3;
}


static void
sign_must_at(bool ok, int line, const char *text)
{
    if (!ok) {
        printf("sign.c:%d: this test cannot work: %s\n", line, text);
        exit(2);
    }
}


jose_bytes_t
sign_text(const char *text)
{
    jose_bytes_t  bytes;

    bytes.data = (const uint8_t *) text;
    bytes.len = strlen(text);

    return bytes;
}


EVP_PKEY *
sign_generate(const char *type, const char *group, size_t bits)
{
    char           name[32];
    EVP_PKEY      *pkey;
    OSSL_PARAM     params[2], *param;
    EVP_PKEY_CTX  *ctx;

    pkey = NULL;
    param = params;

    if (group != NULL) {
        (void) snprintf(name, sizeof(name), "%s", group);
        *param++ = OSSL_PARAM_construct_utf8_string(
                       OSSL_PKEY_PARAM_GROUP_NAME, name, 0);

    } else if (bits != 0) {
        *param++ = OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS,
                                               &bits);
    }

    *param = OSSL_PARAM_construct_end();

    ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    sign_must(EVP_PKEY_keygen_init(ctx) == 1);
    sign_must(EVP_PKEY_CTX_set_params(ctx, params) == 1);
    sign_must(EVP_PKEY_generate(ctx, &pkey) == 1);

    EVP_PKEY_CTX_free(ctx);

    return pkey;
}


EVP_PKEY *
sign_public(EVP_PKEY *pkey)
{
    int             len;
    uint8_t        *der;
    EVP_PKEY       *public;
    const uint8_t  *p;

    der = NULL;

    len = i2d_PUBKEY(pkey, &der);
    sign_must(len > 0);

    p = der;
    public = d2i_PUBKEY(NULL, &p, len);
    sign_must(public != NULL);

    OPENSSL_free(der);

    return public;
}


jose_uses_t
sign_uses(jose_alg_set_t algs)
{
    jose_uses_t  uses;

    uses.algs = algs;
    uses.wraps = 0;
    uses.enc = NULL;

    return uses;
}


char *
sign_pem(EVP_PKEY *pkey)
{
    BIO  *bio;

    bio = BIO_new(BIO_s_mem());

    sign_must(PEM_write_bio_PUBKEY(bio, pkey) == 1);

    return sign_bio_text(bio);
}


char *
sign_pem_private(EVP_PKEY *pkey)
{
    BIO  *bio;

    bio = BIO_new(BIO_s_mem());

    sign_must(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)
              == 1);

    return sign_bio_text(bio);
}


char *
sign_pem_certificate(EVP_PKEY *pkey, EVP_PKEY *issuer)
{
    BIO   *bio;
    X509  *certificate;

    bio = BIO_new(BIO_s_mem());
    certificate = X509_new();

    sign_must(X509_set_pubkey(certificate, pkey) == 1);
    sign_must(X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != NULL);
    sign_must(X509_gmtime_adj(X509_getm_notAfter(certificate), 60) != NULL);
    sign_must(X509_sign(certificate, issuer, EVP_sha256()) > 0);
    sign_must(PEM_write_bio_X509(bio, certificate) == 1);

    X509_free(certificate);

    return sign_bio_text(bio);
}


char *
sign_bio_text(BIO *bio)
{
    char  *text, *data;
    long   len;

    len = BIO_get_mem_data(bio, &data);

    text = malloc((size_t) len + 1);
    sign_must(text != NULL);

    memcpy(text, data, (size_t) len);
    text[len] = '\0';

    (void) BIO_free(bio);

    return text;
}


bool
sign_fits(const sign_alg_t *alg, const sign_key_t *key)
{
    char  group[32];

    if (key->pkey == NULL) {
        return strcmp(alg->type, "oct") == 0;
    }

    if (EVP_PKEY_is_a(key->pkey, "RSA-PSS")) {
        return alg->padding == RSA_PKCS1_PSS_PADDING;
    }

    if (!EVP_PKEY_is_a(key->pkey, alg->type)) {
        return false;
    }

    if (alg->group == NULL) {
        return true;
    }

    sign_must(EVP_PKEY_get_group_name(key->pkey, group, sizeof(group), NULL)
              == 1);

    return strcmp(group, alg->group) == 0;
}


size_t
sign_bytes(const sign_alg_t *alg, const sign_key_t *key, jose_bytes_t input,
    uint8_t *signature)
{
    size_t         len;
    uint8_t        made[JOSE_SIGNATURE_MAX];
    EVP_MD_CTX    *md;
    EVP_PKEY_CTX  *ctx;

    if (key->pkey == NULL) {
        return sign_mac(alg, key->secret, input, signature);
    }

    md = EVP_MD_CTX_new();
    len = sizeof(made);

    sign_must(EVP_DigestSignInit_ex(md, &ctx, alg->digest, NULL, NULL,
                                    key->pkey, NULL)
              == 1);

    if (alg->padding != 0) {
        sign_must(EVP_PKEY_CTX_set_rsa_padding(ctx, alg->padding) == 1);
    }

    if (alg->padding == RSA_PKCS1_PSS_PADDING) {
        sign_must(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, alg->salt) == 1);
        sign_must(EVP_PKEY_CTX_set_rsa_mgf1_md_name(
                      ctx, alg->mgf1 ? alg->mgf1 : alg->digest, NULL)
                  == 1);
    }

    sign_must(EVP_DigestSign(md, made, &len, input.data, input.len) == 1);

    EVP_MD_CTX_free(md);

    if (EVP_PKEY_is_a(key->pkey, "EC")) {
        return sign_ecdsa_raw(key->pkey, made, len, signature);
    }

    memcpy(signature, made, len);

    return len;
}


static size_t
sign_mac(const sign_alg_t *alg, jose_bytes_t secret, jose_bytes_t input,
    uint8_t *signature)
{
    size_t  len;

    sign_must(EVP_Q_mac(NULL, "HMAC", NULL, alg->digest, NULL, secret.data,
                        secret.len, input.data, input.len, signature,
                        EVP_MAX_MD_SIZE, &len)
              != NULL);

    return len;
}


static size_t
sign_ecdsa_raw(EVP_PKEY *pkey, const uint8_t *der, size_t len, uint8_t *raw)
{
    int         half;
    ECDSA_SIG  *signature;

    half = (EVP_PKEY_get_bits(pkey) + 7) / 8;

    signature = d2i_ECDSA_SIG(NULL, &der, (long) len);
    sign_must(signature != NULL);

    sign_must(BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, half) == half);
    sign_must(BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + half, half)
              == half);

    ECDSA_SIG_free(signature);

    return 2 * (size_t) half;
}


size_t
sign_base64url(jose_bytes_t bytes, char *out)
{
    char                *start;
    size_t               i, k, n;
    uint32_t             bits;
    static const char    letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_";

    start = out;

    for (i = 0; i < bytes.len; i += 3) {
        n = bytes.len - i < 3 ? bytes.len - i : 3;
        bits = 0;

        for (k = 0; k < 3; k++) {
            /* n is 1 to 3; it thinks of 0 */
            /* cppcheck-suppress [knownConditionTrueFalse, badBitmaskCheck] */
            bits = bits << 8 | (k < n ? bytes.data[i + k] : 0);
        }

        for (k = 0; k <= n; k++) {
            *out++ = letters[bits >> (18 - 6 * k) & 0x3f];
        }
    }

    *out = '\0';

    return (size_t) (out - start);
}


jose_bytes_t
sign_input(const char *header, char *out)
{
    jose_bytes_t  input;

    input.data = (const uint8_t *) out;
    input.len = sign_base64url(sign_text(header), out);

    out[input.len++] = '.';
    input.len += sign_base64url(sign_text(sign_payload), out + input.len);

    return input;
}


void
sign_token(const sign_alg_t *alg, const sign_key_t *key, const char *header,
    char *token)
{
    uint8_t       bytes[JOSE_SIGNATURE_MAX];
    jose_bytes_t  signature;

    signature.data = bytes;
    signature.len = sign_bytes(alg, key, sign_input(header, token), bytes);

    sign_token_of(header, signature, token);
}


void
sign_token_named(const sign_alg_t *alg, const sign_key_t *key,
    const char *name, char *token)
{
    char  header[128];

    (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", name);

    sign_token(alg, key, header, token);
}


void
sign_token_of(const char *header, jose_bytes_t signature, char *token)
{
    jose_bytes_t  input;

    input = sign_input(header, token);
    token[input.len++] = '.';

    (void) sign_base64url(signature, token + input.len);
}


jose_keys_t *
sign_set(void)
{
    jose_keys_t  *set;

    set = calloc(1, sizeof(jose_keys_t));
    sign_must(set != NULL);

    return set;
}


void
sign_set_add(jose_keys_t *set, const jose_crypto_t *crypto,
    const sign_key_t *key, const char *kid)
{
    jose_key_t     *added;
    jose_status_t   status;

    set->keys = realloc(set->keys, (set->n + 1) * sizeof(jose_key_t));
    sign_must(set->keys != NULL);

    added = &set->keys[set->n++];
    memset(added, 0, sizeof(jose_key_t));

    status = key->pkey ? jose_key_set_public(added, crypto,
                                             sign_public(key->pkey),
                                             JOSE_ALG_ALL)
                       : jose_key_set_secret(added, crypto, key->secret,
                                             sign_uses(JOSE_ALG_ALL));
    sign_must(status == JOSE_OK);

    if (kid != NULL) {
        sign_must(jose_key_set_kid(added, sign_text(kid)) == JOSE_OK);
    }

    sign_must(jose_keys_index(set) == JOSE_OK);
}


jose_status_t
sign_verify(const char *token, const jose_crypto_t *crypto,
    const jose_keys_t *const *sets, size_t n, jose_alg_set_t allowed)
{
    jose_trust_t  trust;

    trust.sets = sets;
    trust.n = n;
    trust.algs = allowed;
    trust.iss = NULL;

    return sign_verify_trust(token, crypto, &trust);
}


jose_status_t
sign_verify_trust(const char *token, const jose_crypto_t *crypto,
    const jose_trust_t *trust)
{
    uint8_t             text[SIGN_TOKEN_MAX];
    jose_jws_t          jws;
    jose_bytes_t        bytes;
    jose_header_t       header;
    jose_status_t       status;
    jose_json_object_t  object;
    jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    status = jose_jws_split(sign_text(token), &jws);
    if (status != JOSE_OK) {
        return status;
    }

    bytes.data = text;
    bytes.len = jose_base64url_decoded_len(jws.header.len);
    sign_must(bytes.len <= sizeof(text));

    if (!jose_base64url_decode(jws.header, text)) {
        return JOSE_MALFORMED;
    }

    status = jose_json_parse(bytes, members, &object);
    if (status != JOSE_OK) {
        return status;
    }

    status = jose_header_read(&object, &header);
    if (status != JOSE_OK) {
        return status;
    }

    return jose_jws_verify(&jws, &header, crypto, trust);
}


jose_status_t
sign_verify_one(const char *token, const jose_crypto_t *crypto,
    const jose_keys_t *set)
{
    return sign_verify(token, crypto, &set, 1, JOSE_ALG_ALL);
}
