
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The verdict and the bytes are those of a decoder that takes one character
 * after the other: for the text, for all that it begins with, and wherever it
 * and the bytes lie in memory.  What is decoded, encoded again, is the text it
 * came from; what is encoded is decoded, and not if one character is changed.
 */


#include "base64url.h"
#include "fuzz.h"


/* how far from the start of a block the text, or what it holds, may lie */
#define FUZZ_PLACES  32

/* how many characters may be cut off: a block of 32 and its neighbours */
#define FUZZ_CUT     34


static void fuzz_decode(jose_bytes_t text, bool url, size_t place);
static bool fuzz_reference(jose_bytes_t text, bool url, uint8_t *out,
    size_t *len);
static void fuzz_encoded(jose_bytes_t bytes, bool url, size_t at, uint8_t c);
static size_t fuzz_encode(const uint8_t *data, size_t len, bool url,
    uint8_t *out);


static const char  fuzz_common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789";


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t        i;
    jose_bytes_t  text;

    text.data = data;
    text.len = size;

    for (i = 0; i < FUZZ_PLACES; i++) {
        fuzz_decode(text, true, i);
    }

    fuzz_decode(text, false, size % FUZZ_PLACES);

    for (i = 0; i < FUZZ_CUT && text.len > 0; i++) {
        text.len--;
        fuzz_decode(text, true, i % FUZZ_PLACES);
    }

    text.len = size - (size > 0);
    fuzz_decode(text, false, 0);

    if (size >= 3) {
        text.data = data + 3;
        text.len = size - 3;

        fuzz_encoded(text, true, data[0] | data[1] << 8, data[2]);
        fuzz_encoded(text, false, data[0] | data[1] << 8, data[2]);
    }

    return 0;
}


/* both ends of both blocks are where the text and the bytes end */

static void
fuzz_decode(jose_bytes_t text, bool url, size_t place)
{
    bool           good;
    size_t         len, n, expected_len;
    uint8_t       *block, *out_block, *out, *expected, *again;
    jose_bytes_t   placed;

    len = jose_base64url_decoded_len(text.len);

    block = malloc(place + text.len);
    out_block = malloc(FUZZ_PLACES - place + len);
    expected = malloc(len + 1);
    again = malloc(text.len + 4);
    fuzz_assert(block && out_block && expected && again);

    placed.data = block + place;
    placed.len = text.len;
    out = out_block + FUZZ_PLACES - place;

    if (text.len > 0) {
        memcpy(block + place, text.data, text.len);
    }

    n = len;
    good = url ? jose_base64url_decode(placed, out)
               : jose_base64_decode(placed, out, &n);

    fuzz_assert(good == fuzz_reference(text, url, expected, &expected_len));

    if (good) {
        fuzz_assert(n == expected_len);
        fuzz_assert(n == 0 || memcmp(out, expected, n) == 0);

        n = fuzz_encode(out, n, url, again);

        /* base64 may be padded */

        while (!url && n < text.len) {
            again[n++] = '=';
        }

        fuzz_assert(n == text.len);
        fuzz_assert(n == 0 || memcmp(again, text.data, n) == 0);
    }

    free(block);
    free(out_block);
    free(expected);
    free(again);
}


/* RFC 4648, 3.2, 3.5, 4 and 5 */

static bool
fuzz_reference(jose_bytes_t text, bool url, uint8_t *out, size_t *len)
{
    size_t       i, bits;
    uint32_t     value;
    const char  *place;

    *len = 0;

    if (!url && text.len > 0 && text.len % 4 == 0) {
        text.len -= (text.data[text.len - 1] == '=');
        text.len -= (text.len % 4 == 3 && text.data[text.len - 1] == '=');
    }

    value = 0;
    bits = 0;

    for (i = 0; i < text.len; i++) {
        place = text.data[i] ? strchr(fuzz_common, text.data[i]) : NULL;

        if (place != NULL) {
            value = value << 6 | (uint32_t) (place - fuzz_common);

        } else if (text.data[i] == (url ? '-' : '+')) {
            value = value << 6 | 62;

        } else if (text.data[i] == (url ? '_' : '/')) {
            value = value << 6 | 63;

        } else {
            return false;
        }

        bits += 6;

        if (bits >= 8) {
            bits -= 8;
            out[(*len)++] = (uint8_t) (value >> bits);
            value &= (1u << bits) - 1;
        }
    }

    return bits < 6 && value == 0;
}


static void
fuzz_encoded(jose_bytes_t bytes, bool url, size_t at, uint8_t c)
{
    size_t         n;
    uint8_t       *out;
    jose_bytes_t   text;

    out = malloc(bytes.len / 3 * 4 + 4);
    fuzz_assert(out != NULL);

    text.data = out;
    text.len = fuzz_encode(bytes.data, bytes.len, url, out);

    n = at % FUZZ_PLACES;
    fuzz_decode(text, url, n);

    if (text.len > 0) {
        out[at % text.len] = c;
        fuzz_decode(text, url, n);
    }

    free(out);
}


static size_t
fuzz_encode(const uint8_t *data, size_t len, bool url, uint8_t *out)
{
    size_t    i, n;
    uint32_t  v;

    n = 0;

    for (i = 0; i < len * 8; i += 6) {

        v = (uint32_t) data[i / 8] << 8;
        v |= (i / 8 + 1 < len) ? data[i / 8 + 1] : 0;
        v = v >> (10 - i % 8) & 0x3f;

        out[n++] = (uint8_t) ((v < 62) ? fuzz_common[v]
                              : (v == 62) ? (url ? '-' : '+')
                              : (url ? '_' : '/'));
    }

    return n;
}
