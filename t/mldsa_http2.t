# ML-DSA over HTTP/2: a header of 6 KB within nginx's own buffers, and one of
# more than 8 KB, which needs larger ones.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Http2;
use Mldsa;
use Nginx;
use Release;
use Token;

plan skip_all => 'OpenSSL of nginx has no ML-DSA' if !Release::has_mldsa();
plan skip_all => 'the openssl command has no ML-DSA' if !Mldsa::available();

my $key = Mldsa->new('ML-DSA-87');

my $nginx = Nginx->start(
    files => { keys => json($key->jwk) },
    http  => q{
        auth_jwt "api";
        auth_jwt_key_file keys;
        add_header X-Status $jwt_status always;
        proxy_set_header Authorization "";
        proxy_set_header X-User "<$jwt_claim_sub>";

        server {
            listen 127.0.0.1:%PORT% http2;
            location / { proxy_pass http://%UPSTREAM%; }
        }

        server {
            listen 127.0.0.1:%PORT2% http2;
            large_client_header_buffers 4 16k;
            location / { proxy_pass http://%UPSTREAM%; }
        }
    });


# Status and claim of the upstream, for streams of one connection.

sub answers {
    my ($number, @tokens) = @_;

    my $h2 = Http2->new($nginx->connect($number));
    my @answers = map {
        my ($status, $body) = $h2->answer($_);
        my ($user) = $body =~ /^X-User: <(.*)>\r$/m;
        my $bad = $h2->has($_, 'x-status', 'bad_signature');

        join ' ', $status, $user // (), $bad ? 'bad_signature' : ();
    } $h2->send_all(map { ['/', authorization => "Bearer $_"] } @tokens);

    $h2->close;

    return join ', ', @answers;
}


my $good = $key->token({ sub => 'bob' });
my $long = $key->token({ sub => 'carol', roles => ['x' x 1500] });

cmp_ok(length $long, '>', 8192, 'token over 8 KB');
is(answers(undef, $good, forged($good), $good),
   '200 bob, 401 bad_signature, 200 bob', 'token of 6 KB');

# RFC 9113, 7: ENHANCE_YOUR_CALM, for all streams of the connection

is(eval { answers(undef, $long) } // $@, "GOAWAY 11\n",
   'nginx closes for a header over 8 KB');
is(answers(2, $long, forged($long), $good),
   '200 carol, 401 bad_signature, 200 bob', 'larger buffers take 8 KB');
is($nginx->upstream_requests, 4, 'refused streams stay here');

done_testing;
