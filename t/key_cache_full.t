# auth_jwt_key_cache: when its memory is full, the keys that nobody has asked
# for the longest time make room.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

# with 4 MB the cache has room for four of them

my $keys = jwks('rsa') =~ s/\}\z/',"x":"' . 'x' x 900_000 . '"}'/er;

my $nginx = Nginx->start(
    server => q{
        auth_jwt "api";
        auth_jwt_key_request /keys/$arg_tenant;
        auth_jwt_key_cache 1h;
        add_header X-Status $jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
        location /keys/ { internal; proxy_pass http://%UPSTREAM%; }
    },
    upstream => sub {
        my $body = $_[0] =~ m{\A\S+ /keys/} ? $keys : 'good';

        return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n$body";
    });


sub verdict {
    my ($tenant, $token) = @_;

    my $answer = $nginx->get("/?tenant=$tenant", bearer($token));

    return $answer->status . ' ' . $answer->header('X-Status');
}


sub asked {
    my ($tenant) = @_;

    return scalar grep { m{\A\S+ /keys/$tenant } } $nginx->upstream_requests;
}


my $good = token('RS256');

is(verdict($_, $good), '200 ok', "keys of tenant $_") for 1 .. 4;
is(verdict(1, $good), '200 ok', 'first tenant again');
is(asked(1), 1, 'first tenant has its keys in memory');
is(verdict($_, $good), '200 ok', "keys of tenant $_") for 5, 6;
is(verdict(1, $good), '200 ok', 'first tenant once more');
is(asked(1), 1, 'what is asked for stays');
is(verdict(2, $good), '200 ok', 'second tenant again');
is(asked(2), 2, 'what nobody asks for makes room');
is(verdict($_, forged($good)), '401 bad_signature', "forged for tenant $_")
    for 1 .. 6;

done_testing;
