# ML-DSA: keys of the type AKP and in PEM, tokens of 3 to 9 KB.  Where nginx's
# OpenSSL lacks it: its absence, see t/mldsa_absent.t.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Mldsa;
use Nginx;
use Release;
use Token;
use Verified;

plan skip_all => 'OpenSSL of nginx has no ML-DSA' if !Release::has_mldsa();
plan skip_all => 'the openssl command has no ML-DSA' if !Mldsa::available();

my @sets = (44, 65, 87);
my %key = map { $_ => Mldsa->new("ML-DSA-$_") } @sets;
my $other = Mldsa->new('ML-DSA-65');

my %jwk = map { $_ => $key{$_}->jwk } @sets;
my %short = %{$jwk{65}};
delete $short{alg};

my %refused = (
    'no alg' => [\%short, 'a member is missing or not valid'],
    'alg of another set' => [{ %{$jwk{65}}, alg => 'ML-DSA-44' },
        'its length is not that of its curve or algorithm'],
    'alg of another type' => [{ %{$jwk{65}}, alg => 'EdDSA' },
        'its algorithm does not fit the key'],
    'alg that is unknown' => [{ %{$jwk{65}}, alg => 'HashML-DSA-65' },
        'its algorithm is not supported'],
    'a byte less' => [{ %{$jwk{65}}, pub => b64u("\1" x 1951) },
        'its length is not that of its curve or algorithm'],
    'a byte more' => [{ %{$jwk{65}}, pub => b64u("\1" x 1953) },
        'its length is not that of its curve or algorithm'],
    'key of zeros' => [{ %{$jwk{65}}, pub => b64u("\0" x 1952) },
        'everybody can sign for it'],
);

my @refused = sort keys %refused;

