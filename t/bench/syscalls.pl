#!/usr/bin/perl
#
# syscalls.pl
#
# Counts the system calls of a worker for a request, by strace, with protection
# and without: the same request headers, one connection, so many requests.  What
# nginx does once a second, with a key file or without, is printed for the time
# that this took.
#
# And what the pool of a request asks malloc() for, by nginx's debug log: the
# blocks that it is made of, and what is too large for a block, each by itself.
# What the module takes out of a block is not logged.

use strict;
use warnings;

use File::Temp;
use FindBin;
use List::Util qw(sum);
use Time::HiRes qw(time);

use lib $FindBin::Bin, "$FindBin::Bin/../lib";

use Nginx;
use Requests;
use Setting;
use Token;
use Tokens;
use Worker;

use constant REQUESTS => 2000;
use constant FRESH => 300;

alarm 600;
$| = 1;

my $dir = File::Temp->newdir('ngx-http-jwt-bench-XXXXXX', TMPDIR => 1);
my $upstream = Worker->start(cpu => 1, setting(
    upstream => 9, servers => { app => 'return 200 "good\n";' }))->port('app');

my %nginx = (
    bare => Worker->start(cpu => 0, module => 0, setting(
        upstream => $upstream,
        servers => { page => '', proxy => proxy(%CONSTANTS),
                     refuse => 'return 401;' })),
    module => Worker->start(cpu => 0, module => 1, setting(
        upstream => $upstream,
        servers => { page => AUTH, claims => AUTH . proxy(%CLAIMS) })),
);

my @usual = (request(usual('RS256'))) x REQUESTS;
my @expired = map { request($_) } fresh('RS256', FRESH, exp => time - 3600);
my @fresh = map { request($_) } fresh('RS256', FRESH);
my %counted;

printf "%-30s %8s  %s\n", 'system calls a request', 'figure', 'more, in all';

for (['bare static file', 'bare', 'page', 200, \@usual],
     ['hit RS256', 'module', 'page', 200, \@usual, 'bare static file'],
     ['first RS256', 'module', 'page', 200, \@fresh, 'bare static file'],
     ['bare proxy, three constants', 'bare', 'proxy', 200, \@usual],
     ['proxy hit, three claims', 'module', 'claims', 200, \@usual,
      'bare proxy, three constants'],
     ['own 401', 'bare', 'refuse', 401, \@expired],
     ['expired RS256', 'module', 'page', 401, \@expired, 'own 401'])
{
    my ($name, $nginx, $server, $status, $requests, $base) = @$_;

    $counted{$name} = count($nginx{$nginx}, $server, $status, @$requests);
    line($name, $base);
}

printf "\n%-30s %s\n", 'pool of a request', 'bytes of each malloc()';

for my $module (0, 1) {
    for my $name ('hit', 'first') {
        printf "%-30s %s\n", $module ? $name : "bare, $name",
                             join ' ', allocations($module, $name);
    }
}


sub line {
    my ($name, $base) = @_;

    my $counted = $counted{$name};
    my %calls = %{$counted->{calls}};
    my $more = '';

    if ($base) {
        my $theirs = $counted{$base}{calls};
        my $part = $counted->{requests} / $counted{$base}{requests};

        my %more = %calls;

        $more{$_} -= $part * $theirs->{$_} for keys %$theirs;

        $more = join ', ', map { sprintf '%s %+.0f', $_, $more{$_} }
                           grep { abs $more{$_} >= 1 } sort keys %more;
        $more = sprintf '%s in %.1f s', $more || 'none', $counted->{time};
    }

    my $text = sprintf '%-30s %8.3f  %s', $name,
                       sum(values %calls) / $counted->{requests}, $more;

    print $text =~ s/ +\z//r, "\n";
}


# The connection is begun, and the token of a hit is known, before the count.

sub count {
    my ($worker, $server, $status, @requests) = @_;

    my $line = Requests->new($worker->port($server));

    my $warm = $status == 200 ? request(usual('RS256')) : $requests[0];

    $line->get($warm, $status) for 1 .. 10;

    my $pid = trace($worker->pid);
    my $start = time;

    $line->get($_, $status) for @requests;

    my $time = time - $start;

    kill INT => $pid;
    waitpid $pid, 0;

    my %calls = reverse Worker::slurp("$dir/calls")
                        =~ /^ +\S+ +(\d+) (\w+)$/mg;

    # the end of strace interrupts epoll_wait(), which nginx logs

    delete @calls{qw(total gettid write)};

    return { calls => \%calls, requests => scalar @requests, time => $time };
}


sub trace {
    my ($worker) = @_;

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDERR, '>', "$dir/strace";
        exec 'strace', '-c', '-U', 'time-percent,calls,name', '-o',
             "$dir/calls", '-p', $worker or die "strace: $!";
    }

    wait_for { Worker::slurp("/proc/$worker/status") =~ /^TracerPid:\s*$pid$/m }
        or die 'strace: ' . Worker::slurp("$dir/strace");

    return $pid;
}


sub allocations {
    my ($module, $name) = @_;

    my %args = setting(upstream => 9,
                       servers => { page => $module ? AUTH : '' },
                       http => 'error_log %DIR%/debug.log debug;');
    my $nginx = Nginx->start(%args{qw(files http)});
    my $line = Requests->new($nginx->port($args{ports}{page}));
    my ($known, $new) = map { request($_) } fresh('RS256', 2);

    $line->get($known, 200) for 1 .. 3;

    my $before = length $nginx->read_file('debug.log');

    $line->get($name eq 'hit' ? $known : $new, 200);

    my $log = substr $nginx->read_file('debug.log'), $before;

    return $log =~ / (?:malloc|posix_memalign): \w+:(\d+)/g;
}
