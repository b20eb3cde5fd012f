
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * timing [TRIES]
 *
 * Whether what is refused takes the same time wherever it is wrong: tries of
 * each kind (100000), in a random order, and the differences of their means
 * with what noise alone would make of them.
 *
 * Of all tries of a group the slowest twentieth is left out, as interrupts
 * are there; t is the difference by its standard error.  Over 4.5 it is more
 * than noise.  Two kinds differ, and tell nobody a secret: a ciphertext over n
 * is refused before it is decrypted, and n is public; to have bad padding
 * behind a good tag one has to know the key.
 */


#include "content.h"
#include "encrypt.h"
#include "unwrap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>


#define KINDS_MAX  6
#define TEXT_LEN   256


/* a group: the first one is what the others are compared with */
typedef struct {
    const char     *name;
    const char     *kinds[KINDS_MAX];
    size_t          n;
    jose_status_t   expected;
    jose_status_t (*run)(size_t kind);
} group_t;


static void prepare(void);
static void prepare_rsa(void);
static void prepare_cbc(void);
static void measure(const group_t *group, size_t tries);
static void sample(const group_t *group, size_t tries, double **samples);
static void report(const group_t *group, size_t tries, double **samples);
static double limit(const group_t *group, size_t tries, double **samples);
static int compare(const void *a, const void *b);
static jose_status_t run_hmac(size_t kind);
static jose_status_t run_rsa(size_t kind);
static jose_status_t run_cbc(size_t kind);
static void must(bool ok, const char *what);
static double now(void);


static const group_t  groups[] = {
    { "HS256, MAC wrong in", { "the first byte", "the last byte", "all bytes",
      "the first half" }, 4, JOSE_BAD_SIGNATURE, run_hmac },

    { "RSA-OAEP, A128CBC-HS256", { "good key, bad tag", "random ciphertext",
      "other hash", "ciphertext over n", "key of another length" }, 5,
      JOSE_DECRYPTION_FAILED, run_rsa },

    { "A128CBC-HS256", { "tag: the first byte", "tag: the last byte",
      "tag: all bytes", "good tag, bad padding" }, 4, JOSE_DECRYPTION_FAILED,
      run_cbc }
};

static jose_crypto_t      *crypto;

static jose_key_t          hmac_key;
static uint8_t             hmac_mac[KINDS_MAX][32];
static uint8_t             text[TEXT_LEN];

static jose_key_t          rsa_key;
static jose_jwe_header_t   rsa_header;
static uint8_t             rsa_encrypted[KINDS_MAX][256];

static jose_content_t      content;
static uint8_t             content_key[32], iv[16], tags[KINDS_MAX][16];
static uint8_t             ciphertext[KINDS_MAX][TEXT_LEN + 16];


int
main(int argc, char **argv)
{
    size_t  i, tries;

    tries = argc > 1 ? (size_t) atol(argv[1]) : 100000;

    must(tries >= 100, "at least 100 tries");

    prepare();
    prepare_rsa();
    prepare_cbc();

    printf("%-24s %-24s %10s %8s %10s %7s\n", "", "", "ns", "+-",
           "difference", "t");

    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        measure(&groups[i], tries);
    }

    jose_key_clear(&hmac_key);
    jose_key_clear(&rsa_key);
    jose_crypto_free(crypto);

    return 0;
}


static void
prepare(void)
{
    size_t        i, k;
    unsigned      len;
    uint8_t       mac[32];
    const char   *secret = "a secret that is as long as its hash";

    crypto = jose_crypto_create();
    must(crypto != NULL, "OpenSSL");

    must(jose_key_set_secret(&hmac_key, crypto, sign_text(secret),
                             sign_uses(JOSE_ALG_ALL))
         == JOSE_OK, "secret");

    (void) RAND_bytes(text, sizeof(text));
    (void) HMAC(EVP_sha256(), secret, (int) strlen(secret), text,
                sizeof(text), mac, &len);

    for (i = 0; i < 4; i++) {
        for (k = 0; k < 32; k++) {
            hmac_mac[i][k] = mac[k];

            if ((i == 0 && k == 0) || (i == 1 && k == 31) || i == 2
                || (i == 3 && k < 16))
            {
                hmac_mac[i][k] ^= 0xff;
            }
        }
    }
}


