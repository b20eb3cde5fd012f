
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What is decoded, encoded again, is the text it came from: there is one
 * spelling only.
 */


#include <stdlib.h>
#include <string.h>

#include "base64url.h"


static void fuzz_check(const uint8_t *data, size_t size, bool url);
static size_t fuzz_encode(const uint8_t *data, size_t len, bool url,
    uint8_t *out);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_check(data, size, true);
    fuzz_check(data, size, false);

    return 0;
}


static void
fuzz_check(const uint8_t *data, size_t size, bool url)
{
    bool          good;
    size_t        len, n;
    uint8_t      *out, *again;
    jose_bytes_t  text;

    text.data = data;
    text.len = size;
    len = jose_base64url_decoded_len(size);

    out = malloc(len);
    again = malloc(len / 3 * 4 + 4);
    if ((out == NULL && len > 0) || again == NULL) {
        abort();
    }

    good = url ? jose_base64url_decode(text, out)
               : jose_base64_decode(text, out, &len);

    if (good) {
        n = fuzz_encode(out, len, url, again);

        if (!url && n < size) {
            if (size % 4 != 0) {
                abort();
            }

            while (n % 4 != 0) {
                again[n++] = '=';
            }
        }

        if (n != size || (n > 0 && memcmp(again, data, n) != 0)) {
            abort();
        }
    }

    free(out);
    free(again);
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

        out[n++] = (uint8_t) ((v < 26) ? 'A' + v
                              : (v < 52) ? 'a' + v - 26
                              : (v < 62) ? '0' + v - 52
                              : (v == 62) ? (url ? '-' : '+')
                              : (url ? '_' : '/'));
    }

    return n;
}
