
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The room for the URI in one byte, an issuer, "\n", any document: what is
 * accepted is of that issuer and has the URI that jansson finds in it.
 */


#include "metadata.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>


static void fuzz_accepted(jose_bytes_t text, const jose_issuer_t *issuer,
    jose_bytes_t uri);
static bool fuzz_is_template(const jose_issuer_t *issuer, jose_bytes_t text);
static jose_bytes_t fuzz_member(const json_t *json, const char *name);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t          room;
    uint8_t        *out;
    jose_bytes_t    text, name, uri;
    jose_issuer_t   issuer;
    jose_status_t   status;
    const uint8_t  *end;

    if (size == 0) {
        return 0;
    }

    end = memchr(data + 1, '\n', size - 1);
    if (end == NULL) {
        return 0;
    }

    room = data[0];

    name.data = data + 1;
    name.len = (size_t) (end - name.data);

    text.data = end + 1;
    text.len = (size_t) (data + size - text.data);

    if (!jose_issuer_read(&issuer, name)) {
        return 0;
    }

    out = malloc(room);
    uri.data = out;
    uri.len = 0;

    status = jose_metadata_read(text, &issuer, out, room, &uri.len);

    switch (status) {

    case JOSE_OK:

        if (uri.len == 0 || uri.len > room) {
            abort();
        }

        fuzz_accepted(text, &issuer, uri);
        break;

    case JOSE_METADATA_NOT_JSON:
    case JOSE_METADATA_ISSUER:
    case JOSE_METADATA_NO_KEYS:
        break;

    default:
        abort();
    }

    free(out);

    return 0;
}


static void
fuzz_accepted(jose_bytes_t text, const jose_issuer_t *issuer,
    jose_bytes_t uri)
{
    json_t        *json;
    jose_bytes_t   name;

    json = json_loadb((const char *) text.data, text.len, 0, NULL);
    if (!json_is_object(json)) {
        abort();
    }

    name = fuzz_member(json, "issuer");

    if (!jose_bytes_equal(name, issuer->text)
        && !fuzz_is_template(issuer, name))
    {
        abort();
    }

    if (!jose_bytes_equal(uri, fuzz_member(json, "jwks_uri"))) {
        abort();
    }

    json_decref(json);
}


static bool
fuzz_is_template(const jose_issuer_t *issuer, jose_bytes_t text)
{
    size_t  ends;

    ends = issuer->before.len + issuer->after.len;

    return issuer->claim.data != NULL
           && text.len > ends + 2
           && memcmp(text.data, issuer->before.data, issuer->before.len) == 0
           && memcmp(text.data + text.len - issuer->after.len,
                     issuer->after.data, issuer->after.len)
              == 0
           && text.data[issuer->before.len] == '{'
           && text.data[text.len - issuer->after.len - 1] == '}';
}


static jose_bytes_t
fuzz_member(const json_t *json, const char *name)
{
    json_t        *value;
    jose_bytes_t   text;

    value = json_object_get(json, name);
    if (!json_is_string(value)) {
        abort();
    }

    text.data = (const uint8_t *) json_string_value(value);
    text.len = json_string_length(value);

    return text;
}
