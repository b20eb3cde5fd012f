
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The numbers of JSON, in decimal: nothing is rounded.
 */


#ifndef JOSE_NUMBER_H_INCLUDED
#define JOSE_NUMBER_H_INCLUDED


#include "json.h"


/*
 * The digits from pos to last, where a point among them counts for nothing,
 * are those of the number 0.DDD times ten to the power of place.
 */
typedef struct {
    const uint8_t  *pos;
    const uint8_t  *last;
    int32_t         place;
    bool            negative;
} jose_number_t;


JOSE_HIDDEN_BEGIN

/* Reads a value of the type JOSE_JSON_NUMBER, which stays borrowed. */
void jose_number_read(jose_number_t *number, const jose_json_value_t *value);

/* The next digit, 0 to 9; -1: there is no further one. */
int jose_number_digit(jose_number_t *number);

/* Less than, equal to or greater than zero, as a is than b. */
int jose_number_compare(const jose_json_value_t *a,
    const jose_json_value_t *b);

JOSE_HIDDEN_END


#endif /* JOSE_NUMBER_H_INCLUDED */
