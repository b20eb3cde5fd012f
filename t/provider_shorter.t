# Shorter times take effect with the reload that brings them, not when the
# longer ones of before are over.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start(keys => [['rsa', kid => '1']]);
my $issuer = $idp->issuer;


sub http {
    my ($times) = @_;

    return qq{
        auth_jwt_provider corp { issuer $issuer; audience api; $times }
    };
}


my $nginx = Nginx->start(
    http => http('refresh min=1h max=2h; cooldown 1h;'),
    server => q{
        auth_jwt "api" provider=corp;
        add_header X-Status $jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
    });


sub verdict { $nginx->get('/', bearer_from($issuer, kid => $_[0]))->verdict }


is(verdict('1'), '200 ok', 'first keys');

# cooldown

is(verdict('2'), '401 unknown_key', 'unknown key');
is($idp->count('/jwks'), 2, 'unknown key is asked for');

$idp->keys(['rsa', kid => '2']);

is(verdict('2'), '401 unknown_key', 'new key in cooldown');

ok($nginx->reload(http => http('cooldown 2h; refresh min=1h max=2h;')),
   'reload with longer cooldown');
is(verdict('2'), '401 unknown_key', 'new key in longer cooldown');
is($idp->count('/jwks'), 2, 'nothing is fetched in cooldown');

ok($nginx->reload(http => http('cooldown 0; refresh min=1h max=2h;')),
   'reload without cooldown');
is(verdict('2'), '200 ok', 'new key without cooldown');
is($idp->count('/jwks'), 3, 'one fetch without cooldown');

# refresh

$idp->keys(['rsa', kid => '3']);

ok($nginx->reload(http => http('cooldown 1h; refresh min=3h max=4h;')),
   'reload with longer refresh');
is($idp->count('/jwks'), 3, 'nothing is due');

ok($nginx->reload(http => http('cooldown 1h; refresh min=100ms max=100ms;')),
   'reload with shorter refresh');
ok((wait_for { $idp->count('/jwks') > 4 }), 'shorter refresh comes');
is(verdict('3'), '200 ok', 'keys of shorter refresh');

done_testing;
