# A key set has at most 1024 keys, and 10 lines of the log at most are about
# single ones; a text that came before is not read again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $MAX = 1024;
my $over = qr/it has more than $MAX keys/;
my $idp = Provider->start(keys => [['rsa', kid => 'first']]);
my $issuer = $idp->issuer;
my @first = ['rsa', kid => 'first'];


# so many keys that cannot be used, and then good ones

sub with_odd {
    my ($number, @good) = @_;

    return json({ keys => [({ kty => 'odd' }) x $number,
                           map { jwk(@$_) } @good] });
}


my $nginx = Nginx->start(
    files => {
        'full.json'  => many_keys($MAX, 'rsa'),
        'over.json'  => many_keys($MAX + 1, 'rsa'),
        'odd.json'   => with_odd(30, ['rsa']),
    },
    http => qq{
        auth_jwt_provider corp { issuer $issuer; audience api; cooldown 0; }

    } . join('', map { qq{
        auth_jwt_provider $_ { issuer $_; audience api; jwks_file $_.json; }
    } } qw(full over odd)),
    server => q{
        auth_jwt "api" provider=corp provider=full provider=over provider=odd;
        add_header X-Status $jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }

        location /file {
            auth_jwt "file";
            auth_jwt_key_file over.json;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


sub verdict {
    my $answer = $nginx->get('/', bearer_from(@_));

    $passed++ if $answer->status == 200;

    return $answer->verdict;
}


# An algorithm that no key is for asks for a fetch, each time.

sub asks {
    my ($body) = @_;

    $idp->set('/jwks', body => $body);

    return verdict($issuer, alg => 'ES384');
}


sub told { scalar $nginx->log_lines(qr/\[warn\] .* key \d+ of provider/) }


# how many keys

is(verdict($issuer, kid => 'first'), '200 ok', 'first keys');

asks(many_keys($MAX, 'rsa'));
is(verdict($issuer), '200 ok', 'last key of a full set');
is($nginx->log_lines(qr/\[error\]/), 0, 'full set is no failure');

is(asks(many_keys($MAX + 1, 'rsa2')), '401 unknown_key', 'one key too many');
ok($nginx->log_comes(qr/\[error\] .* provider "corp": fetch of .*: $over$/),
   'one key too many is logged');
is(verdict($issuer), '200 ok', 'keys of before are kept');

# far more

is(asks('{"keys":[' . '{},' x 60_000 . json(jwk(@{$first[0]})) . ']}'),
   '401 unknown_key', 'far too many keys');
is(told(), 0, 'no key of too many is told');
cmp_ok(length $nginx->log, '<', 50_000, 'log stays small');

# lines about single keys

is(asks(with_odd(10, @first)), '401 unknown_key', 'ten odd keys');
is(told(), 10, 'ten odd keys are told');
is(verdict($issuer, kid => 'first'), '200 ok', 'good key behind odd ones');

my $count = $idp->count('/jwks');

is(asks(with_odd(10, @first)), '401 unknown_key', 'same text');
is($idp->count('/jwks'), $count + 1, 'same text is fetched');
is(told(), 10, 'same text is not told again');
is(verdict($issuer, kid => 'first'), '200 ok', 'keys of same text');

$idp->set('/jwks', status => 500);
verdict($issuer, alg => 'ES384');
asks(with_odd(10, @first));
ok($nginx->log_comes(qr/provider "corp" works again/), 'provider works again');
is(told(), 10, 'same text after a failure is not told again');

asks(with_odd(500, @first));
is(told(), 20, 'ten of many odd keys are told');
is(verdict($issuer, kid => 'first'), '200 ok', 'good key behind many odd ones');

# files

is(verdict('full'), '200 ok', 'last key of a full file');
is(verdict('over'), '503 keys_unavailable', 'file with one key too many');
is($nginx->get('/file', bearer_from(''))->verdict, '500 keys_unavailable',
   'key file with one key too many');
ok($nginx->log_lines(qr{\[warn\] .*/over.json" cannot be used: $over$}),
   'file with one key too many is logged');
is(verdict('odd'), '200 ok', 'good key behind odd ones of a file');
is($nginx->log_lines(qr{key \d+ of key file "\S+/odd.json" is not used}), 10,
   'ten odd keys of a file are told');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
