# Which provider: the one whose issuer the token has, to the byte, and nothing
# but its keys.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

# the same kid, and not the same key

my $corp = Provider->start(tls => 'good', keys => [['rsa', kid => '1']]);
my $shop = Provider->start(path => '/shop',
                           keys => [['rsa2', kid => '1'],
                                    ['ec256', kid => 'own']]);

my ($corp_is, $shop_is, $ca) = ($corp->issuer, $shop->issuer, $corp->ca);

my $path = 'https://Issuer.example:443/Path';
my $long = 'urn:' . 'x' x 2044;

my $nginx = Nginx->start(
    files => {
        'path.json'  => jwks('ec256'),
        'slash.json' => jwks('ec256b'),
        'words.json' => jwks('ec384'),
        'long.json'  => jwks('ec521'),
    },
    http => qq{
        log_format jwt "\$request_uri <\$jwt_status> <\$jwt_provider>";

        auth_jwt_provider corp {
            issuer $corp_is;
            audience api;
            trusted_certificate $ca;
        }

        auth_jwt_provider shop { issuer $shop_is; audience api; }

        auth_jwt_provider path {
            issuer $path; audience api; jwks_file path.json;
        }

        auth_jwt_provider slash {
            issuer $path/; audience api; jwks_file slash.json;
        }

        auth_jwt_provider words {
            issuer "two words, \\"quoted\\" \\\\ \xc3\xa9";
            audience api;
            jwks_file words.json;
        }

        auth_jwt_provider long {
            issuer $long; audience api; jwks_file long.json;
        }

        auth_jwt_provider one { issuer 1; audience api; jwks_file path.json; }
        auth_jwt_provider null {
            issuer null; audience api; jwks_file path.json;
        }
    },
    server => q{
        access_log %DIR%/jwt.log jwt;

        auth_jwt "api" provider=corp provider=shop provider=path
                       provider=slash provider=words provider=long
                       provider=one provider=null;

        add_header X-Status $jwt_status always;
        add_header X-Provider $jwt_provider always;
        add_header X-Claim $jwt_claim_sub always;
        proxy_set_header X-User $jwt_claim_sub;

        location / { proxy_pass http://%UPSTREAM%; }

        location /one {
            auth_jwt "one" provider=corp;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


sub verdict {
    my ($token, $uri) = @_;

    my $answer = $nginx->get($uri // '/', bearer($token));
    my $refused = $answer->status != 200;

    $passed++ if !$refused;

    return join ' ', $answer->status, $answer->header('X-Status'),
           $answer->header('X-Provider') // '-',
           $refused && defined $answer->header('X-Claim') ? 'shows claim' : ();
}


sub claims {
    my ($iss, %more) = @_;

    return { iss => $iss, sub => 'alice', aud => 'api', exp => time + 60,
             %more };
}


# the claims with that text as the value of iss

sub iss_text {
    my ($text, $alg, %option) = @_;

    my $claims = json(claims('ISS')) =~ s/"ISS"/$text/r;

    return token($alg // 'ES256', $claims, %option);
}


# several in one location

my $corp_token = token('RS256', claims($corp_is), kid => '1');
my $shop_token = token('RS256', claims($shop_is), kid => '1', key => 'rsa2');
my $answer = $nginx->get('/', bearer($corp_token));

is($answer->status, 200, 'good token passes');
like($answer->body, qr/^X-User: alice\r$/m, 'claim reaches upstream');

$passed++;

is(verdict($corp_token), '200 ok corp', 'first provider');
is(verdict($shop_token), '200 ok shop', 'second provider');
is(verdict($corp_token), '200 ok corp', 'first provider again');
is(verdict(token('ES256', claims($path))), '200 ok path', 'provider with file');
is($corp->count('/jwks'), 1, 'first provider was asked once');
is($shop->count('/shop/jwks'), 1, 'second provider was asked once');

# a key belongs to its provider

is(verdict(token('RS256', claims($corp_is), kid => '1', key => 'rsa2')),
   '401 bad_signature corp', 'same kid, other key');
is(verdict(token('RS256', claims($shop_is), kid => '1', key => 'rsa')),
   '401 bad_signature shop', 'other key, same kid');
is(verdict(token('RS256', claims($corp_is), key => 'rsa2')),
   '401 bad_signature corp', 'other key without kid');
is(verdict(token('ES256', claims($corp_is), kid => 'own')),
   '401 unknown_key corp', 'kid of another provider');
is(verdict(token('ES256', claims($corp_is))),
   '401 unknown_key corp', 'algorithm of another provider');
is(verdict(token('ES256', claims($shop_is), kid => 'own')),
   '200 ok shop', 'kid of its provider');
is(verdict(token('ES256', claims("$path/"))),
   '401 bad_signature slash', 'key of a file, issuer of another');
is(verdict(forged($corp_token)), '401 bad_signature corp', 'forged token');
is(verdict(raw_token('{"alg":"none"}', json(claims($corp_is)), '')),
   '401 unsupported_algorithm corp', 'none');
is(verdict(token('RS256', claims($corp_is, exp => time - 60), kid => '1')),
   '401 expired corp', 'expired token');

# a location has those that it names

is(verdict($corp_token, '/one'), '200 ok corp', 'named provider');
is(verdict($shop_token, '/one'), '401 unknown_issuer -', 'other provider');

# nobody's token

$answer = $nginx->get('/', bearer(token('RS256', claims('https://none'))));

is($answer->status, 401, 'unknown issuer is 401');
is($answer->header('WWW-Authenticate'),
   'Bearer realm="api", error="invalid_token", error_description='
   . '"the issuer is not one of those that are trusted"',
   'unknown issuer is challenged');
is($answer->header('Retry-After'), undef, 'unknown issuer waits for nothing');
ok($nginx->log_comes(qr/\[info\].*jwt rejected: the issuer is not one of/),
   'unknown issuer is logged');

# to the byte

is(verdict(token('ES256', claims($_->[0]))), '401 unknown_issuer -', $_->[1])
    for [lc $path, 'lower case'], ['https://issuer.example:443/Path', 'host'],
        ['HTTPS' . substr($path, 5), 'scheme'],
        ['https://Issuer.example/Path', 'no port'], ["$path//", 'two slashes'],
        ["$path/x", 'longer'], [substr($path, 0, -1), 'shorter'],
        ["$path ", 'space behind'], [" $path", 'space in front'],
        ["$path\0", 'NUL behind'], ["$path?", 'query'], ["$path#", 'fragment'],
        ['https://Issuer.example:443/%50ath', 'percent'], ['', 'empty'],
        ['path', 'name of provider'], ["$path,$corp_is", 'two in one'];

is(verdict(token('ES256', claims("$path/"), key => 'ec256b')), '200 ok slash',
   'slash is another issuer');
is(verdict(token('ES384', claims("two words, \"quoted\" \\ \xe9"))),
   '200 ok words', 'any string');

# as JSON

is(verdict(iss_text($_->[0])), '200 ok path', $_->[1])
    for ['"' . $path =~ s{/}{\\/}gr . '"', 'escaped slashes'],
        ['"\u0068ttps' . substr($path, 5) . '"', 'escaped letter'],
        ['"' . join('', map { sprintf '\u%04X', ord } split //, $path) . '"',
         'escaped letters'];
is(verdict(iss_text($_)), '401 unknown_issuer -', "iss $_")
    for 'null', 'true', '1', '{}', '[]', "[\"$path\"]", "{\"iss\":\"$path\"}";
is(verdict(iss_text("\"$_->[0]\"")), "200 ok $_->[1]", "iss \"$_->[0]\"")
    for [1, 'one'], ['null', 'null'];
is(verdict(token('ES256', json(claims('')) =~ s/"iss":"",//r)),
   '401 unknown_issuer -', 'no iss');
is(verdict(token('ES256', json(claims($path)) =~ s/"iss"/"Iss"/r)),
   '401 unknown_issuer -', 'Iss');
is(verdict(token('ES256', json(claims($path)) =~ s/"iss"/"\\u0069ss"/r)),
   '200 ok path', 'escaped iss');
is(verdict(iss_text("\"$path\",\"iss\":\"$corp_is\"")),
   '401 malformed -', 'iss twice');
is(verdict(token('ES256', $_)), '401 malformed -', "claims $_")
    for '[]', '"iss"', "{\"iss\":\"$path\"";
is(verdict(token('RS256', claims('x'), header => { iss => $path })),
   '401 unknown_issuer -', 'iss of the header');

# 2048 bytes

is(verdict(token('ES512', claims($long))), '200 ok long', 'long iss');
is(verdict(iss_text('"\u0075' . substr($long, 1) . '"', 'ES512')),
   '200 ok long', 'long iss with an escape');
is(verdict(token('ES512', claims("${long}x"))), '401 unknown_issuer -',
   'longer iss');
is(verdict(token('ES512', claims($long x 2))), '401 unknown_issuer -',
   'much longer iss');

# what nobody has to ask for

is($nginx->get('/')->header('X-Status'), 'no_token', 'no token');
is($nginx->get('/', bearer('x'))->header('X-Status'), 'malformed',
   'malformed token');
is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

# the log

$nginx->get('/log/1', bearer($shop_token));
$nginx->get('/log/2', bearer(forged($corp_token)));
$nginx->get('/log/3', bearer(token('RS256', claims('x'))));
$nginx->get('/log/4');

wait_for { $nginx->read_file('jwt.log') =~ m{^/log/4 }m };

is(join(', ', $nginx->read_file('jwt.log') =~ m{^/log/(.*)$}mg),
   '1 <ok> <shop>, 2 <bad_signature> <corp>, 3 <unknown_issuer> <>,'
   . ' 4 <no_token> <>', 'log has status and provider');

done_testing;
