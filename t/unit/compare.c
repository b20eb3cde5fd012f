
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "compared.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


static void test_pairs(void);
static void test_pair(const char *a, const char *b, bool same);
static void test_numbers(void);
static void test_strings(void);
static void test_arrays(void);
static void test_objects(void);
static void test_depth(void);
static void same(const char *a, const char *b);
static void differ(const char *a, const char *b);
static void expect(const char *left, jose_compare_t op, const char *right,
    bool expected);


int
main(void)
{
    test_pairs();
    test_numbers();
    test_strings();
    test_arrays();
    test_objects();
    test_depth();

    return unit_done("compare");
}


/* Values of every type: each is the same as itself, and as no other. */

static void
test_pairs(void)
{
    size_t  i, j;

    static const char  *const rows[] = {
        "null", "true", "false", "0", "1", "-1", "\"\"", "\"null\"",
        "\"true\"", "\"false\"", "\"0\"", "\"1\"", "\"[]\"", "\"{}\"",
        "[]", "[null]", "[0]", "[1]", "[\"1\"]", "[[]]", "[[1]]", "[1,1]",
        "[{}]", "{}", "{\"a\":null}", "{\"a\":1}", "{\"a\":\"1\"}",
        "{\"a\":[1]}", "{\"a\":{}}", "{\"b\":1}", "{\"a\":1,\"b\":1}",
        "{\"\":1}"
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
            test_pair(rows[i], rows[j], i == j);
        }
    }
}


static void
test_pair(const char *a, const char *b, bool same)
{
    bool  numbers, array;
    int   left, right;

    expect(a, JOSE_COMPARE_EQ, b, same);
    expect(a, JOSE_COMPARE_NE, b, !same);

    numbers = strchr("-01", a[0]) != NULL && strchr("-01", b[0]) != NULL;
    left = atoi(a);
    right = atoi(b);

    expect(a, JOSE_COMPARE_GT, b, numbers && left > right);
    expect(a, JOSE_COMPARE_GE, b, numbers && left >= right);
    expect(a, JOSE_COMPARE_LT, b, numbers && left < right);
    expect(a, JOSE_COMPARE_LE, b, numbers && left <= right);

    array = (b[0] == '[');

    unit_check_for(!array || compared(a, JOSE_COMPARE_IN, b)
                             != compared(a, JOSE_COMPARE_NIN, b),
                   "%s and %s", a, b);
    unit_check_for(array || !compared(a, JOSE_COMPARE_IN, b), "%s, %s", a, b);
    unit_check_for(array || !compared(a, JOSE_COMPARE_NIN, b), "%s, %s", a, b);

    unit_check_for(compared(a, JOSE_COMPARE_ANY, b)
                   != compared(a, JOSE_COMPARE_NANY, b), "%s and %s", a, b);
    unit_check_for(compared(a, JOSE_COMPARE_ANY, b)
                   == compared(b, JOSE_COMPARE_ANY, a), "%s and %s", a, b);
}


static void
test_numbers(void)
{
    same("100", "1e2");
    same("1.0", "1");
    same("-0", "0");
    same("-0.0e5", "0");
    same("12345678901234567890", "12345678901234567890.0");
    differ("12345678901234567890", "12345678901234567891");
    differ("9007199254740992", "9007199254740993");
    differ("0.1", "0.1000000000000000000000001");
    differ("1", "-1");
    differ("1e2", "1e-2");

    holds("9007199254740993", JOSE_COMPARE_GT, "9007199254740992");
    fails("9007199254740992", JOSE_COMPARE_GT, "9007199254740993");
    fails("1.0", JOSE_COMPARE_GT, "1");
    holds("1.0", JOSE_COMPARE_GE, "1");
    holds("1.0", JOSE_COMPARE_LE, "1");
    fails("1.0", JOSE_COMPARE_LT, "1");
    fails("-0", JOSE_COMPARE_LT, "0");
    holds("-2", JOSE_COMPARE_LT, "-1.5");
    holds("99", JOSE_COMPARE_LT, "1e2");
    fails("\"2\"", JOSE_COMPARE_GT, "1");
    fails("2", JOSE_COMPARE_GT, "\"1\"");
    fails("\"b\"", JOSE_COMPARE_GT, "\"a\"");
    fails("\"a\"", JOSE_COMPARE_GE, "\"a\"");
    fails("[2]", JOSE_COMPARE_GT, "1");
    fails("true", JOSE_COMPARE_GT, "0");
    fails("null", JOSE_COMPARE_LE, "0");
}


