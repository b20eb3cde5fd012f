
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "pem.h"
#include "akp.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>


static jose_status_t jose_pem_read(const char *name, const uint8_t *der,
    long len, EVP_PKEY **pkey);
static EVP_PKEY *jose_pem_certificate(const uint8_t **p, long len);
static bool jose_pem_is_absent(const char *name, const uint8_t *der,
    long len);
static bool jose_pem_is_private(const char *name);


jose_status_t
jose_pem_next(BIO *bio, EVP_PKEY **pkey, bool *private)
{
    char           *name, *header;
    long            len;
    size_t          left;
    uint8_t        *der;
    jose_status_t   status;

    left = BIO_ctrl_pending(bio);

    if (PEM_read_bio(bio, &name, &header, &der, &len) != 1) {
        status = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
                 ? JOSE_KEY_NONE
                 : JOSE_KEY_NOT_PEM;

        jose_crypto_clear_errors();

        /* without memory it does not even read, and would not the next time */

        if (status == JOSE_KEY_NOT_PEM && BIO_ctrl_pending(bio) == left) {
            status = JOSE_ERROR;
        }

        return status;
    }

    *private = jose_pem_is_private(name);

    status = jose_pem_read(name, der, len, pkey);

    jose_crypto_clear_errors();

    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, (size_t) len);

    return status;
}


static jose_status_t
jose_pem_read(const char *name, const uint8_t *der, long len,
    EVP_PKEY **pkey)
{
    const uint8_t  *p;

    p = der;
    *pkey = NULL;

    /* an encrypted one would be asked a pass phrase for */

    if (jose_pem_is_private(name)
        && strcmp(name, PEM_STRING_PKCS8) != 0)
    {
        *pkey = d2i_AutoPrivateKey(NULL, &p, len);
    }

    if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
        *pkey = d2i_PUBKEY(NULL, &p, len);
    }

    if (strcmp(name, PEM_STRING_RSA_PUBLIC) == 0) {
        *pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, len);
    }

    if (strcmp(name, PEM_STRING_X509) == 0) {
        *pkey = jose_pem_certificate(&p, len);
    }

    if (*pkey == NULL) {
        return jose_pem_is_absent(name, der, len) ? JOSE_KEY_ALGORITHM_ABSENT
                                                  : JOSE_KEY_NOT_PEM;
    }

    if (p != der + len) {
        EVP_PKEY_free(*pkey);
        *pkey = NULL;

        return JOSE_KEY_NOT_PEM;
    }

    return JOSE_OK;
}


static EVP_PKEY *
jose_pem_certificate(const uint8_t **p, long len)
{
    X509      *certificate;
    EVP_PKEY  *pkey;

    certificate = d2i_X509(NULL, p, len);
    if (certificate == NULL) {
        return NULL;
    }

    pkey = X509_get_pubkey(certificate);

    X509_free(certificate);

    return pkey;
}


/* whether it has a key of an algorithm that the linked OpenSSL lacks */

static bool
jose_pem_is_absent(const char *name, const uint8_t *der, long len)
{
    X509              *certificate;
    X509_PUBKEY       *info;
    const jose_alg_t  *alg;

    certificate = NULL;
    info = NULL;
    alg = NULL;

    if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
        info = d2i_X509_PUBKEY(NULL, &der, len);

        if (info != NULL) {
            alg = jose_akp_of_info(info);
        }
    }

    if (strcmp(name, PEM_STRING_X509) == 0) {
        certificate = d2i_X509(NULL, &der, len);

        if (certificate != NULL) {
            alg = jose_akp_of_info(X509_get_X509_PUBKEY(certificate));
        }
    }

    X509_PUBKEY_free(info);
    X509_free(certificate);

    return alg != NULL && !(jose_crypto_algs() & jose_alg_named(alg->name));
}


static bool
jose_pem_is_private(const char *name)
{
    size_t             len;
    static const char  ending[] = "PRIVATE KEY";

    len = strlen(name);

    return len >= sizeof(ending) - 1
           && strcmp(name + len - (sizeof(ending) - 1), ending) == 0;
}
