# Several requests on one connection, and requests of other shapes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http   => q{
        log_format seen '$request_uri $status [$jwt_claim_sub]';
        client_max_body_size 8m;
        client_body_buffer_size 16k;
        upstream echo { server %UPSTREAM%; keepalive 4; }
    },
    server => q{
        auth_jwt_key '} . SECRET . q{';
        access_log %DIR%/seen.log seen;
        proxy_set_header X-User "<$jwt_claim_sub>";
        proxy_set_header X-Status "<$jwt_status>";
        proxy_http_version 1.1;
        proxy_set_header Connection "";

        location / { auth_jwt "api"; proxy_pass http://echo; }
        location /open { proxy_pass http://echo; }

        location /query {
            auth_jwt "api" token=$arg_token;
            proxy_pass http://echo;
        }

        location /unbuffered {
            auth_jwt "api";
            proxy_request_buffering off;
            proxy_pass http://echo;
        }
    });

my %of = map { $_ => token('HS256', { sub => $_ }) } qw(alice bob carol);


sub user_of {
    my ($answer) = @_;

    my ($user) = $answer->body =~ /^X-User: (<.*>)\r$/m;

    return $answer->status . ' ' . ($user // '-');
}


# another token for each request, or none

my $client = $nginx->connect;
my @steps = ('/', 'alice', '200 <alice>', '/', '', '401 -',
             '/', 'bob', '200 <bob>', '/open', 'alice', '200 <>',
             '/open', '', '200 <>', '/', 'forged', '401 -',
             '/open', 'bob', '200 <>', '/', 'carol', '200 <carol>',
             '/query', 'alice', '401 -', '/', 'alice', '200 <alice>');

for my $round (1 .. 3) {
    my @left = @steps;

    while (my ($path, $name, $expected) = splice @left, 0, 3) {
        my $token = $name eq 'forged' ? forged($of{alice}) : $of{$name};

        is(user_of($client->get($path, $token ? bearer($token) : ())),
           $expected, "$path with \"$name\" in round $round");
    }
}

# requests that were sent before the first was answered

my @names = ('alice', 'forged', 'bob', '', 'carol', 'bob') x 4;

$client->send(join '', map {
    my $token = $_ eq 'forged' ? forged($of{carol}) : $of{$_} // '';
    "GET /p HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer $token\r\n\r\n"
} @names);

is(join(' ', map { user_of($client->response) } @names),
   join(' ', map { $of{$_} ? "200 <$_>" : '401 -' } @names),
   'pipelined requests keep apart');

$client->close;

# old and bare versions

my ($answer) = $nginx->raw("GET / HTTP/1.0\r\nAuthorization: Bearer $of{bob}"
                           . "\r\n\r\n");

is(user_of($answer), '200 <bob>', 'HTTP/1.0 passes');

($answer) = $nginx->raw("GET / HTTP/1.0\r\n\r\n");

is(user_of($answer), '401 -', 'HTTP/1.0 is refused');

my $bare = $nginx->connect;
$bare->send("GET /query?token=$of{bob}\r\n");
1 while $bare->fill;

like($bare->{buffer}, qr/^X-User: <bob>\r$/m, 'HTTP/0.9 passes');

$bare = $nginx->connect;
$bare->send("GET /query?token=\r\n");
1 while $bare->fill;

like($bare->{buffer}, qr/401/, 'HTTP/0.9 is refused');

# methods and bodies

is($nginx->request('HEAD', '/', [bearer($of{bob})])->status, 200,
   'HEAD passes');

$answer = $nginx->request('HEAD', '/');

is($answer->status, 401, 'HEAD is refused');
ok($answer->header('WWW-Authenticate'), 'HEAD is challenged');
is($nginx->request($_, '/', [bearer($of{bob})])->status, 200, "$_ passes")
    for qw(OPTIONS PUT DELETE PATCH PROPFIND PURGE);

my $large = join '', map { "line $_ of the body\n" } 1 .. 20_000;
my @chunked = ('Transfer-Encoding' => 'chunked');

for my $path ('/', '/unbuffered') {

    for my $body ('small', $large) {
        my $length = length $body;
        $answer = $nginx->request('POST', $path, [bearer($of{bob})], $body);

        is(user_of($answer), '200 <bob>', "POST $path of $length passes");
        is(substr($answer->body, -$length), $body, 'body arrives');
    }

    # the next request begins where the refused body ends

    $client = $nginx->connect;
    $client->send("POST $path HTTP/1.1\r\nHost: a\r\n@{[join ': ', @chunked]}"
                  . "\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /next HTTP/1.1\r\n"
                  . "Host: a\r\nAuthorization: Bearer $of{carol}\r\n\r\n");

    is(user_of($client->response), '401 -', "chunked $path is refused");
    is(user_of($client->response), '200 <carol>', 'next request passes');

    my $upstream = $nginx->upstream_requests;

    is($nginx->request('POST', $path, [], $large)->status, 401,
       "large $path is refused");
    is($nginx->upstream_requests, $upstream, 'refused body stays here');
}

# a client that goes away: before the answer, and in the middle of the body

for my $sent ('', 'half a body') {
    $client = $nginx->connect;
    $client->send("POST /gone HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n"
                  . "Authorization: Bearer $of{alice}\r\n\r\n$sent");
    $client->close;
}

$client = $nginx->connect;
$client->send("GET /gone HTTP/1.1\r\nAuthorization: Bearer $of{alice}\r\n"
              . 'Host:');
$client->close;

my @gone;

wait_for {
    @gone = $nginx->read_file('seen.log') =~ m{^/gone (.*)$}mg;
    return @gone == 3;
};

is(join(' ', sort @gone), '400 [] 400 [alice] 400 [alice]',
   'aborted requests are logged');

is(user_of($nginx->get('/', bearer($of{bob}))), '200 <bob>',
   'next client is served');

done_testing;
