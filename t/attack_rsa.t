# RS256 and its kin: a padding that is almost right, and numbers beside the
# signature (RFC 8017, 8.2.2 and 9.2; RFC 7518, 3.3).  Whoever reads the padding
# instead of comparing it can be deceived, with small exponents without the key;
# here it is made with the private key.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Digest::SHA qw(sha1 sha256 sha384 sha512);
use Math::BigInt;
use MIME::Base64 qw(decode_base64url);
use Test::More;
use Hostile;
use Token;

my $gateway = Hostile->start;

my $rsa = Token::private('rsa');
my $modulus = Math::BigInt->from_bytes(decode_base64url(jwk('rsa')->{n}));
my $len = 256;

# RFC 8017, 9.2, note 1: the DER of DigestInfo before the hash

my %info = (
    SHA1   => '3021300906052b0e03021a05000414',
    SHA256 => '3031300d060960864801650304020105000420',
    SHA384 => '3041300d060960864801650304020205000430',
    SHA512 => '3051300d060960864801650304020305000440',
    MD5    => '3020300c06082a864886f70d020505000410',
);
my %hash = (SHA1 => \&sha1, SHA256 => \&sha256, SHA384 => \&sha384,
            SHA512 => \&sha512);

my $signed = b64u('{"alg":"RS256"}') . '.' . b64u('{"sub":"mallory"}');
my $hash = sha256($signed);
my $info = pack('H*', $info{SHA256}) . $hash;


# what it is raised to, padded to the length of the modulus

