
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "akp.h"
#include "jwk.h"
#include "pem.h"
#include "sign.h"
#include "unit.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>


#define ALG(set)  (&sign_algs[(set)->alg])


typedef struct {
    size_t  alg;
    size_t  public_len;
} set_t;


static void test_row(const set_t *set);
static void test_members(const set_t *set);
static void test_jwk(const set_t *set, const char *what, const char *fmt,
    const char *pub, jose_status_t expected);
static void test_pem(const set_t *set);
static void test_certificate(const set_t *set, const char *oid);
static jose_status_t read_pem(const char *name, const uint8_t *der,
    size_t len);
static jose_status_t read_bio(BIO *bio);
static size_t info_of(const char *oid, const uint8_t *pub, size_t len,
    uint8_t *der);


/* FIPS 204, table 2 */

static const set_t  sets[] = {
    { 17, 1312 }, { 18, 1952 }, { 19, 2592 }
};

static jose_crypto_t  *crypto;
static jose_status_t   good;    /* of what is right, and may be absent */


int
main(void)
{
    size_t  i;

    crypto = jose_crypto_create();

    good = sign_algs_n() == JOSE_ALG_N ? JOSE_OK : JOSE_KEY_ALGORITHM_ABSENT;

    for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        test_row(&sets[i]);
        test_members(&sets[i]);
        test_pem(&sets[i]);
    }

    unit_check_for(jose_akp_named(sign_text("EdDSA")) == NULL,
                   "EdDSA taken for one");
    unit_check_for(crypto->algs == jose_crypto_algs(), "algorithms differ");

    jose_crypto_free(crypto);

    return unit_done("akp");
}


static void
test_row(const set_t *set)
{
    const jose_alg_t  *alg;

    alg = &jose_algs[set->alg];

    unit_check_for(jose_akp_named(alg->name) == alg, "%s not found",
                   ALG(set)->name);
    unit_check_for(jose_akp_public_len(alg) == set->public_len
                   && set->public_len <= JOSE_AKP_PUBLIC_MAX,
                   "wrong length of a key: %s", ALG(set)->name);
    unit_check_for((crypto->algs >> set->alg & 1) == (good == JOSE_OK),
                   "known or not: %s", ALG(set)->name);
}


/* RFC 9964, 3 and 5, as far as no OpenSSL is needed to tell. */

