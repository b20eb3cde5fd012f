# A client goes away while nginx reads a key set for its request, out of a file
# and by a thread: nobody else's request fails by that.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files => { 'keys.json' => jwks('rsa') . ' ' x 900_000 },
    http => q{
        aio threads;
        sendfile off;
        output_buffers 2 32k;
    },
    server => q{
        add_header X-Status $jwt_status always;
        proxy_set_header X-User "<$jwt_claim_sub>";

        location = /keys.json { internal; root %DIR%; }

        location / {
            auth_jwt "api";
            auth_jwt_key_request /keys.json?$arg_n;
            auth_jwt_key_cache 10m;
            proxy_pass http://%UPSTREAM%;
        }
    });

my @bearer = bearer(token('RS256'));
my @answers;

for my $n (1 .. 20) {
    $nginx->begin("/?n=$n", @bearer)->close;
    push @answers, $nginx->get("/?n=$n", @bearer)->result;
}

is(join(', ', @answers), join(', ', ('200 ok alice') x 20),
   'a client that leaves harms no other request');
is($nginx->log_lines(qr/key request .* failed/), 0,
   'a client that leaves is no failure of the keys');

done_testing;
