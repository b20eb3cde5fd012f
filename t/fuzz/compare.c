
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Two lines of JSON, compared by each operator: the verdict is that of strings
 * that are decoded first and of OpenSSL's big numbers.  The sides of "eq" and
 * "any" can be swapped, and blanks count for nothing.
 */


#include "compare.h"
#include "decimal.h"


/* what is compared is the value of "v"; to be freed */
typedef struct {
    jose_bytes_t         text;
    jose_json_member_t  *members;
    jose_json_value_t    value;
} fuzz_value_t;


/* the parts of an array, of a string, or the value itself */
typedef struct {
    jose_json_value_t   *values;
    size_t               n;
} fuzz_parts_t;


static bool fuzz_read(fuzz_value_t *value, jose_bytes_t line);
static void fuzz_compact(const fuzz_value_t *left, const fuzz_value_t *right,
    jose_compare_t op, bool expected);
static void fuzz_free(fuzz_value_t *value);
static bool fuzz_holds(jose_compare_t op, const jose_json_value_t *left,
    const jose_json_value_t *right);
static bool fuzz_same(const jose_json_value_t *a, const jose_json_value_t *b);
static bool fuzz_same_members(const jose_json_value_t *a,
    const jose_json_value_t *b);
static bool fuzz_same_bytes(const jose_json_value_t *a,
    const jose_json_value_t *b);
static int fuzz_order(const jose_json_value_t *a, const jose_json_value_t *b);
static bool fuzz_any(const jose_json_value_t *left,
    const jose_json_value_t *right);
static fuzz_parts_t fuzz_parts(const jose_json_value_t *value);
static fuzz_parts_t fuzz_words(const jose_json_value_t *value);
static fuzz_parts_t fuzz_elements(const jose_json_value_t *container);
static double fuzz_double(const jose_json_value_t *value);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int            op;
    bool           holds;
    jose_bytes_t   rest, line;
    fuzz_value_t   left, right;

    rest.data = data;
    rest.len = size;

    line = fuzz_line(&rest);

    if (!fuzz_read(&left, line)) {
        exact_free(line);
        return 0;
    }

    exact_free(line);

    if (!fuzz_read(&right, rest)) {
        fuzz_free(&left);
        return 0;
    }

    for (op = JOSE_COMPARE_EQ; op <= JOSE_COMPARE_NANY; op++) {
        holds = jose_compare((jose_compare_t) op, &left.value, &right.value);

        fuzz_assert(holds == fuzz_holds((jose_compare_t) op, &left.value,
                                        &right.value));

        fuzz_compact(&left, &right, (jose_compare_t) op, holds);

        if (op == JOSE_COMPARE_EQ || op == JOSE_COMPARE_ANY) {
            fuzz_assert(jose_compare((jose_compare_t) op, &right.value,
                                     &left.value)
                        == holds);
        }
    }

    fuzz_free(&left);
    fuzz_free(&right);

    return 0;
}


static bool
fuzz_read(fuzz_value_t *value, jose_bytes_t line)
{
    char                      *text;
    size_t                     len;
    jose_json_object_t         object;
    static const char          before[] = "{\"v\":";
    static const jose_bytes_t  name = jose_bytes("v");

    len = sizeof(before) - 1;

    text = malloc(len + line.len + 1);
    value->members = malloc(JOSE_JSON_MEMBERS_MAX
                            * sizeof(jose_json_member_t));
    fuzz_assert(text != NULL && value->members != NULL);

    memcpy(text, before, len);

    if (line.len > 0) {
        memcpy(text + len, line.data, line.len);
        len += line.len;
    }

    text[len++] = '}';

    value->text.data = (const uint8_t *) text;
    value->text.len = len;

    /* the text may close the object itself, and begin further members */

    if (jose_json_parse(value->text, value->members, &object) == JOSE_OK
        && jose_json_get(&object, name, &value->value))
    {
        return true;
    }

    fuzz_free(value);

    return false;
}


static void
fuzz_free(fuzz_value_t *value)
{
    exact_free(value->text);
    free(value->members);
}


