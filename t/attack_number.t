# Attacks by numbers: what is none, what no double holds, and what a double
# would round (RFC 8259, 6; RFC 7519, 2).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Hostile;
use Places qw(name);
use Token;

# condition on "n", numbers that meet it, numbers that do not

my %conditions = (
    eq_long   => ['eq json=12345678901234567890',
                  ['12345678901234567890', '12345678901234567890.0',
                   '1234567890123456789e1', '1.2345678901234567890e19'],
                  ['12345678901234567891', '12345678901234567889',
                   '12345678901234567890.1', '12345678901234569000',
                   '-12345678901234567890', '1.2345678901234568e19',
                   '1234567890123456789', '123456789012345678900',
                   '"12345678901234567890"', '[12345678901234567890]']],
    eq_over   => ['eq json=18446744073709551616', ['18446744073709551616'],
                  ['0', '18446744073709551615', '18446744073709551617',
                   '18446744073709551616e1', '-18446744073709551616']],
    gt_long   => ['gt json=99999999999999999999',
                  ['100000000000000000000', '99999999999999999999.1', '1e20'],
                  ['99999999999999999999', '99999999999999999998',
                   '9999999999999999999', '-100000000000000000000', '1e19',
                   '1661992959', '0']],
    le_long   => ['le json=9223372036854775807',
                  ['9223372036854775807', '9223372036854775806', '0',
                   '-9223372036854775809', '-99999999999999999999'],
                  ['9223372036854775808', '18446744073709551616',
                   '9223372036854775807.5', '1e300']],
    ge_double => ['ge json=9007199254740993',
                  ['9007199254740993', '9007199254740994'],
                  ['9007199254740992', '9007199254740992.9', '1e15']],
    in_long   => ['in json=[1,10000000000000000001]',
                  ['10000000000000000001', '1.0'],
                  ['10000000000000000000', '10000000000000000002', '-1']],
    zero      => ['eq json=0', ['0', '-0', '0.0', '-0.0', '0e400', '-0e-400'],
                  ['1e-400', '-1e-400', '1e-99999', 'false', 'null', '""',
                   '"0"', '[]']],
    below     => ['lt json=0', ['-1', '-1e-400', '-1e-99999', '-1e308'],
                  ['-0', '-0.0', '0', '1e-400', '"-1"', 'null']],
    large     => ['ge json=1e308', ['1e308', '10e307', '1.7976931348623157e308',
                                    '1' . '0' x 308],
                  ['9.99999999999999999999e307', '-1e308', '1e-308', '"1e309"',
                   '"inf"']],
    one       => ['eq json=1', ['1', '1.0', '1e0', '10e-1', '0.1E+1',
                                '1.' . '0' x 1000, '1' . '0' x 300 . 'e-300'],
                  ['1.' . '0' x 1000 . '1', '0.' . '9' x 1000,
                   '1.00000000000000000001', 'true', '"1"', '11', '-1']],
);

my $gateway = Hostile->start(
    locations => {
        (map { $_ => "auth_jwt_key_file all;
                      auth_jwt_require_claim n $conditions{$_}[0];" }
             keys %conditions),
        shown   => 'auth_jwt_key_file all;
                    proxy_set_header X-N "<$jwt_claim_n>";',
        of_args => 'auth_jwt_key_file all;
                    auth_jwt_require_claim n le json=$arg_n;',
    });

sub with { raw_token('{"alg":"HS256"}', qq({"n":$_[0]}), hmac(256, SECRET)) }

sub header { raw_token(qq({"alg":"HS256","n":$_[0]}), '{}',
                       hmac(256, SECRET)) }


# RFC 8259, 6; of those beyond a double only whole numbers have a value here

my @not_numbers = (
    '01', '00', '-01', '-00', '+1', '-', '--1', '-+1', '.5', '-.5', '5.',
    '1.e1', '1e', '1e+', '1e-', '1e1.5', '1e1e1', '1e+-1', '1.2.3', '0x10',
    '0b1', '0o7', '1_0', '1,0', '1 0', '1f', '1L', '1n', '- 1', '1 e1', 'e1',
    '1/2', '%31', 'NaN', '-NaN', 'nan', 'Infinity', '-Infinity', 'inf',
    "\xd9\xa1", "\xe2\x88\x9e", "1\0", "\0001",
);

my @too_large = ('1e400', '-1e400', '1E+400', '1e309', '-1e309', '1e99999',
                 '1e99999999999999999999', '2e308', '1.7976931348623159e308',
                 '1' . '0' x 400 . '.0', '9' x 4000 . 'e0', '0.1e310',
                 '0.' . '0' x 100 . '1e500');

$gateway->check(
    (map { my $name = name($_);
           [with($_), '401 malformed', "claim $name"],
           [with("[{\"a\":$_}]"), '401 malformed', "deep $name"],
           [header($_), '401 malformed', "parameter $name"] } @not_numbers),
    (map { [with($_), '401 malformed', 'claim ' . name($_)],
           [with("{\"a\":[$_]}"), '401 malformed', 'deep ' . name($_)],
           [header($_), '401 malformed', 'parameter ' . name($_)],
         } @too_large),
);


# What is one reaches the upstream as it is written, digit by digit

for my $number ('0', '-0', '-0.0', '0e0', '1E+2', '1e308', '1e-400',
                '-1e-99999', '1.7976931348623157e308', '9007199254740993',
                '9223372036854775808', '12345678901234567890',
                '-98765432109876543210', '18446744073709551616', '1.10',
                '1' . '0' x 309, '9' x 4000, '0.' . '1' x 4000)
{
    $gateway->check_at('shown', [with($number), '200 ok',
                                 'number ' . name($number)]);

    is($gateway->upstream_request =~ /^X-N: (.*)\r$/m ? $1 : '',
       "<$number>", 'upstream gets ' . name($number));
}


# Typed checks compare all digits

for my $where (sort keys %conditions) {
    my ($condition, $met, $unmet) = @{$conditions{$where}};

    $gateway->check_at($where,
        (map { [with($_), '200 ok', "$condition: " . name($_)] } @$met),
        (map { [with($_), '401 require_failed',
                "not $condition: " . name($_)] } @$unmet),
        (map { [with($_), '401 malformed', "$condition: $_"] }
             '1e400', '-1e400', 'NaN'));
}


# A number of the client's to compare with: not met where it is none

for (['99999999999999999999', '200 ok'], ['12345678901234567890', '200 ok'],
     ['12345678901234567889', '401 require_failed'], ['1e308', '200 ok'],
     map { [$_, '401 require_failed'] }
         '', '1e400', '-1e400', '99e999', 'NaN', 'Infinity', '0x7f', '01', '1,',
         '1,"x":2', '1}', '"99999999999999999999"', '[99999999999999999999]',
         'true', 'null', '{"a":1,"a":2}', '%31')
{
    my ($number, $expected) = @$_;

    is($gateway->verdict("/of_args?n=$number",
                         bearer(with('12345678901234567890'))),
       $expected, 'n=' . name($number));
}

$gateway->finish;
