# auth_jwt_require_claim with variables on the right.  Where they make no JSON,
# or none of the type of the operator, nothing is met, with "!" either.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { secret => SECRET },
    http   => q{
        map $jwt_claim_role $level { admin 9; default 1; }
        map $arg_list $list { none []; default '["alice","bob"]'; }
    },
    server => q{
        large_client_header_buffers 4 128k;
        auth_jwt "api";
        auth_jwt_key_file secret secret;
        add_header X-Status $jwt_status always;
        set $early "$level";

        location /own {
            auth_jwt_require_claim sub eq $arg_v;
            proxy_pass http://%UPSTREAM%;
        }

        location /not_own {
            auth_jwt_require_claim sub !eq $arg_v;
            proxy_pass http://%UPSTREAM%;
        }

        location /mix {
            auth_jwt_require_claim sub eq "user-${arg_v}.$arg_w";
            proxy_pass http://%UPSTREAM%;
        }

        location /header {
            auth_jwt_require_claim sub eq $http_x_user;
            proxy_pass http://%UPSTREAM%;
        }

        location /json {
            auth_jwt_require_claim sub eq json=$http_x_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /not_json {
            auth_jwt_require_claim sub !eq json=$http_x_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /ne_json {
            auth_jwt_require_claim sub ne json=$http_x_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /order {
            auth_jwt_require_claim level ge json=$http_x_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /not_order {
            auth_jwt_require_claim level !ge json=$http_x_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /in {
            auth_jwt_require_claim sub in json=$http_x_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /not_in {
            auth_jwt_require_claim sub !in json=$http_x_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /nin {
            auth_jwt_require_claim sub nin json=$http_x_json;
            proxy_pass http://%UPSTREAM%;
        }

        location /part {
            auth_jwt_require_claim sub in 'json=["$arg_v", "root"]';
            proxy_pass http://%UPSTREAM%;
        }

        location /any {
            auth_jwt_require_claim scope any $arg_v;
            proxy_pass http://%UPSTREAM%;
        }

        location /claim {
            auth_jwt_require_claim sub eq $jwt_claim_azp;
            proxy_pass http://%UPSTREAM%;
        }

        location /map {
            auth_jwt_require_claim level le json=$level;
            proxy_pass http://%UPSTREAM%;
        }

        location /list {
            auth_jwt_require_claim sub in json=$list;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $passed = 0;


sub verdict {
    my ($path, $claims, @headers) = @_;

    my $answer = $nginx->get($path, bearer(token('HS256', $claims)), @headers);

    $passed++ if $answer->status == 200;

    return $answer->status . ' ' . ($answer->header('X-Status') // '-');
}


sub met { is(verdict(@_[1 .. $#_]), '200 ok', $_[0]) }

sub unmet { is(verdict(@_[1 .. $#_]), '401 require_failed', $_[0]) }


my $alice = { sub => 'alice' };

# a variable is a string

met('own name', '/own?v=alice', $alice);
unmet('name of another', '/own?v=bob', $alice);
unmet('empty variable', '/own', $alice);
met('empty is empty', '/own', { sub => '' });
unmet('number is no string', '/own?v=1', { sub => 1 });
met('digits are a string', '/own?v=1', { sub => '1' });
unmet('negated own name', '/not_own?v=alice', $alice);
met('negated other name', '/not_own?v=bob', $alice);
met('several variables', '/mix?v=a&w=b', { sub => 'user-a.b' });
unmet('one of several', '/mix?v=a&w=c', { sub => 'user-a.b' });

for my $text ('a"b', 'a\\b', 'a\\u0062', '","w":"', "\xc3\xa9", '"', '\\',
              "tab\there")
{
    met("text $text as it is", '/header', json({ sub => $text })
        =~ s/\xc3\x83\xc2\xa9/\xc3\xa9/r, 'X-User' => $text);
    unmet("text $text is not alice", '/header', $alice, 'X-User' => $text);
}

unmet('escape is not resolved', '/header', { sub => 'ab' },
      'X-User' => 'a\\u0062');
met('words of a variable', '/any?v=read', { scope => 'write read' });
unmet('other words of a variable', '/any?v=read', { scope => 'reader' });

# verified claims, and maps of them

met('claim equals claim', '/claim', { sub => 'a', azp => 'a' });
unmet('claim differs from claim', '/claim', { sub => 'a', azp => 'b' });
met('map of a claim', '/map', { role => 'admin', level => 9 });
unmet('map of another claim', '/map', { role => 'user', level => 9 });
met('list of a map', '/list', $alice);
unmet('empty list of a map', '/list?list=none', $alice);

# JSON in a variable

met('JSON string', '/json', $alice, 'X-Json' => '"alice"');
met('JSON with blanks', '/json', $alice, 'X-Json' => ' "al\u0069ce" ');
met('JSON object', '/json', { sub => { a => 1 } }, 'X-Json' => '{"a":1.0}');
unmet('another JSON string', '/json', $alice, 'X-Json' => '"bob"');
met('negated JSON', '/not_json', $alice, 'X-Json' => '"bob"');
unmet('negated same JSON', '/not_json', $alice, 'X-Json' => '"alice"');
met('in of a variable', '/in', $alice, 'X-Json' => '["alice"]');
met('not in of a variable', '/not_in', $alice, 'X-Json' => '["bob"]');
met('nin of a variable', '/nin', $alice, 'X-Json' => '["bob"]');
met('order of a variable', '/order', { level => 5 }, 'X-Json' => '5.0');
met('negated order', '/not_order', { level => 4 }, 'X-Json' => '5');
met('variable in JSON', '/part?v=alice', $alice);
unmet('other variable in JSON', '/part?v=bob', $alice);

# what is no JSON is not met, turned round or not

my @broken = ('', ' ', 'alice', '"alice', 'alice"', '"bob","w":1', '1,"w":2',
              '"bob","v":"alice"', '"bob"},"v":{', '1}', '1}{', '}', '{"a":1',
              '[1', '[1,]', '01', '1.', '+1', '.5', 'NaN', 'True', "'bob'",
              '1 2', '"a" "b"', '1//', '/**/1', '{"a":1,"a":2}', "\"\xff\"",
              '"\ud800"', '[' x 70 . ']' x 70, '1e999',
               '"' . 'a' x 66000 . '"');

for my $text (@broken) {
    my $name = length $text > 20 ? substr($text, 0, 20) . '...' : $text;

    unmet("broken <$name>, at $_", $_, '{"sub":"x","level":1}',
          'X-Json' => $text)
        for qw(/json /not_json /ne_json /order /not_order /in /not_in /nin);
}

unmet("quote leaves JSON: $_", "/part?v=$_", $alice)
    for 'a"', 'alice"],"v":["b', '\\';
met('variable in JSON is JSON', '/part?v=a","alice', $alice);

# JSON of another type than the operator has

for my $text ('"alice"', '{}', 'null', 'true', '1') {
    unmet("in of $text", $_, { sub => 'x' }, 'X-Json' => $text)
        for qw(/in /not_in /nin);
}

for my $text ('"5"', '[5]', 'null', 'true') {
    unmet("order of $text", $_, { level => 4 }, 'X-Json' => $text)
        for qw(/order /not_order);
}

cmp_ok($nginx->log_lines(qr/\[info\].* value of a typed check is not /), '>',
       200, 'broken values are logged');
is($nginx->log_lines(qr/typed check[^,]*(?:alice|bob)/), 0,
   'no value is logged');

is($nginx->upstream_requests, $passed, 'refused requests stay here');

done_testing;
