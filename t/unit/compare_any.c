
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * jose_compare(): elements and words.
 */


#include "compared.h"
#include "unit.h"


static void test_in(void);
static void test_any(void);
static void test_words(void);


int
main(void)
{
    test_in();
    test_any();
    test_words();

    return unit_done("compare_any");
}


static void
test_in(void)
{
    holds("\"a\"", JOSE_COMPARE_IN, "[\"b\",\"\\u0061\"]");
    holds("1", JOSE_COMPARE_IN, "[\"1\",1.0]");
    holds("null", JOSE_COMPARE_IN, "[0,null]");
    holds("[1]", JOSE_COMPARE_IN, "[1,[1]]");
    holds("{\"a\":1,\"b\":2}", JOSE_COMPARE_IN, "[{\"b\":2,\"a\":1}]");
    fails("\"a\"", JOSE_COMPARE_IN, "[]");
    fails("\"a\"", JOSE_COMPARE_IN, "[\"a b\"]");
    fails("\"a\"", JOSE_COMPARE_IN, "[[\"a\"]]");
    fails("[\"a\"]", JOSE_COMPARE_IN, "[\"a\"]");
    fails("\"1\"", JOSE_COMPARE_IN, "[1]");

    holds("\"a\"", JOSE_COMPARE_NIN, "[]");
    holds("\"a\"", JOSE_COMPARE_NIN, "[\"b\"]");
    fails("\"a\"", JOSE_COMPARE_NIN, "[\"b\",\"a\"]");

    /* neither of what is no array */

    fails("\"a\"", JOSE_COMPARE_IN, "\"a\"");
    fails("\"a\"", JOSE_COMPARE_NIN, "\"b\"");
    fails("1", JOSE_COMPARE_NIN, "{\"a\":2}");
    fails("1", JOSE_COMPARE_NIN, "null");
}


static void
test_any(void)
{
    holds("[\"a\",\"b\"]", JOSE_COMPARE_ANY, "[\"c\",\"b\"]");
    holds("[\"a\",\"b\"]", JOSE_COMPARE_ANY, "\"c b\"");
    holds("\"a b\"", JOSE_COMPARE_ANY, "[\"c\",\"b\"]");
    holds("\"a b\"", JOSE_COMPARE_ANY, "\"b c\"");
    holds("1", JOSE_COMPARE_ANY, "[2,1.0]");
    holds("[2,1.0]", JOSE_COMPARE_ANY, "1");
    holds("1", JOSE_COMPARE_ANY, "1e0");
    holds("true", JOSE_COMPARE_ANY, "[true]");
    holds("null", JOSE_COMPARE_ANY, "null");
    holds("[[1]]", JOSE_COMPARE_ANY, "[[1.0]]");
    holds("{\"a\":1}", JOSE_COMPARE_ANY, "[{\"a\":1}]");

    fails("[]", JOSE_COMPARE_ANY, "[]");
    fails("\"\"", JOSE_COMPARE_ANY, "\"\"");
    fails("\" \"", JOSE_COMPARE_ANY, "\" \"");
    fails("\"\"", JOSE_COMPARE_ANY, "[\"\"]");
    fails("[\"a\"]", JOSE_COMPARE_ANY, "[\"b\"]");
    fails("[\"a\"]", JOSE_COMPARE_ANY, "[[\"a\"]]");
    fails("\"1\"", JOSE_COMPARE_ANY, "[1]");
    fails("{\"a\":1}", JOSE_COMPARE_ANY, "\"a\"");
    fails("\"a\"", JOSE_COMPARE_ANY, "{\"a\":1}");
    fails("[{\"a\":1}]", JOSE_COMPARE_ANY, "[\"a\",1]");

    /* the words of an element are not taken apart */

    fails("[\"a b\"]", JOSE_COMPARE_ANY, "\"a\"");
    fails("\"a\"", JOSE_COMPARE_ANY, "[\"a b\"]");
    holds("[\"a b\"]", JOSE_COMPARE_ANY, "[\"a b\"]");
}


/* RFC 6749, 3.3 */

static void
test_words(void)
{
    size_t  i;

    static const char  *const with[] = {
        "\"read\"", "\"read write\"", "\"write read\"", "\"a read b\"",
        "\" read\"", "\"read \"", "\"  a   read  \"", "\"a\\u0020read\"",
        "\"read\\u0020a\"", "\"\\u0020\\u0020read\\u0020\"",
        "\"r\\u0065ad\"", "\"a \\u0072ead\"", "\"\\\\ read\"",
        "\"\\u005c read\"", "\"\\n read\""
    };

    static const char  *const without[] = {
        "\"\"", "\"reader\"", "\"thread\"", "\"rea d\"", "\"READ\"",
        "\"read,write\"", "\"read\\twrite\"", "\"read\\nwrite\"",
        "\"read\\u00a0write\"", "\"read\\\\u0020write\"",
        "\"write\\\\u0020read\"", "\"\\\\read\"",
        "\"read\\\\\"", "\"\\\"read\\\"\"", "\"\\u0020\"", "\"readread\"",
        "\"read\\u0000\""
    };

    for (i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
        holds(with[i], JOSE_COMPARE_ANY, "\"read\"");
        holds("\"x read\"", JOSE_COMPARE_ANY, with[i]);
        holds(with[i], JOSE_COMPARE_ANY, "[\"x\",\"read\"]");
        holds("[\"x\",\"read\"]", JOSE_COMPARE_ANY, with[i]);
        fails(with[i], JOSE_COMPARE_NANY, "\"read\"");
    }

    for (i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
        fails(without[i], JOSE_COMPARE_ANY, "\"read\"");
        fails("\"x read\"", JOSE_COMPARE_ANY, without[i]);
        fails(without[i], JOSE_COMPARE_ANY, "[\"x\",\"read\"]");
        holds(without[i], JOSE_COMPARE_NANY, "\"read\"");
    }
}
