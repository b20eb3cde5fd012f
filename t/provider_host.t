# Hosts of providers: addresses, names that are looked up at start, names that
# a resolver knows, sockets.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::IP;
use Socket qw(inet_aton);
use Test::More;
use Dns;
use Nginx;
use Provider;
use Token;

my $has_ipv6 = IO::Socket::IP->new(LocalAddr => '::1', Listen => 1);

my $idp = Provider->start;
my $secure = Provider->start(tls => 'good');
my $six = $has_ipv6 && Provider->start(host => '::1');
my $dns = Dns->start;

my ($port, $ca) = ($idp->port, $secure->ca);
my $long = 'x' x 64;


# Providers of these names, and their URIs.

sub providers {
    my (%uri) = @_;

    return join '', map {
        my $patience = /silent/ ? '300ms' : '20s';

        qq{
            auth_jwt_provider $_ {
                audience api;
                cooldown 1ms;
                trusted_certificate $ca;
                issuer https://$_.example;
                jwks_uri $uri{$_};
                connect_timeout $patience;
                wait_timeout 20s;
            }
        };
    } sort keys %uri;
}


sub server {
    my (%uri) = @_;

    my $names = join ' ', map { "provider=$_" } sort keys %uri;

    return qq{
        location / {
            auth_jwt "api" $names;
            add_header X-Status \$jwt_status always;
            proxy_pass http://%UPSTREAM%;
        }
    };
}


# without a resolver; a label has at most 63 bytes

my %fixed = (
    literal => "http://127.0.0.1:$port/literal",
    socket => $idp->unix('/socket'),
    localhost => "http://localhost:$port/localhost",
    localhost_tls => $secure->https('/fixed', 'LOCALHOST'),
    missing => "https://$long.example/missing",
    no_socket => 'http://unix:/nonexistent/socket:/jwks',
    capitals => "http://localhost:$port/capitals",
    leads => "http://127.0.0.1:$port/leads",
    six => $six ? $six->http('/six') : $idp->http('/six'),
);

# with one: these names are those of the resolver, which gives several addresses
# in any order

my @several = map { "several$_" } 1 .. 8;
my @unroutable = map { "unroutable$_" } 1 .. 8;
my @cut = map { "cut$_" } 1 .. 8;

my %named = (
    (map { $_ => "http://$_.test:$port/$_ insecure_http" }
     qw(plain moves none silent empty all), @several, @unroutable, @cut),
    (map { $_ => "http://$_.localhost:$port/$_" } qw(inside outside wide)),
    known => "http://127.0.0.1:$port/known",
    tls => $secure->https('/jwks', 'localhost'),
    six => 'http://six.test:' . ($six ? $six->port : $port)
           . '/six_named insecure_http',
);

$idp->set("/$_", body => jwks('rsa')) for keys %fixed, keys %named;
$secure->set('/fixed', body => jwks('rsa'));

if ($six) {
    $six->set("/$_", body => jwks('rsa')) for qw(six six_named);
}

$idp->set("/$_", send => []) for @cut;
$idp->set('/capitals', status => 302,
          headers => [Location => $secure->https('/fixed', 'LocalHost')]);
$idp->set('/leads', status => 302,
          headers => [Location => $secure->https('/jwks', 'localhost')]);

$dns->set('plain.test', '127.0.0.1');
$dns->set('moves.test', '127.0.0.2');
$dns->silent('silent.test');
$dns->set('empty.test');
$dns->set("$_.test", '127.0.0.2', '127.0.0.1') for @several, @cut;
$dns->set("$_.test", '255.255.255.255', '127.0.0.1') for @unroutable;
$dns->set('six.test', $six ? '::1' : '127.0.0.1');
$dns->set('inside.localhost', '127.0.0.1');
$dns->set('outside.localhost', '192.0.2.1');
$dns->set('wide.localhost', '0.0.0.0');
$dns->set('all.test', '0.0.0.0');
$dns->set('localhost', '192.0.2.1');

my $fixed = Nginx->start(http => providers(%fixed),
                         server => server(%fixed));
my $named = Nginx->start(http => 'resolver ' . $dns->address . ';'
                                 . providers(%named),
                         server => server(%named));


sub verdict {
    my ($nginx, $name, $alg) = @_;

    my $token = token($alg // 'RS256', { iss => "https://$name.example",
                                         aud => 'api', exp => time + 60 });
    my $answer = $nginx->get('/', bearer($token));

    return join ' ', $answer->status, $answer->header('X-Status') // '-';
}


