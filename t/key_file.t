# auth_jwt_key_file: every format, told and found out, good keys among bad.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $private = Token::private('ed25519')->export_key_pem('private');
my ($rsa, $ec, $ed) = map { pem($_) } qw(rsa ec256 ed25519);

# location => directives; the files beside them

my %location = (
    auto     => 'auth_jwt_key_file jwks; auth_jwt_key_file jwk auto;
                 auth_jwt_key_file pem; auth_jwt_key_file keyval;
                 auth_jwt_key_file padded;',
    told     => 'auth_jwt_key_file jwks jwks; auth_jwt_key_file jwk jwk;
                 auth_jwt_key_file pem pem; auth_jwt_key_file keyval keyval;
                 auth_jwt_key_file padded jwks;',
    jwk      => 'auth_jwt_key_file jwk;',
    keyval   => 'auth_jwt_key_file keyval;',
    secret   => 'auth_jwt_key_file secret secret;',
    secretlf => 'auth_jwt_key_file secret-lf secret;',
    crlf     => 'auth_jwt_key_file secret-crlf secret;',
    lflf     => 'auth_jwt_key_file secret-lflf secret;',
    mixed    => 'auth_jwt_key_file mixed;',
    twice    => 'auth_jwt_key_file both; auth_jwt_key_file both secret;',
    absolute => 'auth_jwt_key_file %DIR%/jwk;',
    wrong    => 'auth_jwt_key_file jwk jwks;',
    private  => 'auth_jwt_key_file private;',
    raw      => 'auth_jwt_key_file secret;',
    pemraw   => 'auth_jwt_key_file pem secret;',
    encrypt  => 'auth_jwt_key_file encryption;',
    above    => '',
    inner    => 'location /inner/own { auth_jwt_key_file pem; }',
);

my %files = (
    jwks          => jwks('rsa', ['ec384', kid => 'three']),
    jwk           => json(jwk('ec256', kid => 'one')),
    pem           => "text before\n$ed\ntext between\n" . pem('ec521'),
    keyval        => json({ two => pem('rsa2'), none => 'x', no => 1 }),
    padded        => "\n\t " . jwks('ec256k') . " \n",
    secret        => SECRET,
    'secret-lf'   => SECRET . "\n",
    'secret-crlf' => SECRET . "\r\n",
    'secret-lflf' => SECRET . "\n\n",
    both          => jwks('rsa'),
    private       => $private,
    encryption    => jwks(['rsa', use => 'enc'],
                          ['ec256', key_ops => ['encrypt']]),
);

my @mixed = (
    [{ kty => 'RSA', n => b64u("\xff" x 128), e => 'AQAB', kid => 'small' },
     'an RSA key has to have 2048 to 16384 bits'],
    [{ %{jwk('ec256')}, x => b64u("\1" x 32), kid => 'off' },
     'its point is not a public key of its curve'],
    [{ kty => 'oct', k => '', kid => "no\n\"key\"" }, 'the secret is empty',
     'no??key?'],
    [{ kty => 'XYZ', kid => 'x' x 70 }, 'its type is not supported', 'x' x 64],
    [{ %{jwk('ec256')}, crv => 'P-257', kid => 'curve' },
     'its curve is not supported'],
    [{ %{jwk('rsa')}, alg => 'ES256', kid => 'alg' },
     'its algorithm does not fit the key'],
    [{ %{jwk('rsa')}, alg => 'none', kid => 'none' },
     'its algorithm is not supported'],
    [{ kid => 'naked' }, 'a member is missing or not valid'],
    [[], 'a member is missing or not valid'],
    [{ %{jwk('rsa')}, kid => 7 }, 'a member is missing or not valid'],
);

$files{mixed} = json({ keys => [jwk('rsa', kid => 'good'),
                                (map { $_->[0] } @mixed),
                                jwk('rsa2', use => 'enc', kid => 'enc'),
                                jwk('ec384', kid => 'last')] });

