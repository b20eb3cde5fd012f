
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "reading.h"
#include "base64url.h"
#include "jwk.h"
#include "load.h"
#include "pem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>


static jose_status_t jose_reading_json(jose_reading_t *reading,
    jose_keys_format_t format, jose_bytes_t text);
static jose_keys_format_t jose_reading_look_at_json(const json_t *json);
static jose_status_t jose_reading_jwks(jose_reading_t *reading,
    const json_t *json);
static jose_status_t jose_reading_jwk(jose_reading_t *reading,
    const json_t *jwk);
static jose_status_t jose_reading_keyval(jose_reading_t *reading,
    json_t *json);
static jose_status_t jose_reading_pem(jose_reading_t *reading,
    jose_bytes_t text, const jose_bytes_t *kid);
static jose_status_t jose_reading_pem_key(jose_reading_t *reading,
    EVP_PKEY *pkey, bool private, const jose_bytes_t *kid);
static jose_status_t jose_reading_encoded(jose_reading_t *reading,
    jose_keys_format_t format, jose_bytes_t text);
static bool jose_reading_decode(jose_keys_format_t format, jose_bytes_t text,
    uint8_t *out, size_t *len);
static bool jose_reading_decode_hex(jose_bytes_t text, uint8_t *out,
    size_t *len);
static int jose_reading_hex_digit(uint8_t c);
static jose_status_t jose_reading_secret(jose_reading_t *reading,
    jose_bytes_t secret);
static void jose_reading_wipe(json_t *json);
static void jose_reading_wipe_jwk(json_t *jwk);


jose_status_t
jose_reading_text(jose_reading_t *reading,
    jose_keys_format_t format, jose_bytes_t text)
{
    size_t  i;

    switch (format) {

    case JOSE_KEYS_AUTO:

        for (i = 0; i < text.len; i++) {
            if (text.data[i] > 0x20) {
                break;
            }
        }

        if (i == text.len || text.data[i] != '{') {
            return jose_reading_pem(reading, text, NULL);
        }

        return jose_reading_json(reading, format, text);

    case JOSE_KEYS_JWKS:
    case JOSE_KEYS_VERIFYING:
    case JOSE_KEYS_JWK:
    case JOSE_KEYS_KEYVAL:
        return jose_reading_json(reading, format, text);

    case JOSE_KEYS_PEM:
        return jose_reading_pem(reading, text, NULL);

    case JOSE_KEYS_SECRET:
        return jose_reading_secret(reading, text);

    case JOSE_KEYS_HEX:
    case JOSE_KEYS_BASE64:
    case JOSE_KEYS_BASE64URL:
        return jose_reading_encoded(reading, format, text);
    }

    return JOSE_ERROR;
}


static jose_status_t
jose_reading_json(jose_reading_t *reading, jose_keys_format_t format,
    jose_bytes_t text)
{
    bool            starved;
    json_t         *json;
    jose_status_t   status;

    json = jose_load(text, &starved);
    if (json == NULL) {
        return starved ? JOSE_ERROR : JOSE_KEY_NOT_JSON;
    }

    if (format == JOSE_KEYS_AUTO) {
        format = jose_reading_look_at_json(json);
    }

    switch (format) {

    case JOSE_KEYS_JWKS:
    case JOSE_KEYS_VERIFYING:
        reading->verifying = (format == JOSE_KEYS_VERIFYING);
        status = jose_reading_jwks(reading, json);
        break;

    case JOSE_KEYS_JWK:
        status = jose_reading_jwk(reading, json);
        break;

    case JOSE_KEYS_KEYVAL:
        status = jose_reading_keyval(reading, json);
        break;

    default:
        status = JOSE_ERROR;
        break;
    }

    jose_reading_wipe(json);
    json_decref(json);

    return status;
}


static jose_keys_format_t
jose_reading_look_at_json(const json_t *json)
{
    if (json_is_array(json_object_get(json, "keys"))) {
        return JOSE_KEYS_JWKS;
    }

    if (json_object_get(json, "kty") != NULL) {
        return JOSE_KEYS_JWK;
    }

    return JOSE_KEYS_KEYVAL;
}


