
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "uri.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>


/* a string constant that may have NULs */
#define T(text)      text, sizeof(text) - 1

#define count(rows)  (sizeof(rows) / sizeof(rows[0]))


static void test_accepted(void);
static void test_refused(void);
static void test_bytes(void);
static void test_max(void);
static void test_loopback(void);
static void test_origin(void);
static void test_resolve(void);
static void test_resolve_max(void);
static void test_well_known(void);
static void test_well_known_max(void);
static bool read_text(http_uri_t *uri, const char *text, size_t len);
static bool resolve(const char *base, const char *reference, size_t len,
    char *out);
static bool well_known(bool append, const char *issuer, const char *name,
    char *out);
static char *repeat(const char *before, char c, size_t n, const char *after);
static char *copy(const char *text, size_t len);


/* what read_text() read, as the URI borrows it */
static char  *last;


int
main(void)
{
    test_accepted();
    test_refused();
    test_bytes();
    test_max();
    test_loopback();
    test_origin();
    test_resolve();
    test_resolve_max();
    test_well_known();
    test_well_known_max();

    free(last);

    return unit_done("uri");
}


static void
test_accepted(void)
{
    char        found[256];
    size_t      i;
    http_uri_t  uri;

    static const struct {
        const char  *text;
        const char  *expected;
    } rows[] = {
        { "http://a", "http a 80 " },
        { "https://a", "https a 443 " },
        { "HTTP://a/", "http a 80 /" },
        { "hTTpS://A.b/C", "https A.b 443 /C" },
        { "http://a:1", "http a 1 " },
        { "http://a:65535/b", "http a 65535 /b" },
        { "https://a:80/b", "https a 80 /b" },
        { "http://a:00080/b", "http a 80 /b" },
        { "https://a-b_c.9:8443/d?e=f&g", "https a-b_c.9 8443 /d?e=f&g" },
        { "https://a//b", "https a 443 //b" },
        { "https://a/:80@b", "https a 443 /:80@b" },
        { "https://a/?b", "https a 443 /?b" },
        { "https://a/b?/c?d", "https a 443 /b?/c?d" },
        { "https://a/../%2e%00{b}", "https a 443 /../%2e%00{b}" },
        { "http://127.0.0.1:8080/", "http 127.0.0.1 8080 /" },
        { "https://[::1]/", "https literal ::1 443 /" },
        { "https://[2001:DB8::9]:8443", "https literal 2001:DB8::9 8443 " },
        { "https://[::ffff:1.2.3.4]/a", "https literal ::ffff:1.2.3.4 443 /a" },
        { "http://unix:/a/b.sock:/c?d", "http local /a/b.sock 0 /c?d" },
        { "http://unix:/a:", "http local /a 0 " },
        { "http://UNIX:/A:/b:c", "http local /A 0 /b:c" },
        { "http://unix/a", "http unix 80 /a" },
        { "https://unix/a", "https unix 443 /a" },
        { "http://unixes:80/a", "http unixes 80 /a" }
    };

    for (i = 0; i < count(rows); i++) {

        if (!unit_check_for(read_text(&uri, rows[i].text,
                                      strlen(rows[i].text)),
                            "%s refused", rows[i].text))
        {
            continue;
        }

        (void) snprintf(found, sizeof(found), "%s%s%s %.*s %u %.*s",
                        uri.tls ? "https" : "http",
                        uri.local ? " local" : "",
                        uri.literal ? " literal" : "",
                        (int) uri.host.len, (const char *) uri.host.data,
                        (unsigned) uri.port,
                        (int) uri.target.len, (const char *) uri.target.data);

        unit_check_for(strcmp(found, rows[i].expected) == 0, "%s: %s",
                       rows[i].text, found);
    }
}


