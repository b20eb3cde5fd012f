
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jose.h"
#include "unit.h"

#include <limits.h>
#include <string.h>


static void test_words(void);
static void test_word(jose_status_t status);
static void test_faults(void);
static void test_out_of_range(void);
static void test_bytes_equal(void);


int
main(void)
{
    test_words();
    test_faults();
    test_out_of_range();
    test_bytes_equal();

    return unit_done("status");
}


static void
test_words(void)
{
    int  status;

    for (status = 0; status < JOSE_STATUS_N; status++) {
        test_word((jose_status_t) status);
    }

    unit_check(strcmp(jose_status_word(JOSE_OK), "ok") == 0);
    unit_check(strcmp(jose_status_word(JOSE_EXPIRED), "expired") == 0);
}


/* The word goes to $jwt_status, the text between quotes into a header. */

static void
test_word(jose_status_t status)
{
    int          other;
    const char  *word, *text;

    word = jose_status_word(status);
    text = jose_status_text(status);

    if (!unit_check_for(word != NULL && text != NULL, "%d has no text",
                        (int) status))
    {
        return;
    }

    unit_check_for(strlen(word) > 0
                   && strspn(word, "abcdefghijklmnopqrstuvwxyz_")
                      == strlen(word),
                   "no word: %s", word);

    unit_check_for(strlen(text) > 1 && strpbrk(text, "\"\\\r\n") == NULL,
                   "unquotable text: %s", text);

    unit_check_for(text[strlen(text) - 1] != '.', "full stop: %s", text);

    for (other = 0; other < (int) status; other++) {
        unit_check_for(strcmp(word, jose_status_word((jose_status_t) other))
                       != 0,
                       "word twice: %s", word);

        unit_check_for(strcmp(text, jose_status_text((jose_status_t) other))
                       != 0,
                       "text twice: %s", text);
    }
}


static void
test_faults(void)
{
    int            status;
    jose_fault_t   fault, expected;

    for (status = 0; status < JOSE_STATUS_N; status++) {
        fault = jose_status_fault((jose_status_t) status);

        expected = status == JOSE_OK ? JOSE_FAULT_NONE
                   : status == JOSE_REQUIRE_FAILED ? JOSE_FAULT_POLICY
                   : status < JOSE_KEYS_UNAVAILABLE ? JOSE_FAULT_CLIENT
                   : JOSE_FAULT_SERVER;

        unit_check_for(fault == expected, "wrong fault: %s",
                       jose_status_word((jose_status_t) status));
    }
}


static void
test_out_of_range(void)
{
    size_t            i;
    static const int  numbers[] = { JOSE_STATUS_N, JOSE_STATUS_N + 1,
                                    INT_MAX };
    jose_status_t     status;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        status = (jose_status_t) numbers[i];

        unit_check_for(strcmp(jose_status_word(status), "error") == 0,
                       "word out of range: %d", numbers[i]);
        unit_check_for(strcmp(jose_status_text(status),
                              jose_status_text(JOSE_ERROR))
                       == 0,
                       "text out of range: %d", numbers[i]);
        unit_check_for(jose_status_fault(status) == JOSE_FAULT_SERVER,
                       "fault out of range: %d", numbers[i]);
    }
}


static void
test_bytes_equal(void)
{
    static const jose_bytes_t  ab = jose_bytes("ab");
    static const jose_bytes_t  abc = jose_bytes("abc");
    static const jose_bytes_t  abd = jose_bytes("abd");
    static const jose_bytes_t  nul = jose_bytes("ab\0");
    static const jose_bytes_t  empty = jose_bytes("");
    static const jose_bytes_t  none = { NULL, 0 };

    unit_check_for(jose_bytes_equal(abc, abc), "same bytes differ");
    unit_check_for(!jose_bytes_equal(abc, abd), "other bytes equal");
    unit_check_for(!jose_bytes_equal(ab, abc), "prefix taken");
    unit_check_for(!jose_bytes_equal(abc, ab), "longer one taken");
    unit_check_for(!jose_bytes_equal(ab, nul), "NUL not counted");
    unit_check_for(jose_bytes_equal(empty, none), "empty ones differ");
    unit_check_for(!jose_bytes_equal(none, ab), "nothing equals bytes");
}
