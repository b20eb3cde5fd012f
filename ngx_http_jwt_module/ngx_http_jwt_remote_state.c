
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * A key set on disk, so that a cold start serves without its provider.
 */


#include "ngx_http_jwt_remote.h"

#include "jose/load.h"


/* text that is JSON in a string of JSON has about twice its length */
#define NGX_HTTP_JWT_STATE_MAX  (4 * NGX_HTTP_JWT_KEY_TEXT_MAX)


static char *ngx_http_jwt_state_json(const ngx_http_jwt_remote_conf_t *conf,
    const ngx_http_jwt_remote_set_t *set, time_t fetched);
static void ngx_http_jwt_state_write(ngx_pool_t *pool, const ngx_str_t *name,
    const char *text);
static ngx_int_t ngx_http_jwt_state_write_file(const u_char *name,
    const char *text);
static ngx_int_t ngx_http_jwt_state_read(ngx_pool_t *pool,
    const ngx_str_t *name, ngx_str_t *text);
static ngx_int_t ngx_http_jwt_state_read_file(ngx_fd_t fd, ngx_pool_t *pool,
    ngx_str_t *text, const char **why);
static const char *ngx_http_jwt_state_restore(ngx_http_jwt_remote_t *remote,
    const json_t *state);
static ngx_uint_t ngx_http_jwt_state_string(const json_t *state,
    const char *name, ngx_str_t *value);


void
ngx_http_jwt_remote_save(ngx_http_jwt_remote_t *remote)
{
    char                              *text;
    time_t                             fetched;
    ngx_uint_t                         version;
    ngx_pool_t                        *pool;
    ngx_http_jwt_remote_set_t          set;
    const ngx_http_jwt_remote_conf_t  *conf;

    conf = remote->conf;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    if (ngx_http_jwt_remote_copy(remote->zone, pool, &set, &version, &fetched)
        == NGX_OK)
    {
        text = ngx_http_jwt_state_json(conf, &set, fetched);

        if (text == NULL) {
            ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                          "provider \"%V\": what \"%V\" is to hold is not "
                          "UTF-8", &conf->name, &conf->state);

        } else {
            ngx_http_jwt_state_write(pool, &conf->state, text);
            free(text);
        }
    }

    ngx_destroy_pool(pool);
}


static char *
ngx_http_jwt_state_json(const ngx_http_jwt_remote_conf_t *conf,
    const ngx_http_jwt_remote_set_t *set, time_t fetched)
{
    char    *text;
    json_t  *state;

    state = json_pack("{s:s%, s:I, s:s%, s:s%, s:s%}",
                      "source", conf->source.data, conf->source.len,
                      "fetched", (json_int_t) fetched,
                      "etag", set->etag.data, set->etag.len,
                      "uri", set->uri.data, set->uri.len,
                      "keys", set->text.data, set->text.len);

    text = json_dumps(state, JSON_INDENT(1));

    json_decref(state);

    return text;
}


static void
ngx_http_jwt_state_write(ngx_pool_t *pool, const ngx_str_t *name,
    const char *text)
{
    u_char  *temp;

    temp = ngx_pnalloc(pool, name->len + 1 + NGX_INT64_LEN + 1);
    if (temp == NULL) {
        return;
    }

    (void) ngx_sprintf(temp, "%V.%P%Z", name, ngx_pid);

    if (ngx_http_jwt_state_write_file(temp, text) == NGX_OK
        && ngx_rename_file(temp, name->data) == NGX_FILE_ERROR)
    {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, ngx_errno,
                      ngx_rename_file_n " \"%s\" to \"%V\" failed", temp,
                      name);
        (void) ngx_delete_file(temp);
    }
}


