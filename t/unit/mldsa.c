
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * ML-DSA.  Where the linked OpenSSL lacks it, its absence.
 */


#include "akp.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>


#define ALG(set)  (&sign_algs[(set)->alg])

/* FIPS 204, table 1: of a private key, before the polynomials */
#define SECRET_HEAD_LEN  128
#define SECRET_MAX       4896

/* of the encoded keys */
#define PUB_MAX  4096


/* RFC 9964, A.1: the key of 32 zeros, and how its signature begins and ends */
typedef struct {
    size_t       alg;
    size_t       public_len;
    const char  *kid;
    const char  *header;
    const char  *begins;
    const char  *ends;
    size_t       k;       /* FIPS 204, table 1 */
    size_t       l;
    size_t       eta;
} set_t;


static void test_absent(const set_t *set);
static void test_rfc(const set_t *set);
static EVP_PKEY *zero_seed(const set_t *set);
static void test_thumbprint(const set_t *set, const char *pub);
static void test_rfc_token(const set_t *set, EVP_PKEY *pkey,
    const jose_keys_t *keys);
static void test_forms(const set_t *set);
static void test_weak(const set_t *set);
static void test_weak_public(const set_t *set, uint8_t *public);
static size_t weak_secret(const set_t *set, uint8_t *secret);
static uint8_t *pack(uint8_t *p, unsigned value, size_t bits, size_t n);
static bool verifies(EVP_PKEY *pkey, jose_bytes_t input,
    jose_bytes_t signature);
static size_t sign_with(EVP_PKEY *pkey, OSSL_PARAM *params,
    jose_bytes_t input, uint8_t *signature);
static EVP_PKEY *key_of(const char *type, const char *param, uint8_t *bytes,
    size_t len, int selection);
static void public_of(EVP_PKEY *pkey, char *pub);
static jose_status_t read_jwk(const set_t *set, const char *pub,
    jose_keys_t **keys);
static void remember(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);


static const set_t  sets[] = {
    { 17, 1312, "T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o",
      "eyJhbGciOiJNTC1EU0EtNDQiLCJraWQiOiJUNHhsNzBTN01UNlplcTZyOVY5ZlBKR1ZuNz"
      "Z3Zm5YSjIxLWd5bzBHdTZvIn0",
      "knI1Q_9CIzLH5Xy94Kkc7WVKqZcAgtJ3mNf0GUj1uLA6YXAWFJfXkh-zQxUt",
      "d3yMnrjA4PAGDzdKWVplcHJ6jKmrsbrEztHd9QAAAAAAAAAAAAAAABIfMEQ",
      4, 4, 2 },
    { 18, 1952, "Suiu29qbfuaBaR4Ats-c6XQBePB_OpAxAwcTR_0KXVM",
      "eyJhbGciOiJNTC1EU0EtNjUiLCJraWQiOiJTdWl1MjlxYmZ1YUJhUjRBdHMtYzZYUUJlUE"
      "JfT3BBeEF3Y1RSXzBLWFZNIn0",
      "zmO9_0bLgJAegoVNymfRo4nGPK5lVtSFGnDbzfzYAD5mUEXpaBUg4itvZ8rA",
      "drbB0NoUVWBmcY3pGC9TiY6f6Pn-FBUnQkuBhIyPtgAAAAAAAAAABgwVHCUv",
      6, 5, 4 },
    { 19, 2592, "tRn1JNIkgMsABVQBlXeDHxAIcclh-2IX0UdDEzPt5XU",
      "eyJhbGciOiJNTC1EU0EtODciLCJraWQiOiJ0Um4xSk5Ja2dNc0FCVlFCbFhlREh4QUljY2"
      "xoLTJJWDBVZERFelB0NVhVIn0",
      "hmMrKkUgZwGPQV_WUoXUVq_Z9WOenDZbfMmHpKritl0btWi29TC8eIyQyT1F",
      "r7zNEzY9bHmXvsjb3N_u9BkenwkQfZGS6ez0AAAAAAAAAAALGSAlKzg7Qw",
      8, 7, 2 }
};

static const char  rfc_payload[] =
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9v"
    "ci4";

static jose_crypto_t  *crypto;
static char            token[SIGN_TOKEN_MAX];


int
main(void)
{
    size_t  i;

    crypto = jose_crypto_create();

    for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {

        if (sign_algs_n() < JOSE_ALG_N) {
            test_absent(&sets[i]);
            continue;
        }

        test_rfc(&sets[i]);
        test_forms(&sets[i]);
        test_weak(&sets[i]);
    }

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    jose_crypto_free(crypto);

    return unit_done("mldsa");
}


