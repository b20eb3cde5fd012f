
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * shared ENTRIES SIZE FINDS
 *
 * Prints the nanoseconds that it takes to find one of so many tokens of that
 * size, picked at random and never the same twice in a row:
 *
 *   - in the memory of one process: hash, compare, move to the front;
 *   - in memory that is shared: the same under a lock, and a copy of the token,
 *     for it may go as soon as the lock is given up;
 *   - the same while another process does so on another processor.
 *
 * Between two finds other memory is used, as a request does.  Medians, less
 * that of looking at the clock.  The lock is what nginx has for shared memory:
 * a word that is set to one's own number, tried again and again, and then a
 * processor that is given up.
 */


#define _GNU_SOURCE

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


#define BENCH_SPIN     2048
#define BENCH_BETWEEN  (64 * 1024)
#define BENCH_LINE     64

#if defined(__x86_64__)
#define BENCH_PAUSE()  __builtin_ia32_pause()
#else
#define BENCH_PAUSE()
#endif


typedef struct {
    uint32_t  next;        /* of the queue, 0 is its head */
    uint32_t  prev;
    uint64_t  hash;
    char      text[];
} bench_entry_t;


typedef struct {
    uint64_t  lock;
    char      apart[BENCH_LINE - sizeof(uint64_t)];
    uint32_t  running;     /* the other one has begun */
} bench_head_t;


typedef struct {
    bench_head_t   *head;
    char           *entries;
    uint32_t        n;
    size_t          size;       /* of a token */
    size_t          stride;
} bench_table_t;


static void fail(const char *what);
static bench_entry_t *entry(const bench_table_t *t, uint32_t i);
static uint32_t number(uint64_t *state);
static void token(char *text, size_t size, uint32_t i);
static bench_table_t table(uint32_t n, size_t size, int flags);
static void lock(bench_head_t *head);
static void unlock(bench_head_t *head);
static void find(const bench_table_t *t, uint32_t i, const char *text,
    char *copy);
static double now(void);
static int compare(const void *one, const void *two);
static double median(const bench_table_t *t, long finds, uint64_t seed,
    int is_shared);
static void run_on(int processor);


static volatile unsigned  bench_used;
static uint64_t           bench_own;


static void
fail(const char *what)
{
    fprintf(stderr, "shared: %s\n", what);
    exit(1);
}


static bench_entry_t *
entry(const bench_table_t *t, uint32_t i)
{
    return (bench_entry_t *) (void *) (t->entries + i * t->stride);
}


static uint32_t
number(uint64_t *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;

    return (uint32_t) (*state >> 33);
}


/* a token, in the memory of a request */

static void
token(char *text, size_t size, uint32_t i)
{
    memset(text, 'x', size);
    snprintf(text + size - 9, 9, "%08x", i);
}


static bench_table_t
table(uint32_t n, size_t size, int flags)
{
    uint32_t       i;
    bench_table_t  t;

    t.n = n;
    t.size = size;
    t.stride = (sizeof(bench_entry_t) + size + BENCH_LINE - 1)
               / BENCH_LINE * BENCH_LINE;

    t.head = mmap(NULL, sizeof(bench_head_t) + (n + 1) * t.stride,
                  PROT_READ|PROT_WRITE, MAP_ANONYMOUS|flags, -1, 0);
    if (t.head == MAP_FAILED) {
        fail("memory");
    }

    t.entries = (char *) (t.head + 1);

    for (i = 0; i <= n; i++) {
        entry(&t, i)->next = i == n ? 0 : i + 1;
        entry(&t, i)->prev = i == 0 ? n : i - 1;
        entry(&t, i)->hash = i;
        token(entry(&t, i)->text, size, i);
    }

    return t;
}


static void
lock(bench_head_t *head)
{
    int       i;
    uint64_t  free;

    for ( ;; ) {

        for (i = 0; i < BENCH_SPIN; i++) {
            free = 0;

            if (__atomic_load_n(&head->lock, __ATOMIC_RELAXED) == 0
                && __atomic_compare_exchange_n(&head->lock, &free, bench_own,
                                               0, __ATOMIC_ACQUIRE,
                                               __ATOMIC_RELAXED))
            {
                return;
            }

            BENCH_PAUSE();
        }

        sched_yield();
    }
}


