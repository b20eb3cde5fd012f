# auth_jwt_require_claim NAME match: a regular expression means what it means
# to PCRE, and no claim makes it search for long.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

# whatever the module puts around an expression leaves its meaning: Perl is
# asked what that is, or what stands behind the arrow, where Perl has no "\Q"

my @expressions = (
    'admin', '^admin$', '\Aadmin\z', 'a|b', '^a|b$', '(?i)ADMIN', '(?-i)admin',
    '(?x) ad min # not "admin|b"', '(?x)b#)', ['\Qa.b' => 'a\.b'],
    ['\Q(?:' => '\(\?:'], ['\Qa\E.b' => 'a.b'], ['(?x)\Qa b' => 'a[ ]b'],
    '(a)\1', '(?<n>.)\k<n>', '(.)(.)\2\1', '(?|(a)|(b))\1', '\Ga', '\Gb',
    'a\Kd', '(?<=d)m', '(?<!d)m', '(?=min)', '(?!a)a', '\bmin', '\Bmin',
    '(?m)^b$', '(?s)a.b', 'a.b', '(?>a+)b', 'a++b', '[)]', '[(*]', '\(\*',
    '\((?:[^()]|(?R))*\)', '^\((?:[^()]|(?0))*\)$', '^(\((?:[^()]|(?1))*\))$',
    '(?(?=a)ad|b)', '^(?:(a)|b)(?(1)d|$)', '$', '^$', 'x*', 'a(*ACCEPT)b|c',
    'a(*PRUNE)a|ab', '(?(R)a|b(?R))', 'min(?#)', '(?#ok)a',
);

my @texts = ('', 'admin', 'Admin', 'no-admin', 'administrator', 'a', 'b', 'ab',
             'aab', 'abba', 'abab', 'aa', "a\nb", 'a.b', 'axb', '(?:', 'a b',
             ')', '(*', '(a(b)c)', 'x(a(b)c)y', '((a)', 'ad',
             'aac', 'aba', 'abaa', 'x' x 2000);

my $n = 0;
my $locations = join '', map {
    my $expression = (ref ? $_->[0] : $_) =~ s/(["\\])/\\$1/gr;
    my $number = $n++;

    map { qq{
        location = /$_$number {
            auth_jwt_require_claim text ${_}match "$expression";
            proxy_pass http://%UPSTREAM%;
        }
    } } '', '!';
} @expressions;

# these search for long, also where the end is in quotes or a comment

my @slow = map { "(?x)([a-z]+\\.?)+\@$_" } 'example\.com$', '\Qexample.org!',
                                         'example\.com$ # (of jane';
my $slow = join '', map {
    my $number = $_;

    map { qq{
        location = /${_}slow$number {
            auth_jwt_require_claim text ${_}match '$slow[$number]';
            proxy_pass http://%UPSTREAM%;
        }
    } } '', '!';
} 0 .. $#slow;

my $nginx = Nginx->start(server => qq{
    auth_jwt "api";
    auth_jwt_key '${\ SECRET}';
    add_header X-Status \$jwt_status always;

    $locations

    $slow
});


sub word {
    my ($path, $text) = @_;

    return $nginx->get($path, bearer(token('HS256', { text => $text })))
                 ->header('X-Status');
}


for my $i (0 .. $#expressions) {
    my ($pcre, $perl) = ref $expressions[$i] ? @{$expressions[$i]}
                                             : ($expressions[$i]) x 2;
    my (@matched, @negated, @expected);

    for my $text (@texts) {
        push @expected, $text =~ /$perl/ ? 'ok' : 'require_failed';
        push @matched, word("/$i", $text);
        push @negated, word("/!$i", $text);
    }

    is_deeply(\@matched, \@expected, "match $pcre");
    is_deeply(\@negated,
              [map { $_ eq 'ok' ? 'require_failed' : 'ok' } @expected],
              "!match $pcre");
}

# at no place where it could begin does this take 100000 steps, but at all of
# them together it takes three million

my $long = join(' ', ('a' x 13) x 343) . '@example.com!';

for my $i (0 .. $#slow) {
    is(word("/slow$i", $long), 'require_failed', "long search $slow[$i]");
    is(word("/!slow$i", $long), 'require_failed', "!match $slow[$i]");
}

is($nginx->log_lines(qr/pcre.* failed: -\d+ on a claim/), 2 * @slow,
   'long searches are given up');
is(word('/slow0', 'jane.doe@example.com'), 'ok', 'short search');

# as many steps as a claim has bytes are no search

is(word('/0', 'x' x 5000 . 'admin'), 'ok', 'long claim');

done_testing;
