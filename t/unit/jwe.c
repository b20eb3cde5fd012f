
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Encrypted tokens that are right, and keys that are not theirs; for the
 * tokens that are wrong see jwe_bad.c.
 */


#include "encrypt.h"
#include "rfc.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


#define KEYS_N  18


static void test_examples(void);
static void test_appendix_c(void);
static void test_pairs(void);
static void test_pair(size_t alg, size_t enc, size_t to);
static void test_plaintexts(void);
static void test_kids(void);
static void test_tries(void);
static void test_pinned(void);
static void test_kept_contexts(void);
static void make_keys(void);
static void free_keys(void);
static void ignore(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);
static jose_keys_t *read_jwk(const char *text);
static void no_errors(const char *where);


static jose_crypto_t  *crypto;
static encrypt_to_t    keys[KEYS_N];
static jose_keys_t    *sets[KEYS_N];


/* RFC 7516, A.1 to A.3 and RFC 7519, A.1 and A.2 */

static const struct {
    const char     *what;
    jose_status_t   status;
    const char     *jwk;
    const char     *token;
    const char     *text;
} examples[] = {
    { "7516, A.1", JOSE_OK,
      RFC_7516_A1_KEY,
      "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7"
      "LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr0"
      "5kLzcSr4qKAq7YN7e9jwQRb23nfa6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2D"
      "a14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqN"
      "zo_tETKzpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9Q"
      "cfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iGdXKHzg.48V1_A"
      "Lb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFSh"
      "S8iB7j6jiSdiwkIr3ajwQzaBtQD_A.XFBoMYUZodetZdvTiFvSkQ",
      "The true sign of intelligence is not knowledge but imagination." },
    { "7516, A.2", JOSE_UNSUPPORTED_ALGORITHM,
      RFC_7516_A2_KEY,
      "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.UGhIOguC7IuEvf"
      "_NPVaXsGMoLOmwvc1GyqlIKOK1nN94nHPoltGRhWhw7Zx0-kFm1NJn8LE9XShH59_i"
      "8J0PH5ZZyNfGy2xGdULU7sHNF6Gp2vPLgNZ__deLKxGHZ7PcHALUzoOegEI-8E66jX"
      "2E4zyJKx-YxzZIItRzC5hlRirb6Y5Cl_p-ko3YvkkysZIFNPccxRU7qve1WYPxqbb2"
      "Yw8kZqa2rMWI5ng8OtvzlV7elprCbuPhcCdZ6XDP0_F8rkXds2vE4X-ncOIM8hAYHH"
      "i29NX0mcKiRaD0-D-ljQTP-cFPgwCp6X-nZZd9OHBv-B3oWh2TbqmScqXMR4gp_A.A"
      "xY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY."
      "9hH0vgRfYgPnAHOd8stkvw",
      "" },
    { "7516, A.3", JOSE_OK,
      "{\"kty\":\"oct\",\"k\":\"GawgguFyGrWKav7AX4VKUg\"}",
      "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.6KB707dM9YTIgH"
      "tLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ.AxY8DCtDaGlsbGljb3RoZQ.KD"
      "lTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ",
      "Live long and prosper." },
    { "7519, A.1", JOSE_UNSUPPORTED_ALGORITHM,
      RFC_7516_A2_KEY,
      "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.QR1Owv2ug2WyPB"
      "nbQrRARTeEk9kDO2w8qDcjiHnSJflSdv1iNqhWXaKH4MqAkQtMoNfABIPJaZm0HaA4"
      "15sv3aeuBWnD8J-Ui7Ah6cWafs3ZwwFKDFUUsWHSK-IPKxLGTkND09XyjORj_CHAgO"
      "PJ-Sd8ONQRnJvWn_hXV1BNMHzUjPyYwEsRhDhzjAD26imasOTsgruobpYGoQcXUwFD"
      "n7moXPRfDE8-NoQX7N7ZYMmpUDkR-Cx9obNGwJQ3nM52YCitxoQVPzjbl7WBuB7Aoh"
      "dBoZOdZ24WlN1lVIeh8v1K4krB8xgKvRU8kgFrEn_a1rZgN5TiysnmzTROF869lQ.A"
      "xY8DCtDaGlsbGljb3RoZQ.MKOle7UQrG6nSxTLX6Mqwt0orbHvAKeWnDYvpIAeZ72d"
      "eHxz3roJDXQyhxx0wKaMHDjUEOKIwrtkHthpqEanSBNYHZgmNOV7sln1Eu9g3J8.fi"
      "K51VwhsxJ-siBMR-YFiA",
      "" },
    { "7519, A.2", JOSE_UNSUPPORTED_ALGORITHM,
      RFC_7516_A2_KEY,
      "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiY3R5IjoiSldUIn"
      "0.g_hEwksO1Ax8Qn7HoN-BVeBoa8FXe0kpyk_XdcSmxvcM5_P296JXXtoHISr_DD_M"
      "qewaQSH4dZOQHoUgKLeFly-9RI11TG-_Ge1bZFazBPwKC5lJ6OLANLMd0QSL4fYEb9"
      "ERe-epKYE3xb2jfY1AltHqBO-PM6j23Guj2yDKnFv6WO72tteVzm_2n17SBFvhDuR9"
      "a2nHTE67pe0XGBUS_TK7ecA-iVq5COeVdJR4U4VZGGlxRGPLRHvolVLEHx6DYyLpw3"
      "0Ay9R6d68YCLi9FYTq3hIXPK_-dmPlOUlKvPr1GgJzRoeC9G5qCvdcHWsqJGTO_z3W"
      "fo5zsqwkxruxwA.UmVkbW9uZCBXQSA5ODA1Mg.VwHERHPvCNcHHpTjkoigx3_ExK0Q"
      "c71RMEParpatm0X_qpg-w8kozSjfNIPPXiTBBLXR65CIPkFqz4l1Ae9w_uowKiwyi9"
      "acgVztAi-pSL8GQSXnaamh9kX1mdh3M_TT-FZGQFQsFhu0Z72gJKGdfGE-OE7hS1zu"
      "BD5oEUfk0Dmb0VzWEzpxxiSSBbBAzP10l56pPfAtrjEYw-7ygeMkwBl6Z_mLS6w6xU"
      "gKlvW6ULmkV-uLC4FUiyKECK4e3WZYKw1bpgIqGYsw2v_grHjszJZ-_I5uM-9RA8yc"
      "X9KqPRp9gc6pXmoU_-27ATs9XCvrZXUtK2902AUzqpeEUJYjWWxSNsS-r1TJ1I-FMJ"
      "4XyAiGrfmo9hQPcNBYxPz3GQb28Y5CLSQfNgKSGt0A4isp1hBUXBHAndgtcslt7ZoQ"
      "JaKe_nNJgNliWtWpJ_ebuOpEl8jdhehdccnRMIwAmU1n7SPkmhIl1HlSOpvcvDfhUN"
      "5wuqU955vOBvfkBOh5A11UzBuo2WlgZ6hYi9-e3w29bR0C2-pp3jbqxEDw3iWaf2dc"
      "5b-LnR0FEYXvI_tYk5rd_J9N0mg0tQ6RbpxNEMNoA9QWk5lgdPvbh9BaO195abQ.AV"
      "O9iT5AV4CzvDJCdhSFlQ",
      "" }
};


