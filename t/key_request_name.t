# auth_jwt_key_request with variables: what a client has a hand in leads to no
# other location and breaks no line of the log; its headers stay here.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files => { 'set/corp.json' => jwks('rsa'), 'outside.json' => jwks('rsa'),
               'secret/corp.json' => jwks('rsa') },
    http => q{
        large_client_header_buffers 4 32k;
        map $http_authorization $has { "" none; default some; }
        log_format uri '$request_uri [$http_x_tenant]';
    },
    server => q{
        auth_jwt "api";
        root %DIR%;
        access_log %DIR%/uri.log uri;
        add_header X-Status $jwt_status always;

        location /set/ { internal; }
        location = /outside.json { internal; }
        location /secret/ { internal; }

        location /header {
            auth_jwt_key_request /set/$http_x_tenant.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /header_cached {
            auth_jwt_key_request /set/$http_x_tenant.json;
            auth_jwt_key_cache 1h;
            proxy_pass http://%UPSTREAM%;
        }

        location /claim {
            auth_jwt_key_request /set/$jwt_claim_tenant.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /bare {
            auth_jwt_key_request /set/$http_x_tenant;
            proxy_pass http://%UPSTREAM%;
        }

        location /whole {
            auth_jwt_key_request $http_x_tenant;
            proxy_pass http://%UPSTREAM%;
        }

        location /proxied {
            auth_jwt_key_request /keys?tenant=$http_x_tenant;
            proxy_pass http://%UPSTREAM%;
        }

        proxy_set_header X-Has $has;

        location /keys { internal; proxy_pass http://%UPSTREAM%; }
    },
    upstream => sub {
        my ($request) = @_;

        my $body = $request =~ m{\A\S+ /keys} ? jwks('rsa') : $request;

        return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
               . length($body) . "\r\n\r\n$body";
    });

my $good = token('RS256');


sub verdict {
    my ($path, $tenant, $token, @headers) = @_;

    my $answer = $nginx->get($path, bearer($token // $good),
                             defined $tenant ? ('X-Tenant' => $tenant) : (),
                             @headers);

    return join ' ', $answer->status, $answer->header('X-Status') // '-';
}


sub of_tenant { token('RS256', { tenant => $_[0] }) }


my $refused = '401 key_name_refused';

is(verdict('/header', 'corp'), '200 ok', 'tenant of header');
is(verdict('/claim', undef, of_tenant('corp')), '200 ok', 'tenant of claim');
is(verdict('/whole', '/set/corp.json'), '200 ok', 'whole URI of header');

for (['..', '../outside', 'parent'], ['encoded ..', '%2e%2e/outside'],
     ['encoded slash', '..%2foutside'], ['all encoded', '%2E%2E%2Foutside'],
     ['.. further on', 'x/../../outside'], ['.. of another', '../secret/corp'],
     ['NUL', 'corp.json%00'], ['line feed', 'corp%0a2026 [alert] hello'],
     ['carriage return', 'corp%0d'], ['escape', 'corp%1b[31m'],
     ['DEL', 'corp%7f'])
{
    my ($what, $tenant) = @$_;

    is(verdict('/header', $tenant), $refused, "$what in header");
    is(verdict('/header_cached', $tenant), $refused, "$what, with cache");
    is(verdict('/claim', undef, of_tenant($tenant)), $refused,
       "$what in claim");
}

is(verdict('/bare', '..'), $refused, '.. at the end');
is(verdict('/bare', '%2e%2e'), $refused, 'encoded .. at the end');
is(verdict('/claim', undef, of_tenant("corp\n")), '500 keys_unavailable',
   'control character makes claim empty');
is(verdict('/header', 'cor%70'), '200 ok', 'encoded letter');
is(verdict('/header', '...'), '500 keys_unavailable', 'three dots are a name');
is(verdict('/header', '%zz'), '500 keys_unavailable', 'broken percent');

# a URI that is all the client's

is(verdict('/whole', undef), $refused, 'empty URI');
is(verdict('/whole', '%2fset/corp.json'), $refused, 'encoded first slash');

for my $uri ('set/corp.json', 'http://127.0.0.1/set/corp.json', '@named', '?x',
             '-', '../set/corp.json')
{
    is(verdict('/whole', $uri), $refused, "$uri is no URI");
}

is(verdict('/whole', '//set//corp.json'), '200 ok', 'slashes are a path');
is(verdict('/whole', '/set/corp.json?a=b&c=../d'), '200 ok',
   'arguments are no path');
is(verdict('/whole', '/nothing'), '500 keys_unavailable', 'URI of nothing');
is(verdict('/whole', '/' . 'x' x 20_000), '401 key_name_refused', 'long URI');

is($nginx->log_lines(qr/unsafe URI/), 0, 'client cannot log an error');
is($nginx->log_lines(qr/^2026 \[alert\] hello/), 0, 'client adds no line');
cmp_ok(scalar $nginx->log_lines(qr/\[info\].*jwt rejected: .*name/), '>', 30,
       'refusals are logged at info');

# arguments

is(verdict('/proxied', 'corp&x=%41'), '200 ok', 'arguments pass');

my $keys = ($nginx->upstream_requests)[-2];

like($keys, qr{\AGET /keys\?tenant=corp&x=%41 HTTP}, 'arguments stay as sent');

# what the client says about itself, its body and the form it wants

my @private = (
    Cookie => 'session=1', 'X-Visible' => 'yes', Range => 'bytes=0-3',
    'If-Range' => '"x"', 'If-None-Match' => '*', 'If-Match' => '"x"',
    'If-Modified-Since' => 'Thu, 01 Jan 2026 00:00:00 GMT',
    'If-Unmodified-Since' => 'Thu, 01 Jan 1970 00:00:00 GMT',
    'Accept-Encoding' => 'gzip', TE => 'trailers', 'Content-Type' => 'a/b',
    'Content-Encoding' => 'gzip', 'Content-Length' => 4,
    Expect => '100-continue',
);

my $client = $nginx->connect;
my $count = () = $nginx->upstream_requests;

$client->send("POST /proxied HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
              . "Authorization: Bearer $good\r\n"
              . join('', map { "$private[2 * $_]: $private[2 * $_ + 1]\r\n" }
                         0 .. @private / 2 - 1) . "\r\nbody");

is($client->response->status, 200, 'all those headers pass');

my ($asked, $passed) = ($nginx->upstream_requests)[$count, $count + 1];

like($asked, qr{\AGET /keys}, 'key request comes first');
like($asked, qr/^X-Visible: yes\r$/m, 'other headers reach key request');
unlike($asked, qr/^(?:Authorization|Proxy-Authorization):/mi,
       'token does not reach key request');

like($asked, qr/^X-Has: none\r$/m, 'map for key request has no token');
like($passed, qr/^X-Has: some\r$/m, 'map for request is another one');

for (0 .. @private / 2 - 1) {
    my $name = $private[2 * $_];

    next if $name eq 'X-Visible';

    unlike($asked, qr/^\Q$name\E:/mi, "$name does not reach key request");
    like($passed, qr/^\Q$name\E:/mi, "$name reaches upstream")
        if $name !~ /^(?:TE|Expect)$/;
}

for my $headers ([Range => 'bytes=0-3'], ['If-None-Match' => '*'],
                 ['If-Modified-Since' => 'Thu, 01 Jan 2037 00:00:00 GMT'])
{
    is(verdict('/header', 'corp', $good, @$headers), '200 ok',
       "$headers->[0] does not change static keys");
}

done_testing;
