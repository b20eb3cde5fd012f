
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Keys, each with one token that was made with it, for t/fuzz/jws.c and
 * t/fuzz/jwe.c: no other token is good.
 */


#ifndef SEEDS_H_INCLUDED
#define SEEDS_H_INCLUDED


#include "../unit/sign.h"
#include "fuzz.h"

#include <openssl/err.h>


#define SEEDS_MAX  8


typedef struct {
    const char  *jwk;     /* NULL: that of the one before */
    const char  *token;
} seed_t;


/* zeroed; sets has one set for each key */
typedef struct {
    const seed_t       *seeds;
    size_t              n;
    jose_crypto_t      *crypto;
    const jose_keys_t  *sets[SEEDS_MAX];
    size_t              sets_n;
} seeds_t;


static inline void
seeds_report(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    (void) data;
    (void) index;
    (void) kid;

    fuzz_assert(why == JOSE_KEY_SECRET_SHORT);
}


static inline void
seeds_read(seeds_t *seeds, const seed_t *rows, size_t n)
{
    size_t               i;
    jose_keys_t         *set;
    jose_keys_report_t   report;

    seeds->crypto = jose_crypto_create();
    seeds->seeds = rows;
    seeds->n = n;

    report.handler = seeds_report;
    report.data = NULL;

    for (i = 0; i < n; i++) {

        if (rows[i].jwk == NULL) {
            continue;
        }

        fuzz_assert(jose_keys_read(&set, seeds->crypto, JOSE_KEYS_JWK,
                                   sign_text(rows[i].jwk), &report)
                    == JOSE_OK);

        seeds->sets[seeds->sets_n++] = set;
    }

    for (i = 0; i < n; i++) {
        (void) LLVMFuzzerTestOneInput((const uint8_t *) rows[i].token,
                                      strlen(rows[i].token));
    }
}


/*
 * The input, or, where it begins with "{", the header that it is up to a
 * newline, encoded, and the other parts; for exact_free().
 */

static inline jose_bytes_t
seeds_token(const uint8_t *data, size_t size)
{
    char          *text;
    size_t         len;
    jose_bytes_t   header, rest, token;

    if (size == 0 || data[0] != '{') {
        return fuzz_copy(data, size);
    }

    rest.data = data;
    rest.len = size;

    header = fuzz_line(&rest);

    text = malloc(2 * size + 8);
    fuzz_assert(text != NULL);

    len = sign_base64url(header, text);

    if (header.len < size) {
        text[len++] = '.';
        memcpy(text + len, rest.data, rest.len);
        len += rest.len;
    }

    token = fuzz_copy((const uint8_t *) text, len);

    exact_free(header);
    free(text);

    return token;
}


/* What came of a token: only one of the seeds is good. */

static inline void
seeds_check(const seeds_t *seeds, jose_bytes_t token, jose_status_t status)
{
    bool    seed;
    size_t  i;

    seed = false;

    for (i = 0; i < seeds->n; i++) {
        seed = seed
               || jose_bytes_equal(token, sign_text(seeds->seeds[i].token));
    }

    fuzz_assert((status == JOSE_OK) == seed);
    fuzz_assert(status != JOSE_ERROR);
    fuzz_assert(ERR_peek_error() == 0);
}


#endif /* SEEDS_H_INCLUDED */
