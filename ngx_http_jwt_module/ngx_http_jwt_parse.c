
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The parts of a token, read as far as somebody asks for.
 */


#include "ngx_http_jwt_headers.h"

#include "jose/base64url.h"


static jose_status_t ngx_http_jwt_token_parse_header(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token);
static jose_status_t ngx_http_jwt_token_parse_known(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token);
static jose_status_t ngx_http_jwt_token_parse_signed(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token);
static jose_status_t ngx_http_jwt_token_parse_encrypted(
    ngx_http_request_t *r, ngx_http_jwt_token_t *token);
static ngx_uint_t ngx_http_jwt_token_holds_jwt(ngx_http_jwt_token_t *token);
static jose_status_t ngx_http_jwt_token_parse_claims(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token);
static jose_status_t ngx_http_jwt_parse_encoded(ngx_http_request_t *r,
    jose_bytes_t encoded, jose_json_object_t *object);
static jose_status_t ngx_http_jwt_parse_json(ngx_http_request_t *r,
    jose_bytes_t text, jose_json_object_t *object);


ngx_http_jwt_token_t *
ngx_http_jwt_token_get(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx,
    const ngx_str_t *text, ngx_uint_t type)
{
    ngx_http_jwt_token_t  *token;

    token = ctx->seen;

    if (token != NULL
        && token->type == type
        && jose_bytes_equal(ngx_http_jwt_bytes(&token->text),
                            ngx_http_jwt_bytes(text)))
    {
        return token;
    }

    token = ngx_pcalloc(r->main->pool, sizeof(ngx_http_jwt_token_t));
    if (token == NULL) {
        return NULL;
    }

    token->text = *text;
    token->type = type;

    ctx->seen = token;

    return token;
}


jose_status_t
ngx_http_jwt_token_read_header(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token)
{
    if (!token->header_done) {
        token->header_done = 1;
        token->header_status = ngx_http_jwt_token_parse_header(r, token);
    }

    return token->header_status;
}


static jose_status_t
ngx_http_jwt_token_parse_header(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token)
{
    jose_status_t  status;

    if (token->type != NGX_HTTP_JWT_SIGNED) {
        return ngx_http_jwt_token_parse_encrypted(r, token);
    }

    status = jose_jws_split(ngx_http_jwt_bytes(&token->text), &token->jws);
    if (status != JOSE_OK) {
        return status;
    }

    return ngx_http_jwt_token_parse_known(r, token);
}


/* what was decrypted is not kept, its header included */

static jose_status_t
ngx_http_jwt_token_parse_known(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token)
{
    ngx_int_t                        rc;
    jose_status_t                    status;
    const ngx_http_jwt_main_conf_t  *jmcf;

    jmcf = ngx_http_get_module_main_conf(r, ngx_http_jwt_module);

    rc = ngx_http_jwt_headers_find(r, jmcf->headers, token);

    if (rc != NGX_DECLINED) {
        return rc == NGX_OK ? JOSE_OK : JOSE_ERROR;
    }

    status = ngx_http_jwt_token_parse_signed(r, token);

    if (status == JOSE_OK) {
        ngx_http_jwt_headers_add(jmcf->headers, token);
    }

    return status;
}


static jose_status_t
ngx_http_jwt_token_parse_signed(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token)
{
    jose_status_t  status;

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "jwt header is read");

    status = ngx_http_jwt_parse_encoded(r, token->jws.header, &token->header);
    if (status != JOSE_OK) {
        return status;
    }

    return jose_header_read(&token->header, &token->parameters);
}


static jose_status_t
ngx_http_jwt_token_parse_encrypted(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token)
{
    jose_status_t  status;

    status = jose_jwe_split(ngx_http_jwt_bytes(&token->text), &token->jwe);
    if (status != JOSE_OK) {
        return status;
    }

    status = ngx_http_jwt_parse_encoded(r, token->jwe.header, &token->header);
    if (status != JOSE_OK) {
        return status;
    }

    status = jose_jwe_header_read(&token->header, &token->encryption);
    if (status != JOSE_OK) {
        return status;
    }

    if (token->type == NGX_HTTP_JWT_NESTED
        && !ngx_http_jwt_token_holds_jwt(token))
    {
        return JOSE_INVALID_HEADER;
    }

    return JOSE_OK;
}


