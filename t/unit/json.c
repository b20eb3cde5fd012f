
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "json.h"
#include "unit.h"

#include <string.h>


static void test_get(void);
static void test_get_escaped(void);
static void test_get_moved(void);
static void test_member(void);
static void test_iterate(void);
static void test_string_equal(void);
static void test_string_decode(void);
static void test_numbers_as_written(void);
static void test_compact(void);
static void test_depth(void);
static void test_members(void);
static void test_length(void);
static void test_collisions(void);
static jose_status_t parse(const char *text, jose_json_object_t *object);
static bool get(const char *text, const char *name, jose_json_value_t *value);
static bool value_is(const jose_json_value_t *value, jose_json_type_t type,
    const char *text);
static jose_bytes_t bytes(const char *text);


static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];


int
main(void)
{
    test_get();
    test_get_escaped();
    test_get_moved();
    test_member();
    test_iterate();
    test_string_equal();
    test_string_decode();
    test_numbers_as_written();
    test_compact();
    test_depth();
    test_members();
    test_length();
    test_collisions();

    return unit_done("json");
}


static void
test_get(void)
{
    jose_json_value_t   value;
    jose_json_object_t  object;
    static const char   text[] = " { \"iss\" : \"joe\", \"exp\":1.50e1 ,"
                                 "\"a\":[1, 2],\"o\":{ \"iss\":1 }, \"t\":true,"
                                 "\"f\":false , \"n\": null,\"e\":\"\" } ";

    unit_check(parse(text, &object) == JOSE_OK);
    unit_check(object.n == 8);

    unit_check(get(text, "iss", &value));
    unit_check(value_is(&value, JOSE_JSON_STRING, "joe"));
    unit_check(get(text, "exp", &value));
    unit_check(value_is(&value, JOSE_JSON_NUMBER, "1.50e1"));
    unit_check(get(text, "a", &value));
    unit_check(value_is(&value, JOSE_JSON_ARRAY, "[1, 2]"));
    unit_check(get(text, "o", &value));
    unit_check(value_is(&value, JOSE_JSON_OBJECT, "{ \"iss\":1 }"));
    unit_check(get(text, "t", &value));
    unit_check(value_is(&value, JOSE_JSON_TRUE, "true"));
    unit_check(get(text, "f", &value));
    unit_check(value_is(&value, JOSE_JSON_FALSE, "false"));
    unit_check(get(text, "n", &value));
    unit_check(value_is(&value, JOSE_JSON_NULL, "null"));
    unit_check(get(text, "e", &value));
    unit_check(value_is(&value, JOSE_JSON_STRING, ""));

    unit_check(!get(text, "is", &value));
    unit_check(!get(text, "isss", &value));
    unit_check(!get(text, "ISS", &value));
    unit_check(!get(text, "", &value));
    unit_check(!get("{}", "", &value));

    unit_check(get(text, "iss", &value));
    unit_check(!jose_json_get(&object, bytes("is"), &value));
    unit_check(value_is(&value, JOSE_JSON_STRING, "joe"));

    unit_check(parse("[]", &object) == JOSE_MALFORMED);
    unit_check(parse("{\"a\":1,\"a\":1}", &object) == JOSE_MALFORMED);
    unit_check(parse("", &object) == JOSE_MALFORMED);
}


static void
test_get_escaped(void)
{
    jose_bytes_t        name;
    jose_json_value_t   value;
    jose_json_object_t  object;

    unit_check(get("{\"\\u0069ss\":1}", "iss", &value));
    unit_check(get("{\"a\\/b\":1}", "a/b", &value));
    unit_check(get("{\"\\u00e9\":1}", "\xc3\xa9", &value));
    unit_check(get("{\"\xc3\xa9\":1}", "\xc3\xa9", &value));
    unit_check(get("{\"\\ud83d\\ude00\":1}", "\xf0\x9f\x98\x80", &value));
    unit_check(get("{\"\":1}", "", &value));

    /* what stands in the text is not the name */

    unit_check(!get("{\"\\u0069ss\":1}", "\\u0069ss", &value));
    unit_check(!get("{\"\\n\":1}", "\\n", &value));
    unit_check(get("{\"\\\\n\":1}", "\\n", &value));

    name.data = (const uint8_t *) "a\0b";
    name.len = 3;

    unit_check(parse("{\"a\":1}", &object) == JOSE_OK);
    unit_check(!jose_json_get(&object, name, &value));

    name.data = NULL;
    name.len = 0;

    unit_check(!jose_json_get(&object, name, &value));
    unit_check(parse("{\"\":1}", &object) == JOSE_OK);
    unit_check(jose_json_get(&object, name, &value));
}


