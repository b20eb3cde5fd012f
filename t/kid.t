# Which keys are tried: those of the token's kid; where no key has it, those
# without a kid; without a kid in the token all that fit, at most 16.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my @secrets = map { "secret number $_, which is long enough" } 0 .. 20;

my $nginx = Nginx->start(
    files => {
        named   => jwks(['rsa', kid => 'one'], ['rsa2', kid => 'two'],
                        ['ec256', kid => 'ec'], ['ec256b', kid => '']),
        partly  => jwks(['rsa', kid => 'one'], 'rsa2', 'ec256'),
        doubled => jwks(['rsa', kid => 'one'], ['rsa2', kid => 'one']),
        pem     => pem('rsa'),
        many    => jwks(map({ ['rsa', kid => "rsa$_"] } 1 .. 20),
                        @secrets[0 .. 15], [$secrets[20], kid => 'last'],
                        $secrets[16]),
        half    => jwks(@secrets[0 .. 9]),
        rest    => jwks(@secrets[10 .. 17]),
    },
    server => q{
        auth_jwt "api";
        add_header X-Status $jwt_status always;
        proxy_set_header X-Kid $jwt_header_kid;

        location /named {
            auth_jwt_key_file named;
            proxy_pass http://%UPSTREAM%;
        }

        location /partly {
            auth_jwt_key_file partly;
            proxy_pass http://%UPSTREAM%;
        }

        location /doubled {
            auth_jwt_key_file doubled;
            proxy_pass http://%UPSTREAM%;
        }

        location /pem {
            auth_jwt_key_file pem;
            proxy_pass http://%UPSTREAM%;
        }

        location /sources {
            auth_jwt_key_file pem;
            auth_jwt_key_file named;
            proxy_pass http://%UPSTREAM%;
        }

        location /many {
            auth_jwt_key_file many;
            proxy_pass http://%UPSTREAM%;
        }

        location /halves {
            auth_jwt_key_file half;
            auth_jwt_key_file rest;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, Authorization => "Bearer $token");

    return $answer->status . ' ' . ($answer->header('X-Status') // '');
}


sub by {
    my ($alg, $key, $kid) = @_;

    return token($alg, undef, key => $key, defined $kid ? (kid => $kid) : ());
}


# where, algorithm, key, kid, verdict, what

my @cases = (
    ['named', 'RS256', 'rsa', 'one', '200 ok', 'key of that kid'],
    ['named', 'RS256', 'rsa2', 'two', '200 ok', 'second key of that kid'],
    ['named', 'RS256', 'rsa2', 'one', '401 bad_signature',
     'key of another kid'],
    ['named', 'RS256', 'rsa', 'three', '401 unknown_key', 'kid of no key'],
    ['named', 'RS256', 'rsa', 'ONE', '401 unknown_key', 'kid in capitals'],
    ['named', 'RS256', 'rsa', 'on', '401 unknown_key', 'begin of a kid'],
    ['named', 'RS256', 'rsa', 'one ', '401 unknown_key', 'kid and a blank'],
    ['named', 'RS256', 'rsa', '', '401 unknown_key', 'empty kid of EC key'],
    ['named', 'ES256', 'ec256b', '', '200 ok', 'empty kid'],
    ['named', 'ES256', 'ec256', '', '401 bad_signature', 'empty kid, not all'],
    ['named', 'ES256', 'ec256', 'one', '401 unknown_key',
     'kid of another type'],
    ['named', 'RS256', 'rsa', undef, '200 ok', 'no kid, first key'],
    ['named', 'RS256', 'rsa2', undef, '200 ok', 'no kid, second key'],
    ['named', 'ES256', 'ec256', undef, '200 ok', 'no kid, another type'],
    ['named', 'PS384', 'rsa2', 'two', '200 ok', 'kid with PS384'],

    ['partly', 'RS256', 'rsa', 'one', '200 ok', 'kid among nameless keys'],
    ['partly', 'RS256', 'rsa2', 'one', '401 bad_signature',
     'known kid, nameless key'],
    ['partly', 'RS256', 'rsa2', 'other', '200 ok',
     'unknown kid, nameless key'],
    ['partly', 'RS256', 'rsa', 'other', '401 bad_signature',
     'unknown kid, named key'],
    ['partly', 'ES256', 'ec256', 'one', '401 unknown_key',
     'known kid, nameless key of another type'],
    ['partly', 'RS256', 'rsa2', undef, '200 ok', 'no kid, nameless key'],

    ['doubled', 'RS256', 'rsa', 'one', '200 ok', 'two of a kid, first'],
    ['doubled', 'RS256', 'rsa2', 'one', '200 ok', 'two of a kid, second'],

    ['pem', 'RS256', 'rsa', 'whatever', '200 ok', 'any kid for a PEM'],

    ['sources', 'RS256', 'rsa', 'one', '200 ok', 'kid in second source'],
    ['sources', 'RS256', 'rsa', 'two', '401 bad_signature',
     'kid in second source, key of the first'],
    ['sources', 'RS256', 'rsa', 'three', '200 ok', 'kid in no source'],

    ['many', 'HS256', $secrets[0], undef, '200 ok', 'first of many'],
    ['many', 'HS256', $secrets[15], undef, '200 ok', 'sixteenth of many'],
    ['many', 'HS256', $secrets[16], undef, '401 bad_signature',
     'seventeenth of many'],
    ['many', 'HS256', $secrets[20], undef, '401 bad_signature',
     'last of many without kid'],
    ['many', 'HS256', $secrets[20], 'last', '200 ok', 'last of many by kid'],
    ['halves', 'HS256', $secrets[15], undef, '200 ok',
     'sixteenth in two sources'],
    ['halves', 'HS256', $secrets[16], undef, '401 bad_signature',
     'seventeenth in two sources'],
);

for (@cases) {
    my ($where, $alg, $key, $kid, $expected, $what) = @$_;

    is(verdict("/$where", by($alg, $key, $kid)), $expected, $what);
}

my $escaped = raw_token('{"alg":"RS256","kid":"\u006fn\u0065"}', '{}',
                        sub { Token::private('rsa')
                                  ->sign_message($_[0], 'SHA256', 'v1.5') });

is(verdict('/named', $escaped), '200 ok', 'kid with escapes');

like($nginx->get('/named', Authorization => "Bearer $escaped")->body,
     qr/^X-Kid: one\r$/m, 'kid reaches upstream');

done_testing;
