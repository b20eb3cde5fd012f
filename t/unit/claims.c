
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "claims.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


#define NOW  INT64_C(1700000000000)


static void test_milliseconds(void);
static void test_long_numbers(void);
static void test_long_number(const char *head, char fill, size_t n,
    const char *tail, int64_t expected);
static int64_t milliseconds(const char *number);
static void test_exp(void);
static void test_nbf(void);
static void test_types(void);
static void test_both(void);
static void test_extremes(void);
static jose_status_t check(const char *claims, int64_t now, int64_t leeway);


int
main(void)
{
    test_milliseconds();
    test_long_numbers();
    test_exp();
    test_nbf();
    test_types();
    test_both();
    test_extremes();

    return unit_done("claims");
}


/* Rounded up, also below zero. */

static void
test_milliseconds(void)
{
    size_t   i;
    int64_t  value;

    static const struct {
        const char  *number;
        int64_t      value;
    } rows[] = {
        { "0", 0 }, { "-0", 0 }, { "0.0", 0 }, { "-0.0", 0 }, { "0e9", 0 },
        { "0e999999999", 0 }, { "0e-999999999", 0 }, { "1", 1000 },
        { "-1", -1000 }, { "10", 10000 }, { "1700000000", NOW },
        { "1700000000.0", NOW }, { "1700000000.000", NOW },
        { "1700000000.0000000", NOW }, { "1700000000.5", NOW + 500 },
        { "1700000000.50", NOW + 500 }, { "1700000000.001", NOW + 1 },
        { "1700000000.0001", NOW + 1 }, { "1700000000.0010", NOW + 1 },
        { "1700000000.0011", NOW + 2 }, { "1700000000.999", NOW + 999 },
        { "1700000000.9991", NOW + 1000 },
        { "1700000000.00000000000000000000001", NOW + 1 },
        { "1.7e9", NOW }, { "1.7E9", NOW }, { "1.7e+9", NOW },
        { "1.7e09", NOW }, { "1.7e0000000000000000009", NOW },
        { "17000000000e-1", NOW }, { "17000000000.0e-1", NOW },
        { "0.0000000017e18", NOW }, { "1700000000123e-3", NOW + 123 },
        { "17000000001234e-4", NOW + 124 }, { "1e-3", 1 }, { "1e-4", 1 },
        { "10e-4", 1 }, { "11e-4", 2 }, { "1e-400", 1 },
        { "0.0001", 1 }, { "0.001", 1 }, { "0.0010001", 2 },
        { "0.000", 0 }, { "-0.0001", 0 }, { "-0.001", -1 },
        { "-0.0019", -1 }, { "-1.5", -1500 }, { "-1.0001", -1000 },
        { "-1e-400", 0 }, { "-1700000000", -NOW },
        { "9007199254740993", INT64_C(9007199254740993000) },
        { "9223372036854775", INT64_C(9223372036854775000) },
        { "9223372036854775.7", INT64_C(9223372036854775700) },
        { "9223372036854775.799", INT64_C(9223372036854775799) },
        { "9223372036854775.808", INT64_MAX },
        { "9223372036854776", INT64_MAX },
        { "9223372036854775807", INT64_MAX },
        { "18446744073709551616", INT64_MAX },
        { "18446744073709551617.5", INT64_MAX },
        { "99999999999999999999", INT64_MAX }, { "1e16", INT64_MAX },
        { "1e15", INT64_C(1000000000000000000) }, { "1e308", INT64_MAX },
        { "1e100000", INT64_MAX }, { "1e4294967297", INT64_MAX },
        { "1e99999999999999999999", INT64_MAX },
        { "1e-99999999999999999999", 1 },
        { "-99999999999999999999", INT64_MIN }, { "-1e308", INT64_MIN },
        { "-9223372036854775", INT64_C(-9223372036854775000) }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        value = milliseconds(rows[i].number);

        unit_check_for(value == rows[i].value, "%s: %lld", rows[i].number,
                       (long long) value);
    }
}


/* As long as a token may be, the value decided at its far end. */

static void
test_long_numbers(void)
{
    test_long_number("", '9', 60000, "", INT64_MAX);
    test_long_number("-", '9', 60000, "", INT64_MIN);
    test_long_number("1", '0', 60000, "e-60000", 1000);
    test_long_number("1", '0', 60000, "1e-60001", 1001);
    test_long_number("1", '0', 60000, "e-59991", INT64_C(1000000000000));
    test_long_number("0.", '0', 60000, "1", 1);
    test_long_number("0.", '0', 60000, "", 0);
    test_long_number("0.", '0', 60000, "1e60001", 1000);
    test_long_number("0.", '0', 60000, "17e60010", NOW);
    test_long_number("1e", '0', 60000, "1", 10000);
    test_long_number("1e-", '0', 60000, "1", 100);
    test_long_number("1e", '9', 60000, "", INT64_MAX);
    test_long_number("-1e-", '9', 60000, "", 0);
}


