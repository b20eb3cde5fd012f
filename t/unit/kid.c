
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Which keys a token may be verified with.
 */


#include "jws.h"
#include "sign.h"
#include "unit.h"

#include <string.h>

#include <openssl/err.h>


#define SETS_N  3


static void test_kid_rules(void);
static jose_status_t verify_with(const char *text, const char *kid,
    char signer);
static void make_sets(const char *text, jose_keys_t **sets);
static void free_sets(jose_keys_t **sets);
static const sign_key_t *key_of(char letter);
static void test_escaped_header(void);
static void test_embedded_key(void);


static jose_crypto_t  *crypto;
static EVP_PKEY       *rsa;
static char            token[SIGN_TOKEN_MAX];


int
main(void)
{
    crypto = jose_crypto_create();
    rsa = sign_generate("RSA", NULL, 2048);
    ERR_clear_error();

    test_kid_rules();
    test_escaped_header();
    test_embedded_key();

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    EVP_PKEY_free(rsa);
    jose_crypto_free(crypto);

    return unit_done("kid");
}


/*
 * A set is a row of keys, A, B and C secrets, R an RSA key, each with its kid
 * behind a "=" if it has one; "|" begins the next set.
 */

static void
test_kid_rules(void)
{
    size_t         i;
    jose_status_t  status;

    static const struct {
        const char      *sets;
        const char      *kid;       /* of the token, as JSON; NULL: none */
        char             signer;
        jose_status_t    status;
    } rows[] = {
        { "", NULL, 'A', JOSE_UNKNOWN_KEY },
        { "", "\"1\"", 'A', JOSE_UNKNOWN_KEY },
        { "A", NULL, 'A', JOSE_OK },
        { "A=1 B=2", NULL, 'B', JOSE_OK },
        { "A=1 B=2", NULL, 'C', JOSE_BAD_SIGNATURE },
        { "R=1", NULL, 'A', JOSE_UNKNOWN_KEY },

        { "A=1 B=2", "\"1\"", 'A', JOSE_OK },
        { "A=1 B=2", "\"2\"", 'A', JOSE_BAD_SIGNATURE },
        { "A=1 B=2", "\"3\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=1 B", "\"1\"", 'B', JOSE_BAD_SIGNATURE },
        { "A=1 B", "\"3\"", 'B', JOSE_OK },
        { "A=1 B", "\"3\"", 'A', JOSE_BAD_SIGNATURE },
        { "A=1 A", "\"1\"", 'A', JOSE_OK },
        { "A B C", "\"1\"", 'C', JOSE_OK },

        { "A|B=1", "\"1\"", 'A', JOSE_BAD_SIGNATURE },
        { "A|B=1", "\"1\"", 'B', JOSE_OK },
        { "A|B=1", "\"2\"", 'A', JOSE_OK },
        { "A|B=1", "\"2\"", 'B', JOSE_BAD_SIGNATURE },
        { "A=1|B=1|C=1", "\"1\"", 'C', JOSE_OK },
        { "A=1||C=1", "\"1\"", 'C', JOSE_OK },
        { "A=1|B=2", NULL, 'B', JOSE_OK },

        { "R=1 A=1", "\"1\"", 'A', JOSE_OK },
        { "A=1 R=1", "\"1\"", 'R', JOSE_OK },
        { "R=1|A=1", "\"1\"", 'A', JOSE_OK },
        { "R=1 A", "\"1\"", 'A', JOSE_UNKNOWN_KEY },
        { "R=1|A", "\"1\"", 'A', JOSE_UNKNOWN_KEY },
        { "R=1 A=2", "\"1\"", 'A', JOSE_UNKNOWN_KEY },

        { "A=", "\"\"", 'A', JOSE_OK },
        { "A= B", "\"\"", 'B', JOSE_BAD_SIGNATURE },
        { "A=1", "\"\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=", "\"1\"", 'A', JOSE_UNKNOWN_KEY },
        { "A", "\"\"", 'A', JOSE_OK },

        { "A=k1", "\"\\u006b\\u0031\"", 'A', JOSE_OK },
        { "A=k1", "\"K1\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=k1", "\"k\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=k1", "\"k11\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=k1", "\"k1\\u0000\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=k1", "\"\\u006b\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=k1", "\"\\u006b11\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=\xc3\xa9", "\"\\u00e9\"", 'A', JOSE_OK },
        { "A=\xc3\xa9", "\"e\\u0301\"", 'A', JOSE_UNKNOWN_KEY },

        { "B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 B=0 "
          "B=0 B=0 B A=1", "\"1\"", 'A', JOSE_OK },
        { "B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 A=1",
          "\"1\"", 'A', JOSE_OK },
        { "B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 B=1 "
          "A=1", "\"1\"", 'A', JOSE_BAD_SIGNATURE }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = verify_with(rows[i].sets, rows[i].kid, rows[i].signer);

        unit_check_for(status == rows[i].status,
                       "kid %s by %c with \"%s\": %s",
                       rows[i].kid ? rows[i].kid : "none", rows[i].signer,
                       rows[i].sets, jose_status_word(status));
    }
}


