package Line;

# A client that keeps one connection to nginx, and accounts for each request.
#
#     my $line = Line->new($port, sub { $pid });    # who was killed, 0: nobody
#     my $status = $line->get($request);            # its bytes; 200, 401, ...
#
#     $line->send($requests);                       # pipelined
#     my $status = $line->response;
#
# A connection that nginx closes between two requests is opened anew; no
# request was on it.  If it is closed after a request was sent and before a
# byte of the answer has come, it crossed with the closing of an idle
# connection by a worker that shuts down: as any client does (RFC 9112, 9.3.1
# and 9.5; RFC 9110, 9.2.2), this one sends that GET again, once.  This can
# only happen where the connection has had an answer before.
#
# What was under way in a worker that was killed gets no answer from anybody:
# it is counted by itself, and sent again, too.  A connection that had no
# answer yet, so that it is not known whose it is, is taken for one of the
# killed worker if there is one and the connection is older than its death.
#
# Anything else is counted as broken, and get() returns "broken".  The counts:
#
#     $line->{count}{between}   connections closed between two requests
#     $line->{count}{again}     requests sent again: the closing crossed
#     $line->{count}{killed}    requests that a killed worker did not answer
#     $line->{count}{broken}    requests that got no answer for no reason, or
#                               half of one

use strict;
use warnings;

use Errno qw(EAGAIN);
use IO::Socket::INET;
use Socket qw(MSG_DONTWAIT MSG_PEEK SOL_SOCKET SO_RCVTIMEO);
use Time::HiRes qw(time);

use constant TIMEOUT => 30;


sub new {
    my ($class, $port, $killed) = @_;

    return bless { port => $port, killed => $killed // sub { 0 },
                   count => { map { $_ => 0 }
                              qw(between again killed broken) } }, $class;
}


sub get {
    my ($self, $request) = @_;

    $self->see_whether_closed;

    while () {
        $self->connect if !$self->{socket};
        $self->send($request);

        my $status = $self->response;
        return $status if $status;

        my $why = $self->why_none;

        $self->{count}{$why}++;
        $self->close;

        return 'broken' if $why eq 'broken';
    }
}


# Why there was no answer.  What is sent again goes by a new connection, where
# this is no excuse any more.

sub why_none {
    my ($self) = @_;

    my $dead = $self->{killed}->();

    return 'killed' if $dead && ($self->{worker} ? $self->{worker} == $dead
                                                 : !$self->{after_kill});

    return 'again' if $self->{worker} && $self->{buffer} eq ''
                      && !$self->{timeout};

    return 'broken';
}


sub see_whether_closed {
    my ($self) = @_;

    return if !$self->{socket};

    my $rc = recv $self->{socket}, my $byte, 1, MSG_PEEK | MSG_DONTWAIT;

    return if !defined $rc && $! == EAGAIN;

    # something that nobody asked for is no reason to be silent

    $self->{count}{defined $rc && $byte ne '' ? 'broken' : 'between'}++;
    $self->close;
}


sub connect {
    my ($self) = @_;

    $self->{after_kill} = $self->{killed}->();

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $self->{port})
        // die "cannot connect to port $self->{port}: $@";

    setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack 'l!l!', TIMEOUT, 0;

    @$self{qw(socket buffer worker timeout)} = ($socket, '', 0, 0);
}


sub close {
    my ($self) = @_;

    close delete $self->{socket};
}


# What cannot be written has an answer, or none, that tells why.

sub send {
    my ($self, $bytes) = @_;

    local $SIG{PIPE} = 'IGNORE';

    while (length $bytes) {
        my $n = syswrite $self->{socket}, $bytes;
        last if !defined $n;
        substr $bytes, 0, $n, '';
    }
}


# The status of the next response, 0 if there is none or not all of it.  The
# header X-Worker of it says whose the connection is.

sub response {
    my ($self) = @_;

    until ($self->{buffer} =~ /\r\n\r\n/) {
        $self->fill or return 0;
    }

    my ($head) = $self->{buffer} =~ /\A(.*?\r\n\r\n)/s;
    my ($status) = $head =~ m{\AHTTP/1\.1 (\d{3}) };
    my ($length) = $head =~ /^Content-Length: (\d+)\r$/m;
    my ($worker) = $head =~ /^X-Worker: (\d+)\r$/m;

    die "not understood: $head" if !$status || !defined $length || !$worker;

    $self->{worker} = $worker;

    while (length $self->{buffer} < length($head) + $length) {
        $self->fill or return 0;
    }

    substr $self->{buffer}, 0, length($head) + $length, '';

    $self->close if $head =~ /^Connection: close\r$/m;

    return $status;
}


sub fill {
    my ($self) = @_;

    my $n = sysread $self->{socket}, $self->{buffer}, 65536,
                    length $self->{buffer};

    $self->{timeout} = 1 if !defined $n && $! == EAGAIN;

    return $n;
}


1;
