
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The key sources of a location.
 */


#include "ngx_http_jwt_module.h"


#define NGX_HTTP_JWT_KEY_SOURCES_MAX  64

/* lines about single keys of one set */
#define NGX_HTTP_JWT_KEYS_TOLD_MAX    10


typedef struct {
    ngx_str_t            name;
    jose_keys_format_t   format;
} ngx_http_jwt_format_t;


static void ngx_http_jwt_keys_log_none(ngx_http_request_t *r);
static const jose_keys_t *ngx_http_jwt_keys_of_source(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const ngx_http_jwt_key_source_t *source, jose_status_t *status);
static const jose_keys_t *ngx_http_jwt_keys_of_name(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf,
    const ngx_http_jwt_key_source_t *source, jose_status_t *status);
static jose_status_t ngx_http_jwt_keys_file_name(ngx_http_request_t *r,
    const ngx_http_jwt_key_source_t *source, ngx_str_t *name);
static ngx_uint_t ngx_http_jwt_file_name_is_safe(const ngx_str_t *name);
static ngx_uint_t ngx_http_jwt_segment_is_odd(const u_char *segment,
    size_t len);
static ngx_int_t ngx_http_jwt_key_format(ngx_conf_t *cf, ngx_command_t *cmd,
    const ngx_http_jwt_format_t *formats, jose_keys_format_t *format);
static void ngx_http_jwt_keys_cleanup(void *data);


static const ngx_http_jwt_format_t  ngx_http_jwt_value_formats[] = {
    { ngx_string("utf8"), JOSE_KEYS_SECRET },
    { ngx_string("hex"), JOSE_KEYS_HEX },
    { ngx_string("base64"), JOSE_KEYS_BASE64 },
    { ngx_string("base64url"), JOSE_KEYS_BASE64URL },
    { ngx_string("pem"), JOSE_KEYS_PEM },
    { ngx_string("jwk"), JOSE_KEYS_JWK },
    { ngx_string("jwks"), JOSE_KEYS_JWKS },
    { ngx_null_string, JOSE_KEYS_AUTO }
};


static const ngx_http_jwt_format_t  ngx_http_jwt_file_formats[] = {
    { ngx_string("auto"), JOSE_KEYS_AUTO },
    { ngx_string("jwks"), JOSE_KEYS_JWKS },
    { ngx_string("jwk"), JOSE_KEYS_JWK },
    { ngx_string("pem"), JOSE_KEYS_PEM },
    { ngx_string("secret"), JOSE_KEYS_SECRET },
    { ngx_string("keyval"), JOSE_KEYS_KEYVAL },
    { ngx_null_string, JOSE_KEYS_AUTO }
};


jose_status_t
ngx_http_jwt_keys_get(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const jose_keys_t *const **sets, size_t *n)
{
    ngx_uint_t                         i;
    jose_status_t                      status;
    const jose_keys_t                **keys;
    const ngx_http_jwt_main_conf_t    *jmcf;
    const ngx_http_jwt_key_source_t   *source;

    if (jlcf->keys == NULL) {
        ngx_http_jwt_keys_log_none(r);
        return JOSE_KEYS_UNAVAILABLE;
    }

    keys = ngx_palloc(r->pool, jlcf->keys->nelts * sizeof(jose_keys_t *));
    if (keys == NULL) {
        return JOSE_ERROR;
    }

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    if (jmcf->responses != NULL) {
        ngx_http_jwt_responses_free_retired(jmcf->responses);
    }

    source = jlcf->keys->elts;

    for (i = 0; i < jlcf->keys->nelts; i++) {
        keys[i] = ngx_http_jwt_keys_of_source(r, jlcf, ctx, &source[i],
                                              &status);
        if (keys[i] == NULL) {
            return status;
        }
    }

    *sets = keys;
    *n = i;

    return JOSE_OK;
}


uint64_t
ngx_http_jwt_keys_serial(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx)
{
    uint64_t                          serial;
    ngx_uint_t                        i;
    const jose_keys_t                *keys;
    const ngx_http_jwt_main_conf_t   *jmcf;
    const ngx_http_jwt_key_source_t  *source;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    if (jmcf->responses != NULL) {
        ngx_http_jwt_responses_free_retired(jmcf->responses);
    }

    source = jlcf->keys->elts;
    serial = 0;

    for (i = 0; i < jlcf->keys->nelts; i++) {
        keys = ngx_http_jwt_keys_of_source(r, jlcf, ctx, &source[i],
                                           &ctx->status);
        if (keys == NULL) {
            return 0;
        }

        serial = ngx_http_jwt_keys_and(serial, keys);
    }

    return serial;
}


/* once a second, as about files */

static void
ngx_http_jwt_keys_log_none(ngx_http_request_t *r)
{
    static time_t  logged;

    if (logged == ngx_time()) {
        return;
    }

    logged = ngx_time();

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "no keys are configured for \"" NGX_HTTP_JWT_DIRECTIVE "\"");
}


/* *status is set where there are none */