static jose_status_t
verify_with(const char *text, const char *kid, char signer)
{
    char                header[128];
    size_t              i;
    jose_keys_t        *sets[SETS_N];
    jose_status_t       status;
    const sign_alg_t   *alg;
    const jose_keys_t  *given[SETS_N];

    alg = &sign_algs[signer == 'R' ? 3 : 0];

    (void) snprintf(header, sizeof(header), "{%s%s%s\"alg\":\"%s\"}",
                    kid ? "\"kid\":" : "", kid ? kid : "", kid ? "," : "",
                    alg->name);

    sign_token(alg, key_of(signer), header, token);

    make_sets(text, sets);

    for (i = 0; i < SETS_N; i++) {
        given[i] = sets[i];
    }

    status = sign_verify(token, crypto, given, SETS_N, JOSE_ALG_ALL);

    free_sets(sets);

    return status;
}


static void
make_sets(const char *text, jose_keys_t **sets)
{
    char         kid[8];
    size_t       i, len;
    const char  *p;

    for (i = 0; i < SETS_N; i++) {
        sets[i] = sign_set();
    }

    i = 0;

    for (p = text; *p != '\0'; p++) {

        if (*p == '|') {
            i++;
            continue;
        }

        if (*p == ' ') {
            continue;
        }

        if (p[1] != '=') {
            sign_set_add(sets[i], crypto, key_of(*p), NULL);
            continue;
        }

        len = strcspn(p + 2, " |");
        (void) snprintf(kid, sizeof(kid), "%.*s", (int) len, p + 2);

        sign_set_add(sets[i], crypto, key_of(*p), kid);
        p += 1 + len;
    }
}


static void
free_sets(jose_keys_t **sets)
{
    size_t  i;

    for (i = 0; i < SETS_N; i++) {
        jose_keys_free(sets[i]);
    }
}


static const sign_key_t *
key_of(char letter)
{
    static sign_key_t  key;

    key.pkey = letter == 'R' ? rsa : NULL;
    key.secret = sign_text(letter == 'A' ? "the secret that is named A"
                           : letter == 'B' ? "the secret that is named B"
                           : "the secret that is named C");

    return &key;
}


static void
test_escaped_header(void)
{
    jose_keys_t  *sets[SETS_N];

    make_sets("A=1", sets);

    sign_token(&sign_algs[0], key_of('A'),
               "{\"\\u0061\\u006c\\u0067\":\"\\u0048S\\u0032\\u0035\\u0036\","
               "\"k\\u0069d\":\"\\u0031\"}", token);

    unit_check_for(sign_verify_one(token, crypto, sets[0]) == JOSE_OK,
                   "escaped header refused");

    sign_token(&sign_algs[0], key_of('B'),
               "{\"alg\":\"HS256\",\"k\\u0069d\":\"2\"}", token);

    unit_check_for(sign_verify_one(token, crypto, sets[0])
                   == JOSE_UNKNOWN_KEY,
                   "escaped kid not seen");

    free_sets(sets);
}


/* CVE-2018-0114: the token brings the key along that it was signed with. */

static void
test_embedded_key(void)
{
    jose_keys_t    *sets[SETS_N];
    jose_status_t   status;

    make_sets("A|B=1|R=2", sets);

    sign_token(&sign_algs[0], key_of('C'),
               "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":"
               "\"dGhlIHNlY3JldCB0aGF0IGlzIG5hbWVkIEM\"},"
               "\"jku\":\"file:///etc/passwd\",\"x5c\":[\"MIIB\"]}", token);

    status = sign_verify_one(token, crypto, sets[0]);
    unit_check_for(status == JOSE_BAD_SIGNATURE, "embedded key used: %s",
                   jose_status_word(status));

    status = sign_verify_one(token, crypto, sets[2]);
    unit_check_for(status == JOSE_UNKNOWN_KEY, "embedded key added: %s",
                   jose_status_word(status));

    free_sets(sets);
}
