# What "make demo" shows is what it says.

use strict;
use warnings;

use FindBin;
use Test::More;

my $output = qx($^X $FindBin::Bin/../tools/demo 2>&1);

is($?, 0, 'demo ends well') or diag $output;

my @statuses = $output =~ m{^< HTTP/1\.1 (\d+)}mg;

is("@statuses", '401 401 401 200 200', 'three refused, two passed');
like($output, qr/^<     X-User: alice$/m, 'claims of the RS256 token arrive');
like($output, qr/^<     X-User: bob$/m, 'claims of the ES256 token arrive');
unlike($output, qr/^<     Authorization:/m, 'token does not reach upstream');

done_testing;
