
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Where a response begins and ends: status lines, the form of the header,
 * bodies of all kinds, limits.
 */


#include "answer.h"

#include <stdlib.h>
#include <string.h>


static void test_complete(void);
static void test_header_max(void);
static void test_body_max(void);
static void test_room(void);
static void test_seen(void);
static void test_again(void);
static void test_texts(void);


static const answer_row_t  status_lines[] = {
    { T("HTTP/1.1 200 OK\r\n\r\nx"), "200 [x]" },
    { T("HTTP/1.0 200 OK\r\n\r\nx"), "200 [x]" },
    { T("HTTP/1.9 200 OK\r\n\r\nx"), "200 [x]" },
    { T("HTTP/1.1 200 \r\n\r\nx"), "200 [x]" },
    { T("HTTP/1.1 200\r\n\r\nx"), "200 [x]" },
    { T("HTTP/1.1 200 OK\n\nx"), "200 [x]" },
    { T("HTTP/1.1 200 \xc3\xa9\t!\r\n\r\nx"), "200 [x]" },
    { T("HTTP/1.1 599 OK\r\n\r\n"), "599 []" },
    { T("HTTP/1.1 404 Not Found\r\n\r\nno"), "404 [no]" },
    { T(""), "truncated" },
    { T("HTTP/1.1 200 OK"), "truncated" },
    { T("HTTP/1.1 200 OK\r\n"), "truncated" },
    { T("HTTP/1.1 200 OK\r\n\r"), "truncated" },
    { T("<html>hello</html>"), "invalid" },
    { T("HTTP/2.0 200 OK"), "invalid" },
    { T("HTTP/1"), "truncated" },
    { T("<html>\nhello</html>"), "invalid" },
    { T("\r\nHTTP/1.1 200 OK\r\n\r\n"), "invalid" },
    { T(" HTTP/1.1 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/0.9 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/2.0 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/2 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/11 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.x 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.: 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.10 200 OK\r\n\r\n"), "invalid" },
    { T("http/1.1 200 OK\r\n\r\n"), "invalid" },
    { T("ICY 200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1  200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1\t200 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 \r\n\r\n"), "invalid" },
    { T("HTTP/1.1 20\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 20 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 2000 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 200OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 200\tOK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 +20 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 2x0 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 20: OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 000 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 099 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 600 OK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 200 O\rK\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 200 OK\r\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 200 O\0K\r\n\r\n"), "invalid" }
};


static const answer_row_t  interim[] = {
    { T("HTTP/1.1 100 Continue\r\n\r\n" OK "\r\nx"), "200 [x]" },
    { T("HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100\r\n\r\n"
        OK "\r\nx"), "200 [x]" },
    { T("HTTP/1.1 103 Hints\r\nETag: \"a\"\r\nLocation: /b\r\n"
        "Cache-Control: max-age=5\r\nContent-Length: 9\r\n"
        "Content-Encoding: br\r\n\r\n" OK "\r\nx"), "200 [x]" },
    { T("HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n"
        OK "\r\nx"), "200 [x]" },
    { T("HTTP/1.1 100 Continue\r\n\r\n"), "truncated" },
    { T("HTTP/1.1 100 Continue\r\nno field\r\n\r\n" OK "\r\nx"), "invalid" },
    { T("HTTP/1.1 100 Continue\r\n\r\nx"), "truncated" },
    { T("HTTP/1.1 100 Continue\r\n\r\nx\r\n"), "invalid" },
    { T("HTTP/1.1 101 Switching\r\n\r\n" OK "\r\nx"), "invalid" },
    { T("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n"), "invalid" }
};


