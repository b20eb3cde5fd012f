
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Values of directives, with variables in them.
 */


#include "ngx_http_jwt_module.h"


ngx_http_complex_value_t *
ngx_http_jwt_compile(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_http_complex_value_t          *cv;
    ngx_http_compile_complex_value_t   ccv;

    cv = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (cv == NULL) {
        return NULL;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = cv;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NULL;
    }

    return cv;
}


ngx_int_t
ngx_http_jwt_evaluate(ngx_http_request_t *r, ngx_http_complex_value_t *cv,
    ngx_str_t *value)
{
    ngx_int_t                rc;
    ngx_http_jwt_captures_t  captures;

    ngx_http_jwt_captures_keep(r, &captures);

    rc = ngx_http_complex_value(r, cv, value);

    ngx_http_jwt_captures_restore(r, &captures);

    return rc;
}


const ngx_http_variable_value_t *
ngx_http_jwt_evaluate_variable(ngx_http_request_t *r, ngx_uint_t index)
{
    ngx_http_jwt_captures_t           captures;
    const ngx_http_variable_value_t  *vv;

    ngx_http_jwt_captures_keep(r, &captures);

    vv = ngx_http_get_flushed_variable(r, index);

    ngx_http_jwt_captures_restore(r, &captures);

    return vv;
}


void
ngx_http_jwt_captures_keep(ngx_http_request_t *r,
    ngx_http_jwt_captures_t *captures)
{
#if (NGX_PCRE)

    captures->values = r->captures;
    captures->n = r->ncaptures;
    captures->text = r->captures_data;
    captures->realloc = r->realloc_captures;

    /* else nginx would write over them */

    r->realloc_captures = 1;

#endif
}


void
ngx_http_jwt_captures_restore(ngx_http_request_t *r,
    const ngx_http_jwt_captures_t *captures)
{
#if (NGX_PCRE)

    r->captures = captures->values;
    r->ncaptures = captures->n;
    r->captures_data = captures->text;
    r->realloc_captures = captures->realloc;

#endif
}