int
main(void)
{
    crypto = jose_crypto_create();

    make_keys();

    test_examples();
    test_appendix_c();
    test_pairs();
    test_plaintexts();
    test_kids();
    test_tries();
    test_pinned();
    test_kept_contexts();

    free_keys();
    jose_crypto_free(crypto);

    return unit_done("jwe");
}


static void
no_errors(const char *where)
{
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s", where);
    ERR_clear_error();
}


/* Two of each: five lengths of a secret, RSA, and four more curves. */

static void
make_keys(void)
{
    size_t                  i;
    static uint8_t          bytes[2][64];
    static const size_t     lens[] = { 16, 24, 32, 48, 64 };
    static const char      *types[] = { "RSA", "RSA", "EC", "EC", "EC", "EC",
                                        "X25519", "X448" };
    static const char      *groups[] = { NULL, NULL, "P-256", "P-256",
                                         "P-384", "P-521", NULL, NULL };

    for (i = 0; i < 64; i++) {
        bytes[0][i] = (uint8_t) (i * 7 + 1);
        bytes[1][i] = (uint8_t) (i * 7 + 2);
    }

    for (i = 0; i < KEYS_N; i++) {

        if (i < 10) {
            keys[i].secret.data = bytes[i / 5];
            keys[i].secret.len = lens[i % 5];

        } else {
            keys[i].pkey = sign_generate(types[i - 10], groups[i - 10],
                                         i < 12 ? 2048 : 0);
        }

        sets[i] = sign_set();
        encrypt_set_add(sets[i], crypto, &keys[i], NULL);
    }

    ERR_clear_error();
}


