
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jwk.h"
#include "base64url.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>


/* the modulus of RSA of 16384 bits, and one byte to see what is over it */
#define JOSE_JWK_NUMBER_MAX  2049

#define JOSE_JWK_FIELD_MAX   66


typedef jose_status_t (*jose_jwk_reader_pt)(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_alg_set_t allowed);


typedef struct {
    const char          *kty;
    jose_jwk_reader_pt   read;
} jose_jwk_type_t;


typedef struct {
    const char  *crv;
    const char  *name;       /* what OpenSSL calls it */
    size_t       field_len;  /* bytes of a coordinate */
} jose_jwk_curve_t;


static jose_status_t jose_jwk_read_kid(jose_key_t *key, const json_t *jwk);
static jose_status_t jose_jwk_check_use(const json_t *jwk);
static jose_status_t jose_jwk_check_key_ops(const json_t *jwk);
static jose_status_t jose_jwk_read_alg(const json_t *jwk,
    jose_alg_set_t *allowed);
static jose_status_t jose_jwk_read_oct(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_alg_set_t allowed);
static jose_status_t jose_jwk_read_rsa(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_alg_set_t allowed);
static jose_status_t jose_jwk_read_ec(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_alg_set_t allowed);
static jose_status_t jose_jwk_read_okp(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_alg_set_t allowed);
static EVP_PKEY *jose_jwk_public(const char *type, OSSL_PARAM *params);
static jose_status_t jose_jwk_curve(const jose_jwk_curve_t *curves,
    const json_t *jwk, const jose_jwk_curve_t **curve);
static jose_status_t jose_jwk_coordinate(const json_t *jwk, const char *name,
    uint8_t *out, size_t len);
static bool jose_jwk_text(const json_t *jwk, const char *name,
    jose_bytes_t *text);
static bool jose_jwk_number(const json_t *jwk, const char *name,
    uint8_t *out, size_t *len);


static const jose_jwk_type_t  jose_jwk_types[] = {
    { "oct", jose_jwk_read_oct },
    { "RSA", jose_jwk_read_rsa },
    { "EC", jose_jwk_read_ec },
    { "OKP", jose_jwk_read_okp },
    { NULL, NULL }
};


/* RFC 7518, 6.2.1.1 and RFC 8812, 3.1 */

static const jose_jwk_curve_t  jose_jwk_ec_curves[] = {
    { "P-256", "prime256v1", 32 },
    { "P-384", "secp384r1", 48 },
    { "P-521", "secp521r1", 66 },
    { "secp256k1", "secp256k1", 32 },
    { NULL, NULL, 0 }
};


/* RFC 8037, 2 */

static const jose_jwk_curve_t  jose_jwk_okp_curves[] = {
    { "Ed25519", "ED25519", 32 },
    { "Ed448", "ED448", 57 },
    { NULL, NULL, 0 }
};


