# auth_jwt_key_request: a worker keeps the keys of 128 answers; with one more,
# those that nobody has asked for the longest time are read again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;
use Verified;

use constant KEPT => 128;

my $nginx = Nginx->start(
    main   => VERIFIED,
    server => q{
        keepalive_requests 10000;

        auth_jwt "api";
        auth_jwt_key_request /keys/$arg_tenant;
        add_header X-Status $jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
        location /keys/ { internal; proxy_pass http://%UPSTREAM%; }
    },
    upstream => sub {
        my $body = $_[0] =~ m{\A\S+ /keys/(\d+) } ? jwks(secret($1)) : 'good';

        return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n$body";
    });

my $client = $nginx->connect;


sub secret { "the secret of tenant number $_[0], long enough" }


my %token;

sub token_of {
    my ($tenant) = @_;

    return $token{$tenant} //= token('HS256', { sub => $tenant },
                                     key => secret($tenant));
}


# Asks for all of them, each with its own token; those whose answer was wrong.

sub wrong {
    return grep {
        $client->get("/?tenant=$_", bearer(token_of($_)))->verdict ne '200 ok'
    } @_;
}


# Those whose token is verified, because their keys have been read since it was
# verified before.

sub read_again {
    my (@tenants) = @_;

    verified($nginx);

    return join ' ', grep {
        my $tenant = $_;

        wrong($tenant) and die "tenant $tenant is refused";
        verified($nginx);
    } @tenants;
}


is_deeply([wrong(1 .. KEPT)], [], 'as many answers as are kept');
is(verified($nginx), KEPT, 'each token is verified');
is(read_again(1 .. KEPT), '', 'all are kept');

# the first one is asked for, so that the second one makes room

is(read_again(1), '', 'first tenant is kept');
is_deeply([wrong(KEPT + 1)], [], 'one tenant more');
is(read_again(1, 3 .. KEPT + 1), '', 'all others are kept');
is(read_again(2), 2, 'second tenant has made room');
is(read_again(1), 1, 'first tenant has made room for it');
is(read_again(4 .. KEPT + 1, 2, 1), '', 'all others are kept then');

# many more

is_deeply([wrong(1 .. 300)], [], 'keys of 300 tenants');
is(read_again(reverse 300 - KEPT + 1 .. 300), '', 'the last ones are kept');

my $before = $nginx->upstream_requests;

is_deeply([map { $client->get("/?tenant=$_", bearer(token_of(1)))->verdict }
           2, 300, 300 - KEPT, 301],
          [('401 bad_signature') x 4], 'token of another tenant is refused');
is($nginx->upstream_requests, $before + 4, 'refused requests ask for keys');

done_testing;
