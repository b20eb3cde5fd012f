
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * From a text in any format to the keys of a set.
 */


#ifndef JOSE_READING_H_INCLUDED
#define JOSE_READING_H_INCLUDED


#include "keys.h"


/* One text on its way to becoming a set. */
typedef struct {
    const jose_crypto_t       *crypto;
    const jose_keys_report_t  *report;
    jose_keys_t               *keys;
    size_t                     size;    /* room in keys->keys */
    size_t                     index;   /* of the next key in the text */
    bool                       verifying;   /* they are for signatures alone */
} jose_reading_t;


JOSE_HIDDEN_BEGIN

/*
 * Adds the keys of a text to reading->keys; those that cannot be used are
 * reported and left out.  JOSE_OK: all of it was read.  Else why it is no key
 * set, or JOSE_ERROR: no memory.
 */
jose_status_t jose_reading_text(jose_reading_t *reading,
    jose_keys_format_t format, jose_bytes_t text);

/*
 * The next key of the set: zeroed, and not counted before it is settled.
 * NULL: no memory.
 */
jose_key_t *jose_reading_new_key(jose_reading_t *reading);

/*
 * What came of that key: it is counted, or cleared and reported.  Returns
 * JOSE_OK, or JOSE_ERROR if that was its status.
 */
jose_status_t jose_reading_settle(jose_reading_t *reading, jose_key_t *key,
    jose_status_t status);

/* Reports a key that was not even begun. */
void jose_reading_skip(jose_reading_t *reading, jose_bytes_t kid,
    jose_status_t why);

JOSE_HIDDEN_END


#endif /* JOSE_READING_H_INCLUDED */
