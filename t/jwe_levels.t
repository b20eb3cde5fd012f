# auth_jwt_type on the levels of a configuration and over internal redirects,
# and the time claims of encrypted tokens.

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
        rsa    => private_pem('rsa'),
        rsa2   => private_pem('rsa2'),
        public => jwks('ec256'),
        page   => 'the page',
        'of-alice' => private_pem('rsa'),
    },
    http   => q{
        auth_jwt_type encrypted;
        auth_jwt "api";
        auth_jwt_key_file rsa;
        auth_jwt_key_file public;

        add_header X-Status $jwt_status always;
        add_header X-Seen "$jwt_claim_sub$jwt_payload" always;

        large_client_header_buffers 4 16k;
        root %DIR%;

        limit_req_zone $jwt_claim_sub zone=sub:1m rate=1r/m;

        server {
            listen 127.0.0.1:%PORT2%;
            auth_jwt_type nested;
            location / { try_files /page =404; }
            location /signed {
                auth_jwt_type signed;
                try_files /page =404;
            }
        }
    },
    server => q{
        location / { try_files /page =404; }

        location /nested {
            auth_jwt_type nested;
            try_files /page =404;

            location /nested/inner { try_files /page =404; }

            location /nested/signed {
                auth_jwt_type signed;
                try_files /page =404;
            }
        }

        location /methods {
            auth_jwt_type signed;
            proxy_pass http://%UPSTREAM%;
            limit_except GET { auth_jwt_type nested; }
        }

        location /if {
            if ($arg_a) { add_header X-If 1 always; }
            proxy_pass http://%UPSTREAM%;
        }

        location /leeway {
            auth_jwt_leeway 60s;
            try_files /page =404;
        }

        location /preaccess {
            auth_jwt_phase preaccess;
            limit_req zone=sub;
            try_files /page =404;
        }

        # to a location with another type, other keys, or both

        location /to/signed {
            error_page 401 403 = @signed;
            proxy_pass http://%UPSTREAM%;
        }
        location /to/nested {
            error_page 401 403 = @nested;
            proxy_pass http://%UPSTREAM%;
        }
        location /to/other {
            error_page 401 403 = @other;
            proxy_pass http://%UPSTREAM%;
        }
        location /to/same {
            error_page 401 403 = @same;
            proxy_pass http://%UPSTREAM%;
        }
        location /to/open {
            error_page 401 403 = @open;
            proxy_pass http://%UPSTREAM%;
        }

        # what was accepted is sent on, or is not enough

        location /on/signed { try_files /missing @signed; }
        location /on/nested { try_files /missing @nested; }
        location /on/other { try_files /missing @other; }
        location /on/same { try_files /missing @same; }
        location /on/unchecked { try_files /missing @unchecked; }

        location /require/other {
            auth_jwt_require $jwt_claim_admin error=403;
            error_page 403 = @other;
            proxy_pass http://%UPSTREAM%;
        }

        location /require/open {
            auth_jwt_require $jwt_claim_admin error=403;
            error_page 403 = @open;
            proxy_pass http://%UPSTREAM%;
        }

        location /require/named {
            auth_jwt_require $jwt_claim_admin error=403;
            error_page 403 = @named;
            proxy_pass http://%UPSTREAM%;
        }

        location @named {
            auth_jwt_key_file of-$jwt_claim_sub;
            proxy_pass http://%UPSTREAM%;
        }

        location @signed { auth_jwt_type signed; proxy_pass http://%UPSTREAM%; }
        location @nested { auth_jwt_type nested; proxy_pass http://%UPSTREAM%; }
        location @other {
            auth_jwt_key_file rsa2;
            proxy_pass http://%UPSTREAM%;
        }

        location @same { proxy_pass http://%UPSTREAM%; }
        location @open { auth_jwt off; proxy_pass http://%UPSTREAM%; }

        location @unchecked {
            auth_jwt_key_file rsa2;
            auth_jwt_validate_sig off;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $signed = token('ES256');

my %token = (
    signed    => $signed,
    encrypted => encrypted('RSA-OAEP', 'A128GCM'),
    nested    => encrypted('RSA-OAEP', 'A128GCM', $signed,
                           header => { cty => 'JWT' }),
    other     => encrypted('RSA-OAEP', 'A128GCM', undef, key => 'rsa2'),
);


sub result {
    my ($answer) = @_;

    my $seen = $answer->header('X-Seen') // '';

    return join ' ', $answer->status, $answer->header('X-Status') // '-',
           $seen =~ /alice/ ? 'shown' : ();
}


sub verdict {
    my ($path, $token) = @_;

    return result($nginx->get($path, bearer($token)));
}


sub passing {
    my ($path, $number) = @_;

    return join ' ', grep {
        my $client = $nginx->connect($number);
        $client->get($path, bearer($token{$_}))->status == 200;
    } sort keys %token;
}


# levels

is(passing('/'), 'encrypted', 'http has its type');
is(passing('/nested'), 'nested', 'location replaces');
is(passing('/nested/inner'), 'nested', 'nested location inherits');
is(passing('/nested/signed'), 'signed', 'nested location replaces');
is(passing('/', 2), 'nested', 'server replaces');
is(passing('/signed', 2), 'signed', 'location of the server replaces');
is(passing('/if?a=1'), 'encrypted', 'if keeps the type');

is(passing('/methods'), 'signed', 'GET has the type of the location');

for (['signed', '401 malformed'], ['nested', '200 ok shown'],
     ['encrypted', '401 invalid_header'])
{
    my ($name, $expected) = @$_;

    is(result($nginx->request('POST', '/methods', [bearer($token{$name})])),
       $expected, "limit_except and $name");
}

# refused here, and then there

is(verdict('/to/signed', $token{signed}), '200 ok shown',
   'refused, then signed');
is(verdict('/to/nested', $token{signed}), '401 malformed',
   'signed is not nested');
is(verdict('/to/nested', encrypted('RSA-OAEP', 'A128GCM', $signed,
                                   header => { cty => 'JWT' })),
   '200 ok shown', 'payload is no JSON, but nested');
is(verdict('/to/other', $token{other}), '200 ok shown',
   'refused, then its key');
is(verdict('/to/same', $token{other}), '401 decryption_failed',
   'refused, then refused');
is(verdict('/to/same', encrypted('RSA-OAEP', 'A128GCM',
                                 { sub => 'alice', exp => 1 })),
   '401 expired', 'expired, then expired');
is(verdict('/to/open', $token{other}), '200 decryption_failed',
   'refused, then open');

# accepted here, and then there

is(verdict('/on/same', $token{encrypted}), '200 ok shown', 'accepted twice');
is(verdict('/on/other', $token{encrypted}), '401 decryption_failed',
   'plaintext of other keys does not count');
is(verdict('/on/unchecked', $token{encrypted}), '401 decryption_failed',
   'validate_sig off keeps no plaintext');
is(verdict('/on/signed', $token{encrypted}), '401 malformed',
   'encrypted is not signed');
is(verdict('/on/nested', $token{encrypted}), '401 invalid_header',
   'encrypted is not nested');
is(verdict('/require/other', $token{encrypted}), '401 decryption_failed',
   'required, then other keys');
is(verdict('/require/named', $token{encrypted}), '500 keys_unavailable',
   'plaintext names no key file');
is(verdict('/require/open', $token{encrypted}), '200 require_failed',
   'required, then open');

# keepalive: nothing stays from one request to the next

my $client = $nginx->connect;

for my $name (qw(encrypted other encrypted signed other)) {
    my $answer = $client->get('/', bearer($token{$name}));

    is($answer->status, $name eq 'encrypted' ? 200 : 401, "keepalive, $name");
}

is(result($client->get('/')), '401 no_token', 'keepalive, no token');

# time

my $now = time;

for (['exp', -120, '401 expired', '401 expired'],
     ['exp', -30, '401 expired', '200 ok shown'],
     ['exp', 60, '200 ok shown', '200 ok shown'],
     ['nbf', -60, '200 ok shown', '200 ok shown'],
     ['nbf', 30, '401 not_yet_valid', '200 ok shown'],
     ['nbf', 180, '401 not_yet_valid', '401 not_yet_valid'])
{
    my ($name, $offset, @expected) = @$_;

    my $token = encrypted('RSA-OAEP', 'A128GCM',
                          { sub => 'alice', $name => $now + $offset });

    is(verdict('/', $token), $expected[0], "$name at $offset");
    is(verdict('/leeway', $token), $expected[1], "$name at $offset, leeway");
}

# limit_req counts what was decrypted

my @bob = map { encrypted('RSA-OAEP', 'A128GCM', { sub => 'bob' }) } 1, 2;

is(verdict('/preaccess', $token{other}), '401 decryption_failed',
   'refused does not count') for 1, 2;
is(verdict('/preaccess', $token{encrypted}), '200 ok shown',
   'alice comes once');
is(verdict('/preaccess', $bob[0]), '200 ok', 'bob comes once');
is(verdict('/preaccess', $bob[1]), '503 ok', 'bob comes twice');

done_testing;
