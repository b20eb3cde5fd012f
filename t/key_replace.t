# Key files that are replaced, broken and mended while nginx runs: each worker
# sees it within a second, without a reload.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use POSIX qw(mkfifo);
use Test::More;
use Nginx;
use Token;

my @names = qw(renamed inplace stealth linked/key removed created truncated
               mixed directory fifo empty huge);

my $first = 'the first secret of thirty-two bytes';
my $second = 'the other secret of as many in bytes';

my %start = map { $_ => $first }
            qw(renamed inplace stealth a/key removed directory fifo empty);

my $nginx = Nginx->start(
    workers => 2,
    files   => { %start, 'b/key' => $second, mixed => jwks('rsa'),
                 truncated => jwks('rsa'), huge => $first },
    http    => q{
        server {
            listen 127.0.0.1:%PORT% reuseport;
            auth_jwt "api";
            add_header X-Pid $pid always;
            add_header X-Status $jwt_status always;
            LOCATIONS
        }
    } =~ s{LOCATIONS}{join '', map { location($_) } @names}er);


sub location {
    my ($name) = @_;

    my $format = $name =~ /truncated|mixed/ ? 'auto' : 'secret';

    return "location /$name { auth_jwt_key_file $name $format;
                              proxy_pass http://%UPSTREAM%; }\n";
}


# a volume of kubernetes: the name stays, the link above it changes

sub link_to {
    symlink $_[0], $nginx->path('linked.new') or die "symlink: $!";
    rename $nginx->path('linked.new'), $nginx->path('linked') or die $!;
}

link_to('a');

my %token = (first => token('HS256', undef, key => $first),
             second => token('HS256', undef, key => $second),
             rsa => token('RS256'), rsa2 => token('RS256', undef,
                                                  key => 'rsa2'));


# Waits until both workers give this answer; returns the last answer of each.

sub verdicts {
    my ($name, $key, $expected) = @_;

    my %last;

    wait_for {
        my $answer = $nginx->get("/$name",
                                 Authorization => "Bearer $token{$key}");

        $last{$answer->header('X-Pid')} =
            $answer->status . ' ' . $answer->header('X-Status');

        2 == grep { $_ eq $expected } values %last;
    } 10;

    return join ', ', sort values %last;
}


sub expect {
    my ($name, $key, $expected, $what) = @_;

    is(verdicts($name, $key, $expected), "$expected, $expected", $what);
}


sub in_place {
    my ($name, $text) = @_;

    open my $file, '>:raw', $nginx->path($name) or die "$name: $!";
    print $file $text;
    close $file;
}


# one file gets the times of another

sub touch {
    my ($name, $from) = @_;

    0 == system 'touch', '-r', map { $nginx->path($_) } $from, $name
        or die "touch $name: $?";
}


sub replace_by {
    my ($name, $make) = @_;

    unlink $nginx->path($name) or die "$name: $!";
    $make->($nginx->path($name)) or die "$name: $!";
}


expect($_, 'first', '200 ok', "$_ has its first key")
    for qw(renamed inplace stealth linked/key removed);
expect('created', 'first', '500 keys_unavailable', 'missing file at start');


# All at once, for each costs up to a second

in_place(times => '');
touch(times => 'stealth');

$nginx->write_file(renamed => $second);
in_place(inplace => $second);
in_place(stealth => $second);
touch(stealth => 'times');
link_to('b');
replace_by(removed => sub { 1 });
$nginx->write_file(created => $first);
$nginx->write_file(truncated => substr jwks('rsa'), 0, 200);
$nginx->write_file(mixed => jwks(['ec256', use => 'enc'], 'rsa2',
                                 ['', kid => 'none']));
replace_by(directory => sub { mkdir $_[0] });
replace_by(fifo => sub { mkfifo($_[0], 0600) });
in_place(empty => '');
$nginx->write_file(huge => 'x' x (1024 * 1024 + 1));

for my $name (qw(renamed inplace stealth linked/key)) {
    expect($name, 'second', '200 ok', "$name has the new key");
    expect($name, 'first', '401 bad_signature', "$name lost the old key");
}

expect('created', 'first', '200 ok', 'created file works');
expect('mixed', 'rsa2', '200 ok', 'new key among bad ones');
expect('mixed', 'rsa', '401 bad_signature', 'old key is gone');

my @broken = qw(removed truncated directory fifo empty huge);

expect($_, 'first', '500 keys_unavailable', "unusable: $_") for @broken;


# However many requests, one line a second of one worker about one file

wait_for {
    $nginx->get("/$_", Authorization => "Bearer $token{first}") for @broken;
    4 <= scalar $nginx->log_lines('/truncated" cannot be used');
};

my %count;

for ($nginx->log_lines('cannot be used')) {
    my ($time, $pid, $file) =
        m{\A(\S+ \S+) \[error\] (\d+)#.*"\S*/(\S+)"} or next;

    $count{"$time $pid $file"}++;
}

is_deeply([grep { $count{$_} > 1 } sort keys %count], [],
          'one line a second at most');
cmp_ok(scalar(grep { /truncated/ } keys %count), '>=', 4,
       'broken file stays in the log');

my $kind = quotemeta 'it is no regular file, empty or over 1048576 bytes';

my %reason = (
    removed   => 'open\(\) failed \(2: No such file or directory\)',
    truncated => 'it is not valid JSON',
    map { $_ => $kind } qw(directory fifo empty huge),
);

ok(scalar $nginx->log_lines(qq(/$_" cannot be used: $reason{$_})),
   "reason is logged: $_") for sort keys %reason;

is(scalar $nginx->log_lines('\[warn\] .* key 0 of key file "\S+/mixed"'), 0,
   'encryption key skipped quietly');
is(scalar $nginx->log_lines('key 2 with kid "none" .* secret is empty'), 2,
   'bad key is logged once a load');


# Mended: nothing was restarted

rmdir $nginx->path('directory');
$nginx->write_file($_ => $first) for grep { !/truncated/ } @broken;
$nginx->write_file(truncated => jwks('rsa'));

expect($_, 'first', '200 ok', "mended: $_") for grep { !/truncated/ } @broken;
expect('truncated', 'rsa', '200 ok', 'mended: truncated');

is(scalar $nginx->log_lines('start worker process \d'), 2, 'no new worker');
is(scalar $nginx->log_lines('signal process started|reconfiguring'), 0,
   'no reload');


# A file that is missing stops nobody

is(Nginx->complaints(server => 'auth_jwt_key_file nothing;'),
   "0\n" . '[warn] key file "'
   . 'DIR/nothing" cannot be used: open() failed (2: No such file or'
   . ' directory)', 'nginx -t warns and succeeds');

done_testing;
