
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_scan.h"
#include "unit.h"


#define LEN_MAX  70


static void test_each_byte_at_each_place(void);
static void test_in_a_text(void);


int
main(void)
{
    test_each_byte_at_each_place();
    test_in_a_text();

    return unit_done("json_scan");
}


/* Plain characters, one other, and at the end what always ends a scan. */

static void
test_each_byte_at_each_place(void)
{
    int             c;
    bool            plain;
    size_t          at, len;
    uint8_t        *text;
    const uint8_t  *end;

    for (len = 1; len <= LEN_MAX; len += len < 20 ? 1 : 7) {

        text = malloc(len);
        if (text == NULL) {
            abort();
        }

        for (at = 0; at < len; at++) {
            for (c = 0; c < 256; c++) {

                memset(text, 'x', len);
                text[len - 1] = '}';
                text[at] = (uint8_t) c;

                plain = c >= 0x20 && c < 0x80
                        && c != '"' && c != '\\' && c != '}';

                /* there is no end without one */

                if (plain && at == len - 1) {
                    continue;
                }

                end = jose_json_scan(text, text + len - 1);

                unit_check_for(end == text + (plain ? len - 1 : at),
                               "byte %d at %zu of %zu", c, at, len);
            }
        }

        free(text);
    }
}


/* The reader stops there, and knows what to make of it. */

static void
test_in_a_text(void)
{
    int                  c;
    char                 text[LEN_MAX];
    bool                 good;
    size_t               at, last;
    jose_bytes_t         bytes;
    jose_json_object_t   object;
    jose_json_member_t   members[JOSE_JSON_MEMBERS_MAX];

    last = LEN_MAX - sizeof("\"}") + 1;

    for (at = sizeof("{\"a\":\"") - 1; at < last; at++) {
        for (c = 0; c < 256; c++) {

            memset(text, 'x', LEN_MAX);
            memcpy(text, "{\"a\":\"", sizeof("{\"a\":\"") - 1);
            memcpy(text + last, "\"}", 2);
            text[at] = (char) c;

            bytes.data = (const uint8_t *) text;
            bytes.len = LEN_MAX;

            good = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';

            unit_check_for((jose_json_parse(bytes, members, &object)
                            == JOSE_OK) == good,
                           "byte %d at %zu", c, at);
        }
    }
}