static void
test_strings(void)
{
    same("\"a\"", "\"\\u0061\"");
    same("\"/\"", "\"\\/\"");
    same("\"\\n\"", "\"\\u000A\"");
    same("\"\\\"\\\\\"", "\"\\u0022\\u005c\"");
    same("\"\xc3\xa9\"", "\"\\u00e9\"");
    same("\"\xf0\x9f\x98\x80\"", "\"\\ud83d\\uDE00\"");
    differ("\"a\"", "\"A\"");
    differ("\"a\"", "\"a \"");
    differ("\"a\"", "\"ab\"");
    differ("\"ab\"", "\"a\"");
    differ("\"\\u0061\"", "\"\\\\u0061\"");
    differ("\"\xc3\xa9\"", "\"e\\u0301\"");
    differ("\"a\\u0000\"", "\"a\"");
    differ("\"a\\u0000b\"", "\"a\\u0000c\"");
}


static void
test_arrays(void)
{
    same("[1,\"a\",null]", " [ 1.0 , \"\\u0061\" , null ] ");
    same("[[1,2],[3]]", "[[1,2],[3e0]]");
    differ("[1,2]", "[2,1]");
    differ("[1]", "[1,2]");
    differ("[1,2]", "[1]");
    differ("[]", "[[]]");
    differ("[1,2,3]", "[1,2,4]");
    differ("[[1,2],[3]]", "[[1],[2,3]]");
    differ("\"a,b\"", "[\"a\",\"b\"]");
    differ("[\"a,b\"]", "[\"a\",\"b\"]");
}


static void
test_objects(void)
{
    same("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}");
    same("{\"a\":1,\"b\":{\"c\":[],\"d\":\"x\"}}",
         "{ \"b\" : { \"d\":\"x\", \"\\u0063\" : [ ] }, \"\\u0061\":1.0 }");
    differ("{\"a\":1}", "{\"a\":2}");
    differ("{\"a\":1}", "{\"b\":1}");
    differ("{\"a\":1}", "{\"A\":1}");
    differ("{\"a\":1}", "{\"a\":1,\"b\":1}");
    differ("{\"a\":1,\"b\":1}", "{\"a\":1}");
    differ("{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}");
    differ("{\"a\":null}", "{}");
    differ("{\"a\":null}", "{\"b\":null}");
    differ("{}", "[]");
}


/* As deep as JSON goes: {"v": and 63 levels more. */

static void
test_depth(void)
{
    char    a[2 * JOSE_JSON_DEPTH_MAX + 2], b[2 * JOSE_JSON_DEPTH_MAX + 2];
    size_t  n;

    n = JOSE_JSON_DEPTH_MAX - 1;

    memset(a, '[', n);
    a[n] = '1';
    memset(a + n + 1, ']', n);
    a[2 * n + 1] = '\0';

    strcpy(b, a);

    same(a, b);

    b[n] = '2';
    differ(a, b);
}


static void
same(const char *a, const char *b)
{
    holds(a, JOSE_COMPARE_EQ, b);
    holds(b, JOSE_COMPARE_EQ, a);
    fails(a, JOSE_COMPARE_NE, b);
}


static void
differ(const char *a, const char *b)
{
    fails(a, JOSE_COMPARE_EQ, b);
    fails(b, JOSE_COMPARE_EQ, a);
    holds(a, JOSE_COMPARE_NE, b);
}


static void
expect(const char *left, jose_compare_t op, const char *right, bool expected)
{
    unit_check_for(compared(left, op, right) == expected, "%s %s %s", left,
                   compared_name(op), right);
}
