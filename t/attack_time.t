# Attacks by exp and nbf: every type of JSON, numbers of every shape, and the
# very moment (RFC 7519, 4.1.4 and 4.1.5).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(time);
use Hostile;
use Nginx;
use Places qw(name);
use Token;

# "set" comes before the check, of the same time; the header tells that time

my $shown = 'auth_jwt_key_file all;
             add_header X-Status $jwt_status always;
             add_header X-Pid $pid always;
             add_header X-Now $now always;';

my $gateway = Hostile->start(
    server    => 'set $now $msec;',
    locations => {
        lenient => 'auth_jwt_key_file all; auth_jwt_leeway 2147483647s;',
        now     => $shown,
        hour    => "$shown auth_jwt_leeway 1h;",
    });

sub payload { raw_token('{"alg":"HS256"}', $_[0], hmac(256, SECRET)) }

sub with_exp { payload(qq({"exp":$_[0]})) }

sub with_nbf { payload(qq({"nbf":$_[0]})) }

my $soon = int time + 3600;
my $past = int time - 3600;


# What is no number is not looked at any further, however long the leeway

my @no_numbers = ('null', 'true', 'false', '""', '"0"', qq("$soon"),
                  qq("$soon "), '"1e400"', '"never"', '"2038-01-19T03:14:07Z"',
                  '"\u0039999999999"', '[]', "[$soon]", "[[$soon]]", '[null]',
                  '{}', qq({"exp":$soon}), qq({"\$date":$soon}));

for my $where (qw(all lenient)) {
    $gateway->check_at($where, map {
        [with_exp($_), '401 invalid_claims', "exp $_"],
        [with_nbf($_), '401 invalid_claims', "nbf $_"],
        [payload(qq({"exp":$soon,"nbf":$_})), '401 invalid_claims',
         "good exp, nbf $_"],
        [payload(qq({"nbf":$past,"exp":$_})), '401 invalid_claims',
         "good nbf, exp $_"],
    } @no_numbers);
}


# Numbers: no wrap, no rounding, none that is too long

$gateway->check(
    (map { [with_exp($_), '401 expired', 'exp ' . name($_)],
           [with_nbf($_), '200 ok', 'nbf ' . name($_)] }
         0, '-0', '-0.0', '0e400', -1, 1, '1e0', '1e9', $past, "$past.999",
         '1e-300', '1e-400', '1e-99999', '-1e300', '-1e-400', '-2147483649',
         '-9223372036854775808', '-9223372036854775809',
         '-12345678901234567890', '-18446744073709551615',
         '-' . '9' x 4000, '0.' . '9' x 4000, "$past." . '9' x 4000,
         $past . '0' x 300 . 'e-300'),

    (map { [with_exp($_), '200 ok', 'exp ' . name($_)],
           [with_nbf($_), '401 not_yet_valid', 'nbf ' . name($_)] }
         $soon, "$soon.0", "$soon.5", '1e10', '1e18', '1e19', '1e300',
         '1.7976931348623157e308', '4294967296', '4294967297',
         '9007199254740993', '9223372036854775', '9223372036854776',
         '9223372036854775807', '9223372036854775808', '12345678901234567890',
         '18446744073709551615', '18446744073709551616', '18446744073709551617',
         '18446744073709552', '36893488147419103232', '99999999999999999999',
         '4611686018427387904e3', '9' x 300, '9' x 4000,
         '0.' . '0' x 200 . '1e300', $soon . '0' x 300 . 'e-300'),

    (map { [with_exp($_), '401 malformed', "exp $_"],
           [with_nbf($_), '401 malformed', "nbf $_"] }
         '1e400', '-1e400', '1e309', 'NaN', 'Infinity', '', '-', "0$soon",
         "+$soon", "$soon.", "$soon,", "$soon e", "0x$soon", "$soon\0"),

    [payload(qq({"exp":$soon,"nbf":$past})), '200 ok', 'in its time'],
    [payload(qq({"exp":$soon,"nbf":$soon})), '401 not_yet_valid', 'nbf later'],
    [payload(qq({"exp":$past,"nbf":$past})), '401 expired', 'exp earlier'],
    [payload(qq({"exp":$past,"nbf":$soon})), '401 expired', 'never valid'],
    [payload('{"Exp":0,"EXP":"","e":{"exp":0},"iat":{},"aud":7,"jti":null}'),
     '200 ok', 'claims that nobody asked for'],
);

