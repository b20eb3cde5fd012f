
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Comparisons of values that are given as JSON.
 */


#ifndef UNIT_COMPARED_H_INCLUDED
#define UNIT_COMPARED_H_INCLUDED


#include "compare.h"


/* What jose_compare() says of two texts of JSON. */
bool compared(const char *left, jose_compare_t op, const char *right);

/* The operator's name in the configuration. */
const char *compared_name(jose_compare_t op);


/* Check that "left op right" holds, or that it does not. */

#define holds(left, op, right)                                                \
    unit_check_for(compared(left, op, right), "%s %s %s", left,              \
                   compared_name(op), right)

#define fails(left, op, right)                                                \
    unit_check_for(!compared(left, op, right), "%s %s %s", left,             \
                   compared_name(op), right)


#endif /* UNIT_COMPARED_H_INCLUDED */
