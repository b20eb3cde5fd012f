# A JOSE header that was read before is not read again: whoever has sent it,
# what is found there is what this token has in its own.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Held;
use Jwe;
use Nginx;
use Token;
use Verified;

# the numbers of ngx_http_jwt_headers.c, of bytes without base64url

use constant JSON_MAX => 192;
use constant MEMBERS_MAX => 8;

my $held = Held->start;
my $address = $held->address;
my $quoted = qq(k1"\xc3\xa9\\);
my %secret = map { $_ => "the secret of $_, which nobody else has" }
             'k', $quoted, map { "k$_" } 0 .. 9;
my %kid = ($quoted => "k1\"\x{e9}\\");
my $keys = jwks(map { [$secret{$_}, kid => $kid{$_} // $_] }
                sort keys %secret);

my $nginx = Nginx->start(
    main   => VERIFIED,
    files  => { keys => $keys, private => private_pem('rsa') },
    http   => q{
        auth_jwt_token_cache off;
        auth_jwt_header_set $inner obj in;
    },
    server => q{
        large_client_header_buffers 4 32k;
        keepalive_requests 100000;

        auth_jwt "api";
        auth_jwt_key_file keys;

        add_header X-Status $jwt_status always;
        add_header X-Kid "<$jwt_header_kid>" always;
        add_header X-N "<$jwt_header_n> <$inner>" always;

        location / { empty_gif; }
        location /held { proxy_pass http://%HELD%; }
        location = /keys { internal; proxy_pass http://%HELD%; }
        location /waiting { auth_jwt_key_request /keys; empty_gif; }

        location /nested {
            auth_jwt_type nested;
            auth_jwt_key_file private;
            auth_jwt_key_file keys;
            empty_gif;
        }
    } =~ s{%HELD%}{$address}gr);

my $client = $nginx->connect;

sub get { $client->get($_[1] // '/', bearer($_[0])) }

sub seen {
    my $answer = get(@_);

    return join ' ', map { $answer->header("X-$_") } qw(Status Kid N);
}


# A token with just that header, and a payload that no other one has

my $number = 0;

sub headed {
    my ($header, $kid) = @_;

    return raw_token($header, json({ jti => ++$number }),
                     hmac(256, $secret{$kid // 'k'}));
}


sub numbered {
    my ($n, $kid) = @_;

    return headed(qq({"alg":"HS256","n":"$n","kid":"k$kid"}), "k$kid");
}


# one header

headers_read($nginx);

my $usual = '{"kid":"k1","obj":{"in":"side"},"alg":"HS256","n":[1,"\u0032"]}';
my %seen;

$seen{seen(headed($usual, 'k1'))}++ for 1 .. 30;

is_deeply(\%seen, { 'ok <k1> <1,2> <side>' => 30 }, 'each token passes');
is(headers_read($nginx), 1, 'header is read once');
is(claims_read($nginx), 30, 'claims are read each time');

is(get(headed($usual, 'k2'))->verdict, '401 bad_signature',
   'header that is kept makes no token good');
is(get(headed($usual =~ s/k1/k2/r, 'k1'))->verdict, '401 bad_signature',
   'header of the same length is another one');

# as many as most servers see

for my $round (1 .. 5) {
    seen(numbered($_, $_)) for 0 .. 7;
}

cmp_ok(headers_read($nginx), '<', 20, 'several headers stay');

# those of one issuer's keys differ at their end only

for my $round (1 .. 5) {
    get(headed(qq({"alg":"HS256","kid":"k$_"}), "k$_")) for 0 .. 7;
}

cmp_ok(headers_read($nginx), '<', 20, 'headers of one issuer stay');

# many headers of the same length, then once more in another order

my @wrong;

for my $n (map({ $_ } 100 .. 399), map({ $_ * 7 % 300 + 100 } 0 .. 299)) {
    my $kid = $n % 10;
    my $seen = seen(numbered($n, $kid));

    push @wrong, "$n: $seen" if $seen ne "ok <k$kid> <$n> <>";
    next if $n % 3;

    my $other = ($kid + 1) % 10;

    push @wrong, "$n: a key of another kid"
        if get(headed(qq({"alg":"HS256","n":"$n","kid":"k$kid"}),
                      "k$other"))->verdict ne '401 bad_signature';
}

is("@wrong", '', 'each of many headers is its own');
cmp_ok(headers_read($nginx), '>', 500, 'many headers do not stay');

# what begins as the one that is kept, in its place or in any other one

my $short = '{"alg":"HS256","kid":"k"}     ';

is(seen(headed($short)), 'ok <k> <> <>', 'short header passes');

my %longer;

$longer{get(headed("$short${_}000"))->verdict}++ for 100 .. 699;

is_deeply(\%longer, { '401 malformed' => 600 },
          'nothing longer is taken for it');

headers_read($nginx);
is(seen(headed($short)), 'ok <k> <> <>', 'short header passes again');
is(headers_read($nginx), 0, 'short header is still kept');

# sizes


sub of_size {
    my ($size) = @_;
    my $header = '{"alg":"HS256","fill":"","n":"end","kid":"k"}';

    return $header =~ s/"fill":"/$& . 'x' x ($size - length $header)/er;
}


sub of_members {
    my $more = join '', map { qq("m$_":$_,) } 4 .. $_[0];

    return qq({"alg":"HS256",$more"n":"end","kid":"k"});
}


for (['longest header', of_size(JSON_MAX), 1],
     ['longer header', of_size(JSON_MAX + 1), 4],
     ['long header', of_size(4000), 4],
     ['most members', of_members(MEMBERS_MAX), 1],
     ['more members', of_members(MEMBERS_MAX + 1), 4],
     ['many members', of_members(60), 4],
     ['blanks', qq( {\t"alg" : "HS256" ,"n":\n"end", "kid":"k" } ), 1])
{
    my ($name, $header, $times) = @$_;

    headers_read($nginx);

    is(join(', ', map { seen(headed($header)) } 1 .. 4),
       join(', ', ('ok <k> <end> <>') x 4), "$name passes");
    is(headers_read($nginx), $times, "$name is read $times times");
}

# kids

for my $kid ('k1\"\u00e9\\\\', "\\u006b\\u0031\\\"\xc3\xa9\\u005C") {
    my $header = qq({"alg":"HS256","kid":"$kid","n":1});
    my @seen = map { seen(headed($header, $quoted)) } 1 .. 3;

    is("@seen", join(' ', ("ok <$quoted> <1> <>") x 3),
       "escapes of a kid: $kid");
}

my $without = '{"alg":"HS256","n":"k1"}';

is(seen(headed($without, 'k1')), 'ok <> <k1> <>', 'no kid is no kid')
    for 1 .. 3;
is(get(headed('{"alg":"HS256","kid":"k99"}', 'k1'))->verdict,
   '401 unknown_key', 'unknown kid is refused each time') for 1 .. 3;

# what is refused, each time and for the same reason; of these, only a header
# that is valid is kept

for (['not JSON', 'alg', 'malformed', 3],
     ['array', '["HS256"]', 'malformed', 3],
     ['two of a name', '{"alg":"HS256","kid":"k","kid":"k"}',
      'malformed', 3],
     ['kid that is a number', '{"alg":"HS256","kid":1}', 'invalid_header', 3],
     ['no algorithm', '{"kid":"k"}', 'invalid_header', 3],
     ['crit', '{"alg":"HS256","kid":"k","crit":["b64"]}',
      'unsupported_critical', 3],
     ['b64', '{"alg":"HS256","kid":"k","b64":false}',
      'unsupported_critical', 3],
     ['algorithm "none"', '{"alg":"none","kid":"k"}',
      'unsupported_algorithm', 1],
     ['algorithm of no key', '{"alg":"RS256","kid":"k"}', 'unknown_key', 1])
{
    my ($name, $header, $status, $times) = @$_;

    headers_read($nginx);

    is(join(' ', map { get(headed($header))->verdict } 1 .. 3),
       join(' ', ("401 $status") x 3), "$name is refused each time");
    is(headers_read($nginx), $times, "$name is read $times times");
}

my $padded = headed($usual, 'k1') =~ s/\./=./r;

is(get($padded)->verdict, '401 malformed', 'padding is refused each time')
    for 1 .. 3;

# what is logged

for my $n (1 .. 3) {
    for my $kid ('log-a', 'log-b') {
        get(headed(qq({"n":$n,"alg":"HS999","kid":"$kid"})));
        get(headed(qq({"alg":"HS998","kid":"$kid"})));
    }
}

for my $kid ('log-a', 'log-b') {
    for my $alg ('HS998', 'HS999') {
        is($nginx->log_lines(qr/rejected: .*, alg: "$alg", kid: "$kid", /), 3,
           "refusals of $kid are logged with $alg");
    }
}

# requests that go on when their header was pushed out: one waits for an answer
# from upstream, one for keys

is(seen(headed($usual, 'k1')), 'ok <k1> <1,2> <side>', 'usual header is kept');
headers_read($nginx);

my %waiting = map { $_ => $nginx->begin($_, bearer(headed($usual, 'k1'))) }
              '/held', '/waiting';
my @requests = grep { $_ } map { $held->take } 1 .. 2;

is(@requests, 2, 'requests wait');
is(headers_read($nginx), 0, 'requests that wait have read no header');

get(numbered($_, $_ % 10)) for 400 .. 899;
$_->answer($keys) for @requests;

for my $path (sort keys %waiting) {
    my $answer = $waiting{$path}->response;

    is(join(' ', map { $answer->header("X-$_") } qw(Status Kid N)),
       'ok <k1> <1,2> <side>', "$path has its own header");
}

# nested

my $inner = '{"alg":"HS256","n":"inner","kid":"k2"}';
my $outer = sub {
    encrypted('RSA-OAEP', 'A128GCM', headed($inner, 'k2'),
              header => { cty => 'JWT' });
};

headers_read($nginx);

is(seen($outer->(), '/nested'), 'ok <k2> <inner> <>',
   'nested token passes')
    for 1 .. 3;
is(headers_read($nginx), 3, 'header inside of a token is read each time');

is(seen(headed($inner, 'k2')), 'ok <k2> <inner> <>', 'the same alone passes')
    for 1 .. 3;
is(headers_read($nginx), 1, 'header inside of a token was not kept');

seen($outer->(), '/nested');
is(headers_read($nginx), 1, 'header inside of a token is not looked for');

done_testing;
