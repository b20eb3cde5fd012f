# What nginx -t says of a provider as a whole, and of those who name it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Release;
use Tls;
use Token;

my $ca = authority();

my %files = (
    key     => jwks('rsa'),
    broken  => '{',
    inner   => "audience b;\njwks_file key;\n",
    wrong   => "\nnothing;\n",
    outer   => 'auth_jwt_provider a { issuer corp; include inner; }',
    'd/1'   => 'issuer corp;',
    'd/2'   => 'include inner;',
);

my $corp = 'issuer corp; audience b;';
my $file = "$corp jwks_file key;";
my $uri = "$corp jwks_uri https://127.0.0.1/;";


sub said {
    my ($http, $server) = @_;

    return Nginx->complaints(files => \%files, http => "$http\n",
                             server => $server // '');
}


# one line of "emerg", and nothing else

sub refused {
    my ($what, $message, @config) = @_;

    is(said(@config), "1\n[emerg] $message in FILE", "refused: $what");
}


sub block { "auth_jwt_provider a { $_[0] }" }

sub in_block { my $t = shift; refused(substr($t, 0, 50), shift, block($t)) }

# a block as a whole

my $needs = 'which needs a "metadata_uri", "jwks_uri" or "jwks_file"';
my $one = 'has more than one of "jwks_uri", "jwks_file" and "metadata_uri"';
my $long = 'has a "leeway" or a "max_age" that is too long';
my $longer = 'has a "stale" or a "cooldown" that is too long';
my $stale = 'has a "stale" that is less than the "max" of "refresh"';
my $min = 'has a "refresh" whose "min" is more than its "max"';

in_block($_->[0], "provider \"a\" $_->[1]")
    for ['audience b;', 'has no "issuer"'], ['', 'has no "issuer"'],
        map({ ["issuer \"$_\"; audience b; jwks_file key;",
               'has an invalid "issuer"'] } 'a{}', '{a}{b}', 'a}', '{a-b}'),
        ['issuer "https://127.0.0.1/{tid}"; audience b;',
         "has a template as \"issuer\", $needs"],
        ["$uri jwks_file key;", $one],
        ["$uri metadata_uri https://127.0.0.1/;", $one],
        ["$file metadata_uri https://127.0.0.1/;", $one],
        ["$file leeway 2147483648;", $long], ["$uri max_age 90y;", $long],
        ["$uri stale 2147483648;", $longer],
        ["$uri cooldown 2147483648;", $longer],
        ["$uri stale 59m;", $stale], ["$uri refresh max=25h;", $stale],
        ["$uri refresh max=2m;", $min], ["$uri refresh min=2h;", $min],
        ["$uri refresh min=2s max=1s;", $min],
        map({ ["issuer $_; audience b;", 'has an "issuer" with a query, or one'
               . ' that is too long, which cannot be asked for its keys'] }
            'https://127.0.0.1/?a', 'https://127.0.0.1/a?b=c',
            'https://127.0.0.1/' . 'x' x 2000),
        map({ ["$uri algorithms ES256 $_;",
               'has an HMAC algorithm, which needs a "jwks_file"'] }
            qw(HS256 HS384 HS512));

for my $text (qw(corp urn:corp ftp://corp/ https:// https://a@127.0.0.1/
                 http://unix:/tmp/socket), 'https://127.0.0.1/#a')
{
    my $message = "provider \"a\": keys cannot be fetched from \"$text\", which"
                  . ' is not a URI of http or https';

    in_block("issuer $text; audience b;", $message);
    in_block("$corp $_ $text;", $message) for qw(jwks_uri metadata_uri);
}

# sun_path has 108 bytes, with a NUL at the end

my $socket = 'http://unix:/' . 'x' x 106;

in_block("$corp $_ ${socket}x:/;", "provider \"a\": the path of the socket in"
         . " \"${socket}x:/\" is too long") for qw(jwks_uri metadata_uri);

my $message = 'provider "a": "http://192.0.2.1/" is plain http and not'
              . ' loopback: whoever is on the way can change the keys, unless'
              . ' it says "insecure_http"';

in_block($_, $message)
    for 'issuer http://192.0.2.1/; audience b;',
        map { "$corp $_ http://192.0.2.1/;" } qw(jwks_uri metadata_uri);

$message = Release::certificate_failure();

like(said(block("$uri trusted_certificate $_;")),
     qr{\A1\n\[emerg\] \Q$message\E.*"DIR/$_".* failed },
     "refused: certificate $_") for qw(none key);

# its first line, and where it stands

my $directive = '"auth_jwt_provider" directive';

refused(@$_)
    for ['no name', "invalid number of arguments in $directive",
         "auth_jwt_provider { $file }"],
        ['three names', "invalid number of arguments in $directive",
         "auth_jwt_provider a b c { $file }"],
        ['no block', 'directive "auth_jwt_provider" has no opening "{"',
         'auth_jwt_provider a;'],
        map({ ["name $_", "$directive has an invalid name",
               "auth_jwt_provider $_ { $file }"] } "''", '"a\nb"'),
        map({ ["parameter $_", "invalid parameter \"$_\" in $directive",
               "auth_jwt_provider a $_ { $uri }"] } qw(b state= state State=b)),
        ['state and file', 'provider "a" has a "state", and keys that are in a'
         . ' file', "auth_jwt_provider a state=b { $file }"],
        ['same name', 'duplicate provider "a"', block($file) x 2],
        map({ ["same state $_", 'provider "b" has the "state" of "a"',
               "auth_jwt_provider a state=keys { $uri }"
               . " auth_jwt_provider b state=$_ { $uri }"] }
            'keys', '%DIR%/keys'),
        ['inside of a server', "$directive is not allowed here", '',
         block($file)];

like(said(block('include wrong;')),
     qr{^\[emerg\] unknown directive "nothing" in a provider in DIR/wrong:2$}m,
     'refused: in an included file');
like(said(block('include none;')), qr{^\[emerg\] open\(\) "DIR/none" failed}m,
     'refused: included file is missing');

# auth_jwt provider=

my $pair = block($file) . "auth_jwt_provider b { $file }";
my $same = 'has the issuer of another one in the same "auth_jwt"';
my $with = 'cannot be used with a provider';

refused(substr($_->[0], 0, 50), $_->[1], $pair, $_->[0])
    for ['auth_jwt api provider=c;', 'provider "c" is not defined'],
        ['auth_jwt api provider=A;', 'provider "A" is not defined'],
        ['auth_jwt api provider=;', 'provider "" is not defined'],
        ['auth_jwt api provider=a provider=c;', 'provider "c" is not defined'],
        ['location / { limit_except GET { auth_jwt api provider=c; } }',
         'provider "c" is not defined'],
        ['auth_jwt off provider=a;',
         '"auth_jwt" directive has a "provider" where it is off'],
        map({ ["auth_jwt api $_;",
               "invalid parameter \"$_\" in \"auth_jwt\" directive"] }
            qw(provider Provider=a providers=a)),
        ['auth_jwt api provider=a provider=b;', "provider \"b\" $same"],
        ['auth_jwt api provider=a provider=a;', "provider \"a\" $same"],
        ['auth_jwt api provider=a; auth_jwt_type encrypted;',
         "\"auth_jwt_type encrypted\" $with"],
        ['auth_jwt api provider=a; location / { auth_jwt_type encrypted; }',
         "\"auth_jwt_type encrypted\" $with"];

my $templates = join ' ', map {
    qq{auth_jwt_provider $_->[0] { issuer "https://a/{$_->[1]}/";
                                   audience b; jwks_file key; }};
} ['a', 'tid'], ['b', 'tid'], ['c', 'sub'];

refused("$_ of one template", "provider \"$_\" $same", $templates,
        "auth_jwt api provider=a provider=$_;") for qw(a b);

my $unchecked = '[warn] "auth_jwt_validate_sig off": signatures are not'
                . ' checked, everybody can make a token in FILE';

is(said($pair, $_),
   "1\n$unchecked\n[emerg] \"auth_jwt_validate_sig off\" $with in FILE", $_)
    for 'auth_jwt api provider=a; auth_jwt_validate_sig off;',
        'auth_jwt api provider=a; location / { auth_jwt_validate_sig off; }',
        'auth_jwt_validate_sig off; location / { auth_jwt api provider=a; }';
is(said('auth_jwt api provider=c; server { }'),
   "1\n[emerg] provider \"c\" is not defined in FILE", 'refused: in http');

# warnings

is(said(block($_->[0])), "0\n[warn] $_->[1]", "warning: $_->[0]")
    for ['issuer corp; jwks_file key;', 'provider "a" has no "audience": tokens'
         . ' that its issuer makes for others are accepted, too in FILE'],
        ["$uri ssl_verify off;", 'provider "a" has "ssl_verify off": everybody'
         . ' on the way can change its keys in FILE'],
        ["$corp jwks_file none;", 'key file "DIR/none" cannot be used: open()'
         . ' failed (2: No such file or directory)'],
        ["$corp jwks_file broken;",
         'key file "DIR/broken" cannot be used: it is not valid JSON'],
        ["$corp jwks_uri https://no.invalid/;", 'host "no.invalid" was not'
         . ' found, and there is no "resolver" to ask again in FILE'];
is(said("auth_jwt_provider a state=$_/keys { $uri }"),
   "0\n[warn] provider \"a\": there is no folder \"DIR/$_\" for its \"state\""
   . ' in FILE', "warning: state in $_") for qw(none key);

# nothing is wrong with these

is(said(block($_)), 0, 'accepted: ' . substr $_, 0, 60)
    for map({ "issuer $_; audience b;" }
            'https://127.0.0.1', 'http://localhost/a/', 'http://127.0.0.2:80',
            'http://[::1]', 'HTTP://127.1.2.3',
            'http://192.0.2.1 insecure_http'),
        map({ ("$corp jwks_uri $_;", "$corp metadata_uri $_;") }
            'http://unix:/tmp/socket:/keys', "$socket:/",
            'http://192.0.2.1 insecure_http', 'https://192.0.2.1/?a'),
        'issuer "https://a/{tid}"; audience b; metadata_uri https://127.0.0.1;',
        'issuer "{tid}"; audience b; jwks_uri https://127.0.0.1/;',
        'issuer "' . 'x' x 2048 . '"; audience b; jwks_file key;',
        "$file algorithms HS256 RS256;", "$uri stale 1h;",
        "$uri stale 2147483647;",
        "$uri refresh max=1d;", "$uri refresh min=1h;", "$uri refresh max=5m;",
        "$uri refresh max=2s min=2s;", "$uri refresh min=1s; refresh max=1m;",
        "$file max_age 2147483647; leeway 2147483647;",
        'issuer corp; include inner;', 'include d/*;',
        "$uri algorithms RS256; token_type JWT at+jwt; require_exp off;"
        . ' max_age 0; leeway 0; refresh max=1h min=1m; cooldown 0; stale 1d;'
        . ' connect_timeout 1s; read_timeout 1s; wait_timeout 0;'
        . " trusted_certificate $ca; ssl_verify on;";

is(said($_->[0], $_->[1]), 0, "accepted: $_->[2]")
    for ['include outer;', 'auth_jwt api provider=a;', 'block of a file'],
        ["auth_jwt_provider a state=b { $uri }", '', 'state'],
        ["auth_jwt_provider A { $file } auth_jwt_provider a { $file }", '',
         'names in another case'],
        ["auth_jwt_provider 'a b' { $file }", 'auth_jwt x "provider=a b";',
         'name with a space'],
        ["server { auth_jwt api provider=a; } " . block($file), '',
         'block after its use'],
        [$pair, 'auth_jwt api provider=a; location / { auth_jwt api provider=b;'
         . ' limit_except GET { auth_jwt off; auth_jwt_type encrypted; } }',
         'one issuer in two places'],
        [$templates, 'auth_jwt api provider=a provider=c;',
         'templates with other names'],
        ["auth_jwt_provider a state=a { $uri }"
         . " auth_jwt_provider b state=b { $uri }", '', 'two states'],
        ["auth_jwt_provider a state=/keys { $uri }", '', 'state in /'],
        [$pair, 'auth_jwt $host provider=a token=$arg_a; auth_jwt_type nested;'
         . ' auth_jwt_key_file key;', 'nested with a provider'],
        ['resolver 127.0.0.1; ' . block("$corp jwks_uri https://no.invalid/;"),
         '', 'host that is not found, but a resolver'];

is(said($pair, 'auth_jwt_validate_sig off; location / { auth_jwt a provider=a;
                auth_jwt_validate_sig on; }'), "0\n$unchecked",
   'accepted: validated where a provider is');

done_testing;
