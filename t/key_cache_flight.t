# auth_jwt_key_cache: requests that need the same keys at the same time make
# one subrequest, also in two workers, and whoever makes it may go away.

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
    workers => 2,
    http    => q{
        server {
            listen 127.0.0.1:%PORT% reuseport;

            auth_jwt "api";
            auth_jwt_key_request /keys?$arg_k;
            auth_jwt_key_cache 1h;
            add_header X-Status $jwt_status always;
            add_header X-Pid $pid always;
            proxy_set_header X-User "<$jwt_claim_sub>";
            client_max_body_size 8m;
            error_page 500 = /error;

            location / { proxy_pass http://%UPSTREAM%; }

            location /preaccess {
                auth_jwt_phase preaccess;
                proxy_pass http://%UPSTREAM%;
            }

            location /any {
                satisfy any;
                deny all;
                proxy_pass http://%UPSTREAM%;
            }

            location /second {
                auth_jwt_key_cache 1s;
                proxy_pass http://%UPSTREAM%;
            }

            location = /keys {
                internal;
                proxy_read_timeout 25s;
                proxy_pass http://%HELD%;
            }

            location = /error { auth_jwt off; return 500 "sorry"; }
            location = /status { auth_jwt off; stub_status; }
        }
    } =~ s/%HELD%/$address/r);

my $set = jwks('rsa', SECRET);
my $request;


# Connections with a request for keys of that name, the sub being its number.

sub begin {
    my ($path, @subs) = @_;

    my @clients;

    for my $sub (@subs) {
        my $client = $nginx->connect;

        push @clients, $client;
        send_to($client, $path, $sub);
    }

    return @clients;
}


sub send_to {
    my ($client, $path, $sub) = @_;

    my $token = token('HS256', { sub => $sub });

    $client->send("GET $path HTTP/1.1\r\nHost: a\r\n"
                  . "Authorization: Bearer $token\r\n\r\n");
}


# Asks until the time of the keys is over, and returns the connection whose
# request has begun a refresh, which is $request.

