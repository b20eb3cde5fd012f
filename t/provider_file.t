# jwks_file: a provider whose keys are in a file, read while nginx runs.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my %file = (
    good    => jwks('rsa', ['ec256', kid => '1']),
    late    => undef,
    again   => jwks('rsa'),
    gone    => jwks('rsa'),
    broken  => '{"keys":[',
    pem     => pem('rsa'),
    secret  => SECRET,
    empty   => '',
    none    => json({ keys => [] }),
    odd     => json({ keys => [{ kty => 'odd' }, jwk('rsa')] }),
    large   => ' ' x 1_100_000 . jwks('rsa'),
    hmac    => jwks([SECRET, kid => 'h'], 'rsa'),
    mixed   => jwks([SECRET, kid => 'h'], 'rsa'),
    unnamed => jwks([SECRET, kid => 'h'], 'rsa'),
);

my %algorithms = (hmac => 'algorithms HS256 HS512;',
                  mixed => 'algorithms RS256 HS256;');

my $providers = join '', map {
    my $algorithms = $algorithms{$_} // '';

    qq{
        auth_jwt_provider $_ {
            issuer https://$_.example;
            jwks_file keys/$_;
            audience api;
            $algorithms
        }
    }
} sort keys %file;

my $names = join ' ', map { "provider=$_" } sort keys %file;

my $nginx = Nginx->start(
    files  => { map({ ("keys/$_" => $file{$_}) }
                    grep { defined $file{$_} } keys %file) },
    http   => $providers,
    server => qq{
        large_client_header_buffers 4 16k;

        auth_jwt "api" $names;
        auth_jwt_key_cache 1h;
        add_header X-Status \$jwt_status always;
        add_header X-Provider \$jwt_provider always;

        location / { proxy_pass http://%UPSTREAM%; }
    });

my $passed = 0;


sub answer {
    my ($name, $alg, %option) = @_;

    my $claims = { iss => "https://$name.example", sub => 'alice',
                   aud => 'api', exp => time + 60 };

    return $nginx->get('/', bearer(token($alg // 'RS256', $claims, %option)));
}


sub verdict {
    my $answer = answer(@_);

    $passed++ if $answer->status == 200;

    return $answer->status . ' ' . $answer->header('X-Status');
}


# What the log says of a file at this level.

sub logged {
    my ($level, $name, $what) = @_;

    return scalar $nginx->log_lines(
        qr{\[$level\].* key file "[^"]*/keys/$name" cannot be used: $what});
}


sub comes {
    my ($what, $expected, @token) = @_;

    ok(wait_for { verdict(@token) eq $expected }, $what);
}


# good ones

is(verdict('good'), '200 ok', 'good file');
is(answer('good')->header('X-Provider'), 'good', 'provider is named');
$passed++;
is(verdict('good', 'ES256', kid => '1'), '200 ok', 'good file, kid');
is(verdict('good', 'ES256', kid => '2'), '401 unknown_key', 'unknown kid');
is(verdict('good', 'RS256', key => 'rsa2'), '401 bad_signature', 'other key');
is(verdict('odd'), '200 ok', 'good key beside an odd one');

# no keys: it is worth to try again

my %cause = (
    late   => qr/open\(\) failed \(2: No such file/,
    broken => qr/it is not valid JSON/,
    pem    => qr/it is not valid JSON/,
    secret => qr/it is not valid JSON/,
    empty  => qr/it is no regular file, empty or over/,
    large  => qr/it is no regular file, empty or over/,
    none   => qr/it has no usable key/,
);

for my $name (sort keys %cause) {
    my $answer = answer($name);

    is($answer->status, 503, "$name is 503");
    is($answer->header('X-Status'), 'keys_unavailable', "$name, its word");
    is($answer->header('X-Provider'), $name, "$name, its provider");
    is($answer->header('Retry-After'), 1, "$name, try again");
    is($answer->header('WWW-Authenticate'), undef, "$name, no challenge");
    ok(logged('warn', $name, $cause{$name}), "$name, warning at start");
}

ok(wait_for { answer('late'); logged('error', 'late', $cause{late}) },
   'error of a request');
ok($nginx->log_comes(qr/jwt rejected: the keys are not available, alg: "RS2/),
   'refusal is logged');
is($nginx->log_lines(qr/\[warn\].*keys\/late/), 1, 'one warning for each file');

is(verdict('late', 'RS256', key => 'rsa2'), '503 keys_unavailable',
   'no keys, another key');
is(verdict('late', 'HS256'), '401 algorithm_not_allowed',
   'no key is needed to refuse an algorithm');
is(answer('late', 'HS256')->header('Retry-After'), undef,
   '401 has no Retry-After');
is(verdict('x'), '401 unknown_issuer', 'no key is needed to refuse an issuer');

# replaced while it runs, whatever auth_jwt_key_cache says

is(verdict('again'), '200 ok', 'first file');

$nginx->write_file("keys/$_", jwks('ec256')) for qw(again late broken);
unlink $nginx->path('keys/gone');

comes('replaced file', '200 ok', 'again', 'ES256');
is(verdict('again'), '401 unknown_key', 'old key is forgotten');
comes('file that was missing', '200 ok', 'late', 'ES256');
comes('file that was broken', '200 ok', 'broken', 'ES256');
comes('removed file', '503 keys_unavailable', 'gone');
ok(logged('error', 'gone', 'open'), 'removed file is logged');

$nginx->write_file('keys/again', '{');
comes('replaced by a broken one', '503 keys_unavailable', 'again', 'ES256');
ok(logged('error', 'again', 'it is not valid JSON'), 'broken file is logged');

$nginx->write_file('keys/again', jwks('rsa'));
comes('replaced once more', '200 ok', 'again');

ok($nginx->reload, 'reload');
is(verdict('again'), '200 ok', 'good file after reload');
is(verdict('empty'), '503 keys_unavailable', 'empty file after reload');

# secrets: those of the file, where their algorithm is named

is(verdict('hmac', $_), '200 ok', "$_ is named") for qw(HS256 HS512);
is(verdict('hmac', 'HS256', kid => 'h'), '200 ok', 'HS256 with kid');
is(verdict('hmac', 'HS384'), '401 algorithm_not_allowed', 'HS384 is not named');
is(verdict('hmac', 'RS256'), '401 algorithm_not_allowed', 'RS256 is not named');
is(verdict('hmac', 'HS256', key => pem('rsa')), '401 bad_signature',
   'public key is no secret');
is(verdict('mixed', $_), '200 ok', "$_ is named") for qw(HS256 RS256);
is(verdict('mixed', 'HS256', key => $_), '401 bad_signature',
   'public key is no secret') for pem('rsa'), jwks('rsa');
is(verdict('mixed', 'HS256', kid => 'x'), '401 unknown_key', 'other kid');
is(verdict('unnamed', 'RS256'), '200 ok', 'RS256 needs not be named');
is(verdict('unnamed', $_, kid => 'h'), '401 algorithm_not_allowed',
   "$_ has to be named") for qw(HS256 HS384 HS512);

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
