# Claims and header parameters as variables.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http   => q{
        auth_jwt_claim_set $path a b c;
        auth_jwt_claim_set $dotted https://example.com/role;
        auth_jwt_claim_set $spaced "with space" "in ner";
        auth_jwt_claim_set $upper Role;
        auth_jwt_claim_set $dollar $x;
        auth_jwt_claim_set $jwt_claim_alias sub;
        auth_jwt_header_set $of_header obj inner;
        auth_jwt_header_set $jku jku;
        large_client_header_buffers 4 80k;
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        auth_jwt_key '} . jwks('rsa') . q{' jwks;
        add_header X-Status $jwt_status always;

        location / {
            proxy_set_header X "<$jwt_claim_x>";
            proxy_set_header X-Lower "<$jwt_claim_Role>";
            proxy_set_header X-Empty-Name "<$jwt_claim_>";
            proxy_set_header X-Path "<$path>";
            proxy_set_header X-Dotted "<$dotted>";
            proxy_set_header X-Spaced "<$spaced>";
            proxy_set_header X-Upper "<$upper>";
            proxy_set_header X-Dollar "<$dollar>";
            proxy_set_header X-Alias "<$jwt_claim_alias>";
            proxy_set_header X-Claims "<$jwt_claims>";
            proxy_set_header X-Alg "<$jwt_header_alg>";
            proxy_set_header X-Typ "<$jwt_header_typ>";
            proxy_set_header X-Kid "<$jwt_header_kid>";
            proxy_set_header X-Obj "<$jwt_header_obj>";
            proxy_set_header X-Of-Header "<$of_header>";
            proxy_set_header X-Jku "<$jku>";
            proxy_pass http://%UPSTREAM%;
        }

        location /rs256 {
            auth_jwt_algorithms RS256;
            proxy_pass http://%UPSTREAM%;
        }

        location /require {
            auth_jwt_require $jwt_claim_role;
            proxy_pass http://%UPSTREAM%;
        }

        location /broken {
            auth_jwt_key_file missing;
            proxy_pass http://%UPSTREAM%;
        }

        location /open { auth_jwt off; proxy_pass http://%UPSTREAM%; }
    });


# The header that came to the upstream; claims are JSON as it is written

sub seen {
    my ($name, $claims, %option) = @_;

    my $token = raw_token(json({ alg => 'HS256', %option }), $claims,
                          hmac(256, SECRET));
    my $body = $nginx->get('/', bearer($token))->body;

    return ($body =~ /^\Q$name\E: <(.*)>\r$/m)[0];
}


# every type

my @values = (
    ['text', '"alice"', 'alice'],
    ['empty text', '""', ''],
    ['text like JSON', '"{\"a\": 1}"', '{"a": 1}'],
    ['escapes', '"a\"b\\\\c\/d"', 'a"b\c/d'],
    ['escaped characters', '"\u00e9\u20AC\ud83d\ude00\u0041"',
     "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80A"],
    ['UTF-8', qq("\xc3\xa9\xe2\x82\xac"), "\xc3\xa9\xe2\x82\xac"],
    ['number', '42', '42'],
    ['negative number', '-7', '-7'],
    ['twenty digits', '12345678901234567890', '12345678901234567890'],
    ['long number', '1' . '0' x 50, '1' . '0' x 50],
    ['real number', '1.50', '1.50'],
    ['exponent', '1E+2', '1E+2'],
    ['true', 'true', 'true'],
    ['false', 'false', 'false'],
    ['null', 'null', ''],
    ['array', '["a", "b" ,"c"]', 'a,b,c'],
    ['empty array', '[]', ''],
    ['array of one', '["a"]', 'a'],
    ['array with commas', '["a,b","c"]', 'a,b,c'],
    ['array of types', '[1, true ,null,"\u00e9", {"a" : "b"}]',
     "1,true,null,\xc3\xa9,{\"a\":\"b\"}"],
    ['nested array', '["a", ["b", "c"], []]', 'a,["b","c"],[]'],
    ['object', qq({ "a" : [ 1 , "x y" ] ,\n\t"b": { } }),
     '{"a":[1,"x y"],"b":{}}'],
    ['escape in object', '{"a":"\u0041\n"}', '{"a":"\u0041\n"}'],
    ['empty object', '{ }', '{}'],
);