sub reaches {
    my ($nginx, $name, $what) = @_;

    is(verdict($nginx, $name), '200 ok', $what);
    is($nginx->log_lines(qr/\[error\].*: provider "$name": /), 0,
       "$what: no failure");
}


# The line of the first failure ends so.

sub fails {
    my ($nginx, $name, $end, $what) = @_;

    is(verdict($nginx, $name), '503 keys_unavailable', $what);

    my ($line) = $nginx->log_lines(qr/\[error\].*: provider "$name": /);

    like($line, qr/: fetch of "\S+" $end$/, "$what: log");
}


# without a resolver

reaches($fixed, 'literal', 'IPv4 address');
reaches($fixed, 'socket', 'socket');
reaches($fixed, 'localhost', 'name of start');
reaches($fixed, 'capitals', 'name of start in capitals');
reaches($fixed, 'localhost_tls', 'name of start by https');
like($idp->last('/localhost'), qr/^Host: localhost:$port\r$/m, 'Host: name');
like($idp->last('/socket'), qr/^Host: localhost\r$/m, 'Host: socket');

my $no_resolver = 'failed: the host was not looked up at start, and there is'
                  . ' no "resolver"';

is($fixed->log_lines(qr/\[warn\].* host "$long.example" was not found, /), 1,
   'unknown name is a warning');
fails($fixed, 'missing', $no_resolver, 'unknown name');
fails($fixed, 'leads', $no_resolver, 'name that was not looked up');
fails($fixed, 'no_socket', 'from unix:/nonexistent/socket failed: connect\(\) '
                           . 'to .* failed \(2: No such file or directory\)',
      'no socket');

SKIP: {
    skip 'no IPv6', 6 if !$six;

    reaches($fixed, 'six', 'IPv6 address');
    like($six->last('/six'), qr/^Host: \[::1\]:\d+\r$/m, 'Host: IPv6');
    reaches($named, 'six', 'name of IPv6');
    like($six->last('/six_named'), qr/^Host: six.test:\d+\r$/m,
         'Host: name of IPv6');
}

# with one

reaches($named, 'known', 'address needs no resolver');
reaches($named, 'plain', 'name');
reaches($named, 'tls', 'localhost');
is($dns->queries('localhost'), 0, 'localhost is not asked for');
reaches($named, 'all', 'http to any address if it may');
reaches($named, $_, "$_: another address is tried") for @several, @unroutable;
like($idp->last('/plain'), qr/^Host: plain.test:$port\r$/m, 'Host: resolved');
cmp_ok($dns->queries('plain.test'), '==', 1, 'resolver is asked once');

my $not_loopback = 'failed: plain http to an address that is not loopback';

# RFC 6761, 6.3, if the system does not do that itself

SKIP: {
    skip 'all of .localhost is loopback', 6 if inet_aton('inside.localhost');

    reaches($named, 'inside', 'name of loopback');
    fails($named, 'outside', "from 192.0.2.1:$port $not_loopback",
          'other address of loopback name');
    fails($named, 'wide', "from 0.0.0.0:$port $not_loopback",
          'any address of loopback name');
}

fails($named, $_, "from 127.0.0.1:$port failed: the connection was closed too"
                  . ' early', "$_: last address is told") for @cut;
fails($named, 'none',
      'failed: the host could not be resolved \(3: Host not found\)',
      'no name');
fails($named, 'empty',
      'failed: the host could not be resolved \(3: Host not found\)',
      'name without address');
fails($named, 'silent',
      'failed: the host could not be resolved \(110: Operation timed out\)',
      'silent resolver');
fails($named, 'moves', "from 127.0.0.2:$port failed: connect\\(\\) failed"
                       . ' \(\d+: Connection refused\)', 'nobody there');

# a name that moves
$dns->set('moves.test', '127.0.0.1');
$dns->set('none.test', '127.0.0.1');
$dns->set('silent.test', '127.0.0.1');

for my $name (qw(moves none silent)) {
    ok((wait_for { verdict($named, $name) eq '200 ok' }), "$name: is found");
    is($named->log_lines(qr/"$name" works again/), 1, "$name: works again");
}

$dns->set('moves.test', '127.0.0.3');

ok((wait_for {
        verdict($named, 'moves', 'ES256');
        $named->log_lines(qr/"moves": .* from 127.0.0.3:$port failed/);
    }), 'new address is used');
is(verdict($named, 'moves'), '200 ok', 'keys are kept');

done_testing;
