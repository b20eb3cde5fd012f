# Internal redirects: the location where a request ends has its own verdict.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { 'login.html' => 'please log in', 'page' => 'the page' },
    http   => q{
        log_format seen '$request_uri $status <$jwt_claim_sub> $jwt_status';
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        access_log %DIR%/seen.log seen;
        root %DIR%;
        absolute_redirect off;
        add_header X-Status $jwt_status always;
        add_header X-Claim $jwt_claim_sub always;
        proxy_set_header X-User $jwt_claim_sub;

        location /uri {
            error_page 401 /login.html;
            proxy_pass http://%UPSTREAM%;
        }

        location /replaced {
            error_page 401 =200 /login.html;
            proxy_pass http://%UPSTREAM%;
        }

        location /json {
            error_page 401 = @json;
            proxy_pass http://%UPSTREAM%;
        }

        location @json { auth_jwt off; return 401 '{"error":"$jwt_status"}'; }

        location /away {
            error_page 401 =302 /login?from=$request_uri&sub=$jwt_claim_sub;
            proxy_pass http://%UPSTREAM%;
        }

        location = /login {
            auth_jwt off;
            return 302 "/login.html?$args";
        }

        location = /login.html { auth_jwt off; }

        location /same {
            error_page 401 /same.html;
            proxy_pass http://%UPSTREAM%;
        }

        location /fallback {
            error_page 401 = @fallback;
            proxy_pass http://%UPSTREAM%;
        }

        location @fallback {
            auth_jwt "fallback" token=$cookie_token;
            auth_jwt_key "another key";
            proxy_pass http://%UPSTREAM%;
        }

        location /try { try_files /missing /inner; }
        location /try_open { auth_jwt off; try_files /missing /inner; }

        location /inner {
            internal;
            auth_jwt "inner";
            auth_jwt_require $jwt_claim_inner error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /open { auth_jwt off; try_files /missing @open; }
        location /claims { try_files /missing @open; }

        location @open { auth_jwt off; proxy_pass http://%UPSTREAM%; }

        location /request {
            auth_jwt off;
            auth_request /check;
            auth_request_set $checked $upstream_http_x_checked;
            set $early "$jwt_claim_sub";
            try_files /missing /request_inner;
        }

        location = /check { auth_jwt off; proxy_pass http://%UPSTREAM%; }

        location /request_inner {
            proxy_set_header X-User "$jwt_claim_sub $checked $early";
            proxy_pass http://%UPSTREAM%;
        }

        location /off_by_map {
            error_page 401 = /off_by_map_inner;
            proxy_pass http://%UPSTREAM%;
        }

        location /off_by_map_inner {
            auth_jwt $realm;
            set $realm off;
            proxy_pass http://%UPSTREAM%;
        }

        # as OpenID Connect: no session, so one is made, and back again

        location /session {
            auth_jwt "session" token=$session;
            error_page 401 = @flow;
            proxy_pass http://%UPSTREAM%;
        }

        location @flow {
            auth_jwt off;
            set $session $arg_fresh;
            try_files /missing /session;
        }

        location /accel {
            auth_jwt_key "another key";
            proxy_pass http://%UPSTREAM%;
        }
    },
    upstream => sub {
        my ($request) = @_;

        my $accel = $request =~ m{\AGET /accel\?to=(\S+)}
                    ? "X-Accel-Redirect: $1\r\n" : '';

        return "HTTP/1.1 200 OK\r\nConnection: close\r\nX-Checked: yes\r\n"
               . "$accel\r\n$request";
    });

my $good = token('HS256');
my $bad = forged($good);
my $other = token('HS256', { sub => 'carol' }, key => 'another key');
my $rich = token('HS256', { sub => 'dave', inner => 1 });


sub verdict {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);
    my ($user) = $answer->body =~ /^X-User: (.*)\r$/m;

    return join ' ', $answer->status, $user // '-',
                     map { $answer->header($_) // '-' }
                         qw(X-Status WWW-Authenticate);
}


# error_page

my $answer = $nginx->get('/uri', bearer($bad));

is($answer->status, 401, 'page keeps the status');
is($answer->body, 'please log in', 'page is shown');
like($answer->header('WWW-Authenticate'), qr/invalid_token/,
     'page keeps the challenge');
is($answer->header('X-Claim'), undef, 'page hides refused claim');

$answer = $nginx->get('/replaced');

is($answer->status, 200, 'page replaces the status');
is($answer->body, 'please log in', 'page of 200 is shown');

$answer = $nginx->get('/json', bearer($bad));

is($answer->status . $answer->body, '401{"error":"bad_signature"}',
   'named location answers');

$answer = $nginx->get('/away/x?y=1', bearer($bad));

is($answer->status, 302, 'login is redirected to');
is($answer->header('Location'), '/login.html?from=/away/x?y=1&sub=',
   'login gets the original URI');
is(verdict('/same'), '401 - no_token Bearer realm="api"',
   'page is protected, too');
is(verdict('/uri', bearer($good)), '200 alice ok -',
   'good token needs no page');

# another protected location, with other keys and another source

is(verdict('/fallback', bearer($bad), Cookie => "token=$other"),
   '200 carol ok -', 'fallback accepts its token');
is(verdict('/fallback', Cookie => "token=$good"),
   '401 - bad_signature Bearer realm="fallback", error="invalid_token",'
   . ' error_description="the signature does not match"',
   'fallback has its key');
is(verdict('/fallback'), '401 - no_token Bearer realm="fallback"',
   'fallback has one challenge');
is(verdict('/fallback', bearer($good)), '200 alice ok -',
   'fallback is not needed');

is(verdict('/try', bearer($rich)), '200 dave ok -', 'target accepts');
is(verdict('/try', bearer($good)) =~ s/,.*//r,
   '403 - require_failed Bearer realm="inner"', 'target requires its claim');
is(verdict('/try_open', bearer($rich)), '200 dave ok -',
   'protected target accepts');
is(verdict('/try_open'), '401 - no_token Bearer realm="inner"',
   'target is protected');

# claims go along

is(verdict('/claims', bearer($good)), '200 alice ok -', 'claims are kept');
is(verdict('/open', bearer($good)), '200 - - -', 'unjudged claims are hidden');
like(verdict('/off_by_map', bearer($bad)), qr/^200 - bad_signature /,
     'refused claims are hidden');

# and what other modules found out

is(verdict('/request', bearer($good)), '200 alice yes alice ok -',
   'auth_request_set is kept');

# back to the protected location with another token

is(verdict("/session?fresh=$good"), '200 alice ok -', 'new session passes');
is(verdict("/session?fresh=$bad") =~ s/,.*//r,
   '401 - bad_signature Bearer realm="session"', 'new session is verified');
is(verdict('/session'), '401 - no_token Bearer realm="session"',
   'no session is refused');

# X-Accel-Redirect

my $rich_other = token('HS256', { sub => 'erin', inner => 1 },
                       key => 'another key');

is(verdict('/accel?to=/inner', bearer($rich_other)) =~ s/,.*//r,
   '401 - bad_signature Bearer realm="inner"', 'accel target is protected');
is(verdict('/accel?to=/login.html', bearer($rich_other)), '200 - ok -',
   'accel target is open');

wait_for { $nginx->read_file('seen.log') =~ m{^/session.*^/session}ms };

my @seen = $nginx->read_file('seen.log') =~ m{^/session\?fresh=\S+ (.*)$}mg;

is("@seen", '200 <alice> ok 401 <> bad_signature', 'log has the last verdict');

done_testing;
