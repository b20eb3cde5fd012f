# alg: "none" in all spellings, names that are nobody's, and a good signature
# under the name of another algorithm (RFC 7515, 4.1.1; RFC 8725, 3.1 and 3.2).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Encode qw(encode);
use Test::More;
use Hostile;
use Jwe;
use Nginx;
use Token;

my $gateway = Hostile->start(
    files     => { private => private_pem('rsa') },
    locations => {
        narrow => 'auth_jwt_key_file all; auth_jwt_algorithms RS256;',
        nested => 'auth_jwt_key_file all; auth_jwt_key_file private;
                   auth_jwt_type nested;',
    });

my $claims = '{"sub":"mallory"}';

sub printable { substr $_[0] =~ s/[^ -~]/?/gr, 0, 30 }

sub with_header { raw_token($_[0], $claims, hmac(256, SECRET)) }

# a token with these bytes for the text between the quotes

sub named { raw_token(qq({"alg":"$_[0]"}), $claims, $_[1]) }


# Upper and lower case in all ways, and what looks like it to somebody

my @none = map { my $bits = $_;
                 join '', map { my $c = substr 'none', $_, 1;
                                $bits >> $_ & 1 ? uc $c : $c } 0 .. 3
               } 0 .. 15;

push @none, '\u006eone', '\u006E\u006F\u006E\u0065', 'n\u006fne',
            'none\u0000', '\u0000none', 'none\u0000HS256', ' none', 'none ',
            'none\u0020', 'none\n', 'none\r\n', '\tnone', 'none,HS256',
            'none.', 'n one', 'nonee', 'non', 'no', '0', 'null', 'nil', 'NULL',
            "none\xc2\xa0", "\xef\xbb\xbfnone", "no\xc2\xadne",
            map { encode('UTF-8', $_) } "\x{ff4e}\x{ff4f}\x{ff4e}\x{ff45}",
                "n\x{43e}ne", "no\x{200b}ne", "n\x{f6}ne";

my %signatures = (
    'no signature'  => '',
    'the secret'    => hmac(256, SECRET),
    'an empty key'  => hmac(256, ''),
    'the RSA key'   => sub { Token::private('rsa')->sign_message($_[0],
                                                        'SHA256', 'v1.5') },
);

for my $alg (@none) {
    my $what = 'alg "' . printable($alg) . '"';

    $gateway->check(map { [named($alg, $signatures{$_}),
                           '401 unsupported_algorithm', "$what, by $_"] }
                        sort keys %signatures);
}

my ($unsigned) = named('none', '') =~ /\A(.*)\.\z/;

for my $where (qw(named rsa narrow)) {
    $gateway->check_at($where, [named('none', ''),
                                '401 unsupported_algorithm',
                                "alg none at $where"]);
}

$gateway->check(
    [$unsigned, '401 malformed', 'alg none, two parts'],
    ["$unsigned..", '401 malformed', 'alg none, four parts'],
);

# RFC 7519, 6: none is for the token inside of one that is encrypted

$gateway->check_at('nested', map {
    [encrypted('RSA-OAEP', 'A128GCM', named($_, ''),
               header => { cty => 'JWT' }), '401 unsupported_algorithm',
     "alg \"$_\" inside of an encrypted token"]
} qw(none None \u006eone));


# Names that are nobody's, or of another kind of algorithm

