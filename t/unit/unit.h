
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * A unit test is a main program: unit_check() as often as there is something
 * to check, "return unit_done(NAME)" at the end.
 */


#ifndef UNIT_H_INCLUDED
#define UNIT_H_INCLUDED


#include <stdio.h>
#include <stdarg.h>
#include <stdbool.h>


/*
 * unit_check(n == 3);
 * unit_check_for(n == 3, "alg %s, key %d", name, i);
 *
 * The second one also says for what it failed.
 */

#define unit_check(ok)                                                        \
    unit_check_at(ok, __FILE__, __LINE__, #ok, NULL)

#define unit_check_for(ok, ...)                                               \
    unit_check_at(ok, __FILE__, __LINE__, #ok, __VA_ARGS__)


static unsigned  unit_passed;
static unsigned  unit_failed;


static inline bool unit_check_at(bool ok, const char *file, int line,
    const char *text, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));


static inline bool
unit_check_at(bool ok, const char *file, int line, const char *text,
    const char *fmt, ...)
{
    va_list  args;

    if (ok) {
        unit_passed++;
        return true;
    }

    unit_failed++;

    printf("%s:%d: failed: %s", file, line, text);

    if (fmt != NULL) {
        printf(", for ");
        va_start(args, fmt);
        vprintf(fmt, args);
        va_end(args);
    }

    printf("\n");

    return false;
}


static inline int
unit_done(const char *name)
{
    printf("%s: %u passed, %u failed\n", name, unit_passed, unit_failed);

    return unit_failed == 0 ? 0 : 1;
}


#endif /* UNIT_H_INCLUDED */
