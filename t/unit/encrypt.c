
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "encrypt.h"
#include "base64url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>


#define HEADER_MAX  4096


#define encrypt_must(ok)  encrypt_must_at(ok, __LINE__, #ok)


static void encrypt_must_at(bool ok, int line, const char *text);
static size_t encrypt_cipher(const char *name, const uint8_t *key,
    const uint8_t *iv, size_t iv_len, jose_bytes_t aad, jose_bytes_t text,
    uint8_t *out, uint8_t *tag, size_t tag_len);
static size_t encrypt_aes_gcm(const encrypt_alg_t *alg,
    const encrypt_to_t *to, jose_bytes_t key, uint8_t *out, char *header);
static size_t encrypt_rsa(const encrypt_alg_t *alg, const encrypt_to_t *to,
    jose_bytes_t key, uint8_t *out);
static void encrypt_agree(const encrypt_alg_t *alg, const encrypt_enc_t *enc,
    const encrypt_to_t *to, uint8_t *out, size_t len, char *header);
static EVP_PKEY *encrypt_ephemeral(const encrypt_to_t *to, char *header);
static size_t encrypt_coordinate(EVP_PKEY *pkey, const char *name,
    size_t size, uint8_t *out);
static void encrypt_derive(const char *algorithm, const encrypt_to_t *to,
    jose_bytes_t shared, uint8_t *out, size_t len);
static void encrypt_put(uint8_t **p, jose_bytes_t bytes);
static void encrypt_add(char *header, const char *name, jose_bytes_t bytes);
static size_t encrypt_mac(const encrypt_enc_t *enc, const uint8_t *key,
    jose_bytes_t aad, jose_bytes_t iv, jose_bytes_t text, uint8_t *mac);


const encrypt_alg_t  encrypt_algs[JOSE_WRAP_N] = {
    { "dir", ENCRYPT_DIRECT, NULL, 0, NULL },
    { "A128KW", ENCRYPT_AES, "AES-128-WRAP", 16, NULL },
    { "A192KW", ENCRYPT_AES, "AES-192-WRAP", 24, NULL },
    { "A256KW", ENCRYPT_AES, "AES-256-WRAP", 32, NULL },
    { "A128GCMKW", ENCRYPT_AES_GCM, "AES-128-GCM", 16, NULL },
    { "A192GCMKW", ENCRYPT_AES_GCM, "AES-192-GCM", 24, NULL },
    { "A256GCMKW", ENCRYPT_AES_GCM, "AES-256-GCM", 32, NULL },
    { "RSA-OAEP", ENCRYPT_RSA, NULL, 0, "SHA1" },
    { "RSA-OAEP-256", ENCRYPT_RSA, NULL, 0, "SHA256" },
    { "RSA-OAEP-384", ENCRYPT_RSA, NULL, 0, "SHA384" },
    { "RSA-OAEP-512", ENCRYPT_RSA, NULL, 0, "SHA512" },
    { "ECDH-ES", ENCRYPT_ECDH, NULL, 0, NULL },
    { "ECDH-ES+A128KW", ENCRYPT_ECDH, "AES-128-WRAP", 16, NULL },
    { "ECDH-ES+A192KW", ENCRYPT_ECDH, "AES-192-WRAP", 24, NULL },
    { "ECDH-ES+A256KW", ENCRYPT_ECDH, "AES-256-WRAP", 32, NULL }
};


const encrypt_enc_t  encrypt_encs[JOSE_ENC_N] = {
    { "A128CBC-HS256", "AES-128-CBC", "SHA256", 32, 16, 16 },
    { "A192CBC-HS384", "AES-192-CBC", "SHA384", 48, 16, 24 },
    { "A256CBC-HS512", "AES-256-CBC", "SHA512", 64, 16, 32 },
    { "A128GCM", "AES-128-GCM", NULL, 16, 12, 16 },
    { "A192GCM", "AES-192-GCM", NULL, 24, 12, 16 },
    { "A256GCM", "AES-256-GCM", NULL, 32, 12, 16 }
};


static const struct {
    const char  *openssl;
    const char  *kty;
    const char  *crv;
    size_t       len;
} encrypt_curves[] = {
    { "prime256v1", "EC", "P-256", 32 },
    { "secp384r1", "EC", "P-384", 48 },
    { "secp521r1", "EC", "P-521", 66 },
    { "X25519", "OKP", "X25519", 32 },
    { "X448", "OKP", "X448", 56 }
};


static void
encrypt_must_at(bool ok, int line, const char *text)
{
    if (!ok) {
        printf("encrypt.c:%d: this test cannot work: %s\n", line, text);
        exit(2);
    }
}