my @unknown = (
    qw(hs256 Hs256 HS256\u0000 HS256\u0020 HS HS1 HS25 HS2560 HS128 HS224
       RS256x rs256 RS1 ES256k es256 ES521 ES256K1 EDDSA EdDsa Ed25519ph
       Ed25519ctx ed25519 ESP256 RSA1_5 RSA-OAEP dir A128KW A128GCM A128GCMKW
       ECDH-ES PBES2-HS256+A128KW http://www.w3.org/2001/04/xmldsig-more),
    '', ' ', '*', 'HS256,RS256', 'HS256 ', "HS256\xc2\xa0", 'x' x 10000
);

$gateway->check(map { my $alg = $_;
                      my $what = 'alg "' . printable($alg) . '"';
                      map { [named($alg, $signatures{$_}),
                             '401 unsupported_algorithm', "$what, by $_"] }
                          'no signature', 'the secret' } @unknown);

$gateway->check(
    [with_header('{"alg":"HS256"}'), '200 ok', 'good header'],
    [with_header('{"\u0061l\u0067":"HS\u003256"}'), '200 ok',
     'alg written with escapes'],

    (map { [with_header($_), '401 invalid_header', "header $_"] }
         '{}', '{"ALG":"HS256"}', '{"Alg":"HS256"}', '{"alg ":"HS256"}',
         '{"typ":"JWT"}', '{"":"HS256"}', '{"enc":"HS256"}',
         map { qq({"alg":$_}) } 'null', 'true', 'false', '0', '256', '-0',
             '[]', '["HS256"]', '{}', '{"alg":"HS256"}'),

    [with_header('{"alg":"none","alg":"HS256"}'), '401 malformed',
     'alg twice, none first'],
    [with_header('{"alg":"HS256","\u0061lg":"none"}'), '401 malformed',
     'alg twice, none last'],
);


# The algorithm that a location does not allow, though the signature is good

$gateway->check_at('narrow',
    [token('RS256'), '200 ok', 'allowed algorithm'],
    map { [token($_), '401 algorithm_not_allowed', "$_ is not allowed"] }
        qw(HS256 RS384 PS256 ES256 EdDSA));


# One algorithm's signature under the name of another, for one type of key

my $rsa = Token::private('rsa');

my %signer = (
    (map { my $bits = $_;
           ("HS$bits" => hmac($bits, SECRET),
            "RS$bits" => sub { $rsa->sign_message($_[0], "SHA$bits", 'v1.5') },
            "PS$bits" => sub { $rsa->sign_message($_[0], "SHA$bits", 'pss',
                                                  $bits / 8) })
         } 256, 384, 512),
    map { my ($alg, $key, $hash) = @$_;
          ($alg => sub { Token::private($key)->sign_message_rfc7518($_[0],
                                                                    $hash) })
        } [qw(ES256 ec256 SHA256)], [qw(ES256K ec256k SHA256)],
          [qw(ES384 ec384 SHA384)], [qw(ES512 ec521 SHA512)],
);

my $ed25519 = Token::private('ed25519');

$signer{EdDSA} = $signer{Ed25519} = sub { $ed25519->sign_message($_[0]) };

# RFC 9864: these two are one

my %same = (EdDSA => 'Ed25519', Ed25519 => 'EdDSA');

for my $says (sort keys %signer) {
    $gateway->check(map {
        [named($says, $signer{$_}),
         $_ eq $says || $_ eq ($same{$says} // '') ? '200 ok'
                                                   : '401 bad_signature',
         "$says signed as $_"]
    } sort keys %signer);
}

my ($payload, $signature) = (split /\./, token('RS256'))[1, 2];

$gateway->check(
    [b64u('{"alg":"none"}') . ".$payload.$signature",
     '401 unsupported_algorithm', 'alg none above a good signature'],
    [b64u('{"alg":"none"}') . ".$payload.", '401 unsupported_algorithm',
     'alg none, good payload, no signature'],
    [b64u('{"alg":"HS256"}') . ".$payload.$signature", '401 bad_signature',
     'HS256 above a good signature'],
    [b64u('{"alg":"RS384"}') . ".$payload.$signature", '401 bad_signature',
     'RS384 above a good signature'],
);

# and nobody can allow it

my ($code, $output) = Nginx->check(server => 'auth_jwt_algorithms none;');

ok($code && $output =~ /unknown algorithm "none"/, 'none in a configuration');

$gateway->finish;
