
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "path.h"

#include <string.h>


/* more than any array of a token has */
#define JOSE_PATH_INDEX_MAX  JOSE_TOKEN_MAX


static const uint8_t *jose_path_name(jose_path_step_t *step,
    const uint8_t *p, const uint8_t *end);
static const uint8_t *jose_path_index(jose_path_step_t *step,
    const uint8_t *p, const uint8_t *end);
static bool jose_path_step(const jose_path_step_t *step,
    const jose_json_value_t *container, jose_json_value_t *value);


bool
jose_path_read(jose_path_t *path, jose_bytes_t text)
{
    const uint8_t     *p, *end;
    jose_path_step_t  *step;

    path->n = 0;

    if (text.len == 0) {
        return false;
    }

    if (text.data[0] != '.') {
        path->steps[0].name = text;
        path->n = 1;

        return true;
    }

    p = text.data;
    end = p + text.len;

    while (p < end) {

        if (path->n == JOSE_PATH_STEPS_MAX) {
            return false;
        }

        step = &path->steps[path->n++];

        if (*p == '.') {
            p = jose_path_name(step, p + 1, end);

        } else if (*p == '[') {
            p = jose_path_index(step, p + 1, end);

        } else {
            return false;
        }

        if (p == NULL) {
            return false;
        }
    }

    return true;
}


/* NULL: there is no name */

static const uint8_t *
jose_path_name(jose_path_step_t *step, const uint8_t *p, const uint8_t *end)
{
    const uint8_t  *start;

    start = p;

    if (p < end && *p == '"') {
        start++;

        p = memchr(start, '"', (size_t) (end - start));
        if (p == NULL) {
            return NULL;
        }

        step->name.data = start;
        step->name.len = (size_t) (p - start);

        return p + 1;
    }

    while (p < end && *p != '.' && *p != '[' && *p != ']') {
        p++;
    }

    step->name.data = start;
    step->name.len = (size_t) (p - start);

    return step->name.len ? p : NULL;
}


/* NULL: there is no index */

static const uint8_t *
jose_path_index(jose_path_step_t *step, const uint8_t *p, const uint8_t *end)
{
    const uint8_t  *start;

    start = p;

    step->name.data = NULL;
    step->name.len = 0;
    step->index = 0;

    while (p < end && *p >= '0' && *p <= '9') {
        step->index = step->index * 10 + (size_t) (*p++ - '0');

        if (step->index > JOSE_PATH_INDEX_MAX) {
            return NULL;
        }
    }

    return (p > start && p < end && *p == ']') ? p + 1 : NULL;
}


bool
jose_path_find(const jose_path_t *path, const jose_json_object_t *object,
    jose_json_value_t *value)
{
    size_t             i;
    jose_json_value_t  found, inner;

    /* the outermost object has an index of its own, and no elements */

    if (path->steps[0].name.data == NULL
        || !jose_json_get(object, path->steps[0].name, &found))
    {
        return false;
    }

    for (i = 1; i < path->n; i++) {

        if (!jose_path_step(&path->steps[i], &found, &inner)) {
            return false;
        }

        found = inner;
    }

    *value = found;

    return true;
}


static bool
jose_path_step(const jose_path_step_t *step,
    const jose_json_value_t *container, jose_json_value_t *value)
{
    size_t                i;
    jose_json_iterator_t  it;

    if (step->name.data != NULL) {
        return jose_json_member(container, step->name, value);
    }

    if (container->type != JOSE_JSON_ARRAY) {
        return false;
    }

    jose_json_iterate(&it, container);

    for (i = 0; jose_json_next(&it, NULL, value); i++) {
        if (i == step->index) {
            return true;
        }
    }

    return false;
}
