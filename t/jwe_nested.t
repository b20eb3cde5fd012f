# A nested token counts only if the token inside does: it is verified like any
# other, and the outer header says that there is one.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => {
        private => private_pem('rsa'),
        public  => jwks(['ec256', kid => 'signer'], 'ed25519'),
        mixed   => private_jwks('rsa') =~ s/\]\}\z//r . ','
                   . json(jwk('ec256')) . ']}',
        both    => private_jwks('ec256'),
        secret  => SECRET,
    },
    server => q{
        large_client_header_buffers 4 16k;

        auth_jwt "api";
        auth_jwt_type nested;
        add_header X-Status $jwt_status always;
        add_header X-Seen "$jwt_claims$jwt_header_alg$jwt_payload" always;
        proxy_set_header X-User $jwt_claim_sub;

        location /two {
            auth_jwt_key_file private;
            auth_jwt_key_file public;
            proxy_pass http://%UPSTREAM%;
        }

        location /mixed {
            auth_jwt_key_file mixed;
            proxy_pass http://%UPSTREAM%;
        }

        location /both {
            auth_jwt_key_file both;
            proxy_pass http://%UPSTREAM%;
        }

        location /private {
            auth_jwt_key_file private;
            proxy_pass http://%UPSTREAM%;
        }

        location /public {
            auth_jwt_key_file public;
            proxy_pass http://%UPSTREAM%;
        }

        location /secret {
            auth_jwt_key_file private;
            auth_jwt_key_file secret secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /narrow {
            auth_jwt_key_file private;
            auth_jwt_key_file public;
            auth_jwt_algorithms EdDSA;
            proxy_pass http://%UPSTREAM%;
        }

        location /unchecked {
            auth_jwt_key_file private;
            auth_jwt_validate_sig off;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, bearer($token));
    my $seen = $answer->header('X-Seen') // '';

    $passed++ if $answer->status == 200;

    return join ' ', $answer->status, $answer->header('X-Status'),
           $answer->status != 200 && $seen ne '' ? "shows $seen" : ();
}


# the inner token, in an outer one with the cty that is due

sub nested {
    my ($inner, %header) = @_;

    return encrypted('RSA-OAEP', 'A128GCM', $inner,
                     header => { cty => 'JWT', %header });
}


my $inner = token('ES256');
my $good = nested($inner);

is(verdict("/$_", $good), '200 ok', "keys at $_")
    for qw(two mixed unchecked);

# both keys are needed

is(verdict('/private', $good), '401 unknown_key', 'no key verifies');
is(verdict('/public', $good), '401 unknown_key', 'no key decrypts');
is(verdict('/two', encrypted('RSA-OAEP', 'A128GCM', $inner, key => 'rsa2',
                             header => { cty => 'JWT' })),
   '401 decryption_failed', 'another key encrypted');

# each has its kid

is(verdict('/two', nested(token('ES256', undef, kid => 'signer'),
                          kid => 'outer')), '200 ok', 'two kids');
is(verdict('/two', nested(token('ES256', undef, kid => 'outer'),
                          kid => 'signer')), '401 unknown_key',
   'kid of the signer outside');
is(verdict('/two', nested(token('ES256', undef, kid => 'other'))),
   '401 unknown_key', 'unknown kid inside');

# one key for both, in an elliptic curve

for my $token (jose_encrypted(['ECDH-ES', 'A128GCM', $inner,
                               header => { cty => 'JWT' }]))
{
    is(verdict('/both', $token), '200 ok', 'one key for both');
    is(verdict('/both', $inner), '401 malformed', 'only signed');
}

# what is inside

is(verdict('/two', nested(forged($inner))), '401 bad_signature',
   'forged inside');
is(verdict('/two', nested(token('ES256', undef, key => 'ec256b'))),
   '401 bad_signature', 'another signer');
is(verdict('/two', nested(expired('ES256'))), '401 expired', 'expired inside');
is(verdict('/two', nested(token('ES256', { nbf => time + 3600 }))),
   '401 not_yet_valid', 'not yet valid inside');
is(verdict('/two', nested(raw_token('{"alg":"none"}', '{"sub":"alice"}', ''))),
   '401 unsupported_algorithm', 'none inside');
is(verdict('/unchecked', nested(forged($inner))), '200 ok',
   'forged inside, unchecked');
is(verdict('/two', nested(raw_token('{"alg":"HS256"}', '{"sub":"alice"}',
                                    hmac(256, pem('ec256'))))),
   '401 unknown_key', 'public key as a secret inside');
is(verdict('/two', nested(raw_token('{"alg":"HS256"}', '{"sub":"alice"}',
                                    hmac(256, private_pem('rsa'))))),
   '401 unknown_key', 'private key as a secret inside');
is(verdict('/two', nested(raw_token('{"alg":"ES256","crit":["b64"]}', '{}',
                                    'a' x 64))),
   '401 unsupported_critical', 'crit inside');
is(verdict('/secret', nested(token('HS256'))), '200 ok', 'secret inside');
is(verdict('/narrow', $good), '401 algorithm_not_allowed',
   'algorithm is narrowed');
is(verdict('/narrow', nested(token('EdDSA'))), '200 ok',
   'narrowed algorithm passes');
is(verdict('/two', nested(token('RS256'))), '401 unknown_key',
   'private key does not verify');

is(verdict('/two', nested(encrypted('RSA-OAEP', 'A128GCM'))), '401 malformed',
   'encrypted inside');
is(verdict('/two', nested($good)), '401 malformed', 'nested inside');
is(verdict('/two', nested($_->[0])), '401 malformed', "$_->[1] inside")
    for ['{"sub":"alice"}', 'claims'], ['', 'nothing'], ["$inner.", 'a dot'],
        ["Bearer $inner", 'scheme'], [" $inner", 'space'], ["$inner\n", 'line'];
is(verdict('/two', nested(raw_token('{"alg":"ES256"', '{}', 'a' x 64))),
   '401 malformed', 'broken header inside');

# RFC 7519, 5.2: what the outer header says of it

is(verdict('/two', nested($inner, cty => $_)), '200 ok', "cty $_")
    for qw(JWT jwt Jwt);
is(verdict('/two', nested($inner, cty => $_)), '401 invalid_header',
   'cty ' . json([$_]))
    for '', 'JW', 'JWTT', 'JWE', 'application/json', 'J WT', undef, 1, ['JWT'];
is(verdict('/two', encrypted('RSA-OAEP', 'A128GCM', $inner)),
   '401 invalid_header', 'no cty');
is(verdict('/two', encrypted('RSA-OAEP', 'A128GCM', $inner,
                             header => { typ => 'JWT' })),
   '401 invalid_header', 'typ is no cty');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
