
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * A provider whose block has ended: what has to hold of it, what it has by
 * default, and where its keys will come from.
 */


#include "ngx_http_jwt_provider.h"


static char *ngx_http_jwt_provider_check_policy(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);
static char *ngx_http_jwt_provider_check_algorithms(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);
static char *ngx_http_jwt_provider_check_file(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);
static char *ngx_http_jwt_provider_check_fetch(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);
static char *ngx_http_jwt_provider_check_times(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);
static char *ngx_http_jwt_provider_check_uri(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider, const ngx_str_t *text,
    http_uri_t *uri);
static char *ngx_http_jwt_provider_check_issuer(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider, http_uri_t *uri);
static char *ngx_http_jwt_provider_check_ssl(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider, const http_uri_t *uri);
static char *ngx_http_jwt_provider_check_source(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);


char *
ngx_http_jwt_provider_complete(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    char                        *rv;
    ngx_http_jwt_remote_conf_t  *fetch;

    fetch = &provider->fetch;

    if (provider->issuer_text.data == NULL) {
        return "has no \"issuer\"";
    }

    if (!jose_issuer_read(&provider->issuer,
                          ngx_http_jwt_bytes(&provider->issuer_text)))
    {
        return "has an invalid \"issuer\"";
    }

    if ((fetch->keys_uri.len != 0) + (fetch->metadata.len != 0)
        + (provider->file_name.len != 0) > 1)
    {
        return "has more than one of \"jwks_uri\", \"jwks_file\" and "
               "\"metadata_uri\"";
    }

    rv = ngx_http_jwt_provider_check_policy(cf, provider);

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_jwt_provider_check_algorithms(cf, provider);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (provider->file_name.len) {
        return ngx_http_jwt_provider_check_file(cf, provider);
    }

    return ngx_http_jwt_provider_check_fetch(cf, provider);
}


static char *
ngx_http_jwt_provider_check_policy(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    jose_policy_t  *policy;

    policy = &provider->policy;

    ngx_conf_init_value(provider->require_exp, 1);

    if (provider->leeway > NGX_HTTP_JWT_SECONDS_MAX
        || provider->max_age > NGX_HTTP_JWT_SECONDS_MAX)
    {
        return "has a \"leeway\" or a \"max_age\" that is too long";
    }

    policy->audiences = provider->audiences.elts;
    policy->audiences_n = provider->audiences.nelts;
    policy->types = provider->types.elts;
    policy->types_n = provider->types.nelts;
    policy->require_exp = (provider->require_exp != 0);
    policy->max_age = -1;

    if (provider->max_age != NGX_CONF_UNSET) {
        policy->max_age = (int64_t) provider->max_age * 1000;
    }

    if (policy->audiences_n == 0) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "provider \"%V\" has no \"audience\": tokens that "
                           "its issuer makes for others are accepted, too",
                           &provider->name);
    }

    return NGX_CONF_OK;
}


/* a secret is not to be had from a provider: HMAC is for files alone */

