
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "compare.h"
#include "json_string.h"
#include "number.h"

#include <string.h>


static bool jose_compare_order(jose_compare_t op,
    const jose_json_value_t *left, const jose_json_value_t *right);
static bool jose_compare_same(const jose_json_value_t *a,
    const jose_json_value_t *b);
static bool jose_compare_same_arrays(const jose_json_value_t *a,
    const jose_json_value_t *b);
static bool jose_compare_same_objects(const jose_json_value_t *a,
    const jose_json_value_t *b);
static bool jose_compare_find(const jose_json_value_t *object,
    const jose_json_value_t *name, jose_json_value_t *value);
static size_t jose_compare_count(const jose_json_value_t *container);
static bool jose_compare_in(const jose_json_value_t *left,
    const jose_json_value_t *right);
static bool jose_compare_any(const jose_json_value_t *left,
    const jose_json_value_t *right);
static bool jose_compare_any_word(const jose_json_value_t *left,
    const jose_json_value_t *right);
static bool jose_compare_next_word(jose_bytes_t *rest,
    jose_json_value_t *word);
static size_t jose_compare_space(const uint8_t *p, const uint8_t *end);


bool
jose_compare(jose_compare_t op, const jose_json_value_t *left,
    const jose_json_value_t *right)
{
    switch (op) {

    case JOSE_COMPARE_EQ:
        return jose_compare_same(left, right);

    case JOSE_COMPARE_NE:
        return !jose_compare_same(left, right);

    case JOSE_COMPARE_GT:
    case JOSE_COMPARE_GE:
    case JOSE_COMPARE_LT:
    case JOSE_COMPARE_LE:
        return jose_compare_order(op, left, right);

    case JOSE_COMPARE_IN:
        return jose_compare_in(left, right);

    case JOSE_COMPARE_NIN:
        return right->type == JOSE_JSON_ARRAY && !jose_compare_in(left, right);

    case JOSE_COMPARE_ANY:
        return jose_compare_any(left, right);

    case JOSE_COMPARE_NANY:
        return !jose_compare_any(left, right);
    }

    return false;
}


static bool
jose_compare_order(jose_compare_t op, const jose_json_value_t *left,
    const jose_json_value_t *right)
{
    int  order;

    if (left->type != JOSE_JSON_NUMBER || right->type != JOSE_JSON_NUMBER) {
        return false;
    }

    order = jose_number_compare(left, right);

    switch (op) {

    case JOSE_COMPARE_GT:
        return order > 0;

    case JOSE_COMPARE_GE:
        return order >= 0;

    case JOSE_COMPARE_LT:
        return order < 0;

    case JOSE_COMPARE_LE:
        return order <= 0;

    default:
        return false;
    }
}


/* each level of JSON calls the next one, and there are 64 at most */
/* NOLINTBEGIN(misc-no-recursion) */

static bool
jose_compare_same(const jose_json_value_t *a, const jose_json_value_t *b)
{
    if (a->type != b->type) {
        return false;
    }

    switch (a->type) {

    case JOSE_JSON_NULL:
    case JOSE_JSON_FALSE:
    case JOSE_JSON_TRUE:
        return true;

    case JOSE_JSON_NUMBER:
        return jose_number_compare(a, b) == 0;

    case JOSE_JSON_STRING:
        return jose_json_name_equal(a->text, b->text);

    case JOSE_JSON_ARRAY:
        return jose_compare_same_arrays(a, b);

    case JOSE_JSON_OBJECT:
        return jose_compare_same_objects(a, b);
    }

    return false;
}


static bool
jose_compare_same_arrays(const jose_json_value_t *a,
    const jose_json_value_t *b)
{
    jose_json_value_t     left, right;
    jose_json_iterator_t  it, other;

    if (jose_compare_count(a) != jose_compare_count(b)) {
        return false;
    }

    jose_json_iterate(&it, a);
    jose_json_iterate(&other, b);

    while (jose_json_next(&it, NULL, &left)
           && jose_json_next(&other, NULL, &right))
    {
        if (!jose_compare_same(&left, &right)) {
            return false;
        }
    }

    return true;
}


/* no member comes twice, so that as many as there are have to be found */

