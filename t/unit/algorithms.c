
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Every algorithm with every key: only those that belong together pass.
 */


#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>


/* the last ones, of ML-DSA, are not made if OpenSSL lacks it */
#define KEYS_N   18
#define MLDSA_N  4


typedef struct {
    const char    *name;
    const char    *type;      /* NULL: a secret */
    const char    *group;
    size_t         bits;
    sign_key_t     key;
    jose_keys_t   *set;       /* of this key alone */
} row_t;


static void make_keys(void);
static void free_keys(void);
static row_t *row_for(size_t alg);
static jose_status_t expected(const char *alg, const sign_key_t *key);
static void test_pairs(void);
static void test_pair(size_t alg, const row_t *signer);
static void test_header_swaps(void);
static void test_header_swap(const sign_alg_t *alg, const row_t *signer);
static void test_flipped_texts(void);
static void test_none(void);
static void test_public_key_as_secret(void);
static void test_mac_with(const row_t *row, jose_bytes_t secret,
    const char *what);
static void test_allowed(void);
static void test_keys_tried(void);
static jose_status_t try_after(size_t others, const row_t *other);


static row_t  rows[KEYS_N] = {
    { "oct", NULL, NULL, 0, { NULL, { NULL, 0 } }, NULL },
    { "other oct", NULL, NULL, 0, { NULL, { NULL, 0 } }, NULL },
    { "RSA", "RSA", NULL, 2048, { NULL, { NULL, 0 } }, NULL },
    { "other RSA", "RSA", NULL, 2048, { NULL, { NULL, 0 } }, NULL },
    { "long RSA", "RSA", NULL, 3072, { NULL, { NULL, 0 } }, NULL },
    { "RSA-PSS", "RSA-PSS", NULL, 2048, { NULL, { NULL, 0 } }, NULL },
    { "P-256", "EC", "P-256", 0, { NULL, { NULL, 0 } }, NULL },
    { "other P-256", "EC", "P-256", 0, { NULL, { NULL, 0 } }, NULL },
    { "P-384", "EC", "P-384", 0, { NULL, { NULL, 0 } }, NULL },
    { "P-521", "EC", "P-521", 0, { NULL, { NULL, 0 } }, NULL },
    { "secp256k1", "EC", "secp256k1", 0, { NULL, { NULL, 0 } }, NULL },
    { "Ed25519", "ED25519", NULL, 0, { NULL, { NULL, 0 } }, NULL },
    { "other Ed25519", "ED25519", NULL, 0, { NULL, { NULL, 0 } }, NULL },
    { "Ed448", "ED448", NULL, 0, { NULL, { NULL, 0 } }, NULL },
    { "ML-DSA-44", "ML-DSA-44", NULL, 0, { NULL, { NULL, 0 } }, NULL },
    { "other ML-DSA-44", "ML-DSA-44", NULL, 0, { NULL, { NULL, 0 } }, NULL },
    { "ML-DSA-65", "ML-DSA-65", NULL, 0, { NULL, { NULL, 0 } }, NULL },
    { "ML-DSA-87", "ML-DSA-87", NULL, 0, { NULL, { NULL, 0 } }, NULL }
};

static const jose_bytes_t  secrets[] = {
    jose_bytes("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
               "ef"),
    jose_bytes("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
               "eg")
};

static jose_crypto_t  *crypto;
static size_t          algs_n;
static size_t          keys_n;
static char            token[SIGN_TOKEN_MAX];


int
main(void)
{
    crypto = jose_crypto_create();

    algs_n = sign_algs_n();
    keys_n = algs_n == JOSE_ALG_N ? KEYS_N : KEYS_N - MLDSA_N;

    make_keys();

    test_pairs();
    test_header_swaps();
    test_flipped_texts();
    test_none();
    test_public_key_as_secret();
    test_allowed();
    test_keys_tried();

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    free_keys();
    jose_crypto_free(crypto);

    return unit_done("algorithms");
}


static void
make_keys(void)
{
    size_t   i, n;
    row_t   *row;

    n = 0;

    for (i = 0; i < keys_n; i++) {
        row = &rows[i];

        if (row->type == NULL) {
            row->key.secret = secrets[n++];

        } else {
            row->key.pkey = sign_generate(row->type, row->group, row->bits);
        }

        row->set = sign_set();
        sign_set_add(row->set, crypto, &row->key, NULL);
    }

    ERR_clear_error();
}


static void
free_keys(void)
{
    size_t  i;

    for (i = 0; i < keys_n; i++) {
        jose_keys_free(rows[i].set);
        EVP_PKEY_free(rows[i].key.pkey);
    }
}


/* The first key that is meant for an algorithm. */

static row_t *
row_for(size_t alg)
{
    size_t  i;

    for (i = 0; i < keys_n - 1; i++) {
        if (sign_fits(&sign_algs[alg], &rows[i].key)) {
            break;
        }
    }

    return &rows[i];
}


/* What a key says to a token of this name that it has not signed. */

