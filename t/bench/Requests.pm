package Requests;

# A connection to nginx that sends one request after another and looks at no
# more of an answer than it has to.
#
#     my $line = Requests->new($port);
#     $line->get("GET / HTTP/1.1\r\n...", 200);    # dies if it is another one

use strict;
use warnings;

use IO::Socket::INET;
use Socket qw(IPPROTO_TCP TCP_NODELAY);


sub new {
    my ($class, $port) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $port)
        // die "cannot connect to port $port: $@";

    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;

    return bless { socket => $socket }, $class;
}


sub get {
    my ($self, $request, $status) = @_;

    my $socket = $self->{socket};
    my $buffer = '';

    syswrite $socket, $request or die "cannot send: $!";

    while () {
        sysread $socket, $buffer, 65536, length $buffer
            or die "no answer, \"$buffer\"";

        my $end = index $buffer, "\r\n\r\n";
        next if $end < 0;

        my ($length) = $buffer =~ /^Content-Length: (\d+)\r$/m
            or die "no length: \"$buffer\"";

        last if length $buffer >= $end + 4 + $length;
    }

    $buffer =~ m{\AHTTP/1\.1 $status }
        or die "not $status: \"$buffer\" to \"$request\"";
}


1;
