# A provider that fails: its last good keys serve until they are stale, it is
# asked less and less often, and works again when it comes back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $gone = Provider->start;

my @bad = qw(html half empty_set no_member status_500 status_404 body_cut
             gzip);
my @names = (@bad, qw(reset down error asked kept cold never));
my %idp_of = (map({ $_ => $idp } @names), down => $gone);
my %uri = map { $_ => $idp_of{$_}->http("/$_") } @names;
my $all = join ' ', map { "provider=$_" } @names;
my $short = 'stale 2s;';

my %more = (down => $short, error => $short, kept => $short,
            asked => "$short cooldown 0;");


sub provider {
    my ($name) = @_;

    my $more = $more{$name} // '';

    return qq{
        auth_jwt_provider $name {
            issuer $uri{$name};
            audience api;
            jwks_uri $uri{$name};
            refresh min=100ms max=100ms;
            $more
        }
    };
}


my $set = jwks(['rsa', kid => '1']);

$idp_of{$_}->set("/$_", body => $set) for @names;
$idp->set('/kept', body => $set, etag => '"1"');
$idp->set("/$_", status => 500) for qw(cold never);

my $nginx = Nginx->start(
    http    => join('', map { provider($_) } @names),
    server  => qq{
        auth_jwt "api" $all;
        add_header X-Status \$jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
    });


sub ask {
    my ($name, $kid) = @_;

    return $nginx->get('/', bearer(token(
        'RS256', { iss => $uri{$name}, aud => 'api', exp => time + 600 },
        kid => $kid // '1')));
}


sub verdict {
    my $answer = ask(@_);

    return $answer->status . ' ' . $answer->header('X-Status');
}


# Failures that have been logged

sub failures {
    my ($name) = @_;

    return scalar $nginx->log_lines(
        qr/\[error\] .* provider "$name": fetch of "\Q$uri{$name}\E"/);
}


sub comes_back {
    my ($name) = @_;

    return wait_for { verdict($name) eq '200 ok' };
}


is(verdict($_), '200 ok', "good keys: $_")
    for grep { !/cold|never/ } @names;

# no keys at all

ok((wait_for { failures('cold') }), 'failure at start is logged');
is(verdict('cold'), '503 keys_unavailable', 'no keys at start');
$idp->set('/cold', body => $set);

# failures of all kinds

$idp->set("/$_", bad_answer($_, jwks(['rsa2', kid => '1']))) for @bad;
$idp->set('/reset', bad_answer('reset', $set));
$idp->set('/error', status => 503);
$gone->down;

for my $name (@bad, qw(reset down error)) {
    ok((wait_for { failures($name) }), "failure is logged: $name");
    is(verdict($name), '200 ok', "failure keeps keys: $name");
}

my $port = $gone->port;
my ($line) = $nginx->log_lines(qr/"down"/);

like($line, qr/ provider\ "down":\ fetch\ of\ "\Q$uri{down}\E"
                \ from\ 127\.0\.0\.1:$port\ failed:\ .*refused/x,
     'log line tells all');

# a token may ask as often as there is no cooldown; each time is a failure

$idp->set('/asked', status => 500);
is(join(' ', map { verdict('asked', 'other') } 1 .. 8),
   join(' ', ('401 unknown_key') x 8), 'failing keys are asked for');

my $asked = $idp->count('/asked');

cmp_ok(failures('asked'), '>=', 8, 'one line for each failure');

# stale

my %stale;

for my $name (qw(down error asked)) {
    ok((wait_for { ($stale{$name} = ask($name))->status != 200 }),
       "keys become stale: $name");
    is($stale{$name}->status, 503, "stale keys are not used: $name");
    is($stale{$name}->header('X-Status'), 'keys_unavailable',
       "status of stale keys: $name");
    is($stale{$name}->header('WWW-Authenticate'), undef,
       "no challenge for stale keys: $name");
    like($stale{$name}->header('Retry-After'), qr/\A[1-9]\d?\z/,
         "stale keys come back: $name");
}

my $before = $nginx->upstream_requests;

is(verdict('down', $_), '503 keys_unavailable', "stale for kid $_")
    for '1', 'other';
is($nginx->upstream_requests, $before, 'stale keys stay here');

is(verdict('kept'), '200 ok', '304 keeps keys from being stale');
is(verdict($_), '200 ok', "day has not passed: $_") for @bad;

# back off: from one second to one minute

cmp_ok($stale{down}->header('Retry-After'), '<=', 9, 'first failures');
cmp_ok($stale{asked}->header('Retry-After'), '>=', 40, 'many failures');
cmp_ok($stale{asked}->header('Retry-After'), '<=', 61, 'no more than a minute');
is($idp->count('/asked'), $asked, 'no fetch for stale keys');
ok((wait_for { failures('never') == $idp->count('/never') }),
   'one line for one failure');
cmp_ok(failures('never'), '<=', 6, 'back off');

# back again

$gone->up;
$idp->set('/error', body => $set);

for my $name (qw(cold down error)) {
    ok(comes_back($name), "provider comes back: $name");
    is($nginx->log_lines(qr/\[notice\] .* provider "$name" works again/), 1,
       "one line for that: $name");
}

my $count = $gone->count('/down') + 2;

ok((wait_for { $gone->count('/down') >= $count }), 'usual refresh again');
is($nginx->log_lines(qr/works again/), 3, 'no more lines for that');

done_testing;
