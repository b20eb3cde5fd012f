
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What a provider wants of a token beyond its signature and its time.
 */


#ifndef JOSE_POLICY_H_INCLUDED
#define JOSE_POLICY_H_INCLUDED


#include "json.h"


/* The longest "typ" that can be one of the types, decoded, in bytes. */
#define JOSE_POLICY_TYPE_MAX  256


typedef struct {
    const jose_bytes_t  *audiences;
    size_t               audiences_n;   /* 0: any, or none */
    const jose_bytes_t  *types;
    size_t               types_n;       /* 0: any, or none */
    int64_t              max_age;       /* milliseconds; -1: any */
    bool                 require_exp;
} jose_policy_t;


JOSE_HIDDEN_BEGIN

/*
 * Checks the JOSE header and the claims of a token whose signature and time
 * hold.  now is in milliseconds since the epoch, leeway in milliseconds and
 * not negative.  In this order:
 *
 * JOSE_WRONG_TYPE: "typ" is none of the types (RFC 7515, 4.1.9: in any case,
 * "application/" in front is the same where no other slash follows), or is
 * not there.
 * JOSE_MISSING_CLAIM: no "exp", or no "iat" where there is a max_age.
 * JOSE_INVALID_CLAIMS: "aud" is neither a string nor an array of strings, also
 * where any audience will do; or "iat" is not a number where it is needed.
 * JOSE_TOO_OLD: now >= iat + max_age + leeway.
 * JOSE_NOT_YET_VALID: with a max_age, now < iat - leeway: an issue time to
 * come would make a token last longer.
 * JOSE_WRONG_AUDIENCE: none of the audiences is in "aud" (RFC 7519, 4.1.3), or
 * it is not there.
 */
jose_status_t jose_policy_check(const jose_policy_t *policy,
    const jose_json_object_t *header, const jose_json_object_t *claims,
    int64_t now, int64_t leeway);

JOSE_HIDDEN_END


#endif /* JOSE_POLICY_H_INCLUDED */
