
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Typed checks of claims and header parameters.
 */


#include "ngx_http_jwt_module.h"

#include "jose/compare.h"
#include "jose/path.h"


typedef struct {
    ngx_str_t                   name;
    jose_compare_t              op;
    ngx_uint_t                  match;
} ngx_http_jwt_operator_t;


/* One auth_jwt_require_claim or auth_jwt_require_header. */
struct ngx_http_jwt_check_s {
    jose_path_t                 path;
    jose_compare_t              op;
    ngx_uint_t                  negated;
    ngx_int_t                   code;

    /* the right-hand side: exactly one of the three is set */

    jose_json_value_t           value;       /* text.data is NULL: not set */
    ngx_http_complex_value_t   *variable;
    ngx_regex_t                *regex;

    ngx_uint_t                  json;        /* the variable holds JSON */
};


static ngx_int_t ngx_http_jwt_check(ngx_http_request_t *r,
    const ngx_http_jwt_check_t *check, const jose_json_value_t *left);
static ngx_int_t ngx_http_jwt_check_left(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx, const ngx_http_jwt_check_t *check,
    ngx_uint_t header, jose_json_value_t *left);
static ngx_int_t ngx_http_jwt_check_value(ngx_http_request_t *r,
    const ngx_http_jwt_check_t *check, const jose_json_value_t *left);
static ngx_int_t ngx_http_jwt_json_value(ngx_pool_t *pool,
    const ngx_str_t *text, ngx_uint_t json, jose_json_value_t *value);
static const char *ngx_http_jwt_check_misfit(jose_compare_t op,
    jose_json_type_t type);
static char *ngx_http_jwt_set_check(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_array_t **checks);
static char *ngx_http_jwt_set_operator(ngx_conf_t *cf,
    ngx_http_jwt_check_t *check, ngx_str_t *value, ngx_uint_t *match);
static char *ngx_http_jwt_set_right(ngx_conf_t *cf,
    ngx_http_jwt_check_t *check, ngx_str_t *value);
static char *ngx_http_jwt_set_regex(ngx_conf_t *cf,
    ngx_http_jwt_check_t *check, ngx_str_t *value);


static const ngx_http_jwt_operator_t  ngx_http_jwt_operators[] = {
    { ngx_string("eq"), JOSE_COMPARE_EQ, 0 },
    { ngx_string("ne"), JOSE_COMPARE_NE, 0 },
    { ngx_string("gt"), JOSE_COMPARE_GT, 0 },
    { ngx_string("ge"), JOSE_COMPARE_GE, 0 },
    { ngx_string("lt"), JOSE_COMPARE_LT, 0 },
    { ngx_string("le"), JOSE_COMPARE_LE, 0 },
    { ngx_string("in"), JOSE_COMPARE_IN, 0 },
    { ngx_string("nin"), JOSE_COMPARE_NIN, 0 },
    { ngx_string("any"), JOSE_COMPARE_ANY, 0 },
    { ngx_string("nany"), JOSE_COMPARE_NANY, 0 },
    { ngx_string("match"), JOSE_COMPARE_EQ, 1 },
    { ngx_null_string, JOSE_COMPARE_EQ, 0 }
};


ngx_int_t
ngx_http_jwt_require_checks(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx,
    const ngx_array_t *checks, ngx_uint_t header)
{
    ngx_int_t                    rc;
    ngx_uint_t                   i;
    jose_json_value_t            left;
    const ngx_http_jwt_check_t  *check;

    if (checks == NULL) {
        return NGX_OK;
    }

    check = checks->elts;

    for (i = 0; i < checks->nelts; i++) {
        rc = ngx_http_jwt_check_left(r, ctx, &check[i], header, &left);

        if (rc == NGX_OK) {
            rc = ngx_http_jwt_check(r, &check[i], &left);
        }

        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? check[i].code : rc;
        }
    }

    return NGX_OK;
}


/* text.data of left is NULL if the token has no such value */

