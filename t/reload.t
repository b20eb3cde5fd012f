# A reload: other keys, another policy, and no request lost.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $server = q{
    auth_jwt "api";
    auth_jwt_key_file keys.json;
    proxy_set_header X-User "<$jwt_claim_sub>";

    location / { proxy_pass http://%UPSTREAM%; }
};

my $nginx = Nginx->start(
    files  => { 'keys.json' => jwks('rsa') },
    server => $server,
    allow  => qr/unknown algorithm "RS999"/);

my %of = map { $_ => token('RS256', { sub => $_ }, key => $_) } qw(rsa rsa2);


sub accepted {
    my ($client) = @_;

    return join ' ', grep {
        ($client // $nginx)->get('/', bearer($of{$_}))->status == 200;
    } sort keys %of;
}


is(accepted(), 'rsa', 'first key counts');

# a request in the middle, and a connection that is kept alive

my $begun = $nginx->connect;

$begun->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
             . "Expect: 100-continue\r\n"
             . "Authorization: Bearer $of{rsa}\r\n\r\n");

is($begun->take_line, 'HTTP/1.1 100 Continue', 'request has begun');

my $kept = $nginx->connect;

is(accepted($kept), 'rsa', 'kept connection has first key');

ok($nginx->reload(files => { 'keys.json' => jwks('rsa2') }),
   'reload with other keys');

is(accepted(), 'rsa2', 'second key counts');

$begun->send('some body');
$begun->take_line;

my $answer = $begun->response;

is($answer->status, 200, 'request is not lost');
like($answer->body, qr/^X-User: <rsa>\r\n.*some body\z/ms, 'request is whole');
is($kept->response, undef, 'idle connection is closed');

# another policy

ok($nginx->reload(files => { 'keys.json' => jwks('rsa', 'rsa2') },
                  server => "auth_jwt_require \$jwt_claim_admin error=403;\n"
                            . "auth_jwt_algorithms RS256;$server"),
   'reload with another policy');

is($nginx->get('/', bearer($of{$_}))->status, 403, "$_ fails new policy")
    for sort keys %of;
is($nginx->get('/', bearer(token('RS256', { admin => 1 })))->status, 200,
   'good token passes new policy');

# what nginx refuses changes nothing

ok(!$nginx->reload(server => "auth_jwt_algorithms RS999;$server"),
   'broken configuration is refused');
is($nginx->get('/', bearer($of{rsa}))->status, 403, 'old policy is kept');

# again and again, with requests all the time

my @statuses;

for my $round (1 .. 5) {
    $nginx->reload(server => $server);
    push @statuses, $nginx->get('/', bearer($of{rsa}))->status;
    push @statuses, $nginx->get('/')->status;
}

is("@statuses", join(' ', ('200 401') x 5), 'many reloads lose nothing');

done_testing;
