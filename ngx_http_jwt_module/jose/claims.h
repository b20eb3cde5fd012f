
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#ifndef JOSE_CLAIMS_H_INCLUDED
#define JOSE_CLAIMS_H_INCLUDED


#include "json.h"


JOSE_HIDDEN_BEGIN

/*
 * RFC 7519, 4.1.4 and 4.1.5: checks "exp" and "nbf" where they are present.
 * now is in milliseconds since the epoch, leeway in milliseconds and not
 * negative.
 *
 * JOSE_EXPIRED: now >= exp + leeway.  JOSE_NOT_YET_VALID: now < nbf - leeway.
 * JOSE_INVALID_CLAIMS: one of them is not a number.
 */
jose_status_t jose_claims_check_time(const jose_json_object_t *claims,
    int64_t now, int64_t leeway);

/*
 * The value of a number in seconds as milliseconds, rounded up, so that a
 * clock of whole milliseconds compares with it exactly; computed in decimal,
 * and INT64_MAX or INT64_MIN for what is beyond these.
 */
int64_t jose_claims_milliseconds(const jose_json_value_t *value);

/* now and leeway together, or INT64_MAX; leeway is not negative. */
int64_t jose_claims_add(int64_t now, int64_t leeway);

JOSE_HIDDEN_END


#endif /* JOSE_CLAIMS_H_INCLUDED */
