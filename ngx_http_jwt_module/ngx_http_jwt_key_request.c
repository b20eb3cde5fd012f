
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Keys that a subrequest brings.
 */


#include "ngx_http_jwt_fetch.h"

#include <ngx_sha1.h>
#include <openssl/crypto.h>


/* milliseconds between two looks at what another request fetches */
#define NGX_HTTP_JWT_WAIT      20
#define NGX_HTTP_JWT_WAIT_MAX  320


static ngx_http_jwt_fetch_t *ngx_http_jwt_fetch_get(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const ngx_http_jwt_key_source_t *source, jose_status_t *status);
static jose_status_t ngx_http_jwt_fetch_name(ngx_http_request_t *r,
    ngx_http_jwt_fetch_t *fetch);
static const jose_keys_t *ngx_http_jwt_fetch_shared(ngx_http_request_t *r,
    ngx_http_jwt_fetch_t *fetch, time_t valid, jose_status_t *status);
static const jose_keys_t *ngx_http_jwt_fetch_current(ngx_http_request_t *r,
    ngx_http_jwt_fetch_t *fetch, ngx_http_jwt_response_t *response,
    ngx_http_jwt_key_cache_answer_t *answer);
static jose_status_t ngx_http_jwt_fetch_wait(ngx_http_request_t *r,
    ngx_http_jwt_fetch_t *fetch);
static void ngx_http_jwt_fetch_wake(ngx_http_request_t *r);
static void ngx_http_jwt_server_add(const ngx_http_core_srv_conf_t *cscf,
    const ngx_str_t *text);


const jose_keys_t *
ngx_http_jwt_key_request_keys(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const ngx_http_jwt_key_source_t *source, jose_status_t *status)
{
    const char               *why;
    ngx_http_jwt_fetch_t     *fetch;
    ngx_http_jwt_response_t  *response;

    fetch = ngx_http_jwt_fetch_get(r, jlcf, ctx, source, status);

    if (fetch == NULL) {
        return NULL;
    }

    if (fetch->started && !fetch->done && !fetch->background) {
        *status = JOSE_KEYS_PENDING;
        return NULL;
    }

    *status = JOSE_KEYS_UNAVAILABLE;

    if (fetch->text.data != NULL && !fetch->failed) {
        response = ngx_http_jwt_response_set(fetch->responses, &fetch->name,
                                             &fetch->text, r->connection->log,
                                             &why);
        return response ? response->keys : NULL;
    }

    if (fetch->zone != NULL) {
        return ngx_http_jwt_fetch_shared(r, fetch, jlcf->key_cache, status);
    }

    if (!fetch->started) {
        *status = ngx_http_jwt_fetch_start(r, fetch, 0) == NGX_OK
                  ? JOSE_KEYS_PENDING : JOSE_ERROR;
    }

    return NULL;
}


void
ngx_http_jwt_key_request_judged(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx)
{
    ngx_http_jwt_fetch_t  *fetch;

    for (fetch = ctx->fetches; fetch; fetch = fetch->next) {
        ngx_http_jwt_fetch_free(r->pool, fetch);
    }
}


static ngx_http_jwt_fetch_t *
ngx_http_jwt_fetch_get(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const ngx_http_jwt_key_source_t *source, jose_status_t *status)
{
    ngx_http_jwt_fetch_t            *fetch;
    const ngx_http_jwt_main_conf_t  *jmcf;

    for (fetch = ctx->fetches; fetch; fetch = fetch->next) {
        if (fetch->source == source) {
            return fetch;
        }
    }

    *status = JOSE_ERROR;

    fetch = ngx_pcalloc(r->pool, sizeof(ngx_http_jwt_fetch_t));
    if (fetch == NULL) {
        return NULL;
    }

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    fetch->source = source;
    fetch->responses = jmcf->responses;
    fetch->zone = jlcf->key_cache ? jmcf->key_cache : NULL;
    fetch->delay = NGX_HTTP_JWT_WAIT;

    *status = ngx_http_jwt_fetch_name(r, fetch);
    if (*status != JOSE_OK) {
        return NULL;
    }

    fetch->next = ctx->fetches;
    ctx->fetches = fetch;

    return fetch;
}


/* the same URI is another one in another server */

