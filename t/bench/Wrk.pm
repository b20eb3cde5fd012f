package Wrk;

# wrk on the other processor, with tokens from a file: see load.lua.
#
#     my @results = race($seconds, {
#         worker => $worker, server => 'page', tokens => $file, status => 200,
#     }, ...);
#     $results[0]{cpu}        microseconds of the worker for a request
#     $results[0]{rate}       requests a second
#     $results[0]{p99}        microseconds; of use if it was the only one
#
# Options: every, pause (for load.lua), connections.  It dies if there were
# other answers than of that status.
#
# There is a wrk for each, and they take turns of a few milliseconds, the others
# being stopped, until each of them had so many seconds: what else there is on
# the machine comes and goes more slowly than that, and meets all of them.

use strict;
use warnings;

use File::Basename qw(dirname);
use IO::Select;
use Time::HiRes qw(time sleep);

use Nginx;

use Exporter qw(import);
our @EXPORT = qw(race);

use constant CPU => 1;
use constant CONNECTIONS => 32;
use constant TURN => 0.03;
use constant REST => 0.004;


sub race {
    my ($seconds, @loads) = @_;

    my @runs = map { begin(%$_) } @loads;

    while ($runs[0]{time} < $seconds) {
        turn($_, sub { sleep TURN }) for @runs;
    }

    return map { end($_) } @runs;
}


# It runs until the first requests have come, and then waits.

sub begin {
    my (%load) = @_;

    my $worker = $load{worker};
    my $connections = $load{connections} // CONNECTIONS;
    my $run = { load => \%load, cpu => 0 };

    turn($run, sub {
        my $before = $worker->cpu;

        $run->{pid} = open $run->{output}, '-|', 'taskset', '-c', CPU, 'wrk',
            '-t1', "-c$connections", '-d10m',
            '-s', dirname(__FILE__) . '/load.lua', $worker->url($load{server}),
            '--', $load{tokens}, $load{every} // 0, $load{pause} // 0
            or die "wrk: $!";

        wait_for { $worker->cpu > $before + 1000 } or die 'wrk sends nothing';
    });

    $run->{time} = 0;

    return $run;
}


# What was sent is answered before it is somebody else's turn.

sub turn {
    my ($run, $sub) = @_;

    my $worker = $run->{load}{worker};
    my $before = $worker->cpu;
    my $start = time;

    kill CONT => $run->{pid} if $run->{pid};
    $sub->();
    kill STOP => $run->{pid};

    $run->{time} += time - $start;

    sleep REST;
    $run->{cpu} += $worker->cpu - $before;
}


# It looks ten times a second whether it should end, and works meanwhile.  The
# signal ends the sleep of its first thread only if this one gets it.

sub end {
    my ($run) = @_;

    my ($load, $output) = @$run{qw(load output)};
    my $text;

    turn($run, sub {
        my $select = IO::Select->new($output);
        local $/;

        do { kill INT => $run->{pid} } until $select->can_read(0.15);
        $text = <$output>;
    });

    close $output;

    my ($requests, $p99, $refused, $broken) =
        $text =~ /result (\d+) (\d+) (\d+) (\d+)/ or die "wrk said: $text";
    my $expected = ($load->{status} // 200) == 200 ? 0 : $requests;

    die "$load->{server}, $load->{tokens}: of $requests $refused refused, "
        . "$broken broken" if $broken || abs($refused - $expected) > 64;

    return { cpu => $run->{cpu} / $requests, rate => $requests / $run->{time},
             p99 => $p99 };
}


1;
