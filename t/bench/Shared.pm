package Shared;

# What it costs that workers share nothing, and what it would cost if they did.
#
#     prepare_shared($dir, 9, 'RS256', ...);         # makes the tokens
#     my $result = workers('RS256');     # one, two: microseconds of as many
#                                        # workers for a request
#     my $result = table();              # own, shared, busy: nanoseconds to
#                                        # find a token (shared.c)
#
# Each of TOKENS tokens comes USES times, in random order, on connections that
# are with any of the workers; nginx has seen none of them before.  One request
# after another, so that it is the same work however many workers there are.

use strict;
use warnings;

use File::Basename qw(dirname);
use List::Util qw(shuffle);

use Nginx;
use Requests;
use Setting;
use Tokens;
use Worker;

use Exporter qw(import);
our @EXPORT = qw(prepare_shared workers table USES);

use constant TOKENS => 10_000;
use constant USES => 10;
use constant LINES => 32;
use constant FINDS => 100_000;

my ($dir, $upstream, %requests);


sub prepare_shared {
    ($dir, $upstream, my @algs) = @_;

    $requests{$_} = [map { request($_) } fresh($_, TOKENS)] for @algs;
}


# One nginx with a worker and one with two get the same requests in turn, so
# that what the machine does besides meets both.  Connections are begun, and a
# token is known, before the count begins.

sub workers {
    my ($alg) = @_;

    my @begun = map { begin($alg, $_) } 1, 2;
    my $requests = $requests{$alg};

    for my $n (shuffle((0 .. TOKENS - 1) x USES)) {
        for my $run (@begun) {
            $run->{lines}[rand LINES]->get($requests->[$n], 200);
        }
    }

    my ($one, $two) = map { end($_) } @begun;

    return { one => $one, two => $two };
}


sub begin {
    my ($alg, $count) = @_;

    my $worker = Worker->start(
        cpu => 0, module => 1, workers => $count,
        setting(upstream => $upstream, listen => 'reuseport',
                http => 'auth_jwt_token_cache 64m;',
                servers => { page => AUTH }));
    my @lines = map { Requests->new($worker->port('page')) } 1 .. LINES;

    $_->get(request(usual($alg, iat => 1)), 200) for @lines;

    return { worker => $worker, lines => \@lines, before => $worker->cpu };
}


sub end {
    my ($run) = @_;

    my $cpu = ($run->{worker}->cpu - $run->{before}) / (TOKENS * USES);

    $run->{worker}->stop;

    return $cpu;
}


# A table of so many tokens in memory that is shared, against one that is not.

sub table {
    if (!-x "$dir/shared") {
        system('cc', '-O2', '-o', "$dir/shared", dirname(__FILE__)
                                                 . '/shared.c') == 0
            or die 'cannot compile shared.c';
    }

    my $output = `$dir/shared ${\TOKENS} ${\length usual('RS256')} ${\FINDS}`;
    my ($own, $shared, $busy) = $output =~ /\A(\d+) (\d+) (\d+)\n\z/
        or die "no figures: $output";

    return { own => $own, shared => $shared, busy => $busy };
}


1;
