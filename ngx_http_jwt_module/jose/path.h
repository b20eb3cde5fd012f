
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Where in the claims, or in the JOSE header, a value is.
 */


#ifndef JOSE_PATH_H_INCLUDED
#define JOSE_PATH_H_INCLUDED


#include "json.h"


/* The steps of the longest path. */
#define JOSE_PATH_STEPS_MAX  16


/* A name in an object, or, where name.data is NULL, an index of an array. */
typedef struct {
    jose_bytes_t       name;
    size_t             index;
} jose_path_step_t;


typedef struct {
    jose_path_step_t   steps[JOSE_PATH_STEPS_MAX];
    size_t             n;
} jose_path_t;


JOSE_HIDDEN_BEGIN

/*
 * Reads text, which stays borrowed: ".a.b[0]", names that hold dots or
 * brackets in double quotes (."a.b"), or, without the dot in front, one name
 * of the outermost object, dots and all.  false: it is none of these, or has
 * too many steps.
 */
bool jose_path_read(jose_path_t *path, jose_bytes_t text);

/* false: nothing is there, value is not set. */
bool jose_path_find(const jose_path_t *path,
    const jose_json_object_t *object, jose_json_value_t *value);

JOSE_HIDDEN_END


#endif /* JOSE_PATH_H_INCLUDED */
