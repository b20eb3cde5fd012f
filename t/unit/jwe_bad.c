
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Encrypted tokens that are wrong, each in one place; what a client learns
 * once a key was chosen is always the same word.  Ephemeral keys: see epk.c.
 */


#include "encrypt.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


typedef enum {
    SECRET16 = 0, SECRET24, SECRET32, RSA2048, P256, P384, P521, X25519,
    X448, KEYS_N
} key_name_t;


static void test_parts(void);
static void test_flips(void);
static void test_flips_of(const char *token, const jose_keys_t *set,
    const char *what);
static void test_cuts_of(const char *token, const jose_keys_t *set,
    const char *what);
static void test_encrypted_keys(void);
static void test_lengths(void);
static void test_headers(void);
static void test_long(void);
static void expect(const char *token, const jose_keys_t *set,
    jose_status_t expected, const char *what);
static void make_keys(void);
static void free_keys(void);


static jose_crypto_t  *crypto;
static encrypt_to_t    keys[KEYS_N];
static jose_keys_t    *sets[KEYS_N];


/* One token of each way to come to a key. */

static const struct {
    size_t   alg;
    size_t   enc;
    key_name_t   key;
} tokens[] = {
    { 0, 0, SECRET32 }, { 0, 5, SECRET32 }, { 0, 3, SECRET16 },
    { 1, 0, SECRET16 }, { 2, 1, SECRET24 }, { 3, 2, SECRET32 },
    { 4, 3, SECRET16 }, { 5, 4, SECRET24 }, { 6, 2, SECRET32 },
    { 7, 5, RSA2048 }, { 8, 0, RSA2048 }, { 9, 1, RSA2048 },
    { 10, 2, RSA2048 },
    { 11, 5, P256 }, { 11, 2, P384 }, { 11, 3, P521 }, { 11, 0, X25519 },
    { 11, 1, X448 }, { 12, 0, P256 }, { 13, 4, X25519 }, { 14, 2, P521 }
};


#define TOKENS_N  (sizeof(tokens) / sizeof(tokens[0]))


int
main(void)
{
    crypto = jose_crypto_create();

    make_keys();

    test_parts();
    test_flips();
    test_encrypted_keys();
    test_lengths();
    test_headers();
    test_long();

    free_keys();
    jose_crypto_free(crypto);

    return unit_done("jwe_bad");
}


