# docs/nginx-plus.md: each row names tests, they are there, and they use what
# the row is about.

use strict;
use warnings;

use File::Basename qw(basename);
use FindBin;

use Test::More;

my $root = "$FindBin::Bin/..";
my $page = slurp('docs/nginx-plus.md');

my %section = $page =~ /^## ([^\n]+)\n(.*?)(?=^## |\z)/msg;
my $rows = 0;

for my $title (sort keys %section) {
    my @names = $title =~ /(auth_jwt\w*)/g;
    my $tests = '';

    for my $row ($section{$title} =~ /^\| (?!---)(.*) \|$/mg) {
        my ($last) = $row =~ /\|([^|]*)\z/;
        my @files = $last =~ m{`(t/[\w/.-]+\.t)`}g;

        next if $last eq ' test';

        $rows++;
        $tests .= join '', map { -e "$root/$_" ? slurp($_) : '' } @files;

        ok(@files || $row =~ /subscription/,
           'a test for: ' . substr $row, 0, 60);
        ok(-e "$root/$_", "$_ is there") for @files;
    }

    like($tests, qr/^[^#\n]*\b$_\b/m, "a test of its section uses $_")
        for @names;
}

cmp_ok($rows, '>', 50, 'rows are found');


# the directives and variables that NGINX Plus has

for my $name (qw(auth_jwt auth_jwt_claim_set auth_jwt_header_set
                 auth_jwt_key_cache auth_jwt_key_file auth_jwt_key_request
                 auth_jwt_leeway auth_jwt_require auth_jwt_type))
{
    ok((grep { /(?<!\w)$name(?!\w)/ } keys %section), "$name has a section");
}

like($section{Variables}, qr/`\$jwt_${_}`/, "\$jwt_$_ is in the list")
    for qw(header_NAME claim_NAME payload);


# the shapes: each has an example, a test and a place in the guide

my @shapes = map { basename($_, '.conf') } glob "$root/docs/examples/plus-*";

cmp_ok(scalar @shapes, '>=', 8, 'shapes are found');
ok(-e "$root/t/examples/$_.t", "$_ has a test") for @shapes;
like($page . slurp('docs/guides/examples.md'), qr/\b$_\b/, "$_ is explained")
    for @shapes;


sub slurp {
    my ($path) = @_;

    open my $file, '<:encoding(UTF-8)', "$root/$path" or die "$path: $!";
    local $/;

    return scalar <$file>;
}


done_testing;
