
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "exact.h"
#include "policy.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


#define NOW    INT64_C(1700000000000)

/* 2^31 seconds */
#define LONG   INT64_C(2147483648000)

typedef struct {
    const char  *header;
    const char  *claims;
    const char  *types;         /* separated by blanks; NULL: none */
    const char  *audiences;
    int64_t      max_age;
    bool         require_exp;
    int64_t      now;
    int64_t      leeway;
} policy_t;


static void test_type(void);
static void test_type_length(void);
static void test_audience(void);
static void test_many_audiences(void);
static void test_required(void);
static void test_age(void);
static void test_age_extremes(void);
static jose_status_t last_iat(const policy_t *test);
static void test_order(void);
static jose_status_t check(const policy_t *test);
static size_t read_list(const char *text, jose_bytes_t *list);


int
main(void)
{
    test_type();
    test_type_length();
    test_audience();
    test_many_audiences();
    test_required();
    test_age();
    test_age_extremes();
    test_order();

    return unit_done("policy");
}


/* RFC 7515, 4.1.9 */

static void
test_type(void)
{
    size_t         i;
    policy_t       test;
    jose_status_t  status;

    static const struct {
        const char      *types;
        const char      *header;
        jose_status_t    status;
    } rows[] = {
        { NULL, "{}", JOSE_OK },
        { NULL, "{\"typ\":\"JWT\"}", JOSE_OK },
        { NULL, "{\"typ\":1}", JOSE_OK },

        { "at+jwt", "{}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":null}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":[\"at+jwt\"]}", JOSE_WRONG_TYPE },
        { "1", "{\"typ\":1}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"\"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"JWT\"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"TYP\":\"at+jwt\"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"x\":{\"typ\":\"at+jwt\"}}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"at+jw\"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"at+jwt \"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"at+jwt\\u0000\"}", JOSE_WRONG_TYPE },

        { "at+jwt", "{\"typ\":\"at+jwt\"}", JOSE_OK },
        { "at+jwt", "{\"typ\":\"AT+JWT\"}", JOSE_OK },
        { "AT+Jwt", "{\"typ\":\"aT+jWT\"}", JOSE_OK },
        { "at+jwt", "{\"typ\":\"\\u0061t+jwt\"}", JOSE_OK },
        { "at+jwt", "{\"t\\u0079p\":\"at+jwt\"}", JOSE_OK },
        { "jwt at+jwt", "{\"typ\":\"at+jwt\"}", JOSE_OK },
        { "jwt at+jwt", "{\"typ\":\"jwt\"}", JOSE_OK },
        { "jwt at+jwt", "{\"typ\":\"jwt at+jwt\"}", JOSE_WRONG_TYPE },

        { "at+jwt", "{\"typ\":\"application/at+jwt\"}", JOSE_OK },
        { "at+jwt", "{\"typ\":\"APPlication\\/At+jwt\"}", JOSE_OK },
        { "application/at+jwt", "{\"typ\":\"at+jwt\"}", JOSE_OK },
        { "Application/at+jwt", "{\"typ\":\"AT+jwt\"}", JOSE_OK },
        { "application/at+jwt", "{\"typ\":\"application/at+jwt\"}",
          JOSE_OK },
        { "at+jwt", "{\"typ\":\"/at+jwt\"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"applicatio/at+jwt\"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"application-at+jwt\"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"text/at+jwt\"}", JOSE_WRONG_TYPE },
        { "at+jwt", "{\"typ\":\"application/application/at+jwt\"}",
          JOSE_WRONG_TYPE },
        { "a/b", "{\"typ\":\"a/b\"}", JOSE_OK },
        { "a/b", "{\"typ\":\"application/a/b\"}", JOSE_WRONG_TYPE },
        { "application/a/b", "{\"typ\":\"a/b\"}", JOSE_WRONG_TYPE },
        { "application/a/b", "{\"typ\":\"APPLICATION/A/B\"}", JOSE_OK },
        { "application", "{\"typ\":\"application/\"}", JOSE_WRONG_TYPE },
        { "application/", "{\"typ\":\"application\"}", JOSE_WRONG_TYPE },

        /* only letters have two cases */

        { "a@b", "{\"typ\":\"a`b\"}", JOSE_WRONG_TYPE },
        { "a[b", "{\"typ\":\"a{b\"}", JOSE_WRONG_TYPE },
        { "\xc3\xa9", "{\"typ\":\"\\u00c9\"}", JOSE_WRONG_TYPE },
        { "\xc3\xa9", "{\"typ\":\"\\u00e9\"}", JOSE_OK }
    };

    memset(&test, 0, sizeof(policy_t));

    test.claims = "{}";
    test.max_age = -1;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test.types = rows[i].types;
        test.header = rows[i].header;

        status = check(&test);

        unit_check_for(status == rows[i].status, "types %s, header %s: %s",
                       rows[i].types ? rows[i].types : "any", rows[i].header,
                       jose_status_word(status));
    }
}


