#!/usr/bin/perl
#
# providers.pl [SECONDS]
#
# Keys never break a request, under load: nginx with two workers, a provider
# with https that is discovered, and clients as fast as they get answers.
#
# Part 1, 60 seconds or as many as it is told (all times below in proportion):
#
#   10 rotations    the new key is published and used at once by all clients,
#                   so that nginx meets a kid that it does not know in the
#                   middle of the traffic; tokens of the key before are used
#                   on, until a second before the next rotation takes it away
#   10 reloads      some the moment before, some the moment after a rotation,
#                   one while the provider is down
#   20 s            in which the provider refuses connections: no rotation in
#                   this time, as nobody could know a new key
#   1 kill -9       of the worker that fetches a new key, while it does so
#
# It fails if any response is other than 200, if a request got no response
# but by the kill (what counts as what: Line.pm), if access.log, which has all
# that nginx began to read, has anything else than 200, and if the provider saw
# more fetches than allowed:
#
#   keys            1 at the start, 1 each 0.9 * max of "refresh", 1 each
#                   rotation, 1 for the fetch that died with its worker
#   discoveries     1 at the start, 1 after the provider was down
#
# Part 2: good requests at a fixed rate, first alone, then beside a flood of
# 100,000 tokens, each with another kid that does not exist.  It fails if a
# good one gets other than 200, if one of the flood gets other than 401 or has
# another $jwt_status than "unknown_key", and if there is more than one fetch
# in each cooldown.  The times are only reported; they are counted from when a
# request should have been sent, so that one that waits for the one before is
# not flattered, and the clients share the processors with nginx.

use strict;
use warnings;

use Crypt::PK::RSA;
use FindBin;
use POSIX qw(floor);
use Time::HiRes qw(time sleep);

use lib $FindBin::Bin, "$FindBin::Bin/../lib";

use Crowd;
use Figures;
use Line;
use Nginx;
use Provider;
use Token;

$| = 1;

my $seconds = $ARGV[0] // 60;

die "usage: providers.pl [SECONDS], from 30 to 150\n"
    if $seconds !~ /\A\d+\z/ || $seconds < 30 || $seconds > 150;

my $unit = $seconds / 60;

use constant CLIENTS => 24;
use constant ROTATIONS => 10;

use constant GOOD_CLIENTS => 4;
use constant GOOD_RATE => 200;       # a second, of all of them
use constant FLOOD_CLIENTS => 4;
use constant FLOOD => 100_000;
use constant FLOOD_TIME => 60;       # seconds at most
use constant PIPELINE => 20;

my $config = {
    workers => 2,
    allow   => qr/exited on signal 9/,
    files   => { page => "good\n" },
    server  => q{
        location = /page {
            auth_jwt "load" provider=corp;
            keepalive_requests 1000000;
            add_header X-Worker $pid always;
            root %DIR%;
        }
    },
};

my $idp = Provider->start(tls => 'good');
my @keys = map { Crypt::PK::RSA->new->generate_key(256) } 0 .. ROTATIONS;

part1();
part2();

exit verdict();


