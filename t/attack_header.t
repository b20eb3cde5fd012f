# A token brings no key: jwk, jku, x5u, x5c and their like are not used, and
# nobody is asked for what they name (RFC 7515, 4.1.2 to 4.1.8; RFC 8725, 3.10).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::SSL::Utils qw(CERT_create PEM_cert2string PEM_string2key);
use Test::More;
use Dns;
use Held;
use Hostile;
use Jwe;
use Provider;
use Token;

# who counts: connections, and questions for the name of the address

my $listener = Held->start;
my $address = $listener->address;
my ($port) = $address =~ /(\d+)\z/;

my $dns = Dns->start;

$dns->set('mallory.test', '127.0.0.1');

my $idp = Provider->start(keys => [['rsa', kid => 'key rsa']]);

my $gateway = Hostile->start(
    files     => { private => private_pem('rsa') },
    http      => 'resolver ' . $dns->address . ' valid=1s;
                  auth_jwt_provider corp { issuer ' . $idp->issuer . ';
                                           audience api; }',
    server    => 'location = /keys { internal; alias %DIR%/all; }',
    locations => {
        request  => 'auth_jwt_key_request /keys;',
        nested   => 'auth_jwt_key_file all; auth_jwt_key_file private;
                     auth_jwt_type nested;',
        provider => q{
            auth_jwt "api" provider=corp token=$http_authorization
                           token=$cookie_t token=$arg_t;
        },
    });


# The signer is not the one whose key the gateway has.

my %other = (RS256 => 'rsa2', ES256 => 'ec256b', HS256 => 'own secret' x 7);

sub mine {
    my ($alg, $header, $claims) = @_;

    return token($alg, $claims // { sub => 'mallory' }, key => $other{$alg},
                 header => $header);
}

my ($cert, $key) = CERT_create(CA => 1,
                               key => PEM_string2key(private_pem('rsa2')),
                               subject => { commonName => 'mallory' });
my ($leaf) = CERT_create(issuer_cert => $cert, issuer_key => $key, key => $key,
                         subject => { commonName => 'localhost' });
