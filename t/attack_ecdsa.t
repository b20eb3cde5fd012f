# ECDSA and EdDSA: r and s of fixed length, above zero and below the order of
# the group (RFC 7515, 5.2; RFC 7518, 3.4; RFC 8032, 5.1.7; RFC 8812, 3.2).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Crypt::PK::ECC;
use Math::BigInt;
use MIME::Base64 qw(decode_base64url);
use Test::More;
use Hostile;
use Jwe;
use Peers;
use Token;

my ($ed448) = peer_tokens('jose', ['EdDSA', {}, key => 'ed448']);

my $gateway = Hostile->start(
    files     => { ed448 => $ed448, ec256k => jwks('ec256k') },
    locations => { ed448  => 'auth_jwt_key_file ed448;',
                   ec256k => 'auth_jwt_key_file ec256k;' });

# alg, key, hash, bytes of r, order of the group

my @curves = (
    [qw(ES256 ec256 SHA256 32
        ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551)],
    [qw(ES256K ec256k SHA256 32
        fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141)],
    [qw(ES384 ec384 SHA384 48), 'f' x 48
        . 'c7634d81f4372ddf581a0db248b0a77aecec196accc52973'],
    [qw(ES512 ec521 SHA512 66), '1' . 'f' x 65 . 'a51868783bf2f966b7fcc0148f7'
        . '09a5d03bb5c9b8899c47aebb6fb71e91386409'],
);


sub number { Math::BigInt->from_bytes($_[0]) }


# so many bytes, or undef

sub bytes {
    my ($number, $length) = @_;

    my $bytes = $number->is_zero ? "\0" : $number->to_bytes;

    return undef if length $bytes > $length;

    return "\0" x ($length - length $bytes) . $bytes;
}


# RFC 3279, 2.2.3: what OpenSSL and most libraries make

