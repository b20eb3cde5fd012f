# PS256 and its kin: salt as long as the hash, one hash in all places, each bit
# of the encoded message as it should be (RFC 7518, 3.5; RFC 8017, 9.1).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Digest::SHA qw(sha1 sha224 sha256 sha384 sha512);
use IPC::Open2 qw(open2);
use Math::BigInt;
use MIME::Base64 qw(decode_base64url);
use Test::More;
use Hostile;
use Token;

my $gateway = Hostile->start;

my $rsa = Token::private('rsa');
my $modulus = decode_base64url(jwk('rsa')->{n});
my $len = 256;

my %hash = (SHA1 => \&sha1, SHA224 => \&sha224, SHA256 => \&sha256,
            SHA384 => \&sha384, SHA512 => \&sha512);


# RFC 8017, B.2.1

sub mgf1 {
    my ($hash, $seed, $n) = @_;

    my $bytes = '';

    for (my $i = 0; length $bytes < $n; $i++) {
        $bytes .= $hash->($seed . pack 'N', $i);
    }

    return substr $bytes, 0, $n;
}


# RFC 8017, 9.1.1; what is not as it should be is named

sub encoded {
    my ($text, $name, %odd) = @_;

    my $hash = $hash{$odd{hash} // $name};
    my $mask = $hash{$odd{mgf} // $odd{hash} // $name};
    my $h_len = length $hash->('');
    my $salt = 's' x ($odd{salt} // $h_len);

    my $m_hash = $odd{m_hash} // $hash->($text);
    my $h = $hash->(($odd{zeros} // "\0" x 8) . $m_hash
                    . ($odd{hashed_salt} // $salt));
    my $ps = ($odd{ps} // "\0") x ($len - length($salt) - length($h) - 2);
    my $db = $ps . ($odd{one} // "\1") . $salt;

    $db ^= mgf1($mask, $h, length $db) if !$odd{no_mask};
    substr($db, 0, 1) &= "\x7f";
    substr($db, 0, 1) |= "\x80" if $odd{top_bit};

    return $db . $h . ($odd{end} // "\xbc");
}


sub begin { b64u(qq({"alg":"PS$_[0]"})) . '.' . b64u($_[1] // '{}') }


# Another text until the number is below the modulus

sub token_of {
    my ($bits, %odd) = @_;

    for (my $i = 0; ; $i++) {
        my $text = begin($bits, qq({"i":$i}));
        my $encoded = encoded($text, "SHA$bits", %odd);

        next if $encoded ge $modulus;
        return "$text." . b64u($rsa->decrypt($encoded, 'none'));
    }
}


for my $bits (256, 384, 512) {
    my $right = $bits / 8;

    $gateway->check(
        [token_of($bits), '200 ok', "PS$bits: as it should be"],

        # how long the salt is: none, one byte, of other hashes, the longest

        (map { [token_of($bits, salt => $_), '401 bad_signature',
                "PS$bits: salt of $_"] }
             grep { $_ != $right } 0, 1, 8, 20, 28, 32, 48, 64, $right - 1,
                                   $right + 1, $len - $right - 2),

        # which hash: of the text, of the mask, of both

        (map { [token_of($bits, mgf => $_), '401 bad_signature',
                "PS$bits: mask by $_"],
               [token_of($bits, hash => $_), '401 bad_signature',
                "PS$bits: hash and mask by $_"],
               [token_of($bits, hash => $_, salt => $right),
                '401 bad_signature', "PS$bits: all by $_, salt of $right"],
               [token_of($bits, hash => $_, mgf => "SHA$bits"),
                '401 bad_signature', "PS$bits: hash by $_"] }
             grep { $_ ne "SHA$bits" } sort keys %hash),

        # the rest of the encoded message

        (map { my ($what, @odd) = @$_;
               [token_of($bits, @odd), '401 bad_signature',
                "PS$bits: $what"] }
             ['no mask', no_mask => 1],
             ['trailer of X9.31', end => "\xcc"],
             ['trailer zero', end => "\0"],
             ['trailer bb', end => "\xbb"],
             ['top bit is set', top_bit => 1],
             ['padding of ones', ps => "\1"],
             ['padding of ff', ps => "\xff"],
             ['no 01 before the salt', one => "\0"],
             ['02 before the salt', one => "\2"],
             ['81 before the salt', one => "\x81"],
             ['another salt hashed', hashed_salt => 't' x $right],
             ['no salt hashed', hashed_salt => ''],
             ['seven zeros hashed', zeros => "\0" x 7],
             ['no zeros hashed', zeros => ''],
             ['ones hashed', zeros => "\1" x 8],
             ['another text', m_hash => 'a' x $right],
             ['empty text', m_hash => ''],
             ['hash of nothing', m_hash => $hash{"SHA$bits"}->('')]),

        # RFC 7518, 3.3 and 3.5: they are two algorithms for one key

        [begin($bits) . '.' . b64u($rsa->sign_message(begin($bits),
                                                      "SHA$bits", 'v1.5')),
         '401 bad_signature', "PS$bits: signed as RS$bits"],
        [raw_token(qq({"alg":"RS$bits"}), '{}',
                   sub { $rsa->sign_message($_[0], "SHA$bits", 'pss',
                                            $right) }),
         '401 bad_signature', "RS$bits: signed as PS$bits"]);
}


# What the openssl command makes of the same rows: our own builder above could
# be wrong in all of them

sub openssl {
    my ($text, @options) = @_;

    my $pid = open2(my $out, my $in, qw(openssl dgst -sign),
                    "$FindBin::Bin/lib/keys/rsa.pem",
                    map { m{\A-} ? $_ : ('-sigopt', $_) } @options);

    binmode $_ for $in, $out;
    print $in $text;
    close $in;

    local $/;
    my $signature = <$out>;

    waitpid $pid, 0;
    die "openssl ended with status $?" if $?;

    return $signature;
}

my $pss = 'rsa_padding_mode:pss';

for (['as it should be', '200 ok', qw(-sha256 rsa_pss_saltlen:32)],
     ['salt as the digest', '200 ok', qw(-sha256 rsa_pss_saltlen:digest)],
     ['longest salt', '401 bad_signature', qw(-sha256 rsa_pss_saltlen:max)],
     ['no salt', '401 bad_signature', qw(-sha256 rsa_pss_saltlen:0)],
     ['salt of 20', '401 bad_signature', qw(-sha256 rsa_pss_saltlen:20)],
     ['salt of 31', '401 bad_signature', qw(-sha256 rsa_pss_saltlen:31)],
     ['salt of 33', '401 bad_signature', qw(-sha256 rsa_pss_saltlen:33)],
     ['mask by SHA-1', '401 bad_signature',
      qw(-sha256 rsa_pss_saltlen:32 rsa_mgf1_md:sha1)],
     ['mask by SHA-512', '401 bad_signature',
      qw(-sha256 rsa_pss_saltlen:32 rsa_mgf1_md:sha512)],
     ['SHA-384', '401 bad_signature', qw(-sha384 rsa_pss_saltlen:32)],
     ['SHA-1', '401 bad_signature', qw(-sha1 rsa_pss_saltlen:20)],
     ['SHA-512/256', '401 bad_signature',
      qw(-sha512-256 rsa_pss_saltlen:32)],
     ['SHA3-256', '401 bad_signature', qw(-sha3-256 rsa_pss_saltlen:32)])
{
    my ($what, $expected, @options) = @$_;

    $gateway->check([raw_token('{"alg":"PS256"}', '{}',
                               sub { openssl($_[0], $pss, @options) }),
                     $expected, "openssl: $what"]);
}

$gateway->finish;