my $server = q{
    auth_jwt "api" token=$http_authorization token=$cookie_t;
    add_header X-Status $jwt_status always;
    proxy_set_header Authorization "";
    proxy_set_header Cookie "";
    proxy_set_header X-User $jwt_claim_sub;

    location / { auth_jwt_key_file all; proxy_pass http://%UPSTREAM%; }
    location /pem { auth_jwt_key_file pem; proxy_pass http://%UPSTREAM%; }
    location /one { auth_jwt_key_file one; proxy_pass http://%UPSTREAM%; }
    location /priv { auth_jwt_key_file priv; proxy_pass http://%UPSTREAM%; }
    location /other { auth_jwt_key_file other; proxy_pass http://%UPSTREAM%; }
    location /refused { auth_jwt_key_file bad; proxy_pass http://%UPSTREAM%; }

    location /narrow {
        auth_jwt_key_file all;
        auth_jwt_algorithms ML-DSA-65 ML-DSA-87 RS256;
        proxy_pass http://%UPSTREAM%;
    }
};

my $nginx = Nginx->start(
    main  => VERIFIED,
    files => {
        all   => json({ keys => [@jwk{@sets}, jwk('rsa')] }),
        pem   => join('', map { $_->pem } @key{@sets}),
        one   => json($key{65}->jwk(kid => 'one')),
        priv  => json($key{44}->jwk(priv => b64u("\1" x 32))),
        other => json({ keys => [$other->jwk(kid => 'one'), @jwk{44, 87}] }),
        bad   => json({ keys => [(map { $refused{$_}[0] } @refused),
                                 jwk('rsa')] }),
        secret => $key{65}->private_pem,
    },
    http => qq{
        server {
            listen 127.0.0.1:%PORT%;
            $server
        }

        server {
            listen 127.0.0.1:%PORT2%;
            large_client_header_buffers 4 16k;
            $server
        }
    });


sub verdict {
    my ($path, $token, $number) = @_;

    my $client = $nginx->connect($number);
    my $answer = $client->get($path, bearer($token), Connection => 'close');

    return $answer->verdict;
}


# the sizes of RFC 9964, 5, within nginx's own buffers of 8 KB

my %token = map { $_ => $key{$_}->token } @sets;
my %size = (44 => [3200, 3400], 65 => [4400, 4600], 87 => [6200, 6400]);

for my $set (@sets) {
    my ($min, $max) = @{$size{$set}};
    my $length = length $token{$set};

    ok($length > $min && $length < $max, "ML-DSA-$set: size of a token")
        or diag $length;
    is(verdict('/', $token{$set}), '200 ok', "ML-DSA-$set passes");
    is(verdict('/pem', $token{$set}), '200 ok', "ML-DSA-$set: key in PEM");

    verified($nginx);

    is(verdict('/', $token{$set}), '200 ok', "ML-DSA-$set passes again");
    is(verified($nginx), 0, "ML-DSA-$set verified once");

    like($nginx->get('/', Cookie => "t=$token{$set}")->body,
         qr/^X-User: alice\r$/m, "ML-DSA-$set: cookie");

    is(verdict('/', forged($token{$set})), '401 bad_signature',
       "forged ML-DSA-$set is refused");
}

is(verdict('/priv', $token{44}), '200 ok', 'seed in the key is ignored');
is(verdict('/narrow', $token{65}), '200 ok', 'named algorithm');
is(verdict('/narrow', $token{44}), '401 algorithm_not_allowed',
   'algorithm that is not named');
is(verdict('/one', $key{65}->token({}, { kid => 'one' })), '200 ok', 'kid');


# what another key has signed, or this one in another way

my $signed = $key{65}->token({}, { alg => 'ML-DSA-44' });

is(verdict('/one', $token{44}), '401 unknown_key', 'no key of that set');
is(verdict('/one', $token{87}), '401 unknown_key', 'no key of that set: 87');
is(verdict('/', $signed), '401 bad_signature', 'name of another set');
is(verdict('/one', $signed), '401 unknown_key',
   'name of another set, one key');
is(verdict('/other', $token{65}), '401 bad_signature', 'key of somebody else');
is(verdict('/', $key{65}->token({}, {}, context => 'JWT')),
   '401 bad_signature', 'context is not empty');
is(verdict('/', $key{65}->token({}, { alg => 'EdDSA' })), '401 unknown_key',
   'ML-DSA as EdDSA');
is(verdict('/', $key{65}->token({}, { alg => 'RS256' })), '401 bad_signature',
   'ML-DSA as RS256');
is(verdict('/', raw_token('{"alg":"ML-DSA-65"}', '{}', "\0" x 3309)),
   '401 bad_signature', 'zeros for a signature');
is(verdict('/', "$token{44}AAAA"), '401 bad_signature', 'signature is longer');
is(verdict('/', $_), '401 unsupported_algorithm', 'unknown name')
    for map { $key{44}->token({}, { alg => $_ }) }
        qw(ml-dsa-44 ML-DSA HashML-DSA-44);

for my $alg (qw(HS256 HS512)) {
    my $mac = hmac(substr($alg, 2), $key{65}->pem);
    my $token = raw_token(json({ alg => $alg }), '{"sub":"eve"}', $mac);

    is(verdict('/one', $token), '401 unknown_key', "$alg with the public key");
}


# keys that are refused

is(verdict('/refused', token('RS256')), '200 ok', 'good key beside bad ones');
is(verdict('/refused', $_), '401 unknown_key', 'bad keys are not used')
    for $token{44}, $token{65};

for my $i (0 .. $#refused) {
    my $name = $refused[$i];

    is(scalar $nginx->log_lines("key $i of key file \"\\S+/bad\" is not used: "
                                . quotemeta($refused{$name}[1]) . '$'),
       1, "reason is logged: $name");
}

like(Nginx->complaints(files => { secret => $key{65}->private_pem },
                       server => 'location / { auth_jwt "api";
                                               auth_jwt_key_file secret; }'),
     qr{"\S+/secret" is not used: it is a private key where},
     'private key is named');


# Over 8 KB nginx needs more than its own buffers: in one line of the header.

my $long = $key{87}->token({ roles => ['x' x 1500] });

cmp_ok(length $long, '>', 8192, 'token over 8 KB');
is(verdict('/', $long), '400 -', 'nginx refuses a line over 8 KB');
is(verdict('/', $long, 2), '200 ok', 'larger buffers take it');
is(verdict('/', forged($long), 2), '401 bad_signature', 'and read all of it');

done_testing;
