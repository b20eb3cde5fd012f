
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "base64url_ssse3.h"


#if defined(__x86_64__) && defined(__GNUC__)

#include <tmmintrin.h>


#define jose_ssse3  __attribute__((target("ssse3")))


static jose_ssse3 size_t jose_base64url_blocks(jose_bytes_t text,
    uint8_t *out, bool *valid);
static inline jose_ssse3 __m128i jose_base64url_values(__m128i text,
    __m128i *wrong);
static inline jose_ssse3 __m128i jose_base64url_pack(__m128i values);


size_t
jose_base64url_decode_blocks(jose_bytes_t text, uint8_t *out, bool *valid)
{
    if (text.len < JOSE_BASE64URL_BLOCK + JOSE_BASE64URL_AHEAD
        || !__builtin_cpu_supports("ssse3"))
    {
        return 0;
    }

    return jose_base64url_blocks(text, out, valid);
}


/* 16 bytes are stored at once, of which the next ones replace the last four */

static jose_ssse3 size_t
jose_base64url_blocks(jose_bytes_t text, uint8_t *out, bool *valid)
{
    size_t   n;
    __m128i  values, wrong;

    wrong = _mm_setzero_si128();

    for (n = 0;
         text.len - n >= JOSE_BASE64URL_BLOCK + JOSE_BASE64URL_AHEAD;
         n += JOSE_BASE64URL_BLOCK)
    {
        values = _mm_loadu_si128((const __m128i *) (text.data + n));
        values = jose_base64url_values(values, &wrong);

        _mm_storeu_si128((__m128i *) out, jose_base64url_pack(values));

        out += JOSE_BASE64URL_BLOCK / 4 * 3;
    }

    if (_mm_movemask_epi8(_mm_cmpeq_epi8(wrong, _mm_setzero_si128()))
        != 0xffff)
    {
        *valid = false;
    }

    return n;
}


/*
 * RFC 4648, 5: the upper half of a character tells which range it is in, and
 * each range has a bit; the lower half tells the ranges that it is not in.
 *
 *     0x2d: 0x01    0x30 to 0x39: 0x02    0x41 to 0x4f, 0x61 to 0x6f: 0x04
 *     0x50 to 0x5a, 0x5f: 0x08    0x70 to 0x7a: 0x10    all else: 0x20
 */

static inline jose_ssse3 __m128i
jose_base64url_values(__m128i text, __m128i *wrong)
{
    __m128i  half, upper, lower, shift, underscore;

    const __m128i  ranges = _mm_setr_epi8(0x20, 0x20, 0x01, 0x02, 0x04, 0x08,
                                          0x04, 0x10, 0x20, 0x20, 0x20, 0x20,
                                          0x20, 0x20, 0x20, 0x20);
    const __m128i  others = _mm_setr_epi8(0x25, 0x21, 0x21, 0x21, 0x21, 0x21,
                                          0x21, 0x21, 0x21, 0x21, 0x23, 0x3b,
                                          0x3b, 0x3a, 0x3b, 0x33);
    const __m128i  shifts = _mm_setr_epi8(0, 0, 62 - '-', 52 - '0', -'A', -'A',
                                          26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0,
                                          0, 0);

    half = _mm_set1_epi8(0x0f);

    upper = _mm_and_si128(_mm_srli_epi32(text, 4), half);
    lower = _mm_and_si128(text, half);

    *wrong = _mm_or_si128(*wrong,
                          _mm_and_si128(_mm_shuffle_epi8(ranges, upper),
                                        _mm_shuffle_epi8(others, lower)));

    /* the one that is not where its neighbours are */

    underscore = _mm_cmpeq_epi8(text, _mm_set1_epi8('_'));
    shift = _mm_add_epi8(_mm_shuffle_epi8(shifts, upper),
                         _mm_and_si128(underscore,
                                       _mm_set1_epi8(63 - '_' + 'A')));

    return _mm_add_epi8(text, shift);
}


/* four values of six bits are three bytes, the first one uppermost */

static inline jose_ssse3 __m128i
jose_base64url_pack(__m128i values)
{
    __m128i  pairs, fours;

    const __m128i  bytes = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13,
                                         12, -1, -1, -1, -1);

    pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
    fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));

    return _mm_shuffle_epi8(fours, bytes);
}

#else

size_t
jose_base64url_decode_blocks(jose_bytes_t text, uint8_t *out, bool *valid)
{
    (void) text;
    (void) out;
    (void) valid;

    return 0;
}

#endif