static jose_status_t
ngx_http_jwt_fetch_name(ngx_http_request_t *r, ngx_http_jwt_fetch_t *fetch)
{
    u_char                         *p;
    ngx_str_t                       value;
    ngx_uint_t                      flags;
    const ngx_http_jwt_srv_conf_t  *jscf;

    if (ngx_http_jwt_evaluate(r, fetch->source->uri, &value) != NGX_OK) {
        return JOSE_ERROR;
    }

    if (value.len == 0
        || value.len > NGX_MAX_PATH
        || value.data[0] != '/'
        || ngx_http_jwt_has_control(value.data, value.len))
    {
        return JOSE_KEY_NAME_REFUSED;
    }

    jscf = ngx_http_get_module_srv_conf(r, ngx_http_jwt_module);

    fetch->name.len = value.len + NGX_HTTP_JWT_SERVER_LEN;

    p = ngx_pnalloc(r->pool, fetch->name.len);
    if (p == NULL) {
        return JOSE_ERROR;
    }

    fetch->name.data = p;

    p = ngx_cpymem(p, value.data, value.len);
    ngx_memcpy(p, jscf->digest, NGX_HTTP_JWT_SERVER_LEN);

    fetch->uri = value;
    flags = 0;

    if (ngx_http_parse_unsafe_uri(r, &fetch->uri, &fetch->args, &flags)
        != NGX_OK)
    {
        return JOSE_KEY_NAME_REFUSED;
    }

    /* decoded by now */

    return ngx_http_jwt_has_control(fetch->uri.data, fetch->uri.len)
           ? JOSE_KEY_NAME_REFUSED : JOSE_OK;
}


static const jose_keys_t *
ngx_http_jwt_fetch_shared(ngx_http_request_t *r, ngx_http_jwt_fetch_t *fetch,
    time_t valid, jose_status_t *status)
{
    ngx_uint_t                        version;
    ngx_http_jwt_response_t          *response;
    ngx_http_jwt_key_cache_answer_t   answer;

    response = ngx_http_jwt_response_find(fetch->responses, &fetch->name);

    version = response ? response->version : 0;

    if (ngx_http_jwt_key_cache_get(fetch->zone, &fetch->name, valid, version,
                                   r->pool, &answer)
        != NGX_OK)
    {
        *status = JOSE_ERROR;
        return NULL;
    }

    switch (answer.state) {

    case NGX_HTTP_JWT_KEYS_CURRENT:
        return ngx_http_jwt_fetch_current(r, fetch, response, &answer);

    case NGX_HTTP_JWT_KEYS_REFRESH:

        /* who finds them old does not wait for new ones */

        if (!fetch->started) {
            (void) ngx_http_jwt_fetch_start(r, fetch, 1);

        } else {
            ngx_http_jwt_key_cache_fail(fetch->zone, &fetch->name, 1);
        }

        return ngx_http_jwt_fetch_current(r, fetch, response, &answer);

    case NGX_HTTP_JWT_KEYS_FETCH:

        /* what has failed just now is not tried again for this request */

        if (fetch->started) {
            ngx_http_jwt_key_cache_fail(fetch->zone, &fetch->name, 1);
            return NULL;
        }

        *status = ngx_http_jwt_fetch_start(r, fetch, 0) == NGX_OK
                  ? JOSE_KEYS_PENDING : JOSE_ERROR;
        return NULL;

    case NGX_HTTP_JWT_KEYS_WAIT:
        *status = ngx_http_jwt_fetch_wait(r, fetch);
        return NULL;

    case NGX_HTTP_JWT_KEYS_FAILED:
        break;
    }

    return NULL;
}


static const jose_keys_t *
ngx_http_jwt_fetch_current(ngx_http_request_t *r, ngx_http_jwt_fetch_t *fetch,
    ngx_http_jwt_response_t *response,
    ngx_http_jwt_key_cache_answer_t *answer)
{
    const char  *why;

    /* there is no text where the version is that of the response */

    if (answer->text.data == NULL) {
        return response ? response->keys : NULL;
    }

    response = ngx_http_jwt_response_set(fetch->responses, &fetch->name,
                                         &answer->text, r->connection->log,
                                         &why);

    OPENSSL_cleanse(answer->text.data, answer->text.len);

    if (response == NULL) {
        return NULL;
    }

    response->version = answer->version;

    return response->keys;
}


/* another request fetches, perhaps in another worker: look again soon */