static char *
ngx_http_jwt_provider_check_algorithms(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    size_t          i;
    jose_alg_set_t  secret;

    secret = 0;

    for (i = 0; i < JOSE_ALG_N; i++) {
        if (jose_algs[i].kind == JOSE_ALG_HMAC) {
            secret |= (jose_alg_set_t) 1 << i;
        }
    }

    if (provider->algorithms == 0) {
        provider->algorithms = JOSE_ALG_ALL & ~secret;
    }

    if ((provider->algorithms & secret) && provider->file_name.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\" has an HMAC algorithm, which "
                           "needs a \"jwks_file\"", &provider->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_provider_check_file(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    ngx_http_jwt_main_conf_t  *jmcf;

    if (provider->fetch.state.len) {
        return "has a \"state\", and keys that are in a file";
    }

    if (ngx_conf_full_name(cf->cycle, &provider->file_name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);

    provider->file = ngx_http_jwt_key_file_add(cf, jmcf->key_files,
                                               &provider->file_name,
                                               JOSE_KEYS_VERIFYING);

    return provider->file ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_jwt_provider_check_fetch(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    char                        *rv;
    http_uri_t                   uri;
    ngx_http_jwt_remote_conf_t  *fetch;

    fetch = &provider->fetch;
    fetch->issuer = provider->issuer;

    rv = ngx_http_jwt_provider_check_times(cf, provider);

    if (rv == NGX_CONF_OK && fetch->keys_uri.len) {
        rv = ngx_http_jwt_provider_check_uri(cf, provider, &fetch->keys_uri,
                                             &uri);

    } else if (rv == NGX_CONF_OK && fetch->metadata.len) {
        rv = ngx_http_jwt_provider_check_uri(cf, provider, &fetch->metadata,
                                             &uri);

    } else if (rv == NGX_CONF_OK) {
        rv = ngx_http_jwt_provider_check_issuer(cf, provider, &uri);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_jwt_provider_check_ssl(cf, provider, &uri);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_jwt_provider_check_source(cf, provider);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    provider->remote = ngx_http_jwt_remote_create(cf, fetch);

    return provider->remote ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_jwt_provider_check_times(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    ngx_http_jwt_client_conf_t   *client;
    ngx_http_jwt_remote_times_t  *times;

    (void) cf;

    client = &provider->fetch.client;
    times = &provider->fetch.times;

    ngx_conf_init_msec_value(times->refresh_min, 300000);
    ngx_conf_init_msec_value(times->refresh_max, 3600000);
    ngx_conf_init_msec_value(times->cooldown, 10000);
    ngx_conf_init_msec_value(times->stale, 86400000);
    ngx_conf_init_msec_value(client->connect_timeout, 5000);
    ngx_conf_init_msec_value(client->read_timeout, 5000);
    ngx_conf_init_msec_value(provider->fetch.wait_timeout, 5000);

    if (times->refresh_min > times->refresh_max) {
        return "has a \"refresh\" whose \"min\" is more than its \"max\"";
    }

    if (times->stale < times->refresh_max) {
        return "has a \"stale\" that is less than the \"max\" of "
               "\"refresh\"";
    }

    if (times->stale > (ngx_msec_t) NGX_HTTP_JWT_SECONDS_MAX * 1000
        || times->cooldown > (ngx_msec_t) NGX_HTTP_JWT_SECONDS_MAX * 1000)
    {
        return "has a \"stale\" or a \"cooldown\" that is too long";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_provider_check_uri(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider, const ngx_str_t *text, http_uri_t *uri)
{
    if (!http_uri_read(uri, ngx_http_jwt_bytes(text))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\": keys cannot be fetched from "
                           "\"%V\", which is not a URI of http or https",
                           &provider->name, text);
        return NGX_CONF_ERROR;
    }

    if (uri->local
        && uri->host.len >= sizeof(((struct sockaddr_un *) NULL)->sun_path))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\": the path of the socket in "
                           "\"%V\" is too long", &provider->name, text);
        return NGX_CONF_ERROR;
    }

    if (!uri->tls
        && !http_uri_is_loopback(uri)
        && !provider->fetch.client.insecure_http)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "provider \"%V\": \"%V\" is plain http and not "
                           "loopback: whoever is on the way can change the "
                           "keys, unless it says \""
                           NGX_HTTP_JWT_INSECURE_HTTP "\"",
                           &provider->name, text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* where OpenID Connect has the metadata, and where RFC 8414 has it */

static char *
ngx_http_jwt_provider_check_issuer(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider, http_uri_t *uri)
{
    char                        *rv;
    u_char                      *text;
    jose_bytes_t                 issuer;
    ngx_http_jwt_remote_conf_t  *fetch;
    static const jose_bytes_t    openid =
        jose_bytes("/.well-known/openid-configuration");
    static const jose_bytes_t    rfc8414 =
        jose_bytes("/.well-known/oauth-authorization-server");

    if (provider->issuer.claim.data != NULL) {
        return "has a template as \"issuer\", which needs a "
               "\"metadata_uri\", \"jwks_uri\" or \"jwks_file\"";
    }

    rv = ngx_http_jwt_provider_check_uri(cf, provider, &provider->issuer_text,
                                         uri);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    text = ngx_pnalloc(cf->pool, 2 * HTTP_URI_MAX);
    if (text == NULL) {
        return NGX_CONF_ERROR;
    }

    fetch = &provider->fetch;
    issuer = provider->issuer.text;

    fetch->metadata.data = text;
    fetch->metadata_2.data = text + HTTP_URI_MAX;

    if (!http_uri_append(uri, issuer, openid, fetch->metadata.data,
                         &fetch->metadata.len)
        || !http_uri_insert(uri, issuer, rfc8414, fetch->metadata_2.data,
                            &fetch->metadata_2.len))
    {
        return "has an \"issuer\" with a query, or one that is too long, "
               "which cannot be asked for its keys";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_jwt_provider_check_ssl(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider, const http_uri_t *uri)
{
    ngx_uint_t                   i;
    ngx_http_jwt_provider_t    **other;
    ngx_http_jwt_main_conf_t    *jmcf;
    ngx_http_jwt_client_conf_t  *client;

    client = &provider->fetch.client;

    ngx_conf_init_value(client->ssl_verify, 1);

    if (!client->ssl_verify) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "provider \"%V\" has \"ssl_verify off\": everybody "
                           "on the way can change its keys", &provider->name);
    }

#if !(NGX_SSL)

    if (!uri->tls) {
        return NGX_CONF_OK;
    }

#else

    (void) uri;

#endif

    if (provider->trusted_certificate.len
        && ngx_conf_full_name(cf->cycle, &provider->trusted_certificate, 1)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    /* a hundred providers, and the certificates in memory once */

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);
    other = jmcf->providers.elts;

    for (i = 0; i < jmcf->providers.nelts; i++) {

        if (other[i]->fetch.client.ssl != NULL
            && jose_bytes_equal(
                   ngx_http_jwt_bytes(&other[i]->trusted_certificate),
                   ngx_http_jwt_bytes(&provider->trusted_certificate)))
        {
            client->ssl = other[i]->fetch.client.ssl;
            return NGX_CONF_OK;
        }
    }

    client->ssl = ngx_http_jwt_client_ssl(cf, &provider->trusted_certificate);

    return client->ssl ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* all that decides which keys are trusted: with another, they are others */

static char *
ngx_http_jwt_provider_check_source(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider)
{
    u_char                            *p;
    size_t                             len;
    ngx_http_jwt_remote_conf_t        *fetch;
    const ngx_http_jwt_client_conf_t  *client;

    fetch = &provider->fetch;
    client = &fetch->client;

    len = sizeof(NGX_HTTP_JWT_DIRECTIVE "_provider ssl_verify=off "
                 NGX_HTTP_JWT_INSECURE_HTTP)
          + 5 * (NGX_SIZE_T_LEN + sizeof(" :"))
          + provider->name.len + provider->issuer_text.len
          + fetch->keys_uri.len + fetch->metadata.len
          + provider->trusted_certificate.len;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    fetch->source.data = p;

    /* with their lengths, for any character may be in them */

    p = ngx_sprintf(p, NGX_HTTP_JWT_DIRECTIVE "_provider"
                    " %uz:%V %uz:%V %uz:%V %uz:%V %uz:%V%s%s",
                    provider->name.len, &provider->name,
                    provider->issuer_text.len, &provider->issuer_text,
                    fetch->keys_uri.len, &fetch->keys_uri,
                    fetch->metadata.len, &fetch->metadata,
                    provider->trusted_certificate.len,
                    &provider->trusted_certificate,
                    client->ssl_verify ? "" : " ssl_verify=off",
                    client->insecure_http ? " " NGX_HTTP_JWT_INSECURE_HTTP
                                          : "");

    fetch->source.len = p - fetch->source.data;

    return NGX_CONF_OK;
}
