
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * RFC 7518, 4.6: ephemeral public keys that are wrong, and the parties.
 */


#include "encrypt.h"
#include "unit.h"

#include <string.h>

#include <openssl/err.h>


typedef enum {
    P256 = 0, P384, P521, X25519, X448, KEYS_N
} key_name_t;


#define P256_X  "\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\""
#define P256_Y  "\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\""
#define ZERO32  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define EC      "\"kty\":\"EC\",\"crv\":\"P-256\","
#define OKP     "\"kty\":\"OKP\",\"crv\":\"X25519\","


static void test_epk(void);
static void test_zero_points(void);
static void test_epk_members(void);
static void expect(const char *token, const jose_keys_t *set,
    jose_status_t expected, const char *what);
static void make_keys(void);
static void free_keys(void);


static jose_crypto_t  *crypto;
static encrypt_to_t    keys[KEYS_N];
static jose_keys_t    *sets[KEYS_N];


int
main(void)
{
    crypto = jose_crypto_create();

    make_keys();

    test_epk();
    test_zero_points();
    test_epk_members();

    free_keys();
    jose_crypto_free(crypto);

    return unit_done("epk");
}


static void
make_keys(void)
{
    size_t               i;
    static const char   *types[] = { "EC", "EC", "EC", "X25519", "X448" };
    static const char   *groups[] = { "P-256", "P-384", "P-521", NULL, NULL };

    for (i = 0; i < KEYS_N; i++) {
        keys[i].pkey = sign_generate(types[i], groups[i], 0);

        sets[i] = sign_set();
        encrypt_set_add(sets[i], crypto, &keys[i], NULL);
    }

    ERR_clear_error();
}


static void
free_keys(void)
{
    size_t  i;

    for (i = 0; i < KEYS_N; i++) {
        EVP_PKEY_free(keys[i].pkey);
        jose_keys_free(sets[i]);
    }
}


static void
expect(const char *token, const jose_keys_t *set, jose_status_t expected,
    const char *what)
{
    jose_status_t  status;

    status = encrypt_open_one(token, crypto, set, sign_text("{}"));

    unit_check_for(status == expected, "%s: %s", what,
                   jose_status_word(status));
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s", what);

    ERR_clear_error();
}


/* RFC 7518, 4.6.1.1 */

