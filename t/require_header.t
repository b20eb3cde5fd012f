# auth_jwt_require_header: typed checks of the JOSE header, which is the inner
# one of a nested token; it is asked before the claims.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => {
        secret  => SECRET,
        public  => jwks('ec256'),
        private => private_pem('rsa'),
    },
    server => q{
        large_client_header_buffers 4 16k;

        auth_jwt "api";
        auth_jwt_key_file secret secret;
        auth_jwt_key_file public;
        auth_jwt_key_file private;
        add_header X-Status $jwt_status always;

        location /typ {
            auth_jwt_require_header typ eq at+jwt;
            proxy_pass http://%UPSTREAM%;

            location /typ/inherited { proxy_pass http://%UPSTREAM%; }

            location /typ/replaced {
                auth_jwt_require_header alg eq HS256 error=403;
                proxy_pass http://%UPSTREAM%;
            }

            location /typ/claims {
                auth_jwt_require_claim role eq admin error=403;
                auth_jwt_require $jwt_claim_scope error=404;
                proxy_pass http://%UPSTREAM%;
            }

            location /typ/methods {
                proxy_pass http://%UPSTREAM%;
                limit_except GET {
                    auth_jwt_require_header typ eq JWT error=403;
                }
            }
        }

        location /match {
            auth_jwt_require_header typ match (?i)^(application/)?at\+jwt$;
            proxy_pass http://%UPSTREAM%;
        }

        location /not {
            auth_jwt_require_header typ !eq JWT;
            proxy_pass http://%UPSTREAM%;
        }

        location /in {
            auth_jwt_require_header kid in json=["1","2"];
            proxy_pass http://%UPSTREAM%;
        }

        location /nin {
            auth_jwt_require_header kid nin json=["1","2"];
            proxy_pass http://%UPSTREAM%;
        }

        location /path {
            auth_jwt_require_header .ext[1].level ge json=2;
            proxy_pass http://%UPSTREAM%;
        }

        location /any {
            auth_jwt_require_header ext any "a b";
            proxy_pass http://%UPSTREAM%;
        }

        location /nany {
            auth_jwt_require_header ext nany "a b";
            proxy_pass http://%UPSTREAM%;
        }

        location /variable {
            auth_jwt_require_header kid eq $arg_kid;
            proxy_pass http://%UPSTREAM%;
        }

        location /json {
            auth_jwt_require_header ext !eq json=$arg_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /encrypted {
            auth_jwt_type encrypted;
            auth_jwt_require_header enc eq A128GCM;
            proxy_pass http://%UPSTREAM%;
        }

        location /nested {
            auth_jwt_type nested;
            auth_jwt_require_header alg eq ES256;
            auth_jwt_require_header enc !ne A128GCM;
            auth_jwt_require_header typ eq inner;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


sub result {
    my ($answer) = @_;

    $passed++ if $answer->status == 200;

    return $answer->status . ' ' . $answer->header('X-Status');
}


sub verdict {
    my ($path, $header, $claims) = @_;

    my $token = token('HS256', $claims // {}, header => $header);

    return result($nginx->get($path, bearer($token)));
}


# path; headers with which it is met; headers without

for (['/typ', [{ typ => 'at+jwt' }],
      [{}, { typ => 'JWT' }, { typ => 'AT+JWT' }, { typ => ['at+jwt'] },
       { typ => undef }]],
     ['/match', [{ typ => 'AT+jwt' }, { typ => 'application/at+jwt' }],
      [{}, { typ => 'at+jwtx' }, { typ => 'xat+jwt' }, { typ => 1 }]],
     ['/not', [{}, { typ => 'x' }], [{ typ => 'JWT' }]],
     ['/in', [{ kid => '1' }, { kid => '2' }], [{}, { kid => '3' }]],
     ['/nin', [{ kid => '3' }], [{}, { kid => '2' }]],
     ['/path', [{ ext => [0, { level => 2 }] }],
      [{}, { ext => [{ level => 2 }] }, { ext => [0, { level => 1 }] }]],
     ['/any', [{ ext => 'b c' }, { ext => ['c', 'a'] }],
      [{}, { ext => 'ab' }, { ext => [] }]],
     ['/nany', [{ ext => 'c' }, { ext => [] }], [{}, { ext => ['b'] }]],
     ['/variable?kid=a', [{ kid => 'a' }], [{}, { kid => 'b' }]],
     ['/json?json=1', [{ ext => 2 }, {}], [{ ext => 1 }]],
     ['/json?json=1,2', [], [{ ext => 2 }]],
     ['/json', [], [{ ext => 2 }]])
{
    my ($path, $met, $unmet) = @$_;

    is(verdict($path, $_), '200 ok', "$path: " . json($_)) for @$met;
    is(verdict($path, $_), '401 require_failed', "not $path: " . json($_))
        for @$unmet;
}

# a claim is no header, and no header a claim

is(verdict('/typ', {}, { typ => 'at+jwt' }), '401 require_failed',
   'claim is no header');
is(verdict('/typ/claims', { typ => 'at+jwt', role => 'admin' }),
   '403 require_failed', 'header is no claim');

# levels

my %typ = (typ => 'at+jwt');

is(verdict('/typ/inherited', {}), '401 require_failed', 'check is inherited');
is(verdict('/typ/inherited', \%typ), '200 ok', 'inherited check is met');
is(verdict('/typ/replaced', {}), '200 ok', 'check is replaced');
is(result($nginx->get('/typ/replaced', bearer(token('HS512', {})))),
   '403 require_failed', 'replacing check counts');

is(verdict('/typ/claims', {}, { role => 'user' }), '401 require_failed',
   'header comes first');
is(verdict('/typ/claims', \%typ, { role => 'user' }), '403 require_failed',
   'claims do not replace the header');
is(verdict('/typ/claims', \%typ, { role => 'admin' }), '404 require_failed',
   'values come last');
is(verdict('/typ/claims', \%typ, { role => 'admin', scope => 1 }), '200 ok',
   'all three are met');

is(verdict('/typ/methods', \%typ), '200 ok', 'GET inherits');
is(result($nginx->request('POST', '/typ/methods',
                          [bearer(token('HS256', {}, header => \%typ))])),
   '403 require_failed', 'limit_except replaces');

# of a token that was verified

is(result($nginx->get('/typ', bearer(forged(token('HS256', {},
                                                  header => \%typ))))),
   '401 bad_signature', 'signature comes first');

# encrypted and nested tokens

is(result($nginx->get('/encrypted', bearer(encrypted('RSA-OAEP', $_->[0])))),
   $_->[1], "enc $_->[0]")
    for ['A128GCM', '200 ok'], ['A256GCM', '401 require_failed'];


sub nested {
    my ($outer, $inner) = @_;

    my $token = token('ES256', {}, header => { typ => $inner });

    return result($nginx->get('/nested', bearer(encrypted(
        'RSA-OAEP', 'A128GCM', $token,
        header => { cty => 'JWT', typ => $outer }))));
}


is(nested('outer', 'inner'), '200 ok', 'inner header counts');
is(nested('inner', 'outer'), '401 require_failed', 'outer header does not');

is($nginx->upstream_requests, $passed, 'refused requests stay here');

done_testing;
