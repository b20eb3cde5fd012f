
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "keys.h"
#include "base64url.h"
#include "jwk.h"
#include "pem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>


/* one text on its way to becoming a set */
typedef struct {
    const jose_crypto_t       *crypto;
    const jose_keys_report_t  *report;
    jose_keys_t               *keys;
    size_t                     size;    /* room in keys->keys */
    size_t                     index;   /* of the next key in the text */
} jose_keys_reading_t;


static jose_status_t jose_keys_read_format(jose_keys_reading_t *reading,
    jose_keys_format_t format, jose_bytes_t text);
static jose_status_t jose_keys_read_json(jose_keys_reading_t *reading,
    jose_keys_format_t format, jose_bytes_t text);
static jose_keys_format_t jose_keys_look_at_json(const json_t *json);
static jose_status_t jose_keys_read_jwks(jose_keys_reading_t *reading,
    const json_t *json);
static jose_status_t jose_keys_read_jwk(jose_keys_reading_t *reading,
    const json_t *jwk);
static jose_status_t jose_keys_read_keyval(jose_keys_reading_t *reading,
    json_t *json);
static jose_status_t jose_keys_read_pem(jose_keys_reading_t *reading,
    jose_bytes_t text, const jose_bytes_t *kid);
static jose_status_t jose_keys_read_pem_key(jose_keys_reading_t *reading,
    EVP_PKEY *pkey, bool private, const jose_bytes_t *kid);
static jose_status_t jose_keys_read_encoded(jose_keys_reading_t *reading,
    jose_keys_format_t format, jose_bytes_t text);
static bool jose_keys_decode(jose_keys_format_t format, jose_bytes_t text,
    uint8_t *out, size_t *len);
static bool jose_keys_decode_hex(jose_bytes_t text, uint8_t *out,
    size_t *len);
static int jose_keys_hex_digit(uint8_t c);
static jose_status_t jose_keys_read_secret(jose_keys_reading_t *reading,
    jose_bytes_t secret);
static jose_key_t *jose_keys_new_key(jose_keys_reading_t *reading);
static jose_status_t jose_keys_settle(jose_keys_reading_t *reading,
    jose_key_t *key, jose_status_t status);
static void jose_keys_skip(jose_keys_reading_t *reading, jose_bytes_t kid,
    jose_status_t why);
static void jose_keys_tell(jose_keys_reading_t *reading, jose_bytes_t kid,
    jose_status_t why);
static void jose_keys_wipe(json_t *json);
static void jose_keys_wipe_jwk(json_t *jwk);


static uint64_t  jose_keys_serial;


jose_status_t
jose_keys_read(jose_keys_t **keys, const jose_crypto_t *crypto,
    jose_keys_format_t format, jose_bytes_t text,
    const jose_keys_report_t *report)
{
    jose_status_t        status;
    jose_keys_reading_t  reading;

    memset(&reading, 0, sizeof(jose_keys_reading_t));

    *keys = NULL;

    reading.crypto = crypto;
    reading.report = report;

    (void) jose_crypto_starved();

    reading.keys = calloc(1, sizeof(jose_keys_t));
    if (reading.keys == NULL) {
        return JOSE_ERROR;
    }

    status = jose_keys_read_format(&reading, format, text);

    if (status == JOSE_OK && reading.keys->n == 0) {
        status = JOSE_KEY_NONE;
    }

    if (status == JOSE_OK) {
        status = jose_keys_index(reading.keys);
    }

    /* without memory nothing was learnt of the keys that are missing now */

    (void) jose_crypto_clear_errors();

    if (jose_crypto_starved()) {
        status = JOSE_ERROR;
    }

    if (status != JOSE_OK) {
        jose_keys_free(reading.keys);
        return status;
    }

    reading.keys->serial = ++jose_keys_serial;

    *keys = reading.keys;

    return JOSE_OK;
}


