package Keys;

# What keys cost, without requests.
#
#     raw($dir, 'RS256', 300)    microseconds of OpenSSL for one verification of
#                                a token, tried for so many milliseconds
#     key_load('rsa')            microseconds for a key of a set, as nginx
#                                starts: several tries

use strict;
use warnings;

use File::Basename qw(dirname);

use Nginx;
use Token;
use Tokens;

use Exporter qw(import);
our @EXPORT = qw(raw key_load);

# getrusage() of Linux on this kind of machine, as Perl has none

use constant SYS_GETRUSAGE => 98;
use constant CHILDREN => -1;

use constant KEYS => 1000;
use constant TRIES => 5;

my $length;


sub raw {
    my ($dir, $alg, $time) = @_;

    my $here = dirname(__FILE__);
    my $key = $alg eq 'HS256' ? 'none' : usual_key($alg);

    $length //= length(usual('HS256') =~ s/\.[^.]*\z//r);

    if (!-x "$dir/verify") {
        system('cc', '-O2', '-o', "$dir/verify", "$here/verify.c", '-lcrypto')
            == 0 or die 'cannot compile verify.c';
    }

    open my $output, '-|', qw(taskset -c 0), "$dir/verify", $alg,
         "$here/../lib/keys/$key.pem", $length, $time or die "verify: $!";

    return <$output> // die "no figure for $alg";
}


# Many keys and one, in turn: what they differ by.

sub key_load {
    my ($name) = @_;

    my $set = sub { jwks(map { [$name, kid => "key-$_"] } 1 .. $_[0]) };
    my ($many, $one) = ($set->(KEYS), $set->(1));

    return map { (start($many) - start($one)) / (KEYS - 1) } 1 .. TRIES;
}


sub start {
    my ($keys) = @_;

    my $before = used();
    my ($code, $output) = Nginx->check(
        files => { 'keys.json' => $keys },
        server => 'auth_jwt "bench"; auth_jwt_key_file keys.json;');

    die $output if $code != 0;

    return used() - $before;
}


sub used {
    my $usage = "\0" x 256;

    syscall(SYS_GETRUSAGE, CHILDREN, $usage) == 0 or die "getrusage: $!";

    my ($user, $user_part, $system, $system_part) = unpack 'q4', $usage;

    return 1e6 * ($user + $system) + $user_part + $system_part;
}


1;