sub part1 {
    my ($refresh, $cooldown) = (10 * $unit, 2 * $unit);

    publish(0);

    my @requests = map { request(key_token($_)) } 0 .. ROTATIONS;
    my $nginx = start_nginx($refresh, $cooldown);
    my $start = time;

    my $crowd = Crowd->start(CLIENTS, '0 0 0',
                             sub { load($nginx, \@requests, @_) });

    my $act = play($nginx, $crowd, $start);
    my @results = $crowd->stop;
    my $time = time - $start;

    my %sum = sum(@results);
    my ($slowest) = sort { $b <=> $a } map { $_->{slowest} } @results;
    my $good = $sum{200} // 0;
    my %others = others(200, \%sum);

    my $keys = $idp->count('/jwks');
    my $discoveries = $idp->count - $keys;
    my $allowed = 1 + floor($time / (0.9 * $refresh)) + ROTATIONS + 1;

    show('part 1', sprintf '%.1f s, %d connections, 2 workers, refresh max='
                           . '%g s, cooldown %g s', $time, CLIENTS, $refresh,
                           $cooldown);
    show('rotations', ROTATIONS);
    check('fetched for a new kid', $act->{found}, $act->{found} == ROTATIONS);

    my $gone = $nginx->log_lines(qr/gracefully shutting down/);
    my $kills = $nginx->log_lines(qr/exited on signal 9/);

    check('reloads', "10, $gone workers replaced", $gone == 2 * 10);
    show('provider down', sprintf '%.1f s', $act->{down});
    check('workers killed', $kills, $kills == 1);

    check('responses', sprintf('%d, %.0f a second', $good, $good / $time),
          $good > 0);
    check('other responses', text(%others), !%others);

    my $seen = statuses($nginx);
    my %logged = others('200 ok', $seen);

    check('others in access.log', text(%logged), !%logged);
    check('no response, or half', $sum{broken}, !$sum{broken});
    check('died with the worker', $sum{killed}, $sum{killed} <= CLIENTS);
    show('crossed a shutdown', "$sum{again}, sent again");
    show('closed between requests', $sum{between});
    show('slowest response', sprintf '%.0f ms', 1000 * $slowest);

    check('fetches of keys', "$keys, allowed $allowed", $keys <= $allowed);
    check('discoveries', "$discoveries, allowed 2", $discoveries <= 2);

    stop_nginx($nginx);
    tell_why($nginx, @results) if %others || %logged || $sum{broken};
}


# One client: any token that is good.  What it is told: the oldest key that is
# used, the newest, and the process id of a worker that is killed.

sub load {
    my ($nginx, $requests, $number, $told) = @_;

    my $killed = sub { (split / /, $told->())[2] || 0 };
    my $line = Line->new($nginx->port, $killed);
    my %result = (slowest => 0, why => [], status => {});

    srand $number;

    while (1) {
        my $text = $told->();
        last if $text eq 'stop';

        my ($oldest, $newest) = split / /, $text;
        my $key = rand 2 < 1 ? $oldest : $newest;
        my $start = time;
        my $status = $line->get($requests->[$key]);
        my $took = time - $start;

        $result{status}{$status}++ if $status ne 'broken';
        $result{slowest} = $took if $took > $result{slowest};

        push @{$result{why}}, { sent => $start, text => sprintf
                                '%s for key %d of %d .. %d, took %.0f ms',
                                $status, $key, $oldest, $newest, 1000 * $took }
            if $status ne '200' && @{$result{why}} < 3;
    }

    return { %result, count => $line->{count} };
}


# What happens in which second of 60.

sub play {
    my ($nginx, $crowd, $start) = @_;

    my %act = (found => 0, down => 0);
    my ($newest, $before, $killed) = (0, 0, 0);

    my $tell = sub { $crowd->tell("$_[0] $newest $killed") };
    my $reload = sub { kill HUP => $nginx->pid };

    # from now on the key before the newest may go

    my $retire = sub { $tell->($newest) };

    my $rotate = sub {
        $before = $idp->count('/jwks');
        publish($newest, $newest + 1);
        $newest++;
        $tell->($newest - 1);
    };

    my $look = sub { $act{found}++ if $idp->count('/jwks') > $before };

    # the worker that fetches the new key

    my $kill = sub {
        $idp->hold('/jwks');
        $rotate->();
        wait_for { $idp->held('/jwks') } or die 'no fetch to be lost';

        $killed = fetcher($nginx);
        $tell->($newest - 1);
        kill KILL => $killed;

        $idp->release('/jwks');
    };

    my $down = sub { $act{down} -= time; $idp->down };
    my $up = sub { $act{down} += time; $idp->up };

    my %rotate = map { $_ => [$rotate] } 4, 7, 10, 13, 39, 42.5, 46, 49, 52, 55;

    unshift @{$rotate{$_}}, $reload for 7, 39;
    push @{$rotate{$_}}, $reload for 4, 42.5, 49;
    $rotate{46} = [$kill];

    my @acts = map { ([$_ - 1, $retire], [$_, @{$rotate{$_}}], [$_ + 1, $look])
                   } keys %rotate;

    push @acts, map { [$_, $reload] } 2, 11.5, 25, 52.5, 57;
    push @acts, [15, $down], [35, $up];

    for my $act (sort { $a->[0] <=> $b->[0] } @acts, [60]) {
        my ($second, @subs) = @$act;
        my $rest = $start + $second * $unit - time;

        sleep $rest if $rest > 0;
        $_->() for @subs;
    }

    return \%act;
}