static const jose_keys_t *
ngx_http_jwt_keys_of_source(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const ngx_http_jwt_key_source_t *source, jose_status_t *status)
{
    if (source->keys != NULL) {
        return source->keys;
    }

    if (source->file != NULL) {
        *status = JOSE_KEYS_UNAVAILABLE;

        return ngx_http_jwt_key_file_keys(source->file, jlcf->key_cache,
                                          r->connection->log);
    }

    if (source->uri != NULL) {
        return ngx_http_jwt_key_request_keys(r, jlcf, ctx, source, status);
    }

    return ngx_http_jwt_keys_of_name(r, jlcf, source, status);
}


/* a file whose name has variables */

static const jose_keys_t *
ngx_http_jwt_keys_of_name(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf,
    const ngx_http_jwt_key_source_t *source, jose_status_t *status)
{
    ngx_str_t                        name;
    ngx_http_jwt_key_file_t         *file;
    const ngx_http_jwt_main_conf_t  *jmcf;

    *status = ngx_http_jwt_keys_file_name(r, source, &name);
    if (*status != JOSE_OK) {
        return NULL;
    }

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    file = ngx_http_jwt_key_file_find(jmcf->key_files, &name, source->format);
    if (file == NULL) {
        *status = JOSE_ERROR;
        return NULL;
    }

    *status = JOSE_KEYS_UNAVAILABLE;

    return ngx_http_jwt_key_file_keys(file, jlcf->key_cache,
                                      r->connection->log);
}


static jose_status_t
ngx_http_jwt_keys_file_name(ngx_http_request_t *r,
    const ngx_http_jwt_key_source_t *source, ngx_str_t *name)
{
    u_char     *p;
    ngx_str_t   value, prefix;

    if (ngx_http_jwt_evaluate(r, source->file_name, &value) != NGX_OK) {
        return JOSE_ERROR;
    }

    if (!ngx_http_jwt_file_name_is_safe(&value)) {
        return JOSE_KEY_NAME_REFUSED;
    }

    p = ngx_pnalloc(r->pool, value.len + 1);
    if (p == NULL) {
        return JOSE_ERROR;
    }

    (void) ngx_cpystrn(p, value.data, value.len + 1);

    name->data = p;
    name->len = value.len;

    prefix = ngx_cycle->conf_prefix;

    if (ngx_get_full_name(r->pool, &prefix, name) != NGX_OK) {
        return JOSE_ERROR;
    }

    return JOSE_OK;
}


/*
 * What a client sent may be part of the name: nothing that leads elsewhere,
 * that spells one file in several ways, or that ends the name or a log line.
 */

static ngx_uint_t
ngx_http_jwt_file_name_is_safe(const ngx_str_t *name)
{
    u_char  *p, *last, *segment;

    if (name->len == 0
        || name->len > NGX_MAX_PATH
        || ngx_http_jwt_has_control(name->data, name->len))
    {
        return 0;
    }

    p = name->data;
    last = p + name->len;

    if (*p == '/') {
        p++;
    }

    for ( ;; ) {
        segment = p;

        while (p < last && *p != '/') {
            p++;
        }

        if (ngx_http_jwt_segment_is_odd(segment, p - segment)) {
            return 0;
        }

        if (p++ == last) {
            return 1;
        }
    }
}


/* "", "." and ".." */

static ngx_uint_t
ngx_http_jwt_segment_is_odd(const u_char *segment, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (segment[i] != '.') {
            return 0;
        }
    }

    return len <= 2;
}


void
ngx_http_jwt_keys_report(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why)
{
    ngx_http_jwt_keys_origin_t *origin = data;

    u_char       *p;
    u_char        text[sizeof(" with kid \"\"") + NGX_HTTP_JWT_KID_LOGGED];
    ngx_uint_t    level;
    const char   *what;

    if (origin->told++ >= NGX_HTTP_JWT_KEYS_TOLD_MAX) {
        return;
    }

    p = text;

    if (kid.data != NULL) {
        p = ngx_cpymem(p, " with kid \"", sizeof(" with kid \"") - 1);
        p = ngx_http_jwt_printable(p, kid, NGX_HTTP_JWT_KID_LOGGED);
        *p++ = '"';
    }

    level = why == JOSE_KEY_NOT_FOR_SIGNATURES ? NGX_LOG_INFO : NGX_LOG_WARN;
    what = why == JOSE_KEY_SECRET_SHORT ? "is used, but" : "is not used:";

    if (origin->cf != NULL) {
        ngx_conf_log_error(level, origin->cf, 0,
                           "key %uz%*s of %s \"%V\" %s %s",
                           index, (size_t) (p - text), text, origin->type,
                           origin->name, what, jose_status_text(why));
        return;
    }

    ngx_log_error(level, origin->log, 0, "key %uz%*s of %s \"%V\" %s %s",
                  index, (size_t) (p - text), text, origin->type,
                  origin->name, what, jose_status_text(why));
}


