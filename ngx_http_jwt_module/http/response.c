
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "response.h"
#include "response_field.h"

#include <string.h>


/* hex digits of 64 bits */
#define HTTP_RESPONSE_CHUNK_LEN  16


typedef enum {
    HTTP_RESPONSE_STATUS = 0,
    HTTP_RESPONSE_FIELD,
    HTTP_RESPONSE_BODY,
    HTTP_RESPONSE_CHUNK,
    HTTP_RESPONSE_CHUNK_DATA,
    HTTP_RESPONSE_TRAILER,
    HTTP_RESPONSE_END
} http_response_state_t;


/* HTTP_RESPONSE_DONE: go on with response->state */
typedef http_response_rc_t (*http_response_state_pt)(
    http_response_t *response, uint8_t *buf, size_t len);


static http_response_rc_t http_response_status(http_response_t *response,
    uint8_t *buf, size_t len);
static http_response_rc_t http_response_field(http_response_t *response,
    uint8_t *buf, size_t len);
static http_response_rc_t http_response_section_end(
    http_response_t *response);
static http_response_rc_t http_response_body(http_response_t *response,
    uint8_t *buf, size_t len);
static http_response_rc_t http_response_chunk(http_response_t *response,
    uint8_t *buf, size_t len);
static http_response_rc_t http_response_chunk_data(http_response_t *response,
    uint8_t *buf, size_t len);
static http_response_rc_t http_response_line(http_response_t *response,
    const uint8_t *buf, size_t len, jose_bytes_t *line);


static const http_response_state_pt  http_response_states[] = {
    http_response_status,
    http_response_field,
    http_response_body,
    http_response_chunk,
    http_response_chunk_data,
    http_response_field
};


static const jose_bytes_t  http_response_version = jose_bytes("HTTP/1.");
static const jose_bytes_t  http_response_digits =
    jose_bytes("0123456789abcdef");


void
http_response_init(http_response_t *response, size_t body_max)
{
    memset(response, 0, sizeof(http_response_t));

    response->state = HTTP_RESPONSE_STATUS;
    response->body_max = body_max;
    response->max_age = -1;
}


http_response_rc_t
http_response_read(http_response_t *response, uint8_t *buf, size_t len,
    bool eof)
{
    size_t              room;
    http_response_rc_t  rc;

    room = HTTP_RESPONSE_HEADER_MAX + 2 * response->body_max;

    if (len > room) {
        len = room;
    }

    rc = HTTP_RESPONSE_DONE;

    while (rc == HTTP_RESPONSE_DONE && response->state != HTTP_RESPONSE_END) {
        rc = http_response_states[response->state](response, buf, len);
    }

    if (rc == HTTP_RESPONSE_AGAIN && len == room) {
        return HTTP_RESPONSE_BODY_LARGE;
    }

    if (rc == HTTP_RESPONSE_AGAIN && eof) {
        rc = response->state == HTTP_RESPONSE_BODY && !response->sized
             ? HTTP_RESPONSE_DONE : HTTP_RESPONSE_TRUNCATED;
    }

    if (rc == HTTP_RESPONSE_DONE && response->body_start != 0) {
        response->body.data = buf + response->body_start;
        response->body.len = response->body_end - response->body_start;
    }

    return rc;
}


/* RFC 9112, 4 */