static void
free_keys(void)
{
    size_t  i;

    for (i = 0; i < KEYS_N; i++) {
        EVP_PKEY_free(keys[i].pkey);
        jose_keys_free(sets[i]);
    }
}


static void
ignore(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    (void) data;

    unit_check_for(why == JOSE_KEY_SECRET_SHORT, "key %zu %.*s: %s", index,
                   (int) kid.len, (const char *) kid.data,
                   jose_status_word(why));
}


static jose_keys_t *
read_jwk(const char *text)
{
    jose_keys_t         *set;
    jose_keys_report_t   report;

    report.handler = ignore;
    report.data = NULL;

    unit_check_for(jose_keys_read(&set, crypto, JOSE_KEYS_JWK,
                                  sign_text(text), &report)
                   == JOSE_OK,
                   "not read: %.60s", text);

    return set;
}


static void
test_examples(void)
{
    size_t         i;
    jose_keys_t   *set;
    jose_status_t  status;

    for (i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        set = read_jwk(examples[i].jwk);

        status = encrypt_open_one(examples[i].token, crypto, set,
                                  sign_text(examples[i].text));
        unit_check_for(status == examples[i].status, "%s: %s", examples[i].what,
                       jose_status_word(status));

        jose_keys_free(set);
        no_errors(examples[i].what);
    }
}


/* RFC 7518, C: what Alice and Bob agree on is the key of the content. */

static void
test_appendix_c(void)
{
    char                 token[ENCRYPT_TOKEN_MAX];
    jose_bytes_t         none, text;
    jose_keys_t         *set;
    encrypt_to_t         to;
    static const char    header[] =
        "{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"apu\":\"QWxpY2U\","
        "\"apv\":\"Qm9i\",\"epk\":{\"kty\":\"EC\",\"crv\":\"P-256\","
        "\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\","
        "\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\"}}";
    static const char    bob[] =
        "{\"kty\":\"EC\",\"crv\":\"P-256\","
        "\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","
        "\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\","
        "\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\"}";

    /* "VqqN6vgjbSBcIijNcacQGg" */

    static const uint8_t  agreed[] = {
        86, 170, 141, 234, 248, 35, 109, 32, 92, 34, 40, 205, 113, 167, 16, 26
    };

    memset(&to, 0, sizeof(encrypt_to_t));
    none.data = agreed;
    none.len = 0;
    text = sign_text("{\"sub\":\"alice\"}");

    encrypt_token_of(header, &encrypt_encs[3], &to, agreed, none, text,
                     token);

    set = read_jwk(bob);
    unit_check_for(encrypt_open_one(token, crypto, set, text) == JOSE_OK,
                   "other key agreed on");
    jose_keys_free(set);

    no_errors("appendix C");
}


/* Every key management, every content encryption, every key. */

static void
test_pairs(void)
{
    size_t  alg, enc, to, fitting;

    for (alg = 0; alg < JOSE_WRAP_N; alg++) {
        for (enc = 0; enc < JOSE_ENC_N; enc++) {
            fitting = 0;

            for (to = 0; to < KEYS_N; to++) {
                if (encrypt_fits(&encrypt_algs[alg], &encrypt_encs[enc],
                                 &keys[to]))
                {
                    fitting++;
                    test_pair(alg, enc, to);
                }
            }

            unit_check_for(fitting >= 2, "no keys for %s, %s",
                           encrypt_algs[alg].name, encrypt_encs[enc].name);
        }
    }
}


static void
test_pair(size_t alg, size_t enc, size_t to)
{
    char                   token[ENCRYPT_TOKEN_MAX];
    bool                   fits;
    size_t                 i;
    encrypt_to_t           recipient;
    jose_bytes_t           text;
    jose_status_t          status, expected;
    const encrypt_alg_t   *a;
    const encrypt_enc_t   *e;

    a = &encrypt_algs[alg];
    e = &encrypt_encs[enc];

    text = sign_text("{\"sub\":\"alice\",\"admin\":false}");
    recipient = keys[to];

    /* RFC 7518, 4.6.1.2: either may be absent */

    recipient.apu = (to + enc) & 1 ? "Alice" : NULL;
    recipient.apv = (to + enc) & 2 ? "Bob of the long name" : NULL;

    encrypt_token(a, e, &recipient, text, token);

    for (i = 0; i < KEYS_N; i++) {
        fits = encrypt_fits(a, e, &keys[i]);

        expected = i == to ? JOSE_OK : fits ? JOSE_DECRYPTION_FAILED
                   : JOSE_UNKNOWN_KEY;

        status = encrypt_open_one(token, crypto, sets[i], text);

        unit_check_for(status == expected, "%s, %s for %zu, key %zu: %s",
                       a->name, e->name, to, i, jose_status_word(status));
    }

    no_errors(a->name);
}


