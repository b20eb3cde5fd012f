#!/usr/bin/perl
#
# bench.pl
#
# What protection costs: nginx without the module and nginx with it, side by
# side, with the same request headers.  A worker each on one processor, wrk on
# the other one, in short turns (Wrk.pm), every second round the other way
# round; what a request costs is the time that the kernel says the worker has
# had, in user space and in its own.  Figures are medians of the rounds, ratios
# and differences are made within a round; "+-" is half the way from the lowest
# to the highest.  Requests a second and p99 are of the best round.  The bars
# are printed and not enforced: on a machine that others use they move.
#
# Environment: ROUNDS (3), SECONDS (1) of each load in each round, TOKENS
# (100000) in a large cache.

use strict;
use warnings;

use File::Temp;
use FindBin;
use POSIX qw(ceil);

use lib $FindBin::Bin, "$FindBin::Bin/../lib";

use Keys;
use Loads;
use Nginx;
use Shared;

use constant ROUNDS => $ENV{ROUNDS} // 3;
use constant SECONDS => $ENV{SECONDS} // 1;
use constant SHARED => qw(RS256 ES256);

alarm 7200;
$| = 1;

my $dir = File::Temp->newdir('ngx-http-jwt-bench-XXXXXX', TMPDIR => 1);

die "two processors are needed\n" if `nproc` < 2;

prepare($dir->dirname);
prepare_shared($dir->dirname, 9, SHARED);

my $memory = memory();
my %result;

for my $round (1 .. ROUNDS) {
    print STDERR "round $round\n" if -t STDERR;
    measure($round);
}

printf "%-40s %9s %8s  %s\n", 'microseconds of the worker a request',
       'median', '+-', 'bar';
costs();

printf "\n%-40s %9s %8s  %s\n", 'more', 'figure', '+-', 'bar';
others();

printf "\n%-40s %9s %8s\n", '10,000 tokens, 10 uses each', 'figure', '+-';
shared();


sub measure {
    my ($round) = @_;

    my $load = sub {
        my ($seconds, $group, @more) = @_;
        my @names = $round & 1 ? @$group : reverse @$group;
        my @results = run($seconds, \@names, @more);

        keep($names[$_], $results[$_]) for 0 .. $#names;
    };

    for my $group (groups()) {
        $load->(SECONDS, $group);

        my ($alg) = $group->[0] =~ /\Abare (.*)/ or next;
        keep("raw $alg", { cpu => raw($dir, $alg, 300) });
    }

    # half of what a bare one can do; 64 connections, so that milliseconds
    # between two requests are fine enough

    my $rate = best(rate => 'bare RS256') / 2;
    my @slow = (connections => 64, pause => ceil(64 / $rate * 1000));
    my @names = ('bare slow', 'mixed slow');

    $load->(2 * SECONDS, [$_], @slow) for $round & 1 ? @names : reverse @names;

    keep("workers $_", workers($_)) for SHARED;
    keep('table', table());
}


sub keep {
    my ($name, $result) = @_;

    push @{$result{$name}{$_}}, $result->{$_} for keys %$result;
}


sub series { @{$result{$_[0]}{$_[1]}} }


# The same of each round

sub rounds {
    my ($sub, $kind, @names) = @_;

    my @series = map { [series($_, $kind)] } @names;

    return map { my $round = $_; $sub->(map { $_->[$round] } @series) }
           0 .. $#{$series[0]};
}


sub ratio { return rounds(sub { $_[0] / $_[1] }, @_) }

sub less { return rounds(sub { $_[0] - $_[1] }, 'cpu', @_) }


