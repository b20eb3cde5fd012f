
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * jose_json_parse() against jansson: the same verdict, the same values, and
 * jose_json_compact() writes a text that is read as the same members.
 */


#include "../unit/json_oracle.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool  accepted;

    if (!oracle_agrees(data, size, &accepted)) {
        abort();
    }

    return 0;
}
