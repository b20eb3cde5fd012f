# Headers and payloads that are no JSON object, or an odd one, and claims of
# any type, under a good signature.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Hostile;
use Token;

my $gateway = Hostile->start;

sub payload { raw_token('{"alg":"HS256"}', $_[0], hmac(256, SECRET)) }

sub header { raw_token($_[0], '{}', hmac(256, SECRET)) }

sub member { payload(qq({"a":$_[0]})) }

sub name { substr $_[0] =~ s/[^ -~]/?/gr, 0, 40 }


# Not an object, in both places; an empty part has been looked at elsewhere

my @not_objects = ('null', 'true', 'false', '0', '1', '""', '"{}"', '[]',
                   '[{}]', '{', '}', '}{', '{}{}', '{},{}', '{}x', 'x{}',
                   "{}\0", "\0{}", "\xef\xbb\xbf{}", "{}\xef\xbb\xbf", "\f{}",
                   "{}\x0b", "\xc2\xa0{}", ' ', '//', '/**/{}', '{}//', '(',
                   "{\0}", '{{}}', '{"a"}', '{a:1}', "{'a':1}", '{"a":}',
                   '{"a" 1}', '{"a"::1}', '{"a":1,}', '{,"a":1}', '{,}',
                   '{"a":1 "b":2}', '{"a":1;"b":2}', '{1:2}', '{null:1}',
                   '{"a":1]', '{"a":[1}', '{"a":[1,]}', '{"a":[,1]}', '{"a":',
                   '{"a":"b}', '{"a', "\xff\xfe{\0}\0");

$gateway->check(
    (map { [payload($_), '401 malformed', 'payload ' . name($_)],
           [header($_), '401 malformed', 'header ' . name($_)] } @not_objects),
    (map { [payload($_), '200 ok', 'payload with blanks'] }
         '{}', ' {}', "{}\n", "\t\r\n {\t\r\n }\t\r\n "),
    [header(qq(\n{"alg"\t:\r"HS256" }\n)), '200 ok', 'header with blanks'],
);


# A member twice, at every depth: which one counts would be anybody's guess

my @twice = ('{"a":1,"a":1}', '{"a":1,"b":2,"a":3}', '{"a":1,"\u0061":2}',
             '{"":1,"":2}', '{"x":{"a":1,"a":2}}', '{"x":[{"a":1,"a":2}]}',
             '{"x":[[],[{"b":{"a":1,"a":2}}]]}', '{"\/":1,"/":2}',
             "{\"\xc3\xbc\":1,\"\\u00fc\":2}",
             "{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}");

$gateway->check(
    (map { [payload($_), '401 malformed', 'twice in payload ' . name($_)],
           [header('{"alg":"HS256","x":' . $_ . '}'), '401 malformed',
            'twice in header ' . name($_)] } @twice),
    (map { [header('{"alg":"HS256",' . $_ . '}'), '401 malformed',
            "header, then $_"] }
         '"alg":"HS256"', '"alg":"none"', '"\u0061lg":"none"',
         '"kid":"a","kid":"b"', '"x":0,"x":0'),
    [header('{"alg":"none","alg":"HS256"}'), '401 malformed', 'alg twice'],
    (map { [payload("{$_}"), '401 malformed', $_] }
         '"exp":1,"exp":9999999999', '"exp":9999999999,"exp":1',
         '"sub":"alice","\u0073ub":"admin"'),
    [payload('{"a":{"a":{"a":[{"a":1},{"a":1}]}},"A":1}'), '200 ok',
     'one name in several objects'],
);


# Limits

sub nested { '{"a":' . '[' x ($_[0] - 1) . ']' x ($_[0] - 1) . '}' }

sub members { '{' . join(',', map { qq("a$_":0) } 1 .. $_[0]) . '}' }

$gateway->check(
    [payload(nested(64)), '200 ok', 'depth of 64'],
    [payload(nested(65)), '401 malformed', 'depth of 65'],
    [payload('{"a":' x 64 . '1' . '}' x 64), '200 ok', '64 objects'],
    [payload('{"a":' x 65 . '1' . '}' x 65), '401 malformed', '65 objects'],
    [payload('{"a":' . '[' x 40000), '401 malformed', '40000 brackets'],
    [header('{"alg":"HS256","x":' . '[' x 64 . ']' x 64 . '}'),
     '401 malformed', 'depth of 65 in header'],
    [payload(members(512)), '200 ok', '512 members'],
    [payload(members(513)), '401 malformed', '513 members'],
);


