
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What is taken out of the header of a response: ETag, Location, how long it
 * may be kept; and fields that are none.
 */


#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void test_etag_max(void);


/* in a response that lasts until the connection ends */

static const answer_row_t  fields[] = {
    { T("A:\r\n"), "200 [x]" },
    { T("A:b\nC:d\n"), "200 [x]" },
    { T("!#$%&'*+-.^_`|~09azAZ: \x80\xff\x01\r\n"), "200 [x]" },
    { T(": b\r\n"), "invalid" },
    { T("A\r\n"), "invalid" },
    { T("A : b\r\n"), "invalid" },
    { T("A\t: b\r\n"), "invalid" },
    { T(" A: b\r\n"), "invalid" },
    { T("A: b\r\n c\r\n"), "invalid" },
    { T("A: b\r\n\tc: d\r\n"), "invalid" },
    { T("A: b\r\n \r\n"), "invalid" },
    { T("A B: c\r\n"), "invalid" },
    { T("A\x80: c\r\n"), "invalid" },
    { T("A\0: c\r\n"), "invalid" },
    { T("(A): c\r\n"), "invalid" },
    { T("A: b\rC: d\r\n"), "invalid" },
    { T("A: b\r\r\n"), "invalid" },
    { T("A: b\0\r\n"), "invalid" },
    { T("Content-Length : 1\r\n"), "invalid" },
    { T("ETag: \"\"\r\n"), "200 etag \"\" [x]" },
    { T("ETag:\"a\"\r\n"), "200 etag \"a\" [x]" },
    { T("ETAG: \t\"a\"\t \r\n"), "200 etag \"a\" [x]" },
    { T("etag: W/\"a\"\r\n"), "200 etag W/\"a\" [x]" },
    { T("ETag: W/\"\"\r\n"), "200 etag W/\"\" [x]" },
    { T("ETag: \"!#a,\\~\"\r\n"), "200 etag \"!#a,\\~\" [x]" },
    { T("ETag: \"a\x80\"\r\n"), "200 [x]" },
    { T("ETag: \"a\xff\"\r\n"), "200 [x]" },
    { T("ETag:\r\n"), "200 [x]" },
    { T("ETag: \"\r\n"), "200 [x]" },
    { T("ETag: W/\r\n"), "200 [x]" },
    { T("ETag: W/\"\r\n"), "200 [x]" },
    { T("ETag: w/\"a\"\r\n"), "200 [x]" },
    { T("ETag: W\"a\"\r\n"), "200 [x]" },
    { T("ETag: W/ \"a\"\r\n"), "200 [x]" },
    { T("ETag: W/W/\"a\"\r\n"), "200 [x]" },
    { T("ETag: a\r\n"), "200 [x]" },
    { T("ETag: \"a\r\n"), "200 [x]" },
    { T("ETag: a\"\r\n"), "200 [x]" },
    { T("ETag: 'a'\r\n"), "200 [x]" },
    { T("ETag: \"a\"b\"\r\n"), "200 [x]" },
    { T("ETag: \"a\", \"b\"\r\n"), "200 [x]" },
    { T("ETag: \"a b\"\r\n"), "200 [x]" },
    { T("ETag: \"a\tb\"\r\n"), "200 [x]" },
    { T("ETag: \"a\x01\"\r\n"), "200 [x]" },
    { T("ETag: \"a\x1f\"\r\n"), "200 [x]" },
    { T("ETag: \"a\x7f\"\r\n"), "200 [x]" },
    { T("ETag: \"a\0\"\r\n"), "invalid" },
    { T("ETag: \"a\r\"\r\n"), "invalid" },
    { T("ETag: \"a\"\r\nX: y\r\n"), "200 etag \"a\" [x]" },
    { T("XETag: \"a\"\r\nETagX: \"a\"\r\n"), "200 [x]" },
    { T("Location: https://a/b?c\r\n"), "200 location https://a/b?c [x]" },
    { T("lOCATION:/\r\n"), "200 location / [x]" },
    { T("Location:\r\n"), "200 [x]" },
    { T("Location: \t\r\n"), "200 [x]" },
    { T("Location: /a\tb\r\n"), "200 [x]" },
    { T("Location: /a\x01\r\n"), "200 [x]" },
    { T("Location: /a\x1f\r\n"), "200 [x]" },
    { T("Location: /a\x7f\r\n"), "200 [x]" },
    { T("Location: /a\r\n Set-Cookie: b\r\n"), "invalid" },
    { T("Location: /a\rSet-Cookie: b\r\n"), "invalid" },
    { T("Location: /a\0\r\n"), "invalid" },
    { T("Content-Encoding: identity\r\n"), "200 [x]" },
    { T("Content-Encoding: Identity\r\n"), "200 [x]" },
    { T("Content-Encoding:\r\n"), "200 [x]" },
    { T("Content-Encoding: gzip\r\n"), "encoded" },
    { T("content-encoding:br\r\n"), "encoded" },
    { T("Content-Encoding: identity, gzip\r\n"), "encoded" },
    { T("Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"),
      "encoded" },
    { T("Content-Encoding: gzip\r\nContent-Encoding: identity\r\n"),
      "encoded" },
    { T("Content-Encoding: gzip\r\nbad\r\n"), "invalid" }
};