static void
test_epk(void)
{
    char          token[ENCRYPT_TOKEN_MAX];
    size_t        i, alg;
    encrypt_to_t  to;

    static const struct {
        key_name_t       key;
        const char  *epk;
    } rows[] = {
        { P256, "null" }, { P256, "1" }, { P256, "\"epk\"" },
        { P256, "[]" }, { P256, "{}" }, { P256, "{" EC P256_X "}" },
        { P256, "{" EC P256_Y "}" },
        { P256, "{" P256_X "," P256_Y "}" },
        { P256, "{\"crv\":\"P-384\"," P256_X "," P256_Y "}" },
        { P256, "{" EC P256_X ",\"y\":1}" },
        { P256, "{" EC P256_X ",\"y\":null}" },
        { P256, "{" EC P256_X ",\"y\":\"\"}" },
        { P256, "{" EC P256_X ",\"y\":\"AQ\"}" },
        { P256, "{" EC P256_X ",\"y\":\"A\"}" },
        { P256, "{" EC P256_X ",\"y\":\"" ZERO32 "\"}" },
        { P256, "{" EC "\"x\":\"" ZERO32 "\",\"y\":\"" ZERO32 "\"}" },
        { P256, "{" EC P256_X ",\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD"
          "7nMFppt\"}" },
        { P256, "{" EC P256_X ",\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD"
          "7nMFppsA\"}" },
        { P256, "{" EC P256_X ",\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD"
          "7nMFpps=\"}" },

        /* both one higher than what the field has */
        { P256, "{" EC "\"x\":\"_____wAAAAEAAAAAAAAAAAAAAAD_____________"
          "__8\",\"y\":\"_____wAAAAEAAAAAAAAAAAAAAAD_______________8\"}" },
        { P256, "{" EC "\"x\":\"__________________________________________8"
          "\",\"y\":\"__________________________________________8\"}" },
        { P256, "{" OKP "\"x\":\"" ZERO32 "\"}" },
        { P384, "{" EC P256_X "," P256_Y "}" },
        { P521, "{" EC P256_X "," P256_Y "}" },
        { X25519, "{" EC P256_X "," P256_Y "}" },
        { X25519, "{" OKP P256_Y "}" },
        { X25519, "{" OKP "\"x\":\"\"}" },
        { X25519, "{" OKP "\"x\":\"AA\"}" },
        { X25519, "{" OKP "\"x\":\"" ZERO32 "A\"}" },
        { X448, "{" OKP P256_X "}" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        to = keys[rows[i].key];
        to.epk = rows[i].epk;

        for (alg = 11; alg < JOSE_WRAP_N; alg += 2) {
            encrypt_token(&encrypt_algs[alg], &encrypt_encs[0], &to,
                          sign_text("{}"), token);
            expect(token, sets[rows[i].key], JOSE_DECRYPTION_FAILED,
                   rows[i].epk);
        }
    }
}


/* RFC 8037, 3.2.1: whoever sends such a point knows what is agreed on. */

static void
test_zero_points(void)
{
    char                  token[ENCRYPT_TOKEN_MAX], epk[256], x[128];
    size_t                i, alg;
    uint8_t               point[56];
    encrypt_to_t          to;
    jose_bytes_t          bytes;
    static const uint8_t  zeros[56];

    /* the first bytes of points of order 1, 2 and 4; the rest are zeros */

    for (i = 0; i < 3; i++) {
        memset(point, 0, sizeof(point));
        point[0] = (uint8_t) i;
        bytes.data = point;

        for (alg = 11; alg < JOSE_WRAP_N; alg++) {
            to = keys[X25519];
            bytes.len = 32;
            (void) sign_base64url(bytes, x);
            (void) snprintf(epk, sizeof(epk), "{" OKP "\"x\":\"%s\"}", x);
            to.epk = epk;
            to.shared.data = zeros;
            to.shared.len = 32;

            encrypt_token(&encrypt_algs[alg], &encrypt_encs[3], &to,
                          sign_text("{}"), token);
            expect(token, sets[X25519], JOSE_DECRYPTION_FAILED, epk);

            to.pkey = keys[X448].pkey;
            bytes.len = 56;
            (void) sign_base64url(bytes, x);
            (void) snprintf(epk, sizeof(epk), "{\"kty\":\"OKP\",\"crv\":"
                            "\"X448\",\"x\":\"%s\"}", x);
            to.shared.len = 56;

            encrypt_token(&encrypt_algs[alg], &encrypt_encs[3], &to,
                          sign_text("{}"), token);
            expect(token, sets[X448], JOSE_DECRYPTION_FAILED, epk);
        }
    }
}


/* The right point under a wrong name; and "apu" and "apv" of every kind. */

static void
test_epk_members(void)
{
    char          token[ENCRYPT_TOKEN_MAX], party[260];
    size_t        i, k;
    encrypt_to_t  to;

    static const struct {
        const char     *kty;
        const char     *crv;
        const char     *more;
        jose_status_t   status;
    } rows[] = {
        { NULL, NULL, NULL, JOSE_OK },
        { "", NULL, NULL, JOSE_DECRYPTION_FAILED },
        { "oct", NULL, NULL, JOSE_DECRYPTION_FAILED },
        { NULL, "P-224", NULL, JOSE_DECRYPTION_FAILED },
        { NULL, "", NULL, JOSE_DECRYPTION_FAILED },
        { NULL, NULL, ",\"apu\":\"\"", JOSE_OK },
        { NULL, NULL, ",\"apv\":\"\",\"apu\":\"\"", JOSE_OK },
        { NULL, NULL, ",\"apu\":\"QQ\"", JOSE_DECRYPTION_FAILED },
        { NULL, NULL, ",\"apu\":null", JOSE_DECRYPTION_FAILED },
        { NULL, NULL, ",\"apv\":1", JOSE_DECRYPTION_FAILED },
        { NULL, NULL, ",\"apv\":\"Q\"", JOSE_DECRYPTION_FAILED },
        { NULL, NULL, ",\"apv\":\"QR\"", JOSE_DECRYPTION_FAILED }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (k = P256; k <= X448; k++) {
            to = keys[k];
            to.kty = rows[i].kty;
            to.crv = rows[i].crv;
            to.more = rows[i].more;

            encrypt_token(&encrypt_algs[11 + k % 4], &encrypt_encs[0], &to,
                          sign_text("{}"), token);
            expect(token, sets[k], rows[i].status,
                   rows[i].more ? rows[i].more : "epk");
        }
    }

    for (i = 255; i <= 257; i++) {
        memset(party, 'p', sizeof(party));
        party[i] = '\0';

        to = keys[P256];
        to.apu = party;
        to.apv = party;

        encrypt_token(&encrypt_algs[11], &encrypt_encs[0], &to,
                      sign_text("{}"), token);
        expect(token, sets[P256],
               i <= 256 ? JOSE_OK : JOSE_DECRYPTION_FAILED, "long parties");
    }
}
