# Private keys in a set that somebody else publishes: they verify, whatever
# their private part is, where nothing is decrypted with them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Provider;
use Token;

my %alg = (rsa => 'RS256', ec384 => 'ES384', ed25519 => 'EdDSA');
my %wrap = (rsa => 'RSA-OAEP', ec384 => 'ECDH-ES');

# kid => [name of the key, "d" if it is not its own]

my %keys = map {
    my $d = private_jwk($_)->{d};

    ("$_ good" => [$_],
     "$_ other" => [$_, d => $d =~ tr/A-Za-z/B-ZAb-za/r],
     "$_ bytes" => [$_, d => "=$d"],
     "$_ number" => [$_, d => 1])
} keys %alg;

my $set = private_jwks(map { my ($name, @member) = @{$keys{$_}};
                             [$name, kid => $_, @member] } sort keys %keys);

my $idp = Provider->start;
my $issuer = $idp->issuer;

$idp->set('/jwks', body => $set);

my %config = (
    files => { 'keys.json' => $set },
    http => qq{
        auth_jwt_provider corp { issuer $issuer; audience api; }

        auth_jwt_provider file {
            issuer file;
            audience api;
            jwks_file keys.json;
        }
    },
    server => q{
        large_client_header_buffers 4 16k;

        auth_jwt "api" provider=corp provider=file;

        add_header X-Status $jwt_status always;
        proxy_set_header X-User "<$jwt_claim_sub>";

        location / { proxy_pass http://%UPSTREAM%; }

        location /request {
            auth_jwt "api";
            auth_jwt_key_request /keys.json;
            proxy_pass http://%UPSTREAM%;
        }

        location = /keys.json { internal; root %DIR%; }
    });


sub result {
    my ($nginx, $path, $issuer, $kid) = @_;

    my $alg = $alg{$keys{$kid}[0]};

    return $nginx->get($path, bearer_from($issuer, alg => $alg, kid => $kid))
                 ->result;
}


my $nginx = Nginx->start(%config);

for my $kid (sort keys %keys) {
    is(result($nginx, '/', $issuer, $kid), '200 ok alice',
       "key of a provider verifies: $kid");
    is(result($nginx, '/', 'file', $kid), '200 ok alice',
       "key of a provider's file verifies: $kid");
    is(result($nginx, '/request', 'any', $kid), '200 ok alice',
       "key of a request verifies: $kid");
}

is($nginx->log_lines(qr/is not used/), 0, 'all of the keys are used');

# one location that decrypts, and all key requests bring private keys

$nginx = Nginx->start(%config, server => $config{server} . q{
    location /nested {
        auth_jwt "api";
        auth_jwt_type nested;
        auth_jwt_key_request /keys.json;
        proxy_pass http://%UPSTREAM%;
    }
});

my $inner = token('EdDSA', undef, kid => 'ed25519 good');
my @kids = grep { $wrap{$keys{$_}[0]} } sort keys %keys;
my %nested;

@nested{@kids} = jose_encrypted(map {
    my $name = $keys{$_}[0];

    [$wrap{$name}, 'A128GCM', $inner, key => $name, kid => $_,
     header => { cty => 'JWT' }]
} @kids);

for my $kid (@kids) {
    my $expected = $kid =~ / good/ ? '200 ok alice' : '401 unknown_key';

    is($nginx->get('/nested', bearer($nested{$kid}))->result, $expected,
       "key of a request decrypts: $kid");
    is(result($nginx, '/request', 'any', $kid), $expected,
       "key that may decrypt verifies: $kid");
    is(result($nginx, '/', $issuer, $kid), '200 ok alice',
       "key of a provider verifies beside: $kid");
}

done_testing;
