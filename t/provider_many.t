# A hundred providers, and one with a thousand keys.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my @numbers = 1 .. 100;
my @key_names = qw(rsa rsa2 ec256 ec256b);
my %uri = map { $_ => $idp->http("/$_") } @numbers, 'large';


sub key_of { $key_names[$_[0] % @key_names] }


sub provider {
    my ($name) = @_;

    return qq{
        auth_jwt_provider p$name {
            issuer $uri{$name};
            audience api;
            jwks_uri $uri{$name};
            cooldown 1h;
        }
    };
}


$idp->set("/$_", body => jwks([key_of($_), kid => "kid $_"])) for @numbers;

my $keys = many_keys(1000, 'rsa') =~ s/"other 2"/"first"/r;

$idp->set('/large', body => $keys);

my $all = join ' ', map { "provider=p$_" } @numbers, 'large';

my $nginx = Nginx->start(
    workers => 2,
    http    => join('', map { provider($_) } @numbers, 'large'),
    server  => qq{
        auth_jwt "api" $all;
        add_header X-Status \$jwt_status always;
        add_header X-Provider \$jwt_provider always;

        location / { proxy_pass http://%UPSTREAM%; }
    });

my $client = $nginx->connect;


sub verdict {
    my ($issuer, $key, $kid) = @_;

    my $answer = $client->get('/', bearer(token(
        $key =~ /rsa/ ? 'RS256' : 'ES256',
        { iss => $issuer, aud => 'api', exp => time + 600 },
        key => $key, defined $kid ? (kid => $kid) : ())));

    return join ' ', $answer->status, $answer->header('X-Status'),
                     $answer->header('X-Provider') // ();
}


is(join(', ', map { verdict($uri{$_}, key_of($_), "kid $_") } @numbers),
   join(', ', map { "200 ok p$_" } @numbers), 'each provider has its keys');
is(join(', ', map { verdict($uri{$_}, key_of($_)) } @numbers),
   join(', ', map { "200 ok p$_" } @numbers), 'each provider without kid');

my $before = $nginx->upstream_requests;
my @others = grep { $_ % 10 == 0 } @numbers;

is(join(', ', map { verdict($uri{$_}, key_of($_ + 1), 'kid ' . ($_ + 1)) }
              @others),
   join(', ', map { "401 unknown_key p$_" } @others),
   'keys of another provider are refused');
is(join(', ', map { verdict("$uri{$_}0", key_of($_), "kid $_") } 20, 99),
   '401 unknown_issuer, 401 unknown_issuer', 'longer issuer is refused');
is($nginx->upstream_requests, $before, 'refused requests stay here');
is($idp->count, 101 + @others, 'one fetch for each, and for each unknown key');

# a thousand keys: the last one has no kid

my $large = $uri{large};

is(verdict($large, 'ec256b', 'first'), '200 ok plarge', 'first of thousand');
is(verdict($large, 'ec256b', "other $_"), '200 ok plarge', "key $_ of thousand")
    for 3, 500, 1000;
is(verdict($large, 'rsa'), '200 ok plarge', 'last of thousand');
is(verdict($large, 'ec256', 'other 500'), '401 bad_signature plarge',
   'another key under that kid');
is(verdict($large, 'ec256b', 'other 1001'), '401 unknown_key plarge',
   'key that is not there');
is($idp->count('/large'), 2, 'one fetch and one more');
is(length($keys) > 100_000, 1, 'many keys are large');

is($nginx->log_lines(qr/\[(warn|error)\] .*provider "p\d/), 0, 'no complaints');

done_testing;
