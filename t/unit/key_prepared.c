
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Contexts that a key keeps between tokens.
 */


#include "key.h"
#include "sign.h"
#include "unit.h"

#include <string.h>

#include <openssl/err.h>


static void test_prepared(void);
static void test_without_rekeying(void);
static void test_prepared_row(size_t alg, const sign_key_t *signer,
    const jose_key_t *key);


static jose_crypto_t  *crypto;


int
main(void)
{
    crypto = jose_crypto_create();

    test_prepared();
    test_without_rekeying();

    jose_crypto_free(crypto);

    return unit_done("key_prepared");
}


/* One prepared key of each kind, for good and bad in turns. */

static void
test_prepared(void)
{
    size_t      i, alg;
    sign_key_t  signer;
    jose_key_t  key;

    static const struct {
        const char  *type;
        const char  *group;
    } rows[] = {
        { NULL, NULL }, { "RSA", NULL }, { "RSA-PSS", NULL },
        { "EC", "P-256" }, { "EC", "P-384" }, { "EC", "P-521" },
        { "EC", "secp256k1" }, { "ED25519", NULL }, { "ED448", NULL },
        { "ML-DSA-44", NULL }, { "ML-DSA-65", NULL }, { "ML-DSA-87", NULL }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {

        if (rows[i].type != NULL && rows[i].type[0] == 'M'
            && sign_algs_n() < JOSE_ALG_N)
        {
            continue;
        }

        memset(&key, 0, sizeof(jose_key_t));
        signer.pkey = NULL;
        signer.secret = sign_text("a secret of some length or other");

        if (rows[i].type == NULL) {
            (void) jose_key_set_secret(&key, crypto, signer.secret,
                                       sign_uses(JOSE_ALG_ALL));

        } else {
            signer.pkey = sign_generate(rows[i].type, rows[i].group,
                                        rows[i].group ? 0 : 2048
                                        * (rows[i].type[0] == 'R'));
            (void) jose_key_set_public(&key, crypto,
                                       sign_public(signer.pkey),
                                       JOSE_ALG_ALL);
        }

        ERR_clear_error();

        for (alg = 0; alg < JOSE_ALG_N; alg++) {
            unit_check_for(((key.algs >> alg & 1) == 1)
                           == sign_fits(&sign_algs[alg], &signer),
                           "wrong rows of key %zu", i);

            if (key.algs >> alg & 1) {
                test_prepared_row(alg, &signer, &key);
            }
        }

        jose_key_clear(&key);
        EVP_PKEY_free(signer.pkey);
    }
}


/* As with OpenSSL before 3.0.3. */

static void
test_without_rekeying(void)
{
    bool        rekeys;
    size_t      alg;
    sign_key_t  signer;
    jose_key_t  key;

    rekeys = crypto->rekeys;
    crypto->rekeys = false;

    memset(&key, 0, sizeof(jose_key_t));
    signer.pkey = NULL;
    signer.secret = sign_text("a secret of some length or other");

    unit_check(jose_key_set_secret(&key, crypto, signer.secret,
                                   sign_uses(JOSE_ALG_ALL))
               == JOSE_OK);

    for (alg = 0; alg < 3; alg++) {
        test_prepared_row(alg, &signer, &key);
    }

    jose_key_clear(&key);
    crypto->rekeys = rekeys;
}


/*
 * Good ones, other input, a flipped bit, a signature too short, and, so that
 * the contexts of one key do not disturb each other, all the other rows.
 */

static void
test_prepared_row(size_t alg, const sign_key_t *signer, const jose_key_t *key)
{
    size_t                     i, other;
    unsigned                   wrong;
    uint8_t                    bytes[JOSE_SIGNATURE_MAX];
    jose_bytes_t               signature;
    static const jose_bytes_t  input = jose_bytes("e30.e30");
    static const jose_bytes_t  changed = jose_bytes("e30.e31");

    wrong = 0;
    signature.data = bytes;
    signature.len = 0;

    for (i = 0; i < 1000; i++) {
        if (i % 100 == 0) {
            signature.len = sign_bytes(&sign_algs[alg], signer, input, bytes);
        }

        wrong += i % 2 == 0
                 && jose_key_verify(key, crypto, alg, input, signature)
                    != JOSE_OK;

        wrong += i % 4 == 1
                 && jose_key_verify(key, crypto, alg, changed, signature)
                    != JOSE_BAD_SIGNATURE;

        if (i % 8 == 3) {
            bytes[i % signature.len] ^= 0x10;
            wrong += jose_key_verify(key, crypto, alg, input, signature)
                     != JOSE_BAD_SIGNATURE;
            bytes[i % signature.len] ^= 0x10;
        }

        other = i % JOSE_ALG_N;

        if (i % 8 == 7 && key->algs >> other & 1
            && strncmp(sign_algs[other].name, "Ed", 2) != 0)
        {
            wrong += (jose_key_verify(key, crypto, other, input, signature)
                      == JOSE_OK)
                     != (other == alg);
        }
    }

    unit_check_for(wrong == 0, "%u wrong verdicts of %s", wrong,
                   sign_algs[alg].name);

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s",
                   sign_algs[alg].name);
    ERR_clear_error();
}
