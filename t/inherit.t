# Which level's configuration protects a request.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { page => 'the page' },
    http   => q{
        auth_jwt "http";
        auth_jwt_key "the key of http";
        add_header X-Status $jwt_status always;
        root %DIR%;

        server {
            listen 127.0.0.1:%PORT2%;
            try_files /page =404;
        }

        server {
            listen 127.0.0.1:%PORT3%;
            auth_jwt off;
            try_files /page =404;

            location /on { auth_jwt "on"; try_files /page =404; }
        }
    },
    server => q{
        auth_jwt "server";
        auth_jwt_key "the key of server";
        try_files /page =404;

        location /inherited { try_files /page =404; }
        location /off { auth_jwt off; try_files /page =404; }

        location /own {
            auth_jwt "own" token=$arg_token;
            auth_jwt_key "the key of own";
            try_files /page =404;

            location /own/inner {
                try_files /page =404;
                location /own/inner/most { try_files /page =404; }
            }

            location /own/key {
                auth_jwt_key "the key of inner";
                try_files /page =404;
            }

            location /own/realm { auth_jwt "inner"; try_files /page =404; }
        }

        location /several {
            auth_jwt_key "the first key";
            auth_jwt_key "the second key";
            try_files /page =404;
        }

        location /methods {
            auth_jwt off;
            proxy_pass http://%UPSTREAM%;
            limit_except GET {
                auth_jwt "methods";
                auth_jwt_key "the key of methods";
                auth_jwt_require $jwt_claim_admin error=403;
            }
        }

        location /open_methods {
            proxy_pass http://%UPSTREAM%;
            limit_except POST { auth_jwt off; }
        }

        location /if {
            if ($arg_a) { set $b 1; }
            if ($arg_c) { add_header X-If 1 always; }
            proxy_pass http://%UPSTREAM%;
        }

        location /break { if ($arg_a) { break; } try_files /page =404; }
        location /named { auth_jwt off; try_files /missing @named; }

        location @named {
            auth_jwt_key "the key of named";
            proxy_pass http://%UPSTREAM%;
        }

        location ~ ^/regex { auth_jwt "regex"; try_files /page =404; }
    });

my %token = map { $_ => token('HS256', { sub => $_ }, key => "the key of $_") }
            qw(http server own inner methods named);


sub realm_of {
    my ($answer) = @_;

    my $challenge = $answer->header('WWW-Authenticate') // '';
    my ($realm) = $challenge =~ /realm="(.*?)"/;

    return join ' ', $answer->status, $realm // ();
}


sub realm { realm_of($nginx->get(@_)) }


sub at {
    my ($number, $path, @headers) = @_;

    my $client = $nginx->connect($number);

    return realm_of($client->get($path, @headers));
}


sub accepted {
    my ($path) = @_;

    return join ' ', grep {
        my $query = "token=$token{$_}";
        $nginx->get("$path?$query", bearer($token{$_}))->status == 200;
    } sort keys %token;
}


is(at(2, '/'), '401 http', 'http protects a server');
is(at(2, '/', bearer($token{http})), '200', 'key of http counts');
is(at(3, '/'), '200', 'server is off');
is(at(3, '/on'), '401 on', 'location is on again');

is(realm('/'), '401 server', 'server replaces http');
is(realm('/inherited'), '401 server', 'location inherits');
is(realm('/off'), '200', 'location is off');
is(realm('/own'), '401 own', 'location replaces');
is(realm('/own/inner'), '401 own', 'nested inherits');
is(realm('/own/inner/most'), '401 own', 'innermost inherits');
is(realm('/own/realm'), '401 inner', 'nested replaces');
is(realm('/regex'), '401 regex', 'regex location replaces');

# the keys: a list replaces the outer one

is(accepted('/'), 'server', 'server has its key');
is(accepted('/inherited'), 'server', 'location inherits its key');
is(accepted('/own'), 'own', 'location replaces the key');
is(accepted('/own/inner/most'), 'own', 'innermost inherits its key');
is(accepted('/own/key'), 'inner', 'nested replaces the key');
is(accepted('/several'), '', 'list replaces the key');
is(realm('/several', bearer(token('HS256', {}, key => "the $_ key"))), '200',
   "$_ key of list counts") for qw(first second);

# the token sources belong to auth_jwt

is(realm('/own/inner', bearer($token{own})), '401 own',
   'sources are inherited');
is(realm('/own/realm', bearer($token{own})), '200', 'sources are replaced');

# limit_except

my @methods = bearer($token{methods});

is(realm('/methods'), '200', 'GET is open');
is($nginx->request('HEAD', '/methods')->status, 200, 'HEAD is open');
is(realm_of($nginx->request('POST', '/methods')), '401 methods',
   'POST is protected');
is($nginx->request('DELETE', '/methods', [@methods])->status, 403,
   'limit_except requires');
is($nginx->request('DELETE', '/methods',
                   [bearer(token('HS256', { admin => 1 },
                                 key => 'the key of methods'))])->status,
   200, 'limit_except has its key');
is(realm('/open_methods'), '200', 'limit_except is off');
is(realm_of($nginx->request('POST', '/open_methods')), '401 server',
   'POST stays protected');

# if

is(realm("/if$_"), '401 server', "if\"$_\" keeps protection")
    for '', '?a=1', '?c=1', '?a=1&c=1';
is(realm('/if?c=1', bearer($token{server})), '200', 'if keeps the key');
is(realm('/break?a=1'), '401 server', 'break keeps protection');

# a named location is a location

is(realm('/named'), '401 server', 'named location is protected');
is(accepted('/named'), 'named', 'named location has its key');

done_testing;
