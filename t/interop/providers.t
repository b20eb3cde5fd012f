# auth_jwt_provider with an identity provider that nobody here wrote:
# discovery over TLS, access tokens as it makes them, keys that it rotates
# while requests go on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Nginx;
use Oidc;
use Token;

plan skip_all => Oidc->missing if Oidc->missing;

my @algorithms = qw(RS256 PS256 ES256 EdDSA);

my $api = 'https://api.example.com';
my $audience = join ' ', map { "$api/$_" } @algorithms;

my $oidc = Oidc->start(tls => 'good');
my ($issuer, $ca) = ($oidc->issuer, $oidc->ca);

my $nginx = Nginx->start(
    workers => 2,
    http => qq{
        auth_jwt_provider corp {
            issuer $issuer;
            audience $audience;
            token_type at+jwt;
            cooldown 1ms;
            trusted_certificate $ca;
        }

        auth_jwt_provider narrow {
            issuer $issuer;
            audience $audience;
            algorithms ES256 EdDSA;
            trusted_certificate $ca;
        }

        auth_jwt_provider typed {
            issuer $issuer;
            audience $audience;
            token_type JWT;
            trusted_certificate $ca;
        }

        auth_jwt_provider stranger {
            issuer $issuer;
            audience $audience;
        }
    },
    server => q{
        add_header X-Status $jwt_status always;
        add_header X-Provider $jwt_provider always;
        proxy_set_header X-User $jwt_claim_client_id;

        location / {
            auth_jwt "api" provider=corp;
            proxy_pass http://%UPSTREAM%;
        }

        location /narrow {
            auth_jwt "api" provider=narrow;
            proxy_pass http://%UPSTREAM%;
        }

        location /typed {
            auth_jwt "api" provider=typed;
            proxy_pass http://%UPSTREAM%;
        }

        location /stranger {
            auth_jwt "api" provider=stranger;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, bearer($token));

    return join ' ', $answer->status, $answer->header('X-Status') // '-';
}


sub tokens { map { $_ => $oidc->token("$api/$_") } @algorithms }


# The status of requests that are all under way at once.

sub together {
    my (@tokens) = @_;

    my @clients = map { $nginx->connect } @tokens;

    for my $n (0 .. $#tokens) {
        $clients[$n]->send("GET / HTTP/1.1\r\nHost: localhost\r\n"
                           . "Authorization: Bearer $tokens[$n]\r\n\r\n");
    }

    return join ' ', map { $_->response->status } @clients;
}


# discovery

my %first = tokens();

is(together(map { @first{@algorithms} } 1 .. 5), join(' ', (200) x 20),
   'first requests pass');

for my $alg (@algorithms) {
    my $answer = $nginx->get('/', bearer($first{$alg}));

    is($answer->status, 200, "$alg passes");
    is($answer->header('X-Provider'), 'corp', "$alg chooses provider");
    like($answer->body, qr/^X-User: client\r$/m, "$alg claim arrives");
    is(verdict('/', forged($first{$alg})), '401 bad_signature',
       "forged $alg is refused");
}

my $before = $nginx->upstream_requests;

is(verdict('/', $oidc->token('https://other.example.com/ES256')),
   '401 wrong_audience', 'other audience is refused');
is(verdict('/typed', $first{ES256}), '401 wrong_type',
   'other type is refused');
is(verdict('/narrow', $first{RS256}), '401 algorithm_not_allowed',
   'other algorithm is refused');
is(verdict('/', token('ES256', { iss => $issuer, aud => "$api/ES256",
                                 exp => time + 60 },
                      kid => 'ES256-1', header => { typ => 'at+jwt' })),
   '401 bad_signature', 'key of its name is refused');
is(verdict('/', token('ES256', { iss => "$issuer/", aud => "$api/ES256",
                                 exp => time + 60 },
                      header => { typ => 'at+jwt' })),
   '401 unknown_issuer', 'other issuer is refused');
is(verdict('/stranger', $first{ES256}), '503 keys_unavailable',
   'unknown CA is refused');
is($nginx->upstream_requests, $before, 'refused tokens stay here');

is(verdict('/narrow', $first{EdDSA}), '200 ok', 'named algorithm passes');

# rotation: the same connection goes on

my $client = $nginx->connect;
my %statuses;


sub traffic {
    for my $token (@_) {
        $statuses{$client->get('/', bearer($token))->status}++;
    }
}


my %last = %first;

for my $round (2 .. 4) {
    traffic((values %last) x 5);

    my @kids = $oidc->rotate;
    my %new = tokens();

    is(scalar @kids, $round * @algorithms, "$round sets are published");
    is(together((map { @$_{@algorithms} } \%new, \%last, \%first) x 2),
       join(' ', (200) x 24), "rotation $round, old and new keys pass");

    traffic((values %new, values %last) x 5);
    %last = %new;
}

is_deeply(\%statuses, { 200 => 3 * 60 }, 'no request is lost');

# a key that is published no more, once the others were fetched

$oidc->rotate;
$oidc->retire;

my %only = tokens();

is(together(@only{@algorithms}), '200 200 200 200', 'only keys pass');

for my $alg (@algorithms) {
    is(verdict('/', $only{$alg}), '200 ok', "only $alg key passes");
    is(verdict('/', $first{$alg}), '401 unknown_key',
       "retired $alg key is refused");
}

is($nginx->log_lines(qr/provider "corp": fetch of .* failed/), 0,
   'no fetch has failed');

done_testing;