static jose_status_t
expected(const char *alg, const sign_key_t *key)
{
    size_t  i;

    for (i = 0; i < algs_n; i++) {
        if (strcmp(sign_algs[i].name, alg) == 0
            && sign_fits(&sign_algs[i], key))
        {
            return JOSE_BAD_SIGNATURE;
        }
    }

    return JOSE_UNKNOWN_KEY;
}


static void
test_pairs(void)
{
    size_t    alg, i;
    unsigned  signers;

    for (alg = 0; alg < algs_n; alg++) {
        signers = 0;

        for (i = 0; i < keys_n; i++) {
            if (sign_fits(&sign_algs[alg], &rows[i].key)) {
                test_pair(alg, &rows[i]);
                signers++;
            }
        }

        unit_check_for(signers > 0, "nobody signs %s", sign_algs[alg].name);
    }
}


static void
test_pair(size_t alg, const row_t *signer)
{
    size_t          i;
    const char     *name;
    jose_status_t   status, wanted;

    name = sign_algs[alg].name;

    sign_token_named(&sign_algs[alg], &signer->key, name, token);

    for (i = 0; i < keys_n; i++) {
        wanted = &rows[i] == signer ? JOSE_OK
                                    : expected(name, &rows[i].key);

        status = sign_verify_one(token, crypto, rows[i].set);

        unit_check_for(status == wanted, "%s of %s by %s: %s", name,
                       signer->name, rows[i].name, jose_status_word(status));
    }
}


/* A header that names another algorithm than the one that signed. */

static void
test_header_swaps(void)
{
    size_t  alg, i;

    for (alg = 0; alg < algs_n; alg++) {
        for (i = 0; i < keys_n; i++) {
            if (sign_fits(&sign_algs[alg], &rows[i].key)) {
                test_header_swap(&sign_algs[alg], &rows[i]);
            }
        }
    }
}


static void
test_header_swap(const sign_alg_t *alg, const row_t *signer)
{
    size_t          i;
    const char     *name;
    jose_status_t   status, wanted;

    for (i = 0; i < algs_n; i++) {
        name = sign_algs[i].name;

        sign_token_named(alg, &signer->key, name, token);

        wanted = expected(name, &signer->key);

        /* "EdDSA" and "Ed25519" are two names for one thing */

        if (wanted == JOSE_BAD_SIGNATURE
            && (strcmp(name, alg->name) == 0 || alg->digest == NULL))
        {
            wanted = JOSE_OK;
        }

        status = sign_verify_one(token, crypto, signer->set);

        unit_check_for(status == wanted, "%s signed as %s by %s: %s", name,
                       alg->name, signer->name, jose_status_word(status));
    }
}


/* Every character of the whole token. */

static void
test_flipped_texts(void)
{
    char           c;
    size_t         alg, i;
    row_t         *row;
    jose_status_t  status;

    for (alg = 0; alg < algs_n; alg++) {
        row = row_for(alg);
        sign_token_named(&sign_algs[alg], &row->key, sign_algs[alg].name,
                         token);

        for (i = 0; token[i] != '\0'; i++) {
            c = token[i];
            token[i] = c == 'A' ? 'B' : c == 'z' ? 'y' : (char) (c + 1);

            status = sign_verify_one(token, crypto, row->set);
            token[i] = c;

            unit_check_for(status != JOSE_OK && status != JOSE_ERROR,
                           "%s changed at %zu taken", sign_algs[alg].name, i);
        }

        unit_check_for(sign_verify_one(token, crypto, row->set) == JOSE_OK,
                       "%s refused afterwards", sign_algs[alg].name);
    }
}


/* RFC 8725, 2.1 */

static void
test_none(void)
{
    size_t              i, k;
    jose_bytes_t        empty;
    jose_status_t       status;
    char                header[64];
    static const char  *names[] = {
        "none", "None", "NONE", "nOnE", "noNe", "none ", " none",
        "n\\u006fne", "none\\u0000", "", "null", "hs256", "HS256 ",
        "HS256\\u0000", "HS256\\n"
    };

    empty = sign_text("");

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", names[i]);

        for (k = 0; k < keys_n; k++) {
            sign_token_of(header, empty, token);
            status = sign_verify_one(token, crypto, rows[k].set);

            unit_check_for(status == JOSE_UNSUPPORTED_ALGORITHM,
                           "unsigned \"%s\" taken: %s", names[i],
                           jose_status_word(status));
        }

        sign_token(&sign_algs[0], &rows[0].key, header, token);
        status = sign_verify_one(token, crypto, rows[0].set);

        unit_check_for(status == JOSE_UNSUPPORTED_ALGORITHM,
                       "signed \"%s\" taken: %s", names[i],
                       jose_status_word(status));
    }
}


/* RFC 8725, 2.1: HMAC with what everybody knows of an asymmetric key */