static void
test_members(const set_t *set)
{
    char          pub[2 * JOSE_AKP_PUBLIC_MAX];
    size_t        i;
    uint8_t       bytes[JOSE_AKP_PUBLIC_MAX + 1];
    jose_bytes_t  key;

    static const size_t  lengths[] = {
        0, 1, 32, 1311, 1312, 1313, 1951, 1952, 1953, 2591, 2592, 2593
    };

    memset(bytes, 7, sizeof(bytes));
    key.data = bytes;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        key.len = lengths[i];
        (void) sign_base64url(key, pub);

        test_jwk(set, "length of pub", "\"alg\":\"%s\",\"pub\":\"%s\"", pub,
                 key.len == set->public_len ? good : JOSE_KEY_LENGTH_INVALID);
    }

    key.len = set->public_len;
    (void) sign_base64url(key, pub);

    test_jwk(set, "use sig", "\"alg\":\"%s\",\"use\":\"sig\",\"pub\":\"%s\"",
             pub, good);
    test_jwk(set, "key_ops",
             "\"alg\":\"%s\",\"key_ops\":[\"verify\"],\"pub\":\"%s\"", pub,
             good);
    test_jwk(set, "priv that is none",
             "\"alg\":\"%s\",\"priv\":7,\"pub\":\"%s\"", pub, good);
    test_jwk(set, "use enc", "\"alg\":\"%s\",\"use\":\"enc\",\"pub\":\"%s\"",
             pub, JOSE_KEY_NOT_FOR_SIGNATURES);
    test_jwk(set, "key_ops sign",
             "\"alg\":\"%s\",\"key_ops\":[\"sign\"],\"pub\":\"%s\"", pub,
             JOSE_KEY_NOT_FOR_SIGNATURES);

    test_jwk(set, "no alg", "\"x\":\"%s\",\"pub\":\"%s\"", pub,
             JOSE_KEY_MEMBER_INVALID);
    test_jwk(set, "alg in a list", "\"alg\":[\"%s\"],\"pub\":\"%s\"", pub,
             JOSE_KEY_MEMBER_INVALID);
    test_jwk(set, "unknown alg", "\"alg\":\"Hash%s\",\"pub\":\"%s\"", pub,
             JOSE_KEY_ALGORITHM_UNKNOWN);
    test_jwk(set, "alg EdDSA", "\"x\":\"%s\",\"alg\":\"EdDSA\",\"pub\":\"%s\"",
             pub, JOSE_KEY_ALGORITHM_MISMATCH);
    test_jwk(set, "alg RSA-OAEP",
             "\"x\":\"%s\",\"alg\":\"RSA-OAEP\",\"pub\":\"%s\"", pub,
             JOSE_KEY_ALGORITHM_MISMATCH);
    test_jwk(set, "alg HS256", "\"x\":\"%s\",\"alg\":\"HS256\",\"pub\":\"%s\"",
             pub, JOSE_KEY_ALGORITHM_MISMATCH);

    test_jwk(set, "no pub", "\"alg\":\"%s\",\"x\":\"%s\"", pub,
             JOSE_KEY_MEMBER_INVALID);
    test_jwk(set, "pub in a list", "\"alg\":\"%s\",\"pub\":[\"%s\"]", pub,
             JOSE_KEY_MEMBER_INVALID);

    pub[9] = '+';
    test_jwk(set, "base64 pub", "\"alg\":\"%s\",\"pub\":\"%s\"", pub,
             JOSE_KEY_MEMBER_INVALID);

    pub[9] = '_';
    test_jwk(set, "padded pub", "\"alg\":\"%s\",\"pub\":\"%s====\"", pub,
             JOSE_KEY_LENGTH_INVALID);
}


static void
test_jwk(const set_t *set, const char *what, const char *fmt, const char *pub,
    jose_status_t expected)
{
    char            members[3 * JOSE_AKP_PUBLIC_MAX];
    char            text[4 * JOSE_AKP_PUBLIC_MAX];
    json_t         *json;
    jose_key_t      key;
    jose_status_t   status;

    memset(&key, 0, sizeof(jose_key_t));

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void) snprintf(members, sizeof(members), fmt, ALG(set)->name, pub);
#pragma GCC diagnostic pop

    (void) snprintf(text, sizeof(text), "{\"kty\":\"AKP\",%s}", members);

    json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    status = jose_jwk_read(&key, crypto, json, false);
    json_decref(json);

    unit_check_for(status == expected, "%s of %s: %s", what, ALG(set)->name,
                   jose_status_word(status));
    unit_check_for(key.algs == (status == JOSE_OK
                                ? (jose_alg_set_t) 1 << set->alg : 0),
                   "wrong rows: %s of %s", what, ALG(set)->name);
    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: %s", what);

    jose_key_clear(&key);
}


/* RFC 9881, 2 and 4 */

static void
test_pem(const set_t *set)
{
    char     oid[] = "\x60\x86\x48\x01\x65\x03\x04\x03\x11";
    size_t   len;
    uint8_t  pub[JOSE_AKP_PUBLIC_MAX], der[2 * JOSE_AKP_PUBLIC_MAX];

    memset(pub, 7, sizeof(pub));
    oid[8] = (char) (oid[8] + (int) set->alg - 17);

    len = info_of(oid, pub, set->public_len, der);
    unit_check_for(read_pem("PUBLIC KEY", der, len) == good,
                   "PEM of %s", ALG(set)->name);
    unit_check_for(read_pem("RSA PUBLIC KEY", der, len) == JOSE_KEY_NOT_PEM,
                   "misnamed PEM of %s", ALG(set)->name);
    unit_check_for(read_pem("CERTIFICATE", der, len) == JOSE_KEY_NOT_PEM,
                   "no certificate: %s", ALG(set)->name);

    test_certificate(set, oid);

    /* its length is seen only by an OpenSSL that knows it */

    if (good == JOSE_OK) {
        len = info_of(oid, pub, set->public_len - 1, der);
        unit_check_for(read_pem("PUBLIC KEY", der, len) == JOSE_KEY_NOT_PEM,
                       "short PEM of %s", ALG(set)->name);
    }

    /* of SLH-DSA, for example */

    oid[8] = (char) (oid[8] + 3);
    len = info_of(oid, pub, set->public_len, der);
    unit_check_for(read_pem("PUBLIC KEY", der, len) == JOSE_KEY_NOT_PEM,
                   "PEM beside %s", ALG(set)->name);

    unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error: PEM");
}


