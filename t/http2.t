# HTTP/2: streams of one connection, each with its own token.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http   => q{
        auth_jwt_key '} . SECRET . q{';

        server {
            listen 127.0.0.1:%PORT2% http2;

            auth_jwt "api";
            proxy_set_header X-User "<$jwt_claim_sub>";

            location / { proxy_pass http://%UPSTREAM%; }

            location /cookie {
                auth_jwt "api" token=$cookie_token;
                proxy_pass http://%UPSTREAM%;
            }
        }
    },
    server => 'return 404;');


# RFC 9113, as much as is needed: sends requests as streams 1, 3, ... of one
# connection, all at once, and returns [status, body] of each.

sub streams {
    my (@requests) = @_;

    my $client = $nginx->connect(2);
    my ($id, %status, %body, %ended) = (-1);

    $client->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '')
                  . join '', map { stream($id += 2, @$_) } @requests);

    until (keys %ended == @requests) {
        my $head = $client->take(9);
        my $length = unpack 'N', "\0" . substr $head, 0, 3;
        my ($type, $flags, $stream) = unpack 'x3 C C N', $head;
        my $payload = $client->take($length);

        $body{$stream} .= $payload if $type == 0;
        $status{$stream} = status($payload) if $type == 1;
        $status{$stream} = 'reset' if $type == 3;

        die "GOAWAY: $payload" if $type == 7;

        $ended{$stream} = 1 if $type == 3 || $type <= 1 && $flags & 1;
    }

    $client->close;

    return map { [$status{$_}, $body{$_} // ''] }
           sort { $a <=> $b } keys %ended;
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


# RFC 7541, appendix A: the status comes first, as an index or a literal

sub status {
    my ($block) = @_;

    $block =~ s/\A[\x20-\x3f]//;

    return { 8 => 200, 12 => 400, 13 => 404, 14 => 500 }->{ord($block) & 127}
        if ord($block) & 128;

    return ($block =~ /\A[\x08\x48]\x03(\d{3})/)[0];
}


sub bearer_of { (authorization => "Bearer $_[0]") }


my $good = token('HS256');
my @answers = streams(
    ['/', bearer_of($good)],
    ['/'],
    ['/', bearer_of(forged($good))],
    ['/cookie', cookie => 'a=b', cookie => "token=$good"],
    ['/', bearer_of($good), bearer_of($good)],
);

is($answers[0][0], 200, 'good token passes');
like($answers[0][1], qr/^X-User: <alice>\r$/m, 'claim reaches the upstream');
is($answers[1][0], 401, 'no token is refused');
is($answers[2][0], 401, 'forged token is refused');
is($answers[3][0], 200, 'cookie passes');
like($answers[4][0], qr/^40[01]$/, 'doubled Authorization is refused');

# every third is forged

my %token = map { $_ => token('HS256', { sub => $_ }) } 1 .. 60;

$token{$_} = forged($token{$_}) for grep { $_ % 3 == 0 } 1 .. 60;

@answers = streams(map { ["/$_", bearer_of($token{$_})] } 1 .. 60);

my @users = map { $_->[1] =~ /^X-User: <(.*)>\r$/m ? $1 : '-' } @answers;

is("@users", join(' ', map { $_ % 3 ? $_ : '-' } 1 .. 60),
   'each stream has its claims');
is(scalar(grep { $_->[0] == 401 } @answers), 20, 'forged streams are refused');
is($nginx->upstream_requests, 2 + 40, 'refused streams stay here');

done_testing;
