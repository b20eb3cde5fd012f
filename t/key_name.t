# auth_jwt_key_file with variables: what a client has a hand in opens no other
# file, fills neither memory nor the log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $secret = 'the secret of all that nobody may open';

my $nginx = Nginx->start(
    files => {
        'keys/corp.pem'   => pem('rsa'),
        'keys/other.pem'  => pem('ec256'),
        'keys/..x'        => 'secret of ..x that is long enough..',
        'keys/replaced'   => 'one secret of a tenant, long enough',
        'keys/sub/inside' => 'secret of inside that is long enough',
        outside           => $secret,
        map { ("keys/n$_" => "secret number $_ " . 'x' x 20) } 1 .. 140,
    },
    http => q{
        large_client_header_buffers 4 16k;
    },
    server => q{
        auth_jwt "api";
        add_header X-Status $jwt_status always;

        location /claim {
            auth_jwt_key_file keys/$jwt_claim_tenant.pem;
            proxy_pass http://%UPSTREAM%;
        }

        location /kid {
            auth_jwt_key_file keys/$jwt_header_kid.pem pem;
            proxy_pass http://%UPSTREAM%;
        }

        location /header {
            auth_jwt_key_file keys/$http_x_tenant secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /auto {
            auth_jwt_key_file keys/$http_x_tenant;
            proxy_pass http://%UPSTREAM%;
        }

        location /dot {
            auth_jwt_key_file keys/.$http_x_tenant secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /whole {
            auth_jwt_key_file $http_x_tenant secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /whole-claim {
            auth_jwt_key_file $jwt_claim_tenant;
            proxy_pass http://%UPSTREAM%;
        }

        location ~ "(?s)^/decoded/(.*)$" {
            auth_jwt_key_file keys/$1 secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /both {
            auth_jwt_key_file keys/$http_x_tenant secret;
            auth_jwt_key_file keys/corp.pem;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub verdict {
    my ($path, $token, @headers) = @_;

    my $answer = $nginx->get($path, Authorization => "Bearer $token", @headers);

    return $answer->status . ' ' . ($answer->header('X-Status') // '');
}

my $good = token('HS256', undef, key => $secret);


# The names that are meant

is(verdict('/claim', token('RS256', { tenant => 'corp' })), '200 ok',
   'file by claim');
is(verdict('/claim', token('ES256', { tenant => 'other' })), '200 ok',
   'another file by claim');
is(verdict('/claim', token('ES256', { tenant => 'corp' })), '401 unknown_key',
   "another tenant's key");
is(verdict('/kid', token('RS256', undef, kid => 'corp')), '200 ok',
   'file by kid');
is(verdict('/header', token('HS256', undef, key => "secret number 7 "
                                                   . 'x' x 20),
           'X-Tenant' => 'n7'), '200 ok', 'file by header');
is(verdict('/auto', token('HS256', undef, key => "secret number 7 "
                                                 . 'x' x 20),
           'X-Tenant' => 'n7'), '500 keys_unavailable',
   'same file, another format');
is(verdict('/whole', $good, 'X-Tenant' => $nginx->path('outside')), '200 ok',
   'absolute name');
is(verdict('/both', token('RS256'), 'X-Tenant' => 'n8'), '200 ok',
   'beside a plain name');


# No way out of the folder

my $refused = '401 key_name_refused';

for my $name ('..', '../outside', '../keys/n1', 'sub/..', 'sub/../n1', '/..',
              '/../outside', '../', 'sub/../../outside', './../outside',
              'sub//../n1')
{
    is(verdict('/header', $good, 'X-Tenant' => $name), $refused,
       "refused: keys/$name");
}

is(verdict('/dot', $good, 'X-Tenant' => './outside'), $refused,
   'refused: half of .. is in the configuration');
is(verdict('/whole', $good, 'X-Tenant' => '..'), $refused,
   'refused: .. alone');
is(verdict('/whole', $good, 'X-Tenant' => 'keys/../outside'), $refused,
   'refused: .. in a whole name');
is(verdict('/whole', $good, 'X-Tenant' => $nginx->path('keys/../outside')),
   $refused, 'refused: .. in an absolute name');
is(verdict('/kid', token('HS256', undef, key => $secret,
                         kid => '../outside')),
   $refused, 'refused: .. in kid');
is(verdict('/whole', $good), $refused, 'refused: empty name');
is(verdict('/whole-claim', $good), $refused, 'refused: no claim');
is(verdict('/whole-claim', token('HS256', qq({"tenant":"keys/n1\\u0000"}),
                                 key => $secret)),
   $refused, 'refused: NUL in claim');
is(verdict("/decoded/n1$_", $good), $refused, "refused: n1$_")
    for qw(%01 %0a %0d%0aX %1f %7f);
is(verdict('/both', token('RS256'), 'X-Tenant' => '..'), $refused,
   'refused beside a plain name');


# One file has one name: others would be read beside it, again and again

is(verdict('/header', $good, 'X-Tenant' => $_), $refused, "refused: keys/$_")
    for '', '.', './n1', 'sub//inside', 'sub/./inside', '/n1', 'n1/', 'sub/.';
is(verdict('/header', $good, 'X-Tenant' => 'x/' x 3000 . 'x'), $refused,
   'refused: longer than any path');

is($nginx->upstream_requests, 6, 'nothing of these reaches upstream');

is(verdict('/header', token('HS256', undef,
                            key => 'secret of ..x that is long enough..'),
           'X-Tenant' => '..x'), '200 ok', 'two dots in a name');
is(verdict('/header', token('HS256', undef,
                            key => 'secret of inside that is long enough'),
           'X-Tenant' => 'sub/inside'), '200 ok', 'folder in a name');


# Names without a file

is(verdict('/header', $good, 'X-Tenant' => $_), '500 keys_unavailable',
   'no such file: ' . substr $_, 0, 20)
    for 'nobody', 'n1/x', 'sub', '...', 'x' x 300, 'x/' x 1000 . 'x',
        "\x9b31m\"\\";

# a name that comes in turn to be logged

sub logged {
    my ($name, $regex) = @_;

    wait_for { verdict('/header', $good, 'X-Tenant' => $name);
               scalar $nginx->log_lines($regex) } 10;

    return ($nginx->log_lines($regex))[0] // '';
}

like(logged("odd\x9b31m\"\\", '/odd'), qr{keys/odd\?31m\?\\" cannot be used},
     'name in the log is printable');
unlike(logged('long' . '/x' x 1000, '/long'), qr{(?:/x){150}},
       'name in the log is short');


# Replaced and removed

my %by = map { $_ => token('HS256', undef, key => "$_ secret of a tenant,"
                                                 . ' long enough') }
         qw(one another);

sub replaced_gives {
    my ($token, $expected) = @_;

    return wait_for {
        verdict('/header', $token, 'X-Tenant' => 'replaced') eq $expected
    } 10;
}

ok(replaced_gives($by{one}, '200 ok'), 'first key works');
$nginx->write_file('keys/replaced', 'another secret of a tenant, long enough');
ok(replaced_gives($by{another}, '200 ok'), 'replaced key works');
ok(replaced_gives($by{one}, '401 bad_signature'), 'old key does not');
unlink $nginx->path('keys/replaced');
ok(replaced_gives($by{another}, '500 keys_unavailable'), 'removed: no key');


# More of them than a worker keeps

my $client = $nginx->connect;
my @wrong;

for my $n (1 .. 140, 1 .. 140, reverse 1 .. 140) {
    my $token = token('HS256', undef, key => "secret number $n " . 'x' x 20);
    my $status = $client->get('/header', Authorization => "Bearer $token",
                              'X-Tenant' => "n$n")->status;

    push @wrong, "$n $status" if $status != 200;
}

is("@wrong", '', 'over 128 files work');


# Invented names

sub rss {
    my ($pid) = $nginx->log =~ /start worker process (\d+)/;

    open my $file, '<', "/proc/$pid/status" or return 0;

    return (join('', <$file>) =~ /^VmRSS:\s*(\d+) kB/m)[0];
}

my $before = rss();
my %statuses;

for my $n (1 .. 3000) {
    $statuses{verdict('/header', $good, 'X-Tenant' => $n . '/x' x 2000)}++;
}

is_deeply(\%statuses, { '500 keys_unavailable' => 3000 },
          'invented names give 500');

SKIP: {
    skip 'nginx keeps what is freed here', 1 if $nginx->keeps_memory;

    cmp_ok(rss() - $before, '<', 6000, 'invented names are not kept');
}

my %count;

$count{(split)[1]}++ for $nginx->log_lines('cannot be used');

is_deeply([grep { $count{$_} > 1 } sort keys %count], [],
          'one line a second about all names');

done_testing;
