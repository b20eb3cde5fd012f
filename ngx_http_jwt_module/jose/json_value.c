
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * All of this walks over text that jose_json_parse() accepted.
 */


#include <string.h>

#include "json.h"
#include "json_string.h"


static jose_json_type_t jose_json_type(uint8_t c);
static const uint8_t *jose_json_value_end(const uint8_t *p,
    const uint8_t *end);
static const uint8_t *jose_json_container_end(const uint8_t *p);
static const uint8_t *jose_json_string_end(const uint8_t *p);
static const uint8_t *jose_json_skip(const uint8_t *p, const uint8_t *end,
    uint8_t separator);


bool
jose_json_get(const jose_json_object_t *object, jose_bytes_t name,
    jose_json_value_t *value)
{
    size_t                     i;
    uint32_t                   hash;
    jose_json_value_t          found;
    const jose_json_member_t  *m;

    hash = jose_json_bytes_hash(name);

    for (i = 0; i < object->n; i++) {
        m = &object->members[i];

        if (m->hash != hash) {
            continue;
        }

        found.text.data = object->text.data + m->name;
        found.text.len = m->name_len;
        found.type = JOSE_JSON_STRING;

        if (!jose_json_string_equal(&found, name)) {
            continue;
        }

        value->text.data = object->text.data + m->value;
        value->text.len = m->value_len;
        value->type = (jose_json_type_t) m->type;

        return true;
    }

    return false;
}


bool
jose_json_member(const jose_json_value_t *object, jose_bytes_t name,
    jose_json_value_t *value)
{
    jose_json_value_t     found, member;
    jose_json_iterator_t  it;

    if (object->type != JOSE_JSON_OBJECT) {
        return false;
    }

    jose_json_iterate(&it, object);

    while (jose_json_next(&it, &found, &member)) {

        if (jose_json_string_equal(&found, name)) {
            *value = member;
            return true;
        }
    }

    return false;
}


void
jose_json_iterate(jose_json_iterator_t *it, const jose_json_value_t *container)
{
    it->pos = container->text.data;
    it->end = it->pos;
    it->named = (container->type == JOSE_JSON_OBJECT);

    if (!it->named && container->type != JOSE_JSON_ARRAY) {
        return;
    }

    /* blanks: the whole text of an object is a value as well */

    it->end += container->text.len;

    while (jose_json_blank(*it->pos)) {
        it->pos++;
    }

    while (jose_json_blank(it->end[-1])) {
        it->end--;
    }

    it->pos++;
    it->end--;
}


bool
jose_json_next(jose_json_iterator_t *it, jose_json_value_t *name,
    jose_json_value_t *value)
{
    const uint8_t  *p, *end;

    p = jose_json_skip(it->pos, it->end, ',');

    if (p == it->end) {
        it->pos = p;
        return false;
    }

    if (it->named) {
        end = jose_json_string_end(p + 1);

        if (name != NULL) {
            name->text.data = p + 1;
            name->text.len = (size_t) (end - p) - 1;
            name->type = JOSE_JSON_STRING;
        }

        p = jose_json_skip(end + 1, it->end, ':');
    }

    end = jose_json_value_end(p, it->end);
    it->pos = end;

    value->type = jose_json_type(*p);

    if (value->type == JOSE_JSON_STRING) {
        p++;
        end--;
    }

    value->text.data = p;
    value->text.len = (size_t) (end - p);

    return true;
}


size_t
jose_json_compact(const jose_json_value_t *value, uint8_t *out)
{
    uint8_t        *start;
    const uint8_t  *p, *end, *string;

    start = out;
    p = value->text.data;
    end = p + value->text.len;

    if (value->type == JOSE_JSON_STRING) {
        *out++ = '"';
        memcpy(out, p, value->text.len);
        out += value->text.len;
        *out++ = '"';

        return (size_t) (out - start);
    }

    while (p < end) {

        if (*p == '"') {
            string = p;
            p = jose_json_string_end(p + 1) + 1;

            memcpy(out, string, (size_t) (p - string));
            out += p - string;

            continue;
        }

        if (!jose_json_blank(*p)) {
            *out++ = *p;
        }

        p++;
    }

    return (size_t) (out - start);
}


static jose_json_type_t
jose_json_type(uint8_t c)
{
    switch (c) {

    case '{':
        return JOSE_JSON_OBJECT;

    case '[':
        return JOSE_JSON_ARRAY;

    case '"':
        return JOSE_JSON_STRING;

    case 't':
        return JOSE_JSON_TRUE;

    case 'f':
        return JOSE_JSON_FALSE;

    case 'n':
        return JOSE_JSON_NULL;
    }

    return JOSE_JSON_NUMBER;
}


/* The first byte after the value at p, which lies before end. */

static const uint8_t *
jose_json_value_end(const uint8_t *p, const uint8_t *end)
{
    if (*p == '"') {
        return jose_json_string_end(p + 1) + 1;
    }

    if (*p == '{' || *p == '[') {
        return jose_json_container_end(p);
    }

    while (p < end && *p != ',' && !jose_json_blank(*p)) {
        p++;
    }

    return p;
}


static const uint8_t *
jose_json_container_end(const uint8_t *p)
{
    size_t  depth;

    depth = 0;

    for ( ;; ) {

        switch (*p) {

        case '"':
            p = jose_json_string_end(p + 1);
            break;

        case '{':
        case '[':
            depth++;
            break;

        case '}':
        case ']':
            depth--;
            break;
        }

        p++;

        if (depth == 0) {
            return p;
        }
    }
}


/* The closing quote of the string whose first byte p points at. */

static const uint8_t *
jose_json_string_end(const uint8_t *p)
{
    while (*p != '"') {
        p += (*p == '\\') ? 2 : 1;
    }

    return p;
}


static const uint8_t *
jose_json_skip(const uint8_t *p, const uint8_t *end, uint8_t separator)
{
    while (p < end && (jose_json_blank(*p) || *p == separator)) {
        p++;
    }

    return p;
}
