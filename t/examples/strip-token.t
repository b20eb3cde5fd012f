# docs/examples/strip-token.conf

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Peers;
use Release;
use Token;

my $nginx = Example->start('strip-token');

my $claims = { sub => 'alice', roles => ['reader', 'writer'],
               exp => time + 3600 };
my $passed = 0;
my ($token, $forged);

for my $peer (peers()) {
    $token = peer_token($peer, 'ES256', $claims, kid => 'ec-1');
    $forged = forged($token);

    for (['header', '/', Authorization => "Bearer $token"],
         ['cookie', '/', Cookie => "token=$token"],
         ['argument', "/?token=$token"])
    {
        my ($place, $path, @headers) = @$_;

        my $body = passes("$peer: $place", $path, @headers);

        like($body, qr/^X-User: alice\r$/m, "$peer: $place, user arrives");
        like($body, qr/^X-Roles: reader,writer\r$/m,
             "$peer: $place, roles arrive");
    }

    # in that order

    passes("$peer: header before cookie", "/?token=$forged",
           Authorization => "Bearer $token", Cookie => "token=$forged");
    passes("$peer: cookie before argument", "/?token=$forged",
           Cookie => "token=$token");
    refused("$peer: forged header", "/?token=$token",
            Authorization => "Bearer $forged", Cookie => "token=$token");
    refused("$peer: forged cookie", "/?token=$token",
            Cookie => "token=$forged");
    refused("$peer: forged argument", "/?token=$forged");
}

passes('other scheme is no token', '/', Authorization => 'Basic YTpi',
       Cookie => "token=$token");
refused('no token', '/');


# the other cookies stay

for (["a=1; token=T; b=2", 'a=1; b=2'], ["token=T; b=2", 'b=2'],
     ["a=1; token=T", 'a=1'], ["token=T", undef], ["Token=T; b=2", 'b=2'],
     ["tokens=1; token=T; xtoken=2", 'tokens=1; xtoken=2'],
     ["a=1;token=T;b=2", 'a=1;b=2'], ["a=1; token = T; b=2", 'a=1; b=2'],
     Release::cookie_ends_at_comma() ? ["a=x,token=T; b=2", 'a=x; b=2'] : (),
     ["token=T; token=F", undef], ["a=1; token=T; TOKEN=F; b=2", undef])
{
    my ($sent, $left) = @$_;

    my $cookie = $sent =~ s/T\b(?=;|\z)/$token/r =~ s/=F\b/=$forged/r;
    my $body = passes("cookies $sent", '/', Cookie => $cookie);

    is(($body =~ /^Cookie: (.*)\r$/m)[0], $left, "cookies left of $sent");
}

refused('cookie behind a comma', '/', Cookie => "a=x,token=$token; b=2")
    if !Release::cookie_ends_at_comma();

my $body = passes('two cookie headers', '/', Cookie => 'a=1',
                  Cookie => "token=$token");

is(($body =~ /^Cookie: (.*)\r$/m)[0], 'a=1', 'one cookie is left of two');


# the other arguments stay

for (['/p?a=1&token=T&b=2', '/p?a=1&b=2'], ['/p?token=T&b=2', '/p?b=2'],
     ['/p?a=1&token=T', '/p?a=1'], ['/p?token=T', '/p'],
     ['/p?TOKEN=T&b=2', '/p?b=2'], ['/p?tokens=1&token=T', '/p?tokens=1'],
     ['/p?token=T&token=F&b=2', '/p'], ['/a%2Fb%20c?token=T', '/a/b%20c'])
{
    my ($sent, $left) = @$_;

    my $path = $sent =~ s/=T\b/=$token/r =~ s/=F\b/=$forged/r;
    my $body = passes("arguments of $sent", $path);

    is(($body =~ /\AGET (\S+) /)[0], $left, "arguments left of $sent");
}

$body = passes('no argument of that name', '/a%2Fb?b=2',
               Authorization => "Bearer $token");

like($body, qr{\AGET /a%2Fb\?b=2 }, 'path and arguments are as sent');

passes('token in Referer', '/', Authorization => "Bearer $token",
       Referer => "http://localhost/?token=$token");

is($nginx->upstream_requests, $passed, 'refused requests stay here');

unlike($nginx->read_file('access.log'), qr/eyJ/, 'no token in access log');
like($nginx->read_file('access.log'), qr/ alice .* 200 ok$/m,
     'access log names the user');


sub passes {
    my ($name, $path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    is($answer->status, 200, "$name passes");
    unlike($answer->body, qr/eyJ|Authorization/i,
           "$name: no token reaches upstream");
    $passed++;

    return $answer->body;
}


sub refused {
    my ($name, $path, @headers) = @_;

    is($nginx->get($path, @headers)->status, 401, "$name is refused");
}


done_testing;
