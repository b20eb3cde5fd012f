# A worker that shuts down gives up a fetch, unless its own requests wait for
# it; the provider is not to blame.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Dns;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $issuer = $idp->issuer;


# No fetch ends by itself before the test does

sub start {
    my (%option) = @_;

    my $wait = $option{wait} // '1h';
    my $more = $option{provider} // '';
    my $http = $option{http} // '';

    return Nginx->start(
        main => $option{main} // '',
        http => qq{
            $http
            limit_req_zone all zone=late:1m rate=10r/s;

            auth_jwt_provider corp {
                issuer $issuer;
                audience api;
                connect_timeout 1h;
                read_timeout 1h;
                wait_timeout $wait;
                cooldown 0;
                $more
            }
        },
        server => q{
            auth_jwt "api" provider=corp;
            location / { proxy_pass http://%UPSTREAM%; }
            location /status { auth_jwt off; stub_status; }

            location /late {
                auth_jwt off;
                limit_req zone=late burst=1;
                stub_status;
            }
        });
}


sub of { bearer_from($issuer, kid => $_[0]) }


# A tenth of a second has passed for the worker

sub is_later {
    my ($nginx, $what) = @_;

    is($nginx->get('/late')->status, 200, "time passes $what") for 1, 2;
}


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

# nor is there one at the resolver, and none of TLS

my $dns = Dns->start;

$dns->silent('idp.test');
$nginx = start(http => 'resolver_timeout 1h; resolver ' . $dns->address . ';',
               provider => 'jwks_uri https://idp.test/jwks;');

ok((wait_for { $dns->queries('idp.test') }), 'name is asked for');
is_later($nginx, 'during a lookup');
ends($nginx, 'during a lookup');

my $silent = Provider->start(tls => 'good');

$silent->silent;
$nginx = start(provider => 'jwks_uri ' . $silent->https('/jwks') . ';'
                           . 'trusted_certificate ' . $silent->ca . ';');

ok((wait_for { $silent->accepted == 1 }), 'peer of TLS is silent');
is_later($nginx, 'during a handshake');
ends($nginx, 'during a handshake');

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

# nobody waits any more: its time is over, or its client goes away, be it that
# it has begun the fetch after the signal

$idp->hold('/jwks');
$nginx = start(wait => '500ms');

ok((wait_for { $idp->held('/jwks') == 1 }), 'fetch before a short wait');

$client = $nginx->begin('/', of('3'));

ok($nginx->under_way(1), 'request waits a short time');
kill QUIT => $nginx->pid;
is($client->response->status, 503, 'request has waited in vain');
ends($nginx, 'after that');

$idp->drop;
$nginx = start();

ok((wait_for { $idp->held('/jwks') == 1 }), 'fetch before a new key');

$client = $nginx->begin('/', of('3'));

ok($nginx->under_way(1), 'request waits for a new key');
kill QUIT => $nginx->pid;
ok($nginx->log_comes(qr/gracefully shutting down/), 'worker shuts down again');

$idp->forget;
$idp->keys(['rsa', kid => '2']);
$idp->also('/jwks', send => [['stay']]);
$idp->release('/jwks');

ok((wait_for { $idp->count('/jwks') == 1 }), 'request asks once more');
$client->close;
ends($nginx, 'after a client that leaves');
$idp->keys(['rsa', kid => '2']);

# but not for ever

$idp->hold('/jwks');
$nginx = start(main => 'worker_shutdown_timeout 100ms;');

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
