# TLS of a provider: who is trusted, and what a broken one does.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Socket::SSL ();
use Test::More;
use Nginx;
use Provider;
use Token;

# providers by the name of their certificate: see Tls.pm

my @kinds = qw(good other expired future self strange chained unlinked);

my %idp = map { $_ => Provider->start(tls => $_) } @kinds;

# the good certificate does not have this address

$idp{address} = Provider->start(tls => 'good', host => '127.0.0.3');
$idp{$_} = Provider->start(tls => 'good') for qw(named silent broken);

my $good = $idp{good};
my $ca = $good->ca;
my $body = jwks('rsa');
my $head = "HTTP/1.1 200 OK\r\n";
my $length = 'Content-Length: ' . length($body) . "\r\n";
my $half = substr $body, 0, length($body) / 2;

$idp{silent}->silent;
$idp{broken}->silent;
$good->set('/cut', send => ["$head$length\r\n", $half, ['cut']]);
$good->set('/cut_all', send => ["$head\r\n$body", ['cut']]);
$good->set('/reset', send => ["$head\r\n$half", ['reset']]);
$good->set('/bundle', body => $body);
$good->set('/large', body => many_keys(1000, 'rsa'));

my %uri = (
    (map { $_ => $idp{$_}->https('/jwks') } keys %idp),
    (map { $_ => $good->https("/$_") } qw(cut cut_all reset large)),
    named => $idp{named}->https('/jwks', 'localhost'),
    bundle => $good->https('/bundle'),
    plain => $good->http('/jwks') =~ s/http/https/r,
);

my %trust = map { $_ => "trusted_certificate $ca;" } keys %uri;

$trust{bundle} = '';

# the same without verification

my @unverified = qw(other expired self strange);

for my $kind (@unverified) {
    $idp{$kind}->set('/off', body => $body);
    $uri{"${kind}_off"} = $idp{$kind}->https('/off');
    $trust{"${kind}_off"} = "$trust{$kind} ssl_verify off;";
}

my %patience = (silent => '300ms');

my $http = join '', map {
    my $patience = $patience{$_} // '20s';

    qq{
        auth_jwt_provider $_ {
            issuer https://$_.example;
            audience api;
            jwks_uri $uri{$_};
            $trust{$_}
            connect_timeout $patience;
            wait_timeout 20s;
        }
    };
} sort keys %uri;

my $names = join ' ', map { "provider=$_" } sort keys %uri;

my $server = qq{
    location / {
        auth_jwt "api" $names;
        add_header X-Status \$jwt_status always;
        proxy_pass http://%UPSTREAM%;
    }
};

my $nginx = Nginx->start(http => $http, server => $server);


sub verdict {
    my ($provider, $where) = @_;

    my $token = token('RS256', { iss => "https://$provider.example",
                                 aud => 'api', exp => time + 60 });
    my $answer = ($where // $nginx)->get('/', bearer($token));

    return join ' ', $answer->status, $answer->header('X-Status') // '-';
}


sub trusts {
    my ($provider, $what) = @_;

    is(verdict($provider), '200 ok', $what);
    is($nginx->log_lines(qr/\[error\].*provider "$provider": /), 0,
       "$what: no failure");
}


sub refuses {
    my ($provider, $cause, $what) = @_;

    is(verdict($provider), '503 keys_unavailable', $what);

    my ($line) = $nginx->log_lines(qr/\[error\].* provider "$provider": /);
    my ($from) = $uri{$provider} =~ m{//([\d.:]+)};

    like($line, qr/: fetch of "$uri{$provider}" from $from failed: $cause/,
         "$what: log");
}


# the handshake is broken when it has begun

wait_for { $idp{broken}->open };
$idp{broken}->drop;
$idp{broken}->down;

trusts('good', 'CA is trusted');
trusts('chained', 'chain');
trusts('named', 'name in certificate');
trusts('large', 'large set');

my $verify = 'SSL certificate verify error';

refuses('other', 'SSL certificate does not match "127.0.0.1"$',
        'other name');
refuses('address', 'SSL certificate does not match "127.0.0.3"$',
        'other address');
refuses('expired', $verify . ' \(10: certificate has expired\)$',
        'expired');
refuses('future', $verify . ' \(9: certificate is not yet valid.*\)$',
        'not yet valid');
refuses('self', $verify . ' \(18: self.signed certificate\)$',
        'self-signed');
refuses($_, $verify . ' \((?:20|21): ', $_) for qw(strange unlinked bundle);

# nothing was asked of those

is($idp{$_}->count('/jwks'), 0, "$_: nothing is asked")
    for qw(other address expired future self strange unlinked);
is($good->count('/bundle'), 0, 'bundle: nothing is asked');

# server name

is($idp{named}->sni, 'localhost', 'name is sent');
is($idp{address}->sni, '', 'address is not sent');
is($good->sni, '', 'other address is not sent');
like($idp{named}->last('/jwks'), qr/^Host: localhost:\d+\r$/m, 'Host');

# broken ones

my $cut = '(?:the connection was closed too early$|SSL_read\(\) failed )';

refuses('broken', '(?:peer closed connection in SSL handshake'
                  . '|SSL_do_handshake\(\) failed) ', 'broken');
refuses('silent', 'SSL handshake timed out$', 'silent');
refuses('plain', 'SSL_do_handshake\(\) failed .*wrong version number',
        'no TLS');
refuses('cut', $cut, 'cut');
refuses('cut_all', $cut, 'cut without length');
refuses('reset', 'it is not valid JSON$|.* failed', 'reset');

# a system that has the CA in its bundle

$ENV{SSL_CERT_FILE} = $ca;

my $system = Nginx->start(
    http => qq{
        auth_jwt_provider bundle {
            issuer https://bundle.example;
            audience api;
            jwks_uri $uri{bundle};
            connect_timeout 20s;
            wait_timeout 20s;
        }
    },
    server => $server =~ s/provider=(?!bundle\b)\w+//gr);

delete $ENV{SSL_CERT_FILE};

is(verdict('bundle', $system), '200 ok', 'bundle of the system');

# without verification

trusts("${_}_off", "$_ without verification") for @unverified;

my ($code, @warnings) = split /\n/, Nginx->complaints(http => q{
    auth_jwt_provider corp {
        issuer https://idp.example;
        jwks_uri https://127.0.0.1/jwks;
        audience api;
        ssl_verify off;
    }
});

is($code, 0, 'no verification is no error');
is("@warnings", '[warn] provider "corp" has "ssl_verify off": everybody on the'
                . ' way can change its keys in FILE', 'it is a warning');

done_testing;
