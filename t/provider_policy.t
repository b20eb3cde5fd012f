# What a provider wants of a token whose signature is right: audience,
# algorithm, type, and times.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my @keys = (qw(rsa ec256 ec384 ec521 ec256k ed25519), SECRET);
my $idp = Provider->start(keys => \@keys);
my $iss = $idp->issuer;

# a provider and a location of each name

my %policy = (
    fetched  => 'audience api',
    api      => 'audience api',
    several  => 'audience api "other api" https://api.example/',
    any      => '',
    narrow   => 'audience api; algorithms ES256 RS512',
    type     => 'audience api; token_type at+jwt',
    long     => 'audience api; token_type Application/AT+JWT',
    types    => 'audience api; token_type at+jwt text/jwt',
    no_exp   => 'audience api; require_exp off',
    exp      => 'audience api; require_exp on',
    age      => 'audience api; max_age 1h',
    age_exp  => 'audience api; max_age 1h; require_exp off',
    age_more => 'audience api; max_age 1h; leeway 1h',
    more     => 'audience api; leeway 1h',
    none     => 'audience api; leeway 0',
);

my $providers = join '', map {
    my $file = $_ eq 'fetched' ? '' : 'jwks_file keys.json;';

    "auth_jwt_provider $_ { issuer $iss; $file $policy{$_}; }\n" =~ s/;\s*;/;/r
} sort keys %policy;

my $locations = join '', map { qq{
    location /$_ {
        auth_jwt "api" provider=$_;
        proxy_pass http://%UPSTREAM%;

        location /$_/leeway {
            auth_jwt_leeway 30m;
            proxy_pass http://%UPSTREAM%;
        }
    }
} } sort keys %policy;

my $nginx = Nginx->start(
    files  => { 'keys.json' => jwks(@keys) },
    http   => $providers,
    server => qq{
        add_header X-Status \$jwt_status always;
        $locations
    });

my $passed = 0;


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, bearer($token));
    my $challenge = $answer->header('WWW-Authenticate') // '';

    $passed++ if $answer->status == 200;

    return join ' ', $answer->status, $answer->header('X-Status'),
           $answer->status == 401
           && $challenge !~ /^Bearer realm="api", error="invalid_token"/
           ? "challenge: $challenge" : ();
}


sub claims {
    return { iss => $iss, sub => 'alice', aud => 'api', exp => time + 60, @_ };
}


# a good token with other claims, or without one

sub with { token('ES256', claims(@_)) }


sub without {
    my ($name, @more) = @_;

    my $claims = claims(@more);
    delete $claims->{$name};

    return token('ES256', $claims);
}


sub typed { token('ES256', claims(), header => { typ => $_[0] }) }

my $good = with();

# audience

is(verdict("/$_", $good), '200 ok', "audience of $_") for qw(api several any);
is(verdict('/api', with(aud => $_->[0])), '200 ok', "$_->[1] has audience")
    for [['api'], 'array'], [['x', 'api'], 'end of array'],
        [['api', 'x', ''], 'begin of array'], [['api', 'api'], 'array, twice'];
is(verdict('/api', with(aud => $_)), '401 wrong_audience', 'aud ' . json([$_]))
    for 'x', '', 'API', 'api ', 'ap', 'apis', 'api,x', 'x api', [], ['x', 'y'],
        [''], ['API'], 'other api', $iss;
is(verdict('/api', without('aud')), '401 wrong_audience', 'no aud');
is(verdict('/api', with(aud => $_)), '401 invalid_claims', 'aud ' . json([$_]))
    for 1, JSON::PP::true, undef, { api => 1 }, ['api', 1], [['api']],
        [1, 'api'], ['api', undef], ['api', {}], [JSON::PP::false];

is(verdict('/several', with(aud => $_)), '200 ok', 'one of ' . json([$_]))
    for 'other api', 'https://api.example/', ['x', 'other api'];
is(verdict('/several', with(aud => $_)), '401 wrong_audience',
   'none of ' . json([$_]))
    for 'other', 'https://api.example', 'api other api', ['x'];
is(verdict('/any', with(aud => $_)), '200 ok', 'any audience ' . json([$_]))
    for 'x', '', [], ['x', 'y'];
is(verdict('/any', without('aud')), '200 ok', 'any audience, no aud');
is(verdict('/any', with(aud => $_)), '401 invalid_claims',
   'any audience, ' . json([$_])) for 1, ['x', 1], { x => 1 };
is(verdict('/api', token('ES256', json(claims(aud => 'AUD'))
                                  =~ s/"AUD"/"\\u0061pi"/r)),
   '200 ok', 'escaped audience');

# algorithms

for my $alg (qw(RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K
                EdDSA Ed25519))
{
    my $token = token($alg, claims());

    is(verdict("/$_", $token), '200 ok', "$alg of $_") for qw(fetched api);
    is(verdict('/narrow', $token),
       $alg =~ /\A(?:ES256|RS512)\z/ ? '200 ok' : '401 algorithm_not_allowed',
       "$alg is narrowed");
}