# The worker that has a connection to the provider.

sub fetcher {
    my ($nginx) = @_;

    my $port = sprintf '%04X', $idp->port('https');
    my %socket;

    open my $file, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!";

    while (<$file>) {
        my ($to, $inode) = (split)[2, 9];
        $socket{"socket:[$inode]"} = 1 if $to =~ /:$port\z/;
    }

    for my $pid (reverse $nginx->new_workers(0)) {
        return $pid if grep { $socket{readlink($_) // ''} } </proc/$pid/fd/*>;
    }

    die 'nobody fetches';
}


sub part2 {
    my $cooldown = 1;

    publish(0);

    my $nginx = start_nginx(3600, $cooldown);
    my $good = request(key_token(0));
    my @flood = flood();

    # the first ones of the workers are not typical

    wait_for { $idp->count('/jwks') } or die 'no fetch';
    Line->new($nginx->port)->get($good) for 1 .. 20;

    my $steady = sub { steady($nginx, $good, @_) };

    my $crowd = Crowd->start(GOOD_CLIENTS, '', $steady);
    sleep 10 * $unit;
    my @quiet = $crowd->stop;

    $idp->forget;

    my $start = time;
    $crowd = Crowd->start(GOOD_CLIENTS, '', $steady);
    my $attack = Crowd->start(FLOOD_CLIENTS, '', sub {
        drown($nginx, $flood[$_[0]]);
    });

    my @attack = $attack->finish;
    my $time = time - $start;
    my @loud = $crowd->stop;

    my $fetches = $idp->count;

    # a worker has the time of its last event

    my $allowed = floor($time / $cooldown + 0.05) + 1;

    show('part 2', sprintf '%d good requests a second, a flood of %d in %.1f s,'
                           . ' cooldown %g s', GOOD_RATE, FLOOD, $time,
                           $cooldown);

    for my $set (['good ones alone', @quiet], ['good ones in the flood', @loud])
    {
        my ($name, @results) = @$set;
        my %sum = sum(@results);
        my %others = others(200, \%sum);
        my @times = sort { $a <=> $b } map { @{$_->{times}} } @results;

        check($name, sprintf('%d, other responses %s', $sum{200} // 0,
                             text(%others)),
              $sum{200} && !%others && !$sum{broken});
        show('', sprintf 'p50 %.1f ms, p99 %.1f ms, slowest %.1f ms',
                         map { 1000 * $_ } @times[@times * 0.5, @times * 0.99,
                                                  -1]);
    }

    my %sum = sum(@attack);
    my $seen = statuses($nginx);
    my $unknown = $seen->{'401 unknown_key'} // 0;
    my %others = others('401 unknown_key', $seen);

    delete $others{'200 ok'};

    check('flood', sprintf('%d answers 401, %d of them unknown_key, '
                           . 'others %s', $sum{401} // 0, $unknown,
                           text(%others)),
          ($sum{401} // 0) == FLOOD && $unknown == FLOOD && !%others);
    check('fetches in it', "$fetches, allowed $allowed",
          $fetches <= $allowed);

    stop_nginx($nginx);
}


# One client that sends at a fixed rate, whatever becomes of it.

sub steady {
    my ($nginx, $request, $number, $told) = @_;

    my $line = Line->new($nginx->port);
    my $pace = GOOD_CLIENTS / GOOD_RATE;
    my $next = time + $pace * $number / GOOD_CLIENTS;
    my %result = (times => [], status => {});

    while ($told->() ne 'stop') {
        my $rest = $next - time;
        sleep $rest if $rest > 0;

        $result{status}{$line->get($request)}++;
        push @{$result{times}}, time - $next;

        $next += $pace;
    }

    return { %result, count => $line->{count} };
}


# For each client so many bunches of requests.

sub flood {
    my ($header, $claims, $signature) = split /\./, key_token(0);
    my @bunches;

    for my $i (0 .. FLOOD - 1) {
        my $kid = sprintf 'invented-%06d', $i;
        my $header = b64u(qq({"alg":"RS256","kid":"$kid","typ":"JWT"}));

        $bunches[$i / PIPELINE] .= request("$header.$claims.$signature");
    }

    my @flood;

    push @{$flood[$_ % FLOOD_CLIENTS]}, $bunches[$_] for 0 .. $#bunches;

    return @flood;
}


sub drown {
    my ($nginx, $bunches) = @_;

    my $line = Line->new($nginx->port);
    my %status;

    my $end = time + FLOOD_TIME;

    $line->connect;

    for my $bunch (@$bunches) {
        last if time > $end;
        $line->send($bunch);
        $status{$line->response}++ for 1 .. PIPELINE;
    }

    return { status => \%status, count => $line->{count} };
}


sub start_nginx {
    my ($refresh, $cooldown) = @_;

    my ($issuer, $ca) = ($idp->issuer, $idp->ca);
    my $times = sprintf 'refresh min=1s max=%dms; cooldown %dms;',
                        1000 * $refresh, 1000 * $cooldown;

    $idp->forget;

    return Nginx->start(%$config, http => qq{
        log_format load "\$status \$jwt_status";
        access_log load.log load;

        auth_jwt_provider corp {
            issuer $issuer;
            trusted_certificate $ca;
            audience load;
            $times
        }
    });
}


# Nothing of what Nginx.pm looks for: an alert, a crash, ...

sub stop_nginx {
    my ($nginx) = @_;

    my @bad = $nginx->stop;

    check('bad in error.log', join("\n  ", scalar @bad, @bad), !@bad);
}


sub publish {
    my (@numbers) = @_;

    my @public = map { { %{$keys[$_]->export_key_jwk('public', 1)},
                         kid => "key-$_", use => 'sig' } } @numbers;

    $idp->set('/jwks', body => json({ keys => \@public }));
}


sub key_token {
    my ($number) = @_;

    return token('RS256', { iss => $idp->issuer, aud => 'load', sub => 'alice',
                            exp => time + 3600 },
                 key => $keys[$number], kid => "key-$number");
}


sub request {
    my ($token) = @_;

    return "GET /page HTTP/1.1\r\nHost: localhost\r\n"
           . "Authorization: Bearer $token\r\n\r\n";
}


# How many of each "$status $jwt_status" nginx has logged.

sub statuses {
    my ($nginx) = @_;

    my %seen;

    $seen{$_}++ for split /\n/, $nginx->read_file('load.log');

    return \%seen;
}


# What the clients saw first, what nginx told of the provider, and what it
# refused first.

sub tell_why {
    my ($nginx, @results) = @_;

    my @why = sort { $a->{sent} <=> $b->{sent} } map { @{$_->{why}} } @results;
    my @provider = $nginx->log_lines(qr/ \[(?!info)\w+\] .* provider\ " /x);
    my @refused = $nginx->log_lines(qr/jwt rejected/);

    @why = map { sprintf '%.3f %s', @$_{qw(sent text)} } @why;

    for my $lines (\@why, \@provider, \@refused) {
        splice @$lines, 10 if @$lines > 10;
        print "  $_\n" for @$lines;
    }
}
