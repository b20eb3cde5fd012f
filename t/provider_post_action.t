# A client goes away while its request waits for keys, and "post_action" sends
# the request on: it waits no more where it did.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Held;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start(keys => [['rsa', kid => '1']]);
my $held = Held->start;
my ($issuer, $slow, $keys) = ($idp->issuer, $idp->http('/slow'),
                              $held->address);

my $nginx = Nginx->start(
    http => qq{
        log_format seen '\$uri \$status \$jwt_status';

        auth_jwt_provider corp {
            issuer $issuer;
            audience api;
            wait_timeout 60s;
            read_timeout 60s;
            cooldown 0;
        }
    },
    server => qq{
        access_log %DIR%/seen.log seen;

        auth_jwt "api" provider=corp;

        location / { proxy_pass http://%UPSTREAM%; }
        location /judged { post_action /post; proxy_pass http://%UPSTREAM%; }
        location /open { post_action /slow; proxy_pass http://%UPSTREAM%; }

        location /shared/ {
            auth_jwt "api";
            auth_jwt_key_request /keys/judged;
            auth_jwt_key_cache 1h;
            proxy_pass http://%UPSTREAM%;

            location /shared/judged {
                post_action /shared/post;
                proxy_pass http://%UPSTREAM%;
            }
        }

        location /shared/open/ {
            auth_jwt "api";
            auth_jwt_key_request /keys/open;
            auth_jwt_key_cache 1h;
            proxy_pass http://%UPSTREAM%;

            location /shared/open/action {
                post_action /slow;
                proxy_pass http://%UPSTREAM%;
            }
        }

        location /keys/ { internal; proxy_pass http://$keys; }
        location /slow { auth_jwt off; proxy_pass $slow; }
        location /pid { auth_jwt off; return 200 \$pid; }
        location /status { auth_jwt off; stub_status; }
    });

my $pid = $nginx->get('/pid')->body;
my $number = 1;


# Two requests that wait for a new key of the provider, one behind the other.

sub wait_for_provider {
    my ($path) = @_;

    my $kid = 'key' . ++$number;
    my @bearer = bearer_from($issuer, kid => $kid);

    $idp->hold('/jwks');

    my @clients = map { $nginx->begin($_, @bearer) } $path, '/';

    ok((wait_for { $idp->held('/jwks') == 1 }), "keys are held: $path");
    ok($nginx->under_way(2), "requests wait: $path");

    return @clients, sub {
        $idp->keys(['rsa', kid => $kid]);
        $idp->release('/jwks');
    };
}


# The same, for keys that the second one fetches.

sub wait_for_request {
    my ($path) = @_;

    my @bearer = bearer(token('RS256'));
    my $other = $nginx->begin($path =~ s{[^/]+\z}{}r, @bearer);
    my $fetch = $held->take;
    my $client = $nginx->begin($path, @bearer);

    ok($nginx->under_way(2), "requests wait: $path");

    return $client, $other, sub { $fetch->answer(jwks('rsa')) };
}


sub leaves {
    my ($client, $path) = @_;

    $client->close;

    ok($nginx->log_comes(qr{client prematurely closed .*GET \Q$path\E HTTP}),
       "client leaves: $path");
}


sub goes_on {
    my ($other, $path) = @_;

    is($other->response->status, 200, "another has its keys: $path");
    is($nginx->get('/pid')->body, $pid, "worker lives: $path");
}


sub is_logged {
    my ($line, $times) = @_;

    return wait_for {
        $times == (() = $nginx->read_file('seen.log') =~ /^\Q$line\E$/mg);
    };
}


sub sent_to { scalar grep { m{\A\S+ \Q$_[0]\E } } $nginx->upstream_requests }


# what it waits for anew

for (['/judged', '/post', \&wait_for_provider],
     ['/shared/judged', '/shared/post', \&wait_for_request])
{
    my ($path, $post, $wait) = @$_;
    my ($client, $other, $release) = $wait->($path);

    leaves($client, $path);
    $release->();
    goes_on($other, $path);
    ok(is_logged("$post 200 ok", 1), "post_action ends: $path");
    is(sent_to($post), 1, "post_action is let in once: $path");
}

# what is open to all

$idp->set('/slow', body => 'done');

my $times = 0;

for (['/open', \&wait_for_provider],
     ['/shared/open/action', \&wait_for_request])
{
    my ($path, $wait) = @$_;
    my ($client, $other, $release) = $wait->($path);

    $idp->forget;
    $idp->hold('/slow');
    leaves($client, $path);
    ok((wait_for { $idp->held('/slow') == 1 }), "post_action begins: $path");

    $release->();
    goes_on($other, $path);
    $idp->release('/slow');

    ok(is_logged('/slow 200 ', ++$times), "post_action ends: $path");
    is($idp->count('/slow'), 1, "post_action asks once: $path");
}

done_testing;