static ngx_int_t
ngx_http_jwt_state_write_file(const u_char *name, const char *text)
{
    size_t     len;
    ssize_t    n;
    ngx_fd_t   fd;

    /* of a worker that had this number, and died */

    (void) ngx_delete_file(name);

    fd = open((const char *) name, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);

    if (fd == NGX_INVALID_FILE) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, ngx_errno,
                      ngx_open_file_n " \"%s\" failed", name);
        return NGX_ERROR;
    }

    len = ngx_strlen(text);
    n = ngx_write_fd(fd, (void *) (uintptr_t) text, len);

    if (n != (ssize_t) len) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, ngx_errno,
                      ngx_write_fd_n " to \"%s\" failed", name);
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR || n != (ssize_t) len) {
        (void) ngx_delete_file(name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_jwt_remote_load(ngx_http_jwt_remote_t *remote)
{
    bool                               starved;
    json_t                            *state;
    ngx_str_t                          text;
    ngx_pool_t                        *pool;
    const char                        *why;
    const ngx_http_jwt_remote_conf_t  *conf;

    conf = remote->conf;

    if (conf->state.len == 0
        || ngx_http_jwt_remote_version(remote->zone) != 0)
    {
        return;
    }

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    if (ngx_http_jwt_state_read(pool, &conf->state, &text) == NGX_OK) {

        state = jose_load(ngx_http_jwt_bytes(&text), &starved);

        why = ngx_http_jwt_state_restore(remote, state);

        json_decref(state);

        if (why != NULL) {
            ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                          "provider \"%V\": \"%V\" is not used: %s",
                          &conf->name, &conf->state, why);
        }
    }

    ngx_destroy_pool(pool);
}


/* NGX_DECLINED: there is no such file */

static ngx_int_t
ngx_http_jwt_state_read(ngx_pool_t *pool, const ngx_str_t *name,
    ngx_str_t *text)
{
    ngx_fd_t     fd;
    ngx_int_t    rc;
    const char  *why;

    /* whatever it is, it does not block */

    fd = open((const char *) name->data,
              O_RDONLY|O_NONBLOCK|O_NOFOLLOW|O_CLOEXEC);

    if (fd == NGX_INVALID_FILE) {

        if (ngx_errno == NGX_ENOENT) {
            return NGX_DECLINED;
        }

        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, ngx_errno,
                      ngx_open_file_n " \"%V\" failed", name);
        return NGX_ERROR;
    }

    rc = ngx_http_jwt_state_read_file(fd, pool, text, &why);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "\"%V\" is not used: %s", name, why);
    }

    (void) ngx_close_file(fd);

    return rc;
}


/* keys that somebody else can write are somebody else's keys */

static ngx_int_t
ngx_http_jwt_state_read_file(ngx_fd_t fd, ngx_pool_t *pool, ngx_str_t *text,
    const char **why)
{
    ssize_t          n;
    ngx_file_info_t  fi;

    *why = "it cannot be read";

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        return NGX_ERROR;
    }

    if (!ngx_is_file(&fi)
        || ngx_file_size(&fi) > NGX_HTTP_JWT_STATE_MAX)
    {
        *why = "it is not a file of keys";
        return NGX_ERROR;
    }

    if ((fi.st_uid != geteuid() && fi.st_uid != 0)
        || (fi.st_mode & (S_IWGRP|S_IWOTH)))
    {
        *why = "others can write it";
        return NGX_ERROR;
    }

    text->len = (size_t) ngx_file_size(&fi);
    text->data = ngx_pnalloc(pool, text->len + 1);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, text->data, text->len);

    return n == (ssize_t) text->len ? NGX_OK : NGX_ERROR;
}


/* NULL: all is well */

static const char *
ngx_http_jwt_state_restore(ngx_http_jwt_remote_t *remote,
    const json_t *state)
{
    time_t                             age;
    ngx_str_t                          source;
    const json_t                      *fetched;
    jose_keys_t                       *keys;
    jose_status_t                      status;
    ngx_http_jwt_remote_set_t          set;
    const ngx_http_jwt_remote_conf_t  *conf;

    conf = remote->conf;
    fetched = json_object_get(state, "fetched");

    if (!json_is_integer(fetched)
        || json_integer_value(fetched) < 0
        || !ngx_http_jwt_state_string(state, "source", &source)
        || !ngx_http_jwt_state_string(state, "etag", &set.etag)
        || !ngx_http_jwt_state_string(state, "uri", &set.uri)
        || !ngx_http_jwt_state_string(state, "keys", &set.text)
        || set.text.len > NGX_HTTP_JWT_KEY_TEXT_MAX
        || ngx_http_jwt_has_control(set.etag.data, set.etag.len)
        || ngx_http_jwt_has_control(set.uri.data, set.uri.len))
    {
        return "it is not a file of keys";
    }

    if (!jose_bytes_equal(ngx_http_jwt_bytes(&source),
                          ngx_http_jwt_bytes(&conf->source)))
    {
        return "its keys are of another provider";
    }

    age = ngx_time() - (time_t) json_integer_value(fetched);
    age = ngx_max(age, 0);

    if (age >= (time_t) (conf->times.stale / 1000)) {
        return "its keys are too old";
    }

    status = ngx_http_jwt_remote_read(conf, &set.text,
                                      ngx_http_jwt_log_once(ngx_time(), NULL),
                                      &keys);
    if (status != JOSE_OK) {
        return jose_status_text(status);
    }

    jose_keys_free(keys);

    set.discovered = 1;

    ngx_http_jwt_remote_restore(remote->zone, &set, age);

    return NULL;
}


static ngx_uint_t
ngx_http_jwt_state_string(const json_t *state, const char *name,
    ngx_str_t *value)
{
    const json_t  *string;

    string = json_object_get(state, name);

    value->data = (u_char *) (uintptr_t) json_string_value(string);
    value->len = json_string_length(string);

    return json_is_string(string);
}
