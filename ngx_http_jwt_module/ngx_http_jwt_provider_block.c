
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * auth_jwt_provider { ... }: the directives in it.
 */


#include "ngx_http_jwt_provider.h"


static ngx_http_jwt_provider_t *ngx_http_jwt_provider_create(ngx_conf_t *cf);
static char *ngx_http_jwt_provider_parameters(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);
static char *ngx_http_jwt_provider_state(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider, const ngx_http_jwt_main_conf_t *jmcf);
static char *ngx_http_jwt_provider_folder(ngx_conf_t *cf,
    const ngx_http_jwt_provider_t *provider);
static char *ngx_http_jwt_provider_directive(ngx_conf_t *cf,
    ngx_command_t *dummy, void *conf);
static ngx_uint_t ngx_http_jwt_provider_takes(const ngx_command_t *cmd,
    ngx_uint_t n);
static char *ngx_http_jwt_provider_uri(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_jwt_provider_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_jwt_provider_values(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_jwt_provider_algorithms(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_jwt_provider_refresh(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);


#define ngx_http_jwt_offset(field)                                            \
    offsetof(ngx_http_jwt_provider_t, field)


static ngx_command_t  ngx_http_jwt_provider_commands[] = {

    { ngx_string("issuer"), NGX_CONF_TAKE12, ngx_http_jwt_provider_uri, 0,
      ngx_http_jwt_offset(issuer_text), NULL },

    { ngx_string("audience"), NGX_CONF_1MORE, ngx_http_jwt_provider_values, 0,
      ngx_http_jwt_offset(audiences), NULL },

    { ngx_string("jwks_uri"), NGX_CONF_TAKE12, ngx_http_jwt_provider_uri, 0,
      ngx_http_jwt_offset(fetch.keys_uri), NULL },

    { ngx_string("jwks_file"), NGX_CONF_TAKE1, ngx_http_jwt_provider_file, 0,
      ngx_http_jwt_offset(file_name), NULL },

    { ngx_string("metadata_uri"), NGX_CONF_TAKE12, ngx_http_jwt_provider_uri,
      0, ngx_http_jwt_offset(fetch.metadata), NULL },

    { ngx_string("algorithms"), NGX_CONF_1MORE,
      ngx_http_jwt_provider_algorithms, 0, 0, NULL },

    { ngx_string("token_type"), NGX_CONF_1MORE, ngx_http_jwt_provider_values,
      0, ngx_http_jwt_offset(types), NULL },

    { ngx_string("require_exp"), NGX_CONF_FLAG, ngx_conf_set_flag_slot, 0,
      ngx_http_jwt_offset(require_exp), NULL },

    { ngx_string("max_age"), NGX_CONF_TAKE1, ngx_conf_set_sec_slot, 0,
      ngx_http_jwt_offset(max_age), NULL },

    { ngx_string("leeway"), NGX_CONF_TAKE1, ngx_conf_set_sec_slot, 0,
      ngx_http_jwt_offset(leeway), NULL },

    { ngx_string("refresh"), NGX_CONF_TAKE12, ngx_http_jwt_provider_refresh,
      0, 0, NULL },

    { ngx_string("cooldown"), NGX_CONF_TAKE1, ngx_conf_set_msec_slot, 0,
      ngx_http_jwt_offset(fetch.times.cooldown), NULL },

    { ngx_string("stale"), NGX_CONF_TAKE1, ngx_conf_set_msec_slot, 0,
      ngx_http_jwt_offset(fetch.times.stale), NULL },

    { ngx_string("connect_timeout"), NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
      0, ngx_http_jwt_offset(fetch.client.connect_timeout), NULL },

    { ngx_string("read_timeout"), NGX_CONF_TAKE1, ngx_conf_set_msec_slot, 0,
      ngx_http_jwt_offset(fetch.client.read_timeout), NULL },

    { ngx_string("wait_timeout"), NGX_CONF_TAKE1, ngx_conf_set_msec_slot, 0,
      ngx_http_jwt_offset(fetch.wait_timeout), NULL },

    { ngx_string("trusted_certificate"), NGX_CONF_TAKE1,
      ngx_http_jwt_provider_file, 0,
      ngx_http_jwt_offset(trusted_certificate), NULL },

    { ngx_string("ssl_verify"), NGX_CONF_FLAG, ngx_conf_set_flag_slot, 0,
      ngx_http_jwt_offset(fetch.client.ssl_verify), NULL },

      ngx_null_command
};


char *
ngx_http_jwt_set_provider(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_main_conf_t *jmcf = conf;

    char                      *rv;
    ngx_conf_t                 save;
    ngx_http_jwt_provider_t   *provider, **added;

    (void) cmd;

    provider = ngx_http_jwt_provider_create(cf);
    if (provider == NULL) {
        return NGX_CONF_ERROR;
    }

    provider->fetch.crypto = jmcf->crypto;

    rv = ngx_http_jwt_provider_parameters(cf, provider);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    save = *cf;
    cf->handler = ngx_http_jwt_provider_directive;
    cf->handler_conf = (void *) provider;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_jwt_provider_complete(cf, provider);

    if (rv != NGX_CONF_OK) {

        if (rv != NGX_CONF_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "provider \"%V\" %s",
                               &provider->name, rv);
        }

        return NGX_CONF_ERROR;
    }

    added = ngx_array_push(&jmcf->providers);
    if (added == NULL) {
        return NGX_CONF_ERROR;
    }

    *added = provider;

    return NGX_CONF_OK;
}


static ngx_http_jwt_provider_t *
ngx_http_jwt_provider_create(ngx_conf_t *cf)
{
    ngx_http_jwt_provider_t     *provider;
    ngx_http_jwt_remote_conf_t  *fetch;

    provider = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_provider_t));

    if (provider == NULL
        || ngx_array_init(&provider->audiences, cf->pool, 1,
                          sizeof(jose_bytes_t))
           != NGX_OK
        || ngx_array_init(&provider->types, cf->pool, 1,
                          sizeof(jose_bytes_t))
           != NGX_OK
        || ngx_array_init(&provider->fetch.client.hosts, cf->pool, 1,
                          sizeof(ngx_http_jwt_host_t))
           != NGX_OK)
    {
        return NULL;
    }

    fetch = &provider->fetch;

    fetch->client.clcf = ngx_http_conf_get_module_loc_conf(cf,
                                                       ngx_http_core_module);

    provider->leeway = NGX_CONF_UNSET;
    provider->require_exp = NGX_CONF_UNSET;
    provider->max_age = NGX_CONF_UNSET;

    fetch->times.refresh_min = NGX_CONF_UNSET_MSEC;
    fetch->times.refresh_max = NGX_CONF_UNSET_MSEC;
    fetch->times.cooldown = NGX_CONF_UNSET_MSEC;
    fetch->times.stale = NGX_CONF_UNSET_MSEC;
    fetch->client.connect_timeout = NGX_CONF_UNSET_MSEC;
    fetch->client.read_timeout = NGX_CONF_UNSET_MSEC;
    fetch->client.ssl_verify = NGX_CONF_UNSET;
    fetch->wait_timeout = NGX_CONF_UNSET_MSEC;

    return provider;
}