static void
test_type_length(void)
{
    char           type[JOSE_POLICY_TYPE_MAX + 16];
    char           header[6 * JOSE_POLICY_TYPE_MAX + 64];
    char          *p;
    size_t         i, len, escaped;
    policy_t       test;
    jose_status_t  status;

    memset(&test, 0, sizeof(policy_t));

    test.types = type;
    test.header = header;
    test.claims = "{}";
    test.max_age = -1;

    for (escaped = 0; escaped < 2; escaped++) {
        for (len = JOSE_POLICY_TYPE_MAX - 1;
             len <= JOSE_POLICY_TYPE_MAX + 1;
             len++)
        {
            memset(type, 'k', len);
            type[len] = '\0';

            p = header + sprintf(header, "{\"typ\":\"");

            for (i = 0; i < len; i++) {
                p += sprintf(p, "%s", escaped ? "\\u006b" : "k");
            }

            (void) sprintf(p, "\"}");

            status = check(&test);

            unit_check_for(status == (len <= JOSE_POLICY_TYPE_MAX
                                      ? JOSE_OK : JOSE_WRONG_TYPE),
                           "%s type of %zu bytes: %s",
                           escaped ? "escaped" : "plain", len,
                           jose_status_word(status));
        }
    }
}


/* RFC 7519, 4.1.3 */

static void
test_audience(void)
{
    size_t         i;
    policy_t       test;
    jose_status_t  status;

    static const struct {
        const char      *audiences;
        const char      *claims;
        jose_status_t    status;
    } rows[] = {
        { NULL, "{}", JOSE_OK },
        { NULL, "{\"aud\":\"a\"}", JOSE_OK },
        { NULL, "{\"aud\":\"\"}", JOSE_OK },
        { NULL, "{\"aud\":[]}", JOSE_OK },
        { NULL, "{\"aud\":[\"a\",\"b\"]}", JOSE_OK },
        { NULL, "{\"aud\":null}", JOSE_INVALID_CLAIMS },
        { NULL, "{\"aud\":1}", JOSE_INVALID_CLAIMS },
        { NULL, "{\"aud\":true}", JOSE_INVALID_CLAIMS },
        { NULL, "{\"aud\":{\"a\":\"a\"}}", JOSE_INVALID_CLAIMS },
        { NULL, "{\"aud\":[1]}", JOSE_INVALID_CLAIMS },
        { NULL, "{\"aud\":[\"a\",null]}", JOSE_INVALID_CLAIMS },
        { NULL, "{\"aud\":[[\"a\"]]}", JOSE_INVALID_CLAIMS },

        { "a", "{}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"aud\":\"a\"}", JOSE_OK },
        { "a", "{\"aud\":\"\\u0061\"}", JOSE_OK },
        { "a", "{\"a\\u0075d\":\"a\"}", JOSE_OK },
        { "a", "{\"aud\":\"A\"}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"aud\":\"\"}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"aud\":\"a b\"}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"aud\":\"a\\u0000\"}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"AUD\":\"a\"}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"x\":{\"aud\":\"a\"}}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"aud\":[]}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"aud\":[\"a\"]}", JOSE_OK },
        { "a", "{\"aud\":[\"b\",\"a\"]}", JOSE_OK },
        { "a", "{\"aud\":[ \"\\u0061\" , \"b\" ]}", JOSE_OK },
        { "a", "{\"aud\":[\"b\",\"c\"]}", JOSE_WRONG_AUDIENCE },
        { "a", "{\"aud\":[\"a\",1]}", JOSE_INVALID_CLAIMS },
        { "a", "{\"aud\":[1,\"a\"]}", JOSE_INVALID_CLAIMS },
        { "a", "{\"aud\":[\"a\",[\"a\"]]}", JOSE_INVALID_CLAIMS },
        { "a", "{\"aud\":[[\"a\"]]}", JOSE_INVALID_CLAIMS },
        { "a", "{\"aud\":{\"a\":\"a\"}}", JOSE_INVALID_CLAIMS },
        { "a", "{\"aud\":null}", JOSE_INVALID_CLAIMS },
        { "1", "{\"aud\":1}", JOSE_INVALID_CLAIMS },

        { "a b", "{\"aud\":\"a\"}", JOSE_OK },
        { "a b", "{\"aud\":\"b\"}", JOSE_OK },
        { "a b", "{\"aud\":\"c\"}", JOSE_WRONG_AUDIENCE },
        { "a b", "{\"aud\":\"a b\"}", JOSE_WRONG_AUDIENCE },
        { "a b", "{\"aud\":[\"c\",\"b\"]}", JOSE_OK },
        { "a b", "{\"aud\":[\"c\",\"d\"]}", JOSE_WRONG_AUDIENCE }
    };

    memset(&test, 0, sizeof(policy_t));

    test.header = "{}";
    test.max_age = -1;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test.audiences = rows[i].audiences;
        test.claims = rows[i].claims;

        status = check(&test);

        unit_check_for(status == rows[i].status, "audiences %s, %s: %s",
                       rows[i].audiences ? rows[i].audiences : "any",
                       rows[i].claims, jose_status_word(status));
    }
}


