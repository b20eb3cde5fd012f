# Signatures that are cut, stretched, from elsewhere or in another shape.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use MIME::Base64 qw(decode_base64url);
use Hostile;
use Token;

my $gateway = Hostile->start;

my @algs = qw(HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512
              ES256 ES384 ES512 ES256K EdDSA Ed25519);

my %length = (HS256 => 32, HS384 => 48, HS512 => 64, ES256 => 64, ES384 => 96,
              ES512 => 132, ES256K => 64, EdDSA => 64, Ed25519 => 64);

# the orders of the groups: r and s are below

my %order = (
    ES256  => 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    ES256K => 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
);


sub parts {
    my ($token) = @_;

    my ($signed, $signature) = $token =~ /\A(.*)\.(.*)\z/;

    return ($signed, decode_base64url($signature));
}


# RFC 3279, 2.2.3: what OpenSSL and most libraries make

sub der {
    my ($signature) = @_;

    my $half = length($signature) / 2;
    my $body = '';

    for my $number (unpack "a$half a$half", $signature) {
        $number =~ s/\A\0+(?=.)//s;
        $number = "\0$number" if ord $number & 0x80;
        $body .= "\2" . chr(length $number) . $number;
    }

    return "\x30" . (length $body > 127 ? "\x81" : '') . chr(length $body)
           . $body;
}


for my $alg (@algs) {
    my ($signed, $signature) = parts(token($alg));
    my $length = $length{$alg} // 256;
    my $half = $length / 2;

    my @others = (
        ['cut by one'    => substr $signature, 0, -1],
        ['cut in front'  => substr $signature, 1],
        ['one byte more' => "$signature\0"],
        ['zero in front' => "\0$signature"],
        ['twice'         => $signature x 2],
        ['half'          => substr $signature, 0, $half],
        ['reversed'      => scalar reverse $signature],
        ['zeros'         => "\0" x $length],
        ['ones'          => "\xff" x $length],
        ['one byte'      => "\0"],
        ['nothing'       => ''],
        ['as hex'        => unpack 'H*', $signature],
        ['as base64url'  => b64u($signature)],
    );

    push @others,
        ['halves swapped' => substr($signature, $half)
                             . substr($signature, 0, $half)],
        ['r is zero'      => "\0" x $half . substr $signature, $half],
        ['s is zero'      => substr($signature, 0, $half) . "\0" x $half],
        ['r and s are 1'  => ("\0" x ($half - 1) . "\1") x 2],
        ['DER'            => der($signature)]
        if $alg =~ /^ES/;

    push @others,
        ['r is the order'    => pack('H*', $order{$alg})
                                . substr $signature, $half],
        ['both are the order' => pack('H*', $order{$alg}) x 2]
        if $order{$alg};

    is(length $signature, $length, "$alg: length");

    $gateway->check(
        ["$signed." . b64u($signature), '200 ok', "$alg: as it is"],
        map { ["$signed." . b64u($_->[1]), '401 bad_signature',
               "$alg: $_->[0]"] } @others);
}


# The signature of one algorithm, or of one key, under the name of another

my %signer = (
    ES256 => ['ec256', 'SHA256'], ES256K => ['ec256k', 'SHA256'],
    ES384 => ['ec384', 'SHA384'], ES512 => ['ec521', 'SHA512'],
);

sub ecdsa {
    my ($name) = @_;

    my ($key, $hash) = @{$signer{$name}};

    return sub { Token::private($key)->sign_message_rfc7518($_[0], $hash) };
}

for my $says (sort keys %signer) {
    $gateway->check(map { [raw_token(qq({"alg":"$says"}), '{}', ecdsa($_)),
                           $_ eq $says ? '200 ok' : '401 bad_signature',
                           "$says signed as $_"] } sort keys %signer);
}

my $rsa = Token::private('rsa');

$gateway->check(
    [raw_token('{"alg":"RS256"}', '{}',
               sub { $rsa->sign_message($_[0], 'SHA256', 'pss', 32) }),
     '401 bad_signature', 'RS256 signed as PS256'],
    [raw_token('{"alg":"PS256"}', '{}',
               sub { $rsa->sign_message($_[0], 'SHA256', 'v1.5') }),
     '401 bad_signature', 'PS256 signed as RS256'],
    [raw_token('{"alg":"PS256"}', '{}',
               sub { $rsa->sign_message($_[0], 'SHA256', 'pss', 20) }),
     '401 bad_signature', 'PS256 with salt of 20 bytes'],
    [raw_token('{"alg":"RS256"}', '{}',
               sub { $rsa->sign_message($_[0], 'SHA1', 'v1.5') }),
     '401 bad_signature', 'RS256 with SHA-1'],
    [raw_token('{"alg":"HS512"}', '{}', hmac(256, SECRET)),
     '401 bad_signature', 'HS512 signed as HS256'],
    [raw_token('{"alg":"HS256"}', '{}',
               sub { substr hmac(512, SECRET)->($_[0]), 0, 32 }),
     '401 bad_signature', 'HS256 signed as half of HS512'],
    [token('RS256', undef, key => 'rsa2'), '401 bad_signature',
     'another RSA key'],
    [token('ES256', undef, key => 'ec256b'), '401 bad_signature',
     'another EC key'],
);


# Another header or payload above a good signature

my ($header, $payload, $signature) = split /\./, token('RS256', { sub => 'a' });

$gateway->check(
    ["$header." . b64u('{"sub":"b"}') . ".$signature", '401 bad_signature',
     'another payload'],
    ["$header." . b64u('{"sub":"a"} ') . ".$signature", '401 bad_signature',
     'same claims, another text'],
    [b64u('{"alg":"RS256" }') . ".$payload.$signature", '401 bad_signature',
     'another header'],
    [b64u('{"alg":"none"}') . ".$payload.$signature",
     '401 unsupported_algorithm', 'alg none above a good signature'],
    [b64u('{"alg":"HS256"}') . ".$payload.$signature", '401 bad_signature',
     'HS256 above a good signature'],
);

$gateway->finish;
