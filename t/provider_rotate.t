# A token with a key that is not known: the keys are fetched once, the request
# waits for that, and there is a pause before the next such fetch.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my @names = qw(one many other unknown same fails removed none start
               workers joined);
my %uri = map { $_ => $idp->http("/$_") } @names;
my %more = (none => 'cooldown 0;',
            map { $_ => 'refresh min=100ms max=100ms; cooldown 1h;' }
                qw(fails joined));


# The key of kid 1 is "rsa", that of kid 2 is "rsa2", and so on

my %key_of = (1 => 'rsa', 2 => 'rsa2', 3 => 'ec256');

sub publish {
    my ($name, @kids) = @_;

    $idp->set("/$name", body => jwks(map { [$key_of{$_}, kid => "$_"] } @kids));
}


sub provider {
    my ($name) = @_;

    my $more = $more{$name} // 'cooldown 1h;';

    return qq{
        auth_jwt_provider $name {
            issuer $uri{$name};
            audience api;
            jwks_uri $uri{$name};
            read_timeout 25s;
            wait_timeout 60s;
            $more
        }
    };
}


publish($_, 1) for @names;
publish('removed', 1, 2);
$idp->hold('/start');

my $all = join ' ', map { "provider=$_" } @names;

my $nginx = Nginx->start(
    workers => 2,
    http    => join('', map { provider($_) } @names),
    server  => qq{
        listen 127.0.0.1:%PORT2% reuseport;

        add_header X-Status \$jwt_status always;
        add_header X-Pid \$pid always;

        auth_jwt "api" $all;

        location / { proxy_pass http://%UPSTREAM%; }

        location /preaccess {
            auth_jwt_phase preaccess;
            proxy_pass http://%UPSTREAM%;
        }

        location /status { auth_jwt off; stub_status; }
    });


sub bearer_of {
    my ($name, $kid, $key) = @_;

    $key //= $key_of{$kid} // 'rsa';

    return bearer(token($key =~ /rsa/ ? 'RS256' : 'ES256',
                        { iss => $uri{$name}, aud => 'api',
                          exp => time + 600 }, kid => "$kid", key => $key));
}


sub verdict { $nginx->get('/', bearer_of(@_))->verdict }


sub begin {
    my ($name, $kid, $path) = @_;

    return $nginx->connect(2)->begin('GET', "/$path", [bearer_of($name, $kid)]);
}


# for the last tests

ok((wait_for { $idp->count('/fails') }), 'keys are fetched at start');
$idp->set('/fails', status => 500);

# one request

is(verdict('one', 1), '200 ok', 'first key');

publish('one', 2);

is(verdict('one', 1), '200 ok', 'known key is not fetched');
is($idp->count('/one'), 1, 'one fetch for first key');
is(verdict('one', 2), '200 ok', 'new key is fetched');
is($idp->count('/one'), 2, 'one fetch for new key');
is(verdict('one', 1), '401 unknown_key', 'old key is gone');
is($idp->count('/one'), 2, 'old key is not fetched again');

# many

my $before;

is(verdict('many', 1), '200 ok', 'first key of many');
publish('many', 1, 2);
$idp->hold('/many');
$before = $nginx->upstream_requests;

my @clients = map { begin('many', 2, $_ % 2 ? '' : 'preaccess') } 1 .. 30;

ok($nginx->under_way(30), 'all with new key wait');
is(verdict('many', 1), '200 ok', 'known key does not wait');
is($nginx->upstream_requests, $before + 1, 'waiting requests stay here');

# others do not wait for this one

publish('other', 2);
is(verdict('other', 2), '200 ok', 'other provider is fetched meanwhile');

$idp->release('/many');

my %pids;
my @results = map {
    my $answer = $_->response;
    $pids{$answer->header('X-Pid')} = 1;
    $answer->verdict;
} @clients;

is("@results", join(' ', ('200 ok') x 30), 'all with new key pass');
is(keys %pids, 2, 'requests of both workers');
is($idp->count('/many'), 2, 'one fetch for all');
is($clients[0]->get('/', bearer_of('many', 2))->verdict, '200 ok',
   'keepalive after waiting');

# a key that is nowhere

is(verdict('unknown', 2), '401 unknown_key', 'unknown key is refused');
is($idp->count('/unknown'), 2, 'unknown key is looked for');

$idp->hold('/unknown');

is(verdict('unknown', $_), '401 unknown_key', "unknown key $_ does not wait")
    for 2 .. 5;
is($idp->count('/unknown'), 2, 'no fetch in cooldown');
is(verdict('unknown', 1), '200 ok', 'known key works on');

# the same kid with another key

is(verdict('same', 1), '200 ok', 'key before it is replaced');
$idp->set('/same', body => jwks(['rsa2', kid => '1']));
is(verdict('same', 1, 'rsa2'), '200 ok', 'replaced key is fetched');
is($idp->count('/same'), 2, 'one fetch for replaced key');
is(verdict('same', 1, 'rsa'), '401 bad_signature', 'former key is refused');
is($idp->count('/same'), 2, 'bad signature does not fetch in cooldown');

# a key that is taken back

is(verdict('removed', 1), '200 ok', 'key before it is removed');
publish('removed', 2, 3);
is(verdict('removed', 3), '200 ok', 'key that was added');
is(verdict('removed', 2), '200 ok', 'key that stayed');
is(verdict('removed', 1), '401 unknown_key', 'key that was removed');

# without a pause: each request has one fetch, not more

$before = $nginx->upstream_requests;

is(verdict('none', 2), '401 unknown_key', "unknown key without cooldown $_")
    for 1 .. 3;
is($idp->count('/none'), 4, 'one fetch for each without cooldown');
is($nginx->upstream_requests, $before, 'unknown key stays here');

# what waited for the first keys may still ask for others

my $client = begin('start', 2, '');

ok($nginx->under_way(1), 'request waits for first keys');
publish('start', 1);
$idp->also('/start', body => jwks(['rsa2', kid => '2']));
$idp->release('/start');
is($client->response->verdict, '200 ok', 'first keys are not the last');
is($idp->count('/start'), 2, 'one fetch more');

# a fetch that began before there was that key is not the last, either

$idp->hold('/joined');
ok((wait_for { $idp->held('/joined') == 1 }), 'refresh is under way');

publish('joined', 1);
$idp->also('/joined', body => jwks(['rsa2', kid => '2']));
$client = begin('joined', 2, '');

ok($nginx->under_way(1), 'request waits for refresh');
$idp->release('/joined');
is($client->response->verdict, '200 ok', 'request waits for next fetch');

# what one worker fetched, all have; the text is as long as before

publish('workers', 2);
is(verdict('workers', 2), '200 ok', 'one worker has new key');

%pids = ();

for my $answer (map { $nginx->connect(2)->get('/', bearer_of('workers', 2)) }
                1 .. 20)
{
    $pids{$answer->header('X-Pid') . ' ' . $answer->verdict} = 1;
}

is(join(', ', sort map { s/\d+ //r } keys %pids), '200 ok, 200 ok',
   'both workers have new key');
is($idp->count('/workers'), 2, 'one fetch for both workers');

# a fetch that failed is one, too; by now, the next one is seconds away

ok((wait_for { $nginx->log_lines(qr/"fails": fetch .* failed/) >= 3 }),
   'failed fetch is tried again');

my $count = $idp->count('/fails');

is(verdict('fails', 2), '401 unknown_key', 'cooldown after failed fetch');
is(verdict('fails', 1), '200 ok', 'failed fetch keeps keys');
is($idp->count('/fails'), $count, 'no fetch after failed fetch');

done_testing;