bool
encrypt_fits(const encrypt_alg_t *alg, const encrypt_enc_t *enc,
    const encrypt_to_t *to)
{
    switch (alg->kind) {

    case ENCRYPT_DIRECT:
        return to->pkey == NULL && to->secret.len == enc->key_len;

    case ENCRYPT_AES:
    case ENCRYPT_AES_GCM:
        return to->pkey == NULL && to->secret.len == alg->key_len;

    case ENCRYPT_RSA:
        return to->pkey != NULL && EVP_PKEY_is_a(to->pkey, "RSA");

    case ENCRYPT_ECDH:
        return to->pkey != NULL && !EVP_PKEY_is_a(to->pkey, "RSA");
    }

    return false;
}


void
encrypt_token(const encrypt_alg_t *alg, const encrypt_enc_t *enc,
    const encrypt_to_t *to, jose_bytes_t text, char *token)
{
    char          header[HEADER_MAX];
    uint8_t       random[256], agreed[64], out[JOSE_ENCRYPTED_KEY_MAX];
    jose_bytes_t  key, encrypted, none;

    encrypt_must(RAND_bytes(random, sizeof(random)) == 1);

    (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"enc\":\"%s\"%s",
                    alg->name, enc->name, to->more ? to->more : "");

    key.data = random;
    key.len = to->wrapped_len ? to->wrapped_len : enc->key_len;

    none.data = NULL;
    none.len = 0;

    encrypted.data = out;
    encrypted.len = 0;

    switch (alg->kind) {

    case ENCRYPT_DIRECT:
        key = to->secret;
        break;

    case ENCRYPT_AES:
        encrypted.len = encrypt_cipher(alg->cipher, to->secret.data, NULL, 0,
                                       none, key, out, NULL, 0);
        break;

    case ENCRYPT_AES_GCM:
        encrypted.len = encrypt_aes_gcm(alg, to, key, out, header);
        break;

    case ENCRYPT_RSA:
        encrypted.len = encrypt_rsa(alg, to, key, out);
        break;

    case ENCRYPT_ECDH:
        encrypt_agree(alg, enc, to, agreed,
                      alg->cipher ? alg->key_len : enc->key_len, header);

        if (alg->cipher == NULL) {
            memcpy(random, agreed, enc->key_len);
            break;
        }

        encrypted.len = encrypt_cipher(alg->cipher, agreed, NULL, 0, none,
                                       key, out, NULL, 0);
        break;
    }

    (void) strcat(header, "}");

    encrypt_token_of(header, enc, to, key.data, encrypted, text, token);
}


/* tag NULL: not GCM, and padded unless it is a key that is wrapped */

static size_t
encrypt_cipher(const char *name, const uint8_t *key, const uint8_t *iv,
    size_t iv_len, jose_bytes_t aad, jose_bytes_t text, uint8_t *out,
    uint8_t *tag, size_t tag_len)
{
    int              n, rest;
    EVP_CIPHER      *cipher;
    EVP_CIPHER_CTX  *ctx;

    cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    ctx = EVP_CIPHER_CTX_new();
    EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);

    encrypt_must(EVP_EncryptInit_ex2(ctx, cipher, NULL, NULL, NULL) == 1);

    if (tag != NULL) {
        encrypt_must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN,
                                         (int) iv_len, NULL)
                     == 1);
    }

    encrypt_must(EVP_EncryptInit_ex2(ctx, NULL, key, iv, NULL) == 1);

    if (aad.len) {
        encrypt_must(EVP_EncryptUpdate(ctx, NULL, &n, aad.data, (int) aad.len)
                     == 1);
    }

    encrypt_must(EVP_EncryptUpdate(ctx, out, &n, text.data, (int) text.len)
                 == 1);
    encrypt_must(EVP_EncryptFinal_ex(ctx, out + n, &rest) == 1);

    if (tag != NULL) {
        encrypt_must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
                                         (int) tag_len, tag)
                     == 1);
    }

    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);

    return (size_t) n + (size_t) rest;
}


/* RFC 7518, 4.7 */

