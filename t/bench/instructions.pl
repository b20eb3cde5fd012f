#!/usr/bin/perl
#
# instructions.pl [NAME ...]
# instructions.pl --ci
# instructions.pl --functions CASE
#
# Counts the instructions of a request by callgrind, which does not depend on
# what else the machine does: user space only, one process, one connection,
# the same request headers with and without protection.  How it is counted:
# Callgrind.pm; the cases and the bars: Cases.pm.
#
# Prints all lines, or those with a NAME in theirs, or those that are marked
# "ci"; it fails if one of these is over its bar.  --functions prints the twenty
# functions that cost most in a case, beside what they cost in the one that it
# is compared with, and leaves the file for callgrind_annotate or kcachegrind in
# build/bench.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Path qw(make_path);
use FindBin;

use lib $FindBin::Bin, "$FindBin::Bin/../lib";

use Cases;

my $root = "$FindBin::Bin/../..";

alarm 1800;
$| = 1;

if (@ARGV == 2 && $ARGV[0] eq '--functions') {
    functions($ARGV[1]);
    exit 0;
}

my $ci = @ARGV && $ARGV[0] eq '--ci' && shift @ARGV;

exit(table(@ARGV) ? 1 : 0);


sub table {
    my (@names) = @_;

    my $failed = 0;

    printf "%-46s %10s  %s\n", 'instructions a request', 'figure', 'bar';

    for my $line (Cases::lines()) {
        my ($name, $figure, $bar, %option) = @$line;

        next if $ci && !$option{ci};
        next if @names && !grep { index($name, $_) >= 0 } @names;

        my $value = $figure->();
        my $good = !defined $bar || $value <= $bar;
        my $text = defined $bar ? "<= $bar" : '';

        $text .= " ($option{stretch})" if $option{stretch};
        $failed = 1 if !$good && $option{ci};

        my $printed = sprintf '%-46s %10s  %-18s %s%s', $name,
                              sprintf($option{format} // '%.0f', $value), $text,
                              defined $bar ? ($good ? 'ok' : 'over') : '',
                              $option{ci} ? ' ci' : '';

        print $printed =~ s/ +\z//r, "\n";
    }

    return $failed;
}


sub functions {
    my ($name) = @_;

    my ($case, $base) = map { $_ && Cases::count($_) }
                        $name, Cases::base($name);
    my ($mine, $theirs) = map { $_ ? $_->{functions} : {} } $case, $base;

    my %more = map { $_ => $mine->{$_} - ($theirs->{$_} // 0) } keys %$mine;
    my @most = sort { $more{$b} <=> $more{$a} } keys %more;

    splice @most, 20 if @most > 20;

    printf "%10s %10s %10s  %s\n", 'more', 'here', 'there', 'function';
    printf "%10.1f %10.1f %10.1f  %s\n", $more{$_}, $mine->{$_},
           $theirs->{$_} // 0, $_ for @most;
    printf "%10.1f %10.1f %10.1f  %s\n",
           $case->{total} - ($base ? $base->{total} : 0), $case->{total},
           $base ? $base->{total} : 0, 'all';

    make_path("$root/build/bench");
    copy($case->{file}, "$root/build/bench/callgrind.out") or die $!;
    print "for callgrind_annotate: build/bench/callgrind.out\n";
}
