
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Providers: trusted issuers, each with its keys and what it wants of a token.
 */


#ifndef _NGX_HTTP_JWT_PROVIDER_H_INCLUDED_
#define _NGX_HTTP_JWT_PROVIDER_H_INCLUDED_


#include "ngx_http_jwt_remote.h"

#include "jose/policy.h"


/* the parameter that allows plain http to others than loopback */
#define NGX_HTTP_JWT_INSECURE_HTTP  "insecure_http"


/* One auth_jwt_provider.  Its keys come from a file, or are fetched. */
struct ngx_http_jwt_provider_s {
    ngx_str_t                    name;
    ngx_str_t                    issuer_text;
    jose_issuer_t                issuer;
    jose_alg_set_t               algorithms;
    time_t                       leeway;     /* unset: that of a location */
    jose_policy_t                policy;
    ngx_http_jwt_key_file_t     *file;
    ngx_http_jwt_remote_t       *remote;
    ngx_http_jwt_remote_conf_t   fetch;

    /* of the block, until it ends */

    ngx_array_t                  audiences;  /* jose_bytes_t */
    ngx_array_t                  types;      /* jose_bytes_t */
    ngx_flag_t                   require_exp;
    time_t                       max_age;
    ngx_str_t                    file_name;
    ngx_str_t                    trusted_certificate;
};


JOSE_HIDDEN_BEGIN

/*
 * The provider of those that a location names whose issuer the claims have,
 * which are not verified yet.  NULL: there is none.
 */
const ngx_http_jwt_provider_t *ngx_http_jwt_provider_choose(
    const ngx_http_jwt_providers_t *providers,
    const jose_json_object_t *claims);

/*
 * The keys of a provider, good until the next call for another request.  NULL:
 * *status is one of those of ngx_http_jwt_remote_keys().
 */
const jose_keys_t *ngx_http_jwt_provider_keys(ngx_http_request_t *r,
    const ngx_http_jwt_provider_t *provider, ngx_http_jwt_waiter_t *waiter,
    jose_status_t *status);

/* Seconds after which it is worth to ask again. */
ngx_uint_t ngx_http_jwt_provider_retry_after(
    const ngx_http_jwt_provider_t *provider);

/* Adds a "provider=" parameter, a name, to a level.  NGX_ERROR: logged. */
ngx_int_t ngx_http_jwt_provider_add(ngx_conf_t *cf,
    ngx_http_jwt_loc_conf_t *jlcf, const ngx_str_t *name);

/*
 * When all is merged: finds the providers that were named, once.  NGX_ERROR:
 * there is none of that name, or two have one issuer, logged.
 */
ngx_int_t ngx_http_jwt_providers_merge(ngx_conf_t *cf,
    ngx_http_jwt_providers_t *providers);

/*
 * At the end of the configuration, and when a worker starts.  NGX_ERROR: no
 * memory.
 */
ngx_int_t ngx_http_jwt_providers_init(ngx_conf_t *cf,
    ngx_http_jwt_main_conf_t *jmcf);
void ngx_http_jwt_providers_init_process(ngx_http_jwt_main_conf_t *jmcf);


/* ngx_http_jwt_provider_complete.c */

/*
 * Completes a provider of which all directives were read.  NGX_CONF_OK, or what
 * is wrong with it: NGX_CONF_ERROR where that was logged.
 */
char *ngx_http_jwt_provider_complete(ngx_conf_t *cf,
    ngx_http_jwt_provider_t *provider);


/* ngx_http_jwt_provider_block.c */

/* auth_jwt_provider */
char *ngx_http_jwt_set_provider(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_PROVIDER_H_INCLUDED_ */
