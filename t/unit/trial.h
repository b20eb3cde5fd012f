
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What is tried again and again, each time with less memory: for programs that
 * are linked as scarce.h says.
 */


#ifndef TRIAL_H_INCLUDED
#define TRIAL_H_INCLUDED


#include "jose.h"
#include "scarce.h"
#include "unit.h"

#include <string.h>

#include <openssl/err.h>


#define TRIES_MAX   20000


/* what is tried: a sub and what it is given */
typedef struct {
    const char           *name;
    jose_status_t       (*run)(const void *data);
    const void           *data;
    jose_status_t         expected;   /* with all the memory it wants */
    size_t                step;       /* of so many allocations one fails */
} trial_t;


static void try_each(const trial_t *trial);
static void try_from(const trial_t *trial, size_t fails);
static bool try_once(const trial_t *trial, size_t n, size_t fails);
static bool run_scarce(const trial_t *trial, size_t n, size_t fails,
    jose_status_t *status);
static bool works_again(const trial_t *trial);
static bool loses(const trial_t *trial, size_t n, size_t fails);


/* how often an allocation failed, and how often that was of no consequence */
static size_t  tries, done_anyway;


static void
try_each(const trial_t *trial)
{
    size_t  i;

    for (i = 0; i < 2; i++) {
        unit_check_for(trial->run(trial->data) == trial->expected,
                       "%s with memory", trial->name);
        ERR_clear_error();
    }

    try_from(trial, 1);
    try_from(trial, 0);
}


static void
try_from(const trial_t *trial, size_t fails)
{
    size_t  n;

    for (n = 1; n < TRIES_MAX; n += trial->step) {
        if (!try_once(trial, n, fails)) {
            return;
        }
    }

    unit_check_for(0, "%s has no end", trial->name);
}


static bool
try_once(const trial_t *trial, size_t n, size_t fails)
{
    bool           failed;
    jose_status_t  status;

    failed = run_scarce(trial, n, fails, &status);

    unit_check_for(ERR_peek_error() == 0, "%s, %zu: error of OpenSSL",
                   trial->name, n);
    ERR_clear_error();

    if (!failed) {
        unit_check_for(status == trial->expected, "%s, none failed: %s",
                       trial->name, jose_status_word(status));
        return false;
    }

    tries++;

    /* OpenSSL can do without some of what it asks for */

    if (status == JOSE_OK) {
        done_anyway++;
        unit_check_for(trial->expected == JOSE_OK, "%s, %zu: passes",
                       trial->name, n);
    }

    unit_check_for(works_again(trial), "%s, behind %zu: fails on",
                   trial->name, n);
    unit_check_for(!loses(trial, n, fails), "%s, %zu: memory is lost",
                   trial->name, n);

    return true;
}


static bool
run_scarce(const trial_t *trial, size_t n, size_t fails,
    jose_status_t *status)
{
    scarce_from(n, fails);
    *status = trial->run(trial->data);

    return scarce_end();
}


/*
 * RSA in OpenSSL: a blinding that was half made anew gives wrong results until
 * it is replaced, after 32 of them.
 */

static bool
works_again(const trial_t *trial)
{
    size_t  i, most;

    most = strncmp(trial->name, "RSA-OAEP", 8) == 0 ? 33 : 1;

    for (i = 0; i < most; i++) {
        if (trial->run(trial->data) == trial->expected) {
            return true;
        }
    }

    return false;
}


/* what OpenSSL keeps for the next time is not lost: it does not grow */

static bool
loses(const trial_t *trial, size_t n, size_t fails)
{
    long           before;
    size_t         i;
    jose_status_t  status;

    for (i = 0; i < 3; i++) {
        before = scarce_blocks();

        (void) run_scarce(trial, n, fails, &status);
        ERR_clear_error();

        if (scarce_blocks() <= before) {
            return false;
        }
    }

    return true;
}


#endif /* TRIAL_H_INCLUDED */