my @chain = map { PEM_cert2string($_) =~ s/-----.*-----|\n//gr } $leaf, $cert;

my $own = jwk('rsa2', kid => 'mine', use => 'sig', alg => 'RS256');

my @keys = (
    ['own key in jwk', jwk => $own],
    ['own key in jwk with its kid', jwk => $own, kid => 'mine'],
    ['own private key in jwk', jwk => private_jwk('rsa2')],
    ["own key in jwk, the gateway's kid", jwk => { %$own, kid => 'key rsa' },
     kid => 'key rsa'],
    ["the gateway's key in jwk", jwk => jwk('rsa')],
    ['own key as text in jwk', jwk => json($own)],
    ['own keys in jwk', jwk => [$own]],
    ['own set in jwk', jwk => { keys => [$own] }],
    ['own set in jwks', jwks => { keys => [$own] }],
    ['own set in keys', keys => [$own]],
    ['own PEM in jwk', jwk => pem('rsa2')],
    ['own key in JWK', JWK => $own],
    ['own key in key', key => pem('rsa2')],
    ['own certificates in x5c', x5c => \@chain],
    ['own certificate in x5c', x5c => [$chain[1]]],
    ['own certificate as text in x5c', x5c => $chain[0]],
    ['own public key in x5c', x5c => [pem('rsa2') =~ s/-----.*-----|\n//gr]],
    ['own certificates in jwk', jwk => { %$own, x5c => \@chain }],
    ['thumbprints', x5t => 'abc', 'x5t#S256' => 'abc'],
    ['own key in epk', epk => $own],
    ['all of them', jwk => $own, jku => "http://$address/", x5c => \@chain,
     x5u => "http://$address/"],
);

my @addresses = (
    'http://127.0.0.1:' . $gateway->nginx->port . '/keys',
    "http://$address/keys", "https://$address/keys", "http://mallory.test/",
    "http://mallory.test:$port/keys", "https://mallory.test:$port/keys",
    "//$address/keys", "HTTP://$address/keys", "ftp://$address/keys",
    "ldap://$address/", "gopher://$address/_", "http://a\@$address/",
    "http://localhost:$port/", "http://0:$port/", "http://[::1]:$port/",
    "http://unix:/var/run/docker.sock:/keys", '/keys', 'keys', '/all',
    "$address", 'file:///etc/passwd', '/etc/passwd', '../all',
    'data:application/json,' . jwks('rsa2'), "http://$address/\r\nX: y",
    $idp->http('/other'), '', ["http://$address/"], { a => 1 }, undef, 7,
);

my @rows = (
    @keys,
    map { my $name = $_;
          map { ["$name " . (ref || !defined || !length ? json([$_])
                             : s/[^ -~]/?/gr =~ s/\d{4,}/PORT/r =~
                               s/\A.{40}\K.*//r),
                 $name => $_] } @addresses } qw(jku x5u),
);

for my $row (@rows) {
    my ($what, %header) = @$row;
    my $named = exists $header{kid} && $header{kid} eq 'key rsa';
    my $unknown = exists $header{kid} && !$named;

    $gateway->check(map { [mine($_, \%header), '401 bad_signature',
                           "$what, $_"] } sort keys %other);
    $gateway->check_at('request', [mine('RS256', \%header),
                                   '401 bad_signature',
                                   "$what, keys by a request"]);
    $gateway->check_at('named', [mine('RS256', \%header),
                                 $unknown ? '401 unknown_key'
                                          : '401 bad_signature',
                                 "$what, keys with a kid"]);
}


# A secret in the header is one that mallory knows.

my $oct = jwk('own secret' x 7);

$gateway->check_at('all', [mine('HS256', { jwk => $oct }),
                           '401 bad_signature', 'own secret in jwk']);
$gateway->check_at('rsa', [mine('HS256', { jwk => $oct }), '401 unknown_key',
                           'own secret in jwk, no secret here']);


# A provider has an address for its keys, which the token does not change.

my %claims = (iss => $idp->issuer, aud => 'api', exp => time + 600);

$gateway->check_at('provider',
    [token('RS256', { %claims, sub => 'alice' }, kid => 'key rsa'), '200 ok',
     'provider: its key'],
    map { my ($what, %header) = @$_;
          [mine('RS256', { kid => 'key rsa', %header },
                { %claims, sub => 'mallory' }),
           ($header{kid} // 'key rsa') ne 'key rsa' ? '401 unknown_key'
                                                    : '401 bad_signature',
           "provider: $what"] } @rows);


# Outside and inside of a nested token; no private key of the token decrypts

my $inner = token('RS256', { sub => 'alice' });

sub nested {
    my ($signed, %option) = @_;

    return encrypted('RSA-OAEP', 'A128GCM', $signed, %option,
                     header => { cty => 'JWT', %{$option{header} // {}} });
}

$gateway->check_at('nested', [nested($inner), '200 ok', 'nested: good token']);

for my $row (@keys) {
    my ($what, %header) = @$row;

    delete $header{kid};

    $gateway->check_at('nested',
        [nested(mine('RS256', \%header)), '401 bad_signature',
         "nested, inside: $what"],
        [nested($inner, key => 'rsa2', header => \%header),
         '401 decryption_failed', "nested, outside: $what"]);
}


# What nobody reads may be of any type.

$gateway->check(
    map { [raw_token(qq({"alg":"HS256",$_}), '{}', hmac(256, SECRET)),
           '200 ok', "nobody reads $_"] }
        '"jwk":7', '"jku":[]', '"x5u":{}', '"x5c":null', '"x5t":false',
        '"typ":0', '"cty":{}', '"x5c":["\u0000"]', '"jwk":{"kty":"none"}',
        '"jwk":{"jwk":{"jwk":{}}}');


# The gateway stops before it is counted: what has begun is over then.

$gateway->nginx->stop;

ok($listener->idle, 'no connection is made');
is($dns->queries('mallory.test'), 0, 'no name is asked for');
is($idp->count('/other'), 0, 'provider is not asked elsewhere');
ok($gateway->nginx->read_file('access.log') !~ m{"GET /keys },
   'nothing is fetched from here');

Client->new($port);
ok(!$listener->idle, 'a connection would be seen');

$gateway->finish;
