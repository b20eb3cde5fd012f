
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "exact.h"

#include <stdlib.h>
#include <string.h>


jose_bytes_t
exact(const char *text)
{
    return exact_of(text, strlen(text));
}


jose_bytes_t
exact_of(const char *text, size_t len)
{
    uint8_t       *data;
    jose_bytes_t   bytes;

    data = malloc(len);
    memcpy(data, text, len);

    bytes.data = data;
    bytes.len = len;

    return bytes;
}


void
exact_free(jose_bytes_t bytes)
{
    void  *data;

    data = (void *) (uintptr_t) bytes.data;
    free(data);
}


bool
exact_json(const char *text, jose_json_member_t *members,
    jose_json_object_t *object)
{
    jose_bytes_t  copy;

    copy = exact(text);

    if (jose_json_parse(copy, members, object) == JOSE_OK) {
        return true;
    }

    exact_free(copy);

    return false;
}
