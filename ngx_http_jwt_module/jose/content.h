
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 7518, 5: authenticated encryption of the content.
 */


#ifndef JOSE_CONTENT_H_INCLUDED
#define JOSE_CONTENT_H_INCLUDED


#include "crypto.h"


/* What is decrypted, all of it decoded but for aad. */
typedef struct {
    jose_bytes_t  aad;           /* the encoded header */
    jose_bytes_t  iv;
    jose_bytes_t  ciphertext;
    jose_bytes_t  tag;
} jose_content_t;


JOSE_HIDDEN_BEGIN

/*
 * Decrypts content with a key of enc->key_len bytes.  out has room for
 * ciphertext.len bytes; *len is set to the length of the plaintext, which is
 * written only if the tag is right.
 *
 * JOSE_OK, or JOSE_DECRYPTION_FAILED for whatever is wrong.
 */
jose_status_t jose_content_decrypt(const jose_enc_t *enc,
    const jose_crypto_t *crypto, const uint8_t *key,
    const jose_content_t *content, uint8_t *out, size_t *len);

JOSE_HIDDEN_END


#endif /* JOSE_CONTENT_H_INCLUDED */
