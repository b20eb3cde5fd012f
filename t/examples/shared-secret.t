# docs/examples/shared-secret.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use JSON::PP ();
use Test::More;
use Example;
use Peers;
use Token;

my $nginx = Example->start('shared-secret');

my $claims = { sub => 'alice', exp => time + 3600 };

for my $peer (peers()) {
    my $token = peer_token($peer, 'HS256', $claims, key => 'abc123');

    my $answer = $nginx->get('/api/x', Authorization => "Bearer $token");

    is($answer->status, 200, "$peer: api lets in");
    like($answer->body, qr/^X-User: alice\r$/m, "$peer: user arrives");

    is($nginx->get('/app/x', Cookie => "token=$token")->status, 200,
       "$peer: app lets in");

    my $forged = peer_token($peer, 'HS256', $claims, key => 'abc124');

    is($nginx->get('/api/x', Authorization => "Bearer $forged")->status, 401,
       "$peer: another secret is refused");

    # a hash that the service does not use

    my $other = peer_token($peer, 'HS512', $claims, key => 'abc123');

    is(reason($nginx->get('/api/x', Authorization => "Bearer $other")),
       'algorithm_not_allowed', "$peer: HS512 is refused");
}

my $passed = 6;


# JSON for programs

my $answer = $nginx->get('/api/x');

is($answer->status, 401, 'no token is 401');
is($answer->header('Content-Type'), 'application/json', 'answer is JSON');
is($answer->header('WWW-Authenticate'), 'Bearer realm="api"',
   'challenge is kept');
is_deeply(JSON::PP::decode_json($answer->body),
          { error => 'unauthorized', reason => 'no_token' }, 'JSON says why');

my $expired = token('HS256', { exp => time - 1 }, key => 'abc123');
$answer = $nginx->get('/api/x', Authorization => "Bearer $expired");

is(reason($answer), 'expired', 'expired token is named so');
like($answer->header('WWW-Authenticate'), qr/error="invalid_token"/,
     'challenge says invalid_token');


# the login page for people

is(login('/app/'), '/login?next=/app/', 'redirect to login');
is(login('/app/a%20b?x=1&y=2'), '/login?next=/app/a%20b?x=1&y=2',
   'URI is kept as it was sent');
is(login("/app/x", Cookie => "token=$expired"), '/login?next=/app/x',
   'expired cookie leads to login');
is(login('//evil.example/../app/'), '/login?next=/',
   'other site is not returned to');
is(login('/\\evil.example/../app/'), '/login?next=/',
   'other site with a backslash is not returned to');

is($nginx->upstream_requests, $passed, 'refused requests stay here');

is($nginx->get('/login')->status, 200, 'login page is open');

is($nginx->log_lines(qr/secret is shorter than its hash/), 1,
   'short secret is warned of');


sub reason {
    my ($answer) = @_;

    return JSON::PP::decode_json($answer->body)->{reason};
}


sub login {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    is($answer->status, 302, "$path is redirected");

    my $location = $answer->header('Location') // '';
    $location =~ s{\Ahttp://[^/]+}{};

    return $location;
}


done_testing;
