
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * verify ALG KEY.pem LENGTH MILLISECONDS
 *
 * Prints the microseconds of processor time that OpenSSL needs to verify one
 * signature of so many bytes, in the cheapest way there is: the key, the
 * digest and the context are prepared once.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>


#define BENCH_BATCH  32


typedef struct {
    const char     *alg;
    EVP_PKEY       *key;
    EVP_MD         *md;
    EVP_MD_CTX     *digest;
    EVP_PKEY_CTX   *verify;
    EVP_MAC_CTX    *mac;
    unsigned char  *text;
    size_t          len;
    unsigned char   signature[1024];
    size_t          signature_len;
} bench_t;


static void fail(const char *what);
static void padding(const bench_t *b, EVP_PKEY_CTX *ctx);
static void begin_mac(bench_t *b);
static void begin_key(bench_t *b, const char *path);
static void verify(bench_t *b);
static double processor_time(void);


static void
fail(const char *what)
{
    fprintf(stderr, "verify: %s\n", what);
    exit(1);
}


static void
padding(const bench_t *b, EVP_PKEY_CTX *ctx)
{
    if (strcmp(b->alg, "PS256") == 0
        && (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) <= 0
            || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, 32) <= 0))
    {
        fail("padding");
    }
}


static void
begin_mac(bench_t *b)
{
    EVP_MAC        *mac;
    OSSL_PARAM      params[2];
    unsigned char   secret[64] = "a secret";

    mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    b->mac = EVP_MAC_CTX_new(mac);

    params[0] = OSSL_PARAM_construct_utf8_string("digest", (char *) "SHA256",
                                                 0);
    params[1] = OSSL_PARAM_construct_end();

    if (EVP_MAC_init(b->mac, secret, sizeof(secret), params) != 1) {
        fail("hmac");
    }
}


static void
begin_key(bench_t *b, const char *path)
{
    FILE          *file;
    EVP_MD_CTX    *sign;
    EVP_PKEY_CTX  *ctx;

    file = fopen(path, "r");
    b->key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (b->key == NULL) {
        fail(path);
    }

    fclose(file);

    if (strcmp(b->alg, "EdDSA") != 0) {
        b->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    }

    sign = EVP_MD_CTX_new();
    b->signature_len = sizeof(b->signature);

    if (EVP_DigestSignInit(sign, &ctx, b->md, NULL, b->key) != 1) {
        fail("sign");
    }

    padding(b, ctx);

    if (EVP_DigestSign(sign, b->signature, &b->signature_len, b->text, b->len)
        != 1)
    {
        fail("sign");
    }

    EVP_MD_CTX_free(sign);

    b->digest = EVP_MD_CTX_new();

    if (b->md == NULL) {
        return;
    }

    b->verify = EVP_PKEY_CTX_new_from_pkey(NULL, b->key, NULL);

    if (EVP_PKEY_verify_init(b->verify) != 1
        || EVP_PKEY_CTX_set_signature_md(b->verify, b->md) <= 0
        || EVP_DigestInit_ex2(b->digest, b->md, NULL) != 1)
    {
        fail("verify");
    }

    padding(b, b->verify);
}


static void
verify(bench_t *b)
{
    int            good;
    size_t         len;
    unsigned       n;
    unsigned char  digest[EVP_MAX_MD_SIZE];

    if (b->mac != NULL) {
        good = EVP_MAC_init(b->mac, NULL, 0, NULL) == 1
               && EVP_MAC_update(b->mac, b->text, b->len) == 1
               && EVP_MAC_final(b->mac, digest, &len, sizeof(digest)) == 1;

    } else if (b->md == NULL) {
        good = EVP_DigestVerifyInit(b->digest, NULL, NULL, NULL, b->key) == 1
               && EVP_DigestVerify(b->digest, b->signature, b->signature_len,
                                   b->text, b->len) == 1;

    } else {
        good = EVP_DigestInit_ex2(b->digest, NULL, NULL) == 1
               && EVP_DigestUpdate(b->digest, b->text, b->len) == 1
               && EVP_DigestFinal_ex(b->digest, digest, &n) == 1
               && EVP_PKEY_verify(b->verify, b->signature, b->signature_len,
                                  digest, n) == 1;
    }

    if (!good) {
        fail("not verified");
    }
}


static double
processor_time(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e6 + (double) ts.tv_nsec / 1e3;
}


int
main(int argc, char **argv)
{
    long      n, i;
    double    start, now, end;
    bench_t   b;

    if (argc != 5) {
        fail("arguments");
    }

    memset(&b, 0, sizeof(b));

    b.alg = argv[1];
    b.len = (size_t) atol(argv[3]);
    b.text = calloc(1, b.len);

    if (b.text == NULL) {
        fail("memory");
    }

    if (strcmp(b.alg, "HS256") == 0) {
        begin_mac(&b);

    } else {
        begin_key(&b, argv[2]);
    }

    for (i = 0; i < BENCH_BATCH; i++) {
        verify(&b);
    }

    n = 0;
    start = processor_time();
    end = start + atof(argv[4]) * 1000;

    do {
        for (i = 0; i < BENCH_BATCH; i++) {
            verify(&b);
        }

        n += BENCH_BATCH;
        now = processor_time();
    } while (now < end);

    printf("%.3f\n", (now - start) / (double) n);

    return 0;
}
