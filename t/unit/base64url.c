
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "unit.h"


#define LEN_MAX  80


static void test_vectors(void);
static void test_round_trips(void);
static void test_each_byte_at_each_place(void);
static void test_each_byte_in_a_long_text(void);
static void test_spare_bits(void);
static void test_lengths(void);
static void test_padding(void);
static void test_alphabets(void);
static size_t encode(const uint8_t *data, size_t len, const char *last,
    char *out);
static char character(uint32_t v, const char *last);
static uint32_t value(int c);
static uint32_t spare(size_t len);
static bool decodes(const char *text, const char *bytes);
static bool decodes_plain(const char *text, const char *bytes);
static bool decode(const char *text, size_t len, uint8_t *out, size_t *n,
    bool plain);


static const char  letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";


int
main(void)
{
    test_vectors();
    test_round_trips();
    test_each_byte_at_each_place();
    test_each_byte_in_a_long_text();
    test_spare_bits();
    test_lengths();
    test_padding();
    test_alphabets();

    return unit_done("base64url");
}


static void
test_vectors(void)
{
    size_t  i;
    static const struct {
        const char  *text;
        const char  *bytes;
    } vectors[] = {

        /* RFC 4648, 10 without the padding */

        { "", "" },
        { "Zg", "f" },
        { "Zm8", "fo" },
        { "Zm9v", "foo" },
        { "Zm9vYg", "foob" },
        { "Zm9vYmE", "fooba" },
        { "Zm9vYmFy", "foobar" },

        /* RFC 7515, A.1.1 */

        { "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
          "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}" },

        /* RFC 7515, C */

        { "A-z_4ME", "\x03\xec\xff\xe0\xc1" }
    };

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        unit_check_for(decodes(vectors[i].text, vectors[i].bytes), "%s",
                       vectors[i].text);
    }
}


static void
test_round_trips(void)
{
    char      text[LEN_MAX * 2];
    size_t    i, len, n, round;
    uint8_t   data[LEN_MAX], out[LEN_MAX];
    uint32_t  random;

    random = 1;

    for (len = 0; len <= LEN_MAX; len++) {
        for (round = 0; round < 20; round++) {

            for (i = 0; i < len; i++) {
                random = random * 1664525 + 1013904223;
                data[i] = (uint8_t) (random >> 24);
            }

            n = encode(data, len, "-_", text);

            unit_check_for(jose_base64url_decoded_len(n) == len, "%zu", len);
            unit_check_for(decode(text, n, out, &n, false) && n == len
                           && memcmp(out, data, len) == 0, "%zu", len);

            n = encode(data, len, "+/", text);

            unit_check_for(decode(text, n, out, &n, true) && n == len
                           && memcmp(out, data, len) == 0, "%zu", len);
        }
    }
}


static void
test_each_byte_at_each_place(void)
{
    int      c;
    bool     good, url, plain;
    char     text[12];
    size_t   at, len, n;
    uint8_t  out[12];

    for (len = 2; len <= sizeof(text); len++) {
        for (at = 0; at < len; at++) {
            for (c = 0; c < 256; c++) {

                memset(text, 'A', sizeof(text));
                text[at] = (char) c;

                good = c != '\0' && strchr(letters, c) != NULL;
                url = good || c == '-' || c == '_';
                plain = good || c == '+' || c == '/';

                good = len % 4 != 1
                       && (at < len - 1 || (value(c) & spare(len)) == 0);

                unit_check_for(decode(text, len, out, &n, false)
                               == (url && good),
                               "byte %d at %zu of %zu", c, at, len);

                /* padding has a test of its own */

                if (c == '=') {
                    continue;
                }

                unit_check_for(decode(text, len, out, &n, true)
                               == (plain && good),
                               "byte %d at %zu of %zu", c, at, len);
            }
        }
    }
}


/* Long ones are decoded in blocks: the same, and what becomes of it. */

static void
test_each_byte_in_a_long_text(void)
{
    int      c;
    bool     good;
    char     text[LEN_MAX];
    size_t   at, n;
    uint8_t  out[LEN_MAX], other[LEN_MAX];

    for (at = 0; at < LEN_MAX; at++) {
        for (c = 0; c < 256; c++) {

            memset(text, 'A', LEN_MAX);
            text[at] = (char) c;

            good = c == '-' || c == '_'
                   || (c != '\0' && strchr(letters, c) != NULL);

            unit_check_for(decode(text, LEN_MAX, out, &n, false) == good,
                           "byte %d at %zu of a long text", c, at);

            if (!good) {
                continue;
            }

            /* the four characters by themselves, and zeros around them */

            memset(other, 0, LEN_MAX);

            unit_check_for(decode(text + at / 4 * 4, 4, other + at / 4 * 3,
                                  &n, false)
                           && memcmp(out, other, LEN_MAX / 4 * 3) == 0,
                           "value of byte %d at %zu", c, at);
        }
    }
}


/* A text ends in one way only: the bits that hold no byte are zero. */

static void
test_spare_bits(void)
{
    char      text[4];
    size_t    a, b, n, accepted;
    uint8_t   out[3];

    accepted = 0;

    for (a = 0; a < 62; a++) {
        for (b = 0; b < 62; b++) {
            text[0] = letters[a];
            text[1] = letters[b];

            if (decode(text, 2, out, &n, false)) {
                unit_check_for(out[0] == (a << 2 | b >> 4), "%.2s", text);
                accepted++;
            }
        }
    }

    unit_check(accepted == 62 * 4);

    accepted = 0;
    memset(text, 'A', sizeof(text));

    for (b = 0; b < 62; b++) {
        text[2] = letters[b];

        if (decode(text, 3, out, &n, false)) {
            unit_check_for(out[1] == b >> 2, "%.3s", text);
            accepted++;
        }
    }

    unit_check(accepted == 16);

    unit_check(!decodes("Zh", "f"));
    unit_check(!decodes("Zm9", "fo"));
    unit_check(!decodes_plain("Zh==", "f"));
    unit_check(!decodes_plain("Zm9=", "fo"));
}