static size_t
encrypt_aes_gcm(const encrypt_alg_t *alg, const encrypt_to_t *to,
    jose_bytes_t key, uint8_t *out, char *header)
{
    size_t        len;
    uint8_t       iv[64], tag[16];
    jose_bytes_t  none, bytes;

    none.data = NULL;
    none.len = 0;

    encrypt_must(RAND_bytes(iv, sizeof(iv)) == 1);

    bytes.data = iv;
    bytes.len = to->wrap_iv_len ? to->wrap_iv_len : 12;

    len = encrypt_cipher(alg->cipher, to->secret.data, iv, bytes.len, none,
                         key, out, tag, sizeof(tag));

    encrypt_add(header, "iv", bytes);

    bytes.data = tag;
    bytes.len = to->wrap_tag_len ? to->wrap_tag_len : 16;

    encrypt_add(header, "tag", bytes);

    return len;
}


/* RFC 7518, 4.3 */

static size_t
encrypt_rsa(const encrypt_alg_t *alg, const encrypt_to_t *to,
    jose_bytes_t key, uint8_t *out)
{
    size_t         len;
    EVP_PKEY_CTX  *ctx;

    len = JOSE_ENCRYPTED_KEY_MAX;
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, to->pkey, NULL);

    encrypt_must(EVP_PKEY_encrypt_init(ctx) == 1);
    encrypt_must(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING)
                 == 1);
    encrypt_must(EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, alg->digest, NULL)
                 == 1);
    encrypt_must(EVP_PKEY_encrypt(ctx, out, &len, key.data, key.len) == 1);

    EVP_PKEY_CTX_free(ctx);

    return len;
}


/* RFC 7518, 4.6 */

static void
encrypt_agree(const encrypt_alg_t *alg, const encrypt_enc_t *enc,
    const encrypt_to_t *to, uint8_t *out, size_t len, char *header)
{
    uint8_t        z[66];
    EVP_PKEY      *ephemeral;
    jose_bytes_t   shared;
    EVP_PKEY_CTX  *ctx;

    ephemeral = encrypt_ephemeral(to, header);

    shared.data = z;
    shared.len = sizeof(z);

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ephemeral, NULL);

    encrypt_must(EVP_PKEY_derive_init(ctx) == 1);
    encrypt_must(EVP_PKEY_derive_set_peer(ctx, to->pkey) == 1);
    encrypt_must(EVP_PKEY_derive(ctx, z, &shared.len) == 1);

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(ephemeral);

    if (to->apu != NULL) {
        encrypt_add(header, "apu", sign_text(to->apu));
    }

    if (to->apv != NULL) {
        encrypt_add(header, "apv", sign_text(to->apv));
    }

    encrypt_derive(alg->cipher ? alg->name : enc->name, to,
                   to->shared.data ? to->shared : shared, out, len);
}


static EVP_PKEY *
encrypt_ephemeral(const encrypt_to_t *to, char *header)
{
    char           group[32];
    size_t         i, len;
    bool           ec;
    uint8_t        x[66], y[66];
    EVP_PKEY      *pkey;
    const char    *kty;
    jose_bytes_t   bytes;

    ec = EVP_PKEY_is_a(to->pkey, "EC");

    (void) snprintf(group, sizeof(group), "%s",
                    EVP_PKEY_get0_type_name(to->pkey));

    if (ec) {
        encrypt_must(EVP_PKEY_get_group_name(to->pkey, group, sizeof(group),
                                             NULL)
                     == 1);
    }

    for (i = 0; strcmp(encrypt_curves[i].openssl, group) != 0; i++) {
        encrypt_must(i < 4);
    }

    pkey = sign_generate(ec ? "EC" : group, ec ? group : NULL, 0);

    if (to->epk != NULL) {
        (void) strcat(header, ",\"epk\":");
        (void) strcat(header, to->epk);
        return pkey;
    }

    len = encrypt_curves[i].len;
    kty = to->kty ? to->kty : encrypt_curves[i].kty;

    (void) sprintf(header + strlen(header), ",\"epk\":{\"crv\":\"%s\"",
                   to->crv ? to->crv : encrypt_curves[i].crv);

    if (kty[0] != '\0') {
        (void) sprintf(header + strlen(header), ",\"kty\":\"%s\"", kty);
    }

    bytes.data = x;
    bytes.len = encrypt_coordinate(pkey, ec ? OSSL_PKEY_PARAM_EC_PUB_X : NULL,
                                   len, x);
    encrypt_add(header, "x", bytes);

    if (ec) {
        bytes.data = y;
        bytes.len = encrypt_coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, len,
                                       y);
        encrypt_add(header, "y", bytes);
    }

    (void) strcat(header, "}");

    return pkey;
}


static size_t
encrypt_coordinate(EVP_PKEY *pkey, const char *name, size_t size,
    uint8_t *out)
{
    BIGNUM  *number;

    if (name == NULL) {
        encrypt_must(EVP_PKEY_get_raw_public_key(pkey, out, &size) == 1);
        return size;
    }

    number = NULL;

    encrypt_must(EVP_PKEY_get_bn_param(pkey, name, &number) == 1);
    encrypt_must(BN_bn2binpad(number, out, (int) size) == (int) size);

    BN_free(number);

    return size;
}


