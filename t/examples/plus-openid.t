# docs/examples/plus-openid.conf: error_page 401 = @flow, and back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Token;

my $good = token('RS256', { sub => 'alice', exp => time + 60 },
                 kid => 'rsa-1');
my $fresh = token('RS256', { sub => 'bob', exp => time + 60 },
                  kid => 'rsa-1');
my $expired = expired('RS256', kid => 'rsa-1');

# the provider, the session service and the application

my $nginx = Example->start('plus-openid', upstream => sub {
    my ($request) = @_;

    my ($uri) = $request =~ m{\A\S+ (\S+)};
    my ($original) = $request =~ /^X-Original-Uri: (.*)\r$/m;
    my ($refresh) = $request =~ /^Cookie: .*refresh=(\w+)/m;
    my $ok = "HTTP/1.1 200 OK\r\nConnection: close\r\n";

    return "$ok\r\n" . jwks(['rsa', kid => 'rsa-1']) if $uri eq '/certs';

    if ($uri eq '/session') {
        my $token = { good => $fresh, bad => forged($fresh) }->{$refresh // ''};

        return "HTTP/1.1 302 Found\r\nConnection: close\r\n"
               . "Location: /login\r\n\r\n" if !$token;

        return "${ok}X-Accel-Redirect: $original\r\nX-Id-Token: $token\r\n"
               . "Set-Cookie: session=$token\r\n\r\n";
    }

    return "$ok\r\n$request";
});


sub answer { $nginx->get('/page?a=b', @_ ? (Cookie => $_[0]) : ()) }


sub user { (answer(@_)->body =~ /^X-User: (.*)\r$/m)[0] }


is(user("session=$good"), 'alice', 'good session passes');
is($nginx->upstream_requests, 2, 'nobody else is asked');

# a session that has expired

my $answer = answer("session=$expired; refresh=good");

is($answer->status, 200, 'refreshed session passes');
like($answer->body, qr{\AGET /page\?a=b HTTP},
     'browser gets what it asked for');
like($answer->body, qr/^X-User: bob\r$/m, 'claims are those of the new token');
unlike($answer->body, qr/^Cookie:/m, 'session does not reach application');
is($answer->header('Set-Cookie'), "session=$fresh",
   'browser gets the new session');
is($answer->header('X-Id-Token'), undef, 'token is shown to nobody');

is(user('refresh=good'), 'bob', 'no session at all');
is(user('session=a.b.c; refresh=good'), 'bob', 'broken session');

# one that cannot be refreshed

for ("session=$expired", "session=$expired; refresh=old", '') {
    $answer = answer($_);

    is($answer->status, 302, 'no refresh goes to login');
    like($answer->header('Location'), qr{/login\z}, 'login is named');
}

is(answer('refresh=bad')->status, 401, 'bad new token ends there');

my @asked = grep { m{\A\S+ /page} } $nginx->upstream_requests;

is(scalar @asked, 4, 'application saw none of them');
is(scalar(grep { m{\AGET /certs } } $nginx->upstream_requests), 1,
   'keys are fetched once');
is($nginx->get('/login')->status, 200, 'login is open');

done_testing;
