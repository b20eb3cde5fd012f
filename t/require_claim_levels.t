# Typed checks on the levels of a configuration, their codes and their order;
# and regular expressions that would take for ever.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my %config = (
    files  => { secret => SECRET },
    server => q{
        large_client_header_buffers 4 64k;
        auth_jwt "api";
        auth_jwt_key_file secret secret;
        add_header X-Status $jwt_status always;
        add_header X-Pid $pid always;

        location /codes {
            auth_jwt_require_claim role eq admin error=403;
            auth_jwt_require_claim scope any read error=404;
            auth_jwt_require_claim level ge json=3 error=503;
            auth_jwt_require_claim sub ne root;
            proxy_pass http://%UPSTREAM%;

            location /codes/inherited { proxy_pass http://%UPSTREAM%; }

            location /codes/replaced {
                auth_jwt_require_claim team eq blue error=402;
                proxy_pass http://%UPSTREAM%;
            }

            location /codes/values {
                auth_jwt_require $jwt_claim_team error=410;
                auth_jwt_require_header alg eq HS256 error=411;
                proxy_pass http://%UPSTREAM%;
            }

            location /codes/off {
                auth_jwt off;
                proxy_pass http://%UPSTREAM%;
            }

            location /codes/methods {
                proxy_pass http://%UPSTREAM%;
                limit_except GET {
                    auth_jwt_require_claim sub eq root error=405;
                }
            }
        }

        location /slow {
            auth_jwt_require_claim sub match ^(a+)+$;
            proxy_pass http://%UPSTREAM%;
        }

        location /not_slow {
            auth_jwt_require_claim sub !match ^(a+)+$;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $nginx = Nginx->start(%config);
my $passed = 0;


sub verdict {
    my ($path, $claims) = @_;

    my $answer = $nginx->get($path, bearer(token('HS256', $claims)));

    $passed++ if $answer->status == 200;

    return $answer->status . ' ' . ($answer->header('X-Status') // '-');
}


# codes, and the first that is not met

my %all = (role => 'admin', scope => 'read', level => 3, sub => 'alice');


sub code {
    my ($path, %claims) = @_;

    %claims = (%all, %claims);
    delete @claims{grep { !defined $claims{$_} } keys %claims};

    return verdict($path, \%claims);
}


is(code('/codes'), '200 ok', 'all are met');
is(code('/codes', role => 'user'), '403 require_failed', 'first code');
is(code('/codes', scope => 'x', level => 1), '404 require_failed',
   'second code comes first');
is(code('/codes', level => 2), '503 require_failed', 'third code');
is(code('/codes', sub => 'root'), '401 require_failed', 'code is 401');

like($nginx->get('/codes', bearer(token('HS256', {})))
           ->header('WWW-Authenticate'),
     qr/error="insufficient_scope"/, '403 has its challenge');

is(code('/codes/inherited', role => 'x'), '403 require_failed',
   'list is inherited');
is(code('/codes/replaced', role => 'x'), '402 require_failed',
   'list is replaced');
is(code('/codes/replaced', role => 'x', team => 'blue'), '200 ok',
   'outer list does not count');
is(code('/codes/values', role => 'x', team => 1), '403 require_failed',
   'require does not replace');
is(code('/codes/values'), '410 require_failed', 'require comes last');
is($nginx->get('/codes/values', bearer(token('HS512', {})))->status, 411,
   'header comes first');
is(code('/codes/off', role => 'x'), '200 -', 'off requires nothing');
is(code('/codes/methods'), '200 ok', 'GET inherits');
is($nginx->request('POST', '/codes/methods',
                   [bearer(token('HS256', \%all))])->status, 405,
   'limit_except replaces');

# what is required is required of a verified token

for my $token (forged(token('HS256', \%all)), expired('HS256'),
               raw_token('{"alg":"none"}', json(\%all), ''))
{
    isnt($nginx->get('/codes', bearer($token))->header('X-Status'),
         'require_failed', 'signature comes first');
}

is($nginx->upstream_requests, $passed, 'refused requests stay here');

# a regular expression that would take for ever, interpreted and compiled

my $slow = 'a' x 64 . '!';

for my $main ('', 'pcre_jit on;') {
    my $name = $main ? 'JIT' : 'PCRE';

    $nginx = Nginx->start(%config, main => $main);

    my $pid = $nginx->get('/codes')->header('X-Pid');

    is(verdict('/slow', { sub => 'a' x 64 }), '200 ok', "$name matches");
    is(verdict('/slow', { sub => $slow }), '401 require_failed',
       "$name gives up");
    is(verdict('/not_slow', { sub => $slow }), '401 require_failed',
       "$name gives up, negated");
    is(verdict('/not_slow', { sub => 'b' }), '200 ok', "$name, negated");
    is($nginx->log_lines(qr/pcre.* failed: -\d+ on a claim/), 2,
       "$name giving up is logged");

    # what takes a million steps: PCRE alone would find no match

    is(verdict('/not_slow', { sub => 'a' x 20 . '!' }), '401 require_failed',
       "$name gives up early") if !$main;

    is($nginx->get('/codes')->header('X-Pid'), $pid, "$name, worker lives");
    is($nginx->upstream_requests, 2, "$name, refused requests stay here");
}

done_testing;
