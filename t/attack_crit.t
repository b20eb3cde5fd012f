# crit and b64: no extension is understood here, so a token that needs one is
# refused, and no payload is read in another way than base64url (RFC 7515,
# 4.1.11; RFC 7516, 4.1.13; RFC 7797, 3 and 6).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Hostile;
use Jwe;
use Token;

my $gateway = Hostile->start(
    files     => { private => private_jwks('rsa', secret(16)) },
    locations => {
        encrypted => 'auth_jwt_key_file private; auth_jwt_type encrypted;',
        nested    => 'auth_jwt_key_file all; auth_jwt_key_file private;
                      auth_jwt_type nested;',
        unchecked => 'auth_jwt_key_file all; auth_jwt_validate_sig off;',
    });

my $claims = '{"sub":"mallory"}';

sub with_member {
    return raw_token('{"alg":"HS256",' . $_[0] . '}', $claims,
                     hmac(256, SECRET));
}

sub what { substr $_[0], 0, 50 }

# names that are understood, that are not, and no names

my @crit = map { qq("crit":$_) }
    '[]', '["exp"],"exp":1', '["b64"]', '["alg"]', '["kid"],"kid":"a"',
    '["typ"],"typ":"JWT"', '["crit"]', '["x"],"x":1', '["x"]', '["X"],"x":1',
    '["exp","exp"],"exp":1', '["x","y"],"x":1,"y":1',
    '["http://mallory.test/x"],"http://mallory.test/x":1',
    '["urn:example"],"urn:example":true', '[""]', '[""],"":1', '[" "]',
    '["\u0000"]', '["sub"]', '["jwk"],"jwk":{}', '["zip"],"zip":"DEF"',
    '["enc"],"enc":"A128GCM"', '["p2c"],"p2c":1', '["nonce"],"nonce":"1"',
    '[1]', '[null]', '[true]', '[["exp"]]', '[{}]', '[[]]', '["exp",1]',
    '"exp"', '"b64"', '""', 'null', '{}', '{"b64":true}', '{"0":"b64"}',
    'true', 'false', '0', '1', '-0', '[' . join(',', ('"x"') x 500) . ']',
    '["' . 'x' x 10000 . '"]';

push @crit, '"\u0063rit":[]', '"cri\u0074":["x"],"x":1',
            '"x":1,"crit":["x"]';

my @b64 = (
    '"crit":["b64"],"b64":true', '"b64":true,"crit":["b64"]',
    '"crit":["b64"],"b64":false', '"b64":false', '"b64":null', '"b64":0',
    '"b64":1', '"b64":"true"', '"b64":"false"', '"b64":""', '"b64":[]',
    '"b64":[true]', '"b64":{}', '"\u006264":false', '"b6\u0034":0',
);

$gateway->check(map { [with_member($_), '401 unsupported_critical',
                       what($_)] } @crit, @b64);
$gateway->check_at('unchecked',
    map { [with_member($_), '401 unsupported_critical',
           what($_) . ', signatures unchecked'] } @crit, @b64);

$gateway->check(
    [with_member('"b64":true'), '200 ok', 'b64 true changes nothing'],
    [with_member('"Crit":["x"],"CRIT":[]'), '200 ok', 'Crit is not crit'],
    [with_member('"B64":false'), '200 ok', 'B64 is not b64'],
    [with_member('"x":{"crit":["x"],"b64":false}'), '200 ok',
     'crit of another member'],
    [with_member('"crit ":[]'), '200 ok', 'crit with a blank'],
    (map { [with_member($_), '401 malformed', $_] }
         '"crit":[],"crit":[]', '"crit":[],"\u0063rit":["x"]',
         '"b64":true,"b64":false', '"crit":[', '"crit":["b64",]', '"crit":'),
    [raw_token('{"alg":"HS256"}', '{"crit":["x"],"b64":false}',
               hmac(256, SECRET)), '200 ok', 'claims of that name'],
);


# Payloads as RFC 7797 signs them: as they are, and detached

sub unencoded {
    my ($header, $payload, $shown) = @_;

    my $begin = b64u($header);

    return join '.', $begin, $shown // $payload,
                     b64u(hmac(256, SECRET)->("$begin.$payload"));
}

my $encoded = b64u($claims);

for my $header ('{"alg":"HS256","b64":false,"crit":["b64"]}',
                '{"alg":"HS256","b64":false}',
                '{"alg":"HS256","crit":["b64"]}')
{
    $gateway->check(
        [unencoded($header, $claims), '401 unsupported_critical',
         "payload as it is, $header"],
        [unencoded($header, $encoded), '401 unsupported_critical',
         "payload as base64url, $header"],
        [unencoded($header, '$.02'), '401 malformed',
         "payload with a point, $header"],
        [unencoded($header, $claims, ''), '401 malformed',
         "detached payload, $header"],
        [unencoded($header, ''), '401 malformed', "no payload, $header"]);
}

$gateway->check(
    [unencoded('{"alg":"HS256"}', $claims), '401 malformed',
     'payload as it is, no b64'],
    [unencoded('{"alg":"HS256","b64":true}', $claims), '401 malformed',
     'payload as it is, b64 true'],
    [unencoded('{"alg":"HS256"}', $encoded, ''), '401 malformed',
     'detached payload, no b64'],
    [unencoded('{"alg":"HS256"}', $claims, $encoded), '401 bad_signature',
     'signature over the payload as it is'],
    [unencoded('{"alg":"HS256"}', $encoded), '200 ok',
     'payload as base64url, no b64'],
);


# In an encrypted token, outside and inside of a nested one

sub dir { raw_jwe('{"alg":"dir","enc":"A128GCM",' . $_[0] . '}', secret(16)) }

sub inside {
    return encrypted('RSA-OAEP', 'A128GCM', $_[0], header => { cty => 'JWT' });
}

$gateway->check_at('encrypted',
    [dir('"b64":true'), '200 ok', 'b64 true of an encrypted token'],
    map { [dir($_), /"enc":/ ? '401 malformed' : '401 unsupported_critical',
           'encrypted: ' . what($_)] } @crit);

for my $member ('"crit":["b64"],"b64":false', '"crit":[]', '"crit":["exp"]') {
    $gateway->check_at('nested',
        [inside(with_member($member)), '401 unsupported_critical',
         "inside: $member"],
        [raw_jwe('{"alg":"dir","enc":"A128GCM","cty":"JWT",' . $member . '}',
                 secret(16), token('HS256')), '401 unsupported_critical',
         "outside: $member"]);
}

$gateway->check_at('nested',
    [inside(token('HS256')), '200 ok', 'nested without crit'],
    [inside(unencoded('{"alg":"HS256","b64":false,"crit":["b64"]}', $claims)),
     '401 unsupported_critical', 'inside: payload as it is']);

$gateway->finish;
