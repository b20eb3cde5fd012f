# docs/examples/plus-login.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Nginx qw(wait_for);
use Token;

my $nginx = Example->start('plus-login');

my $token = token('ES256', undef, kid => 'ec-1');


sub refused {
    my ($name, $path, @headers) = @_;

    my $before = $nginx->upstream_requests;
    my $answer = $nginx->get($path, @headers);

    is($answer->status, 302, "$name goes to login");
    like($answer->header('Location'), qr{/login\?next=\Q$path\E\z},
         "$name comes back later");
    is($nginx->upstream_requests, $before, "$name stays here");
}


my $answer = $nginx->get('/page?a=b', Cookie => "auth_token=$token");

is($answer->status, 200, 'good cookie passes');
like($answer->body, qr/^X-User: alice\r$/m, 'user arrives');

refused('no cookie', '/page?a=b');
refused('forged cookie', '/page', Cookie => 'auth_token=' . forged($token));
refused('expired cookie', '/%0d%0aX-Evil:1',
        Cookie => 'auth_token=' . expired('ES256', kid => 'ec-1'));
refused('header instead of cookie', '/', bearer($token));

is($nginx->get('/login')->status, 200, 'login is open');

# what the page does not say: a refused request has no claims

unlike(($nginx->upstream_requests)[-1], qr/^X-User/m, 'login has no user');

$nginx->write_file('jwt/keys.json', '{');

ok((wait_for { $nginx->get('/', Cookie => "auth_token=$token")->status
               == 500 }), 'broken key file is no login');

done_testing;
