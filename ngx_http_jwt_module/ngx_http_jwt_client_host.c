
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * From the host of a URI to addresses: it is one, it was looked up at start,
 * or nginx's resolver knows.
 */


#include "ngx_http_jwt_client.h"


static ngx_int_t ngx_http_jwt_host_local(ngx_http_jwt_exchange_t *exchange);
static ngx_int_t ngx_http_jwt_host_literal(ngx_http_jwt_exchange_t *exchange);
static ngx_int_t ngx_http_jwt_host_known(ngx_http_jwt_exchange_t *exchange);
static const ngx_http_jwt_host_t *ngx_http_jwt_host_find(
    const ngx_http_jwt_client_conf_t *conf, const u_char *name, size_t len);
static void ngx_http_jwt_host_resolve(ngx_http_jwt_exchange_t *exchange);
static ngx_resolver_t *ngx_http_jwt_host_resolver(
    const ngx_http_jwt_client_conf_t *conf);
static void ngx_http_jwt_host_resolved(ngx_resolver_ctx_t *resolving);
static ngx_int_t ngx_http_jwt_host_addresses(
    ngx_http_jwt_exchange_t *exchange, ngx_uint_t n);
static ngx_int_t ngx_http_jwt_host_add(ngx_http_jwt_exchange_t *exchange,
    const struct sockaddr *sockaddr, socklen_t socklen);


void
ngx_http_jwt_exchange_find(ngx_http_jwt_exchange_t *exchange)
{
    ngx_int_t  rc;

    if (exchange->uri.local) {
        rc = ngx_http_jwt_host_local(exchange);

    } else {
        rc = ngx_http_jwt_host_literal(exchange);
    }

    if (rc == NGX_DECLINED) {
        rc = ngx_http_jwt_host_known(exchange);
    }

    if (rc == NGX_DECLINED) {
        ngx_http_jwt_host_resolve(exchange);
        return;
    }

    if (rc != NGX_OK) {
        ngx_http_jwt_exchange_fail(exchange, "no memory");
        return;
    }

    ngx_http_jwt_exchange_connect(exchange);
}


