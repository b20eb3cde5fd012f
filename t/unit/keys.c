
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "keys.h"
#include "sign.h"
#include "unit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


#define SECRET  "0123456789abcdef0123456789abcdef"

/* SECRET, a P-256 key, and one that is off its curve */

#define OCT  "\"kty\":\"oct\",\"k\":"                                         \
    "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\""

#define EC_X  "\"kty\":\"EC\",\"crv\":\"P-256\","                             \
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
#define EC   EC_X "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define OFF  EC_X "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""


typedef struct {
    jose_keys_format_t   format;
    const char          *text;
    jose_status_t        status;
    size_t               n;
    const char          *reports;
} keys_row_t;


#define ROWS(rows)  rows, sizeof(rows) / sizeof(rows[0])


static void test_rows(const keys_row_t *rows, size_t n);
static jose_keys_t *read_keys(jose_keys_format_t format, const char *text,
    size_t len, jose_status_t expected);
static void record(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);
static void test_secrets(void);
static void test_secret_bytes(void);
static void test_sets(void);
static void test_auto(void);
static void test_pem(void);
static void test_keyval(void);
static void test_pem_kids(void);
static void test_nul(void);
static void test_deep(void);
static void test_many(void);
static char *many(size_t n);
static char *fill(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
static char *escaped(const char *text);


/* index:kid:reason, one behind the other; "-" for no kid */
static char            reports[4096];

static jose_crypto_t  *crypto;
static sign_key_t      ec;
static char           *ec_pem, *ec_private, *rsa_pem, *weak_pem;


int
main(void)
{
    EVP_PKEY  *rsa, *weak;

    crypto = jose_crypto_create();

    ec.pkey = sign_generate("EC", "P-256", 0);
    rsa = sign_generate("RSA", NULL, 2048);
    weak = sign_generate("RSA", NULL, 1024);
    ERR_clear_error();

    ec_pem = sign_pem(ec.pkey);
    ec_private = sign_pem_private(ec.pkey);
    rsa_pem = sign_pem(rsa);
    weak_pem = sign_pem(weak);

    test_secrets();
    test_secret_bytes();
    test_sets();
    test_auto();
    test_pem();
    test_keyval();
    test_pem_kids();
    test_nul();
    test_deep();
    test_many();

    jose_keys_free(NULL);

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    free(ec_pem);
    free(ec_private);
    free(rsa_pem);
    free(weak_pem);
    EVP_PKEY_free(ec.pkey);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(weak);
    jose_crypto_free(crypto);

    return unit_done("keys");
}


static void
test_rows(const keys_row_t *rows, size_t n)
{
    size_t        i, found;
    jose_keys_t  *keys;

    for (i = 0; i < n; i++) {
        keys = read_keys(rows[i].format, rows[i].text, strlen(rows[i].text),
                         rows[i].status);

        found = keys ? keys->n : 0;

        unit_check_for(found == rows[i].n, "%zu keys in %s", found,
                       rows[i].text);
        unit_check_for(strcmp(reports, rows[i].reports) == 0,
                       "reports \"%s\" of %s", reports, rows[i].text);

        jose_keys_free(keys);
    }
}


/* Out of memory that ends with the text. */

static jose_keys_t *
read_keys(jose_keys_format_t format, const char *text, size_t len,
    jose_status_t expected)
{
    uint8_t             *copy;
    jose_keys_t         *keys;
    jose_bytes_t         bytes;
    jose_status_t        status;
    jose_keys_report_t   report;

    report.handler = record;
    report.data = reports;
    reports[0] = '\0';

    copy = malloc(len ? len : 1);
    memcpy(copy, text, len);

    bytes.data = copy;
    bytes.len = len;
    keys = (jose_keys_t *) (void *) &report;

    status = jose_keys_read(&keys, crypto, format, bytes, &report);

    unit_check_for(status == expected, "format %d, %.200s: %s", (int) format,
                   text, jose_status_word(status));
    unit_check_for((status == JOSE_OK) == (keys != NULL), "set with %s",
                   jose_status_word(status));
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    ERR_clear_error();
    free(copy);

    return keys;
}


static void
record(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    char    *text;
    size_t   len;

    text = data;
    len = strlen(text);

    (void) snprintf(text + len, sizeof(reports) - len, "%zu:%.*s:%s ", index,
                    kid.data ? (int) kid.len : 1,
                    kid.data ? (const char *) kid.data : "-",
                    jose_status_word(why));
}


static void
test_secrets(void)
{
    static const keys_row_t  rows[] = {
        { JOSE_KEYS_SECRET, SECRET, JOSE_OK, 1, "" },
        { JOSE_KEYS_SECRET, "abc123", JOSE_OK, 1, "0:-:key_secret_short " },
        { JOSE_KEYS_SECRET, "", JOSE_KEY_SECRET_EMPTY, 0, "" },
        { JOSE_KEYS_SECRET, "-----BEGIN PUBLIC KEY-----",
          JOSE_KEY_SECRET_IS_KEY, 0, "" },
        { JOSE_KEYS_SECRET, "\n-----BEGIN CERTIFICATE-----\nMIIB",
          JOSE_KEY_SECRET_IS_KEY, 0, "" },
        { JOSE_KEYS_SECRET, "-----BEGIN", JOSE_OK, 1,
          "0:-:key_secret_short " },

        { JOSE_KEYS_HEX, "00", JOSE_OK, 1, "0:-:key_secret_short " },
        { JOSE_KEYS_HEX, "00fFAa9", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "0g", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "0x00", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "00 0", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "\x10\x11", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "\x01\x02", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "!\"", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "@A", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "`a", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_HEX, "", JOSE_KEY_SECRET_EMPTY, 0, "" },
        { JOSE_KEYS_HEX, "2d2d2d2d2d424547494e205055424c4943",
          JOSE_KEY_SECRET_IS_KEY, 0, "" },

        { JOSE_KEYS_BASE64, "YWI=", JOSE_OK, 1, "0:-:key_secret_short " },
        { JOSE_KEYS_BASE64, "YWI", JOSE_OK, 1, "0:-:key_secret_short " },
        { JOSE_KEYS_BASE64, "+/+/", JOSE_OK, 1, "0:-:key_secret_short " },
        { JOSE_KEYS_BASE64, "-_-_", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64, "YWI==", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64, "YW=I", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64, "YWJ=", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64, "YWI=\n", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64, "=", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64, "====", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64, "", JOSE_KEY_SECRET_EMPTY, 0, "" },

        { JOSE_KEYS_BASE64URL, "-_-_", JOSE_OK, 1,
          "0:-:key_secret_short " },
        { JOSE_KEYS_BASE64URL, "+/+/", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64URL, "YWI=", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64URL, "YWJ", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64URL, "A", JOSE_KEY_NOT_ENCODED, 0, "" },
        { JOSE_KEYS_BASE64URL, "", JOSE_KEY_SECRET_EMPTY, 0, "" },
        { JOSE_KEYS_BASE64URL, "LS0tLS1CRUdJTiBQVUJMSUMgS0VZ",
          JOSE_KEY_SECRET_IS_KEY, 0, "" }
    };

    test_rows(ROWS(rows));
}


/* One and the same secret in all its encodings. */

static void
test_secret_bytes(void)
{
    char          token[SIGN_TOKEN_MAX];
    size_t        i;
    sign_key_t    signer;
    jose_keys_t  *keys;

    static const struct {
        jose_keys_format_t   format;
        const char          *text;
    } rows[] = {
        { JOSE_KEYS_SECRET, SECRET },
        { JOSE_KEYS_HEX, "30313233343536373839616263646566"
                         "30313233343536373839616263646566" },
        { JOSE_KEYS_BASE64, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" },
        { JOSE_KEYS_BASE64, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" },
        { JOSE_KEYS_BASE64URL,
          "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" },
        { JOSE_KEYS_JWK, "{" OCT "}" },
        { JOSE_KEYS_JWKS, "{\"keys\":[{" OCT "}]}" }
    };

    signer.pkey = NULL;
    signer.secret = sign_text(SECRET);
    sign_token_named(&sign_algs[0], &signer, "HS256", token);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        keys = read_keys(rows[i].format, rows[i].text, strlen(rows[i].text),
                         JOSE_OK);

        unit_check_for(keys != NULL
                       && sign_verify_one(token, crypto, keys) == JOSE_OK,
                       "other secret out of %s", rows[i].text);
        jose_keys_free(keys);
    }

    keys = read_keys(JOSE_KEYS_SECRET, SECRET "\n", sizeof(SECRET), JOSE_OK);
    unit_check_for(sign_verify_one(token, crypto, keys)
                   == JOSE_BAD_SIGNATURE,
                   "newline of secret lost");
    jose_keys_free(keys);

    keys = read_keys(JOSE_KEYS_SECRET, SECRET, sizeof(SECRET), JOSE_OK);
    unit_check_for(keys->n == 1, "NUL in secret refused");
    jose_keys_free(keys);
}


/* RFC 7517, 5: keys that are not understood are left out. */

static void
test_sets(void)
{
    static const keys_row_t  rows[] = {
        { JOSE_KEYS_JWKS, "", JOSE_KEY_NOT_JSON, 0, "" },
        { JOSE_KEYS_JWKS, "{", JOSE_KEY_NOT_JSON, 0, "" },
        { JOSE_KEYS_JWKS, "not JSON", JOSE_KEY_NOT_JSON, 0, "" },
        { JOSE_KEYS_JWKS, "{\"keys\":[]} x", JOSE_KEY_NOT_JSON, 0, "" },
        { JOSE_KEYS_JWKS, "{\"keys\":[],\"keys\":[]}", JOSE_KEY_NOT_JSON, 0,
          "" },
        { JOSE_KEYS_JWKS, "{\"keys\":[{" OCT ",\"kty\":\"oct\"}]}",
          JOSE_KEY_NOT_JSON, 0, "" },
        { JOSE_KEYS_JWKS, "{}", JOSE_KEY_NOT_KEY_SET, 0, "" },
        { JOSE_KEYS_JWKS, "[]", JOSE_KEY_NOT_KEY_SET, 0, "" },
        { JOSE_KEYS_JWKS, "[{" OCT "}]", JOSE_KEY_NOT_KEY_SET, 0, "" },
        { JOSE_KEYS_JWKS, "{" OCT "}", JOSE_KEY_NOT_KEY_SET, 0, "" },
        { JOSE_KEYS_JWKS, "{\"keys\":{}}", JOSE_KEY_NOT_KEY_SET, 0, "" },
        { JOSE_KEYS_JWKS, "{\"keys\":null}", JOSE_KEY_NOT_KEY_SET, 0, "" },
        { JOSE_KEYS_JWKS, "{\"keys\":[]}", JOSE_KEY_NONE, 0, "" },
        { JOSE_KEYS_JWKS, "{\"keys\":[{\"kty\":\"x\"}]}", JOSE_KEY_NONE, 0,
          "0:-:key_type_unknown " },
        { JOSE_KEYS_JWKS, " \n{\"keys\":[{" OCT "}]}\n", JOSE_OK, 1, "" },
        { JOSE_KEYS_JWKS, "{\"keys\":[{" OCT ",\"kid\":\"a\"},{" OCT
          ",\"kid\":\"a\"},{" OCT "}]}", JOSE_OK, 3, "" },
        { JOSE_KEYS_JWKS,
          "{\"keys\":[null,1,\"x\",[],{},{\"kty\":\"PQC\",\"kid\":\"p\"},"
          "{" OCT ",\"kid\":\"good\"},{" OCT ",\"kid\":5},"
          "{" OFF ",\"kid\":\"off\"},{" OCT ",\"use\":\"enc\",\"kid\":\"\"},"
          "{" EC ",\"kid\":\"ec\"},"
          "{\"kty\":\"oct\",\"k\":\"YWI\",\"kid\":\"short\"},"
          "{" EC ",\"alg\":\"ES384\",\"kid\":\"es\"},"
          "{" EC ",\"alg\":\"ECDH-ES\",\"kid\":\"dh\"},{" EC "}]}",
          JOSE_OK, 5,
          "0:-:key_member_invalid 1:-:key_member_invalid "
          "2:-:key_member_invalid 3:-:key_member_invalid "
          "4:-:key_member_invalid 5:p:key_type_unknown "
          "7:-:key_member_invalid 8:off:key_not_on_curve "
          "11:short:key_secret_short "
          "12:es:key_algorithm_mismatch 13:dh:key_not_for_signatures " },

        { JOSE_KEYS_VERIFYING, "{", JOSE_KEY_NOT_JSON, 0, "" },
        { JOSE_KEYS_VERIFYING, "{" EC "}", JOSE_KEY_NOT_KEY_SET, 0, "" },
        { JOSE_KEYS_VERIFYING, "{\"keys\":[]}", JOSE_KEY_NONE, 0, "" },
        { JOSE_KEYS_VERIFYING,
          "{\"keys\":[{" OCT ",\"use\":\"enc\",\"kid\":\"a\"},{" EC "}]}",
          JOSE_OK, 1, "0:a:key_not_for_signatures " },

        { JOSE_KEYS_JWK, "{" EC "}", JOSE_OK, 1, "" },
        { JOSE_KEYS_JWK, "{" OFF "}", JOSE_KEY_NONE, 0,
          "0:-:key_not_on_curve " },
        { JOSE_KEYS_JWK, "[]", JOSE_KEY_NONE, 0, "0:-:key_member_invalid " },
        { JOSE_KEYS_JWK, "{\"keys\":[{" EC "}]}", JOSE_KEY_NONE, 0,
          "0:-:key_member_invalid " }
    };

    test_rows(ROWS(rows));
}


static void
test_auto(void)
{
    char                     *keyval;
    static const keys_row_t   rows[] = {
        { JOSE_KEYS_AUTO, "{\"keys\":[{" EC "}]}", JOSE_OK, 1, "" },
        { JOSE_KEYS_AUTO, "\r\n\t {\"keys\":[{" EC "}]}", JOSE_OK, 1, "" },
        { JOSE_KEYS_AUTO, "{" EC "}", JOSE_OK, 1, "" },
        { JOSE_KEYS_AUTO, "{\"keys\":[]}", JOSE_KEY_NONE, 0, "" },
        { JOSE_KEYS_AUTO, "{}", JOSE_KEY_NONE, 0, "" },
        { JOSE_KEYS_AUTO, "{\"keys\":1}", JOSE_KEY_NONE, 0,
          "0:keys:key_not_pem " },
        { JOSE_KEYS_AUTO, "{", JOSE_KEY_NOT_JSON, 0, "" },

        /* no secret is ever guessed */
        { JOSE_KEYS_AUTO, "", JOSE_KEY_NOT_PEM, 0, "" },
        { JOSE_KEYS_AUTO, " \n", JOSE_KEY_NOT_PEM, 0, "" },
        { JOSE_KEYS_AUTO, SECRET, JOSE_KEY_NOT_PEM, 0, "" },
        { JOSE_KEYS_AUTO, "[{" EC "}]", JOSE_KEY_NOT_PEM, 0, "" },
        { JOSE_KEYS_AUTO, "\"" SECRET "\"", JOSE_KEY_NOT_PEM, 0, "" },
        { JOSE_KEYS_AUTO, "-----BEGIN PUBLIC KEY-----\n", JOSE_KEY_NONE, 0,
          "0:-:key_not_pem " }
    };

    test_rows(ROWS(rows));

    jose_keys_free(read_keys(JOSE_KEYS_AUTO, ec_pem, strlen(ec_pem),
                             JOSE_OK));

    keyval = fill("{\"a\":\"%s\"}", escaped(ec_pem));
    jose_keys_free(read_keys(JOSE_KEYS_AUTO, keyval, strlen(keyval),
                             JOSE_OK));
    free(keyval);
}


static void
test_pem(void)
{
    char                     *text;
    jose_keys_t              *keys;
    static const keys_row_t   rows[] = {
        { JOSE_KEYS_PEM, "", JOSE_KEY_NOT_PEM, 0, "" },
        { JOSE_KEYS_PEM, "{" EC "}", JOSE_KEY_NOT_PEM, 0, "" },
        { JOSE_KEYS_PEM, SECRET, JOSE_KEY_NOT_PEM, 0, "" },
        { JOSE_KEYS_PEM,
          "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
          JOSE_KEY_NONE, 0, "0:-:key_not_pem " },
        { JOSE_KEYS_PEM,
          "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
          JOSE_KEY_NONE, 0, "0:-:key_not_pem " }
    };

    test_rows(ROWS(rows));

    text = fill("the first\n%s\n%s%s-----BEGIN PUBLIC KEY-----\nMI*B\n"
                "-----END PUBLIC KEY-----\nthe last\n%s",
                rsa_pem, ec_private, weak_pem, ec_pem);

    keys = read_keys(JOSE_KEYS_PEM, text, strlen(text), JOSE_OK);

    unit_check_for(keys->n == 3, "%zu keys in PEM", keys->n);
    unit_check_for(keys->keys[0].algs == 0x1f8 && keys->keys[1].algs == 0
                   && keys->keys[2].algs == 0x200,
                   "wrong rows of PEM");
    unit_check_for(keys->keys[0].wraps == 0 && keys->keys[1].wraps == 0x7800
                   && keys->keys[2].wraps == 0,
                   "wrong rows to decrypt of PEM");
    unit_check_for(strcmp(reports, "2:-:key_rsa_size 3:-:key_not_pem ") == 0,
                   "reports: %s", reports);

    jose_keys_free(keys);
    free(text);
}


static void
test_keyval(void)
{
    char                     *text;
    jose_keys_t              *keys;
    static const keys_row_t   rows[] = {
        { JOSE_KEYS_KEYVAL, "", JOSE_KEY_NOT_JSON, 0, "" },
        { JOSE_KEYS_KEYVAL, "{}", JOSE_KEY_NONE, 0, "" },
        { JOSE_KEYS_KEYVAL, "[]", JOSE_KEY_NOT_KEY_SET, 0, "" },
        { JOSE_KEYS_KEYVAL, "{\"a\":1}", JOSE_KEY_NONE, 0,
          "0:a:key_not_pem " },
        { JOSE_KEYS_KEYVAL, "{\"a\":\"\"}", JOSE_KEY_NONE, 0,
          "0:a:key_not_pem " },
        { JOSE_KEYS_KEYVAL, "{\"a\":{" EC "}}", JOSE_KEY_NONE, 0,
          "0:a:key_not_pem " },
        { JOSE_KEYS_KEYVAL, "{\"a\":\"" SECRET "\"}", JOSE_KEY_NONE, 0,
          "0:a:key_not_pem " },
        { JOSE_KEYS_KEYVAL, "{\"a\":\"\",\"a\":\"\"}", JOSE_KEY_NOT_JSON, 0,
          "" }
    };

    test_rows(ROWS(rows));

    text = fill("{\"rsa\":\"%s\",\"private\":\"%s\",\"weak\":\"%s\","
                "\"no\":null,\"ec\":\"%s\"}", escaped(rsa_pem),
                escaped(ec_private), escaped(weak_pem), escaped(ec_pem));

    keys = read_keys(JOSE_KEYS_KEYVAL, text, strlen(text), JOSE_OK);

    unit_check_for(keys->n == 3, "%zu keys in keyval", keys->n);
    unit_check_for(jose_bytes_equal(keys->keys[0].kid, sign_text("rsa"))
                   && jose_bytes_equal(keys->keys[1].kid,
                                       sign_text("private"))
                   && jose_bytes_equal(keys->keys[2].kid, sign_text("ec")),
                   "wrong kids of keyval");
    unit_check_for(strcmp(reports, "2:weak:key_rsa_size 3:no:key_not_pem ")
                   == 0,
                   "reports: %s", reports);

    jose_keys_free(keys);
    free(text);
}


static void
test_pem_kids(void)
{
    char          *text, token[SIGN_TOKEN_MAX];
    jose_keys_t   *keys;

    text = fill("{\"a\":\"%s\",\"b\":\"%s\"}", escaped(rsa_pem),
                escaped(ec_pem));
    keys = read_keys(JOSE_KEYS_KEYVAL, text, strlen(text), JOSE_OK);

    sign_token(&sign_algs[9], &ec, "{\"alg\":\"ES256\",\"kid\":\"b\"}",
               token);
    unit_check_for(sign_verify_one(token, crypto, keys) == JOSE_OK,
                   "kid of keyval not found");

    sign_token(&sign_algs[9], &ec, "{\"alg\":\"ES256\",\"kid\":\"a\"}",
               token);
    unit_check_for(sign_verify_one(token, crypto, keys) == JOSE_UNKNOWN_KEY,
                   "kid of keyval ignored");

    jose_keys_free(keys);
    free(text);

    keys = read_keys(JOSE_KEYS_PEM, ec_pem, strlen(ec_pem), JOSE_OK);
    unit_check_for(keys->keys[0].kid.data == NULL, "PEM has a kid");
    unit_check_for(sign_verify_one(token, crypto, keys) == JOSE_OK,
                   "key without kid not tried");
    jose_keys_free(keys);
}


/* jansson overlooks a NUL that ends a number. */

static void
test_nul(void)
{
    size_t             i;
    static const char  text[] = "{\"keys\":[{" EC "}],\"a\":1\0}";

    static const jose_keys_format_t  formats[] = {
        JOSE_KEYS_AUTO, JOSE_KEYS_JWKS, JOSE_KEYS_JWK, JOSE_KEYS_KEYVAL
    };

    for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        jose_keys_free(read_keys(formats[i], text, sizeof(text) - 1,
                                 JOSE_KEY_NOT_JSON));
    }
}


/* jansson refuses more than 2048 levels */

static void
test_deep(void)
{
    char  *text;

    text = malloc(1000002);

    memset(text, '[', 1000000);
    text[0] = ' ';
    jose_keys_free(read_keys(JOSE_KEYS_JWKS, text, 1000000,
                             JOSE_KEY_NOT_JSON));
    text[0] = '{';
    jose_keys_free(read_keys(JOSE_KEYS_AUTO, text, 1000000,
                             JOSE_KEY_NOT_JSON));

    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', 2000);
    memset(text + 2005, ']', 2000);
    text[4005] = '}';
    jose_keys_free(read_keys(JOSE_KEYS_AUTO, text, 4006, JOSE_KEY_NONE));

    memset(text, '{', 1000000);
    jose_keys_free(read_keys(JOSE_KEYS_JWK, text, 1000000,
                             JOSE_KEY_NOT_JSON));

    free(text);
}


static void
test_many(void)
{
    char         *text;
    jose_keys_t  *keys;

    text = many(JOSE_KEYS_MAX);
    keys = read_keys(JOSE_KEYS_JWKS, text, strlen(text), JOSE_OK);
    free(text);

    unit_check_for(keys->n == 1013, "%zu of 1013 keys", keys->n);
    unit_check_for(jose_bytes_equal(keys->keys[1012].kid, sign_text("1023")),
                   "last key lost");
    unit_check_for(keys->index.entries != NULL && keys->index.longest == 4,
                   "no index of 1013 keys");
    unit_check_for(strncmp(reports, "7:7:key_not_for_signatures 107:107:",
                           35)
                   == 0,
                   "reports: %.50s", reports);

    jose_keys_free(keys);

    /* none of them is looked at */

    text = many(JOSE_KEYS_MAX + 1);
    jose_keys_free(read_keys(JOSE_KEYS_JWKS, text, strlen(text),
                             JOSE_KEY_TOO_MANY));
    free(text);

    unit_check_for(reports[0] == '\0', "reports of too many: %.50s", reports);
}


/* A set of so many keys, one of a hundred for nothing. */

static char *
many(size_t n)
{
    char    *text, *p;
    size_t   i;

    text = malloc(n * 200);
    p = text + sprintf(text, "{\"keys\":[");

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%s{" OCT ",\"kid\":\"%zu\"%s}", i ? "," : "", i,
                     i % 100 == 7 ? ",\"use\":\"x\"" : "");
    }

    (void) sprintf(p, "]}");

    return text;
}


static char *
fill(const char *fmt, ...)
{
    char     *text;
    va_list   args;

    text = malloc(16384);

    va_start(args, fmt);
    (void) vsnprintf(text, 16384, fmt, args);
    va_end(args);

    return text;
}


/* A PEM as a string of JSON; one of four at a time. */

static char *
escaped(const char *text)
{
    char           *p;
    static char     buffers[4][4096];
    static size_t   next;

    p = buffers[next++ % 4];

    for ( /* void */ ; *text != '\0'; text++) {
        if (*text == '\n') {
            *p++ = '\\';
            *p++ = 'n';

        } else {
            *p++ = *text;
        }
    }

    *p = '\0';

    return buffers[(next - 1) % 4];
}
