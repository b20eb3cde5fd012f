
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * For "make check" only: tells gcc's -fanalyzer which function of OpenSSL
 * frees what another one has made, so that it sees leaks and double frees.
 */


#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>


#define owner(free)  __attribute__((malloc, malloc(free, 1)))


BIGNUM *BN_bin2bn(const unsigned char *s, int len, BIGNUM *ret) owner(BN_free);
BIGNUM *BN_lebin2bn(const unsigned char *s, int len, BIGNUM *ret)
    owner(BN_free);
BIGNUM *BN_new(void) owner(BN_free);
BN_CTX *BN_CTX_new(void) owner(BN_CTX_free);

BIO *BIO_new_mem_buf(const void *buf, int len) owner(BIO_free);

EVP_MAC *EVP_MAC_fetch(OSSL_LIB_CTX *libctx, const char *algorithm,
    const char *properties) owner(EVP_MAC_free);
EVP_MAC_CTX *EVP_MAC_CTX_new(EVP_MAC *mac) owner(EVP_MAC_CTX_free);
EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *ctx, const char *algorithm,
    const char *properties) owner(EVP_MD_free);
EVP_MD_CTX *EVP_MD_CTX_new(void) owner(EVP_MD_CTX_free);

EVP_PKEY *EVP_PKEY_new(void) owner(EVP_PKEY_free);
EVP_PKEY *EVP_PKEY_new_raw_public_key_ex(OSSL_LIB_CTX *libctx,
    const char *keytype, const char *propq, const unsigned char *pub,
    size_t len) owner(EVP_PKEY_free);
EVP_PKEY_CTX *EVP_PKEY_CTX_new_from_name(OSSL_LIB_CTX *libctx,
    const char *name, const char *propquery) owner(EVP_PKEY_CTX_free);
EVP_PKEY_CTX *EVP_PKEY_CTX_new_from_pkey(OSSL_LIB_CTX *libctx, EVP_PKEY *pkey,
    const char *propquery) owner(EVP_PKEY_CTX_free);

EVP_PKEY *X509_get_pubkey(X509 *x) owner(EVP_PKEY_free);


#undef owner
