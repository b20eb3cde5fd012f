
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * jose_json_parse() against jansson: the same verdict, the same values, and
 * jose_json_compact() writes a text that is read as the same members.  The
 * members are the same wherever the text lies in memory, and a string is
 * copied where it fits.
 *
 * What jansson takes and jose_json_parse() does not, all in json_oracle.h: a
 * text that is no object, over JOSE_TOKEN_MAX bytes, deeper than
 * JOSE_JSON_DEPTH_MAX or with over JOSE_JSON_MEMBERS_MAX open members; a NUL
 * behind a number.  The other way round: an integer beyond a double, of which
 * jansson has no verdict.  Over JOSE_JSON_COLLISIONS_MAX names of one hash
 * would be a finding; t/unit/json.c has them.
 */


#include "fuzz.h"
#include "../unit/json_oracle.h"


/* how far from the start of its block the text may lie, and in which steps */
#define FUZZ_PLACES  16
#define FUZZ_STEP    5

/* longer strings are not copied into each size */
#define FUZZ_STRING  40


static void fuzz_places(jose_bytes_t text, bool accepted);
static bool fuzz_same(const jose_json_member_t *a,
    const jose_json_member_t *b, size_t n);
static void fuzz_walk(const jose_json_value_t *container);
static void fuzz_string(const jose_json_value_t *value);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool          accepted;
    jose_bytes_t  text;

    fuzz_assert(oracle_agrees(data, size, &accepted));

    text.data = data;
    text.len = size;

    fuzz_places(text, accepted);

    return 0;
}


static void
fuzz_places(jose_bytes_t text, bool accepted)
{
    bool                       good;
    size_t                     i, n;
    uint8_t                   *block;
    jose_bytes_t               placed;
    jose_json_value_t          value;
    jose_json_object_t         object;
    static jose_json_member_t  first[JOSE_JSON_MEMBERS_MAX];
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    n = 0;

    for (i = 0; i < FUZZ_PLACES; i += FUZZ_STEP) {
        block = malloc(i + text.len);
        fuzz_assert(block != NULL);

        if (text.len > 0) {
            memcpy(block + i, text.data, text.len);
        }

        placed.data = block + i;
        placed.len = text.len;

        good = jose_json_parse(placed, members, &object) == JOSE_OK;
        fuzz_assert(good == accepted);

        if (good && i == 0) {
            n = object.n;
            memcpy(first, members, n * sizeof(jose_json_member_t));

            value.text = placed;
            value.type = JOSE_JSON_OBJECT;
            fuzz_walk(&value);
        }

        fuzz_assert(!good
                    || (object.n == n && fuzz_same(first, members, n)));

        free(block);
    }
}


static bool
fuzz_same(const jose_json_member_t *a, const jose_json_member_t *b, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (a[i].name != b[i].name
            || a[i].name_len != b[i].name_len
            || a[i].value != b[i].value
            || a[i].value_len != b[i].value_len
            || a[i].hash != b[i].hash
            || a[i].type != b[i].type)
        {
            return false;
        }
    }

    return true;
}


/* NOLINTNEXTLINE(misc-no-recursion): 64 levels */
static void
fuzz_walk(const jose_json_value_t *container)
{
    jose_json_value_t     name, value;
    jose_json_iterator_t  it;

    jose_json_iterate(&it, container);

    while (jose_json_next(&it, &name, &value)) {

        if (container->type == JOSE_JSON_OBJECT) {
            fuzz_string(&name);
        }

        fuzz_string(&value);
        fuzz_walk(&value);
    }
}


/* into each size that is too small, and the one that is not */

static void
fuzz_string(const jose_json_value_t *value)
{
    bool      fits;
    size_t    size, len, copied;
    uint8_t  *out, *part;

    if (value->type != JOSE_JSON_STRING || value->text.len > FUZZ_STRING) {
        return;
    }

    out = malloc(value->text.len + 1);
    fuzz_assert(out != NULL);

    len = jose_json_string_decode(value, out);
    fuzz_assert(len <= value->text.len);

    for (size = 0; size <= len; size++) {
        part = malloc(size);
        fuzz_assert(part != NULL);

        fits = jose_json_string_copy(value, part, size, &copied);

        fuzz_assert(fits == (size == len));
        fuzz_assert(!fits || (copied == len
                              && (len == 0 || memcmp(part, out, len) == 0)));

        free(part);
    }

    free(out);
}
