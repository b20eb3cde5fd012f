# Memory that runs out in a worker while it reads keys: of a file that it reads
# for the first time, of one that was replaced, of a key request and of a
# provider.  No bad token passes, and what could not be read is read later.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Failing;
use Nginx;
use Provider;
use Token;

use constant FILES => 400;

my $idp = Provider->start;
my $issuer = $idp->issuer;
my $other = 'a secret that is another one, but of that length';

my $nginx = Nginx->start(Failing->before,
    files => { map { ("keys/$_" => jwks(SECRET, 'ec256')) } 'own', 1 .. FILES },
    http => SMALL_POOLS . qq{
        auth_jwt_token_cache off;

        auth_jwt_provider corp {
            issuer $issuer;
            audience api;
            jwks_uri $issuer/jwks;
            cooldown 1ms;
            wait_timeout 5s;
        }
    },
    server => q{
        add_header X-Status $jwt_status always;
        auth_jwt "api";

        location / { auth_jwt_key_file keys/$arg_f; empty_gif; }

        location /request {
            auth_jwt_key_request /_keys/own;
            empty_gif;
        }

        location /cached {
            auth_jwt_key_request /_keys/$arg_f;
            auth_jwt_key_cache 1h;
            empty_gif;
        }

        location /_keys/ {
            internal;
            alias %DIR%/keys/;
        }

        location /corp {
            auth_jwt "api" provider=corp;
            empty_gif;
        }
    });

my $memory = Failing->of($nginx);
my $good = token('HS256', { sub => 'alice' });
my $refused = qr/closed|50[03] \S+|401 (?:unknown_key|bad_signature)/;


sub ask {
    my ($path, $token) = @_;

    my $answer = eval { $nginx->get($path, bearer($token)) };

    return $@ =~ /no answer/ ? 'hangs' : 'closed' if !$answer;
    return $answer->verdict;
}


# Good and forged tokens by turns; each path only once, if it has a number.

sub answers {
    my ($name, $path, $good, $bad, $most) = @_;

    my (%answers, %bad, $turn, $file);

    my $n = $memory->each(sub {
        $file++;
        my $seen = ++$turn % 4 < 2 ? \%answers : \%bad;
        my $token = $seen == \%bad ? $bad : $good;

        my $verdict = ask($path =~ s/%/$file/r,
                          ref $token ? $token->() : $token);

        $seen->{$verdict}++;
    }, most => $most // FILES / 2);

    my @others = grep { !/\A(?:200 ok|$refused)\z/ }
                 sort keys %{{ %answers, %bad }};

    is(join(', ', @others), '', "$name: right or refused");
    is($bad{'200 ok'}, undef, "$name: bad token does not pass");
    cmp_ok($n, '>', 10, "$name: memory was refused");

    diag("$name: $n places; ", join ', ', map { "$answers{$_} $_" }
                                          sort keys %answers)
        if $ENV{TEST_VERBOSE};

    return $file;
}


# What could not be read is read later.

sub all_pass {
    my ($name, $path, $files, $token) = @_;

    my @left = 1 .. $files;

    my $all = wait_for {
        @left = grep { ask($path =~ s/%/$_/r, $token) ne '200 ok' } @left;
        !@left;
    } 5;

    ok($all, "$name: all pass later") or diag("not for: @left[0 .. 0]");
}


my $forged = forged($good);
my $files = answers('first time', '/?f=%', $good, $forged);

all_pass('first time', '/?f=%', $files, $good);

# a file is looked at once a second: what holds for the last one holds for all

my $new = token('HS256', { sub => 'alice' }, key => $other);

ask("/?f=$_", $good) for 1 .. 100;
$nginx->write_file("keys/$_", jwks($other)) for 1 .. 100;
wait_for { ask('/?f=100', $new) eq '200 ok' };

$files = answers('replaced', '/?f=%', $new, forged($new), 48);
all_pass('replaced', '/?f=%', $files, $new);
answers('key request', '/request', $good, $forged);
is(ask('/request', $good), '200 ok', 'key request: next one passes');

$nginx->write_file("keys/$_", jwks(SECRET, 'ec256')) for 1 .. 100;
$files = answers('kept answer', '/cached?f=%', $good, $forged);
all_pass('kept answer', '/cached?f=%', $files, $good);

# each key of the provider is a new one

my $kid = 0;

my $newest = sub {
    $idp->keys(['rsa', kid => 'key ' . ++$kid]);

    return token('RS256', { iss => $issuer, aud => 'api', exp => time + 60 },
                 kid => "key $kid");
};

answers('provider', '/corp', $newest,
        token('RS256', { iss => $issuer, aud => 'api', exp => time + 60 },
              key => 'rsa2'));
ok((wait_for { ask('/corp', $newest->()) eq '200 ok' }),
   'provider: another key passes');

my @workers = $nginx->new_workers(0);

is("@workers", $memory->worker, 'worker lives');

done_testing;
