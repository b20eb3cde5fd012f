# Providers that are not to be reached: what the requests get, and what the log
# says; and when they are there again.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

# a provider for each way not to answer

my %idp = map { $_ => Provider->start }
          qw(down full silent reset closed half waits socket);
my %uri = map { $_ => $idp{$_}->http('/jwks') } keys %idp;

$uri{socket} = $idp{socket}->unix('/jwks');

my %directives = (
    full => 'connect_timeout 300ms; wait_timeout 20s;',
    silent => 'read_timeout 300ms; wait_timeout 20s;',
    half => 'read_timeout 300ms; wait_timeout 20s;',
    waits => 'read_timeout 20s; wait_timeout 200ms;',
);

my $http = join '', map {
    my $directives = $directives{$_} // '';

    qq{
        auth_jwt_provider $_ {
            issuer https://$_.example;
            jwks_uri $uri{$_};
            audience api;
            cooldown 1ms;
            $directives
        }
    };
} sort keys %idp;

my $names = join ' ', map { "provider=$_" } sort keys %idp;

$idp{down}->down;
$idp{full}->full;
$idp{silent}->silent;
$idp{closed}->silent;
$idp{socket}->down;
$idp{reset}->set('/jwks', bad_answer('reset', ''));
$idp{half}->set('/jwks', bad_answer('body_stops', jwks('rsa')));
$idp{waits}->hold('/jwks');

my $nginx = Nginx->start(
    http => $http,
    server => qq{
        location / {
            auth_jwt "api" $names;
            add_header X-Status \$jwt_status always;
            add_header X-Provider \$jwt_provider always;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub ask {
    my ($name, $alg) = @_;

    my $token = token($alg // 'RS256', { iss => "https://$name.example",
                                         aud => 'api', exp => time + 60 });

    return $nginx->get('/', bearer($token));
}


sub verdict {
    my $answer = ask(@_);

    return join ' ', $answer->status, $answer->header('X-Status') // '-';
}


sub failures {
    my ($name) = @_;

    return $nginx->log_lines(qr/\[error\].*: provider "$name": /);
}


# a request that waits while another one gets a connection

wait_for { $idp{waits}->held('/jwks') };

is(verdict('waits'), '503 keys_unavailable', 'request does not wait longer');
is(failures('waits'), 0, 'fetch goes on');

$idp{waits}->release('/jwks');

ok((wait_for { verdict('waits') eq '200 ok' }), 'fetch ends well');
is($idp{waits}->count('/jwks'), 1, 'there was one fetch');
is(failures('waits'), 0, 'it did not fail');

# nobody, full, silent, reset, closed

wait_for { $idp{closed}->open };
$idp{closed}->drop;

my %cause = (
    down => 'connect\(\) failed \(\d+: Connection refused\)',
    full => '(?:connect\(\) timed out|connect\(\) failed .*timed out\))',
    silent => 'read timed out',
    half => 'read timed out',
    reset => 'recv\(\) failed \(\d+: Connection reset by peer\)',
    closed => 'the connection was closed too early',
    socket => 'connect\(\) to \S+ failed \(\d+: .*\)',
);

my $before = $nginx->upstream_requests;

for my $name (sort keys %cause) {
    my $from = $name eq 'socket' ? 'unix:' . $idp{socket}->socket
                                 : '127.0.0.1:' . $idp{$name}->port;
    my $answer = ask($name);

    is($answer->status, 503, "$name: no keys");
    is($answer->header('X-Status'), 'keys_unavailable', "$name: status");
    is($answer->header('X-Provider'), $name, "$name: provider");
    is($answer->header('WWW-Authenticate'), undef, "$name: no challenge");
    like($answer->header('Retry-After'), qr/\A[1-9]\d?\z/, "$name: time");
    like((failures($name))[0],
         qr/: fetch of "$uri{$name}" from $from failed: $cause{$name}$/,
         "$name: log");
}

is($nginx->upstream_requests, $before, 'nothing reaches upstream');

# until it comes back

for my $name (sort keys %cause) {
    $idp{$name}->up;
    $idp{$name}->keys('rsa');
}

for my $name (sort keys %cause) {
    ok((wait_for { verdict($name) eq '200 ok' }), "$name: keys come");
    is($nginx->log_lines(qr/\[notice\].* "$name" works again$/), 1,
       "$name: is told");
}

# gone again: the keys stay

$idp{$_}->down for sort keys %cause;

for my $name (sort keys %cause) {
    my $lines = failures($name);

    is(verdict($name, 'ES256'), '401 unknown_key', "$name: other key");
    is(verdict($name), '200 ok', "$name: keys stay");
    cmp_ok(failures($name), '>', $lines, "$name: one more line");
}

done_testing;
