# Signatures that are cut, stretched, of another key or another text, or none:
# bytes in one exact length (RFC 7515, 5.2; RFC 7518, 3.2 to 3.5; RFC 8037,
# 3.1).  See also t/mutate.t, which turns each bit.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use MIME::Base64 qw(decode_base64url);
use Test::More;
use Hostile;
use Peers;
use Token;

my ($ed448) = peer_tokens('jose', ['EdDSA', {}, key => 'ed448']);

my $gateway = Hostile->start(
    files     => { ed448 => $ed448 },
    locations => { ed448 => 'auth_jwt_key_file ed448;' });

my %length = (HS256 => 32, HS384 => 48, HS512 => 64,
              (map { ("RS$_" => 256, "PS$_" => 256) } 256, 384, 512),
              ES256 => 64, ES384 => 96, ES512 => 132, ES256K => 64,
              EdDSA => 64, Ed25519 => 64, Ed448 => 114);


sub parts {
    my ($token) = @_;

    my ($signed, $signature) = $token =~ /\A(.*)\.(.*)\z/;

    return ($signed, decode_base64url($signature));
}


for my $alg (sort keys %length) {
    my $where = $alg eq 'Ed448' ? 'ed448' : 'all';
    my ($signed, $signature) = parts(
        $alg eq 'Ed448' ? peer_token('jose', 'EdDSA', {}, key => 'ed448')
                        : token($alg, {}));
    my $length = $length{$alg};
    my $half = $length / 2;

    # one byte behind, and a NUL behind a text, are known traps

    my @others = (
        ['cut by one'       => substr $signature, 0, -1],
        ['cut in front'     => substr $signature, 1],
        ['half'             => substr $signature, 0, $half],
        ['other half'       => substr $signature, $half],
        ['first byte'       => substr $signature, 0, 1],
        ['one zero'         => "\0"],
        ['nothing'          => ''],
        ['zero behind'      => "$signature\0"],
        ['zero in front'    => "\0$signature"],
        ['zeros behind'     => $signature . "\0" x $length],
        ['twice'            => $signature x 2],
        ['2048 bytes'       => $signature . 'a' x (2048 - $length)],
        ['2049 bytes'       => $signature . 'a' x (2049 - $length)],
        ['40000 bytes'      => $signature . 'a' x (40000 - $length)],
        ['reversed'         => scalar reverse $signature],
        ['halves swapped'   => substr($signature, $half)
                               . substr($signature, 0, $half)],
        ['last bit turned'  => $signature ^ ("\0" x ($length - 1) . "\1")],
        ['first bit turned' => $signature ^ "\x80"],
        ['inverted'         => ~$signature],
        ['zeros'            => "\0" x $length],
        ['ones'             => "\xff" x $length],
        ['1'                => "\0" x ($length - 1) . "\1"],
        ['as hex'           => unpack 'H*', $signature],
        ['as base64url'     => b64u($signature)],
        ['the signed text'  => substr $signed, 0, $length],
    );

    is(length $signature, $length, "$alg: length");

    $gateway->check_at($where,
        ["$signed." . b64u($signature), '200 ok', "$alg: as it is"],
        (map { ["$signed." . b64u($_->[1]), '401 bad_signature',
                "$alg: $_->[0]"] } @others),
        ["$signed.", '401 bad_signature', "$alg: empty part"],
        [$signed, '401 malformed', "$alg: no part"]);
}


# Of another key of the same type; of a key that signs for something else

my %other = (RS256 => 'rsa2', PS256 => 'rsa2', ES256 => 'ec256b',
             HS256 => 'another secret that is long enough');

$gateway->check(map { [token($_, undef, key => $other{$_}),
                       '401 bad_signature', "$_: another key"] }
                    sort keys %other);
$gateway->check_at('ed448', [token('EdDSA'), '401 bad_signature',
                             'Ed25519 where Ed448 is']);
$gateway->check([peer_token('jose', 'EdDSA', {}, key => 'ed448'),
                 '401 bad_signature', 'Ed448 where Ed25519 is']);

# HMAC of a part, by a part of the secret, or in another order

my ($header, $payload) = split /\./, token('HS256', { sub => 'a' });
my $mac = hmac(256, SECRET);

$gateway->check(
    ["$header.$payload." . b64u($mac->($header)), '401 bad_signature',
     'HMAC of the header'],
    ["$header.$payload." . b64u($mac->($payload)), '401 bad_signature',
     'HMAC of the payload'],
    ["$header.$payload." . b64u($mac->("$header$payload")),
     '401 bad_signature', 'HMAC without the point'],
    ["$header.$payload." . b64u($mac->("$header.$payload.")),
     '401 bad_signature', 'HMAC with a point behind'],
    ["$header.$payload." . b64u($mac->("$payload.$header")),
     '401 bad_signature', 'HMAC of parts swapped'],
    ["$header.$payload." . b64u($mac->('{"alg":"HS256"}.{"sub":"a"}')),
     '401 bad_signature', 'HMAC of what was decoded'],
    ["$header.$payload." . b64u(hmac(256, substr SECRET, 1)
                                ->("$header.$payload")),
     '401 bad_signature', 'secret without its first byte'],
    ["$header.$payload." . b64u(hmac(256, SECRET . "\n")
                                ->("$header.$payload")),
     '401 bad_signature', 'secret with a line end'],
    ["$header.$payload." . b64u(substr hmac(512, SECRET)
                                ->("$header.$payload"), 0, 32),
     '401 bad_signature', 'half of HS512'],
);


# Another header or payload above a good signature

for my $alg (qw(HS256 RS256 ES256 EdDSA)) {
    my ($header, $payload, $signature) = split /\./,
                                         token($alg, { sub => 'a' });
    my ($other_header, $other, $other_signature) = split /\./,
                                         token($alg, { sub => 'b' });

    $gateway->check(
        ["$header.$other.$signature", '401 bad_signature',
         "$alg: another payload"],
        ["$header.$payload.$other_signature", '401 bad_signature',
         "$alg: signature of another token"],
        ["$header." . b64u('{"sub":"a"} ') . ".$signature",
         '401 bad_signature', "$alg: same claims, another text"],
        [b64u(qq({"alg":"$alg" })) . ".$payload.$signature",
         '401 bad_signature', "$alg: same header, another text"],
        [b64u(qq({"alg":"$alg","kid":"a"})) . ".$payload.$signature",
         '401 bad_signature', "$alg: a kid more"],
        ["$header.$header.$signature", '401 bad_signature',
         "$alg: header as payload"],
        ["$header.$payload.$signature", '200 ok', "$alg: as it was"]);
}

$gateway->finish;
