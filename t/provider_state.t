# state=: keys on disk, with which nginx starts while the provider is down.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use File::Temp;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $dir = File::Temp->newdir;
my $path = "$dir/keys.state";
my $uri = $idp->http('/jwks');
my $server = q{
    auth_jwt "api" provider=corp;
    add_header X-Status $jwt_status always;

    location / { proxy_pass http://%UPSTREAM%; }
};


# No pause for keys that are asked for, and no refresh by time

sub start {
    my (%args) = @_;

    my $state = $args{state} // $path;
    my $more = $args{more} // '';

    return Nginx->start(workers => $args{workers}, server => $server,
                        http => qq{
        auth_jwt_provider corp state=$state {
            issuer $uri;
            audience api;
            jwks_uri $uri;
            cooldown 0;
            $more
        }
    });
}


sub verdict {
    my ($nginx, $key) = @_;

    my $answer = $nginx->get('/', bearer(token(
        'RS256', { iss => $uri, aud => 'api', exp => time + 600 },
        kid => $key, key => $key)));

    return $answer->status . ' ' . $answer->header('X-Status');
}


sub publish {
    my ($key, @more) = @_;

    $idp->set('/jwks', body => jwks([$key, kid => $key]), @more);
}


sub text {
    my ($name) = @_;

    open my $file, '<', $name // $path or return '';
    local $/;

    return <$file>;
}


# Whether it has these keys, as text of JSON in a string of JSON

sub has { text() =~ /"keys": "\{.*\\"kid\\": *\\"$_[0]\\"/ }


sub stops { is($_[0]->stop, 0, "$_[1] stops") }


# written

umask 0;
publish('rsa', etag => '"1"');

my $nginx = start(workers => 2);

ok((wait_for { has('rsa') }), 'file is written');
is(sprintf('%o', (stat $path)[2] & 07777), '600', 'nobody else reads file');
is(verdict($nginx, 'rsa'), '200 ok', 'keys work');

# replaced: the old one stays as it was for who has it open

my $first = text();
my $inode = (stat $path)[1];

open my $old, '<', $path or die $!;
publish('rsa2', etag => '"2"');

is(verdict($nginx, 'rsa2'), '200 ok', 'other keys work');
ok((wait_for { has('rsa2') }), 'file has other keys');
isnt((stat $path)[1], $inode, 'file is another one');
is(join('', <$old>), $first, 'old file is left as it was');
is_deeply([glob "$dir/*"], [$path], 'nothing is left beside');
stops($nginx, 'first nginx');

# a start without the provider

$idp->down;
$idp->forget;
$nginx = start(workers => 2);

is(verdict($nginx, 'rsa2'), '200 ok', 'first request of a cold start');
is(verdict($nginx, 'rsa'), '401 unknown_key', 'they are the keys of the file');
ok($nginx->log_comes(qr/\[error\] .* provider "corp": fetch of/),
   'provider is asked all the same');
is($nginx->log_lines(qr/\[warn\] .*keys\.state/), 0, 'good file is no warning');

ok($nginx->reload, 'reload');
is(verdict($nginx, 'rsa2'), '200 ok', 'keys of file survive reload');
stops($nginx, 'cold nginx');

# with the provider: it has the ETag of the file

my $fetched = (text() =~ /"fetched": (\d+)/)[0];

$idp->up;
$idp->hold('/jwks');
$nginx = start();

is(verdict($nginx, 'rsa2'), '200 ok', 'keys of file do not wait');
ok((wait_for { $idp->held('/jwks') }), 'keys of file are refreshed');
like($idp->last('/jwks'), qr/^If-None-Match: "2"\r$/m, 'ETag of file is sent');

$inode = (stat $path)[1];
$idp->release('/jwks');

ok((wait_for { (stat $path)[1] != $inode }), '304 is kept, too');
ok(has('rsa2'), '304 keeps keys');
cmp_ok((text() =~ /"fetched": (\d+)/)[0], '>=', $fetched, '304 has a time');
stops($nginx, 'warm nginx');

# keys of the file are as old as they are

$idp->down;

my $then = time - 3598;

write_state(text() =~ s/"fetched": \d+/"fetched": $then/r);
$nginx = start(more => 'refresh max=1h; stale 1h;');
ok((wait_for { verdict($nginx, 'rsa2') eq '503 keys_unavailable' }),
   'keys of file become stale');
stops($nginx, 'nginx with old file');
unlink $path;


sub write_state {
    open my $file, '>', $path or die $!;
    print $file @_;
    close $file or die $!;
    chmod 0600, $path;
}


# where it cannot be written

$idp->up;
publish('rsa');
write_state('not a folder');
mkdir "$dir/folder" or die $!;

my %cannot = (
    "$dir/none/keys" => qr/open\(\) "\Q$dir\E\/none\/keys/,
    "$path/keys"     => qr/open\(\) "\Q$path\E\/keys/,
    "$dir/folder"    => qr/rename\(\) .* to "\Q$dir\E\/folder" failed/,
);

for my $state (sort keys %cannot) {
    my $name = $state =~ s/\Q$dir\E//r;

    $nginx = start(state => $state);

    ok((wait_for { verdict($nginx, 'rsa') eq '200 ok' }), "keys work: $name");
    ok($nginx->log_comes(qr/\[crit\] .*$cannot{$state}/), "why not: $name");
    stops($nginx, "nginx without file: $name");
}

is_deeply([sort glob "$dir/*"], ["$dir/folder", $path],
          'nothing is left of that');

# a link is replaced, not what it leads to

rename $path, "$dir/target" or die $!;
symlink "$dir/target", $path or die $!;

$nginx = start();

ok((wait_for { !-l $path }), 'link is replaced');
ok(has('rsa'), 'file instead of link');
is(text("$dir/target"), 'not a folder', 'target of link is left alone');
stops($nginx, 'nginx with link');

done_testing;
