
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What holds for all sets of keys.
 */


#include "keys.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


#define OCT  "\"kty\":\"oct\",\"k\":"                                         \
    "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\""

#define EC   "\"kty\":\"EC\",\"crv\":\"P-256\","                              \
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","                  \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""


static void test_any_format(void);
static void test_serials(void);
static jose_status_t read_keys(jose_keys_t **keys, int format,
    const char *text);
static void ignore(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);


static jose_crypto_t  *crypto;


int
main(void)
{
    crypto = jose_crypto_create();

    test_any_format();
    test_serials();

    jose_crypto_free(crypto);

    return unit_done("keys_any");
}


/* Any text in any format: no crash, and a set only with JOSE_OK. */

static void
test_any_format(void)
{
    int             format;
    char           *public, *private;
    size_t          i;
    EVP_PKEY       *pkey;
    const char     *texts[9];
    jose_keys_t    *keys;
    jose_status_t   status;

    pkey = sign_generate("EC", "P-256", 0);
    public = sign_pem(pkey);
    private = sign_pem_private(pkey);

    texts[0] = "";
    texts[1] = "0";
    texts[2] = "{";
    texts[3] = "{\"keys\":[{}";
    texts[4] = "-----BEGIN ";
    texts[5] = public;
    texts[6] = private;
    texts[7] = "\xff\xfe{\"";
    texts[8] = "{\"keys\":[{" EC "}]}";

    for (i = 0; i < 9; i++) {
        for (format = 0; format <= JOSE_KEYS_BASE64URL + 1; format++) {
            status = read_keys(&keys, format, texts[i]);

            unit_check_for((status == JOSE_OK) == (keys != NULL),
                           "set with %s", jose_status_word(status));
            unit_check_for((status == JOSE_ERROR)
                           == (format > JOSE_KEYS_BASE64URL),
                           "format %d, text %zu: %s", format, i,
                           jose_status_word(status));
            jose_keys_free(keys);
        }
    }

    free(public);
    free(private);
    EVP_PKEY_free(pkey);
}


/* Whoever remembers what a set has verified knows it again by that. */

static void
test_serials(void)
{
    size_t              i, j;
    jose_keys_t        *keys[6];
    static const char  *texts[] = {
        "{" OCT "}", "{" OCT "}", "{" EC "}", "{\"keys\":[{" OCT "}]}",
        "{\"keys\":[{" OCT "},{" EC "}]}", "{" OCT "}"
    };

    for (i = 0; i < 6; i++) {
        unit_check_for(read_keys(&keys[i], JOSE_KEYS_AUTO, texts[i])
                       == JOSE_OK,
                       "not read: %s", texts[i]);

        for (j = 0; j < i; j++) {
            unit_check_for(keys[i]->serial != keys[j]->serial,
                           "sets %zu and %zu have one serial", j, i);
        }
    }

    for (i = 0; i < 6; i++) {
        jose_keys_free(keys[i]);
    }
}


static jose_status_t
read_keys(jose_keys_t **keys, int format, const char *text)
{
    jose_status_t       status;
    jose_keys_report_t  report;

    report.handler = ignore;
    report.data = NULL;

    status = jose_keys_read(keys, crypto, (jose_keys_format_t) format,
                            sign_text(text), &report);

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");
    ERR_clear_error();

    return status;
}


static void
ignore(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    (void) data;
    (void) index;

    unit_check_for(why != JOSE_OK, "%.*s", (int) kid.len,
                   (const char *) kid.data);
}
