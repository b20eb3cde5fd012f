# A reload: keys that were fetched are there from the first request on, but not
# where the configuration says that they come from elsewhere.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use File::Copy qw(copy);
use Nginx;
use Provider;
use Token;

my $idp = Provider->start(tls => 'good');
my $elsewhere = Provider->start(keys => ['rsa2']);
my $ca = $idp->ca;
my $jwks = $idp->https('/jwks');
my $issuer = 'https://idp.example.com';
my $first = qq{
    issuer $issuer;
    audience api;
    jwks_uri $jwks;
    trusted_certificate $ca;
};
my $server = q{
    auth_jwt "api" provider=corp;
    add_header X-Status $jwt_status always;

    location / { proxy_pass http://%UPSTREAM%; }
    location /open { auth_jwt off; return 204; }
    location /status { auth_jwt off; stub_status; }
};
my $both = "$server location /added { auth_jwt api provider=added; }";
my $corp = 'wait_timeout 100ms; refresh min=1h max=2h;';


sub block { "auth_jwt_provider $_[0] { $_[1] $corp }" }


my $nginx = Nginx->start(
    workers => 2,
    http    => block(corp => $first),
    server  => $server);


sub verdict {
    my ($key, $iss, $path) = @_;

    my $token = token('RS256', { iss => $iss // $issuer, aud => 'api',
                                 exp => time + 600 }, key => $key // 'rsa');
    my $answer = $nginx->get($path // '/', bearer($token));

    return $answer->status . ' ' . $answer->header('X-Status');
}


ok((wait_for { verdict() eq '200 ok' }), 'keys are fetched');

my $count = $idp->count('/jwks');

is($count, 1, 'one fetch at start');

# nobody is asked

$idp->down;

for my $round (1 .. 3) {
    ok($nginx->reload, "reload $round");
    is(verdict(), '200 ok', "first request after reload $round");
    is(verdict(), '200 ok', "next request after reload $round");
}

# what has no say in where keys come from

for my $change ('audience other api;', 'leeway 5s;', 'algorithms RS256;',
                'stale 5h;', 'connect_timeout 9s;', 'state=corp.json')
{
    my $changed = block(corp => "$first cooldown 5s;");

    $changed =~ s/audience api;/$change/ if $change =~ /audience/;
    $changed =~ s/corp \{/corp $change {/ if $change =~ /=/;
    $changed =~ s/cooldown 5s;/$change/ if $change !~ /audience|=/;

    ok($nginx->reload(http => $changed), "reload with $change");
    is(verdict(), '200 ok', "keys are kept with $change");
}

is($nginx->log_lines(qr/\[error\]/), 0, 'nothing is fetched at a reload');

# what has

$idp->up;
copy($ca, $nginx->path('ca.pem')) or die $!;
$idp->set('/other', body => jwks('rsa'));
$idp->set('/document', body => json({ issuer => $issuer,
                                      jwks_uri => $jwks }));
$idp->hold($_) for qw(/jwks /other /document);

my $other = $idp->https('/other');
my $document = $idp->https('/document');
my $port = $idp->port('https');

my %change = (
    'other jwks_uri' => sub { s/\Q$jwks/$other/ },
    'other port' => sub { s/\Q$jwks/$elsewhere->http('\/jwks')/e },
    'other host' => sub { s/127\.0\.0\.1:$port/localhost:$port/ },
    'other issuer' => sub { s/issuer \S+;/issuer $issuer\/;/ },
    'metadata_uri' => sub { s/jwks_uri \S+;/metadata_uri $document;/ },
    'ssl_verify off' => sub { $_ .= 'ssl_verify off;' },
    'other trusted_certificate' => sub { s/(certificate) \S+;/$1 ca.pem;/ },
    'insecure_http' => sub { s/(jwks_uri \S+);/$1 insecure_http;/ },
);

$elsewhere->hold('/jwks');

for my $name (sort keys %change) {
    my $changed = $first;

    $change{$name}->() for $changed;

    my $iss = $name eq 'other issuer' ? "$issuer/" : $issuer;

    ok($nginx->reload(http => block(corp => $changed)), "reload with $name");
    is(verdict('rsa', $iss), '503 keys_unavailable', "no old keys with $name");
    ok($nginx->reload(http => block(corp => $first)), "back from $name");
    is(verdict('rsa', $iss), $iss eq $issuer ? '503 keys_unavailable'
                                             : '401 unknown_issuer',
       "keys are forgotten after $name");
}

$idp->release($_) for qw(/jwks /other /document);
$elsewhere->release('/jwks');

ok((wait_for { verdict() eq '200 ok' }), 'keys are fetched anew');

# from one provider to another

my $uri = $elsewhere->http('/jwks');
my $second = $first =~ s/\Q$jwks/$uri/r;

ok($nginx->reload(http => block(corp => $second)), 'reload with other keys');
ok((wait_for { verdict('rsa2') eq '200 ok' }), 'other keys');
is(verdict('rsa'), '401 bad_signature', 'old keys are refused');

# added and removed

my $found = $elsewhere->issuer;
my $added = block(added => "issuer $found; audience api;");

$elsewhere->forget;

ok($nginx->reload(http => block(corp => $second) . $added,
                  server => $both), 'reload with one more');
ok((wait_for { $elsewhere->count('/jwks') == 1 }), 'added one is fetched');
ok((wait_for { verdict('rsa2', $found, '/added') =~ /404 ok/ }),
   'added one counts');
is(verdict('rsa2'), '200 ok', 'old one is kept');
is($elsewhere->count('/jwks'), 1, 'old one is not fetched');

ok($nginx->reload(http => $added,
                  server => $both =~ s/=corp/=added/r), 'one is removed');
is(verdict('rsa2', $found), '200 ok', 'the other one is kept');
is(verdict('rsa2'), '401 unknown_issuer', 'removed one is refused');

# while keys are being fetched

$idp->forget;
$idp->hold('/jwks');
$corp = 'wait_timeout 60s; read_timeout 25s;';

ok($nginx->reload(http => block(corp => $first),
                  server => $server), 'no keys yet');
ok((wait_for { $idp->held('/jwks') == 1 }), 'fetch is held');

my @clients;


sub begin {
    push @clients, $nginx->begin('/', bearer_from($issuer));

    return $nginx->under_way(scalar @clients);
}


ok(begin(), 'request waits before reload');
ok($nginx->reload, 'reload during a fetch');
ok(begin(), 'request waits after reload');

$idp->release('/jwks');

is(join(' ', map { $_->response->status } @clients), '200 200',
   'requests before and after reload pass');
# a worker that shuts down gives up what its own requests do not wait for

cmp_ok($idp->count('/jwks'), '<=', 2, 'no more fetches at a reload');

done_testing;
