
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What jansson thinks of a text, for t/unit/json_corpus.c and t/fuzz/json.c.
 */


#ifndef JSON_ORACLE_H_INCLUDED
#define JSON_ORACLE_H_INCLUDED


#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "json.h"


typedef enum {
    ORACLE_REFUSES = 0,
    ORACLE_ACCEPTS,
    ORACLE_UNKNOWN      /* an integer that jansson cannot hold */
} oracle_t;


static inline json_t *oracle_load(const uint8_t *data, size_t len,
    oracle_t *verdict);
static inline bool oracle_in_limits(json_t *json, size_t depth, size_t members);
static inline bool oracle_same(json_t *json, const jose_json_value_t *value);
static inline bool oracle_same_number(json_t *json,
    const jose_json_value_t *value);
static inline bool oracle_same_string(json_t *json,
    const jose_json_value_t *value);
static inline bool oracle_same_array(json_t *json,
    const jose_json_value_t *value);
static inline bool oracle_same_object(json_t *json,
    const jose_json_value_t *value);
static inline bool oracle_same_members(json_t *json,
    const jose_json_object_t *object);
static inline bool oracle_same_compact(json_t *json,
    const jose_json_object_t *object);


/*
 * Holds jose_json_parse() against jansson: the verdict, each value, and the
 * text that jose_json_compact() makes of it.  data is copied into a block of
 * just its size, so that a sanitizer sees a read too far.
 */

static inline bool
oracle_agrees(const uint8_t *data, size_t len, bool *accepted)
{
    bool                       same;
    json_t                    *json;
    uint8_t                   *copy;
    oracle_t                   verdict;
    jose_bytes_t               text;
    jose_json_object_t         object;
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    copy = malloc(len);
    if (copy == NULL) {
        abort();
    }

    if (len > 0) {
        memcpy(copy, data, len);
    }

    text.data = copy;
    text.len = len;

    *accepted = (jose_json_parse(text, members, &object) == JOSE_OK);

    json = oracle_load(copy, len, &verdict);

    same = (verdict == ORACLE_UNKNOWN)
           || *accepted == (verdict == ORACLE_ACCEPTS);

    if (*accepted && json != NULL && same) {
        same = oracle_same_members(json, &object)
               && oracle_same_compact(json, &object);
    }

    json_decref(json);
    free(copy);

    return same;
}


static inline json_t *
oracle_load(const uint8_t *data, size_t len, oracle_t *verdict)
{
    size_t        flags;
    json_t       *json;
    json_error_t  error;

    /* jansson 2.14 loses a NUL that ends a number or a literal: "[1\0]" */

    if (len > 0 && memchr(data, '\0', len) != NULL) {
        *verdict = ORACLE_REFUSES;
        return NULL;
    }

    flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;

    json = json_loadb((const char *) data, len, flags, &error);

    if (json == NULL && json_error_code(&error) == json_error_numeric_overflow
        && strncmp(error.text, "too big", sizeof("too big") - 1) == 0)
    {
        json = json_loadb((const char *) data, len,
                          flags | JSON_DECODE_INT_AS_REAL, &error);

        if (json == NULL
            && json_error_code(&error) == json_error_numeric_overflow)
        {
            *verdict = ORACLE_UNKNOWN;
            return NULL;
        }
    }

    *verdict = (json_is_object(json) && len <= JOSE_TOKEN_MAX
                && oracle_in_limits(json, 1, 0))
               ? ORACLE_ACCEPTS : ORACLE_REFUSES;

    return json;
}


static inline bool
oracle_in_limits(json_t *json, size_t depth, size_t members)
{
    size_t       i;
    json_t      *element;
    const char  *name;

    if (!json_is_object(json) && !json_is_array(json)) {
        return true;
    }

    if (depth > JOSE_JSON_DEPTH_MAX) {
        return false;
    }

    json_array_foreach(json, i, element) {
        if (!oracle_in_limits(element, depth + 1, members)) {
            return false;
        }
    }

    json_object_foreach(json, name, element) {
        if (++members > JOSE_JSON_MEMBERS_MAX
            || !oracle_in_limits(element, depth + 1, members))
        {
            return false;
        }
    }

    return true;
}


static inline bool
oracle_same(json_t *json, const jose_json_value_t *value)
{
    switch (json_typeof(json)) {

    case JSON_OBJECT:
        return oracle_same_object(json, value);

    case JSON_ARRAY:
        return oracle_same_array(json, value);

    case JSON_STRING:
        return oracle_same_string(json, value);

    case JSON_INTEGER:
    case JSON_REAL:
        return oracle_same_number(json, value);

    case JSON_TRUE:
        return value->type == JOSE_JSON_TRUE && value->text.len == 4;

    case JSON_FALSE:
        return value->type == JOSE_JSON_FALSE && value->text.len == 5;

    case JSON_NULL:
        return value->type == JOSE_JSON_NULL && value->text.len == 4;
    }

    return false;
}