static void
test_get_moved(void)
{
    char                text[] = "  {\"x\":{\"a\":1},\"y\":\"z\"}";
    char                other[sizeof(text)];
    jose_json_value_t   value;
    jose_json_member_t  moved[2];
    jose_json_object_t  object;

    unit_check(parse(text, &object) == JOSE_OK);
    unit_check(object.n == 2);

    memcpy(other, text, sizeof(text));
    memcpy(moved, object.members, sizeof(moved));
    memset(text, 0, sizeof(text));
    memset(members, 0, sizeof(members));

    object.text.data = (const uint8_t *) other;
    object.members = moved;

    unit_check(jose_json_get(&object, bytes("y"), &value));
    unit_check(value_is(&value, JOSE_JSON_STRING, "z"));
    unit_check(jose_json_get(&object, bytes("x"), &value));
    unit_check(value_is(&value, JOSE_JSON_OBJECT, "{\"a\":1}"));
}


static void
test_member(void)
{
    jose_json_value_t  o, value;

    unit_check(get("{\"o\":{\"a\" : 1,\"\\u0062\":{\"a\":2},\"c\":[]}}", "o",
                   &o));

    unit_check(jose_json_member(&o, bytes("a"), &value));
    unit_check(value_is(&value, JOSE_JSON_NUMBER, "1"));
    unit_check(jose_json_member(&o, bytes("b"), &value));
    unit_check(value_is(&value, JOSE_JSON_OBJECT, "{\"a\":2}"));
    unit_check(jose_json_member(&o, bytes("c"), &value));
    unit_check(value_is(&value, JOSE_JSON_ARRAY, "[]"));
    unit_check(!jose_json_member(&o, bytes("d"), &value));
    unit_check(!jose_json_member(&o, bytes(""), &value));
    unit_check(!jose_json_member(&value, bytes("a"), &value));

    unit_check(get("{\"s\":\"{\\\"a\\\":1}\"}", "s", &value));
    unit_check(!jose_json_member(&value, bytes("a"), &value));
    unit_check(get("{\"s\":[{\"a\":1}]}", "s", &value));
    unit_check(!jose_json_member(&value, bytes("a"), &value));
}


static void
test_iterate(void)
{
    jose_json_value_t     container, name, value;
    jose_json_iterator_t  it;

    unit_check(get("{\"a\":[ \"x\\\"]\" ,[[],\"]\"],{\"b\":[]} ,-1.5,null ]}",
                   "a", &container));

    jose_json_iterate(&it, &container);
    unit_check(jose_json_next(&it, &name, &value));
    unit_check(value_is(&value, JOSE_JSON_STRING, "x\\\"]"));
    unit_check(jose_json_next(&it, NULL, &value));
    unit_check(value_is(&value, JOSE_JSON_ARRAY, "[[],\"]\"]"));
    unit_check(jose_json_next(&it, NULL, &value));
    unit_check(value_is(&value, JOSE_JSON_OBJECT, "{\"b\":[]}"));
    unit_check(jose_json_next(&it, NULL, &value));
    unit_check(value_is(&value, JOSE_JSON_NUMBER, "-1.5"));
    unit_check(jose_json_next(&it, NULL, &value));
    unit_check(value_is(&value, JOSE_JSON_NULL, "null"));
    unit_check(!jose_json_next(&it, NULL, &value));
    unit_check(!jose_json_next(&it, NULL, &value));

    unit_check(get("{\"o\":{\"\\\"\":1 , \"b\" :true}}", "o", &container));

    jose_json_iterate(&it, &container);
    unit_check(jose_json_next(&it, &name, &value));
    unit_check(value_is(&name, JOSE_JSON_STRING, "\\\""));
    unit_check(value_is(&value, JOSE_JSON_NUMBER, "1"));
    unit_check(jose_json_next(&it, &name, &value));
    unit_check(value_is(&name, JOSE_JSON_STRING, "b"));
    unit_check(value_is(&value, JOSE_JSON_TRUE, "true"));
    unit_check(!jose_json_next(&it, &name, &value));

    unit_check(get("{\"a\":[ ]}", "a", &container));
    jose_json_iterate(&it, &container);
    unit_check(!jose_json_next(&it, &name, &value));

    unit_check(get("{\"a\":\"[1,2]\"}", "a", &container));
    jose_json_iterate(&it, &container);
    unit_check(!jose_json_next(&it, &name, &value));

    unit_check(get("{\"a\":12}", "a", &container));
    jose_json_iterate(&it, &container);
    unit_check(!jose_json_next(&it, &name, &value));
}


