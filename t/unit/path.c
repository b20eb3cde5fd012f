
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "path.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


static void test_bad(void);
static void test_steps(void);
static void test_found(void);
static bool read_path(jose_path_t *path, const char *text, char **copy);


int
main(void)
{
    test_bad();
    test_steps();
    test_found();

    return unit_done("path");
}


/* The text is read out of memory that ends with it. */

static bool
read_path(jose_path_t *path, const char *text, char **copy)
{
    size_t        len;
    jose_bytes_t  bytes;

    len = strlen(text);
    *copy = malloc(len ? len : 1);
    memcpy(*copy, text, len);

    bytes.data = (const uint8_t *) *copy;
    bytes.len = len;

    return jose_path_read(path, bytes);
}


static void
test_bad(void)
{
    char         *copy;
    size_t        i;
    jose_path_t   path;

    static const char  *texts[] = {
        "", ".", "..", "..a", ".a.", ".a..b", ".[0]", ".a[", ".a[]", ".a[0",
        ".a[x]", ".a[0x]", ".a[-1]", ".a[+1]", ".a[ 0]", ".a[0 ]", ".a[0]b",
        ".a[0]]", ".a[[0]]", ".a]", ".a]b", ".a].b", ".a[1.0]", ".a[\"b\"]",
        ".\"", ".\"a", ".\"a\"b", ".\"a\"\"b\"", ".\"a\"]", ".a.\"b",
        ".a[65537]", ".a[99999999999999999999999999]"
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        unit_check_for(!read_path(&path, texts[i], &copy), "read: %s",
                       texts[i]);
        free(copy);
    }
}


/* names, one index and quoted names, up to the limit and one over it */

static void
test_steps(void)
{
    char          text[1024], *copy;
    size_t        i, n, kind;
    jose_path_t   path;

    static const char  *steps[] = { ".a", "[7]", ".\"a.b\"", ".longer name" };

    for (kind = 0; kind < 4; kind++) {
        for (n = 1; n <= JOSE_PATH_STEPS_MAX + 2; n++) {
            (void) strcpy(text, ".a");

            for (i = 1; i < n; i++) {
                (void) strcat(text, steps[kind]);
            }

            unit_check_for(read_path(&path, text, &copy)
                           == (n <= JOSE_PATH_STEPS_MAX),
                           "%zu steps: %s", n, text);
            unit_check_for(n > JOSE_PATH_STEPS_MAX || path.n == n,
                           "%zu steps of %zu", path.n, n);
            free(copy);
        }
    }

    unit_check(read_path(&path, ".a[65536]", &copy)
               && path.steps[1].index == 65536
               && path.steps[1].name.data == NULL);
    free(copy);
}


static void
test_found(void)
{
    bool                 found;
    char                *copy;
    size_t               i;
    jose_path_t          path;
    jose_json_value_t    value;
    jose_json_object_t   object;
    jose_json_member_t   members[JOSE_JSON_MEMBERS_MAX];

    static const char  text[] =
        " {\"a\":{\"b\":[10,{\"c\":\"deep\"},[20,30]],\"\":\"no name\"},"
        "\"a.b\":\"dots\",\"a[0]\":\"brackets\",\".a\":\"dot in front\","
        "\"http://x/roles\":[\"r\"],\"\\u0078\":{\"\\\"\":1,\"y\":null},"
        "\"list\":[],\"text\":\"abc\",\"n\":-1.50,\"\":\"empty\"} ";

    static const struct {
        const char  *path;
        const char  *value;    /* NULL: not there */
    } rows[] = {
        { "a.b", "dots" }, { "a[0]", "brackets" }, { "text", "abc" },
        { "http://x/roles", "[\"r\"]" }, { "x", "{\"\\\"\":1,\"y\":null}" },
        { ".\"http://x/roles\"[0]", "r" }, { ".text", "abc" },
        { ".\"a.b\"", "dots" }, { ".\"a[0]\"", "brackets" },
        { ".\".a\"", "dot in front" }, { ".\"\"", "empty" },
        { ".a.\"\"", "no name" }, { ".a.b[0]", "10" },
        { ".a.b[1].c", "deep" }, { ".a.b[01].c", "deep" },
        { ".a.b[2]", "[20,30]" }, { ".a.b[2][1]", "30" },
        { ".a.b[1]", "{\"c\":\"deep\"}" }, { ".\"a\".\"b\"[0]", "10" },
        { ".x.y", "null" }, { ".n", "-1.50" }, { ".list", "[]" },
        { ".a.b", "[10,{\"c\":\"deep\"},[20,30]]" },

        { "missing", NULL }, { ".missing", NULL }, { ".a.missing", NULL },
        { "a.b.c", NULL }, { "\"text\"", NULL }, { "tex", NULL },
        { "textx", NULL }, { "[0]", NULL }, { ".a[0]", NULL },
        { ".a.b[3]", NULL }, { ".a.b[1][0]", NULL }, { ".a.b.c", NULL },
        { ".a.b[0][0]", NULL }, { ".a.b[1].c.d", NULL },
        { ".text[0]", NULL }, { ".text.a", NULL }, { ".list[0]", NULL },
        { ".n[0]", NULL }, { ".x.y.z", NULL }, { ".x.y[0]", NULL },
        { ".A", NULL }, { ".a.b[65536]", NULL }
    };

    unit_check(jose_json_parse(sign_text(text), members, &object) == JOSE_OK);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        if (!unit_check_for(read_path(&path, rows[i].path, &copy),
                            "not read: %s", rows[i].path))
        {
            free(copy);
            continue;
        }

        value.text = sign_text("not set");
        found = jose_path_find(&path, &object, &value);

        unit_check_for(found == (rows[i].value != NULL), "%s: %s",
                       rows[i].path, found ? "found" : "not found");
        unit_check_for(jose_bytes_equal(value.text,
                                        sign_text(found && rows[i].value
                                                  ? rows[i].value
                                                  : "not set")),
                       "%s: %.*s", rows[i].path, (int) value.text.len,
                       (const char *) value.text.data);
        free(copy);
    }
}
