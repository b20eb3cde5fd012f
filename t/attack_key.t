# A key is used for what it says that it is for, and one that everybody could
# sign with not at all (RFC 7517, 4.1 to 4.4; RFC 7518, 6; RFC 8725, 3.1 and
# 3.4).  For encrypted tokens see t/jwe_keys.t.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Digest::SHA qw(sha256);
use IO::Socket::SSL::Utils qw(CERT_create PEM_cert2string PEM_string2key);
use MIME::Base64 qw(decode_base64url encode_base64);
use Test::More;
use Hostile;
use Jwe;
use Token;

my @keys = ([RS256 => 'rsa'], [HS256 => SECRET], [ES256 => 'ec256'],
            [EdDSA => 'ed25519']);

# in JSON, to be added to a key: all keys stay good, or none does

my @good = (
    '"use":"sig"', '"key_ops":["verify"]', '"key_ops":["sign","verify"]',
    '"key_ops":["verify","verify"]', '"use":"sig","key_ops":["verify"]',
    '"USE":"enc"', '"key_ops":["verify","encrypt"]', '"ext":false',
    '"x5t":7,"x5c":{}',
);

my @bad = (
    (map { qq("use":$_) }
         '"enc"', '"SIG"', '"Sig"', '""', '"sig "', '" sig"', '"signature"',
         '"verify"', '"sig,enc"', 'null', '1', 'true', '["sig"]',
         '{"sig":1}', '["sig","enc"]'),
    (map { qq("key_ops":$_) }
         '["sign"]', '[]', '["encrypt"]', '["wrapKey","unwrapKey"]',
         '["deriveKey"]', '["VERIFY"]', '["verify "]', '["verif"]', '[""]',
         '"verify"', 'null', 'true', '1', '{"verify":1}', '{}', '["verify",1]',
         '[["verify"]]', '[null,"verify"]'),
    '"use":"enc","key_ops":["verify"]', '"use":"sig","key_ops":["encrypt"]',
    '"use":"sig","key_ops":[]',
    (map { qq("alg":$_) }
         '"none"', '"None"', '""', '" "', '"RS512"', '"HS512"', '"ES384"',
         '"Ed448"', '"PS256"', '"RSA-OAEP"', '"A128KW"', '"dir"',
         '"A256GCM"', '"unknown"', 'null', '256', 'true', '[]', '{}'),
);

my (@set, @rows);


# The token is signed by the key of the first name, for the JWK of this text.

sub row {
    my ($expected, $what, $alg, $signer, $jwk) = @_;

    my $kid = 'k' . @set;

    push @set, $jwk =~ s/\}\z/,"kid":"$kid"}/r;
    push @rows, [ref $signer
                 ? raw_token(qq({"alg":"$alg","kid":"$kid"}), '{}', $signer)
                 : token($alg, undef, key => $signer, kid => $kid),
                 $expected, $what];
}


sub with {
    my ($jwk, $members) = @_;

    return json($jwk) =~ s/\}\z/,$members}/r;
}


for (@keys) {
    my ($alg, $name) = @$_;
    my $jwk = jwk($name);

    row('200 ok', "$alg: plain key", $alg, $name, json($jwk));
    row('200 ok', "$alg: $_", $alg, $name, with($jwk, $_))
        for @good, qq("alg":"$alg"),
            qq("alg":"$alg","use":"sig","key_ops":["verify"]);
    row('401 unknown_key', "$alg: $_", $alg, $name, with($jwk, $_))
        for @bad, qq("alg":"\L$alg"), qq("alg":"$alg "), qq("alg":["$alg"]),
            '"alg":"' . substr($alg, 0, -1) . '"',
            qq("alg":"$alg","use":"enc");

    # what it is

    for my $kty ('RSA', 'EC', 'oct', 'OKP', lc $jwk->{kty}, 'OCT', 'Okp', '',
                 'AKP', "$jwk->{kty} ", undef, 1, [$jwk->{kty}])
    {
        next if defined $kty && $kty eq $jwk->{kty};

        row('401 unknown_key', "$alg: kty " . json([$kty]), $alg, $name,
            json({ %$jwk, kty => $kty }));
    }

    for my $member (grep { !/^kid$/ } sort keys %$jwk) {
        my %less = %$jwk;

        delete $less{$member};
        row('401 unknown_key', "$alg: no $member", $alg, $name,
            json(\%less));
    }

    for my $crv (qw(P-384 P-521 secp256k1 Ed448 X25519 p-256 P-256K ed25519),
                 '', undef)
    {
        row('401 unknown_key', "$alg: crv " . json([$crv]), $alg, $name,
            json({ %$jwk, crv => $crv })) if $jwk->{crv};
    }
}