static void
unlock(bench_head_t *head)
{
    __atomic_store_n(&head->lock, 0, __ATOMIC_RELEASE);
}


static void
find(const bench_table_t *t, uint32_t i, const char *text, char *copy)
{
    bench_entry_t  *e, *first;

    if (copy != NULL) {
        lock(t->head);
    }

    e = entry(t, i);
    first = entry(t, 0);

    if (e->hash != i || memcmp(e->text, text, t->size) != 0) {
        fail("not found");
    }

    if (first->next != i) {
        entry(t, e->next)->prev = e->prev;
        entry(t, e->prev)->next = e->next;

        e->prev = 0;
        e->next = first->next;
        entry(t, e->next)->prev = i;
        first->next = i;
    }

    if (copy != NULL) {
        memcpy(copy, e->text, t->size);
        unlock(t->head);
    }
}


static double
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec * 1e9 + (double) ts.tv_nsec;
}


static int
compare(const void *one, const void *two)
{
    double  a = *(const double *) one, b = *(const double *) two;

    return (a > b) - (a < b);
}


/* t is NULL: what the clock takes */

static double
median(const bench_table_t *t, long finds, uint64_t seed, int is_shared)
{
    char      *text, *copy, *between;
    long       n;
    size_t     i;
    double     start, result, *times;
    uint32_t   wanted;

    times = malloc((size_t) finds * sizeof(double));
    text = malloc(t ? t->size : 1);
    copy = malloc(t ? t->size : 1);
    between = calloc(1, BENCH_BETWEEN);

    if (times == NULL || text == NULL || copy == NULL || between == NULL) {
        fail("memory");
    }

    for (n = 0; n < finds; n++) {

        for (i = 0; i < BENCH_BETWEEN; i += BENCH_LINE) {
            bench_used += (unsigned) between[i]++;
        }

        wanted = t ? 1 + number(&seed) % t->n : 0;

        if (t != NULL) {
            token(text, t->size, wanted);
        }

        start = now();

        if (t != NULL) {
            find(t, wanted, text, is_shared ? copy : NULL);
        }

        times[n] = now() - start;
    }

    qsort(times, (size_t) finds, sizeof(double), compare);
    result = times[finds / 2];

    free(times);
    free(text);
    free(copy);
    free(between);

    return result;
}


static void
run_on(int processor)
{
    cpu_set_t  set;

    CPU_ZERO(&set);
    CPU_SET(processor, &set);

    if (sched_setaffinity(0, sizeof(set), &set) != 0) {
        fail("processor");
    }

    bench_own = (uint64_t) getpid();
}


int
main(int argc, char **argv)
{
    int            status;
    long           finds;
    pid_t          other;
    double         clock;
    bench_table_t  own, shared;

    if (argc != 4) {
        fail("arguments");
    }

    finds = atol(argv[3]);
    own = table((uint32_t) atol(argv[1]), (size_t) atol(argv[2]), MAP_PRIVATE);
    shared = table(own.n, own.size, MAP_SHARED);

    run_on(0);

    clock = median(NULL, finds, 1, 0);

    printf("%.0f", median(&own, finds, 2, 0) - clock);
    printf(" %.0f", median(&shared, finds, 3, 1) - clock);
    fflush(stdout);

    other = fork();

    if (other == 0) {
        run_on(1);
        __atomic_store_n(&shared.head->running, 1, __ATOMIC_RELEASE);

        for ( ;; ) {
            (void) median(&shared, finds, 4, 1);
        }
    }

    while (!__atomic_load_n(&shared.head->running, __ATOMIC_ACQUIRE)) {
        usleep(1000);
    }

    printf(" %.0f\n", median(&shared, finds, 5, 1) - clock);

    kill(other, SIGKILL);
    waitpid(other, &status, 0);

    return 0;
}