static void
fuzz_compact(const fuzz_value_t *left, const fuzz_value_t *right,
    jose_compare_t op, bool expected)
{
    size_t         n;
    uint8_t       *out;
    jose_bytes_t   line;
    fuzz_value_t   compact;

    out = malloc(left->value.text.len + 2);
    fuzz_assert(out != NULL);

    n = jose_json_compact(&left->value, out);
    line = fuzz_copy(out, n);
    free(out);

    fuzz_assert(fuzz_read(&compact, line));
    exact_free(line);

    fuzz_assert(jose_compare(op, &compact.value, &right->value) == expected);
    fuzz_assert(jose_compare(JOSE_COMPARE_EQ, &compact.value, &left->value));

    fuzz_free(&compact);
}


static bool
fuzz_holds(jose_compare_t op, const jose_json_value_t *left,
    const jose_json_value_t *right)
{
    bool          in, array, numbers;
    size_t        i;
    fuzz_parts_t  elements;

    numbers = left->type == JOSE_JSON_NUMBER
              && right->type == JOSE_JSON_NUMBER;
    array = right->type == JOSE_JSON_ARRAY;
    in = false;

    if (array) {
        elements = fuzz_elements(right);

        for (i = 0; i < elements.n; i++) {
            in = in || fuzz_same(left, &elements.values[i]);
        }

        free(elements.values);
    }

    switch (op) {

    case JOSE_COMPARE_EQ:
        return fuzz_same(left, right);

    case JOSE_COMPARE_NE:
        return !fuzz_same(left, right);

    case JOSE_COMPARE_GT:
        return numbers && fuzz_order(left, right) > 0;

    case JOSE_COMPARE_GE:
        return numbers && fuzz_order(left, right) >= 0;

    case JOSE_COMPARE_LT:
        return numbers && fuzz_order(left, right) < 0;

    case JOSE_COMPARE_LE:
        return numbers && fuzz_order(left, right) <= 0;

    case JOSE_COMPARE_IN:
        return in;

    case JOSE_COMPARE_NIN:
        return array && !in;

    case JOSE_COMPARE_ANY:
        return fuzz_any(left, right);

    case JOSE_COMPARE_NANY:
        return !fuzz_any(left, right);
    }

    return false;
}


/* NOLINTBEGIN(misc-no-recursion): 64 levels */

static bool
fuzz_same(const jose_json_value_t *a, const jose_json_value_t *b)
{
    bool          same;
    size_t        i;
    fuzz_parts_t  left, right;

    if (a->type != b->type) {
        return false;
    }

    switch (a->type) {

    case JOSE_JSON_NUMBER:
        return fuzz_order(a, b) == 0;

    case JOSE_JSON_STRING:
        return fuzz_same_bytes(a, b);

    case JOSE_JSON_OBJECT:
        return fuzz_same_members(a, b) && fuzz_same_members(b, a);

    case JOSE_JSON_ARRAY:
        left = fuzz_elements(a);
        right = fuzz_elements(b);
        same = left.n == right.n;

        for (i = 0; same && i < left.n; i++) {
            same = fuzz_same(&left.values[i], &right.values[i]);
        }

        free(left.values);
        free(right.values);

        return same;

    case JOSE_JSON_NULL:
    case JOSE_JSON_FALSE:
    case JOSE_JSON_TRUE:
        return true;
    }

    return false;
}


/* whether b has the members of a */

static bool
fuzz_same_members(const jose_json_value_t *a, const jose_json_value_t *b)
{
    bool                  found;
    jose_json_value_t     name, value, other_name, other;
    jose_json_iterator_t  it, others;

    jose_json_iterate(&it, a);

    while (jose_json_next(&it, &name, &value)) {
        found = false;
        jose_json_iterate(&others, b);

        while (!found && jose_json_next(&others, &other_name, &other)) {
            found = fuzz_same_bytes(&name, &other_name)
                    && fuzz_same(&value, &other);
        }

        if (!found) {
            return false;
        }
    }

    return true;
}


/* NOLINTEND(misc-no-recursion) */


