
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Any text: the blocks that OpenSSL finds.  A block that is read is private if
 * its label says so, and has one value of ASN.1 and nothing behind it; a key
 * that may verify or decrypt, written again, is one block of the same key.
 */


#include "fuzz.h"
#include "pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>


static void fuzz_block(BIO *bio, jose_status_t status, bool private);
static void fuzz_again(EVP_PKEY *pkey, bool private);
static bool fuzz_is_known(const EVP_PKEY *pkey);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BIO            *bio, *blocks;
    bool            private;
    EVP_PKEY       *pkey;
    jose_bytes_t    text;
    jose_status_t   status;

    text = fuzz_copy(data, size);

    bio = BIO_new_mem_buf(text.data, (int) text.len);
    blocks = BIO_new_mem_buf(text.data, (int) text.len);
    fuzz_assert(bio != NULL && blocks != NULL);

    for ( ;; ) {
        pkey = NULL;
        private = false;
        status = jose_pem_next(bio, &pkey, &private);

        fuzz_assert(ERR_peek_error() == 0);

        if (status == JOSE_KEY_NONE) {
            break;
        }

        fuzz_assert(status == JOSE_OK || status == JOSE_KEY_NOT_PEM);
        fuzz_assert((status == JOSE_OK) == (pkey != NULL));

        fuzz_block(blocks, status, private);

        if (pkey != NULL && fuzz_is_known(pkey)) {
            fuzz_again(pkey, private);
        }

        EVP_PKEY_free(pkey);
    }

    BIO_free(bio);
    BIO_free(blocks);
    exact_free(text);

    return 0;
}


/* the block that came to this */

static void
fuzz_block(BIO *bio, jose_status_t status, bool private)
{
    int                   indefinite, tag, class;
    char                 *name, *header, *end;
    long                  len, value_len;
    uint8_t              *der;
    const unsigned char  *p;

    if (PEM_read_bio(bio, &name, &header, &der, &len) != 1) {
        ERR_clear_error();
        fuzz_assert(status == JOSE_KEY_NOT_PEM);
        return;
    }

    if (status == JOSE_OK) {
        end = strstr(name, "PRIVATE KEY");
        fuzz_assert(private
                    == (end && strcmp(end, "PRIVATE KEY") == 0));

        p = der;
        indefinite = ASN1_get_object(&p, &value_len, &tag, &class, len) & 1;
        fuzz_assert(indefinite || p + value_len == der + len);
    }

    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
}


static bool
fuzz_is_known(const EVP_PKEY *pkey)
{
    return EVP_PKEY_is_a(pkey, "RSA")
           || EVP_PKEY_is_a(pkey, "EC")
           || EVP_PKEY_is_a(pkey, "ED25519")
           || EVP_PKEY_is_a(pkey, "ED448")
           || EVP_PKEY_is_a(pkey, "X25519")
           || EVP_PKEY_is_a(pkey, "X448");
}


static void
fuzz_again(EVP_PKEY *pkey, bool private)
{
    BIO       *bio;
    bool       again;
    EVP_PKEY  *same;

    bio = BIO_new(BIO_s_mem());
    fuzz_assert(bio != NULL);

    fuzz_assert(private
                ? PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
                                           NULL)
                : PEM_write_bio_PUBKEY(bio, pkey));

    fuzz_assert(jose_pem_next(bio, &same, &again) == JOSE_OK);
    fuzz_assert(again == private);
    fuzz_assert(EVP_PKEY_eq(pkey, same) == 1);

    EVP_PKEY_free(same);

    fuzz_assert(jose_pem_next(bio, &same, &again) == JOSE_KEY_NONE);

    BIO_free(bio);
}
