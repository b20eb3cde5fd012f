# A configuration without http, as one that is all stream or mail has it: the
# module is loaded, and is not in the way.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my %http = (
    no_http => 0,
    files   => { 'keys.json' => jwks('rsa') },
    server  => q{
        auth_jwt "api";
        auth_jwt_key_file keys.json;

        location / { proxy_pass http://%UPSTREAM%; }
    });

is(Nginx->complaints(no_http => 1), '0', 'nginx -t is good');
like(Nginx->complaints(no_http => 1, main => 'auth_jwt "api";'),
     qr/^1\n\[emerg\] "auth_jwt" directive is not allowed here in FILE$/,
     'directive outside of http is refused');

my $nginx = Nginx->start(no_http => 1);

ok((wait_for { $nginx->new_workers(0) }), 'worker starts');

# from nothing to http and back

ok($nginx->reload(%http), 'reload with http');
is($nginx->get('/', bearer(token('RS256')))->status, 200, 'good token passes');
is($nginx->get('/')->status, 401, 'no token is refused');
is($nginx->upstream_requests, 1, 'refused request stays here');

ok($nginx->reload(no_http => 1), 'reload without http');
ok($nginx->reload, 'reload without http again');
is_deeply([$nginx->stop], [], 'nginx stops');

done_testing;
