
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jwk.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


#define OCT  "\"kty\":\"oct\",\"k\":\"c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ\""

#define P256_X  "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define P256_Y  "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define EC_X  "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":" P256_X
#define EC_Y  "\"kty\":\"EC\",\"crv\":\"P-256\",\"y\":" P256_Y

#define OKP_X  "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

#define RSA_N                                                                 \
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu"      \
    "1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4H"      \
    "c5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqz"      \
    "s8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4"      \
    "vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a"      \
    "wapJzKnqDKgw"

#define RSA_E  "\"kty\":\"RSA\",\"e\":\"AQAB\""
#define RSA    RSA_E ",\"n\":\"" RSA_N "\""


typedef struct {
    const char      *text;
    jose_status_t    status;
    jose_alg_set_t   algs;
} jwk_row_t;


#define ROWS(rows)  rows, sizeof(rows) / sizeof(rows[0])


static void test_examples(void);
static void test_rows(const jwk_row_t *rows, size_t n);
static void test_members(void);
static void test_oct(void);
static void test_rsa(void);
static void test_rsa_size(void);
static void test_ec(void);
static void test_okp(void);
static void test_kid(void);
static void test_issuer(void);
static void test_jwk(const char *what, const char *text,
    jose_status_t expected, jose_alg_set_t algs);
static jose_status_t read_jwk(jose_key_t *key, const char *text);


static jose_crypto_t  *crypto;


/* The keys of the RFCs, private members and all. */

static const struct {
    const char      *what;
    jose_status_t    status;
    jose_alg_set_t   algs;
    const char      *text;
} examples[] = {
    { "7517, A.2 EC", JOSE_OK, 0,
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526i"
      "DZ8AiTo7Tu6KPAqv7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlb"
      "bM4IFyM\",\"d\":\"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE\",\""
      "use\":\"enc\",\"kid\":\"1\"}" },
    { "7517, A.2 RSA", JOSE_OK, 0x8,
      "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAF"
      "bWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n"
      "3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR"
      "0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91Cb"
      "OpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniI"
      "qbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"d\":\"X4c"
      "TteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnr"
      "RweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5"
      "N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0"
      "dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0Gj"
      "skDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4"
      "jfcKoAC8Q\",\"p\":\"83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyL"
      "PQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuV"
      "IYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs\",\"q"
      "\":\"3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1"
      "dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRez"
      "sZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk\",\"dp\":\"G4sPXkc6Ya"
      "9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGy"
      "BJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN"
      "2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0\",\"dq\":\"s9lAH9fggBsoFR8Oac2R_E2gw"
      "282rT2kGOAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8"
      "Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L"
      "18txXw494Q_cgk\",\"qi\":\"GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3"
      "rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-pux"
      "k_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU"
      "\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}" },
    { "7517, A.3 A128KW", JOSE_OK, 0,
      "{\"kty\":\"oct\",\"alg\":\"A128KW\",\"k\":\"GawgguFyGrWKav7AX4VKUg"
      "\"}" },
    { "7517, A.3 HMAC", JOSE_OK, 0x7,
      "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQL"
      "r_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\",\"kid\":\"HMAC key"
      " used in JWS A.1 example\"}" },
    { "7517, A.1 EC", JOSE_KEY_NOT_FOR_SIGNATURES, 0,
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526i"
      "DZ8AiTo7Tu6KPAqv7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlb"
      "bM4IFyM\",\"use\":\"enc\",\"kid\":\"1\"}" },
    { "7517, A.1 RSA", JOSE_OK, 0x8,
      "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAF"
      "bWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n"
      "3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR"
      "0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91Cb"
      "OpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniI"
      "qbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"R"
      "S256\",\"kid\":\"2011-04-29\"}" },
    { "8037, A.1", JOSE_OK, 0xa000,
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsx"
      "ERJxWl7MmkZcDusAxyuf2A\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlr"
      "wIaaPcHURo\"}" },
    { "8037, A.2", JOSE_OK, 0xa000,
      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHO"
      "g7hcvPapiMlrwIaaPcHURo\"}" },
    { "7515, A.2", JOSE_OK, 0x1f8,
      "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQo"
      "Tbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2l"
      "ZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaS"
      "HSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4u"
      "DZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q"
      "2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\",\"d\":\"Eq5"
      "xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLK"
      "MgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-G"
      "jBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4q"
      "AdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGU"
      "l_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhO"
      "VRuOopznQ\",\"p\":\"4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn"
      "6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDc"
      "mnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc\",\"q"
      "\":\"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewH"
      "gHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRL"
      "tXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc\",\"dp\":\"BwKfV3Akq5"
      "_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBf"
      "pT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneT"
      "wrA86rZtu5Mbr1C1XsmvkxHQAdYo0\",\"dq\":\"h_96-mK1R_7glhsum81dZxjTn"
      "YynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0aj"
      "aHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3ns"
      "sTdlqvd0tIiTHU\",\"qi\":\"IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-Dlc"
      "xyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdf"
      "nbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U"
      "\"}" },
    { "7515, A.3", JOSE_OK, 0x200,
      "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gH"
      "MzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYj"
      "KIWI5a0\",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}" },
    { "7515, A.4", JOSE_OK, 0x800,
      "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AekpBQ8ST8a8VcfVOTNl353v"
      "SrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\""
      ",\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly"
      "79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2\",\"d\":\"AY5pb7A0UFiB3RELSD64fTLO"
      "SV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C\""
      "}" }
};