static ngx_int_t
ngx_http_jwt_check_left(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx,
    const ngx_http_jwt_check_t *check, ngx_uint_t header,
    jose_json_value_t *left)
{
    const jose_json_object_t  *object;

    if (ngx_http_jwt_known_answer(ctx, check, left) == NGX_OK) {
        return NGX_OK;
    }

    object = ngx_http_jwt_known_object(r, ctx, header);
    if (object == NULL) {
        return NGX_ERROR;
    }

    if (!jose_path_find(&check->path, object, left)) {
        left->text.data = NULL;
    }

    ngx_http_jwt_known_keep(r, ctx, check, left->text.data ? left : NULL);

    return NGX_OK;
}


/* NGX_DECLINED: it is not met */

static ngx_int_t
ngx_http_jwt_check(ngx_http_request_t *r, const ngx_http_jwt_check_t *check,
    const jose_json_value_t *left)
{
    ngx_int_t  rc;

    if (left->text.data == NULL) {
        return check->negated ? NGX_OK : NGX_DECLINED;
    }

    rc = check->regex ? ngx_http_jwt_match(r, check->regex, left)
                      : ngx_http_jwt_check_value(r, check, left);

    if (rc == NGX_OK) {
        return check->negated ? NGX_DECLINED : NGX_OK;
    }

    if (rc == NGX_DECLINED) {
        return check->negated ? NGX_OK : NGX_DECLINED;
    }

    /* NGX_ABORT: nobody knows, which is no reason to let in */

    return rc == NGX_ABORT ? NGX_DECLINED : NGX_ERROR;
}


static ngx_int_t
ngx_http_jwt_check_value(ngx_http_request_t *r,
    const ngx_http_jwt_check_t *check, const jose_json_value_t *left)
{
    ngx_int_t           rc;
    ngx_str_t           text;
    const char         *what;
    jose_json_value_t   right;

    right = check->value;

    if (check->variable != NULL) {

        if (ngx_http_jwt_evaluate(r, check->variable, &text) != NGX_OK) {
            return NGX_ERROR;
        }

        rc = ngx_http_jwt_json_value(r->pool, &text, check->json, &right);

        if (rc == NGX_DECLINED) {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "value of a typed check is not valid JSON");
            return NGX_ABORT;
        }

        if (rc != NGX_OK) {
            return rc;
        }

        what = ngx_http_jwt_check_misfit(check->op, right.type);

        if (what != NULL) {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "value of a typed check is not %s", what);
            return NGX_ABORT;
        }
    }

    return jose_compare(check->op, left, &right) ? NGX_OK : NGX_DECLINED;
}


/*
 * A value of JSON out of its text, or out of a string; it lives in pool.
 * NGX_DECLINED: it is not valid.
 */

