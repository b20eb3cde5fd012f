
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "response_field.h"

#include <string.h>


/* the longest entity-tag that is sent back */
#define HTTP_RESPONSE_ETAG_MAX   256

/* in seconds: RFC 9111, 1.2.2 */
#define HTTP_RESPONSE_DELTA_MAX  2147483648


/* false: the response is not valid */
typedef bool (*http_response_field_pt)(http_response_t *response,
    jose_bytes_t value);


static bool http_response_length(http_response_t *response, jose_bytes_t value);
static bool http_response_transfer(http_response_t *response,
    jose_bytes_t value);
static bool http_response_coding(http_response_t *response, jose_bytes_t value);
static bool http_response_cache(http_response_t *response, jose_bytes_t value);
static void http_response_max_age(http_response_t *response, jose_bytes_t text);
static bool http_response_age(http_response_t *response, jose_bytes_t value);
static bool http_response_etag(http_response_t *response, jose_bytes_t value);
static bool http_response_location(http_response_t *response,
    jose_bytes_t value);
static bool http_response_next(jose_bytes_t *list, jose_bytes_t *element);
static bool http_response_seconds(jose_bytes_t text, int64_t *seconds);
static bool http_response_equal(jose_bytes_t text, jose_bytes_t name);


/* the names are in lower case */

static const struct {
    jose_bytes_t            name;
    http_response_field_pt  handler;
} http_response_fields[] = {
    { jose_bytes("content-length"), http_response_length },
    { jose_bytes("transfer-encoding"), http_response_transfer },
    { jose_bytes("content-encoding"), http_response_coding },
    { jose_bytes("cache-control"), http_response_cache },
    { jose_bytes("age"), http_response_age },
    { jose_bytes("etag"), http_response_etag },
    { jose_bytes("location"), http_response_location }
};


static const jose_bytes_t  http_response_chunked = jose_bytes("chunked");
static const jose_bytes_t  http_response_identity = jose_bytes("identity");
static const jose_bytes_t  http_response_no_cache = jose_bytes("no-cache");
static const jose_bytes_t  http_response_no_store = jose_bytes("no-store");
static const jose_bytes_t  http_response_max = jose_bytes("max-age");
static const jose_bytes_t  http_response_name_chars =
    jose_bytes("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~");


/* RFC 9112, 5: nothing is before the name, or between it and the colon */

bool
http_response_field_split(jose_bytes_t line, jose_bytes_t *name,
    jose_bytes_t *value)
{
    size_t          i;
    const uint8_t  *colon;

    colon = memchr(line.data, ':', line.len);

    if (colon == NULL || colon == line.data) {
        return false;
    }

    name->data = line.data;
    name->len = (size_t) (colon - line.data);

    for (i = 0; i < name->len; i++) {
        if (memchr(http_response_name_chars.data,
                   http_response_field_lower(name->data[i]),
                   http_response_name_chars.len)
            == NULL)
        {
            return false;
        }
    }

    *value = http_response_field_trim(colon + 1, line.data + line.len);

    return true;
}


bool
http_response_field_set(http_response_t *response, jose_bytes_t name,
    jose_bytes_t value)
{
    size_t  i, n;

    n = sizeof(http_response_fields) / sizeof(http_response_fields[0]);

    for (i = 0; i < n; i++) {
        if (http_response_equal(name, http_response_fields[i].name)) {
            return http_response_fields[i].handler(response, value);
        }
    }

    return true;
}


/* RFC 9110, 8.6: lists of lengths are not taken, and none can overflow */

static bool
http_response_length(http_response_t *response, jose_bytes_t value)
{
    uint64_t  length;

    if (!http_response_field_number(value, &length)
        || (response->sized && response->length != length))
    {
        return false;
    }

    response->sized = true;
    response->length = length;

    return true;
}


static bool
http_response_transfer(http_response_t *response, jose_bytes_t value)
{
    if (response->chunked
        || !http_response_equal(value, http_response_chunked))
    {
        return false;
    }

    response->chunked = true;

    return true;
}


static bool
http_response_coding(http_response_t *response, jose_bytes_t value)
{
    if (value.len > 0 && !http_response_equal(value, http_response_identity)) {
        response->encoded = true;
    }

    return true;
}


/* RFC 9111, 5.2 */

