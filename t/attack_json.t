# Attacks by JSON: what is no object, or more than one, or no UTF-8, or deep,
# in the payload and in the header, under a good signature.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Hostile;
use Places qw(name);
use Token;

my $gateway = Hostile->start;

sub payload { raw_token('{"alg":"HS256"}', $_[0], hmac(256, SECRET)) }

sub header { raw_token($_[0], '{}', hmac(256, SECRET)) }


# The same value as a claim and as a parameter, and the same name

sub value {
    my ($json) = @_;

    return [payload(qq({"a":$json})), 'in payload'],
           [payload(qq({"a":[{"b":[$json]}]})), 'deep in payload'],
           [header(qq({"alg":"HS256","a":$json})), 'in header'];
}

sub named {
    my ($json) = @_;

    return [payload(qq({$json:1})), 'in payload'],
           [header(qq({"alg":"HS256","a":{$json:1}})), 'in header'];
}

sub rows {
    my ($expected, $what, $make, @texts) = @_;

    return map { my $text = $_;
                 map { [$_->[0], $expected, "$what $_->[1]: " . name($text)] }
                     $make->($text) } @texts;
}


# RFC 7519, 7.2, step 10 and RFC 7515, 5.2, step 3: one object, nothing else

my @not_objects = (
    'null', 'true', 'false', '0', '1', '""', '"{}"', '[]', '[{}]', ' ', '{',
    '}', '}{', '{{}}', '(', '//',

    # bytes before and behind

    '{}{}', '{},{}', '{}x', 'x{}', '{},', '{};', '{}//', '/**/{}', '{}/**/',
    "{}\0", "\0{}", "{\0}", "\f{}", "{}\x0b", "\xc2\xa0{}", "{}\x1a", "{}\x7f",

    # byte order marks (RFC 8259, 8.1) and other encodings

    "\xef\xbb\xbf{}", "{}\xef\xbb\xbf", "{\xef\xbb\xbf}", "\xff\xfe{\0}\0",
    "\xfe\xff\0{\0}", "{\0}\0", "\0{\0}", "\xff\xfe\0\0{\0\0\0}\0\0\0",
    "+AHsAfQ-",

    # RFC 8259, 2 and 4

    '{"a"}', '{a:1}', "{'a':1}", '{"a":}', '{"a" 1}', '{"a"::1}', '{"a":1,}',
    '{,"a":1}', '{,}', '{"a":1,,"b":2}', '{"a":1 "b":2}', '{"a":1;"b":2}',
    '{"a"=1}', '{"a":1 2}', '{1:2}', '{null:1}', '{[]:1}', '{"a":1]',
    '{"a":[1}', '{"a":[1,]}', '{"a":[,1]}', '{"a":[1 2]}', '{"a":', '{"a":"b}',
    '{"a', '{"a":nul}', '{"a":nulll}', '{"a":TRUE}', '{"a":tru}',
    '{"a":undefined}', '{"a":b}', '{"a":1/**/}', "{\"a\":1}\xe2\x80\xa8",
    "{\xe2\x80\xa8}", "{\x0c\"a\":1}",
);

$gateway->check(
    rows('401 malformed', 'no object', sub { [payload($_[0]), 'in payload'],
                                             [header($_[0]), 'in header'] },
         @not_objects),
    (map { [payload($_), '200 ok', 'object with blanks: ' . name($_)] }
         '{}', ' {}', "{}\n", "\t\r\n {\t\r\n }\t\r\n "),
    [header(qq(\n{"alg"\t:\r"HS256" }\n)), '200 ok', 'header with blanks'],
);


# Surrogates (RFC 8259, 7 and 8.2): two halves, in their order

my @lone = ('"\ud800"', '"\udbff"', '"\udc00"', '"\udfff"', '"\ud800\u0041"',
            '"\ud800x"', '"\ud800\n"', '"\udc00\ud800"', '"\udc00\udc00"',
            '"\ud83d\ud83d"',
            '"\ud83d\ud83d\ude00"', '"\ud83d\ude00\ude00"', '"\ud83d\\\\ude00"',
            '"\ud83d\udbff"', '"\ud83d\ue000"', '"\ud83d\uffff"',
            '"\ud83d\ude0"', '"\ud83d', "\"\\ud83d\xed\xb8\x80\"");

my @pairs = ('"\ud800\udc00"', '"\uD83D\uDe00"', '"\udbff\udfff"',
             '"\ud7ff\ue000"');

# UTF-8 (RFC 3629, 3): shortest form, no surrogates, up to U+10FFFF, complete

my @not_utf8 = map { "\"$_\"" } (
    "\x80", "\xbf", "a\x80", "\xc3", "\xc3a", "\xc3\xc3\xa4", "\xe2\x82",
    "\xe2\x82a", "\xf0\x9f\x98", "\xf0\x9f\x98a", "\xff", "\xfe",
    "\xc0\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x80\xaf",
    "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf",
    "\xed\xa0\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbf\xbf",
    "\xed\xa0\xbd\xed\xb8\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
    "\xf7\xbf\xbf\xbf", "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80",
);

