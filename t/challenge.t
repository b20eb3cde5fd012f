# From a verdict to status and WWW-Authenticate (RFC 6750, 3).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        proxy_set_header X-User $jwt_claim_sub;

        location / { proxy_pass http://%UPSTREAM%; }

        location /scope {
            auth_jwt_require $jwt_claim_scope error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /require {
            auth_jwt_require $jwt_claim_scope;
            proxy_pass http://%UPSTREAM%;
        }

        location /hidden {
            auth_jwt_require $jwt_claim_scope error=404;
            proxy_pass http://%UPSTREAM%;
        }

        location /broken {
            auth_jwt_key_file missing.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /off {
            auth_jwt_www_authenticate off;
            auth_jwt_require $jwt_claim_scope error=403;
            proxy_pass http://%UPSTREAM%;

            location /off/inherited { proxy_pass http://%UPSTREAM%; }

            location /off/on {
                auth_jwt_www_authenticate on;
                proxy_pass http://%UPSTREAM%;
            }
        }

        location /own {
            auth_jwt_www_authenticate 'Bearer scope="$http_x_scope"';
            auth_jwt_require $jwt_claim_scope error=403;
            proxy_pass http://%UPSTREAM%;

            location /own/inherited { proxy_pass http://%UPSTREAM%; }
        }

        location /status {
            auth_jwt_www_authenticate "$jwt_status for <$jwt_claim_sub>";
            proxy_pass http://%UPSTREAM%;
        }

        location ~ (?s)^/path/(?<own>.*)$ {
            auth_jwt_www_authenticate $own;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $good = token('HS256', { sub => 'alice' });
my $scoped = token('HS256', { sub => 'alice', scope => 'read' });
my $api = 'Bearer realm="api"';


sub verdict {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    return join ' ', $answer->status,
                     $answer->header('WWW-Authenticate') // ();
}


sub invalid {
    my ($description) = @_;

    return qq(401 $api, error="invalid_token",)
           . qq( error_description="$description");
}


# the usual one

is(verdict('/'), "401 $api", 'no token is no error');
is(verdict('/', bearer(forged($good))),
   invalid('the signature does not match'), 'forged token is invalid_token');
is(verdict('/', bearer(expired('HS256'))), invalid('the token has expired'),
   'expired token is invalid_token');
is(verdict('/', bearer('junk')), invalid('the token is malformed'),
   'malformed token is invalid_token');

is(verdict('/require', bearer($good)), invalid('a requirement is not met'),
   'failed require is invalid_token');
is(verdict('/scope', bearer($good)),
   qq(403 $api, error="insufficient_scope",)
   . ' error_description="a requirement is not met"',
   '403 is insufficient_scope');
is(verdict('/scope'), "401 $api", 'no token is 401');
is(verdict('/scope', bearer(forged($good))),
   invalid('the signature does not match'), 'forged token is 401');
is(verdict('/hidden', bearer($good)), '404', '404 has no challenge');
is(verdict('/broken', bearer($good)), '500', 'missing keys are 500');
is(verdict('/broken'), "401 $api", 'no token comes first');

is($nginx->upstream_requests, 0, 'refused requests stay here');

is(verdict('/scope', bearer($scoped)), '200', 'success has no challenge');

# off and on

is(verdict('/off'), '401', 'off sends none');
is(verdict('/off', bearer(forged($good))), '401', 'off hides the error');
is(verdict('/off', bearer($good)), '403', 'off is for 403');
is(verdict('/off/inherited'), '401', 'off is inherited');
is(verdict('/off/on'), "401 $api", 'on is on again');

# a string

my @scope = ('X-Scope' => 'read');

is(verdict('/own', @scope), '401 Bearer scope="read"', 'string is sent');
is(verdict('/own', @scope, bearer($good)), '403 Bearer scope="read"',
   'string is for 403');
is(verdict('/own/inherited', @scope), '401 Bearer scope="read"',
   'string is inherited');
is(verdict('/own', bearer($scoped)), '200', 'string is for refusals');
is(verdict('/status', bearer(forged($good))), '401 bad_signature for <>',
   'refused claim is hidden');
is(verdict('/path/Basic'), '401 Basic', 'string is all of it');
is(verdict('/path/'), '401', 'empty string sends none');

for my $char (qw(0D%0A 0A 0D 09 01 1F 7F)) {
    my $answer = $nginx->get("/path/Bearer%${char}X-Evil:%201");

    is(join(' ', $answer->status, map { $answer->header($_) // '-' }
                                      qw(WWW-Authenticate X-Evil)),
       '401 - -', "%$char is not sent");
}

my @lines = $nginx->log_lines('challenge with a control character');

is(@lines, 7, 'unsent challenge is logged');

done_testing;