/* RFC 7519, 5.2: "cty" has to say so, in upper case by recommendation */

static ngx_uint_t
ngx_http_jwt_token_holds_jwt(ngx_http_jwt_token_t *token)
{
    jose_json_value_t          value;
    static const jose_bytes_t  cty = jose_bytes("cty");

    return jose_json_get(&token->header, cty, &value)
           && value.type == JOSE_JSON_STRING
           && value.text.len == 3
           && ngx_strncasecmp((u_char *) (uintptr_t) value.text.data,
                              (u_char *) "JWT", 3)
              == 0;
}


jose_status_t
ngx_http_jwt_token_decrypt(ngx_http_request_t *r, ngx_http_jwt_token_t *token,
    const jose_crypto_t *crypto, const jose_keys_t *const *sets, size_t n)
{
    size_t          size;
    u_char         *out;
    jose_status_t   status;

    size = jose_base64url_decoded_len(token->jwe.ciphertext.len);

    out = ngx_pnalloc(r->main->pool, 2 * size + 1);
    if (out == NULL) {
        return JOSE_ERROR;
    }

    status = jose_jwe_decrypt(&token->jwe, &token->encryption, crypto, sets,
                              n, out, &token->plaintext.len);
    if (status != JOSE_OK) {
        return status;
    }

    token->plaintext.data = out;

    if (token->type != NGX_HTTP_JWT_NESTED) {
        return JOSE_OK;
    }

    status = jose_jws_split(token->plaintext, &token->jws);
    if (status != JOSE_OK) {
        return status;
    }

    return ngx_http_jwt_token_parse_signed(r, token);
}


jose_status_t
ngx_http_jwt_token_read_claims(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token)
{
    jose_status_t  status;

    status = ngx_http_jwt_token_read_header(r, token);
    if (status != JOSE_OK) {
        return status;
    }

    if (token->type != NGX_HTTP_JWT_SIGNED && token->plaintext.data == NULL) {
        return JOSE_DECRYPTION_FAILED;
    }

    if (!token->claims_done) {
        token->claims_done = 1;
        token->claims_status = ngx_http_jwt_token_parse_claims(r, token);
    }

    return token->claims_status;
}


static jose_status_t
ngx_http_jwt_token_parse_claims(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token)
{
    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "jwt claims are read");

    if (token->type == NGX_HTTP_JWT_ENCRYPTED) {
        return ngx_http_jwt_parse_json(r, token->plaintext, &token->claims);
    }

    return ngx_http_jwt_parse_encoded(r, token->jws.payload, &token->claims);
}


static jose_status_t
ngx_http_jwt_parse_encoded(ngx_http_request_t *r, jose_bytes_t encoded,
    jose_json_object_t *object)
{
    u_char        *data;
    jose_bytes_t   text;

    text.len = jose_base64url_decoded_len(encoded.len);

    data = ngx_pnalloc(r->main->pool, text.len);
    if (data == NULL) {
        return JOSE_ERROR;
    }

    text.data = data;

    if (!jose_base64url_decode(encoded, data)) {
        return JOSE_MALFORMED;
    }

    return ngx_http_jwt_parse_json(r, text, object);
}


/* text has to live as long as object */

static jose_status_t
ngx_http_jwt_parse_json(ngx_http_request_t *r, jose_bytes_t text,
    jose_json_object_t *object)
{
    size_t               size;
    jose_status_t        status;
    jose_json_member_t   members[JOSE_JSON_MEMBERS_MAX], *copy;

    object->n = 0;

    status = jose_json_parse(text, members, object);
    if (status != JOSE_OK) {
        return status;
    }

    size = object->n * sizeof(jose_json_member_t);

    copy = ngx_palloc(r->main->pool, size);
    if (copy == NULL) {
        object->n = 0;
        return JOSE_ERROR;
    }

    ngx_memcpy(copy, members, size);

    object->members = copy;

    return JOSE_OK;
}