/* As many as a token may have. */

static void
test_many_audiences(void)
{
    char           *claims, *p;
    size_t          i;
    policy_t        test;
    jose_status_t   status;

    claims = malloc(JOSE_TOKEN_MAX + 1);
    p = claims + sprintf(claims, "{\"aud\":[\"");

    for (i = 0; i < 16000; i++) {
        p += sprintf(p, "\",\"");
    }

    (void) sprintf(p, "a\"]}");

    memset(&test, 0, sizeof(policy_t));

    test.header = "{}";
    test.claims = claims;
    test.max_age = -1;

    test.audiences = "b a";
    status = check(&test);
    unit_check_for(status == JOSE_OK, "last of many audiences: %s",
                   jose_status_word(status));

    test.audiences = "b c";
    status = check(&test);
    unit_check_for(status == JOSE_WRONG_AUDIENCE, "none of many: %s",
                   jose_status_word(status));

    free(claims);
}


static void
test_required(void)
{
    size_t         i;
    policy_t       test;
    jose_status_t  status;

    static const struct {
        bool             require_exp;
        int64_t          max_age;
        const char      *claims;
        jose_status_t    status;
    } rows[] = {
        { false, -1, "{}", JOSE_OK },
        { true, -1, "{}", JOSE_MISSING_CLAIM },
        { true, -1, "{\"exp\":1}", JOSE_OK },
        { true, -1, "{\"e\\u0078p\":1}", JOSE_OK },
        { true, -1, "{\"iat\":1}", JOSE_MISSING_CLAIM },
        { true, -1, "{\"x\":{\"exp\":1}}", JOSE_MISSING_CLAIM },
        { false, 0, "{}", JOSE_MISSING_CLAIM },
        { false, 0, "{\"exp\":1}", JOSE_MISSING_CLAIM },
        { false, LONG, "{}", JOSE_MISSING_CLAIM },
        { false, LONG, "{\"iat\":1700000000}", JOSE_OK },
        { false, LONG, "{\"i\\u0061t\":1700000000}", JOSE_OK },
        { true, LONG, "{\"iat\":1700000000}", JOSE_MISSING_CLAIM },
        { true, LONG, "{\"exp\":1700000000}", JOSE_MISSING_CLAIM },
        { true, LONG, "{\"exp\":1,\"iat\":1700000000}", JOSE_OK },

        { false, -1, "{\"iat\":\"1\"}", JOSE_OK },
        { false, -1, "{\"iat\":1e16}", JOSE_OK },
        { false, -1, "{\"iat\":0}", JOSE_OK },
        { false, LONG, "{\"iat\":\"1700000000\"}", JOSE_INVALID_CLAIMS },
        { false, LONG, "{\"iat\":null}", JOSE_INVALID_CLAIMS },
        { false, LONG, "{\"iat\":true}", JOSE_INVALID_CLAIMS },
        { false, LONG, "{\"iat\":[1700000000]}", JOSE_INVALID_CLAIMS },
        { false, LONG, "{\"iat\":{}}", JOSE_INVALID_CLAIMS }
    };

    memset(&test, 0, sizeof(policy_t));

    test.header = "{}";
    test.now = NOW;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test.require_exp = rows[i].require_exp;
        test.max_age = rows[i].max_age;
        test.claims = rows[i].claims;

        status = check(&test);

        unit_check_for(status == rows[i].status, "%s, max_age %lld, %s: %s",
                       rows[i].require_exp ? "exp required" : "no exp",
                       (long long) rows[i].max_age, rows[i].claims,
                       jose_status_word(status));
    }
}


