# Every configuration in README.md and docs/ is accepted by "nginx -t", with no
# warning but those that its page announces.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Find ();
use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Example;
use Nginx;
use Release;
use Tls;

my $root = "$FindBin::Bin/..";

my $announced = qr/ secret\ is\ shorter\ than\ its\ hash
                  | signatures\ are\ not\ checked
                  | has\ no\ "audience" /x;

# where a directive belongs that is not one of a location

my %level = (
    (map { $_ => 'main' } qw(load_module)),
    (map { $_ => 'http' } qw(server upstream map geo split_clients log_format
                             limit_req_zone limit_conn_zone proxy_cache_path
                             auth_jwt_claim_set auth_jwt_header_set
                             auth_jwt_provider auth_jwt_token_cache
                             resolver)),
    (map { $_ => 'server' } qw(location listen server_name)),
);

my @pages = ('README.md');

File::Find::find({ no_chdir => 1, wanted => sub {
    push @pages, s{\A\Q$root\E/}{}r if /\.md\z/;
} }, "$root/docs");

my $count = 0;

for my $page (sort @pages) {
    my $text = slurp($page);

    while ($text =~ /^```nginx\n(.*?)^```$/msg) {
        my $block = $1;
        my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);

        accepted("$page line $line", http => wrapped($block));
        $count++;
    }

    is(scalar(() = $text =~ /^```/mg) % 2, 0, "$page closes its blocks");
}

cmp_ok($count, '>=', 15, 'the blocks are found');

for my $name (Example->names) {
    accepted("docs/examples/$name.conf", Example->arguments($name));

    # a test of the same name runs it

    ok(-f "$root/t/examples/$name.t", "$name has a test");
    like(slurp('docs/guides/examples.md'), qr/\(\.\.\/examples\/$name\.conf\)/,
         "$name is explained");
}


sub accepted {
    my ($name, %args) = @_;

    # the certificates of an authority, which are not here

    my $authority = authority();

    $args{http} =~ s/\btrusted_certificate \K[^;]+/$authority/g;

    # and the folder of a state

    $args{http} =~ s{\bstate=\K/\S+/}{/tmp/}g;

    my ($status, $output) = Nginx->check(files => { Example->files }, %args);
    my @warnings = grep { /\[(?:warn|emerg|alert)\]/ && !/$announced/
                          && !Release::complains($_) }
                   split /\n/, $output;

    is($status, 0, "$name is accepted");
    is_deeply(\@warnings, [], "$name: no warning");
}


# Each directive of a block goes where it belongs.

sub wrapped {
    my ($block) = @_;

    my %part = (http => '', server => '', location => '');

    for my $directive (directives($block)) {
        my ($name) = $directive =~ /\A(\w+)/ or die "no name: $directive";

        $part{$level{$name} // 'location'} .= "$directive\n";
    }

    my $port = 0;

    $part{http} =~ s{/var/cache/nginx/}{%DIR%/}g;
    $part{http} =~ s/\blisten \d+;/'listen 127.0.0.1:%PORT' . ++$port . '%;'/ge;
    $part{http} .= 'upstream backend { server 127.0.0.1:9; }'
        if $block !~ /\bupstream backend\b/;

    for my $name ($block =~ /\bprovider=(\w+)/g) {
        $part{http} .= "auth_jwt_provider $name {
                            issuer https://$name.example.com;
                            jwks_file jwt/keys.json;
                            audience api;
                        }"
            if $block !~ /\bauth_jwt_provider $name\b/;
    }

    return "$part{http}
        server {
            listen 127.0.0.1:%PORT%;
            $part{server}
            location /wrapped/ {
                $part{location}
            }
        }";
}


# The directives of the outermost level, without comments.

sub directives {
    my ($text) = @_;

    my @directives;
    my $depth = 0;
    my $one = '';

    while ($text =~ / \G (?: (?<comment> \#[^\n]* )
                           | (?<word> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*"
                                    | \$\{\w+\} | [^\s;{}"'\#]+ )
                           | (?<mark> [;{}] )
                           | (?<blank> \s+ ) ) /xgcs)
    {
        next if defined $+{comment};

        my $mark = $+{mark} // '';

        $one .= $&;
        $depth++ if $mark eq '{';
        $depth-- if $mark eq '}';

        if ($depth == 0 && ($mark eq ';' || $mark eq '}')) {
            push @directives, $one =~ s/\A\s+//r;
            $one = '';
        }
    }

    die "no end: $one" if $one =~ /\S/ || $depth || pos($text) != length $text;

    return @directives;
}


sub slurp {
    my ($path) = @_;

    open my $file, '<:raw', "$root/$path" or die "$path: $!";
    local $/;

    return scalar <$file>;
}


done_testing;