jose_status_t
jose_jwk_read(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk)
{
    const char             *kty;
    jose_status_t           status;
    jose_alg_set_t          allowed;
    const jose_jwk_type_t  *type;

    status = jose_jwk_read_kid(key, jwk);
    if (status != JOSE_OK) {
        return status;
    }

    kty = json_string_value(json_object_get(jwk, "kty"));
    if (kty == NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    status = jose_jwk_check_use(jwk);
    if (status != JOSE_OK) {
        return status;
    }

    status = jose_jwk_check_key_ops(jwk);
    if (status != JOSE_OK) {
        return status;
    }

    for (type = jose_jwk_types; type->kty != NULL; type++) {
        if (strcmp(type->kty, kty) == 0) {
            break;
        }
    }

    if (type->kty == NULL) {
        return JOSE_KEY_TYPE_UNKNOWN;
    }

    status = jose_jwk_read_alg(jwk, &allowed);
    if (status != JOSE_OK) {
        return status;
    }

    return type->read(key, crypto, jwk, allowed);
}


static jose_status_t
jose_jwk_read_kid(jose_key_t *key, const json_t *jwk)
{
    jose_bytes_t  kid;

    if (json_object_get(jwk, "kid") == NULL) {
        return JOSE_OK;
    }

    if (!jose_jwk_text(jwk, "kid", &kid)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    return jose_key_set_kid(key, kid);
}


/* RFC 7517, 4.2 */

static jose_status_t
jose_jwk_check_use(const json_t *jwk)
{
    const char  *use;

    if (json_object_get(jwk, "use") == NULL) {
        return JOSE_OK;
    }

    use = json_string_value(json_object_get(jwk, "use"));
    if (use == NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    return strcmp(use, "sig") == 0 ? JOSE_OK : JOSE_KEY_NOT_FOR_SIGNATURES;
}


/* RFC 7517, 4.3 */

static jose_status_t
jose_jwk_check_key_ops(const json_t *jwk)
{
    size_t          i;
    const char     *operation;
    const json_t   *key_ops;
    jose_status_t   status;

    key_ops = json_object_get(jwk, "key_ops");
    if (key_ops == NULL) {
        return JOSE_OK;
    }

    if (!json_is_array(key_ops)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    status = JOSE_KEY_NOT_FOR_SIGNATURES;

    for (i = 0; i < json_array_size(key_ops); i++) {
        operation = json_string_value(json_array_get(key_ops, i));

        if (operation == NULL) {
            return JOSE_KEY_MEMBER_INVALID;
        }

        if (strcmp(operation, "verify") == 0) {
            status = JOSE_OK;
        }
    }

    return status;
}


/* RFC 7517, 4.4 */

static jose_status_t
jose_jwk_read_alg(const json_t *jwk, jose_alg_set_t *allowed)
{
    jose_bytes_t  name;

    if (json_object_get(jwk, "alg") == NULL) {
        *allowed = JOSE_ALG_ALL;
        return JOSE_OK;
    }

    if (!jose_jwk_text(jwk, "alg", &name)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    *allowed = jose_alg_named(name);

    return *allowed ? JOSE_OK : JOSE_KEY_ALGORITHM_UNKNOWN;
}


/* RFC 7518, 6.4 */

static jose_status_t
jose_jwk_read_oct(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_alg_set_t allowed)
{
    size_t         size;
    uint8_t       *data;
    jose_bytes_t   text, secret;
    jose_status_t  status;

    if (!jose_jwk_text(jwk, "k", &text)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    if (text.len == 0) {
        return JOSE_KEY_SECRET_EMPTY;
    }

    size = text.len;

    data = malloc(size);
    if (data == NULL) {
        return JOSE_ERROR;
    }

    status = JOSE_KEY_MEMBER_INVALID;

    if (jose_base64url_decode(text, data)) {
        secret.data = data;
        secret.len = jose_base64url_decoded_len(text.len);

        status = jose_key_set_secret(key, crypto, secret, allowed);
    }

    OPENSSL_cleanse(data, size);
    free(data);

    return status;
}


/* RFC 7518, 6.3.1 */

static jose_status_t
jose_jwk_read_rsa(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_alg_set_t allowed)
{
    size_t       n_len, e_len;
    uint8_t      n[JOSE_JWK_NUMBER_MAX], e[JOSE_JWK_NUMBER_MAX];
    EVP_PKEY    *pkey;
    OSSL_PARAM   params[3];

    if (!jose_jwk_number(jwk, "n", n, &n_len)
        || !jose_jwk_number(jwk, "e", e, &e_len))
    {
        return JOSE_KEY_MEMBER_INVALID;
    }

    params[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, n_len);
    params[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, e_len);
    params[2] = OSSL_PARAM_construct_end();

    pkey = jose_jwk_public("RSA", params);
    if (pkey == NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    return jose_key_set_public(key, crypto, pkey, allowed);
}


/* RFC 7518, 6.2.1 */

static jose_status_t
jose_jwk_read_ec(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_alg_set_t allowed)
{
    char                     group[16];
    size_t                   len;
    uint8_t                  point[1 + 2 * JOSE_JWK_FIELD_MAX];
    EVP_PKEY                *pkey;
    OSSL_PARAM               params[3];
    jose_status_t            status;
    const jose_jwk_curve_t  *curve;

    status = jose_jwk_curve(jose_jwk_ec_curves, jwk, &curve);
    if (status != JOSE_OK) {
        return status;
    }

    len = curve->field_len;

    status = jose_jwk_coordinate(jwk, "x", point + 1, len);
    if (status != JOSE_OK) {
        return status;
    }

    status = jose_jwk_coordinate(jwk, "y", point + 1 + len, len);
    if (status != JOSE_OK) {
        return status;
    }

    /* SEC 1, 2.3.3: an uncompressed point */

    point[0] = 0x04;

    (void) OPENSSL_strlcpy(group, curve->name, sizeof(group));

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                 group, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  point, 1 + 2 * len);
    params[2] = OSSL_PARAM_construct_end();

    pkey = jose_jwk_public("EC", params);
    if (pkey == NULL) {
        return JOSE_KEY_NOT_ON_CURVE;
    }

    return jose_key_set_public(key, crypto, pkey, allowed);
}


/* RFC 8037, 2 */

static jose_status_t
jose_jwk_read_okp(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_alg_set_t allowed)
{
    size_t                   len;
    uint8_t                  x[JOSE_JWK_FIELD_MAX];
    EVP_PKEY                *pkey;
    jose_status_t            status;
    const jose_jwk_curve_t  *curve;

    status = jose_jwk_curve(jose_jwk_okp_curves, jwk, &curve);
    if (status != JOSE_OK) {
        return status;
    }

    len = curve->field_len;

    status = jose_jwk_coordinate(jwk, "x", x, len);
    if (status != JOSE_OK) {
        return status;
    }

    pkey = EVP_PKEY_new_raw_public_key_ex(NULL, curve->name, NULL, x, len);
    if (pkey == NULL) {
        ERR_clear_error();
        return JOSE_KEY_NOT_ON_CURVE;
    }

    return jose_key_set_public(key, crypto, pkey, allowed);
}


static EVP_PKEY *
jose_jwk_public(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY      *pkey;
    EVP_PKEY_CTX  *ctx;

    pkey = NULL;

    ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (ctx == NULL
        || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
    {
        ERR_clear_error();
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }

    EVP_PKEY_CTX_free(ctx);

    return pkey;
}


static jose_status_t
jose_jwk_curve(const jose_jwk_curve_t *curves, const json_t *jwk,
    const jose_jwk_curve_t **curve)
{
    const char  *crv;

    crv = json_string_value(json_object_get(jwk, "crv"));
    if (crv == NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    for (*curve = curves; (*curve)->crv != NULL; (*curve)++) {
        if (strcmp((*curve)->crv, crv) == 0) {
            return JOSE_OK;
        }
    }

    return JOSE_KEY_CURVE_UNKNOWN;
}


/* RFC 7518, 6.2.1.2: of full length, with the leading zeros */

static jose_status_t
jose_jwk_coordinate(const json_t *jwk, const char *name, uint8_t *out,
    size_t len)
{
    jose_bytes_t  text;

    if (!jose_jwk_text(jwk, name, &text)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    if (jose_base64url_decoded_len(text.len) != len) {
        return JOSE_KEY_LENGTH_INVALID;
    }

    return jose_base64url_decode(text, out) ? JOSE_OK
                                            : JOSE_KEY_MEMBER_INVALID;
}


static bool
jose_jwk_text(const json_t *jwk, const char *name, jose_bytes_t *text)
{
    const json_t  *value;

    value = json_object_get(jwk, name);
    if (!json_is_string(value)) {
        return false;
    }

    text->data = (const uint8_t *) json_string_value(value);
    text->len = json_string_length(value);

    return true;
}


/*
 * RFC 7518, 2: Base64urlUInt, in the byte order that OpenSSL wants.
 */

static bool
jose_jwk_number(const json_t *jwk, const char *name, uint8_t *out,
    size_t *len)
{
    bool           ok;
    BIGNUM        *number;
    jose_bytes_t   text;

    if (!jose_jwk_text(jwk, name, &text)) {
        return false;
    }

    *len = jose_base64url_decoded_len(text.len);

    if (*len == 0
        || *len > JOSE_JWK_NUMBER_MAX
        || !jose_base64url_decode(text, out))
    {
        return false;
    }

    number = BN_bin2bn(out, (int) *len, NULL);
    if (number == NULL) {
        ERR_clear_error();
        return false;
    }

    ok = BN_bn2nativepad(number, out, (int) *len) == (int) *len;

    BN_free(number);

    return ok;
}