static void
test_long_number(const char *head, char fill, size_t n, const char *tail,
    int64_t expected)
{
    char     *text;
    size_t    len;
    int64_t   value;

    len = strlen(head);
    text = malloc(len + n + strlen(tail) + 1);

    memcpy(text, head, len);
    memset(text + len, fill, n);
    memcpy(text + len + n, tail, strlen(tail) + 1);

    value = milliseconds(text);

    unit_check_for(value == expected, "%s%c...%s: %lld", head, fill, tail,
                   (long long) value);

    free(text);
}


/* In memory of its own, with nothing behind it. */

static int64_t
milliseconds(const char *number)
{
    size_t              len;
    int64_t             result;
    uint8_t            *copy;
    jose_json_value_t   value;

    len = strlen(number);
    copy = malloc(len);
    memcpy(copy, number, len);

    value.type = JOSE_JSON_NUMBER;
    value.text.data = copy;
    value.text.len = len;

    result = jose_claims_milliseconds(&value);

    free(copy);

    return result;
}


static jose_status_t
check(const char *claims, int64_t now, int64_t leeway)
{
    jose_json_object_t  object;
    jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    if (jose_json_parse(sign_text(claims), members, &object) != JOSE_OK) {
        return JOSE_MALFORMED;
    }

    return jose_claims_check_time(&object, now, leeway);
}


/* Refused when now >= exp + leeway. */

static void
test_exp(void)
{
    size_t         i;
    jose_status_t  status;

    static const struct {
        const char      *claims;
        int64_t          now;
        int64_t          leeway;
        jose_status_t    status;
    } rows[] = {
        { "{}", NOW, 0, JOSE_OK },
        { "{\"exp\":1700000000}", NOW - 1, 0, JOSE_OK },
        { "{\"exp\":1700000000}", NOW, 0, JOSE_EXPIRED },
        { "{\"exp\":1700000000}", NOW + 1, 0, JOSE_EXPIRED },
        { "{\"exp\":1700000000}", NOW + 4999, 5000, JOSE_OK },
        { "{\"exp\":1700000000}", NOW + 5000, 5000, JOSE_EXPIRED },
        { "{\"exp\":1700000000}", NOW, 1, JOSE_OK },
        { "{\"exp\":1700000000.5}", NOW + 499, 0, JOSE_OK },
        { "{\"exp\":1700000000.5}", NOW + 500, 0, JOSE_EXPIRED },
        { "{\"exp\":1700000000.0001}", NOW, 0, JOSE_OK },
        { "{\"exp\":1700000000.0001}", NOW + 1, 0, JOSE_EXPIRED },
        { "{\"exp\":1.7e9}", NOW - 1, 0, JOSE_OK },
        { "{\"exp\":17000000000e-1}", NOW, 0, JOSE_EXPIRED },
        { "{\"exp\":0}", NOW, 0, JOSE_EXPIRED },
        { "{\"exp\":-0}", NOW, 0, JOSE_EXPIRED },
        { "{\"exp\":-1}", NOW, 0, JOSE_EXPIRED },
        { "{\"exp\":-1e308}", NOW, 0, JOSE_EXPIRED },
        { "{\"exp\":1e-400}", NOW, 0, JOSE_EXPIRED },
        { "{\"exp\":0.0001}", 0, 0, JOSE_OK },
        { "{\"exp\":0}", 0, 0, JOSE_EXPIRED },
        { "{\"exp\":0}", 0, 1, JOSE_OK },
        { "{\"exp\":99999999999999999999}", NOW, 0, JOSE_OK },
        { "{\"exp\":1e308}", NOW, 0, JOSE_OK },
        { "{\"e\\u0078p\":1}", NOW, 0, JOSE_EXPIRED },
        { "{\"exp\":1e309}", NOW, 0, JOSE_MALFORMED },
        { "{\"a\":{\"exp\":1}}", NOW, 0, JOSE_OK },
        { "{\"EXP\":1}", NOW, 0, JOSE_OK },
        { "{\"exp\":1700000001,\"exp\":1}", NOW, 0, JOSE_MALFORMED }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = check(rows[i].claims, rows[i].now, rows[i].leeway);

        unit_check_for(status == rows[i].status, "%s, %+lld, leeway %lld: %s",
                       rows[i].claims, (long long) (rows[i].now - NOW),
                       (long long) rows[i].leeway, jose_status_word(status));
    }
}


