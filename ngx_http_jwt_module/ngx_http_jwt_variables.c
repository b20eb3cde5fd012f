
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Claims and header parameters as nginx variables.
 */


#include "ngx_http_jwt_provider.h"
#include "ngx_http_jwt_publish.h"


/* an address is above, an offset or the index of a variable is not */
#define NGX_HTTP_JWT_OFFSET_MAX  65535


/*
 * What a variable shows: a member at some depth, or all.  It is the question
 * whose answer is kept, see ngx_http_jwt_known_answer().
 */
typedef struct {
    ngx_uint_t          header;  /* of the JOSE header, not of the claims */
    ngx_uint_t          n;
    const ngx_str_t    *names;
} ngx_http_jwt_shown_t;


static ngx_int_t ngx_http_jwt_variable_claim(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_jwt_variable_header(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_jwt_variable_named(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, const ngx_str_t *variable, size_t prefix,
    ngx_uint_t header);
static ngx_int_t ngx_http_jwt_variable_kept(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_jwt_variable_payload(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_jwt_variable_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_jwt_variable_provider(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_jwt_show(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, ngx_http_jwt_ctx_t *ctx,
    const ngx_http_jwt_shown_t *shown);
static ngx_uint_t ngx_http_jwt_show_find(const ngx_http_jwt_shown_t *shown,
    const jose_json_object_t *object, jose_json_value_t *value);
static ngx_uint_t ngx_http_jwt_is_accepted(ngx_http_request_t *r,
    const ngx_http_jwt_ctx_t *ctx);
static const jose_json_object_t *ngx_http_jwt_shown_object(
    ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx, ngx_uint_t header);
static ngx_http_jwt_ctx_t *ngx_http_jwt_shown_ctx(ngx_http_request_t *r);
static ngx_http_jwt_token_t *ngx_http_jwt_shown_token(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx);
static ngx_http_jwt_token_t *ngx_http_jwt_unverified_token(
    ngx_http_request_t *r, const ngx_http_jwt_loc_conf_t *jlcf,
    ngx_http_jwt_ctx_t *ctx);
static ngx_uint_t ngx_http_jwt_is_derived(const ngx_http_variable_t *v);
static ngx_uint_t ngx_http_jwt_is_computed(ngx_http_request_t *r,
    const ngx_http_variable_t *v);
static ngx_uint_t ngx_http_jwt_is_late(ngx_http_request_t *r);
static ngx_int_t ngx_http_jwt_variable_keep(ngx_cycle_t *cycle,
    ngx_http_variable_t *v, size_t prefix, ngx_uint_t header);
static char *ngx_http_jwt_set_path(ngx_conf_t *cf, ngx_uint_t header);


static const ngx_http_jwt_shown_t  ngx_http_jwt_all_claims = { 0, 0, NULL };


/*
 * What a variable shows changes when the request is judged, so that nothing
 * of it may be cached by nginx.
 */

static ngx_http_variable_t  ngx_http_jwt_variables[] = {

    { ngx_string("jwt_claim_"), NULL, ngx_http_jwt_variable_claim, 0,
      NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("jwt_header_"), NULL, ngx_http_jwt_variable_header, 0,
      NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("jwt_payload"), NULL, ngx_http_jwt_variable_payload, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("jwt_claims"), NULL, ngx_http_jwt_variable_kept,
      (uintptr_t) &ngx_http_jwt_all_claims, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("jwt_status"), NULL, ngx_http_jwt_variable_status, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("jwt_provider"), NULL, ngx_http_jwt_variable_provider, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_jwt_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_jwt_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_jwt_variable_claim(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    return ngx_http_jwt_variable_named(r, v, (const ngx_str_t *) data,
                                       sizeof("jwt_claim_") - 1, 0);
}


static ngx_int_t
ngx_http_jwt_variable_header(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    return ngx_http_jwt_variable_named(r, v, (const ngx_str_t *) data,
                                       sizeof("jwt_header_") - 1, 1);
}


/* one that the configuration does not know: SSI and scripts may name any */

static ngx_int_t
ngx_http_jwt_variable_named(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, const ngx_str_t *variable, size_t prefix,
    ngx_uint_t header)
{
    ngx_int_t              rc;
    ngx_str_t              name;
    ngx_http_jwt_ctx_t    *ctx;
    ngx_http_jwt_shown_t   shown;

    name.data = variable->data + prefix;
    name.len = variable->len - prefix;

    shown.header = header;
    shown.n = 1;
    shown.names = &name;

    ctx = ngx_http_jwt_shown_ctx(r);

    rc = ngx_http_jwt_show(r, v, ctx, &shown);

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_jwt_variable_kept(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const ngx_http_jwt_shown_t *shown = (const ngx_http_jwt_shown_t *) data;

    ngx_int_t            rc;
    jose_json_value_t    text;
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_jwt_shown_ctx(r);

    if (ctx == NULL || !ngx_http_jwt_is_accepted(r, ctx)) {
        rc = ngx_http_jwt_show(r, v, ctx, shown);

        return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
    }

    if (ngx_http_jwt_known_answer(ctx, shown, &text) == NGX_OK) {
        ngx_http_jwt_variable_set(v, (u_char *) (uintptr_t) text.text.data,
                                  text.text.len);
        return NGX_OK;
    }

    rc = ngx_http_jwt_show(r, v, ctx, shown);

    if (rc == NGX_OK) {
        text.text.data = v->data;
        text.text.len = v->len;
        text.type = JOSE_JSON_STRING;

        ngx_http_jwt_known_keep(r, ctx, shown, &text);
    }

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* what was encrypted: the claims, or the token inside */

static ngx_int_t
ngx_http_jwt_variable_payload(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_jwt_ctx_t          *ctx;
    const ngx_http_jwt_token_t  *token;

    ngx_http_jwt_variable_set(v, NULL, 0);

    ctx = ngx_http_jwt_shown_ctx(r);

    if (ctx == NULL || !ctx->judged || ctx->status != JOSE_OK) {
        return NGX_OK;
    }

    token = ctx->token;

    /* what is known was not encrypted */

    if (token == NULL) {
        return NGX_OK;
    }

    if (ngx_http_jwt_has_control(token->plaintext.data, token->plaintext.len))
    {
        ngx_http_jwt_log_withheld(r);
        return NGX_OK;
    }

    ngx_http_jwt_variable_set(v, (u_char *) (uintptr_t) token->plaintext.data,
                              token->plaintext.len);
    return NGX_OK;
}


static ngx_int_t
ngx_http_jwt_variable_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char          *word;
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_jwt_shown_ctx(r);

    if (ctx == NULL || !ctx->judged) {
        ngx_http_jwt_variable_set(v, NULL, 0);
        return NGX_OK;
    }

    word = jose_status_word(ctx->status);

    ngx_http_jwt_variable_set(v, (u_char *) (uintptr_t) word,
                              ngx_strlen(word));
    return NGX_OK;
}


/* whose token it is, or says to be: refused ones are logged with it, too */

static ngx_int_t
ngx_http_jwt_variable_provider(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_jwt_shown_ctx(r);

    if (ctx == NULL || !ctx->judged || ctx->provider == NULL) {
        ngx_http_jwt_variable_set(v, NULL, 0);
        return NGX_OK;
    }

    ngx_http_jwt_variable_set(v, ctx->provider->name.data,
                              ctx->provider->name.len);
    return NGX_OK;
}


/* NGX_DECLINED: it is empty, but another request might see it */

static ngx_int_t
ngx_http_jwt_show(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    ngx_http_jwt_ctx_t *ctx, const ngx_http_jwt_shown_t *shown)
{
    ngx_int_t                  rc;
    jose_json_value_t          value;
    const jose_json_object_t  *object;

    ngx_http_jwt_variable_set(v, NULL, 0);

    if (ctx == NULL) {
        return NGX_DECLINED;
    }

    object = ngx_http_jwt_shown_object(r, ctx, shown->header);

    if (object == NULL) {

        /* there is one, but no memory: the variable is empty all the same */

        if (ngx_http_jwt_is_accepted(r, ctx)) {
            ctx->lost = 1;
        }

        return NGX_DECLINED;
    }

    if (!ngx_http_jwt_show_find(shown, object, &value)) {
        return NGX_OK;
    }

    rc = ngx_http_jwt_publish(r, v, &value);

    if (rc == NGX_ERROR) {
        ctx->lost = 1;
    }

    return rc;
}


static ngx_uint_t
ngx_http_jwt_show_find(const ngx_http_jwt_shown_t *shown,
    const jose_json_object_t *object, jose_json_value_t *value)
{
    ngx_uint_t         i;
    jose_json_value_t  inner;

    if (shown->n == 0) {
        value->text = object->text;
        value->type = JOSE_JSON_OBJECT;

        return 1;
    }

    if (!jose_json_get(object, ngx_http_jwt_bytes(&shown->names[0]), value)) {
        return 0;
    }

    for (i = 1; i < shown->n; i++) {

        if (!jose_json_member(value, ngx_http_jwt_bytes(&shown->names[i]),
                              &inner))
        {
            return 0;
        }

        *value = inner;
    }

    return 1;
}


/* whether what is shown here is of a token that was accepted */

static ngx_uint_t
ngx_http_jwt_is_accepted(ngx_http_request_t *r, const ngx_http_jwt_ctx_t *ctx)
{
    const ngx_http_jwt_loc_conf_t  *jlcf;

    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_jwt_module);

    return ctx->judged
           && ctx->status == JOSE_OK
           && (jlcf->enabled || jlcf->tokens == NULL);
}


/* NULL: nothing may be shown, or there is nothing */

static const jose_json_object_t *
ngx_http_jwt_shown_object(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx,
    ngx_uint_t header)
{
    ngx_http_jwt_token_t           *token;
    const ngx_http_jwt_loc_conf_t  *jlcf;

    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_jwt_module);

    if (ctx->judged && (jlcf->enabled || jlcf->tokens == NULL)) {
        return ctx->status == JOSE_OK
               ? ngx_http_jwt_known_object(r, ctx, header) : NULL;
    }

    token = ngx_http_jwt_shown_token(r, ctx);

    if (token == NULL) {
        return NULL;
    }

    if (header) {
        return ngx_http_jwt_token_read_header(r, token) == JOSE_OK
               ? &token->header : NULL;
    }

    return ngx_http_jwt_token_read_claims(r, token) == JOSE_OK
           ? &token->claims : NULL;
}


/* marks that something was shown, be it that there is nothing */

static ngx_http_jwt_ctx_t *
ngx_http_jwt_shown_ctx(ngx_http_request_t *r)
{
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_jwt_ctx_find(r);

    if (ctx == NULL) {
        ctx = ngx_http_jwt_ctx_create(r);
        if (ctx == NULL) {
            return NULL;
        }
    }

    ctx->shown = 1;

    return ctx;
}


/*
 * The token that was sent: before anything was judged, and where the
 * configuration asks just for that.
 */

static ngx_http_jwt_token_t *
ngx_http_jwt_shown_token(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx)
{
    const ngx_http_jwt_loc_conf_t  *jlcf;

    jlcf = ngx_http_get_module_loc_conf(r, ngx_http_jwt_module);

    if (!jlcf->enabled && jlcf->tokens != NULL) {
        return ngx_http_jwt_unverified_token(r, jlcf, ctx);
    }

    /* a subrequest for keys is as far as the request that waits for it */

    if (r != r->main && ctx->status == JOSE_KEYS_PENDING) {
        r = r->main;
        jlcf = ngx_http_get_module_loc_conf(r, ngx_http_jwt_module);
    }

    if (ngx_http_jwt_is_late(r)) {
        return NULL;
    }

    return ngx_http_jwt_unverified_token(r, jlcf, ctx);
}


static ngx_http_jwt_token_t *
ngx_http_jwt_unverified_token(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    ngx_str_t  text;

    if (ngx_http_jwt_token_find(r, jlcf, &text) != JOSE_OK) {
        return NULL;
    }

    /* what was decrypted is for the request that is judged by it */

    if (ctx->seen != NULL && ctx->seen->plaintext.data != NULL) {
        ctx->seen = NULL;
    }

    return ngx_http_jwt_token_get(r, ctx, &text, jlcf->type);
}


void
ngx_http_jwt_forget_derived(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx)
{
    u_char                           *kept;
    ngx_uint_t                        i, n;
    ngx_http_jwt_captures_t           captures;
    const ngx_http_variable_t        *v;
    const ngx_http_core_main_conf_t  *cmcf;

    if (!ctx->shown) {
        return;
    }

    ngx_http_jwt_captures_keep(r, &captures);

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = cmcf->variables.elts;
    n = cmcf->variables.nelts;

    /* asking computes others: none is dropped before the last was asked */

    kept = ngx_pnalloc(r->pool, n);

    for (i = 0; kept != NULL && i < n; i++) {
        kept[i] = ngx_http_jwt_is_derived(&v[i])
                  && r->variables[i].valid
                  && !ngx_http_jwt_is_computed(r, &v[i]);
    }

    for (i = 0; i < n; i++) {

        if (ngx_http_jwt_is_derived(&v[i]) && (kept == NULL || !kept[i])) {
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
        }
    }

    ngx_http_jwt_captures_restore(r, &captures);

    ctx->shown = 0;
}


/*
 * Of the variables that are kept, those whose handler has a structure of its
 * own are computed from others: map, geo, split_clients, js_set, perl_set.
 * The rest, with an offset, an index or nothing, is of the request itself or,
 * as with "set", stands nowhere else.
 */

static ngx_uint_t
ngx_http_jwt_is_derived(const ngx_http_variable_t *v)
{
    return (v->flags & NGX_HTTP_VAR_CHANGEABLE)
           && !(v->flags & NGX_HTTP_VAR_WEAK)
           && v->data > NGX_HTTP_JWT_OFFSET_MAX;
}


/* the handler of auth_request_set has a structure, too, but never a value */

static ngx_uint_t
ngx_http_jwt_is_computed(ngx_http_request_t *r, const ngx_http_variable_t *v)
{
    ngx_http_variable_value_t  value;

    ngx_memzero(&value, sizeof(ngx_http_variable_value_t));

    return v->get_handler(r, &value, v->data) != NGX_OK || !value.not_found;
}


/*
 * From here on, nobody is going to judge: the access phase is over, or there
 * is an answer without it, be it that the client has gone away, or the request
 * is at its end without one.
 */

static ngx_uint_t
ngx_http_jwt_is_late(ngx_http_request_t *r)
{
    const ngx_http_jwt_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    return r->headers_out.status != 0
           || r->main->count == 0
           || r->phase_handler >= jmcf->late_phase;
}


/* nginx has found the handlers of all variables that are named somewhere */

ngx_int_t
ngx_http_jwt_keep_variables(ngx_cycle_t *cycle, const ngx_array_t *variables)
{
    ngx_int_t             rc;
    ngx_uint_t            i;
    ngx_http_variable_t  *v;

    v = variables->elts;
    rc = NGX_OK;

    for (i = 0; i < variables->nelts && rc == NGX_OK; i++) {

        if (v[i].get_handler == ngx_http_jwt_variable_claim) {
            rc = ngx_http_jwt_variable_keep(cycle, &v[i],
                                            sizeof("jwt_claim_") - 1, 0);

        } else if (v[i].get_handler == ngx_http_jwt_variable_header) {
            rc = ngx_http_jwt_variable_keep(cycle, &v[i],
                                            sizeof("jwt_header_") - 1, 1);
        }
    }

    return rc;
}


static ngx_int_t
ngx_http_jwt_variable_keep(ngx_cycle_t *cycle, ngx_http_variable_t *v,
    size_t prefix, ngx_uint_t header)
{
    ngx_str_t             *name;
    ngx_http_jwt_shown_t  *shown;

    shown = ngx_palloc(cycle->pool, sizeof(ngx_http_jwt_shown_t));
    name = ngx_palloc(cycle->pool, sizeof(ngx_str_t));

    if (shown == NULL || name == NULL) {
        return NGX_ERROR;
    }

    name->data = v->name.data + prefix;
    name->len = v->name.len - prefix;

    shown->header = header;
    shown->n = 1;
    shown->names = name;

    v->get_handler = ngx_http_jwt_variable_kept;
    v->data = (uintptr_t) shown;

    return NGX_OK;
}


char *
ngx_http_jwt_set_claim_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    return ngx_http_jwt_set_path(cf, 0);
}


char *
ngx_http_jwt_set_header_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    return ngx_http_jwt_set_path(cf, 1);
}


static char *
ngx_http_jwt_set_path(ngx_conf_t *cf, ngx_uint_t header)
{
    ngx_str_t             *value, *names, variable;
    ngx_uint_t             i, n;
    ngx_http_variable_t   *v;
    ngx_http_jwt_shown_t  *shown;

    value = cf->args->elts;

    if (value[1].len < 2 || value[1].data[0] != '$') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid variable name \"%V\" in \"%V\" directive",
                           &value[1], &value[0]);
        return NGX_CONF_ERROR;
    }

    variable.data = value[1].data + 1;
    variable.len = value[1].len - 1;

    shown = ngx_palloc(cf->pool, sizeof(ngx_http_jwt_shown_t));
    if (shown == NULL) {
        return NGX_CONF_ERROR;
    }

    n = cf->args->nelts - 2;

    names = ngx_palloc(cf->pool, n * sizeof(ngx_str_t));
    if (names == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < n; i++) {
        names[i] = value[i + 2];
    }

    shown->header = header;
    shown->n = n;
    shown->names = names;

    v = ngx_http_add_variable(cf, &variable, NGX_HTTP_VAR_NOCACHEABLE);
    if (v == NULL) {
        return NGX_CONF_ERROR;
    }

    if (v->get_handler != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the duplicate \"%V\" variable in \"%V\" directive",
                           &variable, &value[0]);
        return NGX_CONF_ERROR;
    }

    v->get_handler = ngx_http_jwt_variable_kept;
    v->data = (uintptr_t) shown;

    return NGX_CONF_OK;
}