# Strings and numbers

$gateway->check(
    (map { [member($_), '401 malformed', 'value ' . name($_)] }
         '"\ud800"', '"\udc00"', '"\ud800\u0041"', '"\ud800x"',
         '"\udc00\ud800"', '"\ud83d\ud83d"', '"\ud83d', '"\u12"', '"\u12g4"',
         '"\x41"', '"\a"', '"\0"', '"\\', '"\U0041"', "\"\t\"", "\"\n\"",
         "\"\0\"", "\"\x1f\"", "\"\xff\"", "\"\x80\"", "\"\xc3\"",
         "\"\xc0\xaf\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"",
         "\"\xf4\x90\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"",
         "\"\xe2\x82\"", "\"\xf0\x9f\x98\"", "'a'", 'a',
         '1e400', '-1e400', '1e99999', '1' . '0' x 400 . '.0', '01', '00', '+1',
         '-', '.5', '5.', '1.e1', '1e', '1e+', '0x10', '1_0', '1,0', '--1',
         'NaN', 'Infinity', '-Infinity', 'nul', 'nulll', 'TRUE', 'tru',
         'undefined'),

    (map { [member($_), '200 ok', 'value ' . name($_)] }
         '"\ud83d\ude00"', '"\u0000"', "\"\x7f\"", "\"\xf4\x8f\xbf\xbf\"",
         '"\/\b\f\n\r\t\"\\\\"', '-0', '0', '-0.0', '0e0', '1E+2', '1e308',
         '1e-999', '12345678901234567890', '-98765432109876543210',
         '1' x 4000, 'null', '""', '[]', '{}'),
);


# exp and nbf (RFC 7519, 4.1.4 and 4.1.5): a number, or nothing

my $soon = time + 3600;
my $past = time - 3600;

my @no_numbers = ('null', 'true', 'false', '""', qq("$soon"), '"never"', '[]',
                  "[$soon]", '{}', '{"a":1}');

$gateway->check(
    (map { [payload(qq({"exp":$_})), '401 invalid_claims', "exp $_"],
           [payload(qq({"nbf":$_})), '401 invalid_claims', "nbf $_"],
         } @no_numbers),

    (map { [payload(qq({"exp":$_})), '401 expired', "exp $_"],
           [payload(qq({"nbf":$_})), '200 ok', "nbf $_"] }
         0, -1, '-0', '1e0', "$past", "$past.999", '1e-300', '-1e300',
         '-12345678901234567890', '0.' . '9' x 500),

    (map { [payload(qq({"exp":$_})), '200 ok', "exp $_"],
           [payload(qq({"nbf":$_})), '401 not_yet_valid', "nbf $_"] }
         "$soon", "$soon.5", '1e300', '9' x 20, '18446744073709551617',
         '9223372036854775807', '9223372036854775808', '1e19',
         '4611686018427387904e3'),

    (map { [payload(qq({"exp":$_})), '401 malformed', "exp $_"] }
         '1e400', 'NaN', '', "0$soon"),

    [payload(qq({"exp":$soon,"nbf":$soon})), '401 not_yet_valid', 'nbf later'],
    [payload(qq({"exp":$past,"nbf":$past})), '401 expired', 'exp earlier'],
    [payload(qq({"Exp":0,"EXP":"","iat":{},"aud":7,"iss":[],"jti":null})),
     '200 ok', 'claims that nobody asked for'],
);


# Whatever a claim says, it makes no line of its own in the upstream's request

for my $sub ('a\r\nX-Admin: 1', 'a\nX-Admin: 1', 'a\rX-Admin: 1',
             'a\u000d\u000aX-Admin: 1', 'a\u0000X-Admin: 1', 'a\u007fX-Admin')
{
    $gateway->check([payload(qq({"sub":"$sub"})), '200 ok', "sub $sub"]);
    unlike($gateway->upstream_request, qr/Admin/, 'it is not passed on');

    $gateway->check([header(qq({"alg":"HS256","kid":"$sub"})), '200 ok',
                     "kid $sub"]);
    unlike($gateway->upstream_request, qr/Admin/, 'it is not passed on');
}

$gateway->check([payload('{"sub":["a","b\r\nX-Admin: 1"]}'), '200 ok',
                 'line end in array']);
unlike($gateway->upstream_request, qr/Admin/, 'it is not passed on');

$gateway->finish;
