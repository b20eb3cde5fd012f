package Sender;

# Clients of the soak: each works until it is told to stop, holds each answer
# against what was asked for, and returns its counts.
#
#     sender($nginx, $mix, $progress)->($number, $told)     HTTP/1.1, pipelined
#     streams($nginx, $mix, $progress)->(...)               HTTP/2
#     breaker($nginx, $slow, $progress)->(...)              what ends too early
#
# What is told: "FAULTS NEWEST": how many reloads and kills there were, and the
# newest key of the provider.
#
# A connection may be cut by a worker that was killed, and between two answers
# by one that shuts down; what has no answer is sent again.  The counts:
#
#     responses, wrong         answers, and those that are not as asked
#     cut{PID}                 connections that ended between two answers
#     torn{PID}                and within one; PID 0: no answer before
#     aborted, large           requests of the breaker
#
# and "why", the first ones that are wrong.

use strict;
use warnings;

use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_RCVTIMEO);

use Http2;
use Token;

use Exporter qw(import);
our @EXPORT = qw(sender streams breaker);

use constant TIMEOUT => 30;
use constant STREAMS => 20;
use constant CONNECTION => 100;      # bunches of requests

my $RESPONSE = qr{
    \G HTTP/1\.1\ (\d{3})\ [^\r]*\r\n .*? Content-Length:\ (\d+)\r\n
    .*? X-Got:\ ([^\r]*)\r\n X-Worker:\ (\d+)\r\n\r\n
}xs;


sub sender {
    my ($nginx, $mix, $progress) = @_;

    return sub {
        my ($number, $told) = @_;

        my $count = { responses => 0, wrong => 0, cut => {}, torn => {},
                      why => [] };
        my $line = { port => $nginx->port, count => $count };

        srand $number;

        for (my $i = $number; (my $text = $told->()) ne 'stop'; $i++) {
            my ($faults, $newest) = split / /, $text;
            my ($bytes, $expected) = $i % 16 ? $mix->bunch
                                             : $mix->provider($newest);
            my @left = @$expected;

            # all of it again is simpler than some of it

            until (exchange($line, $bytes, \@left)) {
                @left = @$expected;
            }

            # nginx gives nothing back before a connection ends

            close delete $line->{socket} if $i % CONNECTION == 0;

            $progress->($number, $count->{responses});
        }

        return $count;
    };
}


# Sends requests and compares what comes; false if the connection was cut.

sub exchange {
    my ($line, $bytes, $expected) = @_;

    my $count = $line->{count};
    my $socket = $line->{socket} //= open_to($line);
    my $buffer = '';
    my $got = 0;

    local $SIG{PIPE} = 'IGNORE';

    push_all($socket, $bytes);

    while ($got < @$expected) {
        my $start = pos($buffer) // 0;

        if ($buffer =~ /$RESPONSE/gc
            && length $buffer >= pos($buffer) + $2)
        {
            my $answer = "$1 $3";

            pos($buffer) += $2;
            $line->{worker} = $4;
            $count->{responses}++;

            if ($answer ne $expected->[$got]) {
                $count->{wrong}++;
                push @{$count->{why}}, "$answer, not $expected->[$got]"
                    if @{$count->{why}} < 5;
            }

            $got++;
            next;
        }

        pos($buffer) = $start;

        if (!sysread $socket, $buffer, 262144, length $buffer) {
            my $kind = $start < length $buffer ? 'torn' : 'cut';

            $count->{$kind}{$line->{worker}}++;
            close delete $line->{socket};
            return 0;
        }

        pos($buffer) = $start;
    }

    return 1;
}


sub open_to {
    my ($line) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $line->{port})
        // die "cannot connect to port $line->{port}: $@";

    setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack 'l!l!', TIMEOUT, 0;
    $line->{worker} = 0;

    return $socket;
}


