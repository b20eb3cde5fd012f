
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "compared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* A text of one value, parsed; to be freed. */
typedef struct {
    char               *text;
    jose_json_value_t   value;
} parsed_t;


static void parse(parsed_t *parsed, const char *text);


bool
compared(const char *left, jose_compare_t op, const char *right)
{
    bool      result;
    parsed_t  a, b;

    parse(&a, left);
    parse(&b, right);

    result = jose_compare(op, &a.value, &b.value);

    free(a.text);
    free(b.text);

    return result;
}


/* In memory of its own, where a sanitizer sees what is read beyond it. */

static void
parse(parsed_t *parsed, const char *text)
{
    size_t                     len;
    jose_bytes_t               whole;
    jose_json_object_t         object;
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];
    static const jose_bytes_t  name = jose_bytes("v");

    len = strlen("{\"v\":}") + strlen(text);

    parsed->text = malloc(len + 1);

    if (parsed->text == NULL) {
        abort();
    }

    (void) sprintf(parsed->text, "{\"v\":%s}", text);

    whole.data = (const uint8_t *) parsed->text;
    whole.len = len;

    if (jose_json_parse(whole, members, &object) != JOSE_OK
        || !jose_json_get(&object, name, &parsed->value))
    {
        printf("%s is no JSON\n", text);
        abort();
    }
}


const char *
compared_name(jose_compare_t op)
{
    static const char  *const names[] = {
        "eq", "ne", "gt", "ge", "lt", "le", "in", "nin", "any", "nany"
    };

    return names[op];
}
