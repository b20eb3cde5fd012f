
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Memory that runs out: each allocation in turn fails, alone and with all that
 * come behind it.  What was asked for is refused or done, nothing leaks, no
 * error of OpenSSL is left, and the next time it works.
 */


#include "akp.h"
#include "base64url.h"
#include "encrypt.h"
#include "jwk_of.h"
#include "metadata.h"
#include "trial.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


#define SECRET      "a secret that is long enough for each of the three, 64 b."
#define ISSUER      "https://issuer.example"

#define TEXT_MAX    32768


typedef struct {
    jose_keys_format_t   format;
    jose_bytes_t         text;
    size_t               keys;        /* of the set, with memory */
    jose_alg_set_t       algs;
    jose_wrap_set_t      wraps;
} text_t;


typedef struct {
    const char          *token;
    const jose_keys_t   *keys;
} token_t;


static bool only_signs(size_t kind);
static void test_crypto(void);
static void test_secrets(void);
static void test_public(void);
static void test_mldsa(void);
static void test_private(void);
static void test_sets(void);
static void test_metadata(void);
static void test_signed(void);
static void test_encrypted(void);
static void test_opened(const encrypt_alg_t *alg, const encrypt_enc_t *enc,
    const encrypt_to_t *to);
static void try_text(const char *name, jose_keys_format_t format,
    const char *text);
static void try_jwk(const char *name, EVP_PKEY *pkey, const char *more);
static jose_status_t run_crypto(const void *data);
static jose_status_t run_read(const void *data);
static jose_status_t run_metadata(const void *data);
static jose_status_t run_verify(const void *data);
static jose_status_t run_open(const void *data);
static bool usable(const jose_crypto_t *made);
static void ignore(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);


static jose_crypto_t  *crypto;
static text_t          last;      /* what was read last */

/* sets with less in them than their text has */
static size_t          smaller;


int
main(void)
{
    if (!scarce_begin()) {
        printf("OpenSSL has its memory already\n");
        return 2;
    }

    crypto = jose_crypto_create();
    unit_check(crypto != NULL);

    test_crypto();
    test_secrets();
    test_public();
    test_mldsa();
    test_private();
    test_sets();
    test_metadata();
    test_signed();
    test_encrypted();

    jose_crypto_free(crypto);

    printf("memory: %zu allocations failed, %zu of no consequence\n", tries,
           done_anyway);
    unit_check_for(smaller == 0, "%zu key sets lack a key or a use", smaller);

    return unit_done("memory");
}


static void
test_crypto(void)
{
    trial_t  trial = { "crypto", run_crypto, NULL, JOSE_OK, 1 };

    try_each(&trial);
}


static void
test_secrets(void)
{
    try_text("secret", JOSE_KEYS_SECRET, SECRET);
    try_text("hex", JOSE_KEYS_HEX, "00112233445566778899aabbccddeeff");
    try_text("base64", JOSE_KEYS_BASE64, "ABEiM0RVZneImaq7zN3u/w==");
    try_text("base64url", JOSE_KEYS_BASE64URL, "ABEiM0RVZneImaq7zN3u_w");
    try_text("oct", JOSE_KEYS_JWK, "{\"kty\":\"oct\",\"kid\":\"1\",\"k\":"
             "\"AAECAwQFBgcICQoLDA0ODw\"}");
    try_text("oct to wrap", JOSE_KEYS_JWK, "{\"kty\":\"oct\",\"k\":"
             "\"AAECAwQFBgcICQoLDA0ODw\",\"alg\":\"A128KW\"}");
}


static const struct {
    const char  *name;
    const char  *type;
    const char  *group;
    size_t       bits;
} kinds[] = {
    { "RSA", "RSA", NULL, 2048 },
    { "P-256", "EC", "P-256", 0 },
    { "P-384", "EC", "P-384", 0 },
    { "P-521", "EC", "P-521", 0 },
    { "secp256k1", "EC", "secp256k1", 0 },
    { "Ed25519", "ED25519", NULL, 0 },
    { "Ed448", "ED448", NULL, 0 },
    { "X25519", "X25519", NULL, 0 },
    { "X448", "X448", NULL, 0 }
};

#define KINDS_N  (sizeof(kinds) / sizeof(kinds[0]))
#define KINDS_SIGN  7


static bool
only_signs(size_t kind)
{
    return kind >= 4 && kind < KINDS_SIGN;
}


