# One encrypted token for each way to manage the key, cut off at every byte and
# with a bit changed in every byte of every part: it never passes, and what
# fails behind the choice of the key fails with one word.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use MIME::Base64 qw(decode_base64url);

use Test::More;
use Jwe;
use Nginx;
use Token;

my @curves = qw(ec256 ec384 ec521 x25519 x448);

my $nginx = Nginx->start(
    files  => {
        keys => private_jwks('rsa', @curves,
                             map { secret($_) } 16, 24, 32, 64),
        public => jwks('ed25519'),
    },
    server => q{
        keepalive_requests 1000000;

        auth_jwt "api";
        auth_jwt_key_file keys;
        auth_jwt_key_file public;
        add_header X-Status $jwt_status always;
        add_header X-Pid $pid always;

        location /encrypted {
            auth_jwt_type encrypted;
            proxy_pass http://%UPSTREAM%;
        }

        location /nested {
            auth_jwt_type nested;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $client = $nginx->connect;
my (%pids, $requests);


sub verdict {
    my ($path, $token) = @_;

    my $answer = $client->get($path, bearer($token));

    $requests++;
    $pids{$answer->header('X-Pid')} = 1;

    return $answer->status . ' ' . $answer->header('X-Status');
}


sub words {
    my ($path, @tokens) = @_;

    my %words = map { verdict($path, $_) => 1 } @tokens;

    return join ', ', sort keys %words;
}


# All tokens with one bit changed in the bytes of a part.

sub flipped {
    my ($token, $n) = @_;

    my $bytes = decode_base64url((split /\./, $token, -1)[$n]);

    return map {
        my $place = $_;
        part($token, $n, sub { my $copy = $_[0];
                               vec($copy, 8 * $place + $place % 8, 1) ^= 1;
                               $copy })
    } 0 .. length($bytes) - 1;
}


# The same bytes, written with a last character that has spare bits.

sub respelled {
    my ($token, $n) = @_;

    my @parts = split /\./, $token, -1;
    my $odd = length($parts[$n]) % 4 or return;

    my $alphabet = join '', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_';
    my $last = index $alphabet, substr $parts[$n], -1;

    return map {
        my @copy = @parts;
        substr($copy[$n], -1) = substr $alphabet, $last + $_, 1;
        join '.', @copy;
    } 1 .. ($odd == 2 ? 15 : 3);
}


my $allowed = qr/\A401 decryption_failed, 401 malformed\z/;
my $header = qr/\A(?:401\ (?:decryption_failed|invalid_header|malformed
                         |unknown_key|unsupported_algorithm)(?:,\ |\z))+\z/x;

my @jobs = map {
    my $alg = $_;
    my $enc = $alg eq 'dir' ? 'A256CBC-HS512' : 'A128GCM';

    map { [$alg, $enc, undef, key => $_] }
        $alg eq 'ECDH-ES' ? @curves : fitting($alg, $enc)
} wraps();

push @jobs, map { ['A128KW', $_] } grep { $_ ne 'A128GCM' } encs();

my @tokens = jose_encrypted(@jobs);

for my $job (@jobs) {
    my ($alg, $enc, undef, %option) = @$job;
    my $token = shift @tokens;
    my $name = join ' ', $alg, $enc,
               $alg eq 'ECDH-ES' ? $option{key} : ();

    is(verdict('/encrypted', $token), '200 ok', "$name passes");

    like(words('/encrypted', map { substr $token, 0, $_ }
                             1 .. length($token) - 1),
         $allowed, "$name, cut off");
    like(words('/encrypted', map { substr $token, $_ }
                             1 .. length($token) - 1),
         qr/\A401 malformed(?:, 401 \w+)?\z/, "$name, begin cut off");
    like(words('/encrypted', flipped($token, 0)), $header,
         "$name, header changed");

    my @parts = split /\./, $token, -1;

    for my $n (grep { length $parts[$_] } 1 .. 4) {
        is(words('/encrypted', flipped($token, $n)), '401 decryption_failed',
           "$name, part $n changed");

        my @other = respelled($token, $n) or next;

        is(words('/encrypted', @other), '401 malformed',
           "$name, part $n spelled otherwise");
    }
}


# A nested token fails as a whole: the inner one is not looked at.

my ($nested) = jose_encrypted(['ECDH-ES+A128KW', 'A128CBC-HS256',
                               token('EdDSA'), header => { cty => 'JWT' }]);

is(verdict('/nested', $nested), '200 ok', 'nested passes');
like(words('/nested', map { substr $nested, 0, $_ } 1 .. length($nested) - 1),
     $allowed, 'nested, cut off');
is(words('/nested', flipped($nested, $_)), '401 decryption_failed',
   "nested, part $_ changed") for 1 .. 4;

# all tokens that passed

my $passed = @jobs + 1;

is($nginx->upstream_requests, $passed, 'no changed token reaches upstream');
is(keys %pids, 1, 'worker lives');
cmp_ok($requests, '>', 10000, 'enough was changed');
is($nginx->log_lines(qr/jwt rejected/), $requests - $passed,
   'each refusal has a line');

done_testing;