# One key of several algorithms is held to one

row('401 unknown_key', "$_->[0] by a key for $_->[1]", $_->[0],
    usual_key($_->[0]), with(jwk(usual_key($_->[0])), qq("alg":"$_->[1]")))
    for [qw(RS256 RS384)], [qw(RS512 RS256)], [qw(PS256 RS256)],
        [qw(RS256 PS256)], [qw(HS512 HS256)], [qw(HS256 HS384)],
        [qw(EdDSA Ed25519)], [qw(Ed25519 EdDSA)];


# Keys with which everybody can sign

my $ed = jwk('ed25519');
my @small = ("\1" . "\0" x 31, "\0" x 32, "\xec" . "\xff" x 30 . "\x7f",
             "\1" . "\0" x 30 . "\x80");

row('401 unknown_key', 'Ed25519, small order ' . unpack('H4', $_), 'EdDSA',
    sub { "\1" . "\0" x 63 }, json({ %$ed, x => b64u($_) })) for @small;

my $rsa = jwk('rsa');
my $padded = sub {
    my $info = pack('H*', '3031300d060960864801650304020105000420')
               . sha256($_[0]);
    return "\0\1" . "\xff" x (253 - length $info) . "\0$info";
};

row('401 unknown_key', "RSA, exponent $_->[0]", 'RS256', $padded,
    json({ %$rsa, e => b64u(pack 'H*', $_->[1]) }))
    for [1 => '01'], [0 => '00'], [65536 => '010000'], ['none' => ''],
        ['1 with zeros' => '000001'];
row('401 unknown_key', "RSA, modulus of $_ bytes", 'RS256', $padded,
    json({ %$rsa, n => b64u(substr decode_base64url($rsa->{n}), 0, $_) }))
    for 0, 1, 64, 128, 255;

my $ec = jwk('ec256');
my $nothing = b64u("\0" x 32);

row('401 unknown_key', "EC, $_->[0]", 'ES256',
    sub { ("\0" x 31 . "\1") x 2 }, json({ %$ec, @$_[1 .. $#$_] }))
    for ['point of zeros', x => $nothing, y => $nothing],
        ['off the curve', y => $ec->{x}],
        ['x cut', x => b64u(substr decode_base64url($ec->{x}), 1)],
        ['zero before x', x => b64u("\0" . decode_base64url($ec->{x}))],
        ['padded x', x => "$ec->{x}="], ['no text', x => 1];

row('401 unknown_key', "oct, $_->[0]", 'HS256', hmac(256, $_->[1]),
    json({ kty => 'oct', k => $_->[2] }))
    for ['empty', '', ''], ['padded', SECRET, b64u(SECRET) . '='],
        ['with +', "\xfb" x 48, encode_base64("\xfb" x 48, '')],
        ['a number', '1', 1], ['null', '', undef], ['an array', 'a', ['YQ']];


# A certificate beside the key is not the key

my $cert = PEM_cert2string((CERT_create(
    key => PEM_string2key(private_pem('rsa2')),
    subject => { commonName => 'mallory' }))[0]) =~ s/-----.*-----|\n//gr;

row('401 bad_signature', 'certificate of another key in x5c', 'RS256', 'rsa2',
    json({ %$rsa, x5c => [$cert] }));
row('401 unknown_key', 'x5c without the key', 'RS256', 'rsa2',
    json({ kty => 'RSA', x5c => [$cert] }));
row('401 unknown_key', 'x5u without the key', 'RS256', 'rsa2',
    json({ kty => 'RSA', x5u => 'http://127.0.0.1/' }));


my $gateway = Hostile->start(
    files     => { odd => '{"keys":[' . join(',', @set) . ']}' },
    locations => { odd => 'auth_jwt_key_file odd;' });

$gateway->check_at('odd', @rows);

cmp_ok(scalar $gateway->nginx->log_lines(qr/\[warn\].*\bkey\b/), '>', 0,
       'keys that are left out are told');

$gateway->finish;
