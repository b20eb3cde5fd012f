
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * JSON of keys and of metadata, read by jansson.
 */


#ifndef JOSE_LOAD_H_INCLUDED
#define JOSE_LOAD_H_INCLUDED


#include "jose.h"

#include <jansson.h>


JOSE_HIDDEN_BEGIN

/*
 * The caller owns the result.  NULL: it is no JSON, or has a member twice;
 * or there is no memory, then *starved is true.
 */
json_t *jose_load(jose_bytes_t text, bool *starved);

JOSE_HIDDEN_END


#endif /* JOSE_LOAD_H_INCLUDED */
