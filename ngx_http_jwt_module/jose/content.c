
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "content.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>


static bool jose_content_cbc_hmac(const jose_enc_t *enc,
    const jose_crypto_t *crypto, const uint8_t *key,
    const jose_content_t *content, uint8_t *out, size_t *len);
static bool jose_content_mac(const jose_enc_t *enc,
    const jose_crypto_t *crypto, const uint8_t *key,
    const jose_content_t *content, uint8_t *mac);
static bool jose_content_gcm(const jose_enc_t *enc,
    const jose_crypto_t *crypto, const uint8_t *key,
    const jose_content_t *content, uint8_t *out, size_t *len);


jose_status_t
jose_content_decrypt(const jose_enc_t *enc, const jose_crypto_t *crypto,
    const uint8_t *key, const jose_content_t *content, uint8_t *out,
    size_t *len)
{
    bool  ok;

    ok = false;

    if (content->iv.len == enc->iv_len && content->tag.len == enc->tag_len) {

        switch (enc->kind) {

        case JOSE_ENC_CBC_HMAC:
            ok = jose_content_cbc_hmac(enc, crypto, key, content, out, len);
            break;

        case JOSE_ENC_GCM:
            ok = jose_content_gcm(enc, crypto, key, content, out, len);
            break;
        }
    }

    (void) EVP_CIPHER_CTX_reset(crypto->cipher_ctx);

    if (!ok) {
        jose_crypto_clear_errors();
        return JOSE_DECRYPTION_FAILED;
    }

    return JOSE_OK;
}


/* RFC 7518, 5.2.2.2: the first half of the key is of the MAC */

static bool
jose_content_cbc_hmac(const jose_enc_t *enc, const jose_crypto_t *crypto,
    const uint8_t *key, const jose_content_t *content, uint8_t *out,
    size_t *len)
{
    int              n, rest;
    uint8_t          mac[EVP_MAX_MD_SIZE];
    EVP_CIPHER_CTX  *ctx;

    if (!jose_content_mac(enc, crypto, key, content, mac)
        || CRYPTO_memcmp(mac, content->tag.data, enc->tag_len) != 0)
    {
        return false;
    }

    ctx = crypto->cipher_ctx;

    if (EVP_DecryptInit_ex2(ctx, crypto->cipher[enc->cipher],
                            key + enc->key_len / 2, content->iv.data, NULL)
        != 1
        || EVP_DecryptUpdate(ctx, out, &n, content->ciphertext.data,
                             (int) content->ciphertext.len)
           != 1
        || EVP_DecryptFinal_ex(ctx, out + n, &rest) != 1)
    {
        return false;
    }

    *len = (size_t) n + (size_t) rest;

    return true;
}


static bool
jose_content_mac(const jose_enc_t *enc, const jose_crypto_t *crypto,
    const uint8_t *key, const jose_content_t *content, uint8_t *mac)
{
    size_t        i, len;
    uint8_t       bits[8];
    uint64_t      n;
    EVP_MAC_CTX  *ctx;

    n = (uint64_t) content->aad.len * 8;

    for (i = 0; i < sizeof(bits); i++) {
        bits[i] = (uint8_t) (n >> (56 - 8 * i));
    }

    ctx = crypto->mac_ctx[enc->digest];

    return EVP_MAC_init(ctx, key, enc->key_len / 2, NULL) == 1
           && EVP_MAC_update(ctx, content->aad.data, content->aad.len) == 1
           && EVP_MAC_update(ctx, content->iv.data, content->iv.len) == 1
           && EVP_MAC_update(ctx, content->ciphertext.data,
                             content->ciphertext.len)
              == 1
           && EVP_MAC_update(ctx, bits, sizeof(bits)) == 1
           && EVP_MAC_final(ctx, mac, &len, EVP_MAX_MD_SIZE) == 1;
}


/* RFC 7518, 5.3 */

static bool
jose_content_gcm(const jose_enc_t *enc, const jose_crypto_t *crypto,
    const uint8_t *key, const jose_content_t *content, uint8_t *out,
    size_t *len)
{
    int              n, rest;
    void            *tag;
    EVP_CIPHER_CTX  *ctx;

    ctx = crypto->cipher_ctx;
    tag = (void *) (uintptr_t) content->tag.data;

    if (EVP_DecryptInit_ex2(ctx, crypto->cipher[enc->cipher], key,
                            content->iv.data, NULL)
        != 1
        || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
                               (int) enc->tag_len, tag)
           != 1
        || (content->aad.len != 0
            && EVP_DecryptUpdate(ctx, NULL, &n, content->aad.data,
                                 (int) content->aad.len)
               != 1)
        || EVP_DecryptUpdate(ctx, out, &n, content->ciphertext.data,
                             (int) content->ciphertext.len)
           != 1
        || EVP_DecryptFinal_ex(ctx, out + n, &rest) != 1)
    {
        OPENSSL_cleanse(out, content->ciphertext.len);
        return false;
    }

    *len = (size_t) n + (size_t) rest;

    return true;
}
