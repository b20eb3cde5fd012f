
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "edwards.h"
#include "crypto.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>


#define JOSE_EDWARDS_LEN_MAX  57


/* a x^2 + y^2 = 1 + d x^2 y^2 modulo p */

typedef struct {
    const char  *p;
    const char  *a;
    const char  *d;
} jose_edwards_curve_t;


static jose_status_t jose_edwards_check_y(const jose_edwards_curve_t *curve,
    const BIGNUM *y, BN_CTX *ctx);


/* RFC 8032, 5.1 */

static const jose_edwards_curve_t  jose_edwards_25519 = {
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
    "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"
};


/* RFC 8032, 5.2 */

static const jose_edwards_curve_t  jose_edwards_448 = {
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "1",
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffff6756"
};


jose_status_t
jose_edwards_check(jose_crv_t crv, jose_bytes_t key)
{
    BIGNUM                      *y;
    BN_CTX                      *ctx;
    uint8_t                      bytes[JOSE_EDWARDS_LEN_MAX];
    jose_status_t                status;
    const jose_edwards_curve_t  *curve;

    curve = (crv == JOSE_CRV_ED25519) ? &jose_edwards_25519
                                      : &jose_edwards_448;

    if (key.len == 0 || key.len > sizeof(bytes)) {
        return JOSE_KEY_NOT_ON_CURVE;
    }

    /* the last bit is the sign of x */

    memcpy(bytes, key.data, key.len);
    bytes[key.len - 1] &= 0x7f;

    status = JOSE_ERROR;

    y = BN_lebin2bn(bytes, (int) key.len, NULL);
    ctx = BN_CTX_new();

    if (y != NULL && ctx != NULL) {
        BN_CTX_start(ctx);
        status = jose_edwards_check_y(curve, y, ctx);
        BN_CTX_end(ctx);
    }

    BN_CTX_free(ctx);
    BN_free(y);

    jose_crypto_clear_errors();

    return status;
}


/*
 * With s = y^2, x^2 is n / m for n = 1 - s and m = a - d s, which is not
 * zero on these curves; it is a square where n m is one.  The points of small
 * order, 8 at most, are those with x = 0, y = 0 or y^2 = a x^2.
 */

static jose_status_t
jose_edwards_check_y(const jose_edwards_curve_t *curve, const BIGNUM *y,
    BN_CTX *ctx)
{
    int      square;
    BIGNUM  *p, *a, *d, *s, *n, *m;

    p = BN_CTX_get(ctx);
    a = BN_CTX_get(ctx);
    d = BN_CTX_get(ctx);
    s = BN_CTX_get(ctx);
    n = BN_CTX_get(ctx);
    m = BN_CTX_get(ctx);

    if (m == NULL
        || BN_hex2bn(&p, curve->p) == 0
        || BN_hex2bn(&a, curve->a) == 0
        || BN_hex2bn(&d, curve->d) == 0)
    {
        return JOSE_ERROR;
    }

    if (BN_is_zero(y) || BN_cmp(y, p) >= 0) {
        return JOSE_KEY_NOT_ON_CURVE;
    }

    if (BN_mod_sqr(s, y, p, ctx) != 1
        || BN_mod_sub(n, BN_value_one(), s, p, ctx) != 1
        || BN_mod_mul(m, d, s, p, ctx) != 1
        || BN_mod_sub(m, a, m, p, ctx) != 1
        || BN_mod_mul(s, s, m, p, ctx) != 1
        || BN_mod_mul(a, a, n, p, ctx) != 1
        || BN_mod_mul(d, n, m, p, ctx) != 1)
    {
        return JOSE_ERROR;
    }

    square = BN_kronecker(d, p, ctx);

    if (square == -2) {
        return JOSE_ERROR;
    }

    /* 0: x is 0 */

    return (square == 1 && BN_cmp(s, a) != 0) ? JOSE_OK
                                              : JOSE_KEY_NOT_ON_CURVE;
}