static const answer_row_t  ages[] = {
    { T("max-age=60"), "200 age 60 [x]" },
    { T("MAX-Age=60"), "200 age 60 [x]" },
    { T("max-age=0"), "200 age 0 [x]" },
    { T("max-age=\"60\""), "200 age 60 [x]" },
    { T("public, max-age=60, must-revalidate"), "200 age 60 [x]" },
    { T(",, ,max-age=60,"), "200 age 60 [x]" },
    { T("max-age=60, max-age=5"), "200 age 5 [x]" },
    { T("max-age=5, max-age=60"), "200 age 5 [x]" },
    { T("max-age=60\r\nCache-Control: max-age=5"), "200 age 5 [x]" },
    { T("max-age=5\r\nCACHE-CONTROL: max-age=60"), "200 age 5 [x]" },
    { T("max-age=2147483647"), "200 age 2147483647 [x]" },
    { T("max-age=2147483649"), "200 age 2147483648 [x]" },
    { T("max-age=18446744073709551617"), "200 age 2147483648 [x]" },
    { T("max-age=99999999999999999999999999"), "200 age 2147483648 [x]" },
    { T("max-age=000060"), "200 age 60 [x]" },
    { T("max-age"), "200 age 0 [x]" },
    { T("max-age="), "200 age 0 [x]" },
    { T("max-age=\"\""), "200 age 0 [x]" },
    { T("max-age=\""), "200 age 0 [x]" },
    { T("max-age=-1"), "200 age 0 [x]" },
    { T("max-age=+1"), "200 age 0 [x]" },
    { T("max-age=1.5"), "200 age 0 [x]" },
    { T("max-age=1e9"), "200 age 0 [x]" },
    { T("max-age=60s"), "200 age 0 [x]" },
    { T("max-age=60 61"), "200 age 0 [x]" },
    { T("max-age= 60"), "200 age 0 [x]" },
    { T("max-age=\"6\\0\""), "200 age 0 [x]" },
    { T("max-age=60, max-age=x"), "200 age 0 [x]" },
    { T("a=\"max-age=5, max-age=6\", max-age=60"), "200 age 60 [x]" },
    { T("a=\"\\\", max-age=5\", max-age=60"), "200 age 60 [x]" },
    { T("a=\"b\\\\\", max-age=60"), "200 age 60 [x]" },
    { T("a=\"b, max-age=60"), "200 [x]" },
    { T("a=\"b\\"), "200 [x]" },
    { T("a=\\, max-age=60"), "200 age 60 [x]" },
    { T(""), "200 [x]" },
    { T(","), "200 [x]" },
    { T("="), "200 [x]" },
    { T("public"), "200 [x]" },
    { T("s-maxage=60"), "200 [x]" },
    { T("xmax-age=60, max-agex=60"), "200 [x]" },
    { T("no-cache"), "200 age 0 [x]" },
    { T("No-Store"), "200 age 0 [x]" },
    { T("no-store, max-age=60"), "200 age 0 [x]" },
    { T("max-age=60\r\nCache-Control: no-cache"), "200 age 0 [x]" },
    { T("no-cache=\"Set-Cookie\", max-age=60"), "200 age 0 [x]" },
    { T("a=\"no-cache, no-store\", max-age=60"), "200 age 60 [x]" },
    { T("max-age=60\r\nAge: 20"), "200 age 40 [x]" },
    { T("max-age=60\r\nAGE: 60"), "200 age 0 [x]" },
    { T("max-age=60\r\nAge: 61"), "200 age 0 [x]" },
    { T("max-age=60\r\nAge: 99999999999999999999"), "200 age 0 [x]" },
    { T("max-age=60\r\nAge: 20, 30"), "200 age 40 [x]" },
    { T("max-age=60\r\nAge: 20\r\nAge: 30"), "200 age 30 [x]" },
    { T("max-age=60\r\nAge: 30\r\nAge: 20"), "200 age 30 [x]" },
    { T("max-age=60\r\nAge: -1"), "200 age 60 [x]" },
    { T("max-age=60\r\nAge: 1x"), "200 age 60 [x]" },
    { T("max-age=60\r\nAge:"), "200 age 60 [x]" },
    { T("public\r\nAge: 20"), "200 [x]" },
    { T("no-cache\r\nAge: 20"), "200 age 0 [x]" }
};


int
main(void)
{
    answer_rows(OK, fields, count(fields), "\r\nx");
    answer_rows(OK "Cache-Control: ", ages, count(ages), "\r\n\r\nx");

    test_etag_max();

    return unit_done("response_fields");
}


static void
test_etag_max(void)
{
    char  *text, expected[512];

    text = answer_repeat(OK "ETag: \"", "a", 254, "\"\r\n\r\n");
    (void) snprintf(expected, sizeof(expected), "200 etag %.256s []",
                    text + strlen(OK "ETag: "));
    answer_check(text, strlen(text), 1, expected);
    free(text);

    text = answer_repeat(OK "ETag: \"", "a", 255, "\"\r\n\r\n");
    answer_check(text, strlen(text), 1, "200 []");
    free(text);
}
