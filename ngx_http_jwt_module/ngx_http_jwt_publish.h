
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#ifndef _NGX_HTTP_JWT_PUBLISH_H_INCLUDED_
#define _NGX_HTTP_JWT_PUBLISH_H_INCLUDED_


#include "ngx_http_jwt_module.h"


JOSE_HIDDEN_BEGIN

/*
 * Sets a variable to the text of a value that lives as long as the request:
 * strings raw, arrays joined by bare commas, objects compact, null empty.
 * NGX_DECLINED: it is empty, for the text has a control character, which is
 * logged.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_jwt_publish(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, const jose_json_value_t *value);

/* Sets a variable to bytes that live as long as the request; NULL: empty. */
void ngx_http_jwt_variable_set(ngx_http_variable_value_t *v, u_char *data,
    size_t len);

/* Logs, once for a request, that a value was not shown. */
void ngx_http_jwt_log_withheld(ngx_http_request_t *r);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_PUBLISH_H_INCLUDED_ */
