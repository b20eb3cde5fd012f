
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Key files: read at start, and again by each worker when they were replaced.
 */


#include "ngx_http_jwt_module.h"
#include "ngx_http_jwt_lru.h"

#include <openssl/crypto.h>


/* files that a worker keeps whose names are made of variables */
#define NGX_HTTP_JWT_KEY_FILES_MAX  128

/* bytes of SHA-256 */
#define NGX_HTTP_JWT_DIGEST         32


/* what tells a replaced file from the one that was read */
typedef struct {
    ngx_file_uniq_t       uniq;
    off_t                 size;
    time_t                mtime;
    time_t                ctime;
    long                  mtime_nsec;
    long                  ctime_nsec;
} ngx_http_jwt_file_identity_t;


struct ngx_http_jwt_key_file_s {
    ngx_http_jwt_lru_entry_t        entry;    /* has to be the first */
    ngx_http_jwt_key_files_t       *files;
    ngx_str_t                       name;     /* full and terminated */
    ngx_str_t                       shown;    /* the name in log lines */
    jose_keys_format_t              format;
    jose_keys_t                    *keys;     /* NULL: missing or broken */
    jose_status_t                   status;   /* of what was read */
    time_t                          checked;
    time_t                          good;     /* when keys were found last */
    time_t                          valid;    /* auth_jwt_key_cache */
    ngx_http_jwt_file_identity_t    identity; /* zeroed: nothing was */
    u_char                          digest[NGX_HTTP_JWT_DIGEST]; /* of keys */
    unsigned                        dynamic:1;  /* its name has variables */
};


/*
 * What workers change while requests run, each in its own memory: the keys of
 * the files and which of them are kept.
 */
struct ngx_http_jwt_key_files_s {
    const jose_crypto_t            *crypto;
    ngx_array_t                     fixed;    /* ngx_http_jwt_key_file_t * */
    ngx_http_jwt_lru_t              dynamic;
    time_t                          logged;   /* about dynamic files */
};


static void ngx_http_jwt_key_file_show(ngx_http_jwt_key_file_t *file,
    u_char *buf);
static void ngx_http_jwt_key_file_touch(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file);
static void ngx_http_jwt_key_file_look(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log);
static ngx_log_t *ngx_http_jwt_key_file_log(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log);
static void ngx_http_jwt_key_file_evict(ngx_http_jwt_key_files_t *files);
static void ngx_http_jwt_key_file_load(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log, ngx_uint_t level);
static void ngx_http_jwt_key_file_load_fd(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_fd_t fd, ngx_log_t *log,
    ngx_uint_t level);
static void ngx_http_jwt_key_file_parse(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, jose_bytes_t text, ngx_file_info_t *fi,
    ngx_log_t *log, ngx_uint_t level);
static void ngx_http_jwt_key_file_number(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, jose_keys_t *keys, jose_bytes_t text);
static void ngx_http_jwt_key_file_set(ngx_http_jwt_key_file_t *file,
    jose_keys_t *keys, ngx_file_info_t *fi);
static void ngx_http_jwt_key_file_judge(ngx_http_jwt_key_file_t *file,
    ngx_log_t *log, ngx_uint_t level);
static ngx_int_t ngx_http_jwt_key_file_read(ngx_fd_t fd, u_char *buf,
    size_t size);
static void ngx_http_jwt_file_identify(ngx_file_info_t *fi,
    ngx_http_jwt_file_identity_t *identity);
static ngx_uint_t ngx_http_jwt_key_file_is_same(
    ngx_http_jwt_key_file_t *file, ngx_file_info_t *fi);
static void ngx_http_jwt_key_files_cleanup(void *data);


ngx_http_jwt_key_files_t *
ngx_http_jwt_key_files_create(ngx_conf_t *cf, const jose_crypto_t *crypto)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_jwt_key_files_t  *files;

    files = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_key_files_t));
    if (files == NULL) {
        return NULL;
    }

    files->crypto = crypto;

    if (ngx_array_init(&files->fixed, cf->pool, 4,
                       sizeof(ngx_http_jwt_key_file_t *))
        != NGX_OK)
    {
        return NULL;
    }

    ngx_http_jwt_lru_init(&files->dynamic);

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_jwt_key_files_cleanup;
    cln->data = files;

    return files;
}


