
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Each response is read whole, byte by byte, and in every two pieces, with what
 * has not come yet poisoned: the answer is the same, and is written down as
 * "STATUS etag ETAG location LOCATION age MAX_AGE [BODY]", or is one word.
 */


#ifndef UNIT_ANSWER_H_INCLUDED
#define UNIT_ANSWER_H_INCLUDED


#include "response.h"
#include "unit.h"

#include <string.h>


/* of the responses in the tables */
#define BODY_MAX  16

#define OK        "HTTP/1.1 200 OK\r\n"
#define CHUNKED   OK "Transfer-Encoding: chunked\r\n\r\n"

/* a string constant that may have NULs */
#define T(text)   text, sizeof(text) - 1

#define count(rows)  (sizeof(rows) / sizeof(rows[0]))


typedef struct {
    const char  *text;
    size_t       len;
    const char  *expected;
} answer_row_t;


/*
 * In two pieces, or byte by byte where the first one has no bytes; apart: the
 * end of the connection is told later than the last byte.
 */
const char *answer(const char *text, size_t len, size_t body_max,
    size_t piece, bool apart);

/* At once; eof: and the connection has ended. */
const char *answer_whole(const char *text, size_t len, size_t body_max,
    bool eof);

/* What came of a call of http_response_read(). */
const char *answer_described(http_response_rc_t rc,
    const http_response_t *response);

/* Some text, n times another one, and a third one; the caller's. */
char *answer_repeat(const char *before, const char *part, size_t n,
    const char *after);


/* What is checked counts for the program that includes this. */

static inline void
answer_check(const char *text, size_t len, size_t body_max,
    const char *expected)
{
    size_t       piece;
    const char  *found;

    found = answer_whole(text, len, body_max, true);

    if (!unit_check_for(strcmp(found, expected) == 0, "%s\n    expected %s: %s",
                        text, expected, found))
    {
        return;
    }

    found = answer(text, len, body_max, 0, true);

    unit_check_for(strcmp(found, expected) == 0,
                   "%s\n    byte by byte, expected %s: %s", text, expected,
                   found);

    for (piece = 1; piece <= len; piece++) {
        found = answer(text, len, body_max, piece, piece % 2 == 0);

        unit_check_for(strcmp(found, expected) == 0,
                       "%s\n    first %zu, expected %s: %s", text, piece,
                       expected, found);
    }
}


/* Each with the same text before it and after it. */

static inline void
answer_rows(const char *before, const answer_row_t *rows, size_t n,
    const char *after)
{
    char    text[1024];
    size_t  i, len;

    for (i = 0; i < n; i++) {
        len = strlen(before);
        memcpy(text, before, len);

        memcpy(text + len, rows[i].text, rows[i].len);
        len += rows[i].len;

        memcpy(text + len, after, strlen(after));
        len += strlen(after);

        text[len] = '\0';

        answer_check(text, len, BODY_MAX, rows[i].expected);
    }
}


#endif /* UNIT_ANSWER_H_INCLUDED */