sub refresh {
    my ($name) = @_;

    my ($client, $result);

    wait_for {
        ($client) = begin('/second?k=' . ($name // 'slow'), 'refresh');
        $result = result($client);
        !$held->idle;
    };

    $request = $held->take;

    return $client, $result;
}


# Whether keys become those of a refresh.

sub refreshed {
    my ($expected) = @_;

    return wait_for {
        result(begin('/second?k=slow', 'late')) eq $expected;
    };
}


my %pids;


sub result {
    my ($client) = @_;

    my $answer = $client->response;
    my ($user) = $answer->body =~ /^X-User: <(.*)>\r$/m;

    $pids{$answer->header('X-Pid') // '-'}++;

    return join ' ', $answer->status, $answer->header('X-Status') // '-',
                     $user // ();
}


sub results { join ', ', map { result($_) } @_ }


# fifty

my @clients = begin('/?k=fifty', 1 .. 40);

push @clients, begin('/preaccess?k=fifty', 41 .. 45),
               begin('/any?k=fifty', 46 .. 50);

$request = $held->take;

ok($nginx->under_way(50), 'fifty requests wait');
ok($held->idle, 'one subrequest for fifty');

$request->answer($set);

is(results(@clients), join(', ', map { "200 ok $_" } 1 .. 50),
   'each of fifty has its claims');
is(keys %pids, 2, 'both workers have waited');

send_to($clients[0], '/?k=fifty', 'again');
is(result($clients[0]), '200 ok again', 'connection is kept alive');
ok($held->idle, 'keys are there');

# bodies, HEAD, pipelines of those that wait

my $body = 'x' x 5_000_000;
my $bearer = 'Authorization: Bearer ' . token('HS256', { sub => 'body' });
my ($leader) = begin('/?k=body', 'leader');
my ($piped) = begin('/?k=body', 'p1');

$request = $held->take;
send_to($piped, '/?k=body', 'p2');

my ($post, $head) = map { $nginx->connect } 1 .. 2;

$head->send("HEAD /?k=body HTTP/1.1\r\nHost: a\r\n$bearer\r\n\r\n");
$post->send("POST /?k=body HTTP/1.1\r\nHost: a\r\n$bearer\r\n"
            . "Content-Length: 5000000\r\n\r\n" . substr $body, 0, 60_000);

ok($nginx->under_way(4), 'four requests wait');
$request->answer($set);
$post->send(substr $body, 60_000);

my $answer = $post->response;

is($answer->status, 200, 'body of one that waited');
ok($answer->body =~ /\r\n\r\n\Q$body\E\z/, 'that body arrives whole');
is($head->response('HEAD')->status, 200, 'HEAD of one that waited');
is(results($leader, $piped, $piped), '200 ok leader, 200 ok p1, 200 ok p2',
   'pipeline of one that waited');
ok($held->idle, 'one subrequest for all of them');

# the first goes away: another one takes over, and a third

@clients = begin('/?k=gone', 'first');
$request = $held->take;
push @clients, begin('/?k=gone', 2 .. 9);
ok($nginx->under_way(9), 'nine requests wait');

(shift @clients)->close;
ok($request->gone, 'key request ends with its client');

$request = $held->take;
ok($request, 'another one takes over');
ok($nginx->under_way(8), 'eight requests wait');
ok($held->idle, 'only one takes over');
$request->answer($set);
is(results(@clients), join(', ', map { "200 ok $_" } 2 .. 9),
   'all others pass');
is($nginx->log_lines(qr/key request .* failed/), 0, 'that is no failure');

# those that wait go away

($leader) = begin('/?k=waits', 'leader');
$request = $held->take;
@clients = begin('/?k=waits', 1 .. 9);
ok($nginx->under_way(10), 'ten requests wait');
$_->close for @clients;
ok($nginx->under_way(1), 'those that wait may go');
$request->answer($set);
is(result($leader), '200 ok leader', 'leader stays');

# a failure is that of all

@clients = begin('/?k=fails', 1 .. 9);
$request = $held->take;
ok($nginx->under_way(9), 'nine wait for a failure');
$request->answer('<html>');
is(results(@clients), join(', ', ('500 keys_unavailable') x 9),
   'all fail together');
ok($held->idle, 'nobody tries again at once');
is($nginx->log_lines(qr/key request .* failed/), 1, 'failure is logged once');

# a refresh holds up nobody

($leader) = begin('/second?k=slow', 'leader');
$held->take->answer($set);
is(result($leader), '200 ok leader', 'keys for a second');

my ($refresh, $result) = refresh();

is($result, '200 ok refresh', 'who begins a refresh does not wait for it');
is(result(begin('/second?k=slow', "u$_")), "200 ok u$_",
   "old keys while they are refreshed $_") for 1 .. 8;
ok($held->idle, 'one refresh');

# but for the next request of that connection

send_to($refresh, '/second?k=slow', 'next');
$request->answer(jwks('rsa'));
is(result($refresh), '401 unknown_key', 'next request is not lost');
is(result(begin('/second?k=slow', 'late')), '401 unknown_key',
   "refresh counts for request $_") for 1 .. 8;

# a refresh whose client goes away, one that fails, one that is cut off

($refresh, $result) = refresh();
$refresh->close;
$request->answer($set);
ok(refreshed('200 ok late'), 'refresh does not need its client');

($refresh, $result) = refresh();
send_to($refresh, '/second?k=slow', 'next');
$request->send("HTTP/1.1 200 OK\r\n\r\n" . ' ' x 1_500_000);
$request->drop;
is(result($refresh), '200 ok next', 'too large a refresh ends');
ok($held->idle, 'nor is it repeated at once');

# the pause after it is longer than a test should be

($leader) = begin('/second?k=other', 'leader');
$held->take->answer($set);
is(result($leader), '200 ok leader', 'other keys for a second');

($refresh, $result) = refresh('other');
is($result, '200 ok refresh', 'another refresh');
$request->drop;
is(result(begin('/second?k=other', 'late')), '200 ok late',
   "old keys after a failure $_") for 1 .. 8;
ok($held->idle, 'failure is not repeated at once');

ok($nginx->under_way(0), 'no request is left');
is($nginx->log_lines(qr/\[error\].* key request "/), 3, 'three have failed');

done_testing;
