
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * What the rooms of the module share: configuration, the context of a
 * request, and the contract of each function that another room calls.
 */


#ifndef _NGX_HTTP_JWT_MODULE_H_INCLUDED_
#define _NGX_HTTP_JWT_MODULE_H_INCLUDED_


#include "ngx_http_jwt_compat.h"

#include "jose/claims.h"
#include "jose/jws.h"


/*
 * The first word of every directive: an nginx with an auth_jwt of its own can
 * be given another one at build time.
 */

#ifndef NGX_HTTP_JWT_DIRECTIVE
#define NGX_HTTP_JWT_DIRECTIVE  "auth_jwt"
#endif


#define NGX_HTTP_JWT_CHALLENGE_OFF     0
#define NGX_HTTP_JWT_CHALLENGE_ON      1
#define NGX_HTTP_JWT_CHALLENGE_STRING  2

#define NGX_HTTP_JWT_PHASE_ACCESS      0
#define NGX_HTTP_JWT_PHASE_PREACCESS   1

/* bytes of a kid in a log line */
#define NGX_HTTP_JWT_KID_LOGGED        64


typedef struct ngx_http_jwt_key_file_s   ngx_http_jwt_key_file_t;
typedef struct ngx_http_jwt_key_files_s  ngx_http_jwt_key_files_t;


/* One place in a request where a token may be. */
typedef struct {
    ngx_int_t                   index;          /* of the variable */
    ngx_str_t                   header;         /* NAME of "http_NAME" */
    ngx_uint_t                  authorization;  /* it has a scheme */
} ngx_http_jwt_token_source_t;


/* One place where keys come from: exactly one of the three is set. */
typedef struct {
    const jose_keys_t          *keys;       /* a value of the configuration */
    ngx_http_jwt_key_file_t    *file;
    ngx_http_complex_value_t   *file_name;  /* with variables */
    jose_keys_format_t          format;
} ngx_http_jwt_key_source_t;


/* What log lines about keys name. */
typedef struct {
    ngx_conf_t                 *cf;         /* NULL: not in a directive */
    ngx_log_t                  *log;
    const char                 *type;       /* "directive", "key file" */
    const ngx_str_t            *name;
} ngx_http_jwt_keys_origin_t;


/* One auth_jwt_require. */
typedef struct {
    ngx_array_t                *values;     /* ngx_http_complex_value_t * */
    ngx_int_t                   code;
} ngx_http_jwt_require_t;


typedef struct {
    jose_crypto_t              *crypto;
    ngx_http_jwt_key_files_t   *key_files;
    ngx_uint_t                  preaccess;   /* some location asks for it */
    ngx_int_t                   late_phase;  /* the first after access */
} ngx_http_jwt_main_conf_t;


typedef struct {
    ngx_flag_t                  enabled;
    ngx_http_complex_value_t   *realm;
    ngx_array_t                *tokens;      /* ngx_http_jwt_token_source_t */
    ngx_array_t                *keys;        /* ngx_http_jwt_key_source_t */
    ngx_array_t                *requires;    /* ngx_http_jwt_require_t */
    ngx_uint_t                  algorithms;  /* jose_alg_set_t, 0 is unset */
    time_t                      leeway;
    ngx_flag_t                  validate_sig;
    ngx_uint_t                  phase;
    ngx_uint_t                  challenge;
    ngx_http_complex_value_t   *challenge_value;
} ngx_http_jwt_loc_conf_t;


/* A token of a request, read as far as somebody asked for. */
typedef struct {
    ngx_str_t                   text;        /* as it was sent */
    jose_jws_t                  jws;
    jose_json_object_t          header;
    jose_json_object_t          claims;
    jose_header_t               parameters;  /* of header */
    jose_status_t               header_status;
    jose_status_t               claims_status;
    unsigned                    header_done:1;
    unsigned                    claims_done:1;
} ngx_http_jwt_token_t;


/*
 * The context of a request, kept in the main request's pool where internal
 * redirects do not lose it.
 */
typedef struct {
    ngx_http_jwt_token_t       *token;       /* the one that was judged */
    ngx_http_jwt_token_t       *seen;        /* the last that was read */
    ngx_http_jwt_token_t       *refused;     /* the one of the last log line */
    ngx_table_elt_t            *challenge;   /* in headers_out */
    jose_status_t               status;
    jose_status_t               logged;      /* JOSE_OK: nothing yet */
    ngx_int_t                   code;        /* the access handler's answer */
    unsigned                    judged:1;
    unsigned                    shown:1;     /* variables were read */
    unsigned                    withheld:1;  /* and one was logged as unfit */
} ngx_http_jwt_ctx_t;


JOSE_HIDDEN_BEGIN

extern ngx_module_t  ngx_http_jwt_module;


/* ngx_http_jwt_module.c */

/* Compiles the value of a directive, in cf's pool.  NULL: it is not valid. */
ngx_http_complex_value_t *ngx_http_jwt_compile(ngx_conf_t *cf,
    ngx_str_t *value);

/* Whether there is a control character, which can end or hide a line. */
ngx_uint_t ngx_http_jwt_has_control(const u_char *p, size_t len);


/* ngx_http_jwt_access.c */

/*
 * Phase handlers.  The access handler answers NGX_DECLINED where nothing is
 * to be checked, NGX_OK to let through, or the status to refuse with; the
 * preaccess handler judges and always answers NGX_DECLINED.
 */
ngx_int_t ngx_http_jwt_access_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_jwt_preaccess_handler(ngx_http_request_t *r);

/*
 * The context of the main request of r, also after an internal redirect.
 * NULL: there is none yet.  ngx_http_jwt_ctx_create() makes one; NULL: no
 * memory.
 */
