package Failing;

# An nginx whose worker is refused memory, one allocation after the other.
#
#     my $nginx = Nginx->start(Failing->before, server => ...);
#     my $memory = Failing->of($nginx);
#
#     $memory->each(sub {                   # a request, n = 1, 2, ...
#         my ($n) = @_;
#         ...
#     });
#
# Failing->before builds failing_malloc.c, and skips the whole file where that
# cannot be used.  each() calls the sub twice for each n: only the nth
# allocation fails, and then all behind it as well.  It ends, and returns n,
# when a call came to its end without so many of them; but no later than "most",
# an option.  What the sub does last has to wait for an answer of nginx, or for
# the end of the connection.
#
# after => sub { ... } is called behind each of them, with memory again.
#
# For the pools of nginx to ask for nearly each piece, they have to be small.

use strict;
use warnings;

use Test::More ();

use Preload;

use Exporter qw(import);
our @EXPORT = qw(SMALL_POOLS);

use constant SMALL_POOLS => q{
    connection_pool_size 128;
    request_pool_size 128;
};

my $preload;


# What Nginx.pm is started in: the environment, for the master and its children.

sub before {
    my ($class) = @_;

    Test::More::plan(skip_all => 'AddressSanitizer has its own memory')
        if $ENV{ASAN_OPTIONS};
    Test::More::plan(skip_all => 'valgrind has its own memory')
        if $ENV{VALGRIND_NGINX};

    $preload = Preload->new('failing_malloc.c', 'lLLL');

    # nginx logs each as [emerg]

    return (allow => qr/\(12: Cannot allocate memory\)/);
}


sub of {
    my ($class, $nginx) = @_;

    return bless { worker => $preload->worker_of($nginx) }, $class;
}


sub each {
    my ($self, $sub, %option) = @_;

    my $most = $option{most} // 2000;

    for my $n (1 .. $most) {
        my $failed = 0;

        for my $on (0, 1) {
            $preload->write($self->{worker}, $n, $on, 0);
            $sub->($n);
            $failed += ($preload->read)[3];
            $preload->write(0, 0, 0, 0);

            $option{after}->() if $option{after};
        }

        return $n if !$failed;
    }

    return $most;
}


sub worker { $_[0]{worker} }


1;
