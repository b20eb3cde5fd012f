
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "number.h"


/* larger ones are all the same: beyond all digits, below any overflow */
#define JOSE_EXPONENT_MAX  100000000


static const uint8_t *jose_number_exponent(const uint8_t *p,
    const uint8_t *last, int32_t *exponent);
static void jose_number_skip_zeros(jose_number_t *number);
static int jose_number_compare_digits(jose_number_t *a, jose_number_t *b);


/* RFC 8259, 6: [ "-" ] digits [ "." digits ] [ exponent ] */

void
jose_number_read(jose_number_t *number, const jose_json_value_t *value)
{
    const uint8_t  *p;

    p = value->text.data;

    number->negative = (*p == '-');

    if (number->negative) {
        p++;
    }

    number->pos = p;
    number->last = jose_number_exponent(p, value->text.data + value->text.len,
                                        &number->place);

    for ( /* void */ ; p < number->last && *p != '.'; p++) {
        number->place++;
    }
}


/* returns where the digits before the exponent end */

static const uint8_t *
jose_number_exponent(const uint8_t *p, const uint8_t *last,
    int32_t *exponent)
{
    bool            negative;
    const uint8_t  *end;

    *exponent = 0;

    while (p < last && *p != 'e' && *p != 'E') {
        p++;
    }

    end = p;

    if (p == last) {
        return end;
    }

    p++;

    negative = (*p == '-');

    if (*p == '-' || *p == '+') {
        p++;
    }

    for ( /* void */ ; p < last; p++) {
        *exponent = *exponent * 10 + (*p - '0');

        if (*exponent > JOSE_EXPONENT_MAX) {
            *exponent = JOSE_EXPONENT_MAX;
        }
    }

    if (negative) {
        *exponent = -*exponent;
    }

    return end;
}


int
jose_number_digit(jose_number_t *number)
{
    if (number->pos < number->last && *number->pos == '.') {
        number->pos++;
    }

    return number->pos < number->last ? *number->pos++ - '0' : -1;
}


int
jose_number_compare(const jose_json_value_t *a, const jose_json_value_t *b)
{
    int            order;
    jose_number_t  left, right;

    jose_number_read(&left, a);
    jose_number_read(&right, b);

    jose_number_skip_zeros(&left);
    jose_number_skip_zeros(&right);

    if (left.negative != right.negative) {
        return left.negative ? -1 : 1;
    }

    if (left.place != right.place) {
        order = left.place < right.place ? -1 : 1;

    } else {
        order = jose_number_compare_digits(&left, &right);
    }

    return left.negative ? -order : order;
}


/* of zero nothing is left, and it is smaller than what has a digit */

static void
jose_number_skip_zeros(jose_number_t *number)
{
    const uint8_t  *p;

    for (p = number->pos; p < number->last; p++) {

        if (*p == '.') {
            continue;
        }

        if (*p != '0') {
            number->pos = p;
            return;
        }

        number->place--;
    }

    number->pos = number->last;
    number->place = INT32_MIN;
    number->negative = false;
}


static int
jose_number_compare_digits(jose_number_t *a, jose_number_t *b)
{
    int  left, right;

    do {
        left = jose_number_digit(a);
        right = jose_number_digit(b);

        if (left != right && (left > 0 || right > 0)) {
            return left < right ? -1 : 1;
        }

    } while (left >= 0 || right >= 0);

    return 0;
}
