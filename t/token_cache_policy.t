# auth_jwt_token_cache: a token that is known in one location is judged in
# another one as if it came for the first time, wherever it was known before.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Token;
use Verified;

my $iss = 'https://idp.example';

# providers of one issuer, and most of them of the same keys

my %provider = (
    api    => 'audience api',
    web    => 'audience web',
    type   => 'audience api; token_type at+jwt',
    age    => 'audience api; max_age 1h',
    leeway => 'audience api; leeway 3h',
    es256  => 'audience api; algorithms ES256',
    no_exp => 'audience api; require_exp off',
    other  => 'audience api; jwks_file other.json',
);

my $providers = join '', map {
    my $file = $_ eq 'other' ? '' : 'jwks_file keys.json;';
    "auth_jwt_provider $_ { issuer $iss; $file $provider{$_}; }\n"
} sort keys %provider;

my %location = (
    (map { ("provider_$_" => "auth_jwt api provider=$_;") } keys %provider),
    all       => '',
    es256     => 'auth_jwt_algorithms ES256;',
    rs256     => 'auth_jwt_algorithms RS256 PS256;',
    leeway    => 'auth_jwt_leeway 3h;',
    other     => 'auth_jwt_key_file other.json;',
    two       => 'auth_jwt_key_file keys.json; auth_jwt_key_file other.json;',
    reverse   => 'auth_jwt_key_file other.json; auth_jwt_key_file keys.json;',
    none      => 'auth_jwt_key_file missing;',
    variable  => 'auth_jwt_key_file $arg_file;',
    unsigned  => 'auth_jwt_validate_sig off;',
    encrypted => 'auth_jwt_type encrypted; auth_jwt_key_file private.pem;',
    nested    => 'auth_jwt_type nested; auth_jwt_key_file private.pem;
                  auth_jwt_key_file keys.json;',
    cookie    => 'auth_jwt api token=$cookie_none token=$http_authorization;',
    preaccess => 'auth_jwt_phase preaccess;',
    off       => 'auth_jwt off;',
    deeper    => 'auth_jwt_algorithms ES256; try_files /none /all?;',
    page      => 'auth_jwt_algorithms ES256; error_page 401 = /leeway;',
    strict    => 'auth_jwt_algorithms ES256; error_page 401 = /rs256;',
    passed    => 'auth_jwt_leeway 3h; try_files /none /provider_web;',
);

# and two inside of some that inherit their keys

my %inner = (narrow => 'auth_jwt_algorithms ES256;',
             late   => 'auth_jwt_leeway 3h;');

my $locations = join '', map {
    my $name = $_;
    my $rest = $location{$name};
    my @inner = $name =~ /\A(?:all|provider_api)\z/ ? sort keys %inner : ();
    my $inner = join '', map {
        "location /$name/$_ { $inner{$_} empty_gif; }\n"
    } @inner;

    "location /$name { $rest empty_gif; $inner }\n"
} sort keys %location;

my %config = (
    files => { 'keys.json'   => jwks('rsa', 'ec256', SECRET),
               'other.json'  => jwks('rsa2', 'ec256'),
               'private.pem' => private_pem('rsa') },
    http   => $providers,
    server => qq{
        large_client_header_buffers 4 16k;

        auth_jwt api;
        auth_jwt_key_file keys.json;

        add_header X-Seen "\$jwt_status \$jwt_provider <\$jwt_claim_sub>"
                          always;

        $locations
    });

my $nginx = Nginx->start(%config, main => VERIFIED);
my $off = Nginx->start(%config, http => "auth_jwt_token_cache off; $providers");

my $now = time;


# a good token for most locations, with other claims or without one

sub claims {
    my %claims = (iss => $iss, sub => 'alice', aud => 'api', iat => $now,
                  exp => $now + 3600, @_);

    delete @claims{grep { !defined $claims{$_} } keys %claims};

    return \%claims;
}


