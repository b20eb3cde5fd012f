# Tokens of any shape, size and encoding.

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


# The same text with a bit set that belongs to no byte

sub spare {
    my ($text) = @_;

    my $last = index $alphabet, chop $text;

    die "no spare bit: $text" if $last & 1;

    return $text . substr $alphabet, $last + 1, 1;
}

my $one = b64u('{"alg":"HS256"} ');      # one byte behind the last three
my $two = b64u('{"alg":"HS256"}  ');
my $chars = b64u('{"alg":"HS256","x":"???>>>~~~"}');

$gateway->check(
    [$good, '200 ok', 'good token'],

    (map { [$_, '401 malformed', "shape: $_"] }
         'a', '.', '..', '...', 'a.b', 'a.', '.b', 'a..', '.b.', '..c', 'a.b.',
         'a.b.c', 'a.b.c.d', 'a.b.c.d.e', 'a.b.c.d.e.f', '.....', '----',
         '====', '$', '~', '{}', '{}.{}.{}', 'null', '0', '--', "-\t"),

    [$header, '401 malformed', 'header alone'],
    ["$header.$payload", '401 malformed', 'no signature'],
    ["$header.$payload.", '401 bad_signature', 'empty signature'],
    ["$header..$signature", '401 malformed', 'empty payload'],
    [".$payload.$signature", '401 malformed', 'empty header'],
    [".$good", '401 malformed', 'point before'],
    ["$good.", '401 malformed', 'point behind'],
    ["$good.$good", '401 malformed', 'token twice'],
    ["$good.a.b", '401 malformed', 'five parts, three good'],
    ["$payload.$header.$signature", '401 invalid_header', 'parts swapped'],
    ["$header.$header.$signature", '401 bad_signature', 'header as payload'],

    [with_header($one), '200 ok', 'one byte behind, right'],
    [with_header($two), '200 ok', 'two bytes behind, right'],
    [with_header(spare($one)), '401 malformed', 'spare bits of header, four'],
    [with_header(spare($two)), '401 malformed', 'spare bits of header, two'],
    [with_payload(spare(b64u('{}'))), '401 malformed', 'spare bits of payload'],
    ["$header.$payload." . spare($signature), '401 malformed',
     'spare bits of signature'],

    [with_header("$one=="), '401 malformed', 'padding of header'],
    [with_header("$header="), '401 malformed', 'one = behind header'],
    [with_header("$header===="), '401 malformed', 'four = behind header'],
    [with_payload(b64u('{}') . '='), '401 malformed', 'padding of payload'],
    ["$good=", '401 malformed', 'padding of signature'],

    [with_header($chars), '200 ok', 'characters - and _'],
    [with_header($chars =~ tr{-_}{+/}r), '401 malformed',
     'characters + and / in header'],
    ["$header.$payload." . $signature =~ s/\A../+\//r, '401 malformed',
     'characters + and / in signature'],

    (map { my $c = $_; my $name = sprintf '0x%02x', ord $c;
           [with_header(substr($header, 0, 8) . $c . substr $header, 8),
            '401 malformed', "$name in header"],
           [with_payload(substr($payload, 0, 8) . $c . substr $payload, 8),
            '401 malformed', "$name in payload"],
           ["$header.$payload.$c$signature", '401 malformed',
            "$name in signature"],
           ["$good${c}A", '401 malformed', "$name behind"],
         } "\x01", "\t", "\x7f", "\x80", "\xc3\xbc", "\xff", '%', '"', '\\',
           ' ', ',', ';', '+', '=', '!', '%00', '%2e'),

    (map { [with_payload($payload . 'A' x $_), '401 malformed',
            "payload and $_ more"] } 1 .. 3),
    [with_header("${header}A"), '401 malformed', 'header and one more'],
);


# Sizes: a token may have 65536 bytes; not all lengths of base64url exist

sub sized {
    my ($size) = @_;

    my $rest = $size - length("$header..$signature");

    for my $n (int($rest / 4 * 3) - 2 .. int($rest / 4 * 3) + 2) {
        my $token = with_payload(b64u('{"sub":"' . 'x' x ($n - 10) . '"}'));
        return $token if length $token >= $size;
    }
}

$gateway->check(
    (map { ['A' x $_, '401 malformed', "$_ letters"] } 8192, 65536),
    (map { ['A' x $_, '401 too_large', "$_ letters"] } 65537, 100000),
    ['.' x 60000, '401 malformed', '60000 points'],
    ['.' x 70000, '401 too_large', '70000 points'],
    ['A' x 30000 . '.' . 'A' x 30000 . '.A', '401 malformed', 'long parts'],
    ["$header.$payload." . 'A' x 2730, '401 bad_signature',
     'signature of 2047 bytes'],
    ["$header.$payload." . 'A' x 2732, '401 bad_signature',
     'signature of 2049 bytes'],
    ["$header.$payload." . 'A' x 60000, '401 bad_signature',
     'signature of 45000 bytes'],
    [sized(60000), '200 ok', 'good token of 60000 bytes'],
    [sized(65536), '200 ok', 'good token of 65536 bytes'],
    [sized(65537), '401 too_large', 'good token of 65537 bytes'],
);


# What stops before: nginx itself

my @answers = $gateway->nginx->raw("GET /all HTTP/1.1\r\nHost: a\r\n"
                                   . "Authorization: Bearer $good\0\r\n\r\n");

is($answers[0]->status, 400, 'NUL in header');

is($gateway->verdict('/all', Authorization => "Bearer $good, Bearer $good"),
   '401 malformed', 'two tokens in a line');
is($gateway->verdict('/all', Authorization => $_), '401 no_token',
   "no token: \"$_\"") for 'Bearer', 'Bearer ', 'Bearer    ', "Bearer$good",
                           "Bearer\t$good", "Basic $good", $good, '', ' ',
                           "Bearer: $good";
is($gateway->verdict("/all?t=$_"), '401 no_token', "no token: t=$_")
    for '', '-';

$gateway->finish;
