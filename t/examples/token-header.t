# docs/examples/token-header.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Peers;
use Token;

my $nginx = Example->start('token-header');

my $claims = { sub => 'alice', exp => time + 3600 };
my $passed = 0;

for my $peer (peers()) {
    my $token = peer_token($peer, 'RS256', $claims, kid => 'rsa-1');

    my $answer = $nginx->get('/', Token => $token);

    is($answer->status, 200, "$peer: token in Token passes");
    like($answer->body, qr/^X-User: alice\r$/m, "$peer: user arrives");
    unlike($answer->body, qr/eyJ/, "$peer: token does not reach upstream");
    $passed++;

    is($nginx->get('/', Authorization => "Bearer $token")->status, 401,
       "$peer: Authorization is not looked at");
    is($nginx->get('/', Token => "Bearer $token")->status, 401,
       "$peer: there is no scheme in Token");
    is($nginx->get('/', Token => forged($token))->status, 401,
       "$peer: forged token is refused");
}

is($nginx->get('/', Token => '')->status, 401, 'empty header is no token');
is($nginx->upstream_requests, $passed, 'refused requests stay here');

# the second one is not passed on unchecked

my $good = token('RS256', $claims, kid => 'rsa-1');
my $answer = $nginx->get('/', Token => $good, Token => forged($good));

unlike($answer->body, qr/^Token:/mi, 'second Token does not reach upstream');

done_testing;
