# The error log: one line for each refused request, and no secrets.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { secret => 'the-secret-of-a-file', 'page.html' => 'a page' },
    http   => q{
        error_log %DIR%/error.log debug;
        auth_jwt_claim_set $inner deep er;
        server { listen 127.0.0.1:%PORT2%; auth_jwt "no keys"; }
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key the-secret-of-the-configuration;
        auth_jwt_key_file secret secret;
        proxy_set_header X-User "$jwt_claim_sub $inner $jwt_claims";
        root %DIR%;

        location / { proxy_pass http://%UPSTREAM%; }

        location /require {
            auth_jwt_require $jwt_claim_role error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /preaccess {
            auth_jwt_phase preaccess;
            proxy_pass http://%UPSTREAM%;
        }

        location /any {
            satisfy any;
            deny all;
            proxy_pass http://%UPSTREAM%;
        }

        location /page { error_page 401 /page.html; }
        location = /page.html { }
        location /own { error_page 401 = @own; }
        location @own { auth_jwt_key another-secret; root %DIR%; }
        location /file { auth_jwt_key_file missing; }
    });

my $key = 'the-secret-of-a-file';
my $number = 0;


# Our lines about one refused request

sub lines {
    my ($path, $token) = @_;

    my $mark = 'mark' . ++$number;

    $nginx->get("$path?$mark", defined $token ? bearer($token) : ());

    return map { /: \*\d+ (jwt .*?), client: / }
           $nginx->log_lines("\\[info\\].* jwt .*\\?$mark HTTP");
}


my $claims = { sub => 'claim-of-alice', deep => { er => 'claim-of-bob' } };
my $good = token('HS256', $claims, key => $key, kid => 'kid-1');
my $bad = forged($good);

is_deeply([lines('/', $good)], [], 'good token is not logged');
is_deeply([lines($_->[1], $_->[2])], ["jwt rejected: $_->[3]"],
          "$_->[0] is logged")
    for ['no token', '/', undef, 'no token'],
        ['forged token', '/', $bad,
         'the signature does not match, alg: "HS256", kid: "kid-1"'],
        ['expired token', '/', token('HS256', { exp => 1 }, key => $key),
         'the token has expired, alg: "HS256"'],
        ['junk', '/', 'junk', 'the token is malformed'],
        ['failed require', '/require', $good,
         'a requirement is not met, alg: "HS256", kid: "kid-1"'],
        ['early refusal', '/preaccess', $bad,
         'the signature does not match, alg: "HS256", kid: "kid-1"'],
        ['refusal by all', '/any', $bad,
         'the signature does not match, alg: "HS256", kid: "kid-1"'],
        ['error page', '/page', $bad,
         'the signature does not match, alg: "HS256", kid: "kid-1"'],
        ['second location', '/own', $bad,
         'the signature does not match, alg: "HS256", kid: "kid-1"'];

# alg and kid are the client's: short and printable

my $quote = raw_token('{"alg":"a\"b\nc","kid":"' . "\xc3\xa9\x7f"
                      . '\u0000\r\n\", x: \"y"}', '{}', '');
my ($line) = lines('/', $quote);

unlike($line, qr/[^\x20-\x7e]/, 'line is printable');
like($line, qr/, alg: "[^"]*", kid: "[^"]*"$/, 'client breaks no quotes');

($line) = lines('/', raw_token(json({ alg => 'A' x 999, kid => 'K' x 999 }),
                               '{}', ''));

like($line, qr/, alg: "A{16}", kid: "K+"$/, 'alg is cut');
cmp_ok(length $line, '<', 200, 'kid is cut');

is_deeply([lines('/', raw_token('{"alg":{"x":"y"},"kid":7}', '{}', ''))],
          ['jwt rejected: the JOSE header is not valid,'
           . ' alg: "{?x?:?y?}", kid: "7"'], 'other types are logged');

# what is our fault, not the client's

like(join("\n", lines('/file', $good)),
     qr/^jwt rejected: the keys are not available/, 'missing keys are logged');

is($nginx->connect(2)->get('/', bearer($good))->status, 500,
   'no keys are our fault') for 1 .. 20;

my %times;

$times{(split)[1]}++ for $nginx->log_lines('no keys are configured');

ok(scalar %times, 'no keys are logged');
is_deeply([grep { $times{$_} > 1 } sort keys %times], [],
          'no keys are logged once a second');

# Even at debug.  What nginx logs by itself are the lines of the header, as it
# came and as it goes to the upstream, and the variables of a text.

my $of_nginx = qr/ http (?:header|script var|proxy header): |^[A-Z][\w-]*: /;
my @ours = grep { !/$of_nginx/ } split /\n/, $nginx->log;
my ($header, $payload, $signature) = split /\./, $good;

like("@ours", qr/jwt signature: ok/, 'debug is on');
for my $part ($header, $payload, $signature, 'claim-of-alice', 'claim-of-bob')
{
    is(join("\n", grep { index($_, $part) >= 0 } @ours), '',
       substr($part, 0, 20) . ' is not logged');
}

unlike($nginx->log, qr/the-secret|another-secret/, 'secrets are not logged');

done_testing;