static ngx_int_t
ngx_http_jwt_host_local(ngx_http_jwt_exchange_t *exchange)
{
    struct sockaddr_un  un;

    ngx_memzero(&un, sizeof(struct sockaddr_un));

    un.sun_family = AF_UNIX;

    (void) ngx_cpystrn((u_char *) un.sun_path, exchange->host.data,
                       sizeof(un.sun_path));

    if (ngx_http_jwt_host_addresses(exchange, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_jwt_host_add(exchange, (struct sockaddr *) &un,
                                 sizeof(struct sockaddr_un));
}


/* NGX_DECLINED: the host is a name */

static ngx_int_t
ngx_http_jwt_host_literal(ngx_http_jwt_exchange_t *exchange)
{
    ngx_int_t   rc;
    ngx_addr_t  addr;

    rc = ngx_parse_addr(exchange->pool, &addr, exchange->host.data,
                        exchange->host.len);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_jwt_host_addresses(exchange, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_jwt_host_add(exchange, addr.sockaddr, addr.socklen);
}


/* NGX_DECLINED: it was not looked up at start */

static ngx_int_t
ngx_http_jwt_host_known(ngx_http_jwt_exchange_t *exchange)
{
    ngx_uint_t                  i;
    const ngx_http_jwt_host_t  *host;

    host = ngx_http_jwt_host_find(exchange->conf, exchange->host.data,
                                  exchange->host.len);
    if (host == NULL) {
        return NGX_DECLINED;
    }

    if (ngx_http_jwt_host_addresses(exchange, host->naddrs) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < host->naddrs; i++) {
        if (ngx_http_jwt_host_add(exchange, host->addrs[i].sockaddr,
                                  host->addrs[i].socklen)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static const ngx_http_jwt_host_t *
ngx_http_jwt_host_find(const ngx_http_jwt_client_conf_t *conf,
    const u_char *name, size_t len)
{
    ngx_uint_t                  i;
    const ngx_http_jwt_host_t  *host;

    host = conf->hosts.elts;

    for (i = 0; i < conf->hosts.nelts; i++) {

        if (host[i].name.len == len
            && ngx_strncasecmp(host[i].name.data,
                               (u_char *) (uintptr_t) name, len)
               == 0)
        {
            return &host[i];
        }
    }

    return NULL;
}


static void
ngx_http_jwt_host_resolve(ngx_http_jwt_exchange_t *exchange)
{
    ngx_resolver_t      *resolver;
    ngx_resolver_ctx_t  *resolving, name;

    resolver = ngx_http_jwt_host_resolver(exchange->conf);

    if (resolver == NULL) {
        ngx_http_jwt_exchange_fail(exchange, "the host was not looked up at "
                                   "start, and there is no \"resolver\"");
        return;
    }

    name.name = exchange->host;

    resolving = ngx_resolve_start(resolver, &name);

    if (resolving == NULL || resolving == NGX_NO_RESOLVER) {
        ngx_http_jwt_exchange_fail(exchange, "no memory");
        return;
    }

    resolving->name = exchange->host;
    resolving->handler = ngx_http_jwt_host_resolved;
    resolving->data = exchange;
    resolving->timeout = exchange->conf->connect_timeout;

    exchange->resolving = resolving;

    /* when this returns NGX_OK, the handler may have freed the exchange */

    if (ngx_resolve_name(resolving) != NGX_OK) {
        exchange->resolving = NULL;
        ngx_http_jwt_exchange_fail(exchange, "the resolver failed");
    }
}


/* nginx makes one without servers where none is configured */

static ngx_resolver_t *
ngx_http_jwt_host_resolver(const ngx_http_jwt_client_conf_t *conf)
{
    ngx_resolver_t  *resolver;

    resolver = conf->clcf->resolver;

    return resolver != NULL && resolver->connections.nelts ? resolver : NULL;
}


static void
ngx_http_jwt_host_resolved(ngx_resolver_ctx_t *resolving)
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_http_jwt_exchange_t  *exchange;

    exchange = resolving->data;

    if (resolving->state) {
        ngx_log_error(NGX_LOG_ERR, &exchange->log, 0,
                      "the host could not be resolved (%i: %s)",
                      resolving->state,
                      ngx_resolver_strerror(resolving->state));

        ngx_http_jwt_exchange_fail(exchange, "the resolver failed");
        return;
    }

    rc = ngx_http_jwt_host_addresses(exchange, resolving->naddrs);

    for (i = 0; rc == NGX_OK && i < resolving->naddrs; i++) {
        rc = ngx_http_jwt_host_add(exchange, resolving->addrs[i].sockaddr,
                                   resolving->addrs[i].socklen);
    }

    ngx_resolve_name_done(resolving);
    exchange->resolving = NULL;

    if (rc != NGX_OK || exchange->naddrs == 0) {
        ngx_http_jwt_exchange_fail(exchange, "no memory");
        return;
    }

    ngx_http_jwt_exchange_connect(exchange);
}


static ngx_int_t
ngx_http_jwt_host_addresses(ngx_http_jwt_exchange_t *exchange, ngx_uint_t n)
{
    exchange->addrs = ngx_palloc(exchange->pool, n * sizeof(ngx_addr_t));

    return exchange->addrs ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_jwt_host_add(ngx_http_jwt_exchange_t *exchange,
    const struct sockaddr *sockaddr, socklen_t socklen)
{
    ngx_addr_t  *addr;

    addr = &exchange->addrs[exchange->naddrs];

    addr->sockaddr = ngx_palloc(exchange->pool, socklen);
    if (addr->sockaddr == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(addr->sockaddr, sockaddr, socklen);
    addr->socklen = socklen;

    ngx_inet_set_port(addr->sockaddr, exchange->uri.port);

    exchange->naddrs++;

    return NGX_OK;
}


ngx_uint_t
ngx_http_jwt_client_is_loopback(const struct sockaddr *sockaddr)
{
    in_addr_t                   addr;
    const struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    const struct sockaddr_in6  *sin6;
#endif

    switch (sockaddr->sa_family) {

    case AF_INET:
        sin = (const struct sockaddr_in *) sockaddr;
        addr = ntohl(sin->sin_addr.s_addr);
        return (addr >> 24) == 127;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (const struct sockaddr_in6 *) sockaddr;
        return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr) != 0;
#endif

    case AF_UNIX:
        return 1;

    default:
        return 0;
    }
}


ngx_int_t
ngx_http_jwt_client_lookup(ngx_conf_t *cf, ngx_http_jwt_client_conf_t *conf,
    const http_uri_t *uri)
{
    ngx_url_t             u;
    ngx_uint_t            resolves;
    ngx_http_jwt_host_t  *host;

    resolves = ngx_http_jwt_host_resolver(conf) != NULL;

    if (uri->local || uri->literal) {
        return NGX_OK;
    }

    /* RFC 6761, 6.3: "localhost" is not for DNS to know */

    if (resolves && !http_uri_is_loopback(uri)) {
        return NGX_OK;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.host.data = (u_char *) (uintptr_t) uri->host.data;
    u.host.len = uri->host.len;
    u.port = uri->port;

    if (ngx_inet_resolve_host(cf->pool, &u) != NGX_OK) {

        if (!resolves) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "host \"%V\" was not found, and there is no "
                               "\"resolver\" to ask again", &u.host);
        }

        return NGX_OK;
    }

    host = ngx_array_push(&conf->hosts);
    if (host == NULL) {
        return NGX_ERROR;
    }

    host->name = u.host;
    host->addrs = u.addrs;
    host->naddrs = u.naddrs;

    return NGX_OK;
}
