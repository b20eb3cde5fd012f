
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jws.h"
#include "base64url.h"

#include <string.h>


/* the longest name of an algorithm, each character written as an escape */
#define JOSE_ALG_NAME_MAX  64


/* one search for the key of a token */
typedef struct {
    const jose_crypto_t       *crypto;
    const jose_header_t       *header;
    const jose_keys_t *const  *sets;
    size_t                     n;
    size_t                     tried;
    jose_alg_set_t             algs;
    bool                       named;      /* the kid decides */
    jose_bytes_t               input;
    jose_bytes_t               signature;
} jose_jws_search_t;


static jose_alg_set_t jose_header_algs(const jose_json_value_t *alg);
static bool jose_jws_kid_is_known(const jose_jws_search_t *search);
static bool jose_jws_key_is_meant(const jose_jws_search_t *search,
    const jose_key_t *key);
static jose_status_t jose_jws_try_keys(jose_jws_search_t *search);
static jose_status_t jose_jws_try_set(jose_jws_search_t *search,
    const jose_keys_t *keys);


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
    const jose_crypto_t *crypto, const jose_keys_t *const *sets, size_t n,
    jose_alg_set_t allowed)
{
    uint8_t            signature[JOSE_SIGNATURE_MAX];
    jose_jws_search_t  search;

    if (header->algs == 0) {
        return JOSE_UNSUPPORTED_ALGORITHM;
    }

    search.algs = header->algs & allowed;

    if (search.algs == 0) {
        return JOSE_ALGORITHM_NOT_ALLOWED;
    }

    search.signature.data = signature;
    search.signature.len = jose_base64url_decoded_len(jws->signature.len);

    if (search.signature.len > JOSE_SIGNATURE_MAX) {
        return JOSE_BAD_SIGNATURE;
    }

    if (!jose_base64url_decode(jws->signature, signature)) {
        return JOSE_MALFORMED;
    }

    search.crypto = crypto;
    search.header = header;
    search.sets = sets;
    search.n = n;
    search.input = jws->input;
    search.tried = 0;
    search.named = header->has_kid && jose_jws_kid_is_known(&search);

    return jose_jws_try_keys(&search);
}


static bool
jose_jws_kid_is_known(const jose_jws_search_t *search)
{
    size_t              i, k;
    const jose_keys_t  *keys;

    for (i = 0; i < search->n; i++) {
        keys = search->sets[i];

        for (k = 0; k < keys->n; k++) {

            if (keys->keys[k].kid.data != NULL
                && jose_json_string_equal(&search->header->kid,
                                          keys->keys[k].kid))
            {
                return true;
            }
        }
    }

    return false;
}


static bool
jose_jws_key_is_meant(const jose_jws_search_t *search, const jose_key_t *key)
{
    if (!search->header->has_kid) {
        return true;
    }

    if (!search->named) {
        return key->kid.data == NULL;
    }

    return key->kid.data != NULL
           && jose_json_string_equal(&search->header->kid, key->kid);
}


static jose_status_t
jose_jws_try_keys(jose_jws_search_t *search)
{
    size_t         i;
    jose_status_t  status;

    for (i = 0; i < search->n; i++) {
        status = jose_jws_try_set(search, search->sets[i]);

        if (status != JOSE_BAD_SIGNATURE) {
            return status;
        }
    }

    return search->tried ? JOSE_BAD_SIGNATURE : JOSE_UNKNOWN_KEY;
}


static jose_status_t
jose_jws_try_set(jose_jws_search_t *search, const jose_keys_t *keys)
{
    size_t             i;
    jose_status_t      status;
    jose_alg_set_t     fitting;
    const jose_key_t  *key;

    for (i = 0; i < keys->n; i++) {
        key = &keys->keys[i];
        fitting = key->algs & search->algs;

        if (fitting == 0 || !jose_jws_key_is_meant(search, key)) {
            continue;
        }

        if (search->tried == JOSE_KEYS_TRIED) {
            break;
        }

        search->tried++;

        status = jose_key_verify(key, search->crypto,
                                 jose_alg_first(fitting), search->input,
                                 search->signature);

        if (status != JOSE_BAD_SIGNATURE) {
            return status;
        }
    }

    return JOSE_BAD_SIGNATURE;
}
