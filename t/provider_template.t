# An issuer with a {claim}: one provider for the tokens of all tenants, and each
# tenant's token says itself which one it is of.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my $idp = Provider->start(path => '/common',
                          keys => [['rsa', kid => 'common']]);

my $uri = $idp->http('/common/jwks');
my $template = $idp->http('/{tid}/v2.0');
my ($before, $after) = split /\{tid\}/, $template;
my ($tenantid, $org) = map { $template =~ s/tid/$_/r } qw(tenantid org);
my $of_corp = "${before}corp$after";

# documents that name the tenant as Microsoft's do, and wrong ones

my %document = (
    good   => $tenantid,
    same   => $template,
    tenant => $of_corp,
    host   => "https://login.example/{tenantid}$after",
    longer => "$tenantid/",
    empty  => "$before$after",
    two    => $before . '{a}{b}' . $after,
);

for my $name (keys %document) {
    $idp->set("/$name", body => json({ issuer => $document{$name},
                                       jwks_uri => $uri }));
}

my $providers = join '', map {
    my $from = $idp->http("/$_");

    qq{
        auth_jwt_provider $_ {
            issuer "$template";
            metadata_uri $from;
            audience api;
        }
    }
} sort keys %document;

my $locations = join '', map { qq{
    location /$_ {
        auth_jwt "api" provider=$_;
        proxy_pass http://%UPSTREAM%;
    }
} } sort keys %document;