/* RFC 7518, 4.6.2, by hand: SHA-256 of a counter, Z and OtherInfo */

static void
encrypt_derive(const char *algorithm, const encrypt_to_t *to,
    jose_bytes_t shared, uint8_t *out, size_t len)
{
    size_t    i, n;
    uint8_t   info[2048], hash[32], *p;

    for (i = 0; i < len; i += sizeof(hash)) {
        p = info;

        *p++ = 0;
        *p++ = 0;
        *p++ = 0;
        *p++ = (uint8_t) (i / sizeof(hash) + 1);

        memcpy(p, shared.data, shared.len);
        p += shared.len;

        encrypt_put(&p, sign_text(algorithm));
        encrypt_put(&p, sign_text(to->apu ? to->apu : ""));
        encrypt_put(&p, sign_text(to->apv ? to->apv : ""));

        *p++ = 0;
        *p++ = 0;
        *p++ = (uint8_t) (len * 8 >> 8);
        *p++ = (uint8_t) (len * 8);

        encrypt_must(EVP_Q_digest(NULL, "SHA256", NULL, info,
                                  (size_t) (p - info), hash, NULL)
                     == 1);

        n = len - i < sizeof(hash) ? len - i : sizeof(hash);
        memcpy(out + i, hash, n);
    }
}


static void
encrypt_put(uint8_t **p, jose_bytes_t bytes)
{
    *(*p)++ = 0;
    *(*p)++ = 0;
    *(*p)++ = (uint8_t) (bytes.len >> 8);
    *(*p)++ = (uint8_t) bytes.len;

    memcpy(*p, bytes.data, bytes.len);
    *p += bytes.len;
}


static void
encrypt_add(char *header, const char *name, jose_bytes_t bytes)
{
    (void) sprintf(header + strlen(header), ",\"%s\":\"", name);
    (void) sign_base64url(bytes, header + strlen(header));
    (void) strcat(header, "\"");
}


void
encrypt_token_of(const char *header, const encrypt_enc_t *enc,
    const encrypt_to_t *to, const uint8_t *key, jose_bytes_t encrypted_key,
    jose_bytes_t text, char *token)
{
    uint8_t       iv[64], tag[64], *out;
    jose_bytes_t  aad, iv_bytes, tag_bytes, ciphertext;

    out = malloc(text.len + 16);

    encrypt_must(RAND_bytes(iv, sizeof(iv)) == 1);

    aad.data = (const uint8_t *) token;
    aad.len = sign_base64url(sign_text(header), token);

    iv_bytes.data = iv;
    iv_bytes.len = to->iv_len ? to->iv_len : enc->iv_len;

    ciphertext.data = out;
    tag_bytes.data = tag;
    tag_bytes.len = to->tag_len ? to->tag_len : enc->tag_len;

    if (enc->digest == NULL) {
        ciphertext.len = encrypt_cipher(enc->cipher, key, iv, iv_bytes.len,
                                        aad, text, out, tag, enc->tag_len);

    } else {
        tag_bytes.len = 0;
        ciphertext.len = encrypt_cipher(enc->cipher, key + enc->key_len / 2,
                                        iv, 0, tag_bytes, text, out, NULL, 0);
        tag_bytes.len = to->tag_len ? to->tag_len : enc->tag_len;

        encrypt_must(encrypt_mac(enc, key, aad, iv_bytes, ciphertext, tag)
                     >= tag_bytes.len);
    }

    token += aad.len;

    *token++ = '.';
    token += sign_base64url(encrypted_key, token);
    *token++ = '.';
    token += sign_base64url(iv_bytes, token);
    *token++ = '.';
    token += sign_base64url(ciphertext, token);
    *token++ = '.';
    (void) sign_base64url(tag_bytes, token);

    free(out);
}


/* RFC 7518, 5.2.2.1 */

