# auth_jwt_token_cache: a token that is known still expires, and each location
# has its own leeway.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;
use Verified;

my $iss = 'https://idp.example';

my %provider = (plain => '', age => 'max_age 1h', tolerant => 'leeway 1h',
                age_tolerant => 'max_age 1h; leeway 1h',
                strict => 'leeway 0');

my $providers = join '', map {
    "auth_jwt_provider $_ { issuer $iss; audience api; jwks_file keys.json;
                            $provider{$_}; }\n" =~ s/;\s*;/;/r
} sort keys %provider;

my $locations = join '', map { qq{
    location /$_ {
        auth_jwt api provider=$_;
        location /$_/leeway {
            auth_jwt_leeway 1h;
            proxy_pass http://%UPSTREAM%;
        }
        proxy_pass http://%UPSTREAM%;
    }
} } sort keys %provider;

my $nginx = Nginx->start(
    main   => VERIFIED,
    files  => { 'keys.json' => jwks('rsa') },
    http   => $providers,
    server => qq{
        auth_jwt api;
        auth_jwt_key_file keys.json;
        add_header X-Status \$jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
        location /leeway {
            auth_jwt_leeway 1h;
            proxy_pass http://%UPSTREAM%;
        }
        $locations
    });


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, bearer($token));

    return $answer->status . ' ' . $answer->header('X-Status');
}


sub with { token('RS256', { iss => $iss, aud => 'api', exp => time + 7200,
                            @_ }) }


# Claims of a moment in the future, each made when it is asked for; where such
# a token is accepted until then, and why not after it; where it goes on

my $soon = 3;

my @rows = (
    ['exp', sub { (exp => time + $soon) }, '/', 'expired', '/leeway'],
    ['fraction', sub { (exp => time + $soon + 0.25) }, '/', 'expired',
     '/leeway'],
    ['exp with leeway', sub { (exp => time - 3600 + $soon) }, '/leeway',
     'expired'],
    ['exp of a provider', sub { (exp => time + $soon) }, '/plain', 'expired',
     '/plain/leeway'],
    ['exp with leeway of a location',
     sub { (exp => time - 3600 + $soon) }, '/plain/leeway', 'expired'],
    ['exp with leeway of a provider', sub { (exp => time - 3600 + $soon) },
     '/tolerant', 'expired'],
    ['exp where a provider has none', sub { (exp => time + $soon) },
     '/strict/leeway', 'expired'],
    ['age', sub { (iat => time - 3600 + $soon) }, '/age', 'too_old',
     '/age/leeway'],
    ['age with leeway', sub { (iat => time - 7200 + $soon) },
     '/age_tolerant', 'too_old'],
    ['age before exp', sub { (iat => time - 3600 + $soon, exp => 1e300) },
     '/age', 'too_old', '/age/leeway'],
    ['exp before age', sub { (iat => time, exp => time + $soon) }, '/age',
     'expired', '/age/leeway'],
);

for my $row (@rows) {
    my ($name, $claims, $path) = @$row;

    my $token = with($claims->());

    push @$row, $token;
    verified($nginx);

    is(join(', ', map { verdict($path, $token) } 1 .. 3),
       join(', ', ('200 ok') x 3), "accepted: $name");
    is(verified($nginx), 1, "known: $name");
}

for my $row (@rows) {
    my ($name, $claims, $path, $why, @on) = @$row;

    my $token = pop @on;
    my $got;

    wait_for { ($got = verdict($path, $token)) !~ /^200/ } 20;
    is($got, "401 $why", "known token is refused: $name");

    my $passed = $nginx->upstream_requests;

    is(verdict($path, $token), "401 $why", "and again: $name");
    is($nginx->upstream_requests, $passed, "and stays here: $name");

    for (@on) {
        is(verdict($_, $token), '200 ok', "more leeway: $name");
        is(verdict($path, $token), "401 $why", "less leeway: $name");
    }
}

# what has not begun, with leeway and without

my @early = (['nbf', { nbf => time + 1800 }, '/leeway', '/'],
             ['nbf of a provider', { nbf => time + 1800 }, '/tolerant',
              '/plain', '/strict', '/strict/leeway'],
             ['leeway of a location', { nbf => time + 1800 }, '/plain/leeway',
              '/plain'],
             ['iat', { iat => time + 1800 }, '/age/leeway', '/age'],
             ['negative times', { nbf => -1e300, iat => -5 }, '/', '/age']);

for (@early) {
    my ($name, $claims, $path, @others) = @$_;

    my $token = with(%$claims);

    for my $other (@others) {
        my $why = $name eq 'negative times' ? 'too_old' : 'not_yet_valid';

        is(verdict($path, $token), '200 ok', "accepted: $name");
        is(verdict($other, $token), "401 $why", "refused at $other: $name");
        is(verdict($path, $token), '200 ok', "accepted again: $name");
    }
}

# what never ends

my @ends = map { token('RS256', $_) }
           '{}', '{"exp":1e300}', '{"exp":99999999999999999999,"nbf":-1}',
           '{"nbf":0.5}';

for my $token (@ends) {
    verified($nginx);
    is(join(' ', map { verdict($_, $token) } '/', '/leeway', '/'),
       '200 ok 200 ok 200 ok', 'no end');
    is(verified($nginx), 1, 'known without end');
}

done_testing;
