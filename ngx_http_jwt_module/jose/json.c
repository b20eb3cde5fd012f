
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_scan.h"
#include "json_string.h"


typedef struct {
    uint64_t             seen;      /* one bit for the hash of each name */
    jose_json_member_t  *first;     /* in the stack of names */
    jose_json_member_t  *member;    /* whose value is being read */
    uint8_t              close;
    bool                 empty;
} jose_json_level_t;


/*
 * The last byte is a closing brace.  Every scan stops there at the latest,
 * so that none of them asks for the end of the text.
 */
typedef struct {
    const uint8_t       *start;
    const uint8_t       *pos;
    const uint8_t       *last;
    jose_json_member_t  *top;       /* where the next name goes, */
    jose_json_member_t  *end;       /* and where there is no more room */
    jose_json_member_t   element;   /* stands for a name in arrays */
    size_t               depth;
    size_t               collisions;
    jose_json_level_t    levels[JOSE_JSON_DEPTH_MAX];
} jose_json_parser_t;


static bool jose_json_bounds(jose_json_parser_t *jp, jose_bytes_t text);
static bool jose_json_document(jose_json_parser_t *jp);
static bool jose_json_open(jose_json_parser_t *jp, uint8_t close);
static bool jose_json_close(jose_json_parser_t *jp);
static bool jose_json_name(jose_json_parser_t *jp);
static bool jose_json_name_slice(jose_json_parser_t *jp,
    jose_json_member_t *member);
static bool jose_json_name_unique(jose_json_parser_t *jp,
    jose_json_level_t *level, const jose_json_member_t *member);
static bool jose_json_value(jose_json_parser_t *jp);
static bool jose_json_string(jose_json_parser_t *jp);
static size_t jose_json_utf8(const uint8_t *p);
static bool jose_json_number(jose_json_parser_t *jp);
static bool jose_json_digits(jose_json_parser_t *jp);
static bool jose_json_literal(jose_json_parser_t *jp, jose_bytes_t literal);
static uint8_t jose_json_blanks(jose_json_parser_t *jp);
static bool jose_json_separator(jose_json_parser_t *jp, uint8_t c);


static const jose_bytes_t  jose_json_true = jose_bytes("true");
static const jose_bytes_t  jose_json_false = jose_bytes("false");
static const jose_bytes_t  jose_json_null = jose_bytes("null");


jose_status_t
jose_json_parse(jose_bytes_t text, jose_json_member_t *members,
    jose_json_object_t *object)
{
    jose_json_parser_t  jp;

    if (!jose_json_bounds(&jp, text)) {
        return JOSE_MALFORMED;
    }

    jp.top = members;
    jp.end = members + JOSE_JSON_MEMBERS_MAX;
    jp.depth = 0;
    jp.collisions = 0;

    if (!jose_json_document(&jp)) {
        return JOSE_MALFORMED;
    }

    object->text = text;
    object->members = members;
    object->n = (size_t) (jp.top - members);

    return JOSE_OK;
}


static bool
jose_json_bounds(jose_json_parser_t *jp, jose_bytes_t text)
{
    if (text.len > JOSE_TOKEN_MAX) {
        return false;
    }

    while (text.len > 0 && jose_json_blank(text.data[text.len - 1])) {
        text.len--;
    }

    if (text.len == 0 || text.data[text.len - 1] != '}') {
        return false;
    }

    jp->start = text.data;
    jp->pos = text.data;
    jp->last = text.data + text.len - 1;

    return true;
}


static bool
jose_json_document(jose_json_parser_t *jp)
{
    jose_json_level_t  *level;

    if (jose_json_blanks(jp) != '{' || !jose_json_open(jp, '}')) {
        return false;
    }

    do {
        level = &jp->levels[jp->depth - 1];

        if (jose_json_blanks(jp) == level->close) {
            if (!jose_json_close(jp)) {
                return false;
            }

            continue;
        }

        if (!level->empty && !jose_json_separator(jp, ',')) {
            return false;
        }

        level->empty = false;

        if (level->close == '}' && !jose_json_name(jp)) {
            return false;
        }

        if (!jose_json_value(jp)) {
            return false;
        }

    } while (jp->depth > 0);

    return true;
}


