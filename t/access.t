# A good token passes, anything else is 401.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        auth_jwt_key '} . jwks('rsa') . q{' jwks;
        add_header X-Status $jwt_status always;
        proxy_set_header X-User $jwt_claim_sub;

        location / { proxy_pass http://%UPSTREAM%; }

        location /leeway {
            auth_jwt_leeway 1h;
            proxy_pass http://%UPSTREAM%;
        }

        location /open {
            auth_jwt off;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $good = token('RS256');
my $hour = 3600;


sub verdict {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    return $answer->status . ' ' . ($answer->header('X-Status') // '-');
}


sub with {
    my ($claims, $path) = @_;

    return verdict($path // '/', bearer(token('HS256', $claims)));
}


my $answer = $nginx->get('/', bearer($good));

is($answer->status, 200, 'good token passes');
like($answer->body, qr/^X-User: alice\r$/m, 'claim reaches the upstream');
is($answer->header('WWW-Authenticate'), undef, 'good token is not challenged');

my $passed = $nginx->upstream_requests;

# the token

is(verdict('/'), '401 no_token', 'no token is refused');
is(verdict('/', bearer(forged($good))), '401 bad_signature',
   'forged token is refused');
is(verdict('/', bearer(token('RS256', undef, key => 'rsa2'))),
   '401 bad_signature', 'token of another key is refused');
is(verdict('/', bearer(token('ES256'))), '401 unknown_key',
   'token without key is refused');
is(verdict('/', bearer(expired('RS256'))), '401 expired',
   'expired token is refused');
is(verdict('/', bearer("$good extra")), '401 malformed',
   'text behind token is refused');
is(verdict('/', bearer("$good, Bearer $good")), '401 malformed',
   'list of tokens is refused');
is(verdict('/', bearer("$good,")), '401 malformed',
   'comma behind token is refused');

my ($header, $payload, $signature) = split /\./, $good;
my $admin = b64u('{"sub":"admin"}');

is(verdict('/', bearer("$header.$admin.$signature")), '401 bad_signature',
   'exchanged payload is refused');
is(verdict('/', bearer("$header.$payload.")), '401 bad_signature',
   'removed signature is refused');
is(verdict('/', bearer(raw_token('{"alg":"none"}', '{"sub":"admin"}', ''))),
   '401 unsupported_algorithm', 'alg none is refused');

# RFC 8725, 2.1: the public key as a secret

for my $key (pem('rsa'), jwks('rsa')) {
    my $confused = raw_token('{"alg":"HS256"}', '{"sub":"admin"}',
                             hmac(256, $key));

    is(verdict('/', bearer($confused)), '401 bad_signature',
       'public key is no secret');
}

# time

is(with({ nbf => time + $hour }), '401 not_yet_valid',
   'early token is refused');
is(with({ exp => 'never' }), '401 invalid_claims', 'exp of text is refused');
is(with({ nbf => undef }), '401 invalid_claims', 'nbf of null is refused');
is(with('{"exp":"' . (time + $hour) . '"}'), '401 invalid_claims',
   'quoted exp is refused');
is(with({ exp => time - 2 * $hour }, '/leeway'), '401 expired',
   'token is expired beyond leeway');
is(with({ nbf => time + 2 * $hour }, '/leeway'), '401 not_yet_valid',
   'token is early beyond leeway');

# the scheme

is(verdict('/', Authorization => $_->[1]), "401 $_->[2]", "$_->[0] is refused")
    for ['Bearer alone', 'Bearer', 'no_token'],
        ['Bearer with spaces', 'Bearer   ', 'no_token'],
        ['tab behind Bearer', "Bearer\t$good", 'no_token'],
        ['tab before token', "Bearer \t$good", 'malformed'],
        ['token without scheme', $good, 'no_token'],
        ['other scheme', "Basic $good", 'no_token'],
        ['longer scheme', "Bearers $good", 'no_token'],
        ['scheme with colon', "Bearer: $good", 'no_token'],
        ['scheme with equals sign', "Bearer=$good", 'no_token'],
        ['scheme without space', "Bearer$good", 'no_token'],
        ['empty Authorization', '', 'no_token'];

is($nginx->upstream_requests, $passed, 'refused requests stay here');

is(verdict('/', Authorization => $_->[1]), '200 ok', "$_->[0] passes")
    for ['scheme in lower case', "bearer $good"],
        ['scheme in upper case', "BEARER $good"],
        ['scheme in mixed case', "bEaReR $good"],
        ['several spaces', "Bearer    $good"],
        ['space behind token', "Bearer $good  "];

is(with({}), '200 ok', 'token without exp passes');
is(with({ exp => time + $hour, nbf => time }), '200 ok',
   'token of this second passes');
is(with('{"exp":' . (time + $hour) . '.5}'), '200 ok',
   'exp with fraction passes');
is(with({ exp => time - $hour / 2 }, '/leeway'), '200 ok',
   'leeway keeps expired token');
is(with({ nbf => time + $hour / 2 }, '/leeway'), '200 ok',
   'leeway admits early token');

is(verdict('/open'), '200 -', 'open location needs no token');
is(verdict('/open', bearer(forged($good))), '200 -',
   'open location ignores the token');

done_testing;
