# HTTP/3: tokens, and key requests whose streams wait, fail or go away.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Held;
use Http3;
use Nginx;
use Tls;
use Token;

plan skip_all => Http3::missing() if Http3::missing();

my $certificate = certificate('good');
my $held = Held->start;
my $address = $held->address;

my $nginx = Nginx->start(
    files  => { 'keys.json' => jwks('rsa') },
    http   => qq{
        proxy_cache_path %DIR%/cache keys_zone=keys:1m;

        server {
            listen 127.0.0.1:%PORT2% quic;
            ssl_certificate $certificate;
            ssl_certificate_key $certificate;

            auth_jwt "api";
            proxy_set_header X-User "<\$jwt_claim_sub>";

            location / {
                auth_jwt_key_file keys.json;
                proxy_pass http://%UPSTREAM%;
            }

            location /cookie {
                auth_jwt "api" token=\$cookie_token;
                auth_jwt_key_file keys.json;
                proxy_pass http://%UPSTREAM%;
            }

            location /header {
                auth_jwt "api" token=\$http_token;
                auth_jwt_key_file keys.json;
                proxy_pass http://%UPSTREAM%;
            }

            location /request {
                auth_jwt_key_request /keys?\$uri;
                proxy_pass http://%UPSTREAM%;
            }

            location /kept {
                auth_jwt_key_request /kept_keys?\$uri;
                proxy_pass http://%UPSTREAM%;
            }

            location = /keys { internal; proxy_pass http://$address; }

            location = /kept_keys {
                internal;
                proxy_cache keys;
                proxy_pass http://$address;
            }
        }
    },
    server => 'location /status { stub_status; }');

my $port = $nginx->port(2);
my $set = jwks('rsa');
my $good = token('RS256');


# what comes to a request: its status, and who the upstream sees

sub verdict {
    my ($answer) = @_;

    return join ' ', $answer->[0], $answer->[1] =~ /^X-User: <(.*)>\r$/m;
}


sub get { verdict(Http3::get($port, @_)) }


# a request whose key request the test answers

sub waiting {
    my ($path, $text) = @_;

    my $pid = open(my $output, '-|') // die "fork: $!";

    if (!$pid) {
        syswrite STDOUT, get($path, bearer($good));
        POSIX::_exit(0);
    }

    $held->take->answer($text);

    return <$output>;
}


is(get('/', bearer($good)), '200 alice', 'good token passes');
is(get('/cookie', Cookie => "a=b; token=$good"), '200 alice', 'cookie passes');
is(get('/header', Token => $good), '200 alice', 'header passes');

my $sent = $nginx->upstream_requests;
my $answer = Http3::get($port, '/');

is($answer->[0], 401, 'no token is refused');
is($answer->[2], 'Bearer realm="api"', 'challenge has a realm');
is(get('/', bearer(forged($good))), '401', 'forged token is refused');
is(get('/', bearer(expired('RS256'))), '401', 'expired token is refused');
is(get('/', bearer($good), bearer($good)), '400', 'two tokens are refused');
is(get('/header', Token => $good, Token => $good), '401',
   'two headers are refused');
is($nginx->upstream_requests, $sent, 'refused requests stay here');

my @paths = map { ("/$_", "/cookie$_") } 1 .. 10;

my @answers = Http3::get_all($port, \@paths, bearer($good));

is(join(', ', map { verdict($_) } @answers),
   join(', ', ('200 alice, 401') x 10), 'each stream is judged');


# key requests

is(waiting('/request', $set), '200 alice', 'key request passes');
is(waiting('/request', jwks('rsa2')), '401', 'other key is refused');
is(waiting('/request', ' ' x 1_100_000 . $set), '500',
   'too large answer is 500');
is(waiting('/request', $set), '200 alice', 'next key request passes');


# a client that leaves when one of its two requests is refused

sub leaves {
    my ($path) = @_;

    my $pid = Http3::begin($port, [$path, '/request/refused'], bearer($good));
    my %waiting = map { my $request = $held->take;
                        ($request->head =~ /\?(\S+)/)[0] => $request } 1 .. 2;

    $waiting{'/request/refused'}->answer('no keys');
    waitpid $pid, 0;

    return $waiting{$path};
}


ok(leaves('/request')->gone, 'key request ends with its client');
ok($nginx->under_way(0), 'stream of a client that left ends');

# while proxy_cache goes on, with an answer that is too large

leaves('/kept')->answer(' ' x 1_100_000 . $set);
ok($nginx->under_way(0), 'stream ends after a too large answer');
is(get('/', bearer($good)), '200 alice', 'worker goes on');

done_testing;
