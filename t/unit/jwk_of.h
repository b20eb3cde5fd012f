
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#ifndef JWK_OF_H_INCLUDED
#define JWK_OF_H_INCLUDED


#include <openssl/evp.h>


/*
 * Writes a key with its private part as a JWK (RFC 7517, 4), with more behind
 * its members: ",\"kid\":\"1\"".  Whatever fails ends the program.
 */
void jwk_of(EVP_PKEY *pkey, const char *more, char *out);


#endif /* JWK_OF_H_INCLUDED */