int
main(void)
{
    crypto = jose_crypto_create();

    test_examples();
    test_members();
    test_oct();
    test_rsa();
    test_rsa_size();
    test_ec();
    test_okp();
    test_kid();
    test_issuer();

    jose_crypto_free(crypto);

    return unit_done("jwk");
}


static void
test_jwk(const char *what, const char *text, jose_status_t expected,
    jose_alg_set_t algs)
{
    jose_key_t     key;
    jose_status_t  status;

    status = read_jwk(&key, text);

    unit_check_for(status == expected, "%s: %s", what,
                   jose_status_word(status));
    unit_check_for(status != JOSE_OK || key.algs == algs,
                   "wrong rows: %s, %x", what, (unsigned) key.algs);
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s", what);

    ERR_clear_error();
    jose_key_clear(&key);
}


static jose_status_t
read_jwk(jose_key_t *key, const char *text)
{
    json_t         *json;
    jose_status_t   status;

    memset(key, 0, sizeof(jose_key_t));

    json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

    if (!unit_check_for(json != NULL, "not even JSON: %s", text)) {
        return JOSE_ERROR;
    }

    status = jose_jwk_read(key, crypto, json, false);

    json_decref(json);

    return status;
}


static void
test_examples(void)
{
    size_t  i;

    for (i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        test_jwk(examples[i].what, examples[i].text, examples[i].status,
                 examples[i].algs);
    }
}


static void
test_rows(const jwk_row_t *rows, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        test_jwk(rows[i].text, rows[i].text, rows[i].status, rows[i].algs);
    }
}


/* RFC 7517, 4.1 to 4.4 */

