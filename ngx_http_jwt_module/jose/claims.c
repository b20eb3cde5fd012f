
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "claims.h"


/* beyond any exponent that matters, below any overflow */
#define JOSE_EXPONENT_MAX  100000


static const uint8_t *jose_claims_exponent(const uint8_t *p,
    const uint8_t *last, int32_t *exponent);
static int64_t jose_claims_append(int64_t value, int64_t digit);
static int64_t jose_claims_add(int64_t now, int64_t leeway);


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


/*
 * A number is [ "-" ] digits [ "." digits ] [ exponent ].  Its digits in a
 * row, times ten to the power of what place becomes, are the seconds.
 */

int64_t
jose_claims_milliseconds(const jose_json_value_t *number)
{
    bool            negative, rest;
    int32_t         place;
    int64_t         value;
    const uint8_t  *p, *digits, *last;

    p = number->text.data;
    last = p + number->text.len;

    negative = (*p == '-');

    if (negative) {
        p++;
    }

    digits = p;

    last = jose_claims_exponent(p, last, &place);

    /* place is now how many digits stand before the point, in milliseconds */

    for (place += 3; p < last && *p != '.'; p++) {
        place++;
    }

    value = 0;
    rest = false;

    for (p = digits; p < last; p++) {

        if (*p == '.') {
            continue;
        }

        if (place > 0) {
            value = jose_claims_append(value, *p - '0');
            place--;
            continue;
        }

        rest = rest || *p != '0';
    }

    while (place > 0 && value != 0 && value != INT64_MAX) {
        value = jose_claims_append(value, 0);
        place--;
    }

    if (value == INT64_MAX) {
        return negative ? INT64_MIN : INT64_MAX;
    }

    if (negative) {
        return -value;
    }

    return value + rest;
}


/* Returns where the digits before the exponent end. */

static const uint8_t *
jose_claims_exponent(const uint8_t *p, const uint8_t *last,
    int32_t *exponent)
{
    bool            negative;
    const uint8_t  *end;

    *exponent = 0;

    while (p < last && *p != 'e' && *p != 'E') {
        p++;
    }

    end = p;

    if (p == last) {
        return end;
    }

    p++;

    negative = (*p == '-');

    if (*p == '-' || *p == '+') {
        p++;
    }

    for ( /* void */ ; p < last; p++) {
        if (*exponent < JOSE_EXPONENT_MAX) {
            *exponent = *exponent * 10 + (*p - '0');
        }
    }

    if (negative) {
        *exponent = -*exponent;
    }

    return end;
}


static int64_t
jose_claims_append(int64_t value, int64_t digit)
{
    if (value > (INT64_MAX - 9) / 10) {
        return INT64_MAX;
    }

    return value * 10 + digit;
}


static int64_t
jose_claims_add(int64_t now, int64_t leeway)
{
    return (now > INT64_MAX - leeway) ? INT64_MAX : now + leeway;
}
