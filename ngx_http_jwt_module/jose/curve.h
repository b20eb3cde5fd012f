
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 7518, 6.2.1.1, RFC 8037, 2 and RFC 8812, 3.1: the curves, one constant
 * table, and public keys on them.
 */


#ifndef JOSE_CURVE_H_INCLUDED
#define JOSE_CURVE_H_INCLUDED


#include "alg.h"

#include <openssl/evp.h>


/* the longest coordinate, in bytes */
#define JOSE_CURVE_FIELD_MAX  66


typedef struct {
    jose_bytes_t   name;        /* "crv" */
    jose_crv_t     crv;
    jose_kty_t     kty;
    const char    *openssl;     /* its group, or the type of its keys */
    size_t         field_len;   /* bytes of a coordinate */
} jose_curve_t;


JOSE_HIDDEN_BEGIN

/* The curve of that name and key type.  NULL: it is not supported. */
const jose_curve_t *jose_curve_named(jose_kty_t kty, jose_bytes_t name);

/* The curve of a key.  NULL: it has none, or one that is not supported. */
const jose_curve_t *jose_curve_of(const EVP_PKEY *pkey);

/*
 * The public key with the coordinates x and, where curve->kty is
 * JOSE_KTY_EC, y, of curve->field_len bytes each; y may be NULL else.  The
 * caller owns the result.  NULL: it is no point of the curve, or no memory.
 */
EVP_PKEY *jose_curve_public(const jose_curve_t *curve, const uint8_t *x,
    const uint8_t *y);

/*
 * The same with the private part d, of curve->field_len bytes.  Whether it
 * belongs to the point is not looked at.
 */
EVP_PKEY *jose_curve_private(const jose_curve_t *curve, const uint8_t *x,
    const uint8_t *y, const uint8_t *d);

JOSE_HIDDEN_END


#endif /* JOSE_CURVE_H_INCLUDED */
