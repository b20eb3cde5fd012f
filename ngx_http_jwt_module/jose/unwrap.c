
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "unwrap.h"
#include "base64url.h"
#include "content.h"
#include "curve.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>


/* the longest "apu" and "apv", decoded */
#define JOSE_PARTY_MAX        256

/* AlgorithmID, PartyUInfo, PartyVInfo and SuppPubInfo */
#define JOSE_OTHER_INFO_MAX   (4 + 32 + 2 * (4 + JOSE_PARTY_MAX) + 4)

/* bytes of SHA-256 */
#define JOSE_CONCAT_HASH      32

/* a shared secret: one coordinate */
#define JOSE_SHARED_MAX       66


/* one content encryption key on its way */
typedef struct {
    const jose_key_t         *key;
    const jose_crypto_t      *crypto;
    const jose_jwe_header_t  *header;
    jose_bytes_t              encrypted;
} jose_unwrap_t;


static bool jose_unwrap_kind(const jose_unwrap_t *u, uint8_t *out,
    size_t *len);
static bool jose_unwrap_direct(const jose_unwrap_t *u, uint8_t *out,
    size_t *len);
static bool jose_unwrap_aes(const jose_unwrap_t *u, const uint8_t *key,
    uint8_t *out, size_t *len);
static bool jose_unwrap_aes_gcm(const jose_unwrap_t *u, uint8_t *out,
    size_t *len);
static bool jose_unwrap_rsa_oaep(const jose_unwrap_t *u, uint8_t *out,
    size_t *len);
static bool jose_unwrap_ecdh(const jose_unwrap_t *u, uint8_t *out,
    size_t *len);
static bool jose_unwrap_ecdh_aes(const jose_unwrap_t *u, uint8_t *out,
    size_t *len);
static bool jose_unwrap_agree(const jose_unwrap_t *u, jose_bytes_t algorithm,
    uint8_t *out, size_t len);
static bool jose_unwrap_shared(const jose_unwrap_t *u, uint8_t *out,
    size_t *len);
static EVP_PKEY *jose_unwrap_peer(const jose_unwrap_t *u);
static bool jose_unwrap_derive(const jose_unwrap_t *u,
    jose_bytes_t algorithm, jose_bytes_t shared, uint8_t *out, size_t len);
static bool jose_unwrap_concat(const jose_unwrap_t *u, jose_bytes_t shared,
    jose_bytes_t info, uint8_t *out, size_t len);
static bool jose_unwrap_party(const jose_unwrap_t *u, jose_bytes_t name,
    uint8_t **p);
static void jose_unwrap_put(uint8_t **p, jose_bytes_t bytes);
static void jose_unwrap_put_number(uint8_t **p, size_t number);
static bool jose_unwrap_parameter(const jose_json_value_t *object,
    jose_bytes_t name, uint8_t *out, size_t size, size_t *len);


static const jose_bytes_t  jose_header_iv = jose_bytes("iv");
static const jose_bytes_t  jose_header_tag = jose_bytes("tag");
static const jose_bytes_t  jose_header_epk = jose_bytes("epk");
static const jose_bytes_t  jose_header_apu = jose_bytes("apu");
static const jose_bytes_t  jose_header_apv = jose_bytes("apv");
static const jose_bytes_t  jose_header_kty = jose_bytes("kty");
static const jose_bytes_t  jose_header_crv = jose_bytes("crv");
static const jose_bytes_t  jose_header_x = jose_bytes("x");
static const jose_bytes_t  jose_header_y = jose_bytes("y");

static const jose_bytes_t  jose_kty_ec = jose_bytes("EC");
static const jose_bytes_t  jose_kty_okp = jose_bytes("OKP");