static bool
jose_compare_same_objects(const jose_json_value_t *a,
    const jose_json_value_t *b)
{
    jose_json_value_t     name, left, right;
    jose_json_iterator_t  it;

    if (jose_compare_count(a) != jose_compare_count(b)) {
        return false;
    }

    jose_json_iterate(&it, a);

    while (jose_json_next(&it, &name, &left)) {

        if (!jose_compare_find(b, &name, &right)
            || !jose_compare_same(&left, &right))
        {
            return false;
        }
    }

    return true;
}


/* NOLINTEND(misc-no-recursion) */


static bool
jose_compare_find(const jose_json_value_t *object,
    const jose_json_value_t *name, jose_json_value_t *value)
{
    jose_json_value_t     member;
    jose_json_iterator_t  it;

    jose_json_iterate(&it, object);

    while (jose_json_next(&it, &member, value)) {
        if (jose_json_name_equal(member.text, name->text)) {
            return true;
        }
    }

    return false;
}


static size_t
jose_compare_count(const jose_json_value_t *container)
{
    size_t                n;
    jose_json_value_t     value;
    jose_json_iterator_t  it;

    jose_json_iterate(&it, container);

    for (n = 0; jose_json_next(&it, NULL, &value); n++) { /* void */ }

    return n;
}


static bool
jose_compare_in(const jose_json_value_t *left, const jose_json_value_t *right)
{
    jose_json_value_t     element;
    jose_json_iterator_t  it;

    if (right->type != JOSE_JSON_ARRAY) {
        return false;
    }

    jose_json_iterate(&it, right);

    while (jose_json_next(&it, NULL, &element)) {
        if (jose_compare_same(left, &element)) {
            return true;
        }
    }

    return false;
}


/* takes left apart, and then right for each part of it */

static bool
jose_compare_any(const jose_json_value_t *left, const jose_json_value_t *right)
{
    jose_bytes_t          rest;
    jose_json_value_t     part;
    jose_json_iterator_t  it;

    if (left->type == JOSE_JSON_ARRAY) {
        jose_json_iterate(&it, left);

        while (jose_json_next(&it, NULL, &part)) {
            if (jose_compare_any_word(right, &part)) {
                return true;
            }
        }

        return false;
    }

    if (left->type != JOSE_JSON_STRING) {
        return jose_compare_any_word(right, left);
    }

    rest = left->text;

    while (jose_compare_next_word(&rest, &part)) {
        if (jose_compare_any_word(right, &part)) {
            return true;
        }
    }

    return false;
}


/* whether value is one of the parts of container */

static bool
jose_compare_any_word(const jose_json_value_t *container,
    const jose_json_value_t *value)
{
    jose_bytes_t       rest;
    jose_json_value_t  part;

    if (container->type == JOSE_JSON_ARRAY) {
        return jose_compare_in(value, container);
    }

    if (container->type != JOSE_JSON_STRING) {
        return jose_compare_same(value, container);
    }

    rest = container->text;

    while (jose_compare_next_word(&rest, &part)) {
        if (jose_compare_same(value, &part)) {
            return true;
        }
    }

    return false;
}


/* RFC 6749, 3.3: words with spaces between them */

static bool
jose_compare_next_word(jose_bytes_t *rest, jose_json_value_t *word)
{
    size_t          n;
    const uint8_t  *p, *end;

    p = rest->data;
    end = p + rest->len;

    for ( ;; ) {
        n = jose_compare_space(p, end);

        if (n == 0) {
            break;
        }

        p += n;
    }

    word->type = JOSE_JSON_STRING;
    word->text.data = p;

    while (p < end && jose_compare_space(p, end) == 0) {
        p += (*p == '\\') ? 2 : 1;
    }

    word->text.len = (size_t) (p - word->text.data);

    rest->data = p;
    rest->len = (size_t) (end - p);

    return word->text.len != 0;
}


/* the length of a space, which may be an escape; 0: there is none */

static size_t
jose_compare_space(const uint8_t *p, const uint8_t *end)
{
    static const char  escape[] = "\\u0020";

    if (p < end && *p == ' ') {
        return 1;
    }

    if ((size_t) (end - p) >= sizeof(escape) - 1
        && memcmp(p, escape, sizeof(escape) - 1) == 0)
    {
        return sizeof(escape) - 1;
    }

    return 0;
}
