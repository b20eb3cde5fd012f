# satisfy any and all, together with the other access modules.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use MIME::Base64 qw(encode_base64);
use Nginx;
use Token;

my $nginx = Nginx->start(
    http   => q{
        map $jwt_claim_sub $mapped { default $jwt_claim_sub; }
        log_format seen '$uri status=$jwt_status sub=<$jwt_claim_sub>'
                        ' mapped=<$mapped> all=<$jwt_claims>';
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        access_log %DIR%/seen.log seen;
        add_header X-Status $jwt_status always;
        proxy_set_header X-User $jwt_claim_sub;
        proxy_set_header X-Mapped $mapped;
        proxy_set_header X-Claims $jwt_claims;
        proxy_set_header X-Alg $jwt_header_alg;

        location /any/allow {
            satisfy any;
            allow all;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/deny {
            satisfy any;
            deny all;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/require {
            satisfy any;
            allow all;
            auth_jwt_require $jwt_claim_admin error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/hidden {
            satisfy any;
            allow all;
            auth_jwt_require $jwt_claim_admin error=404;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/basic {
            satisfy any;
            auth_basic "basic";
            auth_basic_user_file users;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/request {
            satisfy any;
            auth_request /auth;
            proxy_pass http://%UPSTREAM%;
        }

        location /any/broken {
            satisfy any;
            allow all;
            auth_jwt_key_file missing.json;
            proxy_pass http://%UPSTREAM%;
        }

        location /all/allow { allow all; proxy_pass http://%UPSTREAM%; }
        location /all/deny { deny all; proxy_pass http://%UPSTREAM%; }

        location /all/basic {
            auth_jwt "api" token=$arg_token;
            auth_basic "basic";
            auth_basic_user_file users;
            proxy_pass http://%UPSTREAM%;
        }

        location /all/request {
            auth_request /auth;
            proxy_pass http://%UPSTREAM%;
        }

        location = /auth {
            internal;
            if ($http_x_pass) { return 204; }
            return 401;
        }
    },
    files  => { users => "tom:{PLAIN}secret\n" });

my $good = token('HS256', { sub => 'alice' });
my $bad = forged($good);
my @pass = ('X-Pass' => '1');
my @basic = (Authorization => 'Basic ' . encode_base64('tom:secret', ''));


sub verdict {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    return join ' ', $answer->status,
                     map { $answer->header($_) // '-' }
                         qw(X-Status WWW-Authenticate);
}


# one is enough

is(verdict('/any/allow'), '200 no_token -', 'address is enough');
is(verdict('/any/allow', bearer($good)), '200 ok -', 'both are enough');
is(verdict('/any/deny', bearer($good)), '200 ok -', 'token is enough');
like(verdict('/any/deny'), qr/^401 no_token Bearer/, 'neither is enough');
like(verdict('/any/deny', bearer($bad)),
     qr/^401 bad_signature Bearer realm="api", error=/,
     'forged token is not enough');
is(verdict('/any/require', bearer($good)), '200 require_failed -',
   'address replaces require');
is(verdict('/any/basic', @basic), '200 no_token -', 'password is enough');
is(verdict('/any/basic', bearer($good)), '200 ok -',
   'token replaces password');
like(verdict('/any/basic', bearer($bad)), qr/^401 bad_signature .*Bearer/,
     'forged token, no password');
is(verdict('/any/request', @pass), '200 no_token -', 'subrequest is enough');
is(verdict('/any/request', bearer($good)), '200 ok -',
   'token replaces subrequest');
like(verdict('/any/request', bearer($bad)), qr/^401 bad_signature Bearer/,
     'refused by both');

# what is neither 401 nor 403 ends it

is(verdict('/any/hidden', bearer($good)), '404 require_failed -',
   '404 is final');
is(verdict('/any/broken', bearer($good)), '500 keys_unavailable -',
   '500 is final');

# all are needed

is(verdict('/all/allow', bearer($good)), '200 ok -', 'token and address pass');
like(verdict('/all/allow'), qr/^401 no_token Bearer/,
     'address alone is refused');
is(verdict('/all/deny', bearer($good)), '403 ok -', 'token alone is refused');
is(verdict("/all/basic?token=$good", @basic), '200 ok -',
   'token and password pass');
is(verdict("/all/basic?token=$good"), '401 ok Basic realm="basic"',
   'password is asked for');
like(verdict("/all/basic?token=$bad", @basic), qr/^401 bad_signature Bearer/,
     'token is asked for');
is(verdict('/all/request', @pass, bearer($good)), '200 ok -',
   'token and subrequest pass');
is(verdict('/all/request', bearer($good)), '401 ok -',
   'subrequest is asked for');

# who was let in by other means has no claims

for my $path (qw(/any/allow /any/require /any/request)) {

    for my $token ($path eq '/any/require' ? $good : $bad, expired('HS256'),
                   raw_token('{"alg":"none"}', '{"sub":"alice"}', ''))
    {
        my $answer = $nginx->get($path, bearer($token), @pass);

        is($answer->status, 200, "$path lets in");
        unlike($answer->body, qr/^X-(?:User|Mapped|Claims|Alg):/m,
               "$path hides refused claims");
    }
}

my @refused = grep { !/status=ok/ } split /\n/, $nginx->read_file('seen.log');

is(grep({ !/ sub=<> mapped=<> all=<>$/ } @refused), 0,
   'log hides refused claims');
cmp_ok(scalar @refused, '>', 15, 'refused requests are logged');

done_testing;
