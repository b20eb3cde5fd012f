
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * One subrequest for a key set.
 */


#ifndef _NGX_HTTP_JWT_FETCH_H_INCLUDED_
#define _NGX_HTTP_JWT_FETCH_H_INCLUDED_


#include "ngx_http_jwt_key_cache.h"
#include "ngx_http_jwt_key_response.h"


/* What one request wants of one source, in its pool. */
struct ngx_http_jwt_fetch_s {
    ngx_http_jwt_fetch_t             *next;
    const ngx_http_jwt_key_source_t  *source;
    ngx_http_jwt_responses_t         *responses;
    ngx_shm_zone_t                   *zone;     /* NULL: nothing is shared */
    ngx_str_t                         name;     /* URI, and digest of server */
    ngx_str_t                         uri;
    ngx_str_t                         args;
    ngx_buf_t                        *buffer;   /* of the answer */
    ngx_str_t                         text;     /* the answer */
    ngx_msec_t                        delay;    /* before the next look */
    ngx_http_request_t               *sr;
    ngx_event_t                       timeout;  /* in the background only */

    /* what a subrequest in the preaccess phase would do to its parent */

    unsigned                          limit_conn_status:2;
    unsigned                          limit_req_status:3;

    unsigned                          background:1;  /* nobody waits for it */
    unsigned                          started:1;
    unsigned                          done:1;
    unsigned                          failed:1;
};


JOSE_HIDDEN_BEGIN

/*
 * Starts the subrequest of a fetch that has its name and its URI.  When it is
 * done, fetch->done is set, fetch->text or fetch->failed with it, the answer
 * goes to fetch->responses and to fetch->zone, and the phases of r are run
 * again unless it is in the background.  NGX_ERROR: no memory, or too many
 * subrequests; the zone knows of it.
 */
ngx_int_t ngx_http_jwt_fetch_start(ngx_http_request_t *r,
    ngx_http_jwt_fetch_t *fetch, ngx_uint_t background);

/* Wipes and frees the answer, which may hold secrets. */
void ngx_http_jwt_fetch_free(ngx_pool_t *pool, ngx_http_jwt_fetch_t *fetch);

JOSE_HIDDEN_END


#endif /* _NGX_HTTP_JWT_FETCH_H_INCLUDED_ */
