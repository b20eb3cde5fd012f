
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * An issuer or a template, another one, which is a metadata document's or a
 * key's, and claims, each on a line: what is read, is matched or is allowed is
 * what a second reading says.  A template takes the issuers that are made of
 * it, and none that is changed.
 */


#include "issuer.h"
#include "fuzz.h"
#include "../unit/json_oracle.h"

#include <ctype.h>


#define FUZZ_LETTERS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define FUZZ_DIGITS   "0123456789"


/* where the braces are; n: how many of both; 0: there are none */
typedef struct {
    size_t  open;
    size_t  close;
    size_t  n;
} fuzz_braces_t;


static bool fuzz_read(jose_bytes_t text, fuzz_braces_t *braces);
static bool fuzz_tenant(jose_bytes_t text, const fuzz_braces_t *braces,
    const json_t *iss, jose_bytes_t *tenant);
static bool fuzz_all_of(const uint8_t *data, size_t len, const char *set);
static void fuzz_match(const jose_issuer_t *issuer, jose_bytes_t other,
    jose_bytes_t claims);
static bool fuzz_matches(jose_bytes_t text, const json_t *json);
static bool fuzz_allows(jose_bytes_t text, const json_t *json);
static bool fuzz_equal(jose_bytes_t a, jose_bytes_t b);
static bool fuzz_is_string(jose_bytes_t text, const json_t *value);
static void fuzz_made(const jose_issuer_t *issuer, const char *tenant,
    bool good);
static bool fuzz_plain(jose_bytes_t text);
static size_t fuzz_append(char *out, size_t n, jose_bytes_t text);


static const jose_bytes_t  fuzz_iss = jose_bytes("iss");


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jose_bytes_t   rest, text, other, claims;
    fuzz_braces_t  braces;
    jose_issuer_t  issuer;

    rest.data = data;
    rest.len = size;

    text = fuzz_line(&rest);
    other = fuzz_line(&rest);
    claims = fuzz_copy(rest.data, rest.len);

    fuzz_assert(jose_issuer_read(&issuer, text) == fuzz_read(text, &braces));

    if (fuzz_read(text, &braces)) {
        fuzz_assert(jose_bytes_equal(issuer.text, text));
        fuzz_assert((issuer.claim.data != NULL) == (braces.n > 0));

        fuzz_assert(jose_issuer_equal(&issuer, text));
        fuzz_assert(jose_issuer_equal(&issuer, other)
                    == fuzz_equal(text, other));

        fuzz_match(&issuer, other, claims);

        fuzz_made(&issuer, "t-1.x_Y", true);
        fuzz_made(&issuer, "...", true);
        fuzz_made(&issuer, "", false);
        fuzz_made(&issuer, ".", false);
        fuzz_made(&issuer, "..", false);
        fuzz_made(&issuer, "a/b", false);
        fuzz_made(&issuer, "a%2e", false);
        fuzz_made(&issuer, "{tid}", false);
    }

    exact_free(text);
    exact_free(other);
    exact_free(claims);

    return 0;
}


static bool
fuzz_read(jose_bytes_t text, fuzz_braces_t *braces)
{
    size_t  i;

    memset(braces, 0, sizeof(fuzz_braces_t));

    for (i = 0; i < text.len; i++) {

        if (text.data[i] == '{') {
            braces->open = i;
            braces->n++;
        }

        if (text.data[i] == '}') {
            braces->close = i;
            braces->n++;
        }
    }

    if (text.len == 0 || text.len > JOSE_ISSUER_MAX) {
        return false;
    }

    return braces->n == 0
           || (braces->n == 2
               && text.data[braces->open] == '{'
               && text.data[braces->close] == '}'
               && braces->close > braces->open + 1
               && fuzz_all_of(text.data + braces->open + 1,
                              braces->close - braces->open - 1,
                              FUZZ_LETTERS FUZZ_DIGITS "_"));
}


static bool
fuzz_tenant(jose_bytes_t text, const fuzz_braces_t *braces,
    const json_t *iss, jose_bytes_t *tenant)
{
    size_t          len, after;
    const uint8_t  *p;

    p = (const uint8_t *) json_string_value(iss);
    len = json_string_length(iss);
    after = text.len - braces->close - 1;

    if (p == NULL || len > JOSE_ISSUER_MAX || len <= braces->open + after) {
        return false;
    }

    tenant->data = p + braces->open;
    tenant->len = len - braces->open - after;

    return memcmp(p, text.data, braces->open) == 0
           && memcmp(p + len - after, text.data + text.len - after, after)
              == 0
           && fuzz_all_of(tenant->data, tenant->len,
                          FUZZ_LETTERS FUZZ_DIGITS "-._")
           && !(tenant->len <= 2
                && fuzz_all_of(tenant->data, tenant->len, "."));
}


static bool
fuzz_all_of(const uint8_t *data, size_t len, const char *set)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (memchr(set, data[i], strlen(set)) == NULL) {
            return false;
        }
    }

    return true;
}


