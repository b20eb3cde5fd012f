
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
#include "jose/jwe.h"
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

#define NGX_HTTP_JWT_SIGNED            0
#define NGX_HTTP_JWT_ENCRYPTED         1
#define NGX_HTTP_JWT_NESTED            2

#define NGX_HTTP_JWT_PHASE_ACCESS      0
#define NGX_HTTP_JWT_PHASE_PREACCESS   1

/* seconds, at most, of any time that is computed with in milliseconds */
#define NGX_HTTP_JWT_SECONDS_MAX       ((time_t) NGX_MAX_INT32_VALUE)

/* seconds that cached keys are used while they cannot be refreshed */
#define NGX_HTTP_JWT_KEYS_STALE        86400

/* bytes of a key file, or of the answer to a key request */
#define NGX_HTTP_JWT_KEY_TEXT_MAX      (1024 * 1024)

/* bytes of a kid in a log line */
#define NGX_HTTP_JWT_KID_LOGGED        64

/* bytes of the name of a key file or a key request there */
#define NGX_HTTP_JWT_NAME_LOGGED       256

/* bytes of SHA-1, of the addresses and names of a server */
#define NGX_HTTP_JWT_SERVER_LEN        20


/* Of what few requests need, so that it is not in the way of the others. */
#define NGX_HTTP_JWT_NOINLINE  __attribute__((noinline))


typedef struct ngx_http_jwt_cached_token_s  ngx_http_jwt_cached_token_t;
typedef struct ngx_http_jwt_check_s      ngx_http_jwt_check_t;
typedef struct ngx_http_jwt_fetch_s      ngx_http_jwt_fetch_t;
typedef struct ngx_http_jwt_headers_s    ngx_http_jwt_headers_t;
typedef struct ngx_http_jwt_key_file_s   ngx_http_jwt_key_file_t;
typedef struct ngx_http_jwt_key_files_s  ngx_http_jwt_key_files_t;
typedef struct ngx_http_jwt_provider_s   ngx_http_jwt_provider_t;
typedef struct ngx_http_jwt_providers_s  ngx_http_jwt_providers_t;
typedef struct ngx_http_jwt_remote_s     ngx_http_jwt_remote_t;
typedef struct ngx_http_jwt_responses_s  ngx_http_jwt_responses_t;
typedef struct ngx_http_jwt_token_cache_s  ngx_http_jwt_token_cache_t;


/* One place in a request where a token may be. */
typedef struct {
    ngx_int_t                   index;          /* of the variable */
    ngx_str_t                   header;         /* NAME of "http_NAME" */
    ngx_uint_t                  authorization;  /* it has a scheme */
} ngx_http_jwt_token_source_t;


/* One place where keys come from: exactly one of the four is set. */
typedef struct {
    const jose_keys_t          *keys;       /* a value of the configuration */
    ngx_http_jwt_key_file_t    *file;
    ngx_http_complex_value_t   *file_name;  /* with variables */
    ngx_http_complex_value_t   *uri;        /* of a key request */
    jose_keys_format_t          format;
} ngx_http_jwt_key_source_t;


/* What log lines about keys name. */
typedef struct {
    ngx_conf_t                 *cf;         /* NULL: not in a directive */
    ngx_log_t                  *log;
    const char                 *type;       /* "directive", "key file" */
    const ngx_str_t            *name;
    ngx_uint_t                  told;       /* lines so far; set to 0 */
} ngx_http_jwt_keys_origin_t;


/* One auth_jwt_require. */
typedef struct {
    ngx_array_t                *values;     /* ngx_http_complex_value_t * */
    ngx_int_t                   code;
} ngx_http_jwt_require_t;


typedef struct {
    jose_crypto_t              *crypto;
    ngx_http_jwt_key_files_t   *key_files;
    ngx_http_jwt_responses_t   *responses;   /* NULL: no key requests */
    ngx_shm_zone_t             *key_cache;   /* NULL: nobody asks for it */
    ngx_array_t                 providers;   /* ngx_http_jwt_provider_t * */
    ngx_http_jwt_token_cache_t *token_cache;
    size_t                      token_cache_size;   /* 0: off */
    ngx_http_jwt_headers_t     *headers;
    ngx_uint_t                  preaccess;   /* some location asks for it */
    ngx_uint_t                  decrypts;    /* and for this */
    ngx_int_t                   late_phase;  /* the first after access */
} ngx_http_jwt_main_conf_t;


