
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The directives, and the life of a configuration.
 */


#include "ngx_http_jwt_headers.h"
#include "ngx_http_jwt_provider.h"
#include "ngx_http_jwt_token_cache.h"


static char *ngx_http_jwt_set_leeway(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_jwt_set_word(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_jwt_set_validate_sig(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_jwt_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_jwt_init_process(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_jwt_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_jwt_add_handler(ngx_conf_t *cf,
    ngx_uint_t phase, ngx_http_handler_pt handler);
static void *ngx_http_jwt_create_main_conf(ngx_conf_t *cf);
static void ngx_http_jwt_crypto_cleanup(void *data);
static char *ngx_http_jwt_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_jwt_create_srv_conf(ngx_conf_t *cf);
static void *ngx_http_jwt_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_jwt_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_jwt_merge_providers(ngx_conf_t *cf,
    ngx_http_jwt_loc_conf_t *conf);


#define NGX_HTTP_JWT_ANY_CONF                                                 \
    (NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF)


static ngx_conf_enum_t  ngx_http_jwt_phases[] = {
    { ngx_string("access"), NGX_HTTP_JWT_PHASE_ACCESS },
    { ngx_string("preaccess"), NGX_HTTP_JWT_PHASE_PREACCESS },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_jwt_types[] = {
    { ngx_string("signed"), NGX_HTTP_JWT_SIGNED },
    { ngx_string("encrypted"), NGX_HTTP_JWT_ENCRYPTED },
    { ngx_string("nested"), NGX_HTTP_JWT_NESTED },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_http_jwt_commands[] = {

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_1MORE,
      ngx_http_jwt_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_key"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_TAKE12,
      ngx_http_jwt_set_key,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_key_file"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_TAKE12,
      ngx_http_jwt_set_key_file,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_key_request"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_TAKE1,
      ngx_http_jwt_set_key_request,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_key_cache"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_jwt_set_key_cache,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_algorithms"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_1MORE,
      ngx_http_jwt_set_algorithms,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_leeway"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_jwt_set_leeway,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_require"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_1MORE,
      ngx_http_jwt_set_require,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_require_claim"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_TAKE3|NGX_CONF_TAKE4,
      ngx_http_jwt_set_require_claim,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_require_header"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_TAKE3|NGX_CONF_TAKE4,
      ngx_http_jwt_set_require_header,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_claim_set"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_jwt_set_claim_set,
      0,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_header_set"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_2MORE,
      ngx_http_jwt_set_header_set,
      0,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_www_authenticate"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_TAKE1,
      ngx_http_jwt_set_www_authenticate,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_phase"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_TAKE1,
      ngx_http_jwt_set_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_jwt_loc_conf_t, phase),
      &ngx_http_jwt_phases },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_type"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_TAKE1,
      ngx_http_jwt_set_word,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_jwt_loc_conf_t, type),
      &ngx_http_jwt_types },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_token_cache"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_jwt_set_token_cache,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_provider"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE12,
      ngx_http_jwt_set_provider,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string(NGX_HTTP_JWT_DIRECTIVE "_validate_sig"),
      NGX_HTTP_JWT_ANY_CONF|NGX_CONF_FLAG,
      ngx_http_jwt_set_validate_sig,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_jwt_loc_conf_t, validate_sig),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_jwt_module_ctx = {
    ngx_http_jwt_add_variables,            /* preconfiguration */
    ngx_http_jwt_init,                     /* postconfiguration */

    ngx_http_jwt_create_main_conf,         /* create main configuration */
    ngx_http_jwt_init_main_conf,           /* init main configuration */

    ngx_http_jwt_create_srv_conf,          /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_jwt_create_loc_conf,          /* create location configuration */
    ngx_http_jwt_merge_loc_conf            /* merge location configuration */
};


ngx_module_t  ngx_http_jwt_module = {
    NGX_MODULE_V1,
    &ngx_http_jwt_module_ctx,              /* module context */
    ngx_http_jwt_commands,                 /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_jwt_init_module,              /* init module */
    ngx_http_jwt_init_process,             /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static char *
ngx_http_jwt_set_leeway(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    ngx_str_t  *value;

    if (jlcf->leeway != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    jlcf->leeway = ngx_parse_time(&value[1], 1);

    /* it is computed with in milliseconds */

    if (jlcf->leeway == NGX_ERROR
        || jlcf->leeway > NGX_HTTP_JWT_SECONDS_MAX)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* ngx_conf_set_enum_slot() with the name of the directive in its message */

static char *
ngx_http_jwt_set_word(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t        *value;
    ngx_uint_t       *slot;
    ngx_conf_enum_t  *word;

    slot = (ngx_uint_t *) ((char *) conf + cmd->offset);

    if (*slot != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (word = cmd->post; word->name.len; word++) {

        if (ngx_strcmp(word->name.data, value[1].data) == 0) {
            *slot = word->value;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\" directive",
                       &value[1], &cmd->name);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_jwt_set_validate_sig(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    char  *rv;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (!jlcf->validate_sig) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V off\": signatures are not checked, "
                           "everybody can make a token", &cmd->name);
    }

    return NGX_CONF_OK;
}


/* the phase engine is built after postconfiguration */

static ngx_int_t
ngx_http_jwt_init_module(ngx_cycle_t *cycle)
{
    ngx_int_t                   i;
    ngx_http_phase_handler_t   *ph;
    ngx_http_jwt_main_conf_t   *jmcf;
    ngx_http_core_main_conf_t  *cmcf;

    jmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_jwt_module);

    if (jmcf == NULL) {
        return NGX_OK;
    }

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);
    ph = cmcf->phase_engine.handlers;

    for (i = 0; ph[i].checker != NULL; i++) {
        if (ph[i].checker == ngx_http_core_post_access_phase) {
            break;
        }
    }

    jmcf->late_phase = i;

    return ngx_http_jwt_keep_variables(cycle, &cmcf->variables);
}


/* nginx's cache manager and loader are processes, too */

static ngx_int_t
ngx_http_jwt_init_process(ngx_cycle_t *cycle)
{
    ngx_http_jwt_main_conf_t  *jmcf;

    jmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_jwt_module);

    if (jmcf != NULL
        && (ngx_process == NGX_PROCESS_WORKER
            || ngx_process == NGX_PROCESS_SINGLE))
    {
        ngx_http_jwt_providers_init_process(jmcf);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_jwt_init(ngx_conf_t *cf)
{
    ngx_http_jwt_main_conf_t  *jmcf;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);

    if (ngx_http_jwt_providers_init(cf, jmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_jwt_key_request_init(cf);

    if (jmcf->preaccess
        && ngx_http_jwt_add_handler(cf, NGX_HTTP_PREACCESS_PHASE,
                                    ngx_http_jwt_preaccess_handler)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_jwt_add_handler(cf, NGX_HTTP_ACCESS_PHASE,
                                    ngx_http_jwt_access_handler);
}


static ngx_int_t
ngx_http_jwt_add_handler(ngx_conf_t *cf, ngx_uint_t phase,
    ngx_http_handler_pt handler)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[phase].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = handler;

    return NGX_OK;
}


ngx_log_t *
ngx_http_jwt_log_once(time_t logged, ngx_log_t *log)
{
    static ngx_log_t  silent;

    return logged == ngx_time() ? &silent : log;
}


ngx_uint_t
ngx_http_jwt_has_control(const u_char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (p[i] < 0x20 || p[i] == 0x7f) {
            return 1;
        }
    }

    return 0;
}


static void *
ngx_http_jwt_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_jwt_main_conf_t  *jmcf;

    jmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_main_conf_t));
    if (jmcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     jmcf->responses = NULL;
     *     jmcf->key_cache = NULL;
     *     jmcf->preaccess = 0;
     *     jmcf->decrypts = 0;
     *     jmcf->late_phase = 0;
     */

    if (ngx_array_init(&jmcf->providers, cf->pool, 4,
                       sizeof(ngx_http_jwt_provider_t *))
        != NGX_OK)
    {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    jmcf->crypto = jose_crypto_create();
    if (jmcf->crypto == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "OpenSSL has no SHA-2 or no HMAC");
        return NULL;
    }

    /* cleanups are run in reverse order: this one after those of the keys */

    cln->handler = ngx_http_jwt_crypto_cleanup;
    cln->data = jmcf->crypto;

    jmcf->key_files = ngx_http_jwt_key_files_create(cf, jmcf->crypto);
    if (jmcf->key_files == NULL) {
        return NULL;
    }

    jmcf->token_cache = ngx_http_jwt_token_cache_create(cf);
    if (jmcf->token_cache == NULL) {
        return NULL;
    }

    jmcf->headers = ngx_http_jwt_headers_create(cf);
    if (jmcf->headers == NULL) {
        return NULL;
    }

    jmcf->token_cache_size = NGX_CONF_UNSET_SIZE;

    return jmcf;
}


static void
ngx_http_jwt_crypto_cleanup(void *data)
{
    jose_crypto_free(data);
}


static char *
ngx_http_jwt_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_jwt_main_conf_t *jmcf = conf;

    ngx_conf_init_size_value(jmcf->token_cache_size, 4 * 1024 * 1024);

    ngx_http_jwt_token_cache_limit(jmcf->token_cache, jmcf->token_cache_size);

    return NGX_CONF_OK;
}


static void *
ngx_http_jwt_create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_srv_conf_t));
}


