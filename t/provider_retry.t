# Retry-After says when it is worth to come again: once, and only in an answer
# that has no keys to judge by.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start;
my $issuer = $idp->issuer;

$idp->down;

my $nginx = Nginx->start(
    files => { 'page.html' => 'the page', 'key' => jwks('rsa') },
    http => qq{
        auth_jwt_provider corp { issuer $issuer; audience api; }

        auth_jwt_provider file { issuer $issuer; audience api; jwks_file key; }
    },
    server => q{
        auth_jwt "api" provider=corp;

        location / { proxy_pass http://%UPSTREAM%; }

        location = /same { error_page 503 /; }
        location = /twice { error_page 503 /same; recursive_error_pages on; }

        location = /page { error_page 503 /page.html; }
        location = /page.html { auth_jwt off; root %DIR%; }

        location = /other { error_page 503 = @other; }
        location @other {
            auth_jwt "other" provider=file;
            proxy_pass http://%UPSTREAM%;
        }

        location = /refused { error_page 503 = @refused; }
        location @refused {
            auth_jwt "other" provider=file token=$arg_token;
            proxy_pass http://%UPSTREAM%;
        }

        location = /required {
            auth_jwt "other" provider=file;
            auth_jwt_require $jwt_claim_admin error=503;
            proxy_pass http://%UPSTREAM%;
        }
    });


# Status and header, as "503 in N" or "200 -"

sub answer {
    my ($path) = @_;

    my $answer = $nginx->get($path, bearer_from($issuer));
    my $after = $answer->header('Retry-After') // '-';

    return $answer->status . ' ' . $after =~ s/\A[1-9]\d*\z/in N/r;
}


is(answer('/'), '503 in N', 'no keys');
is(answer('/same'), '503 in N', 'no keys for the error page');
is(answer('/twice'), '503 in N', 'no keys for two error pages');
is(answer('/page'), '503 in N', 'page for the answer without keys');
is(answer('/other'), '200 -', 'keys of another provider');
is(answer('/refused'), '401 -', 'refused by another provider');
is(answer('/required'), '503 -', '503 of a requirement');

is($nginx->upstream_requests, 1, 'no refused token reaches upstream');

done_testing;