static jose_status_t
jose_keys_read_format(jose_keys_reading_t *reading,
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
            return jose_keys_read_pem(reading, text, NULL);
        }

        return jose_keys_read_json(reading, format, text);

    case JOSE_KEYS_JWKS:
    case JOSE_KEYS_JWK:
    case JOSE_KEYS_KEYVAL:
        return jose_keys_read_json(reading, format, text);

    case JOSE_KEYS_PEM:
        return jose_keys_read_pem(reading, text, NULL);

    case JOSE_KEYS_SECRET:
        return jose_keys_read_secret(reading, text);

    case JOSE_KEYS_HEX:
    case JOSE_KEYS_BASE64:
    case JOSE_KEYS_BASE64URL:
        return jose_keys_read_encoded(reading, format, text);
    }

    return JOSE_ERROR;
}


static jose_status_t
jose_keys_read_json(jose_keys_reading_t *reading, jose_keys_format_t format,
    jose_bytes_t text)
{
    json_t         *json;
    json_error_t    error;
    jose_status_t   status;

    /* jansson overlooks a NUL that ends a number */

    if (memchr(text.data, 0, text.len) != NULL) {
        return JOSE_KEY_NOT_JSON;
    }

    json = json_loadb((const char *) text.data, text.len,
                      JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        return json_error_code(&error) == json_error_out_of_memory
               ? JOSE_ERROR : JOSE_KEY_NOT_JSON;
    }

    if (format == JOSE_KEYS_AUTO) {
        format = jose_keys_look_at_json(json);
    }

    switch (format) {

    case JOSE_KEYS_JWKS:
        status = jose_keys_read_jwks(reading, json);
        break;

    case JOSE_KEYS_JWK:
        status = jose_keys_read_jwk(reading, json);
        break;

    case JOSE_KEYS_KEYVAL:
        status = jose_keys_read_keyval(reading, json);
        break;

    default:
        status = JOSE_ERROR;
        break;
    }

    jose_keys_wipe(json);
    json_decref(json);

    return status;
}


static jose_keys_format_t
jose_keys_look_at_json(const json_t *json)
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
jose_keys_read_jwks(jose_keys_reading_t *reading, const json_t *json)
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
        status = jose_keys_read_jwk(reading, json_array_get(keys, i));
        if (status != JOSE_OK) {
            return status;
        }
    }

    return JOSE_OK;
}


static jose_status_t
jose_keys_read_jwk(jose_keys_reading_t *reading, const json_t *jwk)
{
    jose_key_t     *key;
    jose_status_t   status;

    key = jose_keys_new_key(reading);
    if (key == NULL) {
        return JOSE_ERROR;
    }

    status = jose_jwk_read(key, reading->crypto, jwk);

    return jose_keys_settle(reading, key, status);
}


static jose_status_t
jose_keys_read_keyval(jose_keys_reading_t *reading, json_t *json)
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
            jose_keys_skip(reading, kid, JOSE_KEY_NOT_PEM);
            continue;
        }

        text.data = (const uint8_t *) json_string_value(value);
        text.len = json_string_length(value);

        status = jose_keys_read_pem(reading, text, &kid);

        if (status == JOSE_KEY_NOT_PEM) {
            jose_keys_skip(reading, kid, status);
            continue;
        }

        if (status != JOSE_OK) {
            return status;
        }
    }

    return JOSE_OK;
}


static jose_status_t
jose_keys_read_pem(jose_keys_reading_t *reading, jose_bytes_t text,
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
            jose_keys_skip(reading, kid ? *kid : none, status);
            continue;
        }

        status = jose_keys_read_pem_key(reading, pkey, private, kid);
        if (status != JOSE_OK) {
            break;
        }
    }

    (void) BIO_free(bio);

    return status;
}


static jose_status_t
jose_keys_read_pem_key(jose_keys_reading_t *reading, EVP_PKEY *pkey,
    bool private, const jose_bytes_t *kid)
{
    jose_key_t     *key;
    jose_uses_t     allowed;
    jose_status_t   status;

    key = jose_keys_new_key(reading);
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

        return jose_keys_settle(reading, key, status);
    }

    /* it is here to decrypt: nobody verifies with a private key */

    allowed.algs = 0;
    allowed.wraps = JOSE_WRAP_ALL;
    allowed.enc = NULL;

    status = jose_key_set_private(key, reading->crypto, pkey, allowed);

    if (status == JOSE_KEY_NOT_FOR_SIGNATURES) {
        status = JOSE_KEY_PRIVATE;
    }

    return jose_keys_settle(reading, key, status);
}


