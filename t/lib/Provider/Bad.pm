package Provider::Bad;

# Answers of a provider that is ill, or hostile, or only unusual.
#
#     for my $name (bad_answers()) {
#         $idp->set('/jwks', bad_answer($name, jwks('rsa')));
#         ...                           # no keys are to be had from these
#     }
#
#     odd_answers()                     # names too: the keys are to be had
#     $idp->set('/jwks', bad_answer('cut', jwks('rsa')));    # of @others
#     $idp->set('/jwks', body => many_keys(1000, 'rsa'));
#     $idp->set('/jwks', body => jwks(['rsa', kid => '1'],
#                                     ['ec256', kid => '1']));
#
# The names that end in "stops" or "endless" leave it to the other side to end
# the connection.

use strict;
use warnings;

use IO::Compress::Gzip qw(gzip);

use Token;

use Exporter qw(import);
our @EXPORT = qw(bad_answer bad_answers odd_answers many_keys);

my $OK = "HTTP/1.1 200 OK\r\n";
my $JSON = "Content-Type: application/json\r\n";
my $CHUNKED = "Transfer-Encoding: chunked\r\n";
my $END = "\r\n";

my @bad = (
    nothing => sub { send => [] },
    stops => sub { send => [['stay']] },
    reset => sub { send => [['reset']] },

    # header

    header_cut => sub { send => ["$OK$JSON"] },
    header_stops => sub { send => ["$OK$JSON", ['stay']] },
    header_slow_stops => sub { send => [[slow => $OK], ['stay']] },
    header_reset => sub { send => ["$OK$JSON", ['reset']] },
    header_endless => sub {
        send => [$OK, [repeat => "X-Filler: " . 'x' x 1000 . "\r\n"]];
    },
    line_endless => sub { send => ["${OK}X-Filler: ", [repeat => 'x' x 1000]] },
    status_endless => sub { send => ['HTTP/1.1 200 ', [repeat => 'x' x 1000]] },
    interim_endless => sub {
        send => [[repeat => "HTTP/1.1 100 Continue\r\n\r\n"]];
    },
    garbage => sub { send => ["\0\1\2\3 not of HTTP\r\n\r\n"] },
    http_0_9 => sub { send => [$_[0]] },
    http_2 => sub { send => ["\0\0\x06\4\0\0\0\0\0\0\5\0\0\x40\0"] },
    status_short => sub { send => ["HTTP/1.1 20\r\n$JSON\r\n$_[0]"] },
    status_word => sub { send => ["HTTP/1.1 OK\r\n$JSON\r\n$_[0]"] },

    # status

    map({
        my $status = $_;
        ("status_$status" => sub { status => $status, body => $_[0] });
    } qw(201 206 300 302 400 401 403 404 429 500 503)),
    status_204 => sub { send => ["HTTP/1.1 204 No Content\r\n\r\n"] },
    status_304 => sub { send => ["HTTP/1.1 304 Not Modified\r\n\r\n"] },
    upgrade => sub {
        send => ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"];
    },

    # length

    body_stops => sub { send => [head($_[0]), half($_[0]), ['stay']] },
    body_slow_stops => sub {
        send => [head($_[0]), [slow => half($_[0])], ['stay']];
    },
    body_reset => sub { send => [head($_[0]), half($_[0]), ['reset']] },
    body_cut => sub { send => [head($_[0]), half($_[0])] },
    length_long => sub { send => [head("$_[0] "), $_[0]] },
    length_long_stops => sub { send => [head("$_[0] "), $_[0], ['stay']] },
    length_short => sub { send => [head(half($_[0])), $_[0]] },
    length_zero => sub { send => [head(''), $_[0]] },
    length_two => sub {
        my $length = length $_[0];
        send => ["${OK}Content-Length: $length\r\nContent-Length: 2\r\n\r\n",
                 $_[0]];
    },
    map({
        my ($name, $length) = @$_;
        ("length_$name" => sub {
             send => ["${OK}Content-Length: $length\r\n\r\n", $_[0]];
         });
    } [negative => -1], [word => 'ten'], [huge => 9 x 20], [empty => ''],
      [overflow => '18446744073709551617'], [large => 2_000_000_000]),

    # chunks

    chunk_word => sub { chunked("zz\r\n$_[0]\r\n0\r\n\r\n") },
    chunk_huge => sub { chunked('f' x 16 . "\r\n$_[0]\r\n0\r\n\r\n") },
    chunk_overflow => sub {
        chunked('1' . '0' x 16 . "\r\n$_[0]\r\n0\r\n\r\n");
    },
    chunk_unended => sub { chunked(chunk(half($_[0])) =~ s/\r\n\z/xx/r) },
    chunk_cut => sub { chunked(chunk($_[0])) },
    chunk_stops => sub { chunked(chunk(half($_[0])), ['stay']) },
    chunk_last_stops => sub { chunked(chunk($_[0]), ['stay']) },
    chunk_reset => sub { chunked(chunk(half($_[0])), ['reset']) },
    chunk_endless => sub { chunked([repeat => chunk(' ' x 1000)]) },
    chunk_size_endless => sub { chunked([repeat => '0']) },
    coding_unknown => sub {
        send => ["${OK}Transfer-Encoding: gzip\r\n\r\n$_[0]"];
    },

    # body

    large => sub { body => ' ' x 2_000_000 . $_[0] },
    large_chunks => sub { chunked(map({ chunk(' ' x 8000) } 1 .. 250),
                                  chunk($_[0]), "0\r\n\r\n") },
    body_endless => sub { send => ["$OK$JSON\r\n", [repeat => ' ' x 1000]] },
    gzip => sub {
        gzip \"$_[0]" => \my $zipped;
        body => $zipped, headers => ['Content-Encoding' => 'gzip'];
    },
    html => sub {
        type => 'text/html',
        body => '<!DOCTYPE html><title>Sign in</title><p>Sign in, please.';
    },
    half => sub { body => half($_[0]) },
    empty => sub { body => '' },
    twice => sub { body => $_[0] x 2 },
    nul => sub { body => "$_[0]\0" },
    deep => sub { body => '{"keys":' . '[' x 100_000 },
    array => sub { body => "[$_[0]]" },
    string => sub { body => '"keys"' },
    no_member => sub { body => '{}' },
    keys_object => sub { body => '{"keys":{}}' },
    keys_null => sub { body => '{"keys":null}' },
);