/* The name is known, and nothing is verified. */

static void
test_absent(const set_t *set)
{
    uint8_t        bytes[JOSE_SIGNATURE_MAX];
    sign_key_t     key;
    jose_keys_t   *keys;
    jose_bytes_t   signature;
    char           header[64];

    key.pkey = NULL;
    key.secret = sign_text("a secret of some length or other");

    keys = sign_set();
    sign_set_add(keys, crypto, &key, NULL);

    memset(bytes, 1, sizeof(bytes));
    signature.data = bytes;
    signature.len = jose_algs[set->alg].signature_len;

    (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\"}",
                    ALG(set)->name);
    sign_token_of(header, signature, token);

    unit_check_for(sign_verify_one(token, crypto, keys)
                   == JOSE_UNSUPPORTED_ALGORITHM,
                   "absent %s is supported", ALG(set)->name);

    jose_keys_free(keys);
}


static void
test_rfc(const set_t *set)
{
    char          pub[PUB_MAX];
    EVP_PKEY     *pkey;
    jose_keys_t  *keys;

    pkey = zero_seed(set);
    public_of(pkey, pub);

    test_thumbprint(set, pub);

    unit_check_for(read_jwk(set, pub, &keys) == JOSE_OK
                   && keys->keys->algs == (jose_alg_set_t) 1 << set->alg
                   && keys->keys->wraps == 0,
                   "key of the RFC refused: %s", ALG(set)->name);

    test_rfc_token(set, pkey, keys);

    jose_keys_free(keys);
    EVP_PKEY_free(pkey);
}


static EVP_PKEY *
zero_seed(const set_t *set)
{
    uint8_t        seed[32];
    EVP_PKEY      *pkey;
    OSSL_PARAM     params[2];
    EVP_PKEY_CTX  *ctx;

    memset(seed, 0, sizeof(seed));

    params[0] = OSSL_PARAM_construct_octet_string("seed", seed, 32);
    params[1] = OSSL_PARAM_construct_end();

    pkey = NULL;
    ctx = EVP_PKEY_CTX_new_from_name(NULL, ALG(set)->type, NULL);

    unit_check_for(EVP_PKEY_keygen_init(ctx) == 1
                   && EVP_PKEY_CTX_set_params(ctx, params) == 1
                   && EVP_PKEY_generate(ctx, &pkey) == 1,
                   "no key of that seed: %s", ALG(set)->name);

    EVP_PKEY_CTX_free(ctx);

    return pkey;
}


/* RFC 9964, 6, with RFC 7638: so it is the key of the RFC */

static void
test_thumbprint(const set_t *set, const char *pub)
{
    char          text[SIGN_TOKEN_MAX], thumbprint[64];
    size_t        len;
    uint8_t       hash[EVP_MAX_MD_SIZE];
    jose_bytes_t  bytes;

    (void) snprintf(text, sizeof(text),
                    "{\"alg\":\"%s\",\"kty\":\"AKP\",\"pub\":\"%s\"}",
                    ALG(set)->name, pub);

    (void) jose_crypto_digest(crypto, JOSE_DIGEST_SHA256, sign_text(text),
                              hash, &len);

    bytes.data = hash;
    bytes.len = len;
    (void) sign_base64url(bytes, thumbprint);

    unit_check_for(strcmp(thumbprint, set->kid) == 0,
                   "not the key of the RFC: %s", ALG(set)->name);
}


static void
test_rfc_token(const set_t *set, EVP_PKEY *pkey, const jose_keys_t *keys)
{
    int            yes;
    char          *text;
    size_t         len, ends;
    uint8_t        bytes[JOSE_SIGNATURE_MAX];
    OSSL_PARAM     params[2];
    jose_bytes_t   signature;

    len = (size_t) snprintf(token, sizeof(token), "%s.%s", set->header,
                            rfc_payload);

    yes = 1;
    params[0] = OSSL_PARAM_construct_int("deterministic", &yes);
    params[1] = OSSL_PARAM_construct_end();

    signature.data = bytes;
    signature.len = sign_with(pkey, params, sign_text(token), bytes);

    token[len] = '.';
    text = token + len + 1;
    len = sign_base64url(signature, text);
    ends = strlen(set->ends);

    unit_check_for(len > ends
                   && strncmp(text, set->begins, strlen(set->begins)) == 0
                   && strcmp(text + len - ends, set->ends) == 0,
                   "not the signature of the RFC: %s", ALG(set)->name);

    unit_check_for(sign_verify_one(token, crypto, keys) == JOSE_OK,
                   "token of the RFC refused: %s", ALG(set)->name);

    text[7] ^= 1;
    unit_check_for(sign_verify_one(token, crypto, keys) == JOSE_BAD_SIGNATURE,
                   "changed token of the RFC taken: %s", ALG(set)->name);
}