/* auth_jwt_provider name [state=path] { */

static char *
ngx_http_jwt_provider_parameters(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    ngx_http_jwt_main_conf_t   *jmcf;
    ngx_http_jwt_provider_t   **other;

    value = cf->args->elts;

    provider->name = value[1];
    provider->fetch.name = value[1];

    if (value[1].len == 0
        || ngx_http_jwt_has_control(value[1].data, value[1].len))
    {
        return "has an invalid name";
    }

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);
    other = jmcf->providers.elts;

    for (i = 0; i < jmcf->providers.nelts; i++) {
        if (jose_bytes_equal(ngx_http_jwt_bytes(&other[i]->name),
                             ngx_http_jwt_bytes(&value[1])))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate provider \"%V\"", &value[1]);
            return NGX_CONF_ERROR;
        }
    }

    return cf->args->nelts == 3
           ? ngx_http_jwt_provider_state(cf, provider, jmcf) : NGX_CONF_OK;
}


static char *
ngx_http_jwt_provider_state(ngx_conf_t *cf, ngx_http_jwt_provider_t *provider,
    const ngx_http_jwt_main_conf_t *jmcf)
{
    ngx_str_t                 *value, *state;
    ngx_uint_t                 i;
    ngx_http_jwt_provider_t  **other;

    value = cf->args->elts;
    state = &provider->fetch.state;

    if (value[2].len <= 6
        || ngx_strncmp(value[2].data, "state=", 6) != 0
        || ngx_http_jwt_has_control(value[2].data, value[2].len))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\" directive",
                           &value[2], &value[0]);
        return NGX_CONF_ERROR;
    }

    state->data = value[2].data + 6;
    state->len = value[2].len - 6;

    if (ngx_conf_full_name(cf->cycle, state, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    other = jmcf->providers.elts;

    for (i = 0; i < jmcf->providers.nelts; i++) {
        if (jose_bytes_equal(ngx_http_jwt_bytes(&other[i]->fetch.state),
                             ngx_http_jwt_bytes(state)))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "provider \"%V\" has the \"state\" of \"%V\"",
                               &provider->name, &other[i]->name);
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_jwt_provider_folder(cf, provider);
}


/* whether the workers may write there is seen when they do */

static char *
ngx_http_jwt_provider_folder(ngx_conf_t *cf,
    const ngx_http_jwt_provider_t *provider)
{
    u_char           *folder, *p;
    ngx_file_info_t   fi;

    folder = ngx_pstrdup(cf->temp_pool,
                         (ngx_str_t *) (uintptr_t) &provider->fetch.state);
    if (folder == NULL) {
        return NGX_CONF_ERROR;
    }

    /* a full name has one */

    p = folder + provider->fetch.state.len;

    while (*--p != '/') { /* void */ }

    p[p == folder] = '\0';

    if (ngx_file_info(folder, &fi) == NGX_FILE_ERROR || !ngx_is_dir(&fi)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "provider \"%V\": there is no folder \"%s\" for "
                           "its \"state\"", &provider->name, folder);
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_provider_directive(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf)
{
    char           *rv;
    ngx_str_t      *value;
    ngx_command_t  *cmd;

    value = cf->args->elts;

    if (ngx_strcmp(value[0].data, "include") == 0 && cf->args->nelts == 2) {
        return ngx_conf_include(cf, dummy, conf);
    }

    for (cmd = ngx_http_jwt_provider_commands; cmd->name.len; cmd++) {

        if (ngx_strcmp(value[0].data, cmd->name.data) != 0) {
            continue;
        }

        if (!ngx_http_jwt_provider_takes(cmd, cf->args->nelts)) {
            rv = "has an invalid number of arguments";

        } else {
            rv = cmd->set(cf, cmd, conf);
        }

        if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
            return rv;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" directive %s",
                           &value[0], rv);
        return NGX_CONF_ERROR;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown directive \"%V\" in a provider", &value[0]);

    return NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_jwt_provider_takes(const ngx_command_t *cmd, ngx_uint_t n)
{
    if (cmd->type & NGX_CONF_1MORE) {
        return n > 1;
    }

    if (cmd->type & NGX_CONF_FLAG) {
        return n == 2;
    }

    return n <= 3 && (cmd->type & (NGX_CONF_NOARGS << (n - 1)));
}


/* a URI, and whether it may be one of plain http */

static char *
ngx_http_jwt_provider_uri(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_provider_t *provider = conf;

    ngx_str_t  *value, *uri;

    value = cf->args->elts;
    uri = (ngx_str_t *) ((u_char *) provider + cmd->offset);

    if (uri->data != NULL) {
        return "is duplicate";
    }

    if (value[1].len == 0
        || value[1].len > HTTP_URI_MAX
        || ngx_http_jwt_has_control(value[1].data, value[1].len))
    {
        return "has an invalid value";
    }

    *uri = value[1];

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[2].data, NGX_HTTP_JWT_INSECURE_HTTP) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\" directive",
                           &value[2], &value[0]);
        return NGX_CONF_ERROR;
    }

    provider->fetch.client.insecure_http = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_provider_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (value[1].len == 0
        || ngx_http_jwt_has_control(value[1].data, value[1].len))
    {
        return "has an invalid value";
    }

    return ngx_conf_set_str_slot(cf, cmd, conf);
}