static const answer_row_t  lengths[] = {
    { T("Content-Length: 3\r\n\r\nabc"), "200 [abc]" },
    { T("Content-Length: 3\r\n\r\nabcHTTP/1.1 500 no\r\n\r\n"), "200 [abc]" },
    { T("Content-Length: 0\r\n\r\nabc"), "200 []" },
    { T("content-LENGTH:\t3 \r\n\r\nabc"), "200 [abc]" },
    { T("Content-Length: 00000000000000000000003\r\n\r\nabc"), "200 [abc]" },
    { T("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), "200 [abc]" },
    { T("Content-Length: 3\r\nContent-Length: 03\r\n\r\nabc"), "200 [abc]" },
    { T("Content-Length: 3\r\n\r\n\0\r\n"), "200 [\\0\r\n]" },
    { T("Content-Length: 3\r\n\r\nab"), "truncated" },
    { T("Content-Length: 3\r\n\r\n"), "truncated" },
    { T("Content-Length: 3\r\nContent-Length: 2\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 0\r\nContent-Length: 3\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 3, 3\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 3,\r\n\r\nabc"), "invalid" },
    { T("Content-Length:\r\n\r\nabc"), "invalid" },
    { T("Content-Length: +3\r\n\r\nabc"), "invalid" },
    { T("Content-Length: -3\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 0x3\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 3.0\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 3 3\r\n\r\nabc"), "invalid" },
    { T("Content-Length: \"3\"\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 3\x0b\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 3:\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 3/\r\n\r\nabc"), "invalid" },
    { T("Content-Length: 16\r\n\r\n0123456789abcdef"),
      "200 [0123456789abcdef]" },
    { T("Content-Length: 17\r\n\r\n0123456789abcdefg"), "large" },
    { T("Content-Length: 4294967299\r\n\r\nabc"), "large" },
    { T("Content-Length: 9223372036854775808\r\n\r\nabc"), "large" },
    { T("Content-Length: 18446744073709551619\r\n\r\nabc"), "large" },
    { T("Content-Length: 99999999999999999999999999\r\n\r\nabc"), "large" },
    { T("Content-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc"),
      "encoded" },
    { T("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      "invalid" },
    { T("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n"),
      "invalid" },
    { T("TRANSFER-encoding:Chunked \r\n\r\n1\r\nx\r\n0\r\n\r\n"), "200 [x]" },
    { T("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: chunke\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding:\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: \x0b" "chunked\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n"), "invalid" },
    { T("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n"), "invalid" },
    { T("\r\n0123456789abcdef"), "200 [0123456789abcdef]" },
    { T("\r\n0123456789abcdefg"), "large" },
    { T("\r\n"), "200 []" }
};


static const answer_row_t  bodiless[] = {
    { T("HTTP/1.1 204 No Content\r\n\r\nabc"), "204" },
    { T("HTTP/1.1 304 Not Modified\r\n\r\nabc"), "304" },
    { T("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"), "304" },
    { T("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"),
      "304" },
    { T("HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n"),
      "304" },
    { T("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n"
        "Cache-Control: max-age=60\r\nAge: 1\r\n\r\n"),
      "304 etag \"a\" age 59" },
    { T("HTTP/1.1 304 Not Modified\r\nContent-Length: x\r\n\r\n"),
      "invalid" },
    { T("HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"), "invalid" },
    { T("HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n"), "205 []" },
    { T("HTTP/1.1 301 Moved\r\nLocation: /a\r\nContent-Length: 1\r\n\r\nx"),
      "301 location /a [x]" },
    { T("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      "invalid" },
    { T("HTTP/1.2 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      "200 []" },
    { T("HTTP/1.0 100 Go\r\n\r\n" CHUNKED "0\r\n\r\n"), "200 []" }
};


static const answer_row_t  chunks[] = {
    { T("0\r\n\r\n"), "200 []" },
    { T("3\r\nabc\r\n0\r\n\r\n"), "200 [abc]" },
    { T("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "200 [abcde]" },
    { T("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\nmore"), "200 [abc]" },
    { T("2\r\n\r\n\r\n0\r\n\r\n"), "200 [\r\n]" },
    { T("A\r\n0123456789\r\n0\r\n\r\n"), "200 [0123456789]" },
    { T("a\r\n0123456789\r\n0\r\n\r\n"), "200 [0123456789]" },
    { T("0000000000000003\r\nabc\r\n0\r\n\r\n"), "200 [abc]" },
    { T("3;a=b\r\nabc\r\n0;c\r\n\r\n"), "200 [abc]" },
    { T("3 ;a=\"\x80;\"\r\nabc\r\n0\t;\r\n\r\n"), "200 [abc]" },
    { T("3\r\nabc\r\n0\r\nA: b\r\n\r\n"), "200 [abc]" },
    { T("3\r\nabc\r\n000\r\nA: b\nETag: \"a\"\r\n\n"), "200 [abc]" },
    { T("0\r\nLocation: /\r\nContent-Length: 9\r\nTransfer-Encoding: a\r\n"
        "Content-Encoding: br\r\nCache-Control: max-age=1\r\n\r\n"),
      "200 []" },
    { T("10\r\n0123456789abcdef\r\n0\r\n\r\n"), "200 [0123456789abcdef]" },
    { T("F\r\n0123456789abcde\r\n1\r\nf\r\n0\r\n\r\n"),
      "200 [0123456789abcdef]" },
    { T("11\r\n0123456789abcdefg\r\n0\r\n\r\n"), "large" },
    { T("F\r\n0123456789abcde\r\n2\r\nfg\r\n0\r\n\r\n"), "large" },
    { T("10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n"), "large" },
    { T("FFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n"), "large" },
    { T("7fffffffffffffff\r\nabc\r\n0\r\n\r\n"), "large" },
    { T("1\r\na\r\nFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n"), "large" },
    { T("100000003\r\nabc\r\n0\r\n\r\n"), "large" },
    { T("00000000000000003\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("10000000000000003\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("100000000000000000000000000000003\r\nabc\r\n"), "invalid" },
    { T("\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T(";a\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("+3\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("-3\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T(" 3\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3 \r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3 a\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3,\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3g\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("0x3\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3;a\rb\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3;a\0\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3\0\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3;a\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3\r\r\nabc\r\n0\r\n\r\n"), "invalid" },
    { T("3\r\nabc\n0\r\n\r\n"), "invalid" },
    { T("3\r\nabcd\r\n0\r\n\r\n"), "invalid" },
    { T("3\r\nab\r\n0\r\n\r\n"), "invalid" },
    { T("3\r\nabc0\r\n\r\n"), "invalid" },
    { T("3\r\nabc\r\n\r\n0\r\n\r\n"), "invalid" },
    { T("0\n\r\n"), "invalid" },
    { T("0\r\nA\r\n\r\n"), "invalid" },
    { T("0\r\n A: b\r\n\r\n"), "invalid" },
    { T("0\r\nA : b\r\n\r\n"), "invalid" },
    { T("0\r\nA: b\0\r\n\r\n"), "invalid" },
    { T("0\r\nA: b\r\n c\r\n\r\n"), "invalid" },
    { T(""), "truncated" },
    { T("3"), "truncated" },
    { T("3\r\n"), "truncated" },
    { T("3\r\nab"), "truncated" },
    { T("3\r\nabc"), "truncated" },
    { T("3\r\nabc\r"), "truncated" },
    { T("3\r\nabc\r\n"), "truncated" },
    { T("3\r\nabc\r\n0\r\n"), "truncated" },
    { T("3\r\nabc\r\n0\r\nA: b\r\n"), "truncated" }
};


int
main(void)
{
    answer_rows("", status_lines, count(status_lines), "");
    answer_rows("", interim, count(interim), "");
    answer_rows(OK, lengths, count(lengths), "");
    answer_rows("", bodiless, count(bodiless), "");
    answer_rows(CHUNKED, chunks, count(chunks), "");

    test_complete();
    test_header_max();
    test_body_max();
    test_room();
    test_seen();
    test_again();
    test_texts();

    return unit_done("response");
}


/* none of these waits for the end of the connection, or ends before its end */

static void
test_complete(void)
{
    size_t       i, n;
    const char  *found;

    static const answer_row_t  rows[] = {
        { T(OK "Content-Length: 3\r\n\r\nabc"), "200 [abc]" },
        { T(OK "Content-Length: 0\r\n\r\n"), "200 []" },
        { T(CHUNKED "3\r\nabc\r\n0\r\n\r\n"), "200 [abc]" },
        { T(CHUNKED "1\r\na\r\n1\r\nb\r\n0\r\nA: b\r\n\r\n"), "200 [ab]" },
        { T("HTTP/1.1 304 No\r\nContent-Length: 3\r\n\r\n"), "304" },
        { T("HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 204 No\r\n\r\n"), "204" }
    };

    for (i = 0; i < count(rows); i++) {

        for (n = 0; n < rows[i].len; n++) {
            found = answer_whole(rows[i].text, n, BODY_MAX, false);

            unit_check_for(strcmp(found, "again") == 0,
                           "first %zu of %s: %s", n, rows[i].text, found);

            found = answer_whole(rows[i].text, n, BODY_MAX, true);

            unit_check_for(strcmp(found, "truncated") == 0,
                           "only %zu of %s: %s", n, rows[i].text, found);
        }

        found = answer_whole(rows[i].text, n, BODY_MAX, false);

        unit_check_for(strcmp(found, rows[i].expected) == 0,
                       "%s waits: %s", rows[i].text, found);
    }
}


static void
test_header_max(void)
{
    char    *text;
    size_t   i, len;

    static const struct {
        const char  *before;
        const char  *part;
        const char  *after;
    } rows[] = {
        { OK "A: ", "b", "\r\n\r\n" },
        { "HTTP/1.1 200 ", "b", "\r\n\r\n" },
        { OK, "A: b\r\n", "\r\n" },
        { "", "HTTP/1.1 100 Go\r\n\r\n", OK "\r\n" }
    };

    for (i = 0; i < count(rows); i++) {
        len = (HTTP_RESPONSE_HEADER_MAX - strlen(rows[i].before)
               - strlen(rows[i].after)) / strlen(rows[i].part);

        text = answer_repeat(rows[i].before, rows[i].part, len, rows[i].after);

        unit_check_for(strcmp(answer(text, strlen(text), 1, 0, true),
                              "200 []") == 0,
                       "row %zu is not too long", i);
        unit_check_for(i > 1 || strlen(text) == HTTP_RESPONSE_HEADER_MAX,
                       "row %zu of another length", i);
        free(text);

        text = answer_repeat(rows[i].before, rows[i].part, len + 1,
                             rows[i].after);

        unit_check_for(strcmp(answer(text, strlen(text), 1, 0, true),
                              "header") == 0,
                       "row %zu is too long, byte by byte", i);
        unit_check_for(strcmp(answer_whole(text, strlen(text), 1, true),
                              "header") == 0,
                       "row %zu is too long, whole", i);
        free(text);
    }

    text = answer_repeat("HTTP/1.1 200 ", "a", HTTP_RESPONSE_HEADER_MAX, "");

    unit_check_for(strcmp(answer_whole(text, HTTP_RESPONSE_HEADER_MAX - 1, 0,
                                       false), "again") == 0,
                   "no line");
    unit_check_for(strcmp(answer_whole(text, HTTP_RESPONSE_HEADER_MAX, 0,
                                       false), "header") == 0,
                   "no line, too long");
    free(text);
}


static void
test_body_max(void)
{
    size_t  i;

    static const struct {
        size_t       max;
        const char  *text;
        const char  *expected;
    } rows[] = {
        { 0, OK "\r\n", "200 []" },
        { 0, OK "\r\nx", "large" },
        { 0, OK "Content-Length: 0\r\n\r\n", "200 []" },
        { 0, OK "Content-Length: 1\r\n\r\nx", "large" },
        { 0, CHUNKED "0\r\n\r\n", "200 []" },
        { 0, CHUNKED "1\r\nx\r\n0\r\n\r\n", "large" },
        { 1, OK "\r\nx", "200 [x]" },
        { 1, OK "\r\nxy", "large" },
        { 1, OK "Content-Length: 1\r\n\r\nx", "200 [x]" },
        { 1, OK "Content-Length: 2\r\n\r\nxy", "large" },
        { 1, CHUNKED "1\r\nx\r\n0\r\n\r\n", "200 [x]" },
        { 1, CHUNKED "1\r\nx\r\n1\r\ny\r\n0\r\n\r\n", "large" },
        { 1, CHUNKED "2\r\nxy\r\n0\r\n\r\n", "large" }
    };

    for (i = 0; i < count(rows); i++) {
        answer_check(rows[i].text, strlen(rows[i].text), rows[i].max,
                     rows[i].expected);
    }
}


/* what is around the data of chunks does not fill more than the room */

static void
test_room(void)
{
    char    *text;
    size_t   i, n, room;

    static const struct {
        const char  *before;
        const char  *part;
        const char  *after;
    } rows[] = {
        { CHUNKED "1;", "a", "\r\nx\r\n0\r\n\r\n" },
        { CHUNKED "0\r\nA: ", "b", "\r\n\r\n" },
        { CHUNKED "0\r\n", "A: b\r\n", "\r\n" },
        { CHUNKED "1\r\nx\r\n0;", "a", "\r\n\r\n" }
    };

    room = HTTP_RESPONSE_HEADER_MAX + 2 * BODY_MAX;

    for (i = 0; i < count(rows); i++) {
        n = (room - strlen(rows[i].before) - strlen(rows[i].after))
            / strlen(rows[i].part);

        text = answer_repeat(rows[i].before, rows[i].part, n, rows[i].after);

        unit_check_for(strncmp(answer(text, strlen(text), BODY_MAX, 0, true),
                               "200", 3) == 0, "row %zu fills the room", i);
        free(text);

        text = answer_repeat(rows[i].before, rows[i].part, n + 1,
                             rows[i].after);

        unit_check_for(strcmp(answer(text, strlen(text), BODY_MAX, 0, true),
                              "large") == 0,
                       "row %zu overflows the room, byte by byte", i);
        unit_check_for(strcmp(answer_whole(text, strlen(text), BODY_MAX, true),
                              "large") == 0,
                       "row %zu overflows the room, whole", i);
        unit_check_for(strcmp(answer_whole(text, room, BODY_MAX, false),
                              "large") == 0,
                       "row %zu waits though the room is full", i);
        free(text);
    }
}


/* a line that comes in pieces is not looked at from its start again */

static void
test_seen(void)
{
    char             *text;
    size_t            len;
    http_response_t   response;

    text = answer_repeat(OK "A: ", "b", 8000, "");
    http_response_init(&response, BODY_MAX);

    for (len = 0; len < strlen(text); len++) {
        unit_check_for(http_response_read(&response, (uint8_t *) text, len,
                                          false)
                       == HTTP_RESPONSE_AGAIN
                       && response.seen == len, "%zu bytes", len);
    }

    free(text);
}


/* a complete one stays so */

static void
test_again(void)
{
    uint8_t             buf[64];
    size_t              len;
    http_response_t     response;
    http_response_rc_t  rc;

    len = strlen(OK "Content-Length: 1\r\n\r\nx");
    memcpy(buf, OK "Content-Length: 1\r\n\r\nx", len);
    http_response_init(&response, 1);

    rc = http_response_read(&response, buf, len, false);
    unit_check(strcmp(answer_described(rc, &response), "200 [x]") == 0);

    rc = http_response_read(&response, buf, len, true);
    unit_check(strcmp(answer_described(rc, &response), "200 [x]") == 0);
}


static void
test_texts(void)
{
    int          i, k;
    const char  *text;

    for (i = 0; i < HTTP_RESPONSE_N; i++) {
        text = http_response_text((http_response_rc_t) i);

        if (!unit_check_for(text != NULL && text[0] != '\0', "no text %d", i)) {
            continue;
        }

        unit_check_for(text[strlen(text) - 1] != '.', "full stop: %s", text);

        for (k = 0; k < i; k++) {
            unit_check_for(strcmp(text,
                                  http_response_text((http_response_rc_t) k))
                           != 0, "%d and %d: %s", i, k, text);
        }
    }

    unit_check(http_response_text((http_response_rc_t) HTTP_RESPONSE_N)
               == http_response_text(HTTP_RESPONSE_INVALID));
}
