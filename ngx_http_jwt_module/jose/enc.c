
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "enc.h"


#define jose_wrap_aes(name, kind, cipher, len)                                \
    { jose_bytes(name), kind, cipher, len, NULL }

#define jose_wrap_oaep(name, digest)                                          \
    { jose_bytes(name), JOSE_WRAP_RSA_OAEP, JOSE_CIPHER_NONE, 0, digest }

#define jose_enc_cbc(name, cipher, len, digest)                               \
    { jose_bytes(name), JOSE_ENC_CBC_HMAC, len, 16, (len) / 2, cipher, digest }

#define jose_enc_gcm(name, cipher, len)                                       \
    { jose_bytes(name), JOSE_ENC_GCM, len, 12, 16, cipher, JOSE_DIGEST_NONE }


static jose_wrap_set_t jose_wrap_of_kind(jose_wrap_kind_t kind);


const jose_wrap_t  jose_wraps[JOSE_WRAP_N] = {

    /* RFC 7518, 4.5 */
    jose_wrap_aes("dir", JOSE_WRAP_DIRECT, JOSE_CIPHER_NONE, 0),

    /* RFC 7518, 4.4 */
    jose_wrap_aes("A128KW", JOSE_WRAP_AES, JOSE_CIPHER_A128_WRAP, 16),
    jose_wrap_aes("A192KW", JOSE_WRAP_AES, JOSE_CIPHER_A192_WRAP, 24),
    jose_wrap_aes("A256KW", JOSE_WRAP_AES, JOSE_CIPHER_A256_WRAP, 32),

    /* RFC 7518, 4.7 */
    jose_wrap_aes("A128GCMKW", JOSE_WRAP_AES_GCM, JOSE_CIPHER_A128_GCM, 16),
    jose_wrap_aes("A192GCMKW", JOSE_WRAP_AES_GCM, JOSE_CIPHER_A192_GCM, 24),
    jose_wrap_aes("A256GCMKW", JOSE_WRAP_AES_GCM, JOSE_CIPHER_A256_GCM, 32),

    /* RFC 7518, 4.3, and the registry of its section 7.1 */
    jose_wrap_oaep("RSA-OAEP", "SHA1"),
    jose_wrap_oaep("RSA-OAEP-256", "SHA2-256"),
    jose_wrap_oaep("RSA-OAEP-384", "SHA2-384"),
    jose_wrap_oaep("RSA-OAEP-512", "SHA2-512"),

    /* RFC 7518, 4.6 */
    jose_wrap_aes("ECDH-ES", JOSE_WRAP_ECDH, JOSE_CIPHER_NONE, 0),
    jose_wrap_aes("ECDH-ES+A128KW", JOSE_WRAP_ECDH_AES,
                  JOSE_CIPHER_A128_WRAP, 16),
    jose_wrap_aes("ECDH-ES+A192KW", JOSE_WRAP_ECDH_AES,
                  JOSE_CIPHER_A192_WRAP, 24),
    jose_wrap_aes("ECDH-ES+A256KW", JOSE_WRAP_ECDH_AES,
                  JOSE_CIPHER_A256_WRAP, 32)
};


const jose_enc_t  jose_encs[JOSE_ENC_N] = {

    /* RFC 7518, 5.2 */
    jose_enc_cbc("A128CBC-HS256", JOSE_CIPHER_A128_CBC, 32,
                 JOSE_DIGEST_SHA256),
    jose_enc_cbc("A192CBC-HS384", JOSE_CIPHER_A192_CBC, 48,
                 JOSE_DIGEST_SHA384),
    jose_enc_cbc("A256CBC-HS512", JOSE_CIPHER_A256_CBC, 64,
                 JOSE_DIGEST_SHA512),

    /* RFC 7518, 5.3 */
    jose_enc_gcm("A128GCM", JOSE_CIPHER_A128_GCM, 16),
    jose_enc_gcm("A192GCM", JOSE_CIPHER_A192_GCM, 24),
    jose_enc_gcm("A256GCM", JOSE_CIPHER_A256_GCM, 32)
};


const jose_wrap_t *
jose_wrap_named(jose_bytes_t name)
{
    size_t  i;

    for (i = 0; i < JOSE_WRAP_N; i++) {
        if (jose_bytes_equal(jose_wraps[i].name, name)) {
            return &jose_wraps[i];
        }
    }

    return NULL;
}


const jose_enc_t *
jose_enc_named(jose_bytes_t name)
{
    size_t  i;

    for (i = 0; i < JOSE_ENC_N; i++) {
        if (jose_bytes_equal(jose_encs[i].name, name)) {
            return &jose_encs[i];
        }
    }

    return NULL;
}


const jose_enc_t *
jose_enc_of_cipher(jose_cipher_t cipher)
{
    size_t  i;

    for (i = 0; i < JOSE_ENC_N; i++) {
        if (jose_encs[i].cipher == cipher) {
            return &jose_encs[i];
        }
    }

    return NULL;
}


jose_wrap_set_t
jose_wrap_bit(const jose_wrap_t *wrap)
{
    return (jose_wrap_set_t) 1 << (wrap - jose_wraps);
}


jose_wrap_set_t
jose_wrap_fitting_secret(size_t len)
{
    size_t           i;
    jose_wrap_set_t  set;

    set = 0;

    for (i = 0; i < JOSE_WRAP_N; i++) {

        if ((jose_wraps[i].kind == JOSE_WRAP_AES
             || jose_wraps[i].kind == JOSE_WRAP_AES_GCM)
            && jose_wraps[i].key_len == len)
        {
            set |= (jose_wrap_set_t) 1 << i;
        }
    }

    for (i = 0; i < JOSE_ENC_N; i++) {
        if (jose_encs[i].key_len == len) {
            set |= jose_wrap_direct();
        }
    }

    return set;
}


jose_wrap_set_t
jose_wrap_direct(void)
{
    return jose_wrap_of_kind(JOSE_WRAP_DIRECT);
}


jose_wrap_set_t
jose_wrap_fitting_rsa(void)
{
    return jose_wrap_of_kind(JOSE_WRAP_RSA_OAEP);
}


jose_wrap_set_t
jose_wrap_fitting_ecdh(jose_crv_t crv)
{
    switch (crv) {

    case JOSE_CRV_P256:
    case JOSE_CRV_P384:
    case JOSE_CRV_P521:
    case JOSE_CRV_X25519:
    case JOSE_CRV_X448:
        return jose_wrap_of_kind(JOSE_WRAP_ECDH)
               | jose_wrap_of_kind(JOSE_WRAP_ECDH_AES);

    case JOSE_CRV_NONE:
    case JOSE_CRV_SECP256K1:
    case JOSE_CRV_ED25519:
    case JOSE_CRV_ED448:
        break;
    }

    return 0;
}


static jose_wrap_set_t
jose_wrap_of_kind(jose_wrap_kind_t kind)
{
    size_t           i;
    jose_wrap_set_t  set;

    set = 0;

    for (i = 0; i < JOSE_WRAP_N; i++) {
        if (jose_wraps[i].kind == kind) {
            set |= (jose_wrap_set_t) 1 << i;
        }
    }

    return set;
}