static void
test_public(void)
{
    char      *pem;
    size_t     i;
    EVP_PKEY  *pkey;

    for (i = 0; i < KINDS_SIGN; i++) {
        pkey = sign_generate(kinds[i].type, kinds[i].group, kinds[i].bits);

        try_jwk(kinds[i].name, pkey, "");

        pem = sign_pem(pkey);
        try_text(kinds[i].name, JOSE_KEYS_PEM, pem);
        free(pem);

        if (i == 0) {
            pem = sign_pem_certificate(pkey, pkey);
            try_text("certificate", JOSE_KEYS_AUTO, pem);
            free(pem);
        }

        EVP_PKEY_free(pkey);
    }
}


/* of an OpenSSL that has it: nearly any bytes are a key */

static void
test_mldsa(void)
{
    char               text[TEXT_MAX], pub[TEXT_MAX / 2], *pem;
    size_t             i;
    uint8_t            data[JOSE_AKP_PUBLIC_MAX];
    EVP_PKEY          *pkey;
    jose_bytes_t       bytes;
    const jose_alg_t  *alg;

    memset(data, 7, sizeof(data));
    bytes.data = data;

    for (i = 0; i < sign_algs_n(); i++) {
        alg = &jose_algs[i];

        if (alg->kty != JOSE_KTY_AKP) {
            continue;
        }

        bytes.len = jose_akp_public_len(alg);
        (void) sign_base64url(bytes, pub);
        (void) sprintf(text, "{\"kty\":\"AKP\",\"alg\":\"%s\",\"pub\":"
                       "\"%s\"}", sign_algs[i].name, pub);
        try_text(sign_algs[i].name, JOSE_KEYS_JWK, text);

        pkey = jose_akp_public(alg, data);
        pem = sign_pem(pkey);
        try_text(sign_algs[i].name, JOSE_KEYS_PEM, pem);

        free(pem);
        EVP_PKEY_free(pkey);
    }
}


static void
test_private(void)
{
    char      *pem;
    size_t     i;
    EVP_PKEY  *pkey;

    for (i = 0; i < KINDS_N; i++) {

        if (only_signs(i)) {
            continue;
        }

        pkey = sign_generate(kinds[i].type, kinds[i].group, kinds[i].bits);

        try_jwk(kinds[i].name, pkey, ",\"use\":\"enc\"");

        pem = sign_pem_private(pkey);
        try_text(kinds[i].name, JOSE_KEYS_PEM, pem);
        free(pem);

        EVP_PKEY_free(pkey);
    }
}


/* sets of several keys, one of which is of no use */

static void
test_sets(void)
{
    char        text[TEXT_MAX], *pem[2], *p;
    size_t      i, k;
    EVP_PKEY   *pkey[2];

    pkey[0] = sign_generate("EC", "P-256", 0);
    pkey[1] = sign_generate("ED25519", NULL, 0);

    (void) strcpy(text, "{\"keys\":[");

    for (i = 0; i < 2; i++) {
        jwk_of(pkey[i], i ? ",\"issuer\":\"" ISSUER "\"" : ",\"kid\":\"a\"",
               text + strlen(text));
        (void) strcat(text, ",");
    }

    (void) strcat(text, "{\"kty\":\"oct\"}]}");
    try_text("key set", JOSE_KEYS_AUTO, text);

    p = text;
    *p++ = '{';

    for (i = 0; i < 2; i++) {
        pem[i] = sign_pem(pkey[i]);
        p += sprintf(p, "\"kid %zu\":\"", i);

        for (k = 0; pem[i][k] != '\0'; k++) {
            p += sprintf(p, pem[i][k] == '\n' ? "\\n" : "%c", pem[i][k]);
        }

        p += sprintf(p, "\",");
    }

    (void) strcpy(p, "\"x\":\"y\"}");
    try_text("kid to PEM", JOSE_KEYS_AUTO, text);

    (void) sprintf(text, "%s-----BEGIN PUBLIC KEY-----\nAAAA\n"
                   "-----END PUBLIC KEY-----\n%s", pem[0], pem[1]);
    try_text("PEM", JOSE_KEYS_AUTO, text);

    for (i = 0; i < 2; i++) {
        free(pem[i]);
        EVP_PKEY_free(pkey[i]);
    }
}