sub push_all {
    my ($socket, $bytes) = @_;

    my $from = 0;

    while ($from < length $bytes) {
        my $n = syswrite $socket, $bytes, length($bytes) - $from, $from;
        last if !$n;
        $from += $n;
    }
}


sub streams {
    my ($nginx, $mix, $progress) = @_;

    return sub {
        my ($number, $told) = @_;

        my $count = { responses => 0, wrong => 0, cut => {}, torn => {},
                      why => [] };
        my $h2;

        srand $number;

        while ($told->() ne 'stop') {
            my @all = map { [$mix->one] } 1 .. STREAMS;

            # GOAWAY, or the end: all of them again

            until (eval { $h2 //= Http2->new($nginx->connect(2));
                          ask_streams($h2, $count, @all); 1 })
            {
                $count->{cut}{'HTTP/2'}++;
                undef $h2;
            }

            # numbers of streams are not without end, nor is what it keeps

            undef $h2 if $h2->{id} > 20000;

            $progress->($number, $count->{responses});
        }

        return $count;
    };
}


sub ask_streams {
    my ($h2, $count, @all) = @_;

    my @ids = $h2->send_all(map {
        my ($path, $headers) = @$_;
        my %header = @$headers;

        [$path, map { (lc, $header{$_}) } sort keys %header];
    } @all);

    for my $i (0 .. $#all) {
        my ($status) = $h2->answer($ids[$i]);
        my ($expected, $text) = split / /, $all[$i][2], 2;

        $count->{responses}++;
        next if $status eq $expected && $h2->has($ids[$i], 'x-got', $text);

        $count->{wrong}++;
        push @{$count->{why}}, "HTTP/2: $status, not $all[$i][2]"
            if @{$count->{why}} < 5;
    }

    delete @{$h2->{$_}}{@ids} for qw(status body headers ended);
}


# Clients that go away, in the middle of a header or while their request waits
# for keys, and what is too large.

sub breaker {
    my ($nginx, $slow, $progress) = @_;

    return sub {
        my ($number, $told) = @_;

        my $count = { responses => 0, wrong => 0, cut => {}, torn => {},
                      aborted => 0, large => 0, why => [] };
        my $head = "GET /slow HTTP/1.1\r\nHost: soak\r\nAuthorization: Bearer ";
        my $line = { port => $nginx->port, count => $count };
        my $large = token('HS256', { fill => 'x' x 60000 });
        my $huge = 'x' x 140_000;

        srand $number;

        while ($told->() ne 'stop') {
            for (1 .. 20) {
                abort($nginx, substr $head . $slow, 0, 10 + rand 200);
                abort($nginx, "$head$slow\r\n\r\n");
                $count->{aborted} += 2;
            }

            my $bytes = "GET / HTTP/1.1\r\nHost: soak\r\n"
                        . "Authorization: Bearer $large\r\n\r\n";

            1 until exchange($line, $bytes, ['401 too_large ']);

            close delete $line->{socket} if $count->{large} % 200 == 0;

            my $status = status_of($nginx, "$head$huge\r\n\r\n");

            $count->{large} += 2;

            if ($status ne '400' && $status ne 'cut') {
                $count->{wrong}++;
                push @{$count->{why}}, "$status, not 400 of nginx";
            }

            $count->{cut}{0}++ if $status eq 'cut';
            $progress->($number, $count->{responses});
            select undef, undef, undef, 0.02;
        }

        return $count;
    };
}


sub abort {
    my ($nginx, $bytes) = @_;

    my $socket = open_to({ port => $nginx->port });

    local $SIG{PIPE} = 'IGNORE';

    push_all($socket, $bytes);
    close $socket;
}


sub status_of {
    my ($nginx, $bytes) = @_;

    my $socket = open_to({ port => $nginx->port });

    local $SIG{PIPE} = 'IGNORE';

    push_all($socket, $bytes);
    sysread $socket, my $text, 4096 or return 'cut';

    return $text =~ m{\AHTTP/1\.1 (\d{3}) } ? $1 : 'nothing';
}


1;
