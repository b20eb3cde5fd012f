# A request that nginx ends before its token was judged, without an answer,
# shows nothing of that token in the access log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    main => 'worker_shutdown_timeout 100ms;',
    http => q{
        map $jwt_claim_sub $mapped { default ''; ~. $jwt_claim_sub; }

        log_format seen '$status "$jwt_status" <$jwt_claim_sub$mapped'
                        '$jwt_header_kid$jwt_claims$jwt_payload>';

        limit_req_zone all zone=slow:1m rate=1r/m;
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        access_log %DIR%/seen.log seen;

        location / { proxy_pass http://%UPSTREAM%; }

        location /slow {
            limit_req zone=slow burst=9;
            proxy_pass http://%UPSTREAM%;
        }

        location /status { auth_jwt off; stub_status; access_log off; }
    });

my $claims = { sub => 'mallory', exp => time + 600 };
my @good = bearer(token('HS256', $claims, kid => '1'));
my @forged = bearer(forged(token('HS256', $claims, kid => '1')));

is($nginx->get('/', @forged)->status, 401, 'forged token is refused');
is($nginx->get('/slow', @forged)->status, 401, 'so is the first that is slow');

my @waiting = map { $nginx->begin('/slow', @$_) } \@forged, \@forged, \@good;

ok($nginx->under_way(3), 'requests are delayed');
is($nginx->stop, 0, 'nginx stops all the same');
is(join(', ', map { $_->response // 'none' } @waiting), 'none, none, none',
   'delayed requests get no answer');
is($nginx->upstream_requests, 0, 'delayed requests stay here');

my @lines = split /\n/, $nginx->read_file('seen.log');

is(join("\n", @lines), join("\n", ('401 "bad_signature" <>') x 2,
                            ('000 "" <>') x 3),
   'no claim of a token that was not judged is logged');

done_testing;
