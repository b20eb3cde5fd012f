
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "claims.h"
#include "number.h"


/* of seconds that are no more than 64 bits as milliseconds */
#define JOSE_CLAIMS_DIGITS  15


static bool jose_claims_seconds(jose_bytes_t text, int64_t *seconds);
static int64_t jose_claims_append(int64_t value, int64_t digit);


static const jose_bytes_t  jose_claim_exp = jose_bytes("exp");
static const jose_bytes_t  jose_claim_nbf = jose_bytes("nbf");


jose_status_t
jose_claims_check_time(const jose_json_object_t *claims, int64_t now,
    int64_t leeway)
{
    jose_json_value_t  value;

    /* RFC 7519, 4.1.4 */

    if (jose_json_get(claims, jose_claim_exp, &value)) {

        if (value.type != JOSE_JSON_NUMBER) {
            return JOSE_INVALID_CLAIMS;
        }

        if (now - leeway >= jose_claims_milliseconds(&value)) {
            return JOSE_EXPIRED;
        }
    }

    /* RFC 7519, 4.1.5 */

    if (jose_json_get(claims, jose_claim_nbf, &value)) {

        if (value.type != JOSE_JSON_NUMBER) {
            return JOSE_INVALID_CLAIMS;
        }

        if (jose_claims_add(now, leeway) < jose_claims_milliseconds(&value)) {
            return JOSE_NOT_YET_VALID;
        }
    }

    return JOSE_OK;
}


int64_t
jose_claims_milliseconds(const jose_json_value_t *value)
{
    int            digit;
    bool           rest;
    int64_t        ms;
    jose_number_t  number;

    if (jose_claims_seconds(value->text, &ms)) {
        return ms * 1000;
    }

    jose_number_read(&number, value);

    ms = 0;
    rest = false;

    for (number.place += 3; ; number.place--) {
        digit = jose_number_digit(&number);

        if (digit < 0) {
            break;
        }

        if (number.place > 0) {
            ms = jose_claims_append(ms, digit);

        } else {
            rest = rest || digit != 0;
        }
    }

    while (number.place-- > 0 && ms != 0 && ms != INT64_MAX) {
        ms = jose_claims_append(ms, 0);
    }

    if (ms == INT64_MAX) {
        return number.negative ? INT64_MIN : INT64_MAX;
    }

    return number.negative ? -ms : ms + rest;
}


/* what nearly all of them are: some digits, and nothing else */

static bool
jose_claims_seconds(jose_bytes_t text, int64_t *seconds)
{
    size_t  i;

    if (text.len > JOSE_CLAIMS_DIGITS) {
        return false;
    }

    *seconds = 0;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }

        *seconds = *seconds * 10 + (text.data[i] - '0');
    }

    return true;
}


static int64_t
jose_claims_append(int64_t value, int64_t digit)
{
    if (value > (INT64_MAX - 9) / 10) {
        return INT64_MAX;
    }

    return value * 10 + digit;
}


int64_t
jose_claims_add(int64_t now, int64_t leeway)
{
    return (now > INT64_MAX - leeway) ? INT64_MAX : now + leeway;
}