ngx_http_jwt_key_file_t *
ngx_http_jwt_key_file_add(ngx_conf_t *cf, ngx_http_jwt_key_files_t *files,
    ngx_str_t *name, jose_keys_format_t format)
{
    ngx_uint_t                 i;
    ngx_http_jwt_key_file_t   *file, **fixed;

    fixed = files->fixed.elts;

    for (i = 0; i < files->fixed.nelts; i++) {

        if (fixed[i]->format == format
            && jose_bytes_equal(ngx_http_jwt_bytes(&fixed[i]->name),
                                ngx_http_jwt_bytes(name)))
        {
            return fixed[i];
        }
    }

    fixed = ngx_array_push(&files->fixed);
    if (fixed == NULL) {
        return NULL;
    }

    file = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_key_file_t));
    if (file == NULL) {
        files->fixed.nelts--;
        return NULL;
    }

    *fixed = file;

    file->files = files;
    file->name = *name;
    file->shown = *name;
    file->format = format;
    file->checked = ngx_time();

    ngx_http_jwt_key_file_load(files, file, cf->log, NGX_LOG_WARN);

    return file;
}


ngx_http_jwt_key_file_t *
ngx_http_jwt_key_file_find(ngx_http_jwt_key_files_t *files, ngx_str_t *name,
    jose_keys_format_t format)
{
    size_t                    size;
    u_char                   *p;
    ngx_http_jwt_key_file_t  *file;

    file = (ngx_http_jwt_key_file_t *)
               ngx_http_jwt_lru_find(&files->dynamic, name, format);

    if (file != NULL) {
        ngx_http_jwt_key_file_touch(files, file);
        return file;
    }

    if (files->dynamic.n == NGX_HTTP_JWT_KEY_FILES_MAX) {
        ngx_http_jwt_key_file_evict(files);
    }

    size = sizeof(ngx_http_jwt_key_file_t) + name->len + 1
           + NGX_HTTP_JWT_NAME_LOGGED;

    file = ngx_calloc(size, ngx_cycle->log);
    if (file == NULL) {
        return NULL;
    }

    p = (u_char *) file + sizeof(ngx_http_jwt_key_file_t);

    ngx_memcpy(p, name->data, name->len);

    file->files = files;
    file->name.data = p;
    file->name.len = name->len;

    ngx_http_jwt_key_file_show(file, p + name->len + 1);

    file->format = format;
    file->dynamic = 1;

    file->entry.node.str = file->name;

    ngx_http_jwt_lru_add(&files->dynamic, &file->entry, format);

    return file;
}


/* a file that has no keys is the first to go: its name may be an invention */

static void
ngx_http_jwt_key_file_touch(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file)
{
    if (!file->dynamic) {
        return;
    }

    if (file->keys != NULL) {
        ngx_http_jwt_lru_first(&files->dynamic, &file->entry);

    } else {
        ngx_http_jwt_lru_last(&files->dynamic, &file->entry);
    }
}


/* a client may have had a hand in the name */

static void
ngx_http_jwt_key_file_show(ngx_http_jwt_key_file_t *file, u_char *buf)
{
    u_char  *last;

    last = ngx_http_jwt_printable(buf, ngx_http_jwt_bytes(&file->name),
                                  NGX_HTTP_JWT_NAME_LOGGED);

    file->shown.data = buf;
    file->shown.len = last - buf;
}


static void
ngx_http_jwt_key_file_evict(ngx_http_jwt_key_files_t *files)
{
    ngx_http_jwt_key_file_t  *file;

    file = (ngx_http_jwt_key_file_t *) ngx_http_jwt_lru_evict(&files->dynamic);

    jose_keys_free(file->keys);
    ngx_free(file);
}


const jose_keys_t *
ngx_http_jwt_key_file_keys(ngx_http_jwt_key_file_t *file, time_t valid,
    ngx_log_t *log)
{
    time_t  now;

    now = ngx_time();

    /* a clock that was set back does not put the next look off */

    if (file->checked == now
        || (file->keys != NULL
            && now > file->checked
            && now < (int64_t) file->checked + valid))
    {
        return file->keys;
    }

    file->checked = now;
    file->valid = valid;

    ngx_http_jwt_key_file_look(file->files, file, log);

    return file->keys;
}