/* whoever has made it out */

static void
test_certificate(const set_t *set, const char *oid)
{
    int             len;
    BIO            *bio;
    X509           *certificate;
    uint8_t        *bytes, name[32];
    EVP_PKEY       *rsa;
    X509_PUBKEY    *info;
    ASN1_OBJECT    *object;
    const uint8_t  *p;

    rsa = sign_generate("RSA", NULL, 2048);
    certificate = X509_new();
    bio = BIO_new(BIO_s_mem());
    bytes = OPENSSL_malloc(set->public_len);
    memset(bytes, 7, set->public_len);

    (void) X509_set_pubkey(certificate, rsa);
    info = X509_get_X509_PUBKEY(certificate);

    name[0] = 0x06;
    name[1] = 9;
    memcpy(name + 2, oid, 9);
    p = name;
    object = d2i_ASN1_OBJECT(NULL, &p, 11);

    len = (int) set->public_len;
    (void) X509_PUBKEY_set0_param(info, object, V_ASN1_UNDEF, NULL, bytes,
                                  len);
    (void) X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    (void) X509_gmtime_adj(X509_getm_notAfter(certificate), 60);
    (void) X509_sign(certificate, rsa, EVP_sha256());
    (void) PEM_write_bio_X509(bio, certificate);
    ERR_clear_error();

    unit_check_for(read_bio(bio) == good, "certificate of %s",
                   ALG(set)->name);

    X509_free(certificate);
    EVP_PKEY_free(rsa);
}


static jose_status_t
read_pem(const char *name, const uint8_t *der, size_t len)
{
    BIO  *bio;

    bio = BIO_new(BIO_s_mem());
    (void) PEM_write_bio(bio, name, "", der, (long) len);

    return read_bio(bio);
}


static jose_status_t
read_bio(BIO *bio)
{
    bool            private;
    EVP_PKEY       *pkey;
    jose_key_t      key;
    jose_status_t   status;

    status = jose_pem_next(bio, &pkey, &private);

    if (status == JOSE_OK) {
        memset(&key, 0, sizeof(jose_key_t));

        status = jose_key_set_public(&key, crypto, pkey, JOSE_ALG_ALL);

        unit_check_for(status != JOSE_OK || (key.algs & (key.algs - 1)) == 0,
                       "PEM for more than one: %x", (unsigned) key.algs);
        jose_key_clear(&key);
    }

    (void) BIO_free(bio);

    return status;
}


static size_t
info_of(const char *oid, const uint8_t *pub, size_t len, uint8_t *der)
{
    uint8_t  *p;

    p = der;

    *p++ = 0x30;
    *p++ = 0x82;
    *p++ = (uint8_t) ((len + 18) >> 8);
    *p++ = (uint8_t) (len + 18);

    *p++ = 0x30;
    *p++ = 0x0b;
    *p++ = 0x06;
    *p++ = 0x09;
    memcpy(p, oid, 9);
    p += 9;

    *p++ = 0x03;
    *p++ = 0x82;
    *p++ = (uint8_t) ((len + 1) >> 8);
    *p++ = (uint8_t) (len + 1);
    *p++ = 0;
    memcpy(p, pub, len);

    return (size_t) (p - der) + len;
}