static void
test_refused(void)
{
    size_t      i;
    http_uri_t  uri;

    static const struct {
        const char  *text;
        size_t       len;
    } rows[] = {
        { T("") }, { T("h") }, { T("http") }, { T("http:") }, { T("http:/") },
        { T("http://") }, { T("https://") }, { T("http:///a") },
        { T("http://?a") }, { T("http:a") }, { T("http:/a") },
        { T("https:/a/b") }, { T("https:\\\\a\\b") }, { T("//a/b") },
        { T("/a") }, { T("a/b") }, { T("ftp://a/") }, { T("httpss://a/") },
        { T("xhttp://a/") }, { T("file:///a") }, { T("unix:/a:/b") },
        { T(" http://a/") }, { T("http://a/ ") }, { T("http ://a/") },
        { T("http://a b/") }, { T("http://a/b c") }, { T("http://a/\tb") },
        { T("http://a/b\r\nX: y") }, { T("http://a/b\n") },
        { T("http://a/b\r") }, { T("http://a\0/") }, { T("http://a/\0") },
        { T("http://a/\x7f") }, { T("http://a/\xc3\xa9") },
        { T("http://\xc3\xa9/") }, { T("http://a#b") }, { T("http://a/#") },
        { T("http://a/b?c#d") }, { T("http://a?b") }, { T("http://a:80?b") },
        { T("http://u@a/") }, { T("http://u:p@a/") }, { T("http://u:1@a/") },
        { T("http://@a/") }, { T("http://a@/") }, { T("http://a:80@b/") },
        { T("http://a%2eb/") }, { T("http://a\\b/") }, { T("http://a,b/") },
        { T("http://a*b/") }, { T("http://a~b/") }, { T("http://a!b/") },
        { T("http://{a}/") }, { T("http://a;b/") }, { T("http://a&b/") },
        { T("http://:80/") }, { T("http://a:/") }, { T("http://a:") },
        { T("http://a:0/") }, { T("http://a:65536/") },
        { T("http://a:99999/") }, { T("http://a:000080/") },
        { T("http://a:4294967376/") }, { T("http://a:+80/") },
        { T("http://a:-80/") }, { T("http://a:8x/") },
        { T("http://a:x/") }, { T("http://a:80:80/") }, { T("http://a::80/") },
        { T("http://a:8.0/") }, { T("http://a:0x50/") }, { T("http://a:8:/") },
        { T("http://::1/") }, { T("http://[::1/") }, { T("http://::1]/") },
        { T("http://[]/") }, { T("http://[") }, { T("http://[/]") },
        { T("http://[:/]") }, { T("http://[::1]a/") }, { T("http://[::1]:/") },
        { T("http://[::1]80/") }, { T("http://[::1]:0/") },
        { T("http://[[::1]]/") }, { T("http://a[::1]/") },
        { T("http://[::1%25lo]/") }, { T("http://[fe80::1%lo]/") },
        { T("http://[v1.a:b]/") }, { T("http://[::g]/") },
        { T("http://[127.0.0.1]/") }, { T("http://[ab]/") },
        { T("http://[a-b:c]/") }, { T("http://[a_b:c]/") },
        { T("http://unix:") }, { T("http://unix:/") }, { T("http://unix:/a") },
        { T("http://unix:a:/b") }, { T("http://unix::/b") },
        { T("http://unix:80/a") }, { T("http://unix:/a:b") },
        { T("http://unix:/a:?b") }, { T("http://unix:/a::/b") },
        { T("http://unix:/a:/b#c") }, { T("http://unix:/a b:/c") },
        { T("http://unix:/a\0b:/c") }, { T("https://unix:/a:/b") }
    };

    for (i = 0; i < count(rows); i++) {
        unit_check_for(!read_text(&uri, rows[i].text, rows[i].len),
                       "%s accepted", rows[i].text);
    }
}


/* each byte at each place */