my $nginx = Nginx->start(
    files  => \%files,
    server => join '', q{
        auth_jwt "api";
        auth_jwt_key_file jwk;
        add_header X-Status $jwt_status always;
    }, map { "location /$_ { $location{$_} proxy_pass http://%UPSTREAM%; }\n" }
           sort keys %location);


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, Authorization => "Bearer $token");

    return $answer->status . ' ' . ($answer->header('X-Status') // '');
}


for my $how (qw(auto told)) {
    is(verdict("/$how", token('RS256')), '200 ok', "$how: JWKS");
    is(verdict("/$how", token('ES256', undef, kid => 'one')), '200 ok',
       "$how: JWK");
    is(verdict("/$how", token('EdDSA')), '200 ok', "$how: PEM");
    is(verdict("/$how", token('ES512')), '200 ok', "$how: second PEM block");
    is(verdict("/$how", token('RS256', undef, key => 'rsa2', kid => 'two')),
       '200 ok', "$how: keyval");
    is(verdict("/$how", token('ES256K')), '200 ok', "$how: blanks around JSON");
    is(verdict("/$how", token('HS256')), '401 unknown_key', "$how: no secret");
}

is(verdict('/keyval', token('RS256', undef, key => 'rsa2', kid => 'one')),
   '401 unknown_key', 'keyval: another kid');
is(verdict('/absolute', token('ES256')), '200 ok', 'absolute name');
is(verdict('/above', token('ES256')), '200 ok', 'file is inherited');
is(verdict('/above', token('EdDSA')), '401 unknown_key', 'another key');
is(verdict('/inner', token('ES256')), '200 ok', 'file inherited further');
is(verdict('/inner/own', token('ES256')), '401 unknown_key',
   'inherited file is replaced');

is(verdict('/secret', token('HS512')), '200 ok', 'secret');
is(verdict('/secretlf', token('HS256')), '200 ok', 'secret with line feed');
is(verdict('/crlf', token('HS256')), '200 ok', 'secret with CR LF');
is(verdict('/lflf', token('HS256')), '401 bad_signature',
   'only one line end is taken off');
is(verdict('/lflf', token('HS256', undef, key => SECRET . "\n")), '200 ok',
   'second line end belongs to secret');

is(verdict('/twice', token('RS256')), '500 keys_unavailable',
   'key set is refused as a secret');
is(verdict('/twice', token('HS256', undef, key => $files{both})),
   '500 keys_unavailable', 'nobody signs with its text');


# Keys that cannot be used

is(verdict('/mixed', token('RS256', undef, kid => 'good')), '200 ok',
   'good key before bad ones');
is(verdict('/mixed', token('ES384', undef, kid => 'last')), '200 ok',
   'good key after bad ones');
is(verdict('/mixed', token('RS256', undef, key => 'rsa2', kid => 'enc')),
   '401 unknown_key', 'encryption key is not used');

my $number = 0;

for (@mixed) {
    my ($jwk, $why, $shown) = @$_;

    $number++;
    $shown //= $jwk->{kid} if ref $jwk eq 'HASH';
    $shown = defined $shown && $shown ne '7' ? qq( with kid "$shown") : '';

    is(scalar $nginx->log_lines(
           quotemeta(qq([warn])) . '.*: '
           . quotemeta("key $number$shown of key file \"") . '\S+/mixed" '
           . quotemeta("is not used: $why") . '$'),
       1, "reason is logged: $why, key $number");
}

is(scalar $nginx->log_lines('key 11'), 0, 'encryption key skipped quietly');


# Files without any

is(verdict("/$_", token('ES256')), '500 keys_unavailable', "unusable: /$_")
    for qw(wrong private raw pemraw encrypt);

my $complaints = Nginx->complaints(files => \%files,
                                   server => join '', sort values %location);

like($complaints, qr/^0\n/, 'nginx -t succeeds');
like($complaints, qr{"\S+/$_->[0]" cannot be used: $_->[1]$}m,
     "nginx -t warns of $_->[0]")
    for ['jwk', 'it is not a key set'],
        ['private', 'it has no usable key'],
        ['secret', 'it is not a public key or certificate in PEM'],
        ['pem', 'it is the text of a key and not a secret'],
        ['encryption', 'it has no usable key'];
like($complaints, qr{"\S+/private" is not used: it is a private key where},
     'private key is named');

done_testing;
