# auth_jwt_key_cache: old keys of a file that is lost or broken.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { map { $_ => jwks('rsa') } qw(kept.json plain.json) },
    server => q{
        add_header X-Status $jwt_status always;

        location /kept {
            auth_jwt "api";
            auth_jwt_key_file kept.json;
            auth_jwt_key_cache 1s;
            proxy_pass http://%UPSTREAM%;
        }

        location /plain {
            auth_jwt "api";
            auth_jwt_key_file plain.json;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $token = token('RS256');


sub status {
    my ($path) = @_;

    return $nginx->get($path, Authorization => "Bearer $token")->status;
}


sub failures { scalar($nginx->log_lines(qr/"\S+kept\.json" cannot be used/)) }


is(status('/kept'), 200, 'good file passes');
is(status('/plain'), 200, 'so does one without cache');

$nginx->write_file($_, '{"keys":[') for qw(kept.json plain.json);

ok(wait_for { status('/plain') == 500 }, 'broken file without cache is 500');
ok(wait_for { status('/kept') == 200 && failures() >= 1 },
   'broken file is looked at');
is(status('/kept'), 200, 'old keys are used');

unlink $nginx->path('kept.json') or die $!;

my $before = failures();

ok(wait_for { status('/kept') == 200 && failures() > $before },
   'lost file is looked at');
is(status('/kept'), 200, 'old keys are still used');

$nginx->write_file('kept.json', jwks('ec256'));

ok(wait_for { status('/kept') == 401 }, 'new keys take their place');

done_testing;