my %token = (
    rs256   => token('RS256', claims()),
    ps256   => token('PS256', claims()),
    es256   => token('ES256', claims()),
    hs256   => token('HS256', claims()),
    rsa2    => token('RS256', claims(), key => 'rsa2'),
    web     => token('RS256', claims(aud => 'web')),
    typed   => token('ES256', claims(), header => { typ => 'at+jwt' }),
    old     => token('ES256', claims(iat => $now - 7200)),
    expired => token('RS256', claims(exp => $now - 3600)),
    early   => token('RS256', claims(nbf => $now + 3600)),
    no_exp  => token('ES256', claims(exp => undef)),
    issuer  => token('ES256', claims(iss => 'https://other.example')),
    forged  => forged(token('RS256', claims())),
    none    => raw_token('{"alg":"none"}', json(claims()), 'none'),
    inside  => encrypted('RSA-OAEP', 'A128GCM', json(claims())),
    nested  => encrypted('RSA-OAEP', 'A128GCM', token('RS256', claims()),
                         header => { cty => 'JWT' }),
);

my %args = (variable => '?file=keys.json');
my %client;


sub verdict {
    my ($nginx, $name, $token) = @_;

    my $path = "/$name" . ($args{$name} // '');
    my $client = $client{$nginx} // $nginx->connect;
    my $answer = $client->get($path, bearer($token{$token}));
    my $close = ($answer->header('Connection') // '') eq 'close';

    $client{$nginx} = $close ? undef : $client;

    return $answer->status . ' ' . ($answer->header('X-Seen') // '-');
}


my @names = $locations =~ m{location /(\S+)}g;
my %expected;

for my $token (sort keys %token) {
    $expected{$token}{$_} = verdict($off, $_, $token) for @names;
}

# which says that the locations differ

my @rows = (
    [rs256 => qw(all rs256 leeway two reverse variable unsigned cookie page
                 provider_api preaccess provider_api/late)],
    [es256 => qw(all es256 other provider_es256 provider_api/narrow deeper)],
    [rsa2 => qw(other two provider_other)],
    [expired => qw(leeway provider_api/late)],
    [typed => 'provider_type'], [web => qw(provider_web passed)],
    [no_exp => 'provider_no_exp'], [forged => 'unsigned'],
    [inside => 'encrypted'], [nested => 'nested'],
);

for (@rows) {
    my ($token, @accepting) = @$_;

    is(join(' ', map { "$_ $expected{$token}{$_}" }
                 grep { $expected{$token}{$_} !~ /^200 ok/ } @accepting), '',
       "accepted: $token");
}

my @refusals = ([rs256 => qw(es256 other none encrypted provider_es256
                             provider_web passed all/narrow
                             provider_api/narrow)],
                [forged => 'all'], [expired => qw(all provider_api)],
                [old => 'provider_age'], [early => 'all'],
                [es256 => qw(rs256 provider_type)]);

for (@refusals) {
    my ($token, @refusing) = @$_;

    is(join(' ', grep { $expected{$token}{$_} !~ /^(?:401|500) / } @refusing),
       '', "refused: $token");
}

# in each location after each other one

verified($nginx);

my $count = 0;

for my $token (sort keys %token) {
    my (%wrong, $before);

    for my $i (0 .. $#names) {
        for my $name (map { @names[$i, $_] } $i + 1 .. $#names) {
            my $got = verdict($nginx, $name, $token);

            $count++;
            $wrong{"$name after " . ($before // '-') . ": $got"} = 1
                if $got ne $expected{$token}{$name};
            $before = $name;
        }
    }

    is(join("\n", sort keys %wrong), '', "same in all locations: $token");
}

cmp_ok(verified($nginx), '<', $count / 2, 'much of it was known');

# kinds that are never kept

verdict($nginx, 'nested', 'nested') for 1 .. 5;
is(verified($nginx), 5, 'nested token is verified each time');

my $decrypted = () = $nginx->read_file('debug.log') =~ /jwt decryption: ok/g;

verdict($nginx, 'encrypted', 'inside') for 1 .. 5;
is(scalar(() = $nginx->read_file('debug.log') =~ /jwt decryption: ok/g),
   $decrypted + 5, 'encrypted token is decrypted each time');

done_testing;
