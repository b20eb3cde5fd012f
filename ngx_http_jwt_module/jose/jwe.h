
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 7516: JSON Web Encryption, compact serialization.
 */


#ifndef JOSE_JWE_H_INCLUDED
#define JOSE_JWE_H_INCLUDED


#include "jws.h"


/* The longest encrypted key: RSA of 16384 bits. */
#define JOSE_ENCRYPTED_KEY_MAX  2048


/* The parts of a token, still encoded: slices of it. */
typedef struct {
    jose_bytes_t  header;
    jose_bytes_t  encrypted_key;   /* may be empty */
    jose_bytes_t  iv;
    jose_bytes_t  ciphertext;
    jose_bytes_t  tag;
} jose_jwe_t;


/* What a JOSE header asks for; values are borrowed from it. */
typedef struct {
    bool                has_kid;
    jose_json_value_t   kid;
    const jose_wrap_t  *wrap;      /* NULL: not supported */
    const jose_enc_t   *enc;       /* NULL: not supported */
    jose_json_value_t   object;    /* the header, for "epk", "iv", "tag" */
} jose_jwe_header_t;


JOSE_HIDDEN_BEGIN

/*
 * RFC 7516, 7.1: finds the five parts of token, which stay borrowed.
 *
 * JOSE_TOO_LARGE: over JOSE_TOKEN_MAX bytes.  JOSE_MALFORMED: not five parts,
 * or an empty one but for the encrypted key and the ciphertext.
 */
jose_status_t jose_jwe_split(jose_bytes_t token, jose_jwe_t *jwe);

/*
 * RFC 7516, 4.1: reads the parameters that decide how a token is decrypted.
 *
 * JOSE_INVALID_HEADER: "alg" or "enc" is not a string, or "kid" is there and
 * is not one.  JOSE_UNSUPPORTED_CRITICAL: a "crit" of any kind.
 * JOSE_UNSUPPORTED_ALGORITHM: "alg" or "enc" is not in the tables, or there is
 * a "zip": a small token could become a large one.
 */
jose_status_t jose_jwe_header_read(const jose_json_object_t *object,
    jose_jwe_header_t *header);

/*
 * RFC 7516, 5.2: decrypts with the keys of n sets, chosen as by
 * jose_jws_verify().  out has room for twice
 * jose_base64url_decoded_len(jwe->ciphertext.len) bytes, the second half is
 * work space; *len is set to the length of the plaintext.
 *
 * JOSE_OK.  JOSE_MALFORMED: a part is not base64url, or longer than any
 * algorithm makes it.  JOSE_UNKNOWN_KEY: no key fits.  JOSE_DECRYPTION_FAILED:
 * whatever else is wrong with the token.  JOSE_ERROR: OpenSSL failed.
 */
jose_status_t jose_jwe_decrypt(const jose_jwe_t *jwe,
    const jose_jwe_header_t *header, const jose_crypto_t *crypto,
    const jose_keys_t *const *sets, size_t n, uint8_t *out, size_t *len);

JOSE_HIDDEN_END


#endif /* JOSE_JWE_H_INCLUDED */
