
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Signatures that are nearly good, for every algorithm.
 */


#include "sign.h"
#include "unit.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>


/* PS256, PS384 and PS512 come twice: an RSA and an RSA-PSS key serve them */
#define FORMS_N  (JOSE_ALG_N + 3)


static const sign_alg_t *alg_of(size_t alg);
static bool is_absent(size_t alg);
static void make_keys(void);
static void free_keys(void);
static void test_signature(const char *what, size_t alg, const uint8_t *data,
    size_t len);
static size_t good_signature(size_t alg, uint8_t *signature);
static void test_good(void);
static void test_flipped_bits(void);
static void test_lengths(void);
static void test_ecdsa_der(void);
static void test_ecdsa_numbers(void);
static void test_ecdsa_number(size_t alg, const char *r, const char *s);
static void add_order(uint8_t *half, size_t len, const BIGNUM *order);
static void test_eddsa_order(void);
static void test_pss_forms(void);


static sign_key_t      keys[FORMS_N];
static jose_keys_t    *sets[FORMS_N];
static jose_crypto_t  *crypto;
static size_t          algs_n;
static char            token[SIGN_TOKEN_MAX];


int
main(void)
{
    crypto = jose_crypto_create();
    algs_n = sign_algs_n();
    make_keys();

    test_good();
    test_flipped_bits();
    test_lengths();
    test_ecdsa_der();
    test_ecdsa_numbers();
    test_eddsa_order();
    test_pss_forms();
    test_good();

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    free_keys();
    jose_crypto_free(crypto);

    return unit_done("forged");
}


static const sign_alg_t *
alg_of(size_t alg)
{
    return &sign_algs[alg < JOSE_ALG_N ? alg : alg - JOSE_ALG_N + 6];
}


/* whether the linked OpenSSL lacks it */

static bool
is_absent(size_t alg)
{
    return alg >= algs_n && alg < JOSE_ALG_N;
}


static void
make_keys(void)
{
    size_t             i;
    const char        *type;
    const sign_alg_t  *alg;

    for (i = 0; i < FORMS_N; i++) {
        if (is_absent(i)) {
            continue;
        }

        alg = alg_of(i);
        type = i < JOSE_ALG_N ? alg->type : "RSA-PSS";

        if (strcmp(type, "oct") == 0) {
            keys[i].secret = sign_text("a secret of no particular length");

        } else if (i > 0 && keys[i - 1].pkey != NULL && alg->group == NULL
                   && EVP_PKEY_is_a(keys[i - 1].pkey, type))
        {
            keys[i].pkey = keys[i - 1].pkey;
            (void) EVP_PKEY_up_ref(keys[i].pkey);

        } else {
            keys[i].pkey = sign_generate(type, alg->group,
                                         alg->padding ? 2048 : 0);
        }

        sets[i] = sign_set();
        sign_set_add(sets[i], crypto, &keys[i], NULL);
    }

    ERR_clear_error();
}


static void
free_keys(void)
{
    size_t  i;

    for (i = 0; i < FORMS_N; i++) {
        jose_keys_free(sets[i]);
        EVP_PKEY_free(keys[i].pkey);
    }
}


static void
test_signature(const char *what, size_t alg, const uint8_t *data,
    size_t len)
{
    char           header[64];
    jose_bytes_t   signature;
    jose_status_t  status;

    signature.data = data;
    signature.len = len;

    (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\"}",
                    alg_of(alg)->name);
    sign_token_of(header, signature, token);

    status = sign_verify_one(token, crypto, sets[alg]);

    unit_check_for(status == JOSE_BAD_SIGNATURE, "%s taken: %s, %s", what,
                   alg_of(alg)->name, jose_status_word(status));
}


/* Signs the token that test_signature() makes. */

static size_t
good_signature(size_t alg, uint8_t *signature)
{
    char  header[64];

    (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\"}",
                    alg_of(alg)->name);

    return sign_bytes(alg_of(alg), &keys[alg], sign_input(header, token),
                      signature);
}


/* Before the others and after them: they leave nothing behind. */

