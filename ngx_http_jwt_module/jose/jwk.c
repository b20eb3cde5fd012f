
/*
 * Copyright (C) the ngx_http_jwt_module authors
 */


#include "jwk.h"
#include "akp.h"
#include "base64url.h"
#include "curve.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>


/* the modulus of RSA of 16384 bits, and one byte to see what is over it */
#define JOSE_JWK_NUMBER_MAX   2049

/* of an RSA key: n, e, d, p, q, dp, dq, qi */
#define JOSE_JWK_RSA_NUMBERS  8


typedef jose_status_t (*jose_jwk_reader_pt)(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_uses_t allowed);


typedef struct {
    const char          *kty;
    jose_jwk_reader_pt   read;
} jose_jwk_type_t;


typedef struct {
    const char          *name;
    const char          *openssl;
} jose_jwk_number_t;


static jose_status_t jose_jwk_read_kid(jose_key_t *key, const json_t *jwk);
static jose_status_t jose_jwk_read_issuer(jose_key_t *key, const json_t *jwk);
static jose_status_t jose_jwk_narrow(const json_t *jwk,
    jose_uses_t *allowed);
static jose_status_t jose_jwk_narrow_by_use(const json_t *jwk,
    jose_uses_t *allowed);
static jose_status_t jose_jwk_narrow_by_key_ops(const json_t *jwk,
    jose_uses_t *allowed);
static jose_status_t jose_jwk_narrow_by_alg(const json_t *jwk,
    jose_uses_t *allowed);
static jose_status_t jose_jwk_read_oct(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_uses_t allowed);
static jose_status_t jose_jwk_read_rsa(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_uses_t allowed);
static EVP_PKEY *jose_jwk_rsa(const json_t *jwk, size_t n,
    uint8_t (*numbers)[JOSE_JWK_NUMBER_MAX]);
static jose_status_t jose_jwk_read_ec(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_uses_t allowed);
static jose_status_t jose_jwk_read_okp(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_uses_t allowed);
static jose_status_t jose_jwk_read_curve(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_kty_t kty,
    jose_uses_t allowed);
static jose_status_t jose_jwk_read_curve_private(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_uses_t allowed,
    const jose_curve_t *curve, const uint8_t *x, const uint8_t *y);
static bool jose_jwk_is_private(const json_t *jwk, jose_uses_t allowed);
static jose_status_t jose_jwk_read_akp(jose_key_t *key,
    const jose_crypto_t *crypto, const json_t *jwk, jose_uses_t allowed);
static jose_status_t jose_jwk_octets(const json_t *jwk, const char *name,
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
    { "AKP", jose_jwk_read_akp },
    { NULL, NULL }
};


/* RFC 7518, 6.3 */

