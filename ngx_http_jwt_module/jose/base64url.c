
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "base64url.h"


/* What no character stands for: both bits above a six-bit value. */
#define X  0xc0

#define JOSE_BASE64_X16  X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X
#define JOSE_BASE64_X64  JOSE_BASE64_X16, JOSE_BASE64_X16,                    \
                         JOSE_BASE64_X16, JOSE_BASE64_X16

/* RFC 4648, 4 and 5: the alphabets differ in the values 62 and 63 only. */

#define JOSE_BASE64_TABLE(plus, minus, slash, underscore)                     \
    JOSE_BASE64_X16,                                                          \
    JOSE_BASE64_X16,                                                          \
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X, plus, X, minus, X, slash,      \
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X,  X,  X,  X,  X,  X,            \
    X,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,           \
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X,  X,  X,  X,  underscore,   \
    X,  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,           \
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X,  X,  X,  X,  X,            \
    JOSE_BASE64_X64,                                                          \
    JOSE_BASE64_X64


static bool jose_base64_decode_with(const uint8_t *values, jose_bytes_t text,
    uint8_t *out);
static bool jose_base64_decode_rest(const uint8_t *values, const uint8_t *p,
    size_t len, uint8_t *out);


static const uint8_t  jose_base64_values[256] = {
    JOSE_BASE64_TABLE(62, X, 63, X)
};

static const uint8_t  jose_base64url_values[256] = {
    JOSE_BASE64_TABLE(X, 62, X, 63)
};


bool
jose_base64url_decode(jose_bytes_t text, uint8_t *out)
{
    return jose_base64_decode_with(jose_base64url_values, text, out);
}


bool
jose_base64_decode(jose_bytes_t text, uint8_t *out, size_t *len)
{
    size_t  padding;

    padding = 0;

    while (padding < 2 && padding < text.len
           && text.data[text.len - padding - 1] == '=')
    {
        padding++;
    }

    if (padding > 0 && text.len % 4 != 0) {
        return false;
    }

    text.len -= padding;
    *len = jose_base64url_decoded_len(text.len);

    return jose_base64_decode_with(jose_base64_values, text, out);
}


static bool
jose_base64_decode_with(const uint8_t *values, jose_bytes_t text, uint8_t *out)
{
    size_t          n;
    uint32_t        a, b, c, d, bits, seen;
    const uint8_t  *p;

    p = text.data;
    seen = 0;

    for (n = text.len; n >= 4; n -= 4) {
        a = values[p[0]];
        b = values[p[1]];
        c = values[p[2]];
        d = values[p[3]];

        seen |= a | b | c | d;
        bits = a << 18 | b << 12 | c << 6 | d;

        out[0] = (uint8_t) (bits >> 16);
        out[1] = (uint8_t) (bits >> 8);
        out[2] = (uint8_t) bits;

        p += 4;
        out += 3;
    }

    return (seen & X) == 0 && jose_base64_decode_rest(values, p, n, out);
}


static bool
jose_base64_decode_rest(const uint8_t *values, const uint8_t *p, size_t len,
    uint8_t *out)
{
    uint32_t  bits, seen;

    if (len == 0) {
        return true;
    }

    if (len == 1) {
        return false;
    }

    seen = values[p[0]] | values[p[1]];
    bits = (uint32_t) values[p[0]] << 12 | (uint32_t) values[p[1]] << 6;

    out[0] = (uint8_t) (bits >> 10);

    if (len == 2) {
        return (seen & X) == 0 && (bits & 0x3ff) == 0;
    }

    seen |= values[p[2]];
    bits |= values[p[2]];

    out[1] = (uint8_t) (bits >> 2);

    return (seen & X) == 0 && (bits & 0x3) == 0;
}
