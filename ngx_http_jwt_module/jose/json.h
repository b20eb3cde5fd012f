
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The reader of tokens: one strict pass over a JSON text (RFC 8259) that
 * allocates nothing, converts nothing and leaves slices of the text.
 */


#ifndef JOSE_JSON_H_INCLUDED
#define JOSE_JSON_H_INCLUDED


#include "jose.h"


/* Objects and arrays inside of each other, the outermost one included. */
#define JOSE_JSON_DEPTH_MAX       64

/*
 * Members that are open at one time: those of an object so far together with
 * those so far of the objects around it; a text that needs more is refused.
 */
#define JOSE_JSON_MEMBERS_MAX     512

/*
 * Pairs of different names whose hashes are the same; a text with more is
 * refused.  512 honest names have none, a text made to be slow has many.
 */
#define JOSE_JSON_COLLISIONS_MAX  64


typedef enum {
    JOSE_JSON_NULL = 0,
    JOSE_JSON_FALSE,
    JOSE_JSON_TRUE,
    JOSE_JSON_NUMBER,
    JOSE_JSON_STRING,
    JOSE_JSON_ARRAY,
    JOSE_JSON_OBJECT
} jose_json_type_t;


/*
 * A value is a slice of a text that jose_json_parse() accepted.  Of a string
 * it is what stands between the quotes, escapes as written; of all the rest
 * it is the whole value, from its first to its last byte.
 */
typedef struct {
    jose_bytes_t      text;
    jose_json_type_t  type;
} jose_json_value_t;


/*
 * A member of the outermost object: offsets into the text, so that text and
 * members may be moved together.
 */
typedef struct {
    uint32_t  name;
    uint32_t  name_len;
    uint32_t  value;
    uint32_t  value_len;
    uint32_t  hash;         /* of the name with its escapes resolved */
    uint8_t   type;         /* jose_json_type_t */
} jose_json_member_t;


typedef struct {
    jose_bytes_t               text;
    const jose_json_member_t  *members;
    size_t                     n;
} jose_json_object_t;


/*
 * Walks the elements of an array or the members of an object.
 */
typedef struct {
    const uint8_t  *pos;
    const uint8_t  *end;
    bool            named;
} jose_json_iterator_t;


JOSE_HIDDEN_BEGIN

/*
 * Reads text, which must be one JSON object with nothing but blanks around
 * it.  members is work space for JOSE_JSON_MEMBERS_MAX entries; its first
 * object->n are the members of the outermost object afterwards.  object
 * borrows both text and members; its text is a value of its own, whatever
 * blanks are around it: { object->text, JOSE_JSON_OBJECT }.
 *
 * JOSE_OK: the whole text is valid.  JOSE_MALFORMED: it is not JSON, not an
 * object, not UTF-8, has a member twice at any depth (RFC 7515, 4 and RFC
 * 7519, 4), an unpaired surrogate, the character U+0000 in a name, a
 * real number out of the range of a double, or is over one of the limits
 * above or over JOSE_TOKEN_MAX bytes.
 */
jose_status_t jose_json_parse(jose_bytes_t text, jose_json_member_t *members,
    jose_json_object_t *object);

/*
 * Finds the member of that name (plain bytes, escapes in the text are
 * resolved for the comparison).  false: there is none, value is not set.
 */
bool jose_json_get(const jose_json_object_t *object, jose_bytes_t name,
    jose_json_value_t *value);

/*
 * The same one level down: the member of an object value.  false: there is
 * none, or the value is not an object.
 */
bool jose_json_member(const jose_json_value_t *object, jose_bytes_t name,
    jose_json_value_t *value);

/*
 * jose_json_iterate() begins a walk; an iterator over anything but an array
 * or an object yields nothing.  jose_json_next() sets *value, and *name where
 * an object is walked and name is not NULL.  false: there is no further one.
 */
void jose_json_iterate(jose_json_iterator_t *it,
    const jose_json_value_t *container);
bool jose_json_next(jose_json_iterator_t *it, jose_json_value_t *name,
    jose_json_value_t *value);

/* Whether value is a string of just these bytes, escapes resolved. */
bool jose_json_string_equal(const jose_json_value_t *value,
    jose_bytes_t bytes);

/*
 * Writes the UTF-8 bytes of a string value to out, which has room for
 * value->text.len bytes and may not overlap it; returns how many.
 */
size_t jose_json_string_decode(const jose_json_value_t *value, uint8_t *out);

/*
 * The same where out has room for size bytes, and sets *len.  false: there are
 * more of them.
 */
bool jose_json_string_copy(const jose_json_value_t *value, uint8_t *out,
    size_t size, size_t *len);

/*
 * Writes any value as JSON without blanks between its parts to out; strings
 * and numbers stay as written, a string value gets its quotes again.  out has
 * room for value->text.len + 2 bytes; returns how many were written.
 */
size_t jose_json_compact(const jose_json_value_t *value, uint8_t *out);

JOSE_HIDDEN_END


#endif /* JOSE_JSON_H_INCLUDED */