/* From iat - leeway on, and up to iat + max_age + leeway. */

static void
test_age(void)
{
    size_t         i;
    policy_t       test;
    jose_status_t  status;

    static const struct {
        const char      *claims;
        int64_t          now;
        int64_t          max_age;
        int64_t          leeway;
        jose_status_t    status;
    } rows[] = {
        { "{\"iat\":1700000000}", NOW, 1000, 0, JOSE_OK },
        { "{\"iat\":1700000000}", NOW + 999, 1000, 0, JOSE_OK },
        { "{\"iat\":1700000000}", NOW + 1000, 1000, 0, JOSE_TOO_OLD },
        { "{\"iat\":1700000000}", NOW + 1001, 1000, 0, JOSE_TOO_OLD },
        { "{\"iat\":1700000000}", NOW + 5999, 1000, 5000, JOSE_OK },
        { "{\"iat\":1700000000}", NOW + 6000, 1000, 5000, JOSE_TOO_OLD },
        { "{\"iat\":1700000000}", NOW - 1, 1000, 0, JOSE_NOT_YET_VALID },
        { "{\"iat\":1700000000}", NOW - 5000, 1000, 5000, JOSE_OK },
        { "{\"iat\":1700000000}", NOW - 5001, 1000, 5000,
          JOSE_NOT_YET_VALID },
        { "{\"iat\":1700000000}", NOW, 0, 0, JOSE_TOO_OLD },
        { "{\"iat\":1700000000}", NOW, 0, 1, JOSE_OK },
        { "{\"iat\":1700000000}", NOW - 1, 0, 1, JOSE_OK },
        { "{\"iat\":1700000000}", NOW - 1, 0, 0, JOSE_NOT_YET_VALID },
        { "{\"iat\":1700000000.5}", NOW + 499, 1000, 0,
          JOSE_NOT_YET_VALID },
        { "{\"iat\":1700000000.5}", NOW + 500, 1000, 0, JOSE_OK },
        { "{\"iat\":1700000000.5}", NOW + 1499, 1000, 0, JOSE_OK },
        { "{\"iat\":1700000000.5}", NOW + 1500, 1000, 0, JOSE_TOO_OLD },
        { "{\"iat\":1.7e9}", NOW + 999, 1000, 0, JOSE_OK },
        { "{\"iat\":0}", NOW, LONG, 0, JOSE_OK },
        { "{\"iat\":0}", NOW, 1000, 1000, JOSE_TOO_OLD },
        { "{\"iat\":-1}", 0, 1001, 0, JOSE_OK },
        { "{\"iat\":-1}", 0, 1000, 0, JOSE_TOO_OLD }
    };

    memset(&test, 0, sizeof(policy_t));

    test.header = "{}";

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test.claims = rows[i].claims;
        test.now = rows[i].now;
        test.max_age = rows[i].max_age;
        test.leeway = rows[i].leeway;

        status = check(&test);

        unit_check_for(status == rows[i].status,
                       "%s, %+lld, max_age %lld, leeway %lld: %s",
                       rows[i].claims, (long long) (rows[i].now - NOW),
                       (long long) rows[i].max_age,
                       (long long) rows[i].leeway, jose_status_word(status));
    }
}


/* No overflow, whatever is added. */

static void
test_age_extremes(void)
{
    size_t         i, k, m;
    policy_t       test;
    jose_status_t  status;

    static const int64_t  clocks[] = { 0, NOW, INT64_MAX };
    static const int64_t  times[] = { 0, 1, LONG, INT64_MAX };

    memset(&test, 0, sizeof(policy_t));

    test.header = "{}";

    for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        test.now = clocks[i];

        for (k = 0; k < sizeof(times) / sizeof(times[0]); k++) {
            test.max_age = times[k];

            for (m = 0; m < sizeof(times) / sizeof(times[0]); m++) {
                test.leeway = times[m];

                test.claims = "{\"iat\":-1e300}";
                status = check(&test);
                unit_check_for(status == JOSE_TOO_OLD,
                               "first iat, max_age %lld, leeway %lld: %s",
                               (long long) times[k], (long long) times[m],
                               jose_status_word(status));

                test.claims = "{\"iat\":1e300}";
                status = check(&test);
                unit_check_for(status == last_iat(&test),
                               "last iat, max_age %lld, leeway %lld: %s",
                               (long long) times[k], (long long) times[m],
                               jose_status_word(status));
            }
        }
    }
}


