
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "crypto.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>


/* what malloc() is asked for, to see whether there is memory at all */
#define JOSE_CRYPTO_PROBE  4096


static bool jose_crypto_fetch(jose_crypto_t *crypto);
static bool jose_crypto_fetch_digest(jose_crypto_t *crypto, size_t i);
static bool jose_crypto_rekeys(const jose_crypto_t *crypto);
static bool jose_crypto_fetch_ciphers(jose_crypto_t *crypto);
static bool jose_crypto_lacks(const jose_alg_t *alg);


static const char  *const jose_crypto_digests[JOSE_DIGEST_N] = {
    [JOSE_DIGEST_SHA256] = "SHA2-256",
    [JOSE_DIGEST_SHA384] = "SHA2-384",
    [JOSE_DIGEST_SHA512] = "SHA2-512"
};


static const char  *const jose_crypto_ciphers[JOSE_CIPHER_N] = {
    [JOSE_CIPHER_A128_WRAP] = "AES-128-WRAP",
    [JOSE_CIPHER_A192_WRAP] = "AES-192-WRAP",
    [JOSE_CIPHER_A256_WRAP] = "AES-256-WRAP",
    [JOSE_CIPHER_A128_GCM] = "AES-128-GCM",
    [JOSE_CIPHER_A192_GCM] = "AES-192-GCM",
    [JOSE_CIPHER_A256_GCM] = "AES-256-GCM",
    [JOSE_CIPHER_A128_CBC] = "AES-128-CBC",
    [JOSE_CIPHER_A192_CBC] = "AES-192-CBC",
    [JOSE_CIPHER_A256_CBC] = "AES-256-CBC"
};


static bool    jose_crypto_was_starved;
static size_t  jose_crypto_failed;


jose_crypto_t *
jose_crypto_create(void)
{
    jose_crypto_t  *crypto;

    crypto = calloc(1, sizeof(jose_crypto_t));
    if (crypto == NULL) {
        return NULL;
    }

    if (!jose_crypto_fetch(crypto)) {
        jose_crypto_clear_errors();
        jose_crypto_free(crypto);
        return NULL;
    }

    return crypto;
}


static bool
jose_crypto_fetch(jose_crypto_t *crypto)
{
    size_t  i;

    crypto->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (crypto->hmac == NULL) {
        return false;
    }

    for (i = JOSE_DIGEST_SHA256; i < JOSE_DIGEST_N; i++) {
        if (!jose_crypto_fetch_digest(crypto, i)) {
            return false;
        }
    }

    crypto->rekeys = jose_crypto_rekeys(crypto);

    (void) jose_crypto_starved();
    crypto->algs = jose_crypto_algs();

    if (jose_crypto_starved()) {
        return false;
    }

    return jose_crypto_fetch_ciphers(crypto);
}


/*
 * OpenSSL before 3.0.3 takes EVP_MAC_init() without a key for done, and
 * computes nonsense from then on.
 */

static bool
jose_crypto_rekeys(const jose_crypto_t *crypto)
{
    bool          ok;
    size_t        i, len;
    uint8_t       mac[2][EVP_MAX_MD_SIZE];
    EVP_MAC_CTX  *ctx;

    ctx = jose_crypto_hmac(crypto, JOSE_DIGEST_SHA256);

    len = 0;

    ok = ctx != NULL
         && EVP_MAC_init(ctx, (const uint8_t *) "key", 3, NULL) == 1;

    for (i = 0; ok && i < 2; i++) {
        ok = EVP_MAC_init(ctx, NULL, 0, NULL) == 1
             && EVP_MAC_update(ctx, (const uint8_t *) "text", 4) == 1
             && EVP_MAC_final(ctx, mac[i], &len, EVP_MAX_MD_SIZE) == 1;
    }

    EVP_MAC_CTX_free(ctx);

    return ok && memcmp(mac[0], mac[1], len) == 0;
}


static bool
jose_crypto_fetch_digest(jose_crypto_t *crypto, size_t i)
{
    crypto->md[i] = EVP_MD_fetch(NULL, jose_crypto_digests[i], NULL);
    crypto->md_ctx[i] = EVP_MD_CTX_new();

    if (crypto->md[i] == NULL || crypto->md_ctx[i] == NULL) {
        return false;
    }

    if (EVP_DigestInit_ex2(crypto->md_ctx[i], crypto->md[i], NULL) != 1) {
        return false;
    }

    crypto->mac_ctx[i] = jose_crypto_hmac(crypto, (jose_digest_t) i);

    return crypto->mac_ctx[i] != NULL;
}