static void
test_string_equal(void)
{
    jose_json_value_t  value;

    unit_check(get("{\"s\":\"a\\u0062c\"}", "s", &value));
    unit_check(jose_json_string_equal(&value, bytes("abc")));
    unit_check(!jose_json_string_equal(&value, bytes("ab")));
    unit_check(!jose_json_string_equal(&value, bytes("abcd")));
    unit_check(!jose_json_string_equal(&value, bytes("abd")));
    unit_check(!jose_json_string_equal(&value, bytes("a\\u0062c")));

    unit_check(get("{\"s\":\"\\n\"}", "s", &value));
    unit_check(jose_json_string_equal(&value, bytes("\n")));
    unit_check(!jose_json_string_equal(&value, bytes("\\n")));
    unit_check(!jose_json_string_equal(&value, bytes("")));

    unit_check(get("{\"s\":\"\\u20ac\"}", "s", &value));
    unit_check(jose_json_string_equal(&value, bytes("\xe2\x82\xac")));
    unit_check(!jose_json_string_equal(&value, bytes("\xe2\x82")));

    unit_check(get("{\"s\":\"\"}", "s", &value));
    unit_check(jose_json_string_equal(&value, bytes("")));

    unit_check(get("{\"s\":12}", "s", &value));
    unit_check(!jose_json_string_equal(&value, bytes("12")));
    unit_check(get("{\"s\":null}", "s", &value));
    unit_check(!jose_json_string_equal(&value, bytes("null")));
}


static void
test_string_decode(void)
{
    size_t             len;
    uint8_t            out[64];
    jose_json_value_t  value;
    static const char  decoded[] = "\"\\/\b\f\n\r\t\0A\xc3\xa9\xe2\x82\xac"
                                   "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xc3\xa9";

    unit_check(get("{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u0041\\u00E9"
                   "\\u20ac\\uD83D\\ude00\\udbff\\udfff\xc3\xa9\"}",
                   "s", &value));

    len = jose_json_string_decode(&value, out);
    unit_check(len == sizeof(decoded) - 1);
    unit_check(memcmp(out, decoded, sizeof(decoded) - 1) == 0);

    unit_check(get("{\"s\":\"\"}", "s", &value));
    unit_check(jose_json_string_decode(&value, out) == 0);
}


static void
test_numbers_as_written(void)
{
    size_t             i;
    char               text[512];
    jose_json_value_t  value;
    static const char  *const  numbers[] = {
        "0", "-0", "-0.0", "1.50", "1E+05", "12345678901234567890",
        "-99999999999999999999", "1e-400", "1700000000.000"
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        snprintf(text, sizeof(text), "{\"n\": %s }", numbers[i]);

        unit_check_for(get(text, "n", &value)
                       && value_is(&value, JOSE_JSON_NUMBER, numbers[i]),
                       "%s", numbers[i]);
    }
}


