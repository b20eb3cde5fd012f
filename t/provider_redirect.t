# Redirects of a provider: how many are followed, and where to.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $other = Provider->start;
my $secure = Provider->start(tls => 'good');
my $name = Provider->start(tls => 'good', host => '127.0.0.2');

my ($ca, $port) = ($secure->ca, $idp->port);

# each name is a provider whose keys are asked for at a path of that name

my %target = (
    root => '/keys', slashes => "//127.0.0.1:$port/keys",
    upper => "HTTP://127.0.0.1:$port/keys",
    query => '/keys?a=b', tls => $secure->https('/jwks'),
    other_tls => $name->https('/jwks'),

    other_http => 'http://192.0.2.1/jwks', other_port => $other->http('/jwks'),
    all => "http://0.0.0.0:$port/keys",
    unix => $idp->unix('/jwks'), relative => 'keys', dots => '../keys',
    scheme => 'ftp://127.0.0.1/keys', file => 'file:///etc/passwd',
    port => 'http://127.0.0.1:99999/keys', empty_host => 'http:///keys',
    user => "http://user\@127.0.0.1:$port/keys", fragment => '/keys#a',
    blank => '/keys HTTP/1.1', high => "/keys\xff", nothing => '',
    long => '/' . 'x' x 3000,
);

$idp->set("/$_", status => 302, headers => [Location => $target{$_}])
    for keys %target;

$idp->redirects("/hops$_", '/keys', $_) for 1 .. 4;
$idp->redirects("/status$_", '/keys', 1, $_) for 301, 303, 307, 308, 300, 305;
$idp->redirects('/loop', '/loop');
$idp->redirects('/ring', '/ring2');
$idp->redirects('/ring2', '/ring');
$idp->redirects('/missing', '/none');
$idp->set('/nowhere', status => 302);
$idp->set('/split', send => ["HTTP/1.1 302 Found\r\nLocation: /keys\rX-A: 1"
                             . "\r\nContent-Length: 0\r\n\r\n"]);
$idp->set('/lines', send => ["HTTP/1.1 302 Found\r\nLocation: /keys%0d%0a"
                             . "X-Injected:%201\r\n\r\n"]);
$idp->set($_, body => jwks('rsa')) for '/keys', '/keys?a=b';

# from https

my $http = $secure->http('/jwks');

$secure->redirects('/down', $http);
$secure->redirects('/same', '/jwks');
$secure->redirects('/to_unix', $secure->unix('/jwks'));
$secure->redirects('/and_back', $name->https('/back'));
$name->redirects('/back', $secure->https('/jwks'));

my %uri = (
    (map { $_ => $idp->http("/$_") }
     keys %target, (map { "hops$_" } 1 .. 4), 'loop', 'ring', 'missing',
     (map { "status$_" } 301, 303, 307, 308, 300, 305), 'nowhere', 'split',
     'lines'),
    (map { $_ => $secure->https("/$_") } qw(down same to_unix and_back)),
    from_unix => $idp->unix('/root'),
);

my $providers = join '', map {
    qq{
        auth_jwt_provider $_ {
            issuer https://$_.example;
            audience api;
            jwks_uri $uri{$_};
            trusted_certificate $ca;
            connect_timeout 20s;
            wait_timeout 20s;
        }
    };
} sort keys %uri;

my $names = join ' ', map { "provider=$_" } sort keys %uri;

my $nginx = Nginx->start(
    http => $providers,
    server => qq{
        location / {
            auth_jwt "api" $names;
            add_header X-Status \$jwt_status always;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub verdict {
    my ($provider) = @_;

    my $token = token('RS256', { iss => "https://$provider.example",
                                 aud => 'api', exp => time + 60 });
    my $answer = $nginx->get('/', bearer($token));

    return join ' ', $answer->status, $answer->header('X-Status') // '-';
}


sub follows {
    my ($provider, $what) = @_;

    is(verdict($provider), '200 ok', $what);
    is($nginx->log_lines(qr/provider "$provider": /), 0, "$what: no failure");
}


sub refuses {
    my ($provider, $cause, $what) = @_;

    is(verdict($provider), '503 keys_unavailable', $what);

    my ($line) = $nginx->log_lines(qr/\[error\].* provider "$provider": /);

    like($line, qr/: fetch of "\S+" from \S+ failed: $cause$/, "$what: log");
}


my $TOO_MANY = 'too many redirects';
my $ELSEWHERE = 'a redirect to neither https nor the same host';
my $NO_URI = 'a redirect to what is no URI';

# how many

follows("hops$_", "$_ redirects") for 1 .. 3;
refuses('hops4', $TOO_MANY, '4 redirects');
refuses('loop', $TOO_MANY, 'loop');
refuses('ring', $TOO_MANY, 'ring');
is($nginx->log_lines(qr/"loop": fetch of "\S+\/loop" from /),
   $idp->count('/loop') / 4, 'loop is followed three times');

# which ones

follows("status$_", "status $_") for 301, 303, 307, 308;
refuses("status$_", "the status is $_", "status $_") for 300, 305;
refuses('nowhere', 'the status is 302', 'no Location');
refuses('nothing', 'the status is 302', 'empty Location');
refuses('missing', 'the status is 404', 'redirect to nothing');
like(($nginx->log_lines(qr/provider "missing": /))[0],
     qr/fetch of "\Q${\$idp->http('\/none')}\E" /, 'last place is told');

# where to

follows('root', 'path');
follows('query', 'path with query');
follows('slashes', 'host without scheme');
follows('upper', 'scheme in capitals');
follows('tls', 'http to https');
follows('other_tls', 'http to another https');
follows('same', 'path of https');
follows('and_back', 'https of another host and back');
follows('from_unix', 'path of a socket');
refuses('down', $ELSEWHERE, 'https to http');
refuses('other_http', $ELSEWHERE, 'http of another host');
refuses('other_port', $ELSEWHERE, 'http of another port');
refuses('all', $ELSEWHERE, 'http of all addresses');
refuses($_, $NO_URI, $_)
    for qw(relative dots scheme file port empty_host user fragment blank high
           long);
refuses('to_unix', "(?:$NO_URI|$ELSEWHERE)", 'https to a socket');
refuses('unix', "(?:$NO_URI|$ELSEWHERE)", 'http to a socket');
refuses('split', 'the response is not valid HTTP/1.1', 'CR in Location');
refuses('lines', 'the status is 404', 'CR LF in Location');
like($idp->last('/keys%0d%0aX-Injected:%201'),
     qr{\AGET /keys%0d%0aX-Injected:%201 HTTP/1.1\r\n}, 'CR LF stays encoded');
is(scalar(grep { /^X-/m } $idp->requests), 0, 'no line is injected');

# what is sent

like($idp->last('/keys'), qr/\r\nHost: 127.0.0.1:$port\r\n/,
     'host of the first server');
like($name->last('/jwks'), qr/\r\nHost: 127.0.0.2:\d+\r\n/,
     'host of the other server');

done_testing;