static void
test_lengths(void)
{
    char      text[LEN_MAX];
    size_t    len, n;
    uint8_t   out[LEN_MAX];

    memset(text, 'A', sizeof(text));

    for (len = 0; len <= LEN_MAX; len++) {
        unit_check_for(decode(text, len, out, &n, false) == (len % 4 != 1),
                       "%zu", len);
        unit_check_for(decode(text, len, out, &n, true) == (len % 4 != 1),
                       "%zu", len);
    }

    unit_check(decode(NULL, 0, out, &n, false) && n == 0);
    unit_check(decode(NULL, 0, out, &n, true) && n == 0);
}


static void
test_padding(void)
{
    size_t  i;
    static const char  *const  bad[] = {
        "=", "==", "===", "====", "Z=", "Z==", "Z===", "Zg=", "Zg===",
        "Zm8==", "Zm9v=", "Zm9v==", "Zm9v====", "Zg==Zg==", "Zg==Zm8", "=Zg=",
        "Zm=v", "Z=9v", "=m9v", "Zg=A", "Zm9vYg=", "Zm9vYmE==", "Zg== ", "Zg=\n"
    };

    unit_check(decodes_plain("Zg==", "f"));
    unit_check(decodes_plain("Zg", "f"));
    unit_check(decodes_plain("Zm8=", "fo"));
    unit_check(decodes_plain("Zm8", "fo"));
    unit_check(decodes_plain("Zm9v", "foo"));
    unit_check(decodes_plain("Zm9vYg==", "foob"));
    unit_check(decodes_plain("Zm9vYmE=", "fooba"));
    unit_check(decodes_plain("", ""));

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        unit_check_for(!decodes_plain(bad[i], NULL), "%s", bad[i]);
        unit_check_for(!decodes(bad[i], NULL), "%s", bad[i]);
    }

    unit_check(!decodes("Zg==", NULL));
    unit_check(!decodes("Zm8=", NULL));
}


static void
test_alphabets(void)
{
    unit_check(decodes("-_-_", "\xfb\xff\xbf"));
    unit_check(decodes_plain("+/+/", "\xfb\xff\xbf"));
    unit_check(!decodes("+/+/", NULL));
    unit_check(!decodes_plain("-_-_", NULL));
    unit_check(!decodes("-/-_", NULL));
    unit_check(!decodes_plain("+_+/", NULL));
    unit_check(!decodes("Zm9v Zm9v", NULL));
    unit_check(!decodes("Zm9v\nZm9", NULL));
}


static size_t
encode(const uint8_t *data, size_t len, const char *last, char *out)
{
    size_t    n, bits;
    uint32_t  acc;

    n = 0;
    acc = 0;

    for (bits = 0; len > 0 || bits > 0; bits -= 6) {

        if (bits < 6 && len > 0) {
            acc = acc << 8 | *data++;
            bits += 8;
            len--;

        } else if (bits < 6) {
            acc <<= 6 - bits;
            bits = 6;
        }

        acc &= 0xffff;
        out[n++] = character(acc >> (bits - 6) & 0x3f, last);
    }

    return n;
}


static char
character(uint32_t v, const char *last)
{
    return v < 62 ? letters[v] : last[v - 62];
}


/* What a character of either alphabet stands for. */

static uint32_t
value(int c)
{
    const char  *p;

    if (c == '-' || c == '+') {
        return 62;
    }

    p = (c == '\0') ? NULL : strchr(letters, c);

    return (p == NULL) ? 63 : (uint32_t) (p - letters);
}


static uint32_t
spare(size_t len)
{
    return (len % 4 == 2) ? 0xf : (len % 4 == 3) ? 0x3 : 0;
}


/* bytes: what is expected; NULL: anything. */

static bool
decodes(const char *text, const char *bytes)
{
    size_t   n;
    uint8_t  out[LEN_MAX];

    return decode(text, strlen(text), out, &n, false)
           && (bytes == NULL
               || (n == strlen(bytes) && memcmp(out, bytes, n) == 0));
}


static bool
decodes_plain(const char *text, const char *bytes)
{
    size_t   n;
    uint8_t  out[LEN_MAX];

    return decode(text, strlen(text), out, &n, true)
           && (bytes == NULL
               || (n == strlen(bytes) && memcmp(out, bytes, n) == 0));
}


/* Into a block of the promised size and one byte that has to stay. */

static bool
decode(const char *text, size_t len, uint8_t *out, size_t *n, bool plain)
{
    bool          good;
    size_t        room;
    uint8_t      *block;
    jose_bytes_t  bytes;

    room = jose_base64url_decoded_len(len);

    block = malloc(room + 1);
    if (block == NULL) {
        abort();
    }

    block[room] = 0xa5;

    bytes.data = (const uint8_t *) text;
    bytes.len = len;
    *n = room;

    good = plain ? jose_base64_decode(bytes, block, n)
                 : jose_base64url_decode(bytes, block);

    unit_check(block[room] == 0xa5);

    if (good) {
        memcpy(out, block, *n);
    }

    free(block);

    return good;
}
