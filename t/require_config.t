# auth_jwt_require_claim, auth_jwt_require_header and auth_jwt_type: what is
# wrong with them fails "nginx -t", with one line that names it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;


# what nginx -t complained about, in one line

sub refusal {
    my ($text) = @_;

    my ($code, @lines) = split /\n/, Nginx->complaints(server => $text);

    return @lines == 1 && $code == 1 ? $lines[0] : "$code: @lines";
}


my $type = 'auth_jwt_type';

for (["$type;", qr/invalid number of arguments in "$type" directive/],
     ["$type signed nested;", qr/invalid number of arguments in "$type"/],
     ["$type Signed;", qr/invalid value "Signed" in "$type" directive/],
     ["$type jwe;", qr/invalid value "jwe" in "$type" directive/],
     ["$type '';", qr/invalid value "" in "$type" directive/],
     ["$type \$arg_a;", qr/invalid value "\$arg_a" in "$type" directive/],
     ["$type signed; $type signed;", qr/"$type" directive is duplicate/],
     ["if (\$arg_a) { $type nested; }",
      qr/"$type" directive is not allowed here/])
{
    my ($text, $expected) = @$_;

    like(refusal($text), qr/\A\[emerg\] $expected/, "refused: $text");
}

my @paths = ('""', '.', '..', '.a.', '.a..b', '.[', '.a[', '.a[]', '.a[x]',
             '.a[-1]', '.a[1', '.a[1]b', '.a]', '.a[99999999]', '.a[1 ]',
             "'.\"a'", "'.\"a\"b'", '.a' x 17);

my @values = ('json=', 'json=a', '\'json="a\'', 'json=1,2', 'json=[1,]',
              'json=01', 'json=.5', 'json=NaN', "'json={\"a\":1,\"a\":2}'",
              "'json=1,\"w\":2'", "'json=1}'", 'json=' . '[' x 70 . ']' x 70,
              "'json=\"\\ud800\"'", "'json=\"\xff\"'", "'\xff'");

my @operators = ('""', '=', '==', 'EQ', 'eq2', 'e', '!', '!!eq', 'not', 'has',
                 'matches', '$arg_op', 'json=1');

for my $name (qw(auth_jwt_require_claim auth_jwt_require_header)) {

    my @broken = (
        ["$name;", qr/invalid number of arguments in "$name" directive/],
        ["$name sub;", qr/invalid number of arguments in "$name"/],
        ["$name sub eq;", qr/invalid number of arguments in "$name"/],
        ["$name sub eq a error=403 b;",
         qr/invalid number of arguments in "$name"/],
        ["if (\$arg_a) { $name sub eq a; }",
         qr/"$name" directive is not allowed here/],

        (map { my $path = bare($_, 1);
               [$_, qr/invalid path "\Q$path\E" in "$name" directive/] }
             map { "$name $_ eq a;" } @paths),
        (map { my $operator = bare($_, 2);
               [$_, qr/unknown operator "\Q$operator\E" in "$name" direct/] }
             map { "$name sub $_ a;" } @operators),
        (map { my $value = bare($_, 3);
               [$_, qr/value "\Q$value\E" in "$name" dir.* is not valid JSON/] }
             map { "$name sub eq $_;" } @values),

        (map { my $op = $_;
               map { ["$name sub $op '$_';",
                      qr/value "\Q$_\E" in "$name" directive is not an array/] }
                   'a', 'json=1', 'json={}', 'json=null', '$arg_a', 'x$arg_a' }
             qw(in nin !in !nin)),
        (map { my $op = $_;
               map { ["$name sub $op $_;",
                      qr/value "\Q$_\E" in "$name" directive is not a number/] }
                   '5', 'json=[5]', 'json=true', '$arg_a' }
             qw(gt ge lt le !gt)),

        (map { ["$name sub match '$_';",
                qr/invalid regex "\Q$_\E" in "$name" directive: /] }
             '(', '[a', '*', 'a{2,1}', '(?<n>'),

        ["$name sub eq \$nobody;", qr/unknown "nobody" variable/],
        ["$name sub eq 'a\$';", qr/invalid variable name/],
        (map { ["$name sub eq a $_;",
                qr/invalid parameter "\Q$_\E" in "$name" directive/] }
             qw(error= error=abc error=200 error=399 error=600 error=408
                error=499 error=-1 error=4030 403 code=403 b)),
    );

    for (@broken) {
        my ($text, $expected) = @$_;

        like(refusal($text), qr/\A\[emerg\] $expected/,
             'refused: ' . substr $text, 0, 60);
    }
}


# the n-th word of a directive, as nginx reads it

sub bare {
    my ($text, $n) = @_;

    my @words = $text =~ /('[^']*'|"[^"]*"|[^\s;]+)/g;
    my $word = $words[$n];

    $word =~ s/\A(['"])(.*)\1\z/$2/s;

    return $word;
}


# odd, but nothing is wrong with them

my $claim = 'auth_jwt_require_claim';

my @legal = (
    "$claim sub eq ''; $claim sub eq a error=400; $claim sub eq a error=599;",
    "$claim https://e.org/a.b[0] eq a; $claim a..b eq a; $claim [0] eq a;",
    "$claim '.\"a.b[0]\"[0].c' eq a; " . "$claim " . '.a' x 16 . ' eq a;',
    "$claim sub eq error=403; $claim sub match 'a\$'; $claim sub match '';",
    "$claim sub in json=[]; $claim sub gt json=-1.5e3; $claim sub !gt json=0;",
    "$claim sub in json=\$arg_a; $claim sub lt json=\$arg_a\$arg_b;",
    "$claim sub eq '\"'; $claim sub eq json=null; $claim sub any 'json={}';",
    join('', map { "$claim sub ne $_; " } 1 .. 200),
    "location / { limit_except GET { $claim sub eq a; $type nested;
                                     auth_jwt_require_header a eq b; } }",
    "$type nested; location / { $type encrypted; }",
);

is(Nginx->complaints(server => $_), 0, 'accepted: ' . substr $_, 0, 60)
    for @legal;

done_testing;