static bool
fuzz_same_bytes(const jose_json_value_t *a, const jose_json_value_t *b)
{
    bool      same;
    size_t    n;
    uint8_t  *left, *right;

    left = malloc(a->text.len + 1);
    right = malloc(b->text.len + 1);
    fuzz_assert(left != NULL && right != NULL);

    n = jose_json_string_decode(a, left);

    same = n == jose_json_string_decode(b, right)
           && memcmp(left, right, n) == 0;

    free(left);
    free(right);

    return same;
}


/* strtod() rounds, but turns no order around */

static int
fuzz_order(const jose_json_value_t *a, const jose_json_value_t *b)
{
    int     order;
    double  left, right;

    order = decimal_compare(decimal_of_value(a), decimal_of_value(b));

    left = fuzz_double(a);
    right = fuzz_double(b);

    fuzz_assert(!(left < right) || order < 0);
    fuzz_assert(!(left > right) || order > 0);

    return order;
}


static double
fuzz_double(const jose_json_value_t *value)
{
    char    *text, *end;
    double   number;

    text = malloc(value->text.len + 1);
    fuzz_assert(text != NULL);

    memcpy(text, value->text.data, value->text.len);
    text[value->text.len] = '\0';

    number = strtod(text, &end);
    fuzz_assert(*end == '\0');

    free(text);

    return number;
}


static bool
fuzz_any(const jose_json_value_t *left, const jose_json_value_t *right)
{
    bool          any;
    size_t        i, k;
    fuzz_parts_t  a, b;

    a = fuzz_parts(left);
    b = fuzz_parts(right);
    any = false;

    for (i = 0; i < a.n; i++) {
        for (k = 0; k < b.n; k++) {
            any = any || fuzz_same(&a.values[i], &b.values[k]);
        }
    }

    free(a.values);
    free(b.values);

    return any;
}


static fuzz_parts_t
fuzz_parts(const jose_json_value_t *value)
{
    fuzz_parts_t  parts;

    switch (value->type) {

    case JOSE_JSON_ARRAY:
        return fuzz_elements(value);

    case JOSE_JSON_STRING:
        return fuzz_words(value);

    default:
        parts.n = 1;
        parts.values = malloc(sizeof(jose_json_value_t));
        fuzz_assert(parts.values != NULL);
        parts.values[0] = *value;

        return parts;
    }
}


/* still with their escapes: each one is passed over as a whole */

static fuzz_parts_t
fuzz_words(const jose_json_value_t *value)
{
    size_t               i, n, start, len;
    bool                 space;
    fuzz_parts_t         parts;
    const uint8_t       *p;
    jose_json_value_t    character;
    uint8_t              out[4];

    parts.n = 0;
    parts.values = malloc((value->text.len + 1) * sizeof(jose_json_value_t));
    fuzz_assert(parts.values != NULL);

    p = value->text.data;
    len = value->text.len;

    for (i = 0, start = 0; i <= len; i += n) {
        n = 1;
        space = i == len;

        if (!space && p[i] == '\\') {
            n = p[i + 1] != 'u' ? 2
                : (p[i + 2] | 0x20) == 'd' && p[i + 3] >= '8' ? 12 : 6;
        }

        if (!space && (p[i] & 0x80) == 0) {
            character.type = JOSE_JSON_STRING;
            character.text.data = p + i;
            character.text.len = n;

            space = n < 12
                    && jose_json_string_decode(&character, out) == 1
                    && out[0] == ' ';
        }

        if (!space) {
            continue;
        }

        if (i > start) {
            parts.values[parts.n].type = JOSE_JSON_STRING;
            parts.values[parts.n].text.data = p + start;
            parts.values[parts.n].text.len = i - start;
            parts.n++;
        }

        start = i + n;
    }

    return parts;
}


static fuzz_parts_t
fuzz_elements(const jose_json_value_t *container)
{
    fuzz_parts_t          parts;
    jose_json_value_t     value;
    jose_json_iterator_t  it;

    parts.n = 0;
    parts.values = malloc((container->text.len + 1)
                          * sizeof(jose_json_value_t));
    fuzz_assert(parts.values != NULL);

    jose_json_iterate(&it, container);

    while (jose_json_next(&it, NULL, &value)) {
        parts.values[parts.n++] = value;
    }

    return parts;
}
