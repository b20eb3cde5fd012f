
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jwe.h"
#include "base64url.h"
#include "content.h"
#include "select.h"
#include "unwrap.h"

#include <string.h>

#include <openssl/crypto.h>


/* the longest name of an algorithm, each character written as an escape */
#define JOSE_NAME_MAX  128

#define JOSE_JWE_PARTS  5


static bool jose_jwe_name(const jose_json_object_t *object,
    jose_bytes_t parameter, uint8_t *buf, jose_bytes_t *name);
static bool jose_jwe_part(jose_bytes_t part, uint8_t *buf, size_t size,
    jose_bytes_t *decoded);
static bool jose_jwe_fits(const jose_key_t *key,
    const jose_jwe_header_t *header);
static jose_status_t jose_jwe_try(const jose_key_t *key,
    const jose_crypto_t *crypto, const jose_jwe_header_t *header,
    jose_bytes_t encrypted_key, const jose_content_t *content, uint8_t *out,
    size_t *len);


static const jose_bytes_t  jose_header_alg = jose_bytes("alg");
static const jose_bytes_t  jose_header_enc = jose_bytes("enc");
static const jose_bytes_t  jose_header_kid = jose_bytes("kid");
static const jose_bytes_t  jose_header_crit = jose_bytes("crit");
static const jose_bytes_t  jose_header_zip = jose_bytes("zip");


jose_status_t
jose_jwe_split(jose_bytes_t token, jose_jwe_t *jwe)
{
    size_t          i;
    jose_bytes_t   *parts[JOSE_JWE_PARTS];
    const uint8_t  *p, *dot, *end;

    if (token.len > JOSE_TOKEN_MAX) {
        return JOSE_TOO_LARGE;
    }

    parts[0] = &jwe->header;
    parts[1] = &jwe->encrypted_key;
    parts[2] = &jwe->iv;
    parts[3] = &jwe->ciphertext;
    parts[4] = &jwe->tag;

    p = token.data;
    end = p + token.len;

    for (i = 0; i < JOSE_JWE_PARTS; i++) {
        dot = (p < end) ? memchr(p, '.', (size_t) (end - p)) : NULL;

        /* a dot behind all parts but the last one, which has none */

        if ((dot == NULL) != (i == JOSE_JWE_PARTS - 1)) {
            return JOSE_MALFORMED;
        }

        parts[i]->data = p;
        parts[i]->len = (size_t) ((dot ? dot : end) - p);

        p = dot ? dot + 1 : end;
    }

    if (jwe->header.len == 0 || jwe->iv.len == 0 || jwe->tag.len == 0) {
        return JOSE_MALFORMED;
    }

    return JOSE_OK;
}


jose_status_t
jose_jwe_header_read(const jose_json_object_t *object,
    jose_jwe_header_t *header)
{
    uint8_t            buf[JOSE_NAME_MAX];
    jose_bytes_t       name;
    jose_json_value_t  value;

    header->object.text = object->text;
    header->object.type = JOSE_JSON_OBJECT;

    if (!jose_jwe_name(object, jose_header_alg, buf, &name)) {
        return JOSE_INVALID_HEADER;
    }

    header->wrap = jose_wrap_named(name);

    if (!jose_jwe_name(object, jose_header_enc, buf, &name)) {
        return JOSE_INVALID_HEADER;
    }

    header->enc = jose_enc_named(name);

    header->has_kid = jose_json_get(object, jose_header_kid, &header->kid);

    if (header->has_kid && header->kid.type != JOSE_JSON_STRING) {
        return JOSE_INVALID_HEADER;
    }

    /* RFC 7516, 4.1.13 */

    if (jose_json_get(object, jose_header_crit, &value)) {
        return JOSE_UNSUPPORTED_CRITICAL;
    }

    if (header->wrap == NULL
        || header->enc == NULL
        || jose_json_get(object, jose_header_zip, &value))
    {
        return JOSE_UNSUPPORTED_ALGORITHM;
    }

    return JOSE_OK;
}


