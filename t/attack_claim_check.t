# Attacks by claims with a control character on what decides who gets in: typed
# checks compare all of it, variables show nothing, and no realm is "off".

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Hostile;
use Nginx;
use Places;
use Token;

my %checks = (
    eq      => 'auth_jwt_require_claim x eq admin;',
    not_ne  => 'auth_jwt_require_claim x !ne admin;',
    in      => q{auth_jwt_require_claim x in 'json=["root","admin"]';},
    any     => 'auth_jwt_require_claim x any "root admin";',
    match   => 'auth_jwt_require_claim x match ^admin$;',
    unmatch => 'auth_jwt_require_claim x !match ^admin$;',
    deep    => 'auth_jwt_require_claim .a.b eq admin;',
    header  => 'auth_jwt_require_header x eq admin;',
    args    => 'auth_jwt_require_claim x eq $of_args;',
    line    => q{auth_jwt_require_claim x eq 'json="admin\\\\n"';},
    absent  => 'auth_jwt_require_claim x eq "";',
    require => 'auth_jwt_require $jwt_claim_x;',
    mapped  => 'auth_jwt_require $is_admin error=403;',
    claims  => 'auth_jwt_require_claim x eq $jwt_claim_x;',
);

my $sources = 'token=$http_authorization token=$cookie_t token=$arg_t';

my $gateway = Hostile->start(
    http => q{
        map $jwt_claim_x $is_admin { "~admin" 1; default 0; }
        map $request_uri $of_args { default admin; }
    },
    locations => {
        (map { $_ => "auth_jwt_key_file all; $checks{$_}" } keys %checks),
        realm => "auth_jwt_key_file all; auth_jwt \$jwt_claim_x $sources;",
    });


# The claim x, and b in a, and the parameter x

sub with { (bearer_of($_[0]))[1] =~ s/\ABearer //r }

my @first = map { qq("\\u00${_}admin") } qw(00 09 0a 0d 7f);
my @last = map { qq("admin\\u00$_") } qw(00 09 0a 0d 7f);

# two of hidden are arrays with an element "admin", which is what "any" means

my @odd = grep { /admin/ && !/\["admin",/ } hidden();

push @odd, @first, @last, '"admin\u0000\u0000"', '"ad\u0000min"', '"admin\r\n"',
           "\"\x7fadmin\"", '["admin\u0000"]', '["admin\n"]', '"root\nadmin"',
           '"root\tadmin"', "\"root\xc2\xa0admin\"", '["root\u0000admin"]';

for my $where (qw(eq not_ne in any match deep header args)) {
    $gateway->check_at($where,
        [with('"admin"'), '200 ok', "$where: admin"],
        [with('"\u0061\u0064min"'), '200 ok', "$where: admin with escapes"],
        map { [with($_), '401 require_failed', "$where: " . name($_)] } @odd);
}


# Nobody knows whether "$" means the line feed, too

$gateway->check_at('unmatch',
    [with('"root"'), '200 ok', 'unmatch: root'],
    [with('"admin"'), '401 require_failed', 'unmatch: admin'],
    [with('"admin\n"'), '401 require_failed', 'unmatch: admin, line feed'],
    [with('"root\n"'), '401 require_failed', 'unmatch: root, line feed']);


# What asks for a control character gets that one

$gateway->check_at('line',
    [with('"admin\n"'), '200 ok', 'the line feed that is asked for'],
    [with('"admin\u000A"'), '200 ok', 'the same with an escape'],
    map { [with($_), '401 require_failed', 'line feed: ' . name($_)] }
        grep { !/\A"admin\\(?:n|u000a)"\z/i } @odd, '"admin"');


# A claim that is there is not an empty one, though its variable is

$gateway->check_at('absent',
    [with('""'), '200 ok', 'empty claim'],
    map { [with($_), '401 require_failed', 'not empty: ' . name($_)] }
        @first, @last, '"\u0000"', '"\n"', 'null', '[]');

$gateway->check_at('claims',
    [with('"admin"'), '200 ok', 'claim is its variable'],
    map { [with($_), '401 require_failed', 'no variable: ' . name($_)] }
        @first, @last, '"\u0000"', '"\n"');


# auth_jwt_require sees what variables show: nothing

my @hidden = grep { $_ !~ /\xa0/ } @odd;

$gateway->check_at('require',
    [with('"admin"'), '200 ok', 'require: admin'],
    map { [with($_), '401 require_failed', 'require: ' . name($_)] } @hidden);
$gateway->check_at('mapped',
    [with('"admin"'), '200 ok', 'map: admin'],
    map { [with($_), '403 require_failed', 'map: ' . name($_)] } @hidden);


# A realm is read before the check: "off" and more is not "off"

$gateway->check_at('realm',
    [with('"api"'), '200 ok', 'realm: api'],
    map { [forged(with($_)), '401 bad_signature', 'realm: ' . name($_)] }
        '""', '"off "', '" off"', '"OFF"', '"off\u0000"', '"off\n"',
        '"off\r\n"', '"\noff"', "\"off\x7f\"", '"off\u0000x"', '["off\u0000"]',
        '["off",""]', '{"off":1}', '"o\u0000ff"');

$gateway->finish;