sub costs {
    for my $alg (ALGS) {
        line("bare $alg", '%.1f', [series("bare $alg", 'cpu')]);
        line("hit $alg / bare", '%.3f', [ratio('cpu', "hit $alg", "bare $alg")],
             1.05);

        my $raw = middle(series("raw $alg", 'cpu'));

        line("raw OpenSSL $alg", '%.1f', [series("raw $alg", 'cpu')]);
        line("first $alg - bare", '%.1f', [less("first $alg", "bare $alg")],
             $alg eq 'HS256' ? 8 : sprintf '%.1f', 1.15 * $raw + 6);
    }

    line('proxy, three constants', '%.1f', [series('proxy', 'cpu')]);
    line('three claims / constants', '%.3f', [ratio('cpu', 'claims', 'proxy')],
         1.05);

    line("$_ / first RS256", '%.3f', [ratio('cpu', $_, 'first RS256')], 1)
        for 'bad signature', 'expired';

    line('malformed - own 401', '%.1f', [less('malformed', 'own 401')]);

    line("$_->[0] / $_->[1]", '%.3f', [ratio('cpu', @$_)], 1.1)
        for ['1,000 keys', 'hit HS256'], ['100 providers', '1 provider'],
            ['many tokens', '10 tokens'];
}


# Of these the best round counts: what else runs on the machine can only make
# them worse.

sub others {
    line('requests a second, bare RS256', '%.0f',
         [best(rate => 'bare RS256')]);
    line("requests a second, hit $_ / bare", '%.3f',
         [best(rate => "hit $_") / best(rate => "bare $_")], -0.95) for ALGS;
    line('requests a second, claims / constants', '%.3f',
         [best(rate => 'claims') / best(rate => 'proxy')], -0.95);

    line('p99, 50 % load, bare, us', '%.0f', [best(p99 => 'bare slow')]);
    line('p99, 1 in 100 new / bare', '%.3f',
         [best(p99 => 'mixed slow') / best(p99 => 'bare slow')], 1.2);

    line('bytes of a token', '%.0f', [$memory->{token}]);
    line('bytes for a cached token', '%.0f', [$memory->{cached}],
         $memory->{token} + 128);
    line('the same, one claim used', '%.0f', [$memory->{used}], 1536);
    line('worker, cache full / base + 32m', '%.3f', [$memory->{full}],
         $memory->{was_full} ? 1.1 : undef);

    line("key load, $_->[0], us", '%.1f', [key_load($_->[1])], $_->[2])
        for ['RSA', 'rsa', 10], ['P-256', 'ec256', 40];
}


# What a second worker costs, for it verifies what the first one has; and what
# a table for both of them would cost at each use of a token.

sub shared {
    for my $alg (SHARED) {
        my ($one, $two) = map { [series("workers $alg", $_)] } qw(one two);
        my @rounds = 0 .. $#$one;

        line("two workers / one, $alg", '%.3f',
             [map { $two->[$_] / $one->[$_] } @rounds]);
        line("a token in one more worker, $alg, us", '%.1f',
             [map { ($two->[$_] - $one->[$_]) * USES } @rounds]);
    }

    line("to find a token, $_->[1], ns", '%.0f', [series('table', $_->[0])])
        for ['own', 'own memory'], ['shared', 'shared memory'],
            ['busy', 'shared, both at it'];
}


sub best {
    my ($kind, $name) = @_;

    my @sorted = sort { $a <=> $b } series($name, $kind);

    return $kind eq 'rate' ? $sorted[-1] : $sorted[0];
}


# A bar below zero: at least so much.

sub line {
    my ($name, $format, $values, $bar) = @_;

    my $value = middle(@$values);
    my @sorted = sort { $a <=> $b } @$values;
    my $spread = @$values > 1 ? ($sorted[-1] - $sorted[0]) / 2 : undef;
    my $good = !defined $bar || ($bar < 0 ? $value >= -$bar : $value <= $bar);

    my $text = sprintf '%-40s %9s %8s  %-12s %s', $name,
                       sprintf($format, $value),
                       defined $spread ? sprintf($format, $spread) : '',
                       !defined $bar ? '' : ($bar < 0 ? '>= ' : '<= ')
                                            . abs $bar,
                       !defined $bar ? '' : $good ? 'ok' : 'over';

    print $text =~ s/ +\z//r, "\n";
}


sub middle {
    my (@values) = sort { $a <=> $b } @_;

    return ($values[$#values / 2] + $values[@values / 2]) / 2;
}
