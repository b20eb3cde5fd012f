# The documents say what the code has: directives with their contexts, those of
# a provider with their defaults, formats and algorithms, variables, the words
# of $jwt_status, limits.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Find ();
use FindBin;

use Test::More;

my $root = "$FindBin::Bin/..";
my $module = "$root/ngx_http_jwt_module";

my %context = (NGX_HTTP_MAIN_CONF => 'http', NGX_HTTP_SRV_CONF => 'server',
               NGX_HTTP_LOC_CONF => 'location',
               NGX_HTTP_LMT_CONF => 'limit_except');

my %section = sections('docs/directives.md');
my %commands = commands();


# directives

is_deeply([grep { /^auth_jwt/ } sort keys %section], [sort keys %commands],
          'directives are those of the command table');

my @first = grep { /\A## auth_jwt/ } split /^(?=## )/m,
                 slurp('docs/directives.md');

is_deeply([map { /\A## (\S+)/ } @first], [sort keys %commands],
          'directives are in the order of the alphabet');

for my $name (sort keys %commands) {
    my $text = $section{$name} // '';
    my ($syntax, $default, $contexts, $prose) = $text =~
        /\A\s*-\ Syntax:\ (.+)\n-\ Default:\ (.+)\n-\ Context:\ (.+)\n\n(\S+)/x;

    like($syntax, qr/\A`\Q$name\E [^`]+(?:;|\{ \.\.\. \})`\z/,
         "$name has a syntax");
    like($default, qr/\A(?:-|`\Q$name\E [^`]+;`)\z/, "$name has a default");
    is($contexts, $commands{$name}, "contexts of $name");
    like($prose, qr/\A(?:Sets|Enables|Specifies|Defines)\z/,
         "$name begins as on nginx.org");
}


# those of a provider, in the order of their table

my %default = provider_defaults();
my @inside = provider_commands();
my @parts = $section{auth_jwt_provider} =~ /^### (\S+)\n(.*?)(?=^### |\z)/msg;
my %part = @parts;

cmp_ok(scalar @inside, '>', 10, 'directives of a provider are found');
is_deeply([@parts[grep { $_ % 2 == 0 } 0 .. $#parts]], \@inside,
          'directives of a provider are those of its table');

for my $name (@inside) {
    my ($syntax, $default, $prose) = ($part{$name} // '') =~
        /\A\s*-\ Syntax:\ (.+)\n-\ Default:\ (.+)\n\n(\S+)/x;

    like($syntax, qr/\A`\Q$name\E [^`]+;`\z/,
         "$name of a provider has a syntax");
    is($default, defined $default{$name} ? "`$name $default{$name};`" : '-',
       "default of $name of a provider");
    like($prose, qr/\A(?:Sets|Enables|Specifies|Defines)\z/,
         "$name of a provider begins as on nginx.org");
}


# some test uses each

my $tests = join '', map { slurp($_) } files('t', qr/\.t\z/);

for my $name (sort keys %commands) {
    like($tests, qr/^[^#\n]*\b$name\b/m, "a test uses $name");
}

my $blocks = join '', grep { /\bauth_jwt_provider\b/ } map { slurp($_) }
                      files('t', qr/\.t\z/);

for my $name (@inside) {
    ok($blocks =~ /^(?!\s*#)(?:.*[^\w\n\$>-])?$name [^;'\n]+[;']/m,
       "a test uses $name of a provider");
}


# formats of keys, algorithms

my $source = slurp('ngx_http_jwt_module/ngx_http_jwt_keys.c');

for (['auth_jwt_key', 'value'], ['auth_jwt_key_file', 'file']) {
    my ($name, $table) = @$_;

    my ($rows) = $source =~ /ngx_http_jwt_${table}_formats\[\] = \{(.*?)\n\};/s;
    my @formats = $rows =~ /ngx_string\("(\w+)"\)/g;
    my ($syntax) = $section{$name} =~ /Syntax: `.*\[(.*)\];`/;

    is($syntax, join(' | ', @formats), "formats of $name");

    like($section{$name}, qr/^\| [^|]*`$_`[^|]* \|/m, "format $_ of $name")
        for @formats;
}

my %algorithm = map { $_ => 1 } slurp('ngx_http_jwt_module/jose/alg.c')
                                =~ /^ +jose_alg_\w+\("([\w-]+)"/mg;
my ($list) = $section{auth_jwt_algorithms} =~ /^The names are (.*?)\. /ms;

is_deeply([sort { $a cmp $b } $list =~ /`([\w-]+)`/g], [sort keys %algorithm],
          'algorithms are those of the table');


# variables

my @variables = slurp('ngx_http_jwt_module/ngx_http_jwt_variables.c')
                =~ /^ +\{ ngx_string\("(jwt_\w+)"\)/mg;
my %variable = sections('docs/variables.md');

is_deeply([sort grep { /^\$/ } keys %variable],
          [sort map { '$' . s/_\z/_NAME/r } @variables],
          'variables are those of the table');


# words of $jwt_status, and whose fault each is

my %fault = slurp('ngx_http_jwt_module/jose/status.c')
    =~ /^ +\[JOSE_\w+\] = \{\s+"(\w+)",\s+"[^"]+",\s+JOSE_FAULT_(\w+) \}/mg;
my %status = (NONE => '', CLIENT => '401', SERVER => '500',
              POLICY => '401, or its `error=`');

# what stays inside of the module: why a key is left out, or metadata not used,
# and the time before a request is judged

delete @fault{grep { /^(?:key_(?!name_)|metadata_)/ } keys %fault};
delete $fault{keys_pending};
cmp_ok(scalar keys %fault, '>', 10, 'words are found in the source');

my %word = $variable{'$jwt_status'} =~ /^\| `(\w+)` \| .* \|(.*)\|$/mg;
s/\A\s+|\s+\z//g for values %word;

is_deeply(\%word, { (map { $_ => $status{$fault{$_}} } keys %fault),
                    keys_unavailable => '500, or 503 for a provider' },
          'words of $jwt_status and their statuses');

my %refused = map { $_ => 1 } map { /`(\w+)`/g } grep { defined }
              map { (split / \| /)[1] } slurp('docs/security.md')
              =~ /^(\| .*)$/mg;

is_deeply([grep { !$refused{$_} && !/^(?:ok|error)\z/ } sort keys %fault], [],
          'security.md has each word');


# limits

my %limit = map { slurp($_) =~ /^#define +(\w+) +\(?(\d+)(?: \* 1024\))?/mg }
            files('ngx_http_jwt_module', qr/\.[ch]\z/);
my ($bounds) = slurp('docs/security.md') =~ /^(## What is bounded.*?)^## /ms;

for (['a token', JOSE_TOKEN_MAX => '(\d+) bytes'],
     ['nesting', JOSE_JSON_DEPTH_MAX => '(\d+)'],
     ['members', JOSE_JSON_MEMBERS_MAX => '(\d+)'],
     ['pairs', JOSE_JSON_COLLISIONS_MAX => '(\d+)'],
     ['a signature', JOSE_SIGNATURE_MAX => '(\d+) bytes'],
     ['keys that are tried', JOSE_KEYS_TRIED => '(\d+)'],
     ['keys of a key set', JOSE_KEYS_MAX => '(\d+);'],
     ['lines about single keys', NGX_HTTP_JWT_KEYS_TOLD_MAX => '(\d+) each'],
     ['keys and key files', NGX_HTTP_JWT_KEY_SOURCES_MAX => '(\d+)'],
     ['key files by names', NGX_HTTP_JWT_KEY_FILES_MAX => '(\d+)'],
     ['a key file', NGX_HTTP_JWT_KEY_TEXT_MAX => '1 byte to 1 MB'],
     ['the answer to a key request', NGX_HTTP_JWT_KEY_TEXT_MAX => '1 MB'],
     ['answers to key requests, in the memory of a worker',
      NGX_HTTP_JWT_RESPONSES_MAX => '(\d+)'],
     ['answers to key requests, in the memory of all',
      NGX_HTTP_JWT_KEYS_ZONE => '(\d+) MB'],
     ['how long old keys', NGX_HTTP_JWT_KEYS_STALE => '(\d+) seconds'],
     ['the pause after', NGX_HTTP_JWT_KEYS_RETRY => '(\d+) and'],
     ['the pause after', NGX_HTTP_JWT_KEYS_PAUSE => 'and (\d+)'],
     ['how long others', NGX_HTTP_JWT_KEYS_FETCH_MAX => '(\d+) seconds'],
     ['the answer of a provider', NGX_HTTP_JWT_KEY_TEXT_MAX => '1 MB'],
     ['the answer of a provider', HTTP_RESPONSE_HEADER_MAX => 'of (\d+) bytes'],
     ['redirects', NGX_HTTP_JWT_REDIRECTS_MAX => '(\d+)'],
     ['a fetch', NGX_HTTP_JWT_FETCH_MAX => '(\d+) seconds', 1000],
     ['a URI of a provider', HTTP_URI_MAX => '(\d+) bytes'],
     ['an `iss`', JOSE_ISSUER_MAX => '(\d+) bytes'],
     ['how long a `jwks_uri`',
      NGX_HTTP_JWT_DISCOVERED_MAX => '(\d+) seconds', 1000],
     ['the pause after a failed fetch', NGX_HTTP_JWT_RETRY => '(\d+) second ',
      1000],
     ['the pause after a failed fetch',
      NGX_HTTP_JWT_RETRY_MAX => ' (\d+) seconds at most', 1000],
     ['`alg`', NGX_HTTP_JWT_ALG_LOGGED => '(\d+) and'],
     ['`alg`', NGX_HTTP_JWT_KID_LOGGED => 'and (\d+)'],
     ['the name of a key file', NGX_HTTP_JWT_NAME_LOGGED => '(\d+)'])
{
    my ($what, $macro, $number, $unit) = @$_;

    ok($bounds =~ /^\| \Q$what\E[^|]*\| [^|]*?$number/m
       && defined $limit{$macro}
       && ($1 // 1024) * ($unit // 1) == $limit{$macro},
       "$macro is in security.md");
}


# the attack matrix: each line has an answer, a section and a test, and each
# test has a line

my ($matrix) = slurp('docs/security.md')
               =~ /^## Attack matrix\n(.*?)(?=^## |\z)/ms;
my @rows = map { [split / *\| */, $_, -1] }
           grep { !/\A(?:attack \||---)/ } ($matrix // '') =~ /^\| (.*) \|$/mg;

cmp_ok(scalar @rows, '>', 10, 'attacks are found');

for my $row (@rows) {
    my ($attack, $answer, $section, @rest) = @$row;
    my @unknown = grep { !exists $fault{$_} } $answer =~ /\d `(\w+)`/g;

    ok(@rest == 1 && $rest[0] =~ /\A`t\/.*`\z/, "test of attack: $attack");
    ok($answer =~ /\A[2-5]\d\d\b/ && !@unknown, "answer to attack: $attack");
    like($section, qr/\A(?:RFC \d|NIST|FIPS|the configuration)/,
         "section of attack: $attack");
}

my %tested = map { $_ => 1 } map { /`(t\/\S+)`/g } map { $_->[-1] } @rows;

ok($tested{$_}, "$_ is in the attack matrix")
    for grep { m{\At/attack_} } files('t', qr/\.t\z/);


# links and names of tests lead somewhere

for my $page (files('.', qr/\.md\z/)) {
    my $text = slurp($page);
    my $own = dirname($page);

    for my $link ($text =~ /\]\((?!https?:)([^)]+)\)/g) {
        my ($path, $anchor) = split /#/, $link;
        my $target = $path eq '' ? $page : "$own/$path";

        ok(-e "$root/$target"
           && (!$anchor || grep { $_ eq $anchor } anchors(slurp($target))),
           "$page: link to $link");
    }

    ok(-e "$root/$_", "$page: $_ is there") for $text =~ m{`(t/[\w/.-]+)`}g;
}


sub commands {
    my $text = slurp('ngx_http_jwt_module/ngx_http_jwt_module.c');
    my ($word) = slurp('ngx_http_jwt_module/ngx_http_jwt_module.h')
                 =~ /^#define NGX_HTTP_JWT_DIRECTIVE +"(\w+)"/m;
    my ($table) = $text =~ /ngx_http_jwt_commands\[\] = \{(.*?)\n\};/s;

    $text =~ s/\\\n/ /g;
    my %macro = $text =~ /^#define (\w+) +\\?\s*\(?(\w+(?:\|\w+)*)/mg;

    my %commands;

    while ($table =~ /\{\ ngx_string\(NGX_HTTP_JWT_DIRECTIVE
                      (?:\ "(\w+)")?\),\s+([\w|]+),/xg)
    {
        my ($suffix, $flags) = ($1 // '', $2);

        $flags =~ s/(\w+)/$macro{$1} \/\/ $1/ge;

        $commands{$word . $suffix} = join ', ', grep { defined }
                                     map { $context{$_} } split /\|/, $flags;
    }

    return %commands;
}


# the table of a provider's block, wherever it is

sub provider_commands {
    my ($table) = join('', map { slurp($_) }
                           files('ngx_http_jwt_module', qr/\.c\z/))
                  =~ /ngx_http_jwt_provider_commands\[\] = \{(.*?)\n\};/s;

    return $table =~ /\{ ngx_string\("(\w+)"\)/g;
}


# as nginx.conf has them

sub provider_defaults {
    my $text = join '', map { slurp($_) }
               files('ngx_http_jwt_module', qr/_jwt_provider\w*\.c\z/);

    my %default = $text =~ /ngx_conf_init_(?:m?sec_)?value\(
                            [\w.>-]*?(\w+),\s+(\d+)\)/xg;
    my %limit = map { $_ => delete $default{"refresh_$_"} } qw(min max);

    $_ = { 0 => 'off', 1 => 'on' }->{$_} // time_of($_)
        for values %default, values %limit;

    return (%default, refresh => "min=$limit{min} max=$limit{max}");
}


sub time_of {
    my ($msec) = @_;

    for (['h', 3600000], ['m', 60000], ['s', 1000]) {
        my ($unit, $length) = @$_;

        return $msec / $length . $unit if $msec % $length == 0;
    }

    return "${msec}ms";
}


sub sections {
    my ($page) = @_;

    return slurp($page) =~ /^## ([^\n]+)\n(.*?)(?=^## |\z)/msg;
}


# as a forge makes them out of headings

sub anchors {
    my ($text) = @_;

    return map { lc s/[^\w\s-]//gr =~ s/ /-/gr } $text =~ /^#+ (.+)$/mg;
}


sub files {
    my ($folder, $regex) = @_;

    my @found;

    File::Find::find({ no_chdir => 1, wanted => sub {
        $File::Find::prune = 1 if m{/(?:build|\.git)\z};
        push @found, $_ if /$regex/ && -f;
    } }, "$root/$folder");

    return sort map { s{\A\Q$root\E/(?:\./)?}{}r } @found;
}


sub slurp {
    my ($path) = @_;

    open my $file, '<:encoding(UTF-8)', "$root/$path" or die "$path: $!";
    local $/;

    return scalar <$file>;
}


done_testing;
