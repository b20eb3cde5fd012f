# docs/examples/plus-grpc.conf, with HTTP/2 on both sides

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Http2;
use Nginx;
use Token;

my %example = Example->arguments('plus-grpc');

$example{http} =~ s/%UPSTREAM%/127.0.0.1:%PORT2%/g;
$example{http} .= q{
    server {
        listen 127.0.0.1:%PORT2% http2;
        access_log %DIR%/service.log;
        return 200 "<$http_x_user>";
    }
};

my $nginx = Nginx->start(%example);
my $h2 = Http2->new($nginx->connect);
my $token = token('ES256', { sub => 'alice' }, kid => 'ec-1');


sub call {
    my ($token) = @_;

    return $h2->get('/service/Method', 'content-type' => 'application/grpc',
                    te => 'trailers',
                    $token ? (authorization => "Bearer $token") : ());
}


is(join(' ', $h2->answer(call($token))), '200 <alice>', 'good token passes');

for (['no token'], ['forged token', forged($token)],
     ['expired token', expired('ES256', kid => 'ec-1')])
{
    my ($name, $sent) = @$_;

    my $id = call($sent);

    is(join('', $h2->answer($id)), '204', "$name gets no body");
    ok($h2->has($id, 'grpc-status', '16'), "$name is UNAUTHENTICATED");
    ok($h2->has($id, 'grpc-message', 'unauthenticated'), "$name has a message");
}

is(join(' ', $h2->answer(call($token))), '200 <alice>', 'connection goes on');

$nginx->stop;
is(() = $nginx->read_file('service.log') =~ /\n/g, 2,
   'refused calls stay here');

done_testing;
