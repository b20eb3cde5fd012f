
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Any text for a token, and keys of each kind: no signature holds but those
 * that were made with these keys.  A text that begins with "{" is the header,
 * a newline, and the other two parts.
 */


#include "../unit/rfc.h"
#include "base64url.h"
#include "seeds.h"


static jose_status_t fuzz_verify(jose_bytes_t token);


static seeds_t  seeds;


/* RFC 7515, A.1 to A.4; PS256 with the key of A.2; RFC 8037, A.4 */

static const seed_t  fuzz_seeds[] = {
    { RFC_7515_A1_KEY, RFC_7515_A1_TOKEN },
    { RFC_7515_A2_KEY, RFC_7515_A2_TOKEN },

    { NULL,
      "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJqb2UifQ.i7W-f3gOhUZjCb-18pZ3-VHTyAR1"
      "xi3oGCsBh9KKYv4JXnlth3Xzf3Af0rCzXIhngBL27xQ8K4nVUQfztoH0kpKB-3VKmzJc"
      "-qsxQooxVLEpgPwx97j5XPeYev80oLUKWW9CiJWydIU1QtPyKzF88UqcU2jy_MqJSVKd"
      "R7ugFpSBokUVtfPJmy8malKKhfWqd_Zsd_EFhVL64sqEc-eazDUTDYMBhKVJN1Mi80QR"
      "eVDFHCkvnzx0jnZXx04Nj--iRS6NeekbrfkQm7fWUeglcYIIkzJo1t4JjbbMg9u0pr0y"
      "ft_xom4n8tQS001fBDOGcgvGiiU9dhwx5WiMsLOUAA" },

    { RFC_8037_A4_KEY, RFC_8037_A4_TOKEN },
    { RFC_7515_A3_KEY, RFC_7515_A3_TOKEN },
    { RFC_7515_A4_KEY, RFC_7515_A4_TOKEN }
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jose_bytes_t  token;

    if (seeds.crypto == NULL) {
        seeds_read(&seeds, fuzz_seeds,
                   sizeof(fuzz_seeds) / sizeof(fuzz_seeds[0]));
    }

    token = seeds_token(data, size);

    seeds_check(&seeds, token, fuzz_verify(token));

    exact_free(token);

    return 0;
}


static jose_status_t
fuzz_verify(jose_bytes_t token)
{
    uint8_t                   *text;
    jose_jws_t                 jws;
    jose_bytes_t               bytes;
    jose_trust_t               trust;
    jose_status_t              status;
    jose_header_t              header;
    jose_json_object_t         object;
    static jose_json_member_t  members[JOSE_JSON_MEMBERS_MAX];

    status = jose_jws_split(token, &jws);
    if (status != JOSE_OK) {
        return status;
    }

    bytes.len = jose_base64url_decoded_len(jws.header.len);

    text = malloc(bytes.len);
    fuzz_assert(text != NULL);

    bytes.data = text;

    status = jose_base64url_decode(jws.header, text)
             ? jose_json_parse(bytes, members, &object) : JOSE_MALFORMED;

    if (status == JOSE_OK) {
        status = jose_header_read(&object, &header);
    }

    if (status == JOSE_OK) {
        trust.sets = seeds.sets;
        trust.n = seeds.sets_n;
        trust.algs = JOSE_ALG_ALL;
        trust.iss = NULL;

        status = jose_jws_verify(&jws, &header, seeds.crypto, &trust);
    }

    free(text);

    return status;
}