static void
test_good(void)
{
    size_t         alg;
    jose_status_t  status;

    for (alg = 0; alg < FORMS_N; alg++) {
        if (is_absent(alg)) {
            continue;
        }

        sign_token_named(alg_of(alg), &keys[alg], alg_of(alg)->name, token);

        status = sign_verify_one(token, crypto, sets[alg]);

        unit_check_for(status == JOSE_OK, "good %s refused: %s",
                       alg_of(alg)->name, jose_status_word(status));
    }
}


static void
test_flipped_bits(void)
{
    size_t    alg, i, len;
    uint8_t   signature[JOSE_SIGNATURE_MAX];

    for (alg = 0; alg < FORMS_N; alg++) {
        if (is_absent(alg)) {
            continue;
        }

        len = good_signature(alg, signature);

        for (i = 0; i < len; i++) {
            signature[i] ^= (uint8_t) (1 << i % 8);
            test_signature("flipped bit", alg, signature, len);
            signature[i] ^= (uint8_t) (1 << i % 8);
        }
    }
}


static void
test_lengths(void)
{
    size_t    alg, len;
    uint8_t   bytes[2 * JOSE_SIGNATURE_MAX], *signature;

    for (alg = 0; alg < FORMS_N; alg++) {
        if (is_absent(alg)) {
            continue;
        }

        memset(bytes, 0, sizeof(bytes));

        signature = bytes + 1;
        len = good_signature(alg, signature);

        test_signature("no signature", alg, signature, 0);
        test_signature("one byte", alg, signature, 1);
        test_signature("short signature", alg, signature, len - 1);
        test_signature("tail of one", alg, signature + 1, len - 1);
        test_signature("half signature", alg, signature, len / 2);
        test_signature("long signature", alg, signature, len + 1);
        test_signature("padded signature", alg, bytes, len + 1);
        test_signature("2048 bytes", alg, signature, 2048);
        test_signature("4000 bytes", alg, signature, 4000);

        if (len != JOSE_SIGNATURE_MAX) {
            test_signature("longest one", alg, signature, JOSE_SIGNATURE_MAX);
        }

        test_signature("too long for any", alg, signature,
                       JOSE_SIGNATURE_MAX + 1);
        test_signature("twice as long", alg, signature,
                       2 * JOSE_SIGNATURE_MAX - 1);

        memset(bytes, 0, sizeof(bytes));
        test_signature("zeros", alg, bytes, len);

        memset(bytes, 0xff, sizeof(bytes));
        test_signature("ones", alg, bytes, len);
    }
}


/* RFC 7518, 3.4: r and s, not the DER of X9.62 */

static void
test_ecdsa_der(void)
{
    size_t         alg;
    uint8_t        raw[JOSE_SIGNATURE_MAX], *der;
    size_t         half;
    int            len;
    ECDSA_SIG     *signature;

    for (alg = 9; alg < 13; alg++) {
        half = good_signature(alg, raw) / 2;

        signature = ECDSA_SIG_new();
        (void) ECDSA_SIG_set0(signature, BN_bin2bn(raw, (int) half, NULL),
                              BN_bin2bn(raw + half, (int) half, NULL));

        der = NULL;
        len = i2d_ECDSA_SIG(signature, &der);

        test_signature("DER", alg, der, (size_t) len);

        OPENSSL_free(der);
        ECDSA_SIG_free(signature);
    }
}


static void
test_ecdsa_numbers(void)
{
    size_t              alg, i;
    static const char  *numbers[][2] = {
        { "0", "0" }, { "0", "" }, { "", "0" }, { "n", "" }, { "", "n" },
        { "n", "n" }, { "f", "f" }, { "f", "" }, { "", "f" }, { "1", "" },
        { "", "1" }, { "1", "1" }, { "0", "1" }, { "1", "0" }, { "+", "" },
        { "", "+" }, { "+", "+" }, { "n", "1" }, { "1", "n" }
    };

    for (alg = 9; alg < 13; alg++) {
        for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            test_ecdsa_number(alg, numbers[i][0], numbers[i][1]);
        }
    }
}


