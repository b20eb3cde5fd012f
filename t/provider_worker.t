# Workers that die while they fetch keys, and workers that shut down while
# requests wait for keys.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my @names = qw(idle busy asked quit);
my %uri = map { $_ => $idp->http("/$_") } @names;
my @clients;


for my $name (qw(idle busy quit)) {
    $idp->set("/$name", body => jwks('rsa'));
    $idp->hold("/$name");
}


sub provider {
    my ($name) = @_;

    return qq{
        auth_jwt_provider $name {
            issuer $uri{$name};
            audience api;
            jwks_uri $uri{$name};
            read_timeout 25s;
            wait_timeout 60s;
        }
    };
}


sub start {
    my ($name) = @_;

    return Nginx->start(
        workers => 2,
        allow   => qr/exited on signal 9/,
        http    => provider($name),
        server  => qq{
            listen 127.0.0.1:%PORT2% reuseport;

            auth_jwt "api" provider=$name;
            add_header X-Status \$jwt_status always;

            location / { proxy_pass http://%UPSTREAM%; }
            location /status { auth_jwt off; stub_status; }
        });
}


sub begin {
    my ($nginx, $name, @key) = @_;

    return $nginx->connect(2)->begin('GET', '/', [bearer_of($name, @key)]);
}


sub bearer_of {
    my ($name, $kid, $key) = @_;

    return bearer(token('RS256', { iss => $uri{$name}, aud => 'api',
                                   exp => time + 600 },
                        kid => $kid // '1', key => $key // 'rsa'));
}


# What those get whose worker has not died

sub survivors {
    my @answers = map { eval { $_->response } } @clients;

    return map { $_->verdict } grep { defined } @answers;
}


# The worker that has a connection to the provider

sub fetcher {
    my ($nginx) = @_;

    my $peer = sprintf '0100007F:%04X', $idp->port;

    open my $table, '<', '/proc/net/tcp' or die $!;
    my %socket = map { (split)[2] eq $peer ? ('socket:[' . (split)[9] . ']', 1)
                                           : () } <$table>;

    return grep {
        grep { $socket{readlink $_ // ''} } glob "/proc/$_/fd/*";
    } $nginx->new_workers(0);
}


plan skip_all => 'there is no /proc' if !-r '/proc/net/tcp';

# nobody waits

my $nginx = start('idle');

ok((wait_for { $idp->held('/idle') == 1 }), 'fetch at start');

my @fetchers = fetcher($nginx);

is(@fetchers, 1, 'one worker fetches');
kill KILL => @fetchers;

ok((wait_for { $idp->count('/idle') == 2 }), 'another worker takes over');

$idp->release('/idle');

ok((wait_for { $nginx->get('/', bearer_of('idle'))->verdict eq '200 ok' }),
   'its keys are used');
is($idp->count('/idle'), 2, 'one fetch more');
is($nginx->stop, 0, 'nothing else happened');

# requests wait

$nginx = start('busy');

ok((wait_for { $idp->held('/busy') == 1 }), 'fetch at start with requests');

@clients = map { begin($nginx, 'busy') } 1 .. 30;

ok($nginx->under_way(30), 'requests wait');

kill KILL => fetcher($nginx);

ok((wait_for { $idp->count('/busy') == 2 }), 'waiting requests take over');

$idp->release('/busy');

my @results = survivors();

cmp_ok(@results, '>', 0, 'the other worker had requests');
is("@results", join(' ', ('200 ok') x @results), 'waiting requests pass');
is($idp->count('/busy'), 2, 'one fetch more with requests');

# one that a token asked for

$idp->set('/asked', body => jwks(['rsa', kid => '1']));
$nginx = start('asked');

ok((wait_for { $nginx->get('/', bearer_of('asked'))->verdict eq '200 ok' }),
   'first keys');

$idp->set('/asked', body => jwks(['rsa2', kid => '2']));
$idp->hold('/asked');

@clients = map { begin($nginx, 'asked', '2', 'rsa2') } 1 .. 30;

ok((wait_for { $idp->held('/asked') == 1 }), 'keys are asked for');
ok($nginx->under_way(30), 'requests wait for new key');

kill KILL => fetcher($nginx);

ok((wait_for { $idp->count('/asked') == 3 }), 'asked fetch is taken over');

$idp->release('/asked');

@results = survivors();

cmp_ok(@results, '>', 0, 'the other worker had requests for new key');
is("@results", join(' ', ('200 ok') x @results), 'requests for new key pass');
is($idp->count('/asked'), 3, 'one fetch more for new key');

# nginx shuts down

$nginx = start('quit');

ok((wait_for { $idp->held('/quit') == 1 }), 'fetch before shutdown');

@clients = map { begin($nginx, 'quit') } 1 .. 30;

ok($nginx->under_way(30), 'requests wait before shutdown');

kill QUIT => $nginx->pid;

ok((wait_for { $nginx->log_lines(qr/gracefully shutting down/) == 2 }),
   'nginx shuts down');

$idp->release('/quit');

is(join(' ', map { $_->response->verdict } @clients),
   join(' ', ('200 ok') x 30), 'waiting requests pass at shutdown');
is($idp->count('/quit'), 1, 'one fetch at shutdown');
ok((wait_for { $nginx->log_lines(qr/ exit$/) == 3 }), 'nginx ends');

done_testing;