static void
test_members(void)
{
    static const jwk_row_t  rows[] = {
        { "null", JOSE_KEY_MEMBER_INVALID, 0 },
        { "true", JOSE_KEY_MEMBER_INVALID, 0 },
        { "\"oct\"", JOSE_KEY_MEMBER_INVALID, 0 },
        { "[]", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":null}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":1}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":[\"oct\"]}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"\"}", JOSE_KEY_TYPE_UNKNOWN, 0 },
        { "{\"kty\":\"OCT\",\"k\":\"AAAA\"}", JOSE_KEY_TYPE_UNKNOWN, 0 },
        { "{\"kty\":\"rsa\"}", JOSE_KEY_TYPE_UNKNOWN, 0 },
        { "{\"kty\":\"AKP\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"akp\"}", JOSE_KEY_TYPE_UNKNOWN, 0 },

        { "{" OCT "}", JOSE_OK, 0x7 },
        { "{" OCT ",\"use\":\"sig\"}", JOSE_OK, 0x7 },
        { "{" OCT ",\"use\":\"enc\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" OCT ",\"use\":\"SIG\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" OCT ",\"use\":\"\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" OCT ",\"use\":null}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" OCT ",\"use\":1}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" OCT ",\"use\":[\"sig\"]}", JOSE_KEY_MEMBER_INVALID, 0 },

        { "{" OCT ",\"key_ops\":[\"verify\"]}", JOSE_OK, 0x7 },
        { "{" OCT ",\"key_ops\":[\"sign\",\"verify\"]}", JOSE_OK, 0x7 },
        { "{" OCT ",\"key_ops\":[\"sign\"]}", JOSE_KEY_NOT_FOR_SIGNATURES,
          0 },
        { "{" OCT ",\"key_ops\":[]}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" OCT ",\"key_ops\":[\"VERIFY\"]}", JOSE_KEY_NOT_FOR_SIGNATURES,
          0 },
        { "{" OCT ",\"key_ops\":\"verify\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" OCT ",\"key_ops\":null}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" OCT ",\"key_ops\":{\"verify\":1}}", JOSE_KEY_MEMBER_INVALID,
          0 },
        { "{" OCT ",\"key_ops\":[\"verify\",1]}", JOSE_KEY_MEMBER_INVALID,
          0 },
        { "{" OCT ",\"use\":\"enc\",\"key_ops\":[\"verify\"]}",
          JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" OCT ",\"use\":\"sig\",\"key_ops\":[\"encrypt\"]}",
          JOSE_KEY_NOT_FOR_SIGNATURES, 0 },

        { "{" OCT ",\"alg\":\"HS384\"}", JOSE_OK, 0x2 },
        { "{" OCT ",\"alg\":\"hs256\"}", JOSE_KEY_ALGORITHM_UNKNOWN, 0 },
        { "{" OCT ",\"alg\":\"none\"}", JOSE_KEY_ALGORITHM_UNKNOWN, 0 },
        { "{" OCT ",\"alg\":\"dir\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "{" OCT ",\"alg\":\"\"}", JOSE_KEY_ALGORITHM_UNKNOWN, 0 },
        { "{" OCT ",\"alg\":\"RS256\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "{" OCT ",\"alg\":\"EdDSA\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "{" OCT ",\"alg\":\"ML-DSA-44\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "{" RSA ",\"alg\":\"ML-DSA-65\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "{" OCT ",\"alg\":null}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" OCT ",\"alg\":256}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" OCT ",\"alg\":[\"HS256\"]}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA ",\"alg\":\"PS384\"}", JOSE_OK, 0x80 },
        { "{" RSA ",\"alg\":\"HS256\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "{" RSA ",\"alg\":\"RSA-OAEP\"}", JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{" EC_X ",\"y\":" P256_Y ",\"alg\":\"ES256\"}", JOSE_OK, 0x200 },
        { "{" EC_X ",\"y\":" P256_Y ",\"alg\":\"ES256K\"}",
          JOSE_KEY_ALGORITHM_MISMATCH, 0 }
    };

    test_rows(ROWS(rows));
}


/* RFC 7518, 6.4.1 */

static void
test_oct(void)
{
    static const jwk_row_t  rows[] = {
        { "{\"kty\":\"oct\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":null}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":1}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"K\":\"AAAA\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":\"\"}", JOSE_KEY_SECRET_EMPTY, 0 },
        { "{\"kty\":\"oct\",\"k\":\"A\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":\"AA\"}", JOSE_OK, 0x7 },
        { "{\"kty\":\"oct\",\"k\":\"AB\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":\"AA==\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":\"AAA=\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":\"AA+/\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":\"AA-_\"}", JOSE_OK, 0x7 },
        { "{\"kty\":\"oct\",\"k\":\"AA AA\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"oct\",\"k\":\"a secret\"}", JOSE_KEY_MEMBER_INVALID,
          0 },

        /* "-----BEGIN PUBLIC KEY-----" */
        { "{\"kty\":\"oct\",\"k\":\"LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0\"}",
          JOSE_KEY_SECRET_IS_KEY, 0 },

        /* of another type */
        { "{\"kty\":\"oct\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\"}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA ",\"k\":\"AAAA\",\"alg\":\"HS256\"}",
          JOSE_KEY_ALGORITHM_MISMATCH, 0 }
    };

    test_rows(ROWS(rows));
}


/* RFC 7518, 6.3.1 */

static void
test_rsa(void)
{
    static const jwk_row_t  rows[] = {
        { "{" RSA "}", JOSE_OK, 0x1f8 },
        { "{" RSA_E "}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA_E ",\"n\":null}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA_E ",\"n\":65537}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA_E ",\"n\":\"\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA_E ",\"n\":\"" RSA_N "=\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA_E ",\"n\":\"" RSA_N "==\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA_E ",\"n\":\" " RSA_N "\"}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" RSA_E ",\"n\":\"AAAA\"}", JOSE_KEY_RSA_SIZE, 0 },
        { "{" RSA_E ",\"n\":\"AQAB\"}", JOSE_KEY_RSA_SIZE, 0 },
        { "{" RSA_E ",\"n\":\"AAAA" RSA_N "\"}", JOSE_OK, 0x1f8 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\"}", JOSE_KEY_MEMBER_INVALID,
          0 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":65537}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"\"}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB=\"}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AA\"}",
          JOSE_KEY_RSA_EXPONENT, 0 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQ\"}",
          JOSE_KEY_RSA_EXPONENT, 0 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AAAAAQ\"}",
          JOSE_KEY_RSA_EXPONENT, 0 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAA\"}",
          JOSE_KEY_RSA_EXPONENT, 0 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AAEAAQ\"}",
          JOSE_OK, 0x1f8 },
        { "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"Aw\"}",
          JOSE_OK, 0x1f8 }
    };

    test_rows(ROWS(rows));
}


/* A modulus of every length, whether or not it could have been made. */

static void
test_rsa_size(void)
{
    char          *text, *end;
    size_t         i;
    uint8_t        n[2051];
    jose_bytes_t   bytes;

    static const struct {
        size_t           len;
        uint8_t          first;
        jose_status_t    status;
    } rows[] = {
        { 1, 0x81, JOSE_KEY_RSA_SIZE }, { 128, 0x80, JOSE_KEY_RSA_SIZE },
        { 255, 0xff, JOSE_KEY_RSA_SIZE }, { 256, 0x7f, JOSE_KEY_RSA_SIZE },
        { 256, 0x80, JOSE_OK }, { 257, 0x00, JOSE_KEY_RSA_SIZE },
        { 512, 0xc0, JOSE_OK }, { 2048, 0xff, JOSE_OK },
        { 2049, 0x00, JOSE_KEY_RSA_SIZE }, { 2049, 0x01, JOSE_KEY_RSA_SIZE },
        { 2050, 0x80, JOSE_KEY_MEMBER_INVALID },
        { 2051, 0x80, JOSE_KEY_MEMBER_INVALID }
    };

    text = malloc(4096);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(n, 0x01, sizeof(n));
        n[0] = rows[i].first;

        if (rows[i].first == 0) {
            memset(n, 0, rows[i].len - 1);
        }

        bytes.data = n;
        bytes.len = rows[i].len;

        end = text + sprintf(text, "{" RSA_E ",\"n\":\"");
        end += sign_base64url(bytes, end);
        (void) strcpy(end, "\"}");

        test_jwk("RSA of some size", text, rows[i].status, 0x1f8);
    }

    free(text);
}


/* RFC 7518, 6.2.1 */

static void
test_ec(void)
{
    static const jwk_row_t  rows[] = {
        { "{" EC_X ",\"y\":" P256_Y "}", JOSE_OK, 0x200 },
        { "{" EC_X "}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" EC_Y "}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" EC_X ",\"y\":null}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" EC_X ",\"y\":1}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" EC_X ",\"y\":\"\"}", JOSE_KEY_LENGTH_INVALID, 0 },
        { "{" EC_Y ",\"x\":\"\"}", JOSE_KEY_LENGTH_INVALID, 0 },
        { "{" EC_X ",\"y\":\"AQAB\"}", JOSE_KEY_LENGTH_INVALID, 0 },
        { "{" EC_X ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0=\"}",
          JOSE_KEY_LENGTH_INVALID, 0 },
        { "{" EC_X ",\"y\":\"x/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0\"}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" EC_X ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{" EC_X ",\"y\":" P256_X "}", JOSE_KEY_NOT_ON_CURVE, 0 },
        { "{\"kty\":\"EC\",\"x\":" P256_X ",\"y\":" P256_Y "}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"EC\",\"crv\":1,\"x\":" P256_X ",\"y\":" P256_Y "}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"EC\",\"crv\":\"\",\"x\":" P256_X ",\"y\":" P256_Y "}",
          JOSE_KEY_CURVE_UNKNOWN, 0 },
        { "{\"kty\":\"EC\",\"crv\":\"p-256\",\"x\":" P256_X ",\"y\":" P256_Y
          "}", JOSE_KEY_CURVE_UNKNOWN, 0 },
        { "{\"kty\":\"EC\",\"crv\":\"prime256v1\",\"x\":" P256_X ",\"y\":"
          P256_Y "}", JOSE_KEY_CURVE_UNKNOWN, 0 },
        { "{\"kty\":\"EC\",\"crv\":\"P-224\",\"x\":" P256_X ",\"y\":" P256_Y
          "}", JOSE_KEY_CURVE_UNKNOWN, 0 },
        { "{\"kty\":\"EC\",\"crv\":\"Ed25519\",\"x\":" OKP_X "}",
          JOSE_KEY_CURVE_UNKNOWN, 0 },
        { "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":" P256_X ",\"y\":"
          P256_Y "}", JOSE_KEY_NOT_ON_CURVE, 0 },
        { "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":" P256_X ",\"y\":" P256_Y
          "}", JOSE_KEY_LENGTH_INVALID, 0 },
        { "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":" P256_X ",\"y\":" P256_Y
          "}", JOSE_KEY_LENGTH_INVALID, 0 }
    };

    test_rows(ROWS(rows));
}


/* RFC 8037, 2 */

static void
test_okp(void)
{
    static const jwk_row_t  rows[] = {
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":" OKP_X "}", JOSE_OK,
          0xa000 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":" OKP_X
          ",\"alg\":\"EdDSA\"}", JOSE_OK, 0x2000 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":" OKP_X
          ",\"alg\":\"Ed25519\"}", JOSE_OK, 0x8000 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":" OKP_X
          ",\"alg\":\"Ed448\"}", JOSE_KEY_ALGORITHM_MISMATCH, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", JOSE_KEY_MEMBER_INVALID,
          0 },
        { "{\"kty\":\"OKP\",\"x\":" OKP_X "}", JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"OKP\",\"crv\":null,\"x\":" OKP_X "}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":1}",
          JOSE_KEY_MEMBER_INVALID, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\"}",
          JOSE_KEY_LENGTH_INVALID, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAB\"}",
          JOSE_KEY_LENGTH_INVALID, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
          "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"}",
          JOSE_KEY_LENGTH_INVALID, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":" OKP_X "}",
          JOSE_KEY_LENGTH_INVALID, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":" OKP_X "}",
          JOSE_KEY_NOT_FOR_SIGNATURES, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"ed25519\",\"x\":" OKP_X "}",
          JOSE_KEY_CURVE_UNKNOWN, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":" OKP_X "}",
          JOSE_KEY_CURVE_UNKNOWN, 0 },

        /* y = 0, 1 and 2: of order 4, of order 1, not on the curve */
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
          "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
          JOSE_KEY_NOT_ON_CURVE, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
          "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
          JOSE_KEY_NOT_ON_CURVE, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
          "\"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
          JOSE_KEY_NOT_ON_CURVE, 0 },
        { "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":"
          "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
          JOSE_KEY_NOT_ON_CURVE, 0 }
    };

    test_rows(ROWS(rows));
}


/* The kid is known even of a key that is refused. */

static void
test_kid(void)
{
    size_t         i;
    jose_key_t     key;
    jose_status_t  status;

    static const struct {
        const char      *text;
        jose_status_t    status;
        const char      *kid;
    } rows[] = {
        { "{" OCT "}", JOSE_OK, NULL },
        { "{" OCT ",\"kid\":\"1\"}", JOSE_OK, "1" },
        { "{" OCT ",\"kid\":\"\"}", JOSE_OK, "" },
        { "{" OCT ",\"kid\":\"\\u00e9\\n\"}", JOSE_OK, "\xc3\xa9\n" },
        { "{" OCT ",\"kid\":null}", JOSE_KEY_MEMBER_INVALID, NULL },
        { "{" OCT ",\"kid\":1}", JOSE_KEY_MEMBER_INVALID, NULL },
        { "{" OCT ",\"kid\":[\"1\"]}", JOSE_KEY_MEMBER_INVALID, NULL },
        { "{\"kid\":\"2\"}", JOSE_KEY_MEMBER_INVALID, "2" },
        { "{" OCT ",\"kid\":\"3\",\"use\":\"enc\"}",
          JOSE_KEY_NOT_FOR_SIGNATURES, "3" },
        { "{\"kty\":\"RSA\",\"kid\":\"4\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
          JOSE_KEY_RSA_SIZE, "4" },
        { "{" EC_X ",\"kid\":\"5\",\"y\":" P256_X "}", JOSE_KEY_NOT_ON_CURVE,
          "5" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = read_jwk(&key, rows[i].text);

        unit_check_for(status == rows[i].status, "kid in %s: %s",
                       rows[i].text, jose_status_word(status));
        unit_check_for((key.kid.data != NULL) == (rows[i].kid != NULL),
                       "kid lost or found: %s", rows[i].text);
        unit_check_for(rows[i].kid == NULL
                       || jose_bytes_equal(key.kid, sign_text(rows[i].kid)),
                       "wrong kid: %s", rows[i].text);

        jose_key_clear(&key);
    }
}


/* A key of Microsoft says whose it is. */

static void
test_issuer(void)
{
    bool           same;
    size_t         i;
    jose_key_t     key;
    jose_status_t  status;

    static const struct {
        const char      *text;
        jose_status_t    status;
        const char      *issuer;
    } rows[] = {
        { "{" OCT "}", JOSE_OK, NULL },
        { "{" OCT ",\"Issuer\":\"a\"}", JOSE_OK, NULL },
        { "{" OCT ",\"iss\":\"a\"}", JOSE_OK, NULL },
        { "{" OCT ",\"issuer\":\"https://a/{tenantid}/v2.0\"}", JOSE_OK,
          "https://a/{tenantid}/v2.0" },
        { "{" RSA ",\"issuer\":\"https:\\/\\/\\u0061\"}", JOSE_OK,
          "https://a" },
        { "{" OCT ",\"kid\":\"k\",\"issuer\":\"i\"}", JOSE_OK, "i" },
        { "{" OCT ",\"issuer\":\"\"}", JOSE_OK, "" },
        { "{" OCT ",\"issuer\":null}", JOSE_KEY_MEMBER_INVALID, NULL },
        { "{" OCT ",\"issuer\":false}", JOSE_KEY_MEMBER_INVALID, NULL },
        { "{" OCT ",\"issuer\":1}", JOSE_KEY_MEMBER_INVALID, NULL },
        { "{" OCT ",\"issuer\":[\"a\"]}", JOSE_KEY_MEMBER_INVALID, NULL },
        { "{" OCT ",\"issuer\":{}}", JOSE_KEY_MEMBER_INVALID, NULL },
        { "{\"issuer\":\"a\"}", JOSE_KEY_MEMBER_INVALID, "a" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = read_jwk(&key, rows[i].text);

        same = rows[i].issuer ? jose_bytes_equal(key.issuer,
                                                 sign_text(rows[i].issuer))
                                && key.issuer.data != NULL
                              : key.issuer.data == NULL;

        unit_check_for(status == rows[i].status, "%s: %s", rows[i].text,
                       jose_status_word(status));
        unit_check_for(same, "issuer of %s", rows[i].text);

        jose_key_clear(&key);

        unit_check_for(key.issuer.data == NULL, "issuer stays: %s",
                       rows[i].text);
    }
}
