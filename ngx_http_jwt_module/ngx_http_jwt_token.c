
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Where in the request the token is.
 */


#include "ngx_http_jwt_provider.h"


static ngx_inline jose_status_t ngx_http_jwt_token_authorization(
    ngx_http_request_t *r, ngx_str_t *text);
static ngx_inline ngx_uint_t ngx_http_jwt_is_bearer(const u_char *p);
static jose_status_t ngx_http_jwt_token_variable(ngx_http_request_t *r,
    const ngx_http_jwt_token_source_t *source, ngx_str_t *text);
#if !(NGX_HTTP_JWT_JOINED_HEADERS)
static ngx_uint_t ngx_http_jwt_token_is_doubled(ngx_http_request_t *r,
    const ngx_http_jwt_token_source_t *source);
static ngx_uint_t ngx_http_jwt_is_header(const ngx_table_elt_t *h,
    const ngx_str_t *name);
#endif
static char *ngx_http_jwt_set_realm(ngx_conf_t *cf,
    ngx_http_jwt_loc_conf_t *jlcf, ngx_str_t *value);
static char *ngx_http_jwt_add_provider(ngx_conf_t *cf,
    ngx_http_jwt_loc_conf_t *jlcf, ngx_str_t *value);
static char *ngx_http_jwt_add_token(ngx_conf_t *cf,
    ngx_http_jwt_loc_conf_t *jlcf, ngx_str_t *value);


jose_status_t
ngx_http_jwt_token_find(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_str_t *text)
{
    ngx_uint_t                          i;
    jose_status_t                       status;
    const ngx_http_jwt_token_source_t  *source;

    if (jlcf->tokens == NULL) {
        return ngx_http_jwt_token_authorization(r, text);
    }

    source = jlcf->tokens->elts;

    for (i = 0; i < jlcf->tokens->nelts; i++) {

        if (source[i].authorization) {
            status = ngx_http_jwt_token_authorization(r, text);

        } else {
            status = ngx_http_jwt_token_variable(r, &source[i], text);
        }

        if (status != JOSE_NO_TOKEN) {
            return status;
        }
    }

    return JOSE_NO_TOKEN;
}


/*
 * RFC 6750, 2.1; RFC 9110, 11.1 and 11.4: the scheme in any case, then one
 * or more spaces.
 */

static ngx_inline jose_status_t
ngx_http_jwt_token_authorization(ngx_http_request_t *r, ngx_str_t *text)
{
    u_char                *p, *last;
    const ngx_table_elt_t *h;

    h = r->headers_in.authorization;

    if (h == NULL) {
        return JOSE_NO_TOKEN;
    }

    if (h->value.len < sizeof("Bearer ") - 1
        || !ngx_http_jwt_is_bearer(h->value.data))
    {
        return JOSE_NO_TOKEN;
    }

    p = h->value.data + sizeof("Bearer ") - 1;
    last = h->value.data + h->value.len;

    while (p < last && *p == ' ') {
        p++;
    }

    if (p == last) {
        return JOSE_NO_TOKEN;
    }

    text->data = p;
    text->len = last - p;

    return JOSE_OK;
}


/* each request comes here: no loop, but two words that overlap */

static ngx_inline ngx_uint_t
ngx_http_jwt_is_bearer(const u_char *p)
{
    uint32_t  begin, end, bear, rer;

    ngx_memcpy(&begin, p, 4);
    ngx_memcpy(&end, p + 3, 4);
    ngx_memcpy(&bear, "bear", 4);
    ngx_memcpy(&rer, "rer ", 4);

    return (begin | 0x20202020) == bear
           && (end | 0x20202020) == rer
           && p[6] == ' ';
}


static jose_status_t
ngx_http_jwt_token_variable(ngx_http_request_t *r,
    const ngx_http_jwt_token_source_t *source, ngx_str_t *text)
{
    const ngx_http_variable_value_t  *vv;

    vv = ngx_http_jwt_evaluate_variable(r, source->index);

    if (vv == NULL || vv->not_found || vv->len == 0) {
        return JOSE_NO_TOKEN;
    }

    if (vv->len == 1 && vv->data[0] == '-') {
        return JOSE_NO_TOKEN;
    }

#if !(NGX_HTTP_JWT_JOINED_HEADERS)

    if (source->header.len && ngx_http_jwt_token_is_doubled(r, source)) {
        return JOSE_MALFORMED;
    }

#endif

    text->data = vv->data;
    text->len = vv->len;

    return JOSE_OK;
}


