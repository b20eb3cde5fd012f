# Attacks by members that stand twice: of two readers one takes the first, the
# other the last (RFC 7515, 4; RFC 7519, 4).

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

sub header { raw_token($_[0], '{"sub":"alice"}', hmac(256, SECRET)) }

sub with_alg { header('{"alg":"HS256",' . $_[0] . '}') }

sub many { join ',', map { qq("a$_":0) } 1 .. $_[0] }


# As they are, with escapes, and further in

my @twice = (
    '"a":1,"a":1', '"a":1,"a":2', '"a":1,"b":2,"a":3', '"a":null,"a":null',
    '"a":[],"a":{}', '"a":{"b":1},"a":1', '"a":1,"a":1,"a":1', '"":1,"":2',
    '" ":1," ":2', '"a" : 1 , "a" : 2', "\"a\"\n:1,\"a\"\t:2",

    '"a":1,"\u0061":2', '"\u0061":1,"a":2', '"\u0061":1,"\u0061":2',
    '"\u006A":1,"\u006a":2', '"ab":1,"a\u0062":2', '"\u0061b":1,"a\u0062":2',
    '"\/":1,"/":2', '"\u002f":1,"\/":2', '"\"":1,"\u0022":2',
    '"\\\\":1,"\u005c":2', '"\b\f\n\r\t":1,"\u0008\u000c\u000A\u000d\u0009":2',
    "\"\xc3\xbc\":1,\"\\u00fc\":2", "\"\xe2\x82\xac\":1,\"\\u20AC\":2",
    "\"\x7f\":1,\"\\u007f\":2", '"\ud83d\ude00":1,"\uD83D\uDE00":2',
    "\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2",

    '"x":{"a":1,"a":2}', '"x":{"a":1,"\u0061":2}', '"x":[{"a":1,"a":2}]',
    '"x":[[],[{"b":{"a":1,"a":2}}]]', '"x":[{"a":1},{"a":1,"a":1}]',
    '"x":' . '{"y":' x 61 . '{"a":1,"a":2}' . '}' x 61,
    '"x":{"a":{"a":1}},"x":2', '"x":{"y":{}},"z":{"a":1,"a":2}',
    '"a":{"a":[{"a":1}]},"b":1,"a":2', '"x":{"":1,"":2}',

    '"a":0,' . many(500) . ',"a":1', many(500) . ',"a250":1',
    many(250) . ',"a1":{' . many(250) . '}',
    '"x":{' . many(500) . ',"\u0061500":1}',
    '"' . 'x' x 20_000 . '":1,"' . 'x' x 20_000 . '":2',
);

$gateway->check(
    map { [payload("{$_}"), '401 malformed', 'payload ' . name($_)],
          [with_alg($_), '401 malformed', 'header ' . name($_)] } @twice
);


# Those that decide on something

my $soon = time + 3600;

$gateway->check(
    (map { [header("{$_}"), '401 malformed', "header $_"] }
         '"alg":"HS256","alg":"HS256"', '"alg":"none","alg":"HS256"',
         '"alg":"HS256","alg":"none"', '"\u0061lg":"none","alg":"HS256"',
         '"alg":"HS256","al\u0067":"none"', '"alg":"HS256","alg":"RS256"',
         '"alg":"HS256","alg":null', '"alg":[],"alg":"HS256"'),

    (map { [with_alg($_), '401 malformed', "header, then $_"] }
         '"kid":"a","kid":"a"', '"kid":"a","kid":"b"', '"kid":"a","k\u0069d":7',
         '"crit":["exp"],"crit":[]', '"crit":[],"\u0063rit":["exp"]',
         '"b64":true,"b64":false', '"b64":false,"b64":true',
         '"typ":"JWT","typ":"at+jwt"', '"zip":"DEF","zip":"DEF"',
         '"jwk":{"kty":"oct","k":"AA","k":"AA"}', '"x5c":["a"],"x5c":["b"]'),

    (map { [payload("{$_}"), '401 malformed', "payload $_"] }
         "\"exp\":1,\"exp\":$soon", "\"exp\":$soon,\"exp\":1",
         "\"exp\":$soon,\"exp\":$soon", "\"exp\":$soon,\"\\u0065xp\":1",
         "\"exp\":\"never\",\"exp\":$soon", "\"nbf\":0,\"nbf\":$soon",
         "\"nbf\":0,\"n\\u0062f\":$soon", '"iss":"a","iss":"b"',
         '"aud":"a","aud":["b"]', '"sub":"alice","sub":"admin"',
         '"sub":"alice","\u0073ub":"admin"', '"sub":"alice","sub":"alice"',
         '"roles":{"a":true,"a":false}', '"jti":"1","jti":"1"'),
);


# Names that only look the same are others: which one counts is clear

my @others = ('"a":1,"A":2', '"a":1,"a ":2', '"a":1," a":2', '"a":1,"aa":2',
              '"a":1,"":2', '"1":1,"01":2', '"a":1,"\\\\u0061":2',
              "\"\xc3\xa9\":1,\"e\xcc\x81\":2", "\"a\":1,\"\xd0\xb0\":2",
              "\"a\":1,\"a\xe2\x80\x8b\":2", '"a":1,"x":{"a":{"a":[{"a":1}]}}',
              '"x":[{"a":1},{"a":1}],"y":{"a":1}', '"a":["a","a"]');

$gateway->check(
    (map { [payload("{$_}"), '200 ok', 'payload ' . name($_)],
           [with_alg($_), '200 ok', 'header ' . name($_)] } @others),

    [with_alg('"Alg":"none","ALG":"none"'), '200 ok', 'Alg is not alg'],
    [with_alg('"x":{"alg":"none"}'), '200 ok', 'inner alg is not alg'],
    [payload("{\"exp\":$soon,\"Exp\":1,\"exp \":1}"), '200 ok',
     'Exp is not exp'],
    [payload("{\"exp\":1,\"Exp\":$soon,\"x\":{\"exp\":$soon}}"), '401 expired',
     'exp is exp'],
    [payload('{"\u0065\u0078\u0070":1}'), '401 expired', 'exp with escapes'],
);

for my $sub ('{"Sub":"admin","sub":"alice","sub ":"admin"}',
             '{"x":{"sub":"admin"},"\u0073ub":"alice"}')
{
    $gateway->check([payload($sub), '200 ok', $sub]);
    like($gateway->upstream_request, qr/^X-User: alice\r$/m,
         'upstream gets alice');
}

$gateway->finish;
