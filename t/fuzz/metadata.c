
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The room for the URI in one byte, an issuer, "\n", any document: what is
 * accepted is of that issuer and has the URI that jansson finds in it.
 */


#include "fuzz.h"
#include "metadata.h"

#include <jansson.h>


static void fuzz_read(jose_bytes_t text, const jose_issuer_t *issuer,
    size_t room);
static void fuzz_accepted(jose_bytes_t text, const jose_issuer_t *issuer,
    jose_bytes_t uri);
static bool fuzz_is_template(const jose_issuer_t *issuer, jose_bytes_t text);
static jose_bytes_t fuzz_member(const json_t *json, const char *name);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jose_bytes_t   rest, name, text;
    jose_issuer_t  issuer;

    if (size == 0) {
        return 0;
    }

    rest.data = data + 1;
    rest.len = size - 1;

    name = fuzz_line(&rest);
    text = fuzz_copy(rest.data, rest.len);

    if (jose_issuer_read(&issuer, name)) {
        fuzz_read(text, &issuer, data[0]);
    }

    exact_free(name);
    exact_free(text);

    return 0;
}


static void
fuzz_read(jose_bytes_t text, const jose_issuer_t *issuer, size_t room)
{
    uint8_t        *out;
    jose_bytes_t    uri;
    jose_status_t   status;

    out = malloc(room);
    fuzz_assert(out != NULL);

    uri.data = out;
    uri.len = 0;

    status = jose_metadata_read(text, issuer, out, room, &uri.len);

    if (status == JOSE_OK) {
        fuzz_assert(uri.len > 0 && uri.len <= room);
        fuzz_accepted(text, issuer, uri);
    }

    fuzz_assert(status == JOSE_OK
                || status == JOSE_METADATA_NOT_JSON
                || status == JOSE_METADATA_ISSUER
                || status == JOSE_METADATA_NO_KEYS);

    free(out);
}


static void
fuzz_accepted(jose_bytes_t text, const jose_issuer_t *issuer,
    jose_bytes_t uri)
{
    json_t        *json;
    jose_bytes_t   name;

    json = json_loadb((const char *) text.data, text.len, 0, NULL);
    fuzz_assert(json_is_object(json));

    name = fuzz_member(json, "issuer");

    fuzz_assert(jose_bytes_equal(name, issuer->text)
                || fuzz_is_template(issuer, name));
    fuzz_assert(jose_bytes_equal(uri, fuzz_member(json, "jwks_uri")));

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
    fuzz_assert(json_is_string(value));

    text.data = (const uint8_t *) json_string_value(value);
    text.len = json_string_length(value);

    return text;
}
