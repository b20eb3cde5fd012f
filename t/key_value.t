# auth_jwt_key: a key in the configuration, in every format.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use MIME::Base64 qw(encode_base64);
use Nginx;
use Token;

my $secret = "\x00\x01binary\xfe\xff" . 'x' x 60;
my $text = SECRET;

my %value = (
    utf8      => $text,
    hex       => unpack('H*', $secret),
    HEX       => uc unpack('H*', $secret),
    base64    => encode_base64($secret, ''),
    base64url => b64u($secret),
    pem       => pem('rsa'),
    jwk       => json(jwk('ec256', kid => 'one')),
    jwks      => jwks(['rsa2', kid => 'two'], ['ed25519', kid => 'three']),
);

my %location = (
    default => "auth_jwt_key '$text';",
    utf8    => "auth_jwt_key '$text' utf8;",
    HEX     => "auth_jwt_key $value{HEX} hex;",
    (map { $_ => "auth_jwt_key '$value{$_}' $_;" }
         qw(hex base64 base64url pem jwk jwks)),
    inner   => 'location /inner/own { auth_jwt_key another; }',
    several => "auth_jwt_key '$text'; auth_jwt_key '$value{pem}' pem;
                auth_jwt_key_file ec.json; auth_jwt_key_file second;
                auth_jwt_key_file third secret;",
);

my $nginx = Nginx->start(
    files  => { 'ec.json' => jwks('ec256'), second => pem('ed25519'),
                third => 'a third secret' },
    server => join '', q{
        auth_jwt "api";
        auth_jwt_key 'the secret of the level above';
        add_header X-Status $jwt_status always;
    }, map { "location /$_ { $location{$_} proxy_pass http://%UPSTREAM%; }\n" }
           sort keys %location);


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, Authorization => "Bearer $token");

    return $answer->status . ' ' . ($answer->header('X-Status') // '');
}


my $by_text = token('HS256');
my $by_bytes = token('HS256', undef, key => $secret);
my $by_rsa = token('RS256');
my $by_parent = token('HS256', undef, key => 'the secret of the level above');

is(verdict('/default', $by_text), '200 ok', 'text without a format');
is(verdict('/utf8', $by_text), '200 ok', 'text as utf8');
is(verdict("/$_", $by_bytes), '200 ok', "bytes as $_")
    for qw(hex HEX base64 base64url);
is(verdict('/pem', $by_rsa), '200 ok', 'public key as PEM');
is(verdict('/jwk', token('ES256', undef, kid => 'one')), '200 ok', 'one JWK');
is(verdict('/jwks', token('RS256', undef, key => 'rsa2', kid => 'two')),
   '200 ok', 'first key of JWKS');
is(verdict('/jwks', token('EdDSA', undef, kid => 'three')), '200 ok',
   'second key of JWKS');

is(verdict('/utf8', $by_bytes), '401 bad_signature', 'another secret');
is(verdict('/utf8', $by_rsa), '401 unknown_key', 'RS256 with a secret');
is(verdict('/pem', $by_text), '401 unknown_key', 'HS256 with a public key');
is(verdict('/utf8', forged($by_text)), '401 bad_signature', 'forged token');
is(verdict('/hex', token('HS256', undef, key => $value{hex})),
   '401 bad_signature', 'hex digits are no secret');

is(verdict('/several', $by_text), '200 ok', 'several: the text');
is(verdict('/several', $by_rsa), '200 ok', 'several: the PEM');
is(verdict('/several', token('ES256')), '200 ok', 'several: the JWKS file');
is(verdict('/several', token('EdDSA')), '200 ok', 'several: the PEM file');
is(verdict('/several', token('HS256', undef, key => 'a third secret')),
   '200 ok', 'several: the last');
is(verdict('/several', token('RS256', undef, key => 'rsa2')),
   '401 bad_signature', 'several: none of them');

is(verdict('/several', $by_parent), '401 bad_signature',
   'lower level replaces the keys');
is(verdict('/inner', $by_parent), '200 ok', 'keys are inherited');
is(verdict('/inner/own', $by_parent), '401 bad_signature',
   'inherited keys are replaced');


# What nginx -t says

sub check { Nginx->complaints(server => "$_[0]\n") }


my $unusable = 'the value of "auth_jwt_key" cannot be used:';
my $long = 'x' x 32;

is(check("auth_jwt_key $long;"), 0, 'secret of 32 bytes is long enough');

is(check('auth_jwt_key ' . 'x' x 31 . ';'),
   qq{0\n[warn] key 0 of directive "auth_jwt_key" is used, but the secret}
   . ' is shorter than its hash in FILE', 'short secret warns');

my %refused = (
    "''"             => 'the secret is empty',
    "'' hex"         => 'the secret is empty',
    '616 hex'        => 'it is not in the encoding that was named',
    '6x hex'         => 'it is not in the encoding that was named',
    'YWJj=== base64' => 'it is not in the encoding that was named',
    'YW_j base64'    => 'it is not in the encoding that was named',
    'YW+j base64url' => 'it is not in the encoding that was named',
    'YWI= base64url' => 'it is not in the encoding that was named',
    "'$value{pem}'"  => 'it is the text of a key and not a secret',
    unpack('H*', "-----BEGIN ") . ' hex'
                     => 'it is the text of a key and not a secret',
    q('{"kty":"RSA"}') => 'it is the text of a key and not a secret',
    'abc pem'        => 'it is not a public key or certificate in PEM',
    "'{' jwk"        => 'it is not valid JSON',
    "'{}' jwks"      => 'it is not a key set',
    q('{"keys":[]}' jwks) => 'it has no usable key',
);

is(check("auth_jwt_key $_;"), "1\n[emerg] $unusable $refused{$_} in FILE",
   'refused: ' . s/\n.*//sr) for sort keys %refused;

my ($weak) = check(q(auth_jwt_key '{"kty":"oct","k":""}' jwk;));

like($weak,
     qr/^1\n\[warn\] key 0 .* not used: the secret is empty in FILE\n.* no/,
     'only key is empty');

done_testing;
