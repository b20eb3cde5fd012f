
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "metadata.h"
#include "load.h"

#include <string.h>


static jose_status_t jose_metadata_load(jose_bytes_t text, json_t **json);
static jose_status_t jose_metadata_find(const json_t *json,
    const jose_issuer_t *issuer, jose_bytes_t *uri);
static bool jose_metadata_text(const json_t *json, const char *name,
    jose_bytes_t *text);


jose_status_t
jose_metadata_read(jose_bytes_t text, const jose_issuer_t *issuer,
    uint8_t *uri, size_t size, size_t *len)
{
    json_t         *json;
    jose_bytes_t    found;
    jose_status_t   status;

    status = jose_metadata_load(text, &json);
    if (status != JOSE_OK) {
        return status;
    }

    status = jose_metadata_find(json, issuer, &found);

    if (status == JOSE_OK && found.len > size) {
        status = JOSE_METADATA_NO_KEYS;
    }

    if (status == JOSE_OK) {
        memcpy(uri, found.data, found.len);
        *len = found.len;
    }

    json_decref(json);

    return status;
}


static jose_status_t
jose_metadata_load(jose_bytes_t text, json_t **json)
{
    bool  starved;

    *json = jose_load(text, &starved);
    if (*json == NULL) {
        return starved ? JOSE_ERROR : JOSE_METADATA_NOT_JSON;
    }

    if (!json_is_object(*json)) {
        json_decref(*json);
        return JOSE_METADATA_NOT_JSON;
    }

    return JOSE_OK;
}


static jose_status_t
jose_metadata_find(const json_t *json, const jose_issuer_t *issuer,
    jose_bytes_t *uri)
{
    jose_bytes_t  text;

    if (!jose_metadata_text(json, "issuer", &text)
        || !jose_issuer_equal(issuer, text))
    {
        return JOSE_METADATA_ISSUER;
    }

    if (!jose_metadata_text(json, "jwks_uri", uri) || uri->len == 0) {
        return JOSE_METADATA_NO_KEYS;
    }

    return JOSE_OK;
}


static bool
jose_metadata_text(const json_t *json, const char *name, jose_bytes_t *text)
{
    const json_t  *value;

    value = json_object_get(json, name);
    if (!json_is_string(value)) {
        return false;
    }

    text->data = (const uint8_t *) json_string_value(value);
    text->len = json_string_length(value);

    return true;
}
