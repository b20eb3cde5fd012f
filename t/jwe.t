# Encrypted and nested tokens of other implementations pass, for every way to
# manage the key and every encryption of the content that each of them makes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Token;

my @curves = qw(ec256 ec384 ec521 x25519 x448);
my @secrets = map { secret($_) } 16, 24, 32, 48, 64;

my $nginx = Nginx->start(
    files  => {
        'private.json' => private_jwks(map { [$_, kid => "key $_"] }
                                       'rsa', @curves, @secrets),
        'public.json'  => jwks('ed25519'),
    },
    server => q{
        large_client_header_buffers 4 16k;

        auth_jwt "api";
        auth_jwt_key_file private.json;

        proxy_set_header Authorization "";
        proxy_set_header X-User $jwt_claim_sub;
        proxy_set_header X-Algorithm $jwt_header_alg;
        proxy_set_header X-Encryption $jwt_header_enc;
        add_header X-Status $jwt_status always;

        location /encrypted {
            auth_jwt_type encrypted;
            proxy_pass http://%UPSTREAM%;
        }

        location /nested {
            auth_jwt_type nested;
            auth_jwt_key_file private.json;
            auth_jwt_key_file public.json;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $client = $nginx->connect;
my $expected = 0;

# [alg, enc, key], the latter where there is a choice

my @pairs = map {
    my $alg = $_;
    map { my $enc = $_; map { [$alg, $enc, $_] }
                        $alg =~ /\AECDH/ ? @curves : undef } encs()
} wraps();

is(@pairs, (11 + 4 * @curves) * 6, 'all pairs are there');

my $inner = token('EdDSA', { sub => 'alice', exp => time + 3600 });


sub job {
    my ($alg, $enc, $key, $payload, %header) = @_;

    $key //= fitting($alg, $enc);

    return ($alg, $enc, $payload, key => $key, kid => "key $key",
            header => \%header);
}


sub seen {
    my ($path, $token) = @_;

    my $answer = $client->get($path, bearer($token));
    my %sent = $answer->body =~ /^(X-[\w-]+): (.*)\r$/mg;

    $expected++ if $answer->status == 200;

    return join ' ', $answer->status, $answer->header('X-Status'),
           map { $sent{$_} // '-' } qw(X-User X-Algorithm X-Encryption);
}


# the package jose

my @tokens = jose_encrypted(map { [job(@$_)] } @pairs);

for (@pairs) {
    my ($alg, $enc, $key) = @$_;

    is(seen('/encrypted', shift @tokens), "200 ok alice $alg $enc",
       join ' ', 'jose:', $alg, $enc, $key // ());
}

@tokens = jose_encrypted(map { [job(@$_[0 .. 2], $inner, cty => 'JWT')] }
                         @pairs);

for (@pairs) {
    my ($alg, $enc, $key) = @$_;

    is(seen('/nested', shift @tokens), '200 ok alice EdDSA -',
       join ' ', 'jose, nested:', $alg, $enc, $key // ());
}

# Crypt::JWT has fewer names, and another idea of "epk"

for (@pairs) {
    my ($alg, $enc, $key) = @$_;
    my $name = join ' ', 'Crypt::JWT:', $alg, $enc, $key // ();

    next if $alg =~ /\ARSA-OAEP-(?:384|512)\z/ || ($key // '') =~ /\Ax/;

    my $ecdh = $alg =~ /\AECDH/;

    is(seen('/encrypted', encrypted(job(@$_))),
       $ecdh ? '401 decryption_failed - - -' : "200 ok alice $alg $enc",
       $name . ($ecdh ? ', epk is text' : ''));

    next if $ecdh;

    is(seen('/nested', encrypted(job(@$_, $inner, cty => 'JWT'))),
       '200 ok alice EdDSA -', "$name, nested");
}

cmp_ok($expected, '==', 2 * 186 + 2 * 54, 'that many passed');
is($nginx->upstream_requests, $expected, 'no refused token reaches upstream');

done_testing;
