# The provider that a token has is the one of the request at hand: internal
# redirects, connections that are kept, streams of HTTP/2.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Http2;
use Nginx;
use Provider;
use Token;

my $corp = Provider->start;
my $shop = Provider->start(keys => ['ec256']);

my ($ill, $late) = (Provider->start, Provider->start);

$_->hold('/jwks') for $ill, $late;

my ($corp_is, $shop_is, $ill_is, $late_is) = map { $_->issuer }
                                             $corp, $shop, $ill, $late;

my $nginx = Nginx->start(
    files => { 'keys.json' => jwks('rsa2'), 'page.html' => 'the page' },
    http => qq{
        auth_jwt_provider corp { issuer $corp_is; audience api; }
        auth_jwt_provider shop { issuer $shop_is; audience api; cooldown 0; }

        auth_jwt_provider ill {
            issuer $ill_is; audience api; wait_timeout 1m;
        }

        auth_jwt_provider late {
            issuer $late_is; audience api; wait_timeout 1m;
        }
    } . q{
        add_header X-Status $jwt_status always;
        add_header X-Provider $jwt_provider always;
        add_header X-User $jwt_claim_sub always;
        proxy_set_header X-User $jwt_claim_sub;

        auth_jwt "http" provider=corp;

        server {
            listen 127.0.0.1:%PORT2% http2;
            auth_jwt "server" provider=shop provider=corp;
            location / { proxy_pass http://%UPSTREAM%; }
        }
    },
    server => q{
        location /both {
            auth_jwt "both" provider=shop provider=corp;
            proxy_pass http://%UPSTREAM%;
        }

        location /page {
            error_page 401 /page.html;
            proxy_pass http://%UPSTREAM%;
        }

        location = /page.html { auth_jwt off; root %DIR%; }

        location /next {
            error_page 401 = @shop;
            proxy_pass http://%UPSTREAM%;
        }

        location @shop {
            auth_jwt "shop" provider=shop token=$arg_token;
            proxy_pass http://%UPSTREAM%;
        }

        location /try { try_files /missing /inner; }

        location /inner {
            auth_jwt "inner" provider=shop;
            proxy_pass http://%UPSTREAM%;
        }

        location /keys { try_files /missing /own; }

        location /own {
            auth_jwt "own";
            auth_jwt_key_file keys.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /ill {
            auth_jwt "ill" provider=ill;
            error_page 503 = @late;
            proxy_pass http://%UPSTREAM%;
        }

        location @late {
            auth_jwt "late" provider=late token=$arg_token;
            proxy_pass http://%UPSTREAM%;
        }

        location /open { try_files /missing @open; }
        location @open { auth_jwt off; proxy_pass http://%UPSTREAM%; }
        location /off { auth_jwt off; try_files /missing /both; }
    });

my $passed = 0;


# what is shown of a refused token is a part of the verdict

sub verdict {
    my ($answer) = @_;

    my $status = $answer->header('X-Status') // '-';
    my $user = join '', $answer->header('X-User') // (),
                        $answer->body =~ /^X-User: (.*)\r$/mg;

    $passed++ if $answer->status == 200;

    return join ' ', $answer->status, $status,
           $answer->header('X-Provider') // '-',
           $status ne 'ok' && $user ne '' ? "shows $user" : ();
}


sub at { verdict($nginx->get(@_)) }

sub challenge { $nginx->get(@_)->header('WWW-Authenticate') }


sub of {
    my ($iss, $alg) = @_;

    return token($alg, { iss => $iss, sub => 'alice', aud => 'api',
                         exp => time + 60 });
}


my $of_corp = of($corp_is, 'RS256');
my $of_shop = of($shop_is, 'ES256');

# internal redirects

my $answer = $nginx->get('/page', bearer($of_shop));

is($answer->status . $answer->body, '401the page', 'page is shown');
like($answer->header('WWW-Authenticate'), qr/^Bearer realm="http", error="inv/,
     'page has the challenge');

is(at("/next?token=$of_shop", bearer(forged($of_corp))), '200 ok shop',
   'next provider');
is(at("/next?token=$of_corp", bearer(forged($of_corp))),
   '401 unknown_issuer -', 'first provider is forgotten');
is(at('/next', bearer(forged($of_corp))), '401 no_token -',
   'first token is forgotten');
is(challenge('/next', bearer(forged($of_corp))), 'Bearer realm="shop"',
   'one challenge');
is(at('/try', bearer($of_corp)), '401 unknown_issuer -',
   'target has its provider');
is(at('/try', bearer($of_shop)), '401 unknown_issuer -', 'both have to accept');
is(at('/keys', bearer($of_corp)), '401 bad_signature -',
   'target has no provider');

is(at('/open', bearer($of_corp)), '200 ok corp', 'target is open');
is(at('/off', bearer($of_shop)), '200 ok shop', 'target alone is protected');
is(at('/off', bearer(forged($of_shop))), '401 bad_signature shop',
   'target alone refuses');

# each location waits for its keys

my $client = $nginx->begin('/ill?token=' . of($late_is, 'RS256'),
                           bearer(of($ill_is, 'RS256')));

ok(wait_for { $ill->held('/jwks') && $late->held('/jwks') },
   'both are asked for keys');

$ill->set('/jwks', status => 500);
$ill->release('/jwks');

ok($nginx->log_comes(qr/jwt rejected: the keys are not available/),
   'one has none');

$late->release('/jwks');

is(verdict($client->response), '200 ok late', 'both were waited for');

$shop->keys('ec256', ['ec384', kid => 'new']);

is(at('/next?token=' . of($shop_is, 'ES384'), bearer(forged($of_corp))),
   '200 ok shop', 'new key after a redirect');

# one connection, one token after another

my @tokens = ($of_corp, $of_shop, undef, forged($of_corp),
              of('x', 'RS256'), $of_corp);
is(join(', ', map { verdict($client->get('/both', $_ ? bearer($_) : ())) }
              @tokens),
   '200 ok corp, 200 ok shop, 401 no_token -, 401 bad_signature corp, '
   . '401 unknown_issuer -, 200 ok corp', 'connection is kept');

my $h2 = Http2->new($nginx->connect(2));
my @ids = $h2->send_all(map { ['/', $_ ? (authorization => "Bearer $_") : ()] }
                        @tokens);
my @seen = map { ($h2->answer($_))[0] } @ids;

$passed += grep { $_ == 200 } @seen;

is("@seen", '200 200 401 401 401 200', 'streams of HTTP/2');
ok($h2->has($ids[$_->[0]], 'x-provider', $_->[1]), "stream of $_->[1]")
    for [0, 'corp'], [1, 'shop'];
ok(!$h2->has($ids[4], 'x-provider', 'corp'), 'stream of nobody');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
