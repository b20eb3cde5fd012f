# The realm: text, variables, "off".

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http   => q{
        map $request_method $realm_of_method { OPTIONS off; default "api"; }
    },
    server => q{
        auth_jwt_key '} . SECRET . q{';
        add_header X-Status $jwt_status always;
        proxy_set_header X-User $jwt_claim_sub;

        location /text { auth_jwt "the api"; proxy_pass http://%UPSTREAM%; }
        location /empty { auth_jwt ""; proxy_pass http://%UPSTREAM%; }
        location /quoted { auth_jwt 'a "b" \c'; proxy_pass http://%UPSTREAM%; }
        location /tab { auth_jwt "a\tb"; proxy_pass http://%UPSTREAM%; }

        location /claim {
            auth_jwt $jwt_claim_sub;
            proxy_pass http://%UPSTREAM%;
        }

        location /Off { auth_jwt Off; proxy_pass http://%UPSTREAM%; }
        location /off_text { auth_jwt "offline"; proxy_pass http://%UPSTREAM%; }

        location /host {
            auth_jwt "$host:$http_x_realm";
            proxy_pass http://%UPSTREAM%;
        }

        location /preflight {
            auth_jwt $realm_of_method;
            proxy_pass http://%UPSTREAM%;
        }

        location ~ (?s)^/path/(?<realm>.*)$ {
            auth_jwt $realm;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub challenge {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    return $answer->status . ' ' . ($answer->header('WWW-Authenticate') // '-');
}


is(challenge('/text'), '401 Bearer realm="the api"', 'realm is text');
is(challenge('/empty'), '401 Bearer realm=""', 'realm may be empty');
is(challenge('/Off'), '401 Bearer realm="Off"', 'off is lower case');
is(challenge('/off_text'), '401 Bearer realm="offline"', 'off is whole');
is(challenge('/host', 'X-Realm' => 'eu'), '401 Bearer realm="localhost:eu"',
   'realm takes variables');
is(challenge('/claim', bearer(expired('HS256'))),
   '401 Bearer realm="alice", error="invalid_token",'
   . ' error_description="the token has expired"', 'realm sees claims');

# RFC 9110, 5.6.4: a quoted-string stays one

is(challenge('/quoted'), '401 Bearer realm="a \\"b\\" \\\\c"',
   'quotes are escaped');
is(challenge('/tab'), '401 Bearer realm="a?b"', 'tab is replaced');
is(challenge('/path/x%22,%20error=%22y'), '401 Bearer realm="x\", error=\"y"',
   'client breaks no quotes');
is(challenge('/path/%5C'), '401 Bearer realm="\\\\"',
   'client ends no escape');

my $answer = $nginx->get('/path/x%0D%0AX-Evil:%201%0A%7F');

is($answer->header('WWW-Authenticate'), 'Bearer realm="x??X-Evil: 1??"',
   'control characters are replaced');
is($answer->header('X-Evil'), undef, 'client makes no header');

# "off" by a variable, as in auth_basic

$answer = $nginx->request('OPTIONS', '/preflight');

is($answer->status, 200, 'preflight passes');
is($answer->header('X-Status'), undef, 'preflight is not judged');
is($answer->header('WWW-Authenticate'), undef, 'preflight is not challenged');

$answer = $nginx->request('OPTIONS', '/preflight',
                          [bearer(token('HS256', { sub => 'admin' }))]);

is($answer->status, 200, 'preflight with token passes');
unlike($answer->body, qr/^X-User/m, 'unchecked claim stays here');

is(challenge('/preflight'), '401 Bearer realm="api"', 'map protects the rest');
is(challenge('/preflight', bearer(token('HS256'))), '200 -',
   'good token passes');
is(challenge('/path/off'), '200 -', 'realm is taken from the path');

done_testing;
