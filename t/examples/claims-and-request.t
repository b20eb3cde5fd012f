# docs/examples/claims-and-request.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Peers;
use Token;

my $nginx = Example->start('claims-and-request');

my %files = Example->files;
my $secret = $files{'jwt/sensors.secret'} =~ s/\n\z//r;
my $claims = { username => 'alice', exp => time + 3600 };
my $passed = 0;

for my $peer (peers()) {

    for (['/sensors/', 'HS256', $secret], ['/devices/', 'ES256', 'ec256']) {
        my ($path, $alg, $key) = @$_;

        my $token = peer_token($peer, $alg, $claims, key => $key);

        my $answer = ask($path, $token, 'alice');

        is($answer->status, 200, "$peer: $path same name passes");
        like($answer->body, qr/^X-Username: alice\r$/m,
             "$peer: $path name arrives");
        $passed++;

        for my $name ('bob', 'Alice', 'alic', 'alicea', '', ':alice') {
            is(ask($path, $token, $name)->status, 403,
               "$peer: $path other name \"$name\" is 403");
        }

        is(ask($path, forged($token), 'alice')->status, 401,
           "$peer: $path forged token is 401");
    }
}

my $other = token('ES256', $claims, key => 'ec256');

is(ask('/sensors/', $other, 'alice')->status, 401,
   'token of another location is refused');

# the colon between the two is not shifted

for (['a', 'b:a:b'], ['a:b:a', 'b'], ['a:a', 'a:a'], ['', ''], [':', ':']) {
    my ($claim, $name) = @$_;

    my $token = token('ES256', { username => $claim }, key => 'ec256');

    is(ask('/devices/', $token, $name)->status, 403,
       "claim \"$claim\" and name \"$name\" are 403");
}

# of two headers only the one that was compared arrives

my $token = token('ES256', $claims, key => 'ec256');
my $answer = $nginx->get('/devices/', Authorization => "Bearer $token",
                         'X-Username' => 'alice', 'X-Username' => 'root');

unlike($answer->body, qr/root/, 'second name does not reach upstream');
$passed++ if $answer->status == 200;

is($nginx->upstream_requests, $passed, 'refused requests stay here');


sub ask {
    my ($path, $token, $name) = @_;

    return $nginx->get($path, Authorization => "Bearer $token",
                       'X-Username' => $name);
}


done_testing;
