
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Two bytes for the time, see clock.h, one for what the policy wants, a JOSE
 * header, a newline, and claims: the verdict is the one of the rules as they
 * are written down in policy.h, over what jansson reads.
 */


#include "clock.h"
#include "policy.h"
#include "../unit/json_oracle.h"

#include <strings.h>


#define FUZZ_AUDIENCES  1
#define FUZZ_TYPES      2
#define FUZZ_EXP        4
#define FUZZ_AGE        8
#define FUZZ_NO_AGE     16

#define fuzz_count(a)   (sizeof(a) / sizeof(a[0]))


typedef struct {
    jose_json_object_t   header;
    jose_json_object_t   claims;
    json_t              *header_json;
    json_t              *claims_json;
} fuzz_token_t;


static jose_status_t fuzz_expected(const jose_policy_t *policy,
    const fuzz_token_t *token, const clock_ms_t *time);
static bool fuzz_has_type(const json_t *typ);
static const char *fuzz_subtype(const char *type);
static int fuzz_audience(const json_t *aud, bool any);
static bool fuzz_is_audience(const json_t *value);


static const jose_bytes_t  fuzz_audiences[] = {
    jose_bytes("a"), jose_bytes("https://api.example/")
};

static const jose_bytes_t  fuzz_types[] = {
    jose_bytes("JWT"), jose_bytes("application/at+jwt"),
    jose_bytes("application/a/b")
};

static const jose_bytes_t  fuzz_iat = jose_bytes("iat");


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oracle_t                   verdict;
    clock_ms_t                 time;
    jose_bytes_t               rest, header, claims;
    fuzz_token_t               token;
    jose_policy_t              policy;
    static jose_json_member_t  members[2][JOSE_JSON_MEMBERS_MAX];

    if (size < 3) {
        return 0;
    }

    memset(&policy, 0, sizeof(jose_policy_t));

    policy.audiences = fuzz_audiences;
    policy.audiences_n = data[2] & FUZZ_AUDIENCES
                         ? fuzz_count(fuzz_audiences) : 0;
    policy.types = fuzz_types;
    policy.types_n = data[2] & FUZZ_TYPES ? fuzz_count(fuzz_types) : 0;
    policy.require_exp = data[2] & FUZZ_EXP;
    policy.max_age = !(data[2] & FUZZ_AGE) ? -1
                     : data[2] & FUZZ_NO_AGE ? 0 : 3600000;

    rest.data = data + 3;
    rest.len = size - 3;

    header = fuzz_line(&rest);
    claims = fuzz_copy(rest.data, rest.len);

    token.header_json = oracle_load(header.data, header.len, &verdict);
    token.claims_json = oracle_load(claims.data, claims.len, &verdict);

    if (token.header_json != NULL
        && token.claims_json != NULL
        && jose_json_parse(header, members[0], &token.header) == JOSE_OK
        && jose_json_parse(claims, members[1], &token.claims) == JOSE_OK)
    {
        time = clock_read(&token.claims, data[0], data[1], policy.max_age);

        fuzz_assert(jose_policy_check(&policy, &token.header, &token.claims,
                                      time.now, time.leeway)
                    == fuzz_expected(&policy, &token, &time));
    }

    json_decref(token.header_json);
    json_decref(token.claims_json);

    exact_free(header);
    exact_free(claims);

    return 0;
}


static jose_status_t
fuzz_expected(const jose_policy_t *policy, const fuzz_token_t *token,
    const clock_ms_t *time)
{
    int                audience;
    json_t            *iat;
    jose_json_value_t  value;

    if (policy->types_n > 0
        && !fuzz_has_type(json_object_get(token->header_json, "typ")))
    {
        return JOSE_WRONG_TYPE;
    }

    iat = json_object_get(token->claims_json, "iat");

    if ((policy->require_exp && !json_object_get(token->claims_json, "exp"))
        || (policy->max_age >= 0 && iat == NULL))
    {
        return JOSE_MISSING_CLAIM;
    }

    audience = fuzz_audience(json_object_get(token->claims_json, "aud"),
                             policy->audiences_n == 0);

    if (audience < 0 || (policy->max_age >= 0 && !json_is_number(iat))) {
        return JOSE_INVALID_CLAIMS;
    }

    if (policy->max_age >= 0) {
        fuzz_assert(jose_json_get(&token->claims, fuzz_iat, &value));

        if (clock_compare(time->now - policy->max_age - time->leeway, &value)
            >= 0)
        {
            return JOSE_TOO_OLD;
        }

        if (clock_compare(time->now + time->leeway, &value) < 0) {
            return JOSE_NOT_YET_VALID;
        }
    }

    return audience ? JOSE_OK : JOSE_WRONG_AUDIENCE;
}


/* RFC 7515, 4.1.9 */

static bool
fuzz_has_type(const json_t *typ)
{
    size_t       i;
    const char  *type;

    type = json_string_value(typ);

    if (type == NULL
        || strlen(type) != json_string_length(typ)
        || strlen(type) > JOSE_POLICY_TYPE_MAX)
    {
        return false;
    }

    for (i = 0; i < fuzz_count(fuzz_types); i++) {
        if (strcasecmp(fuzz_subtype((const char *) fuzz_types[i].data),
                       fuzz_subtype(type))
            == 0)
        {
            return true;
        }
    }

    return false;
}


static const char *
fuzz_subtype(const char *type)
{
    const char  *slash;

    slash = strchr(type, '/');

    return slash != NULL
           && slash == strrchr(type, '/')
           && slash - type == sizeof("application") - 1
           && strncasecmp(type, "application", sizeof("application") - 1) == 0
           ? slash + 1 : type;
}


/* 1: it is for us, 0: for others, -1: it is neither string nor strings */

static int
fuzz_audience(const json_t *aud, bool any)
{
    bool     found, strings;
    size_t   i;
    json_t  *element;

    if (aud == NULL) {
        return any;
    }

    if (json_is_string(aud)) {
        return any || fuzz_is_audience(aud);
    }

    found = false;
    strings = json_is_array(aud);

    json_array_foreach(aud, i, element) {
        strings = strings && json_is_string(element);
        found = found || fuzz_is_audience(element);
    }

    return !strings ? -1 : any || found;
}


static bool
fuzz_is_audience(const json_t *value)
{
    size_t        i;
    jose_bytes_t  text;

    text.data = (const uint8_t *) json_string_value(value);
    text.len = json_string_length(value);

    for (i = 0; i < fuzz_count(fuzz_audiences); i++) {
        if (text.data != NULL && jose_bytes_equal(text, fuzz_audiences[i])) {
            return true;
        }
    }

    return false;
}
