# A fetch has 30 seconds as a whole, for all that it asks for one after the
# other, though nothing of it is slow.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Clock;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $issuer = $idp->issuer;
my $metadata = '/.well-known/openid-configuration';

$idp->redirects('/jwks', '/target');
$idp->set('/target', body => jwks('rsa'));
$idp->hold($_) for $metadata, '/jwks', '/target';

my $nginx = Nginx->start(Clock->before,
    http => qq{
        auth_jwt_provider corp {
            issuer $issuer;
            audience api;
            read_timeout 60s;
            wait_timeout 1h;
        }
    },
    server => q{
        auth_jwt "api" provider=corp;
        add_header X-Status $jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
        location /status { auth_jwt off; stub_status; }
    });

my $clock = Clock->of($nginx);
my $failed = qr{\[error\] .* provider "corp": fetch of "(\S+)" .* failed: (.*)};


sub begin { $nginx->begin('/', bearer_from($issuer)) }


# Whether it comes to that, which then takes some seconds of its own.

sub takes {
    my ($path, $seconds) = @_;

    wait_for { $idp->held($path) } or return 0;
    $clock->forward($seconds);
    $idp->release($path);

    return 1;
}


sub failures { map { /$failed/ ? "$1 $2" : () } split /\n/, $nginx->log }


# 12 seconds, to which the test adds its own, then 19 more

my $client = begin();

ok($nginx->under_way(1), 'request waits');
ok(takes($metadata, 4), 'metadata in 4 seconds');
ok(takes('/jwks', 4), 'redirect in 8 seconds');
ok((wait_for { $idp->held('/target') }), 'keys are asked for');

$clock->forward(4);
is_deeply([failures()], [], 'fetch goes on for 12 seconds');
is($idp->held('/target'), 1, 'keys are waited for');

$clock->forward(19);
is_deeply([failures()],
          [$idp->http('/target') . ' it took too long as a whole'],
          'fetch ends after 31 seconds');
is($client->response->verdict, '503 keys_unavailable', 'request is answered');
ok((wait_for { $idp->open == 0 }), 'connection is closed');
is($nginx->upstream_requests, 0, 'request stays here');

# the next one has 30 seconds again

$idp->hold('/jwks');
$clock->forward(2);
ok((wait_for { $idp->held('/jwks') }), 'next fetch begins');

$client = begin();
ok($nginx->under_way(1), 'next request waits');
$clock->forward(15);
$idp->release;

is($client->response->verdict, '200 ok', 'next fetch brings keys');
is($nginx->log_lines(qr/provider "corp" works again/), 1, 'provider works');
is(scalar failures(), 1, 'one fetch has failed');

done_testing;
