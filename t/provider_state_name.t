# A state file is JSON: of what is not UTF-8 there is none, and a line says so.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use File::Temp;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $dir = File::Temp->newdir;
my $uri = $idp->http('/jwks');
my %name = (utf8 => "caf\xc3\xa9", latin1 => "caf\xe9", cut => "caf\xc3");
my $all = join ' ', map { "provider=$_" } values %name;

my $nginx = Nginx->start(
    http => join('', map { qq{
        auth_jwt_provider $name{$_} state=$dir/$_.json {
            issuer https://$_.example;
            audience api;
            jwks_uri $uri;
        }
    } } sort keys %name),
    server => qq{
        auth_jwt "api" $all;
        location / { proxy_pass http://%UPSTREAM%; }
    });


sub status {
    my ($name) = @_;

    return $nginx->get('/', bearer_from("https://$name.example"))->status;
}


is(status($_), 200, "keys of $_") for sort keys %name;

is($nginx->log_lines(qr/ provider "$name{$_}": what "\S+$_.json" is/), 1,
   "name in $_") for qw(latin1 cut);

ok((wait_for { -s "$dir/utf8.json" }), 'name in UTF-8 has a file');
is_deeply([glob "$dir/*"], ["$dir/utf8.json"], 'others have none');
is($nginx->log_lines(qr/\[crit\] .* is to hold is not UTF-8$/), 2,
   'one line for each');

done_testing;
