# auth_jwt_key_cache: keys are those of their server, wherever its block stands
# after a reload.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my %keys = (first => jwks('rsa'), second => jwks('ec256'));


sub respond {
    my ($name) = $_[0] =~ m{\A\S+ /keys/(\w+)};

    return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
           . ($name ? $keys{$name} : 'good');
}


# Each on a line of its own, as one that was generated.

sub server {
    my ($port, $name) = @_;

    return qq{
    server {
        listen 127.0.0.1:$port; server_name $name.example;
        auth_jwt_key_request /jwks;
        auth_jwt_key_cache 1h;
        location / { auth_jwt "api"; proxy_pass http://%UPSTREAM%; }
        location = /jwks {
            internal;
            proxy_pass http://%UPSTREAM%/keys/$name;
        }
    }};
}


my ($first, $second) = (server('%PORT%', 'first'),
                        server('%PORT%', 'second'));

my $nginx = Nginx->start(http => $first . $second, upstream => \&respond);

my %token = (first => token('RS256', {}), second => token('ES256', {}));


sub status {
    my ($server, $token) = @_;

    return $nginx->get('/', Host => "$server.example",
                       bearer($token{$token}))->status;
}


is(status('first', 'first'), 200, 'first server, its token');
is(status('first', 'second'), 401, 'first server, token of second');
is(status('second', 'second'), 200, 'second server, its token');
is(status('second', 'first'), 401, 'second server, token of first');

# the blocks in the other order

ok($nginx->reload(http => $second . $first), 'blocks change places');

my $before = $nginx->upstream_requests;

is(status('first', 'second'), 401, 'token of second in place of first');
is(status('second', 'first'), 401, 'token of first in place of second');
is($nginx->upstream_requests, $before, 'keys are still those of before');
is(status('second', 'second'), 200, 'second server in place of first');
is(status('first', 'first'), 200, 'first server in place of second');

# without the first one

ok($nginx->reload(http => $second), 'first server goes');
is(status('second', 'first'), 401, 'token of server that has gone');
is(status('second', 'second'), 200, 'token of server that has stayed');

# the same names and another address

$before = $nginx->upstream_requests;

ok($nginx->reload(http => $second . server('%PORT2%', 'first')),
   'first server comes back at another address');

my $client = $nginx->connect(2);

is($client->get('/', Host => 'first.example', bearer($token{first}))->status,
   200, 'first server at its new address');
is($nginx->upstream_requests, $before + 2, 'keys are asked for anew');
$client->close;

done_testing;