ngx_http_jwt_ctx_t *ngx_http_jwt_ctx_find(ngx_http_request_t *r);
ngx_http_jwt_ctx_t *ngx_http_jwt_ctx_create(ngx_http_request_t *r);


/* ngx_http_jwt_token.c */

/*
 * Finds the token of r in the first source of jlcf that has one; an empty
 * value and "-" are none.
 *
 * JOSE_OK: *text is borrowed from the request.  JOSE_NO_TOKEN.
 * JOSE_MALFORMED: the request has that header twice.
 */
jose_status_t ngx_http_jwt_token_find(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_str_t *text);

/*
 * The token of that text, to be read: the one that ctx saw last, if it has the
 * same bytes, or a new one.  NULL: no memory.
 */
ngx_http_jwt_token_t *ngx_http_jwt_token_get(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx, const ngx_str_t *text);

/*
 * Decode and read the header, or the payload, into r's pool, once; nothing is
 * verified.  JOSE_OK: token->jws and token->header, or token->claims, are
 * there.  Else what is wrong with the token, or JOSE_ERROR: no memory.
 */
jose_status_t ngx_http_jwt_token_read_header(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token);
jose_status_t ngx_http_jwt_token_read_claims(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token);

/* auth_jwt */
char *ngx_http_jwt_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* ngx_http_jwt_keys.c */

/*
 * The key sets of all sources of jlcf, in r's pool; the sets themselves are
 * good until the next call for another request.
 *
 * JOSE_OK.  JOSE_KEY_NAME_REFUSED: a file name made of variables may not be
 * opened.  JOSE_KEYS_UNAVAILABLE: at least one source has none, which was
 * logged, or none is configured.  JOSE_ERROR: no memory.
 */
jose_status_t ngx_http_jwt_keys_get(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, const jose_keys_t *const **sets,
    size_t *n);

/* The handler of a jose_keys_report_t whose data is the origin of the keys. */
void ngx_http_jwt_keys_report(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);

/* auth_jwt_key, auth_jwt_key_file, auth_jwt_algorithms */
char *ngx_http_jwt_set_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_jwt_set_key_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_jwt_set_algorithms(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* ngx_http_jwt_key_file.c */

/* All key files of a configuration.  NULL: no memory. */
ngx_http_jwt_key_files_t *ngx_http_jwt_key_files_create(ngx_conf_t *cf,
    const jose_crypto_t *crypto);

/*
 * Adds a file whose full, terminated name is known at start, and reads it
 * once: what is wrong with it is a warning.  NULL: no memory.
 */
ngx_http_jwt_key_file_t *ngx_http_jwt_key_file_add(ngx_conf_t *cf,
    ngx_http_jwt_key_files_t *files, ngx_str_t *name,
    jose_keys_format_t format);

/*
 * A file whose full, terminated name was made of variables: one of a bounded
 * number that the worker keeps, the one used least recently goes first.
 * NULL: no memory.
 */
ngx_http_jwt_key_file_t *ngx_http_jwt_key_file_find(
    ngx_http_jwt_key_files_t *files, ngx_str_t *name,
    jose_keys_format_t format);

/*
 * The keys of a file, read again if it was replaced: at most one stat() a
 * second.  NULL: it is missing or broken, which is logged to log at error, at
 * most once a second.
 */
const jose_keys_t *ngx_http_jwt_key_file_keys(
    ngx_http_jwt_key_files_t *files, ngx_http_jwt_key_file_t *file,
    ngx_log_t *log);


/* ngx_http_jwt_require.c */

/*
 * Evaluates every auth_jwt_require of jlcf.  NGX_OK: each value is neither
 * empty nor "0".  NGX_ERROR: no memory.  Else the status to refuse with.
 */
ngx_int_t ngx_http_jwt_require(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf);

/* auth_jwt_require */
char *ngx_http_jwt_set_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* ngx_http_jwt_variables.c */

/* Registers the variables.  NGX_ERROR: no memory. */
ngx_int_t ngx_http_jwt_add_variables(ngx_conf_t *cf);

/*
 * Our variables are evaluated each time, but nginx keeps what a map made of
 * them.  If any was read since the last call, all that nginx can compute again
 * is dropped, so that no decision rests on what was true before.
 */
void ngx_http_jwt_forget_derived(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx);

/* auth_jwt_claim_set, auth_jwt_header_set */
char *ngx_http_jwt_set_claim_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_jwt_set_header_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* ngx_http_jwt_challenge.c */

/*
 * Refuses: writes the one log line, sets the challenge for a code of 401 or
 * 403 (RFC 6750, 3) and returns code, or 500 if there is no memory.  The
 * parameters of the token's header are logged where it has some.
 */
ngx_int_t ngx_http_jwt_refuse(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    ngx_str_t *realm, ngx_int_t code);

/* Takes back what ngx_http_jwt_refuse() put into headers_out. */
void ngx_http_jwt_challenge_clear(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx);

/*
 * Copies at most len bytes of what a client sent to dst, with everything but
 * printable ASCII, and with quotes, as "?".  Returns the end of the copy.
 */
u_char *ngx_http_jwt_printable(u_char *dst, jose_bytes_t text, size_t len);

/* auth_jwt_www_authenticate */
char *ngx_http_jwt_set_www_authenticate(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

JOSE_HIDDEN_END


static ngx_inline jose_bytes_t
ngx_http_jwt_bytes(const ngx_str_t *text)
{
    jose_bytes_t  bytes;

    bytes.data = text->data;
    bytes.len = text->len;

    return bytes;
}


#endif /* _NGX_HTTP_JWT_MODULE_H_INCLUDED_ */
