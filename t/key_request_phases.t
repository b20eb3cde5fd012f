# auth_jwt_key_request in other phases, beside other access modules, and before
# and after internal redirects.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Held;
use MIME::Base64 qw(encode_base64);
use Nginx;
use Token;

my $asked = 0;
my $held = Held->start;
my $address = $held->address;

my $nginx = Nginx->start(
    files => {
        'keys.json' => jwks('rsa', SECRET),
        'ec.json'   => jwks('ec256'),
        users       => 'basil:{PLAIN}pass',
    },
    http => q{
        limit_req_zone $jwt_claim_sub zone=user:1m rate=1r/m;
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key_request /keys.json;
        root %DIR%;

        add_header X-Status $jwt_status always;
        proxy_set_header X-User "<$jwt_claim_sub>";

        location = /keys.json { internal; }
        location = /ec.json { internal; }
        location = /flaky { internal; proxy_pass http://%UPSTREAM%; }
        location = /held { internal; proxy_pass http://%HELD%; }

        location /preaccess {
            auth_jwt_phase preaccess;
            limit_req zone=user;
            limit_req_status 429;
            proxy_pass http://%UPSTREAM%;
        }

        location /any {
            satisfy any;
            auth_basic "any";
            auth_basic_user_file users;
            proxy_pass http://%UPSTREAM%;
        }

        location /all {
            auth_basic "all";
            auth_basic_user_file users;
            auth_jwt "api" token=$http_x_token;
            proxy_pass http://%UPSTREAM%;
        }

        location /request {
            auth_request /check;
            proxy_pass http://%UPSTREAM%;
        }

        location = /check { internal; proxy_pass http://%UPSTREAM%; }

        location /mirror {
            mirror /check;
            proxy_pass http://%UPSTREAM%;
        }

        location /ssi { ssi on; ssi_types *; try_files /page =404; }

        location /redirected { proxy_pass http://%UPSTREAM%; }

        location /login {
            auth_jwt_key_request /ec.json;
            error_page 401 = /redirected;
        }

        location /named {
            auth_jwt_key_request /ec.json;
            error_page 401 = @named;
        }

        location @named { proxy_pass http://%UPSTREAM%; }

        location /off { auth_jwt_key_request /ec.json; error_page 401 = @off; }
        location @off { auth_jwt off; proxy_pass http://%UPSTREAM%; }

        location /error {
            auth_jwt_key_request /none;
            error_page 500 = /sorry;
        }

        location /error_again {
            auth_jwt_key_request /none;
            error_page 500 = @named;
        }

        location /sorry { auth_jwt off; proxy_pass http://%UPSTREAM%; }

        location /both {
            auth_jwt_key_request /flaky;
            error_page 500 = /both/again;
            proxy_pass http://%UPSTREAM%;
        }

        # a body that was read before there was anything to check

        location /body {
            auth_jwt off;
            proxy_intercept_errors on;
            error_page 502 = @body;
            proxy_pass http://%UPSTREAM%/fail;
        }

        location @body {
            auth_jwt "api";
            auth_jwt_key_request /held;
            proxy_pass http://%UPSTREAM%;
        }
    } =~ s/%HELD%/$address/r,
    upstream => sub {
        my ($request) = @_;

        my ($uri) = $request =~ m{\A\S+ (\S+)};

        # one answer that fails and one that does not

        my $fails = $uri eq '/fail' || $uri eq '/flaky' && $asked++ % 2 == 0;
        my $body = $uri eq '/flaky' ? jwks('rsa') : $request;

        return 'HTTP/1.1 ' . ($fails ? '502 No' : '200 OK')
               . "\r\nConnection: close\r\nContent-Length: " . length($body)
               . "\r\n\r\n$body";
    });

my %of = map { $_ => token($_, { sub => $_ }) } qw(RS256 HS256 ES256);
my @basil = (Authorization => 'Basic ' . encode_base64('basil:pass', ''));


sub verdict {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);
    my ($user) = $answer->body =~ /^X-User: <(.*)>\r$/m;

    return join ' ', $answer->status, $answer->header('X-Status') // '-',
                     $user // ();
}


sub sent_to { scalar grep { m{\A\S+ \Q$_[0]\E } } $nginx->upstream_requests }


is(verdict('/preaccess', bearer($of{RS256})), '200 ok RS256',
   'preaccess passes');
is(verdict('/preaccess', bearer($of{RS256})), '429 ok',
   'preaccess comes before limit');
is(verdict('/preaccess', bearer(forged($of{HS256}))), '401 bad_signature',
   'preaccess refuses');
is(verdict('/preaccess', bearer($of{HS256})), '200 ok HS256',
   'refused token does not count');

is(verdict('/any', bearer($of{RS256})), '200 ok RS256', 'any, by token');
is(verdict('/any', bearer($of{ES256})), '401 unknown_key', 'any, by nothing');
is(verdict('/any', @basil), '200 no_token ', 'any, by password');
is(verdict('/all', @basil, 'X-Token' => $of{RS256}), '200 ok RS256',
   'all, by both');
is(verdict('/all', @basil), '401 no_token', 'all, without token');
like(verdict('/all', 'X-Token' => $of{RS256}), qr/^401 /,
     'all, without password');

is(verdict('/request', bearer($of{RS256})), '200 ok RS256',
   'auth_request passes');
is(sent_to('/check'), 1, 'auth_request is asked');
is(verdict('/request', bearer(forged($of{RS256}))), '401 bad_signature',
   'auth_request does not help');
is(verdict('/mirror', bearer($of{RS256})), '200 ok RS256', 'mirror passes');
ok((wait_for { sent_to('/check') >= 2 }), 'mirror is sent');

$nginx->write_file('page', '[<!--#include virtual="/check" -->'
                           . '<!--#include virtual="/redirected" -->]');

my $page = $nginx->get('/ssi', bearer($of{RS256}))->body;

is(() = $page =~ /^X-User: <RS256>\r$/mg, 2, 'SSI goes on after key request');

# redirects

is(verdict('/login', bearer($of{RS256})), '200 ok RS256',
   'internal redirect is judged anew');
is(verdict('/named', bearer($of{RS256})), '200 ok RS256',
   'named location is judged anew');
is(verdict('/named', bearer(forged($of{RS256}))), '401 bad_signature',
   'named location refuses');
is(verdict('/off', bearer($of{RS256})), '200 unknown_key ',
   'open location shows no claims');
is(verdict('/error', bearer($of{RS256})), '200 keys_unavailable ',
   'error_page for 500');
is(verdict('/error_again', bearer($of{RS256})), '200 ok RS256',
   'other keys after error_page');
is(verdict('/both', bearer($of{RS256})), '200 ok RS256',
   'same keys are asked for again');
is(sent_to('/flaky'), 2, 'and once again only');

# bodies

my $client = $nginx->connect;

$client->send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n"
              . "Authorization: Bearer $of{RS256}\r\n\r\nthe body");

my $keys = $held->take;

like($keys->head, qr/\r\n\r\n\z/, 'body does not reach key request');
unlike($keys->head, qr/^Content-Length/mi, 'nor its length');
$keys->answer(jwks('rsa'));

my $answer = $client->response;

is($answer->status, 200, 'body was read before');
like($answer->body, qr/\r\n\r\nthe body\z/, 'body arrives');

done_testing;
