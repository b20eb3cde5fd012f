# auth_jwt_token_cache: a signature is verified once, however often its token
# comes, and never for a token that is only almost the same.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Http2;
use Nginx;
use Token;
use Verified;

my @keys = ('rsa', 'ec256', 'ed25519', SECRET);

my %config = (
    main  => VERIFIED,
    files => { 'keys.json' => jwks(@keys) },
    http  => q{
        auth_jwt_key_file keys.json;

        server {
            listen 127.0.0.1:%PORT2% http2;
            auth_jwt "api";
            location / { proxy_pass http://%UPSTREAM%; }
        }
    },
    server => q{
        auth_jwt "api";
        add_header X-Status $jwt_status always;
        add_header X-Pid $pid always;
        large_client_header_buffers 4 16k;

        location / { proxy_pass http://%UPSTREAM%; }
        location /inner/ { proxy_pass http://%UPSTREAM%; }

        location /cookie {
            auth_jwt "api" token=$cookie_token token=$http_authorization;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $nginx = Nginx->start(%config);
my %token = map { $_ => token($_, { sub => 'alice', exp => time + 3600 },
                              header => { typ => 'JWT' }) }
            qw(HS256 RS256 PS256 ES256 EdDSA);


# The statuses of so many requests, each once

sub statuses {
    my ($n, $ask) = @_;

    my %seen;
    $seen{$ask->($_)}++ for 1 .. $n;

    return join ', ', map { "$seen{$_} x $_" } sort keys %seen;
}


sub ask { $nginx->get('/', bearer($_[0]))->status }


for my $alg (sort keys %token) {
    my $bearer = "Bearer $token{$alg}";
    my $client = $nginx->connect;
    my $h2 = Http2->new($nginx->connect(2));

    is(statuses(50, sub { ask($token{$alg}) }), '50 x 200', "$alg passes");
    is(verified($nginx), 1, "$alg is verified once");

    is(statuses(50, sub { $client->get('/', Authorization => $bearer)
                                 ->status }),
       '50 x 200', "$alg passes on one connection");
    is(verified($nginx), 0, "$alg is known on one connection");

    my @streams = $h2->send_all(map { ['/', authorization => $bearer] }
                                1 .. 50);

    is(statuses(50, sub { ($h2->answer($streams[$_[0] - 1]))[0] }),
       '50 x 200', "$alg passes by HTTP/2");
    is(verified($nginx), 0, "$alg is known by HTTP/2");

    $_->close for $client, $h2;
}

# wherever it stands

my $good = $token{RS256};

is($nginx->get('/', Authorization => "$_$good")->status, 200, "scheme \"$_\"")
    for 'bearer ', 'BEARER   ';
is($nginx->get('/inner/a', bearer($good))->status, 200, 'inherited keys');
is($nginx->get('/cookie', Cookie => "token=$good")->status, 200, 'cookie');
is($nginx->get('/cookie', bearer($good))->status, 200, 'second source');
is(verified($nginx), 0, 'same token is known in all places');

# one connection, one token after the other

my $client = $nginx->connect;
my @subs;

for my $number (1 .. 20) {
    my $name = 'user' . $number % 4;
    my $token = $token{$name} //= token('HS256', { sub => $name });
    my $answer = $client->get('/', bearer($token));

    push @subs, $answer->body =~ /^Authorization: Bearer \Q$token\E\r$/m;
}

$client->close;
is(@subs, 20, 'each token passes on one connection');
is(verified($nginx), 4, 'each token is verified once');

# nothing of refused tokens

my $expired = expired('RS256');

for my $refused (forged($good), $expired,
                 token('HS256', undef, key => 'another secret'))
{
    is(statuses(5, sub { ask($refused) }), '5 x 401', 'refused each time');
    is(verified($nginx), 5, 'refused token is verified each time');
}

# any other byte, also where the end is the same

my $short = token('HS256', { sub => 'a', id => 'aAzZ09-_' });

is(ask($short), 200, 'short token passes');

my $tail = substr $short, -16;
my @others = ("$short$tail", "A$short", "$short=", $short . 'A', "$short.",
              substr($short, 1), substr($short, 0, -1), ".$short",
              substr($short, -20), $tail,
              substr($short, 0, -16) . 'A' x 16,
              map({ $short =~ s/\./$_./r } '=', '==', '%3D', ' ', '.', 'A'));

for my $i (0 .. length($short) - 1) {
    my $c = substr $short, $i, 1;
    my %other = map { $_ => 1 } 'A', 'B', '.', '=', '+', '/', lc $c, uc $c,
                                chr(ord($c) ^ 1);

    delete $other{$c};

    for (sort keys %other) {
        my $other = $short;
        substr $other, $i, 1, $_;
        push @others, $other;
    }
}

my $passed = $nginx->upstream_requests;
my @statuses;

$client = $nginx->connect;

for my $i (0 .. $#others) {

    # nginx closes a connection after so many

    $client = $nginx->connect if $i % 900 == 899;
    push @statuses, $client->get('/', bearer($others[$i]))->status;
}

cmp_ok(scalar @statuses, '>', 500, 'there are many other tokens');
is(join(' ', grep { !/401|400/ } @statuses), '',
   'no other spelling is accepted');
is($nginx->upstream_requests, $passed, 'no other spelling goes upstream');

verified($nginx);

is(ask($short), 200, 'token itself passes after all of them');
is(verified($nginx), 0, 'token itself is still known');

# other keys: once again

$nginx->write_file('keys.json', jwks(@keys, 'a secret that is new here'));

my $new = token('HS256', undef, key => 'a secret that is new here');

ok((wait_for { ask($new) == 200 }), 'keys are changed');
verified($nginx);

is(statuses(50, sub { ask($good) }), '50 x 200', 'passes with changed keys');
is(verified($nginx), 1, 'verified once again with changed keys');

# two workers, each for itself

my $two = Nginx->start(%config, workers => 2,
                       http => $config{http}
                               =~ s{http2;}{reuseport;
                                            add_header X-Pid \$pid;}r);
my (%pids, %two);

wait_for {
    my $answer = $two->connect(2)->get('/', bearer($good));
    $two{$answer->status}++;
    $pids{$answer->header('X-Pid')}++;
    keys %pids == 2;
} or fail('both workers answer');

is(join(' ', keys %two), 200, 'passes in both workers');
is(verified($two), 2, 'each worker verifies once');

# without

my $off = Nginx->start(%config,
                       http => "auth_jwt_token_cache off; $config{http}");

is(statuses(5, sub { $off->get('/', bearer($good))->status }), '5 x 200',
   'passes without cache');
is(verified($off), 5, 'verified each time without cache');

done_testing;
