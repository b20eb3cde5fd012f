# auth_jwt_require: values that may be neither empty nor "0".

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http   => q{
        auth_jwt_claim_set $realm_admin realm_access admin;

        map $jwt_claim_role $is_editor { editor 1; admin 1; }
        map "$jwt_claim_sub $http_x_user" $is_user { ~^(.+)\ \1$ 1; }
        map $jwt_claim_role $is_admin { admin 1; default 0; }
        map $jwt_claim_banned $is_welcome { "" 1; default 0; }
        map $jwt_status $is_judged { "" 0; default 1; }

        server {
            listen 127.0.0.1:%PORT2%;
            set $early $is_judged;
            auth_jwt "api";
            auth_jwt_key "a secret";

            location / {
                auth_jwt_require $is_judged error=403;
                proxy_pass http://%UPSTREAM%;
            }
        }
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        add_header X-Status $jwt_status always;
        set $early "$is_admin$is_welcome";

        location /one {
            auth_jwt_require $jwt_claim_role;
            proxy_pass http://%UPSTREAM%;

            location /one/inherited { proxy_pass http://%UPSTREAM%; }

            location /one/replaced {
                auth_jwt_require $jwt_claim_scope error=402;
                proxy_pass http://%UPSTREAM%;
            }

            location /one/off { auth_jwt off; proxy_pass http://%UPSTREAM%; }
        }

        location /values {
            auth_jwt_require $jwt_claim_role $jwt_claim_scope error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /first_error {
            auth_jwt_require error=403 $jwt_claim_role;
            proxy_pass http://%UPSTREAM%;
        }

        location /directives {
            auth_jwt_require $jwt_claim_role error=403;
            auth_jwt_require $jwt_claim_scope error=404;
            auth_jwt_require $jwt_claim_level error=503;
            proxy_pass http://%UPSTREAM%;
        }

        location /text {
            auth_jwt_require "$jwt_claim_role$jwt_claim_scope" error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /map {
            auth_jwt_require $is_editor error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /user {
            auth_jwt_require $is_user error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /path {
            auth_jwt_require $realm_admin error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /request {
            auth_jwt_require $arg_go error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /closed {
            auth_jwt_require $jwt_claim_role error=444;
            proxy_pass http://%UPSTREAM%;
        }

        location /early {
            auth_jwt "api" token=$cookie_token;
            auth_jwt_require $is_admin error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /welcome {
            auth_jwt "api" token=$cookie_token;
            auth_jwt_require $is_welcome error=403;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub verdict {
    my ($path, $claims, @headers) = @_;

    my $token = token('HS256', $claims);
    my $answer = $nginx->get($path, bearer($token), @headers);

    return $answer->status . ' ' . ($answer->header('X-Status') // '-');
}


# one value

is(verdict('/one', { role => 'x' }), '200 ok', 'value is met');
is(verdict('/one', '{"role":' . $_ . '}'), '200 ok', "$_ is met")
    for qw("00" "0.0" 0.0 1 -0 true false "false" {} [[]]), '[0,0]', '" "';

is(verdict('/one', {}), '401 require_failed', 'absent claim is not met');
is(verdict('/one', '{"role":' . $_ . '}'), '401 require_failed',
   "$_ is not met")
    for qw("" "0" 0 null [] [""] [0] "a\nb");

# several

is(verdict('/values', { role => 1, scope => 1 }), '200 ok', 'all are met');
is(verdict('/values', { role => 1 }), '403 require_failed',
   'second value counts');
is(verdict('/values', { scope => 1 }), '403 require_failed',
   'first value counts');

is(verdict('/directives', { role => 1, scope => 1, level => 1 }), '200 ok',
   'all directives are met');
is(verdict('/directives', { scope => 1, level => 1 }), '403 require_failed',
   'first directive counts');
is(verdict('/directives', { role => 1, level => 1 }), '404 require_failed',
   'second directive counts');
is(verdict('/directives', { role => 1, scope => 1 }), '503 require_failed',
   'third directive counts');
is(verdict('/directives', {}), '403 require_failed', 'order is kept');
is(verdict('/first_error', {}), '403 require_failed', 'error may stand first');

is_deeply([$nginx->raw("GET /closed HTTP/1.1\r\nHost: localhost\r\n"
                       . 'Authorization: Bearer ' . token('HS256')
                       . "\r\n\r\n")], [], '444 closes the connection');

# any text with variables

is(verdict('/text', { scope => 'x' }), '200 ok', 'joined text is met');
is(verdict('/text', {}), '403 require_failed', 'empty text is not met');
is(verdict('/map', { role => 'editor' }), '200 ok', 'map is met');
is(verdict('/map', { role => 'reader' }), '403 require_failed',
   'map is not met');
is(verdict('/user', { sub => 'alice' }, 'X-User' => 'alice'), '200 ok',
   'claim equals header');
is(verdict('/user', { sub => 'alice' }, 'X-User' => 'bob'),
   '403 require_failed', 'claim differs from header');
is(verdict('/path', '{"realm_access":{"admin":true}}'), '200 ok',
   'inner claim is met');
is(verdict('/path', '{"realm_access":{"user":true}}'), '403 require_failed',
   'absent inner claim is refused');
is(verdict('/request?go=1', {}), '200 ok', 'request is met');
is(verdict('/request?go=0', {}), '403 require_failed', 'request is not met');

# levels

is(verdict('/one/inherited', {}), '401 require_failed', 'list is inherited');
is(verdict('/one/replaced', { role => 1 }), '402 require_failed',
   'inner list counts');
is(verdict('/one/replaced', { scope => 1 }), '200 ok',
   'outer list is replaced');
is(verdict('/one/off', {}), '200 -', 'off requires nothing');

# what is required is required of a verified token

my $admin = token('HS256', { role => 'admin' });
my $passed = $nginx->upstream_requests;

for my $bad (forged($admin), expired('HS256'),
             raw_token('{"alg":"none"}', '{"role":"admin"}', ''))
{
    my $answer = $nginx->get('/map', bearer($bad));

    is($answer->status, 401, 'unverified claim is refused');
    isnt($answer->header('X-Status'), 'require_failed',
         'signature comes before require');
}

# evaluated early in the request, from this token or another one

my $user = token('HS256', { role => 'user' });

for my $early (forged($admin), $admin) {
    is($nginx->get('/early', bearer($early), Cookie => "token=$user")->status,
       403, 'claim of another token is ignored');
}

is($nginx->upstream_requests, $passed, 'refused requests stay here');
is($nginx->get('/early', Cookie => "token=$admin")->status, 200,
   'claim of this token counts');


my $banned = token('HS256', { sub => 'bob', banned => 1 });

is($nginx->get('/welcome', Cookie => "token=$banned")->status, 403,
   'early map is forgotten');
is($nginx->get('/welcome', Cookie => "token=$user")->status, 200,
   'welcome claim counts');

my $secret = token('HS256', {}, key => 'a secret');

is($nginx->connect(2)->get('/', bearer($secret))->status, 200,
   'early status is forgotten');

done_testing;