static ngx_int_t
ngx_http_jwt_json_value(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_uint_t json, jose_json_value_t *value)
{
    size_t                      size;
    u_char                     *p, *start;
    jose_bytes_t                object_text;
    jose_json_object_t          object;
    jose_json_member_t          members[JOSE_JSON_MEMBERS_MAX];
    static const jose_bytes_t   name = jose_bytes("v");

    size = sizeof("{\"v\":\"\"}") - 1 + text->len;

    if (!json) {
        size += (size_t) ngx_escape_json(NULL, text->data, text->len);
    }

    start = ngx_pnalloc(pool, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(start, "{\"v\":", sizeof("{\"v\":") - 1);

    if (json) {
        p = ngx_cpymem(p, text->data, text->len);

    } else {
        *p++ = '"';
        p = (u_char *) ngx_escape_json(p, text->data, text->len);
        *p++ = '"';
    }

    *p++ = '}';

    object_text.data = start;
    object_text.len = p - start;

    /* one member: the text has no second one in it */

    if (jose_json_parse(object_text, members, &object) != JOSE_OK
        || object.n != 1
        || !jose_json_get(&object, name, value))
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/*
 * What the right-hand side has to be and is not: the operator would never
 * hold, and with "!" always.  NULL: it is.
 */

static const char *
ngx_http_jwt_check_misfit(jose_compare_t op, jose_json_type_t type)
{
    switch (op) {

    case JOSE_COMPARE_GT:
    case JOSE_COMPARE_GE:
    case JOSE_COMPARE_LT:
    case JOSE_COMPARE_LE:
        return type == JOSE_JSON_NUMBER ? NULL : "a number";

    case JOSE_COMPARE_IN:
    case JOSE_COMPARE_NIN:
        return type == JOSE_JSON_ARRAY ? NULL : "an array";

    case JOSE_COMPARE_EQ:
    case JOSE_COMPARE_NE:
    case JOSE_COMPARE_ANY:
    case JOSE_COMPARE_NANY:
        break;
    }

    return NULL;
}


char *
ngx_http_jwt_set_require_claim(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    return ngx_http_jwt_set_check(cf, cmd, &jlcf->claim_checks);
}


char *
ngx_http_jwt_set_require_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    return ngx_http_jwt_set_check(cf, cmd, &jlcf->header_checks);
}


static char *
ngx_http_jwt_set_check(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_array_t **checks)
{
    char                  *rv;
    ngx_str_t             *value;
    ngx_uint_t             match;
    ngx_http_jwt_check_t  *check;

    if (*checks == NULL) {
        *checks = ngx_array_create(cf->pool, 2, sizeof(ngx_http_jwt_check_t));
        if (*checks == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    check = ngx_array_push(*checks);
    if (check == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(check, sizeof(ngx_http_jwt_check_t));

    value = cf->args->elts;

    if (!jose_path_read(&check->path, ngx_http_jwt_bytes(&value[1]))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid path \"%V\" in \"%V\" directive",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_jwt_set_operator(cf, check, &value[2], &match);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = match ? ngx_http_jwt_set_regex(cf, check, &value[3])
               : ngx_http_jwt_set_right(cf, check, &value[3]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    check->code = NGX_HTTP_UNAUTHORIZED;

    if (cf->args->nelts == 5) {
        check->code = ngx_http_jwt_require_code(cf, &value[4]);
        if (check->code == NGX_ERROR) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_set_operator(ngx_conf_t *cf, ngx_http_jwt_check_t *check,
    ngx_str_t *value, ngx_uint_t *match)
{
    ngx_str_t                       name;
    const ngx_http_jwt_operator_t  *known;

    name = *value;

    if (name.len && name.data[0] == '!') {
        check->negated = 1;
        name.data++;
        name.len--;
    }

    for (known = ngx_http_jwt_operators; known->name.len; known++) {

        if (name.len == known->name.len
            && ngx_strncmp(name.data, known->name.data, name.len) == 0)
        {
            check->op = known->op;
            *match = known->match;

            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown operator \"%V\" in \"%V\" directive",
                       value, cf->args->elts);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_jwt_set_right(ngx_conf_t *cf, ngx_http_jwt_check_t *check,
    ngx_str_t *value)
{
    ngx_int_t    rc;
    ngx_str_t    text;
    const char  *what;

    text = *value;

    if (ngx_strncmp(text.data, "json=", 5) == 0) {
        check->json = 1;
        text.data += 5;
        text.len -= 5;
    }

    if (ngx_http_script_variables_count(&text)) {
        check->variable = ngx_http_jwt_compile(cf, &text);
        if (check->variable == NULL) {
            return NGX_CONF_ERROR;
        }

        /* without "json=" it is going to be a string, whatever it holds */

        what = check->json ? NULL
                           : ngx_http_jwt_check_misfit(check->op,
                                                       JOSE_JSON_STRING);

    } else {
        rc = ngx_http_jwt_json_value(cf->pool, &text, check->json,
                                     &check->value);

        if (rc == NGX_ERROR) {
            return NGX_CONF_ERROR;
        }

        what = rc == NGX_OK ? ngx_http_jwt_check_misfit(check->op,
                                                        check->value.type)
                            : "valid JSON";
    }

    if (what != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "value \"%V\" in \"%V\" directive is not %s",
                           value, cf->args->elts, what);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_set_regex(ngx_conf_t *cf, ngx_http_jwt_check_t *check,
    ngx_str_t *value)
{
    ngx_str_t  err;
    u_char     errstr[NGX_MAX_CONF_ERRSTR];

    err.len = NGX_MAX_CONF_ERRSTR;
    err.data = errstr;

    check->regex = ngx_http_jwt_match_compile(cf, value, &err);

    if (check->regex == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid regex \"%V\" in \"%V\" directive: %V",
                           value, cf->args->elts, &err);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
