package Held;

# An upstream that answers when the test says so, in pieces if it likes.
#
#     my $held = Held->start;              # $held->address for a configuration
#     my $request = $held->take;           # the next request; undef: none came
#     $request->head                       # as it was received
#     $request->answer($body);             # 200 with all of it, and close
#     $request->send($bytes);              # a piece
#     $request->drop;                      # close
#     $request->gone                       # nginx has closed the connection
#     $held->idle                          # no request is there to be taken

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;

use constant TIMEOUT => 20 * ($ENV{TEST_NGINX_WATCHED} || 1);


sub start {
    my ($class) = @_;

    my $listener = IO::Socket::INET->new(Listen => 128,
                                         LocalAddr => '127.0.0.1')
        or die "no upstream: $@";

    return bless { listener => $listener }, $class;
}


sub address { '127.0.0.1:' . $_[0]{listener}->sockport }


sub idle { !IO::Select->new($_[0]{listener})->can_read(0) }


sub take {
    my ($self, $timeout) = @_;

    IO::Select->new($self->{listener})->can_read($timeout // TIMEOUT)
        or return undef;

    my $request = bless { socket => scalar $self->{listener}->accept,
                          head => '' }, 'Held::Request';

    until ($request->{head} =~ /\r\n\r\n/) {
        $request->read or die "no request: \"$request->{head}\"";
    }

    return $request;
}


package Held::Request;


sub head { $_[0]{head} }


sub read {
    my ($self) = @_;

    IO::Select->new($self->{socket})->can_read(Held::TIMEOUT)
        or die "nginx is silent: \"$self->{head}\"";

    return sysread $self->{socket}, $self->{head}, 65536,
                   length $self->{head};
}


sub answer {
    my ($self, $body) = @_;

    $self->send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                . length($body) . "\r\n\r\n$body");
    $self->drop;
}


sub send {
    my ($self, $bytes) = @_;

    local $SIG{PIPE} = 'IGNORE';

    while (length $bytes) {
        my $n = syswrite $self->{socket}, $bytes;
        last if !defined $n;
        substr $bytes, 0, $n, '';
    }
}


sub gone {
    my ($self) = @_;

    return !IO::Select->new($self->{socket})->can_read(Held::TIMEOUT)
           ? 0 : !sysread $self->{socket}, my $byte, 1;
}


sub drop { close $_[0]{socket} }


1;
