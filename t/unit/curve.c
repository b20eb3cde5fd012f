
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * The table, and keys that come out as they went in; for points that are off
 * their curve see points.c and epk.c.
 */


#include "curve.h"
#include "sign.h"
#include "unit.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>


typedef struct {
    const char   *name;
    jose_crv_t    crv;
    jose_kty_t    kty;
    const char   *type;
    const char   *group;
    size_t        len;
    bool          agrees;
} curve_row_t;


static void test_table(const curve_row_t *row);
static void test_keys(const curve_row_t *row);
static void take_apart(EVP_PKEY *pkey, const curve_row_t *row, uint8_t *x,
    uint8_t *y, uint8_t *d);
static void take_number(EVP_PKEY *pkey, const char *name, size_t len,
    uint8_t *out);
static void test_agreement(const curve_row_t *row, EVP_PKEY *pkey,
    EVP_PKEY *copy);
static size_t agree(EVP_PKEY *pkey, EVP_PKEY *peer, uint8_t *out);
static void test_unknown(void);


static const curve_row_t  rows[] = {
    { "P-256", JOSE_CRV_P256, JOSE_KTY_EC, "EC", "P-256", 32, true },
    { "P-384", JOSE_CRV_P384, JOSE_KTY_EC, "EC", "P-384", 48, true },
    { "P-521", JOSE_CRV_P521, JOSE_KTY_EC, "EC", "P-521", 66, true },
    { "secp256k1", JOSE_CRV_SECP256K1, JOSE_KTY_EC, "EC", "secp256k1", 32,
      true },
    { "Ed25519", JOSE_CRV_ED25519, JOSE_KTY_OKP, "ED25519", NULL, 32, false },
    { "Ed448", JOSE_CRV_ED448, JOSE_KTY_OKP, "ED448", NULL, 57, false },
    { "X25519", JOSE_CRV_X25519, JOSE_KTY_OKP, "X25519", NULL, 32, true },
    { "X448", JOSE_CRV_X448, JOSE_KTY_OKP, "X448", NULL, 56, true }
};


int
main(void)
{
    size_t  i, k;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_table(&rows[i]);

        /* private parts with leading zeros, some time */

        for (k = 0; k < 40; k++) {
            test_keys(&rows[i]);
        }
    }

    test_unknown();

    return unit_done("curve");
}


static void
test_table(const curve_row_t *row)
{
    const jose_curve_t  *curve;

    curve = jose_curve_named(row->kty, sign_text(row->name));

    if (!unit_check_for(curve != NULL, "unknown: %s", row->name)) {
        return;
    }

    unit_check_for(curve->crv == row->crv && curve->kty == row->kty
                   && curve->field_len == row->len,
                   "wrong row: %s", row->name);
    unit_check_for(jose_bytes_equal(curve->name, sign_text(row->name)),
                   "wrong name: %s", row->name);
    unit_check_for(curve->field_len <= JOSE_CURVE_FIELD_MAX,
                   "longer than there is room: %s", row->name);
    unit_check_for(jose_curve_named(row->kty == JOSE_KTY_EC ? JOSE_KTY_OKP
                                                            : JOSE_KTY_EC,
                                    sign_text(row->name))
                   == NULL,
                   "other type: %s", row->name);
}


static void
test_keys(const curve_row_t *row)
{
    uint8_t              x[JOSE_CURVE_FIELD_MAX], y[JOSE_CURVE_FIELD_MAX];
    uint8_t              d[JOSE_CURVE_FIELD_MAX];
    EVP_PKEY            *pkey, *public, *private;
    const jose_curve_t  *curve;

    pkey = sign_generate(row->type, row->group, 0);
    ERR_clear_error();

    curve = jose_curve_of(pkey);
    unit_check_for(curve == jose_curve_named(row->kty, sign_text(row->name)),
                   "other curve of key: %s", row->name);

    take_apart(pkey, row, x, y, d);

    public = jose_curve_public(curve, x, row->kty == JOSE_KTY_EC ? y : NULL);
    unit_check_for(public != NULL && EVP_PKEY_eq(public, pkey) == 1,
                   "other public key: %s", row->name);
    unit_check_for(jose_curve_of(public) == curve, "other curve: %s",
                   row->name);

    private = jose_curve_private(curve, x, y, d);

    if (unit_check_for(private != NULL && EVP_PKEY_eq(private, pkey) == 1,
                       "other private key: %s", row->name)
        && row->agrees)
    {
        test_agreement(row, pkey, private);
    }

    EVP_PKEY_free(private);
    EVP_PKEY_free(public);
    EVP_PKEY_free(pkey);

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s",
                   row->name);
    ERR_clear_error();
}


