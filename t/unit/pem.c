
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "pem.h"
#include "sign.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>


#define BLOCKS_MAX  16


static void make_blocks(void);
static void free_blocks(void);
static char **block(char letter);
static char *block_of(const char *name, const char *header,
    const uint8_t *der, int len);
static char *copy_of(const char *text);
static void test_blocks(void);
static void test_lengths(void);
static void test_lines(void);
static void read_all(const char *text, size_t len, char *found);


/* The letter stands for the block below. */

static struct {
    char   letter;
    char  *text;
} blocks[] = {
    { 'R', NULL },  /* PUBLIC KEY of RSA */
    { 'r', NULL },  /* RSA PUBLIC KEY */
    { 'E', NULL },  /* PUBLIC KEY of P-256 */
    { 'D', NULL },  /* PUBLIC KEY of Ed25519 */
    { 'F', NULL },  /* PUBLIC KEY of Ed448 */
    { 'C', NULL },  /* CERTIFICATE */
    { 'P', NULL },  /* PRIVATE KEY */
    { 'Q', NULL },  /* RSA PRIVATE KEY */
    { 'q', NULL },  /* EC PRIVATE KEY */
    { 'L', NULL },  /* ENCRYPTED PRIVATE KEY */
    { 'l', NULL },  /* RSA PRIVATE KEY, encrypted */
    { 'U', NULL },  /* unknown block */
    { 'T', NULL },  /* DER with a tail */
    { 't', NULL },  /* anything as CERTIFICATE */
    { 'M', NULL },  /* private DER as PUBLIC KEY */
    { 'm', NULL },  /* public DER as CERTIFICATE */
    { 'H', NULL },  /* PUBLIC KEY with a header */
    { 'b', NULL },  /* broken base64 */
    { 'w', NULL },  /* wrong end */
    { 'z', NULL },  /* empty block */
    { 'o', NULL },  /* no end */
    { 'x', NULL }  /* text between */
};

static EVP_PKEY  *rsa;
static EVP_PKEY  *ec;


int
main(void)
{
    rsa = sign_generate("RSA", NULL, 2048);
    ec = sign_generate("EC", "P-256", 0);

    make_blocks();
    ERR_clear_error();

    test_blocks();
    test_lengths();
    test_lines();

    free_blocks();
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);

    return unit_done("pem");
}


static char **
block(char letter)
{
    size_t  i;

    for (i = 0; blocks[i].letter != letter; i++) { /* void */ }

    return &blocks[i].text;
}


static void
make_blocks(void)
{
    int        n;
    BIO       *bio;
    uint8_t   *der, tail[1024];
    EVP_PKEY  *pkey;

    *block('R') = sign_pem(rsa);
    *block('E') = sign_pem(ec);
    *block('P') = sign_pem_private(ec);
    *block('C') = sign_pem_certificate(ec, rsa);

    pkey = sign_generate("ED25519", NULL, 0);
    *block('D') = sign_pem(pkey);
    EVP_PKEY_free(pkey);

    pkey = sign_generate("ED448", NULL, 0);
    *block('F') = sign_pem(pkey);
    EVP_PKEY_free(pkey);

    der = NULL;
    n = i2d_PublicKey(rsa, &der);
    *block('r') = block_of("RSA PUBLIC KEY", "", der, n);
    OPENSSL_free(der);

    der = NULL;
    n = i2d_PUBKEY(ec, &der);
    memset(tail, 0, sizeof(tail));
    memcpy(tail, der, (size_t) n);
    *block('T') = block_of("PUBLIC KEY", "", tail, n + 1);
    *block('m') = block_of("CERTIFICATE", "", der, n);
    *block('U') = block_of("EC PARAMETERS", "", der, n);
    *block('H') = block_of("PUBLIC KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: "
                           "AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n",
                           der, n);
    OPENSSL_free(der);

    der = NULL;
    n = i2d_PrivateKey(ec, &der);
    *block('M') = block_of("PUBLIC KEY", "", der, n);
    OPENSSL_free(der);

    memset(tail, 0x30, sizeof(tail));
    *block('t') = block_of("CERTIFICATE", "", tail, sizeof(tail));

    bio = BIO_new(BIO_s_mem());
    (void) PEM_write_bio_PrivateKey_traditional(bio, rsa, NULL, NULL, 0, NULL,
                                                NULL);
    *block('Q') = sign_bio_text(bio);

    bio = BIO_new(BIO_s_mem());
    (void) PEM_write_bio_PrivateKey_traditional(bio, ec, NULL, NULL, 0, NULL,
                                                NULL);
    *block('q') = sign_bio_text(bio);

    bio = BIO_new(BIO_s_mem());
    (void) PEM_write_bio_PrivateKey(bio, ec, EVP_aes_128_cbc(),
                                    (const uint8_t *) "word", 4, NULL, NULL);
    *block('L') = sign_bio_text(bio);

    bio = BIO_new(BIO_s_mem());
    (void) PEM_write_bio_PrivateKey_traditional(bio, rsa, EVP_aes_128_cbc(),
                                                (const uint8_t *) "word", 4,
                                                NULL, NULL);
    *block('l') = sign_bio_text(bio);

    *block('b') = copy_of("-----BEGIN PUBLIC KEY-----\nMII!B\n"
                          "-----END PUBLIC KEY-----\n");
    *block('w') = copy_of("-----BEGIN PUBLIC KEY-----\nMIIB\n"
                          "-----END CERTIFICATE-----\n");
    *block('z') = copy_of("-----BEGIN PUBLIC KEY-----\n"
                          "-----END PUBLIC KEY-----\n");
    *block('o') = copy_of("-----BEGIN PUBLIC KEY-----\nMIIB\n");
    *block('x') = copy_of("\r\nsubject=CN = a\n--- BEGIN\n\n");
}


