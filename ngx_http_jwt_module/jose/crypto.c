
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "crypto.h"

#include <stdlib.h>

#include <openssl/err.h>


static bool jose_crypto_fetch(jose_crypto_t *crypto);


static const char  *const jose_crypto_digests[JOSE_DIGEST_N] = {
    [JOSE_DIGEST_SHA256] = "SHA2-256",
    [JOSE_DIGEST_SHA384] = "SHA2-384",
    [JOSE_DIGEST_SHA512] = "SHA2-512"
};


jose_crypto_t *
jose_crypto_create(void)
{
    jose_crypto_t  *crypto;

    crypto = calloc(1, sizeof(jose_crypto_t));
    if (crypto == NULL) {
        return NULL;
    }

    if (!jose_crypto_fetch(crypto)) {
        ERR_clear_error();
        jose_crypto_free(crypto);
        return NULL;
    }

    return crypto;
}


static bool
jose_crypto_fetch(jose_crypto_t *crypto)
{
    size_t  i;

    for (i = JOSE_DIGEST_SHA256; i < JOSE_DIGEST_N; i++) {
        crypto->md[i] = EVP_MD_fetch(NULL, jose_crypto_digests[i], NULL);
        if (crypto->md[i] == NULL) {
            return false;
        }

        crypto->md_ctx[i] = EVP_MD_CTX_new();
        if (crypto->md_ctx[i] == NULL) {
            return false;
        }

        if (EVP_DigestInit_ex2(crypto->md_ctx[i], crypto->md[i], NULL) != 1) {
            return false;
        }
    }

    crypto->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    return crypto->hmac != NULL;
}


void
jose_crypto_free(jose_crypto_t *crypto)
{
    size_t  i;

    if (crypto == NULL) {
        return;
    }

    for (i = 0; i < JOSE_DIGEST_N; i++) {
        EVP_MD_CTX_free(crypto->md_ctx[i]);
        EVP_MD_free(crypto->md[i]);
    }

    EVP_MAC_free(crypto->hmac);
    free(crypto);
}


jose_status_t
jose_crypto_digest(const jose_crypto_t *crypto, jose_digest_t digest,
    jose_bytes_t input, uint8_t *out, size_t *len)
{
    unsigned     n;
    EVP_MD_CTX  *ctx;

    ctx = crypto->md_ctx[digest];

    if (EVP_DigestInit_ex2(ctx, NULL, NULL) != 1
        || EVP_DigestUpdate(ctx, input.data, input.len) != 1
        || EVP_DigestFinal_ex(ctx, out, &n) != 1)
    {
        ERR_clear_error();
        return JOSE_ERROR;
    }

    *len = n;

    return JOSE_OK;
}
