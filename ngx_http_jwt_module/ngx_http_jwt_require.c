
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What is required of a verified token.
 */


#include "ngx_http_jwt_module.h"


static ngx_int_t ngx_http_jwt_require_met(ngx_http_request_t *r,
    const ngx_http_jwt_require_t *require);
static ngx_int_t ngx_http_jwt_add_required(ngx_conf_t *cf,
    ngx_http_jwt_require_t *require, ngx_str_t *value);


ngx_int_t
ngx_http_jwt_require(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    const ngx_http_jwt_require_t  *require;

    rc = ngx_http_jwt_require_checks(r, ctx, jlcf->header_checks, 1);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_jwt_require_checks(r, ctx, jlcf->claim_checks, 0);
    if (rc != NGX_OK) {
        return rc;
    }

    if (jlcf->requires == NULL) {
        return NGX_OK;
    }

    require = jlcf->requires->elts;

    ctx->lost = 0;

    for (i = 0; i < jlcf->requires->nelts; i++) {
        rc = ngx_http_jwt_require_met(r, &require[i]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    /* a map may be happy with a claim that is empty for want of memory */

    /* a variable sets it, which cppcheck does not see */
    /* cppcheck-suppress knownConditionTrueFalse */
    return ctx->lost ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_jwt_require_met(ngx_http_request_t *r,
    const ngx_http_jwt_require_t *require)
{
    ngx_str_t                   value;
    ngx_uint_t                  i;
    ngx_http_complex_value_t  **cv;

    cv = require->values->elts;

    for (i = 0; i < require->values->nelts; i++) {

        if (ngx_http_jwt_evaluate(r, cv[i], &value) != NGX_OK) {
            return NGX_ERROR;
        }

        if (value.len == 0 || (value.len == 1 && value.data[0] == '0')) {
            return require->code;
        }
    }

    return NGX_OK;
}


char *
ngx_http_jwt_set_require(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    ngx_str_t               *value;
    ngx_uint_t               i;
    ngx_http_jwt_require_t  *require;

    if (jlcf->requires == NULL) {
        jlcf->requires = ngx_array_create(cf->pool, 2,
                                          sizeof(ngx_http_jwt_require_t));
        if (jlcf->requires == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    require = ngx_array_push(jlcf->requires);
    if (require == NULL) {
        return NGX_CONF_ERROR;
    }

    require->code = 0;
    require->values = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                       sizeof(ngx_http_complex_value_t *));
    if (require->values == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "error=", 6) == 0) {

            if (require->code) {
                return "has a duplicate \"error\" parameter";
            }

            require->code = ngx_http_jwt_require_code(cf, &value[i]);
            if (require->code == NGX_ERROR) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_http_jwt_add_required(cf, require, &value[i]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if (require->values->nelts == 0) {
        return "has no variable";
    }

    if (require->code == 0) {
        require->code = NGX_HTTP_UNAUTHORIZED;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_jwt_require_code(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_int_t  code;

    code = NGX_ERROR;

    if (ngx_strncmp(value->data, "error=", 6) == 0) {
        code = ngx_atoi(value->data + 6, value->len - 6);
    }

    /* what nginx keeps for itself, and closes connections or answers 400 at */

    if (code >= 400
        && code <= 599
        && code != NGX_HTTP_REQUEST_TIME_OUT
        && (code < NGX_HTTP_NGINX_CODES
            || code > NGX_HTTP_CLIENT_CLOSED_REQUEST))
    {
        return code;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"%V\" directive, "
                       "\"error\" must be 400 to 599, but not 408 "
                       "or 494 to 499",
                       value, cf->args->elts);

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_jwt_add_required(ngx_conf_t *cf, ngx_http_jwt_require_t *require,
    ngx_str_t *value)
{
    ngx_http_complex_value_t  **cv;

    if (ngx_http_script_variables_count(value) == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\" directive, "
                           "it has no variable", value, cf->args->elts);
        return NGX_ERROR;
    }

    cv = ngx_array_push(require->values);
    if (cv == NULL) {
        return NGX_ERROR;
    }

    *cv = ngx_http_jwt_compile(cf, value);

    return *cv ? NGX_OK : NGX_ERROR;
}