static void
test_metadata(void)
{
    trial_t  good = { "metadata", run_metadata,
                      "{\"issuer\":\"" ISSUER "\",\"x\":[1,2.5,{\"y\":null}],"
                      "\"jwks_uri\":\"https://k\"}", JOSE_OK, 1 };
    trial_t  other = { "other metadata", run_metadata,
                       "{\"issuer\":\"https://b\",\"jwks_uri\":\"https://k\"}",
                       JOSE_METADATA_ISSUER, 1 };

    try_each(&good);
    try_each(&other);
}


/* each algorithm: a good token and one with another signature */

static void
test_signed(void)
{
    char          token[2][SIGN_TOKEN_MAX], *last_dot;
    size_t        i, k;
    token_t       data;
    trial_t       trial;
    sign_key_t    key;
    jose_keys_t  *set;

    for (i = 0; i < sign_algs_n(); i++) {
        memset(&key, 0, sizeof(key));

        if (strcmp(sign_algs[i].type, "oct") == 0) {
            key.secret = sign_text(SECRET);

        } else {
            key.pkey = sign_generate(sign_algs[i].type, sign_algs[i].group,
                                     strcmp(sign_algs[i].type, "RSA") == 0
                                     ? 2048 : 0);
        }

        set = sign_set();
        sign_set_add(set, crypto, &key, NULL);

        sign_token_named(&sign_algs[i], &key, sign_algs[i].name, token[0]);

        (void) strcpy(token[1], token[0]);
        last_dot = strrchr(token[1], '.');
        last_dot[20] = last_dot[20] == 'A' ? 'B' : 'A';

        for (k = 0; k < 2; k++) {
            data.token = token[k];
            data.keys = set;

            trial.name = sign_algs[i].name;
            trial.run = run_verify;
            trial.data = &data;
            trial.expected = k ? JOSE_BAD_SIGNATURE : JOSE_OK;
            trial.step = 1;

            try_each(&trial);
        }

        jose_keys_free(set);
        EVP_PKEY_free(key.pkey);
    }
}


/* each algorithm with both kinds of content encryption */

static void
test_encrypted(void)
{
    size_t         i, k, n;
    EVP_PKEY      *pkey[KINDS_N];
    encrypt_to_t   to;

    for (i = 0; i < KINDS_N; i++) {
        pkey[i] = only_signs(i) ? NULL
                                : sign_generate(kinds[i].type, kinds[i].group,
                                                kinds[i].bits);
    }

    for (i = 0; i < JOSE_WRAP_N; i++) {
        for (k = 0; k < JOSE_ENC_N; k += 3) {
            memset(&to, 0, sizeof(to));

            to.secret = sign_text(SECRET);
            to.secret.len = encrypt_algs[i].key_len
                            ? encrypt_algs[i].key_len
                            : encrypt_encs[k].key_len;

            if (encrypt_fits(&encrypt_algs[i], &encrypt_encs[k], &to)) {
                test_opened(&encrypt_algs[i], &encrypt_encs[k], &to);
                continue;
            }

            /* each curve agrees in its own way, once */

            for (n = 0; n < KINDS_N; n++) {
                to.pkey = pkey[n];

                if (pkey[n] == NULL
                    || !encrypt_fits(&encrypt_algs[i], &encrypt_encs[k], &to))
                {
                    continue;
                }

                test_opened(&encrypt_algs[i], &encrypt_encs[k], &to);

                if (k != 0 || encrypt_algs[i].cipher != NULL) {
                    break;
                }
            }
        }
    }

    for (i = 0; i < KINDS_N; i++) {
        EVP_PKEY_free(pkey[i]);
    }
}


/* a good token, and one with another tag */

static void
test_opened(const encrypt_alg_t *alg, const encrypt_enc_t *enc,
    const encrypt_to_t *to)
{
    char          name[64], token[2][ENCRYPT_TOKEN_MAX], *last_dot;
    size_t        k;
    token_t       data;
    trial_t       trial;
    jose_keys_t  *set;

    set = sign_set();
    encrypt_set_add(set, crypto, to, NULL);
    encrypt_token(alg, enc, to, sign_text("plain text"), token[0]);

    (void) strcpy(token[1], token[0]);
    last_dot = strrchr(token[1], '.');
    last_dot[5] = last_dot[5] == 'A' ? 'B' : 'A';

    (void) snprintf(name, sizeof(name), "%s, %s", alg->name, enc->name);

    for (k = 0; k < 2; k++) {
        data.token = token[k];
        data.keys = set;

        trial.name = name;
        trial.run = run_open;
        trial.data = &data;
        trial.expected = k ? JOSE_DECRYPTION_FAILED : JOSE_OK;
        trial.step = 1;

        try_each(&trial);
    }

    jose_keys_free(set);
}


