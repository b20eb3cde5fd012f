# Every algorithm end to end; auth_jwt_algorithms narrows what is accepted.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { 'all.json' => jwks(SECRET, qw(rsa ec256 ec384 ec521 ec256k
                                              ed25519)) },
    server => q{
        auth_jwt "api";
        auth_jwt_key_file all.json;
        add_header X-Status $jwt_status always;

        location /all { proxy_pass http://%UPSTREAM%; }

        location /narrow {
            auth_jwt_algorithms RS256 ES256;
            proxy_pass http://%UPSTREAM%;

            location /narrow/inherited { proxy_pass http://%UPSTREAM%; }

            location /narrow/replaced {
                auth_jwt_algorithms HS256;
                proxy_pass http://%UPSTREAM%;
            }
        }

        location /eddsa {
            auth_jwt_algorithms EdDSA;
            proxy_pass http://%UPSTREAM%;
        }

        location /ed25519 {
            auth_jwt_algorithms Ed25519;
            proxy_pass http://%UPSTREAM%;
        }
    });

my @algs = ((map { ("HS$_", "RS$_", "PS$_", "ES$_") } 256, 384, 512),
            'ES256K', 'EdDSA', 'Ed25519');

my %token = map { $_ => token($_) } @algs;


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, bearer($token));

    return $answer->status . ' ' . $answer->header('X-Status');
}


sub accepted {
    my ($path) = @_;

    return join ' ', grep { verdict($path, $token{$_}) eq '200 ok' } @algs;
}


for my $alg (@algs) {
    is(verdict('/all', $token{$alg}), '200 ok', "$alg passes");
    is(verdict('/all', forged($token{$alg})), '401 bad_signature',
       "forged $alg is refused");
}

is(accepted('/narrow'), 'RS256 ES256', 'list narrows');
is(verdict('/narrow', $token{HS256}), '401 algorithm_not_allowed',
   'reason names the algorithm');
is(accepted('/narrow/inherited'), 'RS256 ES256', 'list is inherited');
is(accepted('/narrow/replaced'), 'HS256', 'list is replaced');

# RFC 9864: one key, two names

is(accepted('/eddsa'), 'EdDSA', 'EdDSA is not Ed25519');
is(accepted('/ed25519'), 'Ed25519', 'Ed25519 is not EdDSA');

# the name is compared byte by byte

for my $alg (qw(hs256 HS2560 HS25 RS256 none None NONE HS256\u0000), '') {
    my $token = raw_token(qq({"alg":"$alg"}), '{"sub":"admin"}',
                          hmac(256, SECRET));

    like(verdict('/all', $token), qr/^401 /, "HMAC as \"$alg\" is refused");
}

done_testing;
