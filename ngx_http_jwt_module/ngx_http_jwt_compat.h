
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The differences between the releases of nginx, and no other place has them.
 */


#ifndef _NGX_HTTP_JWT_COMPAT_H_INCLUDED_
#define _NGX_HTTP_JWT_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


#if (nginx_version >= 1023000)

/* equal headers are linked, and a variable has them joined */

#define NGX_HTTP_JWT_JOINED_HEADERS  1

#define ngx_http_jwt_header_unlink(h)  (h)->next = NULL

#define ngx_http_jwt_cookies_clear(in)  (in)->cookie = NULL

#else

#define NGX_HTTP_JWT_JOINED_HEADERS  0

#define ngx_http_jwt_header_unlink(h)

#define ngx_http_jwt_cookies_clear(in)  (in)->cookies.nelts = 0

#endif


#if (nginx_version >= 1025000 && (NGX_QUIC || NGX_COMPAT))

/* a stream of QUIC is at its end when the request has been read */

#define ngx_http_jwt_client_left(c)                                           \
    ((c)->quic != NULL ? (c)->read->error || (c)->write->error                \
                       : (c)->read->eof || (c)->write->eof)

#else

#define ngx_http_jwt_client_left(c)  ((c)->read->eof || (c)->write->eof)

#endif


#if !(NGX_PCRE)

/* nginx without regular expressions has no type for them */

typedef struct ngx_regex_s  ngx_regex_t;

#endif


#if (NGX_DARWIN)

#define ngx_http_jwt_mtime_nsec(fi)  (fi)->st_mtimespec.tv_nsec
#define ngx_http_jwt_ctime_sec(fi)   (fi)->st_ctimespec.tv_sec
#define ngx_http_jwt_ctime_nsec(fi)  (fi)->st_ctimespec.tv_nsec

#else

#define ngx_http_jwt_mtime_nsec(fi)  (fi)->st_mtim.tv_nsec
#define ngx_http_jwt_ctime_sec(fi)   (fi)->st_ctim.tv_sec
#define ngx_http_jwt_ctime_nsec(fi)  (fi)->st_ctim.tv_nsec

#endif


#endif /* _NGX_HTTP_JWT_COMPAT_H_INCLUDED_ */
