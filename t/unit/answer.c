
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "answer.h"

#include <stdio.h>
#include <stdlib.h>

#include <sanitizer/asan_interface.h>


const char *
answer(const char *text, size_t len, size_t body_max, size_t piece,
    bool apart)
{
    size_t               n;
    uint8_t             *buf;
    const char          *found;
    http_response_t      response;
    http_response_rc_t   rc;

    buf = malloc(len);
    memcpy(buf, text, len);

    http_response_init(&response, body_max);

    n = piece;

    for ( ;; ) {
        ASAN_POISON_MEMORY_REGION(buf, len);
        ASAN_UNPOISON_MEMORY_REGION(buf, n);

        rc = http_response_read(&response, buf, n, n == len && !apart);

        if (rc != HTTP_RESPONSE_AGAIN || n == len) {
            break;
        }

        n = piece ? len : n + 1;
    }

    if (rc == HTTP_RESPONSE_AGAIN) {
        rc = http_response_read(&response, buf, len, true);
    }

    found = answer_described(rc, &response);
    ASAN_UNPOISON_MEMORY_REGION(buf, len);
    free(buf);

    return found;
}


const char *
answer_whole(const char *text, size_t len, size_t body_max, bool eof)
{
    uint8_t             *buf;
    const char          *found;
    http_response_t      response;
    http_response_rc_t   rc;

    buf = malloc(len);
    memcpy(buf, text, len);

    http_response_init(&response, body_max);

    rc = http_response_read(&response, buf, len, eof);
    found = answer_described(rc, &response);
    free(buf);

    return found;
}


const char *
answer_described(http_response_rc_t rc, const http_response_t *response)
{
    char         *p;
    size_t        i;
    static char   text[32768];

    static const char *const  words[HTTP_RESPONSE_N] = {
        "done", "again", "invalid", "header", "large", "truncated", "encoded"
    };

    if (rc != HTTP_RESPONSE_DONE) {
        return words[rc];
    }

    p = text + sprintf(text, "%u", response->status);

    if (response->etag.data != NULL) {
        p += sprintf(p, " etag %.*s", (int) response->etag.len,
                     (const char *) response->etag.data);
    }

    if (response->location.data != NULL) {
        p += sprintf(p, " location %.*s", (int) response->location.len,
                     (const char *) response->location.data);
    }

    if (response->max_age != -1) {
        p += sprintf(p, " age %lld", (long long) response->max_age);
    }

    if (response->body.data == NULL) {
        return text;
    }

    p += sprintf(p, " [");

    for (i = 0; i < response->body.len; i++) {
        p += sprintf(p, response->body.data[i] ? "%c" : "\\0",
                     response->body.data[i]);
    }

    (void) sprintf(p, "]");

    return text;
}


char *
answer_repeat(const char *before, const char *part, size_t n,
    const char *after)
{
    char    *text;
    size_t   i, len;

    len = strlen(part);

    text = malloc(strlen(before) + n * len + strlen(after) + 1);
    (void) strcpy(text, before);

    for (i = 0; i < n; i++) {
        memcpy(text + strlen(before) + i * len, part, len);
    }

    (void) strcpy(text + strlen(before) + n * len, after);

    return text;
}
