
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The providers of a location: which one a token is of.
 */


#include "ngx_http_jwt_provider.h"


/* An issuer, found by its text. */
typedef struct {
    ngx_str_node_t                   node;
    const ngx_http_jwt_provider_t   *provider;
} ngx_http_jwt_issuer_node_t;


/* What one auth_jwt names. */
struct ngx_http_jwt_providers_s {
    ngx_rbtree_t                     issuers;
    ngx_rbtree_node_t                sentinel;
    ngx_array_t                      templates;  /* ..._provider_t * */
    ngx_array_t                      names;      /* ngx_str_t */
    ngx_uint_t                       found;
};


static const ngx_http_jwt_provider_t *ngx_http_jwt_provider_named(
    ngx_http_jwt_main_conf_t *jmcf, const ngx_str_t *name);
static ngx_int_t ngx_http_jwt_provider_enlist(ngx_conf_t *cf,
    ngx_http_jwt_providers_t *providers,
    const ngx_http_jwt_provider_t *provider);
static ngx_int_t ngx_http_jwt_provider_add_template(
    ngx_http_jwt_providers_t *providers,
    const ngx_http_jwt_provider_t *provider);
static ngx_int_t ngx_http_jwt_provider_add_issuer(ngx_conf_t *cf,
    ngx_http_jwt_providers_t *providers,
    const ngx_http_jwt_provider_t *provider);
static ngx_int_t ngx_http_jwt_provider_lookup(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);


const ngx_http_jwt_provider_t *
ngx_http_jwt_provider_choose(const ngx_http_jwt_providers_t *providers,
    const jose_json_object_t *claims)
{
    u_char                           text[JOSE_ISSUER_MAX];
    uint32_t                         hash;
    ngx_str_t                        issuer;
    ngx_uint_t                       i;
    jose_json_value_t                iss;
    ngx_http_jwt_issuer_node_t      *found;
    ngx_http_jwt_provider_t *const  *template;
    static const jose_bytes_t        name = jose_bytes("iss");

    if (!jose_json_get(claims, name, &iss)
        || iss.type != JOSE_JSON_STRING
        || !jose_json_string_copy(&iss, text, JOSE_ISSUER_MAX, &issuer.len))
    {
        return NULL;
    }

    issuer.data = text;

    hash = ngx_crc32_short(issuer.data, issuer.len);

    found = (ngx_http_jwt_issuer_node_t *)
                ngx_str_rbtree_lookup((ngx_rbtree_t *) (uintptr_t)
                                          &providers->issuers,
                                      &issuer, hash);
    if (found != NULL) {
        return found->provider;
    }

    template = providers->templates.elts;

    for (i = 0; i < providers->templates.nelts; i++) {
        if (jose_issuer_match(&template[i]->issuer, &iss, claims)) {
            return template[i];
        }
    }

    return NULL;
}


const jose_keys_t *
ngx_http_jwt_provider_keys(ngx_http_request_t *r,
    const ngx_http_jwt_provider_t *provider, ngx_http_jwt_waiter_t *waiter,
    jose_status_t *status)
{
    if (provider->remote != NULL) {
        return ngx_http_jwt_remote_keys(provider->remote, r, waiter, status);
    }

    *status = JOSE_KEYS_UNAVAILABLE;

    return ngx_http_jwt_key_file_keys(provider->file, 0, r->connection->log);
}


ngx_uint_t
ngx_http_jwt_provider_retry_after(const ngx_http_jwt_provider_t *provider)
{
    if (provider->remote != NULL) {
        return ngx_http_jwt_remote_retry_after(provider->remote);
    }

    return 1;
}


ngx_int_t
ngx_http_jwt_provider_add(ngx_conf_t *cf, ngx_http_jwt_loc_conf_t *jlcf,
    const ngx_str_t *name)
{
    ngx_str_t                 *added;
    ngx_http_jwt_providers_t  *providers;

    providers = jlcf->providers;

    if (providers == NULL) {
        providers = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_providers_t));

        if (providers == NULL
            || ngx_array_init(&providers->names, cf->pool, 2,
                              sizeof(ngx_str_t))
               != NGX_OK
            || ngx_array_init(&providers->templates, cf->pool, 2,
                              sizeof(ngx_http_jwt_provider_t *))
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        ngx_rbtree_init(&providers->issuers, &providers->sentinel,
                        ngx_str_rbtree_insert_value);

        jlcf->providers = providers;
    }

    added = ngx_array_push(&providers->names);
    if (added == NULL) {
        return NGX_ERROR;
    }

    *added = *name;

    return NGX_OK;
}


