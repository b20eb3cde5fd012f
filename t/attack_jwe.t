# Encrypted tokens that cost: tokens in tokens, what unpacks to more, rounds
# that the token names, parts of any length (RFC 7516, 4.1.3, 5.2 and 11; RFC
# 7518, 4.8 and 8.1; RFC 8725, 3.6).  Keys, tags and vectors in all shapes:
# t/jwe_forged.t; headers and parts: t/jwe_refused.t; what is inside of a nested
# token: t/jwe_nested.t; each bit: t/jwe_changed.t; epk: t/attack_epk.t.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Compress::Raw::Zlib ();
use Test::More;
use Hostile;
use Jwe;
use Token;

my $gateway = Hostile->start(
    files     => { private => private_jwks('rsa', 'ec256',
                                           map { secret($_) } 16, 32) },
    locations => {
        encrypted => 'auth_jwt_key_file private; auth_jwt_type encrypted;',
        nested    => 'auth_jwt_key_file private; auth_jwt_key_file all;
                      auth_jwt_type nested;',
        unchecked => 'auth_jwt_key_file private; auth_jwt_type nested;
                      auth_jwt_validate_sig off;',
    });

my $claims = '{"sub":"mallory"}';
my $refused = '401 decryption_failed';


# members of the header behind those of "dir" with a known secret

sub dir {
    my ($members, $payload) = @_;

    return raw_jwe('{"alg":"dir","enc":"A128GCM"' . $members . '}', secret(16),
                   $payload // $claims);
}

sub nested { dir(',"cty":"JWT"' . ($_[1] // ''), $_[0]) }


# Tokens in tokens: one is opened, never the next

my $signed = token('HS256', { sub => 'alice' });
my $token = $signed;

$gateway->check_at('nested', [nested($signed), '200 ok', 'one in another']);

for my $depth (1 .. 25) {
    $token = nested($token);
    last if length $token > 60000;
    next if $depth == 1;

    $gateway->check_at('nested', [$token, '401 malformed', "$depth deep"]);
    $gateway->check_at('unchecked', [$token, '401 malformed',
                                     "$depth deep, signature unchecked"]);
    $gateway->check_at('encrypted', [$token, '401 malformed',
                                     "$depth deep, encrypted"]);
}

cmp_ok(length $token, '>', 50000, 'tokens were as deep as a token is long');

$gateway->check_at('nested',
    [nested(nested($signed, ',"zip":"DEF"')), '401 malformed',
     'zip in the second'],
    [nested('.' x 40000), '401 malformed', '40000 points inside'],
    [nested('A' x 40000), '401 malformed', '40000 letters inside'],
    [nested(raw_token('{"alg":"HS256"}', '{"a":' . '[' x 20000,
                      hmac(256, SECRET))), '401 malformed',
     'deep JSON inside']);
$gateway->check_at('encrypted',
    [dir('', '{"a":' . '[' x 40000), '401 malformed', 'deep JSON'],
    [dir(',"a":' . '[' x 30000 . ']' x 10000), '401 malformed',
     'deep JSON in the header'],
    [dir(',"a":' . '[' x 61 . ']' x 61), '200 ok', 'header that is deep'],
    [dir(join '', map { ",\"a$_\":0" } 1 .. 600), '401 malformed',
     '600 members in the header']);


# zip: refused before anything is decrypted

sub deflated {
    my ($text) = @_;

    my $zip = Compress::Raw::Zlib::Deflate->new(
        -WindowBits => -Compress::Raw::Zlib::MAX_WBITS(), -AppendOutput => 1);

    $zip->deflate($text, my $out);
    $zip->flush($out);

    return $out;
}

my $bomb = deflated('{"a":"' . 'a' x 10_000_000 . '"}');

cmp_ok(length $bomb, '<', 20000, 'ten million bytes come from a few');

for my $zip ('"DEF"', '"def"', '"DEFLATE"', '"GZIP"', '"none"', '""', 'null',
             'false', 'true', '0', '[]', '["DEF"]', '{}')
{
    for my $text ($claims, deflated($claims), $bomb) {
        my $what = "zip $zip of " . length $text;

        $gateway->check_at('encrypted', [dir(",\"zip\":$zip", $text),
                                         '401 unsupported_algorithm', $what]);
        $gateway->check_at('nested', [nested($text, ",\"zip\":$zip"),
                                      '401 unsupported_algorithm',
                                      "$what, nested"]);
    }
}

$gateway->check_at('encrypted',
    [dir('', $bomb), '401 malformed', 'deflated without zip'],
    [dir(',"ZIP":"DEF"'), '200 ok', 'ZIP is not zip'],
    [dir(',"zip":"DEF","zip":"DEF"'), '401 malformed', 'zip twice']);
$gateway->check_at('nested',
    [nested(raw_token('{"alg":"HS256","zip":"DEF"}', deflated($claims),
                      hmac(256, SECRET))), '401 malformed',
     'deflated inside: a signed token has no zip'],
    [nested(raw_token('{"alg":"HS256","zip":"DEF"}', $claims,
                      hmac(256, SECRET))), '200 ok',
     'zip of a signed token is not read']);


# PBES2: rounds without end are not begun, few are as bad (RFC 7518, 8.1)

for my $alg (qw(PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW)) {
    for my $p2c (0, 1, 1000, 2147483647, 4294967296, '9' x 20, '1e300', -1,
                 '"1000"', 'null')
    {
        $gateway->check_at('encrypted',
            [raw_jwe(qq({"alg":"$alg","enc":"A128GCM","p2s":"YWJjZGVmZ2g",)
                     . qq("p2c":$p2c}), secret(16), $claims, 'a' x 24),
             '401 unsupported_algorithm', "$alg, p2c $p2c"]);
    }

    $gateway->check_at('encrypted',
        [raw_jwe(qq({"alg":"$alg","enc":"A128GCM","p2c":1,"p2s":")
                 . 'A' x 40000 . '"}', secret(16), $claims, 'a' x 24),
         '401 unsupported_algorithm', "$alg, long p2s"]);
}

$gateway->check_at('encrypted',
    [dir(',"p2c":2147483647,"p2s":"YWJj"'), '200 ok',
     'p2c of dir is not read']);


# Keys and texts of any length

for my $alg (qw(RSA-OAEP RSA-OAEP-512 A128KW A256KW ECDH-ES+A128KW
                A128GCMKW))
{
    my $more = $alg =~ /ECDH/ ? ',"epk":' . json(jwk('ec256b')) : '';

    for my $length (0, 1, 8, 24, 257, 2048) {
        $gateway->check_at('encrypted',
            [raw_jwe(qq({"alg":"$alg","enc":"A128GCM"$more}), secret(16),
                     $claims, 'k' x $length), $refused,
             "$alg, key of $length"]);
    }

    $gateway->check_at('encrypted',
        [raw_jwe(qq({"alg":"$alg","enc":"A128GCM"$more}), secret(16), $claims,
                 'k' x 2049), '401 malformed', "$alg, key of 2049"],
        [raw_jwe(qq({"alg":"$alg","enc":"A128GCM"$more}), secret(16), $claims,
                 'k' x 40000), '401 malformed', "$alg, key of 40000"]);
}

# a length that no algorithm has makes it no token at all

for (['vector', 2, 16], ['tag', 4, 64]) {
    my ($name, $n, $max) = @$_;

    $gateway->check_at('encrypted', map {
        my $length = $_;
        [part(dir(''), $n, sub { 'a' x $length }),
         $length == $max ? $refused : '401 malformed', "$name of $length"]
    } 0, $max, $max + 1, 40000);
}

$gateway->finish;
