
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * A path, a newline, and claims: what is found is what jansson finds, step by
 * step, and nothing where there is no path.  Each value of the claims is found
 * by the path that leads to it.
 */


#include "fuzz.h"
#include "path.h"
#include "../unit/json_oracle.h"


/* names of two steps have less than this */
#define FUZZ_PATH_MAX  4096


static void fuzz_find(jose_bytes_t text, jose_bytes_t claims,
    const jose_json_object_t *object);
static json_t *fuzz_walk(json_t *json, jose_bytes_t text, bool *good);
static json_t *fuzz_member(json_t *json, const uint8_t *name, size_t len);
static json_t *fuzz_index(json_t *json, const uint8_t *digits, size_t len,
    bool *good);
static void fuzz_each(const jose_json_object_t *object,
    const jose_json_value_t *container, char *text, size_t len, size_t steps);
static size_t fuzz_step(const jose_json_value_t *name, size_t index,
    char *out);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jose_bytes_t               line, rest, claims;
    jose_path_t                path;
    jose_json_value_t          whole;
    jose_json_object_t         object;
    static char                text[JOSE_PATH_STEPS_MAX * FUZZ_PATH_MAX];
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    rest.data = data;
    rest.len = size;

    line = fuzz_line(&rest);
    claims = fuzz_copy(rest.data, rest.len);

    if (jose_json_parse(claims, members, &object) == JOSE_OK) {
        fuzz_find(line, claims, &object);

        whole.text = claims;
        whole.type = JOSE_JSON_OBJECT;
        fuzz_each(&object, &whole, text, 0, 1);

    } else {
        (void) jose_path_read(&path, line);
    }

    exact_free(line);
    exact_free(claims);

    return 0;
}


static void
fuzz_find(jose_bytes_t text, jose_bytes_t claims,
    const jose_json_object_t *object)
{
    bool                good, found;
    json_t             *json, *expected;
    oracle_t            verdict;
    jose_path_t         path;
    jose_json_value_t   value;

    json = oracle_load(claims.data, claims.len, &verdict);

    /* a number that jansson cannot hold */

    if (json == NULL) {
        (void) jose_path_read(&path, text);
        return;
    }

    good = true;
    expected = fuzz_walk(json, text, &good);

    fuzz_assert(jose_path_read(&path, text) == good);

    if (good) {
        fuzz_assert(path.n > 0 && path.n <= JOSE_PATH_STEPS_MAX);

        found = jose_path_find(&path, object, &value);

        fuzz_assert(found == (expected != NULL));
        fuzz_assert(!found || oracle_same(expected, &value));
    }

    json_decref(json);
}


/* .name ."name" [index], or a name and nothing else */

static json_t *
fuzz_walk(json_t *json, jose_bytes_t text, bool *good)
{
    size_t          steps, n;
    const uint8_t  *p, *end, *start;

    p = text.data;
    end = p + text.len;

    if (p == end || *p != '.') {
        *good = p < end;
        return *good ? fuzz_member(json, p, text.len) : NULL;
    }

    for (steps = 0; p < end; steps++) {
        start = p + 1;

        if (*p == '.' && start < end && *start == '"') {
            for (p = ++start; p < end && *p != '"'; p++) { /* void */ }

            *good = *good && p < end;
            n = (size_t) (p - start);
            p += (p < end);
            json = fuzz_member(json, start, n);

        } else if (*p == '.') {
            for (p = start; p < end && !memchr(".[]", *p, 3); p++) {
                /* void */
            }

            *good = *good && p > start;
            json = fuzz_member(json, start, (size_t) (p - start));

        } else if (*p == '[') {
            for (p = start; p < end && *p != ']'; p++) { /* void */ }

            *good = *good && p < end;
            json = fuzz_index(json, start, (size_t) (p - start), good);
            p += (p < end);

        } else {
            *good = false;
        }

        *good = *good && steps < JOSE_PATH_STEPS_MAX;

        if (!*good) {
            return NULL;
        }
    }

    return json;
}


/* jansson takes a C string for a name: none of its names has a NUL */

static json_t *
fuzz_member(json_t *json, const uint8_t *name, size_t len)
{
    char    *text;
    json_t  *value;

    if (len > 0 && memchr(name, '\0', len) != NULL) {
        return NULL;
    }

    text = malloc(len + 1);
    fuzz_assert(text != NULL);

    memcpy(text, name, len);
    text[len] = '\0';

    value = json_object_get(json, text);
    free(text);

    return value;
}


static json_t *
fuzz_index(json_t *json, const uint8_t *digits, size_t len, bool *good)
{
    size_t  i;
    double  index;

    index = 0;

    for (i = 0; i < len; i++) {
        *good = *good && digits[i] >= '0' && digits[i] <= '9';
        index = index * 10 + (digits[i] - '0');
    }

    *good = *good && len > 0 && index <= JOSE_TOKEN_MAX;

    return *good ? json_array_get(json, (size_t) index) : NULL;
}


/* NOLINTNEXTLINE(misc-no-recursion): 16 levels */
static void
fuzz_each(const jose_json_object_t *object, const jose_json_value_t *container,
    char *text, size_t len, size_t steps)
{
    size_t                i, n;
    jose_path_t           path;
    jose_bytes_t          copy;
    jose_json_value_t     name, value, found;
    jose_json_iterator_t  it;

    if (steps > JOSE_PATH_STEPS_MAX) {
        return;
    }

    jose_json_iterate(&it, container);

    for (i = 0; jose_json_next(&it, &name, &value); i++) {
        n = fuzz_step(container->type == JOSE_JSON_OBJECT ? &name : NULL, i,
                      text + len);

        if (n == 0) {
            continue;
        }

        copy = fuzz_copy((const uint8_t *) text, len + n);

        fuzz_assert(jose_path_read(&path, copy)
                    && path.n == steps
                    && jose_path_find(&path, object, &found));

        fuzz_assert(found.type == value.type
                    && found.text.data == value.text.data
                    && found.text.len == value.text.len);

        exact_free(copy);

        fuzz_each(object, &value, text, len + n, steps + 1);
    }
}


/* 0: no path has this name */

static size_t
fuzz_step(const jose_json_value_t *name, size_t index, char *out)
{
    size_t  n;

    if (name == NULL) {
        return (size_t) sprintf(out, "[%zu]", index);
    }

    if (name->text.len > FUZZ_PATH_MAX - 3) {
        return 0;
    }

    out[0] = '.';
    out[1] = '"';
    n = jose_json_string_decode(name, (uint8_t *) out + 2);

    if (memchr(out + 2, '"', n) != NULL) {
        return 0;
    }

    out[n + 2] = '"';

    return n + 3;
}
