package Token;

# Tokens and keys for tests, made by Crypt::JWT and CryptX.
#
#     token('RS256')                                 sub alice, one hour
#     token('ES256', { sub => 'bob', exp => time + 60 }, kid => '1')
#     token('HS256', '{"id":12345678901234567890}', key => 'a secret')
#     token('PS512', {}, key => 'rsa2', header => { typ => 'at+jwt' })
#
#     jwks('rsa', 'ec256')                           public keys, as JSON
#     jwks(['rsa', kid => '1', use => 'sig'], ['a secret', kid => '2'])
#     jwk('ec256', kid => '1')                       the same for one, a hash
#     pem('rsa')                                     the public key in PEM
#
#     raw_token('{"alg":"none"}', '{}', '')          any text, any signature
#     raw_token('{"alg":"HS256"}', '{"a":', hmac(256, 'a secret'))
#     forged($token)                                 another signature
#     expired($alg, ...)                             as token
#     usual_key('ES256')                             the name of its key
#     bearer($token)                                 Authorization => '...'
#     bearer_from($iss, kid => '1', key => 'rsa2')   the same with a good token
#     b64u($bytes), json($data)
#
# The keys have names and live in t/lib/keys: rsa, rsa2 (2048 bits), ec256,
# ec256b, ec384, ec521, ec256k, ed25519.  Any other name of a key is a secret.

use strict;
use warnings;

use Crypt::JWT qw(encode_jwt);
use Crypt::PK::ECC;
use Crypt::PK::Ed25519;
use Crypt::PK::RSA;
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use File::Basename qw(dirname);
use JSON::PP ();
use MIME::Base64 qw(encode_base64url);

use Exporter qw(import);
our @EXPORT = qw(token raw_token forged expired hmac jwk jwks pem usual_key
                 bearer bearer_from b64u json SECRET);

use constant SECRET => 'an ordinary secret of at least 64 bytes, so that it'
                       . ' is long enough for HS512';

my $keys = dirname(__FILE__) . '/keys';
my $json = JSON::PP->new->canonical->utf8;

my %class = (
    rsa => 'Crypt::PK::RSA', rsa2 => 'Crypt::PK::RSA',
    ec256 => 'Crypt::PK::ECC', ec256b => 'Crypt::PK::ECC',
    ec384 => 'Crypt::PK::ECC', ec521 => 'Crypt::PK::ECC',
    ec256k => 'Crypt::PK::ECC', ed25519 => 'Crypt::PK::Ed25519',
);

my %usual_key = (
    HS256 => SECRET, HS384 => SECRET, HS512 => SECRET,
    RS256 => 'rsa', RS384 => 'rsa', RS512 => 'rsa',
    PS256 => 'rsa', PS384 => 'rsa', PS512 => 'rsa',
    ES256 => 'ec256', ES384 => 'ec384', ES512 => 'ec521', ES256K => 'ec256k',
    EdDSA => 'ed25519', Ed25519 => 'ed25519',
);


sub token {
    my ($alg, $claims, %option) = @_;

    my $name = $option{key} // usual_key($alg);
    my %header = %{$option{header} // {}};

    $header{kid} = $option{kid} if defined $option{kid};
    $claims //= { sub => 'alice', exp => time + 3600 };
    $claims = json($claims) if ref $claims;

    # a name of RFC 9864, younger than Crypt::JWT

    if ($alg eq 'Ed25519') {
        return raw_token(json({ alg => $alg, %header }), $claims,
                         sub { private($name)->sign_message($_[0]) });
    }

    return encode_jwt(alg => $alg, payload => $claims,
                      extra_headers => \%header,
                      key => $class{$name} ? private($name) : $name);
}


sub usual_key {
    my ($alg) = @_;

    return $usual_key{$alg} // die "no key for $alg";
}


sub expired {
    my ($alg, %option) = @_;

    return token($alg, { sub => 'alice', exp => time - 3600 }, %option);
}


# The signature: bytes, or a sub that makes them from what is signed.

sub raw_token {
    my ($header, $payload, $signature) = @_;

    my $signed = b64u($header) . '.' . b64u($payload);

    $signature = $signature->($signed) if ref $signature;

    return "$signed." . b64u($signature);
}


sub hmac {
    my ($bits, $secret) = @_;

    my $hmac = { 256 => \&hmac_sha256, 384 => \&hmac_sha384,
                 512 => \&hmac_sha512 }->{$bits};

    return sub { $hmac->($_[0], $secret) };
}


# The first character of the signature is changed.

sub forged {
    my ($token) = @_;

    $token =~ s/\.([^.])([^.]*)\z/'.' . ($1 eq 'A' ? 'B' : 'A') . $2/e
        or die "no signature: $token";

    return $token;
}


sub private {
    my ($name) = @_;

    return $class{$name}->new("$keys/$name.pem");
}


sub pem {
    my ($name) = @_;

    # what CryptX calls "public" of RSA has the wrong name in its first line

    return private($name)->export_key_pem($class{$name} eq 'Crypt::PK::RSA'
                                           ? 'public_x509' : 'public');
}


sub jwk {
    my ($name, %member) = @_;

    if (!$class{$name}) {
        return { kty => 'oct', k => b64u($name), %member };
    }

    my $jwk = private($name)->export_key_jwk('public', 1);

    # CryptX has the name of a draft, here is that of RFC 8812

    $jwk->{crv} = 'secp256k1' if $name eq 'ec256k';

    return { %$jwk, %member };
}


sub jwks {
    my @keys = map { jwk(ref ? @$_ : $_) } @_;

    return json({ keys => \@keys });
}


sub bearer { (Authorization => "Bearer $_[0]") }


# A token as a provider makes it: for the audience "api", by RS256 or "alg", of
# alice or "sub".

sub bearer_from {
    my ($issuer, %option) = @_;

    my $alg = delete $option{alg} // 'RS256';
    my $sub = delete $option{sub} // 'alice';

    return bearer(token($alg, { iss => $issuer, sub => $sub, aud => 'api',
                                exp => time + 600 }, %option));
}


sub b64u { encode_base64url($_[0]) }

sub json { $json->encode($_[0]) }


1;
