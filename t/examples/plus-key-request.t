# docs/examples/plus-key-request.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use IO::Compress::Gzip qw(gzip);
use Token;

# an identity provider that compresses whatever it is asked

gzip(\jwks(['rsa', kid => 'rsa-1'], ['ec256', kid => 'ec-1']) => \my $keys);

my $nginx = Example->start('plus-key-request', upstream => sub {
    my ($request) = @_;

    my $answer = $request =~ m{\AGET /realms/corp/certs }
               ? "Content-Encoding: gzip\r\n\r\n$keys" : "\r\n$request";

    return "HTTP/1.1 200 OK\r\nConnection: close\r\n$answer";
});

my $token = token('RS256', { sub => 'alice', exp => time + 60 },
                  kid => 'rsa-1');
my $other = token('ES256', { sub => 'bob' }, kid => 'ec-1');

for (['alice', $token], ['bob', $other], ['alice', $token]) {
    my ($user, $sent) = @$_;

    my $answer = $nginx->get('/', Token => $sent, Cookie => 'a=b');

    is($answer->status, 200, "$user passes");
    like($answer->body, qr/^X-User: $user\r$/m, "$user arrives");
    unlike($answer->body, qr/^Token:/m, "token of $user does not");
}

is($nginx->get('/', Token => forged($token))->status, 401,
   'forged token is refused');
is($nginx->get('/')->status, 401, 'no token is refused');
is($nginx->get('/', bearer($token))->status, 401, 'other header is no token');
is($nginx->get('/_jwks_uri')->status, 404, 'keys are internal');

my @asked = grep { /certs/ } $nginx->upstream_requests;

is(scalar @asked, 1, 'provider is asked once an hour');
unlike($asked[0], qr/^(?:Token|Cookie):/m, 'provider gets nothing of client');

is($nginx->request('POST', '/', [Token => $token], 'body')->status, 200,
   'POST passes');

done_testing;
