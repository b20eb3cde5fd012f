# The values of auth_jwt_token_cache.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;
use Verified;

my $name = 'auth_jwt_token_cache';


sub http { Nginx->complaints(http => $_[0]) }


is(http("$name $_;"), 0, "accepted: $_")
    for qw(off 64k 64K 65536 65537 1m 1M 4m 4096k 1024m);

is(http("$name $_;"), "1\n[emerg] invalid value \"$_\" in \"$name\" directive,"
                      . ' it is "off" or at least 64k in FILE', "refused: $_")
    for qw(0 1 63k 65535 -1 -64k on OFF offx Off 4mb 4g 1.5m k 0x10000
           99999999999999999999 9223372036854775807m);

is(http("$name '';"), "1\n[emerg] invalid value \"\" in \"$name\" directive,"
                      . ' it is "off" or at least 64k in FILE',
   'refused: nothing');

is(http("$name;"), "1\n[emerg] invalid number of arguments in \"$name\""
                   . ' directive in FILE', 'refused: no value');
is(http("$name 4m 4m;"), "1\n[emerg] invalid number of arguments in \"$name\""
                         . ' directive in FILE', 'refused: two values');

is(http($_), "1\n[emerg] \"$name\" directive is duplicate in FILE",
   "refused: $_")
    for "$name 4m; $name 4m;", "$name off; $name off;", "$name off; $name 4m;",
        "$name 4m; $name off;";

# context

my $here = "1\n[emerg] \"$name\" directive is not allowed here in FILE";

is(Nginx->complaints(server => "$name 4m;"), $here, 'refused: server');
is(Nginx->complaints(server => "location / { $name 4m; }"), $here,
   'refused: location');
is(Nginx->complaints(server => "location / { limit_except GET { $name 4m; } }"),
   $here, 'refused: limit_except');
is(Nginx->complaints(main => "$name 4m;"), $here, 'refused: outside of http');

# behind what uses it, and how many tokens fit

my $server = q{
    auth_jwt api;
    auth_jwt_key '} . SECRET . q{';
    location / { empty_gif; }
};

my $before = "server { listen 127.0.0.1:%PORT2%; $server }";
my @tokens = map { token('HS256', { sub => $_ x 100 }) } 100 .. 399;


# How many of the tokens are known after they all came

sub known {
    my (%config) = @_;

    my $nginx = Nginx->start(main => VERIFIED, server => $server, %config);
    my $client = $nginx->connect;

    $client->get('/', bearer($_)) for @tokens;
    is(verified($nginx), 300, 'all are verified once');

    # the last ones first: what is known is not driven out

    is(join(' ', grep { $_ != 200 } map { $client->get('/', bearer($_))
                                                 ->status } reverse @tokens),
       '', 'all pass twice');

    return 300 - verified($nginx);
}


is(known(), 300, 'usual size has room');
is(known(http => "$name 4m;"), 300, '4m has room');
is(known(http => "$before $name off;"), 0, 'off behind directives that use it');

my $some = known(http => "$name 64k;");
my $more = known(http => "$before $name 128k;");

cmp_ok($some, '>', 65536 / 800, '64k has room for some');
cmp_ok($some, '<', 65536 / 500, '64k is a bound');
cmp_ok($more, '>', 1.9 * $some, '128k has room for more');
cmp_ok($more, '<', 300, '128k is a bound');

done_testing;
