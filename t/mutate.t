# One good token of each algorithm, cut at every byte and with a bit of every
# character turned, and bytes at random: never accepted, and nobody dies.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my @keys = qw(rsa ec256 ec384 ec521 ec256k ed25519);

my $nginx = Nginx->start(
    files  => { keys => jwks(@keys, SECRET) },
    server => q{
        client_header_buffer_size 8k;
        keepalive_requests 1000000;

        location / {
            auth_jwt "api";
            auth_jwt_key_file keys;
            add_header X-Pid $pid always;
            empty_gif;
        }
    });

my $client = $nginx->connect;
my %pids;


# Pipelined: so many requests, their statuses

sub statuses {
    my (@tokens) = @_;

    my @statuses;

    while (my @some = splice @tokens, 0, 50) {
        $client->send(join '', map { "GET / HTTP/1.1\r\nHost: a\r\n"
                                     . "Authorization: Bearer $_\r\n\r\n" }
                                   @some);

        for (@some) {
            my $answer = $client->response or die "no answer to $_";

            $pids{$answer->header('X-Pid') // ''} = 1;
            push @statuses, $answer->status;
        }
    }

    return @statuses;
}


sub refused {
    my ($what, @tokens) = @_;

    my @statuses = statuses(@tokens);
    my @accepted = grep { $statuses[$_] != 401 } 0 .. $#tokens;

    is("@accepted[0 .. ($#accepted > 9 ? 9 : $#accepted)]", '', $what);
}


# A bit of a character is turned so that it stays a character of the alphabet

my $alphabet = join '', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-_';

sub turned {
    my ($token, $i) = @_;

    my $c = substr $token, $i, 1;

    substr $token, $i, 1,
           $c eq '.' ? 'A'
                     : substr $alphabet,
                              index($alphabet, $c) ^ (1 << $i % 6), 1;
    return $token;
}


for my $alg (qw(HS256 HS384 HS512 RS256 PS256 ES256 ES384 ES512 ES256K EdDSA))
{
    my $token = token($alg, { sub => 'a' });

    is(join(',', statuses($token)), 200, "$alg: as it is");
    refused("$alg: cut", map { substr $token, 0, $_ } 1 .. length($token) - 1);
    refused("$alg: cut in front", map { substr $token, $_ }
                                      1 .. length($token) - 1);
    refused("$alg: a bit turned", map { turned($token, $_) }
                                      0 .. length($token) - 1);
    refused("$alg: another case", map { my $t = $token;
                                        substr($t, $_, 1) ^= ' '; $t }
                                      grep { substr($token, $_, 1) =~ /[a-z]/i }
                                           0 .. length($token) - 1);
    is(join(',', statuses($token)), 200, "$alg: as it is, afterwards");
}


# The same bytes each time, without the libc's generator

my $state = 1;

sub random {
    my ($n) = @_;

    $state = ($state * 1103515245 + 12345) & 0x7fffffff;

    return ($state >> 8) % $n;
}

sub bytes { join '', map { chr random(256) } 1 .. random($_[0]) + 1 }

# what nginx itself lets through a header line, but for blanks at the ends

sub visible { map { "A$_" . 'A' } map { tr/\0\r\n/AAA/r } @_ }

my @good = map { [split /\./, token($_, { sub => 'a' })] } qw(HS256 ES256);

refused('bytes', visible(map { bytes(200) } 1 .. 1000));
refused('letters', map { join '', map { substr "$alphabet...", random(67), 1 }
                                      1 .. random(100) + 1 } 1 .. 1000);
refused('bytes in base64url', map { join '.', map { b64u(bytes(60)) } 1 .. 3 }
                                  1 .. 1000);
refused('bytes as header', map { join '.', b64u(bytes(60)), @{$good[0]}[1, 2] }
                               1 .. 500);
refused('bytes as payload',
        map { my $signed = $good[0][0] . '.' . b64u(bytes(60));
              "$signed." . b64u(hmac(256, SECRET)->($signed)) } 1 .. 500);
refused('bytes as signature',
        map { my $bytes = join '', map { chr random(256) } 1 .. 64;
              join '.', @{$good[1]}[0, 1], b64u($bytes) } 1 .. 500);

# bytes of a good JSON text exchanged, under a good signature: 200 or 401

my $json = '{"sub":"a","exp":99999999999,"x":[1,{"y":null,"z":"\u00fc"}]}';
my %statuses;

$statuses{$_}++ for statuses(map {
    my $text = $json;
    substr($text, random(length $text), 1) = chr random(256) for 0 .. random(3);
    raw_token('{"alg":"HS256"}', $text, hmac(256, SECRET));
} 1 .. 1000);

is(join(',', sort keys %statuses), '200,401', 'payloads with other bytes');
is_deeply([keys %pids], [(keys %pids)[0]], 'worker lives');

done_testing;
