package Client;

# One connection to nginx.
#
#     my $client = $nginx->connect;
#     my $answer = $client->get('/', Authorization => "Bearer $token");
#     my $second = $client->get('/');        # keepalive
#     $client->begin('GET', '/', [bearer($token)]);
#     $client->send("GET / HTTP/1.0\r\n\r\n");
#     my $third = $client->response;
#     my @all = $client->responses;          # until nginx closes
#
# An answer must be complete 30 seconds after the last send.
#
#     $answer->status     200
#     $answer->reason     OK
#     $answer->header('Content-Type')        several are joined by ", "
#     $answer->headers    [name, value], ... in their order
#     $answer->body
#     $answer->raw        all bytes of it
#     $answer->verdict    "401 expired", if X-Status shows $jwt_status
#     $answer->result     "200 ok alice", if the upstream shows what it got by
#                         proxy_set_header X-User "<$jwt_claim_sub>"

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

use constant TIMEOUT => 30 * ($ENV{TEST_NGINX_WATCHED} || 1);


sub new {
    my ($class, $port) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $port,
                                       Timeout => TIMEOUT)
        or die "cannot connect to port $port: $@";

    return bless { socket => $socket, buffer => '', end => time + TIMEOUT },
                 $class;
}


sub get {
    my ($self, $path, @headers) = @_;

    return $self->request('GET', $path, \@headers);
}


sub request {
    my ($self, $method, @request) = @_;

    $self->begin($method, @request);

    return $self->response($method);
}


# The same without its response; returns the connection.

sub begin {
    my ($self, $method, $path, $headers, $body) = @_;

    my @pairs = @{$headers // []};
    my $request = "$method $path HTTP/1.1\r\n";

    $request .= "Host: localhost\r\n"
        if !grep { !($_ & 1) && lc $pairs[$_] eq 'host' } 0 .. $#pairs;

    while (my ($name, $value) = splice @pairs, 0, 2) {
        $request .= "$name: $value\r\n";
    }

    if (defined $body) {
        $request .= 'Content-Length: ' . length($body) . "\r\n\r\n$body";

    } else {
        $request .= "\r\n";
    }

    $self->send($request);

    return $self;
}


# nginx may answer and close before it has read all: not an error here

sub send {
    my ($self, $bytes) = @_;

    local $SIG{PIPE} = 'IGNORE';

    $self->{end} = time + TIMEOUT;

    while (length $bytes) {
        my $n = syswrite $self->{socket}, $bytes;
        last if !defined $n;
        substr $bytes, 0, $n, '';
    }
}


# The next response, or undef if nginx has closed the connection.  The method
# of the request matters for HEAD.

sub response {
    my ($self, $method) = @_;

    until ($self->{buffer} =~ /\r\n\r\n/) {
        $self->fill or last;
    }

    return undef if $self->{buffer} eq '';

    $self->{buffer} =~ s/\A(.*?)\r\n\r\n//s
        or die "no end of response header: \"$self->{buffer}\"";

    my $answer = Client::Response->new($1);
    my $status = $answer->status;

    return $self->response($method) if $status == 100;
    return $answer if $status == 101 || $status == 204 || $status == 304
                      || ($method // '') eq 'HEAD';

    if (lc($answer->header('Transfer-Encoding') // '') eq 'chunked') {

        while () {
            my $line = $self->take_line;
            my $size = hex(($line =~ /\A([0-9a-f]+)/i)[0]
                           // die "no chunk size: \"$line\"");
            my $chunk = $self->take($size + 2);

            $answer->{raw} .= "$line\r\n$chunk";
            last if $size == 0;
            $answer->{body} .= substr $chunk, 0, $size;
        }

    } elsif (defined(my $length = $answer->header('Content-Length'))) {
        $answer->{body} = $self->take($length);
        $answer->{raw} .= $answer->{body};

    } else {
        1 while $self->fill;
        $answer->{body} = $self->{buffer};
        $answer->{raw} .= $answer->{body};
        $self->{buffer} = '';
    }

    return $answer;
}


sub responses {
    my ($self) = @_;

    my @all;

    while (my $answer = $self->response) {
        push @all, $answer;
    }

    return @all;
}


# So many bytes of what comes, for example after 101.

sub take {
    my ($self, $length) = @_;

    while (length $self->{buffer} < $length) {
        $self->fill or die "connection closed, \"$self->{buffer}\" is left";
    }

    return substr $self->{buffer}, 0, $length, '';
}


sub take_line {
    my ($self) = @_;

    until ($self->{buffer} =~ /\r\n/) {
        $self->fill or die "connection closed, \"$self->{buffer}\" is left";
    }

    $self->{buffer} =~ s/\A(.*?)\r\n//;

    return $1;
}


sub fill {
    my ($self) = @_;

    my $rest = $self->{end} - time;

    $rest > 0 && IO::Select->new($self->{socket})->can_read($rest)
        or die 'no answer in ' . TIMEOUT . ' seconds';

    return sysread $self->{socket}, $self->{buffer}, 65536,
                   length $self->{buffer};
}


sub close { close $_[0]{socket} }


package Client::Response;


sub new {
    my ($class, $head) = @_;

    my ($line, @lines) = split /\r\n/, $head;
    my ($status, $reason) = $line =~ m{\AHTTP/1\.[01] (\d{3})(?: (.*))?\z}
        or die "no status line: \"$line\"";

    my @headers = map { [/\A([^:]+):[ \t]*(.*?)[ \t]*\z/s] } @lines;

    return bless { status => $status, reason => $reason // '', line => $line,
                   headers => \@headers, body => '',
                   raw => "$head\r\n\r\n" }, $class;
}


sub status { $_[0]{status} }
sub reason { $_[0]{reason} }
sub line { $_[0]{line} }
sub headers { @{$_[0]{headers}} }
sub body { $_[0]{body} }
sub raw { $_[0]{raw} }
sub verdict { $_[0]->status . ' ' . ($_[0]->header('X-Status') // '-') }


sub result {
    my ($self) = @_;

    my ($user) = $self->body =~ /^X-User: <(.*)>\r$/m;

    return join ' ', $self->verdict, $user // ();
}


sub header {
    my ($self, $name) = @_;

    my @values = map { $_->[1] } grep { lc $_->[0] eq lc $name } $self->headers;

    return @values ? join(', ', @values) : undef;
}


1;
