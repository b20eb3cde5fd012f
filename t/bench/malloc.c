
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Memory that always costs the same, for counts of instructions: what glibc's
 * malloc() does depends on all that was freed before.  Preloaded into nginx;
 * one thread; nothing is ever given back.
 */


#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>


#define BENCH_CHUNK  (64 * 1024 * 1024)


/* before each block; 16 bytes, so that the block is aligned */
typedef struct bench_block_s  bench_block_t;

struct bench_block_s {
    bench_block_t  *next;       /* free */
    size_t          class;      /* 2 to the power of it; 0: is not reused */
};


static void *bench_take(size_t size);

static bench_block_t  *bench_free[64];
static char           *bench_next, *bench_end;


static void *
bench_take(size_t size)
{
    char    *p;
    size_t   chunk;

    if (bench_next == NULL || (size_t) (bench_end - bench_next) < size) {
        chunk = size > BENCH_CHUNK ? size : BENCH_CHUNK;

        p = mmap(NULL, chunk, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) {
            return NULL;
        }

        bench_next = p;
        bench_end = p + chunk;
    }

    p = bench_next;
    bench_next += size;

    return p;
}


void *
malloc(size_t size)
{
    size_t          class;
    bench_block_t  *block;

    if (size > PTRDIFF_MAX / 2) {
        errno = ENOMEM;
        return NULL;
    }

    class = 64 - (size_t) __builtin_clzl((size + sizeof(bench_block_t)) | 31);
    block = bench_free[class];

    if (block != NULL) {
        bench_free[class] = block->next;
        return block + 1;
    }

    block = bench_take((size_t) 1 << class);
    if (block == NULL) {
        errno = ENOMEM;
        return NULL;
    }

    block->class = class;

    return block + 1;
}


void
free(void *p)
{
    bench_block_t  *block;

    if (p == NULL) {
        return;
    }

    block = (bench_block_t *) p - 1;

    if (block->class != 0) {
        block->next = bench_free[block->class];
        bench_free[block->class] = block;
    }
}


void *
calloc(size_t n, size_t size)
{
    void    *p;
    size_t   all;

    if (__builtin_mul_overflow(n, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }

    p = malloc(all);

    return p ? memset(p, 0, all) : NULL;
}


void *
realloc(void *old, size_t size)
{
    void    *p;
    size_t   room;

    if (old == NULL) {
        return malloc(size);
    }

    room = ((size_t) 1 << ((bench_block_t *) old - 1)->class)
           - sizeof(bench_block_t);

    if (size <= room) {
        return old;
    }

    p = malloc(size);

    if (p != NULL) {
        memcpy(p, old, room);
        free(old);
    }

    return p;
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    uintptr_t  start;

    if (alignment <= sizeof(bench_block_t)) {
        *p = malloc(size);
        return *p ? 0 : ENOMEM;
    }

    start = (uintptr_t) bench_take(size + 2 * alignment);
    if (start == 0) {
        return ENOMEM;
    }

    start = (start + 2 * alignment - 1) & ~(uintptr_t) (alignment - 1);
    ((bench_block_t *) start - 1)->class = 0;
    *p = (void *) start;

    return 0;
}


void *
memalign(size_t alignment, size_t size)
{
    void  *p;

    return posix_memalign(&p, alignment, size) == 0 ? p : NULL;
}


void *
aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}