/* What a regular expression of a location, a rewrite or a map has captured. */
typedef struct {
    int                        *values;
    ngx_uint_t                  n;
    u_char                     *text;
    unsigned                    realloc:1;
} ngx_http_jwt_captures_t;


/* Which server it is, whatever else the configuration has. */
typedef struct {
    u_char                      digest[NGX_HTTP_JWT_SERVER_LEN];
} ngx_http_jwt_srv_conf_t;


typedef struct {
    ngx_flag_t                  enabled;
    ngx_uint_t                  type;
    ngx_http_complex_value_t   *realm;
    ngx_array_t                *tokens;      /* ngx_http_jwt_token_source_t */
    ngx_http_jwt_providers_t   *providers;   /* NULL: none is named */
    ngx_array_t                *keys;        /* ngx_http_jwt_key_source_t */
    time_t                      key_cache;
    ngx_array_t                *requires;    /* ngx_http_jwt_require_t */
    ngx_array_t                *claim_checks;   /* ngx_http_jwt_check_t */
    ngx_array_t                *header_checks;  /* ngx_http_jwt_check_t */
    ngx_uint_t                  requires_any;   /* one of these three is set */
    ngx_uint_t                  algorithms;  /* jose_alg_set_t, 0 is unset */
    time_t                      leeway;
    ngx_flag_t                  validate_sig;
    ngx_uint_t                  phase;
    ngx_uint_t                  challenge;
    ngx_http_complex_value_t   *challenge_value;
    ngx_http_jwt_token_cache_t *token_cache; /* NULL: tokens are not kept */
    const void                 *trusted;     /* the keys, or the providers */
} ngx_http_jwt_loc_conf_t;


/* A token of a request, read as far as somebody asked for. */
typedef struct {
    ngx_str_t                   text;        /* as it was sent */
    ngx_uint_t                  type;
    jose_jws_t                  jws;         /* the inner one, if nested */
    jose_jwe_t                  jwe;
    jose_json_object_t          header;      /* of jwe, then of an inner jws */
    jose_json_object_t          claims;
    jose_header_t               parameters;  /* of the header of jws */
    jose_jwe_header_t           encryption;  /* of the header of jwe */
    jose_bytes_t                plaintext;   /* data is NULL: not decrypted */
    jose_status_t               header_status;
    jose_status_t               claims_status;
    unsigned                    header_done:1;
    unsigned                    claims_done:1;
} ngx_http_jwt_token_t;


/* A request that waits for the keys of a provider. */
typedef struct {
    ngx_queue_t                 queue;
    ngx_http_request_t         *request;
    ngx_msec_t                  deadline;
    ngx_uint_t                  ended;       /* fetches, when it began */
    unsigned                    waits:1;     /* it is in a queue */
    unsigned                    waited:1;    /* for keys at all */
    unsigned                    joined:1;    /* a fetch that was under way */
    unsigned                    asked:1;     /* for one that brings its key */
    unsigned                    guarded:1;   /* its request has a cleanup */
} ngx_http_jwt_waiter_t;


/*
 * The context of a request, kept in the main request's pool where internal
 * redirects do not lose it.
 */
typedef struct {
    ngx_str_t                   realm;
    ngx_str_t                   text;        /* of the token, in the request */
    ngx_http_jwt_token_t       *token;       /* the one that was judged */
    ngx_http_jwt_cached_token_t  *cached;    /* its entry, if it was known */
    ngx_http_jwt_token_t       *seen;        /* the last that was read */
    ngx_http_jwt_fetch_t       *fetches;     /* what key requests bring */
    const ngx_http_jwt_provider_t  *provider;   /* of the token's issuer */
    ngx_http_jwt_waiter_t       waiter;
    const void                 *refused;     /* what the last log line is of */
    ngx_table_elt_t            *challenge;   /* in headers_out */
    const u_char               *retry_after; /* the value of that header */
    jose_status_t               status;
    jose_status_t               logged;      /* JOSE_OK: nothing yet */
    ngx_int_t                   code;        /* the access handler's answer */
    unsigned                    judged:1;
    unsigned                    shown:1;     /* variables were read */
    unsigned                    withheld:1;  /* and one was logged as unfit */
    unsigned                    lost:1;      /* for want of memory */
    unsigned                    stuck:1;     /* no answer can be sent */
} ngx_http_jwt_ctx_t;


