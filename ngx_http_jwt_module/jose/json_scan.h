
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Runs of plain characters in a JSON text.
 */


#ifndef JOSE_JSON_SCAN_H_INCLUDED
#define JOSE_JSON_SCAN_H_INCLUDED


#include "jose.h"

#if defined(__SSE2__) && defined(__GNUC__)
#include <emmintrin.h>
#endif


#define JOSE_JSON_ALL16  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1

/*
 * Where a run ends: control characters, the quote, the backslash, the brace
 * that may be the last byte, all that is not ASCII.
 */
static const uint8_t  jose_json_special[256] = {
    JOSE_JSON_ALL16,
    JOSE_JSON_ALL16,
    0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     /*  !"#$%&'()*+,-./ */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     /* 0123456789:;<=>? */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     /* @ABCDEFGHIJKLMNO */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,     /* PQRSTUVWXYZ[\]^_ */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,     /* `abcdefghijklmno */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,     /* pqrstuvwxyz{|}~  */
    JOSE_JSON_ALL16, JOSE_JSON_ALL16, JOSE_JSON_ALL16, JOSE_JSON_ALL16,
    JOSE_JSON_ALL16, JOSE_JSON_ALL16, JOSE_JSON_ALL16, JOSE_JSON_ALL16
};


#if defined(__SSE2__) && defined(__GNUC__)

/* 16 characters at once; where fewer are left before last, one by one */

static inline const uint8_t *
jose_json_scan(const uint8_t *p, const uint8_t *last)
{
    int      bits;
    __m128i  text, special;

    while (last - p >= 16) {
        text = _mm_loadu_si128((const __m128i *) p);

        /* signed: all that is not ASCII is less than a blank, too */

        special = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20));

        special = _mm_or_si128(special,
                               _mm_cmpeq_epi8(text, _mm_set1_epi8('"')));
        special = _mm_or_si128(special,
                               _mm_cmpeq_epi8(text, _mm_set1_epi8('\\')));
        special = _mm_or_si128(special,
                               _mm_cmpeq_epi8(text, _mm_set1_epi8('}')));

        bits = _mm_movemask_epi8(special);

        if (bits != 0) {
            return p + __builtin_ctz((unsigned) bits);
        }

        p += 16;
    }

    while (!jose_json_special[*p]) {
        p++;
    }

    return p;
}

#else

static inline const uint8_t *
jose_json_scan(const uint8_t *p, const uint8_t *last)
{
    (void) last;

    while (!jose_json_special[*p]) {
        p++;
    }

    return p;
}

#endif


#endif /* JOSE_JSON_SCAN_H_INCLUDED */
