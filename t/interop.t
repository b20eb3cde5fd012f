# Tokens of other implementations are accepted with the keys that these write,
# and refused when one character is changed.  EdDSA is with Ed25519; Ed448 is
# nothing that Crypt::JWT has.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Peers;
use Token;

my @algorithms = qw(HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512
                    ES256 ES384 ES512 ES256K EdDSA);

my $config = q{
    location / {
        auth_jwt "api";
        auth_jwt_key_file keys;
        auth_jwt_key_file secret secret;
        proxy_set_header Authorization "";
        proxy_set_header X-User $jwt_claim_sub;
        proxy_set_header X-Name $jwt_claim_name;
        proxy_set_header X-Id $jwt_claim_id;
        proxy_set_header X-Roles $jwt_claim_roles;
        proxy_set_header X-Algorithm $jwt_header_alg;
        proxy_pass http://%UPSTREAM%;
    }
};

for my $peer (peers()) {
    my $claims = { sub => 'alice', name => "\x{c5}sa \x{2713}",
                   id => 9007199254740993, roles => ['reader', 'writer'],
                   realm_access => { roles => [{ a => [1, 2] }] },
                   iat => time, nbf => time - 60, exp => time + 3600 };

    my @names = (@algorithms, $peer eq 'Crypt::JWT' ? () : 'EdDSA, Ed448');

    my ($keys, @tokens) = peer_tokens($peer, map {
        my ($alg, $curve) = split /, /;
        [$alg, $claims, $curve ? (key => lc $curve) : ()]
    } @names);

    my $nginx = Nginx->start(server => $config,
                             files => { keys => $keys, secret => SECRET });

    for my $name (@names) {
        my ($alg) = $name =~ /(\w+)/;
        my $token = shift @tokens;

        my $answer = send_token($nginx, $token);

        is($answer->status, 200, "$peer: $name passes");
        is($answer->body =~ tr/\n//, $answer->body =~ tr/\r//,
           "$peer: $name breaks no line");

        my %sent = map { $_ => $answer->body =~ /^$_: (.*)\r$/m }
                   qw(X-User X-Name X-Roles X-Algorithm);

        is_deeply(\%sent,
                  { 'X-User' => 'alice', 'X-Name' => "\xc3\x85sa \xe2\x9c\x93",
                    'X-Roles' => 'reader,writer', 'X-Algorithm' => $alg },
                  "$peer: $name claims arrive");

        # JavaScript has no such integer

        like($answer->body, qr/^X-Id: 9007199254740993\r$/m,
             "$peer: $name digits stay") if $peer ne 'jose';

        my $before = $nginx->upstream_requests;

        for my $part (0 .. 2) {
            is(send_token($nginx, changed($token, $part))->status, 401,
               "$peer: $name, part $part changed");
        }

        is($nginx->upstream_requests, $before,
           "$peer: changed $name stays here");
    }
}


sub send_token {
    my ($nginx, $token) = @_;

    return $nginx->get('/', Authorization => "Bearer $token");
}


# One character, in the middle of a part, becomes another one of the alphabet.

sub changed {
    my ($token, $n) = @_;

    my @parts = split /\./, $token;
    my $place = int(length($parts[$n]) / 2);

    substr($parts[$n], $place, 1) =~ tr/A-Za-z0-9_-/B-ZAb-za1-90A/;

    return join '.', @parts;
}


done_testing;