JOSE_HIDDEN_BEGIN

extern ngx_module_t  ngx_http_jwt_module;


/* ngx_http_jwt_module.c */

/* The log, or, if something was logged in this second, one that is silent. */
ngx_log_t *ngx_http_jwt_log_once(time_t logged, ngx_log_t *log);

/* Whether there is a control character, which can end or hide a line. */
ngx_uint_t ngx_http_jwt_has_control(const u_char *p, size_t len);


/* ngx_http_jwt_value.c */

/* Compiles the value of a directive, in cf's pool.  NULL: it is not valid. */
ngx_http_complex_value_t *ngx_http_jwt_compile(ngx_conf_t *cf,
    ngx_str_t *value);

/*
 * The value of cv, in the pool of r, and that of a variable, as nginx has them,
 * but what "$1" is for the rest of the configuration stays as it was, also if
 * a map with a regular expression is asked.  NGX_ERROR, NULL: no memory.
 */
ngx_int_t ngx_http_jwt_evaluate(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv, ngx_str_t *value);
const ngx_http_variable_value_t *ngx_http_jwt_evaluate_variable(
    ngx_http_request_t *r, ngx_uint_t index);

/*
 * Puts "$1" and the like aside, and back: around whatever may ask a variable
 * that the configuration did not ask for at this place.
 */
void ngx_http_jwt_captures_keep(ngx_http_request_t *r,
    ngx_http_jwt_captures_t *captures);
void ngx_http_jwt_captures_restore(ngx_http_request_t *r,
    const ngx_http_jwt_captures_t *captures);


/* ngx_http_jwt_access.c */

/*
 * Phase handlers.  The access handler answers NGX_DECLINED where nothing is
 * to be checked, NGX_OK to let through, NGX_AGAIN while keys are fetched, or
 * the status to refuse with; the preaccess handler judges and then answers
 * NGX_DECLINED in any case.
 */
ngx_int_t ngx_http_jwt_access_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_jwt_preaccess_handler(ngx_http_request_t *r);

/*
 * The context of the main request of r, also after an internal redirect, which
 * has cleared r->ctx.  NULL: there is none yet.  ngx_http_jwt_ctx_create()
 * makes one; NULL: no memory.
 */
static ngx_inline ngx_http_jwt_ctx_t *ngx_http_jwt_ctx_find(
    ngx_http_request_t *r);
ngx_http_jwt_ctx_t *ngx_http_jwt_ctx_find_redirected(ngx_http_request_t *r);
ngx_http_jwt_ctx_t *ngx_http_jwt_ctx_create(ngx_http_request_t *r);


/* ngx_http_jwt_examine.c */

/*
 * Examines the token of r, all but what is required of its claims; it becomes
 * ctx->token.  JOSE_OK, JOSE_KEYS_PENDING (the phases of r are run again, and
 * this is called again), or why the request is refused.
 */
jose_status_t ngx_http_jwt_examine(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx);


/* ngx_http_jwt_known.c */

/*
 * The JOSE header, or the claims, of the token that was accepted; of one that
 * was known they are read now.  NULL: no memory.
 */
const jose_json_object_t *ngx_http_jwt_known_object(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx, ngx_uint_t header);

/*
 * What was found when a question was asked before about the token that was
 * accepted.  A question is an address that stands for it in the configuration.
 * NGX_OK: *value lives as long as the request; text.data is NULL if the token
 * has no such value.  NGX_DECLINED: it has to be found, and may be kept.
 */
ngx_int_t ngx_http_jwt_known_answer(const ngx_http_jwt_ctx_t *ctx,
    const void *question, jose_json_value_t *value);
void ngx_http_jwt_known_keep(ngx_http_request_t *r,
    const ngx_http_jwt_ctx_t *ctx, const void *question,
    const jose_json_value_t *value);

/*
 * What ctx has of the cache, if anything, is not for what is judged next, but
 * lives as long as the request.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_jwt_known_leave(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx);


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

/* auth_jwt */
char *ngx_http_jwt_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* ngx_http_jwt_parse.c */

/*
 * The token of that text and type, to be read: the one that ctx saw last, if
 * it is the same, or a new one.  NULL: no memory.
 */
ngx_http_jwt_token_t *ngx_http_jwt_token_get(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx, const ngx_str_t *text, ngx_uint_t type);

