
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The key management and content encryption algorithms of RFC 7518, 4.1 and
 * 5.1 and RFC 8037, 3.2: two constant tables.
 *
 * RSA1_5 and PBES2 are not in them by design: the one is an oracle by its
 * nature (RFC 8725, 3.2), the other lets a client choose our work.
 */


#ifndef JOSE_ENC_H_INCLUDED
#define JOSE_ENC_H_INCLUDED


#include "alg.h"


/* What both tables need of OpenSSL, fetched once: see crypto.h. */
typedef enum {
    JOSE_CIPHER_NONE = 0,
    JOSE_CIPHER_A128_WRAP,
    JOSE_CIPHER_A192_WRAP,
    JOSE_CIPHER_A256_WRAP,
    JOSE_CIPHER_A128_GCM,
    JOSE_CIPHER_A192_GCM,
    JOSE_CIPHER_A256_GCM,
    JOSE_CIPHER_A128_CBC,
    JOSE_CIPHER_A192_CBC,
    JOSE_CIPHER_A256_CBC,
    JOSE_CIPHER_N
} jose_cipher_t;


typedef enum {
    JOSE_WRAP_DIRECT = 0,
    JOSE_WRAP_AES,
    JOSE_WRAP_AES_GCM,
    JOSE_WRAP_RSA_OAEP,
    JOSE_WRAP_ECDH,         /* ECDH-ES */
    JOSE_WRAP_ECDH_AES      /* ECDH-ES with key wrapping */
} jose_wrap_kind_t;


typedef struct {
    jose_bytes_t      name;
    jose_wrap_kind_t  kind;
    jose_cipher_t     cipher;
    size_t            key_len;   /* bytes of the AES key; 0: none */
    const char       *digest;    /* of RSA-OAEP, as OpenSSL calls it */
} jose_wrap_t;


typedef enum {
    JOSE_ENC_CBC_HMAC = 0,
    JOSE_ENC_GCM
} jose_enc_kind_t;


typedef struct {
    jose_bytes_t      name;
    jose_enc_kind_t   kind;
    size_t            key_len;   /* bytes of the content encryption key */
    size_t            iv_len;
    size_t            tag_len;
    jose_cipher_t     cipher;
    jose_digest_t     digest;    /* of the HMAC */
} jose_enc_t;


#define JOSE_WRAP_N            15
#define JOSE_ENC_N             6

/* the longest content encryption key and initialization vector */
#define JOSE_CONTENT_KEY_MAX   64
#define JOSE_CONTENT_IV_MAX    16

/* A set of rows: bit i stands for jose_wraps[i]. */
typedef uint32_t  jose_wrap_set_t;

#define JOSE_WRAP_ALL  ((jose_wrap_set_t) (1u << JOSE_WRAP_N) - 1)


JOSE_HIDDEN_BEGIN

extern const jose_wrap_t  jose_wraps[JOSE_WRAP_N];
extern const jose_enc_t   jose_encs[JOSE_ENC_N];

/*
 * The row of that name, compared byte by byte.  NULL: it is not supported.
 */
const jose_wrap_t *jose_wrap_named(jose_bytes_t name);
const jose_enc_t *jose_enc_named(jose_bytes_t name);

/* The row of content encryption with that cipher.  NULL: there is none. */
const jose_enc_t *jose_enc_of_cipher(jose_cipher_t cipher);

/* The set of that one row. */
jose_wrap_set_t jose_wrap_bit(const jose_wrap_t *wrap);

/*
 * The rows that a secret of len bytes may serve: those whose AES key is as
 * long, and "dir" if a content encryption key is as long.
 */
jose_wrap_set_t jose_wrap_fitting_secret(size_t len);

/*
 * The rows of that kind: "dir", RSA-OAEP, both kinds of ECDH; the last are
 * none for a curve that only signs.
 */
jose_wrap_set_t jose_wrap_direct(void);
jose_wrap_set_t jose_wrap_fitting_rsa(void);
jose_wrap_set_t jose_wrap_fitting_ecdh(jose_crv_t crv);

JOSE_HIDDEN_END


#endif /* JOSE_ENC_H_INCLUDED */