static http_response_rc_t
http_response_status(http_response_t *response, uint8_t *buf, size_t len)
{
    uint64_t            status;
    jose_bytes_t        line, digits;
    http_response_rc_t  rc;

    rc = http_response_line(response, buf, len, &line);

    /* what is not HTTP/1 may have no lines */

    if (rc == HTTP_RESPONSE_AGAIN
        && len - response->pos >= http_response_version.len
        && memcmp(buf + response->pos, http_response_version.data,
                  http_response_version.len) != 0)
    {
        return HTTP_RESPONSE_INVALID;
    }

    if (rc != HTTP_RESPONSE_DONE) {
        return rc;
    }

    /* "HTTP/1.1 200", and then nothing or a blank */

    if (line.len < 12
        || memcmp(line.data, http_response_version.data,
                  http_response_version.len) != 0
        || line.data[7] < '0' || line.data[7] > '9'
        || line.data[8] != ' '
        || (line.len > 12 && line.data[12] != ' '))
    {
        return HTTP_RESPONSE_INVALID;
    }

    digits.data = line.data + 9;
    digits.len = 3;

    if (!http_response_field_number(digits, &status)
        || status < 100
        || status == 101
        || status > 599)
    {
        return HTTP_RESPONSE_INVALID;
    }

    response->old = (line.data[7] == '0');
    response->status = (unsigned) status;
    response->state = HTTP_RESPONSE_FIELD;

    return HTTP_RESPONSE_DONE;
}


static http_response_rc_t
http_response_field(http_response_t *response, uint8_t *buf, size_t len)
{
    jose_bytes_t        line, name, value;
    http_response_rc_t  rc;

    rc = http_response_line(response, buf, len, &line);
    if (rc != HTTP_RESPONSE_DONE) {
        return rc;
    }

    if (line.len == 0) {
        return http_response_section_end(response);
    }

    if (!http_response_field_split(line, &name, &value)) {
        return HTTP_RESPONSE_INVALID;
    }

    if (response->status < 200 || response->state == HTTP_RESPONSE_TRAILER) {
        return HTTP_RESPONSE_DONE;
    }

    return http_response_field_set(response, name, value)
           ? HTTP_RESPONSE_DONE : HTTP_RESPONSE_INVALID;
}


static http_response_rc_t
http_response_section_end(http_response_t *response)
{
    if (response->state == HTTP_RESPONSE_TRAILER) {
        response->state = HTTP_RESPONSE_END;
        return HTTP_RESPONSE_DONE;
    }

    if (response->status < 200) {
        response->state = HTTP_RESPONSE_STATUS;
        return HTTP_RESPONSE_DONE;
    }

    /* RFC 9112, 6.1 and 6.3 */

    if (response->chunked && (response->sized || response->old)) {
        return HTTP_RESPONSE_INVALID;
    }

    if (response->no_cache) {
        response->max_age = 0;

    } else if (response->max_age >= 0) {
        response->max_age = response->max_age > response->age
                            ? response->max_age - response->age : 0;
    }

    if (response->status == 204 || response->status == 304) {
        response->state = HTTP_RESPONSE_END;
        return HTTP_RESPONSE_DONE;
    }

    if (response->encoded) {
        return HTTP_RESPONSE_ENCODED;
    }

    if (response->sized && response->length > response->body_max) {
        return HTTP_RESPONSE_BODY_LARGE;
    }

    response->body_start = response->pos;
    response->body_end = response->pos;

    response->state = response->chunked ? HTTP_RESPONSE_CHUNK
                                        : HTTP_RESPONSE_BODY;

    return HTTP_RESPONSE_DONE;
}


static http_response_rc_t
http_response_body(http_response_t *response, uint8_t *buf, size_t len)
{
    size_t  n;

    (void) buf;

    n = len - response->body_start;

    if (response->sized) {

        if (n < response->length) {
            return HTTP_RESPONSE_AGAIN;
        }

        response->body_end += (size_t) response->length;
        response->state = HTTP_RESPONSE_END;

        return HTTP_RESPONSE_DONE;
    }

    if (n > response->body_max) {
        return HTTP_RESPONSE_BODY_LARGE;
    }

    response->body_end = len;

    return HTTP_RESPONSE_AGAIN;
}


/* RFC 9112, 7.1: what ends chunks is CR LF alone */

