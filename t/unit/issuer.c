
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "exact.h"
#include "issuer.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


#define ENTRA   "https://login.example/{tid}/v2.0"
#define TENANT  "9188040d-6c67-4c5b-b112-36a304b66dad"


static void test_read(void);
static void test_read_length(void);
static bool same(jose_bytes_t bytes, const char *text);
static void test_match(void);
static bool match(const char *text, const char *claims);
static void test_match_length(void);
static void test_equal(void);
static void test_allows(void);
static bool allows(const jose_bytes_t *issuer, const char *iss);
static bool read_claims(const char *text, jose_json_object_t *claims,
    jose_json_value_t *iss);


static const struct {
    const char  *issuer;
    const char  *claims;
    bool         matches;
} claimed[] = {
    { "https://a", "{\"iss\":\"https://a\"}", true },
    { "https://a", "{\"iss\":\"https:\\/\\/a\"}", true },
    { "https://a", "{\"iss\":\"\\u0068ttps://a\"}", true },
    { "https://a", "{\"iss\":\"https://a/\"}", false },
    { "https://a", "{\"iss\":\"https://\"}", false },
    { "https://a", "{\"iss\":\"https://A\"}", false },
    { "https://a", "{\"iss\":\"https://a\\u0000\"}", false },
    { "https://a", "{\"iss\":\"\"}", false },
    { "https://a", "{\"iss\":[\"https://a\"]}", false },
    { "https://a", "{\"iss\":null}", false },
    { "1", "{\"iss\":1}", false },
    { "null", "{\"iss\":null}", false },

    { ENTRA, "{\"iss\":\"https://login.example/" TENANT "/v2.0\","
      "\"tid\":\"" TENANT "\"}", true },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\","
      "\"tid\":\"a\"}", true },
    { ENTRA, "{\"iss\":\"https://login.example/azAZ09._-/v2.0\","
      "\"tid\":\"azAZ09._-\"}", true },
    { ENTRA, "{\"iss\":\"https://login.example/.../v2.0\","
      "\"tid\":\"...\"}", true },
    { ENTRA, "{\"iss\":\"https://login.example/.a/v2.0\","
      "\"tid\":\".a\"}", true },
    { ENTRA, "{\"iss\":\"https:\\/\\/login.example/\\u0061b/v2.\\u0030\""
      ",\"t\\u0069d\":\"a\\u0062\"}", true },

    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\","
      "\"tid\":\"b\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\","
      "\"tid\":\"A\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\","
      "\"tid\":\"\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\","
      "\"tid\":\"a \"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\","
      "\"TID\":\"a\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\","
      "\"x\":{\"tid\":\"a\"}}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0\","
      "\"tid\":[\"a\"]}", false },
    { ENTRA, "{\"iss\":\"https://login.example/1/v2.0\","
      "\"tid\":1}", false },
    { ENTRA, "{\"iss\":\"https://login.example/null/v2.0\","
      "\"tid\":null}", false },

    { ENTRA, "{\"iss\":\"https://login.example//v2.0\","
      "\"tid\":\"\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/./v2.0\","
      "\"tid\":\".\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/../v2.0\","
      "\"tid\":\"..\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/b/v2.0\","
      "\"tid\":\"a/b\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a%2fb/v2.0\","
      "\"tid\":\"a%2fb\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a?/v2.0\","
      "\"tid\":\"a?\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a#/v2.0\","
      "\"tid\":\"a#\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a:/v2.0\","
      "\"tid\":\"a:\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a@/v2.0\","
      "\"tid\":\"a@\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a b/v2.0\","
      "\"tid\":\"a b\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a\\u0000/v2.0\","
      "\"tid\":\"a\\u0000\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/\xc3\xa9/v2.0\","
      "\"tid\":\"\xc3\xa9\"}", false },
    { ENTRA, "{\"iss\":\"" ENTRA "\",\"tid\":\"{tid}\"}", false },

    { ENTRA, "{\"iss\":\"https://login.exampl3/a/v2.0\","
      "\"tid\":\"a\"}", false },
    { ENTRA, "{\"iss\":\"xhttps://login.example/a/v2.0\","
      "\"tid\":\"a\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.1\","
      "\"tid\":\"a\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a/v2.0/\","
      "\"tid\":\"a\"}", false },
    { ENTRA, "{\"iss\":\"https://login.example/a\","
      "\"tid\":\"a\"}", false },
    { ENTRA, "{\"iss\":\"a\",\"tid\":\"a\"}", false },
    { ENTRA, "{\"iss\":\"\",\"tid\":\"a\"}", false },
    { ENTRA, "{\"iss\":null,\"tid\":\"a\"}", false },
    { ENTRA, "{\"iss\":[\"https://login.example/a/v2.0\"],"
      "\"tid\":\"a\"}", false },
    { "{t}", "{\"iss\":11,\"t\":\"11\"}", false },

    { "ab{t}ba", "{\"iss\":\"abxba\",\"t\":\"x\"}", true },
    { "ab{t}ba", "{\"iss\":\"ababa\",\"t\":\"a\"}", true },
    { "ab{t}ba", "{\"iss\":\"abba\",\"t\":\"\"}", false },
    { "ab{t}ba", "{\"iss\":\"aba\",\"t\":\"a\"}", false },
    { "ab{t}ba", "{\"iss\":\"ab\",\"t\":\"a\"}", false },
    { "{t}", "{\"iss\":\"x\",\"t\":\"x\"}", true },
    { "{iss}/", "{\"iss\":\"x/\"}", false }
};


