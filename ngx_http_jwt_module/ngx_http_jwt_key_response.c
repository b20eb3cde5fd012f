
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_key_response.h"

#include <openssl/crypto.h>


/* answers whose keys a worker keeps: more than a level has sources */
#define NGX_HTTP_JWT_RESPONSES_MAX  128


static ngx_http_jwt_response_t *ngx_http_jwt_response_create(
    ngx_http_jwt_responses_t *responses, const ngx_str_t *name,
    const ngx_str_t *text, jose_keys_t *keys);
static void ngx_http_jwt_response_evict(ngx_http_jwt_responses_t *responses);
static void ngx_http_jwt_responses_cleanup(void *data);


ngx_http_jwt_responses_t *
ngx_http_jwt_responses_create(ngx_conf_t *cf, const jose_crypto_t *crypto)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_jwt_responses_t  *responses;

    responses = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_responses_t));
    if (responses == NULL) {
        return NULL;
    }

    responses->crypto = crypto;

    ngx_http_jwt_lru_init(&responses->lru);

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_jwt_responses_cleanup;
    cln->data = responses;

    return responses;
}


static void
ngx_http_jwt_responses_cleanup(void *data)
{
    ngx_http_jwt_responses_t *responses = data;

    while (responses->lru.n) {
        ngx_http_jwt_response_evict(responses);
    }

    ngx_http_jwt_responses_free_retired(responses);
}


void
ngx_http_jwt_responses_free_retired(ngx_http_jwt_responses_t *responses)
{
    ngx_http_jwt_response_t  *response;

    while (responses->retired != NULL) {
        response = responses->retired;
        responses->retired = response->next;

        jose_keys_free(response->keys);

        OPENSSL_cleanse(response->text.data, response->text.len);
        ngx_free(response);
    }
}


ngx_http_jwt_response_t *
ngx_http_jwt_response_find(ngx_http_jwt_responses_t *responses,
    const ngx_str_t *name)
{
    ngx_http_jwt_response_t  *response;

    response = (ngx_http_jwt_response_t *)
                   ngx_http_jwt_lru_find(&responses->lru, name, 0);

    if (response != NULL) {
        ngx_http_jwt_lru_first(&responses->lru, &response->entry);
    }

    return response;
}


ngx_http_jwt_response_t *
ngx_http_jwt_response_set(ngx_http_jwt_responses_t *responses,
    const ngx_str_t *name, const ngx_str_t *text, ngx_log_t *log,
    const char **why)
{
    u_char                      *last;
    u_char                       shown[NGX_HTTP_JWT_NAME_LOGGED];
    ngx_str_t                    printable;
    jose_keys_t                 *keys;
    jose_bytes_t                 uri;
    jose_status_t                status;
    jose_keys_report_t           report;
    ngx_http_jwt_response_t     *response;
    ngx_http_jwt_keys_origin_t   origin;

    response = ngx_http_jwt_response_find(responses, name);

    if (response != NULL
        && jose_bytes_equal(ngx_http_jwt_bytes(&response->text),
                            ngx_http_jwt_bytes(text)))
    {
        return response;
    }

    uri.data = name->data;
    uri.len = name->len - NGX_HTTP_JWT_SERVER_LEN;

    last = ngx_http_jwt_printable(shown, uri, NGX_HTTP_JWT_NAME_LOGGED);

    printable.data = shown;
    printable.len = last - shown;

    origin.cf = NULL;
    origin.log = ngx_http_jwt_log_once(responses->reported, log);
    origin.type = "key request";
    origin.name = &printable;
    origin.told = 0;

    report.handler = ngx_http_jwt_keys_report;
    report.data = &origin;

    status = jose_keys_read(&keys, responses->crypto, responses->format,
                            ngx_http_jwt_bytes(text), &report);

    /* it is not kept, and read again for the next request */

    if (status != JOSE_OK) {
        responses->reported = ngx_time();
        *why = jose_status_text(status);
        return NULL;
    }

    if (response != NULL) {
        ngx_http_jwt_lru_last(&responses->lru, &response->entry);
        ngx_http_jwt_response_evict(responses);
    }

    response = ngx_http_jwt_response_create(responses, name, text, keys);

    if (response == NULL) {
        *why = jose_status_text(JOSE_ERROR);
        jose_keys_free(keys);
    }

    return response;
}


static ngx_http_jwt_response_t *
ngx_http_jwt_response_create(ngx_http_jwt_responses_t *responses,
    const ngx_str_t *name, const ngx_str_t *text, jose_keys_t *keys)
{
    u_char                   *p;
    ngx_http_jwt_response_t  *response;

    if (responses->lru.n == NGX_HTTP_JWT_RESPONSES_MAX) {
        ngx_http_jwt_response_evict(responses);
    }

    response = ngx_calloc(sizeof(ngx_http_jwt_response_t)
                          + name->len + text->len, ngx_cycle->log);
    if (response == NULL) {
        return NULL;
    }

    p = (u_char *) response + sizeof(ngx_http_jwt_response_t);

    response->entry.node.str.data = p;
    response->entry.node.str.len = name->len;

    p = ngx_cpymem(p, name->data, name->len);

    response->text.data = p;
    response->text.len = text->len;

    ngx_memcpy(p, text->data, text->len);

    response->keys = keys;

    ngx_http_jwt_lru_add(&responses->lru, &response->entry, 0);
    ngx_http_jwt_lru_first(&responses->lru, &response->entry);

    return response;
}


/* two sources of one request may have one name, and two answers */

static void
ngx_http_jwt_response_evict(ngx_http_jwt_responses_t *responses)
{
    ngx_http_jwt_response_t  *response;

    response = (ngx_http_jwt_response_t *)
                   ngx_http_jwt_lru_evict(&responses->lru);

    response->next = responses->retired;
    responses->retired = response;
}