sub padded {
    my ($info, %with) = @_;

    my $begin = $with{begin} // "\0\1";
    my $end = $with{end} // '';
    my $separator = $with{separator} // "\0";
    my $n = $with{n}
            // $len - length("$begin$separator$info$end");

    return $begin . ($with{fill} // "\xff") x $n . $separator . $info . $end;
}


sub signature { $rsa->decrypt($_[0], 'none') }

sub token_of { "$signed." . b64u($_[0]) }

sub hex_of { pack 'H*', $_[0] =~ s/ //gr }


$gateway->check(
    [token_of(signature(padded($info))), '200 ok', 'padding as it should be'],
    [token_of($rsa->sign_message($signed, 'SHA256', 'v1.5')), '200 ok',
     'the same by a library']);

# RFC 8017, 9.2: 0x00 01, bytes of 0xff to the end, 0x00, DigestInfo

my $short = $len - 11 - length $info;

my %padding = (
    'eight bytes, rest behind'   => padded($info, n => 8, end => 'a' x $short),
    'eight bytes, zeros behind'  => padded($info, n => 8, end => "\0" x $short),
    'no bytes, rest behind'      => padded($info, n => 0,
                                           end => 'a' x ($short + 8)),
    'one byte behind'            => padded($info, end => 'a'),
    'one zero behind'            => padded($info, end => "\0"),
    'eight bytes, rest in front' => "\0\1" . "\xff" x 8 . 'a' x $short
                                    . "\0$info",
    'block type 2'               => padded($info, begin => "\0\2"),
    'block type 2, random'       => padded($info, begin => "\0\2",
                                           fill => 'a'),
    'block type 0'               => padded($info, begin => "\0\0",
                                           fill => "\0"),
    'other bytes'                => padded($info, fill => "\xfe"),
    'zeros'                      => padded($info, fill => "\0"),
    'one byte is another'        => padded($info) =~ s/\xff(?=\0)/\xfe/r,
    'no zero before the hash'    => padded($info, separator => "\xff"),
    'one before the hash'        => padded($info, separator => "\1"),
    'two zeros before the hash'  => padded($info, separator => "\0\0"),
    'begins with 1'              => padded($info, begin => "\1\1"),
    'begins with 1, no zero'     => padded($info, begin => "\1"),
    'nothing else'               => "\0" x ($len - length $info) . $info,
    'hash alone'                 => padded($hash),
    'hash alone at the end'      => "\0" x ($len - 32) . $hash,
    'hash in hex'                => padded(unpack 'H*', $hash),
    'hash twice'                 => padded($info . $hash),
    'hash cut by one'            => padded(substr $info, 0, -1),
    'token instead of hash'      => padded($signed),
    'PSS, half of it'            => "\0" . 'a' x ($len - 34) . $hash . "\xbc",
);

# DigestInfo in another DER, or none; OpenSSL and this compare the bytes

my $oid = '0609608648016503040201';
my $digest = unpack 'H*', $hash;

my %der = (
    'no NULL'              => "302f 300b $oid 0420 $digest",
    'NULL with a byte'     => "3032 300e $oid 050100 0420 $digest",
    'another parameter'    => "3031 300d $oid 0400 0420 $digest",
    'rest in a parameter'  => "3041 301d $oid 0410" . '61' x 16
                              . "0420 $digest",
    'long lengths'         => "308131 300d $oid 0500 0420 $digest",
    'longer lengths'       => "30820031 300d $oid 0500 048120 $digest",
    'length of four bytes' => "308400000031 300d $oid 0500 0420 $digest",
    'no end of length'     => "3080 300d $oid 0500 0420 $digest 0000",
    'length too large'     => "30ff 300d $oid 0500 0420 $digest",
    'rest inside'          => "3033 300d $oid 0500 0420 $digest 0500",
    'BIT STRING'           => "3031 300d $oid 0500 0320 $digest",
    'parts in OCTETs'      => "3033 300d $oid 0500 2422 0420 $digest",
    'another OID'          => "3031 300d 0609608648016503040206 0500 0420 "
                              . $digest,
    'OID of SHA3-256'      => "3031 300d 0609608648016503040208 0500 0420 "
                              . $digest,
    'OID in front of it'   => "3031 300d $oid 0500 0420"
                              . '00' x 12 . substr $digest, 0, 40,
);

$gateway->check(
    (map { [token_of(signature($padding{$_})), '401 bad_signature',
            "padding: $_"] } sort keys %padding),
    (map { [token_of(signature(padded(hex_of($der{$_})))),
            '401 bad_signature', "DigestInfo: $_"] } sort keys %der));


# Another hash than that of alg, named rightly or not

for my $alg (qw(SHA256 SHA384 SHA512)) {
    my $text = b64u('{"alg":"RS' . $alg =~ s/\D+//r . '"}') . '.'
               . b64u('{}');

    for my $name (sort keys %info) {
        for my $made (sort keys %hash) {
            my $good = $name eq $alg && $made eq $alg;
            my $info = pack('H*', $info{$name}) . $hash{$made}->($text);

            $gateway->check(["$text." . b64u(signature(padded($info))),
                             $good ? '200 ok' : '401 bad_signature',
                             "$alg: $made as $name"]);
        }
    }
}


# The number: below the modulus, in its full length (RFC 8017, 5.2.2 and 8.2.2)

my $good = signature(padded($info));
my $s = Math::BigInt->from_bytes($good);

sub number {
    my ($number) = @_;

    my $bytes = $number->is_zero ? "\0" : $number->to_bytes;

    return "\0" x ($len - length $bytes) . $bytes if length $bytes < $len;
    return $bytes;
}

my %number = (
    'zero'            => Math::BigInt->new(0),
    'one'             => Math::BigInt->new(1),
    'two'             => Math::BigInt->new(2),
    'modulus'         => $modulus,
    'modulus - 1'     => $modulus - 1,
    'modulus + 1'     => $modulus + 1,
    'modulus - s'     => $modulus - $s,
    's + modulus'     => $s + $modulus,
    's + 2 modulus'   => $s + $modulus * 2,
    'largest'         => Math::BigInt->from_bytes("\xff" x $len),
);

$gateway->check(map { [token_of(number($number{$_})), '401 bad_signature',
                       "s is $_"] } sort keys %number);

$gateway->check(
    [token_of(padded($info)), '401 bad_signature', 'padding alone'],
    [token_of($rsa->encrypt(padded($info), 'none')), '401 bad_signature',
     'padding by the public key'],
    [token_of(scalar reverse $good), '401 bad_signature', 's little endian'],
    [token_of("\0$good"), '401 bad_signature', 's with a zero in front'],
    [token_of(signature($good)), '401 bad_signature', 's signed again'],
);

# s + modulus in the same length, and s with a zero in front: there are such
# for one token in two and in 256, with this key soon after 255

my ($above, $small);

for (my $i = 255; !$above || !$small; $i++) {
    my $text = b64u('{"alg":"RS256"}') . '.' . b64u(qq({"i":$i}));
    my $bytes = $rsa->sign_message($text, 'SHA256', 'v1.5');
    my $sum = Math::BigInt->from_bytes($bytes) + $modulus;

    $above //= [$text, $bytes, number($sum)] if length number($sum) == $len;
    $small //= [$text, $bytes, $bytes =~ s/\A\0//r] if $bytes =~ /\A\0/;
}

for (['s + modulus, same length', $above], ['zero of s cut', $small]) {
    my ($what, $row) = @$_;
    my ($text, $bytes, $other) = @$row;

    $gateway->check(["$text." . b64u($bytes), '200 ok', "good, $what"],
                    ["$text." . b64u($other), '401 bad_signature', $what]);
}

$gateway->finish;