/* a name that is too long to be known is left empty */

static bool
jose_jwe_name(const jose_json_object_t *object, jose_bytes_t parameter,
    uint8_t *buf, jose_bytes_t *name)
{
    jose_json_value_t  value;

    if (!jose_json_get(object, parameter, &value)
        || value.type != JOSE_JSON_STRING)
    {
        return false;
    }

    name->data = buf;
    name->len = 0;

    if (value.text.len <= JOSE_NAME_MAX) {
        name->len = jose_json_string_decode(&value, buf);
    }

    return true;
}


jose_status_t
jose_jwe_decrypt(const jose_jwe_t *jwe, const jose_jwe_header_t *header,
    const jose_crypto_t *crypto, const jose_keys_t *const *sets, size_t n,
    uint8_t *out, size_t *len)
{
    size_t             size, tried;
    uint8_t            encrypted[JOSE_ENCRYPTED_KEY_MAX];
    uint8_t            iv[JOSE_CONTENT_IV_MAX], tag[JOSE_CONTENT_KEY_MAX];
    jose_bytes_t       encrypted_key;
    jose_status_t      status;
    jose_select_t      select;
    jose_content_t     content;
    const jose_key_t  *key;

    size = jose_base64url_decoded_len(jwe->ciphertext.len);

    if (!jose_jwe_part(jwe->encrypted_key, encrypted, sizeof(encrypted),
                       &encrypted_key)
        || !jose_jwe_part(jwe->iv, iv, sizeof(iv), &content.iv)
        || !jose_jwe_part(jwe->tag, tag, sizeof(tag), &content.tag)
        || !jose_jwe_part(jwe->ciphertext, out + size, size,
                          &content.ciphertext))
    {
        return JOSE_MALFORMED;
    }

    content.aad = jwe->header;

    jose_select_begin(&select, sets, n, header->has_kid ? &header->kid : NULL);

    for (tried = 0; tried < JOSE_KEYS_TRIED; /* void */ ) {

        key = jose_select_next(&select);
        if (key == NULL) {
            break;
        }

        if (!jose_jwe_fits(key, header)) {
            continue;
        }

        tried++;

        status = jose_jwe_try(key, crypto, header, encrypted_key, &content,
                              out, len);

        if (status != JOSE_DECRYPTION_FAILED) {
            return status;
        }
    }

    return tried ? JOSE_DECRYPTION_FAILED : JOSE_UNKNOWN_KEY;
}


static bool
jose_jwe_part(jose_bytes_t part, uint8_t *buf, size_t size,
    jose_bytes_t *decoded)
{
    decoded->data = buf;
    decoded->len = jose_base64url_decoded_len(part.len);

    return decoded->len <= size && jose_base64url_decode(part, buf);
}


static bool
jose_jwe_fits(const jose_key_t *key, const jose_jwe_header_t *header)
{
    if (!(key->wraps & jose_wrap_bit(header->wrap))) {
        return false;
    }

    /* RFC 7518, 4.5: the secret is the content encryption key itself */

    return header->wrap->kind != JOSE_WRAP_DIRECT
           || (key->secret.len == header->enc->key_len
               && (key->enc == NULL || key->enc == header->enc));
}


static jose_status_t
jose_jwe_try(const jose_key_t *key, const jose_crypto_t *crypto,
    const jose_jwe_header_t *header, jose_bytes_t encrypted_key,
    const jose_content_t *content, uint8_t *out, size_t *len)
{
    uint8_t        content_key[JOSE_CONTENT_KEY_MAX];
    jose_status_t  status;

    status = jose_unwrap(key, crypto, header, encrypted_key, content_key);

    if (status == JOSE_OK) {
        status = jose_content_decrypt(header->enc, crypto, content_key,
                                      content, out, len);
    }

    OPENSSL_cleanse(content_key, sizeof(content_key));

    return status;
}
