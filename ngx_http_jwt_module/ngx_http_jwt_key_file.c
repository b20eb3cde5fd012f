
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Key files: read at start, and again by each worker when they were replaced.
 */


#include "ngx_http_jwt_module.h"

#include <openssl/crypto.h>


#define NGX_HTTP_JWT_KEY_FILE_MAX   (1024 * 1024)

/* files that a worker keeps whose names are made of variables */
#define NGX_HTTP_JWT_KEY_FILES_MAX  128


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
    ngx_str_node_t                  node;     /* the full, terminated name */
    ngx_queue_t                     queue;
    jose_keys_format_t              format;
    jose_keys_t                    *keys;     /* NULL: missing or broken */
    time_t                          checked;
    ngx_http_jwt_file_identity_t    identity;
    unsigned                        found:1;  /* by a name of variables */
};


/*
 * What workers change while requests run, each in its own memory: the keys of
 * the files and which of them are kept.
 */
struct ngx_http_jwt_key_files_s {
    const jose_crypto_t            *crypto;
    ngx_array_t                     added;    /* ngx_http_jwt_key_file_t * */
    ngx_rbtree_t                    found;
    ngx_rbtree_node_t               sentinel;
    ngx_queue_t                     recent;
    ngx_uint_t                      n;
    time_t                          logged;   /* about files of found */
};


static ngx_log_t *ngx_http_jwt_key_file_log(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log);
static void ngx_http_jwt_key_file_evict(ngx_http_jwt_key_files_t *files);
static void ngx_http_jwt_key_file_load(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log, ngx_uint_t level);
static void ngx_http_jwt_key_file_load_fd(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_fd_t fd, ngx_log_t *log,
    ngx_uint_t level);
static void ngx_http_jwt_key_file_parse(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, jose_bytes_t text, ngx_log_t *log,
    ngx_uint_t level);
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

    if (ngx_array_init(&files->added, cf->pool, 4,
                       sizeof(ngx_http_jwt_key_file_t *))
        != NGX_OK)
    {
        return NULL;
    }

    ngx_rbtree_init(&files->found, &files->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&files->recent);

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
    ngx_http_jwt_key_file_t   *file, **added;

    added = files->added.elts;

    for (i = 0; i < files->added.nelts; i++) {

        if (added[i]->format == format
            && jose_bytes_equal(ngx_http_jwt_bytes(&added[i]->node.str),
                                ngx_http_jwt_bytes(name)))
        {
            return added[i];
        }
    }

    added = ngx_array_push(&files->added);
    if (added == NULL) {
        return NULL;
    }

    file = ngx_pcalloc(cf->pool, sizeof(ngx_http_jwt_key_file_t));
    if (file == NULL) {
        files->added.nelts--;
        return NULL;
    }

    *added = file;

    file->node.str = *name;
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
    uint32_t                  hash;
    ngx_http_jwt_key_file_t  *file;

    hash = ngx_crc32_long(name->data, name->len) ^ (uint32_t) format;

    file = (ngx_http_jwt_key_file_t *)
               ngx_str_rbtree_lookup(&files->found, name, hash);

    if (file != NULL) {
        ngx_queue_remove(&file->queue);
        ngx_queue_insert_head(&files->recent, &file->queue);

        return file;
    }

    if (files->n == NGX_HTTP_JWT_KEY_FILES_MAX) {
        ngx_http_jwt_key_file_evict(files);
    }

    size = sizeof(ngx_http_jwt_key_file_t) + name->len + 1;

    file = ngx_calloc(size, ngx_cycle->log);
    if (file == NULL) {
        return NULL;
    }

    file->node.node.key = hash;
    file->node.str.data = (u_char *) file + sizeof(ngx_http_jwt_key_file_t);
    file->node.str.len = name->len;

    ngx_memcpy(file->node.str.data, name->data, name->len);

    file->format = format;
    file->found = 1;

    ngx_rbtree_insert(&files->found, &file->node.node);
    ngx_queue_insert_head(&files->recent, &file->queue);
    files->n++;

    return file;
}


static void
ngx_http_jwt_key_file_evict(ngx_http_jwt_key_files_t *files)
{
    ngx_queue_t              *q;
    ngx_http_jwt_key_file_t  *file;

    q = ngx_queue_last(&files->recent);
    file = ngx_queue_data(q, ngx_http_jwt_key_file_t, queue);

    ngx_queue_remove(&file->queue);
    ngx_rbtree_delete(&files->found, &file->node.node);
    files->n--;

    jose_keys_free(file->keys);
    ngx_free(file);
}


