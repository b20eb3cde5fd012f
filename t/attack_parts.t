# Parts of a token, none to six, empty or long, and what else may come in its
# place: other serializations, a scheme, two tokens (RFC 7515, 7.1 and 7.2;
# RFC 7516, 7.1; RFC 7519, 7.2; RFC 6750, 2.1).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Hostile;
use Jwe;
use Token;

my $gateway = Hostile->start(
    files     => { private => private_jwks(secret(16)) },
    locations => {
        encrypted => 'auth_jwt_key_file private; auth_jwt_type encrypted;',
        nested    => 'auth_jwt_key_file private; auth_jwt_key_file all;
                      auth_jwt_type nested;',
        unchecked => 'auth_jwt_key_file all; auth_jwt_validate_sig off;',
    });

my $good = token('HS256', { sub => 'alice' });
my ($header, $payload, $signature) = split /\./, $good;
my $jwe = raw_jwe('{"alg":"dir","enc":"A128GCM"}', secret(16));
my $nested = raw_jwe('{"alg":"dir","enc":"A128GCM","cty":"JWT"}', secret(16),
                     $good);

sub signed { "$_[0]." . b64u(hmac(256, SECRET)->($_[0])) }

sub with_payload { signed("$header.$_[0]") }


# None to six, of letters and of nothing

my @shapes = (
    'a', '.', '..', '...', '....', '.....', '......', 'a.b', 'a.', '.b',
    'a..', '.b.', '..c', 'a.b.', 'a..c', '.b.c', 'a.b.c', 'a.b.c.d', 'a...d',
    '.b.c.', 'a.b.c.d.e', 'a....e', 'a..c.d.e', '.b.c.d.', 'a.b.c.d.e.f',
    'a.....f', '----', '____', '====', '$', '~', '{}', '{}.{}.{}', 'null', '0',
    '--', "-\t", 'A' x 4, 'e30', 'e30.e30', 'e30.e30.e30.e30',
);

for my $where (qw(all encrypted nested unchecked)) {
    $gateway->check_at($where, map { [$_, '401 malformed',
                                      "shape for $where: $_"] } @shapes);
}

# where a signature is not looked at, its part has to be there nevertheless

$gateway->check_at('unchecked',
    [$good, '200 ok', 'unchecked: good token'],
    ["$header.$payload.", '200 ok', 'unchecked: empty signature'],
    ["$header.$payload", '401 malformed', 'unchecked: two parts'],
    ["$header.$payload.a", '200 ok', 'unchecked: a letter'],
    ["$header.$payload..", '401 malformed', 'unchecked: four parts']);


# A good token, and parts of it

$gateway->check(
    [$good, '200 ok', 'good token'],
    [$header, '401 malformed', 'header alone'],
    ["$header.", '401 malformed', 'header and a point'],
    [$payload, '401 malformed', 'payload alone'],
    [$signature, '401 malformed', 'signature alone'],
    ["$header.$payload", '401 malformed', 'no signature'],
    ["$header.$signature", '401 malformed', 'no payload'],
    ["$payload.$signature", '401 malformed', 'no header'],
    ["$header.$payload.", '401 bad_signature', 'empty signature'],
    ["$header..$signature", '401 malformed', 'empty payload'],
    [signed("$header."), '401 malformed', 'empty payload that is signed'],
    [".$payload.$signature", '401 malformed', 'empty header'],
    [signed(".$payload"), '401 malformed', 'empty header that is signed'],
    [".$good", '401 malformed', 'point before'],
    ["$good.", '401 malformed', 'point behind'],
    ["..$good", '401 malformed', 'two points before'],
    ["$good..", '401 malformed', 'two points behind'],
    ["$header..$payload.$signature", '401 malformed', 'two points'],
    ["$good.$good", '401 malformed', 'token twice'],
    ["$good$good", '401 malformed', 'token twice, no point'],
    ["$good.$signature", '401 malformed', 'signature twice'],
    ["$good.a.b", '401 malformed', 'five parts, three good'],
    ["$good.a.b.c", '401 malformed', 'six parts, three good'],
    [signed($good), '401 malformed', 'token as signed text'],
    ["$payload.$header.$signature", '401 invalid_header', 'parts swapped'],
    ["$header.$signature.$payload", '401 bad_signature', 'ends swapped'],
    ["$header.$header.$signature", '401 bad_signature', 'header as payload'],
    ['e30.e30.', '401 invalid_header', 'two empty objects'],
    ["Bearer $good", '401 malformed', 'scheme twice'],
    ["$good ", '200 ok', 'blank behind, which nginx takes away'],
    ["$good $good", '401 malformed', 'blank between two'],
    ["$good,$good", '401 malformed', 'comma between two'],
    ["$good;$good", '401 malformed', 'semicolon between two'],
    ["\"$good\"", '401 malformed', 'in quotes'],
    ["<$good>", '401 malformed', 'in brackets'],
    ["token=$good", '401 malformed', 'as a parameter'],
    [$jwe, '401 malformed', 'encrypted token for signed'],
    [$nested, '401 malformed', 'nested token for signed'],
);