/* RFC 7518, 4.3, and what can be wrong with it */

static void
prepare_rsa(void)
{
    size_t         i, len;
    uint8_t        key[64];
    EVP_PKEY      *pkey;
    jose_uses_t    uses;
    EVP_PKEY_CTX  *ctx;

    pkey = sign_generate("RSA", NULL, 2048);

    (void) RAND_bytes(key, sizeof(key));

    for (i = 0; i < 5; i++) {

        if (i == 1 || i == 3) {
            (void) RAND_bytes(rsa_encrypted[i], 256);
            rsa_encrypted[i][0] = i == 1 ? 0 : 0xff;
            memset(rsa_encrypted[i] + 1, i == 1 ? 0x55 : 0xff, 16);
            continue;
        }

        len = 256;
        ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

        must(EVP_PKEY_encrypt_init(ctx) == 1
             && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1
             && EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, i == 2 ? "SHA256"
                                                              : "SHA1", NULL)
                == 1
             && EVP_PKEY_encrypt(ctx, rsa_encrypted[i], &len, key,
                                 i == 4 ? 48 : 32)
                == 1,
             "RSA-OAEP");

        EVP_PKEY_CTX_free(ctx);
    }

    uses.algs = 0;
    uses.wraps = JOSE_WRAP_ALL;
    uses.enc = NULL;

    must(jose_key_set_private(&rsa_key, crypto, pkey, uses) == JOSE_OK,
         "RSA");

    rsa_header.wrap = jose_wrap_named(sign_text("RSA-OAEP"));
    rsa_header.enc = jose_enc_named(sign_text("A128CBC-HS256"));
}


/* RFC 7518, 5.2.2.1; the last one has a good tag and no good padding */

static void
prepare_cbc(void)
{
    int              n, rest;
    size_t           i, k;
    unsigned         len;
    uint8_t          input[7 + 16 + TEXT_LEN + 16 + 8], mac[32];
    EVP_CIPHER_CTX  *ctx;

    (void) RAND_bytes(content_key, sizeof(content_key));
    (void) RAND_bytes(iv, sizeof(iv));

    content.aad = sign_text("a header" + 1);
    content.iv.data = iv;
    content.iv.len = sizeof(iv);
    content.ciphertext.len = TEXT_LEN + 16;
    content.tag.len = 16;

    ctx = EVP_CIPHER_CTX_new();

    for (i = 0; i < 4; i++) {
        must(EVP_EncryptInit_ex(ctx, EVP_aes_128_cbc(), NULL,
                                content_key + 16, iv)
             == 1
             && EVP_EncryptUpdate(ctx, ciphertext[i], &n, text, TEXT_LEN) == 1
             && EVP_EncryptFinal_ex(ctx, ciphertext[i] + n, &rest) == 1,
             "CBC");

        if (i == 3) {
            ciphertext[i][TEXT_LEN - 1] ^= 0xff;
        }

        memcpy(input, content.aad.data, 7);
        memcpy(input + 7, iv, 16);
        memcpy(input + 23, ciphertext[i], TEXT_LEN + 16);
        memset(input + 23 + TEXT_LEN + 16, 0, 8);
        input[sizeof(input) - 1] = 7 * 8;

        (void) HMAC(EVP_sha256(), content_key, 16, input, sizeof(input), mac,
                    &len);

        for (k = 0; k < 16; k++) {
            tags[i][k] = mac[k] ^ ((i == 0 && k == 0) || (i == 1 && k == 15)
                                   || i == 2 ? 0xff : 0);
        }
    }

    EVP_CIPHER_CTX_free(ctx);
}


static void
measure(const group_t *group, size_t tries)
{
    size_t   i;
    double  *samples[KINDS_MAX];

    for (i = 0; i < group->n; i++) {
        samples[i] = calloc(tries, sizeof(double));
        must(samples[i] != NULL, "memory");
    }

    sample(group, tries, samples);
    report(group, tries, samples);

    for (i = 0; i < group->n; i++) {
        free(samples[i]);
    }
}


/* in each round all kinds, in another order */

