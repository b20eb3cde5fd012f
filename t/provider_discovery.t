# Discovery: where the keys of an issuer are, and how they are asked for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $secure = Provider->start(tls => 'good');

my ($root, $ca) = ($idp->http, $secure->ca);

# each path below the root is an issuer: its provider, besides issuer and
# audience, and the one document that it has, if it is not the usual one

my $OPENID = '/.well-known/openid-configuration';
my $RFC8414 = '/.well-known/oauth-authorization-server';

my %issuer = map { $_ => { at => "/$_$OPENID" } }
             qw(first slash wrong no_issuer no_uri number null empty list text
                twice foreign wider garbage control blank relative ftp long
                socket other_host nothing same loopback tls moved);

$issuer{second} = { at => "$RFC8414/second" };
$issuer{second_slash} = { at => "$RFC8414/second_slash" };
$issuer{login} = { at => "$RFC8414/login" };
$issuer{named} = { at => '/named', directives => "metadata_uri $root/named;" };
$issuer{named_bad} = { at => "/named_bad$OPENID",
                       directives => "metadata_uri $root/none;" };
$issuer{open} = { at => '/open',
                  directives => "metadata_uri $root/open insecure_http;" };
$issuer{keys} = { at => "/keys$OPENID",
                  directives => "jwks_uri $root/keys?a=b&c=%0d%0a;" };

$issuer{$_}{issuer} = "$root/$_" for keys %issuer;
$issuer{$_}{issuer} .= '/' for qw(slash second_slash);


sub document {
    my ($name, %member) = @_;

    %member = (issuer => $issuer{$name}{issuer}, jwks_uri => "$root/jwks/$name",
               %member);

    delete @member{grep { !defined $member{$_} } keys %member};

    return json(\%member);
}


my %uri = (
    garbage => 'garbage', relative => '/jwks/relative', ftp => 'ftp://a/jwks',
    control => "$root/jwks/control\r\nX-Injected: 1",
    blank => "$root/jwks/blank HTTP/1.1", long => "$root/" . 'x' x 4000,
    socket => $idp->unix('/jwks/socket'), empty => '', number => 1,
    other_host => 'http://192.0.2.1/jwks/other_host',
    wider => 'http://0.0.0.0:' . $idp->port . '/jwks/wider',
    open => 'http://0.0.0.0:' . $idp->port . '/jwks/open',
    loopback => $secure->http('/jwks'), tls => $secure->https('/jwks'),
);