static jose_status_t
ngx_http_jwt_fetch_wait(ngx_http_request_t *r, ngx_http_jwt_fetch_t *fetch)
{
    ngx_connection_t  *c;

    c = r->connection;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        return JOSE_ERROR;
    }

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_jwt_fetch_wake;

    c->write->delayed = 1;
    ngx_add_timer(c->write, fetch->delay);

    fetch->delay = ngx_min(2 * fetch->delay, NGX_HTTP_JWT_WAIT_MAX);

    return JOSE_KEYS_PENDING;
}


static void
ngx_http_jwt_fetch_wake(ngx_http_request_t *r)
{
    ngx_connection_t  *c;

    c = r->connection;

    if (c->write->delayed) {

        if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        }

        return;
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
}


/*
 * No two servers have an address and a name in common, so these are what stays
 * when the configuration is edited and read again; the file and the line of a
 * block may be those of another server then.
 */

void
ngx_http_jwt_key_request_init(ngx_conf_t *cf)
{
    ngx_uint_t                   i, j, k;
    ngx_http_conf_port_t        *port;
    ngx_http_conf_addr_t        *addr;
    ngx_http_server_name_t      *name;
    ngx_http_jwt_main_conf_t    *jmcf;
    ngx_http_core_srv_conf_t   **server;
    ngx_http_core_main_conf_t   *cmcf;

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);

    if (jmcf->responses == NULL) {
        return;
    }

    jmcf->responses->format = jmcf->decrypts ? JOSE_KEYS_JWKS
                                             : JOSE_KEYS_VERIFYING;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    server = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {
        name = server[i]->server_names.elts;

        for (j = 0; j < server[i]->server_names.nelts; j++) {
            ngx_http_jwt_server_add(server[i], &name[j].name);
        }
    }

    port = cmcf->ports ? cmcf->ports->elts : NULL;

    for (i = 0; port != NULL && i < cmcf->ports->nelts; i++) {
        addr = port[i].addrs.elts;

        for (j = 0; j < port[i].addrs.nelts; j++) {
            server = addr[j].servers.elts;

            for (k = 0; k < addr[j].servers.nelts; k++) {
                ngx_http_jwt_server_add(server[k], &addr[j].opt.addr_text);
            }
        }
    }
}


static void
ngx_http_jwt_server_add(const ngx_http_core_srv_conf_t *cscf,
    const ngx_str_t *text)
{
    ngx_sha1_t                sha1;
    ngx_http_jwt_srv_conf_t  *jscf;

    jscf = cscf->ctx->srv_conf[ngx_http_jwt_module.ctx_index];

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, jscf->digest, NGX_HTTP_JWT_SERVER_LEN);
    ngx_sha1_update(&sha1, text->data, text->len);
    ngx_sha1_final(jscf->digest, &sha1);
}


char *
ngx_http_jwt_set_key_request(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    ngx_str_t                  *value;
    ngx_http_jwt_main_conf_t   *jmcf;
    ngx_http_jwt_key_source_t  *source;

    value = cf->args->elts;

    if (value[1].len == 0
        || (value[1].data[0] != '/' && value[1].data[0] != '$'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid URI \"%V\" in \"%V\" directive",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);

    if (jmcf->responses == NULL) {
        jmcf->responses = ngx_http_jwt_responses_create(cf, jmcf->crypto);
        if (jmcf->responses == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    source = ngx_http_jwt_add_key_source(cf, jlcf);
    if (source == NULL) {
        return NGX_CONF_ERROR;
    }

    source->uri = ngx_http_jwt_compile(cf, &value[1]);

    return source->uri ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_jwt_set_key_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_jwt_loc_conf_t *jlcf = conf;

    ngx_str_t                 *value;
    ngx_http_jwt_main_conf_t  *jmcf;

    if (jlcf->key_cache != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    jlcf->key_cache = ngx_parse_time(&value[1], 1);

    if (jlcf->key_cache == NGX_ERROR
        || jlcf->key_cache > NGX_HTTP_JWT_SECONDS_MAX)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\" directive",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    if (jlcf->key_cache == 0) {
        return NGX_CONF_OK;
    }

    jmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_jwt_module);

    jmcf->key_cache = ngx_http_jwt_key_cache_zone(cf);

    return jmcf->key_cache ? NGX_CONF_OK : NGX_CONF_ERROR;
}
