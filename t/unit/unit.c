
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include <unistd.h>

#include "unit.h"


int __lsan_is_turned_off(void);


/* LeakSanitizer asks; without /proc it would fail, even if it had options. */

int
__lsan_is_turned_off(void)
{
    return access("/proc/self/task", F_OK) != 0;
}
