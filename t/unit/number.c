
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "number.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


static void test_read(void);
static void test_order(void);
static void test_same(void);
static void test_exponents(void);
static void test_long(void);
static int order(const char *a, const char *b);
static jose_json_value_t number(const char *text);


int
main(void)
{
    test_read();
    test_order();
    test_same();
    test_exponents();
    test_long();

    return unit_done("number");
}


static void
test_read(void)
{
    int                digit;
    char               digits[32];
    size_t             i, n;
    jose_number_t      read;
    jose_json_value_t  value;

    static const struct {
        const char  *text;
        const char  *digits;
        int32_t      place;
        bool         negative;
    } rows[] = {
        { "0", "0", 1, false }, { "-0", "0", 1, true },
        { "7", "7", 1, false }, { "-7", "7", 1, true },
        { "120", "120", 3, false }, { "0.5", "05", 1, false },
        { "12.50", "1250", 2, false }, { "-12.50", "1250", 2, true },
        { "1e2", "1", 3, false }, { "1E2", "1", 3, false },
        { "1e+2", "1", 3, false }, { "1e-2", "1", -1, false },
        { "1e02", "1", 3, false }, { "1.5e3", "15", 4, false },
        { "-10.25E-4", "1025", -2, true },
        { "12345678901234567890", "12345678901234567890", 20, false }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        value = number(rows[i].text);
        n = 0;

        jose_number_read(&read, &value);

        unit_check_for(read.place == rows[i].place, "%s", rows[i].text);
        unit_check_for(read.negative == rows[i].negative, "%s", rows[i].text);

        while ((digit = jose_number_digit(&read)) >= 0 && n < 31) {
            digits[n++] = (char) ('0' + digit);
        }

        digits[n] = '\0';

        unit_check_for(strcmp(digits, rows[i].digits) == 0, "%s", rows[i].text);
        unit_check_for(jose_number_digit(&read) == -1, "%s", rows[i].text);
    }
}


/* Each is smaller than all behind it. */

static void
test_order(void)
{
    int     expected;
    size_t  i, j, n;

    static const char  *const rows[] = {
        "-1e400", "-1e308", "-12345678901234567891",
        "-12345678901234567890.5", "-12345678901234567890", "-100.1", "-100",
        "-99.99", "-10", "-2", "-1.0000000000000000000000001", "-1", "-0.9",
        "-0.1", "-1e-10", "-1e-400", "0", "1e-400", "1e-10", "0.01",
        "0.0999", "0.1", "0.10000000000000000000000001", "0.9",
        "0.99999999999999999999999999", "1", "1.00000000000000000000001",
        "1.1", "2", "9", "9.9", "10", "11", "99", "100", "101", "1e3",
        "9007199254740991", "9007199254740992", "9007199254740993",
        "9007199254740993.5", "12345678901234567889",
        "12345678901234567890", "12345678901234567890.000000000001",
        "12345678901234567891", "18446744073709551615",
        "18446744073709551616", "1e20", "123456789012345678901", "1e308",
        "1e309", "1e400"
    };

    n = sizeof(rows) / sizeof(rows[0]);

    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            expected = (i > j) - (i < j);

            unit_check_for(order(rows[i], rows[j]) == expected, "%s and %s",
                           rows[i], rows[j]);
        }
    }
}


/* The spellings of one number. */

static void
test_same(void)
{
    size_t  i, j, k;

    static const char  *const rows[][12] = {
        { "0", "-0", "0.0", "-0.0", "0e0", "0e5", "0e-5", "-0e99", "0.000",
          "0E+0", "0.0e9" },
        { "1", "1.0", "1.000", "1e0", "1E0", "1e+0", "1e-0", "10e-1",
          "0.1e1", "0.001e3", "100e-2" },
        { "-1", "-1.0", "-1e0", "-10e-1", "-0.1e1", "-0.01E2" },
        { "100", "1e2", "1E2", "1e+2", "1e02", "1.0e2", "10e1", "100.00",
          "1000e-1", "0.1e3" },
        { "0.5", "5e-1", "0.50", "50e-2", "0.05e1", "500E-3" },
        { "12345678901234567890", "12345678901234567890.0",
          "1234567890123456789e1", "1.2345678901234567890e19",
          "0.12345678901234567890e20", "123456789012345678900e-1" },
        { "1e-7", "0.0000001", "10e-8", "0.1e-6", "0.00000010" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (j = 0; rows[i][j] != NULL && j < 12; j++) {
            for (k = 0; rows[i][k] != NULL && k < 12; k++) {
                unit_check_for(order(rows[i][j], rows[i][k]) == 0,
                               "%s and %s", rows[i][j], rows[i][k]);
            }
        }
    }
}


/* No exponent overflows, and a larger one is never a smaller number. */

static void
test_exponents(void)
{
    int     expected;
    size_t  i, j, n;

    static const char  *const rows[] = {
        "1e-99999999", "1e-10000000", "1e-9999999", "1e-1000000",
        "1e-999999", "1e-100001", "1e-100000", "1e-99999", "1e-65537",
        "1e-1", "1e0", "1e1", "1e65537", "1e99999", "1e100000", "1e100001",
        "1e999999", "1e1000000", "1e9999999", "1e10000000", "1e99999999"
    };

    n = sizeof(rows) / sizeof(rows[0]);

    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            expected = (i > j) - (i < j);

            unit_check_for(order(rows[i], rows[j]) == expected, "%s and %s",
                           rows[i], rows[j]);
        }
    }

    unit_check(order("1e99999999999999999999", "1e99999999") >= 0);
    unit_check(order("1e123456789", "1e99999999") >= 0);
    unit_check(order("1e-123456789", "1e-99999999") <= 0);
    unit_check(order("1e2147483648", "1") > 0);
    unit_check(order("1e4294967297", "10") > 0);
    unit_check(order("1e-2147483648", "1") < 0);
    unit_check(order("1e-99999999999999999999", "1e-99999999") <= 0);
    unit_check(order("1e-99999999999999999999", "0") > 0);
    unit_check(order("0e99999999999999999999", "0") == 0);
    unit_check(order("1e00000000000000000000000002", "100") == 0);
}


/* As many digits as a token has room for. */

static void
test_long(void)
{
    char    *a, *b;
    size_t   n;

    n = 60000;

    a = malloc(n + 16);
    b = malloc(n + 16);

    if (!unit_check(a != NULL && b != NULL)) {
        free(a);
        free(b);
        return;
    }

    memset(a, '7', n);
    a[n] = '\0';
    strcpy(b, a);

    unit_check(order(a, b) == 0);

    b[n - 1] = '8';
    unit_check(order(a, b) == -1);
    unit_check(order(b, a) == 1);

    strcpy(b, a);
    strcpy(b + n, "0e-1");
    unit_check(order(a, b) == 0);

    memset(a, '0', n);
    a[0] = '1';
    strcpy(a + n, "e-59999");
    unit_check(order(a, "1") == 0);

    memset(a, '0', n);
    a[1] = '.';
    strcpy(a + n, "1e59999");
    unit_check(order(a, "1") == 0);

    free(a);
    free(b);
}


static int
order(const char *a, const char *b)
{
    int                c;
    jose_json_value_t  left, right;

    left = number(a);
    right = number(b);

    c = jose_number_compare(&left, &right);

    return (c > 0) - (c < 0);
}


static jose_json_value_t
number(const char *text)
{
    jose_json_value_t  value;

    value.text.data = (const uint8_t *) text;
    value.text.len = strlen(text);
    value.type = JOSE_JSON_NUMBER;

    return value;
}
