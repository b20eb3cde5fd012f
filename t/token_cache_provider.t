# auth_jwt_token_cache: a token of a provider is known as long as the provider
# has the keys that verified it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Select;
use Test::More;
use Nginx;
use Provider;
use Token;
use Verified;

my @old = (['rsa', kid => '1'], ['ec256', kid => '2']);
my @altered = (['rsa2', kid => '1'], ['ec256', kid => '2']);
my @removed = (['ec256', kid => '2']);

my $idp = Provider->start;
my @names = qw(rotated altered same down removed held file);

$idp->set("/$_", body => jwks(@old)) for @names;


sub provider {
    my ($name) = @_;

    my $uri = $idp->http("/$name");
    my $keys = $name eq 'file' ? 'jwks_file provider.json'
               : "jwks_uri $uri; refresh min=100ms max=100ms";
    my $stale = $name =~ /down|held/ ? 'stale 1s;' : '';

    return qq{
        auth_jwt_provider $name { issuer $uri; audience api; $keys; $stale }
    };
}


my $all = join ' ', map { "provider=$_" } @names;

my $nginx = Nginx->start(
    main   => VERIFIED,
    files  => { 'provider.json' => jwks(@old) },
    http   => join('', map { provider($_) } @names),
    server => qq{
        auth_jwt api $all;
        add_header X-Status "\$jwt_status \$jwt_provider" always;

        location / { proxy_pass http://%UPSTREAM%; }

        location /status { auth_jwt off; stub_status; }
        location /gif { empty_gif; }

        location /narrow {
            auth_jwt_algorithms ES256;
            proxy_pass http://%UPSTREAM%;
        }
    });


# Tokens whose key stays and whose key does not

my %tokens;

for my $name (@names) {
    my $claims = { sub => $name, aud => 'api', exp => time + 600,
                   iss => $idp->http("/$name") };

    $tokens{$name} = [token('RS256', $claims, kid => '1'),
                      token('ES256', $claims, kid => '2')];
}


sub result {
    my ($name, $answer) = @_;

    return $answer->status . ' ' . $answer->header('X-Status') =~ s/ $name$//r;
}


sub verdict {
    my ($name, $number, $path) = @_;

    return result($name, $nginx->get($path // '/',
                                     bearer($tokens{$name}[$number // 0])));
}


# Both tokens are asked for twice; what comes of it, and how often they were
# verified

sub known {
    my ($name) = @_;

    verified($nginx);
    my @verdicts = map { verdict($name, $_) } 0, 1, 0, 1;
    my $n = verified($nginx);

    return join ', ', @verdicts[0, 1],
                      $verdicts[2] eq $verdicts[0] ? () : $verdicts[2],
                      $verdicts[3] eq $verdicts[1] ? () : $verdicts[3], $n;
}


for my $name (@names) {
    is(known($name), '200 ok, 200 ok, 2', "first use: $name");
    is(known($name), '200 ok, 200 ok, 0', "known: $name");
}

# same bytes, one key more, the same keys less

my $count = $idp->count('/same');

ok((wait_for { $idp->count('/same') > $count + 2 }), 'same keys are fetched');
is(known('same'), '200 ok, 200 ok, 0', 'same bytes: still known');

$idp->set('/rotated', body => jwks(@old, ['ed25519', kid => '3']));
push @{$tokens{rotated}},
     token('EdDSA', { iss => $idp->http('/rotated'), aud => 'api',
                      exp => time + 600 }, kid => '3');

is(verdict('rotated', 2), '200 ok', 'key that is new');
is(known('rotated'), '200 ok, 200 ok, 2', 'keys that stay verify again');
is(known('rotated'), '200 ok, 200 ok, 0', 'known with new keys');

# keys that go

$idp->set('/altered', body => jwks(@altered));
$idp->set('/removed', body => jwks(@removed));
$idp->set('/down', status => 500);
$idp->hold('/held');

for (['altered', '401 bad_signature'], ['removed', '401 unknown_key'],
     ['down', '503 keys_unavailable'])
{
    my ($name, $expected) = @$_;

    ok((wait_for { verdict($name) eq $expected }), "known token: $name");
    is(verdict($name, 1), $name eq 'down' ? $expected : '200 ok',
       "other key: $name");
    is(verdict($name), $expected, "known token once more: $name");
}

like($nginx->get('/', bearer($tokens{down}[0]))->header('Retry-After'),
     qr/\A\d+\z/, 'known token may come back');
is(verdict('down', 0, '/narrow'), '401 algorithm_not_allowed',
   'algorithm comes before stale keys');

my $passed = $nginx->upstream_requests;

verdict($_) for qw(altered removed down);
is($nginx->upstream_requests, $passed, 'no token of dead keys passes');

$nginx->write_file('provider.json', jwks(@altered));
ok((wait_for { verdict('file') !~ /200/ }), 'file of a provider is replaced');
is(known('file'), '401 bad_signature, 200 ok, 3', 'altered in a file');

# a known token waits for keys as any other

my ($client, $waits);

wait_for {
    $client = $nginx->connect;
    $client->send("GET /gif HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                  . "Authorization: Bearer $tokens{held}[0]\r\n\r\n");

    # it is answered at once, until the keys are stale

    wait_for {
        $waits = $nginx->get('/status')->body =~ /Writing: 2/;
        $waits || IO::Select->new($client->{socket})->can_read(0);
    };

    $waits;
};

ok($waits, 'known token waits when keys are stale');
$idp->set('/held', body => jwks(@altered));
$idp->release('/held');
is(result('held', $client->response), '401 bad_signature',
   'known token is judged by the keys it waited for');

# the keys come back

$idp->set('/down', body => jwks(@old));
ok((wait_for { verdict('down') eq '200 ok' }), 'provider works again');

done_testing;
