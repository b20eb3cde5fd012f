# Encrypted tokens that a careless implementation decrypts: keys and tags of
# the wrong length, agreed keys that everybody knows, failures that tell.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Crypt::AuthEnc::GCM qw(gcm_encrypt_authenticate);
use Crypt::KeyWrap qw(aes_key_wrap);
use Crypt::Mode::CBC;
use Crypt::PK::RSA;
use Digest::SHA qw(hmac_sha256 sha256);
use MIME::Base64 qw(decode_base64url);

use Test::More;
use Jwe;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => {
        keys => private_jwks('rsa', 'ec256', 'x25519', 'x448',
                             map { secret($_) } 16, 32),
    },
    server => q{
        large_client_header_buffers 4 16k;

        location / {
            auth_jwt "api";
            auth_jwt_type encrypted;
            auth_jwt_key_file keys;
            add_header X-Status $jwt_status always;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $client = $nginx->connect;
my $claims = '{"sub":"alice"}';
my $passed = 0;
my %failures;


sub verdict {
    my ($token) = @_;

    my $answer = $client->get('/', bearer($token));

    $passed++ if $answer->status == 200;

    if ($answer->header('X-Status') eq 'decryption_failed') {
        $failures{$answer->raw =~ s/^Date: .*\r\n//mr} = 1;
    }

    return $answer->status . ' ' . $answer->header('X-Status');
}


sub good { is(verdict($_[0]), '200 ok', $_[1]) }

sub forged_is_refused {
    is(verdict($_[0]), '401 decryption_failed', $_[1]);
}


sub join_parts { join '.', map { b64u($_) } @_ }


# AES-GCM with any initialization vector, and a tag of any length

sub gcm {
    my ($header, $key, $iv, $tag_len, $encrypted_key) = @_;

    my ($ciphertext, $tag) = gcm_encrypt_authenticate(
        'AES', $key, $iv, b64u($header), $claims);

    return join_parts($header, $encrypted_key // '', $iv, $ciphertext,
                      substr $tag, 0, $tag_len);
}


my $dir = '{"alg":"dir","enc":"A128GCM"}';

good(gcm($dir, secret(16), 'twelve bytes', 16), 'GCM as it should be');
forged_is_refused(gcm($dir, secret(16), 'twelve bytes', 16, $_),
                  'dir with an encrypted key') for 'a', secret(16), secret(24);
forged_is_refused(gcm($dir, secret(16), 'twelve bytes', $_), "GCM tag of $_")
    for 1, 4, 8, 12, 15;
forged_is_refused(gcm($dir, secret(16), substr('sixteen bytes iv', 0, $_), 16),
                  "GCM vector of $_") for 1, 8, 11, 13, 16;
forged_is_refused(part(gcm($dir, secret(16), 'twelve bytes', 16), 4,
                       sub { $_[0] . "\0" }), 'GCM tag of 17');
forged_is_refused(part(gcm($dir, secret(16), 'twelve bytes', 16), 4,
                       sub { "\0" x 16 }), 'GCM tag of zeros');


# AES-CBC with a tag of any length

sub cbc {
    my ($iv, $tag_len, $ciphertext) = @_;

    my ($mac_key, $key) = unpack 'a16 a16', secret(32);
    my $header = '{"alg":"dir","enc":"A128CBC-HS256"}';

    $ciphertext //= Crypt::Mode::CBC->new('AES')->encrypt($claims, $key, $iv);

    my $tag = hmac_sha256(b64u($header) . $iv . $ciphertext
                          . pack('NN', 0, 8 * length b64u($header)), $mac_key);

    return join_parts($header, '', $iv, $ciphertext, substr $tag, 0, $tag_len);
}


good(cbc('sixteen bytes iv', 16), 'CBC as it should be');

for my $place (0, 7, 15) {
    forged_is_refused(part(cbc('sixteen bytes iv', 16), 4,
                           sub { my $tag = $_[0];
                                 substr($tag, $place, 1) ^= "\1";
                                 $tag }), "CBC tag, byte $place");
}

forged_is_refused(cbc('sixteen bytes iv', $_), "CBC tag of $_")
    for 1, 8, 15, 17, 32;
forged_is_refused(cbc('a' x $_, 16, 'a' x 16), "CBC vector of $_")
    for 1, 8, 15;
forged_is_refused(cbc('sixteen bytes iv', 16, $_),
                  'CBC ciphertext of ' . length) for '', 'a' x 15, 'a' x 17;
forged_is_refused(cbc('sixteen bytes iv', 16, 'a' x 32), 'CBC padding is odd');


# a content encryption key that is not as long as it should be

my $rsa = Crypt::PK::RSA->new(\private_pem('rsa'));
my $cek = secret(32);


sub oaep {
    my ($wrapped, $used, $padding) = @_;

    return gcm('{"alg":"RSA-OAEP","enc":"A128GCM"}', $used, 'twelve bytes', 16,
               $rsa->encrypt($wrapped, $padding // 'oaep', 'SHA1'));
}


sub kw {
    my ($wrapped, $used) = @_;

    return gcm('{"alg":"A128KW","enc":"A128GCM"}', $used, 'twelve bytes', 16,
               aes_key_wrap(secret(16), $wrapped));
}


good(oaep(secret(16), secret(16)), 'RSA-OAEP as it should be');
good(kw(secret(16), secret(16)), 'A128KW as it should be');

my $zeros = "\0" x 16;

for my $make (\&oaep, \&kw) {
    my $name = $make == \&oaep ? 'RSA-OAEP' : 'A128KW';

    forged_is_refused($make->($cek, substr $cek, 0, 16), "$name, long key");
    forged_is_refused($make->($cek, substr $cek, 16), "$name, key's end");
    forged_is_refused($make->(secret(24), secret(16)), "$name, 24 bytes");
}

forged_is_refused(oaep('', $zeros), 'RSA-OAEP, empty key is zeros');
forged_is_refused(oaep('a', "a" . "\0" x 15), 'RSA-OAEP, short key is filled');
forged_is_refused(oaep(secret(16), secret(16), 'v1.5'), 'RSA-OAEP of PKCS 1.5');

# a key that cannot be unwrapped is not zeros, nor what was before

for my $wrapped ("\0" x 256, 'a' x 256, "\xff" x 256, '', 'a', 'a' x 255,
                 'a' x 257, 'a' x 512)
{
    my $header = '{"alg":"RSA-OAEP","enc":"A128GCM"}';

    forged_is_refused(gcm($header, $_, 'twelve bytes', 16, $wrapped),
                      'RSA-OAEP of ' . length $wrapped)
        for $zeros, secret(16), substr($wrapped . $zeros, 0, 16);
}

for my $alg (qw(A128KW A256KW)) {
    for my $wrapped ("\0" x 24, secret(24), '', 'a', 'a' x 8, 'a' x 16,
                     'a' x 23, 'a' x 25, 'a' x 32)
    {
        forged_is_refused(gcm("{\"alg\":\"$alg\",\"enc\":\"A128GCM\"}", $_,
                              'twelve bytes', 16, $wrapped),
                          "$alg of " . length $wrapped)
            for $zeros, secret(16), substr($wrapped . $zeros, 0, 16);
    }
}


# AES-GCM around the key: its vector and its tag stand in the header

sub gcmkw {
    my ($iv, $tag_len, $more) = @_;

    my ($wrapped, $tag) = gcm_encrypt_authenticate('AES', secret(16), $iv, '',
                                                   secret(16));

    my %header = (alg => 'A128GCMKW', enc => 'A128GCM', iv => b64u($iv),
                  tag => b64u(substr $tag, 0, $tag_len), %{$more // {}});

    delete @header{grep { !defined $header{$_} } keys %header};

    return gcm(json(\%header), secret(16), 'twelve bytes', 16, $wrapped);
}


good(gcmkw('twelve bytes', 16), 'GCMKW as it should be');
forged_is_refused(gcmkw('twelve bytes', $_), "GCMKW tag of $_")
    for 0, 1, 4, 12, 15;
forged_is_refused(gcmkw(substr('sixteen bytes iv', 0, $_), 16),
                  "GCMKW vector of $_") for 1, 8, 13, 16;
forged_is_refused(gcmkw('twelve bytes', 16, { $_ => undef }),
                  "GCMKW without $_") for qw(iv tag);
forged_is_refused(gcmkw('twelve bytes', 16, { iv => $_ }), 'GCMKW, iv is odd')
    for 1, [], {}, '', '=', 'a b', 'A' x 4000;
forged_is_refused(gcmkw('twelve bytes', 16, { tag => $_ }), 'GCMKW, tag is odd')
    for 1, [], {}, '', '=', 'a b', 'A' x 4000;


# RFC 7518, 4.6.2, of a shared secret that everybody knows

sub agreed {
    my ($epk, $z) = @_;

    my $header = json({ alg => 'ECDH-ES', enc => 'A128GCM', epk => $epk });
    my $key = substr sha256(pack('N', 1), $z,
                            pack('N/a* N N N', 'A128GCM', 0, 0, 128)), 0, 16;

    return gcm($header, $key, 'twelve bytes', 16);
}


# of the private key one, the generator is the public one

my %one = (kty => 'EC', crv => 'P-256',
           x => b64u(pack 'H*', '6b17d1f2e12c4247f8bce6e563a440f2'
                              . '77037d812deb33a0f4a13945d898c296'),
           y => b64u(pack 'H*', '4fe342e2fe1a7f9b8ee7eb4a7c0f9e16'
                              . '2bce33576b315ececbb6406837bf51f5'));

my $z = decode_base64url(private_jwk('ec256')->{x});

good(agreed(\%one, $z), 'ECDH-ES as it should be');
good(agreed({ %one, use => 'x', d => 'AQ' }, $z), 'epk with more members');
forged_is_refused(agreed({ %one, @$_ }, $z), "epk with another $_->[0]")
    for [kty => 'OKP'], [kty => 'ec'], [crv => 'P-384'], [crv => 'p-256'],
        [crv => 'secp256k1'], [x => ''], [x => "A$one{x}"], [x => "$one{x}="],
        [x => 1], [y => $one{x}], [y => ''], [y => undef];

for my $name (sort keys %one) {
    my %less = %one;

    delete $less{$name};
    forged_is_refused(agreed(\%less, $z), "epk without $name");
}

forged_is_refused(agreed($_, $z), 'epk is no object')
    for undef, 1, '', [], {}, json(\%one), [\%one];
forged_is_refused(part(agreed(\%one, $z), 1, sub { $_ }),
                  'ECDH-ES with an encrypted key') for 'a', secret(24);

# points of small order (RFC 7748, 6.1), and none (0, 0)

my $zero = b64u("\0" x 32);

forged_is_refused(agreed({ %one, x => $zero, y => $zero }, "\0" x 32),
                  'epk is off the curve');

for my $curve ([X25519 => 32], [X448 => 56]) {
    my ($crv, $len) = @$curve;

    for my $x ("\0" x $len, "\1" . "\0" x ($len - 1)) {
        forged_is_refused(agreed({ kty => 'OKP', crv => $crv, x => b64u($x) },
                                 "\0" x $len), "$crv, small order");
    }
}

is(keys %failures, 1, 'all failures have one answer');
is($nginx->log_lines(qr/jwt rejected/),
   $nginx->log_lines(qr/jwt rejected: the token cannot be decrypted,/),
   'all failures have one line');
is($nginx->upstream_requests, $passed, 'no forged token reaches upstream');

done_testing;
