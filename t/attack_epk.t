# Points of the client's: off the curve, of small order, not below the prime,
# or giant; they agree on nothing (RFC 7518, 4.6; RFC 7748, 6; RFC 8037, 3.2.1;
# RFC 8725, 3.4).  Members of epk one by one: t/jwe_forged.t, t/unit/epk.c.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Crypt::AuthEnc::GCM qw(gcm_encrypt_authenticate);
use Crypt::PK::X25519;
use Digest::SHA qw(sha256);
use MIME::Base64 qw(decode_base64url);
use Test::More;
use Hostile;
use Jwe;
use Token;

my $gateway = Hostile->start(
    files     => { private => private_jwks('ec256', 'ec384', 'ec521',
                                           'x25519', 'x448') },
    locations => {
        encrypted => 'auth_jwt_key_file private; auth_jwt_type encrypted;',
    });

my $claims = '{"sub":"mallory"}';
my $refused = '401 decryption_failed';


# RFC 7518, 4.6.2, for a shared secret of one's own

sub agreed {
    my ($epk, $z, $members) = @_;

    my $header = '{"alg":"ECDH-ES","enc":"A128GCM","epk":'
                 . (ref $epk ? json($epk) : $epk) . ($members // '') . '}';
    my $key = substr sha256(pack('N', 1), $z,
                            pack('N/a* N N N', 'A128GCM', 0, 0, 128)), 0, 16;
    my ($ciphertext, $tag) = gcm_encrypt_authenticate(
        'AES', $key, 'twelve bytes', b64u($header), $claims);

    return join '.', map { b64u($_) } $header, '', 'twelve bytes', $ciphertext,
                                      $tag;
}

sub hex_of { b64u(pack 'H*', $_[0]) }

# the private key 1 has the generator for its public one: what is agreed on is
# the x of ours

my %one = (kty => 'EC', crv => 'P-256',
           x => hex_of('6b17d1f2e12c4247f8bce6e563a440f2'
                       . '77037d812deb33a0f4a13945d898c296'),
           y => hex_of('4fe342e2fe1a7f9b8ee7eb4a7c0f9e16'
                       . '2bce33576b315ececbb6406837bf51f5'));
my $ours = decode_base64url(private_jwk('ec256')->{x});

$gateway->check_at('encrypted', [agreed(\%one, $ours), '200 ok', 'epk']);


# Invalid curves: on one with another b, any (x, 0) is of order 2, and what is
# agreed on is its x or nothing.  An implementation that does not look tells our
# key that way, a few bits with each point.

my $p = 'ffffffff00000001' . '0' x 24 . 'f' x 24;
my $below_p = $p =~ s/f\z/e/r;

my %off = (
    '0, 0'        => ['0' x 64, '0' x 64],
    '1, 0'        => ['0' x 63 . '1', '0' x 64],
    '0, 1'        => ['0' x 64, '0' x 63 . '1'],
    '1, 1'        => ['0' x 63 . '1', '0' x 63 . '1'],
    'p, p'        => [$p, $p],
    'p, 0'        => [$p, '0' x 64],
    '-1, -1'      => [$below_p, $below_p],
    'all ones'    => ['f' x 64, 'f' x 64],
    'x twice'     => [(unpack 'H*', decode_base64url($one{x})) x 2],
    'swapped'     => [map { unpack 'H*', decode_base64url($one{$_}) } 'y', 'x'],
    'a bit off'   => ['6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a1394'
                      . '5d898c297', unpack 'H*', decode_base64url($one{y})],
);

for my $what (sort keys %off) {
    my ($x, $y) = map { hex_of($_) } @{$off{$what}};

    $gateway->check_at('encrypted', map {
        [agreed({ %one, x => $x, y => $y }, $_->[1]), $refused,
         "epk $what, agreed on $_->[0]"]
    } ['x of ours', $ours], ['zeros', "\0" x 32], ['nothing', ''],
      ['its x', decode_base64url($x)]);
}

# of the other curves, in their length: zeros, ones, and a point of P-256

for my $curve (['P-384' => 48], ['P-521' => 66]) {
    my ($crv, $len) = @$curve;

    for my $byte ("\0", "\1", "\xff") {
        my $x = b64u($byte x $len);

        $gateway->check_at('encrypted',
            [agreed({ kty => 'EC', crv => $crv, x => $x, y => $x },
                    "\0" x $len), $refused,
             "epk of $crv, bytes of " . ord $byte]);
    }
}

# RFC 7748, 6: points of small order, and those not below p that are the same

my $x25519 = Crypt::PK::X25519->new;

$x25519->generate_key;

$gateway->check_at('encrypted',
    [agreed($x25519->export_key_jwk('public', 1),
            $x25519->shared_secret(Crypt::PK::X25519->new(
                \private_pem('x25519')))), '200 ok', 'epk of X25519']);

my @small = (
    '00' x 32, '01' . '00' x 31, 'ec' . 'ff' x 30 . '7f',
    'ed' . 'ff' x 30 . '7f', 'ee' . 'ff' x 30 . '7f', '00' x 31 . '80',
    '01' . '00' x 30 . '80', 'ed' . 'ff' x 31, 'ee' . 'ff' x 31,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
);

for my $x (@small, map { $_ x 56 } '00', 'ff') {
    my $len = length($x) / 2;

    $gateway->check_at('encrypted',
        [agreed({ kty => 'OKP', crv => $len == 32 ? 'X25519' : 'X448',
                  x => hex_of($x) }, "\0" x $len), $refused,
         'small order, ' . substr($x, 0, 8) . '..' . substr $x, -2]);
}


# A giant epk: as a text, as a number, deep, with many members

my $huge = 'A' x 40000;
my $one = json(\%one);

for (['x of 30000 bytes', { %one, x => $huge }],
     ['y of 30000 bytes', { %one, y => $huge }],
     ['crv of 40000 bytes', { %one, crv => $huge }],
     ['kty of 40000 bytes', { %one, kty => $huge }],
     ['x with zeros in front', { %one, x => b64u("\0" x 20000
                                            . decode_base64url($one{x})) }],
     ['OKP of 30000 bytes', { kty => 'OKP', crv => 'X25519', x => $huge }],
     ['text of 40000 bytes', qq("$huge")],
     ['number of 251 digits', '1' . '0' x 250],
     ['array of 400', '[' . join(',', (1) x 400) . ']'])
{
    my ($what, $epk) = @$_;

    $gateway->check_at('encrypted', [agreed($epk, $ours), $refused,
                                     "epk: $what"]);
}

$gateway->check_at('encrypted',
    [agreed('[' x 20000 . ']' x 20000, $ours), '401 malformed',
     'epk: 20000 deep'],
    [agreed('{' . join(',', map { qq("m$_":0) } 1 .. 600) . '}', $ours),
     '401 malformed', 'epk: 600 members'],
    [agreed($one =~ s/\}\z/,"z":"$huge"}/r, $ours), '200 ok',
     'epk: a long member that nobody reads'],
    [agreed($one, $ours, qq(,"jwk":"$huge")), '200 ok',
     'a long member beside epk'],
    (map { [agreed($one, $ours, ",\"$_\":\"$huge\""), $refused, "long $_"] }
         qw(apu apv)));

$gateway->finish;
