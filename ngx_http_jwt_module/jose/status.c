
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jose.h"

#include <string.h>


typedef struct {
    const char    *word;
    const char    *text;
    jose_fault_t   fault;
} jose_status_row_t;


static const jose_status_row_t *jose_status_row(jose_status_t status);


static const jose_status_row_t  jose_status_rows[JOSE_STATUS_N] = {

    [JOSE_OK] = {
        "ok", "ok", JOSE_FAULT_NONE },

    [JOSE_NO_TOKEN] = {
        "no_token", "no token", JOSE_FAULT_CLIENT },

    [JOSE_TOO_LARGE] = {
        "too_large", "the token is too large", JOSE_FAULT_CLIENT },

    [JOSE_MALFORMED] = {
        "malformed", "the token is malformed", JOSE_FAULT_CLIENT },

    [JOSE_INVALID_HEADER] = {
        "invalid_header", "the JOSE header is not valid",
        JOSE_FAULT_CLIENT },

    [JOSE_UNSUPPORTED_CRITICAL] = {
        "unsupported_critical",
        "a critical header parameter is not supported", JOSE_FAULT_CLIENT },

    [JOSE_UNSUPPORTED_ALGORITHM] = {
        "unsupported_algorithm", "the algorithm is not supported",
        JOSE_FAULT_CLIENT },

    [JOSE_ALGORITHM_NOT_ALLOWED] = {
        "algorithm_not_allowed", "the algorithm is not allowed",
        JOSE_FAULT_CLIENT },

    [JOSE_UNKNOWN_KEY] = {
        "unknown_key", "no key fits the token", JOSE_FAULT_CLIENT },

    [JOSE_BAD_SIGNATURE] = {
        "bad_signature", "the signature does not match", JOSE_FAULT_CLIENT },

    [JOSE_DECRYPTION_FAILED] = {
        "decryption_failed", "the token cannot be decrypted",
        JOSE_FAULT_CLIENT },

    [JOSE_INVALID_CLAIMS] = {
        "invalid_claims", "the claims are not valid", JOSE_FAULT_CLIENT },

    [JOSE_EXPIRED] = {
        "expired", "the token has expired", JOSE_FAULT_CLIENT },

    [JOSE_NOT_YET_VALID] = {
        "not_yet_valid", "the token is not valid yet", JOSE_FAULT_CLIENT },

    [JOSE_UNKNOWN_ISSUER] = {
        "unknown_issuer", "the issuer is not one of those that are trusted",
        JOSE_FAULT_CLIENT },

    [JOSE_WRONG_TYPE] = {
        "wrong_type", "the token is of another type", JOSE_FAULT_CLIENT },

    [JOSE_WRONG_AUDIENCE] = {
        "wrong_audience", "the token is meant for another audience",
        JOSE_FAULT_CLIENT },

    [JOSE_MISSING_CLAIM] = {
        "missing_claim", "a claim is missing that has to be there",
        JOSE_FAULT_CLIENT },

    [JOSE_TOO_OLD] = {
        "too_old", "the token was issued too long ago", JOSE_FAULT_CLIENT },

    [JOSE_REQUIRE_FAILED] = {
        "require_failed", "a requirement is not met", JOSE_FAULT_POLICY },

    [JOSE_KEY_NAME_REFUSED] = {
        "key_name_refused", "the name of a key file is not allowed",
        JOSE_FAULT_CLIENT },

    [JOSE_KEYS_PENDING] = {
        "keys_pending", "the keys are on their way", JOSE_FAULT_SERVER },

    [JOSE_KEYS_UNAVAILABLE] = {
        "keys_unavailable", "the keys are not available",
        JOSE_FAULT_SERVER },

    [JOSE_ERROR] = {
        "error", "internal error", JOSE_FAULT_SERVER },

    [JOSE_KEY_NOT_JSON] = {
        "key_not_json", "it is not valid JSON", JOSE_FAULT_SERVER },

    [JOSE_KEY_NOT_KEY_SET] = {
        "key_not_key_set", "it is not a key set", JOSE_FAULT_SERVER },

    [JOSE_KEY_NOT_PEM] = {
        "key_not_pem", "it is not a public key or certificate in PEM",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_NOT_ENCODED] = {
        "key_not_encoded", "it is not in the encoding that was named",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_NONE] = {
        "key_none", "it has no usable key", JOSE_FAULT_SERVER },

    [JOSE_KEY_TOO_MANY] = {
        "key_too_many", "it has more than 1024 keys", JOSE_FAULT_SERVER },

    [JOSE_KEY_MEMBER_INVALID] = {
        "key_member_invalid", "a member is missing or not valid",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_TYPE_UNKNOWN] = {
        "key_type_unknown", "its type is not supported",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_CURVE_UNKNOWN] = {
        "key_curve_unknown", "its curve is not supported",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_NOT_ON_CURVE] = {
        "key_not_on_curve", "its point is not a public key of its curve",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_LENGTH_INVALID] = {
        "key_length_invalid",
        "its length is not that of its curve or algorithm",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_RSA_SIZE] = {
        "key_rsa_size", "an RSA key has to have 2048 to 16384 bits",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_RSA_EXPONENT] = {
        "key_rsa_exponent", "its RSA exponent is not safe",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_WEAK] = {
        "key_weak", "everybody can sign for it", JOSE_FAULT_SERVER },

    [JOSE_KEY_SECRET_EMPTY] = {
        "key_secret_empty", "the secret is empty", JOSE_FAULT_SERVER },

    [JOSE_KEY_SECRET_IS_KEY] = {
        "key_secret_is_key", "it is the text of a key and not a secret",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_SECRET_SHORT] = {
        "key_secret_short", "the secret is shorter than its hash",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_PRIVATE] = {
        "key_private", "it is a private key where a public one belongs",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_NOT_FOR_SIGNATURES] = {
        "key_not_for_signatures", "it is not meant to verify signatures",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_ALGORITHM_UNKNOWN] = {
        "key_algorithm_unknown", "its algorithm is not supported",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_ALGORITHM_MISMATCH] = {
        "key_algorithm_mismatch", "its algorithm does not fit the key",
        JOSE_FAULT_SERVER },

    [JOSE_KEY_ALGORITHM_ABSENT] = {
        "key_algorithm_absent", "the linked OpenSSL lacks its algorithm",
        JOSE_FAULT_SERVER },

    [JOSE_METADATA_NOT_JSON] = {
        "metadata_not_json", "the metadata is not a JSON object",
        JOSE_FAULT_SERVER },

    [JOSE_METADATA_ISSUER] = {
        "metadata_issuer", "the metadata is of another issuer",
        JOSE_FAULT_SERVER },

    [JOSE_METADATA_NO_KEYS] = {
        "metadata_no_keys", "the metadata has no usable jwks_uri",
        JOSE_FAULT_SERVER },
};


const char *
jose_status_word(jose_status_t status)
{
    return jose_status_row(status)->word;
}


const char *
jose_status_text(jose_status_t status)
{
    return jose_status_row(status)->text;
}


jose_fault_t
jose_status_fault(jose_status_t status)
{
    return jose_status_row(status)->fault;
}


static const jose_status_row_t *
jose_status_row(jose_status_t status)
{
    if ((size_t) status >= JOSE_STATUS_N) {
        status = JOSE_ERROR;
    }

    return &jose_status_rows[status];
}


bool
jose_bytes_equal(jose_bytes_t a, jose_bytes_t b)
{
    return a.len == b.len
           && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