static void
test_bytes(void)
{
    int         c;
    char        text[16];
    bool        name, address, rest;
    http_uri_t  uri;

    for (c = 1; c < 256; c++) {
        rest = c > 0x20 && c < 0x7f && c != '#';
        address = c == ':' || c == '.' || (c >= '0' && c <= '9')
                  || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        name = c == '-' || c == '.' || c == '_' || (c >= '0' && c <= '9')
               || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        (void) sprintf(text, "http://a%cb:1/c", c);
        unit_check_for(read_text(&uri, text, 14) == (name || c == '/'),
                       "%02x in a name", (unsigned) c);

        (void) sprintf(text, "http://[:%c]/c", c);
        unit_check_for(read_text(&uri, text, 13) == address,
                       "%02x in an address", (unsigned) c);

        (void) sprintf(text, "http://a:1%c/c", c);
        unit_check_for(read_text(&uri, text, 13)
                       == ((c >= '0' && c <= '9') || c == '/'),
                       "%02x in a port", (unsigned) c);

        (void) sprintf(text, "http://a:1/b%cc", c);
        unit_check_for(read_text(&uri, text, 14) == rest, "%02x in a path",
                       (unsigned) c);

        (void) sprintf(text, "http://a/?%cc", c);
        unit_check_for(read_text(&uri, text, 12) == rest, "%02x in a query",
                       (unsigned) c);
    }
}


static void
test_max(void)
{
    char        *text;
    http_uri_t   uri;

    text = repeat("http://a/", 'b', HTTP_URI_MAX - 9, "");
    unit_check(read_text(&uri, text, HTTP_URI_MAX));
    unit_check(uri.target.len == HTTP_URI_MAX - 8);
    free(text);

    text = repeat("http://a/", 'b', HTTP_URI_MAX - 8, "");
    unit_check(!read_text(&uri, text, HTTP_URI_MAX + 1));
    free(text);
}


static void
test_loopback(void)
{
    char        text[128];
    size_t      i;
    http_uri_t  uri;

    static const struct {
        const char  *host;
        bool         loopback;
    } rows[] = {
        { "localhost", true }, { "LocalHost", true }, { "a.localhost", true },
        { "a.b.LOCALHOST", true }, { "127.0.0.1", true },
        { "127.0.0.0", true }, { "127.255.255.255", true },
        { "127.1.20.103", true }, { "[::1]", true }, { "unix:/a:", true },

        { "a", false }, { "unix", false }, { "localhos", false },
        { "localhost.", false }, { ".localhost", false },
        { "xlocalhost", false }, { "a-localhost", false },
        { "localhost.a", false }, { "localhost.localdomain", false },
        { "a.localhost.b", false }, { "localhosta", false },
        { "126.0.0.1", false }, { "128.0.0.1", false },
        { "12.7.0.0.1", false }, { "1270.0.1", false },
        { "127", false }, { "127.", false }, { "127.1", false },
        { "127.0.1", false }, { "127.0.0", false }, { "127.0.0.", false },
        { "127.0.0.1.", false }, { "127.0.0.1.a", false },
        { "127.0.0.1a", false }, { "127.0.0.a", false },
        { "127.0.0.256", false }, { "127.256.0.1", false },
        { "127.0.0.0001", false }, { "127.0.0.01", false },
        { "127.0.0.4294967297", false }, { "127.00.0.1", false },
        { "0127.0.0.1", false }, { "127..0.1", false },
        { "127.0.0.1.1", false },
        { "127.0.0.-1", false }, { "127.0.0_1", false },
        { "127.0.0.1-a", false }, { "a127.0.0.1", false },
        { "0x7f.0.0.1", false }, { "2130706433", false },
        { "0.0.0.0", false }, { "0", false }, { "10.0.0.1", false },
        { "[::]", false }, { "[::2]", false }, { "[::10]", false },
        { "[::ffff:127.0.0.1]", false }, { "[1::1]", false },
        { "[::1:1]", false }
    };

    for (i = 0; i < count(rows); i++) {
        (void) snprintf(text, sizeof(text), "http://%s/", rows[i].host);

        unit_check_for(read_text(&uri, text, strlen(text)), "%s refused",
                       text);
        unit_check_for(http_uri_is_loopback(&uri) == rows[i].loopback,
                       "%s is %sthis machine", text,
                       rows[i].loopback ? "not " : "");
    }
}