sub der {
    my ($r, $s, $zeros) = @_;

    my $body = join '', map {
        s/\A\0+(?=.)//s;
        $_ = "\0$_" if ord $_ & 0x80;
        $_ = "\0" x ($zeros // 0) . $_;
        "\2" . chr(length) . $_
    } my @copy = ($r, $s);

    return "\x30" . (length $body > 127 ? "\x81" : '') . chr(length $body)
           . $body;
}


for (@curves) {
    my ($alg, $key, $hash, $len, $order) = @$_;

    my $private = Token::private($key);
    my $n = Math::BigInt->from_hex($order);
    my $signed = b64u(qq({"alg":"$alg"})) . '.' . b64u('{}');
    my ($r, $s) = unpack "a$len a$len",
                  $private->sign_message_rfc7518($signed, $hash);
    my ($big_r, $big_s) = map { number($_) } $r, $s;

    my %odd = (
        'zero'          => 0,
        'one'           => 1,
        'the order'     => $n,
        'order + 1'     => $n + 1,
        'order - 1'     => $n - 1,
        'two orders'    => $n * 2,
        'all ones'      => Math::BigInt->from_hex('ff' x $len),
        'the top bit'   => Math::BigInt->new(2)->bpow(8 * $len - 1),
    );

    my %pairs = (
        (map { my $b = bytes(Math::BigInt->new($odd{$_}), $len);
               defined $b ? ("r is $_" => [$b, $s], "s is $_" => [$r, $b],
                             "r and s are $_" => [$b, $b]) : () }
             keys %odd),
        'r and s swapped'  => [$s, $r],
        'r twice'          => [$r, $r],
        's twice'          => [$s, $s],
        '-r'               => [bytes($n - $big_r, $len), $s],
        'r + 1'            => [bytes($big_r + 1, $len), $s],
        's - 1'            => [$r, bytes($big_s - 1, $len)],
        'r + order'        => [bytes($big_r + $n, $len), $s],
        's + order'        => [$r, bytes($big_s + $n, $len)],
        'r and s + order'  => [bytes($big_r + $n, $len),
                               bytes($big_s + $n, $len)],
    );

    # only of P-521 there is room for more than the order

    for (keys %pairs) {
        delete $pairs{$_} if grep { !defined } @{$pairs{$_}};
    }

    is(exists $pairs{'s + order'}, $alg eq 'ES512', "$alg: room above order");

    my %shape = (
        'DER'                    => der($r, $s),
        'DER with zeros'         => der($r, $s, 2),
        'DER and its length'     => chr(2 * $len) . der($r, $s),
        'DER cut'                => substr(der($r, $s), 0, 2 * $len),
        'DER of zeros'           => der("\0", "\0"),
        'zeros of half length'   => "\0" x $len,
        'a zero before each'     => "\0$r\0$s",
        'a zero behind each'     => "$r\0$s\0",
        'r alone'                => $r,
        's alone'                => $s,
        'recovery byte behind'   => "$r$s\x1b",
        'recovery byte in front' => "\x1b$r$s",
        'little endian'          => reverse($r) . reverse($s),
        'tagged'                 => "\2$r\2$s",
    );

    $gateway->check(
        ["$signed." . b64u("$r$s"), '200 ok', "$alg: as it is"],
        (map { ["$signed." . b64u(join '', @{$pairs{$_}}),
                '401 bad_signature', "$alg: $_"] } sort keys %pairs),
        (map { ["$signed." . b64u($shape{$_}), '401 bad_signature',
                "$alg: $_"] } sort keys %shape),

        # FIPS 186-5, 6.4: the other signature of the same text is as good

        ["$signed." . b64u($r . bytes($n - $big_s, $len)), '200 ok',
         "$alg: order - s"]);

    # a number with a zero in front is as long as others

    my @short;

    do {
        @short = unpack "a$len a$len",
                 $private->sign_message_rfc7518($signed, $hash);
    } until grep { /\A\0/ } @short;

    my @cut = map { s/\A\0//r } @short;

    $gateway->check(["$signed." . b64u(join '', @short), '200 ok',
                     "$alg: zero in front of a number"],
                    ["$signed." . b64u(join '', @cut), '401 bad_signature',
                     "$alg: zero in front of a number, cut"]);

    # the right curve with the hash of another algorithm

    for my $other (grep { $_ ne $hash } qw(SHA1 SHA256 SHA384 SHA512)) {
        $gateway->check(
            ["$signed." . b64u($private->sign_message_rfc7518($signed,
                                                              $other)),
             '401 bad_signature', "$alg: $other"]);
    }

    # a curve that the gateway has no key of, in the right length

    $gateway->check_at($alg eq 'ES256K' ? 'rsa' : 'ec256k',
                       ["$signed." . b64u("$r$s"), '401 unknown_key',
                        "$alg: no key of the curve"]);
}

# curves of nobody, as long as that of ES256

for my $curve (qw(brainpoolP256r1 secp256k1 secp224r1 prime192v1)) {
    my $other = Crypt::PK::ECC->new;

    $other->generate_key($curve);

    for my $alg (qw(ES256 ES256K)) {
        $gateway->check(
            [raw_token(qq({"alg":"$alg"}), '{}',
                       sub { $other->sign_message_rfc7518($_[0], 'SHA256') }),
             '401 bad_signature', "$alg: signed on $curve"]);
    }
}


# EdDSA: R and S, little endian, S below the order

my %edwards = (
    ed25519 => [token('EdDSA', {}), 32,
                Math::BigInt->from_hex('1000000000000000000000000000000014def9'
                                       . 'dea2f79cd65812631a5cf5d3ed')],
    ed448   => [peer_token('jose', 'EdDSA', {}, key => 'ed448'), 57,
                Math::BigInt->from_hex('3' . 'f' x 55
                    . '7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5'
                    . '844f3')],
);

for my $name (sort keys %edwards) {
    my ($token, $len, $l) = @{$edwards{$name}};
    my ($signed, $signature) = $token =~ /\A(.*)\.(.*)\z/;
    my ($r, $s) = unpack "a$len a$len", decode_base64url($signature);
    my $big_s = number(scalar reverse $s);
    my $le = sub { scalar reverse bytes($_[0], $len) };
    my $zero = "\0" x $len;
    my $identity = "\1" . "\0" x ($len - 1);

    my %pairs = (
        'S + order'         => [$r, $le->($big_s + $l)],
        'S + 2 orders'      => [$r, $le->($big_s + $l * 2)],
        'order - S'         => [$r, $le->($l - $big_s)],
        'S is zero'         => [$r, $zero],
        'S is the order'    => [$r, $le->($l)],
        'S is all ones'     => [$r, "\xff" x $len],
        'top bit of S'      => [$r, $s | "\0" x ($len - 1) . "\x80"],
        'top bit of R'      => [$r ^ "\0" x ($len - 1) . "\x80", $s],
        'R and S swapped'   => [$s, $r],
        'big endian'        => [scalar reverse($r), scalar reverse $s],
        'all zeros'         => [$zero, $zero],
        'R is the identity' => [$identity, $zero],
        'R is not below p'  => ["\xff" x ($len - 1) . "\x7f", $s],
        'R is all ones'     => ["\xff" x $len, $s],
    );

    $gateway->check_at($name eq 'ed448' ? 'ed448' : 'all',
        [$token, '200 ok', "$name: as it is"],
        map { ["$signed." . b64u(join '', @{$pairs{$_}}),
               '401 bad_signature', "$name: $_"] } sort keys %pairs);
}

$gateway->finish;
