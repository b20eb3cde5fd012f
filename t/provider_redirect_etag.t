# An ETag is of one place: where a redirect leads to another host or scheme, it
# is not told there, and that of there is not told here.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start(tls => 'good');
my ($issuer, $ca) = ($idp->issuer, $idp->ca);
my $uri = $idp->http('/start');

$idp->set('/start', body => jwks(['rsa', kid => '1']), etag => '"1"');

my $nginx = Nginx->start(
    http => qq{
        auth_jwt_provider corp {
            issuer $issuer;
            audience api;
            jwks_uri $uri;
            trusted_certificate $ca;
            cooldown 0;
        }
    },
    server => q{
        auth_jwt "api" provider=corp;
        add_header X-Status $jwt_status always;

        location / { proxy_pass http://%UPSTREAM%; }
    });


sub verdict { $nginx->get('/', bearer_from($issuer, kid => $_[0]))->verdict }


is(verdict('1'), '200 ok', 'keys of the first place');

# the same ETag there, and other keys

$idp->set('/moved', body => jwks(['rsa', kid => '2']), etag => '"1"');
$idp->redirects('/start', $idp->https('/moved'));

is(verdict('2'), '200 ok', 'keys of the other place');
like($idp->last('/start'), qr/^If-None-Match: "1"\r$/m, 'its own ETag is sent');
unlike($idp->last('/moved'), qr/^If-None-Match/m, 'ETag is not sent there');

# back to the first place, which would say 304 for it

$idp->set('/start', body => jwks(['rsa', kid => '3']), etag => '"1"');

is(verdict('3'), '200 ok', 'keys of the first place again');
unlike($idp->last('/start'), qr/^If-None-Match/m, 'ETag stays there');

done_testing;