static void
test_compact(void)
{
    size_t             i, len;
    uint8_t            out[128];
    jose_json_value_t  value;
    static const struct {
        const char  *text;
        const char  *compact;
    } cases[] = {
        { "{\"v\": { \"a\" : [ 1 ,\t2.50 ] ,\r\n\"b c\" : \" \\\" { \" } }",
          "{\"a\":[1,2.50],\"b c\":\" \\\" { \"}" },
        { "{\"v\":\"a \\u0062\"}", "\"a \\u0062\"" },
        { "{\"v\":\"\"}", "\"\"" },
        { "{\"v\": 1E5 }", "1E5" },
        { "{\"v\": null }", "null" },
        { "{\"v\":[ ]}", "[]" },
        { "{\"v\":[ \"\\\\\" , { } ]}", "[\"\\\\\",{}]" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {

        if (!unit_check_for(get(cases[i].text, "v", &value), "%s",
                            cases[i].text))
        {
            continue;
        }

        len = jose_json_compact(&value, out);

        unit_check_for(len == strlen(cases[i].compact)
                       && memcmp(out, cases[i].compact, len) == 0,
                       "%s", cases[i].text);
    }
}


static void
test_depth(void)
{
    size_t              depth, n;
    char                text[1024];
    jose_json_object_t  object;

    for (depth = 1; depth < 80; depth++) {

        n = 0;
        n += (size_t) sprintf(text + n, "{\"a\":");
        memset(text + n, '[', depth - 1);
        n += depth - 1;
        n += (size_t) sprintf(text + n, depth == 1 ? "1" : "");
        memset(text + n, ']', depth - 1);
        n += depth - 1;
        sprintf(text + n, "}");

        unit_check_for((parse(text, &object) == JOSE_OK) == (depth <= 64),
                       "%zu arrays", depth);

        for (n = 0; n < depth - 1; n++) {
            sprintf(text + n * 5, "{\"a\":");
        }

        n *= 5;
        n += (size_t) sprintf(text + n, "{");
        memset(text + n, '}', depth);
        text[n + depth] = '\0';

        unit_check_for((parse(text, &object) == JOSE_OK) == (depth <= 64),
                       "%zu objects", depth);
    }
}


static void
test_members(void)
{
    char                text[16384];
    size_t              i, n, outer, inner;
    jose_json_object_t  object;

    for (outer = 1; outer <= 513; outer += 128) {
        for (inner = 510 - outer % 510; inner <= 514 - outer % 510; inner++) {

            n = (size_t) sprintf(text, "{");

            for (i = 1; i < outer; i++) {
                n += (size_t) sprintf(text + n, "\"%zx\":0,", i);
            }

            n += (size_t) sprintf(text + n, "\"o\":[{");

            for (i = 0; i < inner; i++) {
                n += (size_t) sprintf(text + n, "%s\"%zx\":0",
                                      i == 0 ? "" : ",", i);
            }

            sprintf(text + n, "}]}");

            unit_check_for((parse(text, &object) == JOSE_OK)
                           == (outer + inner <= JOSE_JSON_MEMBERS_MAX),
                           "%zu members around %zu", outer, inner);
        }
    }
}


static void
test_length(void)
{
    size_t              i;
    jose_bytes_t        text;
    jose_json_object_t  object;
    static char         blanks[JOSE_TOKEN_MAX + 1];

    memset(blanks, ' ', sizeof(blanks));
    memcpy(blanks, "{}", 2);

    for (i = JOSE_TOKEN_MAX - 1; i <= JOSE_TOKEN_MAX + 1; i++) {
        text.data = (const uint8_t *) blanks;
        text.len = i;

        unit_check_for((jose_json_parse(text, members, &object) == JOSE_OK)
                       == (i <= JOSE_TOKEN_MAX), "%zu bytes", i);
    }

    text.data = NULL;
    text.len = 0;

    unit_check(jose_json_parse(text, members, &object) == JOSE_MALFORMED);
}


/*
 * Any word of either column, after any word of the line above, leaves FNV-1a
 * in the same state: 32 names of one hash.
 */

static void
test_collisions(void)
{
    char                text[1024];
    size_t              i, k, n, names;
    jose_json_value_t   value;
    jose_json_object_t  object;
    static const char  *const  words[5][2] = {
        { "gwzx", "16cd" },
        { "yyao", "1kia" },
        { "g3zx", "1pad" },
        { "epvu", "33ea" },
        { "zwfo", "2uja" }
    };

    /* n names are n * (n - 1) / 2 pairs: 11 have 55, 12 have 66 */

    for (names = 1; names <= 32; names++) {
        n = (size_t) sprintf(text, "{");

        for (i = 0; i < names; i++) {
            n += (size_t) sprintf(text + n, "%s\"", i == 0 ? "" : ",");

            for (k = 0; k < 5; k++) {
                n += (size_t) sprintf(text + n, "%s", words[k][i >> k & 1]);
            }

            n += (size_t) sprintf(text + n, "\":%zu", i);
        }

        sprintf(text + n, "}");

        unit_check_for((parse(text, &object) == JOSE_OK) == (names <= 11),
                       "%zu names", names);

        unit_check_for(names < 2 || members[0].hash == members[1].hash,
                       "%zu names", names);
    }

    unit_check(get("{\"gwzx\":1,\"16cd\":2}", "16cd", &value));
    unit_check(value_is(&value, JOSE_JSON_NUMBER, "2"));
    unit_check(!get("{\"gwzx\":1}", "16cd", &value));

    /* a name and what it begins with */

    unit_check(get("{\"a\":1,\"aeihmaadm\":2}", "a", &value));
    unit_check(members[0].hash == members[1].hash);
    unit_check(get("{\"aeihmaadm\":1,\"a\":2}", "a", &value));

    unit_check(!get("{\"gwzx\":1,\"16cd\":2,\"gwz\\u0078\":3}", "gwzx",
                    &value));
}


static jose_status_t
parse(const char *text, jose_json_object_t *object)
{
    return jose_json_parse(bytes(text), members, object);
}


static bool
get(const char *text, const char *name, jose_json_value_t *value)
{
    jose_json_object_t  object;

    value->text = bytes("");
    value->type = JOSE_JSON_NULL;

    return parse(text, &object) == JOSE_OK
           && jose_json_get(&object, bytes(name), value);
}


static bool
value_is(const jose_json_value_t *value, jose_json_type_t type,
    const char *text)
{
    return value->type == type
           && (value->text.len == strlen(text))
           && memcmp(value->text.data, text, strlen(text)) == 0;
}


static jose_bytes_t
bytes(const char *text)
{
    jose_bytes_t  b;

    b.data = (const uint8_t *) text;
    b.len = strlen(text);

    return b;
}
