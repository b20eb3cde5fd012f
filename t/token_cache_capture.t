# What a regular expression has captured of a claim is a copy: it outlives the
# entry of the token, which goes when a second location finds it expired.  What
# is freed too early is seen by "make asan".

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http => q{
        log_format seen '$jwt_status <$user>';
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        access_log %DIR%/seen.log seen;

        if ($jwt_claim_sub ~ "^(?<user>.+)$") {
            set $matched 1;
        }

        location /late {
            auth_jwt_leeway 1h;
            add_header X-User $jwt_claim_sub;
            empty_gif;
        }

        location /first {
            auth_jwt_leeway 1h;
            try_files /none /second;
        }

        location /second {
            empty_gif;
        }
    });

my $name = 'alice-' . 'a' x 200;
my $token = token('HS256', { sub => $name, exp => time - 60 });

is($nginx->get('/late', bearer($token))->status, 200, 'token is known');
is($nginx->get('/late', bearer($token))->status, 200, 'its claims are kept');
is($nginx->get('/first', bearer($token))->status, 401, 'second one refuses');

my $log;

ok(wait_for { ($log = $nginx->read_file('seen.log')) =~ /^expired/m },
   'refusal is logged');
like($log, qr/^expired <(?:\Q$name\E)?>$/m, 'captured value is whole');

done_testing;
