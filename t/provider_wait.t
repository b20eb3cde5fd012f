# Requests that wait for the keys of a provider: clients that abort, bodies that
# come meanwhile, and what comes behind them on the same connection.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Http2;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my @names = qw(abort stream body pipe phases);
my %uri = map { $_ => $idp->http("/$_") } @names;


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


for my $name (@names) {
    $idp->set("/$name", body => jwks('rsa'));
    $idp->hold("/$name");
}

my $nginx = Nginx->start(
    workers => 2,
    files   => { large => 'x' x 20_000_000 },
    http    => join('', map { provider($_) } @names) . q{
        log_format seen '$status';
        client_body_buffer_size 8k;

        server {
            listen 127.0.0.1:%PORT2% http2;

            auth_jwt "api" provider=stream provider=body;

            location / { proxy_pass http://%UPSTREAM%; }
        }
    },
    server => q{
        access_log %DIR%/seen.log seen;
        add_header X-Status $jwt_status always;
        proxy_set_header X-User "<$jwt_claim_sub>";

        auth_jwt "api" provider=abort provider=body provider=pipe
                       provider=phases;

        location / { proxy_pass http://%UPSTREAM%; }

        location /phases {
            auth_jwt_phase preaccess;
            auth_request /open;
            proxy_pass http://%UPSTREAM%;
        }

        location /open { auth_jwt off; return 204; }

        location /large {
            auth_jwt off;
            alias %DIR%/large;
        }

        location /status { auth_jwt off; stub_status; access_log off; }
    });


sub bearer_of {
    my ($name, $sub) = @_;

    return bearer_from($uri{$name}, sub => $sub // $name);
}


sub header_of { join ': ', bearer_of(@_) }


my $h2 = Http2->new($nginx->connect(2));


sub begin_streams {
    my ($name, $number) = @_;

    my (undef, $bearer) = bearer_of($name);

    return $h2->send_all((['/', authorization => $bearer]) x $number);
}


# clients that do not wait

my @clients = map { $nginx->begin('/', bearer_of('abort', "user$_")) } 1 .. 120;
my @streams = begin_streams('stream', 3);

ok($nginx->under_way(123), 'requests wait');

$clients[$_]->close for grep { $_ % 3 } 0 .. $#clients;
$h2->reset($streams[1]);

ok($nginx->under_way(123 - 81), 'aborted requests are gone');

$idp->release('/abort');
$idp->release('/stream');

is(join(', ', map { $clients[$_ * 3]->response->result } 0 .. 39),
   join(', ', map { '200 ok user' . ($_ * 3 + 1) } 0 .. 39),
   'abort harms no other request');
is(join(' ', map { ($h2->answer($_))[0] } @streams[0, 2]), '200 200',
   'reset harms no other stream');
is((() = $nginx->read_file('seen.log') =~ /^499$/mg), 80, 'aborts are logged');
is($nginx->upstream_requests, 42, 'aborted requests stay here');

# bodies, of which a part comes early

my $body = join '', map { "line $_\n" } 1 .. 5000;
my $length = length $body;
my $head = "POST / HTTP/1.1\r\nHost: a\r\n" . header_of('body') . "\r\n";
my $sized = "Content-Length: $length\r\n";
my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length, $_ }
             unpack '(a3000)*', $body;

my %post = (
    'early length' => ["$sized\r\n$body"],
    'early chunks' => ["Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n"],
    'half length' => ["$sized\r\n" . substr($body, 0, 20_000),
                      substr $body, 20_000],
    'half chunks' => ["Transfer-Encoding: chunked\r\n\r\n"
                      . substr($chunks, 0, 20_000),
                      substr($chunks, 20_000) . "0\r\n\r\n"],
    'late length' => ["$sized\r\n", $body],
    'late continue' => ["${sized}Expect: 100-continue\r\n\r\n", $body],
);

my %client = map { $_ => $nginx->connect } keys %post;

$client{$_}->send($head . $post{$_}[0]) for keys %post;

my $stream = post_by_http2(substr $body, 0, 20_000);

ok($nginx->under_way(7), 'requests with body wait');
$idp->release('/body');

for my $name (sort keys %post) {
    $client{$name}->send($post{$name}[1] // '');

    my $answer = $client{$name}->response;

    is($answer->result, '200 ok body', "body passes: $name");
    ok(ends_with_body($answer->body), "body is whole: $name");
}

$h2->{client}->send(Http2::frame(0, 1, $stream, substr $body, 20_000, 16_000));

my ($status, $echo) = $h2->answer($stream);

is($status, 200, 'body passes: stream');
is(length($echo =~ s/.*?\r\n\r\n//sr), 36_000, 'body is whole: stream');

$h2->close;


sub ends_with_body { substr($_[0], -$length - 4) eq "\r\n\r\n$body" }


sub post_by_http2 {
    my ($part) = @_;

    my (undef, $bearer) = bearer_of('body');
    my @pairs = (':method', 'POST', ':scheme', 'http', ':path', '/',
                 ':authority', 'localhost', authorization => $bearer);
    my $id = $h2->{id} += 2;
    my $block = join '', map { $_ & 1 ? Http2::text($pairs[$_])
                                      : "\0" . Http2::text($pairs[$_]) }
                         0 .. $#pairs;

    $h2->{client}->send(Http2::frame(1, 4, $id, $block)
                        . join '', map { Http2::frame(0, 0, $id, $_) }
                                   unpack '(a10000)*', $part);

    return $id;
}


# pipelined

my $client = $nginx->connect;

$client->send(join '', map { "GET / HTTP/1.1\r\nHost: a\r\n"
                             . header_of('pipe', $_) . "\r\n\r\n" } 1 .. 3);

ok($nginx->under_way(1), 'pipelined request waits');
$idp->release('/pipe');
is(join(', ', map { $client->response->result } 1 .. 3),
   '200 ok 1, 200 ok 2, 200 ok 3', 'pipelined requests pass');
is($idp->count('/pipe'), 1, 'one fetch for pipelined requests');

# phases that come later, with a subrequest; and a connection that was full, so
# that nginx hears of it when there is room

$client = $nginx->connect;
$client->send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
ok($nginx->under_way(1), 'large response is under way');
is(length $client->response->body, 20_000_000, 'large response');

my @requests = map { "GET /phases HTTP/1.1\r\nHost: a\r\n"
                     . header_of('phases', $_) . "\r\n\r\n" } 1 .. 2;

my $fresh = $nginx->connect;

$fresh->send($requests[0]);
$client->send($requests[0]);
ok($nginx->under_way(2), 'requests wait before other phases');
$client->send($requests[1]);
ok($nginx->under_way(2), 'requests still wait');
$idp->release('/phases');
is($fresh->response->result, '200 ok 1', 'phases after waiting, at once');
is(join(', ', map { $client->response->result } 1, 2), '200 ok 1, 200 ok 2',
   'phases after waiting');

done_testing;
