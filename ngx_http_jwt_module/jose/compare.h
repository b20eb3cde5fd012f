
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Typed comparisons of JSON values.
 */


#ifndef JOSE_COMPARE_H_INCLUDED
#define JOSE_COMPARE_H_INCLUDED


#include "json.h"


typedef enum {
    JOSE_COMPARE_EQ = 0,
    JOSE_COMPARE_NE,
    JOSE_COMPARE_GT,
    JOSE_COMPARE_GE,
    JOSE_COMPARE_LT,
    JOSE_COMPARE_LE,
    JOSE_COMPARE_IN,
    JOSE_COMPARE_NIN,
    JOSE_COMPARE_ANY,
    JOSE_COMPARE_NANY
} jose_compare_t;


JOSE_HIDDEN_BEGIN

/*
 * Whether "left op right" holds; types are never converted:
 *
 *   eq ne         the values are (not) the same: numbers by their value,
 *                 strings with escapes resolved, objects in any order
 *   gt ge lt le   two numbers, by their value to the last digit
 *   in nin        left is (not) one of the elements of the array right
 *   any nany      left and right have an (no) element in common: the elements
 *                 of an array, the words of a string (RFC 6749, 3.3), or the
 *                 value itself
 *
 * An order of what is no number, and "in" or "nin" of what is no array, do not
 * hold.
 */
bool jose_compare(jose_compare_t op, const jose_json_value_t *left,
    const jose_json_value_t *right);

JOSE_HIDDEN_END


#endif /* JOSE_COMPARE_H_INCLUDED */
