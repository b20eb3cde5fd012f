# Without a master the one process fetches.  After a reload nginx itself serves
# nothing any more then.

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

my $nginx = Nginx->start(
    main => 'master_process off;',
    http => qq{
        auth_jwt_provider corp state=corp.json {
            issuer $issuer;
            audience api;
            cooldown 0;
        }
    },
    server => q{
        auth_jwt "api" provider=corp;
        add_header X-Status $jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
    });


sub verdict { $nginx->get('/', bearer_from($issuer, kid => $_[0]))->verdict }


is(verdict('1'), '200 ok', 'first keys');
is(verdict('2'), '401 unknown_key', 'unknown key');

$idp->keys(['rsa', kid => '2']);

is(verdict('2'), '200 ok', 'new key');
is(verdict('1'), '401 unknown_key', 'old key');
is($idp->count('/jwks'), 4, 'one fetch for each that is asked for');
like($nginx->read_file('corp.json'), qr/\\"kid\\": *\\"2\\"/, 'keys are saved');

# the last one is under way

$idp->hold('/jwks');

my $client = $nginx->begin('/', bearer_from($issuer, kid => '3'));

ok((wait_for { $idp->held('/jwks') }), 'key is asked for');
is($nginx->stop, 0, 'nginx ends during a fetch');

done_testing;