for my $value (@values) {
    my ($name, $json, $text) = @$value;

    is(seen('X', qq({"x": $json , "y":1})), $text, "$name is shown");
}

is(seen('X', '{"y":1}'), '', 'absent claim is empty');
is(seen('X', '{"\u0078":"escaped name"}'), 'escaped name',
   'escaped name is found');
is(seen('X', '{"x":"' . 'a' x 20000 . '"}'), 'a' x 20000, 'long text is shown');

# names

is(seen('X-Lower', '{"Role":"A","role":"b"}'), 'b', 'nginx lowers names');
is(seen('X-Upper', '{"Role":"A","role":"b"}'), 'A', 'claim_set keeps case');
is(seen('X-Dotted', '{"https://example.com/role":"x"}'), 'x',
   'claim_set takes dots');
is(seen('X-Spaced', '{"with space":{"in ner":"x"}}'), 'x',
   'claim_set takes spaces');
is(seen('X-Dollar', '{"$x":"x"}'), 'x', 'claim_set takes dollars');
is(seen('X-Alias', '{"sub":"x","alias":"y"}'), 'x', 'claim_set has priority');
is(seen('X-Empty-Name', '{"":"x"}'), 'x', 'empty name is found');
is(seen('X-Path', $_->[1]), $_->[2], "path $_->[0]")
    for ['to text', '{"a":{"b":{"c":"x"}}}', 'x'],
        ['to array', '{"a":{"b":{"c":["x",1]}}}', 'x,1'],
        ['to object', '{"a":{"b":{"c":{ "d": 1 }}}}', '{"d":1}'],
        ['to number', '{"a":{"b":{"c":10000000000000000000000}}}',
         '10000000000000000000000'],
        ['to null', '{"a":{"b":{"c":null}}}', ''],
        ['without end', '{"a":{"b":{"d":1}}}', ''],
        ['through text', '{"a":{"b":"c"}}', ''],
        ['through array', '{"a":{"b":["c"]}}', ''],
        ['with escapes', '{"a":{"\u0062":{"c":"x"}}}', 'x'];

# the whole, and the header

is(seen('X-Claims', qq( { "a" : "b c", "n" : 12345678901234567890 }\n)),
   '{"a":"b c","n":12345678901234567890}', 'claims are compact JSON');

my @header = (typ => 'at+jwt', kid => 'key 1', jku => 'https://evil',
              obj => { inner => [1, 'two'] });

is(seen($_->[0], '{"alg":"x","kid":"y"}', @header), $_->[1], "$_->[0] is shown")
    for ['X-Alg', 'HS256'], ['X-Typ', 'at+jwt'], ['X-Kid', 'key 1'],
        ['X-Obj', '{"inner":[1,"two"]}'], ['X-Of-Header', '1,two'],
        ['X-Jku', 'https://evil'];

is(seen('X-Kid', '{}'), '', 'absent parameter is empty');

# $jwt_status

my $good = token('HS256');
my @words = (
    ok => '/', $good, no_token => '/', '', malformed => '/', 'x.y.z',
    too_large => '/', 'x' x 65537,
    invalid_header => '/', raw_token('{"alg":1}', '{}', ''),
    unsupported_critical => '/',
        token('HS256', {}, header => { crit => ['x'], x => 1 }),
    unsupported_algorithm => '/', raw_token('{"alg":"none"}', '{}', ''),
    algorithm_not_allowed => '/rs256', $good,
    unknown_key => '/', token('ES256'),
    bad_signature => '/', forged($good),
    invalid_claims => '/', token('HS256', { exp => 'x' }),
    expired => '/', expired('HS256'),
    not_yet_valid => '/', token('HS256', { nbf => time + 3600 }),
    require_failed => '/require', $good,
    keys_unavailable => '/broken', $good,
);

while (my ($word, $path, $token) = splice @words, 0, 3) {
    is($nginx->get($path, bearer($token))->header('X-Status'), $word,
       "status $word");
}

is($nginx->get('/open', bearer($good))->header('X-Status'), undef,
   'status without verdict');

done_testing;