const jose_keys_t *
ngx_http_jwt_key_file_keys(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log)
{
    ngx_file_info_t  fi;

    if (file->checked == ngx_time()) {
        return file->keys;
    }

    file->checked = ngx_time();

    if (file->keys != NULL
        && ngx_file_info(file->node.str.data, &fi) != NGX_FILE_ERROR
        && ngx_http_jwt_key_file_is_same(file, &fi))
    {
        return file->keys;
    }

    log = ngx_http_jwt_key_file_log(files, file, log);

    ngx_http_jwt_key_file_load(files, file, log, NGX_LOG_ERR);

    return file->keys;
}


/*
 * A client that may invent names must not fill the log: about all files of
 * such names together one line a second.
 */

static ngx_log_t *
ngx_http_jwt_key_file_log(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log)
{
    static ngx_log_t  quiet;

    if (!file->found) {
        return log;
    }

    if (files->logged == ngx_time()) {
        return &quiet;
    }

    files->logged = ngx_time();

    return log;
}


static void
ngx_http_jwt_key_file_load(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, ngx_log_t *log, ngx_uint_t level)
{
    ngx_fd_t  fd;

    jose_keys_free(file->keys);
    file->keys = NULL;

    /* NONBLOCK: a named pipe would hold up the worker */

    fd = ngx_open_file(file->node.str.data,
                       NGX_FILE_RDONLY|NGX_FILE_NONBLOCK, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_log_error(level, log, ngx_errno,
                      "key file \"%V\" cannot be used: "
                      ngx_open_file_n " failed", &file->node.str);
        return;
    }

    ngx_http_jwt_key_file_load_fd(files, file, fd, log, level);

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &file->node.str);
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
                      ngx_fd_info_n " failed", &file->node.str);
        return;
    }

    if (!ngx_is_file(&fi)) {
        ngx_log_error(level, log, 0,
                      "key file \"%V\" cannot be used: "
                      "it is not a regular file", &file->node.str);
        return;
    }

    if (ngx_file_size(&fi) == 0
        || ngx_file_size(&fi) > NGX_HTTP_JWT_KEY_FILE_MAX)
    {
        ngx_log_error(level, log, 0,
                      "key file \"%V\" cannot be used: "
                      "it is empty or over %d bytes", &file->node.str,
                      NGX_HTTP_JWT_KEY_FILE_MAX);
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

        ngx_http_jwt_key_file_parse(files, file, text, log, level);
        ngx_http_jwt_file_identify(&fi, &file->identity);

    } else {
        ngx_log_error(level, log, ngx_errno,
                      "key file \"%V\" cannot be used: "
                      ngx_read_fd_n " failed", &file->node.str);
    }

    OPENSSL_cleanse(buf, size);
    ngx_free(buf);
}


static void
ngx_http_jwt_key_file_parse(ngx_http_jwt_key_files_t *files,
    ngx_http_jwt_key_file_t *file, jose_bytes_t text, ngx_log_t *log,
    ngx_uint_t level)
{
    jose_status_t               status;
    jose_keys_report_t          report;
    ngx_http_jwt_keys_origin_t  origin;

    /* one line end is what an editor or echo leaves behind a secret */

    if (file->format == JOSE_KEYS_SECRET && text.data[text.len - 1] == LF) {
        text.len--;

        if (text.len && text.data[text.len - 1] == CR) {
            text.len--;
        }
    }

    origin.log = log;
    origin.type = "key file";
    origin.name = &file->node.str;

    report.handler = ngx_http_jwt_keys_report;
    report.data = &origin;

    status = jose_keys_read(&file->keys, files->crypto, file->format, text,
                            &report);

    if (status != JOSE_OK) {
        ngx_log_error(level, log, 0, "key file \"%V\" cannot be used: %s",
                      &file->node.str, jose_status_text(status));
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
    ngx_http_jwt_key_file_t  **added;

    added = files->added.elts;

    for (i = 0; i < files->added.nelts; i++) {
        jose_keys_free(added[i]->keys);
    }

    while (files->n) {
        ngx_http_jwt_key_file_evict(files);
    }
}
