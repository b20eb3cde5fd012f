
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What is beside the parser, for which see json.c.
 */


#include "exact.h"
#include "json_string.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


static void test_copy(void);
static void test_copy_long(void);
static void test_hash(void);


static const struct {
    const char    *text;      /* as between quotes */
    jose_bytes_t   decoded;
} strings[] = {
    { "", jose_bytes("") },
    { "a", jose_bytes("a") },
    { "plain text", jose_bytes("plain text") },
    { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
      jose_bytes("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") },
    { "\\u0061", jose_bytes("a") },
    { "\\u0061\\u0062\\u0063\\u0064", jose_bytes("abcd") },
    { "ab\\ncd", jose_bytes("ab\ncd") },
    { "\\\\\\/\\\"", jose_bytes("\\/\"") },
    { "\\u00e9", jose_bytes("\xc3\xa9") },
    { "x\\u20acy", jose_bytes("x\xe2\x82\xacy") },
    { "x\\ud83d\\ude00y", jose_bytes("x\xf0\x9f\x98\x80y") },
    { "\xe2\x82\xac\\t\xc3\xa9", jose_bytes("\xe2\x82\xac\t\xc3\xa9") },
    { "\\u0000", jose_bytes("\0") },
    { "a\\u0000b", jose_bytes("a\0b") }
};


#define STRINGS_N  (sizeof(strings) / sizeof(strings[0]))


int
main(void)
{
    test_copy();
    test_copy_long();
    test_hash();

    return unit_done("json_string");
}


/* Into any room, which has nothing behind it. */

static void
test_copy(void)
{
    bool                ok;
    size_t              i, size, len;
    uint8_t            *out;
    jose_bytes_t        decoded;
    jose_json_value_t   value;

    value.type = JOSE_JSON_STRING;

    for (i = 0; i < STRINGS_N; i++) {
        value.text = exact(strings[i].text);
        decoded = strings[i].decoded;

        for (size = 0; size <= value.text.len + 1; size++) {
            out = malloc(size);

            ok = jose_json_string_copy(&value, out, size, &len);

            unit_check_for(ok == (decoded.len <= size),
                           "\"%s\" into %zu bytes", strings[i].text, size);
            unit_check_for(!ok || (len == decoded.len
                                   && memcmp(out, decoded.data, len) == 0),
                           "\"%s\" in %zu bytes", strings[i].text, size);

            free(out);
        }

        exact_free(value.text);
    }
}


static void
test_copy_long(void)
{
    size_t             i, len;
    uint8_t            out[100], text[60000];
    jose_json_value_t  value;

    value.type = JOSE_JSON_STRING;
    value.text.data = text;
    value.text.len = sizeof(text);

    memset(text, 'a', sizeof(text));
    unit_check_for(!jose_json_string_copy(&value, out, sizeof(out), &len),
                   "long text fits");

    for (i = 0; i < sizeof(text); i += 6) {
        memcpy(text + i, "\\u0061", 6);
    }

    unit_check_for(!jose_json_string_copy(&value, out, sizeof(out), &len),
                   "long escaped text fits");

    value.text.len = 600;
    unit_check_for(jose_json_string_copy(&value, out, sizeof(out), &len)
                   && len == 100,
                   "escaped text does not fit");
}


/* That of a name is that of its bytes, however they are written. */

static void
test_hash(void)
{
    bool          ok;
    size_t        i;
    uint32_t      hash;
    jose_bytes_t  text, decoded;

    for (i = 0; i < STRINGS_N; i++) {
        text = exact(strings[i].text);
        decoded = exact_of((const char *) strings[i].decoded.data,
                           strings[i].decoded.len);

        ok = jose_json_name_hash(text, &hash);

        unit_check_for(hash == jose_json_bytes_hash(decoded),
                       "hash of \"%s\"", strings[i].text);
        unit_check_for(ok == (memchr(decoded.data, 0, decoded.len) == NULL),
                       "NUL in \"%s\"", strings[i].text);

        exact_free(text);
        exact_free(decoded);
    }

    /* FNV-1a, as its authors publish it */

    text = exact("foobar");
    unit_check_for(jose_json_bytes_hash(text) == 0xbf9cf968,
                   "hash of foobar: %x", jose_json_bytes_hash(text));
    exact_free(text);
}