static void *
ngx_http_jwt_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_jwt_loc_conf_t  *jlcf;

    jlcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_loc_conf_t));
    if (jlcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     jlcf->realm = NULL;
     *     jlcf->tokens = NULL;
     *     jlcf->providers = NULL;
     *     jlcf->keys = NULL;
     *     jlcf->requires = NULL;
     *     jlcf->claim_checks = NULL;
     *     jlcf->header_checks = NULL;
     *     jlcf->requires_any = 0;
     *     jlcf->algorithms = 0;
     *     jlcf->challenge_value = NULL;
     *     jlcf->token_cache = NULL;
     *     jlcf->trusted = NULL;
     */

    jlcf->enabled = NGX_CONF_UNSET;
    jlcf->type = NGX_CONF_UNSET_UINT;
    jlcf->key_cache = NGX_CONF_UNSET;
    jlcf->leeway = NGX_CONF_UNSET;
    jlcf->validate_sig = NGX_CONF_UNSET;
    jlcf->phase = NGX_CONF_UNSET_UINT;
    jlcf->challenge = NGX_CONF_UNSET_UINT;

    return jlcf;
}


static char *
ngx_http_jwt_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_jwt_loc_conf_t *prev = parent;
    ngx_http_jwt_loc_conf_t *conf = child;

    ngx_http_jwt_main_conf_t  *jmcf;

    /* one directive sets these four */

    if (conf->enabled == NGX_CONF_UNSET) {
        conf->enabled = prev->enabled == NGX_CONF_UNSET ? 0 : prev->enabled;
        conf->realm = prev->realm;
        conf->tokens = prev->tokens;
        conf->providers = prev->providers;
    }

    ngx_conf_merge_uint_value(conf->type, prev->type, NGX_HTTP_JWT_SIGNED);

    if (conf->keys == NULL) {
        conf->keys = prev->keys;
    }

    if (conf->requires == NULL) {
        conf->requires = prev->requires;
    }

    if (conf->claim_checks == NULL) {
        conf->claim_checks = prev->claim_checks;
    }

    if (conf->header_checks == NULL) {
        conf->header_checks = prev->header_checks;
    }

    conf->requires_any = conf->requires != NULL
                         || conf->claim_checks != NULL
                         || conf->header_checks != NULL;

    if (conf->algorithms == 0) {
        conf->algorithms = prev->algorithms ? prev->algorithms : JOSE_ALG_ALL;
    }

    ngx_conf_merge_sec_value(conf->key_cache, prev->key_cache, 0);
    ngx_conf_merge_sec_value(conf->leeway, prev->leeway, 0);
    ngx_conf_merge_value(conf->validate_sig, prev->validate_sig, 1);
    ngx_conf_merge_uint_value(conf->phase, prev->phase,
                              NGX_HTTP_JWT_PHASE_ACCESS);

    /* one directive sets these two */

    if (conf->challenge == NGX_CONF_UNSET_UINT) {
        conf->challenge = prev->challenge == NGX_CONF_UNSET_UINT
                          ? NGX_HTTP_JWT_CHALLENGE_ON : prev->challenge;
        conf->challenge_value = prev->challenge_value;
    }

    if (conf->providers != NULL
        && ngx_http_jwt_merge_providers(cf, conf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);

    if (conf->enabled && conf->phase == NGX_HTTP_JWT_PHASE_PREACCESS) {
        jmcf->preaccess = 1;
    }

    if (conf->type != NGX_HTTP_JWT_SIGNED) {
        jmcf->decrypts = 1;
    }

    if (conf->type == NGX_HTTP_JWT_SIGNED && conf->validate_sig) {
        conf->token_cache = jmcf->token_cache;
    }

    conf->trusted = conf->providers ? (const void *) conf->providers
                                    : (const void *) conf->keys;

    return NGX_CONF_OK;
}


/* a token that nobody signed says itself who it is from */

static ngx_int_t
ngx_http_jwt_merge_providers(ngx_conf_t *cf, ngx_http_jwt_loc_conf_t *conf)
{
    if (!conf->validate_sig) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"" NGX_HTTP_JWT_DIRECTIVE "_validate_sig off\" "
                           "cannot be used with a provider");
        return NGX_ERROR;
    }

    if (conf->type == NGX_HTTP_JWT_ENCRYPTED) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"" NGX_HTTP_JWT_DIRECTIVE "_type encrypted\" "
                           "cannot be used with a provider");
        return NGX_ERROR;
    }

    return ngx_http_jwt_providers_merge(cf, conf->providers);
}
