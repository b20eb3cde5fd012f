
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * jose_number_compare() against the digits written out in full.
 */


#include "number.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


/* places before and behind the point of a number written out in full */
#define PLACES  40


static void test_random(void);
static void make(char *text, char *full);
static int full_order(const char *a, const char *b);
static unsigned dice(unsigned n);
static int order(const char *a, const char *b);
static jose_json_value_t number(const char *text);


int
main(void)
{
    test_random();

    return unit_done("number_random");
}


static void
test_random(void)
{
    int   i, expected;
    char  a[64], b[64], full_a[2 * PLACES + 2], full_b[2 * PLACES + 2];

    srand(1);

    for (i = 0; i < 20000; i++) {
        make(a, full_a);
        make(b, full_b);

        expected = full_order(full_a, full_b);

        unit_check_for(order(a, b) == expected, "%s and %s", a, b);
        unit_check_for(order(b, a) == -expected, "%s and %s", b, a);
    }
}


/*
 * A number of few and small digits, so that many are the same, and its sign
 * with all its places.
 */

static void
make(char *text, char *full)
{
    int       exponent, place;
    char     *p;
    unsigned  i, before, after;

    memset(full, '0', 2 * PLACES + 1);
    full[2 * PLACES + 1] = '\0';

    p = text;
    full[0] = '+';

    if (dice(3) == 0) {
        *p++ = '-';
        full[0] = '-';
    }

    before = 1 + dice(4);
    after = dice(4);
    exponent = (int) dice(9) - 4;

    for (i = 0; i < before + after; i++) {

        if (i == before) {
            *p++ = '.';
        }

        *p = (char) ('0' + dice(3));

        /* no zero in front of others */

        if (i == 0 && before > 1) {
            *p = (char) ('1' + dice(2));
        }

        place = PLACES - (int) before + (int) i - exponent;
        full[1 + place] = *p++;
    }

    *p = '\0';

    if (exponent != 0 || dice(2)) {
        sprintf(p, exponent > 0 && dice(2) ? "e+%d" : "E%d", exponent);
    }
}


static int
full_order(const char *a, const char *b)
{
    int   c;
    bool  zeros;

    zeros = strspn(a + 1, "0") == 2 * PLACES
            && strspn(b + 1, "0") == 2 * PLACES;

    if (zeros) {
        return 0;
    }

    if (a[0] != b[0]) {
        return a[0] == '-' ? -1 : 1;
    }

    c = strcmp(a + 1, b + 1);
    c = (c > 0) - (c < 0);

    return a[0] == '-' ? -c : c;
}


static unsigned
dice(unsigned n)
{
    return (unsigned) rand() % n;
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
