
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 7515: JSON Web Signature, compact serialization.
 */


#ifndef JOSE_JWS_H_INCLUDED
#define JOSE_JWS_H_INCLUDED


#include "json.h"
#include "keys.h"


/* The parts of a token, still encoded: slices of it. */
typedef struct {
    jose_bytes_t  header;
    jose_bytes_t  payload;
    jose_bytes_t  signature;   /* may be empty */
    jose_bytes_t  input;       /* what is signed: header "." payload */
} jose_jws_t;


/* What a JOSE header asks for. */
typedef struct {
    bool               has_kid;
    jose_json_value_t  kid;    /* a string, borrowed from the header */
    jose_alg_set_t     algs;   /* the rows of that name; 0: not supported */
} jose_header_t;


/* What a signature is verified with. */
typedef struct {
    const jose_keys_t *const  *sets;
    size_t                     n;
    jose_alg_set_t             algs;  /* the rows that are allowed */
    const jose_json_value_t   *iss;   /* NULL: no key is asked for its issuer */
} jose_trust_t;


JOSE_HIDDEN_BEGIN

/*
 * RFC 7515, 7.1: finds the three parts of token, which stay borrowed.
 *
 * JOSE_TOO_LARGE: over JOSE_TOKEN_MAX bytes.  JOSE_MALFORMED: not three
 * parts, or an empty header or payload.
 */
jose_status_t jose_jws_split(jose_bytes_t token, jose_jws_t *jws);

/*
 * RFC 7515, 4.1: reads the parameters that decide how a token is verified.
 * "jku", "jwk", "x5u" and "x5c" are never used.
 *
 * JOSE_INVALID_HEADER: "alg" is not a string, or "kid" is there and is not
 * one.  JOSE_UNSUPPORTED_CRITICAL: a "crit" of any kind, for no extension is
 * understood (4.1.11), or a "b64" that is not true (RFC 7797, 6).  An
 * algorithm that is not supported is no failure here, but leaves an empty
 * header->algs, or one with rows that crypto->algs has not.
 */
jose_status_t jose_header_read(const jose_json_object_t *object,
    jose_header_t *header);

/*
 * RFC 7515, 5.2: verifies the signature with the keys of n sets, narrowed to
 * the rows of algs and, with the iss of the token, to the keys that
 * jose_issuer_allows() for it.  A "kid" means the keys that have it, or, where
 * no key of any set has it, those without a kid; without a "kid" all fitting
 * keys are tried.  Never more than JOSE_KEYS_TRIED.
 *
 * JOSE_OK: one key verified it.  Else JOSE_UNSUPPORTED_ALGORITHM,
 * JOSE_ALGORITHM_NOT_ALLOWED, JOSE_UNKNOWN_KEY (no key fits), JOSE_MALFORMED
 * (one does, but the signature is not base64url), JOSE_BAD_SIGNATURE, or
 * JOSE_ERROR.
 */
jose_status_t jose_jws_verify(const jose_jws_t *jws,
    const jose_header_t *header, const jose_crypto_t *crypto,
    const jose_trust_t *trust);

JOSE_HIDDEN_END


#endif /* JOSE_JWS_H_INCLUDED */