static char *
ngx_http_jwt_provider_values(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t     *value;
    ngx_uint_t     i;
    ngx_array_t   *values;
    jose_bytes_t  *added;

    value = cf->args->elts;
    values = (ngx_array_t *) ((u_char *) conf + cmd->offset);

    if (values->nelts) {
        return "is duplicate";
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (value[i].len == 0) {
            return "has an empty value";
        }

        added = ngx_array_push(values);
        if (added == NULL) {
            return NGX_CONF_ERROR;
        }

        *added = ngx_http_jwt_bytes(&value[i]);
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_provider_algorithms(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_jwt_provider_t *provider = conf;

    (void) cmd;

    if (provider->algorithms) {
        return "is duplicate";
    }

    return ngx_http_jwt_read_algorithms(cf, &provider->algorithms) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_jwt_provider_refresh(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_provider_t *provider = conf;

    ngx_str_t    *value, time;
    ngx_uint_t    i;
    ngx_msec_t   *limit;

    (void) cmd;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "min=", 4) == 0) {
            limit = &provider->fetch.times.refresh_min;

        } else if (ngx_strncmp(value[i].data, "max=", 4) == 0) {
            limit = &provider->fetch.times.refresh_max;

        } else {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"%V\" directive",
                               &value[i], &value[0]);
            return NGX_CONF_ERROR;
        }

        if (*limit != NGX_CONF_UNSET_MSEC) {
            return "is duplicate";
        }

        time.data = value[i].data + 4;
        time.len = value[i].len - 4;

        *limit = ngx_parse_time(&time, 0);

        if (*limit == (ngx_msec_t) NGX_ERROR || *limit == 0) {
            return "has an invalid value";
        }
    }

    return NGX_CONF_OK;
}
