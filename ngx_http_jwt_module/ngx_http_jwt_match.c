
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Regular expressions that a claim cannot send astray.
 */


#include "ngx_http_jwt_module.h"


#if (NGX_PCRE)


/* PCRE counts anew for each place in the text where it begins to match */
#if (NGX_PCRE2)
#define NGX_HTTP_JWT_MATCH_LIMIT  "(*LIMIT_MATCH=100000)"
#else
#define NGX_HTTP_JWT_MATCH_LIMIT  "(*LIMIT_MATCH=100000)"                     \
                                  "(*LIMIT_RECURSION=2000)"
#endif

/* so there is one, and to look for others is a part of the expression */
#define NGX_HTTP_JWT_MATCH_ONCE  NGX_HTTP_JWT_MATCH_LIMIT "\\A(?s:.*?)(?:"


static ngx_regex_t *ngx_http_jwt_match_compile_as(ngx_conf_t *cf,
    const char *before, const ngx_str_t *pattern, const char *after,
    ngx_str_t *err);
static ngx_uint_t ngx_http_jwt_match_is_whole(const ngx_str_t *pattern);


ngx_regex_t *
ngx_http_jwt_match_compile(ngx_conf_t *cf, const ngx_str_t *pattern,
    ngx_str_t *err)
{
    u_char        errstr[NGX_MAX_CONF_ERRSTR];
    ngx_str_t     other;
    ngx_regex_t  *regex, *once;

    /* as it is: also for what is wrong with it */

    regex = ngx_http_jwt_match_compile_as(cf, NGX_HTTP_JWT_MATCH_LIMIT, pattern,
                                          "", err);

    if (regex == NULL || ngx_http_jwt_match_is_whole(pattern)) {
        return regex;
    }

    other.len = NGX_MAX_CONF_ERRSTR;
    other.data = errstr;

    /* its end may be in quotes, or a comment */

    once = ngx_http_jwt_match_compile_as(cf, NGX_HTTP_JWT_MATCH_ONCE, pattern,
                                         "\\E)", &other);
    if (once == NULL) {
        other.len = NGX_MAX_CONF_ERRSTR;
        once = ngx_http_jwt_match_compile_as(cf, NGX_HTTP_JWT_MATCH_ONCE,
                                             pattern, "\n)", &other);
    }

    return once ? once : regex;
}


static ngx_regex_t *
ngx_http_jwt_match_compile_as(ngx_conf_t *cf, const char *before,
    const ngx_str_t *pattern, const char *after, ngx_str_t *err)
{
    u_char               *last;
    ngx_regex_compile_t   rc;

    ngx_memzero(&rc, sizeof(ngx_regex_compile_t));

    rc.pattern.len = ngx_strlen(before) + pattern->len + ngx_strlen(after);
    rc.pattern.data = ngx_pnalloc(cf->pool, rc.pattern.len + 1);

    if (rc.pattern.data == NULL) {
        ngx_str_set(err, "no memory");
        return NULL;
    }

    last = ngx_sprintf(rc.pattern.data, "%s%V%s", before, pattern, after);
    *last = '\0';

    rc.pool = cf->pool;
    rc.err = *err;

    if (ngx_regex_compile(&rc) != NGX_OK) {
        *err = rc.err;
        return NULL;
    }

    return rc.regex;
}


/*
 * Whether it speaks of the whole expression, and so would mean something else
 * as a part of one: verbs and options in front, recursion.
 */

static ngx_uint_t
ngx_http_jwt_match_is_whole(const ngx_str_t *pattern)
{
    ngx_uint_t  i;

    static char  *signs[] = {
        "(*", "(?R", "(?0", "\\g<0", "\\g'0"
    };

    for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (ngx_strnstr(pattern->data, signs[i], pattern->len) != NULL) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_jwt_match(ngx_http_request_t *r, ngx_regex_t *regex,
    const jose_json_value_t *left)
{
    ngx_int_t   rc;
    ngx_str_t   text;

    if (left->type != JOSE_JSON_STRING) {
        return NGX_DECLINED;
    }

    text.data = ngx_pnalloc(r->pool, left->text.len + 1);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    text.len = jose_json_string_decode(left, text.data);

    /* "$" holds before a line feed at the end, which nobody means */

    if (text.len && text.data[text.len - 1] == LF) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "a claim with a line feed at its end matches nothing");
        return NGX_ABORT;
    }

    rc = ngx_regex_exec(regex, &text, NULL, 0);

    if (rc == NGX_REGEX_NO_MATCHED) {
        return NGX_DECLINED;
    }

    if (rc < 0) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      ngx_regex_exec_n " failed: %i on a claim", rc);
        return NGX_ABORT;
    }

    return NGX_OK;
}


#else


ngx_regex_t *
ngx_http_jwt_match_compile(ngx_conf_t *cf, const ngx_str_t *pattern,
    ngx_str_t *err)
{
    ngx_str_set(err, "\"match\" requires PCRE library");

    return NULL;
}


ngx_int_t
ngx_http_jwt_match(ngx_http_request_t *r, ngx_regex_t *regex,
    const jose_json_value_t *left)
{
    return NGX_ABORT;
}


#endif
