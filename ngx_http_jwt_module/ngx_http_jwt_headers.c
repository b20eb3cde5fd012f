
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "ngx_http_jwt_headers.h"


#define NGX_HTTP_JWT_HEADERS_BITS     6
#define NGX_HTTP_JWT_HEADERS_N        (1 << NGX_HTTP_JWT_HEADERS_BITS)

/* of a header that is kept: encoded bytes, those of its JSON, and members */
#define NGX_HTTP_JWT_HEADER_TEXT      256
#define NGX_HTTP_JWT_HEADER_JSON      (NGX_HTTP_JWT_HEADER_TEXT / 4 * 3)
#define NGX_HTTP_JWT_HEADER_MEMBERS   8


typedef struct {
    uint32_t             len;         /* 0: there is none */
    uint32_t             json_len;
    uint32_t             n;
    uint32_t             kid;         /* where it is in the JSON */
    jose_header_t        parameters;  /* kid.text.data is not used */
    jose_json_member_t   members[NGX_HTTP_JWT_HEADER_MEMBERS];
    u_char               text[NGX_HTTP_JWT_HEADER_TEXT];
    u_char               json[NGX_HTTP_JWT_HEADER_JSON];
} ngx_http_jwt_header_t;


struct ngx_http_jwt_headers_s {
    ngx_http_jwt_header_t  kept[NGX_HTTP_JWT_HEADERS_N];
};


static ngx_uint_t ngx_http_jwt_headers_place(jose_bytes_t text);


ngx_http_jwt_headers_t *
ngx_http_jwt_headers_create(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_headers_t));
}


ngx_int_t
ngx_http_jwt_headers_find(ngx_http_request_t *r,
    const ngx_http_jwt_headers_t *headers, ngx_http_jwt_token_t *token)
{
    size_t                        size;
    u_char                       *members, *json;
    const ngx_http_jwt_header_t  *kept;

    kept = &headers->kept[ngx_http_jwt_headers_place(token->jws.header)];

    if (kept->len == 0
        || kept->len != token->jws.header.len
        || ngx_memcmp(kept->text, token->jws.header.data, kept->len) != 0)
    {
        return NGX_DECLINED;
    }

    /* a copy: the next header may take its place while this request waits */

    size = kept->n * sizeof(jose_json_member_t);

    members = ngx_palloc(r->main->pool, size + kept->json_len);
    if (members == NULL) {
        return NGX_ERROR;
    }

    json = ngx_cpymem(members, kept->members, size);
    ngx_memcpy(json, kept->json, kept->json_len);

    token->header.members = (jose_json_member_t *) members;
    token->header.n = kept->n;
    token->header.text.data = json;
    token->header.text.len = kept->json_len;

    token->parameters = kept->parameters;
    token->parameters.kid.text.data = json + kept->kid;

    return NGX_OK;
}


void
ngx_http_jwt_headers_add(ngx_http_jwt_headers_t *headers,
    const ngx_http_jwt_token_t *token)
{
    const jose_json_object_t  *header;
    ngx_http_jwt_header_t     *kept;

    header = &token->header;

    if (token->jws.header.len > NGX_HTTP_JWT_HEADER_TEXT
        || header->n > NGX_HTTP_JWT_HEADER_MEMBERS)
    {
        return;
    }

    kept = &headers->kept[ngx_http_jwt_headers_place(token->jws.header)];

    kept->len = (uint32_t) token->jws.header.len;
    kept->json_len = (uint32_t) header->text.len;
    kept->n = (uint32_t) header->n;
    kept->parameters = token->parameters;
    kept->kid = 0;

    if (token->parameters.has_kid) {
        kept->kid = (uint32_t) (token->parameters.kid.text.data
                                - header->text.data);
    }

    ngx_memcpy(kept->members, header->members,
               header->n * sizeof(jose_json_member_t));
    ngx_memcpy(kept->text, token->jws.header.data, kept->len);
    ngx_memcpy(kept->json, header->text.data, kept->json_len);
}


/*
 * The headers of one issuer's keys differ at their end.  A sender who aims at
 * one place costs others a reading, and no more.
 */

static ngx_uint_t
ngx_http_jwt_headers_place(jose_bytes_t text)
{
    size_t    i;
    uint64_t  word, mixed;

    mixed = text.len;

    for (i = 0; text.len - i > sizeof(word); i += sizeof(word)) {
        ngx_memcpy(&word, text.data + i, sizeof(word));
        mixed = (mixed ^ word) * 0x9e3779b97f4a7c15;
        mixed ^= mixed >> 32;
    }

    if (text.len >= sizeof(word)) {
        ngx_memcpy(&word, text.data + text.len - sizeof(word), sizeof(word));
        mixed = (mixed ^ word) * 0x9e3779b97f4a7c15;
    }

    return mixed >> (64 - NGX_HTTP_JWT_HEADERS_BITS);
}
