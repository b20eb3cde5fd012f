# Attacks by claims with a control character: the names of key files and the
# URIs of key requests, made of a token that nobody has verified yet, byte by
# byte (RFC 8725, 3.10).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Places;
use Token;

# The key of each file is its name: the one that verifies is the one opened.
# Of those here with a control character, or cut where NUL is, none may be.

sub key_of { "the key of the file <$_[0]>" }

my @odd = ("\n", "\r", "\t", "\x01", "\x1b", "\x1f", "\x7f", "\r\nX");
my @names = ('[|||]', '[alice|alice|alice|alice]', '.key', 'alice.key', 'admin',
             (map { "admin$_.key" } '', @odd), (map { "[admin$_" } '', @odd),
             map { '[' . join('|', ("admin$_") x 4) . ']' } @odd);

my $nginx = places(
    files  => { map { ("keys/$_" => key_of($_)) } @names },
    http   => q{ map $jwt_claim_x $mapped { "" none; default "SHOWN"; } },
    server => q{
        location /shown {
            auth_jwt_key_file "keys/SHOWN" secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /named {
            auth_jwt_key_file "keys/$jwt_claim_x.key" secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /bare {
            auth_jwt_key_file keys/$jwt_claim_x secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /whole {
            auth_jwt_key_file $jwt_claim_x secret;
            proxy_pass http://%UPSTREAM%;
        }

        location /asked_shown {
            auth_jwt_key_request /keys/SHOWN?x=$jwt_claim_x;
            proxy_pass http://%UPSTREAM%;
        }

        location /asked_map {
            auth_jwt_key_request /keys/of/$mapped;
            proxy_pass http://%UPSTREAM%;
        }

        location /asked_whole {
            auth_jwt_key_request $jwt_claim_x;
            proxy_pass http://%UPSTREAM%;
        }

        location /keys {
            internal;
            proxy_http_version 1.1;
            proxy_set_header Host h;
            proxy_set_header Connection "";
            proxy_pass http://%UPSTREAM%;
        }
    },
    upstream => sub {
        my $body = $_[0] =~ m{\A\S+ /keys} ? jwks(SECRET) : 'passed';

        return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
               . length($body) . "\r\n\r\n$body";
    });

my $client = $nginx->connect;
my $passed = 0;


# Signed by the key of that file

sub verdict {
    my ($path, $json, $file) = @_;

    my $answer = $client->get($path, bearer_of($json, key_of($file)));

    $passed++ if $answer->status == 200;

    return $answer->verdict;
}


my @all_hidden = hidden();
my $refused = '401 key_name_refused';

is(verdict('/shown', '"alice"', '[alice|alice|alice|alice]'), '200 ok',
   'key file of a name');
is(verdict('/named', '"alice"', 'alice.key'), '200 ok', 'key file of alice');
is(verdict('/bare', '"admin"', 'admin'), '200 ok', 'key file of admin');
is(verdict('/whole', '"keys/admin"', 'admin'), '200 ok', 'whole name');

for my $json (@all_hidden) {
    my $what = name($json);

    is(verdict('/shown', $json, '[|||]'), '200 ok', "[|||] is opened: $what");
    is(verdict('/named', $json, '.key'), '200 ok', ".key is opened: $what");
    is(verdict('/bare', $json, 'admin'), $refused, "no name: $what");
    is(verdict('/whole', $json, 'admin'), $refused, "no whole name: $what");
}

for my $odd (@odd) {
    my $json = json(["admin$odd"]);
    my $text = join '|', ("admin$odd") x 4;
    my $what = name($odd);

    is(verdict('/shown', $json, $_), '401 bad_signature',
       'file is not opened: ' . name($_)) for "[$text]", "[admin$odd", '[admin';
    is(verdict('/named', $json, $_), '401 bad_signature',
       'file is not opened: ' . name($_)) for "admin$odd.key", 'admin.key';
}

is(verdict('/shown', '"admin\u0000"', '[admin'), '401 bad_signature',
   'NUL cuts no name');
is(verdict('/whole', '"keys/admin\u0000"', 'admin'), $refused,
   'NUL ends no name');
is($nginx->upstream_requests, $passed, 'no refused token reaches upstream');


# Key requests: the status, and all requests for keys as they came; nginx
# writes the "|" of a path as %7C

sub path { shown($_[0]) =~ s/\|/%7C/gr }

my %places = (
    asked_shown => sub { '/keys/' . path($_[0]) . "?x=$_[0]" },
    asked_map   => sub { '/keys/of/' . (length $_[0] ? path($_[0]) : 'none') },
);

my @rows = map { my $place = $_;
                 ([$place, '"alice"', '200 ok', $places{$place}->('alice')],
                  map { [$place, $_, '200 ok', $places{$place}->('')] }
                      @all_hidden) } sort keys %places;

push @rows, ['asked_whole', '"/keys/alice?x=%0d%0a"', '200 ok',
             '/keys/alice?x=%0d%0a'];

push @rows, map { ['asked_whole', $_, $refused] }
                @all_hidden, '"/keys/%0d%0aX-Evil:1"', '"/keys/admin%00"',
                '"/keys/%7f"', '"/keys/admin\r\n"', '"\n/keys/admin"',
                '"/keys/admin?x=\r\nX-Evil: 1"', '"/keys\u0000/admin"';

is($client->get("/$_->[0]", bearer_of($_->[1]))->verdict, $_->[2],
   "$_->[0]: " . name($_->[1])) for @rows;

is_deeply([grep { m{\A\S+ /keys} } $nginx->upstream_requests],
          [map { "GET $_->[3] HTTP/1.1\r\nHost: h\r\n\r\n" }
               grep { defined $_->[3] } @rows],
          'key requests have no control characters');


# The log has the name of a file that is not there: one line, printable

is($client->get('/named', bearer_of("\"nobody\xc2\x85\xc2\x9b31m\\u2028\""))
          ->verdict, '500 keys_unavailable', 'no such file');
like($nginx->log, qr{^.*"[^"]*/keys/nobody\?{4}31m\?{3}\.key".*$}m,
     'its name is printable');
unlike($nginx->log, qr{^(?!\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[)}m,
       'each line of error log is one');
unlike($nginx->log, qr/[\x00-\x09\x0b-\x1f\x7f]/,
       'error log has no control characters');

done_testing;