static void
test_public_key_as_secret(void)
{
    int           len;
    char         *pem;
    size_t        i;
    uint8_t      *der;
    jose_bytes_t  text;

    for (i = 2; i < keys_n; i++) {
        pem = sign_pem(rows[i].key.pkey);
        text = sign_text(pem);
        test_mac_with(&rows[i], text, "PEM");

        text.len--;
        test_mac_with(&rows[i], text, "PEM without newline");

        der = NULL;
        len = i2d_PUBKEY(rows[i].key.pkey, &der);
        text.data = der;
        text.len = (size_t) len;
        test_mac_with(&rows[i], text, "DER");

        text.data = der + len - 32;
        text.len = 32;
        test_mac_with(&rows[i], text, "last bytes");

        test_mac_with(&rows[i], sign_text("{\"kty\":\"RSA\"}"), "JWK");
        test_mac_with(&rows[i], sign_text(""), "empty secret");

        OPENSSL_free(der);
        free(pem);
    }
}


static void
test_mac_with(const row_t *row, jose_bytes_t secret, const char *what)
{
    size_t              alg;
    sign_key_t          key;
    jose_status_t       status;
    const jose_keys_t  *sets[2];

    key.pkey = NULL;
    key.secret = secret;

    sets[0] = row->set;
    sets[1] = rows[0].set;

    for (alg = 0; alg < 3; alg++) {
        sign_token_named(&sign_algs[alg], &key, sign_algs[alg].name, token);

        status = sign_verify(token, crypto, sets, 1, JOSE_ALG_ALL);
        unit_check_for(status == JOSE_UNKNOWN_KEY,
                       "HMAC with %s of %s taken: %s", what, row->name,
                       jose_status_word(status));

        status = sign_verify(token, crypto, sets, 2, JOSE_ALG_ALL);
        unit_check_for(status == JOSE_BAD_SIGNATURE,
                       "HMAC with %s of %s taken beside a secret: %s", what,
                       row->name, jose_status_word(status));
    }
}


static void
test_allowed(void)
{
    size_t              alg, k;
    row_t              *row;
    jose_status_t       status, wanted;
    jose_alg_set_t      allowed;
    const jose_keys_t  *set;

    for (alg = 0; alg < algs_n; alg++) {
        row = row_for(alg);
        set = row->set;

        sign_token_named(&sign_algs[alg], &row->key, sign_algs[alg].name,
                         token);

        unit_check_for(sign_verify(token, crypto, &set, 1, 0)
                       == JOSE_ALGORITHM_NOT_ALLOWED,
                       "%s taken, none allowed", sign_algs[alg].name);

        for (k = 0; k < algs_n; k++) {
            allowed = jose_alg_named(sign_text(sign_algs[k].name));
            wanted = strcmp(sign_algs[k].name, sign_algs[alg].name) == 0
                     ? JOSE_OK : JOSE_ALGORITHM_NOT_ALLOWED;

            status = sign_verify(token, crypto, &set, 1, allowed);
            unit_check_for(status == wanted, "%s, only %s allowed: %s",
                           sign_algs[alg].name, sign_algs[k].name,
                           jose_status_word(status));

            status = sign_verify(token, crypto, &set, 1,
                                 JOSE_ALG_ALL & ~allowed);
            unit_check_for((status == JOSE_OK) == (wanted != JOSE_OK),
                           "%s, all but %s allowed: %s", sign_algs[alg].name,
                           sign_algs[k].name, jose_status_word(status));
        }
    }
}


/* Fitting keys count, and those of all sets together. */

static void
test_keys_tried(void)
{
    unit_check_for(try_after(15, &rows[1]) == JOSE_OK, "16th key not tried");
    unit_check_for(try_after(16, &rows[1]) == JOSE_BAD_SIGNATURE,
                   "17th key tried");
    unit_check_for(try_after(40, &rows[1]) == JOSE_BAD_SIGNATURE,
                   "41st key tried");
    unit_check_for(try_after(40, &rows[11]) == JOSE_OK,
                   "keys of other types counted");
}


/* The secret behind that many other keys, in one set and in three. */

static jose_status_t
try_after(size_t others, const row_t *other)
{
    size_t              i;
    jose_keys_t        *one, *first, *second;
    jose_status_t       status, split;
    const jose_keys_t  *sets[3];

    one = sign_set();
    first = sign_set();
    second = sign_set();

    for (i = 0; i < others; i++) {
        sign_set_add(one, crypto, &other->key, NULL);
        sign_set_add(i % 2 ? first : second, crypto, &other->key, NULL);
    }

    sign_set_add(one, crypto, &rows[0].key, NULL);
    sign_token_named(&sign_algs[0], &rows[0].key, "HS256", token);

    sets[0] = first;
    sets[1] = second;
    sets[2] = rows[0].set;

    split = sign_verify(token, crypto, sets, 3, JOSE_ALG_ALL);
    status = sign_verify_one(token, crypto, one);

    unit_check_for(status == split, "sets counted apart: %zu", others);

    jose_keys_free(one);
    jose_keys_free(first);
    jose_keys_free(second);

    return status;
}