int
main(void)
{
    test_read();
    test_read_length();
    test_match();
    test_match_length();
    test_equal();
    test_allows();

    return unit_done("issuer");
}


static void
test_read(void)
{
    bool           ok;
    size_t         i;
    jose_bytes_t   text;
    jose_issuer_t  issuer;

    static const struct {
        const char  *text;
        bool         ok;
        const char  *before;
        const char  *claim;     /* NULL: no template */
        const char  *after;
    } rows[] = {
        { "a", true, NULL, NULL, NULL },
        { "https://issuer.example/", true, NULL, NULL, NULL },
        { "\xc3\xa9 [x] <y>", true, NULL, NULL, NULL },

        { ENTRA, true, "https://login.example/", "tid", "/v2.0" },
        { "{tid}", true, "", "tid", "" },
        { "a{b}", true, "a", "b", "" },
        { "{b}c", true, "", "b", "c" },
        { "a{_}c", true, "a", "_", "c" },
        { "a{azAZ09_}c", true, "a", "azAZ09_", "c" },

        { "", false, NULL, NULL, NULL },
        { "{", false, NULL, NULL, NULL },
        { "}", false, NULL, NULL, NULL },
        { "{}", false, NULL, NULL, NULL },
        { "a{}c", false, NULL, NULL, NULL },
        { "a{b", false, NULL, NULL, NULL },
        { "a}b", false, NULL, NULL, NULL },
        { "}{", false, NULL, NULL, NULL },
        { "a}b{c", false, NULL, NULL, NULL },
        { "}a{b}", false, NULL, NULL, NULL },
        { "{a}{b}", false, NULL, NULL, NULL },
        { "x{a}y{b}z", false, NULL, NULL, NULL },
        { "{{a}}", false, NULL, NULL, NULL },
        { "{a{b}", false, NULL, NULL, NULL },
        { "{a}}", false, NULL, NULL, NULL },
        { "{a}{", false, NULL, NULL, NULL },
        { "{a}b}", false, NULL, NULL, NULL },
        { "{a}b{", false, NULL, NULL, NULL },
        { "{a-b}", false, NULL, NULL, NULL },
        { "{a.b}", false, NULL, NULL, NULL },
        { "{a b}", false, NULL, NULL, NULL },
        { "{ a}", false, NULL, NULL, NULL },
        { "{a/b}", false, NULL, NULL, NULL },
        { "{a@}", false, NULL, NULL, NULL },
        { "{a[}", false, NULL, NULL, NULL },
        { "{a`}", false, NULL, NULL, NULL },
        { "{\xc3\xa9}", false, NULL, NULL, NULL }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text = exact(rows[i].text);
        ok = jose_issuer_read(&issuer, text);

        unit_check_for(ok == rows[i].ok, "issuer \"%s\"", rows[i].text);

        if (ok && rows[i].ok) {
            unit_check_for(issuer.text.data == text.data
                           && issuer.text.len == text.len,
                           "text of \"%s\"", rows[i].text);
            unit_check_for(same(issuer.claim, rows[i].claim)
                           && same(issuer.before, rows[i].before)
                           && same(issuer.after, rows[i].after),
                           "parts of \"%s\"", rows[i].text);
        }

        exact_free(text);
    }
}


