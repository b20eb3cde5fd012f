
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The types that every room of jose/ shares.  jose/ knows no nginx: it takes
 * bytes, time and policy as arguments, logs nothing and returns a status.
 */


#ifndef JOSE_H_INCLUDED
#define JOSE_H_INCLUDED


#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>


/*
 * nginx loads modules with RTLD_GLOBAL, where two modules that define one
 * name share one body: nothing of this library may be seen outside.
 */

#define JOSE_HIDDEN_BEGIN  _Pragma("GCC visibility push(hidden)")
#define JOSE_HIDDEN_END    _Pragma("GCC visibility pop")


/* The longest token that is looked at, in bytes. */
#define JOSE_TOKEN_MAX      65536

/* The longest signature: ML-DSA-87; RSA of 16384 bits needs 2048 bytes. */
#define JOSE_SIGNATURE_MAX  4627

/* The keys of the largest key set that is read. */
#define JOSE_KEYS_MAX       1024

/* How many keys are tried for one token. */
#define JOSE_KEYS_TRIED     16


typedef struct {
    const uint8_t  *data;
    size_t          len;
} jose_bytes_t;


#define jose_bytes(text)  { (const uint8_t *) text, sizeof(text) - 1 }


typedef enum {
    JOSE_OK = 0,

    /* what is wrong with a token */

    JOSE_NO_TOKEN,
    JOSE_TOO_LARGE,
    JOSE_MALFORMED,
    JOSE_INVALID_HEADER,
    JOSE_UNSUPPORTED_CRITICAL,
    JOSE_UNSUPPORTED_ALGORITHM,
    JOSE_ALGORITHM_NOT_ALLOWED,
    JOSE_UNKNOWN_KEY,
    JOSE_BAD_SIGNATURE,
    JOSE_DECRYPTION_FAILED,
    JOSE_INVALID_CLAIMS,
    JOSE_EXPIRED,
    JOSE_NOT_YET_VALID,
    JOSE_UNKNOWN_ISSUER,
    JOSE_WRONG_TYPE,
    JOSE_WRONG_AUDIENCE,
    JOSE_MISSING_CLAIM,
    JOSE_TOO_OLD,
    JOSE_REQUIRE_FAILED,
    JOSE_KEY_NAME_REFUSED,

    /* what is wrong on our side */

    JOSE_KEYS_UNAVAILABLE,
    JOSE_KEYS_PENDING,
    JOSE_ERROR,

    /* what is wrong with a key or a key set */

    JOSE_KEY_NOT_JSON,
    JOSE_KEY_NOT_KEY_SET,
    JOSE_KEY_NOT_PEM,
    JOSE_KEY_NOT_ENCODED,
    JOSE_KEY_NONE,
    JOSE_KEY_TOO_MANY,
    JOSE_KEY_MEMBER_INVALID,
    JOSE_KEY_TYPE_UNKNOWN,
    JOSE_KEY_CURVE_UNKNOWN,
    JOSE_KEY_NOT_ON_CURVE,
    JOSE_KEY_LENGTH_INVALID,
    JOSE_KEY_RSA_SIZE,
    JOSE_KEY_RSA_EXPONENT,
    JOSE_KEY_WEAK,
    JOSE_KEY_SECRET_EMPTY,
    JOSE_KEY_SECRET_IS_KEY,
    JOSE_KEY_SECRET_SHORT,
    JOSE_KEY_PRIVATE,
    JOSE_KEY_NOT_FOR_SIGNATURES,
    JOSE_KEY_ALGORITHM_UNKNOWN,
    JOSE_KEY_ALGORITHM_MISMATCH,
    JOSE_KEY_ALGORITHM_ABSENT,

    /* what is wrong with the metadata of a provider */

    JOSE_METADATA_NOT_JSON,
    JOSE_METADATA_ISSUER,
    JOSE_METADATA_NO_KEYS,

    JOSE_STATUS_N
} jose_status_t;


typedef enum {
    JOSE_FAULT_SERVER = 0,  /* nothing was decided about the token */
    JOSE_FAULT_CLIENT,      /* the token is to be refused */
    JOSE_FAULT_POLICY,      /* a good token that the configuration refuses */
    JOSE_FAULT_NONE
} jose_fault_t;


JOSE_HIDDEN_BEGIN

/*
 * jose_status_word() is one word for $jwt_status, jose_status_text() one
 * phrase without a full stop for log lines and for the error_description of
 * RFC 6750, 3, jose_status_fault() says whose fault it is.  All three are
 * constants; a status out of range is answered as JOSE_ERROR.
 */
const char *jose_status_word(jose_status_t status);
const char *jose_status_text(jose_status_t status);
jose_fault_t jose_status_fault(jose_status_t status);

/* Equality is length and bytes.  Not for secrets. */
bool jose_bytes_equal(jose_bytes_t a, jose_bytes_t b);

JOSE_HIDDEN_END


#endif /* JOSE_H_INCLUDED */