my $nginx = Nginx->start(
    files => {
        'exact.json' => jwks('ec256', ['ec384', kid => 'common']),
        'org.json' => jwks('ec521'),
        'bound.json' => jwks(
            ['rsa', kid => 'corp', issuer => $of_corp],
            ['rsa', kid => 'shop', issuer => "${before}shop$after"],
            ['rsa2', kid => 'any', issuer => $tenantid],
            ['rsa2', kid => 'else', issuer => 'https://x/{tenantid}'],
            ['rsa2', kid => 'odd', issuer => $before . '{}' . $after],
            ['rsa2', kid => 'number', issuer => 1],
            ['ec256', issuer => $of_corp],
            ['ec256b', issuer => "${before}shop$after"],
            'ec384'),
    },
    http => $providers . qq{
        auth_jwt_provider exact {
            issuer "${before}exact$after"; jwks_file exact.json; audience api;
        }

        auth_jwt_provider org {
            issuer "$org"; jwks_file org.json; audience api;
        }

        auth_jwt_provider org_only {
            issuer "{org}"; jwks_file org.json; audience api;
        }

        auth_jwt_provider bound {
            issuer "$template"; jwks_file bound.json; audience api;
        }

        auth_jwt_provider corp {
            issuer "$of_corp"; jwks_file bound.json; audience api;
        }
    },
    server => qq{
        add_header X-Status \$jwt_status always;
        add_header X-Provider \$jwt_provider always;
        $locations

        location /several {
            auth_jwt "api" provider=good provider=org provider=exact
                           provider=org_only;
            proxy_pass http://%UPSTREAM%;
        }

        location /bound {
            auth_jwt "api" provider=bound provider=corp;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, bearer($token));

    $passed++ if $answer->status == 200;

    return join ' ', $answer->status,
           map { $answer->header("X-$_") // '-' } qw(Status Provider);
}


# a token of that tenant in iss, and these claims

sub of {
    my ($tenant, $claims, %option) = @_;

    my $alg = delete $option{alg} // 'RS256';

    return token($alg, { iss => "$before$tenant$after", aud => 'api',
                         exp => time + 60, %$claims }, %option);
}


sub tenant { of($_[0], { tid => $_[0] }) }

# bound to the claim

my $guid = '72f988bf-86f1-41af-91ab-2d7cd011db47';

is(verdict('/good', tenant($_)), '200 ok good', "tenant $_")
    for 'corp', 'shop', $guid, uc $guid, 'a', '0', '-', '_', '...', '.a', 'a.b',
        'x' x 1000;
is(verdict('/good', of('corp', $_->[0])), '401 unknown_issuer -', $_->[1])
    for [{ tid => 'shop' }, 'tid of another tenant'], [{}, 'no tid'],
        [{ tid => 'Corp' }, 'tid in other case'], [{ tid => '' }, 'empty tid'],
        [{ tid => ' corp' }, 'space in tid'], [{ tid => 'cor' }, 'short tid'],
        [{ tid => 'corpx' }, 'long tid'], [{ TID => 'corp' }, 'TID'],
        [{ tenantid => 'corp' }, 'tenantid'], [{ tid => ['corp'] }, 'array'],
        [{ tid => undef }, 'null'], [{ x => { tid => 'corp' } }, 'inner tid'],
        [{ tid => $of_corp }, 'issuer in tid'],
        [{ tid => '{tid}' }, 'template in tid'];
is(verdict('/good', of('1', { tid => 1 })), '401 unknown_issuer -', 'number');

# odd tenants: in tid, too

is(verdict('/good', tenant($_)), '401 unknown_issuer -', 'tenant ' . json([$_]))
    for '', '.', '..', 'a/b', '../corp', 'corp/', '/corp', '%2e%2e', 'a%2fb',
        'a b', ' ', 'corp?', 'corp#', 'a:b', 'a@b', 'a,b', 'a;b', 'a\\b', '*',
        "corp\n", "corp\0", "\x{e9}", '{tid}', '{tenantid}', '{', '}',
        'x' x 2048;

# escapes are what they mean

my $escaped = json({ iss => $of_corp, tid => 'corp', aud => 'api',
                     exp => time + 60 }) =~ s/corp/\\u0063orp/r;

is(verdict('/good', token('RS256', $escaped)), '200 ok good', 'escaped tid');
is(verdict('/good', token('RS256', $escaped =~ s/"tid"/"\\u0074id"/r)),
   '200 ok good', 'escaped name of tid');
is(verdict('/good', token('RS256', $escaped =~ s{corp/}{corp\\/}r)),
   '200 ok good', 'escaped slash');
is(verdict('/good', token('RS256', $escaped =~ s{corp/}{\\u002e\\u002e/}r
                                            =~ s{\\u0063orp}{..}r)),
   '401 unknown_issuer -', 'escaped dots');
is(verdict('/good', token('RS256', $escaped =~ s{,}{,"tid":"shop",}r)),
   '401 malformed -', 'tid twice');

# the two ends

is(verdict('/good', token('RS256', { iss => $_, tid => 'corp', aud => 'api',
                                     exp => time + 60 })),
   '401 unknown_issuer -', "iss $_")
    for "$of_corp/", "x$of_corp", "${before}corp",
        "corp$after", 'corp', $before, $after, '', $template,
        'https://login.example/corp/v2.0', uc($before) . "corp$after",
        "${before}corp/v2.1";

is(verdict('/good', forged(tenant('corp'))), '401 bad_signature good',
   'forged token');

# the metadata document's issuer

is(verdict('/same', tenant('corp')), '200 ok same', 'document of the template');

for my $name (qw(tenant host longer empty two)) {
    is(verdict("/$name", tenant('corp')), "503 keys_unavailable $name",
       "document of $document{$name}");
    ok($nginx->log_comes(
           qr/provider "$name": fetch .* the metadata is of another issuer/),
       "log: document of $document{$name}");
}

# beside others

my $exact = { tid => 'exact' };

is(verdict('/several', of('exact', $exact, alg => 'ES256')),
   '200 ok exact', 'exact issuer comes first');
is(verdict('/several', of('exact', {}, alg => 'ES256')), '200 ok exact',
   'exact issuer without tid');
is(verdict('/several', of('exact', $exact)), '401 unknown_key exact',
   'key of the template, exact issuer');
is(verdict('/several', of('exact', $exact, kid => 'common')),
   '401 unknown_key exact', 'kid of the template, exact issuer');
is(verdict('/several', of('corp', { tid => 'corp' }, alg => 'ES256')),
   '401 unknown_key good', 'key of exact issuer, template');
is(verdict('/several', tenant('corp')), '200 ok good', 'first template');
is(verdict('/several', of('corp', { org => 'corp' }, alg => 'ES512')),
   '200 ok org', 'second template');
is(verdict('/several', of('corp', { org => 'corp', tid => 'corp' })),
   '200 ok good', 'first template of both');
is(verdict('/several', of('corp', { org => 'shop', tid => 'x' })),
   '401 unknown_issuer -', 'neither template');
is(verdict('/several', token('ES512', { iss => 'corp', org => 'corp',
                                        aud => 'api', exp => time + 60 })),
   '200 ok org_only', 'template without ends');

# keys of one tenant: Storm-0558

is(verdict('/bound', of($_->[0], { tid => $_->[0] }, @{$_->[1]})), $_->[2],
   "$_->[0], key of @{$_->[1]}")
    for ['corp', [kid => 'corp'], '200 ok corp'],
        ['shop', [kid => 'shop'], '200 ok bound'],
        ['corp', [kid => 'shop'], '401 unknown_key corp'],
        ['shop', [kid => 'corp'], '401 unknown_key bound'],
        ['other', [kid => 'corp'], '401 unknown_key bound'],
        ['shop', [kid => 'any', key => 'rsa2'], '200 ok bound'],
        ['corp', [kid => 'any', key => 'rsa2'], '200 ok corp'],
        ['shop', [kid => 'else', key => 'rsa2'], '401 unknown_key bound'],
        ['shop', [kid => 'odd', key => 'rsa2'], '401 unknown_key bound'],
        ['corp', [alg => 'ES256'], '200 ok corp'],
        ['shop', [alg => 'ES256'], '401 bad_signature bound'],
        ['shop', [alg => 'ES256', key => 'ec256b'], '200 ok bound'],
        ['other', [alg => 'ES256'], '401 unknown_key bound'],
        ['other', [alg => 'ES384'], '200 ok bound'];
ok($nginx->log_lines(qr/\[warn\] .* key 5 .* is not used: a member is missing/),
   'issuer that is a number');

is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');

done_testing;