static jose_status_t
jose_keys_read_encoded(jose_keys_reading_t *reading,
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

    if (jose_keys_decode(format, text, data, &secret.len)) {
        status = jose_keys_read_secret(reading, secret);
    }

    OPENSSL_cleanse(data, size);
    free(data);

    return status;
}


static bool
jose_keys_decode(jose_keys_format_t format, jose_bytes_t text, uint8_t *out,
    size_t *len)
{
    switch (format) {

    case JOSE_KEYS_HEX:
        return jose_keys_decode_hex(text, out, len);

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
jose_keys_decode_hex(jose_bytes_t text, uint8_t *out, size_t *len)
{
    int     high, low;
    size_t  i;

    if (text.len % 2) {
        return false;
    }

    for (i = 0; i < text.len / 2; i++) {
        high = jose_keys_hex_digit(text.data[2 * i]);
        low = jose_keys_hex_digit(text.data[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }

        out[i] = (uint8_t) (high * 16 + low);
    }

    *len = i;

    return true;
}


static int
jose_keys_hex_digit(uint8_t c)
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
jose_keys_read_secret(jose_keys_reading_t *reading, jose_bytes_t secret)
{
    jose_key_t     *key;
    jose_uses_t     allowed;
    jose_status_t   status;

    key = jose_keys_new_key(reading);
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

    return jose_keys_settle(reading, key, status);
}


/*
 * The next key of the set: zeroed, and not counted before it is settled.
 */

static jose_key_t *
jose_keys_new_key(jose_keys_reading_t *reading)
{
    size_t        size;
    jose_key_t   *grown;
    jose_keys_t  *keys;

    keys = reading->keys;

    if (keys->n == reading->size) {
        size = reading->size ? 2 * reading->size : 1;

        grown = realloc(keys->keys, size * sizeof(jose_key_t));
        if (grown == NULL) {
            return NULL;
        }

        keys->keys = grown;
        reading->size = size;
    }

    memset(&keys->keys[keys->n], 0, sizeof(jose_key_t));

    return &keys->keys[keys->n];
}


static jose_status_t
jose_keys_settle(jose_keys_reading_t *reading, jose_key_t *key,
    jose_status_t status)
{
    if (status == JOSE_OK) {

        if (jose_key_is_short(key)) {
            jose_keys_tell(reading, key->kid, JOSE_KEY_SECRET_SHORT);
        }

        reading->index++;
        reading->keys->n++;

        return JOSE_OK;
    }

    if (status != JOSE_ERROR) {
        jose_keys_skip(reading, key->kid, status);
        status = JOSE_OK;
    }

    jose_key_clear(key);

    return status;
}


static void
jose_keys_skip(jose_keys_reading_t *reading, jose_bytes_t kid,
    jose_status_t why)
{
    jose_keys_tell(reading, kid, why);

    reading->index++;
}


static void
jose_keys_tell(jose_keys_reading_t *reading, jose_bytes_t kid,
    jose_status_t why)
{
    reading->report->handler(reading->report->data, reading->index, kid, why);
}


/* jansson frees what it read as it is */

static void
jose_keys_wipe(json_t *json)
{
    size_t   i;
    json_t  *keys;

    jose_keys_wipe_jwk(json);

    keys = json_object_get(json, "keys");

    for (i = 0; i < json_array_size(keys); i++) {
        jose_keys_wipe_jwk(json_array_get(keys, i));
    }
}


static void
jose_keys_wipe_jwk(json_t *jwk)
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


jose_status_t
jose_keys_index(jose_keys_t *keys)
{
    jose_index_clear(&keys->index);

    return jose_index_build(&keys->index, keys->keys, keys->n) ? JOSE_OK
                                                               : JOSE_ERROR;
}


void
jose_keys_free(jose_keys_t *keys)
{
    size_t  i;

    if (keys == NULL) {
        return;
    }

    for (i = 0; i < keys->n; i++) {
        jose_key_clear(&keys->keys[i]);
    }

    jose_index_clear(&keys->index);

    free(keys->keys);
    free(keys);
}