my @utf8 = map { "\"$_\"" } ("\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
                              "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbb\xbf",
                              "\xef\xbf\xbe", "\xef\xbf\xbf", "\xe2\x80\xae",
                              "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf");

# RFC 8259, 7: the escapes, and no control character as it is

my @not_strings = ('"\x41"', '"\a"', '"\0"', '"\\', '"\U0041"', '"\u"',
                   '"\u12"', '"\u12g4"', '"\u+041"', '"\u 041"', '"\u{41}"',
                   "\"\\\n\"", "'a'",
                   map { sprintf '"%c"', $_ } 0 .. 0x1f);

my @strings = ('"\/\b\f\n\r\t\"\\\\"', '"\u0001"', '"\uFFFF"', "\"\x7f\"", '""',
               '"\u005c"', '"\u0022"');

for my $make (\&value, \&named) {
    $gateway->check(
        rows('401 malformed', 'lone surrogate', $make, @lone),
        rows('200 ok', 'pair', $make, @pairs),
        rows('401 malformed', 'no UTF-8', $make, @not_utf8),
        rows('200 ok', 'UTF-8', $make, @utf8),
        rows('401 malformed', 'no string', $make, @not_strings),
        rows('200 ok', 'string', $make, @strings),
    );
}


# A name with NUL ends there, for those who read it as a string of C

$gateway->check(
    rows('200 ok', 'NUL', \&value, '"\u0000"', '"a\u0000b"'),
    rows('401 malformed', 'NUL in a name', \&named, '"\u0000"',
         '"alg\u0000"', '"exp\u0000x"'),
);


# Depth and size

sub brackets { '[' x $_[0] . ']' x $_[0] }

sub objects { '{"a":' x $_[0] . '1' . '}' x $_[0] }

sub mixed { '{"a":[' x $_[0] . '0' . ']}' x $_[0] }

sub members { '{' . join(',', map { qq("a$_":0) } 1 .. $_[0]) . '}' }

sub with_alg { '{"alg":"HS256","x":' . $_[0] . '}' }

my $long = 40_000;

$gateway->check(
    [payload('{"a":' . brackets(63) . '}'), '200 ok', 'depth of 64'],
    [payload('{"a":' . brackets(64) . '}'), '401 malformed', 'depth of 65'],
    [payload(objects(64)), '200 ok', '64 objects'],
    [payload(objects(65)), '401 malformed', '65 objects'],
    [payload(mixed(32)), '200 ok', '32 objects, 32 arrays'],
    [payload('[' . mixed(32) . ']'), '401 malformed', '65, array outside'],
    [header(with_alg(brackets(63))), '200 ok', 'header, depth of 64'],
    [header(with_alg(brackets(64))), '401 malformed', 'header, depth of 65'],
    [payload('{"a":' . '[' x $long), '401 malformed', '40000 open arrays'],
    [payload('{"a":' x 8000), '401 malformed', '8000 open objects'],
    [payload('{' x $long), '401 malformed', '40000 open braces'],
    [payload('{"a":' . ']' x $long . '}'), '401 malformed',
     '40000 closing brackets'],
    [payload('{"a":[' . join(',', ('[]') x 13_000) . ']}'), '200 ok',
     '13000 arrays side by side'],

    [payload(members(512)), '200 ok', '512 members'],
    [payload(members(513)), '401 malformed', '513 members'],
    [payload('{"a":[' . join(',', (members(511)) x 8) . ']}'), '200 ok',
     '512 open members, again and again'],
    [payload('{"a":' . members(512) . '}'), '401 malformed',
     '513 open members'],
    [header(with_alg(members(510))), '200 ok', 'header, 512 members'],
    [header(with_alg(members(511))), '401 malformed', 'header, 513 members'],

    [payload('{"a":"' . 'x' x $long . '"}'), '200 ok', 'long string'],
    [payload('{"' . 'x' x $long . '":0}'), '200 ok', 'long name'],
    [payload('{"a":"' . '\u0041' x 7000 . '"}'), '200 ok', '7000 escapes'],
    [payload('{"a":"' . '\u0041' x 7000 . '\ud800"}'), '401 malformed',
     '7000 escapes, half a pair'],
    [payload('{"a":' . ' ' x $long . '1}'), '200 ok', 'long blank'],
    [payload('{"a":' . ' ' x $long . '}'), '401 malformed', 'blank, no value'],
    [payload('{"a":[' . join(',', (0) x 20_000) . ']}'), '200 ok',
     '20000 elements'],
    [header(with_alg('"' . 'x' x $long . '"')), '200 ok',
     'header, long string'],
);


# Nothing is read of a payload that nobody has signed

$gateway->check(map { [forged(payload($_)), '401 bad_signature',
                       'forged: ' . name($_)] }
                    '{}', 'null', '{"a":1,"a":1}', '{"a":' . '[' x $long,
                    "\xff", '{"exp":"never"}');

$gateway->finish;
