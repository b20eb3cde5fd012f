# What maps made of an unverified claim does not outlive the check.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files => { secret => SECRET },
    http => q{
        map $jwt_claim_role $admin { default 0; admin 1; }
        map $admin $twice { default no; 1 yes; }

        map $jwt_claim_mail $user {
            default '';
            ~^(?<who>\w+)@example\.com$ $who;
        }

        log_format derived '$uri $status admin=$admin';

        server {
            listen 127.0.0.1:%PORT%;

            auth_jwt_key_file secret secret;
            access_log %DIR%/derived.log derived;

            set $ours kept;
            set $before $user;

            if ($admin) {
                set $seen early;
            }

            proxy_set_header X-Admin $admin;
            proxy_set_header X-Twice $twice;
            proxy_set_header X-Ours $ours;
            proxy_set_header X-User "<$user>";
            proxy_set_header X-Capture $capture;

            location /require {
                auth_jwt "api" token=$cookie_t;
                auth_jwt_require $admin;
                proxy_pass http://%UPSTREAM%;
            }

            location /any {
                auth_jwt "api";
                satisfy any;
                allow all;
                proxy_pass http://%UPSTREAM%;
            }

            location ~ /capture/(?<capture>word) {
                auth_jwt "api";
                proxy_pass http://%UPSTREAM%;
            }

            location /first {
                auth_jwt "api" token=$http_first;
                auth_jwt_require $twice;
                error_page 404 = /require;
                proxy_pass http://%UPSTREAM%/404;
                proxy_intercept_errors on;
            }

            location /forbidden {
                auth_jwt "api" token=$cookie_t;
                auth_jwt_require $admin;
                auth_jwt_require $jwt_claim_never;
                satisfy any;
                allow all;
                proxy_pass http://%UPSTREAM%;
            }
        }
    },
    upstream => sub {
        my ($request) = @_;

        my $status = $request =~ m{^GET /404} ? '404 Not Found' : '200 OK';

        return "HTTP/1.0 $status\r\nContent-Length: " . length($request)
               . "\r\n\r\n$request";
    });

my $user = token('HS256', { role => 'user' });
my $admin = token('HS256', { role => 'admin' });
my $forged = forged($admin);


sub status {
    my ($path, $bearer, $cookie) = @_;

    return $nginx->get($path, Authorization => "Bearer $bearer",
                       Cookie => "t=$cookie")->status;
}


is(status('/require', $user, $admin), 200, 'verified claim decides');
is(status('/require', $forged, $user), 401, 'forged claim of a map does not');
is(status('/require', $admin, $user), 401, 'another token does not');

my $answer = $nginx->get('/any', Authorization => "Bearer $forged");

is($answer->status, 200, 'satisfy any lets in');
like($answer->body, qr/^X-Admin: 0\r$/m, 'map over a refused token is empty');
like($answer->body, qr/^X-Twice: no\r$/m, 'so is a map over that map');
like($answer->body, qr/^X-Ours: kept\r$/m, 'what was set is kept');

ok(wait_for { $nginx->read_file('derived.log') =~ m{^/any 200 admin=0$}m },
   'access log does not show it either');

# a map with a named group, which keeps what it was: the map does not

my $mail = { role => 'admin', mail => 'alice@example.com' };

$answer = $nginx->get('/require', bearer(forged(token('HS256', $mail))),
                      Cookie => "t=$admin");

is($answer->status, 200, 'token without that claim passes');
like($answer->body, qr/^X-User: <>\r$/m, 'group of a forged claim is no user');

$answer = $nginx->get('/any', bearer(token('HS256', $mail)));

like($answer->body, qr/^X-User: <alice>\r$/m, 'group of a verified claim is');

$answer = $nginx->get('/capture/word', Authorization => "Bearer $admin");

like($answer->body, qr/^X-Admin: 1\r$/m, 'accepted token is shown by the map');
like($answer->body, qr/^X-Capture: word\r$/m, 'named capture is kept');

$answer = $nginx->get('/first', First => $admin, Cookie => "t=$user");

is($answer->status, 401, 'map of the first location does not decide again');

$answer = $nginx->get('/forbidden', Cookie => "t=$admin");

like($answer->body, qr/^X-Admin: 0\r$/m, 'nor does one of a failed require');

done_testing;
