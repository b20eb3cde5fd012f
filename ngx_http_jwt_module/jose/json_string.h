
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Strings of a JSON text, as their readers see them.
 */


#ifndef JOSE_JSON_STRING_H_INCLUDED
#define JOSE_JSON_STRING_H_INCLUDED


#include "jose.h"


/* FNV-1a: of no bytes, and of one byte more. */
#define JOSE_JSON_HASH            2166136261u
#define jose_json_hash(hash, c)   (((hash) ^ (c)) * 16777619u)


static inline bool
jose_json_blank(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}


JOSE_HIDDEN_BEGIN

/*
 * Reads the escape whose backslash p points at, sets *c to its character and
 * returns its length.  0: it is no escape of RFC 8259, 7, or only one half of
 * a surrogate pair.  No byte is read after the first wrong one.
 */
size_t jose_json_escape(const uint8_t *p, uint32_t *c);

/* The hash of bytes as they are. */
uint32_t jose_json_bytes_hash(jose_bytes_t bytes);

/*
 * Sets *hash to that of a valid name with its escapes resolved.  false: the
 * name has the character U+0000.
 */
bool jose_json_name_hash(jose_bytes_t name, uint32_t *hash);

/* Whether two valid names are one, escapes resolved. */
bool jose_json_name_equal(jose_bytes_t a, jose_bytes_t b);

JOSE_HIDDEN_END


#endif /* JOSE_JSON_STRING_H_INCLUDED */
