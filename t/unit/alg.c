
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "alg.h"
#include "sign.h"
#include "unit.h"

#include <string.h>


static void test_table(void);
static void test_row(size_t i);
static void test_names(void);
static void test_unknown_names(void);
static void test_fitting(void);
static void test_first(void);


int
main(void)
{
    test_table();
    test_names();
    test_unknown_names();
    test_fitting();
    test_first();

    return unit_done("alg");
}


static void
test_table(void)
{
    size_t  i;

    unit_check(JOSE_ALG_N <= 8 * sizeof(jose_alg_set_t));
    unit_check(JOSE_ALG_ALL == 0xfffff);

    for (i = 0; i < JOSE_ALG_N; i++) {
        test_row(i);
    }
}


static void
test_row(size_t i)
{
    const char                *name;
    const jose_alg_t          *alg;
    static const jose_kty_t    types[] = {
        [JOSE_ALG_HMAC] = JOSE_KTY_OCT,
        [JOSE_ALG_RSA_PKCS1] = JOSE_KTY_RSA,
        [JOSE_ALG_RSA_PSS] = JOSE_KTY_RSA,
        [JOSE_ALG_ECDSA] = JOSE_KTY_EC,
        [JOSE_ALG_EDDSA] = JOSE_KTY_OKP,
        [JOSE_ALG_MLDSA] = JOSE_KTY_AKP
    };
    static const size_t        lengths[JOSE_ALG_N] = {
        32, 48, 64, 0, 0, 0, 0, 0, 0, 64, 96, 132, 64, 64, 114, 64, 114,
        2420, 3309, 4627
    };

    alg = &jose_algs[i];
    name = sign_algs[i].name;

    unit_check_for(jose_bytes_equal(alg->name, sign_text(name)),
                   "%s is misnamed", name);
    unit_check_for(alg->kty == types[alg->kind], "%s has wrong type", name);
    unit_check_for(alg->signature_len == lengths[i], "%s has wrong length",
                   name);
    unit_check_for((alg->digest == JOSE_DIGEST_NONE)
                   == (sign_algs[i].digest == NULL),
                   "%s has wrong digest", name);
    unit_check_for((alg->crv != JOSE_CRV_NONE)
                   == (alg->kty == JOSE_KTY_EC || alg->kty == JOSE_KTY_OKP),
                   "%s has wrong curve", name);
    unit_check_for(alg->kty != JOSE_KTY_RSA
                   || (alg->min_bits == 2048 && alg->max_bits == 16384),
                   "%s has wrong bits", name);
    unit_check_for(alg->kty != JOSE_KTY_OCT || alg->min_bits > 0,
                   "%s takes empty secret", name);
    unit_check_for(alg->signature_len <= JOSE_SIGNATURE_MAX
                   && alg->max_bits / 8 <= JOSE_SIGNATURE_MAX,
                   "%s needs more room", name);
    unit_check_for(strcmp(jose_alg_openssl(alg), name) == 0,
                   "%s is misnamed for OpenSSL", name);
}


static void
test_names(void)
{
    size_t           i, k;
    jose_alg_set_t   expected;
    const char      *name;

    for (i = 0; i < JOSE_ALG_N; i++) {
        name = sign_algs[i].name;
        expected = 0;

        for (k = 0; k < JOSE_ALG_N; k++) {
            if (strcmp(sign_algs[k].name, name) == 0) {
                expected |= (jose_alg_set_t) 1 << k;
            }
        }

        unit_check_for(jose_alg_named(sign_text(name)) == expected,
                       "%s not found", name);
    }

    unit_check(jose_alg_named(sign_text("EdDSA")) == 0x6000);
}


/* RFC 7515, 4.1.1: case-sensitive; RFC 8725, 3.2: no "none" */

