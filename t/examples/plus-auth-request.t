# docs/examples/plus-auth-request.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Token;

my $nginx = Example->start('plus-auth-request', upstream => sub {
    my ($request) = @_;

    my $forbidden = $request =~ m{\AGET /policy }
                    && $request !~ /^X-User: alice\r$/m;
    my $line = $forbidden ? '403 Forbidden' : '200 OK';

    return "HTTP/1.1 $line\r\nConnection: close\r\n\r\n$request";
});

my %of = map { $_ => token('RS256', { sub => $_ }, kid => 'rsa-1') }
         qw(alice bob);

my $answer = $nginx->get('/a?b=c', bearer($of{alice}));

is($answer->status, 200, 'alice passes');
like($answer->body, qr/^X-User: alice\r$/m, 'user arrives');

my $policy = ($nginx->upstream_requests)[0];

like($policy, qr{^X-Uri: /a\?b=c\r$}m, 'policy sees the URI');
like($policy, qr/^X-User: alice\r$/m, 'policy sees the user');

is($nginx->get('/', bearer($of{bob}))->status, 403, 'policy forbids bob');
is($nginx->request('POST', '/', [bearer($of{alice})], 'body')->status, 200,
   'POST passes');

my $before = $nginx->upstream_requests;

# the order of the two is up to nginx, so the policy may be asked; claims of a
# refused token it never sees

is($nginx->get('/', bearer(forged($of{alice})))->status =~ /^40[13]$/, 1,
   'forged token is refused');
is($nginx->get('/')->status =~ /^40[13]$/, 1, 'no token is refused');

my @asked = $nginx->upstream_requests;

splice @asked, 0, $before;

is(scalar(grep { /^X-User:/m || !/\AGET \/policy/ } @asked), 0,
   'nobody sees claims of the refused');

done_testing;