static inline bool
oracle_same_number(json_t *json, const jose_json_value_t *value)
{
    char    *text, *end;
    bool     same;
    double   difference;

    text = malloc(value->text.len + 1);
    if (text == NULL) {
        abort();
    }

    memcpy(text, value->text.data, value->text.len);
    text[value->text.len] = '\0';

    if (json_is_integer(json)) {
        same = strtoll(text, &end, 10) == json_integer_value(json);

    } else {
        difference = strtod(text, &end) - json_real_value(json);
        same = difference >= 0 && difference <= 0;
    }

    same = same && value->type == JOSE_JSON_NUMBER
           && end == text + value->text.len;

    free(text);

    return same;
}


static inline bool
oracle_same_string(json_t *json, const jose_json_value_t *value)
{
    bool          same;
    uint8_t      *out;
    size_t        len;
    jose_bytes_t  bytes;

    bytes.data = (const uint8_t *) json_string_value(json);
    bytes.len = json_string_length(json);

    out = malloc(value->text.len + 1);
    if (out == NULL) {
        abort();
    }

    /* the byte after the room that was promised */
    out[value->text.len] = 0xa5;

    len = jose_json_string_decode(value, out);

    same = value->type == JOSE_JSON_STRING
           && len == bytes.len
           && memcmp(out, bytes.data, len) == 0
           && out[value->text.len] == 0xa5
           && jose_json_string_equal(value, bytes);

    bytes.len++;
    same = same && !jose_json_string_equal(value, bytes);

    if (len > 0) {
        bytes.len = len - 1;
        same = same && !jose_json_string_equal(value, bytes);

        out[len - 1] ^= 1;
        bytes.data = out;
        bytes.len = len;
        same = same && !jose_json_string_equal(value, bytes);
    }

    free(out);

    return same;
}


static inline bool
oracle_same_array(json_t *json, const jose_json_value_t *value)
{
    size_t                i;
    jose_json_value_t     element;
    jose_json_iterator_t  it;

    if (value->type != JOSE_JSON_ARRAY) {
        return false;
    }

    jose_json_iterate(&it, value);

    for (i = 0; jose_json_next(&it, NULL, &element); i++) {
        if (i == json_array_size(json)
            || !oracle_same(json_array_get(json, i), &element))
        {
            return false;
        }
    }

    return i == json_array_size(json) && !jose_json_next(&it, NULL, &element);
}


static inline bool
oracle_same_object(json_t *json, const jose_json_value_t *value)
{
    size_t                n;
    json_t               *expected, *key;
    const char           *text;
    jose_bytes_t          bytes;
    jose_json_value_t     name, member, again;
    jose_json_iterator_t  it;

    if (value->type != JOSE_JSON_OBJECT) {
        return false;
    }

    n = 0;
    jose_json_iterate(&it, value);

    /* both keep the order of the text */

    json_object_foreach(json, text, expected) {
        bytes.data = (const uint8_t *) text;
        bytes.len = strlen(text);

        if (!jose_json_next(&it, &name, &member)
            || !oracle_same(expected, &member)
            || !jose_json_member(value, bytes, &again)
            || again.text.data != member.text.data
            || again.text.len != member.text.len
            || again.type != member.type)
        {
            return false;
        }

        key = json_stringn(text, bytes.len);

        if (!oracle_same_string(key, &name)) {
            json_decref(key);
            return false;
        }

        json_decref(key);
        n++;
    }

    return n == json_object_size(json) && !jose_json_next(&it, &name, &member);
}


static inline bool
oracle_same_members(json_t *json, const jose_json_object_t *object)
{
    json_t             *expected;
    const char         *text;
    jose_bytes_t        name;
    jose_json_value_t   value;

    json_object_foreach(json, text, expected) {
        name.data = (const uint8_t *) text;
        name.len = strlen(text);

        if (!jose_json_get(object, name, &value)
            || !oracle_same(expected, &value))
        {
            return false;
        }
    }

    value.text = object->text;
    value.type = JOSE_JSON_OBJECT;

    return object->n == json_object_size(json)
           && oracle_same_object(json, &value);
}


static inline bool
oracle_same_compact(json_t *json, const jose_json_object_t *object)
{
    bool                       same;
    uint8_t                   *first, *second;
    jose_bytes_t               text;
    jose_json_value_t          value;
    jose_json_object_t         again;
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    value.text = object->text;
    value.type = JOSE_JSON_OBJECT;

    first = malloc(value.text.len + 2);
    second = malloc(value.text.len + 2);
    if (first == NULL || second == NULL) {
        abort();
    }

    text.data = first;
    text.len = jose_json_compact(&value, first);

    same = jose_json_parse(text, members, &again) == JOSE_OK
           && oracle_same_members(json, &again);

    value.text = text;

    same = same && jose_json_compact(&value, second) == text.len
           && memcmp(first, second, text.len) == 0;

    free(first);
    free(second);

    return same;
}


#endif /* JSON_ORACLE_H_INCLUDED */
