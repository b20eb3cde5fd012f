# kid: what it says is compared, byte by byte, and nothing else is done with it
# (RFC 7515, 4.1.4; RFC 8725, 3.10).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Hostile;
use Provider;
use Token;

my $idp = Provider->start(keys => [['rsa', kid => 'key rsa']]);

my $gateway = Hostile->start(
    files => {
        pem             => pem('rsa'),
        outside         => pem('rsa'),
        keyval          => json({ 'key rsa' => pem('rsa'), '' => pem('rsa') }),
        numbers         => '{"keys":[' . json(jwk('rsa', kid => 'a')) . ','
                           . json(jwk('rsa', kid => 1)) . ']}',
        'keys/rsa.pem'  => pem('rsa'),
        'keys/null.pem' => pem('rsa'),
    },
    http => 'auth_jwt_provider corp { issuer ' . $idp->issuer . ';
                                      audience api; }',
    server => 'location /set/ { internal; root %DIR%; }',
    locations => {
        pem      => 'auth_jwt_key_file pem;',
        keyval   => 'auth_jwt_key_file keyval keyval;',
        numbers  => 'auth_jwt_key_file numbers;',
        file     => 'auth_jwt_key_file keys/$jwt_header_kid.pem;',
        request  => 'auth_jwt_key_request /set/$jwt_header_kid.json;',
        provider => q{
            auth_jwt "api" provider=corp token=$http_authorization
                           token=$cookie_t token=$arg_t;
        },
    });

my %claims = (iss => $idp->issuer, aud => 'api', exp => time + 600);
my $rsa = Token::private('rsa');


# A good signature, whatever the kid; the texts are those of JSON.

sub by_secret { raw_token(qq({"alg":"HS256","kid":$_[0]}), '{}',
                          hmac(256, SECRET)) }

sub by_rsa { raw_token(qq({"alg":"RS256","kid":$_[0]}), json(\%claims),
                       sub { $rsa->sign_message($_[0], 'SHA256', 'v1.5') }) }

sub what { 'kid ' . substr $_[0] =~ s/[^ -~]/?/gr, 0, 40 }


# "outside": the kid leads out of the folder, or no name is left

my @outside = ('../outside', '..', '../keys/rsa', 'rsa/../../outside',
               '../../../../etc/passwd', '/../../etc/passwd', '../',
               '..\\u002foutside', '\\u002e\\u002e/outside');
my @control = ('\\u0000', 'key rsa\\u0000', 'rsa\\u0000', '\\u0000rsa',
               'rsa.pem\\u0000', 'rsa\\n', 'rsa\\r\\nX: y', '\\u007f',
               '\\trsa', 'rsa\\u001b[2J');
my @strange = (
    '/dev/null', '/dev/stdin', '/proc/self/environ', 'file:///etc/passwd',
    'http://127.0.0.1/keys', '..%2foutside', '%2e%2e/outside', '....//outside',
    '..;/outside', '..\\\\outside', '~/rsa', 'C:\\\\keys', 'rsa\\u2024',
    "' OR '1'='1' --", "' UNION SELECT 'secret' --", '1; DROP TABLE keys',
    '\\" OR 1=1', "\xef\xbc\x87 OR 1", '$(id)', '`id`', '|id', '; id #',
    '${jndi:ldap://127.0.0.1/a}', '{{7*7}}', '<script>', '*)(uid=*',
    '%s%n%x', '%00', '*', '.*', '?', '[a-z]*', '$1', '$jwt_header_alg',
    'KEY RSA', 'Key rsa', 'key rs', 'key rsa ', ' key rsa', 'key  rsa',
    'key rsa,key ec256', 'ke\\u0443 rsa', 'key', '0', 'null', 'true',
    'undefined', '[]', '__proto__', 'constructor', "\xc3\xbc", '\\u00fc',
    '\\ud83d\\ude00', 'x' x 64, 'x' x 65, 'x' x 255, 'x' x 256, 'x' x 4096,
    'x' x 10240, '\\"' x 5000, '/' x 5000, '\\u0001' x 1000,
);

# A set without these names; keys without any; a set with empty ones

for my $kid (@outside, @control, @strange, '') {
    my $what = what($kid);

    $gateway->check_at('named', [by_secret(qq("$kid")), '401 unknown_key',
                                 "$what, HS256"],
                                [by_rsa(qq("$kid")), '401 unknown_key',
                                 "$what, RS256"]);
    $gateway->check_at('pem', [by_rsa(qq("$kid")), '200 ok',
                               "$what, key without kid"]);
    $gateway->check_at('keyval', [by_rsa(qq("$kid")),
                                  $kid eq '' ? '200 ok' : '401 unknown_key',
                                  "$what, keyval"]);
    $gateway->check_at('provider', [by_rsa(qq("$kid")), '401 unknown_key',
                                    "$what, provider"]);
}


# As a part of a name, of a file or of a URI: see also t/key_name.t and
# t/key_request_name.t.  A kid with a control character counts as none.

my $refused = '401 key_name_refused';
my $missing = '500 keys_unavailable';

for my $where (qw(file request)) {
    my $name = "in the name of a $where";

    $gateway->check_at($where,
        (map { [by_rsa(qq("$_")), $refused, what($_) . " $name"] }
             grep { $_ ne '..' } @outside),
        (map { [by_rsa(qq("$_")), $missing, what($_) . " $name"] }
             @control, '', '..', "' OR '1'='1' --", '*', '$(id)', 'x' x 255));
}

# one file has one name, of a bounded length

$gateway->check_at('file',
    [by_rsa('"rsa"'), '200 ok', 'kid of a file'],
    map { [by_rsa(qq("$_")), $refused, what($_) . ' in the name of a file'] }
        '/rsa', './rsa', '/dev/null', '/etc/passwd', '....//outside',
        'x' x 5000);


# Not a string

for my $kid ('null', 'true', 'false', '0', '1', '-1', '1e3', '12.5', '[]',
             '["key rsa"]', '{}', '{"key rsa":1}', '[[]]')
{
    for my $where (qw(named pem keyval numbers file request provider)) {
        $gateway->check_at($where, [by_rsa($kid), '401 invalid_header',
                                    "kid $kid at $where"]);
    }

    $gateway->check([by_secret($kid), '401 invalid_header', "kid $kid"]);
}


# The same text is the same kid, however it is escaped; it is there once

$gateway->check_at('named',
    [by_rsa('"key rsa"'), '200 ok', 'kid of the key'],
    [by_rsa('"\\u006bey\\u0020rsa"'), '200 ok', 'kid with escapes'],
    [by_rsa('"key ec256"'), '401 unknown_key', 'kid of another type'],
    [by_rsa('"key rsa","kid":"key rsa"'), '401 malformed', 'kid twice'],
    [by_rsa('"other","\\u006bid":"key rsa"'), '401 malformed',
     'kid twice, with escapes'],
    [by_rsa('"other","KID":"key rsa"'), '401 unknown_key', 'KID is not kid']);

# no number of a key set is a kid

$gateway->check_at('numbers', [by_rsa('"1"'), '401 unknown_key',
                               'kid "1", key 1']);

my @told = grep { /jwt rejected/ } split /\n/, $gateway->nginx->log;

cmp_ok(scalar @told, '>', 100, 'refusals are logged');
is_deeply([grep { /x{65}/ } map { s/, client: .*//r } @told], [],
          'log has no long kid');

$gateway->finish;