$gateway->check_at('encrypted',
    [$jwe, '200 ok', 'encrypted token'],
    [$good, '401 malformed', 'signed for encrypted'],
    ["$good.$payload.$signature", '401 invalid_header',
     'five parts, three good']);
$gateway->check_at('nested',
    [$nested, '200 ok', 'nested token'],
    [$good, '401 malformed', 'signed for nested'],
    [$jwe, '401 invalid_header', 'encrypted for nested']);


# RFC 7515, 7.2: no JSON Serialization, of one signature or several

my %flat = (payload => $payload, protected => $header,
            signature => $signature);

for my $json (json(\%flat), json({ %flat, signatures => [\%flat] }),
              json({ %flat, header => { alg => 'none' } }), json([$good]),
              json({ token => $good }), qq("$good"))
{
    $gateway->check(
        [$json, '401 malformed', 'JSON: ' . substr $json, 0, 30],
        [b64u($json), '401 malformed', 'encoded JSON: ' . substr $json, 0, 30],
        [with_payload(b64u($json)),
         $json =~ /\A\{/ ? '200 ok' : '401 malformed',
         'JSON as claims: ' . substr $json, 0, 30]);
}


# Sizes: a token may have 65536 bytes; not all lengths of base64url exist

sub sized {
    my ($size) = @_;

    my $rest = $size - length("$header..$signature");

    for my $n (int($rest / 4 * 3) - 2 .. int($rest / 4 * 3) + 2) {
        my $token = with_payload(b64u('{"sub":"' . 'x' x ($n - 10) . '"}'));
        return $token if length $token >= $size;
    }
}

for my $where (qw(all encrypted nested)) {
    $gateway->check_at($where,
        (map { ['A' x $_, '401 malformed', "$where: $_ letters"] }
             8192, 65536),
        (map { ['A' x $_, '401 too_large', "$where: $_ letters"] }
             65537, 100000),
        ['.' x 60000, '401 malformed', "$where: 60000 points"],
        ['.' x 70000, '401 too_large', "$where: 70000 points"],
        [join('.', ('A' x 30000) x 2, 'A'), '401 malformed',
         "$where: long parts"],
        [join('.', ('A' x 10000) x 6), '401 malformed',
         "$where: six long parts"]);
}

$gateway->check(
    [b64u('{"alg":"HS256","x":"' . 'x' x 40000 . '"}')
     . ".$payload.$signature", '401 bad_signature', 'long header'],
    ["$header.$payload." . 'A' x 60000, '401 bad_signature',
     'signature of 45000 bytes'],
    [sized(60000), '200 ok', 'good token of 60000 bytes'],
    [sized(65536), '200 ok', 'good token of 65536 bytes'],
    [sized(65537), '401 too_large', 'good token of 65537 bytes'],
);


# What is no token

is($gateway->verdict('/all', Authorization => "Bearer $good, Bearer $good"),
   '401 malformed', 'two tokens in a line');
is($gateway->verdict('/all', Authorization => $_), '401 no_token',
   "no token: \"$_\"") for 'Bearer', 'Bearer ', 'Bearer    ', "Bearer$good",
                           "Bearer\t$good", "Basic $good", "DPoP $good", $good,
                           '', ' ', "Bearer: $good", "Bearer=$good";
is($gateway->verdict("/all?t=$_"), '401 no_token', "no token: t=$_")
    for '', '-';

my @answers = $gateway->nginx->raw("GET /all HTTP/1.1\r\nHost: a\r\n"
                                   . "Connection: close\r\n"
                                   . "Authorization: Bearer $good\r\n" x 2
                                   . "\r\n");

is($answers[0]->status, 400, 'two Authorization headers');

$gateway->finish;
