# auth_jwt_validate_sig off: everything but the signature is checked.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $server = q{
    auth_jwt "api";
    add_header X-Status $jwt_status always;
    add_header X-User $jwt_claim_sub always;
    root %DIR%;

    location / { try_files /page =404; }

    location /off {
        auth_jwt_validate_sig off;
        auth_jwt_require $jwt_claim_sub error=403;
        try_files /page =404;

        location /off/inherited { try_files /page =404; }

        location /off/on {
            auth_jwt_validate_sig on;
            auth_jwt_key "a key of this location";
            try_files /page =404;
        }
    }

    location /keys {
        auth_jwt_validate_sig off;
        auth_jwt_key_file missing;
        try_files /page =404;
    }
};

my ($exit, $output) = Nginx->check(server => $server);

is($exit, 0, 'configuration is accepted');
like($output, qr/\[warn\].*"auth_jwt_validate_sig off": signatures are not/,
     'off is warned of');

my $nginx = Nginx->start(files  => { page => 'the page' }, server => $server);

my $good = token('HS256');


sub verdict {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    return join ' ', $answer->status,
                     map { $answer->header($_) // '-' } qw(X-Status X-User);
}


# NGINX Plus lets pass where no key is configured

is(verdict('/', bearer($good)), '500 keys_unavailable -',
   'no key is an error');
like($nginx->log, qr/\[error\].*no keys are configured for "auth_jwt"/,
     'no key is logged');
is(verdict('/'), '401 no_token -', 'no token is refused');

is(verdict($_, bearer(forged($good))), '200 ok alice', "$_ ignores signature")
    for qw(/off /off/inherited /keys);
is(verdict('/off', bearer(raw_token('{"alg":"x"}', '{"sub":"y"}', ''))),
   '200 ok y', 'no signature is needed');
is(verdict('/off/on', bearer($good)), '401 bad_signature -', 'on is on again');
is(verdict('/off/on', bearer(token('HS256', undef,
                                   key => 'a key of this location'))),
   '200 ok alice', 'good signature passes');

is(verdict('/off', @{$_->[1]}), $_->[2], "$_->[0] is refused")
    for ['no token', [], '401 no_token -'],
        ['expired token', [bearer(expired('HS256'))], '401 expired -'],
        ['early token', [bearer(token('HS256', { nbf => time + 3600 }))],
         '401 not_yet_valid -'],
        ['malformed token', [bearer('x.y.z')], '401 malformed -'],
        ['broken payload', [bearer(raw_token('{"alg":"x"}', '{', ''))],
         '401 malformed -'],
        ['critical header',
         [bearer(token('HS256', undef, header => { crit => ['x'] }))],
         '401 unsupported_critical -'],
        ['failed require', [bearer(token('HS256', {}))],
         '403 require_failed -'];

done_testing;
