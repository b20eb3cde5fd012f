
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Public keys of Ed25519 and Ed448: OpenSSL takes any bytes for one.
 */


#ifndef JOSE_EDWARDS_H_INCLUDED
#define JOSE_EDWARDS_H_INCLUDED


#include "alg.h"


JOSE_HIDDEN_BEGIN

/*
 * RFC 8032, 5.1.3 and 5.2.3: checks the encoding of a point of crv, which is
 * one of the two curves, in key, which has the length of that curve.
 *
 * JOSE_OK: a key.  JOSE_KEY_NOT_ON_CURVE: not the canonical encoding of a
 * point, or a point of small order, for which everybody can sign.
 * JOSE_ERROR: no memory.
 */
jose_status_t jose_edwards_check(jose_crv_t crv, jose_bytes_t key);

JOSE_HIDDEN_END


#endif /* JOSE_EDWARDS_H_INCLUDED */
