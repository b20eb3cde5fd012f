
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Memory that is refused, for a process that is preloaded with this: see
 * Failing.pm and Preload.pm.  The test writes into the numbers that it shares
 * with this; a child that was forked uses them, too.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


/* four numbers of 32 bits, in the order in which Failing.pm has them */
typedef struct {
    int32_t   process;      /* the only one that it is for; 0: nobody */
    uint32_t  left;         /* until it fails; 0: never */
    uint32_t  on;           /* not 0: nor does any one behind it succeed */
    uint32_t  failed;       /* how many have failed */
} failing_t;


static int failing(void);
static void *failing_take(size_t size);

static failing_t  *failing_shared;

/* what dlsym() itself asks for */
static _Alignas(16) char  failing_early[4096];
static size_t             failing_early_len;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static int (*real_posix_memalign)(void **, size_t, size_t);
static void (*real_free)(void *);


#define REAL(name)  *(void **) &real_##name = dlsym(RTLD_NEXT, #name)


__attribute__((constructor)) static void
failing_begin(void)
{
    int          fd;
    void        *p;
    const char  *path;

    REAL(malloc);
    REAL(calloc);
    REAL(realloc);
    REAL(posix_memalign);
    REAL(free);

    path = getenv("PRELOADED_NUMBERS");
    fd = path ? open(path, O_RDWR) : -1;

    if (fd == -1) {
        return;
    }

    p = mmap(NULL, sizeof(failing_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
             0);
    failing_shared = p == MAP_FAILED ? NULL : p;

    (void) close(fd);
}


static int
failing(void)
{
    failing_t  *shared = failing_shared;

    if (shared == NULL
        || shared->left == 0
        || shared->process != (int32_t) getpid())
    {
        return 0;
    }

    if (shared->left > 1) {
        shared->left--;
        return 0;
    }

    if (!shared->on) {
        shared->left = 0;
    }

    shared->failed++;
    errno = ENOMEM;

    return 1;
}


static void *
failing_take(size_t size)
{
    char  *p;

    size = (size + 15) & ~(size_t) 15;

    if (size > sizeof(failing_early) - failing_early_len) {
        _exit(1);
    }

    p = failing_early + failing_early_len;
    failing_early_len += size;

    return p;
}


void *
malloc(size_t size)
{
    if (real_malloc == NULL) {
        return failing_take(size);
    }

    return failing() ? NULL : real_malloc(size);
}


void *
calloc(size_t n, size_t size)
{
    if (real_calloc == NULL) {
        return failing_take(n * size);
    }

    return failing() ? NULL : real_calloc(n, size);
}


void *
realloc(void *p, size_t size)
{
    return failing() ? NULL : real_realloc(p, size);
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    return failing() ? ENOMEM : real_posix_memalign(p, alignment, size);
}


void
free(void *p)
{
    if ((char *) p >= failing_early
        && (char *) p < failing_early + sizeof(failing_early))
    {
        return;
    }

    if (real_free != NULL) {
        real_free(p);
    }
}
