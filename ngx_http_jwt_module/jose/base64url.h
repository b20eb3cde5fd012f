
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#ifndef JOSE_BASE64URL_H_INCLUDED
#define JOSE_BASE64URL_H_INCLUDED


#include "jose.h"


/* The exact number of bytes that len characters of unpadded text hold. */
#define jose_base64url_decoded_len(len)  ((len) / 4 * 3 + (len) % 4 * 3 / 4)


JOSE_HIDDEN_BEGIN

/*
 * RFC 7515, 2: base64url without padding, in its one canonical spelling.
 *
 * Decodes text into out, which has room for
 * jose_base64url_decoded_len(text.len) bytes and may not overlap text.
 *
 * true: that many bytes were written.  false: a character outside of the
 * alphabet, padding, a length that no input has (1 modulo 4) or spare bits
 * that are not zero; what out holds is then undefined.
 */
bool jose_base64url_decode(jose_bytes_t text, uint8_t *out);

/*
 * RFC 4648, 4: base64 with the alphabet "+/"; padding may be absent but must
 * be right where it is given; spare bits must be zero.  For secrets in the
 * configuration, never for tokens.
 *
 * out has room for jose_base64url_decoded_len(text.len) bytes; *len is set to
 * the number that was written.  false: as above.
 */
bool jose_base64_decode(jose_bytes_t text, uint8_t *out, size_t *len);

JOSE_HIDDEN_END


#endif /* JOSE_BASE64URL_H_INCLUDED */
