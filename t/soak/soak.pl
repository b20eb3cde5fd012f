#!/usr/bin/perl
#
# soak.pl
#
# Millions of requests, of which each gets the answer that it must get, while
# nginx is reloaded and its workers are killed; and nothing is lost: memory,
# file descriptors, shared memory.
#
# Environment: REQUESTS (10000000).
#
# Two workers, four clients by HTTP/1.1 that pipeline, one by HTTP/2, one that
# aborts its requests or makes them too large (Sender.pm).  What they ask is in
# Mix.pm: more tokens than the cache holds.  The key file is replaced every
# second, the keys of the provider every 3 seconds.
#
#   the first tenth   without faults; behind it the memory of the workers is
#                     noted
#   to the half       20 reloads and 10 kills by signal 9 in any order; the last
#                     one is a reload
#   the second half   its workers stay: their memory is noted after a tenth of
#                     all requests, at the same age as above, and at the end
#
# Memory is that of both workers together (VmRSS), at one moment under load; the
# C library is told to give back what is free, so that it is what is in use.
# It fails if an answer is other than asked for, if a connection was cut by a
# worker that was neither killed nor replaced, or within an answer by one that
# was not killed; if the memory has grown by more than 2 % to the same age, or
# to the end; if there are more file descriptors of master or worker,
# or more shared memory, at rest, than before; or if, at the end, a key set of
# 900 KB does not fit into the zone of the provider, or a request that waits for
# keys does not get them.  Of fewer than 10 million requests a tenth does not
# fill what grows at first: memory is reported, and not judged.

use strict;
use warnings;

use Crypt::PK::ECC;
use File::Temp;
use FindBin;
use List::Util qw(shuffle sum0);
use Time::HiRes qw(time sleep);

use lib $FindBin::Bin, "$FindBin::Bin/../load", "$FindBin::Bin/../lib";

use Crowd;
use Figures qw(show check verdict);
use Jwe;
use Mix;
use Nginx;
use Provider;
use Sender;
use Token;
use Workers;

use constant REQUESTS => $ENV{REQUESTS} // 10_000_000;
use constant FIRST_RELOADS => 5;
use constant RELOADS => 20;
use constant KILLS => 10;
use constant SENDERS => 4;
use constant ROTATIONS => 400;       # keys of the provider, in turn
use constant GROWTH => 1.02;

alarm 7200;

# free memory at the top of the heap, and blocks from which on each is a mapping
# of its own

$ENV{MALLOC_TRIM_THRESHOLD_} = $ENV{MALLOC_MMAP_THRESHOLD_} = 64 * 1024;

$| = 1;

my $idp = Provider->start(life => 7200);
my $slow = Provider->start(life => 7200);
my @keys = map { Crypt::PK::ECC->new->generate_key('secp256r1') }
           0 .. ROTATIONS;
my $newest = 0;
my $faults = 0;
my $replaced = 0;

publish(0);

my $slow_token = token('RS256', { iss => $slow->issuer, exp => time + 36000 },
                       kid => 'none');

my $nginx = Nginx->start(
    workers => 2,
    allow   => qr/exited on signal 9|was locked by/,
    files   => { keys => key_file(), named => jwks(['rsa', kid => 'other']),
                 private => json({ keys => [jwk(secret(16), alg => 'A128KW')]
                                 }) },
    http    => qq{
        error_log %DIR%/error.log warn;
        access_log off;
        keepalive_requests 1000000000;
        large_client_header_buffers 4 128k;
        auth_jwt_token_cache 512k;
        auth_jwt_key_file keys;

        auth_jwt_provider corp {
            issuer ${\ $idp->issuer};
            audience soak;
            refresh min=1s max=10s;
            cooldown 1s;
            wait_timeout 20s;
        }

        auth_jwt_provider slow {
            issuer ${\ $slow->issuer};
            audience soak;
            cooldown 1s;
            wait_timeout 20s;
        }
    },
    server => q{
        listen 127.0.0.1:%PORT2% http2;

        auth_jwt "soak";
        add_header X-Got "$jwt_status $jwt_claim_sub" always;
        add_header X-Worker $pid always;

        location / { empty_gif; }
        location /named { auth_jwt_key_file named; empty_gif; }
        location /cookie { auth_jwt "soak" token=$cookie_t; empty_gif; }
        location /corp { auth_jwt "soak" provider=corp; empty_gif; }
        location /slow { auth_jwt "soak" provider=slow; empty_gif; }

        location /request {
            auth_jwt_key_request /keys;
            auth_jwt_key_cache 2s;
            empty_gif;
        }

        location = /keys {
            internal;
            alias %DIR%/keys;
        }

        location /encrypted {
            auth_jwt_type encrypted;
            auth_jwt_key_file private;
            empty_gif;
        }
    });

