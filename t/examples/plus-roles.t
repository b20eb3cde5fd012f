# docs/examples/plus-roles.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Token;

my $nginx = Example->start('plus-roles');


sub answer {
    my ($roles, $region) = @_;

    my $token = token('RS256', { realm_access => { roles => $roles },
                                 address => { region => $region } },
                      kid => 'rsa-1');

    return $nginx->get('/', bearer($token));
}


sub status { answer(@_)->status }


my $answer = answer(['reader', 'member'], 'eu');

is($answer->status, 200, 'both conditions pass');
like($answer->body, qr/^X-Roles: reader,member\r$/m, 'roles arrive');
is(status('member', 'ch'), 200, 'one role as a string');

is(status(['reader'], 'eu'), 403, 'no member');
is(status(['members'], 'eu'), 403, 'longer role');
is(status([], 'eu'), 403, 'no roles');
is(status(undef, 'eu'), 403, 'null for roles');
is(status(['member'], 'us'), 403, 'other region');
is(status(['member'], undef), 403, 'no region');
is(status({ member => 1 }, 'eu'), 403, 'object for roles');

$answer = answer([], 'us');

like($answer->header('WWW-Authenticate'), qr/error="insufficient_scope"/,
     'client is told why');

is($nginx->get('/', bearer(token('RS256', { realm_access => 'member' },
                                 kid => 'rsa-1')))->status, 403, 'no object');
is($nginx->get('/')->status, 401, 'no token is 401');
is($nginx->get('/', bearer(forged(token('RS256', {}, kid => 'rsa-1'))))
       ->status, 401, 'forged token is 401');
is($nginx->upstream_requests, 2, 'refused requests stay here');

done_testing;
