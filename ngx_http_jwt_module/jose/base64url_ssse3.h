
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * base64url, 16 characters at a time, where the processor has SSSE3.
 */


#ifndef JOSE_BASE64URL_SSSE3_H_INCLUDED
#define JOSE_BASE64URL_SSSE3_H_INCLUDED


#include "jose.h"


/* What text needs to have left, and out room for, beyond each block. */
#define JOSE_BASE64URL_BLOCK  16
#define JOSE_BASE64URL_AHEAD  8


JOSE_HIDDEN_BEGIN

/*
 * Decodes the beginning of text into out, as jose_base64url_decode() does, and
 * leaves at least JOSE_BASE64URL_AHEAD characters of it.  Returns how many
 * characters were decoded, a multiple of JOSE_BASE64URL_BLOCK: none where the
 * processor cannot, or where text is short.  *valid is set to false if one of
 * these is not in the alphabet, and else not set.
 */
size_t jose_base64url_decode_blocks(jose_bytes_t text, uint8_t *out,
    bool *valid);

JOSE_HIDDEN_END


#endif /* JOSE_BASE64URL_SSSE3_H_INCLUDED */
