# Where the keys are is believed for an hour, then asked for again; keys that
# are found in the same place are asked for with their ETag, and 304 keeps them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Clock;
use Nginx;
use Provider;
use Token;
use Verified;

my $idp = Provider->start;
my $issuer = $idp->issuer;
my $metadata = '/.well-known/openid-configuration';

publish('/jwks', '1', etag => '"1"', max_age => 1800);

my $nginx = Nginx->start(Clock->before,
    main => VERIFIED,
    http => qq{
        auth_jwt_provider corp {
            issuer $issuer;
            audience api;
            refresh min=1s max=3h;
            stale 3h;
        }
    },
    server => q{
        auth_jwt "api" provider=corp;
        add_header X-Status $jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
    });

my $clock = Clock->of($nginx);


sub publish {
    my ($path, $kid, @more) = @_;

    $idp->set($path, body => jwks(['rsa', kid => $kid]), @more);
}


sub verdict { $nginx->get('/', bearer_from($issuer, kid => $_[0]))->verdict }


# The answers that a fetch brings, up to that for these keys; each with what was
# in its If-None-Match.

my $known = 0;

sub fetched {
    my ($path) = @_;

    my @answers;

    wait_for {
        @answers = $nginx->read_file('debug.log')
                   =~ m{ jwt provider "corp": "http://[^/]+(\S+)" (\d+)$}mg;
        splice @answers, 0, $known;

        return grep { $_ eq $path } @answers;
    };

    $known += @answers;

    my @sent = map { /^If-None-Match: (.*)\r$/m ? $1 : '-' } $idp->requests;

    $idp->forget;

    return join ', ', map { "$answers[2 * $_] $sent[$_] $answers[2 * $_ + 1]" }
                      0 .. $#sent;
}


# the first fetch, and one within the hour

is(fetched('/jwks'), "$metadata - 200, /jwks - 200", 'keys are found');
is(verdict('1'), '200 ok', 'keys work');

publish('/jwks', '1', etag => '"1"', max_age => 7200);
$clock->forward(1801);
is(fetched('/jwks'), '/jwks "1" 304', 'keys are where they were');

# 304 had another age: nothing is due before its two hours

publish('/jwks', '1', etag => '"1"', max_age => 1800);
$clock->forward(3000);
$clock->forward(4201);
is(fetched('/jwks'), "$metadata - 200, /jwks \"1\" 304",
   'keys are found again, unchanged');

# with that both are known to be current: keys that came three hours ago, and
# their place

publish('/jwks', '1', etag => '"1"', max_age => 7200);
$clock->forward(1801);
is(verdict('1'), '200 ok', '304 keeps keys from being stale');
is(fetched('/jwks'), '/jwks "1" 304', 'place is believed for another hour');

# another place with other keys, which have the same ETag by chance

$idp->metadata(jwks_uri => $idp->http('/moved'));
publish('/moved', '2', etag => '"1"', max_age => 1800);
$clock->forward(7201);
is(fetched('/moved'), "$metadata - 200, /moved - 200",
   'ETag stays with its place');
is(verdict('2'), '200 ok', 'keys of the other place');
is(verdict('1'), '401 unknown_key', 'keys of the first place are gone');
is(fetched('/moved'), '/moved "1" 304', 'other place is asked for them');

$clock->forward(1801);
is(fetched('/moved'), '/moved "1" 304', 'other place is believed');
is($nginx->log_lines(qr/\[(?:warn|error)\]/), 0, 'nothing has failed');

done_testing;
