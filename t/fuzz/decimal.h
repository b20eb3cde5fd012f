
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The numbers of JSON by OpenSSL's big numbers: digits times ten to the power
 * of exponent, to the last digit.
 */


#ifndef DECIMAL_H_INCLUDED
#define DECIMAL_H_INCLUDED


#include "fuzz.h"
#include "json.h"

#include <errno.h>

#include <openssl/bn.h>


/* as in jose/number.c: larger ones are all the same */
#define DECIMAL_EXPONENT_MAX  100000000

/* beyond this the number of the digits decides */
#define DECIMAL_SCALE_MAX     700


typedef struct {
    BIGNUM  *digits;
    long     exponent;
} decimal_t;


static inline decimal_t
decimal_of_text(const char *text)
{
    char       *digits, *end;
    long        exponent;
    size_t      n;
    decimal_t   decimal;

    digits = malloc(strlen(text) + 2);
    fuzz_assert(digits != NULL);

    decimal.digits = NULL;
    decimal.exponent = 0;
    n = 0;

    for ( /* void */ ; *text && *text != 'e' && *text != 'E'; text++) {

        if (*text == '.') {
            decimal.exponent = -(long) strcspn(text + 1, "eE");
            continue;
        }

        digits[n++] = *text;
    }

    digits[n] = '\0';
    fuzz_assert(BN_dec2bn(&decimal.digits, digits) == (int) n);
    free(digits);

    if (*text) {
        exponent = strtol(text + 1, &end, 10);
        fuzz_assert(*end == '\0');

        exponent = exponent > DECIMAL_EXPONENT_MAX ? DECIMAL_EXPONENT_MAX
                   : exponent < -DECIMAL_EXPONENT_MAX ? -DECIMAL_EXPONENT_MAX
                   : exponent;

        decimal.exponent += exponent;
        errno = 0;
    }

    return decimal;
}


static inline decimal_t
decimal_of_value(const jose_json_value_t *value)
{
    char       *text;
    decimal_t   decimal;

    text = malloc(value->text.len + 1);
    fuzz_assert(text != NULL);

    memcpy(text, value->text.data, value->text.len);
    text[value->text.len] = '\0';

    decimal = decimal_of_text(text);
    free(text);

    return decimal;
}


static inline decimal_t
decimal_of_milliseconds(int64_t ms)
{
    char       text[32];
    decimal_t  decimal;

    (void) snprintf(text, sizeof(text), "%lld", (long long) ms);

    decimal = decimal_of_text(text);
    decimal.exponent -= 3;

    return decimal;
}


static inline void
decimal_scale(decimal_t *decimal, long exponent)
{
    BIGNUM  *ten, *power;
    BN_CTX  *ctx;

    ctx = BN_CTX_new();
    ten = BN_new();
    power = BN_new();

    fuzz_assert(BN_set_word(ten, 10)
                && BN_set_word(power,
                               (BN_ULONG) (decimal->exponent - exponent))
                && BN_exp(power, ten, power, ctx)
                && BN_mul(decimal->digits, decimal->digits, power, ctx));

    decimal->exponent = exponent;

    BN_free(ten);
    BN_free(power);
    BN_CTX_free(ctx);
}


/* ten to the power of what is a number below that is not */

static inline long
decimal_place(const decimal_t *decimal)
{
    long   place;
    char  *text;

    text = BN_bn2dec(decimal->digits);
    place = (long) strlen(text) - BN_is_negative(decimal->digits)
            + decimal->exponent;
    OPENSSL_free(text);

    return place;
}


/* both are used up */

static inline int
decimal_compare(decimal_t a, decimal_t b)
{
    int   order;
    long  difference;

    difference = a.exponent - b.exponent;

    if (BN_is_zero(a.digits) || BN_is_zero(b.digits)
        || BN_is_negative(a.digits) != BN_is_negative(b.digits))
    {
        order = BN_cmp(a.digits, b.digits);

    } else if (difference > DECIMAL_SCALE_MAX
               || difference < -DECIMAL_SCALE_MAX)
    {
        difference = decimal_place(&a) - decimal_place(&b);

        if (difference == 0) {
            decimal_scale(a.exponent > b.exponent ? &a : &b,
                          a.exponent > b.exponent ? b.exponent : a.exponent);
            order = BN_cmp(a.digits, b.digits);

        } else {
            order = (difference > 0) == !BN_is_negative(a.digits) ? 1 : -1;
        }

    } else {
        decimal_scale(difference > 0 ? &a : &b,
                      difference > 0 ? b.exponent : a.exponent);
        order = BN_cmp(a.digits, b.digits);
    }

    BN_free(a.digits);
    BN_free(b.digits);

    return order;
}


#endif /* DECIMAL_H_INCLUDED */
