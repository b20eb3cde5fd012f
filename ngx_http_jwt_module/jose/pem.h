
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#ifndef JOSE_PEM_H_INCLUDED
#define JOSE_PEM_H_INCLUDED


#include "jose.h"

#include <openssl/bio.h>
#include <openssl/evp.h>


JOSE_HIDDEN_BEGIN

/*
 * RFC 7468: takes the next block out of bio: PUBLIC KEY, RSA PUBLIC KEY or
 * CERTIFICATE, whose dates and issuer are not looked at: the file is trusted
 * as it is; or a private key without a pass phrase.
 *
 * JOSE_OK: *pkey is a key that the caller owns, *private tells which kind.
 * JOSE_KEY_NOT_PEM: the block cannot be used, there may be further ones.
 * JOSE_KEY_ALGORITHM_ABSENT: the same, as OpenSSL lacks what the key is for.
 * JOSE_KEY_NONE: there is no further block.  JOSE_ERROR: no memory.
 */
jose_status_t jose_pem_next(BIO *bio, EVP_PKEY **pkey, bool *private);

JOSE_HIDDEN_END


#endif /* JOSE_PEM_H_INCLUDED */
