
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jws.h"
#include "rfc.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


static void test_split(void);
static jose_status_t split_copy(const char *text, size_t len,
    size_t *lengths);
static void test_split_size(void);
static void test_header(void);
static void test_header_kid(void);
static jose_status_t read_header(const char *text, jose_header_t *header);
static void test_examples(void);
static void test_examples_refused(void);
static jose_keys_t *read_jwk(const char *text);
static void report_nothing(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);
static void test_signature_text(void);


static const jose_keys_report_t  report = { report_nothing, NULL };

static jose_crypto_t  *crypto;
static char            token[SIGN_TOKEN_MAX];


/* The examples of the RFCs: public keys, and tokens made with the others. */

static const struct {
    const char  *what;
    const char  *jwk;
    const char  *token;
} examples[] = {
    { "7515, A.1", RFC_7515_A1_KEY, RFC_7515_A1_TOKEN },
    { "7515, A.2", RFC_7515_A2_KEY, RFC_7515_A2_TOKEN },
    { "7515, A.3", RFC_7515_A3_KEY, RFC_7515_A3_TOKEN },
    { "7515, A.4", RFC_7515_A4_KEY, RFC_7515_A4_TOKEN },
    { "8037, A.4", RFC_8037_A4_KEY, RFC_8037_A4_TOKEN }
};


int
main(void)
{
    crypto = jose_crypto_create();

    test_split();
    test_split_size();
    test_header();
    test_header_kid();
    test_examples();
    test_examples_refused();
    test_signature_text();

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    jose_crypto_free(crypto);

    return unit_done("jws");
}


