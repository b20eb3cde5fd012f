# A token of a new key meets a fetch that began before there was that key: when
# it has ended without the key, the request has one of its own.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my @names = qw(due asked nowhere);
my %uri = map { $_ => $idp->http("/$_") } @names;
my %more = (
    due     => 'refresh min=1s max=1s; cooldown 1h;',
    asked   => 'cooldown 0;',
    nowhere => 'cooldown 0;',
);


sub publish { $idp->set("/$_[0]", body => jwks(['rsa', kid => $_[1]])) }


publish($_, 'old') for @names;

my $all = join ' ', map { "provider=$_" } @names;

my $nginx = Nginx->start(
    http => join('', map { qq{
        auth_jwt_provider $_ {
            issuer $uri{$_};
            audience api;
            jwks_uri $uri{$_};
            read_timeout 25s;
            wait_timeout 1h;
            $more{$_}
        }
    } } @names),
    server => qq{
        auth_jwt "api" $all;
        add_header X-Status \$jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
        location /status { auth_jwt off; stub_status; }
    });


sub begin {
    my ($name, $kid) = @_;

    return $nginx->begin('/', bearer_from($uri{$name}, kid => $kid));
}


is(begin($_, 'old')->response->verdict, '200 ok', "first key: $_") for @names;

# a fetch that was due; the one after it has the key

$idp->hold('/due');

ok((wait_for { $idp->held('/due') }), 'fetch is due');

my $client = begin('due', 'new');

ok($nginx->under_way(1), 'request waits for fetch that was due');

$idp->also('/due', body => jwks(['rsa', kid => 'new']));
$idp->release('/due');

is($client->response->verdict, '200 ok', 'new key after fetch that was due');

# one that another request asked for

$idp->hold('/asked');

my $first = begin('asked', 'other');

ok((wait_for { $idp->held('/asked') }), 'fetch is asked for');

$client = begin('asked', 'new');

ok($nginx->under_way(2), 'request waits for fetch of another');

$idp->also('/asked', body => jwks(['rsa', kid => 'new']));
$idp->release('/asked');

is($client->response->verdict, '200 ok', 'new key after fetch of another');
is($first->response->verdict, '401 unknown_key', 'unknown key of the other');
is($idp->count('/asked'), 3, 'one fetch more');

# keys that are nowhere: those that have joined share a fetch of their own

$idp->hold('/nowhere');
$first = begin('nowhere', 'other');

ok((wait_for { $idp->held('/nowhere') }), 'unknown key is asked for');

my @clients = map { begin('nowhere', "another $_") } 1 .. 5;

ok($nginx->under_way(6), 'other unknown keys wait');
$idp->release('/nowhere');
is(join(', ', map { $_->response->verdict } $first, @clients),
   join(', ', ('401 unknown_key') x 6), 'unknown keys are refused');
is($idp->count('/nowhere'), 3, 'one fetch more for unknown keys');

done_testing;
