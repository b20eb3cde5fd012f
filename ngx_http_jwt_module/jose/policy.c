
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "policy.h"
#include "claims.h"

#include <string.h>


static bool jose_policy_has_type(const jose_policy_t *policy,
    const jose_json_object_t *header);
static jose_bytes_t jose_policy_subtype(jose_bytes_t type);
static bool jose_policy_same(jose_bytes_t a, jose_bytes_t b);
static uint8_t jose_policy_lower(uint8_t c);
static jose_status_t jose_policy_check_audience(const jose_policy_t *policy,
    const jose_json_object_t *claims);
static bool jose_policy_has_audience(const jose_policy_t *policy,
    const jose_json_value_t *value);
static jose_status_t jose_policy_check_age(int64_t max_age, int64_t iat,
    int64_t now, int64_t leeway);


static const jose_bytes_t  jose_policy_typ = jose_bytes("typ");
static const jose_bytes_t  jose_policy_exp = jose_bytes("exp");
static const jose_bytes_t  jose_policy_iat = jose_bytes("iat");
static const jose_bytes_t  jose_policy_aud = jose_bytes("aud");


jose_status_t
jose_policy_check(const jose_policy_t *policy,
    const jose_json_object_t *header, const jose_json_object_t *claims,
    int64_t now, int64_t leeway)
{
    jose_status_t      audience, status;
    jose_json_value_t  exp, iat;

    if (!jose_policy_has_type(policy, header)) {
        return JOSE_WRONG_TYPE;
    }

    if ((policy->require_exp && !jose_json_get(claims, jose_policy_exp, &exp))
        || (policy->max_age >= 0
            && !jose_json_get(claims, jose_policy_iat, &iat)))
    {
        return JOSE_MISSING_CLAIM;
    }

    audience = jose_policy_check_audience(policy, claims);

    if (audience == JOSE_INVALID_CLAIMS || policy->max_age < 0) {
        return audience;
    }

    if (iat.type != JOSE_JSON_NUMBER) {
        return JOSE_INVALID_CLAIMS;
    }

    status = jose_policy_check_age(policy->max_age,
                                   jose_claims_milliseconds(&iat), now,
                                   leeway);

    return status == JOSE_OK ? audience : status;
}


/* RFC 7515, 4.1.9 */

static bool
jose_policy_has_type(const jose_policy_t *policy,
    const jose_json_object_t *header)
{
    size_t             i;
    uint8_t            buf[JOSE_POLICY_TYPE_MAX];
    jose_bytes_t       type;
    jose_json_value_t  typ;

    if (policy->types_n == 0) {
        return true;
    }

    if (!jose_json_get(header, jose_policy_typ, &typ)
        || typ.type != JOSE_JSON_STRING
        || !jose_json_string_copy(&typ, buf, sizeof(buf), &type.len))
    {
        return false;
    }

    type.data = buf;
    type = jose_policy_subtype(type);

    for (i = 0; i < policy->types_n; i++) {
        if (jose_policy_same(jose_policy_subtype(policy->types[i]), type)) {
            return true;
        }
    }

    return false;
}


/* what "application/" may be left out before */

static jose_bytes_t
jose_policy_subtype(jose_bytes_t type)
{
    jose_bytes_t               head, rest;
    static const jose_bytes_t  application = jose_bytes("application/");

    if (type.len < application.len) {
        return type;
    }

    head.data = type.data;
    head.len = application.len;

    rest.data = type.data + application.len;
    rest.len = type.len - application.len;

    if (!jose_policy_same(head, application)
        || memchr(rest.data, '/', rest.len) != NULL)
    {
        return type;
    }

    return rest;
}


static bool
jose_policy_same(jose_bytes_t a, jose_bytes_t b)
{
    size_t  i;

    if (a.len != b.len) {
        return false;
    }

    for (i = 0; i < a.len; i++) {

        if (jose_policy_lower(a.data[i]) != jose_policy_lower(b.data[i])) {
            return false;
        }
    }

    return true;
}


static uint8_t
jose_policy_lower(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') ? (c | 0x20) : c;
}


/* RFC 7519, 4.1.3 */

static jose_status_t
jose_policy_check_audience(const jose_policy_t *policy,
    const jose_json_object_t *claims)
{
    bool                  found;
    jose_json_value_t     aud, value;
    jose_json_iterator_t  it;

    if (!jose_json_get(claims, jose_policy_aud, &aud)) {
        return policy->audiences_n ? JOSE_WRONG_AUDIENCE : JOSE_OK;
    }

    if (aud.type == JOSE_JSON_STRING) {
        found = jose_policy_has_audience(policy, &aud);
        return found ? JOSE_OK : JOSE_WRONG_AUDIENCE;
    }

    if (aud.type != JOSE_JSON_ARRAY) {
        return JOSE_INVALID_CLAIMS;
    }

    found = policy->audiences_n == 0;

    jose_json_iterate(&it, &aud);

    while (jose_json_next(&it, NULL, &value)) {

        if (value.type != JOSE_JSON_STRING) {
            return JOSE_INVALID_CLAIMS;
        }

        found = found || jose_policy_has_audience(policy, &value);
    }

    return found ? JOSE_OK : JOSE_WRONG_AUDIENCE;
}


static bool
jose_policy_has_audience(const jose_policy_t *policy,
    const jose_json_value_t *value)
{
    size_t  i;

    for (i = 0; i < policy->audiences_n; i++) {
        if (jose_json_string_equal(value, policy->audiences[i])) {
            return true;
        }
    }

    return policy->audiences_n == 0;
}


/* what is added is added to the clock, for iat may be anything */

static jose_status_t
jose_policy_check_age(int64_t max_age, int64_t iat, int64_t now,
    int64_t leeway)
{
    if (now - jose_claims_add(max_age, leeway) >= iat) {
        return JOSE_TOO_OLD;
    }

    if (jose_claims_add(now, leeway) < iat) {
        return JOSE_NOT_YET_VALID;
    }

    return JOSE_OK;
}