static void
ngx_http_jwt_key_file_look(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log)
{
    ngx_uint_t       same;
    ngx_file_info_t  fi;

    same = ngx_file_info(file->name.data, &fi) != NGX_FILE_ERROR
           && ngx_http_jwt_key_file_is_same(file, &fi);

    if (same && file->keys != NULL) {
        file->good = ngx_time();
        return;
    }

    log = ngx_http_jwt_key_file_log(files, file, log);

    if (same) {
        ngx_http_jwt_key_file_judge(file, log, NGX_LOG_ERR);

    } else {
        ngx_http_jwt_key_file_load(files, file, log, NGX_LOG_ERR);
        ngx_http_jwt_key_file_touch(files, file);
    }

    if (file->dynamic && file->keys == NULL) {
        files->logged = ngx_time();
    }
}


/*
 * A client that may invent names must not fill the log: about all files of
 * such names together one failure a second.
 */

static ngx_log_t *
ngx_http_jwt_key_file_log(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log)
{
    return file->dynamic ? ngx_http_jwt_log_once(files->logged, log) : log;
}


static void
ngx_http_jwt_key_file_load(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log, ngx_uint_t level)
{
    ngx_fd_t   fd;
    ngx_err_t  err;

    /* NONBLOCK: a named pipe would hold up the worker */

    fd = ngx_open_file(file->name.data,
                       NGX_FILE_RDONLY|NGX_FILE_NONBLOCK, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        err = ngx_errno;

        ngx_log_error(level, log, err,
                      "key file \"%V\" cannot be used: "
                      ngx_open_file_n " failed", &file->shown);

        /* for want of our own resources nobody's keys are lost */

        if (err != NGX_EMFILE && err != NGX_ENFILE && err != NGX_ENOMEM) {
            ngx_http_jwt_key_file_set(file, NULL, NULL);
        }

        return;
    }

    ngx_http_jwt_key_file_load_fd(files, file, fd, log, level);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &file->shown);
    }
}


static void
ngx_http_jwt_key_file_load_fd(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_fd_t fd, ngx_log_t *log,
    ngx_uint_t level)
{
    size_t            size;
    u_char           *buf;
    jose_bytes_t      text;
    ngx_file_info_t   fi;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_log_error(level, log, ngx_errno,
                      "key file \"%V\" cannot be used: "
                      ngx_fd_info_n " failed", &file->shown);
        ngx_http_jwt_key_file_set(file, NULL, NULL);
        return;
    }

    if (!ngx_is_file(&fi)
        || ngx_file_size(&fi) == 0
        || ngx_file_size(&fi) > NGX_HTTP_JWT_KEY_TEXT_MAX)
    {
        ngx_log_error(level, log, 0,
                      "key file \"%V\" cannot be used: "
                      "it is no regular file, empty or over %d bytes",
                      &file->shown, NGX_HTTP_JWT_KEY_TEXT_MAX);
        ngx_http_jwt_key_file_set(file, NULL, NULL);
        return;
    }

    size = (size_t) ngx_file_size(&fi);

    buf = ngx_alloc(size, log);
    if (buf == NULL) {
        return;
    }

    if (ngx_http_jwt_key_file_read(fd, buf, size) == NGX_OK) {
        text.data = buf;
        text.len = size;

        ngx_http_jwt_key_file_parse(files, file, text, &fi, log, level);

    } else {
        ngx_log_error(level, log, 0,
                      "key file \"%V\" cannot be used: "
                      "it cannot be read to its end", &file->shown);
        ngx_http_jwt_key_file_set(file, NULL, NULL);
    }

    OPENSSL_cleanse(buf, size);
    ngx_free(buf);
}


static void
ngx_http_jwt_key_file_parse(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, jose_bytes_t text, ngx_file_info_t *fi,
    ngx_log_t *log, ngx_uint_t level)
{
    jose_keys_t                 *keys;
    jose_keys_report_t           report;
    ngx_http_jwt_keys_origin_t   origin;

    /* one line end is what an editor or echo leaves behind a secret */

    if (file->format == JOSE_KEYS_SECRET && text.data[text.len - 1] == LF) {
        text.len--;

        if (text.len && text.data[text.len - 1] == CR) {
            text.len--;
        }
    }

    origin.cf = NULL;
    origin.log = log;
    origin.type = "key file";
    origin.name = &file->shown;
    origin.told = 0;

    report.handler = ngx_http_jwt_keys_report;
    report.data = &origin;

    file->status = jose_keys_read(&keys, files->crypto, file->format, text,
                                  &report);

    if (file->status == JOSE_OK) {
        ngx_http_jwt_key_file_number(files, file, keys, text);
    }

    if (file->status != JOSE_ERROR) {
        ngx_http_jwt_key_file_set(file, keys, fi);
    }

    ngx_http_jwt_key_file_judge(file, log, level);
}


