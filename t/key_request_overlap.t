# auth_jwt_key_request: requests that wait for their keys at the same time, and
# clients that do not wait.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Held;
use Nginx;
use Token;

my $held = Held->start;
my $address = $held->address;

my $nginx = Nginx->start(
    http   => q{
        proxy_cache_path %DIR%/cache keys_zone=keys:1m;
        log_format seen '$arg_n $status $jwt_status <$jwt_claim_sub>';
    },
    server => q{
        auth_jwt "api";
        access_log %DIR%/seen.log seen;
        add_header X-Status $jwt_status always;
        add_header X-Pid $pid always;
        proxy_set_header X-User "<$jwt_claim_sub>";
        proxy_read_timeout 25s;

        location / {
            auth_jwt_key_request /held;
            proxy_pass http://%UPSTREAM%;
        }

        location = /held {
            internal;
            proxy_pass http://%HELD%/keys;
        }

        location /preaccess {
            auth_jwt_phase preaccess;
            auth_jwt_key_request /held;
            proxy_pass http://%UPSTREAM%;
        }

        location /twice {
            auth_jwt_key_request /held;
            auth_jwt_key_request /held;
            proxy_pass http://%UPSTREAM%;
        }

        location /kept {
            auth_jwt_key_request /held_kept;
            proxy_pass http://%UPSTREAM%;
        }

        location = /held_kept {
            internal;
            proxy_cache keys;
            proxy_cache_lock on;
            proxy_cache_valid 1h;
            proxy_pass http://%HELD%/keys;
        }

        location = /status { auth_jwt off; stub_status; access_log off; }
    } =~ s/%HELD%/$address/gr);

my $set = jwks('rsa', 'ec256');
my $pid;


# Sends a request and waits until its key request is there.

sub begin {
    my ($path, $token, $more) = @_;

    my $client = $nginx->connect;

    $client->send("GET $path HTTP/1.1\r\nHost: a\r\n"
                  . "Authorization: Bearer $token\r\n\r\n" . ($more // ''));

    return $client, $held->take // die 'no key request';
}


sub result {
    my ($client, $method) = @_;

    my $answer = $client->response($method);
    my ($user) = $answer->body =~ /^X-User: <(.*)>\r$/m;

    $pid //= $answer->header('X-Pid');

    return join ' ', $answer->status, $answer->header('X-Status'), $user // ();
}


sub user { token('RS256', { sub => $_[0] }) }


# two, the second is answered first

my ($first, $keys_of_first) = begin('/', user('first'));
my ($second, $keys_of_second) = begin('/', user('second'));

$keys_of_second->answer($set);
is(result($second), '200 ok second', 'second of two overtakes first');

$keys_of_first->answer($set);
is(result($first), '200 ok first', 'first of two is not lost');

# each sees what came for itself

($first, $keys_of_first) = begin('/', user('first'));
($second, $keys_of_second) = begin('/', user('second'));

$keys_of_first->answer('<html>');
is(result($first), '500 keys_unavailable', 'failure is that of one request');
$keys_of_second->answer($set);
is(result($second), '200 ok second', 'other request passes');

# fifty

my (@clients, @requests);

for my $n (1 .. 50) {
    my ($client, $request) = begin($n % 2 ? '/' : '/preaccess',
                                   $n % 5 ? user("u$n") : forged(user("u$n")));

    push @clients, $client;
    push @requests, $request;
}

$_->answer($set) for reverse @requests;

is(join(', ', map { result($_) } @clients),
   join(', ', map { $_ % 5 ? "200 ok u$_" : '401 bad_signature' } 1 .. 50),
   'each of fifty has its claims');

# in pieces

my ($client, $request) = begin('/', user('slow'));
my $answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
             . "Transfer-Encoding: chunked\r\n\r\n"
             . join '', map { sprintf "%x\r\n%s\r\n", length, $_ }
                        unpack '(a40)*', $set;

for my $piece (unpack '(a25)*', $answer) {
    $request->send($piece);

    # nginx has been around

    result_of_other() if $piece =~ /keys|kty/;
}

$request->send("0\r\n\r\n");
$request->drop;
is(result($client), '200 ok slow', 'answer in pieces');


sub result_of_other { $nginx->get('/status')->status == 200 or die }


# requests that were sent before the first was answered, and later ones

my $next = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ";

($client, $request) = begin('/', user('p1'),
                            $next . user('p2') . "\r\n\r\n"
                            . $next . forged(user('p3')) . "\r\n\r\n");

$request->answer($set);
is(result($client), '200 ok p1', 'first in pipeline');
$held->take->answer($set);
is(result($client), '200 ok p2', 'second in pipeline');
$held->take->answer($set);
is(result($client), '401 bad_signature', 'third in pipeline');

$client->send($next . user('p4') . "\r\n\r\n");
$held->take->answer($set);
is(result($client), '200 ok p4', 'connection is kept alive');

# the same URI twice, with two answers

($client, $request) = begin('/twice', user('twice'));
$request->answer(jwks('rsa'));
$request = $held->take and $request->answer(jwks('ec256', 'ec384'));
is(result($client), '200 ok twice', 'first answer of the same URI');

($client, $request) = begin('/twice', token('ES384', { sub => 'late' }));
$request->answer(jwks('rsa', 'ec521'));
$request = $held->take and $request->answer(jwks('ec256', 'ec384'));
is(result($client), '200 ok late', 'second answer of the same URI');

# clients that go away

my $before = $nginx->upstream_requests;

for my $path (qw(/ /preaccess /twice)) {
    my ($gone, $abandoned) = begin("$path?n=gone", user('gone'));
    my ($waits, $other) = begin($path, user('waits'));

    $gone->close;
    ok($abandoned->gone, "$path: key request ends with its client");

    $other->answer($set);
    $path eq '/twice' and $held->take->answer($set);
    is(result($waits), '200 ok waits', "$path: other client goes on");
}

is($nginx->upstream_requests, $before + 3, 'nothing is sent for the gone');
ok(wait_for { 3 == (() = $nginx->read_file('seen.log') =~ /^gone 499 /mg) },
   'gone clients are 499');
is($nginx->log_lines(qr/\[error\].*key request .* failed/), 1,
   'gone client is no failure');

# one that is gone while proxy_cache goes on, and a second that waits for it

my ($gone, $kept) = begin('/kept?n=kept', user('kept'));
my $waits = $nginx->connect;

$waits->send("GET /kept HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
             . user('locked') . "\r\n\r\n");
$gone->close;
$kept->answer($set);
is(result($waits), '200 ok locked', 'proxy_cache_lock is no obstacle');

# many that go away leave nothing behind

for my $round (1 .. 20) {
    my ($c, $r) = begin('/', user('gone'));

    $c->close;
    $r->gone;
}

ok(wait_for { $nginx->get('/status')->body =~ / Writing: 1 / },
   'no request is left')
    or diag $nginx->get('/status')->body;

# a reload in the middle

($client, $request) = begin('/', user('reload'));
ok($nginx->reload, 'reload in the middle');
$request->answer($set);
like(result($client), qr/^200 ok reload/, 'request survives reload');
ok($held->idle, 'nothing else was asked');

done_testing;