static void
test_origin(void)
{
    char        *first;
    size_t       i;
    http_uri_t   a, b;

    static const struct {
        const char  *a;
        const char  *b;
        bool         same;
    } rows[] = {
        { "https://a/b", "https://a/c?d", true },
        { "https://a", "HTTPS://A/", true },
        { "https://a:443/", "https://a/", true },
        { "http://a:80/", "http://a/", true },
        { "http://a:080/", "http://a/", true },
        { "http://[::A]/", "http://[::a]/", true },
        { "http://unix:/a:/b", "http://unix:/a:/c", true },
        { "http://a/", "https://a/", false },
        { "http://a:443/", "https://a/", false },
        { "https://a:80/", "http://a/", false },
        { "https://a/", "https://a:444/", false },
        { "https://a/", "https://b/", false },
        { "https://a/", "https://ab/", false },
        { "https://ab/", "https://a/", false },
        { "https://a/", "https://a./", false },
        { "https://a/", "https://b.a/", false },
        { "https://a-b/", "https://a_b/", false },
        { "http://[::1]/", "http://[::2]/", false },
        { "http://unix:/a:/", "http://unix:/A:/", false },
        { "http://unix:/a:/", "http://unix:/b:/", false },
        { "http://unix:/a:/", "http://unix/a", false }
    };

    for (i = 0; i < count(rows); i++) {
        unit_check_for(read_text(&a, rows[i].a, strlen(rows[i].a)),
                       "%s refused", rows[i].a);

        first = last;
        last = NULL;

        unit_check_for(read_text(&b, rows[i].b, strlen(rows[i].b)),
                       "%s refused", rows[i].b);

        unit_check_for(http_uri_same_origin(&a, &b) == rows[i].same
                       && http_uri_same_origin(&b, &a) == rows[i].same,
                       "%s and %s", rows[i].a, rows[i].b);
        free(first);
    }
}


static void
test_resolve(void)
{
    char    out[HTTP_URI_MAX + 1];
    bool    done;
    size_t  i;

    static const struct {
        const char  *base;
        const char  *reference;
        size_t       len;
        const char  *expected;   /* NULL: refused */
    } rows[] = {
        { "https://a/b?c", T("https://d/e?f"), "https://d/e?f" },
        { "https://a/b?c", T("HTTP://d:9"), "HTTP://d:9" },
        { "https://a/b?c", T("//d:9/e"), "https://d:9/e" },
        { "HTTP://a/b", T("//d/e"), "http://d/e" },
        { "http://unix:/a:/b", T("//d/e"), "http://d/e" },
        { "https://a/b?c", T("/d?e"), "https://a/d?e" },
        { "https://a/b?c", T("/"), "https://a/" },
        { "https://a", T("/d"), "https://a/d" },
        { "http://A:8080/b", T("/d"), "http://A:8080/d" },
        { "http://a:7/b", T("/d"), "http://a:7/d" },
        { "http://a:65535/b", T("/d"), "http://a:65535/d" },
        { "http://[::1]/b", T("/d"), "http://[::1]/d" },
        { "https://a:80/b", T("/d"), "https://a:80/d" },
        { "http://a:443/b", T("/d"), "http://a:443/d" },
        { "http://unix/b", T("/d"), "http://unix/d" },
        { "http://unix:/a:/b", T("/d"), "http://unix:/a:/d" },
        { "http://unix:/a:", T("http://unix:/a:/d"), "http://unix:/a:/d" },
        { "http://unix:/a:", T("//unix:/a:/d"), "http://unix:/a:/d" },
        { "https://a/b", T("/\\d//e"), "https://a/\\d//e" },

        { "https://a/b", T(""), NULL },
        { "https://a/b", T("d"), NULL },
        { "https://a/b", T("./d"), NULL },
        { "https://a/b", T("../d"), NULL },
        { "https://a/b", T("?d"), NULL },
        { "https://a/b", T("#d"), NULL },
        { "https://a/b", T("/d#e"), NULL },
        { "https://a/b", T("/d e"), NULL },
        { "https://a/b", T("/d\r\nX: y"), NULL },
        { "https://a/b", T("/d\0"), NULL },
        { "https://a/b", T("/\xc3\xa9"), NULL },
        { "https://a/b", T("//"), NULL },
        { "https://a/b", T("///d"), NULL },
        { "https://a/b", T("//u@d/e"), NULL },
        { "https://a/b", T("//d:0/e"), NULL },
        { "https://a/b", T("https:d"), NULL },
        { "https://a/b", T("ftp://d/e"), NULL },
        { "https://a/b", T("javascript:d"), NULL },
        { "https://a/b", T("http://unix:/d:/e"), NULL },
        { "https://a/b", T("//unix:/d:/e"), NULL },
        { "http://a/b", T("http://unix:/d:/e"), NULL },
        { "http://a/b", T("//unix:/d:/e"), NULL },
        { "http://unix:/a:/b", T("http://unix:/d:/e"), NULL },
        { "http://unix:/a:/b", T("//unix:/d:/e"), NULL }
    };

    for (i = 0; i < count(rows); i++) {
        done = resolve(rows[i].base, rows[i].reference, rows[i].len, out);

        unit_check_for(done ? rows[i].expected != NULL
                              && strcmp(out, rows[i].expected) == 0
                            : rows[i].expected == NULL,
                       "%s in %s: %s", rows[i].reference, rows[i].base,
                       done ? out : "refused");
    }
}