static bool
same(jose_bytes_t bytes, const char *text)
{
    if (text == NULL) {
        return bytes.data == NULL;
    }

    return bytes.data != NULL
           && bytes.len == strlen(text)
           && memcmp(bytes.data, text, bytes.len) == 0;
}


static void
test_read_length(void)
{
    size_t         len;
    uint8_t       *data;
    jose_bytes_t   text;
    jose_issuer_t  issuer;

    for (len = JOSE_ISSUER_MAX - 1; len <= JOSE_ISSUER_MAX + 1; len++) {
        data = malloc(len);
        memset(data, 'a', len);

        text.data = data;
        text.len = len;

        unit_check_for(jose_issuer_read(&issuer, text)
                       == (len <= JOSE_ISSUER_MAX),
                       "issuer of %zu bytes", len);

        memcpy(data + len - 3, "{b}", 3);

        unit_check_for(jose_issuer_read(&issuer, text)
                       == (len <= JOSE_ISSUER_MAX),
                       "template of %zu bytes", len);

        free(data);
    }
}


static void
test_match(void)
{
    size_t  i;

    for (i = 0; i < sizeof(claimed) / sizeof(claimed[0]); i++) {
        unit_check_for(match(claimed[i].issuer, claimed[i].claims)
                       == claimed[i].matches,
                       "issuer \"%s\", claims %s", claimed[i].issuer,
                       claimed[i].claims);
    }
}


static bool
match(const char *text, const char *claims)
{
    bool                matches;
    jose_bytes_t        bytes;
    jose_issuer_t       issuer;
    jose_json_value_t   iss;
    jose_json_object_t  object;

    bytes = exact(text);
    matches = false;

    unit_check_for(jose_issuer_read(&issuer, bytes), "issuer \"%s\"", text);

    if (read_claims(claims, &object, &iss)) {
        matches = jose_issuer_match(&issuer, &iss, &object);
        exact_free(object.text);
    }

    exact_free(bytes);

    return matches;
}


/* The iss as it is, and with every character written as an escape. */

static void
test_match_length(void)
{
    char    *claims, *p;
    size_t   i, len, escaped;

    claims = malloc(13 * JOSE_ISSUER_MAX);

    for (escaped = 0; escaped < 2; escaped++) {
        for (len = JOSE_ISSUER_MAX - 1; len <= JOSE_ISSUER_MAX + 1; len++) {
            p = claims + sprintf(claims, "{\"iss\":\"a:");

            for (i = 2; i < len; i++) {
                p += sprintf(p, "%s", escaped ? "\\u0062" : "b");
            }

            p += sprintf(p, "\",\"t\":\"");

            for (i = 2; i < len; i++) {
                *p++ = 'b';
            }

            (void) sprintf(p, "\"}");

            unit_check_for(match("a:{t}", claims) == (len <= JOSE_ISSUER_MAX),
                           "iss of %zu bytes, %s", len,
                           escaped ? "escaped" : "plain");
        }
    }

    free(claims);
}


/* The issuer of a metadata document. */

static void
test_equal(void)
{
    size_t         i;
    jose_bytes_t   bytes, other;
    jose_issuer_t  issuer;

    static const struct {
        const char  *issuer;
        const char  *text;
        bool         equal;
    } rows[] = {
        { "https://a", "https://a", true },
        { "https://a", "https://a/", false },
        { "https://a/", "https://a", false },
        { "https://a", "https://A", false },
        { "https://a", "https://b", false },
        { "https://a", "https://{a}", false },
        { "https://a", "", false },

        { ENTRA, ENTRA, true },
        { ENTRA, "https://login.example/{tenantid}/v2.0", true },
        { ENTRA, "https://login.example/{t}/v2.0", true },
        { ENTRA, "https://login.example/{}/v2.0", false },
        { ENTRA, "https://login.example/{a-b}/v2.0", false },
        { ENTRA, "https://login.example/tid/v2.0", false },
        { ENTRA, "https://login.example/" TENANT "/v2.0", false },
        { ENTRA, "https://login.exampl3/{tid}/v2.0", false },
        { ENTRA, "https://login.example/{tid}/v2.1", false },
        { ENTRA, "https://login.example/{tid}/v2.0/", false },
        { ENTRA, "https://login.example/{tid}", false },
        { ENTRA, "x{tid}", false },
        { ENTRA, "https://login.example/{tid}{tid}/v2.0", false },
        { ENTRA, "{tid}", false },
        { ENTRA, "", false },
        { "{a}", "{b}", true },
        { "{a}", "a", false }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bytes = exact(rows[i].issuer);
        other = exact(rows[i].text);

        unit_check_for(jose_issuer_read(&issuer, bytes)
                       && jose_issuer_equal(&issuer, other) == rows[i].equal,
                       "issuer \"%s\", document of \"%s\"", rows[i].issuer,
                       rows[i].text);

        exact_free(bytes);
        exact_free(other);
    }
}


