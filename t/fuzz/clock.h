
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * A time near to one that the claims name, for t/fuzz/claims.c and
 * t/fuzz/policy.c: the first byte says which one, and the second the leeway.
 */


#ifndef CLOCK_H_INCLUDED
#define CLOCK_H_INCLUDED


#include "claims.h"
#include "decimal.h"


/* of now and of leeway: whole milliseconds, and far from the end of int64_t */
#define CLOCK_MAX  ((int64_t) 1 << 60)


typedef struct {
    int64_t  now;
    int64_t  leeway;
} clock_ms_t;


/* more: what may be added to the claim besides the leeway */

static inline clock_ms_t
clock_read(const jose_json_object_t *claims, uint8_t which, uint8_t leeway,
    int64_t more)
{
    clock_ms_t                 time;
    jose_json_value_t          value;
    static const int64_t       leeways[] = { 0, 1, 60000, CLOCK_MAX };
    static const jose_bytes_t  names[] = {
        jose_bytes("exp"), jose_bytes("nbf"), jose_bytes("iat")
    };

    time.leeway = leeways[leeway % 4];
    time.now = 1700000000000;

    if (jose_json_get(claims, names[which % 3], &value)
        && value.type == JOSE_JSON_NUMBER)
    {
        time.now = jose_claims_milliseconds(&value);
    }

    if (time.now < -CLOCK_MAX) {
        time.now = -CLOCK_MAX;
    }

    if (time.now > CLOCK_MAX) {
        time.now = CLOCK_MAX;
    }

    /* a millisecond before, on it and behind */

    time.now += which / 3 % 3;
    time.now--;

    switch (which / 9 % 4) {

    case 0:
        break;

    case 1:
        time.now += time.leeway;
        break;

    case 2:
        time.now -= time.leeway;
        break;

    case 3:
        time.now += time.leeway + more;
        break;
    }

    if (time.now < 0) {
        time.now = 0;
    }

    return time;
}


/* less than, equal to or greater than zero, as ms is than value */

static inline int
clock_compare(int64_t ms, const jose_json_value_t *value)
{
    return decimal_compare(decimal_of_milliseconds(ms),
                           decimal_of_value(value));
}


#endif /* CLOCK_H_INCLUDED */
