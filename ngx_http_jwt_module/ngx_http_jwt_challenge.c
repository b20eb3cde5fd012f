
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * From a verdict to the log line and the challenge header.
 */


#include "ngx_http_jwt_provider.h"


#define NGX_HTTP_JWT_ALG_LOGGED  16


static u_char *ngx_http_jwt_log_parameter(u_char *p, const char *label,
    const jose_json_object_t *header, jose_bytes_t name, size_t len);
static ngx_int_t ngx_http_jwt_challenge_value(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_int_t code, ngx_str_t *value);
static ngx_int_t ngx_http_jwt_challenge_own(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_str_t *value);
static ngx_int_t ngx_http_jwt_challenge_bearer(ngx_http_request_t *r,
    ngx_str_t *realm, const char *error, const char *description,
    ngx_str_t *value);
static void ngx_http_jwt_retry_after_clear(ngx_http_request_t *r,
    const u_char *value);
static u_char *ngx_http_jwt_quoted(u_char *dst, ngx_str_t *text);


void
ngx_http_jwt_log_refusal(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx)
{
    u_char                     *p;
    u_char                      text[sizeof(", alg: \"\", kid: \"\"")
                                     + NGX_HTTP_JWT_ALG_LOGGED
                                     + NGX_HTTP_JWT_KID_LOGGED];
    const void                 *judged;
    const jose_json_object_t   *header;
    static const jose_bytes_t   alg = jose_bytes("alg");
    static const jose_bytes_t   kid = jose_bytes("kid");

    judged = ctx->cached ? (const void *) ctx->cached
                         : (const void *) ctx->token;

    /* an error page that inherits the check is refused as the page was */

    if (r->connection->log->log_level < NGX_LOG_INFO
        || (ctx->logged == ctx->status && ctx->refused == judged))
    {
        return;
    }

    ctx->logged = ctx->status;
    ctx->refused = judged;

    p = text;
    header = NULL;

    /* of what is not valid, as far as it could be read */

    if (ctx->token != NULL) {
        header = &ctx->token->header;

    } else if (ctx->cached != NULL) {
        header = ngx_http_jwt_known_object(r, ctx, 1);
    }

    if (header != NULL) {
        p = ngx_http_jwt_log_parameter(p, ", alg: \"", header, alg,
                                       NGX_HTTP_JWT_ALG_LOGGED);
        p = ngx_http_jwt_log_parameter(p, ", kid: \"", header, kid,
                                       NGX_HTTP_JWT_KID_LOGGED);
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "jwt rejected: %s%*s", jose_status_text(ctx->status),
                  (size_t) (p - text), text);
}


static u_char *
ngx_http_jwt_log_parameter(u_char *p, const char *label,
    const jose_json_object_t *header, jose_bytes_t name, size_t len)
{
    jose_json_value_t  value;

    if (!jose_json_get(header, name, &value)) {
        return p;
    }

    p = ngx_cpymem(p, label, ngx_strlen(label));
    p = ngx_http_jwt_printable(p, value.text, len);
    *p++ = '"';

    return p;
}


u_char *
ngx_http_jwt_printable(u_char *dst, jose_bytes_t text, size_t len)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < text.len && i < len; i++) {
        c = text.data[i];

        *dst++ = (c < 0x20 || c > 0x7e || c == '"') ? '?' : c;
    }

    return dst;
}