static void
test_split(void)
{
    size_t         i, lengths[4];
    jose_status_t  status;

    static const struct {
        const char      *text;
        jose_status_t    status;
        size_t           lengths[4];   /* header, payload, signature, input */
    } rows[] = {
        { "", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { ".", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a.", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { ".a", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a.b", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "..", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "..c", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a..", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a..c", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { ".b.", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { ".b.c", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a.b.", JOSE_OK, { 1, 1, 0, 3 } },
        { "a.b.c", JOSE_OK, { 1, 1, 1, 3 } },
        { "aa.bbb.cccc", JOSE_OK, { 2, 3, 4, 6 } },
        { "...", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a.b..", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a.b.c.", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a.b.c.d", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a.b.c.d.e", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "a.b.c.d.e.f", JOSE_MALFORMED, { 0, 0, 0, 0 } },
        { "{\"payload\":\"\",\"signatures\":[]}", JOSE_MALFORMED,
          { 0, 0, 0, 0 } }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = split_copy(rows[i].text, strlen(rows[i].text), lengths);

        unit_check_for(status == rows[i].status, "split of \"%s\": %s",
                       rows[i].text, jose_status_word(status));

        unit_check_for(status != JOSE_OK
                       || memcmp(lengths, rows[i].lengths, sizeof(lengths))
                          == 0,
                       "wrong parts of \"%s\"", rows[i].text);
    }
}


/* Without a NUL behind it, so that a read too far is seen. */

static jose_status_t
split_copy(const char *text, size_t len, size_t *lengths)
{
    uint8_t        *copy;
    jose_jws_t      jws;
    jose_bytes_t    bytes;
    jose_status_t   status;

    copy = malloc(len ? len : 1);
    memcpy(copy, text, len);

    bytes.data = copy;
    bytes.len = len;

    status = jose_jws_split(bytes, &jws);

    if (status == JOSE_OK) {
        lengths[0] = jws.header.len;
        lengths[1] = jws.payload.len;
        lengths[2] = jws.signature.len;
        lengths[3] = jws.input.len;

        unit_check_for(jws.header.data == copy && jws.input.data == copy
                       && jws.payload.data == copy + jws.header.len + 1
                       && jws.signature.data == copy + jws.input.len + 1,
                       "parts misplaced");
    }

    free(copy);

    return status;
}


static void
test_split_size(void)
{
    char    *text;
    size_t   lengths[4];

    text = malloc(JOSE_TOKEN_MAX + 1);
    memset(text, 'a', JOSE_TOKEN_MAX + 1);

    text[10] = '.';
    text[JOSE_TOKEN_MAX - 1] = '.';

    unit_check_for(split_copy(text, JOSE_TOKEN_MAX, lengths) == JOSE_OK,
                   "longest token refused");
    unit_check_for(split_copy(text, JOSE_TOKEN_MAX + 1, lengths)
                   == JOSE_TOO_LARGE,
                   "larger token taken");

    text[10] = 'a';
    unit_check_for(split_copy(text, JOSE_TOKEN_MAX + 1, lengths)
                   == JOSE_TOO_LARGE,
                   "larger text not too large");

    free(text);
}


static void
test_header(void)
{
    size_t         i;
    jose_header_t  header;
    jose_status_t  status;

    static const struct {
        const char      *text;
        jose_status_t    status;
        jose_alg_set_t   algs;
    } rows[] = {
        { "{\"alg\":\"HS256\"}", JOSE_OK, 0x1 },
        { "{\"alg\":\"EdDSA\"}", JOSE_OK, 0x6000 },
        { "{\"alg\":\"none\"}", JOSE_OK, 0 },
        { "{\"alg\":\"\"}", JOSE_OK, 0 },
        { "{\"alg\":\"\\u0048S256\"}", JOSE_OK, 0x1 },
        { "{\"\\u0061lg\":\"HS256\"}", JOSE_OK, 0x1 },
        { "{\"alg\":\"HS256\\u0000\"}", JOSE_OK, 0 },
        { "{\"alg\":\"0123456789abcdef0123456789abcdef"
          "0123456789abcdef0123456789abcdef\"}", JOSE_OK, 0 },
        { "{\"alg\":\"0123456789abcdef0123456789abcdef"
          "0123456789abcdef0123456789abcdef0\"}", JOSE_OK, 0 },
        { "{}", JOSE_INVALID_HEADER, 0 },
        { "{\"ALG\":\"HS256\"}", JOSE_INVALID_HEADER, 0 },
        { "{\"typ\":\"JWT\"}", JOSE_INVALID_HEADER, 0 },
        { "{\"alg\":null}", JOSE_INVALID_HEADER, 0 },
        { "{\"alg\":256}", JOSE_INVALID_HEADER, 0 },
        { "{\"alg\":true}", JOSE_INVALID_HEADER, 0 },
        { "{\"alg\":false}", JOSE_INVALID_HEADER, 0 },
        { "{\"alg\":[\"HS256\"]}", JOSE_INVALID_HEADER, 0 },
        { "{\"alg\":{\"HS256\":1}}", JOSE_INVALID_HEADER, 0 },
        { "{\"a\":{\"alg\":\"HS256\"}}", JOSE_INVALID_HEADER, 0 },
        { "{\"alg\":\"HS256\",\"crit\":[]}", JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}",
          JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":true}",
          JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"crit\":[\"alg\"]}",
          JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"crit\":null}", JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"crit\":\"exp\"}", JOSE_UNSUPPORTED_CRITICAL,
          0 },
        { "{\"alg\":\"HS256\",\"crit\":{}}", JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"crit\":[1]}", JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"crit\":false}", JOSE_UNSUPPORTED_CRITICAL,
          0 },
        { "{\"alg\":\"HS256\",\"crit\":0}", JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"cr\\u0069t\":[],\"alg\":\"HS256\"}", JOSE_UNSUPPORTED_CRITICAL,
          0 },
        { "{\"alg\":\"HS256\",\"b64\":true}", JOSE_OK, 0x1 },
        { "{\"alg\":\"HS256\",\"b64\":false}", JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"b64\":null}", JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"b64\":1}", JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"b64\":\"true\"}", JOSE_UNSUPPORTED_CRITICAL,
          0 },
        { "{\"alg\":\"HS256\",\"b64\":[true]}", JOSE_UNSUPPORTED_CRITICAL,
          0 },
        { "{\"alg\":\"HS256\",\"b\\u00364\":false}",
          JOSE_UNSUPPORTED_CRITICAL, 0 },
        { "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", JOSE_MALFORMED, 0 },
        { "{\"alg\":\"none\",\"\\u0061lg\":\"HS256\"}", JOSE_MALFORMED, 0 },
        { "[\"alg\"]", JOSE_MALFORMED, 0 },
        { "{\"alg\":\"HS256\"", JOSE_MALFORMED, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = read_header(rows[i].text, &header);

        unit_check_for(status == rows[i].status, "header %s: %s",
                       rows[i].text, jose_status_word(status));
        unit_check_for(status != JOSE_OK || header.algs == rows[i].algs,
                       "wrong rows of %s: %x", rows[i].text,
                       (unsigned) header.algs);
        unit_check_for(status != JOSE_OK || !header.has_kid,
                       "kid out of nothing: %s", rows[i].text);
    }
}


static void
test_header_kid(void)
{
    char           text[64];
    size_t         i;
    jose_header_t  header;
    jose_status_t  status;

    static const struct {
        const char      *kid;
        jose_status_t    status;
    } rows[] = {
        { "\"a\"", JOSE_OK }, { "\"\"", JOSE_OK }, { "\"\\u0000\"", JOSE_OK },
        { "null", JOSE_INVALID_HEADER }, { "1", JOSE_INVALID_HEADER },
        { "true", JOSE_INVALID_HEADER }, { "false", JOSE_INVALID_HEADER },
        { "[\"a\"]", JOSE_INVALID_HEADER }, { "{}", JOSE_INVALID_HEADER }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void) snprintf(text, sizeof(text), "{\"alg\":\"HS256\",\"kid\":%s}",
                        rows[i].kid);

        status = read_header(text, &header);

        unit_check_for(status == rows[i].status, "kid %s: %s", rows[i].kid,
                       jose_status_word(status));
        unit_check_for(status != JOSE_OK || header.has_kid, "kid %s lost",
                       rows[i].kid);
    }
}


/* header->kid must not be looked at afterwards: what it borrows is gone. */

static jose_status_t
read_header(const char *text, jose_header_t *header)
{
    jose_status_t       status;
    jose_json_object_t  object;
    jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    status = jose_json_parse(sign_text(text), members, &object);

    return status == JOSE_OK ? jose_header_read(&object, header) : status;
}


static void
test_examples(void)
{
    size_t          i, k, n;
    jose_keys_t    *keys[8];
    jose_status_t   status;

    n = sizeof(examples) / sizeof(examples[0]);

    for (i = 0; i < n; i++) {
        keys[i] = read_jwk(examples[i].jwk);
    }

    for (i = 0; i < n; i++) {
        for (k = 0; k < n; k++) {
            status = sign_verify_one(examples[i].token, crypto, keys[k]);

            unit_check_for(status == (i == k ? JOSE_OK : JOSE_UNKNOWN_KEY),
                           "RFC %s with key of %s: %s", examples[i].what,
                           examples[k].what, jose_status_word(status));
        }
    }

    for (i = 0; i < n; i++) {
        jose_keys_free(keys[i]);
    }
}


static void
test_examples_refused(void)
{
    size_t          i;
    jose_keys_t    *keys;
    jose_status_t   status;

    static const struct {
        const char      *what;
        jose_status_t    status;
        const char      *token;
    } rows[] = {
        { "7515, A.5", JOSE_UNSUPPORTED_ALGORITHM,
          "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQ"
          "ogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." },
        { "7515, E", JOSE_UNSUPPORTED_CRITICAL,
          "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERU"
          "ZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0."
          "RkFJTA." },
        { "7516, encrypted", JOSE_MALFORMED,
          "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0."
          "6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ."
          "AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY."
          "U0m_YmjN04DJvceFICbCVQ" }
    };

    keys = read_jwk(examples[0].jwk);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = sign_verify_one(rows[i].token, crypto, keys);

        unit_check_for(status == rows[i].status, "RFC %s: %s", rows[i].what,
                       jose_status_word(status));
    }

    jose_keys_free(keys);
}


static jose_keys_t *
read_jwk(const char *text)
{
    jose_keys_t    *keys;
    jose_status_t   status;

    status = jose_keys_read(&keys, crypto, JOSE_KEYS_JWK, sign_text(text),
                            &report);

    unit_check_for(status == JOSE_OK, "key refused: %s",
                   jose_status_word(status));

    return keys;
}


static void
report_nothing(void *data, size_t index, jose_bytes_t kid, jose_status_t why)
{
    (void) data;
    (void) kid;

    unit_check_for(index == 0 && why == JOSE_KEY_SECRET_SHORT,
                   "key %zu reported: %s", index, jose_status_word(why));
}


/* RFC 7515, 2: no padding, no other alphabet, no spare bits */

static void
test_signature_text(void)
{
    char          *end;
    size_t         i;
    sign_key_t     key;
    jose_keys_t   *set;
    jose_status_t  status;

    static const struct {
        const char      *tail;
        jose_status_t    status;
    } rows[] = {
        { "", JOSE_OK }, { "=", JOSE_MALFORMED }, { "==", JOSE_MALFORMED },
        { "A", JOSE_BAD_SIGNATURE }, { "AA", JOSE_MALFORMED },
        { " ", JOSE_MALFORMED }, { "\n", JOSE_MALFORMED },
        { "+", JOSE_MALFORMED }, { "/", JOSE_MALFORMED },
        { "%3d", JOSE_MALFORMED }, { ".", JOSE_MALFORMED }
    };

    key.pkey = NULL;
    key.secret = sign_text("the secret that is named A");

    set = sign_set();
    sign_set_add(set, crypto, &key, NULL);
    sign_token_named(&sign_algs[0], &key, "HS256", token);

    end = token + strlen(token);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void) strcpy(end, rows[i].tail);
        status = sign_verify_one(token, crypto, set);

        unit_check_for(status == rows[i].status, "signature + \"%s\": %s",
                       rows[i].tail, jose_status_word(status));
    }

    /* the last of 43 characters holds four bits */

    *end = '\0';
    end[-1]++;

    unit_check_for(sign_verify_one(token, crypto, set) == JOSE_MALFORMED,
                   "spare bits taken");

    jose_keys_free(set);
}
