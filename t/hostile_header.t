# JOSE headers that try to choose algorithm, key or rules.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use MIME::Base64 qw(decode_base64 decode_base64url);
use Hostile;
use Token;

my $gateway = Hostile->start;


# A header that is signed with the secret, whatever it says

sub with_header { raw_token($_[0], '{"sub":"mallory"}', hmac(256, SECRET)) }

sub with_member { with_header('{"alg":"HS256",' . $_[0] . '}') }

sub by_rsa2 { token('RS256', { sub => 'mallory' }, key => 'rsa2', @_) }


# alg

my @alg = (
    qw(none None NONE nOnE nonE \u006eone n\u006fne none\u0000
       hs256 Hs256 HS256\u0000 HS256\u0020 HS HS1 HS25 HS2560 RS256x
       ES256k EDDSA Ed25519ph ed25519 RSA1_5 RSA-OAEP dir A128KW A128GCM
       PBES2-HS256+A128KW http://www.w3.org/2001/04/xmldsig-more),
    '', ' ', ' none', 'none ', "none\xc2\xa0", 'x' x 10000
);

$gateway->check(
    [with_header('{"alg":"HS256"}'), '200 ok', 'good header'],

    (map { my $alg = $_;
           my $what = 'alg "' . substr(s/[^ -~]/?/gr, 0, 30) . '"';
           map { [raw_token(qq({"alg":"$alg"}), '{}', $_->[0]),
                  '401 unsupported_algorithm', "$what, $_->[1]"] }
               ['', 'no signature'], [hmac(256, SECRET), 'signature']
         } @alg),

    (map { [with_header($_), '401 invalid_header', "header $_"] }
         '{}', '{"ALG":"HS256"}', '{"Alg":"HS256"}', '{"alg ":"HS256"}',
         '{"typ":"JWT"}', '{"":"HS256"}',
         map { qq({"alg":$_}) } 'null', 'true', 'false', '0', '256', '-0',
             '[]', '["HS256"]', '{}', '{"alg":"HS256"}'),

    [with_header('{"\u0061l\u0067":"HS\u003256"}'), '200 ok',
     'alg written with escapes'],
);


# Keys in the header, or where to fetch them

my $upstream = 'http://127.0.0.1:' . $gateway->nginx->port . '/keys';
my $own = jwk('rsa2', kid => 'mine');

$gateway->check(
    [by_rsa2(header => { jwk => $own }), '401 bad_signature', 'own key in jwk'],
    [by_rsa2(header => { jwk => $own, kid => 'mine' }), '401 bad_signature',
     'own key in jwk with its kid'],
    [by_rsa2(header => { jku => $upstream }), '401 bad_signature',
     'own address in jku'],
    [by_rsa2(header => { x5u => $upstream }), '401 bad_signature',
     'own address in x5u'],
    [by_rsa2(header => { x5c => [pem('rsa2') =~ s/-----.*-----|\n//gr] }),
     '401 bad_signature', 'own certificate in x5c'],
    [by_rsa2(header => { x5t => 'abc', 'x5t#S256' => 'abc' }),
     '401 bad_signature', 'thumbprints'],
    [with_member('"jwk":7,"jku":[],"x5u":{},"x5c":null,"typ":0,"cty":false'),
     '200 ok', 'parameters that nobody reads'],
);

unlike($gateway->nginx->read_file('access.log'), qr{/keys},
       'nothing is fetched');


# The public key as a secret

my $jwk = jwk('rsa');
my $pem = pem('rsa');
my $der = decode_base64($pem =~ s/-----.*-----//gr);

my %secret = (
    'PEM'            => $pem,
    'PEM, no end'    => $pem =~ s/\n\z//r,
    'PEM, one line'  => $pem =~ s/\n//gr,
    'PEM with CR LF' => $pem =~ s/\n/\r\n/gr,
    'DER'            => $der,
    'base64 of DER'  => $pem =~ s/-----.*-----|\n//gr,
    'PKCS 1'         => Token::private('rsa')->export_key_der('public'),
    'JWK'            => json($jwk),
    'JWKS'           => jwks('rsa'),
    'modulus'        => decode_base64url($jwk->{n}),
    'modulus text'   => $jwk->{n},
    'EC point'       => "\4" . join('', map { decode_base64url($_) }
                                        @{jwk('ec256')}{qw(x y)}),
    'nothing'        => '',
    'zeros'          => "\0" x 32,
);

for my $bits (256, 384, 512) {
    my @rows = map { [raw_token(qq({"alg":"HS$bits"}), '{}',
                                hmac($bits, $secret{$_})), $_] }
               sort keys %secret;

    $gateway->check_at('rsa', map { [$_->[0], '401 unknown_key',
                                     "HS$bits by $_->[1]"] } @rows);
    $gateway->check_at('all', map { [$_->[0], '401 bad_signature',
                                     "HS$bits by $_->[1], beside a secret"] }
                                  @rows);
}


# kid

my @kids = ('../../../../etc/passwd', '/dev/null', 'file:///etc/passwd',
            "' OR '1'='1' --", '1; DROP TABLE keys', '$(id)', '%s%n%x',
            'key rsa/../key', 'key', '*', '\\u0000', 'key rsa\\u0000', '',
            "\xc3\xbc", 'x' x 10000, '\\"' x 5000);

$gateway->check_at('named', map { (my $name = $_) =~ s/[^ -~]/?/g;
                                  [with_member(qq("kid":"$_")),
                                   '401 unknown_key',
                                   'kid ' . substr $name, 0, 30] } @kids);
$gateway->check_at('all', map { (my $name = $_) =~ s/[^ -~]/?/g;
                                [with_member(qq("kid":"$_")), '200 ok',
                                 'nameless keys, kid ' . substr $name, 0, 30] }
                              @kids);
$gateway->check(map { [with_member(qq("kid":$_)), '401 invalid_header',
                       "kid $_"] }
                    'null', 'true', '0', '1e3', '[]', '["a"]', '{}');


# crit (RFC 7515, 4.1.11) and b64 (RFC 7797)

$gateway->check(
    (map { [with_member($_), '401 unsupported_critical', $_] }
         '"crit":[]', '"crit":["exp"],"exp":1', '"crit":["b64"]',
         '"crit":["b64"],"b64":true', '"crit":["b64"],"b64":false',
         '"crit":["alg"]', '"crit":["x"],"x":1', '"crit":[""]', '"crit":[1]',
         '"crit":[null]', '"crit":[["exp"]]', '"crit":"exp"', '"crit":""',
         '"crit":null', '"crit":{}', '"crit":true', '"crit":false',
         '"crit":0', '"\u0063rit":[]', '"b64":false', '"b64":null', '"b64":0',
         '"b64":1', '"b64":"true"', '"b64":"false"', '"b64":[]', '"b64":{}'),

    [with_member('"b64":true'), '200 ok', 'b64 true changes nothing'],
    [with_member('"Crit":["x"],"CRIT":[]'), '200 ok', 'Crit is not crit'],
);


# What the log says of a header is printable and short; the request line, which
# may have a token, is nginx's own

my @log = map { s/, client: .*//r } split /\n/, $gateway->nginx->log;

is_deeply([grep { /[^ -~\t]/ } @log], [], 'log is printable');
is_deeply([grep { /x{65}/ } @log], [], 'log has no long kid');
is_deeply([grep { /eyJhbGci|mallory/ } @log], [], 'log has no token');

$gateway->finish;
