# state=: files that are not used, each with one warning that says why.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use File::Temp;
use Nginx;
use POSIX qw(mkfifo);
use Provider;
use Token;

my $idp = Provider->start;
my $dir = File::Temp->newdir;
my $uri = $idp->http('/jwks');
my $now = time;
my $keys = json(jwks(['rsa', kid => 'rsa']));
my $len = length $uri;

# a file as nginx writes it, but for the name, which is set below

my $good = qq({
 "source": "auth_jwt_provider NAME $len:$uri $len:$uri 0: 0:",
 "fetched": $now,
 "etag": "",
 "uri": "",
 "keys": $keys
});

my $no = 'it is not a file of keys';
my $others = 'others can write it';
my $another = 'its keys are of another provider';
my $old = 'its keys are too old';


sub changed {
    my ($from, $to) = @_;

    $good =~ /$from/ or die "no $from";

    return $good =~ s/$from/$to/r;
}


my %refused = (
    other_name   => [$another, changed(qr/NAME/, '6:others')],
    other_issuer => [$another, changed(qr/http/, 'https')],
    other_uri    => [$another, changed(qr/jwks 0/, 'jwkt 0')],
    no_verify    => [$another, $good],
    old          => [$old, changed(qr/$now/, $now - 86400)],
    short_stale  => [$old, changed(qr/$now/, $now - 3600)],
    first_time   => [$old, changed(qr/$now/, 0)],
    least_time   => [$no, changed(qr/$now/, '-9223372036854775808')],
    no_number    => [$no, changed(qr/$now/, "\"$now\"")],
    garbage      => [$no, "\0\1\2\3"],
    empty        => [$no, ''],
    truncated    => [$no, substr $good, 0, length($good) - 10],
    list         => [$no, "[$good]"],
    number       => [$no, '1'],
    twice        => [$no, changed(qr/\n\}/, ",\n \"keys\": \"{}\"\n}")],
    no_source    => [$no, changed(qr/"source"/, '"sources"')],
    no_time      => [$no, changed(qr/"fetched"/, '"time"')],
    no_keys      => [$no, changed(qr/"keys"/, '"key"')],
    no_text      => [$no, changed(qr/"keys": .*/, '"keys": {"keys": []}')],
    no_set       => ['.*', changed(qr/"keys": .*/, '"keys": "{}"')],
    half_set     => ['.*', changed(qr/\\"kty.*/, '"')],
    large        => [$no, $good . ' ' x 5_000_000],
    directory    => [$no, sub { mkdir $_[0] }],
    fifo         => [$no, sub { mkfifo $_[0], 0600 }],
    symlink      => [undef, sub { symlink "$dir/used", $_[0] }],
    missing_link => [undef, sub { symlink "$dir/none", $_[0] }],
    group        => [$others, $good, 0660],
    others       => [$others, $good, 0602],
    others_read  => [$others, $good, 0646],
    owner        => [$others, $good],
);

my %more = (no_verify => 'ssl_verify off;',
            short_stale => 'refresh max=1h; stale 1h;');

my %used = (used => 0600, readable => 0644);


sub prepare {
    my ($name, $text, $mode) = @_;

    return $text->("$dir/$name") if ref $text;

    open my $file, '>:raw', "$dir/$name" or die $!;
    print $file $text =~ s/NAME/length($name) . ":$name"/er;
    close $file or die $!;
    chmod $mode // 0600, "$dir/$name";
}


prepare($_, @{$refused{$_}}[1, 2]) for keys %refused;
prepare($_, $good, $used{$_}) for keys %used;

# only root can give files away

if ($> == 0) {
    chown 1, 1, "$dir/owner" or die $!;

} else {
    delete $refused{owner};
}

my (@blocks, @locations);

for my $name (sort keys %refused, sort keys %used) {
    my $more = $more{$name} // '';

    push @blocks, qq{
        auth_jwt_provider $name state=$dir/$name {
            issuer $uri;
            audience api;
            jwks_uri $uri;
            $more
        }
    };

    push @locations, qq{
        location = /$name {
            auth_jwt "api" provider=$name;
            proxy_pass http://%UPSTREAM%;
        }
    };
}

$idp->down;

my $nginx = Nginx->start(
    http   => join('', @blocks),
    server => join('', 'add_header X-Status $jwt_status always;', @locations));

my $token = token('RS256', { iss => $uri, aud => 'api', exp => time + 600 },
                  kid => 'rsa');


sub verdict {
    my $answer = $nginx->get("/$_[0]", bearer($token));

    return $answer->status . ' ' . $answer->header('X-Status');
}


is(verdict($_), '200 ok', "used: $_") for sort keys %used;

for my $name (sort keys %refused) {
    my ($why) = @{$refused{$name}};

    is(verdict($name), '503 keys_unavailable', "refused: $name");

    my @lines = $nginx->log_lines(qr/\[warn\] .*"\Q$dir\E\/$name"/);
    my $expected = $why ? qr/"\Q$dir\E\/$name" is not used: $why\z/
                        : qr/open\(\) "\Q$dir\E\/$name" failed/;

    is(@lines, 1, "one warning: $name");
    like($lines[0], $expected, "warning says why: $name");
}

is($nginx->upstream_requests, keys %used, 'refused requests stay here');

done_testing;
