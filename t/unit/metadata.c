
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "exact.h"
#include "metadata.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>


#define ISSUER    "https://issuer.example"
#define TEMPLATE  "https://issuer.example/{tid}/v2.0"
#define GOOD      "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"https://k\"}"


static void test_documents(void);
static void test_real_document(void);
static void test_nul(void);
static void test_room(void);
static void test_cut(void);
static void test_deep(void);
static void test_no_memory(void);
static void *scarce_malloc(size_t size);
static jose_status_t read_bytes(const char *issuer, const char *text,
    size_t text_len, size_t size, char *uri);
static jose_status_t read_text(const char *issuer, const char *text,
    char *uri);


static size_t  scarce_left;


static const struct {
    const char      *issuer;
    const char      *text;
    jose_status_t    status;
    const char      *uri;
} documents[] = {
    { ISSUER, GOOD, JOSE_OK, "https://k" },
    { ISSUER, " \r\n\t" GOOD " \r\n\t", JOSE_OK, "https://k" },
    { ISSUER, "{\"jwks_uri\":\"x\",\"issuer\":\"" ISSUER "\"}",
      JOSE_OK, "x" },
    { ISSUER, "{\"issuer\":\"https:\\/\\/issuer.ex\\u0061mple\","
      "\"jwks_ur\\u0069\":\"https:\\/\\/\\u006b\"}",
      JOSE_OK, "https://k" },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"k\","
      "\"a\":1e-400,\"b\":[{}],\"c\":null}", JOSE_OK, "k" },
    { TEMPLATE, "{\"issuer\":\"" TEMPLATE "\",\"jwks_uri\":\"k\"}",
      JOSE_OK, "k" },
    { TEMPLATE, "{\"issuer\":\"" ISSUER "/{tenantid}/v2.0\","
      "\"jwks_uri\":\"k\"}", JOSE_OK, "k" },

    { ISSUER, "", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, " ", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "null", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "\"" ISSUER "\"", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "[]", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "[" GOOD "]", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, GOOD GOOD, JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, GOOD "x", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "\xef\xbb\xbf" GOOD, JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "<!DOCTYPE html><html></html>", JOSE_METADATA_NOT_JSON,
      NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"\xff\"}",
      JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"a\\u0000\"}",
      JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"a\nb\"}",
      JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"k\","
      "\"a\":1e400}", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"k\","
      "\"jwks_uri\":\"l\"}", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "{\"issuer\":\"https://a\",\"issuer\":\"" ISSUER "\","
      "\"jwks_uri\":\"k\"}", JOSE_METADATA_NOT_JSON, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"k\","
      "\"a\":{\"b\":1,\"b\":2}}", JOSE_METADATA_NOT_JSON, NULL },

    { ISSUER, "{}", JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"jwks_uri\":\"k\"}", JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"issuer\":null,\"jwks_uri\":\"k\"}",
      JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"issuer\":[\"" ISSUER "\"],\"jwks_uri\":\"k\"}",
      JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"issuer\":\"\",\"jwks_uri\":\"k\"}",
      JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "/\",\"jwks_uri\":\"k\"}",
      JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"issuer\":\"https://issuer.exampl\","
      "\"jwks_uri\":\"k\"}", JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"issuer\":\"https://other.example\","
      "\"jwks_uri\":\"k\"}", JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"Issuer\":\"" ISSUER "\",\"jwks_uri\":\"k\"}",
      JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"a\":" GOOD "}", JOSE_METADATA_ISSUER, NULL },
    { ISSUER, "{\"issuer\":\"https://other.example\"}",
      JOSE_METADATA_ISSUER, NULL },
    { TEMPLATE, "{\"issuer\":\"" ISSUER "/1/v2.0\","
      "\"jwks_uri\":\"k\"}", JOSE_METADATA_ISSUER, NULL },
    { TEMPLATE, GOOD, JOSE_METADATA_ISSUER, NULL },

    { ISSUER, "{\"issuer\":\"" ISSUER "\"}", JOSE_METADATA_NO_KEYS,
      NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":null}",
      JOSE_METADATA_NO_KEYS, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":1}",
      JOSE_METADATA_NO_KEYS, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":[\"k\"]}",
      JOSE_METADATA_NO_KEYS, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":{\"a\":\"k\"}}",
      JOSE_METADATA_NO_KEYS, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"\"}",
      JOSE_METADATA_NO_KEYS, NULL },
    { ISSUER, "{\"issuer\":\"" ISSUER "\",\"JWKS_URI\":\"k\"}",
      JOSE_METADATA_NO_KEYS, NULL }
};


int
main(void)
{
    test_documents();
    test_real_document();
    test_nul();
    test_room();
    test_cut();
    test_deep();
    test_no_memory();

    return unit_done("metadata");
}


static void
test_documents(void)
{
    char           uri[128];
    size_t         i;
    jose_status_t  status;

    for (i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        status = read_text(documents[i].issuer, documents[i].text, uri);

        unit_check_for(status == documents[i].status, "issuer %s, %s: %s",
                       documents[i].issuer, documents[i].text,
                       jose_status_word(status));

        if (status == JOSE_OK && documents[i].uri != NULL) {
            unit_check_for(strcmp(uri, documents[i].uri) == 0, "%s: uri \"%s\"",
                           documents[i].text, uri);
        }
    }
}


/* What a provider answers with. */