static void
test_unknown_names(void)
{
    size_t                     i;
    static const jose_bytes_t  names[] = {
        jose_bytes("none"), jose_bytes("None"), jose_bytes("NONE"),
        jose_bytes("nOnE"), jose_bytes(""), jose_bytes("hs256"),
        jose_bytes("Hs256"), jose_bytes("HS256 "), jose_bytes(" HS256"),
        jose_bytes("HS25"), jose_bytes("HS2560"), jose_bytes("HS256\0"),
        jose_bytes("HS"), jose_bytes("rs256"), jose_bytes("RS1"),
        jose_bytes("ES256k"), jose_bytes("ES256KK"), jose_bytes("eddsa"),
        jose_bytes("EDDSA"), jose_bytes("ed25519"), jose_bytes("ED448"),
        jose_bytes("Ed25519ph"), jose_bytes("A128KW"), jose_bytes("dir"),
        jose_bytes("RSA-OAEP"), jose_bytes("ML-DSA"), jose_bytes("ML-DSA-4"),
        jose_bytes("ML-DSA-45"), jose_bytes("ml-dsa-44"),
        jose_bytes("ML-DSA-44 "), jose_bytes("ML-DSA-44\0"),
        jose_bytes("ML_DSA_44"), jose_bytes("MLDSA44"),
        jose_bytes("HashML-DSA-44"), jose_bytes("AKP"), { NULL, 0 }
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unit_check_for(jose_alg_named(names[i]) == 0,
                       "unknown name taken: %zu", i);
    }
}


static void
test_fitting(void)
{
    size_t  i;

    static const struct {
        jose_kty_t       kty;
        jose_crv_t       crv;
        size_t           bits;
        jose_alg_set_t   algs;
    } rows[] = {
        { JOSE_KTY_OCT, JOSE_CRV_NONE, 0, 0 },
        { JOSE_KTY_OCT, JOSE_CRV_NONE, 8, 0x7 },
        { JOSE_KTY_OCT, JOSE_CRV_NONE, 100000, 0x7 },
        { JOSE_KTY_OCT, JOSE_CRV_P256, 256, 0 },
        { JOSE_KTY_RSA, JOSE_CRV_NONE, 2047, 0 },
        { JOSE_KTY_RSA, JOSE_CRV_NONE, 2048, 0x1f8 },
        { JOSE_KTY_RSA, JOSE_CRV_NONE, 16384, 0x1f8 },
        { JOSE_KTY_RSA, JOSE_CRV_NONE, 16385, 0 },
        { JOSE_KTY_EC, JOSE_CRV_NONE, 256, 0 },
        { JOSE_KTY_EC, JOSE_CRV_P256, 256, 0x200 },
        { JOSE_KTY_EC, JOSE_CRV_P384, 384, 0x400 },
        { JOSE_KTY_EC, JOSE_CRV_P521, 521, 0x800 },
        { JOSE_KTY_EC, JOSE_CRV_SECP256K1, 256, 0x1000 },
        { JOSE_KTY_EC, JOSE_CRV_ED25519, 253, 0 },
        { JOSE_KTY_OKP, JOSE_CRV_ED25519, 253, 0xa000 },
        { JOSE_KTY_OKP, JOSE_CRV_ED448, 456, 0x14000 },
        { JOSE_KTY_OKP, JOSE_CRV_P256, 256, 0 },
        { JOSE_KTY_OKP, JOSE_CRV_NONE, 253, 0 },
        { JOSE_KTY_AKP, JOSE_CRV_NONE, 0, 0 },
        { JOSE_KTY_AKP, JOSE_CRV_NONE, 8 * 1311, 0 },
        { JOSE_KTY_AKP, JOSE_CRV_NONE, 8 * 1312, 0x20000 },
        { JOSE_KTY_AKP, JOSE_CRV_NONE, 8 * 1313, 0 },
        { JOSE_KTY_AKP, JOSE_CRV_NONE, 8 * 1952, 0x40000 },
        { JOSE_KTY_AKP, JOSE_CRV_NONE, 8 * 2592, 0x80000 },
        { JOSE_KTY_AKP, JOSE_CRV_ED25519, 8 * 1312, 0 },
        { JOSE_KTY_OKP, JOSE_CRV_NONE, 8 * 1312, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unit_check_for(jose_alg_fitting(rows[i].kty, rows[i].crv,
                                        rows[i].bits)
                       == rows[i].algs,
                       "wrong fitting rows: %zu", i);
    }
}


static void
test_first(void)
{
    size_t  i;

    for (i = 0; i < JOSE_ALG_N; i++) {
        unit_check_for(jose_alg_first((jose_alg_set_t) 1 << i) == i,
                       "single row missed: %zu", i);
        unit_check_for(jose_alg_first(JOSE_ALG_ALL
                                      & ~(((jose_alg_set_t) 1 << i) - 1))
                       == i,
                       "lowest row missed: %zu", i);
    }
}
