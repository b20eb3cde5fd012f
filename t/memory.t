# Neither memory nor file descriptors are lost: by requests that are refused,
# by key files that are read again and again, by reloads.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use POSIX qw(mkfifo);
use Test::More;
use Nginx;
use Token;

my $bad = json({ keys => [jwk('rsa', kid => 'good'), { kty => 'oct' }, {},
                          jwk('ec256', crv => 'P-384'), { kty => 'RSA' },
                          jwk('ed25519', alg => 'RS256'), 7, []] });

my @texts = (jwks('rsa', 'ec256', 'ed25519', SECRET), $bad, pem('rsa'),
             pem('ec256') . pem('rsa') . "-----BEGIN PUBLIC KEY-----\nAAAA\n"
             . "-----END PUBLIC KEY-----\n",
             json({ a => pem('rsa'), b => 'x', c => pem('ed25519') }),
             '{"keys":[', '{"keys":[]}', 'text', '',
             Token::private('ed25519')->export_key_pem('private'));

my $nginx = Nginx->start(
    files => {
        all  => jwks('rsa', 'ec256', 'ed25519', SECRET),
        many => jwks(map { ['rsa', kid => "key $_"] } 1 .. 100),
        map { ("keys/$_" => $texts[$_ % @texts]) } 1 .. 300,
    },
    server => q{
        large_client_header_buffers 4 64k;
        keepalive_requests 1000000;
        auth_jwt "api";

        location / {
            auth_jwt_key_file all;
            empty_gif;
        }

        location /many {
            auth_jwt_key_file many;
            auth_jwt_key 'a secret that is longer than its hash';
            empty_gif;
        }

        location /keys {
            auth_jwt_key_file keys/$http_x_name;
            auth_jwt_key_file all;
            empty_gif;
        }
    });

mkdir $nginx->path("keys/$_") or die $! for 301 .. 305;
mkfifo($nginx->path("keys/$_"), 0600) or die $! for 306 .. 310;

my $client = $nginx->connect;
my $worker;

wait_for { ($worker) = $nginx->log =~ /start worker process (\d+)/ };


sub rss {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/status" or die "$pid: $!";

    return (join('', <$file>) =~ /^VmRSS:\s*(\d+) kB/m)[0];
}

sub descriptors { scalar(() = glob "/proc/$_[0]/fd/*") }


# some rounds to settle down, and more rounds

sub stable {
    my ($what, $pid, $before, $more, $round) = @_;

    $round->() for 1 .. $before;

    my ($descriptors, $rss) = (descriptors($pid), rss($pid));

    $round->() for 1 .. $more;

    # the master has those of a worker until that is gone

    ok((wait_for { descriptors($pid) <= $descriptors } 10),
       "no more file descriptors: $what");

    SKIP: {
        skip 'nginx keeps what is freed here', 1 if $nginx->keeps_memory;
        cmp_ok(rss($pid) - $rss, '<', 1024, "no more memory: $what");
    }
}


my $good = token('RS256');
my ($header, $payload, $signature) = split /\./, $good;

my @refused = (
    'a', 'a.b.c', "$header.$payload.", forged($good), expired('ES256'),
    "$header.$signature.$payload", "$good.", token('HS512', '[]'),
    token('HS256', '{"exp":"1"}'), token('HS256', undef, key => 'another'),
    token('EdDSA', '{"a":1,"a":2}'), 'A' x 20000, 'A.' x 10000,
    raw_token('{"alg":"none"}', '{}', ''),
    raw_token('{"alg":"HS256","crit":[]}', '{}', ''),
    raw_token('{"alg":"RS256","kid":"' . 'x' x 10000 . '"}', '{}', 'a'),
);

stable('refused tokens', $worker, 2, 3, sub {
    $client->get('/', Authorization => "Bearer $_") for (@refused) x 60;
});

stable('accepted tokens', $worker, 2, 3, sub {
    $client->get('/', Authorization => "Bearer $good") for 1 .. 500;
});

# more good files than a worker keeps, so that each is read each time

my %statuses;

stable('key files', $worker, 2, 3, sub {
    for (1 .. 315) {
        my $answer = $nginx->get('/keys', 'X-Name' => $_,
                                 Authorization => "Bearer $good");
        $statuses{$answer->status}++;
    }
});

is_deeply(\%statuses, { 200 => 5 * 150, 500 => 5 * 165 },
          'all kinds of key files were read');

# what the last key of a file is tells whether that was read again

my $replaced = 0;

stable('replaced files', $worker, 1, 2, sub {
    my $secret = 'the secret of round ' . ++$replaced . ' ' . 'x' x 20;
    my $token = token('HS256', undef, key => $secret);

    $nginx->write_file("keys/big$_", jwks(('rsa') x 100, $secret)) for 1 .. 6;

    for my $name (map { "big$_" } 1 .. 6) {
        wait_for { $nginx->get('/keys', 'X-Name' => $name,
                               Authorization => "Bearer $token")->status
                   == 200 }
            or fail("$name is not read again");
    }
});

stable('reloads', $nginx->pid, 2, 3, sub { $nginx->reload for 1 .. 3 });

done_testing;