static const jose_jwk_number_t  jose_jwk_rsa_numbers[JOSE_JWK_RSA_NUMBERS] = {
    { "n", OSSL_PKEY_PARAM_RSA_N },
    { "e", OSSL_PKEY_PARAM_RSA_E },
    { "d", OSSL_PKEY_PARAM_RSA_D },
    { "p", OSSL_PKEY_PARAM_RSA_FACTOR1 },
    { "q", OSSL_PKEY_PARAM_RSA_FACTOR2 },
    { "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 },
    { "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 },
    { "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 }
};


jose_status_t
jose_jwk_read(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, bool verifying)
{
    const char             *kty;
    jose_uses_t             allowed;
    jose_status_t           status;
    const jose_jwk_type_t  *type;

    status = jose_jwk_read_kid(key, jwk);
    if (status != JOSE_OK) {
        return status;
    }

    status = jose_jwk_read_issuer(key, jwk);
    if (status != JOSE_OK) {
        return status;
    }

    kty = json_string_value(json_object_get(jwk, "kty"));
    if (kty == NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    allowed.algs = JOSE_ALG_ALL;
    allowed.wraps = verifying ? 0 : JOSE_WRAP_ALL;
    allowed.enc = NULL;

    status = jose_jwk_narrow(jwk, &allowed);
    if (status != JOSE_OK) {
        return status;
    }

    for (type = jose_jwk_types; type->kty != NULL; type++) {
        if (strcmp(type->kty, kty) == 0) {
            return type->read(key, crypto, jwk, allowed);
        }
    }

    return JOSE_KEY_TYPE_UNKNOWN;
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


/* of Microsoft: a key of one tenant is not one of another */

static jose_status_t
jose_jwk_read_issuer(jose_key_t *key, const json_t *jwk)
{
    jose_bytes_t  issuer;

    if (json_object_get(jwk, "issuer") == NULL) {
        return JOSE_OK;
    }

    if (!jose_jwk_text(jwk, "issuer", &issuer)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    return jose_key_set_issuer(key, issuer);
}


static jose_status_t
jose_jwk_narrow(const json_t *jwk, jose_uses_t *allowed)
{
    jose_status_t  status;

    status = jose_jwk_narrow_by_use(jwk, allowed);
    if (status != JOSE_OK) {
        return status;
    }

    status = jose_jwk_narrow_by_key_ops(jwk, allowed);
    if (status != JOSE_OK) {
        return status;
    }

    status = jose_jwk_narrow_by_alg(jwk, allowed);
    if (status != JOSE_OK) {
        return status;
    }

    return (allowed->algs || allowed->wraps) ? JOSE_OK
                                             : JOSE_KEY_NOT_FOR_SIGNATURES;
}


/* RFC 7517, 4.2 */

static jose_status_t
jose_jwk_narrow_by_use(const json_t *jwk, jose_uses_t *allowed)
{
    const char  *use;

    if (json_object_get(jwk, "use") == NULL) {
        return JOSE_OK;
    }

    use = json_string_value(json_object_get(jwk, "use"));
    if (use == NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    if (strcmp(use, "sig") != 0) {
        allowed->algs = 0;
    }

    if (strcmp(use, "enc") != 0) {
        allowed->wraps = 0;
    }

    return JOSE_OK;
}


/* RFC 7517, 4.3 */

static jose_status_t
jose_jwk_narrow_by_key_ops(const json_t *jwk, jose_uses_t *allowed)
{
    bool           verify, unwrap;
    size_t         i;
    const char    *operation;
    const json_t  *key_ops;

    key_ops = json_object_get(jwk, "key_ops");
    if (key_ops == NULL) {
        return JOSE_OK;
    }

    if (!json_is_array(key_ops)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    verify = false;
    unwrap = false;

    for (i = 0; i < json_array_size(key_ops); i++) {
        operation = json_string_value(json_array_get(key_ops, i));

        if (operation == NULL) {
            return JOSE_KEY_MEMBER_INVALID;
        }

        verify = verify || strcmp(operation, "verify") == 0;

        unwrap = unwrap
                 || strcmp(operation, "decrypt") == 0
                 || strcmp(operation, "unwrapKey") == 0
                 || strcmp(operation, "deriveKey") == 0
                 || strcmp(operation, "deriveBits") == 0;
    }

    if (!verify) {
        allowed->algs = 0;
    }

    if (!unwrap) {
        allowed->wraps = 0;
    }

    return JOSE_OK;
}


/* RFC 7517, 4.4; some name the content encryption of "dir" */

static jose_status_t
jose_jwk_narrow_by_alg(const json_t *jwk, jose_uses_t *allowed)
{
    jose_bytes_t        name;
    jose_alg_set_t      algs;
    jose_wrap_set_t     wraps;
    const jose_wrap_t  *wrap;

    if (json_object_get(jwk, "alg") == NULL) {
        return JOSE_OK;
    }

    if (!jose_jwk_text(jwk, "alg", &name)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    algs = jose_alg_named(name);
    wrap = jose_wrap_named(name);

    wraps = wrap ? jose_wrap_bit(wrap) : 0;

    allowed->enc = jose_enc_named(name);

    if (allowed->enc != NULL) {
        wraps = jose_wrap_direct();
    }

    if (algs == 0 && wraps == 0) {
        return JOSE_KEY_ALGORITHM_UNKNOWN;
    }

    allowed->algs &= algs;
    allowed->wraps &= wraps;

    return JOSE_OK;
}


/* RFC 7518, 6.4 */

static jose_status_t
jose_jwk_read_oct(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_uses_t allowed)
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


static jose_status_t
jose_jwk_read_rsa(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_uses_t allowed)
{
    bool       private;
    uint8_t    numbers[JOSE_JWK_RSA_NUMBERS][JOSE_JWK_NUMBER_MAX];
    EVP_PKEY  *pkey;

    private = jose_jwk_is_private(jwk, allowed);

    /* RFC 7518, 6.3.2.7: more than two primes */

    if (private && json_object_get(jwk, "oth") != NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    pkey = jose_jwk_rsa(jwk, private ? JOSE_JWK_RSA_NUMBERS : 2, numbers);

    OPENSSL_cleanse(numbers, sizeof(numbers));

    if (pkey == NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    if (private) {
        return jose_key_set_private(key, crypto, pkey, allowed);
    }

    return jose_key_set_public(key, crypto, pkey, allowed.algs);
}


/*
 * The first n numbers of the table; RFC 7518, 6.3.2: those behind "d" may be
 * absent.
 */

static EVP_PKEY *
jose_jwk_rsa(const json_t *jwk, size_t n,
    uint8_t (*numbers)[JOSE_JWK_NUMBER_MAX])
{
    size_t                    i, len;
    OSSL_PARAM                params[JOSE_JWK_RSA_NUMBERS + 1], *param;
    const jose_jwk_number_t  *number;

    param = params;

    for (i = 0; i < n; i++) {
        number = &jose_jwk_rsa_numbers[i];

        if (i == 3 && json_object_get(jwk, number->name) == NULL) {
            break;
        }

        if (!jose_jwk_number(jwk, number->name, numbers[i], &len)) {
            return NULL;
        }

        *param++ = OSSL_PARAM_construct_BN(number->openssl, numbers[i], len);
    }

    *param = OSSL_PARAM_construct_end();

    return jose_crypto_pkey("RSA", params, n > 2 ? EVP_PKEY_KEYPAIR
                                                 : EVP_PKEY_PUBLIC_KEY);
}


/* RFC 7518, 6.2 */

static jose_status_t
jose_jwk_read_ec(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_uses_t allowed)
{
    return jose_jwk_read_curve(key, crypto, jwk, JOSE_KTY_EC, allowed);
}


/* RFC 8037, 2 */

static jose_status_t
jose_jwk_read_okp(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_uses_t allowed)
{
    return jose_jwk_read_curve(key, crypto, jwk, JOSE_KTY_OKP, allowed);
}


static jose_status_t
jose_jwk_read_curve(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_kty_t kty, jose_uses_t allowed)
{
    uint8_t              x[JOSE_CURVE_FIELD_MAX], y[JOSE_CURVE_FIELD_MAX];
    EVP_PKEY            *pkey;
    jose_bytes_t         crv;
    jose_status_t        status;
    const jose_curve_t  *curve;

    if (!jose_jwk_text(jwk, "crv", &crv)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    curve = jose_curve_named(kty, crv);
    if (curve == NULL) {
        return JOSE_KEY_CURVE_UNKNOWN;
    }

    status = jose_jwk_octets(jwk, "x", x, curve->field_len);
    if (status != JOSE_OK) {
        return status;
    }

    if (kty == JOSE_KTY_EC) {
        status = jose_jwk_octets(jwk, "y", y, curve->field_len);
        if (status != JOSE_OK) {
            return status;
        }
    }

    if (jose_wrap_fitting_ecdh(curve->crv) == 0) {
        allowed.wraps = 0;
    }

    if (jose_jwk_is_private(jwk, allowed)) {
        return jose_jwk_read_curve_private(key, crypto, jwk, allowed, curve,
                                           x, y);
    }

    pkey = jose_curve_public(curve, x, y);
    if (pkey == NULL) {
        return JOSE_KEY_NOT_ON_CURVE;
    }

    return jose_key_set_public(key, crypto, pkey, allowed.algs);
}


static jose_status_t
jose_jwk_read_curve_private(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_uses_t allowed, const jose_curve_t *curve,
    const uint8_t *x, const uint8_t *y)
{
    uint8_t         d[JOSE_CURVE_FIELD_MAX];
    EVP_PKEY       *pkey;
    jose_status_t   status;

    status = jose_jwk_octets(jwk, "d", d, curve->field_len);

    pkey = status == JOSE_OK ? jose_curve_private(curve, x, y, d) : NULL;

    OPENSSL_cleanse(d, sizeof(d));

    if (status != JOSE_OK) {
        return status;
    }

    if (pkey == NULL) {
        return JOSE_KEY_NOT_ON_CURVE;
    }

    return jose_key_set_private(key, crypto, pkey, allowed);
}


/* whether the private part is of use */

static bool
jose_jwk_is_private(const json_t *jwk, jose_uses_t allowed)
{
    return allowed.wraps != 0 && json_object_get(jwk, "d") != NULL;
}


/* RFC 9964, 3; "priv" is of no use */

static jose_status_t
jose_jwk_read_akp(jose_key_t *key, const jose_crypto_t *crypto,
    const json_t *jwk, jose_uses_t allowed)
{
    uint8_t            bytes[JOSE_AKP_PUBLIC_MAX];
    EVP_PKEY          *pkey;
    jose_bytes_t       name;
    jose_status_t      status;
    const jose_alg_t  *alg;

    if (!jose_jwk_text(jwk, "alg", &name)) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    alg = jose_akp_named(name);
    if (alg == NULL) {
        return JOSE_KEY_ALGORITHM_MISMATCH;
    }

    status = jose_jwk_octets(jwk, "pub", bytes, jose_akp_public_len(alg));
    if (status != JOSE_OK) {
        return status;
    }

    if (!(crypto->algs & jose_alg_named(name))) {
        return JOSE_KEY_ALGORITHM_ABSENT;
    }

    pkey = jose_akp_public(alg, bytes);
    if (pkey == NULL) {
        return JOSE_KEY_MEMBER_INVALID;
    }

    return jose_key_set_public(key, crypto, pkey, allowed.algs);
}


/* RFC 7518, 6.2.1.2: of full length, with the leading zeros */

static jose_status_t
jose_jwk_octets(const json_t *jwk, const char *name, uint8_t *out,
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
        jose_crypto_clear_errors();
        return false;
    }

    ok = BN_bn2nativepad(number, out, (int) *len) == (int) *len;

    BN_free(number);

    return ok;
}
