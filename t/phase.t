# auth_jwt_phase: verified claims for what comes before the access phase.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { 'page.html' => 'the page', 'slow' => 'x' x 10_000 },
    http   => q{
        limit_req_zone $jwt_claim_sub zone=user:1m rate=1r/m;
        limit_req_zone $jwt_claim_sub zone=open:1m rate=1r/m;
        limit_req_zone $jwt_claim_sub zone=any:1m rate=1r/m;
        limit_conn_zone $jwt_claim_sub zone=conn:1m;
        limit_req_status 429;
        limit_conn_status 429;
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        add_header X-Status $jwt_status always;
        root %DIR%;

        location /req {
            auth_jwt_phase preaccess;
            auth_jwt_require $jwt_claim_ok error=403;
            limit_req zone=user;
            proxy_pass http://%UPSTREAM%;
        }

        location /usual { limit_req zone=user; proxy_pass http://%UPSTREAM%; }

        location /open {
            auth_jwt off;
            limit_req zone=open;
            proxy_pass http://%UPSTREAM%;
        }

        location /slow {
            auth_jwt_phase preaccess;
            limit_conn conn 1;
            limit_rate 1k;
        }

        location /any {
            auth_jwt_phase preaccess;
            satisfy any;
            limit_req zone=any;
            proxy_set_header X-User $jwt_claim_sub;
            proxy_pass http://%UPSTREAM%;

            location /any/allow {
                allow all;
                proxy_pass http://%UPSTREAM%;
                proxy_set_header X-User $jwt_claim_sub;
            }

            location /any/deny { deny all; proxy_pass http://%UPSTREAM%; }
        }

        location /deny {
            auth_jwt_phase preaccess;
            deny all;
            proxy_pass http://%UPSTREAM%;
        }

        location /off {
            auth_jwt off;
            auth_jwt_phase preaccess;
            proxy_pass http://%UPSTREAM%;
        }

        location /main {
            auth_jwt off;
            auth_request /sub;
            proxy_pass http://%UPSTREAM%;
        }

        location /sub {
            auth_jwt_phase preaccess;
            proxy_pass http://%UPSTREAM%;
        }

        location /page.html { auth_jwt_phase preaccess; }

        location /fallback {
            auth_jwt_phase preaccess;
            error_page 401 = @fallback;
            proxy_pass http://%UPSTREAM%;
        }

        location @fallback {
            auth_jwt "fallback" token=$arg_token;
            auth_jwt_phase preaccess;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub claims { token('HS256', { sub => $_[0], ok => 1 }) }


sub verdict {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    return $answer->status . ' ' . ($answer->header('X-Status') // '-');
}


# the claim is verified before it is counted

my $alice = claims('alice');

is(verdict('/req', bearer(forged($alice))), '401 bad_signature',
   'forged token is refused');
is(verdict('/req', bearer(token('HS256', { sub => 'alice' }))),
   '403 require_failed', 'require is early, too');
is(verdict('/req'), '401 no_token', 'no token is refused');
is(verdict('/req', bearer($alice)), '200 ok', 'refused ones are not counted');
is(verdict('/req', bearer($alice)), '429 ok', 'good ones are counted');
is(verdict('/req', bearer(claims('bob'))), '200 ok',
   'others are counted apart');

# unlike in the access phase, and where nothing is checked

is(verdict('/usual', bearer(forged(claims('carol')))), '401 bad_signature',
   'usual phase refuses');
is(verdict('/usual', bearer(claims('carol'))), '429 -',
   'usual phase counts unverified');
is(verdict('/open', bearer(forged(claims('dave')))), '200 -',
   'unverified claim is counted');
is(verdict('/open', bearer(claims('dave'))), '429 -',
   'unverified claim is limited');

# limit_conn: a response that lasts

my $slow = $nginx->connect;

$slow->send("GET /slow HTTP/1.1\r\nHost: localhost\r\n"
            . "Authorization: Bearer $alice\r\n\r\n");
$slow->take(1);

is(verdict('/slow', bearer($alice)), '429 ok', 'connections are counted');
is(verdict('/slow', bearer(forged($alice))), '401 bad_signature',
   'forged connection is refused');
is($nginx->request('HEAD', '/slow', [bearer(claims('bob'))])->status, 200,
   'connections are counted apart');

$slow->close;

# nothing else is skipped

is(verdict('/deny', bearer($alice)), '403 ok', 'access phase follows');
is(verdict('/page.html', bearer($alice)), '200 ok', 'file is served');
is(verdict('/page.html'), '401 no_token', 'file is protected');
is(verdict('/off', bearer(forged($alice))), '200 -', 'off is off');

# satisfy any

my $answer = $nginx->get('/any/allow', bearer(forged($alice)));

is($answer->status, 200, 'address is enough');
is($answer->header('WWW-Authenticate'), undef, 'challenge is taken back');
unlike($answer->body, qr/^X-User/m, 'refused claim stays here');

is(verdict('/any/deny', bearer(claims('erin'))), '200 ok', 'token is enough');
is(verdict('/any/deny', bearer(claims('erin'))), '429 ok',
   'token is counted');

$answer = $nginx->get('/any/deny', bearer(forged(claims('erin'))));

is($answer->status, 401, 'neither is enough');
is(scalar(grep { $_->[0] eq 'WWW-Authenticate' } $answer->headers), 1,
   'one challenge is sent');

# a subrequest and a redirect

is(verdict('/main'), '200 -', 'subrequest is not judged');

$answer = $nginx->get("/fallback?token=$alice", bearer(forged($alice)));

is($answer->status, 200, 'redirect is judged again');
is($answer->header('WWW-Authenticate'), undef, 'challenge is forgotten');

is(scalar($nginx->log_lines('jwt rejected: .*GET /page.html')), 1,
   'refusal is logged once');

done_testing;