$gateway->check_at('lenient',
    [with_exp('-1e300'), '401 expired', 'leeway, exp before all times'],
    [with_exp('-99999999999999999999'), '401 expired',
     'leeway, exp of 20 digits'],
    [with_nbf('1e300'), '401 not_yet_valid', 'leeway, nbf after all times'],
    [with_nbf('99999999999999999999'), '401 not_yet_valid',
     'leeway, nbf of 20 digits'],
    [with_exp('9223372036854775807'), '200 ok', 'leeway, largest exp'],
    [with_nbf('-9223372036854775808'), '200 ok', 'leeway, smallest nbf'],
    [with_exp('0'), '200 ok', 'leeway, exp 0'],
);


# The moment, to the millisecond: the claim, the location, what is between the
# claim and the bound, and digits that are less than a millisecond

my @moments = (
    ['exp', 'now', 0, ''], ['exp', 'hour', 3_600_000, ''],
    ['exp', 'now', 0, '0001'], ['nbf', 'now', 0, ''],
    ['nbf', 'hour', -3_600_000, ''], ['nbf', 'now', 0, '0001'],
);

sub verdict_at {
    my ($where, $token) = @_;

    my $verdict = $gateway->verdict("/$where", bearer($token));

    return ($verdict, $gateway->{last}->header('X-Now') =~ tr/.//dr);
}

sub expected {
    my ($claim, $bound, $rest, $now) = @_;

    $bound++ if length $rest;

    return $claim eq 'exp' ? $now >= $bound ? '401 expired' : '200 ok'
                           : $now < $bound ? '401 not_yet_valid' : '200 ok';
}

sub claim_at {
    my ($claim, $ms, $rest) = @_;

    my $number = sprintf '%d.%03d%s', $ms / 1000, $ms % 1000, $rest;

    return payload(qq({"$claim":$number}));
}

for my $moment (@moments) {
    my ($claim, $where, $before, $rest) = @$moment;
    my $what = "$claim$rest at /$where";
    my ($try, %seen, @wrong) = (0);

    my $all = wait_for {
        my $bound = int(time * 1000) + $try++ % 8;
        my $token = claim_at($claim, $bound - $before, $rest);
        my ($verdict, $now) = verdict_at($where, $token);

        push @wrong, "$verdict " . ($now - $bound)
            if $verdict ne expected($claim, $bound, $rest, $now);
        $seen{$now - $bound} = 1;

        return $seen{-1} && $seen{0} && $seen{1};
    };

    ok($all, "$what, the moment was met");
    is("@wrong", '', "$what, to the millisecond");
}


# A token that was accepted ends there, too: asked for until it has ended

my ($ended, @wrong) = (0);

my $met = wait_for {
    my $bound = int(time * 1000) + 20;
    my $token = claim_at('exp', $bound, '');
    my ($verdict, $now);

    do {
        ($verdict, $now) = verdict_at('now', $token);

        push @wrong, "$verdict " . ($now - $bound)
            if $verdict ne expected('exp', $bound, '', $now);
    } while $now < $bound;

    $ended ||= $now == $bound;
};

ok($met, 'known token meets its end');
is("@wrong", '', 'known token ends there');


# A whole second: exp has come in it, nbf too

for my $second (int time) {
    $gateway->check([with_exp($second), '401 expired', 'exp in this second'],
                    [with_nbf($second), '200 ok', 'nbf in this second']);
}

$gateway->finish;
