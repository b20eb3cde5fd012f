
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "base64url.h"
#include "base64url_ssse3.h"


/* What no character stands for: the byte above four six-bit values. */
#define JOSE_BASE64_X    0xff000000

#define JOSE_BASE64_X16                                                       \
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X

#define JOSE_BASE64_X64                                                       \
    JOSE_BASE64_X16, JOSE_BASE64_X16, JOSE_BASE64_X16, JOSE_BASE64_X16

/*
 * RFC 4648, 4 and 5: the alphabets differ in the values 62 and 63 only.  V puts
 * a value to the place that it has in four of them.
 */

#define JOSE_BASE64_TABLE(V, plus, minus, slash, underscore)                  \
    JOSE_BASE64_X16, JOSE_BASE64_X16,                                         \
    X, X, X, X, X, X, X, X, X, X, X, plus, X, minus, X, slash,                \
    V(52), V(53), V(54), V(55), V(56), V(57), V(58), V(59),                   \
    V(60), V(61), X, X, X, X, X, X,                                           \
    X, V(0), V(1), V(2), V(3), V(4), V(5), V(6),                              \
    V(7), V(8), V(9), V(10), V(11), V(12), V(13), V(14),                      \
    V(15), V(16), V(17), V(18), V(19), V(20), V(21), V(22),                   \
    V(23), V(24), V(25), X, X, X, X, underscore,                              \
    X, V(26), V(27), V(28), V(29), V(30), V(31), V(32),                       \
    V(33), V(34), V(35), V(36), V(37), V(38), V(39), V(40),                   \
    V(41), V(42), V(43), V(44), V(45), V(46), V(47), V(48),                   \
    V(49), V(50), V(51), X, X, X, X, X,                                       \
    JOSE_BASE64_X64, JOSE_BASE64_X64

#define X      JOSE_BASE64_X
#define V0(n)  ((uint32_t) (n) << 18)
#define V1(n)  ((uint32_t) (n) << 12)
#define V2(n)  ((uint32_t) (n) << 6)
#define V3(n)  ((uint32_t) (n))


/* For each of four places, what a character stands for there. */
typedef uint32_t  jose_base64_values_t[4][256];


static bool jose_base64_decode_with(const jose_base64_values_t values,
    jose_bytes_t text, uint8_t *out);
static bool jose_base64_decode_rest(const jose_base64_values_t values,
    const uint8_t *p, size_t len, uint8_t *out);


static const jose_base64_values_t  jose_base64_values = {
    { JOSE_BASE64_TABLE(V0, V0(62), X, V0(63), X) },
    { JOSE_BASE64_TABLE(V1, V1(62), X, V1(63), X) },
    { JOSE_BASE64_TABLE(V2, V2(62), X, V2(63), X) },
    { JOSE_BASE64_TABLE(V3, V3(62), X, V3(63), X) }
};

static const jose_base64_values_t  jose_base64url_values = {
    { JOSE_BASE64_TABLE(V0, X, V0(62), X, V0(63)) },
    { JOSE_BASE64_TABLE(V1, X, V1(62), X, V1(63)) },
    { JOSE_BASE64_TABLE(V2, X, V2(62), X, V2(63)) },
    { JOSE_BASE64_TABLE(V3, X, V3(62), X, V3(63)) }
};


bool
jose_base64url_decode(jose_bytes_t text, uint8_t *out)
{
    bool    valid;
    size_t  n;

    if (text.len == 0) {
        return true;
    }

    valid = true;

    n = jose_base64url_decode_blocks(text, out, &valid);

    text.data += n;
    text.len -= n;

    return jose_base64_decode_with(jose_base64url_values, text,
                                   out + n / 4 * 3)
           && valid;
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
jose_base64_decode_with(const jose_base64_values_t values, jose_bytes_t text,
    uint8_t *out)
{
    size_t          n;
    uint32_t        bits, seen;
    const uint8_t  *p;

    p = text.data;
    seen = 0;

    /* four bytes are stored at once, of which the next ones replace the last */

    for (n = text.len; n >= 8; n -= 4) {
        bits = values[0][p[0]] | values[1][p[1]]
               | values[2][p[2]] | values[3][p[3]];

        seen |= bits;
        bits <<= 8;

        out[0] = (uint8_t) (bits >> 24);
        out[1] = (uint8_t) (bits >> 16);
        out[2] = (uint8_t) (bits >> 8);
        out[3] = (uint8_t) bits;

        p += 4;
        out += 3;
    }

    if (n >= 4) {
        bits = values[0][p[0]] | values[1][p[1]]
               | values[2][p[2]] | values[3][p[3]];

        seen |= bits;

        out[0] = (uint8_t) (bits >> 16);
        out[1] = (uint8_t) (bits >> 8);
        out[2] = (uint8_t) bits;

        p += 4;
        out += 3;
        n -= 4;
    }

    return (seen & JOSE_BASE64_X) == 0
           && jose_base64_decode_rest(values, p, n, out);
}


/* no bit may be left over */

static bool
jose_base64_decode_rest(const jose_base64_values_t values, const uint8_t *p,
    size_t len, uint8_t *out)
{
    uint32_t  bits;

    if (len == 0) {
        return true;
    }

    if (len == 1) {
        return false;
    }

    bits = values[0][p[0]] | values[1][p[1]];

    out[0] = (uint8_t) (bits >> 16);

    if (len == 2) {
        return (bits & (JOSE_BASE64_X | 0xffff)) == 0;
    }

    bits |= values[2][p[2]];

    out[1] = (uint8_t) (bits >> 8);

    return (bits & (JOSE_BASE64_X | 0xff)) == 0;
}
