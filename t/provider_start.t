# Keys are fetched when nginx starts; requests that come earlier wait for them.

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
my @names = qw(first preaccess never);
my %uri = map { $_ => $idp->http("/$_") } @names;


sub provider {
    my ($name) = @_;

    my $wait = $name eq 'never' ? '100ms' : '60s';

    return qq{
        auth_jwt_provider $name {
            issuer $uri{$name};
            audience api;
            jwks_uri $uri{$name};
            read_timeout 25s;
            wait_timeout $wait;
        }
    };
}


for my $name (@names) {
    $idp->set("/$name", body => jwks('rsa'));
    $idp->hold("/$name");
}

my $nginx = Nginx->start(
    workers => 2,
    files   => { 'keys.json' => jwks('ec256') },
    http    => join('', map { provider($_) } @names) . q{

        server {
            listen 127.0.0.1:%PORT2% http2;

            auth_jwt "api" provider=first;

            location / { proxy_pass http://%UPSTREAM%; }
        }
    },
    server => q{
        listen 127.0.0.1:%PORT3% reuseport;

        add_header X-Status $jwt_status always;
        add_header X-Pid $pid always;
        proxy_set_header X-User "<$jwt_claim_sub>";

        auth_jwt "api" provider=first provider=never;

        location / { proxy_pass http://%UPSTREAM%; }

        location /preaccess {
            auth_jwt_phase preaccess;
            auth_jwt "api" provider=preaccess;
            proxy_pass http://%UPSTREAM%;
        }

        location /file {
            auth_jwt "api";
            auth_jwt_key_file keys.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /open { auth_jwt off; proxy_pass http://%UPSTREAM%; }
        location /status { auth_jwt off; stub_status; access_log off; }
    });


sub bearer_of {
    my ($name, $sub) = @_;

    return bearer_from($uri{$name}, sub => $sub // $name);
}


# before any request

for my $name (@names) {
    ok((wait_for { $idp->held("/$name") == 1 }), "$name is fetched at start");
}

# on connections of both workers, by both protocols

my @clients = map {
    $nginx->connect(3)->begin('GET', '/', [bearer_of('first', "user$_")])
} 1 .. 20;
my $h2 = Http2->new($nginx->connect(2));
my (undef, $bearer) = bearer_of('first');
my @streams = $h2->send_all((['/', authorization => $bearer]) x 5);
my $early = $nginx->begin('/preaccess', bearer_of('preaccess'));

ok($nginx->under_way(26), 'early requests wait');
is($nginx->get('/open')->status, 200, 'open location does not wait');
is($nginx->get('/file', bearer(token('ES256')))->status, 200,
   'location with key file does not wait');
is($nginx->get('/')->status, 401, 'no token does not wait');
is($nginx->upstream_requests, 2, 'waiting requests stay here');

$idp->release('/first');

my @answers = map { $_->response } @clients;
my %pids = map { $_->header('X-Pid') => 1 } @answers;

is(join(', ', map { $_->result } @answers),
   join(', ', map { "200 ok user$_" } 1 .. 20), 'waiting requests pass');
is(join(' ', map { ($h2->answer($_))[0] } @streams), '200 200 200 200 200',
   'waiting streams pass');
is(keys %pids, 2, 'requests of both workers');
is($idp->count('/first'), 1, 'one fetch for all');
is($clients[0]->get('/', bearer_of('first', 'again'))->result,
   '200 ok again', 'keepalive after waiting');

$idp->release('/preaccess');
is($early->response->result, '200 ok preaccess', 'waiting in preaccess');
ok($nginx->under_way(0), 'no request is left');

# no end of it

my $client = $nginx->connect;

for my $try (1, 2) {
    my $answer = $client->get('/', bearer_of('never'));

    is($answer->result, '503 keys_unavailable', "wait has an end $try");
    like($answer->header('Retry-After'), qr/\A[1-9]\d*\z/, "retry is $try");
    is($answer->header('WWW-Authenticate'), undef, "no challenge $try");
}

is($idp->count('/never'), 1, 'one fetch under way');

$idp->release('/never');
ok((wait_for { $nginx->get('/', bearer_of('never'))->status == 200 }),
   'late keys are used');

done_testing;
