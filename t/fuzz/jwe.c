
/*
 * Copyright (C) the ngx_http_jwt_module authors
 *
 * Any text for a token, and keys of each kind: nothing is decrypted but the
 * tokens that were made with these keys.  A text that begins with "{" is the
 * header, a newline, and the other four parts.
 */


#include "../unit/encrypt.h"
#include "../unit/rfc.h"
#include "seeds.h"


static seeds_t  seeds;


static const seed_t  fuzz_seeds[] = {
    { "{\"kty\":\"oct\",\"alg\":\"dir\",\"k\":\"AAECAwQFBgcICQoLDA0ODw\"}",
      "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..1lj9LDRmhE1DWHzY.LeY2at4t"
      "Tv6dh2npsp2Z.07cyplqcIkBlrXz7NShWdA" },

    { "{\"kty\":\"oct\",\"alg\":\"A128KW\",\"k\":\"GawgguFyGrWKav7AX4VKUg"
          "\"}",
      "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.RCpd8TiioVAtKL"
      "HtKJzc-CYhHUf542B2EvIUa5PicxIKrdAEp4rc_A.vJG8wFcTF1LJ5oPwtByC4g.V1"
      "d1C9VMrV7M4ath5N9qYQ.e6xHM4XVnokjrCSIUG53ww" },

    { RFC_7516_A1_KEY,
      "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.mCcO1KAw092IYvcbP_Z"
      "Y3-zr1BfTa1WnpD8zD4J5NTGoA7X-EKeJh0-VzxH5hvmQu9pHRo1QD7d41QYHy3Rap"
      "Ynp-LqF4Uiz6DPXWJZlxEDHV2Ycpz_Pct0dZfrsDNMwYnHb5MQUOnef2KdZYSv7CYF"
      "I5WvKPIj_jOD3XHs0YNp2RqRtDbQQrcSyZGaXRGmzqXNrkZlS623MqmLLbLr4Ok_nw"
      "GDzJUFgF0HFoO2m1tXcRg13MNIiBPcWAdTKoCvBt6YgUcYcyUe5t43XZ_8nYMjuf5i"
      "0dVfcc5S9e0dFCQ-X5pe_epmo5Szn_vKxfX028TpAOrMQppv3LZ5TjaFsUQ.98-F-w"
      "U_gcy9Wt8A.rWuIOKMQ_NAAJvdTwUa6.9birw2UlsRY54YQTzsnsOA" },

    { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"weNJy2HscCSM6AEDTDg04biO"
          "vhFhyyWvOHQfeF_PxMQ\",\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJ"
          "OVAOyck\",\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\"}",
      "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSIsImVwayI6eyJjcnYiOiJQLT"
      "I1NiIsImt0eSI6IkVDIiwieCI6IjNOUUp4empoaS1GR1lsaU8xeDJVWE02eGgtSEdZ"
      "N2pkczB2VllLakdpVWMiLCJ5IjoiTkZFUXY1VFZ5NVY5bEdrTjA5VmdMaVFjQk0wSz"
      "JUdm9uNDZ5WlNuUHBRbyJ9LCJhcHUiOiJRV3hwWTJVIn0..ReozGteVV_Yj1OC_.ar"
      "3epQF5cwWhoBGqOTSy.hJPzH16qiOfkXHLOsc9JHQ" },

    { "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"j0DFrbaPJWJK5bIU6nZ6bs"
          "lNgp09e14a0bpvPiE4KF8\",\"d\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGB"
          "kaGxwdHh8\"}",
      "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImVuYyI6IkExMjhDQkMtSFMyNTYiLCJlcG"
      "siOnsiY3J2IjoiWDI1NTE5Iiwia3R5IjoiT0tQIiwieCI6InIyOWk3REJXekhoSU1B"
      "eFdYVi1PNXNrSDdmNnNfRlh6Mld3U25nM2VtU0EifSwiYXB1IjoiUVd4cFkyVSJ9.G"
      "c0xAfvjwGTv_wZrc3lCqLm8G-hgHKU34VdCHxthIyqaZSXEkcefAA.eQDLxkbto9bG"
      "P1KGxPb15g.vPSikbnMypalSu9sgBEXHw.0JWyNIluRK6iMUOXhsRdeA" }
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         len;
    jose_bytes_t   token;
    jose_status_t  status;

    if (seeds.crypto == NULL) {
        seeds_read(&seeds, fuzz_seeds,
                   sizeof(fuzz_seeds) / sizeof(fuzz_seeds[0]));
    }

    token = seeds_token(data, size);

    status = encrypt_open(token, seeds.crypto, seeds.sets, seeds.sets_n, NULL,
                          &len);

    seeds_check(&seeds, token, status);

    exact_free(token);

    return 0;
}
