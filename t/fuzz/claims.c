
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Two bytes for the time, see clock.h, and claims: the verdict, and the
 * milliseconds of each number, are those of OpenSSL's big numbers.
 */


#include "clock.h"


/* the numbers of milliseconds that are exact */
#define FUZZ_MS_MAX  (INT64_MAX - 10)


static void fuzz_milliseconds(const jose_json_value_t *container);
static void fuzz_number(const jose_json_value_t *value);
static jose_status_t fuzz_expected(const jose_json_object_t *claims,
    const clock_ms_t *time);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clock_ms_t                 time;
    jose_bytes_t               text;
    jose_json_value_t          whole;
    jose_json_object_t         claims;
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    if (size < 2) {
        return 0;
    }

    text = fuzz_copy(data + 2, size - 2);

    if (jose_json_parse(text, members, &claims) == JOSE_OK) {
        whole.text = text;
        whole.type = JOSE_JSON_OBJECT;

        fuzz_milliseconds(&whole);

        time = clock_read(&claims, data[0], data[1], 0);

        fuzz_assert(jose_claims_check_time(&claims, time.now, time.leeway)
                    == fuzz_expected(&claims, &time));
    }

    exact_free(text);

    return 0;
}


static void
fuzz_milliseconds(const jose_json_value_t *container)
{
    jose_json_value_t     value;
    jose_json_iterator_t  it;

    jose_json_iterate(&it, container);

    while (jose_json_next(&it, NULL, &value)) {

        if (value.type == JOSE_JSON_NUMBER) {
            fuzz_number(&value);
        }
    }
}


/* the least number of milliseconds that is not below value */

static void
fuzz_number(const jose_json_value_t *value)
{
    int64_t  ms;

    ms = jose_claims_milliseconds(value);

    if (ms == INT64_MAX) {
        fuzz_assert(clock_compare(FUZZ_MS_MAX, value) < 0);
        return;
    }

    if (ms == INT64_MIN) {
        fuzz_assert(clock_compare(-FUZZ_MS_MAX, value) > 0);
        return;
    }

    fuzz_assert(clock_compare(ms, value) >= 0);
    fuzz_assert(clock_compare(ms - 1, value) < 0);
}


/* RFC 7519, 4.1.4 and 4.1.5 */

static jose_status_t
fuzz_expected(const jose_json_object_t *claims, const clock_ms_t *time)
{
    jose_json_value_t          value;
    static const jose_bytes_t  exp = jose_bytes("exp");
    static const jose_bytes_t  nbf = jose_bytes("nbf");

    if (jose_json_get(claims, exp, &value)) {

        if (value.type != JOSE_JSON_NUMBER) {
            return JOSE_INVALID_CLAIMS;
        }

        if (clock_compare(time->now - time->leeway, &value) >= 0) {
            return JOSE_EXPIRED;
        }
    }

    if (jose_json_get(claims, nbf, &value)) {

        if (value.type != JOSE_JSON_NUMBER) {
            return JOSE_INVALID_CLAIMS;
        }

        if (clock_compare(time->now + time->leeway, &value) < 0) {
            return JOSE_NOT_YET_VALID;
        }
    }

    return JOSE_OK;
}
