# The public key as a secret: HMAC with the bytes of a key that everybody has,
# in each way in which it can be configured (RFC 8725, 2.1 and 3.1).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Digest::SHA qw(sha256 sha256_base64);
use IO::Socket::SSL::Utils qw(CERT_create PEM_cert2string PEM_string2key);
use MIME::Base64 qw(decode_base64 decode_base64url);
use Test::More;
use Hostile;
use Jwe;
use Nginx;
use Provider;
use Token;

my @names = qw(rsa ec256 ed25519);
my %alg = (rsa => 'RS256', ec256 => 'ES256', ed25519 => 'EdDSA');


sub der { decode_base64($_[0] =~ s/-----.*-----//gr) }


# A certificate of a key; an RSA one will do, its signer does not matter.

sub cert_of {
    my ($name) = @_;

    return PEM_cert2string((CERT_create(key => PEM_string2key(
                                private_pem($name)),
                            subject => { commonName => $name }))[0]);
}

my $cert = cert_of('rsa');


# What may be taken for a secret

sub bytes_of {
    my ($name) = @_;

    my $pem = pem($name);
    my $jwk = jwk($name);
    my $der = der($pem);
    my @members = map { [$_, $jwk->{$_}] } grep { length $jwk->{$_} > 20 }
                  sort keys %$jwk;

    my %bytes = (
        'PEM'              => $pem,
        'PEM, no end'      => $pem =~ s/\n\z//r,
        'PEM, one line'    => $pem =~ s/\n//gr,
        'PEM with \n'      => $pem =~ s/\n/\\n/gr,
        'PEM with CR LF'   => $pem =~ s/\n/\r\n/gr,
        'PEM body'         => $pem =~ s/-----.*-----\n//gr,
        'base64 of DER'    => $pem =~ s/-----.*-----|\n//gr,
        'DER'              => $der,
        'JWK'              => json($jwk),
        'JWK with blanks'  => json($jwk) =~ s/([:,])/$1 /gr,
        'JWKS'             => jwks($name),
        'thumbprint'       => sha256(json($jwk)),
        'thumbprint, text' => sha256_base64(json($jwk)) =~ tr{+/}{-_}r,
        (map { ("member $_->[0]" => decode_base64url($_->[1]),
                "member $_->[0], text" => $_->[1]) } @members),
        'nothing'          => '',
        'zeros'            => "\0" x 32,
        'name'             => $name,
    );

    if ($name eq 'rsa') {
        my $rsa = Token::private('rsa');

        $bytes{'PKCS 1'} = $rsa->export_key_der('public');
        $bytes{'PKCS 1, PEM'} = $rsa->export_key_pem('public');
        $bytes{'certificate'} = $cert;
        $bytes{'certificate, DER'} = der($cert);
    }

    if ($name eq 'ec256') {
        my ($x, $y) = map { decode_base64url($jwk->{$_}) } qw(x y);

        $bytes{'point'} = "\4$x$y";
        $bytes{'point, compressed'} = chr(2 + (ord(substr $y, -1) & 1)) . $x;
    }

    return %bytes;
}


# Each way to configure the key: FORMAT of a value or of a file

my $idp = Provider->start(keys => \@names);

my (%files, %locations);

for my $name (@names) {
    my %text = (pem => pem($name), jwk => json(jwk($name)),
                jwks => jwks($name), keyval => json({ kid => pem($name) }),
                private => private_jwks($name));

    $text{cert} = cert_of($name) if $name eq 'rsa';

    for my $format (sort keys %text) {
        $files{"$name.$format"} = $text{$format};
        $locations{"auto-$format-$name"} =
            "auth_jwt_key_file $name.$format;";
    }

    for my $format (qw(pem jwk jwks)) {
        $locations{"file-$format-$name"} =
            "auth_jwt_key_file $name.$format $format;";
        $locations{"value-$format-$name"} =
            "auth_jwt_key '$text{$format}' $format;";
    }

    $locations{"keyval-$name"} = "auth_jwt_key_file $name.keyval keyval;";
    $locations{"named-$name"} = "auth_jwt_key_file $name.\$arg_format;";
    $locations{"request-$name"} = "auth_jwt_key_request /keys/$name.jwks;";
    $locations{"cached-$name"} = "auth_jwt_key_request /keys/$name.jwks;
                                  auth_jwt_key_cache 1h;";
}

# what must not become a key at all

my $pem = pem('rsa');
my $jwk = json(jwk('rsa'));

my %broken = (
    'PEM as secret'       => [$pem, 'secret'],
    'JWK as secret'       => [$jwk, 'secret'],
    'JWKS as secret'      => [jwks('rsa'), 'secret'],
    'keyval as secret'    => [json({ kid => $pem }), 'secret'],
    'DER as auto'         => [der($pem), ''],
    'DER as pem'          => [der($pem), 'pem'],
    'DER as jwk'          => [der($pem), 'jwk'],
    'PEM in k'            => [json(jwk($pem)), 'jwk'],
    'JWK in k'            => [json(jwk($jwk)), 'jwk'],
    'PEM in k of a set'   => [jwks($pem), 'jwks'],
    'RSA as oct'          => [json({ %{jwk('rsa')}, kty => 'oct' }), 'jwk'],
    'no kty'              => [json({ k => b64u(SECRET) }), 'jwk'],
    'secret as auto'      => [SECRET, ''],
    'secret as pem'       => [SECRET, 'pem'],
);

my @broken = sort keys %broken;

for my $i (0 .. $#broken) {
    my ($text, $format) = @{$broken{$broken[$i]}};

    $files{"broken$i"} = $text;
    $locations{"broken$i"} = "auth_jwt_key_file broken$i $format;";
}

$files{der} = der($pem);
$locations{der} = 'auth_jwt_key_file der secret;';

my $gateway = Hostile->start(
    files     => \%files,
    locations => { %locations, provider => q{
        auth_jwt "api" provider=corp token=$http_authorization
                       token=$cookie_t token=$arg_t;
    } },
    http      => 'auth_jwt_provider corp { issuer ' . $idp->issuer . ';
                                           audience api; }',
    server    => 'location /keys/ { internal; alias %DIR%/; }');


sub by { raw_token(qq({"alg":"HS$_[0]"}), '{"sub":"mallory"}',
                   hmac($_[0], $_[1])) }


for my $name (@names) {
    my %bytes = bytes_of($name);
    my $good = token($alg{$name});

    for my $where (grep { /-$name\z/ } sort keys %locations) {
        my $way = $where =~ s/-/, /gr;
        my $at = $where =~ /^named/ ? "$where?format=jwks" : $where;

        # a private key in PEM would not verify, so this one is a JWK

        is($gateway->verdict("/$at", bearer($good)), '200 ok',
           "$way: good token");
        is(join(', ', map { $gateway->verdict("/$at", bearer(by(256,
                                                          $bytes{$_}))) }
                          sort keys %bytes),
           join(', ', ('401 unknown_key') x keys %bytes),
           "$way: HS256 by what is public");
    }

    for my $bits (256, 384, 512) {
        my @rows = map { [by($bits, $bytes{$_}), "HS$bits by $_ of $name"] }
                   sort keys %bytes;

        $gateway->check_at('rsa', map { [$_->[0], '401 unknown_key', $_->[1]] }
                                      @rows);
        $gateway->check_at('all', map { [$_->[0], '401 bad_signature',
                                         "$_->[1], beside a secret"] } @rows);
    }

    # a provider has no secrets, whatever its key set says

    my $claims = json({ iss => $idp->issuer, sub => 'alice', aud => 'api',
                        exp => time + 600 });

    $gateway->check_at('provider',
        [token($alg{$name}, $claims), '200 ok', "provider: $alg{$name}"],
        map { [raw_token('{"alg":"HS256"}', $claims,
                         hmac(256, $bytes{$_})),
               '401 algorithm_not_allowed',
               "provider: HS256 by $_ of $name"] } sort keys %bytes);
}

for my $i (0 .. $#broken) {
    my ($text, $format) = @{$broken{$broken[$i]}};

    $gateway->check_at("broken$i",
        map { [$_, '500 keys_unavailable', "no key: $broken[$i]"] }
            by(256, $text), by(256, $pem), by(256, $jwk), by(256, SECRET),
            by(256, ''));
}

# docs/security.md, "Confused deputies": nobody but the operator can do that

$gateway->check_at('der', [by(256, $files{der}), '200 ok',
                           'DER that was named a secret']);

my $body = $pem =~ s/-----.*-----|\n//gr;

for ("'$pem'", "'$pem' utf8", unpack('H*', $pem) . ' hex',
     b64u($pem) . ' base64url', "'$jwk'", unpack('H*', $jwk) . ' hex',
     "'$body' pem", "'$body' jwk")
{
    my ($code, $output) = Nginx->check(server => "auth_jwt_key $_;");

    ok($code && $output =~ /value of "auth_jwt_key" cannot be used/,
       'refused at start: ' . s/\s/ /gr =~ s/\A(.{20}).*(.{20})\z/$1...$2/sr);
}

$gateway->finish;