static void
make_keys(void)
{
    size_t               i;
    static uint8_t       bytes[32];
    static const char   *types[] = { "RSA", "EC", "EC", "EC", "X25519",
                                     "X448" };
    static const char   *groups[] = { NULL, "P-256", "P-384", "P-521", NULL,
                                      NULL };

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t) (i * 5 + 3);
    }

    for (i = 0; i < KEYS_N; i++) {

        if (i < RSA2048) {
            keys[i].secret.data = bytes;
            keys[i].secret.len = 16 + 8 * i;

        } else {
            keys[i].pkey = sign_generate(types[i - RSA2048],
                                         groups[i - RSA2048],
                                         i == RSA2048 ? 2048 : 0);
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
expect(const char *token, const jose_keys_t *set, jose_status_t expected,
    const char *what)
{
    jose_status_t  status;

    status = encrypt_open_one(token, crypto, set, sign_text("{}"));

    unit_check_for(status == expected, "%s: %s", what,
                   jose_status_word(status));
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s", what);

    ERR_clear_error();
}


/* RFC 7516, 7.1: five, and what must not be empty */

static void
test_parts(void)
{
    char    token[ENCRYPT_TOKEN_MAX], changed[2 * ENCRYPT_TOKEN_MAX];
    size_t  i;

    static const struct {
        const char     *token;
        jose_status_t   status;
    } rows[] = {
        { "", JOSE_MALFORMED }, { ".", JOSE_MALFORMED },
        { "..", JOSE_MALFORMED }, { "...", JOSE_MALFORMED },
        { "....", JOSE_MALFORMED }, { ".....", JOSE_MALFORMED },
        { "e30.e30.e30", JOSE_MALFORMED },
        { "e30.e30.e30.e30", JOSE_MALFORMED },
        { "e30.e30.e30.e30.", JOSE_MALFORMED },
        { "e30.e30..e30.e30", JOSE_MALFORMED },
        { ".e30.e30.e30.e30", JOSE_MALFORMED },
        { "e30.e30.e30.e30.e30.e30", JOSE_MALFORMED },
        { "e30.e30.e30.e30.e30.", JOSE_MALFORMED },
        { "e30.e30.e30.e30.e30", JOSE_INVALID_HEADER },
        { "e30..e30..e30", JOSE_INVALID_HEADER },
        { "e31.e30.e30.e30.e30", JOSE_MALFORMED },
        { "W10.e30.e30.e30.e30", JOSE_MALFORMED },
        { "e30=.e30.e30.e30.e30", JOSE_MALFORMED }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect(rows[i].token, sets[SECRET16], rows[i].status, rows[i].token);
    }

    encrypt_token(&encrypt_algs[1], &encrypt_encs[0], &keys[SECRET16],
                  sign_text("{}"), token);

    (void) snprintf(changed, sizeof(changed), "%s.", token);
    expect(changed, sets[SECRET16], JOSE_MALFORMED, "sixth part");
    (void) snprintf(changed, sizeof(changed), ".%s", token);
    expect(changed, sets[SECRET16], JOSE_MALFORMED, "part in front");
    (void) snprintf(changed, sizeof(changed), "%s ", token);
    expect(changed, sets[SECRET16], JOSE_MALFORMED, "blank behind");
}


/* RFC 7516, 11.5: one bit of one character, wherever it stands */

static void
test_flips(void)
{
    char    token[ENCRYPT_TOKEN_MAX], what[64];
    size_t  i;

    for (i = 0; i < TOKENS_N; i++) {
        encrypt_token(&encrypt_algs[tokens[i].alg],
                      &encrypt_encs[tokens[i].enc], &keys[tokens[i].key],
                      sign_text("{}"), token);

        (void) snprintf(what, sizeof(what), "%s, %s, key %d",
                        encrypt_algs[tokens[i].alg].name,
                        encrypt_encs[tokens[i].enc].name,
                        (int) tokens[i].key);

        expect(token, sets[tokens[i].key], JOSE_OK, what);

        test_flips_of(token, sets[tokens[i].key], what);
        test_cuts_of(token, sets[tokens[i].key], what);

        unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s",
                       what);
        ERR_clear_error();
    }
}


static void
test_flips_of(const char *token, const jose_keys_t *set, const char *what)
{
    char                *changed;
    size_t               i, k, len, part, out_len;
    jose_status_t        status;
    static const char    letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij"
                                     "klmnopqrstuvwxyz0123456789-_";

    len = strlen(token);
    changed = malloc(len + 1);
    part = 0;

    for (i = 0; i < len; i++) {

        if (token[i] == '.') {
            part++;
            continue;
        }

        /* a neighbour in the alphabet, and what is no letter of it */

        for (k = 0; k < 3; k++) {
            memcpy(changed, token, len + 1);

            changed[i] = k == 2 ? '=' : letters[(size_t) (strchr(letters,
                                                                 token[i])
                                                          - letters)
                                                ^ (k ? 32 : 1)];

            status = encrypt_open(sign_text(changed), crypto, &set, 1, NULL,
                                  &out_len);

            /* the last letter has bits to spare */

            unit_check_for(k == 2 ? status == JOSE_MALFORMED
                           : part == 0
                             ? status != JOSE_OK && status != JOSE_ERROR
                           : status == JOSE_DECRYPTION_FAILED
                             || (status == JOSE_MALFORMED
                                 && (changed[i + 1] == '.'
                                     || changed[i + 1] == '\0')),
                           "%s, %zu of part %zu: %s", what, i, part,
                           jose_status_word(status));
        }
    }

    free(changed);
}


/* Each part, shorter and shorter; and longer by four letters. */

static void
test_cuts_of(const char *token, const jose_keys_t *set, const char *what)
{
    char           text[ENCRYPT_TOKEN_MAX], changed[ENCRYPT_TOKEN_MAX];
    size_t         part, n, out_len;
    jose_bytes_t   old;
    jose_status_t  status;

    for (n = strlen(token) - 1; n > 0; n--) {
        (void) snprintf(changed, n + 1, "%s", token);

        status = encrypt_open(sign_text(changed), crypto, &set, 1, NULL,
                              &out_len);
        unit_check_for(status == JOSE_MALFORMED
                       || (status == JOSE_DECRYPTION_FAILED
                           && n > (size_t) (encrypt_part(token, 4).data
                                            - (const uint8_t *) token)),
                       "%s cut at %zu: %s", what, n,
                       jose_status_word(status));
    }

    for (part = 1; part < 5; part++) {
        old = encrypt_part(token, part);

        for (n = 0; n < old.len; n++) {
            (void) snprintf(text, n + 1, "%s", (const char *) old.data);
            encrypt_replace(token, part, text, changed);

            status = encrypt_open(sign_text(changed), crypto, &set, 1, NULL,
                                  &out_len);
            unit_check_for(status == JOSE_DECRYPTION_FAILED
                           || (status == JOSE_MALFORMED
                               && (n % 4 != 0 || n == 0)),
                           "%s, part %zu cut at %zu: %s", what, part, n,
                           jose_status_word(status));
        }

        (void) snprintf(text, sizeof(text), "%.*sAAAA", (int) old.len,
                        (const char *) old.data);
        encrypt_replace(token, part, text, changed);

        status = encrypt_open(sign_text(changed), crypto, &set, 1, NULL,
                              &out_len);
        unit_check_for(status == JOSE_DECRYPTION_FAILED
                       || status == JOSE_MALFORMED,
                       "%s, part %zu longer: %s", what, part,
                       jose_status_word(status));
    }
}


/*
 * Encrypted keys where none belongs, none where one belongs, and others of
 * all lengths: the tag is of the content, not of them.
 */

static void
test_encrypted_keys(void)
{
    char                  token[ENCRYPT_TOKEN_MAX], text[8192];
    char                  changed[2 * ENCRYPT_TOKEN_MAX];
    size_t                i, k;
    uint8_t               bytes[4096];
    jose_bytes_t          key;
    static const size_t   lens[] = { 0, 1, 8, 16, 24, 32, 40, 48, 56, 64, 72,
                                     80, 255, 256, 257, 2047, 2048 };

    memset(bytes, 'k', sizeof(bytes));
    key.data = bytes;

    for (i = 0; i < TOKENS_N; i++) {
        encrypt_token(&encrypt_algs[tokens[i].alg],
                      &encrypt_encs[tokens[i].enc], &keys[tokens[i].key],
                      sign_text("{}"), token);

        for (k = 0; k < sizeof(lens) / sizeof(lens[0]); k++) {

            if (lens[k] == 0 && encrypt_part(token, 1).len == 0) {
                continue;
            }

            key.len = lens[k];
            (void) sign_base64url(key, text);
            encrypt_replace(token, 1, text, changed);

            expect(changed, sets[tokens[i].key], JOSE_DECRYPTION_FAILED,
                   encrypt_algs[tokens[i].alg].name);
        }

        key.len = 2049;
        (void) sign_base64url(key, text);
        encrypt_replace(token, 1, text, changed);
        expect(changed, sets[tokens[i].key], JOSE_MALFORMED, "2049 bytes");
    }
}


/* A sender that knows the key, but not the lengths. */

static void
test_lengths(void)
{
    char           token[ENCRYPT_TOKEN_MAX];
    size_t         i, len;
    encrypt_to_t   to;

    for (i = 0; i < TOKENS_N; i++) {

        for (len = 1; len <= 16; len++) {
            to = keys[tokens[i].key];
            to.tag_len = len;

            encrypt_token(&encrypt_algs[tokens[i].alg],
                          &encrypt_encs[tokens[i].enc], &to, sign_text("{}"),
                          token);
            expect(token, sets[tokens[i].key],
                   len == encrypt_encs[tokens[i].enc].tag_len
                   ? JOSE_OK : JOSE_DECRYPTION_FAILED, "tag");

            to.tag_len = 0;
            to.iv_len = len;

            encrypt_token(&encrypt_algs[tokens[i].alg],
                          &encrypt_encs[tokens[i].enc], &to, sign_text("{}"),
                          token);
            expect(token, sets[tokens[i].key],
                   len == encrypt_encs[tokens[i].enc].iv_len
                   ? JOSE_OK : JOSE_DECRYPTION_FAILED, "iv");
        }

        to = keys[tokens[i].key];
        to.iv_len = 17;
        encrypt_token(&encrypt_algs[tokens[i].alg],
                      &encrypt_encs[tokens[i].enc], &to, sign_text("{}"),
                      token);
        expect(token, sets[tokens[i].key], JOSE_MALFORMED, "iv of 17");

        /* a longer key would do, cut to its length */

        if (encrypt_part(token, 1).len != 0) {
            to.iv_len = 0;
            to.wrapped_len = encrypt_encs[tokens[i].enc].key_len + 8;
            encrypt_token(&encrypt_algs[tokens[i].alg],
                          &encrypt_encs[tokens[i].enc], &to, sign_text("{}"),
                          token);
            expect(token, sets[tokens[i].key], JOSE_DECRYPTION_FAILED,
                   "longer key");
        }

        if (encrypt_algs[tokens[i].alg].kind != ENCRYPT_AES_GCM) {
            continue;
        }

        for (len = 1; len <= 17; len++) {
            to = keys[tokens[i].key];
            to.wrap_tag_len = len < 16 ? len : 16;
            to.wrap_iv_len = len < 16 ? 12 : len;

            encrypt_token(&encrypt_algs[tokens[i].alg],
                          &encrypt_encs[tokens[i].enc], &to, sign_text("{}"),
                          token);
            expect(token, sets[tokens[i].key], JOSE_DECRYPTION_FAILED,
                   "wrap");
        }
    }
}


/* RFC 7516, 4.1: of tokens that would decrypt if it were not looked at */

static void
test_headers(void)
{
    char          token[ENCRYPT_TOKEN_MAX];
    size_t        i;
    jose_bytes_t  none;

#define ALG  "\"alg\":\"dir\""
#define ENC  "\"enc\":\"A128GCM\""

    static const struct {
        const char     *header;
        jose_status_t   status;
    } rows[] = {
        { "{" ALG "," ENC "}", JOSE_OK },
        { "{" ENC ",\"x\":{}," ALG "}", JOSE_OK },
        { " { \"\\u0061lg\":\"d\\u0069r\"," ENC " } ", JOSE_OK },
        { "{" ALG "," ENC ",\"p2c\":1,\"jku\":\"x\",\"cty\":1}", JOSE_OK },
        { "{}", JOSE_INVALID_HEADER },
        { "{" ALG "}", JOSE_INVALID_HEADER },
        { "{" ENC "}", JOSE_INVALID_HEADER },
        { "{\"alg\":null," ENC "}", JOSE_INVALID_HEADER },
        { "{\"alg\":[\"dir\"]," ENC "}", JOSE_INVALID_HEADER },
        { "{\"alg\":0," ENC "}", JOSE_INVALID_HEADER },
        { "{" ALG ",\"enc\":null}", JOSE_INVALID_HEADER },
        { "{" ALG ",\"enc\":{}}", JOSE_INVALID_HEADER },
        { "{" ALG "," ALG "," ENC "}", JOSE_MALFORMED },
        { "{" ALG "," ENC ",\"enc\":\"A128GCM\"}", JOSE_MALFORMED },
        { "{" ALG "," ENC ",\"zip\":\"DEF\"}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG "," ENC ",\"zip\":null}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG "," ENC ",\"zip\":\"\"}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG "," ENC ",\"crit\":[\"exp\"],\"exp\":1}",
          JOSE_UNSUPPORTED_CRITICAL },
        { "{" ALG "," ENC ",\"crit\":[]}", JOSE_UNSUPPORTED_CRITICAL },
        { "{" ALG "," ENC ",\"crit\":null}", JOSE_UNSUPPORTED_CRITICAL },
        { "{" ALG "," ENC ",\"crit\":[\"alg\"]}", JOSE_UNSUPPORTED_CRITICAL },
        { "{\"alg\":\"\"," ENC "}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{\"alg\":\"DIR\"," ENC "}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{\"alg\":\"dir \"," ENC "}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{\"alg\":\"none\"," ENC "}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{\"alg\":\"HS256\"," ENC "}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{\"alg\":\"RSA1_5\"," ENC "}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{\"alg\":\"PBES2-HS256+A128KW\",\"p2s\":\"AAAAAAAAAAA\","
          "\"p2c\":1000," ENC "}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{\"alg\":\"PBES2-HS384+A192KW\"," ENC "}",
          JOSE_UNSUPPORTED_ALGORITHM },
        { "{\"alg\":\"PBES2-HS512+A256KW\"," ENC "}",
          JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG ",\"enc\":\"\"}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG ",\"enc\":\"none\"}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG ",\"enc\":\"A128CBC\"}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG ",\"enc\":\"a128gcm\"}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG ",\"enc\":\"A128KW\"}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG ",\"enc\":\"dir\"}", JOSE_UNSUPPORTED_ALGORITHM },
        { "{" ALG ",\"enc\":\"A256GCM\"}", JOSE_UNKNOWN_KEY },
        { "{\"alg\":\"A256KW\"," ENC "}", JOSE_UNKNOWN_KEY },
        { "{\"alg\":\"RSA-OAEP\"," ENC "}", JOSE_UNKNOWN_KEY },
        { "{\"alg\":\"A128KW\"," ENC "}", JOSE_DECRYPTION_FAILED },
        { "{\"alg\":\"A128GCMKW\"," ENC "}", JOSE_DECRYPTION_FAILED },
        { "{\"alg\":\"A128GCMKW\",\"iv\":1,\"tag\":null," ENC "}",
          JOSE_DECRYPTION_FAILED }
    };

    none.data = NULL;
    none.len = 0;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        encrypt_token_of(rows[i].header, &encrypt_encs[3], &keys[SECRET16],
                         keys[SECRET16].secret.data, none, sign_text("{}"),
                         token);
        expect(token, sets[SECRET16], rows[i].status, rows[i].header);
    }
}


static void
test_long(void)
{
    char    *token;
    size_t   i;

    token = malloc(JOSE_TOKEN_MAX + 2);

    for (i = 0; i < 2; i++) {
        memset(token, '.', JOSE_TOKEN_MAX + 1);
        token[JOSE_TOKEN_MAX + i] = '\0';
        expect(token, sets[SECRET16], i ? JOSE_TOO_LARGE : JOSE_MALFORMED,
               "long token");
    }

    free(token);
}