static void
test_resolve_max(void)
{
    char    *text;
    char     out[HTTP_URI_MAX + 1];
    size_t   i, len;

    static const struct {
        const char  *before;   /* of the result */
        const char  *reference;
    } rows[] = {
        { "", "https://b/" }, { "https:", "//b/" }, { "https://a", "/" }
    };

    for (i = 0; i < count(rows); i++) {
        len = HTTP_URI_MAX - strlen(rows[i].before);

        text = repeat(rows[i].reference, 'c', len - strlen(rows[i].reference),
                      "");
        unit_check_for(resolve("https://a", text, len, out)
                       && strlen(out) == HTTP_URI_MAX, "row %zu", i);
        free(text);

        text = repeat(rows[i].reference, 'c',
                      len + 1 - strlen(rows[i].reference), "");
        unit_check_for(!resolve("https://a", text, len + 1, out),
                       "row %zu is too long", i);
        free(text);
    }

    text = repeat("https://", 'a', HTTP_URI_MAX - 8, "");
    unit_check(!resolve(text, "/", 1, out));
    free(text);
}


static void
test_well_known(void)
{
    char    out[HTTP_URI_MAX + 1];
    bool    done;
    size_t  i;

    static const struct {
        const char  *issuer;
        const char  *appended;
        const char  *inserted;
    } rows[] = {
        { "https://a", "https://a/.well-known/n", "https://a/.well-known/n" },
        { "https://a/", "https://a/.well-known/n", "https://a/.well-known/n" },
        { "HTTPS://A:443/b", "HTTPS://A:443/b/.well-known/n",
          "HTTPS://A:443/.well-known/n/b" },
        { "https://a/b/", "https://a/b/.well-known/n",
          "https://a/.well-known/n/b" },
        { "https://a/b/c", "https://a/b/c/.well-known/n",
          "https://a/.well-known/n/b/c" },
        { "https://a/b//", "https://a/b//.well-known/n",
          "https://a/.well-known/n/b/" },
        { "https://a/{b}/c", "https://a/{b}/c/.well-known/n",
          "https://a/.well-known/n/{b}/c" },
        { "http://[::1]:8080/b", "http://[::1]:8080/b/.well-known/n",
          "http://[::1]:8080/.well-known/n/b" },
        { "http://unix:/a:", "http://unix:/a:/.well-known/n",
          "http://unix:/a:/.well-known/n" },
        { "http://unix:/a:/b", "http://unix:/a:/b/.well-known/n",
          "http://unix:/a:/.well-known/n/b" },
        { "https://a/?b", NULL, NULL },
        { "https://a/b?", NULL, NULL },
        { "https://a/b?c/", NULL, NULL }
    };

    for (i = 0; i < count(rows); i++) {
        done = well_known(true, rows[i].issuer, "/.well-known/n", out);

        unit_check_for(done ? rows[i].appended != NULL
                              && strcmp(out, rows[i].appended) == 0
                            : rows[i].appended == NULL,
                       "appended to %s: %s", rows[i].issuer,
                       done ? out : "refused");

        done = well_known(false, rows[i].issuer, "/.well-known/n", out);

        unit_check_for(done ? rows[i].inserted != NULL
                              && strcmp(out, rows[i].inserted) == 0
                            : rows[i].inserted == NULL,
                       "inserted in %s: %s", rows[i].issuer,
                       done ? out : "refused");
    }
}


