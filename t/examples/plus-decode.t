# docs/examples/plus-decode.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Token;

my $nginx = Example->start('plus-decode');


sub tenant {
    my (@headers) = @_;

    my $answer = $nginx->get('/', @headers);
    my ($tenant) = $answer->body =~ /^X-Unverified-Tenant: (.*)\r$/m;

    return $answer->status . ' ' . ($tenant // '-');
}


my $token = token('RS256', { sub => 'alice', tenant => { id => 'corp' } });

is(tenant('X-Token' => $token), '200 corp', 'token is decoded');
is(tenant('X-Token' => forged($token)), '200 corp', 'signature is not checked');
is(tenant('X-Token' => raw_token('{"alg":"none"}',
                                 '{"tenant":{"id":"x"},"exp":1}', '')),
   '200 x', 'nor anything else');
is(tenant(), '200 -', 'no token passes');
is(tenant('X-Token' => 'a.b.c'), '200 -', 'no JSON passes');
is(tenant(bearer($token)), '200 -', 'other header is not looked at');
is(tenant('X-Token' => raw_token('{"alg":"none"}',
                                 q({"tenant":{"id":"a\r\nX: y"}}), '')),
   '200 -', 'claim cannot add a header');

like($nginx->read_file('decoded.log'), qr/ 200 tenant=corp sub=alice$/m,
     'claims are logged');

done_testing;
