# Encrypted tokens that are not for us, or are none: what each is refused as.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Token;

my @keys = ('rsa', 'ec256', 'x25519', map { secret($_) } 16, 24, 32);

my $nginx = Nginx->start(
    files  => {
        nameless => private_jwks(@keys),
        named    => private_jwks(map { [$_, kid => "key $_"] } @keys),
        rsa      => private_pem('rsa'),
        public   => jwks('rsa', 'ec256', SECRET),
    },
    server => q{
        large_client_header_buffers 4 128k;

        auth_jwt "api";
        auth_jwt_type encrypted;
        add_header X-Status $jwt_status always;
        add_header X-Seen "$jwt_claims$jwt_claim_sub$jwt_payload" always;

        location /nameless {
            auth_jwt_key_file nameless;
            proxy_pass http://%UPSTREAM%;
        }

        location /named {
            auth_jwt_key_file named;
            proxy_pass http://%UPSTREAM%;
        }

        location /rsa {
            auth_jwt_key_file rsa;
            proxy_pass http://%UPSTREAM%;
        }

        location /public {
            auth_jwt_key_file public;
            proxy_pass http://%UPSTREAM%;
        }

        location /unchecked {
            auth_jwt_key_file rsa;
            auth_jwt_validate_sig off;
            proxy_pass http://%UPSTREAM%;
        }

        location /signed {
            auth_jwt_type signed;
            auth_jwt_key_file public;
            proxy_pass http://%UPSTREAM%;
        }

        location /nested {
            auth_jwt_type nested;
            auth_jwt_key_file nameless;
            auth_jwt_key_file public;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $client = $nginx->connect;
my $passed = 0;


sub verdict {
    my ($path, $token) = @_;

    my $answer = $client->get($path, bearer($token));

    $passed++ if $answer->status == 200;

    my $seen = $answer->header('X-Seen');

    return join ' ', $answer->status, $answer->header('X-Status'),
           $answer->status != 200 && length $seen // '' ? "shows $seen" : ();
}


sub check {
    my ($path, $token, $expected, $name) = @_;

    is(verdict($path, $token), $expected, $name);
}


# a token by its header, which A128GCM is enough for

sub dir {
    my ($member, $payload) = @_;

    return raw_jwe('{"alg":"dir","enc":"A128GCM"' . $member . '}', secret(16),
                   $payload);
}


# which key

my $good = encrypted('RSA-OAEP', 'A128GCM');

check('/nameless', $good, '200 ok', 'key without kid');
check('/rsa', $good, '200 ok', 'key in PEM');
check('/named', $good, '200 ok', 'token without kid');
check('/named', encrypted('RSA-OAEP', 'A128GCM', undef, kid => 'key rsa'),
      '200 ok', 'kid of the key');
check('/rsa', encrypted('RSA-OAEP', 'A128GCM', undef, kid => 'any'),
      '200 ok', 'kid for a nameless key');

check('/rsa', encrypted('RSA-OAEP', 'A128GCM', undef, key => 'rsa2'),
      '401 decryption_failed', 'another RSA key');
check('/named', encrypted('RSA-OAEP', 'A128GCM', undef, kid => 'other'),
      '401 unknown_key', 'unknown kid');
check('/named', encrypted('RSA-OAEP', 'A128GCM', undef, kid => 'key ec256'),
      '401 unknown_key', 'kid of another type');
check('/rsa', encrypted('A128KW', 'A128GCM'), '401 unknown_key',
      'secret where RSA is');
check('/public', $good, '401 unknown_key', 'public key does not decrypt');
check('/public', encrypted('A128KW', 'A128GCM', undef, key => secret(16)),
      '401 unknown_key', 'secret of another length');
check('/unchecked', encrypted('RSA-OAEP', 'A128GCM', undef, key => 'rsa2'),
      '401 decryption_failed', 'validate_sig does not switch it off');

for my $alg (qw(A128KW A192KW A256KW A128GCMKW A192GCMKW A256GCMKW)) {
    my $key = reverse fitting($alg, 'A128GCM');

    check('/nameless', encrypted($alg, 'A128GCM', undef, key => $key),
          '401 decryption_failed', "another secret for $alg");
}

check('/nameless', $_, '401 decryption_failed', 'another key for ECDH-ES')
    for jose_encrypted(map { ['ECDH-ES', 'A128GCM', undef, key => $_] }
                       qw(ec256b ec384 x448));
check('/nameless', raw_jwe('{"alg":"dir","enc":"A128GCM"}',
                           scalar reverse secret(16)),
      '401 decryption_failed', 'another secret for dir');
check('/nameless', encrypted('dir', 'A256CBC-HS512'), '401 unknown_key',
      'no secret is long enough');

# which type

my $signed = token('RS256');

check('/signed', $signed, '200 ok', 'signed token');
check('/signed', $good, '401 malformed', 'encrypted for signed');
check('/signed', dir(''), '401 malformed', 'dir for signed');
check('/nameless', $signed, '401 malformed', 'signed for encrypted');
check('/nested', $signed, '401 malformed', 'signed for nested');
check('/nested', $good, '401 invalid_header', 'encrypted for nested');
check('/nameless', encrypted('RSA-OAEP', 'A128GCM', $signed,
                             header => { cty => 'JWT' }),
      '401 malformed', 'nested for encrypted');

# refused by design

my @weak = (
    ['RSA1_5', key => 'rsa'],
    ['PBES2-HS256+A128KW', key => secret(16)],
    ['PBES2-HS384+A192KW', key => secret(24)],
    ['PBES2-HS512+A256KW', key => secret(32)],
);

for (@weak) {
    my ($alg, @key) = @$_;

    check($_, encrypted($alg, 'A128GCM', undef, @key),
          '401 unsupported_algorithm', "$alg at $_")
        for qw(/nameless /nested);
}

check('/nameless', encrypted('RSA-OAEP', 'A128GCM', undef, zip => 'deflate'),
      '401 unsupported_algorithm', 'zip DEF');
check('/nameless', dir(",\"zip\":$_"), '401 unsupported_algorithm', "zip $_")
    for qw("" "DEF" "def" null false 1);

# the header

check('/nameless', dir(''), '200 ok', 'plain header');
check('/nameless', raw_jwe('{"\u0061lg":"\u0064ir","enc":"A\u003128GCM"}',
                           secret(16)), '200 ok', 'escapes are resolved');
check('/nameless', dir(',"jwk":{},"jku":"https://x.example/","x5c":[]'),
      '200 ok', 'keys of the header are ignored');

check('/nameless', dir(",\"crit\":$_"), '401 unsupported_critical', "crit $_")
    for '["exp"]', '["enc"]', '[]', '{}', 'null', '"enc"';
check('/nameless', dir(",\"kid\":$_"), '401 invalid_header', "kid $_")
    for qw(1 null ["a"] {});
check('/nameless', dir($_), '401 malformed', "header with $_")
    for ',"alg":"dir"', ',"a":1,"a":1', ',', ',"a"';

for my $header (['{"alg":"dir"}', 'invalid_header'],
                ['{"enc":"A128GCM"}', 'invalid_header'],
                ['{"alg":1,"enc":"A128GCM"}', 'invalid_header'],
                ['{"alg":"dir","enc":["A128GCM"]}', 'invalid_header'],
                ['{"alg":"dir","enc":null}', 'invalid_header'],
                ['{}', 'invalid_header'],
                ['{"alg":"Dir","enc":"A128GCM"}', 'unsupported_algorithm'],
                ['{"alg":"dir","enc":"a128gcm"}', 'unsupported_algorithm'],
                ['{"alg":"dir","enc":"A128GCM "}', 'unsupported_algorithm'],
                ['{"alg":"none","enc":"A128GCM"}', 'unsupported_algorithm'],
                ['{"alg":"HS256","enc":"A128GCM"}', 'unsupported_algorithm'],
                ['{"alg":"dir","enc":"none"}', 'unsupported_algorithm'],
                ['{"alg":"","enc":""}', 'unsupported_algorithm'],
                ['{"alg":"dir","enc":"' . 'A' x 300 . '"}',
                 'unsupported_algorithm'],
                ['["dir","A128GCM"]', 'malformed'],
                ['"dir"', 'malformed'], ['', 'malformed'])
{
    my ($text, $word) = @$header;

    check('/nameless', raw_jwe($text, secret(16)), "401 $word",
          'header ' . substr $text, 0, 40);
}

# the parts

my @parts = split /\./, dir(''), -1;

for (0 .. 4) {
    my @four = @parts;
    my @padded = @parts;

    splice @four, $_, 1;
    $padded[$_] .= '=';

    check('/nameless', join('.', @four), '401 malformed', "part $_ is away");
    check('/nameless', join('.', @padded), '401 malformed',
          "part $_ is padded");
}

check('/nameless', join('.', @parts, $_), '401 malformed', 'six parts')
    for '', 'AAAA';
check('/nameless', '....', '401 malformed', 'five empty parts');
check('/nameless', '.' x 60000, '401 malformed', 'many dots');
check('/nameless', "$parts[0]....", '401 malformed', 'nothing but a header');
check('/nameless', "$parts[0]..$parts[2]..$parts[4]", '401 decryption_failed',
      'no ciphertext');
check('/nameless', part(dir(''), 1, sub { 'A' x 2049 }), '401 malformed',
      'encrypted key is huge');
check('/nameless', 'A' x 65537, '401 too_large', 'token is huge');

# what was encrypted

check('/nameless', dir('', $_), '200 ok', "payload $_")
    for '{}', ' { "sub" : "alice" } ';
check('/nameless', dir('', $_), '401 malformed',
      'payload ' . (length ? $_ : 'is empty'))
    for '', ' ', 'alice', '"alice"', '["alice"]', '{"a":1,"a":2}', '{"a":1}}',
        '{"a":1', "{\"a\":\"\xff\"}", 'null', $signed;
check('/nameless', dir('', '{"exp":' . $_ . '}'), '401 invalid_claims',
      "exp is $_") for qw("2999999999" null [] true);

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
