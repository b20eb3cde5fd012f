
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "reading.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


static jose_status_t jose_keys_read_once(jose_keys_t **keys,
    const jose_crypto_t *crypto, jose_keys_format_t format, jose_bytes_t text,
    const jose_keys_report_t *report);
static void jose_keys_ignore(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);
static bool jose_keys_are_same(const jose_keys_t *a, const jose_keys_t *b);
static void jose_reading_tell(jose_reading_t *reading, jose_bytes_t kid,
    jose_status_t why);


static uint64_t  jose_keys_serial;


jose_status_t
jose_keys_read(jose_keys_t **keys, const jose_crypto_t *crypto,
    jose_keys_format_t format, jose_bytes_t text,
    const jose_keys_report_t *report)
{
    size_t               failures;
    jose_keys_t         *again;
    jose_status_t        status;
    jose_keys_report_t   silent;

    failures = jose_crypto_failures();

    status = jose_keys_read_once(keys, crypto, format, text, report);

    if (status == JOSE_ERROR || jose_crypto_failures() == failures) {
        return status;
    }

    /*
     * OpenSSL failed, be it for want of memory, of which it does not always
     * tell: what it says twice is about the keys.
     */

    silent.handler = jose_keys_ignore;
    silent.data = NULL;

    if (jose_keys_read_once(&again, crypto, format, text, &silent) != status
        || (status == JOSE_OK && !jose_keys_are_same(*keys, again)))
    {
        jose_keys_free(*keys);
        *keys = NULL;

        status = JOSE_ERROR;
    }

    jose_keys_free(again);

    return status;
}


static void
jose_keys_ignore(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why)
{
    (void) data;
    (void) index;
    (void) kid;
    (void) why;
}


static bool
jose_keys_are_same(const jose_keys_t *a, const jose_keys_t *b)
{
    size_t  i;

    if (a->n != b->n) {
        return false;
    }

    for (i = 0; i < a->n; i++) {

        if (a->keys[i].algs != b->keys[i].algs
            || a->keys[i].wraps != b->keys[i].wraps)
        {
            return false;
        }
    }

    return true;
}


static jose_status_t
jose_keys_read_once(jose_keys_t **keys, const jose_crypto_t *crypto,
    jose_keys_format_t format, jose_bytes_t text,
    const jose_keys_report_t *report)
{
    jose_status_t        status;
    jose_reading_t       reading;

    memset(&reading, 0, sizeof(jose_reading_t));

    *keys = NULL;

    reading.crypto = crypto;
    reading.report = report;

    (void) jose_crypto_starved();

    reading.keys = calloc(1, sizeof(jose_keys_t));
    if (reading.keys == NULL) {
        return JOSE_ERROR;
    }

    status = jose_reading_text(&reading, format, text);

    if (status == JOSE_OK && reading.keys->n == 0) {
        status = JOSE_KEY_NONE;
    }

    if (status == JOSE_OK) {
        status = jose_keys_index(reading.keys);
    }

    if (ERR_peek_error() != 0) {
        (void) jose_crypto_clear_errors();
    }

    /* without memory nothing was learnt of the keys that are missing now */

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


jose_key_t *
jose_reading_new_key(jose_reading_t *reading)
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


jose_status_t
jose_reading_settle(jose_reading_t *reading, jose_key_t *key,
    jose_status_t status)
{
    if (status == JOSE_OK) {

        if (jose_key_is_short(key)) {
            jose_reading_tell(reading, key->kid, JOSE_KEY_SECRET_SHORT);
        }

        reading->index++;
        reading->keys->n++;

        return JOSE_OK;
    }

    if (status != JOSE_ERROR) {
        jose_reading_skip(reading, key->kid, status);
        status = JOSE_OK;
    }

    jose_key_clear(key);

    return status;
}


void
jose_reading_skip(jose_reading_t *reading, jose_bytes_t kid,
    jose_status_t why)
{
    jose_reading_tell(reading, kid, why);

    reading->index++;
}


static void
jose_reading_tell(jose_reading_t *reading, jose_bytes_t kid,
    jose_status_t why)
{
    reading->report->handler(reading->report->data, reading->index, kid, why);
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