static bool
jose_json_open(jose_json_parser_t *jp, uint8_t close)
{
    jose_json_level_t  *level;

    if (jp->depth == JOSE_JSON_DEPTH_MAX) {
        return false;
    }

    level = &jp->levels[jp->depth++];

    level->seen = 0;
    level->first = jp->top;
    level->member = &jp->element;
    level->close = close;
    level->empty = true;

    jp->pos++;

    return true;
}


static bool
jose_json_close(jose_json_parser_t *jp)
{
    jose_json_level_t   *level;
    jose_json_member_t  *member;

    if ((jp->depth == 1) != (jp->pos == jp->last)) {
        return false;
    }

    jp->pos++;
    jp->depth--;

    if (jp->depth == 0) {
        return true;
    }

    level = &jp->levels[jp->depth];
    jp->top = level->first;

    member = level[-1].member;
    member->value_len = (uint32_t) (jp->pos - jp->start) - member->value;

    return true;
}


static bool
jose_json_name(jose_json_parser_t *jp)
{
    jose_json_level_t   *level;
    jose_json_member_t  *member;

    if (*jp->pos != '"' || jp->top == jp->end) {
        return false;
    }

    level = &jp->levels[jp->depth - 1];
    member = jp->top;

    if (!jose_json_name_slice(jp, member)
        || !jose_json_name_unique(jp, level, member))
    {
        return false;
    }

    level->member = member;
    jp->top++;

    jose_json_blanks(jp);

    return jose_json_separator(jp, ':');
}


static bool
jose_json_name_slice(jose_json_parser_t *jp, jose_json_member_t *member)
{
    bool            plain;
    uint32_t        hash;
    jose_bytes_t    name;
    const uint8_t  *p;

    name.data = jp->pos + 1;
    hash = JOSE_JSON_HASH;

    for (p = name.data; !jose_json_special[*p]; p++) {
        hash = jose_json_hash(hash, *p);
    }

    jp->pos = p;
    plain = (*p == '"');

    if (!plain && !jose_json_string(jp)) {
        return false;
    }

    name.len = (size_t) (jp->pos - name.data);

    if (!plain && !jose_json_name_hash(name, &hash)) {
        return false;
    }

    member->name = (uint32_t) (name.data - jp->start);
    member->name_len = (uint32_t) name.len;
    member->hash = hash;

    jp->pos++;

    return true;
}


static bool
jose_json_name_unique(jose_json_parser_t *jp, jose_json_level_t *level,
    const jose_json_member_t *member)
{
    uint64_t                   bit;
    jose_bytes_t               name, used;
    const jose_json_member_t  *m;

    bit = (uint64_t) 1 << (member->hash >> 26);

    if ((level->seen & bit) == 0) {
        level->seen |= bit;
        return true;
    }

    name.data = jp->start + member->name;
    name.len = member->name_len;

    for (m = level->first; m < member; m++) {

        if (m->hash != member->hash) {
            continue;
        }

        used.data = jp->start + m->name;
        used.len = m->name_len;

        if (jose_json_name_equal(used, name)
            || jp->collisions++ == JOSE_JSON_COLLISIONS_MAX)
        {
            return false;
        }
    }

    return true;
}


static bool
jose_json_value(jose_json_parser_t *jp)
{
    bool                 valid;
    jose_json_member_t  *member;

    member = jp->levels[jp->depth - 1].member;
    member->value = (uint32_t) (jp->pos - jp->start);

    switch (*jp->pos) {

    case '{':
        member->type = JOSE_JSON_OBJECT;
        return jose_json_open(jp, '}');

    case '[':
        member->type = JOSE_JSON_ARRAY;
        return jose_json_open(jp, ']');

    case '"':
        member->type = JOSE_JSON_STRING;
        member->value++;
        jp->pos++;
        valid = jose_json_string(jp);
        break;

    case 't':
        member->type = JOSE_JSON_TRUE;
        valid = jose_json_literal(jp, jose_json_true);
        break;

    case 'f':
        member->type = JOSE_JSON_FALSE;
        valid = jose_json_literal(jp, jose_json_false);
        break;

    case 'n':
        member->type = JOSE_JSON_NULL;
        valid = jose_json_literal(jp, jose_json_null);
        break;

    default:
        member->type = JOSE_JSON_NUMBER;
        valid = jose_json_number(jp);
        break;
    }

    member->value_len = (uint32_t) (jp->pos - jp->start) - member->value;

    if (member->type == JOSE_JSON_STRING) {
        jp->pos++;
    }

    return valid;
}