static bool
jose_crypto_fetch_ciphers(jose_crypto_t *crypto)
{
    size_t  i;

    crypto->cipher_ctx = EVP_CIPHER_CTX_new();
    if (crypto->cipher_ctx == NULL) {
        return false;
    }

    for (i = JOSE_CIPHER_A128_WRAP; i < JOSE_CIPHER_N; i++) {
        crypto->cipher[i] = EVP_CIPHER_fetch(NULL, jose_crypto_ciphers[i],
                                             NULL);
    }

    jose_crypto_clear_errors();

    return true;
}


jose_alg_set_t
jose_crypto_algs(void)
{
    size_t          i;
    jose_alg_set_t  algs;

    algs = JOSE_ALG_ALL;

    for (i = 0; i < JOSE_ALG_N; i++) {

        if (jose_crypto_lacks(&jose_algs[i])) {
            algs &= ~((jose_alg_set_t) 1 << i);
        }
    }

    (void) jose_crypto_clear_errors();

    return algs;
}


/* the others are not asked for, but tried with each key */

static bool
jose_crypto_lacks(const jose_alg_t *alg)
{
    EVP_SIGNATURE  *signature;

    if (alg->kind != JOSE_ALG_MLDSA) {
        return false;
    }

    signature = EVP_SIGNATURE_fetch(NULL, jose_alg_openssl(alg), NULL);

    EVP_SIGNATURE_free(signature);

    return signature == NULL;
}


void
jose_crypto_free(jose_crypto_t *crypto)
{
    size_t  i;

    if (crypto == NULL) {
        return;
    }

    for (i = 0; i < JOSE_DIGEST_N; i++) {
        EVP_MAC_CTX_free(crypto->mac_ctx[i]);
        EVP_MD_CTX_free(crypto->md_ctx[i]);
        EVP_MD_free(crypto->md[i]);
    }

    for (i = 0; i < JOSE_CIPHER_N; i++) {
        EVP_CIPHER_free(crypto->cipher[i]);
    }

    EVP_MAC_free(crypto->hmac);
    EVP_CIPHER_CTX_free(crypto->cipher_ctx);
    free(crypto);
}


/* not all of OpenSSL says so if it lacks memory */

bool
jose_crypto_clear_errors(void)
{
    bool            starved;
    void *volatile  probe;     /* else compilers leave malloc() out */
    unsigned long   error;

    probe = malloc(JOSE_CRYPTO_PROBE);
    starved = probe == NULL;
    free(probe);

    while ((error = ERR_get_error()) != 0) {
        starved = starved || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }

    /* with OpenSSL 3.6 one that is half made ends the loop */

    ERR_clear_error();

    jose_crypto_was_starved = jose_crypto_was_starved || starved;
    jose_crypto_failed++;

    return starved;
}


size_t
jose_crypto_failures(void)
{
    return jose_crypto_failed;
}


bool
jose_crypto_starved(void)
{
    bool  starved;

    starved = jose_crypto_was_starved;
    jose_crypto_was_starved = false;

    return starved;
}


EVP_MAC_CTX *
jose_crypto_hmac(const jose_crypto_t *crypto, jose_digest_t digest)
{
    char          name[32];
    OSSL_PARAM    params[2];
    EVP_MAC_CTX  *ctx;

    (void) OPENSSL_strlcpy(name, jose_crypto_digests[digest], sizeof(name));

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name,
                                                 0);
    params[1] = OSSL_PARAM_construct_end();

    ctx = EVP_MAC_CTX_new(crypto->hmac);

    if (ctx == NULL || EVP_MAC_CTX_set_params(ctx, params) != 1) {
        jose_crypto_clear_errors();
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }

    return ctx;
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
        jose_crypto_clear_errors();
        return JOSE_ERROR;
    }

    *len = n;

    return JOSE_OK;
}


EVP_PKEY *
jose_crypto_pkey(const char *type, OSSL_PARAM *params, int selection)
{
    EVP_PKEY      *pkey;
    EVP_PKEY_CTX  *ctx;

    pkey = NULL;

    ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (ctx == NULL
        || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &pkey, selection, params) != 1)
    {
        jose_crypto_clear_errors();
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }

    EVP_PKEY_CTX_free(ctx);

    return pkey;
}