static void
test_well_known_max(void)
{
    char    *issuer;
    char     out[HTTP_URI_MAX + 1];
    size_t   i;

    for (i = 0; i < 2; i++) {
        issuer = repeat("https://a/", 'b', HTTP_URI_MAX - 10 - 14, "/");
        unit_check_for(well_known(i == 0, issuer, "/.well-known/n", out)
                       && strlen(out) == HTTP_URI_MAX, "row %zu", i);
        free(issuer);

        issuer = repeat("https://a/", 'b', HTTP_URI_MAX - 10 - 13, "");
        unit_check_for(!well_known(i == 0, issuer, "/.well-known/n", out),
                       "row %zu is too long", i);
        free(issuer);

        issuer = repeat("https://a/", 'b', HTTP_URI_MAX - 10, "");
        unit_check_for(!well_known(i == 0, issuer, "/.well-known/n", out),
                       "row %zu has no room", i);
        free(issuer);
    }
}


/* reads a copy that ends where it ends */

static bool
read_text(http_uri_t *uri, const char *text, size_t len)
{
    jose_bytes_t  bytes;

    free(last);
    last = copy(text, len);

    bytes.data = (const uint8_t *) last;
    bytes.len = len;

    return http_uri_read(uri, bytes);
}


static bool
resolve(const char *base, const char *reference, size_t len, char *out)
{
    bool           done;
    char          *from;
    size_t         n;
    uint8_t       *to;
    http_uri_t     uri, result;
    jose_bytes_t   bytes;

    unit_check_for(read_text(&uri, base, strlen(base)), "%s refused", base);

    from = copy(reference, len);
    to = malloc(HTTP_URI_MAX);

    bytes.data = (const uint8_t *) from;
    bytes.len = len;

    done = http_uri_resolve(&uri, bytes, to, &n);

    if (done) {
        memcpy(out, to, n);
        out[n] = '\0';

        bytes.data = to;
        bytes.len = n;

        unit_check_for(http_uri_read(&result, bytes), "%s is none", out);
    }

    free(from);
    free(to);

    return done;
}


static bool
well_known(bool append, const char *issuer, const char *name, char *out)
{
    bool           done;
    size_t         n;
    uint8_t       *to;
    http_uri_t     uri;
    jose_bytes_t   text, bytes;

    unit_check_for(read_text(&uri, issuer, strlen(issuer)), "%s refused",
                   issuer);

    text.data = (const uint8_t *) last;
    text.len = strlen(issuer);

    bytes.data = (const uint8_t *) name;
    bytes.len = strlen(name);

    to = malloc(HTTP_URI_MAX);

    done = append ? http_uri_append(&uri, text, bytes, to, &n)
                  : http_uri_insert(&uri, text, bytes, to, &n);

    if (done) {
        memcpy(out, to, n);
        out[n] = '\0';
    }

    free(to);

    return done;
}


/* the caller's */

static char *
repeat(const char *before, char c, size_t n, const char *after)
{
    char  *text;

    text = malloc(strlen(before) + n + strlen(after) + 1);

    (void) strcpy(text, before);
    memset(text + strlen(before), c, n);
    (void) strcpy(text + strlen(before) + n, after);

    return text;
}


static char *
copy(const char *text, size_t len)
{
    char  *made;

    made = malloc(len);
    memcpy(made, text, len);

    return made;
}
