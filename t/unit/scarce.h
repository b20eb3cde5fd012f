
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Memory that is refused: the nth allocation of what is under test, of OpenSSL
 * and of jansson.  For one source file of a program that is linked with
 * "-Wl,--wrap" for malloc, calloc, realloc and free; of the others only the
 * calls of jose/ are counted, those of the tests are made before or behind.
 *
 *     scarce_begin();                before anything else
 *     scarce_from(n, 1);             the nth one fails
 *     scarce_from(n, 0);             it and all behind it
 *     ...
 *     failed = scarce_end();         whether it came so far
 *
 * scarce_blocks() is how many blocks there are.
 */


#ifndef SCARCE_H_INCLUDED
#define SCARCE_H_INCLUDED


#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <openssl/crypto.h>


void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static void *scarce_openssl_malloc(size_t size, const char *file, int line);
static void scarce_openssl_free(void *p, const char *file, int line);
static void *scarce_openssl_realloc(void *p, size_t size, const char *file,
    int line);


static size_t  scarce_left;     /* 0: nothing fails */
static size_t  scarce_fails;    /* how many behind it, with it; 0: all */
static bool    scarce_failed;
static long    scarce_count;


static inline void
scarce_from(size_t n, size_t fails)
{
    scarce_left = n;
    scarce_fails = fails;
    scarce_failed = false;
}


static inline bool
scarce_end(void)
{
    scarce_left = 0;

    return scarce_failed;
}


static inline long
scarce_blocks(void)
{
    return scarce_count;
}


static inline bool
scarce(void)
{
    if (scarce_left == 0) {
        return false;
    }

    if (scarce_left > 1) {
        scarce_left--;
        return false;
    }

    scarce_failed = true;

    if (scarce_fails == 1) {
        scarce_left = 0;
    }

    return true;
}


static inline void *
scarce_counted(void *p)
{
    scarce_count += (p != NULL);

    return p;
}


void *
__wrap_malloc(size_t size)
{
    return scarce() ? NULL : scarce_counted(__real_malloc(size));
}


void *
__wrap_calloc(size_t n, size_t size)
{
    return scarce() ? NULL : scarce_counted(__real_calloc(n, size));
}


void *
__wrap_realloc(void *p, size_t size)
{
    if (p == NULL) {
        return __wrap_malloc(size);
    }

    return scarce() ? NULL : __real_realloc(p, size);
}


void
__wrap_free(void *p)
{
    scarce_count -= (p != NULL);
    __real_free(p);
}


static void *
scarce_openssl_malloc(size_t size, const char *file, int line)
{
    (void) file;
    (void) line;

    return size ? __wrap_malloc(size) : NULL;
}


static void
scarce_openssl_free(void *p, const char *file, int line)
{
    (void) file;
    (void) line;

    __wrap_free(p);
}


/* OpenSSL expects that a size of zero frees */

static void *
scarce_openssl_realloc(void *p, size_t size, const char *file, int line)
{
    if (size == 0) {
        scarce_openssl_free(p, file, line);
        return NULL;
    }

    return __wrap_realloc(p, size);
}


static inline bool
scarce_begin(void)
{
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);

    return CRYPTO_set_mem_functions(scarce_openssl_malloc,
                                    scarce_openssl_realloc,
                                    scarce_openssl_free)
           == 1;
}


#endif /* SCARCE_H_INCLUDED */
