
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What the fuzz targets share.  A target is LLVMFuzzerTestOneInput() and
 * nothing else: libFuzzer calls it, or t/fuzz/corpus.c.
 */


#ifndef FUZZ_H_INCLUDED
#define FUZZ_H_INCLUDED


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include "../unit/exact.h"
#include "jose.h"


#define fuzz_assert(ok)  fuzz_assert_at(ok, __FILE__, __LINE__, #ok)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static inline void
fuzz_assert_at(bool ok, const char *file, int line, const char *text)
{
    if (!ok) {
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
        abort();
    }
}


/* A copy in a block that ends where it ends, for exact_free(). */

static inline jose_bytes_t
fuzz_copy(const uint8_t *data, size_t len)
{
    jose_bytes_t  copy;

    copy = exact_of(len ? (const char *) data : "", len);

    /* AddressSanitizer gives away one byte where none was asked for */

    if (len == 0) {
        ASAN_POISON_MEMORY_REGION(copy.data, 1);
    }

    return copy;
}


/*
 * Takes the text up to the first newline, or all of it, off rest; a copy, for
 * exact_free().
 */

static inline jose_bytes_t
fuzz_line(jose_bytes_t *rest)
{
    size_t          n;
    const uint8_t  *end;
    jose_bytes_t    line;

    end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    n = end ? (size_t) (end - rest->data) : rest->len;

    line = fuzz_copy(rest->data, n);

    n += (end != NULL);
    rest->data += n;
    rest->len -= n;

    return line;
}


#endif /* FUZZ_H_INCLUDED */