char *
ngx_http_jwt_set_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    ngx_str_t                   *value;
    jose_keys_t                 *keys;
    jose_status_t                status;
    ngx_pool_cleanup_t          *cln;
    jose_keys_format_t           format;
    jose_keys_report_t           report;
    ngx_http_jwt_key_source_t   *source;
    ngx_http_jwt_main_conf_t    *jmcf;
    ngx_http_jwt_keys_origin_t   origin;

    value = cf->args->elts;

    format = JOSE_KEYS_SECRET;

    if (ngx_http_jwt_key_format(cf, cmd, ngx_http_jwt_value_formats, &format)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (format == JOSE_KEYS_SECRET && value[1].len && value[1].data[0] == '$') {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" takes no variables: the secret is the "
                           "text after it, as it stands", &cmd->name);
    }

    source = ngx_http_jwt_add_key_source(cf, jlcf);
    if (source == NULL) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    origin.cf = cf;
    origin.log = cf->log;
    origin.type = "directive";
    origin.name = &cmd->name;
    origin.told = 0;

    report.handler = ngx_http_jwt_keys_report;
    report.data = &origin;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);

    status = jose_keys_read(&keys, jmcf->crypto, format,
                            ngx_http_jwt_bytes(&value[1]), &report);

    if (status != JOSE_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the value of \"%V\" cannot be used: %s",
                           &cmd->name, jose_status_text(status));
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_http_jwt_keys_cleanup;
    cln->data = keys;

    source->keys = keys;

    return NGX_CONF_OK;
}


static void
ngx_http_jwt_keys_cleanup(void *data)
{
    jose_keys_free(data);
}


char *
ngx_http_jwt_set_key_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    ngx_str_t                  *value;
    ngx_http_jwt_main_conf_t   *jmcf;
    ngx_http_jwt_key_source_t  *source;

    value = cf->args->elts;

    source = ngx_http_jwt_add_key_source(cf, jlcf);
    if (source == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_jwt_key_format(cf, cmd, ngx_http_jwt_file_formats,
                                &source->format)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (value[1].len == 0) {
        return "has an empty file name";
    }

    if (ngx_http_script_variables_count(&value[1]) == 0) {

        if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);

        source->file = ngx_http_jwt_key_file_add(cf, jmcf->key_files,
                                                 &value[1], source->format);

        return source->file ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    source->file_name = ngx_http_jwt_compile(cf, &value[1]);

    return source->file_name ? NGX_CONF_OK : NGX_CONF_ERROR;
}


ngx_http_jwt_key_source_t *
ngx_http_jwt_add_key_source(ngx_conf_t *cf, ngx_http_jwt_loc_conf_t *jlcf)
{
    ngx_http_jwt_key_source_t  *source;

    if (jlcf->keys == NULL) {
        jlcf->keys = ngx_array_create(cf->pool, 2,
                                      sizeof(ngx_http_jwt_key_source_t));
        if (jlcf->keys == NULL) {
            return NULL;
        }
    }

    /* fewer than the files that a worker keeps, see key_file_find() */

    if (jlcf->keys->nelts == NGX_HTTP_JWT_KEY_SOURCES_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "more than %d keys and key files on one level "
                           "with \"%V\" directive",
                           NGX_HTTP_JWT_KEY_SOURCES_MAX, cf->args->elts);
        return NULL;
    }

    source = ngx_array_push(jlcf->keys);
    if (source == NULL) {
        return NULL;
    }

    ngx_memzero(source, sizeof(ngx_http_jwt_key_source_t));

    return source;
}


/* the second parameter of a directive, if it is given */

static ngx_int_t
ngx_http_jwt_key_format(ngx_conf_t *cf, ngx_command_t *cmd,
    const ngx_http_jwt_format_t *formats, jose_keys_format_t *format)
{
    ngx_str_t                    *value;
    const ngx_http_jwt_format_t  *known;

    if (cf->args->nelts == 2) {
        return NGX_OK;
    }

    value = cf->args->elts;

    for (known = formats; known->name.len; known++) {

        if (value[2].len == known->name.len
            && ngx_strncmp(value[2].data, known->name.data, value[2].len) == 0)
        {
            *format = known->format;
            return NGX_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown key format \"%V\" in \"%V\" directive",
                       &value[2], &cmd->name);

    return NGX_ERROR;
}


char *
ngx_http_jwt_set_algorithms(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    jose_alg_set_t  set;

    (void) cmd;

    if (jlcf->algorithms) {
        return "is duplicate";
    }

    set = 0;

    if (ngx_http_jwt_read_algorithms(cf, &set) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    jlcf->algorithms = set;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_jwt_read_algorithms(ngx_conf_t *cf, jose_alg_set_t *set)
{
    ngx_str_t       *value;
    ngx_uint_t       i;
    jose_alg_set_t   named;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        named = jose_alg_named(ngx_http_jwt_bytes(&value[i]));

        if (named == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown algorithm \"%V\" in \"%V\" directive",
                               &value[i], &value[0]);
            return NGX_ERROR;
        }

        if ((named & jose_crypto_algs()) == 0) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "the linked OpenSSL lacks the algorithm \"%V\" "
                               "in \"%V\" directive", &value[i], &value[0]);
        }

        *set |= named;
    }

    return NGX_OK;
}
