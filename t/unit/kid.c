
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Which keys a token may be verified with.
 */


#include "exact.h"
#include "jws.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


#define SETS_N  3


static void test_kid_rules(void);
static jose_status_t verify_with(const char *text, const char *kid,
    char signer);
static void make_sets(const char *text, jose_keys_t **sets);
static void free_sets(jose_keys_t **sets);
static const sign_key_t *key_of(char letter);
static void test_many_keys(void);
static jose_status_t verify_customer(const jose_keys_t *set, size_t signer,
    size_t kid);
static void report_nothing(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);
static void test_issuers(void);
static jose_status_t verify_for(const char *issuers, const char *iss,
    char signer);
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
    test_many_keys();
    test_issuers();
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


/* A set of a provider with a key for each of its customers. */

static void
test_many_keys(void)
{
    char                *text, *p, secret[32];
    size_t               i;
    jose_keys_t         *set;
    jose_status_t        own, other, none;
    jose_keys_report_t   report;

    text = malloc(1000 * 100);
    p = text + sprintf(text, "{\"keys\":[");

    for (i = 0; i < 1000; i++) {
        (void) snprintf(secret, sizeof(secret), "secret of customer %zu", i);

        p += sprintf(p, "%s{\"kty\":\"oct\",\"kid\":\"%zu\",\"k\":\"",
                     i ? "," : "", i);
        p += sign_base64url(sign_text(secret), p);
        p += sprintf(p, "\"}");
    }

    (void) sprintf(p, "]}");

    report.handler = report_nothing;
    report.data = NULL;

    unit_check(jose_keys_read(&set, crypto, JOSE_KEYS_JWKS, sign_text(text),
                              &report)
               == JOSE_OK);

    for (i = 0; i < 1000; i += 37) {
        own = verify_customer(set, i, i);
        other = verify_customer(set, i, i ^ 1);
        none = verify_customer(set, i, i + 1000);

        unit_check_for(own == JOSE_OK && other == JOSE_BAD_SIGNATURE
                       && none == JOSE_UNKNOWN_KEY,
                       "customer %zu: %s, as another: %s, as none: %s", i,
                       jose_status_word(own), jose_status_word(other),
                       jose_status_word(none));
    }

    jose_keys_free(set);
    free(text);
}


static jose_status_t
verify_customer(const jose_keys_t *set, size_t signer, size_t kid)
{
    char        secret[32], header[64];
    sign_key_t  key;

    (void) snprintf(secret, sizeof(secret), "secret of customer %zu", signer);
    (void) snprintf(header, sizeof(header),
                    "{\"alg\":\"HS256\",\"kid\":\"%zu\"}", kid);

    key.pkey = NULL;
    key.secret = sign_text(secret);

    sign_token(&sign_algs[0], &key, header, token);

    return sign_verify_one(token, crypto, set);
}


static void
report_nothing(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    (void) data;
    (void) kid;

    unit_check_for(why == JOSE_KEY_SECRET_SHORT, "key %zu reported: %s", index,
                   jose_status_word(why));
}


/*
 * A set is a row of keys as above, each with its issuer behind a "=" if it has
 * one.
 */

static void
test_issuers(void)
{
    size_t         i;
    jose_status_t  status;

    static const struct {
        const char      *issuers;
        const char      *iss;      /* of the token, as JSON; NULL: not asked */
        char             signer;
        jose_status_t    status;
    } rows[] = {
        { "A=x", NULL, 'A', JOSE_OK },
        { "A=x B=y", NULL, 'B', JOSE_OK },
        { "A=x B=y", NULL, 'C', JOSE_BAD_SIGNATURE },

        { "A", "\"x\"", 'A', JOSE_OK },
        { "A=x", "\"x\"", 'A', JOSE_OK },
        { "A=x", "\"\\u0078\"", 'A', JOSE_OK },
        { "A=x", "\"y\"", 'A', JOSE_UNKNOWN_KEY },
        { "A=x", "null", 'A', JOSE_UNKNOWN_KEY },
        { "A=x", "\"x\"", 'B', JOSE_BAD_SIGNATURE },
        { "A=x B=y", "\"x\"", 'A', JOSE_OK },
        { "A=x B=y", "\"y\"", 'B', JOSE_OK },
        { "A=x B=y", "\"x\"", 'B', JOSE_BAD_SIGNATURE },
        { "A=x B=y", "\"y\"", 'A', JOSE_BAD_SIGNATURE },
        { "A=x B", "\"y\"", 'B', JOSE_OK },
        { "A=x B", "\"y\"", 'A', JOSE_BAD_SIGNATURE },

        { "A={t}/v2", "\"one/v2\"", 'A', JOSE_OK },
        { "A={t}/v2", "\"two/v2\"", 'A', JOSE_OK },
        { "A={t}/v2", "\"one/v1\"", 'A', JOSE_UNKNOWN_KEY },
        { "A={t}/v2", "\"a/b/v2\"", 'A', JOSE_UNKNOWN_KEY },
        { "A={t}/v2 B=one/v2", "\"one/v2\"", 'B', JOSE_OK },
        { "A={t}/v2 B=one/v2", "\"two/v2\"", 'B', JOSE_BAD_SIGNATURE },
        { "A={t}/v2 B=one/v2", "\"two/v2\"", 'A', JOSE_OK },

        /* those of others are not tried */

        { "B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y "
          "B=y A=x", "\"x\"", 'A', JOSE_OK },
        { "B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y B=y "
          "A=x", NULL, 'A', JOSE_BAD_SIGNATURE }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = verify_for(rows[i].issuers, rows[i].iss, rows[i].signer);

        unit_check_for(status == rows[i].status,
                       "iss %s by %c with \"%s\": %s",
                       rows[i].iss ? rows[i].iss : "not asked",
                       rows[i].signer, rows[i].issuers,
                       jose_status_word(status));
    }
}


static jose_status_t
verify_for(const char *issuers, const char *iss, char signer)
{
    char                       claims[64];
    size_t                     len;
    jose_keys_t               *set;
    jose_bytes_t               text;
    jose_trust_t               trust;
    jose_status_t              status;
    jose_json_value_t          value;
    jose_json_object_t         object;
    static const jose_bytes_t  name = jose_bytes("iss");
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    (void) snprintf(claims, sizeof(claims), "{\"iss\":%s}", iss ? iss : "0");

    if (!unit_check_for(exact_json(claims, members, &object)
                        && jose_json_get(&object, name, &value),
                        "claims of a test: %s", claims))
    {
        return JOSE_ERROR;
    }

    set = sign_set();

    for ( ; *issuers != '\0'; issuers += len + (issuers[len] == ' ')) {
        len = strcspn(issuers, " ");

        sign_set_add(set, crypto, key_of(issuers[0]), NULL);

        if (len > 1) {
            text.data = (const uint8_t *) issuers + 2;
            text.len = len - 2;

            (void) jose_key_set_issuer(&set->keys[set->n - 1], text);
        }
    }

    trust.sets = (const jose_keys_t *const *) &set;
    trust.n = 1;
    trust.algs = JOSE_ALG_ALL;
    trust.iss = iss ? &value : NULL;

    sign_token_named(&sign_algs[0], key_of(signer), "HS256", token);
    status = sign_verify_trust(token, crypto, &trust);

    jose_keys_free(set);
    exact_free(object.text);

    return status;
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