jose_status_t
jose_unwrap(const jose_key_t *key, const jose_crypto_t *crypto,
    const jose_jwe_header_t *header, jose_bytes_t encrypted_key,
    uint8_t *out)
{
    bool           ok;
    size_t         len;
    uint8_t        unwrapped[JOSE_ENCRYPTED_KEY_MAX];
    jose_unwrap_t  u;

    u.key = key;
    u.crypto = crypto;
    u.header = header;
    u.encrypted = encrypted_key;

    /* RFC 7516, 11.5: made in any case, used if there is no other */

    if (RAND_bytes(out, (int) header->enc->key_len) != 1) {
        jose_crypto_clear_errors();
        return JOSE_ERROR;
    }

    len = 0;
    ok = jose_unwrap_kind(&u, unwrapped, &len);

    if (ok && len == header->enc->key_len) {
        memcpy(out, unwrapped, len);
    }

    OPENSSL_cleanse(unwrapped, sizeof(unwrapped));
    jose_crypto_clear_errors();

    return JOSE_OK;
}


static bool
jose_unwrap_kind(const jose_unwrap_t *u, uint8_t *out, size_t *len)
{
    switch (u->header->wrap->kind) {

    case JOSE_WRAP_DIRECT:
        return jose_unwrap_direct(u, out, len);

    case JOSE_WRAP_AES:
        return jose_unwrap_aes(u, u->key->secret.data, out, len);

    case JOSE_WRAP_AES_GCM:
        return jose_unwrap_aes_gcm(u, out, len);

    case JOSE_WRAP_RSA_OAEP:
        return jose_unwrap_rsa_oaep(u, out, len);

    case JOSE_WRAP_ECDH:
        return jose_unwrap_ecdh(u, out, len);

    case JOSE_WRAP_ECDH_AES:
        return jose_unwrap_ecdh_aes(u, out, len);
    }

    return false;
}


/* RFC 7518, 4.5 */

static bool
jose_unwrap_direct(const jose_unwrap_t *u, uint8_t *out, size_t *len)
{
    if (u->encrypted.len != 0 || u->key->secret.len > JOSE_CONTENT_KEY_MAX) {
        return false;
    }

    memcpy(out, u->key->secret.data, u->key->secret.len);
    *len = u->key->secret.len;

    return true;
}


/* RFC 7518, 4.4 and RFC 3394 */

static bool
jose_unwrap_aes(const jose_unwrap_t *u, const uint8_t *key, uint8_t *out,
    size_t *len)
{
    int              n, rest;
    bool             ok;
    EVP_CIPHER_CTX  *ctx;

    if (u->encrypted.len != u->header->enc->key_len + 8) {
        return false;
    }

    n = 0;
    rest = 0;

    ctx = u->crypto->cipher_ctx;

    EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);

    ok = EVP_DecryptInit_ex2(ctx, u->crypto->cipher[u->header->wrap->cipher],
                             key, NULL, NULL)
         == 1
         && EVP_DecryptUpdate(ctx, out, &n, u->encrypted.data,
                              (int) u->encrypted.len)
            == 1
         && EVP_DecryptFinal_ex(ctx, out + n, &rest) == 1;

    (void) EVP_CIPHER_CTX_reset(ctx);

    if (ok) {
        *len = (size_t) n + (size_t) rest;
    }

    return ok;
}


/* RFC 7518, 4.7: content encryption of the key, with no additional data */

static bool
jose_unwrap_aes_gcm(const jose_unwrap_t *u, uint8_t *out, size_t *len)
{
    uint8_t            iv[JOSE_CONTENT_IV_MAX], tag[JOSE_CONTENT_KEY_MAX];
    jose_content_t     content;
    const jose_enc_t  *enc;

    enc = jose_enc_of_cipher(u->header->wrap->cipher);

    if (enc == NULL
        || u->encrypted.len != u->header->enc->key_len
        || !jose_unwrap_parameter(&u->header->object, jose_header_iv, iv,
                                  sizeof(iv), &content.iv.len)
        || !jose_unwrap_parameter(&u->header->object, jose_header_tag, tag,
                                  sizeof(tag), &content.tag.len))
    {
        return false;
    }

    content.aad.data = NULL;
    content.aad.len = 0;
    content.iv.data = iv;
    content.tag.data = tag;
    content.ciphertext = u->encrypted;

    return jose_content_decrypt(enc, u->crypto, u->key->secret.data, &content,
                                out, len)
           == JOSE_OK;
}


/* RFC 7518, 4.3: MGF1 with the same hash, an empty label */

