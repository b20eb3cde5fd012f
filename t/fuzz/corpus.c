
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Usage: NAME [folder ...]
 *
 * Gives each file of a target's corpus to it, without libFuzzer: as it is, cut
 * short, and with one bit changed.
 */


#include "fuzz.h"
#include "../unit/unit.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>


#define CORPUS_FILE_MAX  65536

/* at how many places a file is cut, and changed; long ones skip places */
#define CORPUS_PLACES    32


static void corpus_folder(const char *folder);
static bool corpus_file(const char *path);
static void corpus_give(const uint8_t *data, size_t len);


int
main(int argc, char **argv)
{
    int   i;
    char  name[256], folder[256];

    (void) snprintf(name, sizeof(name), "corpus of %s", FUZZ_NAME);
    (void) snprintf(folder, sizeof(folder), "t/fuzz/corpus/%s", FUZZ_NAME);

    /* what is made once is made here, and not once for each file */

    (void) LLVMFuzzerTestOneInput((const uint8_t *) "", 0);

    if (argc < 2) {
        corpus_folder(folder);
    }

    for (i = 1; i < argc; i++) {
        corpus_folder(argv[i]);
    }

    return unit_done(name);
}


static void
corpus_folder(const char *folder)
{
    int             i, n;
    char            path[4096];
    struct dirent  **entries;

    n = scandir(folder, &entries, NULL, alphasort);
    unit_check_for(n > 2, "%s has no files", folder);

    for (i = 0; i < n; i++) {

        if (entries[i]->d_name[0] != '.') {
            (void) snprintf(path, sizeof(path), "%s/%s", folder,
                            entries[i]->d_name);

            unit_check_for(corpus_file(path), "%s", path);
        }

        free(entries[i]);
    }

    if (n >= 0) {
        free(entries);
    }
}


/* in a process of its own, which a finding ends */

static bool
corpus_file(const char *path)
{
    int             status;
    FILE           *file;
    pid_t           pid;
    size_t          len;
    static uint8_t  data[CORPUS_FILE_MAX];

    file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }

    len = fread(data, 1, sizeof(data), file);
    fclose(file);

    fflush(NULL);

    pid = fork();

    if (pid == 0) {
        corpus_give(data, len);
        exit(0);
    }

    return pid != -1
           && waitpid(pid, &status, 0) == pid
           && status == 0;
}


static void
corpus_give(const uint8_t *data, size_t len)
{
    size_t         i, step;
    uint8_t       *copy;
    jose_bytes_t   cut, whole;

    whole = fuzz_copy(data, len);
    copy = (uint8_t *) (uintptr_t) whole.data;
    step = len / CORPUS_PLACES + 1;

    (void) LLVMFuzzerTestOneInput(copy, len);

    for (i = 0; i < len; i += step) {
        cut = fuzz_copy(data, i);
        (void) LLVMFuzzerTestOneInput(cut.data, cut.len);
        exact_free(cut);

        copy[i] ^= (uint8_t) (1 << i / step % 8);
        (void) LLVMFuzzerTestOneInput(copy, len);
        copy[i] = data[i];
    }

    exact_free(whole);
}
