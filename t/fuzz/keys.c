
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Any text in any format, which the first byte chooses: keys of a bounded
 * number that can be freed, and the same ones the next time.
 */


#include "keys.h"

#include <stdlib.h>

#include <openssl/err.h>


static void fuzz_report(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);


static volatile uint8_t  fuzz_seen;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                 i, k, n[2], told[2];
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
    text.data = data + 1;
    text.len = size - 1;

    for (i = 0; i < 2; i++) {
        told[i] = 0;
        n[i] = 0;

        report.handler = fuzz_report;
        report.data = &told[i];

        status[i] = jose_keys_read(&keys, crypto, format, text, &report);

        if ((status[i] == JOSE_OK) != (keys != NULL)
            || status[i] == JOSE_ERROR
            || ERR_peek_error() != 0)
        {
            abort();
        }

        if (keys == NULL) {
            continue;
        }

        n[i] = keys->n;

        /* a key has at least two bytes of text, and one use */

        if (n[i] == 0 || n[i] > size) {
            abort();
        }

        for (k = 0; k < n[i]; k++) {
            if (keys->keys[k].algs == 0 && keys->keys[k].wraps == 0) {
                abort();
            }
        }

        jose_keys_free(keys);
    }

    if (status[0] != status[1] || n[0] != n[1] || told[0] != told[1]) {
        abort();
    }

    return 0;
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
