
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include <string.h>

#include "json.h"
#include "json_string.h"


/* The longest character in UTF-8 (RFC 3629, 3). */
#define JOSE_UTF8_MAX  4


static bool jose_json_hex4(const uint8_t *p, uint32_t *c);
static size_t jose_json_character(const uint8_t **p, uint8_t *out);
static size_t jose_json_utf8_encode(uint32_t c, uint8_t *out);


size_t
jose_json_escape(const uint8_t *p, uint32_t *c)
{
    uint32_t  low;

    *c = p[1];

    switch (p[1]) {

    case '"':
    case '\\':
    case '/':
        return 2;

    case 'b':
        *c = '\b';
        return 2;

    case 'f':
        *c = '\f';
        return 2;

    case 'n':
        *c = '\n';
        return 2;

    case 'r':
        *c = '\r';
        return 2;

    case 't':
        *c = '\t';
        return 2;

    case 'u':
        break;

    default:
        return 0;
    }

    if (!jose_json_hex4(p + 2, c)) {
        return 0;
    }

    if (*c < 0xd800 || *c > 0xdfff) {
        return 6;
    }

    /* RFC 8259, 7: a character beyond U+FFFF takes two of them */

    if (*c > 0xdbff || p[6] != '\\' || p[7] != 'u'
        || !jose_json_hex4(p + 8, &low) || low < 0xdc00 || low > 0xdfff)
    {
        return 0;
    }

    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);

    return 12;
}


static bool
jose_json_hex4(const uint8_t *p, uint32_t *c)
{
    size_t   i;
    uint8_t  letter;

    *c = 0;

    for (i = 0; i < 4; i++) {
        letter = p[i] | 0x20;

        if (p[i] >= '0' && p[i] <= '9') {
            *c = *c << 4 | (uint32_t) (p[i] - '0');

        } else if (letter >= 'a' && letter <= 'f') {
            *c = *c << 4 | (uint32_t) (letter - 'a' + 10);

        } else {
            return false;
        }
    }

    return true;
}


uint32_t
jose_json_bytes_hash(jose_bytes_t bytes)
{
    size_t    i;
    uint32_t  hash;

    hash = JOSE_JSON_HASH;

    for (i = 0; i < bytes.len; i++) {
        hash = jose_json_hash(hash, bytes.data[i]);
    }

    return hash;
}


bool
jose_json_name_hash(jose_bytes_t name, uint32_t *hash)
{
    bool            valid;
    size_t          i, n;
    uint8_t         utf8[JOSE_UTF8_MAX];
    const uint8_t  *p, *end;

    p = name.data;
    end = p + name.len;
    valid = true;

    if (memchr(p, '\\', name.len) == NULL) {
        *hash = jose_json_bytes_hash(name);
        return true;
    }

    *hash = JOSE_JSON_HASH;

    while (p < end) {
        n = jose_json_character(&p, utf8);

        if (utf8[0] == '\0') {
            valid = false;
        }

        for (i = 0; i < n; i++) {
            *hash = jose_json_hash(*hash, utf8[i]);
        }
    }

    return valid;
}


bool
jose_json_name_equal(jose_bytes_t a, jose_bytes_t b)
{
    size_t          n;
    uint8_t         ca[JOSE_UTF8_MAX], cb[JOSE_UTF8_MAX];
    const uint8_t  *p, *q, *p_end, *q_end;

    p = a.data;
    p_end = p + a.len;
    q = b.data;
    q_end = q + b.len;

    while (p < p_end && q < q_end) {
        n = jose_json_character(&p, ca);

        if (jose_json_character(&q, cb) != n || memcmp(ca, cb, n) != 0) {
            return false;
        }
    }

    return p == p_end && q == q_end;
}


bool
jose_json_string_equal(const jose_json_value_t *value, jose_bytes_t bytes)
{
    size_t          n, left;
    uint8_t         utf8[JOSE_UTF8_MAX];
    const uint8_t  *p, *q, *end;

    /* an escape is longer than what it stands for */

    if (value->type != JOSE_JSON_STRING || value->text.len < bytes.len) {
        return false;
    }

    p = value->text.data;
    end = p + value->text.len;
    q = bytes.data;

    if (memchr(p, '\\', value->text.len) == NULL) {
        return jose_bytes_equal(value->text, bytes);
    }

    for (left = bytes.len; p < end; left -= n) {
        n = jose_json_character(&p, utf8);

        if (n > left || memcmp(q, utf8, n) != 0) {
            return false;
        }

        q += n;
    }

    return left == 0;
}


size_t
jose_json_string_decode(const jose_json_value_t *value, uint8_t *out)
{
    uint8_t        *start;
    const uint8_t  *p, *end;

    p = value->text.data;
    end = p + value->text.len;

    if (memchr(p, '\\', value->text.len) == NULL) {
        memcpy(out, p, value->text.len);
        return value->text.len;
    }

    start = out;

    while (p < end) {
        out += jose_json_character(&p, out);
    }

    return (size_t) (out - start);
}


bool
jose_json_string_copy(const jose_json_value_t *value, uint8_t *out,
    size_t size, size_t *len)
{
    size_t          n;
    uint8_t         utf8[JOSE_UTF8_MAX];
    const uint8_t  *p, *end;

    if (value->text.len <= size) {
        *len = jose_json_string_decode(value, out);
        return true;
    }

    p = value->text.data;
    end = p + value->text.len;

    for (*len = 0; p < end; *len += n) {
        n = jose_json_character(&p, utf8);

        if (n > size - *len) {
            return false;
        }

        memcpy(out + *len, utf8, n);
    }

    return true;
}


/*
 * Writes the character at *p of a valid string to out and moves *p behind it;
 * returns how many bytes it has.
 */

static size_t
jose_json_character(const uint8_t **p, uint8_t *out)
{
    size_t    i, n;
    uint32_t  c;

    if (**p == '\\') {
        *p += jose_json_escape(*p, &c);
        return jose_json_utf8_encode(c, out);
    }

    n = (**p < 0x80) ? 1 : (**p < 0xe0) ? 2 : (**p < 0xf0) ? 3 : 4;

    for (i = 0; i < n; i++) {
        out[i] = *(*p)++;
    }

    return n;
}


static size_t
jose_json_utf8_encode(uint32_t c, uint8_t *out)
{
    size_t                i, n;
    static const uint8_t  lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

    if (c < 0x80) {
        out[0] = (uint8_t) c;
        return 1;
    }

    n = (c < 0x800) ? 2 : (c < 0x10000) ? 3 : 4;

    for (i = n - 1; i > 0; i--) {
        out[i] = (uint8_t) (0x80 | (c & 0x3f));
        c >>= 6;
    }

    out[0] = (uint8_t) (lead[n] | c);

    return n;
}
