# A provider counts where auth_jwt names it: levels of the configuration, and
# what of a location goes on to count.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $corp = Provider->start(keys => ['rsa', 'ec384']);
my $shop = Provider->start(keys => ['ec256']);

my ($corp_is, $shop_is) = ($corp->issuer, $shop->issuer);

my $nginx = Nginx->start(
    files => { 'keys.json' => jwks('rsa2', 'ed25519') },
    http => qq{
        auth_jwt_provider corp { issuer $corp_is; audience api; }
        auth_jwt_provider shop { issuer $shop_is; audience api; }
    } . q{
        add_header X-Status $jwt_status always;
        add_header X-Provider $jwt_provider always;

        auth_jwt "http" provider=corp;

        server {
            listen 127.0.0.1:%PORT2%;
            auth_jwt "server" provider=shop;
            location / { proxy_pass http://%UPSTREAM%; }
        }
    },
    server => q{
        location / { proxy_pass http://%UPSTREAM%; }

        location /other {
            auth_jwt "other" provider=shop;
            proxy_pass http://%UPSTREAM%;
            location /other/lower { proxy_pass http://%UPSTREAM%; }
            location /other/off { auth_jwt off; proxy_pass http://%UPSTREAM%; }
        }

        location /both {
            auth_jwt "both" provider=shop provider=corp token=$arg_token
                            token=$http_authorization;
            proxy_pass http://%UPSTREAM%;
        }

        location /if {
            if ($arg_if) { set $seen 1; }
            proxy_pass http://%UPSTREAM%;
        }

        location /realm {
            auth_jwt $arg_realm provider=shop;
            proxy_pass http://%UPSTREAM%;
        }

        location /own {
            auth_jwt "own";
            auth_jwt_key_file keys.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /keys {
            auth_jwt_key_file keys.json;
            auth_jwt_key '} . SECRET . q{';
            auth_jwt_key_request /request;
            proxy_pass http://%UPSTREAM%;
        }

        location /request { internal; proxy_pass http://%UPSTREAM%; }

        location /narrow {
            auth_jwt_algorithms ES384 HS256;
            proxy_pass http://%UPSTREAM%;
        }

        location /except {
            auth_jwt off;

            limit_except GET {
                auth_jwt "except" provider=shop;
                auth_jwt_algorithms ES256;
            }

            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


sub verdict {
    my ($path, $token, $port) = @_;

    my $method = $path =~ s/^(POST) // ? $1 : 'GET';
    my $answer = $nginx->connect($port)
                       ->request($method, $path,
                                 [$token ? bearer($token) : (),
                                  Connection => 'close']);

    $passed++ if $answer->status == 200;

    return join ' ', $answer->status,
           map { $answer->header("X-$_") // '-' } qw(Status Provider);
}


sub of {
    my ($iss, $alg, %option) = @_;

    return token($alg, { iss => $iss, sub => 'alice', aud => 'api',
                         exp => time + 60 }, %option);
}


my $of_corp = of($corp_is, 'RS256');
my $of_shop = of($shop_is, 'ES256');
my $local = token('RS256', undef, key => 'rsa2');

# levels: a lower auth_jwt replaces

is(verdict('/', $of_corp), '200 ok corp', 'provider of http');
is(verdict('/', $of_shop), '401 unknown_issuer -', 'other provider');
is(verdict('/', $of_shop, 2), '200 ok shop', 'provider of server');
is(verdict('/', $of_corp, 2), '401 unknown_issuer -',
   'server replaces provider');
is(verdict('/other', $of_shop), '200 ok shop', 'provider of location');
is(verdict('/other', $of_corp), '401 unknown_issuer -',
   'location replaces provider');
is(verdict('/other/lower', $of_shop), '200 ok shop',
   'provider of outer location');
is(verdict('/other/lower', $of_corp), '401 unknown_issuer -',
   'provider of http stays replaced');
is(verdict('/other/off', $of_shop), '200 - -', 'off is off');
is(verdict('/both', $_->[1]), "200 ok $_->[0]", "both, $_->[0]")
    for ['corp', $of_corp], ['shop', $of_shop];
is(verdict("/both?token=$of_shop", $of_corp), '200 ok shop',
   'first token, its provider');
is(verdict('/if?if=1', $of_corp), '200 ok corp', 'provider in if');
is(verdict('/if?if=1', $of_shop), '401 unknown_issuer -',
   'other provider in if');
is(verdict('/realm?realm=a', $of_shop), '200 ok shop', 'realm is a variable');
is(verdict('/realm?realm=a', $of_corp), '401 unknown_issuer -',
   'realm is a variable, other provider');
is(verdict('/realm?realm=off', $of_corp), '200 - -', 'realm is off');
is(verdict('/except'), '200 - -', 'method is excepted');
is(verdict('POST /except', $of_shop), '200 ok shop',
   'provider of limit_except');
is(verdict('POST /except', $of_corp), '401 unknown_issuer -',
   'other provider in limit_except');
is(verdict('POST /except'), '401 no_token -', 'no token in limit_except');

# with a provider, or with keys

is(verdict('/own', $local), '200 ok -', 'keys without provider');
is(verdict('/own', $of_corp), '401 bad_signature -', 'keys replace provider');
is(verdict('/keys', $of_corp), '200 ok corp', 'provider replaces keys');
is(verdict('/keys', of($corp_is, 'RS256', key => 'rsa2')),
   '401 bad_signature corp', 'key file of location');
is(verdict('/keys', of($corp_is, 'EdDSA')), '401 unknown_key corp',
   'key file of location, other algorithm');
is(verdict('/keys', of($corp_is, 'HS256')),
   '401 algorithm_not_allowed corp', 'secret of location');
is(verdict('/keys', $local), '401 unknown_issuer -', 'key file, no issuer');
is(scalar(grep { m{^GET /request} } $nginx->upstream_requests), 0,
   'key request is not sent');

# auth_jwt_algorithms

is(verdict('/narrow', of($corp_is, 'ES384')), '200 ok corp',
   'algorithm of location');
is(verdict('/narrow', $of_corp), '401 algorithm_not_allowed corp',
   'algorithm is narrowed');
is(verdict('/narrow', of($corp_is, 'HS256')),
   '401 algorithm_not_allowed corp', 'algorithms are not widened');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