/* Lengths around a block, none, and the longest that a token holds. */

static void
test_plaintexts(void)
{
    char           *token;
    size_t          i, enc, len, n;
    uint8_t        *text;
    jose_bytes_t    bytes;
    jose_status_t   status;

    static const size_t  lens[] = { 0, 1, 2, 15, 16, 17, 31, 32, 33, 8000 };

    token = malloc(70000);
    text = malloc(49200);
    memset(text, 'x', 49200);
    bytes.data = text;

    for (enc = 0; enc < JOSE_ENC_N; enc++) {
        for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
            bytes.len = lens[i];

            encrypt_token(&encrypt_algs[1], &encrypt_encs[enc], &keys[0],
                          bytes, token);

            status = encrypt_open_one(token, crypto, sets[0], bytes);
            unit_check_for(status == JOSE_OK, "%s of %zu bytes: %s",
                           encrypt_encs[enc].name, lens[i],
                           jose_status_word(status));
        }

        /* up to JOSE_TOKEN_MAX, and over it */

        n = 0;

        for (bytes.len = 48920; bytes.len < 49200; bytes.len += 14) {
            encrypt_token(&encrypt_algs[1], &encrypt_encs[enc], &keys[0],
                          bytes, token);

            status = encrypt_open(sign_text(token), crypto,
                                  (const jose_keys_t *const *) &sets[0], 1,
                                  NULL, &len);
            unit_check_for(status == (strlen(token) > JOSE_TOKEN_MAX
                                      ? JOSE_TOO_LARGE : JOSE_OK),
                           "token of %zu: %s", strlen(token),
                           jose_status_word(status));
            n += status == JOSE_OK;
        }

        unit_check_for(n > 0 && n < 20, "all long tokens alike: %zu", n);
    }

    free(text);
    free(token);

    no_errors("plaintexts");
}


/* The key with the kid, or else those without one; see kid.c */

static void
test_kids(void)
{
    char                token[ENCRYPT_TOKEN_MAX];
    size_t              i, len;
    jose_keys_t        *set[2];
    encrypt_to_t        to;
    jose_status_t       status;
    const jose_keys_t  *both[2];

    static const struct {
        const char     *more;
        size_t          key;
        jose_status_t   status;
    } rows[] = {
        { "", 10, JOSE_OK },
        { "", 11, JOSE_OK },
        { ",\"kid\":\"a\"", 10, JOSE_OK },
        { ",\"kid\":\"a\"", 11, JOSE_DECRYPTION_FAILED },
        { ",\"kid\":\"\\u0062\"", 11, JOSE_OK },
        { ",\"kid\":\"b\"", 10, JOSE_DECRYPTION_FAILED },
        { ",\"kid\":\"ec\"", 10, JOSE_UNKNOWN_KEY },
        { ",\"kid\":\"c\"", 10, JOSE_UNKNOWN_KEY },
        { ",\"kid\":\"\"", 10, JOSE_UNKNOWN_KEY },
        { ",\"kid\":null", 10, JOSE_INVALID_HEADER },
        { ",\"kid\":1", 10, JOSE_INVALID_HEADER },
        { ",\"kid\":[\"a\"]", 10, JOSE_INVALID_HEADER }
    };

    set[0] = sign_set();
    set[1] = sign_set();
    both[0] = set[0];
    both[1] = set[1];

    encrypt_set_add(set[0], crypto, &keys[12], "ec");
    encrypt_set_add(set[0], crypto, &keys[10], "a");
    encrypt_set_add(set[1], crypto, &keys[0], NULL);
    encrypt_set_add(set[1], crypto, &keys[11], "b");

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        to = keys[rows[i].key];
        to.more = rows[i].more;

        encrypt_token(&encrypt_algs[8], &encrypt_encs[5], &to,
                      sign_text("{}"), token);
        status = encrypt_open(sign_text(token), crypto, both, 2, NULL, &len);

        unit_check_for(status == rows[i].status, "%s, key %zu: %s",
                       rows[i].more, rows[i].key, jose_status_word(status));
    }

    jose_keys_free(set[0]);
    jose_keys_free(set[1]);

    no_errors("kids");
}


