# Nested tokens of a provider: a key of the location decrypts, and a key of the
# provider, which the token inside names, verifies.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Provider;
use Token;

my $corp = Provider->start(keys => ['ec384', ['rsa2', kid => '1']]);
my $shop = Provider->start(keys => ['ed25519', ['ec521', kid => '1']]);
my $late = Provider->start(keys => ['ec384']);

$late->hold('/jwks');

my ($corp_is, $shop_is, $late_is) = map { $_->issuer } $corp, $shop, $late;

my $nginx = Nginx->start(
    files => {
        private => private_jwks('rsa', ['ec256', kid => 'outer']),
        down    => '{',
    },
    http => qq{
        auth_jwt_provider corp { issuer $corp_is; audience api; cooldown 0; }
        auth_jwt_provider shop { issuer $shop_is; audience api; cooldown 0; }

        auth_jwt_provider late {
            issuer $late_is;
            audience api;
            wait_timeout 1m;
        }

        auth_jwt_provider type {
            issuer $corp_is;
            audience api;
            token_type at+jwt;
            algorithms ES384;
        }

        auth_jwt_provider down {
            issuer https://down.example;
            audience api;
            jwks_file down;
        }
    },
    server => q{
        large_client_header_buffers 4 16k;

        auth_jwt "api" provider=corp provider=shop provider=late provider=down;
        auth_jwt_type nested;
        auth_jwt_key_file private;

        add_header X-Status $jwt_status always;
        add_header X-Provider $jwt_provider always;
        add_header X-Seen "$jwt_claims$jwt_header_alg$jwt_payload" always;
        proxy_set_header X-User $jwt_claim_sub;

        location / { proxy_pass http://%UPSTREAM%; }

        location /type {
            auth_jwt "type" provider=type;
            proxy_pass http://%UPSTREAM%;
        }

        location /narrow {
            auth_jwt_algorithms EdDSA;
            proxy_pass http://%UPSTREAM%;
        }

        location /early {
            auth_jwt_phase preaccess;
            proxy_pass http://%UPSTREAM%;
        }

        location /request {
            auth_jwt_key_request /keys/private;
            proxy_pass http://%UPSTREAM%;
        }

        location /keys/ { internal; alias %DIR%/; }

        location /missing {
            auth_jwt_key_file missing;
            proxy_pass http://%UPSTREAM%;
        }

        location /none {
            auth_jwt_key '} . secret(32) . q{';
            proxy_pass http://%UPSTREAM%;
        }

        location /signed {
            auth_jwt_type signed;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


sub verdict {
    my ($answer) = @_;

    my $seen = $answer->header('X-Seen') // '';

    $passed++ if $answer->status == 200;

    return join ' ', $answer->status, $answer->header('X-Status'),
           $answer->header('X-Provider') // '-',
           $answer->status != 200 && $seen ne '' ? "shows $seen" : ();
}


sub at { verdict($nginx->get($_[0], bearer($_[1]))) }


sub inner {
    my ($iss, $alg, %option) = @_;

    my $claims = { iss => $iss, sub => 'alice', aud => 'api',
                   exp => time + 60, %{delete $option{claims} // {}} };

    return token($alg, $claims, %option);
}


sub nested {
    my ($inner, %option) = @_;

    my %header = (cty => 'JWT', %{delete $option{header} // {}});

    return encrypted('RSA-OAEP', 'A128GCM', $inner, header => \%header,
                     %option);
}


# keys are waited for, and what was decrypted stays decrypted

my $of_late = inner($late_is, 'ES384');
my @waiting = map { $nginx->begin($_->[0], bearer(nested($_->[1]))) }
              map({ [$_, $of_late] } qw(/ /early /request)),
              ['/', forged($of_late)];

ok(wait_for { $late->held('/jwks') }, 'keys are asked for');

$late->release('/jwks');

is(join(', ', map { verdict($_->response) } @waiting),
   '200 ok late, 200 ok late, 200 ok late, 401 bad_signature late',
   'all have waited');

# good ones

my $of_corp = inner($corp_is, 'ES384');
my $of_shop = inner($shop_is, 'EdDSA');
my $answer = $nginx->get('/', bearer(nested($of_corp)));

is(verdict($answer), '200 ok corp', 'nested token passes');
like($answer->body, qr/^X-User: alice\r$/m, 'claim reaches upstream');
is(at('/', nested($of_shop)), '200 ok shop', 'second provider');
is(at("/$_", nested($of_corp)), '200 ok corp', "keys of $_")
    for qw(early request);
is(at('/', nested(inner($corp_is, 'RS256', key => 'rsa2', kid => '1'))),
   '200 ok corp', 'kid inside');
is(at('/signed', $of_corp), '200 ok corp', 'type is replaced');

for my $token (jose_encrypted(['ECDH-ES', 'A128GCM', $of_corp, kid => 'outer',
                               header => { cty => 'JWT' }]))
{
    is(at('/', $token), '200 ok corp', 'kid outside');
}

# the issuer inside counts

is(at('/', nested(inner('https://x', 'ES384'))), '401 unknown_issuer -',
   'unknown issuer inside');
is(at('/', nested(token('ES384', { exp => time + 60 }))),
   '401 unknown_issuer -', 'no issuer inside');
is(at('/', nested(inner('https://x', 'ES384'), header => { iss => $corp_is })),
   '401 unknown_issuer -', 'issuer outside');
is(at('/', nested($of_corp, header => { iss => $shop_is })), '200 ok corp',
   'other issuer outside');

# the key inside is the provider's

is(at('/', nested(forged($of_corp))), '401 bad_signature corp',
   'forged inside');
is(at('/', nested(inner($corp_is, 'EdDSA'))), '401 unknown_key corp',
   'key of another provider');
is(at('/', nested(inner($corp_is, 'ES512', kid => '1'))),
   '401 unknown_key corp', 'same kid of another provider');
is(at('/', nested(inner($corp_is, 'ES256', @$_))), '401 unknown_key corp',
   "key of the location, @$_") for [], [kid => 'outer'];
is(at('/', nested(inner($corp_is, 'RS256', key => 'rsa'))),
   '401 bad_signature corp', 'key of the location');
is(at('/', nested(inner($corp_is, 'HS256', key => $_->[1]))),
   '401 algorithm_not_allowed corp', "$_->[0] as a secret")
    for ['public key', pem('ec384')], ['secret', SECRET],
        ['private key', private_pem('rsa')];
is(at('/', nested(raw_token('{"alg":"none"}', json({ iss => $corp_is }), ''))),
   '401 unsupported_algorithm corp', 'none inside');
is(at('/narrow', nested($of_corp)), '401 algorithm_not_allowed corp',
   'algorithm is narrowed');
is(at('/narrow', nested($of_shop)), '200 ok shop', 'narrowed algorithm');

# what the provider wants, it wants inside

is(at('/', nested(inner($corp_is, 'ES384', claims => $_->[0]))), "401 $_->[1]",
   "$_->[1] inside")
    for [{ aud => 'x' }, 'wrong_audience corp'], [{ exp => 1 }, 'expired corp'];
is(at('/type', nested(inner($corp_is, 'ES384', header => { typ => 'at+jwt' }))),
   '200 ok type', 'type inside');
is(at('/type', nested($of_corp, header => { typ => 'at+jwt' })),
   '401 wrong_type type', 'type outside');

# the outer token: nobody's yet

is(at('/', nested($of_corp, key => 'rsa2')), '401 decryption_failed -',
   'another key encrypted');
is(at('/', nested($of_corp, kid => '1')), '200 ok corp',
   'kid of the provider outside');
is(at('/none', nested($of_corp)), '401 unknown_key -', 'no key decrypts');
is(at('/', $of_corp), '401 malformed -', 'only signed');
is(at('/', encrypted('RSA-OAEP', 'A128GCM', $of_corp)), '401 invalid_header -',
   'no cty');
is(at('/', encrypted('RSA-OAEP', 'A128GCM', json({ iss => $corp_is }),
                     header => { cty => 'JWT' })),
   '401 malformed -', 'claims inside');
is(at('/signed', nested($of_corp)), '401 malformed -', 'not expected');

# keys that are not there: 503 is for what others bring

$answer = $nginx->get('/', bearer(nested(inner('https://down.example',
                                               'ES384'))));

is(verdict($answer), '503 keys_unavailable down', 'no keys of provider');
is($answer->header('Retry-After'), 1, 'no keys of provider: try again');

$answer = $nginx->get('/missing', bearer(nested($of_corp)));

is(verdict($answer), '500 keys_unavailable -', 'no keys of location');
is($answer->header('Retry-After'), undef, 'no keys of location: final');

# a key that is new

$corp->keys(['ec521', kid => 'new']);

is(at('/', nested(inner($corp_is, 'ES512', kid => 'new'))), '200 ok corp',
   'new key is fetched');
is(at('/', nested($of_corp)), '401 unknown_key corp', 'old key is gone');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
