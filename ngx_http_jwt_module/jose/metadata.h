
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * OpenID Connect Discovery 1.0, 3, and RFC 8414, 2: what a provider says of
 * itself.
 */


#ifndef JOSE_METADATA_H_INCLUDED
#define JOSE_METADATA_H_INCLUDED


#include "issuer.h"


JOSE_HIDDEN_BEGIN

/*
 * Reads a metadata document and copies its "jwks_uri" to uri, which has room
 * for size bytes, and sets *len; what kind of URI it is is the caller's to
 * check.
 *
 * JOSE_METADATA_NOT_JSON: it is not a JSON object.  JOSE_METADATA_ISSUER: its
 * "issuer" is not the one that was asked for (RFC 8414, 3.3).
 * JOSE_METADATA_NO_KEYS: "jwks_uri" is missing, not a string, empty, or does
 * not fit.  JOSE_ERROR: no memory.
 */
jose_status_t jose_metadata_read(jose_bytes_t text,
    const jose_issuer_t *issuer, uint8_t *uri, size_t size, size_t *len);

JOSE_HIDDEN_END


#endif /* JOSE_METADATA_H_INCLUDED */
