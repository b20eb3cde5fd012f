# docs/examples/cors-websocket.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Peers;
use Token;

use constant APP => 'https://app.example.com';

my $nginx = Example->start('cors-websocket');

my $claims = { sub => 'alice', exp => time + 3600 };
my @preflight = (Origin => APP, 'Access-Control-Request-Method' => 'PUT');

# the preflight

my $answer = $nginx->request('OPTIONS', '/api/x', \@preflight);

is($answer->status, 200, 'preflight passes');
like($answer->body, qr{\AOPTIONS /api/x }, 'preflight reaches upstream');

my $anybody = raw_token('{"alg":"none"}', '{"sub":"root"}', '');

$answer = $nginx->request('OPTIONS', '/api/x',
                          [@preflight, Authorization => "Bearer $anybody"]);

is($answer->status, 200, 'preflight with a token passes');
unlike($answer->body, qr/^X-User:/m, 'unchecked claims do not reach upstream');

is($nginx->request('OPTIONS', '/api/x')->status, 401,
   'OPTIONS without a preflight is refused');
is($nginx->request('PUT', '/api/x', \@preflight)->status, 401,
   'other method with headers of a preflight is refused');
is($nginx->request('OPTIONS', '/ws/x', \@preflight)->status, 401,
   'other location has no preflight');

my $passed = 2;

for my $peer (peers()) {
    my $token = peer_token($peer, 'RS256', $claims, kid => 'rsa-1');

    $answer = $nginx->request('PUT', '/api/x',
                              [Authorization => "Bearer $token",
                               Origin => APP], '{}');

    is($answer->status, 200, "$peer: request after the preflight passes");
    like($answer->body, qr/^X-User: alice\r$/m, "$peer: user arrives");
    $passed++;
}


# the WebSocket

for my $peer (peers()) {
    my $token = peer_token($peer, 'ES256', $claims, kid => 'ec-1');

    is((handshake())[0]->status, 401, 'no cookie is refused');
    is((handshake("token=" . forged($token)))[0]->status, 401,
       "$peer: forged cookie is refused");
    is((handshake("token=$token", 'https://evil.example'))[0]->status, 403,
       "$peer: other origin is refused");
    is($nginx->upstream_requests, $passed,
       "$peer: refused handshakes stay here");

    my ($answer, $client) = handshake("theme=dark; token=$token");
    $passed++;

    is($answer->status, 101, "$peer: good cookie is upgraded");
    is(lc $answer->header('Upgrade'), 'websocket', "$peer: to a WebSocket");

    # RFC 6455, 1.3: the answer to that key

    is($answer->header('Sec-WebSocket-Accept'),
       's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', "$peer: upstream has accepted");

    # RFC 6455, 5.7: a text frame, masked; the upstream sends it back

    for my $frame ("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
                   "\x81\x82\x01\x02\x03\x04\x69\x6b")
    {
        $client->send($frame);
        is($client->take(length $frame), $frame, "$peer: frame goes through");
    }

    $client->close;
}

my @requests = $nginx->upstream_requests;

like($requests[-1], qr/^X-User: alice\r$/m, 'user arrives with the upgrade');


sub handshake {
    my ($cookie, $origin) = @_;

    my $client = $nginx->connect;

    my $answer = $client->get('/ws/x', Upgrade => 'websocket',
                              Connection => 'Upgrade',
                              'Sec-WebSocket-Version' => 13,
                              'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==',
                              Origin => $origin // APP,
                              $cookie ? (Cookie => $cookie) : ());

    return ($answer, $client);
}


done_testing;
