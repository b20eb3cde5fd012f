# auth_jwt_require_claim: every operator, with strings and JSON, and the paths.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

# path, operator and value; claims with which it is met; claims without

my @table = (

    # the same

    ['sub eq alice', ['{"sub":"alice"}', '{"sub":"\u0061lice"}'],
     ['{"sub":"Alice"}', '{"sub":"alice "}', '{"sub":"alic"}', '{"sub":""}',
      '{"sub":["alice"]}', '{"sub":null}', '{"Sub":"alice"}', '{}']],
    ['sub ne alice', ['{"sub":"bob"}', '{"sub":1}', '{"sub":null}',
                      '{"sub":["alice"]}', '{"sub":""}'],
     ['{"sub":"alice"}', '{}']],
    ['sub eq ""', ['{"sub":""}'], ['{"sub":" "}', '{"sub":null}', '{}']],
    ['sub eq 1', ['{"sub":"1"}'], ['{"sub":1}', '{"sub":true}', '{}']],
    ['sub eq true', ['{"sub":"true"}'], ['{"sub":true}']],
    ['sub eq "a b"', ['{"sub":"a b"}', '{"sub":"a\u0020b"}'],
     ['{"sub":"a  b"}', '{"sub":"a"}']],
    ['sub eq "a\"b\\\\c"', ['{"sub":"a\"b\\\\c"}'], ['{"sub":"a\"b"}']],
    ["sub eq \xc3\xa9", ["{\"sub\":\"\xc3\xa9\"}", '{"sub":"\u00e9"}'],
     ['{"sub":"e"}', '{"sub":"e\u0301"}']],
    ['sub eq "\t"', ['{"sub":"\t"}'], ['{"sub":" "}']],
    ['sub eq json="alice"', ['{"sub":"alice"}'], ['{"sub":"\"alice\""}']],

    ['n eq json=1', [map { "{\"n\":$_}" } 1, '1.0', '1e0', '10e-1', '0.1E1'],
     [map { "{\"n\":$_}" } '"1"', 'true', '[1]', 2, -1, '1.00000000000001']],
    ['n eq json=100', ['{"n":1e2}', '{"n":1E+2}', '{"n":100.00}'],
     ['{"n":1e3}', '{"n":1e-2}', '{"n":10}']],
    ['n eq json=0', ['{"n":-0}', '{"n":0e9}', '{"n":0.0}'],
     ['{"n":false}', '{"n":null}', '{"n":""}', '{"n":1e-30}']],
    ['n eq json=12345678901234567890', ['{"n":12345678901234567890}',
                                        '{"n":1234567890123456789e1}'],
     ['{"n":12345678901234567891}', '{"n":12345678901234567889}']],
    ['n ne json=9007199254740993', ['{"n":9007199254740992}'],
     ['{"n":9007199254740993}', '{}']],

    ['b eq json=true', ['{"b":true}'],
     ['{"b":"true"}', '{"b":1}', '{"b":false}', '{"b":null}']],
    ['b eq json=false', ['{"b":false}'],
     ['{"b":0}', '{"b":""}', '{"b":null}', '{}']],
    ['b eq json=null', ['{"b":null}'], ['{"b":0}', '{"b":"null"}', '{}']],

    ['a eq json=["a","b"]', ['{"a":["a","b"]}', '{"a" : [ "a" , "\u0062" ]}'],
     ['{"a":["b","a"]}', '{"a":["a"]}', '{"a":["a","b","c"]}', '{"a":"a,b"}',
      '{"a":["a,b"]}', '{"a":[["a","b"]]}', '{"a":{"a":"b"}}']],
    ['a eq json=[]', ['{"a":[]}'], ['{"a":{}}', '{"a":[null]}', '{"a":""}']],
    ['o eq \'json={"a":1,"b":[2]}\'',
     ['{"o":{"a":1,"b":[2]}}', '{"o":{"b":[2.0],"\u0061":1}}'],
     ['{"o":{"a":1}}', '{"o":{"a":1,"b":[2],"c":3}}', '{"o":{"a":1,"c":[2]}}',
      '{"o":{"a":1,"b":[3]}}', '{"o":[]}']],

    # order

    ['n gt json=5', [map { "{\"n\":$_}" } 6, '5.1', '5.000000000000000000001',
                     '1e99'],
     [map { "{\"n\":$_}" } 5, '5.0', '4.9', -6, '"6"', '[6]', 'true', 'null']],
    ['n ge json=5', ['{"n":5}', '{"n":5.0}', '{"n":50e-1}', '{"n":6}'],
     ['{"n":4.999999999999999999999}', '{"n":"5"}', '{}']],
    ['n lt json=5', ['{"n":4}', '{"n":-5}', '{"n":-1e99}', '{"n":5e-1}'],
     ['{"n":5}', '{"n":6}', '{"n":"4"}', '{"n":null}', '{"n":false}', '{}']],
    ['n le json=-1.5', ['{"n":-1.5}', '{"n":-15e-1}', '{"n":-2}'],
     ['{"n":-1.4}', '{"n":1.5}', '{"n":0}', '{"n":"-2"}']],
    ['n gt json=12345678901234567889', ['{"n":12345678901234567890}'],
     ['{"n":12345678901234567889}', '{"n":12345678901234567888}']],

    # one of

    ['r in json=["a","b",3]', ['{"r":"a"}', '{"r":"b"}', '{"r":3.0}'],
     ['{"r":"c"}', '{"r":"a b"}', '{"r":["a"]}', '{"r":"3"}', '{"r":""}',
      '{}']],
    ['r in json=[["a"],null]', ['{"r":["a"]}', '{"r":null}'],
     ['{"r":"a"}', '{"r":[]}', '{}']],
    ['r in json=[]', [], ['{"r":[]}', '{"r":""}', '{"r":null}', '{}']],
    ['r nin json=["a","b"]', ['{"r":"c"}', '{"r":["a"]}', '{"r":null}'],
     ['{"r":"a"}', '{"r":"\u0062"}', '{}']],

    # in common: RFC 6749, 3.3 and RFC 7519, 4.1.3

    ['scope any read', ['{"scope":"read"}', '{"scope":"write read"}',
                        '{"scope":"read write"}', '{"scope":["write","read"]}',
                        '{"scope":"a  read"}', '{"scope":"write\u0020read"}'],
     ['{"scope":"reader"}', '{"scope":"thread"}', '{"scope":"write"}',
      '{"scope":"read,write"}', '{"scope":"READ"}', '{"scope":""}',
      '{"scope":["read write"]}', '{"scope":["thread"]}', '{"scope":null}',
      '{"scope":{"read":true}}', '{"scope":true}', '{}']],
    ['scope any "read write"', ['{"scope":"read"}', '{"scope":"x write"}',
                                '{"scope":["write"]}'],
     ['{"scope":"x"}', '{"scope":["read write"]}', '{"scope":[]}']],
    ['scope any json=["read","write"]',
     ['{"scope":"x read"}', '{"scope":["write"]}'],
     ['{"scope":"x"}', '{"scope":["x"]}', '{"scope":"read,write"}']],
    ['scope any ""', [], ['{"scope":""}', '{"scope":[""]}', '{}']],
    ['scope nany "admin root"', ['{"scope":"read"}', '{"scope":""}',
                                 '{"scope":["x"]}', '{"scope":"roots"}'],
     ['{"scope":"read admin"}', '{"scope":["root"]}', '{}']],

    ['aud any https://api', ['{"aud":"https://api"}',
                             '{"aud":["https://web","https://api"]}'],
     ['{"aud":"https://api/"}', '{"aud":["https://api/"]}', '{"aud":[]}',
      '{"aud":"https://api2"}', '{"aud":[["https://api"]]}', '{}']],
    ['aud in json=["https://api","https://web"]', ['{"aud":"https://web"}'],
     ['{"aud":["https://web"]}', '{"aud":"https://api https://web"}']],
    ['n any json=[1,2]', ['{"n":1.0}', '{"n":[3,2]}'],
     ['{"n":3}', '{"n":"1"}', '{"n":["2"]}']],

    # regular expressions

    ['sub match ^a.*e$', ['{"sub":"alice"}', '{"sub":"\u0061e"}'],
     ['{"sub":"Alice"}', '{"sub":"bob"}', '{"sub":""}', '{"sub":["alice"]}',
      '{"sub":null}', '{}']],
    ['sub match ^\d+$', ['{"sub":"12"}'], ['{"sub":12}', '{"sub":"1a"}']],
    ['sub match (?i)ALICE', ['{"sub":"malice"}'], ['{"sub":"bob"}']],
    ['sub match ""', ['{"sub":""}', '{"sub":"x"}'], ['{"sub":1}', '{}']],

    # turned round: of an absent claim nothing holds

    ['sub !eq alice', ['{"sub":"bob"}', '{}'], ['{"sub":"alice"}']],
    ['sub !ne alice', ['{"sub":"alice"}', '{}'], ['{"sub":"bob"}']],
    ['n !gt json=5', ['{"n":5}', '{"n":"6"}', '{}'], ['{"n":6}']],
    ['n !ge json=5', ['{"n":4}', '{}'], ['{"n":5}']],
    ['n !lt json=5', ['{"n":5}', '{}'], ['{"n":4}']],
    ['n !le json=5', ['{"n":6}', '{}'], ['{"n":5}']],
    ['r !in json=["a"]', ['{"r":"b"}', '{}'], ['{"r":"a"}']],
    ['r !nin json=["a"]', ['{"r":"a"}', '{}'], ['{"r":"b"}']],
    ['r !any "a b"', ['{"r":"c"}', '{}'], ['{"r":"x b"}', '{"r":["a"]}']],
    ['r !nany "a b"', ['{"r":"x b"}', '{}'], ['{"r":"c"}']],
    ['sub !match ^a', ['{"sub":"bob"}', '{"sub":1}', '{}'],
     ['{"sub":"alice"}']],

    # paths

    ['.a.b eq x', ['{"a":{"b":"x"}}'],
     ['{"a":{"b":"y"}}', '{"a":{"c":"x"}}', '{"a":"x"}', '{"a.b":"x"}',
      '{"a":[{"b":"x"}]}', '{"b":"x"}', '{}']],
    ['a.b eq x', ['{"a.b":"x"}'], ['{"a":{"b":"x"}}']],
    ['https://e.org/role eq x', ['{"https://e.org/role":"x"}'], ['{}']],
    ['."a.b".c eq x', ['{"a.b":{"c":"x"}}'], ['{"a":{"b":{"c":"x"}}}']],
    ['.a[1] eq x', ['{"a":["y","x"]}'],
     ['{"a":["x","y"]}', '{"a":["y"]}', '{"a":{"1":"x"}}', '{"a":"yx"}']],
    ['.a[0][1].b[2] eq json=3', ['{"a":[[0,{"b":[1,2,3]}]]}'],
     ['{"a":[[0,{"b":[1,2]}]]}', '{"a":[[{"b":[1,2,3]}]]}']],
    ['.a[0] any read', ['{"a":["x read"]}'], ['{"a":"read"}']],
    ['.realm.roles any admin', ['{"realm":{"roles":["user","admin"]}}'],
     ['{"realm":{"roles":["user"]}}', '{"roles":["admin"]}']],
);

my $n = 0;

my $locations = join '', map {
    my ($condition) = @$_;

    $n++;
    "location = /$n {
         auth_jwt_require_claim $condition;
         proxy_pass http://%UPSTREAM%;
     }\n"
} @table;

my $nginx = Nginx->start(
    files  => { secret => SECRET },
    server => "
        large_client_header_buffers 4 16k;

        auth_jwt api;
        auth_jwt_key_file secret secret;
        add_header X-Status \$jwt_status always;
        $locations
    ");

my $client = $nginx->connect;
my $passed = 0;


sub verdict {
    my ($path, $claims) = @_;

    my $answer = $client->get($path, bearer(token('HS256', $claims)));

    $passed++ if $answer->status == 200;

    return $answer->status . ' ' . $answer->header('X-Status');
}


$n = 0;

for (@table) {
    my ($condition, $met, $unmet) = @$_;

    $n++;
    is(verdict("/$n", $_), '200 ok', "$condition: $_") for @$met;
    is(verdict("/$n", $_), '401 require_failed', "not $condition: $_")
        for @$unmet;
}

is($nginx->upstream_requests, $passed, 'refused requests stay here');

done_testing;