/* keys out of the same bytes are the same: tokens stay known */

static void
ngx_http_jwt_key_file_number(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, jose_keys_t *keys, jose_bytes_t text)
{
    size_t  len;
    u_char  digest[EVP_MAX_MD_SIZE];

    if (jose_crypto_digest(files->crypto, JOSE_DIGEST_SHA256, text, digest,
                           &len)
        != JOSE_OK)
    {
        ngx_memzero(file->digest, NGX_HTTP_JWT_DIGEST);
        return;
    }

    if (file->keys != NULL
        && ngx_memcmp(digest, file->digest, NGX_HTTP_JWT_DIGEST) == 0)
    {
        keys->serial = file->keys->serial;
    }

    ngx_memcpy(file->digest, digest, NGX_HTTP_JWT_DIGEST);
}


/*
 * Takes keys over; fi is NULL if nothing was read that could stay the same.
 * With auth_jwt_key_cache, old keys are used while there are no new ones.
 */

static void
ngx_http_jwt_key_file_set(ngx_http_jwt_key_file_t *file, jose_keys_t *keys,
    ngx_file_info_t *fi)
{
    ngx_memzero(&file->identity, sizeof(ngx_http_jwt_file_identity_t));

    if (keys == NULL
        && file->valid != 0
        && ngx_time() < (int64_t) file->good + file->valid
                        + NGX_HTTP_JWT_KEYS_STALE)
    {
        return;
    }

    jose_keys_free(file->keys);

    file->keys = keys;
    file->good = keys ? ngx_time() : 0;

    if (fi != NULL) {
        ngx_http_jwt_file_identify(fi, &file->identity);
    }
}


static void
ngx_http_jwt_key_file_judge(ngx_http_jwt_key_file_t *file, ngx_log_t *log,
    ngx_uint_t level)
{
    if (file->status != JOSE_OK) {
        ngx_log_error(level, log, 0, "key file \"%V\" cannot be used: %s",
                      &file->shown, jose_status_text(file->status));
    }
}


static ngx_int_t
ngx_http_jwt_key_file_read(ngx_fd_t fd, u_char *buf, size_t size)
{
    size_t   done;
    ssize_t  n;

    for (done = 0; done < size; done += (size_t) n) {

        n = ngx_read_fd(fd, buf + done, size - done);

        if (n <= 0) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
ngx_http_jwt_file_identify(ngx_file_info_t *fi,
    ngx_http_jwt_file_identity_t *identity)
{
    identity->uniq = ngx_file_uniq(fi);
    identity->size = ngx_file_size(fi);
    identity->mtime = ngx_file_mtime(fi);
    identity->ctime = ngx_http_jwt_ctime_sec(fi);
    identity->mtime_nsec = ngx_http_jwt_mtime_nsec(fi);
    identity->ctime_nsec = ngx_http_jwt_ctime_nsec(fi);
}


static ngx_uint_t
ngx_http_jwt_key_file_is_same(ngx_http_jwt_key_file_t *file,
    ngx_file_info_t *fi)
{
    ngx_http_jwt_file_identity_t   now;
    ngx_http_jwt_file_identity_t  *then;

    then = &file->identity;

    ngx_http_jwt_file_identify(fi, &now);

    return now.uniq == then->uniq
           && now.size == then->size
           && now.mtime == then->mtime
           && now.ctime == then->ctime
           && now.mtime_nsec == then->mtime_nsec
           && now.ctime_nsec == then->ctime_nsec;
}


static void
ngx_http_jwt_key_files_cleanup(void *data)
{
    ngx_http_jwt_key_files_t *files = data;

    ngx_uint_t                 i;
    ngx_http_jwt_key_file_t  **fixed;

    fixed = files->fixed.elts;

    for (i = 0; i < files->fixed.nelts; i++) {
        jose_keys_free(fixed[i]->keys);
    }

    while (files->dynamic.n) {
        ngx_http_jwt_key_file_evict(files);
    }
}