/*
 * Decode and read the header, or the claims, into r's pool, once; nothing is
 * verified.  The claims of an encrypted token can be read after it was
 * decrypted, its header then is that of the token inside.  JOSE_OK:
 * token->header, or token->claims, are there.  Else what is wrong with the
 * token, or JOSE_ERROR: no memory.
 */
jose_status_t ngx_http_jwt_token_read_header(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token);
jose_status_t ngx_http_jwt_token_read_claims(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token);

/*
 * Decrypts a token whose header was read into token->plaintext, and finds the
 * parts of the token inside.  Returns what jose_jwe_decrypt() does, or what is
 * wrong with the token inside.
 */
jose_status_t ngx_http_jwt_token_decrypt(ngx_http_request_t *r,
    ngx_http_jwt_token_t *token, const jose_crypto_t *crypto,
    const jose_keys_t *const *sets, size_t n);


/* ngx_http_jwt_keys.c */

/*
 * The key sets of all sources of jlcf, in r's pool; the sets themselves are
 * good until the next call for another request.
 *
 * JOSE_OK.  JOSE_KEYS_PENDING: a key request is under way, the phases of r are
 * run again when it is done.  JOSE_KEY_NAME_REFUSED: a file name, or a URI,
 * made of variables may not be opened.  JOSE_KEYS_UNAVAILABLE: at least one
 * source has none, which was logged, or none is configured.  JOSE_ERROR: no
 * memory.
 */
jose_status_t ngx_http_jwt_keys_get(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const jose_keys_t *const **sets, size_t *n);

/*
 * The same, but instead of the sets what stands for them and their order.  0:
 * there are none, ctx->status is one of the others.
 */
uint64_t ngx_http_jwt_keys_serial(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx);

/* Adds a zeroed source to a level.  NULL: no memory, or too many, logged. */
ngx_http_jwt_key_source_t *ngx_http_jwt_add_key_source(ngx_conf_t *cf,
    ngx_http_jwt_loc_conf_t *jlcf);

/* The handler of a jose_keys_report_t whose data is the origin of the keys. */
void ngx_http_jwt_keys_report(void *data, size_t index, jose_bytes_t kid,
    jose_status_t why);

/*
 * Adds the algorithms of a directive, from its first argument on, to *set.
 * NGX_ERROR: one of them is unknown, which was logged.
 */
ngx_int_t ngx_http_jwt_read_algorithms(ngx_conf_t *cf, jose_alg_set_t *set);

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
 * second, and none for valid seconds after one that found keys.  NULL: it is
 * missing or broken, which is logged to log at error, at most once a second;
 * with a valid that is not 0, old keys are used all the same, for a day.
 */
const jose_keys_t *ngx_http_jwt_key_file_keys(ngx_http_jwt_key_file_t *file,
    time_t valid, ngx_log_t *log);


/* ngx_http_jwt_key_response.c */

/* What a worker keeps of key requests.  NULL: no memory. */
ngx_http_jwt_responses_t *ngx_http_jwt_responses_create(ngx_conf_t *cf,
    const jose_crypto_t *crypto);

/* Frees the keys that a request may have had until now. */
void ngx_http_jwt_responses_free_retired(ngx_http_jwt_responses_t *responses);


/* ngx_http_jwt_key_request.c */

/*
 * The keys of a source with a URI, by a subrequest of r, which is a main
 * request, or, with auth_jwt_key_cache, by one of any request.
 *
 * NULL: *status is one of those of ngx_http_jwt_keys_get(); what went wrong
 * is logged at error, at most once a second.
 */
const jose_keys_t *ngx_http_jwt_key_request_keys(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx,
    const ngx_http_jwt_key_source_t *source, jose_status_t *status);

/*
 * After all of http is read.  Tells servers apart: what is kept of key requests
 * for one of them is not for another one that stands at its place after a
 * reload.  And private keys are read if some location decrypts, else not.
 */
void ngx_http_jwt_key_request_init(ngx_conf_t *cf);

/* Frees the answers that ctx has, once the request is judged. */
void ngx_http_jwt_key_request_judged(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx);

