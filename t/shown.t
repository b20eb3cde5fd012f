# What the variables show, and when: the rules of docs/variables.md.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http => q~
        auth_jwt_claim_set $deep realm_access roles;
        auth_jwt_claim_set $upper userName;
        auth_jwt_claim_set $url https://example.com/tenant;
        auth_jwt_claim_set $in_array roles 0;
        auth_jwt_header_set $type typ;

        map $jwt_claim_sub $kept { default $jwt_claim_sub; }
        map $jwt_claim_sub $fresh { volatile; default $jwt_claim_sub; }

        log_format shown '$uri $status [$jwt_claim_sub] $jwt_status';

        server {
            listen 127.0.0.1:%PORT%;

            auth_jwt_key '~ . SECRET . q~';
            access_log %DIR%/shown.log shown;
            error_page 403 /refused;

            proxy_set_header Authorization "";
            proxy_set_header X-User $jwt_claim_sub;
            proxy_set_header X-Early $early;
            proxy_set_header X-Username $jwt_claim_userName;
            proxy_set_header X-Upper $upper;
            proxy_set_header X-Url $url;
            proxy_set_header X-Deep $deep;
            proxy_set_header X-In-Array $in_array;
            proxy_set_header X-Value $jwt_claim_value;
            proxy_set_header X-Claims $jwt_claims;
            proxy_set_header X-Type $type;
            proxy_set_header X-Kid $jwt_header_kid;
            proxy_set_header X-Kept $kept;
            proxy_set_header X-Fresh $fresh;
            proxy_set_header X-Status $jwt_status;

            location / {
                auth_jwt "api";
                set $early $jwt_claim_sub;
                proxy_pass http://%UPSTREAM%;
            }

            location /map {
                auth_jwt "api" token=$cookie_token;
                set $early $kept$fresh;
                proxy_pass http://%UPSTREAM%;
            }

            location /move {
                set $early $kept$fresh;
                rewrite ^ /map last;
            }

            location /answer {
                auth_jwt "api";
                return 200 "[$jwt_claim_sub]";
            }

            location /open {
                set $early $jwt_claim_sub;
                proxy_pass http://%UPSTREAM%;
            }

            location /decode {
                auth_jwt off token=$http_token;
                proxy_pass http://%UPSTREAM%;
            }

            location /any {
                auth_jwt "api";
                satisfy any;
                allow all;
                proxy_pass http://%UPSTREAM%;
            }

            location /forbidden {
                auth_jwt "api";
                auth_jwt_require $jwt_claim_never error=403;
                proxy_pass http://%UPSTREAM%;
            }

            location = /refused { proxy_pass http://%UPSTREAM%; }
        }
    ~);

my $good = signed({ sub => 'alice' });
my $bad = forged($good);


# the rules

my %sent = seen('/', bearer($good));

is($sent{User}, 'alice', 'accepted token is shown');
is($sent{Status}, 'ok', 'status is shown');

is({ seen('/open', bearer($bad)) }->{Early}, 'alice',
   'before a check the token is shown as sent');
is({ seen('/open', bearer($bad)) }->{User}, undef,
   'where nothing was checked nothing is shown');
is({ seen('/open', bearer($good)) }->{User}, undef,
   'where nothing was checked a good token is not shown either');
is($nginx->get('/answer', bearer($good))->body, '[]',
   'return, which comes before the check, shows nothing');
is({ seen('/decode', Token => $bad) }->{User}, 'alice',
   'off with token= shows what was sent');
is({ seen('/decode', bearer($good)) }->{User}, undef,
   'off with token= shows no other token');

%sent = seen('/any', bearer($bad));
is($sent{User}, undef, 'refused token is not shown with satisfy any');
is($sent{Status}, 'bad_signature', 'its status is');

%sent = seen('/forbidden', bearer($good));
is($sent{User}, undef, 'token without what is required is not shown');
is($sent{Status}, 'require_failed', 'its status is in error_page');

is($nginx->get('/', bearer($bad))->status, 401, 'forged token is refused');
wait_for { $nginx->read_file('shown.log') =~ m{^/ 401 }m };
like($nginx->read_file('shown.log'), qr{^/ 401 \[\] bad_signature$}m,
     'refused token is not in the access log');


# the same by map, with another token before the check

my $other = raw_token('{"alg":"none"}', '{"sub":"root"}', '');

%sent = seen('/move', bearer($other), Cookie => "token=$good");
is($sent{Early}, 'rootalice', 'set keeps what it found before the check');
is($sent{Kept}, 'alice', 'map does not');
is($sent{Fresh}, 'alice', 'volatile map does not');
is($sent{User}, 'alice', 'variable does not');


# how a value looks

%sent = seen('/', bearer(signed(
    '{"sub":"a","username":"low","userName":"Up","roles":["x"],'
    . '"https://example.com/tenant":"t","realm_access": {"roles": ["b"]}}',
    header => { typ => 'at+jwt' }, kid => 'k1')));

is_deeply([@sent{qw(Username Upper Url Deep In-Array Type Kid)}],
          ['low', 'Up', 't', 'b', undef, 'at+jwt', 'k1'],
          'names in upper and lower case, with dots, in objects');
is($sent{Claims}, '{"sub":"a","username":"low","userName":"Up","roles":["x"],'
   . '"https://example.com/tenant":"t","realm_access":{"roles":["b"]}}',
   'all claims without blanks');

for (['"a b"', 'a b'], ['"\u00e9\ud83d\ude00"', "\xc3\xa9\xf0\x9f\x98\x80"],
     ['12345678901234567890', '12345678901234567890'], ['1.50e2', '1.50e2'],
     ['true', 'true'], ['false', 'false'], ['null', undef], ['""', undef],
     ['[]', undef], ['["a", "b,c", 1, null, ["d", "e"], {"f": 2}]',
                     'a,b,c,1,null,["d","e"],{"f":2}'],
     ['{ "a" : [ 1 , "\n" ] }', '{"a":[1,"\n"]}'])
{
    my ($json, $shown) = @$_;

    is({ seen('/', bearer(signed("{\"value\":$json}"))) }->{Value}, $shown,
       "value $json");
}


# nothing that ends a line

for my $character ('\r\n', '\n', '\u0000', '\u001f', "\x7f", '\t') {
    my $answer = $nginx->get('/', bearer(signed(
        "{\"sub\":\"a${character}X-Admin: 1\",\"value\":[\"$character\"]}")));

    is($answer->status, 200, 'claim with a control character passes');
    unlike($answer->body, qr/^X-(?:Admin|User|Value)/m, 'and is not shown');
}

cmp_ok($nginx->log_lines(qr/value with a control character is not shown/), '>=',
       6, 'which is logged');
unlike($nginx->log, qr/alice|eyJ/, 'no claim and no token in the error log');


sub signed {
    my ($claims, @options) = @_;

    return token('HS256', $claims, @options);
}


# the headers X-... of the request that the upstream got

sub seen {
    my ($path, @headers) = @_;

    return $nginx->get($path, @headers)->body =~ /^X-([\w-]+): (.*)\r$/mg;
}


done_testing;