my %document = (
    (map { $_ => document($_, jwks_uri => $uri{$_}) } keys %uri),
    null => document('null') =~ s/("jwks_uri":)"[^"]*"/$1null/r,
    wrong => document('wrong', issuer => "$root/first"),
    foreign => document('foreign', issuer => "$root/foreign/"),
    no_issuer => document('no_issuer', issuer => undef),
    no_uri => document('no_uri', jwks_uri => undef),
    list => '[' . document('list') . ']',
    text => 'Sign in, please.',
    twice => document('twice') =~ s/\{/{"issuer":"$root\/twice",/r,
);

for my $name (keys %issuer) {
    $idp->set($issuer{$name}{at}, body => $document{$name} // document($name));
    $idp->set("/jwks/$name", body => jwks('rsa'));
}

$idp->remove("/nothing$OPENID");
$idp->set('/keys?a=b&c=%0d%0a', body => jwks('rsa'));
$idp->set("/login$OPENID", body => '<p>Sign in, please.', type => 'text/html');

# an issuer of https: the document may not lead to http

my $down = $secure->https('/down');

$secure->set("/down$OPENID", body => json({ issuer => $down,
                                            jwks_uri => "$root/jwks/down" }));

my $http = join '', map {
    my $directives = $issuer{$_}{directives} // '';

    qq{
        auth_jwt_provider $_ {
            issuer $issuer{$_}{issuer};
            audience api;
            cooldown 1ms;
            connect_timeout 20s;
            wait_timeout 20s;
            trusted_certificate $ca;
            $directives
        }
    };
} sort keys %issuer;

my $names = join ' ', map { "provider=$_" } sort(keys %issuer), 'down';

my $nginx = Nginx->start(
    http => $http . qq{
        auth_jwt_provider down {
            issuer $down;
            audience api;
            trusted_certificate $ca;
        }
    },
    server => qq{
        location / {
            auth_jwt "api" $names;
            add_header X-Status \$jwt_status always;
            proxy_pass http://%UPSTREAM%;
        }
    });


sub verdict {
    my ($name, $alg, @key) = @_;

    my $issuer = $issuer{$name} ? $issuer{$name}{issuer} : $down;
    my $token = token($alg // 'RS256', { iss => $issuer, aud => 'api',
                                         exp => time + 60 }, @key);
    my $answer = $nginx->get('/', bearer($token));

    return join ' ', $answer->status, $answer->header('X-Status') // '-';
}


# Whether a token is refused for want of keys, and what the log says of it.

sub refused {
    my ($name, $cause, $what) = @_;

    is(verdict($name), '503 keys_unavailable', $what);

    my ($line) = $nginx->log_lines(qr/\[error\].*: provider "$name": /);

    like($line, qr/: fetch of "\S+" from [\d.:]+ failed: $cause/,
         "$what: log");
    is($idp->count("/jwks/$name"), 0, "$what: keys are not asked for");
}


# places

is(verdict('first'), '200 ok', 'place of OpenID');
is(verdict('slash'), '200 ok', 'issuer with slash');
is(verdict('second'), '200 ok', 'place of RFC 8414');
is(verdict('second_slash'), '200 ok', 'place of RFC 8414 without slash');
is(verdict('login'), '200 ok', 'page at the first place');
is($idp->count("/first$OPENID"), 1, 'first place is asked once');
is($idp->count("$RFC8414/first"), 0, 'second place is not asked');
is($idp->count("/second$OPENID"), 1, 'first place is asked first');
is($idp->count("$RFC8414/second"), 1, 'second place is asked second');
is(verdict('named'), '200 ok', 'metadata_uri');
is($idp->count("/named$OPENID"), 0, 'metadata_uri replaces places');
is(verdict('keys'), '200 ok', 'jwks_uri');
is($idp->count("/keys$OPENID") + $idp->count("$RFC8414/keys"), 0,
   'jwks_uri needs no discovery');

# documents that are not used: the other place has none

my $second = qr/the status is 404, after "\S+\Q$OPENID\E": /;
my $other = qr/${second}the metadata is of another issuer$/;

refused('wrong', $other, 'wrong issuer');
refused('foreign', $other, 'issuer and a slash');
refused('no_issuer', $other, 'no issuer');
refused($_, qr/${second}the metadata has no usable jwks_uri/, "$_: no jwks_uri")
    for qw(no_uri number null empty long);
refused($_, qr/${second}the metadata is not a JSON object/, "$_: not JSON")
    for qw(text list twice);
refused('nothing', qr/${second}the status is 404/, 'nothing');
refused('named_bad', qr/the status is 404$/, 'metadata_uri with nothing');

# where a document may lead

my $no_uri = qr/${second}its jwks_uri is no URI/;
my $elsewhere = qr/${second}its jwks_uri is neither https nor/;

refused('garbage', $no_uri, 'garbage');
refused('relative', $no_uri, 'relative');
refused('ftp', $no_uri, 'ftp');
refused('control', $no_uri, 'line of a request');
refused('blank', $no_uri, 'blank');
refused('socket', $elsewhere, 'socket');
refused('other_host', $elsewhere, 'http of another host');
refused('wider', $elsewhere, 'http of all addresses');
refused('down', $elsewhere, 'http from https');
is(verdict('same'), '200 ok', 'same origin');
is(verdict('loopback'), '200 ok', 'loopback from loopback');
is(verdict('tls'), '200 ok', 'https');
is(verdict('open'), '200 ok', 'http of all addresses if it may');
is(scalar(grep { /Injected/ } $idp->requests), 0, 'no line is injected');

# what is sent

my $host = '127.0.0.1:' . $idp->port;

like($idp->last('/keys?a=b&c=%0d%0a'),
     qr{\AGET /keys\?a=b&c=%0d%0a HTTP/1.1\r\nHost: $host\r\n},
     'target is sent as it is');
like($idp->last('/jwks/first'), qr/\r\nConnection: close\r\n/,
     'connection is closed');
like($idp->last('/jwks/first'), qr/\r\nAccept-Encoding: identity\r\n/,
     'no compression');
like($idp->last('/jwks/first'),
     qr{\r\nAccept: application/json, application/jwk-set\+json\r\n}, 'accept');
is(() = $idp->last('/jwks/first') =~ /\r\n/g, 7, 'no other lines');

# keys that move: a token of another key asks for them

is(verdict('moved'), '200 ok', 'keys are there');

$idp->set('/jwks/moved', body => jwks('rsa', 'rsa2'), etag => '"1"');

is(verdict('moved', 'RS256', key => 'rsa2'), '200 ok', 'more keys');
is($idp->count("/moved$OPENID"), 1, 'URI is used again');

$idp->remove('/jwks/moved');
$idp->set('/elsewhere', body => jwks('rsa', 'ec256'), etag => '"1"');
$idp->set("/moved$OPENID", body => document('moved',
                                            jwks_uri => "$root/elsewhere"));

is(verdict('moved', 'ES256'), '401 unknown_key', 'keys are not there');
is(verdict('moved'), '200 ok', 'old keys are kept');
ok((wait_for { verdict('moved', 'ES256') eq '200 ok' }), 'keys are found');
is($idp->count("/moved$OPENID"), 2, 'URI is discovered again');
unlike($idp->last('/elsewhere'), qr/If-None-Match/, 'ETag is of a URI');
is($nginx->log_lines(qr/provider "moved": fetch of/), 1, 'one failure');

done_testing;
