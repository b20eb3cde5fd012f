# auth_jwt_key_request: keys that a subrequest brings.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files => {
        'keys.json'      => jwks('rsa', SECRET),
        'ec.json'        => jwks('ec256'),
        'set/corp.json'  => jwks('rsa2'),
        'large.json'     => ' ' x 3_000_000 . jwks('rsa'),
        'kept.json'      => jwks(['ec384', kid => 'kept']),
        'odd.json'       => json({ keys => [{ kty => 'odd' }, jwk('rsa')] }),
    },
    http => q{
        client_max_body_size 8m;
        client_body_buffer_size 16k;
    },
    server => q{
        auth_jwt "api";
        root %DIR%;

        add_header X-Status $jwt_status always;
        proxy_set_header X-User "<$jwt_claim_sub>";
        proxy_http_version 1.1;

        # all of these are below a server with auth_jwt: nobody checks them

        location = /keys.json { internal; }
        location = /ec.json { internal; }
        location = /odd.json { internal; }
        location = /large.json { internal; }
        location /set/ { internal; }

        location = /proxied {
            internal;
            proxy_pass http://%UPSTREAM%/ec;
        }

        auth_jwt_key_request /keys.json;

        location / { proxy_pass http://%UPSTREAM%; }

        location /two {
            auth_jwt_key_request /keys.json;
            auth_jwt_key_request /proxied;
            proxy_pass http://%UPSTREAM%;
        }

        location /mixed {
            auth_jwt_key_request /keys.json;
            auth_jwt_key_file kept.json;
            auth_jwt_key_request /proxied;
            auth_jwt_key "another secret that is long enough";
            proxy_pass http://%UPSTREAM%;
        }

        location /missing {
            auth_jwt_key_file kept.json;
            auth_jwt_key_request /set/none;
            proxy_pass http://%UPSTREAM%;
        }

        location /other {
            auth_jwt_key_request /ec.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /large {
            auth_jwt_key_request /large.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /claim {
            auth_jwt_key_request /set/$jwt_claim_tenant.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /header {
            auth_jwt_key_request /set/$http_x_tenant.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /arg {
            auth_jwt_key_request /set/$arg_tenant.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /odd {
            auth_jwt_key_request /odd.json;
            proxy_pass http://%UPSTREAM%;
        }

        set $returned '} . jwks('ec521') . q{';

        location /return {
            auth_jwt_key_request /returned;
            proxy_pass http://%UPSTREAM%;
        }

        location = /returned {
            internal;
            return 200 $returned;
        }
    },
    upstream => sub {
        my ($request) = @_;

        my $body = $request =~ m{\A\S+ /ec\b} ? jwks('ec256') : $request;

        return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
               . length($body) . "\r\n\r\n"
               . ($request =~ /\AHEAD/ ? '' : $body);
    });

my %of = map { $_ => token($_, { sub => $_ }) }
         qw(RS256 HS256 ES256 ES384 ES512);
my $second = token('RS256', { sub => 'corp', tenant => 'corp' },
                   key => 'rsa2');


sub verdict {
    my ($path, $token, @headers) = @_;

    my $answer = $nginx->get($path, bearer($token), @headers);
    my ($user) = $answer->body =~ /^X-User: <(.*)>\r$/m;

    return join ' ', $answer->status, $answer->header('X-Status') // '-',
                     $user // ();
}


is(verdict('/', $of{RS256}), '200 ok RS256', 'static set passes');
is(verdict('/', $of{HS256}), '200 ok HS256', 'second key of set passes');
is(verdict('/', $of{ES256}), '401 unknown_key', 'other key is refused');
is(verdict('/', forged($of{RS256})), '401 bad_signature',
   'forged token is refused');
is($nginx->get('/')->status, 401, 'no token is refused');
is($nginx->get('/keys.json', bearer($of{RS256}))->status, 404,
   'internal location stays internal');

is(verdict('/two', $of{RS256}), '200 ok RS256', 'first request of two');
is(verdict('/two', $of{ES256}), '200 ok ES256', 'second request of two');
is(verdict('/two', $of{ES384}), '401 unknown_key', 'neither of two');

is(verdict('/mixed', $of{$_}), "200 ok $_", "$_ of mixed sources")
    for qw(RS256 HS256 ES256);
is(verdict('/mixed', token('ES384', undef, kid => 'kept')), '200 ok alice',
   'file among requests');
is(verdict('/mixed', token('HS256', undef,
                           key => 'another secret that is long enough')),
   '200 ok alice', 'value among requests');
is(verdict('/missing', token('ES384', undef, kid => 'kept')),
   '500 keys_unavailable', 'one missing source is enough');

is(verdict('/other', $of{ES256}), '200 ok ES256', 'lower level has its keys');
is(verdict('/other', $of{RS256}), '401 unknown_key',
   'lower level replaces keys');
is(verdict('/return', $of{ES512}), '200 ok ES512', 'text of return passes');

is(verdict('/large', $of{RS256}), '500 keys_unavailable', 'large static file');

# variables

is(verdict('/claim', $second), '200 ok corp', 'claim is in URI');
is(verdict('/claim', $of{RS256}), '500 keys_unavailable',
   'unknown tenant is 500');
is(verdict('/header', $second, 'X-Tenant' => 'corp'), '200 ok corp',
   'header is in URI');
is(verdict('/arg?tenant=corp', $second), '200 ok corp', 'argument is in URI');
is(verdict('/arg?tenant=%63orp', $second), '200 ok corp', 'URI is decoded');

# methods and bodies

my $body = join '', map { "$_ " } 1 .. 800_000;
my $before = $nginx->upstream_requests;
my $answer = $nginx->request('POST', '/', [bearer($of{RS256})], $body);

cmp_ok(length $body, '>', 5_000_000, 'body is over 5 MB');
is($answer->status, 200, 'large body passes');
ok($answer->body =~ /\r\n\r\n\Q$body\E\z/, 'large body arrives whole');

$answer = $nginx->request('POST', '/two', [bearer($of{ES256})], $body);

is($answer->status, 200, 'large body passes two requests');
ok($answer->body =~ /\r\n\r\n\Q$body\E\z/, 'large body is not eaten');

my ($keys) = grep { m{\AGET /ec } } $nginx->upstream_requests;

unlike($keys, qr/^Content-Length:/mi, 'key request has no length');
like($keys, qr/\r\n\r\n\z/, 'key request has no body');

my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length, $_ }
             unpack('(a70000)*', $body);
my ($chunked) = $nginx->raw(
    "POST /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    . "Authorization: Bearer $of{ES256}\r\nTransfer-Encoding: chunked\r\n\r\n"
    . "${chunks}0\r\n\r\n");

is($chunked->status, 200, 'chunked body passes');
ok(index($chunked->body, substr $body, -100_000) > 0,
   'chunked body arrives');

is($nginx->request('POST', '/two', [bearer(forged($of{ES256}))],
                   $body)->status, 401, 'refused body is 401');
is($nginx->request('HEAD', '/two', [bearer($of{ES256})])->status, 200,
   'HEAD passes');
is((grep { m{\A\S+ /ec } && !/\AGET/ } $nginx->upstream_requests)[0], undef,
   'key request is always GET');

# an answer that was seen before is not read again

is(verdict('/odd', $of{RS256}), '200 ok RS256', "odd key $_") for 1 .. 5;
is($nginx->log_lines(qr/key 0 of key request "\/[\w.\/]+" is not used/), 1,
   'same answer is read once');

$nginx->write_file('odd.json', json({ keys => [{ kty => 'odd' },
                                               jwk('ec256')] }));

is(verdict('/odd', $of{ES256}), '200 ok ES256', 'other answer is read');
is(verdict('/odd', $of{RS256}), '401 unknown_key', 'old answer is forgotten');
is($nginx->log_lines(qr/key 0 of key request "\/[\w.\/]+" is not used/), 2,
   'other answer is read once');

done_testing;
