# ML-DSA over HTTP/3: a header of 6 KB within nginx's own buffers, and one of
# more than 8 KB as it is sent, which needs larger ones.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Http3;
use Mldsa;
use Nginx;
use Release;
use Tls;
use Token;

plan skip_all => 'OpenSSL of nginx has no ML-DSA' if !Release::has_mldsa();
plan skip_all => 'the openssl command has no ML-DSA' if !Mldsa::available();
plan skip_all => Http3::missing() if Http3::missing();

my $key = Mldsa->new('ML-DSA-87');
my $certificate = certificate('good');

my $nginx = Nginx->start(
    files => { keys => json($key->jwk) },
    http  => qq{
        ssl_certificate $certificate;
        ssl_certificate_key $certificate;

        auth_jwt "api";
        auth_jwt_key_file keys;
        proxy_set_header Authorization "";
        proxy_set_header X-User "<\$jwt_claim_sub>";

        server {
            listen 127.0.0.1:%PORT% quic;
            location / { proxy_pass http://%UPSTREAM%; }
        }

        server {
            listen 127.0.0.1:%PORT2% quic;
            large_client_header_buffers 4 16k;
            location / { proxy_pass http://%UPSTREAM%; }
        }
    });


# Status, and claim of the upstream or what the challenge says.

sub answer {
    my ($number, $token) = @_;

    my ($status, $body, $challenge) =
        @{Http3::get($nginx->port($number), '/', bearer($token))};

    my ($user) = $body =~ /^X-User: <(.*)>\r$/m;
    my ($error) = $challenge =~ /error="(\w+)"/;

    return join ' ', $status, $user // $error // ();
}


my $good = $key->token({ sub => 'bob' });

# Clients compress it (RFC 9204, 4.1.2), to some four fifths.

my $long = $key->token({ sub => 'carol', roles => ['x' x 6000] });

cmp_ok(length $long, '>', 14_000, 'token over 14 KB');
is(answer(undef, $good), '200 bob', 'token of 6 KB');
is(answer(undef, forged($good)), '401 invalid_token', 'forged token of 6 KB');
is(answer(undef, $long), 'no answer', 'nginx closes for too long a header');
is(answer(2, $long), '200 carol', 'larger buffers take 14 KB');
is(answer(2, forged($long)), '401 invalid_token', 'forged token of 14 KB');
is($nginx->upstream_requests, 2, 'refused requests stay here');

done_testing;
