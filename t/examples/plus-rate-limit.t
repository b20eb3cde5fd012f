# docs/examples/plus-rate-limit.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Token;

my $nginx = Example->start('plus-rate-limit');


sub status { $nginx->get('/', @_)->status }


my %of = map { $_ => token('RS256', { sub => $_ }) } qw(alice bob);

is(status(bearer($of{alice})), 200, 'first request of alice');
is(status(bearer($of{alice})), 429, 'second request of alice');
is(status(bearer($of{bob})), 200, 'first request of bob');
is(status(bearer($of{bob})), 429, 'second request of bob');
is(status(bearer(forged(token('RS256', { sub => 'carol' })))), 200,
   'nobody checks the token');
is(status(), 200, 'first request without token');
is(status(bearer('a.b.c')), 429, 'no token is an address');

unlike(($nginx->upstream_requests)[0], qr/^X-/m, 'upstream sees no claim');

done_testing;