/* RFC 7517, 5.1 */

static jose_status_t
jose_reading_jwks(jose_reading_t *reading, const json_t *json)
{
    size_t          i;
    const json_t   *keys;
    jose_status_t   status;

    keys = json_object_get(json, "keys");
    if (!json_is_array(keys)) {
        return JOSE_KEY_NOT_KEY_SET;
    }

    if (json_array_size(keys) > JOSE_KEYS_MAX) {
        return JOSE_KEY_TOO_MANY;
    }

    for (i = 0; i < json_array_size(keys); i++) {
        status = jose_reading_jwk(reading, json_array_get(keys, i));
        if (status != JOSE_OK) {
            return status;
        }
    }

    return JOSE_OK;
}


static jose_status_t
jose_reading_jwk(jose_reading_t *reading, const json_t *jwk)
{
    jose_key_t     *key;
    jose_status_t   status;

    key = jose_reading_new_key(reading);
    if (key == NULL) {
        return JOSE_ERROR;
    }

    status = jose_jwk_read(key, reading->crypto, jwk, reading->verifying);

    return jose_reading_settle(reading, key, status);
}


static jose_status_t
jose_reading_keyval(jose_reading_t *reading, json_t *json)
{
    void           *it;
    json_t         *value;
    jose_bytes_t    kid, text;
    jose_status_t   status;

    if (!json_is_object(json)) {
        return JOSE_KEY_NOT_KEY_SET;
    }

    for (it = json_object_iter(json);
         it != NULL;
         it = json_object_iter_next(json, it))
    {
        value = json_object_iter_value(it);

        kid.data = (const uint8_t *) json_object_iter_key(it);
        kid.len = strlen(json_object_iter_key(it));

        if (!json_is_string(value)) {
            jose_reading_skip(reading, kid, JOSE_KEY_NOT_PEM);
            continue;
        }

        text.data = (const uint8_t *) json_string_value(value);
        text.len = json_string_length(value);

        status = jose_reading_pem(reading, text, &kid);

        if (status == JOSE_KEY_NOT_PEM) {
            jose_reading_skip(reading, kid, status);
            continue;
        }

        if (status != JOSE_OK) {
            return status;
        }
    }

    return JOSE_OK;
}


static jose_status_t
jose_reading_pem(jose_reading_t *reading, jose_bytes_t text,
    const jose_bytes_t *kid)
{
    BIO            *bio;
    bool            private;
    size_t          blocks;
    EVP_PKEY       *pkey;
    jose_bytes_t    none;
    jose_status_t   status;

    if (text.len == 0 || text.len > INT_MAX) {
        return JOSE_KEY_NOT_PEM;
    }

    bio = BIO_new_mem_buf(text.data, (int) text.len);
    if (bio == NULL) {
        return JOSE_ERROR;
    }

    none.data = NULL;
    none.len = 0;

    blocks = 0;

    for ( ;; ) {
        status = jose_pem_next(bio, &pkey, &private);

        if (status == JOSE_KEY_NONE) {
            status = blocks ? JOSE_OK : JOSE_KEY_NOT_PEM;
            break;
        }

        if (status == JOSE_ERROR) {
            break;
        }

        blocks++;

        if (status != JOSE_OK) {
            jose_reading_skip(reading, kid ? *kid : none, status);
            continue;
        }

        status = jose_reading_pem_key(reading, pkey, private, kid);
        if (status != JOSE_OK) {
            break;
        }
    }

    (void) BIO_free(bio);

    return status;
}


