# What nginx -t says of single directives in a provider's block.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;

# nginx -t ends at the first line that is wrong

sub refused {
    my ($what, $message, $text) = @_;

    my $said = Nginx->complaints(http => "auth_jwt_provider a { $text }\n",
                                 server => '');

    is($said, "1\n[emerg] $message in FILE", "refused: $what");
}


# how many words each has, and that it is there once

my %good = (
    issuer => 'corp', audience => 'b', jwks_uri => 'https://127.0.0.1/',
    jwks_file => 'key', metadata_uri => 'https://127.0.0.1/',
    algorithms => 'RS256', token_type => 'JWT', require_exp => 'on',
    max_age => '1h', leeway => '1s', refresh => 'min=1s', cooldown => '1s',
    stale => '1d', connect_timeout => '1s', read_timeout => '1s',
    wait_timeout => '1s', trusted_certificate => 'ca.pem', ssl_verify => 'on',
);

my %many = (map({ $_ => 1 } keys %good),
            map({ $_ => 2 } qw(issuer jwks_uri metadata_uri refresh)),
            map({ $_ => undef } qw(audience algorithms token_type)));

for my $name (sort keys %good) {
    my $value = $good{$name};
    my $number = qq{"$name" directive has an invalid number of arguments};

    refused("$name twice", qq{"$name" directive is duplicate},
            "$name $value; $name $value;");
    refused("$name alone", $number, "$name;");
    refused("$name with more", $number,
            $name . " $value" x ($many{$name} + 1) . ';')
        if defined $many{$name};
}

refused(substr($_->[0], 0, 50), $_->[1], $_->[0])
    for ['nothing;', 'unknown directive "nothing" in a provider'],
        ['Issuer corp;', 'unknown directive "Issuer" in a provider'],
        ['auth_jwt a;', 'unknown directive "auth_jwt" in a provider'],
        ['include;', 'unknown directive "include" in a provider'],
        ['location / { }', 'unexpected "{"'],
        ['issuer https://a/{tid};', 'unexpected "{"'],

        map({ my $name = $_;
              map({ ["$name $_;", qq{"$name" directive has an invalid value}] }
                  "''", '"a\tb"', 'x' x 2049),
              ["$name corp insecure;",
               qq{invalid parameter "insecure" in "$name" directive}]
            } qw(issuer jwks_uri metadata_uri)),
        map({ my $name = $_;
              map { ["$name $_;", qq{"$name" directive has an invalid value}] }
                  "''", '"a\tb"' } qw(jwks_file trusted_certificate)),
        map({ ["$_ a '' b;", qq{"$_" directive has an empty value}] }
            qw(audience token_type)),
        map({ my $name = $_;
              map { ["$name $_;", qq{"$name" directive invalid value}] }
                  '-1', 'x', "''", '1y1y' } qw(max_age leeway cooldown stale
                                               connect_timeout read_timeout
                                               wait_timeout)),
        map({ ["$_ yes;", qq{invalid value "yes" in "$_" directive, it must be}
                          . ' "on" or "off"'] } qw(require_exp ssl_verify)),
        map({ ["algorithms RS256 $_;",
               qq{unknown algorithm "$_" in "algorithms" directive}] }
            qw(none rs256 RSA-OAEP)),
        map({ ["refresh $_;", '"refresh" directive has an invalid value'] }
            qw(min= min=0 min=x max=0 max=-1), 'min=1s max='),
        map({ ["refresh $_;",
               qq{invalid parameter "$_" in "refresh" directive}] }
            qw(off 1h Min=1s min)),
        ['refresh min=1s min=2s;', '"refresh" directive is duplicate'];

done_testing;
