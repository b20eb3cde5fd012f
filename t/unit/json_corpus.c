
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Usage: json_corpus [folder of the corpus]
 */


#include <dirent.h>

#include "json_oracle.h"
#include "unit.h"


#define FILE_MAX       65536

/* Changed documents have so many bytes together; long ones skip places. */
#define CHANGED_MAX    20000


/* Which bytes a document gets at each of its places. */
static const char  inserted[] = "\"\\{}[],:0-.eu \n\x1f\x80\xc3\xed\xf4\xff";


static void test_corpus(const char *root, const char *folder, bool good);
static void test_document(const uint8_t *data, size_t len, bool good,
    const char *name);
static bool test_mutations(const uint8_t *data, size_t len, uint8_t *changed,
    size_t at);


int
main(int argc, char **argv)
{
    const char  *root;

    root = getenv("JSON_CORPUS");

    if (argc > 1) {
        root = argv[1];

    } else if (root == NULL) {
        root = "t/unit/corpus/json";
    }

    test_corpus(root, "good", true);
    test_corpus(root, "bad", false);

    return unit_done("json_corpus");
}


static void
test_corpus(const char *root, const char *folder, bool good)
{
    DIR            *dir;
    FILE           *file;
    char            path[4096];
    size_t          len, files;
    struct dirent  *entry;
    static uint8_t  data[FILE_MAX];

    files = 0;

    snprintf(path, sizeof(path), "%s/%s", root, folder);

    dir = opendir(path);
    if (!unit_check_for(dir != NULL, "%s", path)) {
        return;
    }

    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }

        snprintf(path, sizeof(path), "%s/%s/%s", root, folder, entry->d_name);

        file = fopen(path, "rb");
        if (!unit_check_for(file != NULL, "%s", path)) {
            continue;
        }

        len = fread(data, 1, sizeof(data), file);
        fclose(file);

        test_document(data, len, good, path);
        files++;
    }

    closedir(dir);

    unit_check_for(files >= 90, "%s/%s", root, folder);
}


static void
test_document(const uint8_t *data, size_t len, bool good, const char *name)
{
    bool      accepted, agrees;
    size_t    at, step;
    uint8_t  *changed;

    agrees = oracle_agrees(data, len, &accepted);

    unit_check_for(agrees, "%s", name);
    unit_check_for(accepted == good, "%s", name);

    changed = malloc(len + 1);
    if (changed == NULL) {
        abort();
    }

    step = len * len / CHANGED_MAX + 1;

    for (at = 0; at <= len; at += step) {
        if (!unit_check_for(test_mutations(data, len, changed, at),
                            "%s, changed at %zu", name, at))
        {
            break;
        }
    }

    free(changed);
}


static bool
test_mutations(const uint8_t *data, size_t len, uint8_t *changed, size_t at)
{
    bool      accepted;
    size_t    i, rest;

    /* cut */

    if (!oracle_agrees(data, at, &accepted)) {
        return false;
    }

    /* one byte inserted */

    rest = len - at;
    memcpy(changed, data, at);
    memcpy(changed + at + 1, data + at, rest);

    for (i = 0; i < sizeof(inserted); i++) {
        changed[at] = (uint8_t) inserted[i];

        if (!oracle_agrees(changed, len + 1, &accepted)) {
            return false;
        }
    }

    if (rest == 0) {
        return true;
    }

    /* one byte removed */

    memcpy(changed + at, data + at + 1, rest - 1);

    if (!oracle_agrees(changed, len - 1, &accepted)) {
        return false;
    }

    /* one bit of one byte flipped */

    memcpy(changed, data, len);

    for (i = 0; i < 8; i++) {
        changed[at] = (uint8_t) (data[at] ^ (1u << i));

        if (!oracle_agrees(changed, len, &accepted)) {
            return false;
        }
    }

    return true;
}