static void
take_apart(EVP_PKEY *pkey, const curve_row_t *row, uint8_t *x, uint8_t *y,
    uint8_t *d)
{
    size_t  len;

    memset(y, 0, row->len);

    if (row->kty == JOSE_KTY_EC) {
        take_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, row->len, x);
        take_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, row->len, y);
        take_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, row->len, d);
        return;
    }

    len = row->len;
    unit_check(EVP_PKEY_get_raw_public_key(pkey, x, &len) == 1);
    unit_check(EVP_PKEY_get_raw_private_key(pkey, d, &len) == 1);
}


static void
take_number(EVP_PKEY *pkey, const char *name, size_t len, uint8_t *out)
{
    BIGNUM  *number;

    number = NULL;

    unit_check(EVP_PKEY_get_bn_param(pkey, name, &number) == 1
               && BN_bn2binpad(number, out, (int) len) == (int) len);

    BN_clear_free(number);
}


/* The same secret with a third key. */

static void
test_agreement(const curve_row_t *row, EVP_PKEY *pkey, EVP_PKEY *copy)
{
    size_t     len;
    uint8_t    z[2][JOSE_CURVE_FIELD_MAX];
    EVP_PKEY  *peer;

    peer = sign_generate(row->type, row->group, 0);

    len = agree(pkey, peer, z[0]);
    unit_check_for(len == row->len && agree(copy, peer, z[1]) == len
                   && memcmp(z[0], z[1], len) == 0,
                   "other agreement: %s", row->name);

    EVP_PKEY_free(peer);
    ERR_clear_error();
}


static size_t
agree(EVP_PKEY *pkey, EVP_PKEY *peer, uint8_t *out)
{
    size_t         len;
    EVP_PKEY_CTX  *ctx;

    len = JOSE_CURVE_FIELD_MAX;
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

    unit_check(EVP_PKEY_derive_init(ctx) == 1
               && EVP_PKEY_derive_set_peer(ctx, peer) == 1
               && EVP_PKEY_derive(ctx, out, &len) == 1);

    EVP_PKEY_CTX_free(ctx);

    return len;
}


static void
test_unknown(void)
{
    size_t     i;
    uint8_t    zeros[JOSE_CURVE_FIELD_MAX];
    EVP_PKEY  *pkey;

    static const char  *names[] = {
        "", "P-224", "P-192", "prime256v1", "p-256", "P-25", "P-2566",
        "secp521r1", "ed25519", "ED25519", "x25519", "X2551", "X255190",
        "brainpoolP256r1"
    };
    static const struct {
        const char  *type;
        const char  *group;
        size_t       bits;
    } types[] = {
        { "RSA", NULL, 2048 }, { "EC", "P-224", 0 },
        { "EC", "brainpoolP256r1", 0 }
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unit_check_for(jose_curve_named(JOSE_KTY_EC, sign_text(names[i]))
                       == NULL
                       && jose_curve_named(JOSE_KTY_OKP, sign_text(names[i]))
                          == NULL,
                       "known: %s", names[i]);
    }

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        pkey = sign_generate(types[i].type, types[i].group, types[i].bits);
        unit_check_for(jose_curve_of(pkey) == NULL, "curve of type %zu", i);
        EVP_PKEY_free(pkey);
    }

    memset(zeros, 0, sizeof(zeros));

    for (i = 0; i < 4; i++) {
        unit_check_for(jose_curve_public(jose_curve_named(JOSE_KTY_EC,
                                         sign_text(rows[i].name)),
                                         zeros, zeros)
                       == NULL,
                       "zeros are a point: %s", rows[i].name);
    }

    unit_check(ERR_peek_error() == 0);
}
