# A worker that shuts down gives up a fetch, unless its own requests wait for
# it; the provider is not to blame.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $issuer = $idp->issuer;


# No fetch ends by itself before the test does

sub start {
    my ($main) = @_;

    return Nginx->start(
        main => $main // '',
        http => qq{
            auth_jwt_provider corp {
                issuer $issuer;
                audience api;
                connect_timeout 1h;
                read_timeout 1h;
                wait_timeout 1h;
                cooldown 0;
            }
        },
        server => q{
            auth_jwt "api" provider=corp;
            location / { proxy_pass http://%UPSTREAM%; }
            location /status { auth_jwt off; stub_status; }
        });
}


sub of { bearer_from($issuer, kid => $_[0]) }


# The worker has ended, then the master, and nobody was blamed

sub ends {
    my ($nginx, $what) = @_;

    kill QUIT => $nginx->pid;

    ok($nginx->log_comes(qr/ exit$/), "worker ends $what");
    is($nginx->log_lines(qr/\[error\]/), 0, "no failure $what");
    is($nginx->stop, 0, "nginx ends $what");
}


# nobody waits

$idp->hold('/jwks');

my $nginx = start();

ok((wait_for { $idp->held('/jwks') == 1 }), 'fetch at start');
ends($nginx, 'during a fetch');

# there is no connection yet

$idp->drop;
$idp->full;
$nginx = start();

ok($nginx->log_comes(qr/start worker process/), 'worker begins');
ends($nginx, 'during connect');

# a request waits

$idp->up;
$idp->release('/jwks');
$idp->keys(['rsa', kid => '1']);
$nginx = start();

is($nginx->get('/', of('1'))->status, 200, 'first keys');

$idp->hold('/jwks');

my $client = $nginx->begin('/', of('2'));

ok((wait_for { $idp->held('/jwks') == 1 }), 'key is asked for');
kill QUIT => $nginx->pid;
ok($nginx->log_comes(qr/gracefully shutting down/), 'worker shuts down');

$idp->keys(['rsa', kid => '2']);
$idp->release('/jwks');

is($client->response->status, 200, 'request that waits gets its key');
ends($nginx, 'after its request');

# but not for ever

$idp->hold('/jwks');
$nginx = start('worker_shutdown_timeout 100ms;');

ok((wait_for { $idp->held('/jwks') == 1 }), 'fetch before a request');

$client = $nginx->begin('/', of('2'));

ok($nginx->under_way(1), 'request waits for that');
ends($nginx, 'though its request waits');

# a reload: the new worker fetches what the old one gave up

$idp->release('/jwks');
$idp->hold('/jwks');
$idp->forget;
$nginx = start();

ok((wait_for { $idp->held('/jwks') == 1 }), 'fetch before reload');
ok($nginx->reload, 'reload during a fetch');
ok((wait_for { $nginx->log_lines(qr/ exit$/) == 1 }), 'old worker ends');
ok((wait_for { $idp->count('/jwks') == 2 }), 'new worker fetches');

$idp->release('/jwks');

is($nginx->get('/', of('2'))->status, 200, 'keys of new worker');
is($idp->count('/jwks'), 2, 'one fetch more');
is($nginx->log_lines(qr/\[(?:error|notice)\] .* provider /), 0,
   'fetch that was given up is no failure');

done_testing;
