# One token has one spelling: base64url without padding, blanks, other
# characters or bits that belong to no byte (RFC 7515, 2 and appendix C;
# RFC 4648, 3.2, 3.3 and 3.5).  For encrypted tokens see t/jwe_changed.t.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Hostile;
use Token;

my $gateway = Hostile->start;

my $alphabet = join '', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-_';
my $good = token('HS256', { sub => 'alice' });
my ($header, $payload, $signature) = split /\./, $good;


# The signature of any two parts, and one with text in place of a part

sub signed { "$_[0]." . b64u(hmac(256, SECRET)->($_[0])) }

sub with_header { signed("$_[0].$payload") }

sub with_payload { signed("$header.$_[0]") }

my %with = (
    header    => \&with_header,
    payload   => \&with_payload,
    signature => sub { "$header.$payload.$_[0]" },
);


# The same text with bits set that belong to no byte: all of them

sub spare {
    my ($text) = @_;

    my $bits = { 2 => 15, 3 => 3 }->{length($text) % 4}
               // die "no spare bit: $text";
    my $last = index $alphabet, chop $text;

    die "spare bits are set: $text" if $last & $bits;

    return map { $text . substr $alphabet, $last + $_, 1 } 1 .. $bits;
}

my $one = b64u('{"alg":"HS256"} ');      # one byte behind the last three
my $two = b64u('{"alg":"HS256"}  ');
my $chars = b64u('{"alg":"HS256","x":"???>>>~~~"}');
my $whole = b64u('{ }');

$gateway->check(
    [$good, '200 ok', 'good token'],
    [with_header($one), '200 ok', 'one byte behind, right'],
    [with_header($two), '200 ok', 'two bytes behind, right'],
    [with_payload($whole), '200 ok', 'three bytes, right'],

    (map { my ($part, $text) = @$_;
           map { [$with{$part}->($_), '401 malformed',
                  "spare bits of $part, " . substr $_, -2] } spare($text) }
         [header => $one], [header => $two], [payload => b64u('{}')],
         [payload => b64u('{  }')], [signature => $signature]),

    (map { my ($part, $text, $pad) = @$_;
           [$with{$part}->($text . '=' x $pad), '401 malformed',
            "$pad = behind $part of " . length($text) % 4] }
         (map { [header => $one, $_], [header => $two, $_],
                [header => $header, $_], [payload => b64u('{}'), $_],
                [payload => $whole, $_], [payload => $payload, $_],
                [signature => $signature, $_] } 1 .. 4)),

    (map { [$with{$_}->('=' . { header => $header, payload => $payload,
                                signature => $signature }->{$_}),
            '401 malformed', "= in front of $_"] } sort keys %with),

    [with_header($chars), '200 ok', 'characters - and _'],
    [with_header($chars =~ tr{-_}{+/}r), '401 malformed',
     'characters + and / in header'],
    [with_header($chars =~ tr{-}{+}r), '401 malformed',
     'characters + and _ in header'],
    [with_header($chars =~ tr{_}{/}r), '401 malformed',
     'characters - and / in header'],
    [with_payload(b64u('{"x":"???>>>~~~"}') =~ tr{-_}{+/}r),
     '401 malformed', 'characters + and / in payload'],
    ["$header.$payload." . $signature =~ s/\A../+\//r, '401 malformed',
     'characters + and / in signature'],

    (map { [$with{header}->($header . $_), '401 malformed',
            "header and $_ more"],
           [with_payload($payload . $_), '401 malformed',
            "payload and $_ more"] } 'A', 'AA', 'AAA', 'AAAA'),
    ["${good}A", '401 bad_signature', 'signature and A more'],
    (map { [$good . 'A' x $_, '401 bad_signature',
            "signature and $_ A more"] } 3, 4, 5),
    [$good . 'AA', '401 malformed', 'signature and AA more'],
);


# Characters that are not of the alphabet, blanks among them: in each part, and
# at its ends.  An Authorization header has no CR, LF or NUL: nginx answers.

my @no_letters = ("\x01", "\x08", "\t", "\x0b", "\x0c", "\x1b", "\x7f", "\x80",
                  "\xa0", "\xc3\xbc", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xff",
                  ' ', '  ', '%', '%00', '%2e', '%20', '%0a', '"', "'", '\\',
                  '\\n', '\\u0000', ',', ';', ':', '+', '/', '=', '!', '*',
                  '~', '$', '&', '(', '[', '{', '<', '@', '`', '|', '^', '#');

sub name { join ' ', map { sprintf '0x%02x', ord } split //, $_[0] }

$gateway->check(map {
    my $c = $_;
    my $name = length $c > 2 && $c =~ /\A[ -~]+\z/ ? $c : name($c);

    (map { [$with{$_->[0]}->(substr($_->[1], 0, 8) . $c
                             . substr $_->[1], 8),
            '401 malformed', "$name in $_->[0]"],
           [$with{$_->[0]}->("$_->[1]$c") . ($_->[0] eq 'signature'
                                             ? 'A' : ''),
            '401 malformed', "$name behind $_->[0]"] }
         [header => $header], [payload => $payload],
         [signature => $signature]),
    [with_payload($c . $payload), '401 malformed', "$name before payload"],
    ["$header.$payload.$c$signature", '401 malformed',
     "$name before signature"],
} @no_letters);


# The alphabet of base32, base16 and ASCII, and the whole text once more

$gateway->check(
    [with_header(unpack 'H*', '{"alg":"HS256"}'), '401 malformed',
     'header in hex'],
    [with_header('{"alg":"HS256"}'), '401 malformed', 'header as it is'],
    [with_payload('{"sub":"alice"}'), '401 malformed', 'payload as it is'],
    [with_header(b64u($header)), '401 malformed', 'header encoded twice'],
    [with_payload(b64u($payload)), '401 malformed', 'payload encoded twice'],
    [b64u($good), '401 malformed', 'token encoded'],
    [lc $good, '401 malformed', 'lower case'],
    [uc $good, '401 malformed', 'upper case'],
    [scalar reverse($good), '401 malformed', 'from behind'],
);


# What stops before: nginx itself

sub status_with {
    my ($c, $place) = @_;

    my $text = substr($good, 0, $place) . $c . substr $good, $place;
    my @answers = $gateway->nginx->raw(
        "GET /all HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        . "Authorization: Bearer $text\r\n\r\n");

    return $answers[0]->status;
}

is(status_with("\0", $_), 400, "NUL at $_")
    for 0, 8, length $header, length $good;
isnt(status_with($_, 8), 200, name($_) . ' at 8') for "\r", "\n", "\r\n";

$gateway->finish;
