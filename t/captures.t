# "$1" of a location stays that of the location, whatever regular expressions
# the module has asked: no claim and no argument gets into its place.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

# each map captures another text than the location does

my $nginx = Nginx->start(
    files => { keys => jwks('rsa'), secret => 'top secret' },
    http  => q{
        map $jwt_claim_tenant $tenant { ~^(.+)$ $1; default none; }
        map $arg_tenant $asked { ~^(.+)$ $1; default none; }
        map $jwt_claim_tenant $may { ~(acme) 1; }
        map $arg_file $file { ~^(key)(s)$ $1$2; }
        map $arg_realm $realm { ~^(.+)$ $1; }
        map $http_x_token $token { ~^T:(.+)$ $1; }
    },
    server => q{
        auth_jwt_key_file keys;
        add_header X-Status $jwt_status always;

        # asked before a location is chosen

        set $t1 $tenant;
        set $t2 $asked;

        location ~ ^/open/([a-z]+)$ { alias %DIR%/open/$1; }

        location ~ ^/api/([a-z]+)$ {
            auth_jwt "api";
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location ~ ^/preaccess/([a-z]+)$ {
            auth_jwt "api";
            auth_jwt_phase preaccess;
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location ~ ^/require/([a-z]+)$ {
            auth_jwt "api";
            auth_jwt_require $may;
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location ~ ^/typed/([a-z]+)$ {
            auth_jwt "api";
            auth_jwt_require_claim tenant eq $tenant;
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location ~ ^/match/([a-z]+)$ {
            auth_jwt "api";
            auth_jwt_require_claim tenant match (ac)(me);
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location ~ ^/realm/([a-z]+)$ {
            auth_jwt "of $realm";
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location ~ ^/file/([a-z]+)$ {
            auth_jwt "api";
            auth_jwt_key_file $file;
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location ~ ^/request/([a-z]+)$ {
            auth_jwt "api";
            auth_jwt_key_request /$file;
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location ~ ^/token/([a-z]+)$ {
            auth_jwt "api" token=$token;
            proxy_pass http://%UPSTREAM%/of/$1;
        }

        location = /keys { internal; alias %DIR%/keys; }
    });

mkdir $nginx->path('open') or die $!;
$nginx->write_file('open/page', 'page');

is($nginx->get('/open/page')->body, 'page', 'page without a token');
is($nginx->get('/open/page?tenant=../secret')->body, 'page',
   'page with an argument');

my $good = token('RS256', { tenant => '../acme' });
my ($head, $payload) = split /\./, token('RS256', { tenant => '../secret' });

is($nginx->get('/open/page', bearer("$head.$payload.AAAA"))->body, 'page',
   'page with a forged token');

for my $where (qw(api preaccess require typed match realm file request)) {
    my $answer = $nginx->get("/$where/page?file=keys&realm=a",
                             bearer($good));

    is($answer->header('X-Status'), 'ok', "$where: token is good");
    is((split ' ', $answer->body)[1], '/of/page', "$where: path of location");
}

is((split ' ', $nginx->get('/token/page', 'X-Token' => "T:$good")->body)[1],
   '/of/page', 'token of a map: path of location');

done_testing;