/* auth_jwt_key_request, auth_jwt_key_cache */
char *ngx_http_jwt_set_key_request(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_jwt_set_key_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* ngx_http_jwt_require.c */

/*
 * Evaluates all that jlcf requires of an accepted token.  NGX_OK: typed checks
 * are met, and each value of an auth_jwt_require is neither empty nor "0".
 * NGX_ERROR: no memory.  Else the status to refuse with.
 */
ngx_int_t ngx_http_jwt_require(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_http_jwt_ctx_t *ctx);

/* The code of an "error=" parameter.  NGX_ERROR: it is not one, logged. */
ngx_int_t ngx_http_jwt_require_code(ngx_conf_t *cf, ngx_str_t *value);

/* auth_jwt_require */
char *ngx_http_jwt_set_require(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* ngx_http_jwt_match.c */

/*
 * Compiles a regular expression that gives up after 100000 steps, all places
 * together where it could begin; an expression with a verb, "(*", or with a
 * recursion into all of itself gives up after so many at one place.
 *
 * NULL: it is not valid, nginx has none, or no memory; err, which has room for
 * NGX_MAX_CONF_ERRSTR bytes, says what.
 */
ngx_regex_t *ngx_http_jwt_match_compile(ngx_conf_t *cf,
    const ngx_str_t *pattern, ngx_str_t *err);

/*
 * NGX_OK: left, a value of JSON, matches.  NGX_DECLINED: it does not, or is no
 * string.  NGX_ABORT: that cannot be decided; logged.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_jwt_match(ngx_http_request_t *r, ngx_regex_t *regex,
    const jose_json_value_t *left);


/* ngx_http_jwt_require_claim.c */

/*
 * Evaluates all checks, an array of ngx_http_jwt_check_t or NULL, of the JOSE
 * header or else the claims of the token that was accepted.  NGX_OK: all are
 * met.  NGX_ERROR: no memory.  Else the status to refuse with.
 */
ngx_int_t ngx_http_jwt_require_checks(ngx_http_request_t *r,
    ngx_http_jwt_ctx_t *ctx, const ngx_array_t *checks, ngx_uint_t header);

/* auth_jwt_require_claim, auth_jwt_require_header */
char *ngx_http_jwt_set_require_claim(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_jwt_set_require_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* ngx_http_jwt_variables.c */

/* Registers the variables.  NGX_ERROR: no memory. */
ngx_int_t ngx_http_jwt_add_variables(ngx_conf_t *cf);

/*
 * When the configuration was read: those of ours among all that it names, an
 * array of ngx_http_variable_t, are looked up once for each token that is kept.
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_jwt_keep_variables(ngx_cycle_t *cycle,
    const ngx_array_t *variables);

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
 * Writes the one log line of a request that is refused for ctx->status; the
 * parameters of the token's header are in it where it has some.
 */
void ngx_http_jwt_log_refusal(ngx_http_request_t *r, ngx_http_jwt_ctx_t *ctx);

/*
 * Sets the challenge of a judged request for a code of 401 or 403 (RFC 6750,
 * 3), and returns code, or 500 if there is no memory.
 */
ngx_int_t ngx_http_jwt_challenge_set(ngx_http_request_t *r,
    const ngx_http_jwt_loc_conf_t *jlcf, ngx_int_t code);

/*
 * Sets the Retry-After of a request that is refused for want of the keys of a
 * provider (RFC 9110, 10.2.3), and returns code, or 500 if there is no memory.
 */
ngx_int_t ngx_http_jwt_retry_after_set(ngx_http_request_t *r, ngx_int_t code);

/* Takes what these two have set back. */
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


static ngx_inline ngx_http_jwt_ctx_t *
ngx_http_jwt_ctx_find(ngx_http_request_t *r)
{
    ngx_http_jwt_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_jwt_module);

    if (ctx != NULL || !(r->main->internal || r->main->filter_finalize)) {
        return ctx;
    }

    return ngx_http_jwt_ctx_find_redirected(r->main);
}


static ngx_inline jose_bytes_t
ngx_http_jwt_bytes(const ngx_str_t *text)
{
    jose_bytes_t  bytes;

    bytes.data = text->data;
    bytes.len = text->len;

    return bytes;
}


/*
 * What stands for some sets, or none (0), in their order, and another one
 * behind them.
 */

static ngx_inline uint64_t
ngx_http_jwt_keys_and(uint64_t serial, const jose_keys_t *keys)
{
    if (serial != 0) {
        serial *= 0xff51afd7ed558ccd;
        serial ^= serial >> 33;
        serial *= 0xc4ceb9fe1a85ec53;
        serial ^= serial >> 33;
    }

    return serial ^ keys->serial;
}


#endif /* _NGX_HTTP_JWT_MODULE_H_INCLUDED_ */