exit soak();


sub soak {
    my $start = time;
    my $mix = Mix->new($idp->issuer, \@keys);

    show('made', sprintf '%d tokens in %.0f s', Mix::TOKENS, time - $start);

    my $workers = Workers->of($nginx);

    # the heap of the master, which workers begin with, grows by the first ones

    $workers->reload for 1 .. FIRST_RELOADS;

    my $before = at_rest($workers);
    my $progress = File::Temp->new(TMPDIR => 1);

    $slow->hold('/jwks');

    my $crowd = Crowd->start(SENDERS + 2, '0 0', sub {
        my ($number, $told) = @_;

        my $note = written($progress);
        my $client = $number < SENDERS  ? sender($nginx, $mix, $note)
                   : $number == SENDERS ? streams($nginx, $mix, $note)
                   : breaker($nginx, $slow_token, $note);

        return $client->($number, $told);
    });

    $start = time;

    my %memory = play($workers, $crowd, $progress);
    my @results = $crowd->stop;
    my $time = time - $start;

    judge_answers($workers, $time, @results);
    judge_memory(%memory);
    judge_rest($workers, $before);
    judge_end();

    my @bad = $nginx->stop;

    check('bad in error.log', join("\n  ", scalar @bad, @bad), !@bad);

    return verdict();
}


# Until there were so many answers: reloads, kills, and other keys.

sub play {
    my ($workers, $crowd, $progress) = @_;

    my @faults = ((shuffle(('reload') x (RELOADS - 1), ('kill') x KILLS)),
                  'reload');
    my $next = 0.1;
    my $step = 0.4 / @faults;
    my ($done, %memory) = (0, tenths => []);
    my $keys = time;

    # of few requests, more are needed for all of it

    while ($done < 1 || !$memory{same}) {
        $done = answers($progress) / REQUESTS;

        if ($done >= (1 + @{$memory{tenths}}) / 10) {
            push @{$memory{tenths}}, memory($workers);
        }

        if (!$memory{first} && $done >= 0.1) {
            $memory{first} = memory($workers);
        }

        if (@faults && $done >= $next) {
            my $fault = shift @faults;

            $faults++;
            $crowd->tell("$faults $newest");
            $workers->$fault;
            $next += $step;

            # the last ones are of that age a tenth later

            $next = answers($progress) / REQUESTS + 0.1 if !@faults;
        }

        if (!@faults && !$memory{same} && $done >= $next) {
            $memory{same} = memory($workers);
        }

        other_keys($crowd, int(time - $keys)) if time > $keys + $replaced;
        sleep 0.05;
    }

    $memory{end} = memory($workers);

    return %memory;
}


# Once a second

sub other_keys {
    my ($crowd, $second) = @_;

    $replaced++;
    $nginx->write_file('keys', key_file());

    $slow->release('/jwks');
    $slow->hold('/jwks');

    if ($replaced % 3 == 0 && $newest < ROTATIONS) {
        # a client that is held up may use one of half a minute ago

        publish($newest - 9 .. $newest + 1);
        $newest++;
        $crowd->tell("$faults $newest");
    }
}


# The same keys, and one that is another each time.

sub key_file {
    return jwks('rsa', 'ec256', 'ec384', 'ed25519', SECRET,
                ["another secret, of second $replaced", kid => 'other']);
}


sub publish {
    my @public = map { { %{$keys[$_]->export_key_jwk('public', 1)},
                         kid => "key-$_" } } grep { $_ >= 0 } @_;

    $idp->set('/jwks', body => json({ keys => \@public }));
}


sub written {
    my ($progress) = @_;

    open my $file, '+<:raw', "$progress" or die "$progress: $!";

    return sub {
        my ($number, $count) = @_;

        sysseek $file, 8 * $number, 0;
        syswrite $file, pack 'Q', $count;
    };
}


