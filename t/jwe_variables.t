# What variables show of encrypted and nested tokens, and when: of a refused one
# nothing, and before it is decrypted nothing but its own header.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => {
        private => private_jwks('rsa'),
        public  => jwks('ec256'),
        page    => 'the page',
    },
    http   => q{
        auth_jwt_claim_set $city address city;
        auth_jwt_header_set $kid kid;

        map $jwt_claim_sub $mapped { default "<$jwt_claim_sub>"; }

        log_format seen '$request_uri $status <$jwt_payload> <$jwt_claims> '
                        '<$city>';
    },
    server => q{
        large_client_header_buffers 4 16k;
        access_log %DIR%/seen.log seen;
        root %DIR%;

        auth_jwt "api";
        auth_jwt_key_file private;
        auth_jwt_key_file public;

        add_header X-Early "$early" always;
        add_header X-Payload "$jwt_payload" always;
        add_header X-Claims "$jwt_claims" always;
        add_header X-Sub "$jwt_claim_sub|$city|$mapped" always;
        add_header X-Header "$jwt_header_alg|$kid" always;

        location /signed {
            set $early "$jwt_claim_sub|$jwt_payload$jwt_status|$jwt_header_alg";
            try_files /page =404;
        }

        location /encrypted {
            auth_jwt_type encrypted;
            set $early "$jwt_claim_sub|$jwt_payload$jwt_status|$jwt_header_alg";
            try_files /page =404;
        }

        location /nested {
            auth_jwt_type nested;
            set $early "$jwt_claim_sub|$jwt_payload$jwt_status|$jwt_header_alg";
            try_files /page =404;
        }

        location /require {
            auth_jwt_type encrypted;
            auth_jwt_require $jwt_claim_admin error=403;
            try_files /page =404;
        }

        location /any {
            auth_jwt_type encrypted;
            satisfy any;
            allow all;
            try_files /page =404;
        }

        location /off {
            auth_jwt off token=$arg_token;
            auth_jwt_type encrypted;
            try_files /page =404;
        }

        location /open {
            auth_jwt off;
            auth_jwt_type encrypted;
            try_files /page =404;
        }

        location /sent {
            auth_jwt_type encrypted;
            proxy_set_header X-Payload $jwt_payload;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $claims = '{"sub":"alice","address":{"city":"Paris"}}';
my $signed = token('ES256', $claims, kid => 'inner');
my $encrypted = encrypted('RSA-OAEP', 'A128GCM', $claims, kid => 'outer');
my $nested = encrypted('RSA-OAEP', 'A128GCM', $signed, kid => 'outer',
                       header => { cty => 'JWT' });


sub shown {
    my ($path, $token, @names) = @_;

    my $answer = $nginx->get($path, $token ? bearer($token) : ());

    return join ' ', $answer->status,
           map { $answer->header("X-$_") // '-' } @names;
}


# accepted

is(shown('/signed', $signed, 'Payload'), '200 -', 'signed has no payload');
is(shown('/encrypted', $encrypted, 'Payload'), "200 $claims",
   'payload of an encrypted one');
is(shown('/nested', $nested, 'Payload'), "200 $signed",
   'payload of a nested one');

is(shown('/encrypted', $encrypted, qw(Claims Sub)),
   "200 $claims alice|Paris|<alice>", 'claims of an encrypted one');
is(shown('/nested', $nested, qw(Claims Sub)),
   "200 $claims alice|Paris|<alice>", 'claims of a nested one');

is(shown('/encrypted', $encrypted, 'Header'), '200 RSA-OAEP|outer',
   'header of an encrypted one');
is(shown('/nested', $nested, 'Header'), '200 ES256|inner',
   'header is the inner one');

# before

is(shown('/signed', $signed, 'Early'), '200 alice||ES256',
   'signed is shown early');
is(shown('/encrypted', $encrypted, 'Early'), '200 ||RSA-OAEP',
   'header of encrypted early');
is(shown('/nested', $nested, 'Early'), '200 ||RSA-OAEP',
   'outer header early');

# bytes

for my $text (" $claims", "{ \"sub\" : \"alice\" }", '{"sub":"\u0061"}',
              "{\"sub\":\"\xc3\xa9\"}")
{
    is(shown('/encrypted', encrypted('A128KW', 'A128GCM', $text), 'Payload'),
       '401 -', 'no such key');
    is(shown('/encrypted', encrypted('RSA-OAEP', 'A128GCM', $text), 'Payload'),
       '200 ' . $text =~ s/\A +//r, 'payload is not changed');
}

my $lines = $nginx->log_lines(qr/control character/);

is(shown('/encrypted', encrypted('RSA-OAEP', 'A128GCM', "{\n\"sub\":\"a\"}"),
         'Payload', 'Sub'), '200 - a||<a>', 'line end is not shown');
is($nginx->log_lines(qr/control character/), $lines + 1,
   'line end is logged');
is(shown('/encrypted', encrypted('RSA-OAEP', 'A128GCM',
                                 '{"sub":"a\r\nX-Admin: 1"}'), 'Sub'),
   '200 ||<>', 'escaped line end is not shown');

my $sent = $nginx->get('/sent', bearer(encrypted('RSA-OAEP', 'A128GCM',
                                                 "{\"a\":1,\r\n\"b\":2}")));

unlike($sent->body, qr/^X-Payload|^"b"/m, 'line end is not sent');

# refused

my @refused = (
    ['/encrypted', encrypted('RSA-OAEP', 'A128GCM', $claims, key => 'rsa2'),
     'another key'],
    ['/encrypted', part($encrypted, 3, sub { $_[0] ^ "\1" . "\0" x 100 }),
     'changed'],
    ['/encrypted', encrypted('RSA-OAEP', 'A128GCM', { sub => 'alice',
                                                      exp => time - 60 }),
     'expired'],
    ['/encrypted', encrypted('RSA-OAEP', 'A128GCM', 'alice'), 'no claims'],
    ['/encrypted', $nested, 'nested'],
    ['/nested', $encrypted, 'encrypted'],
    ['/nested', encrypted('RSA-OAEP', 'A128GCM', forged($signed),
                          header => { cty => 'JWT' }), 'forged'],
    ['/nested', encrypted('RSA-OAEP', 'A128GCM', expired('ES256'),
                          header => { cty => 'JWT' }), 'expired inside'],
    ['/nested', encrypted('RSA-OAEP', 'A128GCM', $encrypted,
                          header => { cty => 'JWT' }), 'encrypted inside'],
);

for (@refused) {
    my ($path, $token, $name) = @$_;

    is(shown($path, $token, qw(Payload Claims Sub Header)),
       '401 - - ||<> |', "$name: nothing is shown");
}

is(shown('/require', $encrypted, qw(Payload Claims Sub Header)),
   '403 - - ||<> |', 'require: nothing is shown');

# satisfy any lets in, but shows nothing of the token

is(shown('/any', $encrypted, qw(Payload Sub)),
   "200 $claims alice|Paris|<alice>", 'satisfy any shows accepted');
is(shown('/any', $refused[0][1], qw(Payload Claims Sub Header)),
   '200 - - ||<> |', 'satisfy any hides refused');

# without a check nothing is decrypted

is(shown("/off?token=$encrypted", undef, qw(Payload Claims Sub Header)),
   '200 - - ||<> RSA-OAEP|outer', 'off does not decrypt');
is(shown('/open', $encrypted, qw(Payload Claims Sub Header)),
   '200 - - ||<> |', 'off shows nothing');

# the access log comes last

ok(wait_for { scalar(() = $nginx->read_file('seen.log') =~ /^\/open /mg) },
   'log is written');

my @log = split /\n/, $nginx->read_file('seen.log');

is(scalar(grep { / 40[13] / && !/ <-?> <-?> <-?>\z/ } @log), 0,
   'log shows nothing refused');
cmp_ok(scalar(grep { / 200 .*alice/ } @log), '>', 3, 'log shows accepted');

done_testing;
