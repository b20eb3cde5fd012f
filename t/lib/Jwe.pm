package Jwe;

# Encrypted tokens and private keys for tests.
#
#     encrypted('RSA-OAEP', 'A128GCM')                sub alice, one hour
#     encrypted('A128KW', 'A128GCM', { sub => 'bob' }, kid => '1')
#     encrypted('dir', 'A256GCM', $text, header => { cty => 'JWT' })
#     encrypted('A128KW', 'A128GCM', undef, key => 'sixteen bytes ..')
#
# by Crypt::JWT, whose ECDH-ES is wrong: its "epk" is a JSON string; and
#
#     jose_encrypted(['ECDH-ES', 'A128GCM', $payload, key => 'x448'], ...)
#
# a list of tokens by the npm package jose, out of lists as above.
#
#     raw_jwe('{"alg":"dir","enc":"A128GCM"}', $key, $payload)
#     raw_jwe('{"alg":"A128KW","enc":"A128GCM"}', $cek, $payload, $wrapped)
#
# any header, with AES-GCM by the length of the key.
#
#     secret(16)                                         a secret of that length
#     fitting($alg, $enc)                             the usual key
#     private_jwk('ec256', kid => '1')                a hash
#     private_jwks('rsa', ['x448', kid => '1'], secret(16))
#     private_pem('rsa')
#     wraps(), encs()                                 all names of algorithms
#     part($token, 3, sub { ... })                    bytes of a part changed
#
# Keys are those of Token.pm, and x25519 and x448; any other name is a secret.

use strict;
use warnings;

use Crypt::AuthEnc::GCM qw(gcm_encrypt_authenticate);
use Crypt::JWT qw(encode_jwt);
use Crypt::PK::ECC;
use Crypt::PK::RSA;
use Crypt::PK::X25519;
use Encode qw(decode);
use File::Basename qw(dirname);
use JSON::PP ();
use MIME::Base64 qw(decode_base64url encode_base64);

use Peers ();
use Token;

use Exporter qw(import);
our @EXPORT = qw(encrypted jose_encrypted raw_jwe secret fitting private_jwk
                 private_jwks private_pem wraps encs part);

my $lib = dirname(__FILE__);

my %class = (
    rsa => 'Crypt::PK::RSA', rsa2 => 'Crypt::PK::RSA',
    ec256 => 'Crypt::PK::ECC', ec256b => 'Crypt::PK::ECC',
    ec384 => 'Crypt::PK::ECC', ec521 => 'Crypt::PK::ECC',
    ec256k => 'Crypt::PK::ECC', x25519 => 'Crypt::PK::X25519',
    x448 => undef, ed25519 => undef, ed448 => undef,
);

# bytes of a content encryption key

my %enc = ('A128CBC-HS256' => 32, 'A192CBC-HS384' => 48,
           'A256CBC-HS512' => 64, A128GCM => 16, A192GCM => 24, A256GCM => 32);


sub wraps {
    return ('dir', (map { ("A${_}KW", "A${_}GCMKW") } 128, 192, 256),
            'RSA-OAEP', (map { "RSA-OAEP-$_" } 256, 384, 512),
            'ECDH-ES', map { "ECDH-ES+A${_}KW" } 128, 192, 256);
}


sub encs { sort keys %enc }


sub secret { substr SECRET, 0, $_[0] }


sub fitting {
    my ($alg, $enc) = @_;

    return secret($enc{$enc}) if $alg eq 'dir';
    return secret($1 / 8) if $alg =~ /\AA(\d+)(?:GCM)?KW\z/;
    return 'rsa' if $alg =~ /\ARSA/;
    return 'ec256' if $alg =~ /\AECDH/;
    return secret(32);
}


sub encrypted {
    my ($alg, $enc, $payload, %option) = @_;

    my $name = $option{key} // fitting($alg, $enc);
    my $key = exists $class{$name} ? $class{$name}->new(path($name)) : $name;

    return encode_jwt(alg => $alg, enc => $enc, payload => text($payload),
                      key => $key, zip => $option{zip},
                      extra_headers => header(%option));
}


sub jose_encrypted {
    my @jobs = map {
        my ($alg, $enc, $payload, %option) = @$_;
        my $name = $option{key} // fitting($alg, $enc);

        { header => { %{header(%option)}, alg => $alg, enc => $enc },
          text => decode('UTF-8', text($payload)),
          exists $class{$name} ? (pem => path($name))
                               : (key => encode_base64($name, '')) }
    } @_;

    return @{run({ jobs => \@jobs, pems => [] })->{tokens}};
}


sub raw_jwe {
    my ($header, $key, $payload, $encrypted_key) = @_;

    my $iv = 'twelve bytes';
    my ($ciphertext, $tag) = gcm_encrypt_authenticate(
        'AES', $key, $iv, b64u($header), text($payload));

    return join '.', map { b64u($_) }
           $header, $encrypted_key // '', $iv, $ciphertext, $tag;
}


sub private_pem {
    my ($name) = @_;

    open my $file, '<:raw', path($name) or die "$name: $!";
    local $/;

    return scalar <$file>;
}


sub private_jwk {
    my ($name, %member) = @_;

    return { kty => 'oct', k => b64u($name), %member }
        if !exists $class{$name};

    my $jwk = $class{$name} ? $class{$name}->new(path($name))
                                           ->export_key_jwk('private', 1)
              : run({ jobs => [], pems => [path($name)] })->{keys}[0];

    return { %$jwk, %member };
}


sub private_jwks {
    my @keys = map { private_jwk(ref ? @$_ : $_) } @_;

    return json({ keys => \@keys });
}


# The sub gets the bytes of the part and returns others.

sub part {
    my ($token, $n, $change) = @_;

    my @parts = split /\./, $token, -1;

    $parts[$n] = b64u($change->(decode_base64url($parts[$n])));

    return join '.', @parts;
}


sub text {
    my ($payload) = @_;

    $payload //= { sub => 'alice', exp => time + 3600 };

    return ref $payload ? json($payload) : $payload;
}


sub header {
    my (%option) = @_;

    return { %{$option{header} // {}},
             defined $option{kid} ? (kid => $option{kid}) : () };
}


sub path { "$lib/keys/$_[0].pem" }

sub run { Peers::run('/usr/bin/node', "$lib/jwe.js", json($_[0])) }


1;
