
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "issuer.h"

#include <string.h>


static bool jose_issuer_is_name(jose_bytes_t name);
static bool jose_issuer_find(const jose_issuer_t *issuer,
    const jose_json_value_t *iss, uint8_t *buf, jose_bytes_t *segment);
static bool jose_issuer_is_segment(jose_bytes_t segment);
static bool jose_issuer_is_alnum(uint8_t c);


bool
jose_issuer_read(jose_issuer_t *issuer, jose_bytes_t text)
{
    const uint8_t  *open, *close, *end;

    if (text.len == 0 || text.len > JOSE_ISSUER_MAX) {
        return false;
    }

    memset(issuer, 0, sizeof(jose_issuer_t));

    issuer->text = text;

    end = text.data + text.len;
    open = memchr(text.data, '{', text.len);
    close = memchr(text.data, '}', text.len);

    if (open == NULL || close == NULL) {
        return open == close;
    }

    if (close < open) {
        return false;
    }

    issuer->before.data = text.data;
    issuer->before.len = (size_t) (open - text.data);

    issuer->claim.data = open + 1;
    issuer->claim.len = (size_t) (close - (open + 1));

    issuer->after.data = close + 1;
    issuer->after.len = (size_t) (end - (close + 1));

    return jose_issuer_is_name(issuer->claim)
           && memchr(issuer->after.data, '{', issuer->after.len) == NULL
           && memchr(issuer->after.data, '}', issuer->after.len) == NULL;
}


static bool
jose_issuer_is_name(jose_bytes_t name)
{
    size_t  i;

    for (i = 0; i < name.len; i++) {

        if (!jose_issuer_is_alnum(name.data[i]) && name.data[i] != '_') {
            return false;
        }
    }

    return name.len != 0;
}


bool
jose_issuer_match(const jose_issuer_t *issuer, const jose_json_value_t *iss,
    const jose_json_object_t *claims)
{
    uint8_t            buf[JOSE_ISSUER_MAX];
    jose_bytes_t       segment;
    jose_json_value_t  value;

    if (issuer->claim.data == NULL) {
        return jose_json_string_equal(iss, issuer->text);
    }

    return jose_issuer_find(issuer, iss, buf, &segment)
           && jose_json_get(claims, issuer->claim, &value)
           && jose_json_string_equal(&value, segment);
}


/* what a template has its name for, in buf, which has JOSE_ISSUER_MAX bytes */

static bool
jose_issuer_find(const jose_issuer_t *issuer, const jose_json_value_t *iss,
    uint8_t *buf, jose_bytes_t *segment)
{
    size_t         len, ends;
    jose_bytes_t   before, after;

    if (iss->type != JOSE_JSON_STRING
        || !jose_json_string_copy(iss, buf, JOSE_ISSUER_MAX, &len))
    {
        return false;
    }

    ends = issuer->before.len + issuer->after.len;

    if (len < ends) {
        return false;
    }

    before.data = buf;
    before.len = issuer->before.len;

    segment->data = buf + before.len;
    segment->len = len - ends;

    after.data = segment->data + segment->len;
    after.len = issuer->after.len;

    return jose_bytes_equal(before, issuer->before)
           && jose_bytes_equal(after, issuer->after)
           && jose_issuer_is_segment(*segment);
}


/* not a dot segment, which RFC 3986, 5.2.4 would remove */

static bool
jose_issuer_is_segment(jose_bytes_t segment)
{
    uint8_t                    c;
    size_t                     i;
    static const jose_bytes_t  here = jose_bytes(".");
    static const jose_bytes_t  above = jose_bytes("..");

    for (i = 0; i < segment.len; i++) {
        c = segment.data[i];

        if (!jose_issuer_is_alnum(c) && c != '-' && c != '.' && c != '_') {
            return false;
        }
    }

    return segment.len != 0
           && !jose_bytes_equal(segment, here)
           && !jose_bytes_equal(segment, above);
}


static bool
jose_issuer_is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9')
           || (c >= 'A' && c <= 'Z')
           || (c >= 'a' && c <= 'z');
}


bool
jose_issuer_equal(const jose_issuer_t *issuer, jose_bytes_t text)
{
    jose_issuer_t  other;

    if (issuer->claim.data == NULL) {
        return jose_bytes_equal(issuer->text, text);
    }

    return jose_issuer_read(&other, text)
           && other.claim.data != NULL
           && jose_bytes_equal(issuer->before, other.before)
           && jose_bytes_equal(issuer->after, other.after);
}


bool
jose_issuer_allows(jose_bytes_t issuer_of_key, const jose_json_value_t *iss)
{
    uint8_t        buf[JOSE_ISSUER_MAX];
    jose_bytes_t   segment;
    jose_issuer_t  issuer;

    if (issuer_of_key.data == NULL
        || jose_json_string_equal(iss, issuer_of_key))
    {
        return true;
    }

    return jose_issuer_read(&issuer, issuer_of_key)
           && issuer.claim.data != NULL
           && jose_issuer_find(&issuer, iss, buf, &segment);
}