/* The last moment is as far as anything reaches. */

static jose_status_t
last_iat(const policy_t *test)
{
    if (test->now == INT64_MAX && test->max_age == 0 && test->leeway == 0) {
        return JOSE_TOO_OLD;
    }

    return test->now == INT64_MAX || test->leeway == INT64_MAX
           ? JOSE_OK : JOSE_NOT_YET_VALID;
}


/* What is wrong first is said, whatever else is wrong. */

static void
test_order(void)
{
    size_t         i;
    policy_t       test;
    jose_status_t  status;

    static const struct {
        const char      *header;
        const char      *claims;
        jose_status_t    status;
    } rows[] = {
        { "{\"typ\":\"x\"}", "{\"aud\":1}", JOSE_WRONG_TYPE },
        { "{\"typ\":\"t\"}", "{\"aud\":1}", JOSE_MISSING_CLAIM },
        { "{\"typ\":\"t\"}", "{\"aud\":1,\"exp\":1}", JOSE_MISSING_CLAIM },
        { "{\"typ\":\"t\"}", "{\"aud\":1,\"iat\":\"1\"}", JOSE_MISSING_CLAIM },
        { "{\"typ\":\"t\"}", "{\"aud\":1,\"exp\":1,\"iat\":1}",
          JOSE_INVALID_CLAIMS },
        { "{\"typ\":\"t\"}", "{\"aud\":\"b\",\"exp\":1,\"iat\":\"1\"}",
          JOSE_INVALID_CLAIMS },
        { "{\"typ\":\"t\"}", "{\"exp\":1,\"iat\":\"1\"}",
          JOSE_INVALID_CLAIMS },
        { "{\"typ\":\"t\"}", "{\"aud\":\"b\",\"exp\":1,\"iat\":1}",
          JOSE_TOO_OLD },
        { "{\"typ\":\"t\"}", "{\"exp\":1,\"iat\":1}", JOSE_TOO_OLD },
        { "{\"typ\":\"t\"}", "{\"aud\":[],\"exp\":1,\"iat\":1800000000}",
          JOSE_NOT_YET_VALID },
        { "{\"typ\":\"t\"}", "{\"aud\":\"b\",\"exp\":1,\"iat\":1700000000}",
          JOSE_WRONG_AUDIENCE },
        { "{\"typ\":\"t\"}", "{\"aud\":\"a\",\"exp\":1,\"iat\":1700000000}",
          JOSE_OK }
    };

    memset(&test, 0, sizeof(policy_t));

    test.audiences = "a";
    test.types = "t";
    test.max_age = 1000;
    test.require_exp = true;
    test.now = NOW;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test.header = rows[i].header;
        test.claims = rows[i].claims;

        status = check(&test);

        unit_check_for(status == rows[i].status, "header %s, claims %s: %s",
                       rows[i].header, rows[i].claims,
                       jose_status_word(status));
    }
}


static jose_status_t
check(const policy_t *test)
{
    size_t                     i;
    jose_bytes_t               types[4], audiences[4];
    jose_policy_t              policy;
    jose_status_t              status;
    jose_json_object_t         header, claims;
    static jose_json_member_t  members[2][JOSE_JSON_MEMBERS_MAX];

    policy.types = types;
    policy.types_n = read_list(test->types, types);
    policy.audiences = audiences;
    policy.audiences_n = read_list(test->audiences, audiences);
    policy.max_age = test->max_age;
    policy.require_exp = test->require_exp;

    if (exact_json(test->header, members[0], &header)
        && exact_json(test->claims, members[1], &claims))
    {
        status = jose_policy_check(&policy, &header, &claims, test->now,
                                   test->leeway);

        exact_free(header.text);
        exact_free(claims.text);

    } else {
        status = JOSE_ERROR;
    }

    for (i = 0; i < policy.types_n; i++) {
        exact_free(types[i]);
    }

    for (i = 0; i < policy.audiences_n; i++) {
        exact_free(audiences[i]);
    }

    return status;
}


static size_t
read_list(const char *text, jose_bytes_t *list)
{
    size_t  n, len;

    for (n = 0; text != NULL; n++) {
        len = strcspn(text, " ");
        list[n] = exact_of(text, len);
        text = text[len] ? text + len + 1 : NULL;
    }

    return n;
}
