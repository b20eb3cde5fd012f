# docs/examples/key-rotation.conf, and the steps of docs/guides/examples.md:
# the new keys join, then the old ones go.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Nginx qw(wait_for);
use Peers;
use Token;

my $nginx = Example->start('key-rotation');

my %files = Example->files;
my $claims = { sub => 'alice', exp => time + 3600 };

my (%old, %new);

for my $peer (peers()) {
    $old{"$peer RS256"} = peer_token($peer, 'RS256', $claims, kid => 'rsa-1');
    $old{"$peer ES256"} = peer_token($peer, 'ES256', $claims, kid => 'ec-1');
    $new{"$peer RS256"} = peer_token($peer, 'RS256', $claims, kid => 'rsa-2',
                                     key => 'rsa2');
    $new{"$peer ES256"} = peer_token($peer, 'ES256', $claims, kid => 'ec-2',
                                     key => 'ec256b');
}

my @old_keys = @{JSON::PP->new->decode($files{'jwt/keys.json'})->{keys}};

# without "alg", so that the directive is what refuses other algorithms

my @new_keys = (jwk('rsa2', kid => 'rsa-2'),
                jwk('ec256b', kid => 'ec-2', alg => 'ES256'));

are(200, 'at first', %old);
are(401, 'not yet published', %new);

replace(@old_keys, @new_keys);
comes(200, (values %new)[0]);

for my $peer (peers()) {
    my $token = peer_token($peer, 'PS256', $claims, kid => 'rsa-2',
                           key => 'rsa2');

    is(status($token), 401, "$peer: PS256 is not among the algorithms");
}

are(200, 'both published', %old, map { ("$_, new" => $new{$_}) } keys %new);

replace(@new_keys);
comes(401, (values %old)[0]);

are(200, 'at last', %new);
are(401, 'withdrawn', %old);

is($nginx->log_lines(qr/start worker process /), 1, 'nothing is restarted');


sub replace {
    $nginx->write_file('jwt/keys.json', json({ keys => \@_ }));
}


# within a second, and some more for a busy machine

sub comes {
    my ($status, $token) = @_;

    ok((wait_for { status($token) == $status } 10),
       "$status comes after a replacement");
}


sub are {
    my ($status, $when, %tokens) = @_;

    for my $name (sort keys %tokens) {
        is(status($tokens{$name}), $status, "$name, $when: $status");
    }
}


sub status {
    my ($token) = @_;

    return $nginx->get('/', Authorization => "Bearer $token")->status;
}


done_testing;
