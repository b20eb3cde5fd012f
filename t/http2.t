# HTTP/2: streams of one connection, each with its own token.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Http2;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http   => q{
        auth_jwt_key '} . SECRET . q{';

        server {
            listen 127.0.0.1:%PORT2% http2;

            auth_jwt "api";
            add_header X-Status $jwt_status always;
            proxy_set_header X-User "<$jwt_claim_sub>";

            location / { proxy_pass http://%UPSTREAM%; }

            location /cookie {
                auth_jwt "api" token=$cookie_token;
                proxy_pass http://%UPSTREAM%;
            }
        }
    },
    server => 'return 404;');


# Sends requests as streams of one connection, all at once, and returns
# [status, body] of each.

sub streams {
    my (@requests) = @_;

    my $h2 = Http2->new($nginx->connect(2));
    my @answers = map { [$h2->answer($_)] } $h2->send_all(@requests);

    $h2->close;

    return @answers;
}


sub bearer_of { (authorization => "Bearer $_[0]") }


my $good = token('HS256');
my @answers = streams(
    ['/', bearer_of($good)],
    ['/'],
    ['/', bearer_of(forged($good))],
    ['/cookie', cookie => 'a=b', cookie => "token=$good"],
    ['/', bearer_of($good), bearer_of($good)],
);

is($answers[0][0], 200, 'good token passes');
like($answers[0][1], qr/^X-User: <alice>\r$/m, 'claim reaches the upstream');
is($answers[1][0], 401, 'no token is refused');
is($answers[2][0], 401, 'forged token is refused');
is($answers[3][0], 200, 'cookie passes');
like($answers[4][0], qr/^40[01]$/, 'doubled Authorization is refused');

# every third is forged

my %token = map { $_ => token('HS256', { sub => $_ }) } 1 .. 60;

$token{$_} = forged($token{$_}) for grep { $_ % 3 == 0 } 1 .. 60;

@answers = streams(map { ["/$_", bearer_of($token{$_})] } 1 .. 60);

my @users = map { $_->[1] =~ /^X-User: <(.*)>\r$/m ? $1 : '-' } @answers;

is("@users", join(' ', map { $_ % 3 ? $_ : '-' } 1 .. 60),
   'each stream has its claims');
is(scalar(grep { $_->[0] == 401 } @answers), 20, 'forged streams are refused');
is($nginx->upstream_requests, 2 + 40, 'refused streams stay here');


# Blanks around a value, which nginx takes away in HTTP/1, come as they are
# (RFC 9113, 8.2.1 forbids them).

my %blanks = (
    'scheme alone'            => ['Bearer', 'no_token'],
    'scheme and a blank'      => ['Bearer ', 'no_token'],
    'scheme and blanks'       => ['Bearer' . ' ' x 9, 'no_token'],
    'blanks alone'            => ['  ', 'no_token'],
    'nothing'                 => ['', 'no_token'],
    'blank before the scheme' => [" Bearer $good", 'no_token'],
    'blank behind the token'  => ["Bearer $good ", 'malformed'],
    'blanks around the token' => ["Bearer   $good  ", 'malformed'],
    'tab behind the token'    => ["Bearer $good\t", 'malformed'],
    'tab before the token'    => ["Bearer \t$good", 'malformed'],
    'tab after the scheme'    => ["Bearer\t$good", 'no_token'],
);

my $h2 = Http2->new($nginx->connect(2));

for my $name (sort keys %blanks) {
    my ($value, $word) = @{$blanks{$name}};
    my $id = $h2->get('/', authorization => $value);
    my ($status) = $h2->answer($id);

    is($h2->has($id, 'x-status', $word) ? "$status $word" : $status,
       "401 $word", $name);
}

my $id = $h2->get('/', authorization => "Bearer   $good");

is(($h2->answer($id))[0], 200, 'blanks before the token pass');
is($nginx->upstream_requests, 43, 'refused blanks stay here');

done_testing;
