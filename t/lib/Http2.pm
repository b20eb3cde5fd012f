package Http2;

# One connection with HTTP/2 (RFC 9113), as much as tests need.
#
#     my $h2 = Http2->new($nginx->connect(2));
#     my $id = $h2->get('/', authorization => "Bearer $token");   # a stream
#     my ($status, $body) = $h2->answer($id);     # or "reset"; dies of
#                                                 # "GOAWAY" and its code
#     $h2->reset($id);                            # gives it up
#     $h2->has($id, 'grpc-status', '16')          # a header of that answer
#     $h2->close;

use strict;
use warnings;


sub new {
    my ($class, $client) = @_;

    my $self = bless { client => $client, id => -1, status => {}, body => {},
                       headers => {}, ended => {} }, $class;

    # RFC 9113, 6.5.2 and 6.9: no limit for what comes, in a stream or in all

    $client->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                  . frame(4, 0, 0, pack 'n N', 4, 0x7fffffff)
                  . frame(8, 0, 0, pack 'N', 0x7fffffff - 65535));

    return $self;
}


sub get {
    my ($self, $path, @headers) = @_;

    return ($self->send_all([$path, @headers]))[0];
}


# Several at once.

sub send_all {
    my ($self, @requests) = @_;

    my @ids = map { $self->{id} += 2 } @requests;

    $self->{client}->send(join '', map { stream($ids[$_], @{$requests[$_]}) }
                                   0 .. $#requests);

    return @ids;
}


sub answer {
    my ($self, $id) = @_;

    $self->take_frame until $self->{ended}{$id};

    return ($self->{status}{$id}, $self->{body}{$id} // '');
}


# RFC 9113, 6.4: CANCEL

sub reset {
    my ($self, $id) = @_;

    $self->{client}->send(frame(3, 0, $id, pack 'N', 8));
}


# The name is one that the table of RFC 7541 does not have.

sub has {
    my ($self, $id, $name, $value) = @_;

    return index($self->{headers}{$id}, "\0" . huffman($name)
                                        . huffman($value)) >= 0;
}


sub close { $_[0]{client}->close }


sub take_frame {
    my ($self) = @_;

    my $head = $self->{client}->take(9);
    my $length = unpack 'N', "\0" . substr $head, 0, 3;
    my ($type, $flags, $id) = unpack 'x3 C C N', $head;
    my $payload = $self->{client}->take($length);

    $self->{body}{$id} .= $payload if $type == 0;
    $self->{headers}{$id} .= $payload if $type == 1;
    $self->{status}{$id} //= status($payload) if $type == 1;
    $self->{status}{$id} = 'reset' if $type == 3;

    die "GOAWAY ", unpack("x4 N", $payload), "\n" if $type == 7;

    $self->{ended}{$id} = 1 if $type == 3 || $type <= 1 && $flags & 1;
}


sub stream {
    my ($id, $path, @headers) = @_;

    my @pairs = (':method', 'GET', ':scheme', 'http', ':authority', 'localhost',
                 ':path', $path, @headers);

    # RFC 7541, 6.2.2: literals that are not indexed

    my $block = '';

    while (my ($name, $value) = splice @pairs, 0, 2) {
        $block .= "\0" . text($name) . text($value);
    }

    return frame(1, 0x05, $id, $block);
}


sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1)
           . pack('C C N', $type, $flags, $stream) . $payload;
}


# RFC 7541, 5.1 and 5.2

sub text {
    my ($text) = @_;

    my $length = length $text;

    return chr($length) . $text if $length < 127;

    my $bytes = chr 127;

    for ($length -= 127; $length > 127; $length >>= 7) {
        $bytes .= chr($length & 127 | 128);
    }

    return $bytes . chr($length) . $text;
}


# RFC 7541, 5.2 and appendix B, but for most characters; if that is shorter

sub huffman {
    my ($text) = @_;

    my %code = (' ' => '010100', '-' => '010110', '/' => '011000',
                _ => '100010');

    @code{qw(0 1 2 a c e i o s t)}
        = map { sprintf '%05b', $_ } 0 .. 9;
    @code{3 .. 9} = map { sprintf '%06b', $_ } 25 .. 31;
    @code{qw(b d f g h l m n p r u)}
        = map { sprintf '%06b', $_ } 35 .. 45;
    @code{qw(j k q v w x y z)}
        = map { sprintf '%07b', $_ } 116 .. 123;

    my $bits = join '', map { $code{$_} } split //, $text;

    $bits .= '1' x (-length($bits) % 8);

    my $bytes = pack 'B*', $bits;

    return length $bytes < length $text
           ? chr(length($bytes) | 128) . $bytes : text($text);
}


# RFC 7541, appendix A: the status comes first, as an index or a literal

sub status {
    my ($block) = @_;

    $block =~ s/\A[\x20-\x3f]//;

    return { 8 => 200, 9 => 204, 12 => 400, 13 => 404, 14 => 500 }
               ->{ord($block) & 127}
        if ord($block) & 128;

    return ($block =~ /\A[\x08\x48]\x03(\d{3})/)[0];
}


1;
