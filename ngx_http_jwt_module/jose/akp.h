
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 9964: keys of the type AKP, which are those of ML-DSA.
 */


#ifndef JOSE_AKP_H_INCLUDED
#define JOSE_AKP_H_INCLUDED


#include "crypto.h"

#include <openssl/x509.h>


/* the longest public key, in bytes: that of ML-DSA-87 */
#define JOSE_AKP_PUBLIC_MAX  2592


JOSE_HIDDEN_BEGIN

/*
 * The row of jose_algs that such a key is for: by the name of it, by the key,
 * or by what a SubjectPublicKeyInfo says, which OpenSSL need not understand.
 * NULL: there is none.
 */
const jose_alg_t *jose_akp_named(jose_bytes_t name);
const jose_alg_t *jose_akp_of(const EVP_PKEY *pkey);
const jose_alg_t *jose_akp_of_info(const X509_PUBKEY *info);

/* How many bytes a public key for that row has. */
size_t jose_akp_public_len(const jose_alg_t *alg);

/*
 * The public key with these bytes, as many as jose_akp_public_len() says.  The
 * caller owns it.  NULL: OpenSSL refuses it.
 */
EVP_PKEY *jose_akp_public(const jose_alg_t *alg, const uint8_t *bytes);

/*
 * JOSE_OK: a key.  JOSE_KEY_WEAK: one for which everybody can sign.
 * JOSE_ERROR: OpenSSL failed.
 */
jose_status_t jose_akp_check(const EVP_PKEY *pkey);

JOSE_HIDDEN_END


#endif /* JOSE_AKP_H_INCLUDED */
