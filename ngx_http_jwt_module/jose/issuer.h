
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Whom a provider's tokens are from: one issuer, or one for each tenant.
 */


#ifndef JOSE_ISSUER_H_INCLUDED
#define JOSE_ISSUER_H_INCLUDED


#include "json.h"


/* The longest "iss" that a template is compared with, decoded, in bytes. */
#define JOSE_ISSUER_MAX  2048


/*
 * An issuer, or, with a claim, a template of issuers: before {claim} after.
 * All of it is borrowed.
 */
typedef struct {
    jose_bytes_t  text;
    jose_bytes_t  before;
    jose_bytes_t  claim;     /* data is NULL: text is all there is */
    jose_bytes_t  after;
} jose_issuer_t;


JOSE_HIDDEN_BEGIN

/*
 * Reads text, with at most one name of letters, digits and "_" in braces.
 * false: it is empty, longer than JOSE_ISSUER_MAX, or has other braces.
 */
bool jose_issuer_read(jose_issuer_t *issuer, jose_bytes_t text);

/*
 * Whether a token is from this issuer (RFC 7519, 4.1.1): iss, decoded, has the
 * bytes of its text.  For a template: iss has the two ends, and what is between
 * them is not empty, has only letters, digits, "-", "." and "_", is not "." or
 * "..", and is the string in the claim of that name.
 */
bool jose_issuer_match(const jose_issuer_t *issuer,
    const jose_json_value_t *iss, const jose_json_object_t *claims);

/*
 * Whether a metadata document is of this issuer (RFC 8414, 3.3): the same text,
 * or, for a template, the same ends with any name in braces between them.
 */
bool jose_issuer_equal(const jose_issuer_t *issuer, jose_bytes_t text);

/*
 * Whether a key whose JWK has this "issuer" may verify a token with this iss:
 * it is, decoded, that text, or, for a text with a name in braces, has its two
 * ends and between them what a template takes, whatever the claims are.  data
 * is NULL: the key is not bound to an issuer.
 */
bool jose_issuer_allows(jose_bytes_t issuer_of_key,
    const jose_json_value_t *iss);

JOSE_HIDDEN_END


#endif /* JOSE_ISSUER_H_INCLUDED */