sub answers {
    my ($progress) = @_;

    open my $file, '<:raw', "$progress" or die "$progress: $!";
    local $/;

    return sum0(unpack 'Q*', <$file> // '');
}


sub memory { sum0(map { resident($_) } $_[0]->now) }


# Descriptors and shared memory of workers and master, when nobody asks.

sub at_rest {
    my ($workers) = @_;

    my $line = sub { join ' ', map { descriptors($_) } @_ };
    my ($last, $same) = ('', 0);

    wait_for {
        my $now = $line->($nginx->pid, $workers->now);
        $same = $now eq $last ? $same + 1 : 0;
        $last = $now;
        $same > 100;
    };

    return { master => descriptors($nginx->pid),
             worker => [sort { $a <=> $b } map { descriptors($_) }
                        $workers->now],
             shared => sum0(map { shared($_) } $workers->now) };
}


sub judge_answers {
    my ($workers, $time, @results) = @_;

    my ($responses, $wrong, $aborted, $large) = map {
        my $name = $_;
        sum0(map { $_->{$name} // 0 } @results);
    } qw(responses wrong aborted large);

    my %gone = %{$workers->gone};
    my $kills = grep { $_ eq 'killed' } values %gone;
    my @streams = map { $_->{cut}{'HTTP/2'} // 0 } @results;
    my (%cut, %torn);

    for my $result (@results) {
        $cut{$_} += $result->{cut}{$_} for keys %{$result->{cut}};
        $torn{$_} += $result->{torn}{$_} for keys %{$result->{torn}};
    }

    delete $cut{'HTTP/2'};

    my $new = delete $cut{0} // 0;
    my @cut = grep { !$gone{$_} } keys %cut;
    my @torn = grep { ($gone{$_} // '') ne 'killed' } keys %torn;

    check('answers', sprintf('%d in %.0f s, %.0f a second', $responses, $time,
                             $responses / $time), $responses >= REQUESTS);
    check('not as asked for', join("\n  ", $wrong,
                                   map { @{$_->{why}} } @results), !$wrong);
    show('by HTTP/2', $results[SENDERS]{responses});
    check('aborted', $aborted, $aborted > 0);
    check('too large', $large, $large > 0);
    check('faults', RELOADS . " reloads, $kills kills",
          $faults == RELOADS + KILLS && $kills == KILLS);
    check('cut by others', join(' ', scalar @cut, @cut), !@cut);
    check('torn by others', join(' ', scalar @torn, @torn), !@torn);
    check('cut before an answer', $new, $new <= $faults * (SENDERS + 2));
    check('HTTP/2 cut', sum0(@streams), sum0(@streams) <= 2 * $faults);
    show('key files', $replaced);
    show('keys of the provider', $newest);
}


sub judge_memory {
    my (%memory) = @_;

    show('memory at each tenth', "@{$memory{tenths}} kB");

    my $judged = REQUESTS >= 10_000_000;

    for (['at the same age', 'same'], ['at the end', 'end']) {
        my ($name, $now) = @$_;
        my $ratio = $memory{$now} / $memory{first};

        check("memory $name", sprintf('%d kB, %+.2f %% of %d kB', $memory{$now},
                                      100 * ($ratio - 1), $memory{first}),
              !$judged || $ratio <= GROWTH);
    }
}


sub judge_rest {
    my ($workers, $before) = @_;

    $slow->release('/jwks');

    my $now = at_rest($workers);

    check('descriptors of master', "$now->{master}, before $before->{master}",
          $now->{master} <= $before->{master});
    check('of workers', "@{$now->{worker}}, before @{$before->{worker}}",
          !grep { $now->{worker}[$_] > $before->{worker}[$_] } 0, 1);
    check('shared memory', "$now->{shared} kB, before $before->{shared}",
          $now->{shared} == $before->{shared});
}


# The zone has room, and a request that waits is woken.

sub judge_end {
    my ($key) = map { { %{$_->export_key_jwk('public', 1)}, kid => 'large' } }
                $keys[0];
    my $token = token('ES256', { iss => $idp->issuer, aud => 'soak',
                                 exp => time + 60 }, key => $keys[0],
                      kid => 'large');

    $idp->set('/jwks', body => json({ keys => [$key], x => 'x' x 900_000 }));

    my $large = wait_for {
        $nginx->get('/corp', bearer($token))->status == 200;
    } 10;

    check('900 KB of keys', $large ? 'fit' : 'do not', $large);

    my $waits = wait_for {
        $nginx->get('/slow', bearer(token('RS256', {
            iss => $slow->issuer, aud => 'soak', exp => time + 60 })))->status
        == 200;
    } 10;

    check('a request that waits', $waits ? 'gets keys' : 'does not', $waits);

    my @lines = $nginx->log_lines(qr/no memory|ngx_slab_alloc/);

    check('no shared memory', scalar @lines, !@lines);
}