static void
sample(const group_t *group, size_t tries, double **samples)
{
    size_t         i, k, round, order[KINDS_MAX], other;
    double         start;
    uint8_t        random[KINDS_MAX];
    jose_status_t  status;

    for (round = 0; round < tries + tries / 10; round++) {
        (void) RAND_bytes(random, sizeof(random));

        for (i = 0; i < group->n; i++) {
            order[i] = i;
        }

        for (i = group->n - 1; i > 0; i--) {
            other = random[i] % (i + 1);
            k = order[i];
            order[i] = order[other];
            order[other] = k;
        }

        for (i = 0; i < group->n; i++) {
            k = order[i];

            start = now();
            status = group->run(k);

            /* the first tenth is to warm up */

            if (round >= tries / 10) {
                samples[k][round - tries / 10] = now() - start;
            }

            must(status == group->expected, group->kinds[k]);
        }
    }
}


static void
report(const group_t *group, size_t tries, double **samples)
{
    double  most, mean[KINDS_MAX], error[KINDS_MAX], n, sum, squares, both;
    size_t  i, k;

    most = limit(group, tries, samples);

    for (i = 0; i < group->n; i++) {
        n = 0;
        sum = 0;
        squares = 0;

        for (k = 0; k < tries; k++) {
            if (samples[i][k] <= most) {
                n++;
                sum += samples[i][k];
                squares += samples[i][k] * samples[i][k];
            }
        }

        if (n < 2) {
            printf("%-24s %-24s all in the slowest twentieth\n",
                   i ? "" : group->name, group->kinds[i]);
            mean[i] = 0;
            error[i] = 0;
            continue;
        }

        mean[i] = sum / n;
        error[i] = sqrt((squares / n - mean[i] * mean[i]) / (n - 1));

        printf("%-24s %-24s %10.1f %8.1f", i ? "" : group->name,
               group->kinds[i], mean[i], error[i]);

        if (i > 0) {
            both = sqrt(error[0] * error[0] + error[i] * error[i]);
            printf(" %+10.1f %+7.1f", mean[i] - mean[0],
                   (mean[i] - mean[0]) / both);
        }

        printf("\n");
    }
}


static double
limit(const group_t *group, size_t tries, double **samples)
{
    double  *all, most;
    size_t   i;

    all = calloc(group->n * tries, sizeof(double));
    must(all != NULL, "memory");

    for (i = 0; i < group->n; i++) {
        memcpy(all + i * tries, samples[i], tries * sizeof(double));
    }

    qsort(all, group->n * tries, sizeof(double), compare);

    most = all[group->n * tries * 19 / 20];

    free(all);

    return most;
}


static int
compare(const void *a, const void *b)
{
    double  x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));

    return (x > y) - (x < y);
}


static jose_status_t
run_hmac(size_t kind)
{
    jose_bytes_t  input, mac;

    input.data = text;
    input.len = sizeof(text);
    mac.data = hmac_mac[kind];
    mac.len = 32;

    return jose_key_verify(&hmac_key, crypto, jose_alg_first(hmac_key.algs),
                           input, mac);
}


static jose_status_t
run_rsa(size_t kind)
{
    uint8_t         key[JOSE_CONTENT_KEY_MAX], out[2 * sizeof(ciphertext[0])];
    size_t          len;
    jose_bytes_t    encrypted;
    jose_content_t  c;

    encrypted.data = rsa_encrypted[kind];
    encrypted.len = 256;

    if (jose_unwrap(&rsa_key, crypto, &rsa_header, encrypted, key)
        != JOSE_OK)
    {
        return JOSE_ERROR;
    }

    c = content;
    c.ciphertext.data = ciphertext[0];
    c.tag.data = tags[0];

    return jose_content_decrypt(rsa_header.enc, crypto, key, &c, out, &len);
}


static jose_status_t
run_cbc(size_t kind)
{
    size_t          len;
    uint8_t         out[2 * sizeof(ciphertext[0])];
    jose_content_t  c;

    c = content;
    c.ciphertext.data = ciphertext[kind];
    c.tag.data = tags[kind];

    return jose_content_decrypt(rsa_header.enc, crypto, content_key, &c, out,
                                &len);
}


static void
must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "timing: %s\n", what);
        exit(1);
    }
}


static double
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec * 1e9 + (double) ts.tv_nsec;
}