for my $text (pem('rsa'), pem('ec256'), jwks(@keys), json(jwk('rsa')), SECRET) {
    my $name = substr($text, 0, 30) =~ s/\s+/ /gr;

    for my $alg (qw(HS256 HS384 HS512)) {
        my $token = raw_token(json({ alg => $alg }), json(claims()),
                              hmac($alg =~ s/HS//r, $text));

        is(verdict("/$_", $token), '401 algorithm_not_allowed',
           "$alg of $_, $name") for qw(fetched api);
    }
}

is(verdict('/api', raw_token(json({ alg => $_ }), json(claims()), '')),
   '401 unsupported_algorithm', "alg $_") for qw(none None HS255 es256 ES256\ );
is(verdict('/narrow', forged(token('RS512', claims()))), '401 bad_signature',
   'narrowed and forged');

# type: RFC 7515, 4.1.9

for my $path (qw(/type /long /types)) {
    is(verdict($path, typed($_)), '200 ok', "$path, typ $_")
        for qw(at+jwt AT+JWT application/at+jwt APPLICATION/At+Jwt);
    is(verdict($path, typed($_)), '401 wrong_type', "$path, typ " . json([$_]))
        for 'JWT', '', 'at+jwt ', 'at', 'jwt', 'at+jwtx', 'application/',
            'text/at+jwt', 'application/application/at+jwt', 'at-jwt', 1,
            undef, ['at+jwt'];
    is(verdict($path, $good), '401 wrong_type', "$path, no typ");
}

is(verdict('/types', typed($_)), '200 ok', "second type, typ $_")
    for qw(text/jwt TEXT/JWT);
is(verdict('/type', typed('text/jwt')), '401 wrong_type', 'second type alone');
is(verdict('/api', typed($_)), '200 ok', 'any type ' . json([$_]))
    for 'JWT', '', 'dpop+jwt', 1;
is(verdict('/type', with(typ => 'at+jwt')), '401 wrong_type', 'typ of claims');

# exp

for my $path (qw(/api /exp /age)) {
    is(verdict($path, without('exp', iat => time)), '401 missing_claim',
       "$path, no exp");
}

is(verdict("/$_", without('exp', iat => time)), '200 ok', "$_, no exp")
    for qw(no_exp age_exp);
is(verdict('/no_exp', with(exp => time - 60)), '401 expired',
   'exp counts if it is there');
is(verdict("/$_->[0]", with(exp => $_->[1])), '401 invalid_claims',
   "$_->[0], exp " . json([$_->[1]]))
    for map { my $path = $_; map { [$path, $_] } '60', undef, [1] }
        qw(api no_exp);

# iat

is(verdict('/age', with(iat => time)), '200 ok', 'issued now');
is(verdict('/age', with(iat => time - 3500)), '200 ok', 'issued an hour ago');
is(verdict('/age', with(iat => time - 3500.5)), '200 ok', 'iat has a fraction');
is(verdict('/age', with(iat => time - 3601)), '401 too_old', 'too old');
is(verdict('/age', with(iat => $_)), '401 too_old', "iat $_") for 0, -1;
is(verdict('/age', with(iat => time + 600)), '401 not_yet_valid',
   'issued in future');
is(verdict('/age', without('iat')), '401 missing_claim', 'no iat');
is(verdict('/age', with(iat => $_)), '401 invalid_claims', 'iat ' . json([$_]))
    for '1', undef, JSON::PP::true, [1], {};
is(verdict('/api', with(iat => $_)), '200 ok', 'iat without max_age, ' . $_)
    for 0, time + 9999;
is(verdict('/age_exp', without('exp', iat => time - 3601)), '401 too_old',
   'too old without exp');

# leeway: that of the provider, else that of the location

is(verdict($_->[0], with(exp => time - $_->[1])), $_->[2],
   "$_->[0], expired $_->[1] seconds ago")
    for ['/api', 60, '401 expired'], ['/api/leeway', 60, '200 ok'],
        ['/api/leeway', 1860, '401 expired'],
        ['/more', 3500, '200 ok'], ['/more', 3660, '401 expired'],
        ['/more/leeway', 3500, '200 ok'], ['/more/leeway', 3660, '401 expired'],
        ['/none', 60, '401 expired'], ['/none/leeway', 60, '401 expired'];
is(verdict($_->[0], with(nbf => time + $_->[1])), $_->[2],
   "$_->[0], valid in $_->[1] seconds")
    for ['/api', 600, '401 not_yet_valid'], ['/api/leeway', 600, '200 ok'],
        ['/more', 3500, '200 ok'], ['/more', 3700, '401 not_yet_valid'],
        ['/none/leeway', 600, '401 not_yet_valid'];
is(verdict($_->[0], with(iat => time + $_->[1])), $_->[2],
   "$_->[0], issued in $_->[1] seconds")
    for ['/age', -3660, '401 too_old'], ['/age/leeway', -3660, '200 ok'],
        ['/age/leeway', -5500, '401 too_old'],
        ['/age/leeway', 600, '200 ok'], ['/age_more', -7000, '200 ok'],
        ['/age_more', -7260, '401 too_old'], ['/age_more', 3500, '200 ok'],
        ['/age_more/leeway', 3700, '401 not_yet_valid'];

# nothing is said of what is not verified

is(verdict('/type', forged(with(aud => 'x', iat => 0, exp => 0))),
   '401 bad_signature', 'signature comes first');
is(verdict('/type', with(aud => 'x', exp => 1)), '401 expired',
   'time comes before policy');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

for my $text ('the token is meant for another audience',
              'the claims are not valid', 'the algorithm is not allowed',
              'the token is of another type',
              'a claim is missing that has to be there',
              'the token was issued too long ago', 'the token is not valid yet',
              'the token has expired')
{
    ok($nginx->log_comes(qr/\[info\].*jwt rejected: \Q$text\E, alg: "/),
       "log: $text");
}

done_testing;