/* Leaves pos at the closing quote. */

static bool
jose_json_string(jose_json_parser_t *jp)
{
    size_t          n;
    uint32_t        c;
    const uint8_t  *p;

    p = jp->pos;

    for ( ;; ) {

        p = jose_json_scan(p, jp->last);

        if (*p == '"') {
            jp->pos = p;
            return true;
        }

        if (*p == '\\') {
            n = jose_json_escape(p, &c);

        } else if (*p >= 0x80) {
            n = jose_json_utf8(p);

        } else {
            n = (*p == '}' && p != jp->last) ? 1 : 0;
        }

        if (n == 0) {
            return false;
        }

        p += n;
    }
}


/* The length of the character at p (RFC 3629, 4); 0: it is not valid. */

static size_t
jose_json_utf8(const uint8_t *p)
{
    size_t   i, n;
    uint8_t  low, high;

    if (p[0] < 0xc2 || p[0] > 0xf4) {
        return 0;
    }

    n = (p[0] < 0xe0) ? 2 : (p[0] < 0xf0) ? 3 : 4;

    low = (p[0] == 0xe0) ? 0xa0 : (p[0] == 0xf0) ? 0x90 : 0x80;
    high = (p[0] == 0xed) ? 0x9f : (p[0] == 0xf4) ? 0x8f : 0xbf;

    if (p[1] < low || p[1] > high) {
        return 0;
    }

    for (i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    return n;
}


static bool
jose_json_number(jose_json_parser_t *jp)
{
    const uint8_t  *start, *fraction, *exponent;

    start = jp->pos;

    if (*jp->pos == '-') {
        jp->pos++;
    }

    if (*jp->pos == '0') {
        jp->pos++;

    } else if (!jose_json_digits(jp)) {
        return false;
    }

    fraction = jp->pos;

    if (*jp->pos == '.') {
        jp->pos++;

        if (!jose_json_digits(jp)) {
            return false;
        }
    }

    exponent = jp->pos;

    if (*jp->pos == 'e' || *jp->pos == 'E') {
        jp->pos++;

        if (*jp->pos == '-' || *jp->pos == '+') {
            jp->pos++;
        }

        if (!jose_json_digits(jp)) {
            return false;
        }
    }

    if (jp->pos == fraction) {
        return true;
    }

    /*
     * A number of 200 characters whose exponent is "e99" is no 10^308.
     * strtod() finds an end though the text has no NUL: what follows a
     * number, the last brace if nothing else, belongs to no number.
     */

    if (jp->pos - start <= 200 && jp->pos - exponent <= 3) {
        return true;
    }

    return isfinite(strtod((const char *) start, NULL));
}


static bool
jose_json_digits(jose_json_parser_t *jp)
{
    const uint8_t  *p;

    for (p = jp->pos; *p >= '0' && *p <= '9'; p++) { /* void */ }

    if (p == jp->pos) {
        return false;
    }

    jp->pos = p;

    return true;
}


static bool
jose_json_literal(jose_json_parser_t *jp, jose_bytes_t literal)
{
    if ((size_t) (jp->last - jp->pos) < literal.len
        || memcmp(jp->pos, literal.data, literal.len) != 0)
    {
        return false;
    }

    jp->pos += literal.len;

    return true;
}


/* Leaves pos at the first byte that is no blank, and returns it. */

static uint8_t
jose_json_blanks(jose_json_parser_t *jp)
{
    while (jose_json_blank(*jp->pos)) {
        jp->pos++;
    }

    return *jp->pos;
}


static bool
jose_json_separator(jose_json_parser_t *jp, uint8_t c)
{
    if (*jp->pos != c) {
        return false;
    }

    jp->pos++;
    jose_json_blanks(jp);

    return true;
}