static bool
http_response_cache(http_response_t *response, jose_bytes_t value)
{
    jose_bytes_t    name, directive, argument;
    const uint8_t  *equals, *end;

    while (http_response_next(&value, &directive)) {
        end = directive.data + directive.len;

        equals = memchr(directive.data, '=', directive.len);

        name = http_response_field_trim(directive.data, equals ? equals : end);

        if (http_response_equal(name, http_response_no_cache)
            || http_response_equal(name, http_response_no_store))
        {
            response->no_cache = true;
        }

        if (http_response_equal(name, http_response_max)) {
            argument.data = equals ? equals + 1 : end;
            argument.len = (size_t) (end - argument.data);

            http_response_max_age(response, argument);
        }
    }

    return true;
}


static void
http_response_max_age(http_response_t *response, jose_bytes_t text)
{
    int64_t  seconds;

    if (text.len > 1 && text.data[0] == '"' && text.data[text.len - 1] == '"') {
        text.data++;
        text.len -= 2;
    }

    /* RFC 9111, 4.2.1 */

    if (!http_response_seconds(text, &seconds)) {
        seconds = 0;
    }

    if (response->max_age < 0 || response->max_age > seconds) {
        response->max_age = seconds;
    }
}


/* RFC 9111, 5.1: of a list the first one, and none that is not valid */

static bool
http_response_age(http_response_t *response, jose_bytes_t value)
{
    int64_t       seconds;
    jose_bytes_t  first;

    if (http_response_next(&value, &first)
        && http_response_seconds(first, &seconds)
        && response->age < seconds)
    {
        response->age = seconds;
    }

    return true;
}


/* RFC 9110, 8.8.3 */

static bool
http_response_etag(http_response_t *response, jose_bytes_t value)
{
    size_t  i;

    i = (value.len > 1 && value.data[0] == 'W' && value.data[1] == '/') ? 2 : 0;

    if (value.len > HTTP_RESPONSE_ETAG_MAX
        || value.len < i + 2
        || value.data[i] != '"'
        || value.data[value.len - 1] != '"')
    {
        return true;
    }

    for (i++; i < value.len - 1; i++) {
        if (value.data[i] <= 0x20
            || value.data[i] == '"'
            || value.data[i] > 0x7e)
        {
            return true;
        }
    }

    response->etag = value;

    return true;
}


static bool
http_response_location(http_response_t *response, jose_bytes_t value)
{
    size_t  i;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < 0x20 || value.data[i] == 0x7f) {
            return true;
        }
    }

    if (value.len > 0) {
        response->location = value;
    }

    return true;
}


/* RFC 9110, 5.6.1: the list becomes what follows the comma */

static bool
http_response_next(jose_bytes_t *list, jose_bytes_t *element)
{
    bool            quoted;
    const uint8_t  *p, *end;

    if (list->len == 0) {
        return false;
    }

    quoted = false;
    end = list->data + list->len;

    for (p = list->data; p < end && (quoted || *p != ','); p++) {

        if (*p == '"') {
            quoted = !quoted;

        } else if (*p == '\\' && quoted && p + 1 < end) {
            p++;
        }
    }

    *element = http_response_field_trim(list->data, p);

    if (p < end) {
        p++;
    }

    list->data = p;
    list->len = (size_t) (end - p);

    return true;
}


jose_bytes_t
http_response_field_trim(const uint8_t *p, const uint8_t *end)
{
    jose_bytes_t  text;

    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }

    text.data = p;
    text.len = (size_t) (end - p);

    return text;
}


/* RFC 9111, 1.2.2 */

static bool
http_response_seconds(jose_bytes_t text, int64_t *seconds)
{
    uint64_t  number;

    if (!http_response_field_number(text, &number)) {
        return false;
    }

    *seconds = (int64_t) (number < HTTP_RESPONSE_DELTA_MAX
                          ? number : HTTP_RESPONSE_DELTA_MAX);

    return true;
}


/* the largest one for all that are too large */

bool
http_response_field_number(jose_bytes_t text, uint64_t *number)
{
    size_t  i;

    *number = 0;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }

        if (*number > (UINT64_MAX - 9) / 10) {
            *number = UINT64_MAX;

        } else {
            *number = *number * 10 + (uint64_t) (text.data[i] - '0');
        }
    }

    return text.len > 0;
}


static bool
http_response_equal(jose_bytes_t text, jose_bytes_t name)
{
    size_t  i;

    if (text.len != name.len) {
        return false;
    }

    for (i = 0; i < text.len; i++) {
        if (http_response_field_lower(text.data[i]) != name.data[i]) {
            return false;
        }
    }

    return true;
}


uint8_t
http_response_field_lower(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') ? (uint8_t) (c | 0x20) : c;
}