my @odd = (
    plain => sub { body => $_[0] },
    chunks => sub { chunked(map({ chunk($_) } unpack '(a7)*', $_[0]),
                            "0\r\n\r\n") },
    chunk_names => sub {
        chunked(sprintf("%04X;name=\"va\tlue\"\r\n", length $_[0]),
                "$_[0]\r\n0\r\nX-Trailer: 1\r\n\r\n");
    },
    chunks_stay => sub { chunked(chunk($_[0]), "0\r\n\r\n", ['stay']) },
    stays => sub { send => [head($_[0]), $_[0], ['stay']] },
    no_length => sub { send => ["$OK$JSON\r\n$_[0]"] },
    slow => sub { send => [[slow => head($_[0])], $_[0]] },
    slow_body => sub { send => [head($_[0]), [slow => $_[0]]] },
    slow_chunks => sub {
        chunked([slow => chunk(half($_[0]))],
                chunk(substr $_[0], length half($_[0])), "0\r\n\r\n");
    },
    http_1_0 => sub { send => ["HTTP/1.0 200 OK\r\n$JSON\r\n$_[0]"] },
    no_reason => sub { send => ["HTTP/1.1 200\r\n$JSON\r\n$_[0]"] },
    lower_case => sub { send => [lc(head($_[0])) =~ s/http/HTTP/r, $_[0]] },
    interim => sub {
        send => ["HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n" . head($_[0]),
                 $_[0]];
    },
    many_headers => sub {
        body => $_[0], headers => [map { ("X-$_" => 'x' x 50) } 1 .. 50];
    },
    type_text => sub { body => $_[0], type => 'text/plain' },
    set_type => sub { body => $_[0], type => 'application/jwk-set+json' },
    spaces => sub { body => "\n\t $_[0]\r\n" },
    other_key => sub { body => $_[0] =~ s/\[/[{"kty":"odd","kid":"x"},/r },
);

# what is one or the other by the rules of the one who reads

my @others = (
    empty_set => sub { body => '{"keys":[]}' },
    cut => sub { send => ["$OK$JSON\r\n$_[0]", ['cut']] },
    length_and_chunks => sub {
        send => ["${OK}Content-Length: 3\r\n$CHUNKED\r\n", chunk($_[0]),
                 "0\r\n\r\n"];
    },
    line_feeds => sub { send => [head($_[0]) =~ s/\r//gr, $_[0]] },
    folded => sub { send => ["${OK}X-A: a\r\n b\r\n$JSON$END", $_[0]] },
    byte_order_mark => sub { body => "\xef\xbb\xbf$_[0]" },
    data_after => sub { send => [head($_[0]), "$_[0]HTTP/1.1 200 OK\r\n\r\n"] },
);

my %all = (@bad, @odd, @others);


sub bad_answers { @bad[grep { $_ % 2 == 0 } 0 .. $#bad] }

sub odd_answers { @odd[grep { $_ % 2 == 0 } 0 .. $#odd] }


sub bad_answer {
    my ($name, $body) = @_;

    my $answer = $all{$name} // die "no answer \"$name\"";

    return $answer->($body);
}


# A set of so many keys; the last one is the named one.

sub many_keys {
    my ($number, $name) = @_;

    my $other = jwk('ec256b');

    return json({ keys => [map({ { %$other, kid => "other $_" } }
                               2 .. $number), jwk($name)] });
}


sub head {
    my ($body) = @_;

    return $OK . $JSON . 'Content-Length: ' . length($body) . "\r\n\r\n";
}


sub half { substr $_[0], 0, length($_[0]) / 2 }

sub chunk { sprintf "%x\r\n%s\r\n", length $_[0], $_[0] }

sub chunked { (send => ["$OK$JSON$CHUNKED\r\n", @_]) }


1;
