
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#ifndef JOSE_JWK_H_INCLUDED
#define JOSE_JWK_H_INCLUDED


#include "key.h"

#include <jansson.h>


JOSE_HIDDEN_BEGIN

/*
 * RFC 7517, 4 and RFC 7518, 6: makes a key out of a JSON Web Key.  The members
 * "use", "key_ops" and "alg" narrow what it is for; private members are looked
 * at only where it may decrypt.
 *
 * With verifying it is for signatures alone, and they are not looked at.
 *
 * key is zeroed by the caller, who calls jose_key_clear() in any case.  jwk
 * is borrowed.
 *
 * JOSE_OK: it can be used.  JOSE_KEY_...: why not; key->kid is set even then
 * if the JWK has one.
 */
jose_status_t jose_jwk_read(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, bool verifying);

JOSE_HIDDEN_END


#endif /* JOSE_JWK_H_INCLUDED */
