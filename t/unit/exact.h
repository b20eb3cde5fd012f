
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Input in memory of its own, with nothing behind it, so that AddressSanitizer
 * sees the first byte that is read too much.
 */


#ifndef UNIT_EXACT_H_INCLUDED
#define UNIT_EXACT_H_INCLUDED


#include "json.h"


jose_bytes_t exact(const char *text);
jose_bytes_t exact_of(const char *text, size_t len);
void exact_free(jose_bytes_t bytes);

/*
 * Reads a copy of text, which is freed with exact_free(object->text) where it
 * is good.
 */
bool exact_json(const char *text, jose_json_member_t *members,
    jose_json_object_t *object);


#endif /* UNIT_EXACT_H_INCLUDED */
