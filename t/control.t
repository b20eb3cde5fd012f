# A claim with a control character is shown nowhere.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { page => 'the page' },
    http   => q{
        auth_jwt_claim_set $deep a b;
        auth_jwt_header_set $deep_header p q;
        map $jwt_claim_x $mapped { "" none; default $jwt_claim_x; }
        log_format seen escape=none '$request_uri $jwt_claim_x|$deep|$mapped|'
                                    '$jwt_header_x|$deep_header|$jwt_claims';
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        access_log %DIR%/seen.log seen;

        location /upstream {
            proxy_set_header X-Claim $jwt_claim_x;
            proxy_set_header X-Name "a $jwt_claim_x b";
            proxy_set_header X-Deep $deep;
            proxy_set_header X-Map $mapped;
            proxy_set_header X-Param $jwt_header_x;
            proxy_set_header X-Deep-Param $deep_header;
            proxy_pass http://%UPSTREAM%/$jwt_claim_x?$deep;
        }

        location /answer {
            root %DIR%;
            add_header X-Claim "claim $jwt_claim_x";
            add_header X-Deep "deep $deep";
            add_header X-Map "map $mapped";
            add_header X-Param "param $jwt_header_x$deep_header";
            try_files /page =404;
        }

        location /redirect { return 302 "/to/$jwt_claim_x"; }
        location /away { error_page 404 =302 /to/$jwt_claim_x; root /none; }
        location /realm { auth_jwt "realm $jwt_claim_x"; }
        location /json {
            proxy_set_header X-Claims $jwt_claims;
            proxy_set_header X-Object $jwt_claim_x;
            proxy_pass http://%UPSTREAM%;
        }

        location /require {
            auth_jwt_require $jwt_claim_x error=403;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $evil = "X-Evil: 1";


# A good token whose claims and parameters are all this JSON text

sub bearer_of {
    my ($text) = @_;

    return bearer(raw_token(
        qq({"alg":"HS256","x":$text,"p":{"q":$text}}),
        qq({"x":$text,"a":{"b":$text}}), hmac(256, SECRET)));
}


# in text, in an array, and escaped twice

for my $code (0 .. 31, 127) {
    my $name = sprintf '%02x', $code;
    my $escaped = sprintf '\u%04X', $code;

    for my $text (qq("admin$escaped$evil"), qq(["admin","$escaped$evil"])) {
        my $answer = $nginx->get('/upstream', bearer_of($text));

        unlike($answer->body, qr/admin|evil/i, "$name stays here");

        is($answer->status, 200, "$name is no reason to refuse");
    }
}

# DEL may stand in JSON as it is

my $answer = $nginx->get('/upstream', bearer_of(qq("admin\x7f$evil")));

unlike($answer->body, qr/admin|evil/i, 'raw DEL stays here');

for my $text ('"admin\r\nX-Evil: 1\r\n\r\n"', '"admin\nX-Evil: 1"',
              '"\u000d\u000aX-Evil: 1"', '["a","\r\nX-Evil: 1"]',
              '"X-Evil\u0000"', '"X-Evil\t"')
{
    my @bearer = bearer_of($text);

    for my $path (qw(/answer /redirect /away /realm)) {
        my $raw = $nginx->get($path, @bearer)->raw;

        unlike($raw, qr/evil/i, "$path hides $text");
    }

    is($nginx->get('/require', @bearer)->status, 403, "$text is not met");
}

is($nginx->get('/answer', bearer_of('"a\nb"'))->header('X-Map'), 'map none',
   'map sees nothing');

# JSON keeps its escapes

my $object = '{"k":"admin\r\nX-Evil: 1\u0000"}';

$answer = $nginx->get('/json', bearer_of($object));

like($answer->body, qr/^X-Object: \Q$object\E\r$/m,
     'object keeps its escapes');
like($answer->body, qr/^X-Claims: \{"x":\{"k":"admin\\r\\nX-Evil/m,
     'claims keep their escapes');
unlike($answer->body, qr/^X-Evil/m, 'escapes make no header');

my $array = '["a\r\nX-Evil: 1"]';

$answer = $nginx->get('/json', bearer_of(qq([$array,"b"])));

like($answer->body, qr/^X-Object: \Q$array\E,b\r$/m,
     'nested array keeps its escapes');

$answer = $nginx->get('/json', bearer_of(qq({"k"\r\n:\t1}\n)));

like($answer->body, qr/^X-Object: \{"k":1\}\r$/m, 'blanks are left out');

$answer = $nginx->get('/json', bearer_of('"a\\\\r\\\\n\u0080\u2028"'));

like($answer->body, qr/^X-Object: a\\r\\n\xc2\x80\xe2\x80\xa8\r$/m,
     'other characters are shown');

# the logs

my $log = $nginx->read_file('seen.log');

unlike($log, qr/^(?!\/)/m, 'log lines begin with a request');
unlike($log, qr/[\x00-\x09\x0b-\x1f\x7f]/, 'log has no control characters');

my $before = $nginx->log_lines('control character is not shown');

$nginx->get('/upstream', bearer_of('"a\nb"'));

is($nginx->log_lines('control character is not shown') - $before, 1,
   'one line is logged');
unlike($nginx->log, qr/admin/, 'error log hides the claim');

done_testing;