static bool
jose_unwrap_rsa_oaep(const jose_unwrap_t *u, uint8_t *out, size_t *len)
{
    bool           ok;
    EVP_PKEY_CTX  *ctx;
    const char    *digest;

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, u->key->pkey, NULL);
    if (ctx == NULL) {
        return false;
    }

    digest = u->header->wrap->digest;
    *len = JOSE_ENCRYPTED_KEY_MAX;

    ok = EVP_PKEY_decrypt_init(ctx) == 1
         && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1
         && EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, digest, NULL) == 1
         && EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, digest, NULL) == 1
         && EVP_PKEY_decrypt(ctx, out, len, u->encrypted.data,
                             u->encrypted.len)
            == 1;

    EVP_PKEY_CTX_free(ctx);

    return ok;
}


/* RFC 7518, 4.6: the agreed key is the content encryption key */

static bool
jose_unwrap_ecdh(const jose_unwrap_t *u, uint8_t *out, size_t *len)
{
    if (u->encrypted.len != 0) {
        return false;
    }

    *len = u->header->enc->key_len;

    return jose_unwrap_agree(u, u->header->enc->name, out, *len);
}


/* the agreed key unwraps the content encryption key */

static bool
jose_unwrap_ecdh_aes(const jose_unwrap_t *u, uint8_t *out, size_t *len)
{
    bool                ok;
    uint8_t             key[32];
    const jose_wrap_t  *wrap;

    wrap = u->header->wrap;

    ok = jose_unwrap_agree(u, wrap->name, key, wrap->key_len)
         && jose_unwrap_aes(u, key, out, len);

    OPENSSL_cleanse(key, sizeof(key));

    return ok;
}


static bool
jose_unwrap_agree(const jose_unwrap_t *u, jose_bytes_t algorithm,
    uint8_t *out, size_t len)
{
    bool          ok;
    uint8_t       z[JOSE_SHARED_MAX];
    jose_bytes_t  shared;

    shared.data = z;
    shared.len = sizeof(z);

    ok = jose_unwrap_shared(u, z, &shared.len)
         && jose_unwrap_derive(u, algorithm, shared, out, len);

    OPENSSL_cleanse(z, sizeof(z));

    return ok;
}


static bool
jose_unwrap_shared(const jose_unwrap_t *u, uint8_t *out, size_t *len)
{
    bool           ok;
    EVP_PKEY      *peer;
    EVP_PKEY_CTX  *ctx;

    peer = jose_unwrap_peer(u);
    if (peer == NULL) {
        return false;
    }

    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, u->key->pkey, NULL);

    ok = ctx != NULL
         && EVP_PKEY_derive_init(ctx) == 1
         && EVP_PKEY_derive_set_peer(ctx, peer) == 1
         && EVP_PKEY_derive(ctx, out, len) == 1;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);

    return ok;
}


/* RFC 7518, 4.6.1.1: "epk", a public key on the curve of ours */

static EVP_PKEY *
jose_unwrap_peer(const jose_unwrap_t *u)
{
    size_t               x_len, y_len;
    uint8_t              x[JOSE_CURVE_FIELD_MAX], y[JOSE_CURVE_FIELD_MAX];
    jose_json_value_t    epk, kty, crv;
    const jose_curve_t  *curve;

    curve = jose_curve_of(u->key->pkey);

    if (curve == NULL
        || !jose_json_member(&u->header->object, jose_header_epk, &epk)
        || !jose_json_member(&epk, jose_header_kty, &kty)
        || !jose_json_string_equal(&kty, curve->kty == JOSE_KTY_EC
                                         ? jose_kty_ec : jose_kty_okp)
        || !jose_json_member(&epk, jose_header_crv, &crv)
        || !jose_json_string_equal(&crv, curve->name)
        || !jose_unwrap_parameter(&epk, jose_header_x, x, curve->field_len,
                                  &x_len)
        || x_len != curve->field_len)
    {
        return NULL;
    }

    if (curve->kty == JOSE_KTY_EC
        && (!jose_unwrap_parameter(&epk, jose_header_y, y, curve->field_len,
                                   &y_len)
            || y_len != curve->field_len))
    {
        return NULL;
    }

    return jose_curve_public(curve, x, y);
}


