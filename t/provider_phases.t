# A provider's token and what is beside its check: requests that wait for keys,
# the phase before, other access modules.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use MIME::Base64 qw(encode_base64);
use Nginx;
use Provider;
use Token;

my $corp = Provider->start;
my $shop = Provider->start(keys => ['ec256']);
my $late = Provider->start(keys => ['ec384']);

$late->hold('/jwks');

my ($corp_is, $shop_is, $late_is) = map { $_->issuer } $corp, $shop, $late;

my $nginx = Nginx->start(
    files => { users => "tom:{PLAIN}secret\n" },
    http => qq{
        limit_req_zone \$jwt_claim_sub zone=user:1m rate=1r/m;
        limit_req_status 429;

        map \$jwt_claim_sub \$mapped { default \$jwt_claim_sub; }

        auth_jwt_provider corp { issuer $corp_is; audience api; }
        auth_jwt_provider shop { issuer $shop_is; audience api; }
        auth_jwt_provider late {
            issuer $late_is;
            audience api;
            wait_timeout 1m;
        }
        auth_jwt_provider down {
            issuer https://down.example;
            audience api;
            jwks_file missing.json;
        }
    } . q{
        add_header X-Status $jwt_status always;
        add_header X-Provider $jwt_provider always;
        add_header X-Claims "$jwt_claim_sub$mapped$jwt_claims$jwt_header_alg"
                            always;
        proxy_set_header X-User $jwt_claim_sub;
        proxy_set_header X-Mapped $mapped;

        auth_jwt "http" provider=corp;
    },
    server => q{
        location /early {
            auth_jwt_phase preaccess;
            limit_req zone=user;
            proxy_pass http://%UPSTREAM%;
        }

        location /late {
            auth_jwt "late" provider=late;
            set $unverified $mapped;
            proxy_pass http://%UPSTREAM%;
        }

        location /late/early {
            auth_jwt "late" provider=late;
            auth_jwt_phase preaccess;
            limit_req zone=user;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/allow {
            satisfy any;
            allow all;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/basic {
            satisfy any;
            auth_basic "basic";
            auth_basic_user_file users;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/down {
            satisfy any;
            allow all;
            auth_jwt "down" provider=down;
            proxy_pass http://%UPSTREAM%;
        }

        location /all { deny all; proxy_pass http://%UPSTREAM%; }

        location /require {
            auth_jwt_require $jwt_claim_admin error=503;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


# what is shown of a refused token is a part of the verdict

sub verdict {
    my ($answer) = @_;

    my $status = $answer->header('X-Status') // '-';
    my $claims = ($answer->header('X-Claims') // '')
                 . join '', $answer->body =~ /^X-(?:User|Mapped): (.*)\r$/mg;

    $passed++ if $answer->status == 200;

    return join ' ', $answer->status, $status,
           $answer->header('X-Provider') // '-',
           $status ne 'ok' && $claims ne '' ? "shows $claims" : ();
}


sub at { verdict($nginx->get(@_)) }

sub challenge { $nginx->get(@_)->header('WWW-Authenticate') }


sub of {
    my ($iss, $alg, $user, %option) = @_;

    return token($alg, { iss => $iss, sub => $user // 'alice', aud => 'api',
                         exp => time + 60 }, %option);
}


my $of_corp = of($corp_is, 'RS256');
my $of_shop = of($shop_is, 'ES256');
my $of_late = of($late_is, 'ES384', 'carol');

# requests that wait for keys, in both phases

my @waiting = map {
    my $path = $_;

    map { $nginx->begin($path, bearer($_)) } $of_late, forged($of_late);
} '/late/early', '/late';

ok(wait_for { $late->held('/jwks') }, 'keys are asked for');
is($nginx->upstream_requests, 0, 'nothing passes without keys');

$late->release('/jwks');

is(join(', ', map { verdict($_->response) } @waiting),
   '200 ok late, 401 bad_signature late, 200 ok late, 401 bad_signature late',
   'all have waited');
is(at('/late/early', bearer($of_late)), '429 ok late',
   'the one that waited was counted');

# before the access phase

my $bob = of($corp_is, 'RS256', 'bob');

is(at('/early', bearer($_->[1])), "401 $_->[0]", "early, $_->[0]")
    for ['bad_signature corp', forged($bob)],
        ['unknown_issuer -', of($shop_is, 'RS256', 'bob')],
        ['unknown_issuer -', of('x', 'RS256', 'bob')];
is(at('/early', bearer($bob)), '200 ok corp', 'early, good token');
is(at('/early', bearer($bob)), '429 ok corp', 'good ones are counted');
is(at('/early', bearer($of_corp)), '200 ok corp', 'others apart');

# satisfy

my @basic = (Authorization => 'Basic ' . encode_base64('tom:secret', ''));

is(at('/any/allow', bearer($_->[0])), "200 $_->[1]", "any, $_->[1]")
    for [$of_corp, 'ok corp'], [forged($of_corp), 'bad_signature corp'],
        [$of_shop, 'unknown_issuer -'];
is(challenge('/any/allow', bearer($of_shop)), undef, 'any, no challenge');
$passed++;
is(at('/any/basic', @basic), '200 no_token -', 'any, password');
is(at('/any/basic', bearer($of_corp)), '200 ok corp', 'any, token');
is(at('/any/basic', bearer($of_shop)), '401 unknown_issuer -', 'any, neither');
is(at('/any/down', bearer(of('https://down.example', 'RS256'))),
   '503 keys_unavailable down', 'any, 503 is final');
is(at('/any/down', bearer($of_corp)), '200 unknown_issuer -',
   'any, unknown issuer');
is(at('/all', bearer($of_corp)), '403 ok corp', 'all, address is refused');

my $answer = $nginx->get('/require', bearer($of_corp));

is(verdict($answer), '503 require_failed corp', 'require may be 503');
is($answer->header('Retry-After'), undef, 'require has no Retry-After');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