static http_response_rc_t
http_response_chunk(http_response_t *response, uint8_t *buf, size_t len)
{
    size_t              i;
    jose_bytes_t        line, rest;
    const uint8_t      *digit;
    http_response_rc_t  rc;

    rc = http_response_line(response, buf, len, &line);
    if (rc != HTTP_RESPONSE_DONE) {
        return rc;
    }

    response->length = 0;

    for (i = 0; i < line.len && i <= HTTP_RESPONSE_CHUNK_LEN; i++) {

        digit = memchr(http_response_digits.data,
                       http_response_field_lower(line.data[i]),
                       http_response_digits.len);
        if (digit == NULL) {
            break;
        }

        response->length = response->length << 4
                           | (uint64_t) (digit - http_response_digits.data);
    }

    if (i == 0 || i > HTTP_RESPONSE_CHUNK_LEN || line.data[line.len] != '\r') {
        return HTTP_RESPONSE_INVALID;
    }

    rest = http_response_field_trim(line.data + i, line.data + line.len);

    if (i < line.len && (rest.len == 0 || rest.data[0] != ';')) {
        return HTTP_RESPONSE_INVALID;
    }

    if (response->length > response->body_max
                           - (response->body_end - response->body_start))
    {
        return HTTP_RESPONSE_BODY_LARGE;
    }

    response->state = response->length ? HTTP_RESPONSE_CHUNK_DATA
                                       : HTTP_RESPONSE_TRAILER;

    return HTTP_RESPONSE_DONE;
}


static http_response_rc_t
http_response_chunk_data(http_response_t *response, uint8_t *buf, size_t len)
{
    size_t  n;

    n = len - response->pos;

    if (n > response->length) {
        n = (size_t) response->length;
    }

    memmove(buf + response->body_end, buf + response->pos, n);

    response->pos += n;
    response->body_end += n;
    response->length -= n;

    if (response->length > 0 || len - response->pos < 2) {
        return HTTP_RESPONSE_AGAIN;
    }

    if (memcmp(buf + response->pos, "\r\n", 2) != 0) {
        return HTTP_RESPONSE_INVALID;
    }

    response->pos += 2;
    response->state = HTTP_RESPONSE_CHUNK;

    return HTTP_RESPONSE_DONE;
}


/* RFC 9112, 2.2: without its end, which may lack the CR */

static http_response_rc_t
http_response_line(http_response_t *response, const uint8_t *buf, size_t len,
    jose_bytes_t *line)
{
    bool            full;
    size_t          start;
    const uint8_t  *lf;

    full = false;

    if (response->state <= HTTP_RESPONSE_FIELD
        && len >= HTTP_RESPONSE_HEADER_MAX)
    {
        len = HTTP_RESPONSE_HEADER_MAX;
        full = true;
    }

    start = response->pos;

    if (response->seen < start) {
        response->seen = start;
    }

    lf = len > response->seen
         ? memchr(buf + response->seen, '\n', len - response->seen) : NULL;

    if (lf == NULL) {
        response->seen = len;
        return full ? HTTP_RESPONSE_HEADER_LARGE : HTTP_RESPONSE_AGAIN;
    }

    response->pos = (size_t) (lf + 1 - buf);

    line->data = buf + start;
    line->len = (size_t) (lf - line->data);

    if (line->len > 0 && line->data[line->len - 1] == '\r') {
        line->len--;
    }

    if (memchr(line->data, '\r', line->len) != NULL
        || memchr(line->data, '\0', line->len) != NULL)
    {
        return HTTP_RESPONSE_INVALID;
    }

    return HTTP_RESPONSE_DONE;
}


const char *
http_response_text(http_response_rc_t rc)
{
    static const char *const  texts[HTTP_RESPONSE_N] = {
        [HTTP_RESPONSE_DONE] = "the response is complete",
        [HTTP_RESPONSE_AGAIN] = "the response is not complete yet",
        [HTTP_RESPONSE_INVALID] = "the response is not valid HTTP/1.1",
        [HTTP_RESPONSE_HEADER_LARGE] = "the header is too large",
        [HTTP_RESPONSE_BODY_LARGE] = "the body is too large",
        [HTTP_RESPONSE_TRUNCATED] = "the connection was closed too early",
        [HTTP_RESPONSE_ENCODED] = "the body is compressed"
    };

    return texts[(unsigned) rc < HTTP_RESPONSE_N ? rc : HTTP_RESPONSE_INVALID];
}