/*
 * "": as it is, "0" and "1": that number, "n": the order of the group, "f":
 * all bits, "+": the order more than it is, where that is not too long.
 */

static void
test_ecdsa_number(size_t alg, const char *r, const char *s)
{
    size_t       i, half;
    BIGNUM      *order;
    uint8_t      signature[JOSE_SIGNATURE_MAX], *p;
    const char  *how;

    half = good_signature(alg, signature) / 2;
    order = NULL;

    (void) EVP_PKEY_get_bn_param(keys[alg].pkey, OSSL_PKEY_PARAM_EC_ORDER,
                                 &order);

    for (i = 0; i < 2; i++) {
        how = i ? s : r;
        p = signature + i * half;

        if (*how == '+') {
            add_order(p, half, order);

        } else if (*how == 'n') {
            (void) BN_bn2binpad(order, p, (int) half);

        } else if (*how != '\0') {
            memset(p, *how == 'f' ? 0xff : 0, half);
            p[half - 1] = *how == '1' ? 1 : p[half - 1];
        }
    }

    test_signature("impossible r or s", alg, signature, 2 * half);

    BN_free(order);
}


static void
add_order(uint8_t *half, size_t len, const BIGNUM *order)
{
    BIGNUM  *sum;

    sum = BN_bin2bn(half, (int) len, NULL);
    (void) BN_add(sum, sum, order);

    if (BN_bn2binpad(sum, half, (int) len) < 0) {
        memset(half, 0xff, len);
        ERR_clear_error();
    }

    BN_free(sum);
}


/* RFC 8032, 5.1.7 and 5.2.7: S is below the order of the group */

static void
test_eddsa_order(void)
{
    size_t    alg, len, i;
    BIGNUM   *sum, *order;
    uint8_t   signature[JOSE_SIGNATURE_MAX];

    static const char  *orders[] = {
        "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
        "3fffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3"
    };

    for (alg = 13; alg < 17; alg++) {
        len = good_signature(alg, signature);

        order = NULL;
        (void) BN_hex2bn(&order, orders[len == 114]);

        sum = BN_lebin2bn(signature + len / 2, (int) len / 2, NULL);

        for (i = 0; i < 3; i++) {
            (void) BN_add(sum, sum, order);
            (void) BN_bn2lebinpad(sum, signature + len / 2, (int) len / 2);

            test_signature("S over the order", alg, signature, len);
        }

        BN_free(sum);
        BN_free(order);
    }
}


/* RFC 7518, 3.5: one digest, and a salt of its length */

static void
test_pss_forms(void)
{
    size_t       alg, i, len;
    uint8_t      signature[JOSE_SIGNATURE_MAX];
    char         header[64];
    sign_alg_t   form;

    static const struct {
        const char  *digest;
        const char  *mgf1;
        int          salt;
    } forms[] = {
        { NULL, NULL, 0 },
        { NULL, NULL, RSA_PSS_SALTLEN_MAX },
        { NULL, NULL, 20 },
        { NULL, NULL, 31 },
        { NULL, NULL, 33 },
        { NULL, "SHA1", RSA_PSS_SALTLEN_DIGEST },
        { "SHA1", NULL, RSA_PSS_SALTLEN_DIGEST },
        { "SHA224", NULL, RSA_PSS_SALTLEN_DIGEST },
        { "SHA3-256", NULL, RSA_PSS_SALTLEN_DIGEST }
    };

    for (alg = 6; alg < FORMS_N; alg++) {

        if (alg_of(alg)->padding != RSA_PKCS1_PSS_PADDING) {
            continue;
        }

        (void) snprintf(header, sizeof(header), "{\"alg\":\"%s\"}",
                        alg_of(alg)->name);

        for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
            form = *alg_of(alg);
            form.digest = forms[i].digest ? forms[i].digest : form.digest;
            form.mgf1 = forms[i].mgf1;
            form.salt = forms[i].salt;

            len = sign_bytes(&form, &keys[alg], sign_input(header, token),
                             signature);

            test_signature("other PSS form", alg, signature, len);
        }
    }
}
