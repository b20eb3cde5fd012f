package Echo;

# The upstream behind nginx: it answers each request with 200 and the request
# itself, as it came, as the body.  It keeps connections alive, takes a
# WebSocket upgrade (and then returns every byte), and writes down each request
# before it answers.  A process of its own; it ends when the test does.
#
#     my $echo = Echo->start($dir);
#     $echo->port;
#     $echo->requests;      # raw requests; in scalar context their number
#     $echo->stop;

use strict;
use warnings;

use Digest::SHA qw(sha1_base64);
use IO::Select;
use IO::Socket::INET;
use POSIX ();

use constant WEBSOCKET => '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';


# $respond, if given, gets a raw request and returns a raw response.

sub start {
    my ($class, $dir, $respond) = @_;

    my $self = bless { dir => "$dir/upstream" }, $class;

    mkdir $self->{dir} or die "$self->{dir}: $!";

    my $listener = IO::Socket::INET->new(Listen => 128,
                                         LocalAddr => '127.0.0.1')
        or die "no upstream: $@";

    $self->{port} = $listener->sockport;

    # nobody writes to it: the end of the parent is the end of file

    pipe my $alive, $self->{alive} or die "pipe: $!";

    $self->{pid} = fork // die "fork: $!";

    if ($self->{pid} == 0) {
        close $self->{alive};
        $SIG{$_} = 'DEFAULT' for qw(ALRM HUP TERM);
        $SIG{INT} = $SIG{PIPE} = 'IGNORE';

        eval { $self->serve($listener, $alive, $respond) };
        warn $@ if $@;
        POSIX::_exit($@ ? 1 : 0);
    }

    return $self;
}


sub port { $_[0]{port} }


sub requests {
    my ($self) = @_;

    my @requests;

    for (my $n = 1; open my $file, '<:raw', "$self->{dir}/$n"; $n++) {
        local $/;
        push @requests, scalar <$file>;
    }

    return @requests;
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    close delete $self->{alive};
    kill TERM => $pid;

    local $?;
    waitpid $pid, 0;
}


sub serve {
    my ($self, $listener, $alive, $respond) = @_;

    my $count = 0;
    my %buffer;
    my %upgraded;
    my $select = IO::Select->new($listener, $alive);

    while () {
        for my $socket ($select->can_read) {

            return if $socket == $alive;

            if ($socket == $listener) {
                $select->add($listener->accept // next);
                next;
            }

            my $fd = fileno $socket;
            my $n = sysread $socket, my $bytes, 65536;

            if (!$n) {
                delete $buffer{$fd};
                delete $upgraded{$fd};
                $select->remove($socket);
                close $socket;
                next;
            }

            if ($upgraded{$fd}) {
                write_all($socket, $bytes);
                next;
            }

            $buffer{$fd} .= $bytes;

            while (my $request = take_request(\$buffer{$fd})) {
                $self->note(++$count, $request);

                my $response = $respond ? $respond->($request)
                                        : response_to($request);

                write_all($socket, $response);

                $upgraded{$fd} = 1 if $response =~ m{\AHTTP/1\.1 101};
                shutdown $socket, 1 if $response =~ /^Connection: close\r$/mi;
            }
        }
    }
}


# A whole request is cut off from the buffer's begin.

sub take_request {
    my ($buffer) = @_;

    $$buffer =~ /\A.*?\r\n\r\n/s or return undef;

    my $head = $&;
    my $body = substr $$buffer, length $head;
    my $length = 0;

    if ($head =~ /^Transfer-Encoding: chunked\r$/mi) {
        $body =~ /\A(?:.*\r\n)?0\r\n\r\n/s or return undef;
        $length = length $&;

    } elsif ($head =~ /^Content-Length: (\d+)\r$/mi) {
        $length = $1;
        return undef if length $body < $length;
    }

    return substr $$buffer, 0, length($head) + $length, '';
}


sub note {
    my ($self, $n, $request) = @_;

    my $path = "$self->{dir}/$n";

    open my $file, '>:raw', "$path.new" or die "$path.new: $!";
    print $file $request;
    close $file or die "$path.new: $!";

    rename "$path.new", $path or die "$path: $!";
}


sub response_to {
    my ($request) = @_;

    if ($request =~ /^Upgrade: websocket\r$/mi) {
        my ($key) = $request =~ /^Sec-WebSocket-Key: (.*)\r$/mi;
        my $accept = sha1_base64(($key // '') . WEBSOCKET) . '=';

        return "HTTP/1.1 101 Switching Protocols\r\n"
               . "Upgrade: websocket\r\n"
               . "Connection: Upgrade\r\n"
               . "Sec-WebSocket-Accept: $accept\r\n\r\n";
    }

    my $length = length $request;
    my $connection = $request =~ m{ HTTP/1\.0\r\n}
                     || $request =~ /^Connection: close\r$/mi
                   ? 'close' : 'keep-alive';

    return "HTTP/1.1 200 OK\r\n"
           . "Content-Type: text/plain\r\n"
           . "Content-Length: $length\r\n"
           . "Connection: $connection\r\n\r\n"
           . ($request =~ /\AHEAD / ? '' : $request);
}


sub write_all {
    my ($socket, $bytes) = @_;

    while (length $bytes) {
        my $n = syswrite $socket, $bytes;
        last if !defined $n;
        substr $bytes, 0, $n, '';
    }
}


1;
