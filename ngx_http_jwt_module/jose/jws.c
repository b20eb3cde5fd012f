
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jws.h"
#include "base64url.h"
#include "issuer.h"
#include "select.h"

#include <string.h>


/* the longest name of an algorithm, each character written as an escape */
#define JOSE_ALG_NAME_MAX  64


static jose_alg_set_t jose_header_algs(const jose_json_value_t *alg);
static jose_status_t jose_jws_try(const jose_jws_t *jws,
    const jose_header_t *header, const jose_crypto_t *crypto,
    const jose_trust_t *trust, jose_alg_set_t allowed);
static jose_status_t jose_jws_signature(const jose_jws_t *jws, uint8_t *out,
    size_t *len);


static const jose_bytes_t  jose_header_alg = jose_bytes("alg");
static const jose_bytes_t  jose_header_kid = jose_bytes("kid");
static const jose_bytes_t  jose_header_crit = jose_bytes("crit");
static const jose_bytes_t  jose_header_b64 = jose_bytes("b64");


jose_status_t
jose_jws_split(jose_bytes_t token, jose_jws_t *jws)
{
    const uint8_t  *first, *second, *end;

    if (token.len > JOSE_TOKEN_MAX) {
        return JOSE_TOO_LARGE;
    }

    if (token.len == 0) {
        return JOSE_MALFORMED;
    }

    end = token.data + token.len;

    first = memchr(token.data, '.', token.len);
    if (first == NULL) {
        return JOSE_MALFORMED;
    }

    second = memchr(first + 1, '.', (size_t) (end - (first + 1)));
    if (second == NULL) {
        return JOSE_MALFORMED;
    }

    jws->header.data = token.data;
    jws->header.len = (size_t) (first - token.data);

    jws->payload.data = first + 1;
    jws->payload.len = (size_t) (second - (first + 1));

    jws->signature.data = second + 1;
    jws->signature.len = (size_t) (end - (second + 1));

    jws->input.data = token.data;
    jws->input.len = (size_t) (second - token.data);

    if (jws->header.len == 0
        || jws->payload.len == 0
        || memchr(second + 1, '.', jws->signature.len) != NULL)
    {
        return JOSE_MALFORMED;
    }

    return JOSE_OK;
}


jose_status_t
jose_header_read(const jose_json_object_t *object, jose_header_t *header)
{
    jose_json_value_t  value;

    if (!jose_json_get(object, jose_header_alg, &value)
        || value.type != JOSE_JSON_STRING)
    {
        return JOSE_INVALID_HEADER;
    }

    header->algs = jose_header_algs(&value);

    header->has_kid = jose_json_get(object, jose_header_kid, &header->kid);

    if (header->has_kid && header->kid.type != JOSE_JSON_STRING) {
        return JOSE_INVALID_HEADER;
    }

    /* RFC 7515, 4.1.11 */

    if (jose_json_get(object, jose_header_crit, &value)) {
        return JOSE_UNSUPPORTED_CRITICAL;
    }

    /* RFC 7797, 6 */

    if (jose_json_get(object, jose_header_b64, &value)
        && value.type != JOSE_JSON_TRUE)
    {
        return JOSE_UNSUPPORTED_CRITICAL;
    }

    return JOSE_OK;
}


static jose_alg_set_t
jose_header_algs(const jose_json_value_t *alg)
{
    uint8_t       buf[JOSE_ALG_NAME_MAX];
    jose_bytes_t  name;

    if (alg->text.len > JOSE_ALG_NAME_MAX) {
        return 0;
    }

    name.data = buf;
    name.len = jose_json_string_decode(alg, buf);

    return jose_alg_named(name);
}


jose_status_t
jose_jws_verify(const jose_jws_t *jws, const jose_header_t *header,
    const jose_crypto_t *crypto, const jose_trust_t *trust)
{
    jose_alg_set_t  allowed;

    if ((header->algs & crypto->algs) == 0) {
        return JOSE_UNSUPPORTED_ALGORITHM;
    }

    allowed = trust->algs & header->algs;

    if (allowed == 0) {
        return JOSE_ALGORITHM_NOT_ALLOWED;
    }

    return jose_jws_try(jws, header, crypto, trust, allowed);
}


static jose_status_t
jose_jws_try(const jose_jws_t *jws, const jose_header_t *header,
    const jose_crypto_t *crypto, const jose_trust_t *trust,
    jose_alg_set_t allowed)
{
    size_t             tried;
    uint8_t            buf[JOSE_SIGNATURE_MAX];
    jose_bytes_t       signature;
    jose_status_t      status;
    jose_select_t      select;
    jose_alg_set_t     fitting;
    const jose_key_t  *key;

    signature.data = buf;

    jose_select_begin(&select, trust->sets, trust->n,
                      header->has_kid ? &header->kid : NULL);

    for (tried = 0; tried < JOSE_KEYS_TRIED; /* void */ ) {

        key = jose_select_next(&select);
        if (key == NULL) {
            break;
        }

        fitting = key->algs & allowed;

        if (fitting == 0
            || (trust->iss != NULL
                && !jose_issuer_allows(key->issuer, trust->iss)))
        {
            continue;
        }

        if (tried++ == 0) {
            status = jose_jws_signature(jws, buf, &signature.len);
            if (status != JOSE_OK) {
                return status;
            }
        }

        status = jose_key_verify(key, crypto, jose_alg_first(fitting),
                                 jws->input, signature);

        if (status != JOSE_BAD_SIGNATURE) {
            return status;
        }
    }

    return tried ? JOSE_BAD_SIGNATURE : JOSE_UNKNOWN_KEY;
}


/* out has room for JOSE_SIGNATURE_MAX bytes */

static jose_status_t
jose_jws_signature(const jose_jws_t *jws, uint8_t *out, size_t *len)
{
    *len = jose_base64url_decoded_len(jws->signature.len);

    if (*len > JOSE_SIGNATURE_MAX) {
        return JOSE_BAD_SIGNATURE;
    }

    return jose_base64url_decode(jws->signature, out) ? JOSE_OK
                                                      : JOSE_MALFORMED;
}
