
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Keys that decrypt: what a JWK or a PEM says and what comes of it.
 */


#include "encrypt.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


#define K16   "\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODw\""
#define K32   "\"kty\":\"oct\",\"k\":"                                        \
              "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\""
#define K15   "\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0O\""

#define EC    "\"kty\":\"EC\",\"crv\":\"P-256\","                             \
              "\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","        \
              "\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\""
#define OFF_D "\"kty\":\"EC\",\"crv\":\"P-256\","                             \
              "\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","        \
              "\"y\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","        \
              "\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\""
#define EC_D  EC ",\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\""

#define OKP   "\"kty\":\"OKP\",\"crv\":\"X25519\","                           \
              "\"x\":\"j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8\""
#define OKP_D OKP ",\"d\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\""

#define ED    "\"kty\":\"OKP\",\"crv\":\"Ed25519\","                          \
              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define ED_D  ED ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""

#define ZERO  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


static void test_jwk(void);
static void test_rsa(void);
static void test_rsa_members(const char *text, EVP_PKEY *pkey);
static char *member(EVP_PKEY *pkey, const char *name, char *out);
static void test_verifying(void);
static void test_verifying_key(const char *text, jose_status_t status,
    jose_alg_set_t algs);
static bool is_private(EVP_PKEY *pkey);
static void test_pem(void);
static void test_pem_key(const char *type, const char *group,
    jose_status_t status, jose_wrap_set_t wraps);
static void test_formats(void);
static jose_keys_t *read_keys(jose_keys_format_t format, const char *text);
static void record(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);


static jose_crypto_t  *crypto;
static jose_status_t   reported;


/* RFC 7517, 4.2 to 4.4 and RFC 7518, 6.2.2 */

