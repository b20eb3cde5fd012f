# Keys are fetched again in the background, as often as the provider says it,
# within the limits of "refresh".

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start(path => '/found');
my $often = 'refresh min=100ms max=150ms';

my %refresh = (
    age       => 'refresh min=100ms max=1h',
    cut       => $often,
    no_store  => 'refresh min=100ms max=1h',
    no_cache  => 'refresh min=100ms max=1h',
    nothing   => $often,
    min       => 'refresh min=1h max=2h',
    min_store => 'refresh min=1h max=2h',
    max       => 'refresh min=100ms max=1h',
    max_age   => 'refresh min=100ms max=1h',
    etag      => $often,
    long_etag => $often,
    misuse    => $often,
    unasked   => $often,
    changed   => $often,
    held      => $often,
);

my @names = sort keys %refresh;
my %uri = map { $_ => $idp->http("/$_") } @names;
my $all = join ' ', map { "provider=$_" } @names;
my $found = $idp->issuer;


sub provider {
    my ($name) = @_;

    return qq{
        auth_jwt_provider $name {
            issuer $uri{$name};
            audience api;
            jwks_uri $uri{$name};
            read_timeout 25s;
            cooldown 1h;
            $refresh{$name};
        }
    };
}


sub publish {
    my ($name, $key, @more) = @_;

    $idp->set("/$name", body => jwks([$key, kid => $key]), @more);
}


sub says { (headers => ['Cache-Control' => $_[0]]) }


my $long = '"' . 'x' x 255 . '"';

publish('age', 'rsa', max_age => 1);
publish('cut', 'rsa', max_age => 100_000);
publish('no_store', 'rsa', says('public, no-store'));
publish('no_cache', 'rsa', says('max-age=3600, no-cache'));
publish('min', 'rsa', max_age => 1);
publish('min_store', 'rsa', says('no-store'));
publish('max_age', 'rsa', max_age => 3000);
publish('etag', 'rsa', etag => '"1"');
publish('long_etag', 'rsa', etag => $long);
publish('misuse', 'rsa', etag => 'W/"1"');
publish($_, 'rsa') for qw(nothing max unasked changed held);

my $nginx = Nginx->start(
    workers => 2,
    http    => join('', map { provider($_) } @names) . qq{
        auth_jwt_provider found { issuer $found; audience api; $often; }
    },
    server  => qq{
        auth_jwt "api" provider=found $all;
        add_header X-Status \$jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
    });


sub verdict {
    my ($name, $key) = @_;

    my $token = token('RS256', { iss => $uri{$name} // $found, aud => 'api',
                                 exp => time + 600 },
                      kid => $key, key => $key);
    my $answer = $nginx->get('/', bearer($token));

    return $answer->status . ' ' . $answer->header('X-Status');
}


# Whether there are so many requests more

sub grows {
    my ($path, $number) = @_;

    my $count = $idp->count($path) + $number;

    return wait_for { $idp->count($path) >= $count };
}


# If-None-Match of all requests, or "-"

sub asked_for {
    my ($path) = @_;

    return map { /^If-None-Match: (.*)\r$/m ? $1 : '-' } $idp->requests($path);
}


# nobody asks for anything

ok((wait_for { $idp->count("/$_") >= 2 }), "refresh comes: $_")
    for qw(age cut no_store no_cache nothing);

is($idp->count("/$_"), 1, "refresh waits: $_")
    for qw(min min_store max max_age);

is($nginx->upstream_requests, 0, 'nobody has asked');

# a refresh that takes its time, and others that do not

$idp->hold('/held');
ok((wait_for { $idp->held('/held') == 1 }), 'refresh is held');
is(verdict('held', 'rsa'), '200 ok', 'request does not wait for refresh');
ok(grows('/cut', 3), 'others are refreshed meanwhile');
is($idp->held('/held'), 1, 'one worker refreshes');

publish('held', 'rsa2');
$idp->release('/held');
ok((wait_for { verdict('held', 'rsa2') eq '200 ok' }), 'slow refresh arrives');

# other keys; after this request nobody can ask for a fetch

is(verdict('changed', 'rsa2'), '401 unknown_key', 'key before it is there');
publish('changed', 'rsa2');
ok((wait_for { verdict('changed', 'rsa2') eq '200 ok' }), 'new key arrives');
is(verdict('changed', 'rsa'), '401 unknown_key', 'old key is gone');

# ETag

ok((wait_for { $idp->count('/etag') >= 3 }), 'refresh with ETag');
is(join(' ', (asked_for('/etag'))[0 .. 2]), '- "1" "1"', 'ETag is sent');
is(verdict('etag', 'rsa'), '200 ok', '304 keeps keys');

publish('etag', 'rsa2', etag => '"2"');
ok((wait_for { $idp->last('/etag') =~ /^If-None-Match: "2"\r$/m }),
   'other ETag is sent');
is(verdict('etag', 'rsa2'), '200 ok', 'other ETag has other keys');

publish('etag', 'rsa');
ok((wait_for { (asked_for('/etag'))[-1] eq '-' }), 'ETag is forgotten');
is(verdict('etag', 'rsa'), '200 ok', 'keys without ETag');

ok((wait_for { $idp->count('/long_etag') >= 3 }), 'refresh with long ETag');
is(join(' ', (asked_for('/long_etag'))[0 .. 2]), '- - -',
   'ETag that is too long is not sent');

# 304 that should not be

my $other = jwks(['rsa2', kid => 'rsa2']);

$idp->set('/misuse', send => ["HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\n"
                              . 'Content-Length: ' . length($other)
                              . "\r\n\r\n$other"]);
ok(grows('/misuse', 2), '304 with a body is a 304');
is(verdict('misuse', 'rsa'), '200 ok', 'keys before 304 with a body');
is(verdict('misuse', 'rsa2'), '401 unknown_key', 'body of 304 is not used');
is($nginx->log_lines(qr/"misuse"/), 0, '304 with a body is no failure');

is($nginx->log_lines(qr/\[(error|warn)\]/), 0, 'no line for good answers');

$idp->set('/unasked', send => ["HTTP/1.1 304 Not Modified\r\n\r\n"]);
ok($nginx->log_comes(qr/\[error\] .* provider "unasked": fetch of .* failed: /),
   '304 that was not asked for fails');
is(verdict('unasked', 'rsa'), '200 ok', 'keys before that 304');

# discovery is done once, and again if the keys are not there any more

ok((wait_for { $idp->count('/found/jwks') >= 4 }), 'refresh of found keys');
is($idp->count('/found/.well-known/openid-configuration'), 1,
   'one discovery for all');

$idp->remove('/found/jwks');
publish('moved', 'rsa2');
$idp->metadata(jwks_uri => $idp->http('/moved'));

ok((wait_for { verdict('found', 'rsa2') eq '200 ok' }), 'keys that moved');
is($idp->count('/found/.well-known/openid-configuration'), 2,
   'one discovery more');

done_testing;