/* RFC 9964, 5: an empty context; 7.2: not of a hash; FIPS 204, 5 */

static void
test_forms(const set_t *set)
{
    int           raw;
    size_t        i;
    uint8_t       bytes[JOSE_SIGNATURE_MAX];
    OSSL_PARAM    forms[3][2];
    sign_key_t    key;
    jose_keys_t  *keys;
    jose_bytes_t  signature, input;
    char          header[64], context[] = "JWT";
    size_t        len;
    uint8_t       hash[EVP_MAX_MD_SIZE];

    raw = 0;
    memset(&key, 0, sizeof(sign_key_t));
    key.pkey = sign_generate(ALG(set)->type, NULL, 0);
    keys = sign_set();
    sign_set_add(keys, crypto, &key, NULL);

    forms[0][0] = OSSL_PARAM_construct_end();
    forms[1][0] = OSSL_PARAM_construct_octet_string("context-string", context,
                                                    3);
    forms[1][1] = OSSL_PARAM_construct_end();
    forms[2][0] = OSSL_PARAM_construct_int("message-encoding", &raw);
    forms[2][1] = OSSL_PARAM_construct_end();

    (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\"}",
                    ALG(set)->name);
    signature.data = bytes;

    for (i = 0; i < 3; i++) {
        input = sign_input(header, token);
        signature.len = sign_with(key.pkey, forms[i], input, bytes);
        sign_token_of(header, signature, token);

        unit_check_for(sign_verify_one(token, crypto, keys)
                       == (i ? JOSE_BAD_SIGNATURE : JOSE_OK),
                       "form %zu of %s", i, ALG(set)->name);
    }

    (void) jose_crypto_digest(crypto, JOSE_DIGEST_SHA512,
                              sign_input(header, token), hash, &len);
    input.data = hash;
    input.len = len;
    signature.len = sign_with(key.pkey, forms[0], input, bytes);
    sign_token_of(header, signature, token);

    unit_check_for(sign_verify_one(token, crypto, keys) == JOSE_BAD_SIGNATURE,
                   "signed hash taken: %s", ALG(set)->name);

    jose_keys_free(keys);
    EVP_PKEY_free(key.pkey);
}


/* The key of zeros behind a rho: who knows nothing signs. */

static void
test_weak(const set_t *set)
{
    char          header[64];
    size_t        len;
    uint8_t       secret[SECRET_MAX], public[JOSE_AKP_PUBLIC_MAX];
    uint8_t       bytes[JOSE_SIGNATURE_MAX];
    EVP_PKEY     *pkey;
    jose_key_t    key;
    jose_bytes_t  input, signature;

    len = weak_secret(set, secret);
    pkey = key_of(ALG(set)->type, OSSL_PKEY_PARAM_PRIV_KEY, secret, len,
                  EVP_PKEY_KEYPAIR);

    if (!unit_check_for(pkey != NULL, "no weak key: %s", ALG(set)->name)) {
        return;
    }

    (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\"}",
                    ALG(set)->name);
    input = sign_input(header, token);
    signature.data = bytes;
    signature.len = sign_with(pkey, NULL, input, bytes);

    EVP_PKEY_free(pkey);

    memset(public, 0, sizeof(public));
    pkey = key_of(ALG(set)->type, OSSL_PKEY_PARAM_PUB_KEY, public,
                  set->public_len, EVP_PKEY_PUBLIC_KEY);

    /* there is something to be refused */

    unit_check_for(verifies(pkey, input, signature),
                   "weak key is not weak: %s", ALG(set)->name);

    memset(&key, 0, sizeof(jose_key_t));
    unit_check_for(jose_key_set_public(&key, crypto, pkey, JOSE_ALG_ALL)
                   == JOSE_KEY_WEAK,
                   "weak key taken: %s", ALG(set)->name);
    jose_key_clear(&key);

    test_weak_public(set, public);
}


/* Whatever rho is; and the first and the last bit that make another t1. */

static void
test_weak_public(const set_t *set, uint8_t *public)
{
    char           pub[PUB_MAX];
    size_t         i;
    jose_keys_t   *keys;
    jose_bytes_t   bytes;
    jose_status_t  status;

    const struct {
        size_t           i;
        uint8_t          byte;
        jose_status_t    status;
    } rows[] = {
        { 0, 0, JOSE_KEY_WEAK },
        { 0, 1, JOSE_KEY_WEAK },
        { 31, 0x80, JOSE_KEY_WEAK },
        { 32, 1, JOSE_OK },
        { set->public_len - 1, 0x80, JOSE_OK }
    };

    bytes.data = public;
    bytes.len = set->public_len;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        public[rows[i].i] = rows[i].byte;
        (void) sign_base64url(bytes, pub);
        public[rows[i].i] = 0;

        status = read_jwk(set, pub, &keys);
        jose_keys_free(keys);

        unit_check_for(status == rows[i].status, "weak pub %zu of %s: %s", i,
                       ALG(set)->name, jose_status_word(status));
    }
}