static void
test_real_document(void)
{
    char           uri[128];
    jose_status_t  status;

    status = read_text("https://accounts.example",
        "{\n \"issuer\": \"https://accounts.example\",\n"
        " \"authorization_endpoint\": \"https://accounts.example/auth\",\n"
        " \"token_endpoint\": \"https://accounts.example/token\",\n"
        " \"jwks_uri\": \"https://keys.example/oauth2/v3/certs\",\n"
        " \"response_types_supported\": [\n  \"code\",\n  \"id_token\"\n ],\n"
        " \"claims_parameter_supported\": false,\n"
        " \"mtls_endpoint_aliases\": {\n"
        "  \"issuer\": \"https://mtls.example\",\n"
        "  \"jwks_uri\": \"https://mtls.example/certs\"\n }\n}\n", uri);

    unit_check_for(status == JOSE_OK, "document: %s",
                   jose_status_word(status));
    unit_check_for(strcmp(uri, "https://keys.example/oauth2/v3/certs") == 0,
                   "uri \"%s\"", uri);
}


/* A NUL at each place of a good document. */

static void
test_nul(void)
{
    char           text[] = GOOD "  ", uri[128];
    char           number[] = "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"k\","
                              "\"a\":1 }";
    char           saved;
    size_t         i;
    jose_status_t  status;

    for (i = 0; i < sizeof(text) - 1; i++) {
        saved = text[i];
        text[i] = '\0';

        status = read_bytes(ISSUER, text, sizeof(text) - 1, 100, uri);
        unit_check_for(status == JOSE_METADATA_NOT_JSON,
                       "NUL at %zu: %s", i, jose_status_word(status));

        text[i] = saved;
    }

    /* jansson overlooks this one */

    number[sizeof(number) - 3] = '\0';

    status = read_bytes(ISSUER, number, sizeof(number) - 1, 100, uri);
    unit_check_for(status == JOSE_METADATA_NOT_JSON,
                   "NUL behind a number: %s", jose_status_word(status));
}


/* Of just as many bytes as the URI has, and of other sizes. */

static void
test_room(void)
{
    char           uri[128];
    size_t         size;
    jose_status_t  status;

    for (size = 0; size < 12; size++) {
        status = read_bytes(ISSUER, GOOD, sizeof(GOOD) - 1, size, uri);

        unit_check_for(status == (size < 9 ? JOSE_METADATA_NO_KEYS : JOSE_OK),
                       "room for %zu bytes: %s", size,
                       jose_status_word(status));
        unit_check_for(status != JOSE_OK || strcmp(uri, "https://k") == 0,
                       "room for %zu bytes: \"%s\"", size, uri);
    }
}


/* A response that ended too early. */

static void
test_cut(void)
{
    char           uri[128];
    size_t         len;
    jose_status_t  status;

    for (len = 0; len < sizeof(GOOD) - 1; len++) {
        status = read_bytes(ISSUER, GOOD, len, 100, uri);

        unit_check_for(status == JOSE_METADATA_NOT_JSON,
                       "first %zu bytes: %s", len, jose_status_word(status));
    }
}


static void
test_deep(void)
{
    char           *text, uri[128];
    size_t          i;
    jose_status_t   status;

    static const char  open[] = { '[', '{' };

    text = malloc(1000000);

    for (i = 0; i < 2; i++) {
        memset(text, open[i], 1000000);
        memcpy(text, "{\"a\":", 5);

        status = read_bytes(ISSUER, text, 1000000, 100, uri);

        unit_check_for(status == JOSE_METADATA_NOT_JSON, "deep %c: %s",
                       open[i], jose_status_word(status));
    }

    free(text);
}


/* Whatever fails, nothing of it is taken and nothing leaks. */

static void
test_no_memory(void)
{
    char           uri[128];
    size_t         i;
    jose_status_t  status, last;

    json_set_alloc_funcs(scarce_malloc, free);

    last = JOSE_OK;
    status = JOSE_ERROR;

    for (i = 0; i < 1000 && status != JOSE_OK; i++) {
        scarce_left = i;

        status = read_text(ISSUER, GOOD, uri);

        if (status != JOSE_OK) {
            last = status;
        }

        /* jansson cannot always tell it from a text that is wrong */

        unit_check_for(status == JOSE_OK || status == JOSE_ERROR
                       || status == JOSE_METADATA_NOT_JSON,
                       "memory for %zu: %s", i, jose_status_word(status));

        if (i == 0) {
            unit_check_for(status == JOSE_ERROR, "no memory at all: %s",
                           jose_status_word(status));
        }
    }

    unit_check_for(i > 5 && i < 1000, "no memory: %zu times", i);
    unit_check_for(last == JOSE_ERROR, "no memory at the end: %s",
                   jose_status_word(last));

    json_set_alloc_funcs(malloc, free);
}


static void *
scarce_malloc(size_t size)
{
    if (scarce_left == 0) {
        return NULL;
    }

    scarce_left--;

    return malloc(size);
}


static jose_status_t
read_text(const char *issuer, const char *text, char *uri)
{
    return read_bytes(issuer, text, strlen(text), 100, uri);
}


/* uri is set only with JOSE_OK; it has room for one byte more than size. */

static jose_status_t
read_bytes(const char *issuer, const char *text, size_t text_len, size_t size,
    char *uri)
{
    size_t         len;
    uint8_t       *out;
    jose_bytes_t   bytes, name;
    jose_issuer_t  asked;
    jose_status_t  status;

    name = exact(issuer);
    bytes = exact_of(text, text_len);
    out = malloc(size);
    len = 0;

    unit_check_for(jose_issuer_read(&asked, name), "issuer \"%s\"", issuer);

    status = jose_metadata_read(bytes, &asked, out, size, &len);

    if (status == JOSE_OK) {
        unit_check_for(len > 0 && len <= size, "%zu bytes in %zu", len, size);
        memcpy(uri, out, len);
        uri[len] = '\0';
    }

    free(out);
    exact_free(bytes);
    exact_free(name);

    return status;
}