#if !(NGX_HTTP_JWT_JOINED_HEADERS)

/*
 * The variable has the first of two headers, and both are passed on: the
 * upstream could believe the one that was not checked.
 */

static ngx_uint_t
ngx_http_jwt_token_is_doubled(ngx_http_request_t *r,
    const ngx_http_jwt_token_source_t *source)
{
    ngx_uint_t              i, n;
    const ngx_list_part_t  *part;
    const ngx_table_elt_t  *h;

    n = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            n += ngx_http_jwt_is_header(&h[i], &source->header);
        }
    }

    return n > 1;
}


/* as nginx finds the header of a variable: "-" is "_" */

static ngx_uint_t
ngx_http_jwt_is_header(const ngx_table_elt_t *h, const ngx_str_t *name)
{
    u_char  c;
    size_t  i;

    if (h->key.len != name->len) {
        return 0;
    }

    for (i = 0; i < name->len; i++) {
        c = h->key.data[i] == '-' ? '_' : ngx_tolower(h->key.data[i]);

        if (c != ngx_tolower(name->data[i])) {
            return 0;
        }
    }

    return 1;
}

#endif


char *
ngx_http_jwt_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (jlcf->enabled != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    rv = ngx_http_jwt_set_realm(cf, jlcf, &value[1]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "token=", 6) == 0) {

            rv = ngx_http_jwt_add_token(cf, jlcf, &value[i]);
            if (rv != NGX_CONF_OK) {
                return rv;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "provider=", 9) == 0) {

            rv = ngx_http_jwt_add_provider(cf, jlcf, &value[i]);
            if (rv != NGX_CONF_OK) {
                return rv;
            }

            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\" directive",
                           &value[i], &cmd->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_set_realm(ngx_conf_t *cf, ngx_http_jwt_loc_conf_t *jlcf,
    ngx_str_t *value)
{
    jlcf->enabled = !(value->len == 3
                      && ngx_strncmp(value->data, "off", 3) == 0);

    jlcf->realm = ngx_http_jwt_compile(cf, value);

    return jlcf->realm ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_jwt_add_provider(ngx_conf_t *cf, ngx_http_jwt_loc_conf_t *jlcf,
    ngx_str_t *value)
{
    ngx_str_t  name;

    if (!jlcf->enabled) {
        return "has a \"provider\" where it is off";
    }

    name.data = value->data + 9;
    name.len = value->len - 9;

    return ngx_http_jwt_provider_add(cf, jlcf, &name) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_jwt_add_token(ngx_conf_t *cf, ngx_http_jwt_loc_conf_t *jlcf,
    ngx_str_t *value)
{
    ngx_str_t                     name;
    ngx_http_jwt_token_source_t  *source;

    name.data = value->data + 6;
    name.len = value->len - 6;

    if (name.len < 2
        || name.data[0] != '$'
        || ngx_http_script_variables_count(&name) != 1)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\" directive, "
                           "\"token\" must be one variable",
                           value, cf->args->elts);
        return NGX_CONF_ERROR;
    }

    name.data++;
    name.len--;

    if (jlcf->tokens == NULL) {
        jlcf->tokens = ngx_array_create(cf->pool, 2,
                                        sizeof(ngx_http_jwt_token_source_t));
        if (jlcf->tokens == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    source = ngx_array_push(jlcf->tokens);
    if (source == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_null(&source->header);

    if (name.len > 5
        && ngx_strncasecmp(name.data, (u_char *) "http_", 5) == 0)
    {
        source->header.data = name.data + 5;
        source->header.len = name.len - 5;
    }

    source->authorization = source->header.len == sizeof("authorization") - 1
                            && ngx_strncasecmp(source->header.data,
                                               (u_char *) "authorization",
                                               sizeof("authorization") - 1)
                               == 0;

    source->index = ngx_http_get_variable_index(cf, &name);
    if (source->index == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
