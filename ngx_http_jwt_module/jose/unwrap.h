
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 7518, 4: the content encryption key of a token.
 */


#ifndef JOSE_UNWRAP_H_INCLUDED
#define JOSE_UNWRAP_H_INCLUDED


#include "jwe.h"


JOSE_HIDDEN_BEGIN

/*
 * Writes enc->key_len bytes to out: the content encryption key that key
 * unwraps, or, whatever is wrong with the encrypted key or the parameters of
 * the header, random ones, so that all failures look alike behind it (RFC
 * 7516, 11.5).  The row of header->wrap is in key->wraps.  JOSE_ERROR: there
 * is no randomness.
 */
jose_status_t jose_unwrap(const jose_key_t *key, const jose_crypto_t *crypto,
    const jose_jwe_header_t *header, jose_bytes_t encrypted_key,
    uint8_t *out);

JOSE_HIDDEN_END


#endif /* JOSE_UNWRAP_H_INCLUDED */
