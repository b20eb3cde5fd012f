
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "crypto.h"
#include "unit.h"

#include <string.h>

#include <openssl/err.h>


static void test_digests(const jose_crypto_t *crypto);
static void test_digest(const jose_crypto_t *crypto, jose_digest_t digest,
    jose_bytes_t input, const char *expected);


int
main(void)
{
    jose_crypto_t  *crypto;

    jose_crypto_free(NULL);

    crypto = jose_crypto_create();

    if (unit_check_for(crypto != NULL, "not created")) {
        test_digests(crypto);
    }

    jose_crypto_free(crypto);

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    return unit_done("crypto");
}


/* FIPS 180-4, each more than once: the contexts are kept */

static void
test_digests(const jose_crypto_t *crypto)
{
    size_t                     i;
    static const jose_bytes_t  abc = jose_bytes("abc");
    static const jose_bytes_t  empty = { NULL, 0 };

    for (i = 0; i < 3; i++) {
        test_digest(crypto, JOSE_DIGEST_SHA256, abc,
                    "ba7816bf8f01cfea414140de5dae2223"
                    "b00361a396177a9cb410ff61f20015ad");
        test_digest(crypto, JOSE_DIGEST_SHA256, empty,
                    "e3b0c44298fc1c149afbf4c8996fb924"
                    "27ae41e4649b934ca495991b7852b855");
        test_digest(crypto, JOSE_DIGEST_SHA384, abc,
                    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                    "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
        test_digest(crypto, JOSE_DIGEST_SHA512, abc,
                    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"
                    "0a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
                    "454d4423643ce80e2a9ac94fa54ca49f");
    }
}


static void
test_digest(const jose_crypto_t *crypto, jose_digest_t digest,
    jose_bytes_t input, const char *expected)
{
    char      hex[2 * EVP_MAX_MD_SIZE + 1];
    size_t    i, len;
    uint8_t   out[EVP_MAX_MD_SIZE];

    len = 0;

    unit_check_for(jose_crypto_digest(crypto, digest, input, out, &len)
                   == JOSE_OK,
                   "digest %d failed", (int) digest);

    hex[0] = '\0';

    for (i = 0; i < len; i++) {
        (void) snprintf(hex + 2 * i, 3, "%02x", (unsigned) out[i]);
    }

    unit_check_for(strcmp(hex, expected) == 0, "digest %d wrong",
                   (int) digest);
}
