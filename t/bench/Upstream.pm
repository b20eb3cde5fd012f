package Upstream;

# A server that reads a request and answers with the same bytes each time, on
# connections that stay open.  A process of its own; it ends with this one.
#
#     my $upstream = Upstream->start;
#     $upstream->port;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();

use constant RESPONSE => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                         . "Content-Length: 5\r\n\r\ngood\n";


sub start {
    my ($class) = @_;

    my $listener = IO::Socket::INET->new(Listen => 128,
                                         LocalAddr => '127.0.0.1')
        or die "no upstream: $@";

    # nobody writes to it: the end of the parent is the end of file

    pipe my $alive, my $parent or die "pipe: $!";

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        close $parent;
        serve($listener, $alive);
        POSIX::_exit(0);
    }

    return bless { port => $listener->sockport, pid => $pid,
                   parent => $parent }, $class;
}


sub port { $_[0]{port} }


sub serve {
    my ($listener, $alive) = @_;

    my %buffer;
    my $select = IO::Select->new($listener, $alive);

    while () {
        for my $socket ($select->can_read) {
            return if $socket == $alive;

            if ($socket == $listener) {
                $select->add($listener->accept // next);
                next;
            }

            my $n = sysread $socket, $buffer{$socket}, 65536,
                            length($buffer{$socket} // '');

            if (!$n) {
                delete $buffer{$socket};
                $select->remove($socket);
                close $socket;
                next;
            }

            syswrite $socket, RESPONSE
                while $buffer{$socket} =~ s/\A.*?\r\n\r\n//s;
        }
    }
}


1;