/* Refused when now < nbf - leeway. */

static void
test_nbf(void)
{
    size_t         i;
    jose_status_t  status;

    static const struct {
        const char      *claims;
        int64_t          now;
        int64_t          leeway;
        jose_status_t    status;
    } rows[] = {
        { "{\"nbf\":1700000000}", NOW - 1, 0, JOSE_NOT_YET_VALID },
        { "{\"nbf\":1700000000}", NOW, 0, JOSE_OK },
        { "{\"nbf\":1700000000}", NOW + 1, 0, JOSE_OK },
        { "{\"nbf\":1700000000}", NOW - 5001, 5000, JOSE_NOT_YET_VALID },
        { "{\"nbf\":1700000000}", NOW - 5000, 5000, JOSE_OK },
        { "{\"nbf\":1700000000.5}", NOW + 499, 0, JOSE_NOT_YET_VALID },
        { "{\"nbf\":1700000000.5}", NOW + 500, 0, JOSE_OK },
        { "{\"nbf\":1700000000.0001}", NOW, 0, JOSE_NOT_YET_VALID },
        { "{\"nbf\":1700000000.0001}", NOW + 1, 0, JOSE_OK },
        { "{\"nbf\":0}", NOW, 0, JOSE_OK },
        { "{\"nbf\":-1}", 0, 0, JOSE_OK },
        { "{\"nbf\":-1e308}", 0, 0, JOSE_OK },
        { "{\"nbf\":0.0001}", 0, 0, JOSE_NOT_YET_VALID },
        { "{\"nbf\":99999999999999999999}", NOW, 0, JOSE_NOT_YET_VALID },
        { "{\"nbf\":1e308}", NOW, 5000, JOSE_NOT_YET_VALID },
        { "{\"nb\\u0066\":1e16}", NOW, 0, JOSE_NOT_YET_VALID }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        status = check(rows[i].claims, rows[i].now, rows[i].leeway);

        unit_check_for(status == rows[i].status, "%s, %+lld, leeway %lld: %s",
                       rows[i].claims, (long long) (rows[i].now - NOW),
                       (long long) rows[i].leeway, jose_status_word(status));
    }
}


static void
test_types(void)
{
    char                text[64];
    size_t              i, k;
    jose_status_t       status;
    static const char  *names[] = { "exp", "nbf" };
    static const char  *values[] = {
        "null", "true", "false", "\"\"", "\"1700000000\"", "\"9999999999\"",
        "\"never\"", "[]", "[9999999999]", "{}", "{\"exp\":9999999999}"
    };

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        for (k = 0; k < 2; k++) {
            (void) snprintf(text, sizeof(text), "{\"%s\":%s}", names[k],
                            values[i]);

            status = check(text, NOW, INT64_C(1000000000000));

            unit_check_for(status == JOSE_INVALID_CLAIMS, "%s: %s", text,
                           jose_status_word(status));
        }
    }
}


static void
test_both(void)
{
    unit_check_for(check("{\"exp\":1700000001,\"nbf\":1700000000}", NOW, 0)
                   == JOSE_OK,
                   "good times refused");
    unit_check_for(check("{\"nbf\":1700000002,\"exp\":1700000001}", NOW, 0)
                   == JOSE_NOT_YET_VALID,
                   "early token taken");
    unit_check_for(check("{\"nbf\":1600000000,\"exp\":1600000001}", NOW, 0)
                   == JOSE_EXPIRED,
                   "old token taken");
    unit_check_for(check("{\"nbf\":\"1\",\"exp\":1700000001}", NOW, 0)
                   == JOSE_INVALID_CLAIMS,
                   "nbf of text taken");
    unit_check_for(check("{\"exp\":\"1\",\"nbf\":1700000001}", NOW, 0)
                   == JOSE_INVALID_CLAIMS,
                   "exp of text taken");
}


/* No overflow, whatever the leeway. */

static void
test_extremes(void)
{
    unit_check_for(check("{\"exp\":1,\"nbf\":1e15}", NOW, INT64_MAX)
                   == JOSE_OK,
                   "endless leeway refuses");
    unit_check_for(check("{\"nbf\":1e16}", INT64_MAX, 0) == JOSE_OK,
                   "last moment refused");
    unit_check_for(check("{\"exp\":-1e16}", 0, INT64_MAX) == JOSE_EXPIRED,
                   "earliest exp taken");
    unit_check_for(check("{\"exp\":1e16}", INT64_MAX, 0) == JOSE_EXPIRED,
                   "latest exp never comes");
}
