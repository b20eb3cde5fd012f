# auth_jwt_key_request and auth_jwt_key_cache for streams of one connection with
# HTTP/2: they wait, go on and go away one by one.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Held;
use Http2;
use Nginx;
use Token;

my $held = Held->start;
my $address = $held->address;

my $nginx = Nginx->start(
    http   => q{
        log_format seen '$request_uri $status';
        proxy_cache_path %DIR%/cache keys_zone=keys:1m;

        server {
            listen 127.0.0.1:%PORT2% http2;

            auth_jwt "api";
            access_log %DIR%/seen.log seen;
            auth_jwt_key_request /keys?$arg_k;
            proxy_set_header X-User "<$jwt_claim_sub>";

            location / { proxy_pass http://%UPSTREAM%; }

            location /cached {
                auth_jwt_key_cache 1h;
                proxy_pass http://%UPSTREAM%;
            }

            location /second {
                auth_jwt_key_cache 1s;
                proxy_pass http://%UPSTREAM%;
            }

            location /kept {
                auth_jwt_key_request /kept_keys?$arg_k;
                proxy_pass http://%UPSTREAM%;
            }

            location = /keys { internal; proxy_pass http://%HELD%; }

            location = /kept_keys {
                internal;
                proxy_cache keys;
                proxy_pass http://%HELD%;
            }
        }
    } =~ s/%HELD%/$address/gr,
    server => 'location /status { stub_status; }');

my $set = jwks(SECRET);
my $h2 = Http2->new($nginx->connect(2));


sub begin {
    my ($path, @subs) = @_;

    return $h2->send_all(map {
        [$path, authorization => 'Bearer ' . token('HS256', { sub => $_ })]
    } @subs);
}


sub results {
    return join ', ', map {
        my ($status, $body) = $h2->answer($_);

        join ' ', $status, $body =~ /^X-User: <(.*)>\r$/m ? $1 : ();
    } @_;
}


# each stream has its own request for keys

my @ids = begin('/', 1 .. 20);
my @requests = map { $held->take } @ids;

$_->answer($set) for reverse @requests;
is(results(@ids), join(', ', map { "200 $_" } 1 .. 20),
   'each stream has its claims');

# one stream is reset

@ids = begin('/gone', 'gone');
my $request = $held->take;

push @ids, begin('/', 'stays');
my $other = $held->take;

$h2->reset($ids[0]);
ok($request->gone, 'key request ends with its stream');
$other->answer($set);
is(results($ids[1]), '200 stays', 'other stream goes on');

# one that is reset while proxy_cache goes on, with an answer that is too large

@ids = begin('/kept?k=large', 'gone');
$request = $held->take;
$h2->reset($ids[0]);
@ids = begin('/', 'stays');
$held->take->answer($set);
is(results(@ids), '200 stays', 'reset has arrived');
$request->answer(' ' x 1_100_000 . $set);
ok($nginx->under_way(0), 'reset stream ends');

# twenty streams wait for one request

@ids = begin('/cached?k=one', 1 .. 20);
$request = $held->take;
ok($nginx->under_way(20), 'twenty streams wait');
ok($held->idle, 'one subrequest for twenty streams');
$request->answer($set);
is(results(@ids), join(', ', map { "200 $_" } 1 .. 20), 'twenty streams pass');

# the first is reset, another one takes over

@ids = begin('/cached?k=gone', 'first');
$request = $held->take;
push @ids, begin('/cached?k=gone', 2 .. 9);
ok($nginx->under_way(9), 'nine streams wait');
$h2->reset(shift @ids);
ok($request->gone, 'key request ends with first stream');
$request = $held->take;
ok($request, 'another stream takes over');
ok($nginx->under_way(8), 'eight streams wait');
$request->answer($set);
is(results(@ids), join(', ', map { "200 $_" } 2 .. 9), 'other streams pass');

# a refresh holds up no stream, not even the one that begins it

@ids = begin('/second?k=second', 'first');
$held->take->answer($set);
is(results(@ids), '200 first', 'keys for a second');

my $all = '';

wait_for { $all = results(begin('/second?k=second', 'u')); !$held->idle };

$request = $held->take;
is($all, '200 u', 'stream does not wait for its refresh');
is(results(begin('/second?k=second', 1 .. 20)),
   join(', ', map { "200 $_" } 1 .. 20), 'nor do other streams');
$request->answer(jwks('rsa'));
ok((wait_for { results(begin('/second?k=second', 'u')) eq '401' }),
   'refresh counts');

# that connection goes away in the middle of a refresh

wait_for { $all = results(begin('/second?k=second', 'u')); !$held->idle };

$request = $held->take;
$h2->close;
$h2 = Http2->new($nginx->connect(2));
$request->answer($set);
ok((wait_for { results(begin('/second?k=second', 'u')) eq '200 u' }),
   'refresh does not need its connection');
ok($nginx->under_way(0), 'nothing is left of it');

# the whole connection goes away

begin('/', 'a', 'b');
@requests = map { $held->take } 1 .. 2;
begin('/cached?k=end', 'c', 'd');
push @requests, $held->take;
ok($nginx->under_way(4), 'four streams wait');
$h2->close;
ok($_->gone, 'key request ends with connection') for @requests;
ok($nginx->under_way(0), 'no request is left');

done_testing;
