
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "edwards.h"
#include "sign.h"
#include "unit.h"

#include <string.h>

#include <openssl/err.h>


static void test_good_keys(jose_crv_t crv, const char *type);
static void test_bad_keys(void);
static void test_any_bytes(jose_crv_t crv, size_t len);
static jose_status_t check_hex(jose_crv_t crv, const char *hex,
    uint8_t sign);


/* Both signs of each: y in the order of its bytes. */

static const struct {
    const char  *what;
    jose_crv_t   crv;
    const char  *hex;
} bad_keys[] = {
    { "0", JOSE_CRV_ED25519,
      "00000000000000000000000000000000"
      "00000000000000000000000000000000" },
    { "1", JOSE_CRV_ED25519,
      "01000000000000000000000000000000"
      "00000000000000000000000000000000" },
    { "p - 1", JOSE_CRV_ED25519,
      "ecffffffffffffffffffffffffffffff"
      "ffffffffffffffffffffffffffffff7f" },
    { "order 8", JOSE_CRV_ED25519,
      "26e8958fc2b227b045c3f489f2ef98f0"
      "d5dfac05d3c63339b13802886d53fc05" },
    { "other order 8", JOSE_CRV_ED25519,
      "c7176a703d4dd84fba3c0b760d10670f"
      "2a2053fa2c39ccc64ec7fd7792ac037a" },
    { "p", JOSE_CRV_ED25519,
      "edffffffffffffffffffffffffffffff"
      "ffffffffffffffffffffffffffffff7f" },
    { "p + 1", JOSE_CRV_ED25519,
      "eeffffffffffffffffffffffffffffff"
      "ffffffffffffffffffffffffffffff7f" },
    { "p + 3", JOSE_CRV_ED25519,
      "f0ffffffffffffffffffffffffffffff"
      "ffffffffffffffffffffffffffffff7f" },
    { "2", JOSE_CRV_ED25519,
      "02000000000000000000000000000000"
      "00000000000000000000000000000000" },
    { "0", JOSE_CRV_ED448,
      "00000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000000000000000" },
    { "1", JOSE_CRV_ED448,
      "01000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000000000000000" },
    { "p - 1", JOSE_CRV_ED448,
      "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"
      "feffffffffffffffffffffffffffffffffffffffffffffffffffffff00" },
    { "p", JOSE_CRV_ED448,
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
      "feffffffffffffffffffffffffffffffffffffffffffffffffffffff00" },
    { "p + 1", JOSE_CRV_ED448,
      "00000000000000000000000000000000000000000000000000000000"
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff00" },
    { "bits over 448", JOSE_CRV_ED448,
      "14fa30f25b790898adc8d74e2c13bdfdc4397ce61cffd33ad7c2a0051e"
      "9c78874098a36c7373ea4b62c7c9563720768824bcb66e71463f6901" }
};


int
main(void)
{
    test_good_keys(JOSE_CRV_ED25519, "ED25519");
    test_good_keys(JOSE_CRV_ED448, "ED448");

    test_bad_keys();

    test_any_bytes(JOSE_CRV_ED25519, 32);
    test_any_bytes(JOSE_CRV_ED448, 57);

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");

    return unit_done("edwards");
}


static void
test_good_keys(jose_crv_t crv, const char *type)
{
    size_t        i, len;
    uint8_t       point[57];
    EVP_PKEY     *pkey;
    jose_bytes_t  key;

    for (i = 0; i < 100; i++) {
        pkey = sign_generate(type, NULL, 0);
        len = sizeof(point);

        (void) EVP_PKEY_get_raw_public_key(pkey, point, &len);

        key.data = point;
        key.len = len;

        unit_check_for(jose_edwards_check(crv, key) == JOSE_OK,
                       "good %s key refused", type);

        EVP_PKEY_free(pkey);
    }
}


static void
test_bad_keys(void)
{
    size_t  i;

    for (i = 0; i < sizeof(bad_keys) / sizeof(bad_keys[0]); i++) {
        unit_check_for(check_hex(bad_keys[i].crv, bad_keys[i].hex, 0)
                       == JOSE_KEY_NOT_ON_CURVE,
                       "y = %s taken", bad_keys[i].what);
        unit_check_for(check_hex(bad_keys[i].crv, bad_keys[i].hex, 0x80)
                       == JOSE_KEY_NOT_ON_CURVE,
                       "y = %s with sign taken", bad_keys[i].what);
    }

    /* y = 3 and the base points (RFC 8032, 5.1 and 5.2) */

    unit_check_for(check_hex(JOSE_CRV_ED25519,
                             "03000000000000000000000000000000"
                             "00000000000000000000000000000000", 0)
                   == JOSE_OK,
                   "y = 3 refused");
    unit_check_for(check_hex(JOSE_CRV_ED25519,
                             "58666666666666666666666666666666"
                             "66666666666666666666666666666666", 0x80)
                   == JOSE_OK,
                   "base point of 25519 refused");
    unit_check_for(check_hex(JOSE_CRV_ED448,
                             "14fa30f25b790898adc8d74e2c13bdfdc4397ce6"
                             "1cffd33ad7c2a0051e9c78874098a36c7373ea4b"
                             "62c7c9563720768824bcb66e71463f6900", 0)
                   == JOSE_OK,
                   "base point of 448 refused");
    unit_check_for(check_hex(JOSE_CRV_ED448, "", 0) == JOSE_KEY_NOT_ON_CURVE,
                   "empty point taken");
}


/* Half of all numbers are the y of a point. */

static void
test_any_bytes(jose_crv_t crv, size_t len)
{
    size_t         i, taken;
    uint8_t        point[57];
    jose_bytes_t   key;
    jose_status_t  status;

    key.data = point;
    key.len = len;
    taken = 0;

    for (i = 0; i < 256; i++) {
        memset(point, (int) i, len);
        point[len - 1] &= crv == JOSE_CRV_ED448 ? 0x80 : 0xff;

        status = jose_edwards_check(crv, key);
        taken += status == JOSE_OK;

        unit_check_for(status == JOSE_OK || status == JOSE_KEY_NOT_ON_CURVE,
                       "no verdict on %zu", i);
    }

    unit_check_for(taken > 80 && taken < 176, "%zu of 256 taken", taken);
}


static jose_status_t
check_hex(jose_crv_t crv, const char *hex, uint8_t sign)
{
    size_t        i;
    uint8_t       point[57];
    unsigned      byte;
    jose_bytes_t  key;

    for (i = 0; hex[2 * i] != '\0'; i++) {
        (void) sscanf(hex + 2 * i, "%2x", &byte);
        point[i] = (uint8_t) byte;
    }

    if (i > 0) {
        point[i - 1] |= sign;
    }

    key.data = point;
    key.len = i;

    return jose_edwards_check(crv, key);
}