static jose_status_t
jose_reading_pem_key(jose_reading_t *reading, EVP_PKEY *pkey,
    bool private, const jose_bytes_t *kid)
{
    jose_key_t     *key;
    jose_uses_t     allowed;
    jose_status_t   status;

    key = jose_reading_new_key(reading);
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return JOSE_ERROR;
    }

    if (kid != NULL && jose_key_set_kid(key, *kid) != JOSE_OK) {
        EVP_PKEY_free(pkey);
        return JOSE_ERROR;
    }

    if (!private) {
        status = jose_key_set_public(key, reading->crypto, pkey,
                                     JOSE_ALG_ALL);

        return jose_reading_settle(reading, key, status);
    }

    /* it is here to decrypt: nobody verifies with a private key */

    allowed.algs = 0;
    allowed.wraps = JOSE_WRAP_ALL;
    allowed.enc = NULL;

    status = jose_key_set_private(key, reading->crypto, pkey, allowed);

    if (status == JOSE_KEY_NOT_FOR_SIGNATURES) {
        status = JOSE_KEY_PRIVATE;
    }

    return jose_reading_settle(reading, key, status);
}


static jose_status_t
jose_reading_encoded(jose_reading_t *reading,
    jose_keys_format_t format, jose_bytes_t text)
{
    size_t          size;
    uint8_t        *data;
    jose_bytes_t    secret;
    jose_status_t   status;

    size = text.len + 1;

    data = malloc(size);
    if (data == NULL) {
        return JOSE_ERROR;
    }

    secret.data = data;
    status = JOSE_KEY_NOT_ENCODED;

    if (jose_reading_decode(format, text, data, &secret.len)) {
        status = jose_reading_secret(reading, secret);
    }

    OPENSSL_cleanse(data, size);
    free(data);

    return status;
}


static bool
jose_reading_decode(jose_keys_format_t format, jose_bytes_t text, uint8_t *out,
    size_t *len)
{
    switch (format) {

    case JOSE_KEYS_HEX:
        return jose_reading_decode_hex(text, out, len);

    case JOSE_KEYS_BASE64:
        return jose_base64_decode(text, out, len);

    case JOSE_KEYS_BASE64URL:
        *len = jose_base64url_decoded_len(text.len);
        return jose_base64url_decode(text, out);

    default:
        return false;
    }
}


static bool
jose_reading_decode_hex(jose_bytes_t text, uint8_t *out, size_t *len)
{
    int     high, low;
    size_t  i;

    if (text.len % 2) {
        return false;
    }

    for (i = 0; i < text.len / 2; i++) {
        high = jose_reading_hex_digit(text.data[2 * i]);
        low = jose_reading_hex_digit(text.data[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }

        out[i] = (uint8_t) (high * 16 + low);
    }

    *len = i;

    return true;
}


static int
jose_reading_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}


static jose_status_t
jose_reading_secret(jose_reading_t *reading, jose_bytes_t secret)
{
    jose_key_t     *key;
    jose_uses_t     allowed;
    jose_status_t   status;

    key = jose_reading_new_key(reading);
    if (key == NULL) {
        return JOSE_ERROR;
    }

    allowed.algs = JOSE_ALG_ALL;
    allowed.wraps = JOSE_WRAP_ALL;
    allowed.enc = NULL;

    status = jose_key_set_secret(key, reading->crypto, secret, allowed);

    if (status != JOSE_OK) {
        jose_key_clear(key);
        return status;
    }

    return jose_reading_settle(reading, key, status);
}


/* jansson frees what it read as it is */

static void
jose_reading_wipe(json_t *json)
{
    size_t   i;
    json_t  *keys;

    jose_reading_wipe_jwk(json);

    keys = json_object_get(json, "keys");

    for (i = 0; i < json_array_size(keys); i++) {
        jose_reading_wipe_jwk(json_array_get(keys, i));
    }
}


static void
jose_reading_wipe_jwk(json_t *jwk)
{
    void    *it, *data;
    json_t  *value;

    for (it = json_object_iter(jwk);
         it != NULL;
         it = json_object_iter_next(jwk, it))
    {
        value = json_object_iter_value(it);

        if (json_is_string(value)) {
            data = (void *) (uintptr_t) json_string_value(value);
            OPENSSL_cleanse(data, json_string_length(value));
        }
    }
}
