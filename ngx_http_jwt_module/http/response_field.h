
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 9110, 5: the fields of a response, for response.c alone.
 */


#ifndef HTTP_RESPONSE_FIELD_H_INCLUDED
#define HTTP_RESPONSE_FIELD_H_INCLUDED


#include "response.h"


JOSE_HIDDEN_BEGIN

/* Takes a line apart, without blanks around the value.  false: it is none. */
bool http_response_field_split(jose_bytes_t line, jose_bytes_t *name,
    jose_bytes_t *value);

/* Keeps what a field says, if it is known.  false: the response is invalid. */
bool http_response_field_set(http_response_t *response, jose_bytes_t name,
    jose_bytes_t value);

/* Digits alone; the largest number for all that are too large. */
bool http_response_field_number(jose_bytes_t text, uint64_t *number);

/* What is from p to end without the blanks around it. */
jose_bytes_t http_response_field_trim(const uint8_t *p, const uint8_t *end);

uint8_t http_response_field_lower(uint8_t c);

JOSE_HIDDEN_END


#endif /* HTTP_RESPONSE_FIELD_H_INCLUDED */