static void
try_jwk(const char *name, EVP_PKEY *pkey, const char *more)
{
    char  text[TEXT_MAX];

    jwk_of(pkey, more, text);
    try_text(name, JOSE_KEYS_AUTO, text);
}


static void
try_text(const char *name, jose_keys_format_t format, const char *text)
{
    text_t   read;
    trial_t  trial;

    memset(&read, 0, sizeof(read));

    read.format = format;
    read.text = sign_text(text);

    trial.name = name;
    trial.run = run_read;
    trial.data = &read;
    trial.expected = JOSE_OK;

    /* the decoders of OpenSSL ask more than a thousand times for each PEM */

    trial.step = strstr(text, "-----BEGIN") ? 37 : 1;

    unit_check_for(run_read(&read) == JOSE_OK, "%s: %.60s", name, text);

    read.keys = last.keys;
    read.algs = last.algs;
    read.wraps = last.wraps;

    try_each(&trial);
}


/* twice before, as OpenSSL keeps what it is asked for the first time */

/* it is whole or it is none */

static jose_status_t
run_crypto(const void *data)
{
    jose_status_t   status;
    jose_crypto_t  *made;

    (void) data;

    made = jose_crypto_create();
    if (made == NULL) {
        return JOSE_ERROR;
    }

    status = usable(made) ? JOSE_OK : JOSE_KEY_NONE;

    jose_crypto_free(made);

    return status;
}


static bool
usable(const jose_crypto_t *made)
{
    size_t  i;

    for (i = JOSE_CIPHER_NONE + 1; i < JOSE_CIPHER_N; i++) {
        if (made->cipher[i] == NULL) {
            return false;
        }
    }

    return made->rekeys == crypto->rekeys && made->algs == crypto->algs;
}


static jose_status_t
run_read(const void *data)
{
    const text_t        *text = data;
    size_t               i;
    jose_keys_t         *keys;
    jose_status_t        status;
    jose_keys_report_t   report;

    report.handler = ignore;
    report.data = NULL;

    status = jose_keys_read(&keys, crypto, text->format, text->text, &report);

    memset(&last, 0, sizeof(last));

    if (status != JOSE_OK) {
        unit_check(keys == NULL);
        return status;
    }

    last.keys = keys->n;

    for (i = 0; i < keys->n; i++) {
        last.algs |= keys->keys[i].algs;
        last.wraps |= keys->keys[i].wraps;
    }

    jose_keys_free(keys);

    /* before, it was not known how many there are */

    if (text->keys != 0) {
        smaller += last.keys != text->keys || last.algs != text->algs
                   || last.wraps != text->wraps;
    }

    return JOSE_OK;
}


static jose_status_t
run_metadata(const void *data)
{
    size_t         len;
    uint8_t        uri[64];
    jose_issuer_t  issuer;

    unit_check(jose_issuer_read(&issuer, sign_text(ISSUER)));

    return jose_metadata_read(sign_text(data), &issuer, uri, sizeof(uri),
                              &len);
}


static jose_status_t
run_verify(const void *data)
{
    const token_t  *token = data;

    return sign_verify_one(token->token, crypto, token->keys);
}


static jose_status_t
run_open(const void *data)
{
    const token_t  *token = data;

    size_t                     len;
    uint8_t                    text[ENCRYPT_TOKEN_MAX];
    jose_jwe_t                 jwe;
    jose_bytes_t               bytes;
    jose_status_t              status;
    jose_jwe_header_t          header;
    jose_json_object_t         object;
    static uint8_t             plain[2 * ENCRYPT_TOKEN_MAX];
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    unit_check(jose_jwe_split(sign_text(token->token), &jwe) == JOSE_OK);

    bytes.data = text;
    bytes.len = jose_base64url_decoded_len(jwe.header.len);

    unit_check(jose_base64url_decode(jwe.header, text));
    unit_check(jose_json_parse(bytes, members, &object) == JOSE_OK);
    unit_check(jose_jwe_header_read(&object, &header) == JOSE_OK);

    status = jose_jwe_decrypt(&jwe, &header, crypto, &token->keys, 1, plain,
                              &len);

    if (status == JOSE_OK
        && (len != 10 || memcmp(plain, "plain text", 10) != 0))
    {
        unit_check_for(0, "%s: another text", token->token);
    }

    return status;
}


static void
ignore(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    (void) data;
    (void) index;
    (void) kid;
    (void) why;
}