/* FIPS 204, 7.2, skEncode: rho, K and what comes of zeros */

static size_t
weak_secret(const set_t *set, uint8_t *secret)
{
    uint8_t      public[JOSE_AKP_PUBLIC_MAX], *p;
    EVP_MD_CTX  *md;

    memset(secret, 0, SECRET_HEAD_LEN);
    memset(public, 0, sizeof(public));

    /* tr */

    md = EVP_MD_CTX_new();
    (void) EVP_DigestInit_ex2(md, EVP_shake256(), NULL);
    (void) EVP_DigestUpdate(md, public, set->public_len);
    (void) EVP_DigestFinalXOF(md, secret + 64, 64);
    EVP_MD_CTX_free(md);

    p = pack(secret + SECRET_HEAD_LEN, (unsigned) set->eta,
             set->eta == 2 ? 3 : 4, 256 * (set->k + set->l));
    p = pack(p, 4096, 13, 256 * set->k);

    return (size_t) (p - secret);
}


static uint8_t *
pack(uint8_t *p, unsigned value, size_t bits, size_t n)
{
    size_t  i;

    memset(p, 0, bits * n / 8);

    for (i = 0; i < bits * n; i++) {
        p[i / 8] |= (uint8_t) ((value >> i % bits & 1) << i % 8);
    }

    return p + bits * n / 8;
}


static bool
verifies(EVP_PKEY *pkey, jose_bytes_t input, jose_bytes_t signature)
{
    bool         ok;
    EVP_MD_CTX  *md;

    md = EVP_MD_CTX_new();

    ok = EVP_DigestVerifyInit_ex(md, NULL, NULL, NULL, NULL, pkey, NULL) == 1
         && EVP_DigestVerify(md, signature.data, signature.len, input.data,
                             input.len)
            == 1;

    EVP_MD_CTX_free(md);

    return ok;
}


static size_t
sign_with(EVP_PKEY *pkey, OSSL_PARAM *params, jose_bytes_t input,
    uint8_t *signature)
{
    size_t       len;
    EVP_MD_CTX  *md;

    len = JOSE_SIGNATURE_MAX;
    md = EVP_MD_CTX_new();

    unit_check_for(EVP_DigestSignInit_ex(md, NULL, NULL, NULL, NULL, pkey,
                                         params)
                   == 1
                   && EVP_DigestSign(md, signature, &len, input.data,
                                     input.len)
                      == 1,
                   "nothing is signed");

    EVP_MD_CTX_free(md);

    return len;
}


static EVP_PKEY *
key_of(const char *type, const char *param, uint8_t *bytes, size_t len,
    int selection)
{
    OSSL_PARAM  params[2];

    params[0] = OSSL_PARAM_construct_octet_string(param, bytes, len);
    params[1] = OSSL_PARAM_construct_end();

    return jose_crypto_pkey(type, params, selection);
}


static void
public_of(EVP_PKEY *pkey, char *pub)
{
    size_t        len;
    uint8_t       bytes[JOSE_AKP_PUBLIC_MAX];
    jose_bytes_t  public;

    (void) EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY,
                                           bytes, sizeof(bytes), &len);

    public.data = bytes;
    public.len = len;

    (void) sign_base64url(public, pub);
}


/* What is said of the key, if it is not used; it has a "priv", too. */

static jose_status_t
read_jwk(const set_t *set, const char *pub, jose_keys_t **keys)
{
    char                text[2 * PUB_MAX];
    jose_status_t       status, why;
    jose_keys_report_t  report;

    (void) snprintf(text, sizeof(text),
                    "{\"kid\":\"%s\",\"kty\":\"AKP\",\"alg\":\"%s\","
                    "\"pub\":\"%s\",\"priv\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                    "AAAAAAAAAAA\"}", set->kid, ALG(set)->name, pub);

    report.handler = remember;
    report.data = &why;

    status = jose_keys_read(keys, crypto, JOSE_KEYS_JWK, sign_text(text),
                            &report);

    return status == JOSE_KEY_NONE ? why : status;
}


static void
remember(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    (void) index;
    (void) kid;

    *(jose_status_t *) data = why;
}
