
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * From a JSON value to the text of a variable.
 */


#include "ngx_http_jwt_publish.h"


static ngx_uint_t ngx_http_jwt_is_plain(const jose_json_value_t *value);
static ngx_uint_t ngx_http_jwt_has(jose_bytes_t text, u_char c);
static size_t ngx_http_jwt_text(const jose_json_value_t *value, u_char *dst);
static size_t ngx_http_jwt_joined(const jose_json_value_t *value,
    u_char *dst);


/*
 * A value with a control character could end a line of a request, of an
 * answer or of a log: it is not shown, wherever it was to go.
 */

ngx_int_t
ngx_http_jwt_publish(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    const jose_json_value_t *value)
{
    size_t   len;
    u_char  *p;

    /* the only control character that JSON has as it is, is 0x7f */

    if (ngx_http_jwt_is_plain(value)
        && !ngx_http_jwt_has(value->text, 0x7f))
    {
        ngx_http_jwt_variable_set(v, (u_char *) (uintptr_t) value->text.data,
                                  value->text.len);
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, value->text.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    len = ngx_http_jwt_text(value, p);

    if (ngx_http_jwt_has_control(p, len)) {
        ngx_http_jwt_log_withheld(r);
        ngx_http_jwt_variable_set(v, NULL, 0);
        return NGX_DECLINED;
    }

    ngx_http_jwt_variable_set(v, p, len);

    return NGX_OK;
}


/* whether the text of a value is just what is shown of it */

static ngx_uint_t
ngx_http_jwt_is_plain(const jose_json_value_t *value)
{
    switch (value->type) {

    case JOSE_JSON_STRING:
        return value->text.len != 0
               && !ngx_http_jwt_has(value->text, '\\');

    case JOSE_JSON_FALSE:
    case JOSE_JSON_TRUE:
    case JOSE_JSON_NUMBER:
        return 1;

    case JOSE_JSON_NULL:
    case JOSE_JSON_ARRAY:
    case JOSE_JSON_OBJECT:
        break;
    }

    return 0;
}


static ngx_uint_t
ngx_http_jwt_has(jose_bytes_t text, u_char c)
{
    u_char  *p;

    p = (u_char *) (uintptr_t) text.data;

    return ngx_strlchr(p, p + text.len, c) != NULL;
}


void
ngx_http_jwt_log_withheld(ngx_http_request_t *r)
{
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_jwt_ctx_find(r);

    if (ctx == NULL || ctx->withheld) {
        return;
    }

    ctx->withheld = 1;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "jwt value with a control character is not shown");
}


/* dst has room for two bytes more than the value is long */

static size_t
ngx_http_jwt_text(const jose_json_value_t *value, u_char *dst)
{
    switch (value->type) {

    case JOSE_JSON_NULL:
        return 0;

    case JOSE_JSON_STRING:
        return jose_json_string_decode(value, dst);

    case JOSE_JSON_ARRAY:
        return ngx_http_jwt_joined(value, dst);

    case JOSE_JSON_FALSE:
    case JOSE_JSON_TRUE:
    case JOSE_JSON_NUMBER:
    case JOSE_JSON_OBJECT:
        break;
    }

    return jose_json_compact(value, dst);
}


/* the elements of an array, with bare commas between them */

static size_t
ngx_http_jwt_joined(const jose_json_value_t *value, u_char *dst)
{
    u_char                *p;
    ngx_uint_t             first;
    jose_json_value_t      element;
    jose_json_iterator_t   it;

    p = dst;
    first = 1;

    jose_json_iterate(&it, value);

    while (jose_json_next(&it, NULL, &element)) {

        if (!first) {
            *p++ = ',';
        }

        first = 0;

        if (element.type == JOSE_JSON_STRING) {
            p += jose_json_string_decode(&element, p);

        } else {
            p += jose_json_compact(&element, p);
        }
    }

    return p - dst;
}


void
ngx_http_jwt_variable_set(ngx_http_variable_value_t *v, u_char *data,
    size_t len)
{
    v->data = data ? data : (u_char *) "";
    v->len = len;
    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;
}