static const struct {
    const char       *text;
    jose_status_t     status;
    jose_alg_set_t    algs;
    jose_wrap_set_t   wraps;
} jwks[] = {
    { "{" K16 "}", JOSE_OK, 0x7, 0x13 },
    { "{" K16 ",\"use\":\"sig\"}", JOSE_OK, 0x7, 0 },
    { "{" K16 ",\"use\":\"enc\"}", JOSE_OK, 0, 0x13 },
    { "{" K16 ",\"alg\":\"A128KW\"}", JOSE_OK, 0, 0x2 },
    { "{" K16 ",\"alg\":\"A128GCMKW\"}", JOSE_OK, 0, 0x10 },
    { "{" K16 ",\"alg\":\"dir\"}", JOSE_OK, 0, 0x1 },
    { "{" K16 ",\"alg\":\"A128GCM\"}", JOSE_OK, 0, 0x1 },
    { "{" K16 ",\"alg\":\"HS256\"}", JOSE_OK, 0x1, 0 },
    { "{" K16 ",\"alg\":\"A256GCM\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0,
      0 },
    { "{" K32 ",\"alg\":\"A128GCM\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0,
      0 },
    { "{" K16 ",\"alg\":\"A256KW\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0, 0 },
    { "{" K16 ",\"alg\":\"RSA-OAEP\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0,
      0 },
    { "{" K16 ",\"alg\":\"ECDH-ES\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0,
      0 },
    { "{" K16 ",\"alg\":\"RSA1_5\"}", JOSE_KEY_ALGORITHM_UNKNOWN, 0, 0 },
    { "{" K16 ",\"alg\":\"PBES2-HS256+A128KW\"}",
      JOSE_KEY_ALGORITHM_UNKNOWN, 0, 0 },
    { "{" K15 ",\"alg\":\"A128KW\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0, 0 },
    { "{" K15 ",\"use\":\"enc\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" K15 "}", JOSE_OK, 0x7, 0 },
    { "{" K16 ",\"use\":\"sig\",\"alg\":\"A128KW\"}",
      JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" K16 ",\"use\":\"enc\",\"alg\":\"HS256\"}",
      JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" K16 ",\"key_ops\":[\"decrypt\"]}", JOSE_OK, 0, 0x13 },
    { "{" K16 ",\"key_ops\":[\"unwrapKey\",\"wrapKey\"]}", JOSE_OK, 0,
      0x13 },
    { "{" K16 ",\"key_ops\":[\"encrypt\",\"wrapKey\"]}",
      JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" K16 ",\"key_ops\":[\"verify\",\"decrypt\"]}", JOSE_OK, 0x7,
      0x13 },

    { "{" EC "}", JOSE_OK, 0x200, 0 },
    { "{" EC_D "}", JOSE_OK, 0x200, 0x7800 },
    { "{" EC_D ",\"use\":\"enc\"}", JOSE_OK, 0, 0x7800 },
    { "{" EC_D ",\"use\":\"sig\"}", JOSE_OK, 0x200, 0 },
    { "{" EC_D ",\"alg\":\"ECDH-ES+A192KW\"}", JOSE_OK, 0, 0x2000 },
    { "{" EC_D ",\"key_ops\":[\"deriveBits\"]}", JOSE_OK, 0, 0x7800 },
    { "{" EC_D ",\"key_ops\":[\"deriveKey\"]}", JOSE_OK, 0, 0x7800 },
    { "{" EC_D ",\"alg\":\"RSA-OAEP\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0,
      0 },
    { "{" EC ",\"alg\":\"ECDH-ES\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" EC ",\"use\":\"enc\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" OFF_D "}", JOSE_KEY_NOT_ON_CURVE, 0, 0 },
    { "{" EC ",\"d\":1}", JOSE_KEY_MEMBER_INVALID, 0, 0 },
    { "{" EC ",\"d\":\"\"}", JOSE_KEY_LENGTH_INVALID, 0, 0 },
    { "{" EC ",\"d\":\"AQ\"}", JOSE_KEY_LENGTH_INVALID, 0, 0 },
    { "{" EC ",\"d\":\"" ZERO "\"}", JOSE_KEY_MEMBER_INVALID, 0, 0 },
    { "{" EC ",\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdg\"}",
      JOSE_KEY_MEMBER_INVALID, 0, 0 },
    { "{" EC ",\"d\":\"" ZERO "\",\"use\":\"sig\"}", JOSE_OK, 0x200, 0 },

    { "{" OKP_D "}", JOSE_OK, 0, 0x7800 },
    { "{" OKP_D ",\"alg\":\"ECDH-ES\"}", JOSE_OK, 0, 0x800 },
    { "{" OKP_D ",\"alg\":\"EdDSA\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0,
      0 },
    { "{" OKP_D ",\"use\":\"sig\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" OKP "}", JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" OKP ",\"use\":\"enc\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 },
    { "{" OKP ",\"d\":\"" ZERO "\"}", JOSE_KEY_MEMBER_INVALID, 0, 0 },

    /* keys that only sign: the private part is nobody's business */
    { "{" ED_D "}", JOSE_OK, 0xa000, 0 },
    { "{" ED ",\"d\":\"AQ\"}", JOSE_OK, 0xa000, 0 },
    { "{" ED_D ",\"use\":\"enc\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0, 0 }
};


int
main(void)
{
    crypto = jose_crypto_create();

    test_jwk();
    test_rsa();
    test_verifying();
    test_pem();
    test_formats();

    jose_crypto_free(crypto);

    return unit_done("private");
}


/* NULL: reported tells why. */

static jose_keys_t *
read_keys(jose_keys_format_t format, const char *text)
{
    jose_keys_t         *keys;
    jose_status_t        status;
    jose_keys_report_t   report;

    report.handler = record;
    report.data = NULL;
    reported = JOSE_OK;

    status = jose_keys_read(&keys, crypto, format, sign_text(text), &report);

    unit_check_for(status == JOSE_OK || status == JOSE_KEY_NONE, "%.60s: %s",
                   text, jose_status_word(status));
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %.60s", text);
    ERR_clear_error();

    return keys;
}


static void
record(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    (void) data;
    (void) index;
    (void) kid;

    if (why != JOSE_KEY_SECRET_SHORT) {
        reported = why;
    }
}


static void
test_jwk(void)
{
    size_t             i;
    jose_keys_t       *keys;
    jose_alg_set_t     algs;
    jose_wrap_set_t    wraps;

    for (i = 0; i < sizeof(jwks) / sizeof(jwks[0]); i++) {
        keys = read_keys(JOSE_KEYS_JWK, jwks[i].text);

        algs = keys ? keys->keys[0].algs : 0;
        wraps = keys ? keys->keys[0].wraps : 0;

        unit_check_for(reported == jwks[i].status, "%s: %s", jwks[i].text,
                       jose_status_word(reported));
        unit_check_for((keys != NULL) == (jwks[i].status == JOSE_OK),
                       "key and report: %s", jwks[i].text);
        unit_check_for(algs == jwks[i].algs && wraps == jwks[i].wraps,
                       "rows %x, %x: %s", (unsigned) algs, (unsigned) wraps,
                       jwks[i].text);
        unit_check_for(keys == NULL
                       || (keys->keys[0].secret.len != 0)
                          == (wraps != 0 && keys->keys[0].pkey == NULL),
                       "secret kept: %s", jwks[i].text);

        jose_keys_free(keys);
    }
}


static char *
member(EVP_PKEY *pkey, const char *name, char *out)
{
    BIGNUM        *number;
    uint8_t        bytes[512];
    jose_bytes_t   text;

    number = NULL;
    unit_check(EVP_PKEY_get_bn_param(pkey, name, &number) == 1);

    text.data = bytes;
    text.len = (size_t) BN_bn2bin(number, bytes);
    (void) sign_base64url(text, out);

    BN_clear_free(number);

    return out;
}


/* RFC 7518, 6.3.2: with the primes, or without; not with some. */

static void
test_rsa(void)
{
    char        text[8192], number[1024];
    size_t      i, k;
    EVP_PKEY   *pkey;

    static const struct {
        const char  *members;   /* in the order of the table below */
        const char  *more;
        bool         good;
    } rows[] = {
        { "nedpqxyz", "", true }, { "ned", "", true },
        { "nedpqxyz", ",\"oth\":[]", false },
        { "ned", ",\"oth\":[{}]", false },
        { "nedp", "", false }, { "nedpq", "", false },
        { "nedpqxy", "", false }, { "nd", "", false }, { "ed", "", false },
        { "ne", ",\"d\":1", false }, { "ne", ",\"d\":\"\"", false },
        { "ne", ",\"d\":\"=\"", false },
        { "ned", ",\"p\":null", false }, { "ned", ",\"p\":\"AQ\"", false }
    };
    static const struct {
        char         letter;
        const char  *name;
        const char  *openssl;
    } numbers[] = {
        { 'n', "n", "n" }, { 'e', "e", "e" }, { 'd', "d", "d" },
        { 'p', "p", "rsa-factor1" }, { 'q', "q", "rsa-factor2" },
        { 'x', "dp", "rsa-exponent1" }, { 'y', "dq", "rsa-exponent2" },
        { 'z', "qi", "rsa-coefficient1" }
    };

    pkey = sign_generate("RSA", NULL, 2048);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void) strcpy(text, "{\"kty\":\"RSA\"");

        for (k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
            if (strchr(rows[i].members, numbers[k].letter) != NULL) {
                (void) sprintf(text + strlen(text), ",\"%s\":\"%s\"",
                               numbers[k].name,
                               member(pkey, numbers[k].openssl, number));
            }
        }

        (void) strcat(text, rows[i].more);
        (void) strcat(text, "}");

        k = strncmp(rows[i].members, "ne", 2) == 0;

        test_verifying_key(text, k ? JOSE_OK : JOSE_KEY_MEMBER_INVALID,
                           k ? 0x1f8 : 0);

        if (rows[i].good) {
            test_rsa_members(text, pkey);
            continue;
        }

        jose_keys_free(read_keys(JOSE_KEYS_JWK, text));
        unit_check_for(reported == JOSE_KEY_MEMBER_INVALID, "%s%s: %s",
                       rows[i].members, rows[i].more,
                       jose_status_word(reported));
    }

    EVP_PKEY_free(pkey);
}


static void
test_rsa_members(const char *text, EVP_PKEY *pkey)
{
    char           token[ENCRYPT_TOKEN_MAX];
    jose_keys_t   *keys;
    encrypt_to_t   to;

    memset(&to, 0, sizeof(encrypt_to_t));
    to.pkey = pkey;

    encrypt_token(&encrypt_algs[7], &encrypt_encs[0], &to, sign_text("{}"),
                  token);
    ERR_clear_error();

    keys = read_keys(JOSE_KEYS_JWK, text);

    unit_check_for(keys != NULL && keys->keys[0].algs == 0x1f8
                   && keys->keys[0].wraps == 0x780
                   && encrypt_open_one(token, crypto, keys, sign_text("{}"))
                      == JOSE_OK,
                   "does not decrypt: %.2000s", text);

    jose_keys_free(keys);
}


/* What is for signatures alone, as a set that somebody else publishes. */

static void
test_verifying(void)
{
    size_t  i;

    static const struct {
        const char      *text;
        jose_status_t    status;
        jose_alg_set_t   algs;
    } rows[] = {
        { "{" EC "}", JOSE_OK, 0x200 },
        { "{" EC_D "}", JOSE_OK, 0x200 },
        { "{" EC_D ",\"use\":\"sig\"}", JOSE_OK, 0x200 },
        { "{" EC ",\"d\":1}", JOSE_OK, 0x200 },
        { "{" EC ",\"d\":\"\"}", JOSE_OK, 0x200 },
        { "{" EC ",\"d\":\"=\"}", JOSE_OK, 0x200 },
        { "{" EC ",\"d\":\"" ZERO "\"}", JOSE_OK, 0x200 },
        { "{" ED_D "}", JOSE_OK, 0xa000 },
        { "{" ED ",\"d\":\"=\"}", JOSE_OK, 0xa000 },
        { "{" K16 "}", JOSE_OK, 0x7 },
        { "{" K16 ",\"key_ops\":[\"verify\",\"decrypt\"]}", JOSE_OK, 0x7 },
        { "{" OFF_D "}", JOSE_KEY_NOT_ON_CURVE, 0 },

        { "{" EC_D ",\"use\":\"enc\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" EC_D ",\"alg\":\"ECDH-ES\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" EC_D ",\"key_ops\":[\"deriveKey\"]}",
          JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" OKP_D "}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" K16 ",\"use\":\"enc\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" K16 ",\"alg\":\"dir\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" K16 ",\"alg\":\"A128GCM\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_verifying_key(rows[i].text, rows[i].status, rows[i].algs);
    }
}


static void
test_verifying_key(const char *text, jose_status_t status,
    jose_alg_set_t algs)
{
    char               set[8192];
    jose_keys_t       *keys;
    const jose_key_t  *key;

    (void) snprintf(set, sizeof(set), "{\"keys\":[%s]}", text);

    keys = read_keys(JOSE_KEYS_VERIFYING, set);

    unit_check_for(reported == status, "verifying, %s: %s", text,
                   jose_status_word(reported));
    unit_check_for((keys != NULL) == (status == JOSE_OK),
                   "verifying key and report: %s", text);

    if (keys != NULL) {
        key = &keys->keys[0];

        unit_check_for(key->algs == algs && key->wraps == 0,
                       "verifying, rows %x, %x: %s", (unsigned) key->algs,
                       (unsigned) key->wraps, text);
        unit_check_for(key->secret.len == 0 && !is_private(key->pkey),
                       "private part kept: %s", text);
        jose_keys_free(keys);
    }

    /* and where it may decrypt, is_private() tells */

    keys = read_keys(JOSE_KEYS_JWKS, set);

    unit_check_for(keys == NULL
                   || keys->keys[0].pkey == NULL
                   || is_private(keys->keys[0].pkey)
                      == (keys->keys[0].wraps != 0),
                   "private part lost: %s", text);

    jose_keys_free(keys);
}


static bool
is_private(EVP_PKEY *pkey)
{
    bool     private;
    size_t   len;
    BIGNUM  *number;

    number = NULL;
    private = pkey != NULL
              && (EVP_PKEY_get_bn_param(pkey, "d", &number) == 1
                  || EVP_PKEY_get_bn_param(pkey, "priv", &number) == 1
                  || EVP_PKEY_get_raw_private_key(pkey, NULL, &len) == 1);

    BN_clear_free(number);
    ERR_clear_error();

    return private;
}


static void
test_pem(void)
{
    test_pem_key("RSA", NULL, JOSE_OK, 0x780);
    test_pem_key("RSA-PSS", NULL, JOSE_KEY_PRIVATE, 0);
    test_pem_key("EC", "P-256", JOSE_OK, 0x7800);
    test_pem_key("EC", "P-384", JOSE_OK, 0x7800);
    test_pem_key("EC", "P-521", JOSE_OK, 0x7800);
    test_pem_key("EC", "secp256k1", JOSE_KEY_PRIVATE, 0);
    test_pem_key("EC", "P-224", JOSE_KEY_CURVE_UNKNOWN, 0);
    test_pem_key("X25519", NULL, JOSE_OK, 0x7800);
    test_pem_key("X448", NULL, JOSE_OK, 0x7800);
    test_pem_key("ED25519", NULL, JOSE_KEY_PRIVATE, 0);
    test_pem_key("ED448", NULL, JOSE_KEY_PRIVATE, 0);
}


static void
test_pem_key(const char *type, const char *group, jose_status_t status,
    jose_wrap_set_t wraps)
{
    char          *text;
    EVP_PKEY      *pkey;
    jose_keys_t   *keys;

    pkey = sign_generate(type, group, group || type[0] != 'R' ? 0 : 2048);
    text = sign_pem_private(pkey);
    ERR_clear_error();

    keys = read_keys(JOSE_KEYS_PEM, text);

    unit_check_for(reported == status, "%s, %s: %s", type,
                   group ? group : "no group", jose_status_word(reported));
    unit_check_for((keys ? keys->keys[0].wraps : 0) == wraps,
                   "wrong rows: %s", type);
    unit_check_for(keys == NULL || keys->keys[0].algs == 0,
                   "private key verifies: %s", type);

    jose_keys_free(keys);
    free(text);
    EVP_PKEY_free(pkey);
}


/* One secret in all its encodings decrypts, and is one of any use. */

static void
test_formats(void)
{
    char          token[ENCRYPT_TOKEN_MAX];
    size_t        i;
    jose_keys_t  *keys;
    encrypt_to_t  to;

    static const struct {
        jose_keys_format_t   format;
        const char          *text;
    } rows[] = {
        { JOSE_KEYS_SECRET, "0123456789abcdef" },
        { JOSE_KEYS_HEX, "30313233343536373839616263646566" },
        { JOSE_KEYS_BASE64, "MDEyMzQ1Njc4OWFiY2RlZg==" },
        { JOSE_KEYS_BASE64URL, "MDEyMzQ1Njc4OWFiY2RlZg" }
    };

    memset(&to, 0, sizeof(encrypt_to_t));
    to.secret = sign_text("0123456789abcdef");
    encrypt_token(&encrypt_algs[4], &encrypt_encs[4], &to, sign_text("{}"),
                  token);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        keys = read_keys(rows[i].format, rows[i].text);

        unit_check_for(keys != NULL && keys->keys[0].algs == 0x7
                       && keys->keys[0].wraps == 0x13
                       && encrypt_open_one(token, crypto, keys,
                                           sign_text("{}"))
                          == JOSE_OK,
                       "does not decrypt: %s", rows[i].text);
        jose_keys_free(keys);
    }
}
