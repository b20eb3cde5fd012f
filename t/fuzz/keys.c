
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Any text in any format, which the first byte chooses: keys of a bounded
 * number that can be freed, each of which has a use and is found by its kid,
 * and the same ones the next time.
 */


#include "fuzz.h"
#include "select.h"

#include <openssl/err.h>


static void fuzz_keys(const jose_keys_t *keys);
static void fuzz_report(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);


static volatile uint8_t  fuzz_seen;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                 i, n[2], told[2];
    jose_keys_t           *keys;
    jose_bytes_t           text;
    jose_status_t          status[2];
    jose_keys_format_t     format;
    jose_keys_report_t     report;
    static jose_crypto_t  *crypto;

    if (crypto == NULL) {
        crypto = jose_crypto_create();
    }

    if (size == 0) {
        return 0;
    }

    format = (jose_keys_format_t) (data[0] % (JOSE_KEYS_BASE64URL + 1));
    text = fuzz_copy(data + 1, size - 1);

    for (i = 0; i < 2; i++) {
        told[i] = 0;
        n[i] = 0;

        report.handler = fuzz_report;
        report.data = &told[i];

        status[i] = jose_keys_read(&keys, crypto, format, text, &report);

        fuzz_assert((status[i] == JOSE_OK) == (keys != NULL));
        fuzz_assert(status[i] != JOSE_ERROR);
        fuzz_assert(ERR_peek_error() == 0);

        if (keys != NULL) {
            n[i] = keys->n;

            /* a key has at least two bytes of text */

            fuzz_assert(n[i] > 0 && n[i] <= size);
            fuzz_keys(keys);

            jose_keys_free(keys);
        }
    }

    fuzz_assert(status[0] == status[1]);
    fuzz_assert(n[0] == n[1] && told[0] == told[1]);

    exact_free(text);

    return 0;
}


static void
fuzz_keys(const jose_keys_t *keys)
{
    bool                found;
    size_t              i, k;
    jose_select_t       select;
    const jose_key_t   *key, *next;
    jose_json_value_t   kid;

    for (i = 0; i < keys->n; i++) {
        key = &keys->keys[i];

        fuzz_assert(key->algs != 0 || key->wraps != 0);

        /* a backslash would be an escape */

        if (key->kid.data == NULL
            || key->kid.len == 0
            || memchr(key->kid.data, '\\', key->kid.len) != NULL)
        {
            continue;
        }

        kid.text = key->kid;
        kid.type = JOSE_JSON_STRING;

        jose_select_begin(&select, &keys, 1, &kid);
        found = false;

        for (k = 0; (next = jose_select_next(&select)) != NULL; k++) {
            fuzz_assert(k < keys->n);
            fuzz_assert(jose_bytes_equal(next->kid, key->kid));
            found = found || next == key;
        }

        fuzz_assert(found);
    }
}


/* reads all that it is given */

static void
fuzz_report(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    size_t  i;

    (*(size_t *) data)++;

    for (i = 0; i < kid.len; i++) {
        fuzz_seen ^= kid.data[i];
    }

    fuzz_seen ^= (uint8_t) jose_status_word(why)[0];
    fuzz_seen ^= (uint8_t) index;
}