static size_t
encrypt_mac(const encrypt_enc_t *enc, const uint8_t *key, jose_bytes_t aad,
    jose_bytes_t iv, jose_bytes_t text, uint8_t *mac)
{
    size_t    len;
    uint8_t  *input, *p;

    input = malloc(aad.len + iv.len + text.len + 8);

    memcpy(input, aad.data, aad.len);
    p = input + aad.len;
    memcpy(p, iv.data, iv.len);
    p += iv.len;
    memcpy(p, text.data, text.len);
    p += text.len;
    memset(p, 0, 8);
    p[5] = (uint8_t) (aad.len * 8 >> 16);
    p[6] = (uint8_t) (aad.len * 8 >> 8);
    p[7] = (uint8_t) (aad.len * 8);

    encrypt_must(EVP_Q_mac(NULL, "HMAC", NULL, enc->digest, NULL, key,
                           enc->key_len / 2, input,
                           aad.len + iv.len + text.len + 8, mac, 64, &len)
                 != NULL);

    free(input);

    return len;
}


jose_bytes_t
encrypt_part(const char *token, size_t part)
{
    jose_bytes_t  bytes;

    while (part-- > 0) {
        token = strchr(token, '.') + 1;
    }

    bytes.data = (const uint8_t *) token;
    bytes.len = strcspn(token, ".");

    return bytes;
}


void
encrypt_replace(const char *token, size_t part, const char *text,
    char *changed)
{
    jose_bytes_t  old;

    old = encrypt_part(token, part);

    (void) sprintf(changed, "%.*s%s%s",
                   (int) ((const char *) old.data - token), token, text,
                   (const char *) old.data + old.len);
}


void
encrypt_set_add(jose_keys_t *set, const jose_crypto_t *crypto,
    const encrypt_to_t *to, const char *kid)
{
    jose_key_t     *added;
    jose_uses_t     uses;
    jose_status_t   status;

    set->keys = realloc(set->keys, (set->n + 1) * sizeof(jose_key_t));
    encrypt_must(set->keys != NULL);

    added = &set->keys[set->n++];
    memset(added, 0, sizeof(jose_key_t));

    uses.algs = 0;
    uses.wraps = JOSE_WRAP_ALL;
    uses.enc = NULL;

    if (to->pkey != NULL) {
        encrypt_must(EVP_PKEY_up_ref(to->pkey) == 1);
    }

    status = to->pkey ? jose_key_set_private(added, crypto, to->pkey, uses)
                      : jose_key_set_secret(added, crypto, to->secret, uses);
    encrypt_must(status == JOSE_OK);

    if (kid != NULL) {
        encrypt_must(jose_key_set_kid(added, sign_text(kid)) == JOSE_OK);
    }

    encrypt_must(jose_keys_index(set) == JOSE_OK);
}


jose_status_t
encrypt_open(jose_bytes_t token, const jose_crypto_t *crypto,
    const jose_keys_t *const *sets, size_t n, uint8_t *out, size_t *len)
{
    size_t                    size;
    uint8_t                  *text, *copy, *plain;
    jose_jwe_t                jwe;
    jose_bytes_t              bytes;
    jose_status_t             status;
    jose_json_object_t        object;
    jose_jwe_header_t         header;
    static jose_json_member_t members[JOSE_JSON_MEMBERS_MAX];

    copy = malloc(token.len ? token.len : 1);
    memcpy(copy, token.data, token.len);
    token.data = copy;

    text = NULL;
    plain = NULL;

    status = jose_jwe_split(token, &jwe);

    if (status == JOSE_OK) {
        bytes.len = jose_base64url_decoded_len(jwe.header.len);
        text = malloc(bytes.len ? bytes.len : 1);
        bytes.data = text;

        status = jose_base64url_decode(jwe.header, text)
                 ? jose_json_parse(bytes, members, &object) : JOSE_MALFORMED;
    }

    if (status == JOSE_OK) {
        status = jose_jwe_header_read(&object, &header);
    }

    if (status == JOSE_OK) {
        size = 2 * jose_base64url_decoded_len(jwe.ciphertext.len);
        plain = malloc(size ? size : 1);
        memset(plain, 0xcc, size);

        status = jose_jwe_decrypt(&jwe, &header, crypto, sets, n, plain, len);
    }

    if (status == JOSE_OK && out != NULL) {
        encrypt_must(*len <= ENCRYPT_TOKEN_MAX);
        memcpy(out, plain, *len);
    }

    free(plain);
    free(text);
    free(copy);

    return status;
}


jose_status_t
encrypt_open_one(const char *token, const jose_crypto_t *crypto,
    const jose_keys_t *set, jose_bytes_t text)
{
    size_t         len;
    uint8_t        out[ENCRYPT_TOKEN_MAX];
    jose_status_t  status;

    status = encrypt_open(sign_text(token), crypto, &set, 1, out, &len);

    if (status == JOSE_OK
        && (len != text.len || memcmp(out, text.data, len) != 0))
    {
        return JOSE_ERROR;
    }

    return status;
}