ngx_int_t
ngx_http_jwt_providers_merge(ngx_conf_t *cf,
    ngx_http_jwt_providers_t *providers)
{
    ngx_str_t                      *name;
    ngx_uint_t                      i;
    ngx_http_jwt_main_conf_t       *jmcf;
    const ngx_http_jwt_provider_t  *provider;

    if (providers->found) {
        return NGX_OK;
    }

    providers->found = 1;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);
    name = providers->names.elts;

    for (i = 0; i < providers->names.nelts; i++) {
        provider = ngx_http_jwt_provider_named(jmcf, &name[i]);

        if (provider == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "provider \"%V\" is not defined", &name[i]);
            return NGX_ERROR;
        }

        if (ngx_http_jwt_provider_enlist(cf, providers, provider) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static const ngx_http_jwt_provider_t *
ngx_http_jwt_provider_named(ngx_http_jwt_main_conf_t *jmcf,
    const ngx_str_t *name)
{
    ngx_uint_t                       i;
    ngx_http_jwt_provider_t *const  *provider;

    provider = jmcf->providers.elts;

    for (i = 0; i < jmcf->providers.nelts; i++) {

        if (provider[i]->name.len == name->len
            && ngx_strncmp(provider[i]->name.data, name->data, name->len) == 0)
        {
            return provider[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_jwt_provider_enlist(ngx_conf_t *cf,
    ngx_http_jwt_providers_t *providers,
    const ngx_http_jwt_provider_t *provider)
{
    ngx_int_t  rc;

    if (provider->issuer.claim.data != NULL) {
        rc = ngx_http_jwt_provider_add_template(providers, provider);

    } else {
        rc = ngx_http_jwt_provider_add_issuer(cf, providers, provider);
    }

    if (rc == NGX_DECLINED) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has the issuer of another one "
                           "in the same \"" NGX_HTTP_JWT_DIRECTIVE "\"",
                           &provider->name);
        return NGX_ERROR;
    }

    return rc;
}


static ngx_int_t
ngx_http_jwt_provider_add_template(ngx_http_jwt_providers_t *providers,
    const ngx_http_jwt_provider_t *provider)
{
    ngx_uint_t                       i;
    const ngx_http_jwt_provider_t  **template;

    template = providers->templates.elts;

    for (i = 0; i < providers->templates.nelts; i++) {
        if (jose_bytes_equal(template[i]->issuer.text, provider->issuer.text)) {
            return NGX_DECLINED;
        }
    }

    template = ngx_array_push(&providers->templates);
    if (template == NULL) {
        return NGX_ERROR;
    }

    *template = provider;

    return NGX_OK;
}


static ngx_int_t
ngx_http_jwt_provider_add_issuer(ngx_conf_t *cf,
    ngx_http_jwt_providers_t *providers,
    const ngx_http_jwt_provider_t *provider)
{
    uint32_t                     hash;
    ngx_str_t                    issuer;
    ngx_http_jwt_issuer_node_t  *node;

    issuer = provider->issuer_text;
    hash = ngx_crc32_short(issuer.data, issuer.len);

    if (ngx_str_rbtree_lookup(&providers->issuers, &issuer, hash) != NULL) {
        return NGX_DECLINED;
    }

    node = ngx_palloc(cf->pool, sizeof(ngx_http_jwt_issuer_node_t));
    if (node == NULL) {
        return NGX_ERROR;
    }

    node->node.node.key = hash;
    node->node.str = issuer;
    node->provider = provider;

    ngx_rbtree_insert(&providers->issuers, &node->node.node);

    return NGX_OK;
}


ngx_int_t
ngx_http_jwt_providers_init(ngx_conf_t *cf, ngx_http_jwt_main_conf_t *jmcf)
{
    ngx_uint_t                 i;
    ngx_http_jwt_provider_t  **provider;

    provider = jmcf->providers.elts;

    for (i = 0; i < jmcf->providers.nelts; i++) {
        if (ngx_http_jwt_provider_lookup(cf, provider[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* whether there is a resolver is known only now */

static ngx_int_t
ngx_http_jwt_provider_lookup(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    http_uri_t                   uri;
    ngx_str_t                   *text;
    ngx_http_jwt_remote_conf_t  *fetch;

    if (provider->remote == NULL) {
        return NGX_OK;
    }

    fetch = &provider->fetch;

    text = fetch->keys_uri.len ? &fetch->keys_uri : &fetch->metadata;

    if (!http_uri_read(&uri, ngx_http_jwt_bytes(text))) {
        return NGX_ERROR;
    }

    return ngx_http_jwt_client_lookup(cf, &fetch->client, &uri);
}


void
ngx_http_jwt_providers_init_process(ngx_http_jwt_main_conf_t *jmcf)
{
    ngx_uint_t                 i;
    ngx_http_jwt_provider_t  **provider;

    provider = jmcf->providers.elts;

    for (i = 0; i < jmcf->providers.nelts; i++) {
        if (provider[i]->remote != NULL) {
            ngx_http_jwt_remote_init_process(provider[i]->remote, i);
        }
    }
}