ngx_int_t
ngx_http_jwt_challenge_set(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_int_t code)
{
    ngx_int_t            rc;
    ngx_str_t            value;
    ngx_table_elt_t     *h;
    ngx_http_jwt_ctx_t  *ctx;

    if (jlcf->challenge == NGX_HTTP_JWT_CHALLENGE_OFF) {
        return code;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_jwt_module);

    rc = ngx_http_jwt_challenge_value(r, jlcf, ctx, code, &value);

    if (rc == NGX_DECLINED) {
        return code;
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    h->hash = 1;
    ngx_http_jwt_header_unlink(h);
    ngx_str_set(&h->key, "WWW-Authenticate");
    h->value = value;

    /* "satisfy any" takes it back from there */

    r->headers_out.www_authenticate = h;
    ctx->challenge = h;

    return code;
}


/* NGX_DECLINED: there is none to be sent */

static ngx_int_t
ngx_http_jwt_challenge_value(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_int_t code, ngx_str_t *value)
{
    const char  *error;

    if (jlcf->challenge == NGX_HTTP_JWT_CHALLENGE_STRING) {
        return ngx_http_jwt_challenge_own(r, jlcf, value);
    }

    /* RFC 6750, 3.1 */

    if (ctx->status == JOSE_NO_TOKEN) {
        error = NULL;

    } else if (code == NGX_HTTP_FORBIDDEN) {
        error = "insufficient_scope";

    } else {
        error = "invalid_token";
    }

    return ngx_http_jwt_challenge_bearer(r, &ctx->realm, error,
                                         jose_status_text(ctx->status), value);
}


static ngx_int_t
ngx_http_jwt_challenge_own(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_str_t *value)
{
    if (ngx_http_jwt_evaluate(r, jlcf->challenge_value, value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_jwt_has_control(value->data, value->len)) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "a challenge with a control character is not sent");
        return NGX_DECLINED;
    }

    return value->len ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_jwt_challenge_bearer(ngx_http_request_t *r, ngx_str_t *realm,
    const char *error, const char *description, ngx_str_t *value)
{
    size_t   len, error_len, description_len;
    u_char  *p;

    len = sizeof("Bearer realm=\"\"") - 1 + 2 * realm->len;
    error_len = 0;
    description_len = 0;

    if (error != NULL) {
        error_len = ngx_strlen(error);
        description_len = ngx_strlen(description);

        len += sizeof(", error=\"\", error_description=\"\"") - 1
               + error_len + description_len;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    p = ngx_cpymem(p, "Bearer realm=\"", sizeof("Bearer realm=\"") - 1);
    p = ngx_http_jwt_quoted(p, realm);
    *p++ = '"';

    if (error != NULL) {
        p = ngx_cpymem(p, ", error=\"", sizeof(", error=\"") - 1);
        p = ngx_cpymem(p, error, error_len);
        p = ngx_cpymem(p, "\", error_description=\"",
                       sizeof("\", error_description=\"") - 1);
        p = ngx_cpymem(p, description, description_len);
        *p++ = '"';
    }

    value->len = p - value->data;

    return NGX_OK;
}


/* RFC 9110, 5.6.4: the inside of a quoted-string */

static u_char *
ngx_http_jwt_quoted(u_char *dst, ngx_str_t *text)
{
    u_char  c;
    size_t  i;

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if (c == '"' || c == '\\') {
            *dst++ = '\\';
        }

        *dst++ = (c < 0x20 || c == 0x7f) ? '?' : c;
    }

    return dst;
}


ngx_int_t
ngx_http_jwt_retry_after_set(ngx_http_request_t *r, ngx_int_t code)
{
    u_char              *p;
    ngx_table_elt_t     *h;
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_jwt_module);

    /* an auth_jwt_require may have that code, too */

    if (ctx->status != JOSE_KEYS_UNAVAILABLE) {
        return code;
    }

    p = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    h = ngx_list_push(&r->headers_out.headers);

    if (p == NULL || h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    h->hash = 1;
    ngx_http_jwt_header_unlink(h);
    ngx_str_set(&h->key, "Retry-After");
    h->value.data = p;
    h->value.len = ngx_sprintf(p, "%ui",
                           ngx_http_jwt_provider_retry_after(ctx->provider))
                   - p;

    ctx->retry_after = p;

    return code;
}


void
ngx_http_jwt_challenge_clear(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx)
{
    /* nginx may have emptied the list that it was in */

    if (ctx->challenge != NULL
        && ctx->challenge == r->headers_out.www_authenticate)
    {
        ctx->challenge->hash = 0;
    }

    ctx->challenge = NULL;

    if (ctx->retry_after != NULL) {
        ngx_http_jwt_retry_after_clear(r, ctx->retry_after);
        ctx->retry_after = NULL;
    }
}


static void
ngx_http_jwt_retry_after_clear(ngx_http_request_t *r, const u_char *value)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].value.data == value) {
                h[i].hash = 0;
            }
        }
    }
}


char *
ngx_http_jwt_set_www_authenticate(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    ngx_str_t  *value;

    if (jlcf->challenge != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        jlcf->challenge = NGX_HTTP_JWT_CHALLENGE_OFF;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[1].data, "on") == 0) {
        jlcf->challenge = NGX_HTTP_JWT_CHALLENGE_ON;
        return NGX_CONF_OK;
    }

    if (value[1].len == 0) {
        return "has an empty value";
    }

    jlcf->challenge = NGX_HTTP_JWT_CHALLENGE_STRING;
    jlcf->challenge_value = ngx_http_jwt_compile(cf, &value[1]);

    return jlcf->challenge_value ? NGX_CONF_OK : NGX_CONF_ERROR;
}