static void
free_blocks(void)
{
    size_t  i;

    for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        free(blocks[i].text);
    }
}


static char *
block_of(const char *name, const char *header, const uint8_t *der, int len)
{
    BIO  *bio;

    bio = BIO_new(BIO_s_mem());

    (void) PEM_write_bio(bio, name, header, der, len);

    return sign_bio_text(bio);
}


static char *
copy_of(const char *text)
{
    char  *copy;

    copy = malloc(strlen(text) + 1);
    (void) strcpy(copy, text);

    return copy;
}


/* "k": a key, "s": a private one, "p": not PEM; what comes of each text. */

static void
test_blocks(void)
{
    char         text[32768], found[BLOCKS_MAX + 2];
    size_t       i;
    const char  *p;

    static const struct {
        const char  *blocks;
        const char  *found;
    } rows[] = {
        { "", "" }, { "x", "" }, { "xx", "" },
        { "R", "k" }, { "r", "k" }, { "E", "k" }, { "D", "k" },
        { "F", "k" }, { "C", "k" }, { "RrEDFC", "kkkkkk" },
        { "xRxxrxEx", "kkk" },
        { "P", "s" }, { "Q", "s" }, { "q", "s" }, { "L", "p" }, { "l", "p" },
        { "ULqE", "ppsk" }, { "EPE", "ksk" }, { "PR", "sk" },
        { "U", "p" }, { "T", "p" }, { "t", "p" }, { "M", "p" }, { "m", "p" },
        { "H", "k" },
        { "b", "p" }, { "w", "p" }, { "z", "p" }, { "o", "p" },
        { "EbE", "kpk" }, { "EzE", "kpk" }, { "ETE", "kpk" },
        { "ExbxE", "kpk" }, { "EUtMmE", "kppppk" }, { "Eo", "kp" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text[0] = '\0';

        for (p = rows[i].blocks; *p != '\0'; p++) {
            (void) strcat(text, *block(*p));
        }

        read_all(text, strlen(text), found);

        unit_check_for(strcmp(found, rows[i].found) == 0, "%s: %s",
                       rows[i].blocks, found);
    }
}


/* A text that ends anywhere. */

static void
test_lengths(void)
{
    char        *text, found[BLOCKS_MAX + 2];
    size_t       i, k, len;
    const char  *kinds;

    kinds = "RrEDFC";

    for (k = 0; kinds[k] != '\0'; k++) {
        text = *block(kinds[k]);
        len = strlen(text);

        for (i = 0; i < len; i++) {
            read_all(text, i, found);

            unit_check_for(strcmp(found, i + 1 == len ? "k" : "p") == 0
                           || (found[0] == '\0' && i < 32),
                           "%c cut at %zu: %s", kinds[k], i, found);
        }
    }
}


/* RFC 7468, 2: other ends of lines */

static void
test_lines(void)
{
    char         text[8192], found[BLOCKS_MAX + 2];
    size_t       n;
    const char  *p;

    n = 0;

    for (p = *block('R'); *p != '\0'; p++) {
        if (*p == '\n') {
            text[n++] = '\r';
        }

        text[n++] = *p;
    }

    read_all(text, n, found);
    unit_check_for(strcmp(found, "k") == 0, "CRLF refused: %s", found);

    memset(text, '-', sizeof(text));
    read_all(text, sizeof(text), found);
    unit_check_for(strcmp(found, "") == 0, "dashes taken: %s", found);

    memset(text, 0, sizeof(text));
    read_all(text, sizeof(text), found);
    unit_check_for(strcmp(found, "") == 0, "zeros taken: %s", found);
}


static void
read_all(const char *text, size_t len, char *found)
{
    BIO            *bio;
    bool            private;
    char           *copy;
    size_t          n;
    EVP_PKEY       *pkey;
    jose_status_t   status;

    copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    bio = BIO_new_mem_buf(copy, (int) len);

    for (n = 0; n <= BLOCKS_MAX; n++) {
        pkey = NULL;
        status = jose_pem_next(bio, &pkey, &private);

        unit_check_for(ERR_peek_error() == 0, "stale OpenSSL error");
        ERR_clear_error();

        if (status == JOSE_KEY_NONE) {
            break;
        }

        found[n] = status == JOSE_OK ? (private ? 's' : 'k')
                   : status == JOSE_KEY_NOT_PEM ? 'p' : '?';

        unit_check_for((status == JOSE_OK) == (pkey != NULL),
                       "key with %s", jose_status_word(status));
        EVP_PKEY_free(pkey);
    }

    unit_check_for(n <= BLOCKS_MAX, "no end of blocks");
    found[n < BLOCKS_MAX ? n : BLOCKS_MAX] = '\0';

    (void) BIO_free(bio);
    free(copy);
}