static void
fuzz_match(const jose_issuer_t *issuer, jose_bytes_t other,
    jose_bytes_t claims)
{
    bool                       match;
    json_t                    *json;
    oracle_t                   verdict;
    jose_json_value_t          iss;
    jose_json_object_t         object;
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    json = oracle_load(claims.data, claims.len, &verdict);

    if (json != NULL
        && jose_json_parse(claims, members, &object) == JOSE_OK
        && jose_json_get(&object, fuzz_iss, &iss))
    {
        match = jose_issuer_match(issuer, &iss, &object);

        fuzz_assert(match == fuzz_matches(issuer->text, json));

        /* the key that is bound to the issuer of a token verifies it */

        fuzz_assert(!match || jose_issuer_allows(issuer->text, &iss));

        fuzz_assert(jose_issuer_allows(issuer->text, &iss)
                    == fuzz_allows(issuer->text, json));
        fuzz_assert(jose_issuer_allows(other, &iss)
                    == fuzz_allows(other, json));
    }

    json_decref(json);
}


static bool
fuzz_matches(jose_bytes_t text, const json_t *json)
{
    char           name[JOSE_ISSUER_MAX];
    json_t        *iss;
    jose_bytes_t   tenant;
    fuzz_braces_t  braces;

    iss = json_object_get(json, "iss");
    fuzz_assert(fuzz_read(text, &braces));

    if (braces.n == 0) {
        return fuzz_is_string(text, iss);
    }

    if (!fuzz_tenant(text, &braces, iss, &tenant)) {
        return false;
    }

    (void) snprintf(name, sizeof(name), "%.*s",
                    (int) (braces.close - braces.open - 1),
                    (const char *) text.data + braces.open + 1);

    return fuzz_is_string(tenant, json_object_get(json, name));
}


static bool
fuzz_allows(jose_bytes_t text, const json_t *json)
{
    json_t         *iss;
    jose_bytes_t    tenant;
    fuzz_braces_t   braces;

    iss = json_object_get(json, "iss");

    return fuzz_is_string(text, iss)
           || (fuzz_read(text, &braces)
               && braces.n > 0
               && fuzz_tenant(text, &braces, iss, &tenant));
}


/* the same text, or templates whose ends are */

static bool
fuzz_equal(jose_bytes_t a, jose_bytes_t b)
{
    size_t         after;
    fuzz_braces_t  left, right;

    fuzz_assert(fuzz_read(a, &left));

    if (left.n == 0) {
        return jose_bytes_equal(a, b);
    }

    after = a.len - left.close;

    return fuzz_read(b, &right)
           && right.n > 0
           && left.open == right.open
           && after == b.len - right.close
           && memcmp(a.data, b.data, left.open) == 0
           && memcmp(a.data + left.close, b.data + right.close, after) == 0;
}


static bool
fuzz_is_string(jose_bytes_t text, const json_t *value)
{
    return json_is_string(value)
           && json_string_length(value) == text.len
           && memcmp(json_string_value(value), text.data, text.len) == 0;
}


static void
fuzz_made(const jose_issuer_t *issuer, const char *tenant, bool good)
{
    char                      *out;
    size_t                     n;
    jose_bytes_t               part, text;
    jose_json_value_t          iss;
    jose_json_object_t         object;
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    part.data = (const uint8_t *) tenant;
    part.len = strlen(tenant);

    if (issuer->claim.data == NULL
        || jose_bytes_equal(issuer->claim, fuzz_iss)
        || !fuzz_plain(issuer->before)
        || !fuzz_plain(issuer->after)
        || issuer->text.len + part.len > JOSE_ISSUER_MAX)
    {
        return;
    }

    out = malloc(issuer->text.len * 2 + 64);
    fuzz_assert(out != NULL);

    n = (size_t) sprintf(out, "{\"iss\":\"");
    n = fuzz_append(out, n, issuer->before);
    n = fuzz_append(out, n, part);
    n = fuzz_append(out, n, issuer->after);
    n += (size_t) sprintf(out + n, "\",\"");
    n = fuzz_append(out, n, issuer->claim);
    n += (size_t) sprintf(out + n, "\":\"%s\"}", tenant);

    text = fuzz_copy((const uint8_t *) out, n);
    free(out);

    fuzz_assert(jose_json_parse(text, members, &object) == JOSE_OK);
    fuzz_assert(jose_json_get(&object, fuzz_iss, &iss));
    fuzz_assert(jose_issuer_match(issuer, &iss, &object) == good);

    exact_free(text);
}


/* what a string of JSON can have as it is */

static bool
fuzz_plain(jose_bytes_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (!isprint(text.data[i])
            || text.data[i] == '"'
            || text.data[i] == '\\')
        {
            return false;
        }
    }

    return true;
}


static size_t
fuzz_append(char *out, size_t n, jose_bytes_t text)
{
    memcpy(out + n, text.data, text.len);

    return n + text.len;
}
