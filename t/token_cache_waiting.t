# Two requests with one token wait for keys: the one that is judged second finds
# it known, and has its claims all the same.

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

my $nginx = Nginx->start(server => qq{
    auth_jwt "api";
    proxy_set_header X-User "<\$jwt_claim_sub>";

    location / {
        auth_jwt_key_request /keys;
        auth_jwt_require_claim banned !eq yes;
        proxy_pass http://%UPSTREAM%;
    }

    location = /keys {
        internal;
        proxy_set_header X-User "";
        proxy_pass http://$address/keys;
    }
});

my $set = jwks('rsa');


# Sends a request and returns its connection and the request for keys.

sub begin {
    my $client = $nginx->connect;
    my $header = join ': ', bearer($_[0]);

    $client->send("GET / HTTP/1.1\r\nHost: a\r\n$header\r\n\r\n");

    return $client, $held->take // die 'no key request';
}


sub result {
    my $answer = $_[0]->response;
    my ($user) = $answer->body =~ /^X-User: <(.*)>\r$/m;

    return join ' ', $answer->status, $user // ();
}


sub results {
    my ($token) = @_;

    my @requests = map { [begin($token)] } 1 .. 3;

    return map { $_->[1]->answer($set); result($_->[0]) } @requests;
}


is_deeply([results(token('RS256', { sub => 'alice' }))], [('200 alice') x 3],
          'all have their claims');
is_deeply([results(token('RS256', { sub => 'eve', banned => 'yes' }))],
          [(401) x 3], 'all are refused by a claim');
is($nginx->upstream_requests, 3, 'refused requests stay here');

done_testing;