/* Keys of one tenant and tokens of another: Storm-0558. */

static void
test_allows(void)
{
    size_t        i;
    jose_bytes_t  issuer, none;

    static const struct {
        const char  *issuer;
        const char  *iss;      /* as JSON */
        bool         allows;
    } rows[] = {
        { "https://a", "\"https://a\"", true },
        { "https://a", "\"\\u0068ttps://a\"", true },
        { "https://a", "\"https://a/\"", false },
        { "https://a", "\"https://b\"", false },
        { "https://a", "\"b\"", false },
        { "a", "\"b\"", false },
        { "https://a", "\"\"", false },
        { "https://a", "null", false },
        { "https://a", "[\"https://a\"]", false },
        { "1", "1", false },
        { "", "\"\"", true },
        { "", "\"a\"", false },

        { "https://login.example/" TENANT "/v2.0",
          "\"https://login.example/" TENANT "/v2.0\"", true },
        { "https://login.example/" TENANT "/v2.0",
          "\"https://login.example/other/v2.0\"", false },
        { "https://login.example/" TENANT "/v2.0",
          "\"https://login.example/{tid}/v2.0\"", false },

        { ENTRA, "\"https://login.example/" TENANT "/v2.0\"", true },
        { ENTRA, "\"https:\\/\\/login.example/azAZ09._-/v2.0\"", true },
        { ENTRA, "\"" ENTRA "\"", true },
        { ENTRA, "\"https://login.example/{other}/v2.0\"", false },
        { ENTRA, "\"https://login.example//v2.0\"", false },
        { ENTRA, "\"https://login.example/../v2.0\"", false },
        { ENTRA, "\"https://login.example/a/b/v2.0\"", false },
        { ENTRA, "\"https://login.example/a%2f/v2.0\"", false },
        { ENTRA, "\"https://login.example/a/v2.1\"", false },
        { ENTRA, "\"https://login.exampl3/a/v2.0\"", false },
        { ENTRA, "\"\"", false },
        { ENTRA, "{\"a\":\"https://login.example/a/v2.0\"}", false },
        { "{t}", "11", false },

        { "{a}{b}", "\"{a}{b}\"", true },
        { "{a}{b}", "\"xy\"", false },
        { "a{", "\"a{\"", true },
        { "a{", "\"ab\"", false },
        { "a{}c", "\"abc\"", false }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        issuer = exact(rows[i].issuer);

        unit_check_for(allows(&issuer, rows[i].iss) == rows[i].allows,
                       "key of \"%s\", token of %s", rows[i].issuer,
                       rows[i].iss);

        exact_free(issuer);
    }

    none.data = NULL;
    none.len = 0;

    unit_check_for(allows(&none, "\"https://a\""), "key of nobody bound");
    unit_check_for(allows(&none, "\"\""), "key of nobody bound");
}


static bool
allows(const jose_bytes_t *issuer, const char *iss)
{
    char                claims[256];
    bool                allowed;
    jose_json_value_t   value;
    jose_json_object_t  object;

    (void) snprintf(claims, sizeof(claims), "{\"iss\":%s}", iss);
    allowed = false;

    if (read_claims(claims, &object, &value)) {
        allowed = jose_issuer_allows(*issuer, &value);
        exact_free(object.text);
    }

    return allowed;
}


static bool
read_claims(const char *text, jose_json_object_t *claims,
    jose_json_value_t *iss)
{
    static const jose_bytes_t  name = jose_bytes("iss");
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    return unit_check_for(exact_json(text, members, claims)
                          && jose_json_get(claims, name, iss),
                          "claims of a test: %.99s", text);
}