/* RFC 7518, 4.6.2: Concat KDF with SHA-256 */

static bool
jose_unwrap_derive(const jose_unwrap_t *u, jose_bytes_t algorithm,
    jose_bytes_t shared, uint8_t *out, size_t len)
{
    uint8_t       buf[JOSE_OTHER_INFO_MAX], *p;
    jose_bytes_t  info;

    p = buf;

    jose_unwrap_put(&p, algorithm);

    if (!jose_unwrap_party(u, jose_header_apu, &p)
        || !jose_unwrap_party(u, jose_header_apv, &p))
    {
        return false;
    }

    jose_unwrap_put_number(&p, len * 8);

    info.data = buf;
    info.len = (size_t) (p - buf);

    return jose_unwrap_concat(u, shared, info, out, len);
}


/*
 * NIST SP 800-56A, 5.8.1, with SHA-256.  OpenSSL has it, too, but 3.0 crashes
 * if there is no memory for its context.
 */

static bool
jose_unwrap_concat(const jose_unwrap_t *u, jose_bytes_t shared,
    jose_bytes_t info, uint8_t *out, size_t len)
{
    bool         ok;
    size_t       n, done;
    uint8_t      hash[EVP_MAX_MD_SIZE], counter[4], *p;
    unsigned     size;
    EVP_MD_CTX  *ctx;

    ctx = u->crypto->md_ctx[JOSE_DIGEST_SHA256];
    ok = true;

    for (done = 0; ok && done < len; done += n) {
        p = counter;
        jose_unwrap_put_number(&p, done / JOSE_CONCAT_HASH + 1);

        ok = EVP_DigestInit_ex2(ctx, NULL, NULL) == 1
             && EVP_DigestUpdate(ctx, counter, sizeof(counter)) == 1
             && EVP_DigestUpdate(ctx, shared.data, shared.len) == 1
             && EVP_DigestUpdate(ctx, info.data, info.len) == 1
             && EVP_DigestFinal_ex(ctx, hash, &size) == 1;

        n = len - done < JOSE_CONCAT_HASH ? len - done : JOSE_CONCAT_HASH;

        if (ok) {
            memcpy(out + done, hash, n);
        }
    }

    OPENSSL_cleanse(hash, sizeof(hash));

    return ok;
}


/* RFC 7518, 4.6.1.2 and 4.6.1.3: an absent one is empty */

static bool
jose_unwrap_party(const jose_unwrap_t *u, jose_bytes_t name, uint8_t **p)
{
    uint8_t            party[JOSE_PARTY_MAX];
    jose_bytes_t       bytes;
    jose_json_value_t  value;

    bytes.data = party;
    bytes.len = 0;

    if (jose_json_member(&u->header->object, name, &value)
        && !jose_unwrap_parameter(&u->header->object, name, party,
                                  JOSE_PARTY_MAX, &bytes.len))
    {
        return false;
    }

    jose_unwrap_put(p, bytes);

    return true;
}


static void
jose_unwrap_put(uint8_t **p, jose_bytes_t bytes)
{
    jose_unwrap_put_number(p, bytes.len);

    if (bytes.len) {
        memcpy(*p, bytes.data, bytes.len);
        *p += bytes.len;
    }
}


static void
jose_unwrap_put_number(uint8_t **p, size_t number)
{
    *(*p)++ = (uint8_t) (number >> 24);
    *(*p)++ = (uint8_t) (number >> 16);
    *(*p)++ = (uint8_t) (number >> 8);
    *(*p)++ = (uint8_t) number;
}


/* a member that is base64url of at most size bytes */

static bool
jose_unwrap_parameter(const jose_json_value_t *object, jose_bytes_t name,
    uint8_t *out, size_t size, size_t *len)
{
    jose_json_value_t  value;

    if (!jose_json_member(object, name, &value)
        || value.type != JOSE_JSON_STRING)
    {
        return false;
    }

    *len = jose_base64url_decoded_len(value.text.len);

    return *len <= size && jose_base64url_decode(value.text, out);
}