/* The first 16 that fit are tried; those that do not fit do not count. */

static void
test_tries(void)
{
    char            token[ENCRYPT_TOKEN_MAX];
    size_t          i, before, len;
    jose_keys_t    *set;
    jose_status_t   status;

    encrypt_token(&encrypt_algs[1], &encrypt_encs[0], &keys[0],
                  sign_text("{}"), token);

    for (before = 14; before <= 17; before++) {
        set = sign_set();

        for (i = 0; i < before; i++) {
            encrypt_set_add(set, crypto, &keys[5], NULL);
            encrypt_set_add(set, crypto, &keys[1], NULL);
        }

        encrypt_set_add(set, crypto, &keys[0], NULL);

        status = encrypt_open_one(token, crypto, set, sign_text("{}"));
        unit_check_for(status == (before < JOSE_KEYS_TRIED
                                  ? JOSE_OK : JOSE_DECRYPTION_FAILED),
                       "%zu keys before: %s", before,
                       jose_status_word(status));
        jose_keys_free(set);
    }

    status = encrypt_open(sign_text(token), crypto, NULL, 0, NULL, &len);
    unit_check_for(status == JOSE_UNKNOWN_KEY, "no sets: %s",
                   jose_status_word(status));

    no_errors("tries");
}


/* RFC 7517, 4.4: a key for "dir" may name one content encryption. */

static void
test_pinned(void)
{
    char                token[ENCRYPT_TOKEN_MAX], jwk[256], k[64];
    size_t              i, enc;
    jose_keys_t        *set;
    jose_status_t       status;
    static const char  *names[] = { "dir", "A256GCM", "A128CBC-HS256" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) sign_base64url(keys[2].secret, k);
        (void) snprintf(jwk, sizeof(jwk),
                        "{\"kty\":\"oct\",\"alg\":\"%s\",\"k\":\"%s\"}",
                        names[i], k);
        set = read_jwk(jwk);

        for (enc = 0; enc < JOSE_ENC_N; enc++) {

            if (encrypt_encs[enc].key_len != 32) {
                continue;
            }

            encrypt_token(&encrypt_algs[0], &encrypt_encs[enc], &keys[2],
                          sign_text("{}"), token);
            status = encrypt_open_one(token, crypto, set, sign_text("{}"));

            unit_check_for(status == (i == 0 || strcmp(names[i],
                                                       encrypt_encs[enc].name)
                                                == 0
                                      ? JOSE_OK : JOSE_UNKNOWN_KEY),
                           "key for %s, token with %s: %s", names[i],
                           encrypt_encs[enc].name, jose_status_word(status));
        }

        encrypt_token(&encrypt_algs[3], &encrypt_encs[0], &keys[2],
                      sign_text("{}"), token);
        unit_check_for(encrypt_open_one(token, crypto, set, sign_text("{}"))
                       == JOSE_UNKNOWN_KEY,
                       "key for %s wraps", names[i]);

        jose_keys_free(set);
    }

    no_errors("pinned");
}


/* What is kept between two tokens does not show: good, bad, good, ... */

static void
test_kept_contexts(void)
{
    char           good[ENCRYPT_TOKEN_MAX], bad[ENCRYPT_TOKEN_MAX];
    size_t         i, k, alg, enc;
    jose_status_t  status;

    for (i = 0; i < 120; i++) {
        alg = 1 + i % 6;
        enc = i * 5 % 6;
        k = (alg - 1) % 3;

        encrypt_token(&encrypt_algs[alg], &encrypt_encs[enc], &keys[k],
                      sign_text("{}"), good);
        encrypt_token(&encrypt_algs[alg], &encrypt_encs[enc], &keys[k + 5],
                      sign_text("{}"), bad);

        status = encrypt_open_one(good, crypto, sets[k], sign_text("{}"));
        unit_check_for(status == JOSE_OK, "good %zu: %s", i,
                       jose_status_word(status));

        status = encrypt_open_one(bad, crypto, sets[k], sign_text("{}"));
        unit_check_for(status == JOSE_DECRYPTION_FAILED, "bad %zu: %s", i,
                       jose_status_word(status));
    }

    no_errors("kept contexts");
}
