
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Any response, and from the first byte how long its body may be and in which
 * pieces it comes: the same answer whatever these are, of slices that lie in
 * what has come and hold nothing that ends a line.
 */


#include "fuzz.h"
#include "response.h"


typedef struct {
    uint8_t             *buf;
    size_t               len;     /* what had come when it was answered */
    http_response_t      response;
    http_response_rc_t   rc;
} fuzz_answer_t;


static void fuzz_read(fuzz_answer_t *answer, jose_bytes_t text,
    size_t body_max, size_t piece, bool apart);
static void fuzz_check(const fuzz_answer_t *answer, size_t body_max);
static void fuzz_slice(const fuzz_answer_t *answer, jose_bytes_t slice,
    bool clean);
static void fuzz_same(const fuzz_answer_t *a, const fuzz_answer_t *b);
static void fuzz_equal(jose_bytes_t a, jose_bytes_t b);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i, body_max;
    jose_bytes_t   text;
    fuzz_answer_t  answers[4];

    if (size == 0) {
        return 0;
    }

    body_max = data[0] >> 1;
    text.data = data + 1;
    text.len = size - 1;

    fuzz_read(&answers[0], text, body_max, text.len, false);
    fuzz_read(&answers[1], text, body_max, text.len, true);
    fuzz_read(&answers[2], text, body_max, 1, data[0] & 1);
    fuzz_read(&answers[3], text, body_max, 2 + data[0] % 31, true);

    for (i = 0; i < 4; i++) {
        fuzz_check(&answers[i], body_max);
        fuzz_same(&answers[0], &answers[i]);
    }

    for (i = 0; i < 4; i++) {
        free(answers[i].buf);
    }

    return 0;
}


/* apart: the end of the connection is told later than the last byte */

static void
fuzz_read(fuzz_answer_t *answer, jose_bytes_t text, size_t body_max,
    size_t piece, bool apart)
{
    size_t  n;

    http_response_init(&answer->response, body_max);

    answer->buf = malloc(text.len);
    answer->len = 0;

    fuzz_assert(answer->buf != NULL);
    ASAN_POISON_MEMORY_REGION(answer->buf, text.len);

    do {
        n = text.len - answer->len;

        if (n > piece) {
            n = piece;
        }

        ASAN_UNPOISON_MEMORY_REGION(answer->buf, answer->len + n);
        memcpy(answer->buf + answer->len, text.data + answer->len, n);
        answer->len += n;

        answer->rc = http_response_read(&answer->response, answer->buf,
                                        answer->len,
                                        answer->len == text.len && !apart);

    } while (answer->rc == HTTP_RESPONSE_AGAIN && answer->len < text.len);

    if (answer->rc == HTTP_RESPONSE_AGAIN) {
        fuzz_assert(apart
                    && text.len < HTTP_RESPONSE_HEADER_MAX + 2 * body_max);

        answer->rc = http_response_read(&answer->response, answer->buf,
                                        answer->len, true);
    }

    fuzz_assert(answer->rc != HTTP_RESPONSE_AGAIN
                && (unsigned) answer->rc < HTTP_RESPONSE_N);

    fuzz_assert(answer->rc != HTTP_RESPONSE_DONE
                || http_response_read(&answer->response, answer->buf,
                                      answer->len, true)
                   == HTTP_RESPONSE_DONE);
}


static void
fuzz_check(const fuzz_answer_t *answer, size_t body_max)
{
    size_t                  i;
    const http_response_t  *response;

    if (answer->rc != HTTP_RESPONSE_DONE) {
        return;
    }

    response = &answer->response;

    fuzz_assert(response->status >= 200 && response->status <= 599);
    fuzz_assert(response->max_age >= -1 && response->max_age <= 2147483648);
    fuzz_assert(response->body.len <= body_max);
    fuzz_assert((response->body.data == NULL)
                == (response->status == 204 || response->status == 304));

    fuzz_slice(answer, response->body, false);
    fuzz_slice(answer, response->etag, true);
    fuzz_slice(answer, response->location, true);

    fuzz_assert(response->location.data == NULL || response->location.len > 0);

    if (response->etag.data == NULL) {
        return;
    }

    fuzz_assert(response->etag.len >= 2 && response->etag.len <= 256);

    i = (response->etag.data[0] == 'W') ? 2 : 0;
    fuzz_assert(response->etag.data[i] == '"');

    for (i++; i < response->etag.len - 1; i++) {
        fuzz_assert(response->etag.data[i] != '"'
                    && response->etag.data[i] != ' ');
    }

    fuzz_assert(response->etag.data[i] == '"');
}


/* clean: without control characters */

static void
fuzz_slice(const fuzz_answer_t *answer, jose_bytes_t slice, bool clean)
{
    size_t  i;

    if (slice.data == NULL) {
        fuzz_assert(slice.len == 0);
        return;
    }

    fuzz_assert(slice.data >= answer->buf
                && slice.data + slice.len <= answer->buf + answer->len);

    for (i = 0; clean && i < slice.len; i++) {
        fuzz_assert(slice.data[i] >= 0x20 && slice.data[i] != 0x7f);
    }
}


static void
fuzz_same(const fuzz_answer_t *a, const fuzz_answer_t *b)
{
    fuzz_assert(a->rc == b->rc);

    if (a->rc != HTTP_RESPONSE_DONE) {
        return;
    }

    fuzz_assert(a->response.status == b->response.status
                && a->response.max_age == b->response.max_age);

    fuzz_equal(a->response.etag, b->response.etag);
    fuzz_equal(a->response.location, b->response.location);
    fuzz_equal(a->response.body, b->response.body);
}


static void
fuzz_equal(jose_bytes_t a, jose_bytes_t b)
{
    fuzz_assert((a.data == NULL) == (b.data == NULL) && a.len == b.len);
    fuzz_assert(a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
