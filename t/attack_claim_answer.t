# Attacks by claims with a control character: what the client gets of them in
# headers, redirects, bodies and challenges, byte by byte (RFC 9112, 11.1).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Places;
use Token;

my $nginx = places(
    files  => { page => 'a page of NAME' },
    http   => q{
        map $jwt_claim_x $mapped { "" none; default "SHOWN"; }
    },
    server => q{
        root %DIR%;

        location /header {
            add_header X-Claim "SHOWN";
            add_header X-Bare $jwt_claim_x always;
            try_files /page =404;
        }

        location /map { add_header X-Map $mapped; try_files /page =404; }

        location /cookie {
            add_header Set-Cookie "user=$jwt_claim_x; HttpOnly";
            try_files /page =404;
        }

        location /charset {
            charset $jwt_claim_x;
            charset_types *;
            try_files /page =404;
        }

        location /filtered {
            sub_filter NAME "SHOWN";
            sub_filter_types *;
            try_files /page =404;
        }

        # "return" comes before the check: after it there is another location

        location /text { try_files /none @text; }
        location @text { return 200 "SHOWN"; }
        location /redirect { try_files /none @redirect; }
        location @redirect { return 302 "/to/SHOWN"; }
        location /absolute { try_files /none @absolute; }
        location @absolute { return 302 "https://h/SHOWN?x=$jwt_claim_x"; }
        location /rewrite { try_files /none @rewrite; }
        location @rewrite { rewrite ^ /to/SHOWN? redirect; }
        location /error_page { error_page 404 =302 https://h/SHOWN; }
        location /early { return 302 "/to/SHOWN"; }
        location /early_set { set $x "SHOWN"; return 302 "/to/$x"; }

        location /realm {
            auth_jwt "of SHOWN";
            auth_jwt_require $jwt_claim_none;
        }

        location /own {
            auth_jwt_www_authenticate 'Own x="SHOWN"';
            auth_jwt_require $jwt_claim_none;
        }

        location /own_set {
            set $x "SHOWN";
            auth_jwt_www_authenticate 'Own x="$x"';
            auth_jwt_require $jwt_claim_none error=403;
        }
    });

my $client = $nginx->connect;

# what belongs to any answer

my $usual = qr{\A(?: (?:Server|Date|Content-Length|Connection|ETag|Last-Modified
                       |Accept-Ranges|Transfer-Encoding):
                     | Content-Type:\ text/(?:plain|html)\z )}xi;


# The bytes of the answer but for those headers, and the page of a status

sub answered {
    my ($path, @bearer) = @_;

    my $answer = $client->get($path, @bearer);
    my $body = $answer->status == 200 ? $answer->body : '';

    return join("\r\n", $answer->status,
                (grep { !/$usual/ }
                 map { "$_->[0]: $_->[1]" } $answer->headers), '', $body);
}


sub answer {
    my ($status, @headers) = @_;

    my $body = pop @headers;

    return join "\r\n", $status, @headers, '', $body;
}


sub bare { length $_[1] ? "$_[0]$_[1]" : () }

my $ok = 'X-Status: ok';
my $page = 'a page of NAME';

my $origin = 'http://localhost:' . $nginx->port;

# a location that adds headers has none of those above

my @places = (
    ['header', sub { (200, 'X-Claim: ' . shown($_[0]), bare('X-Bare: ', $_[0]),
                      $page) }],
    ['map', sub { (200, 'X-Map: ' . (length $_[0] ? shown($_[0]) : 'none'),
                   $page) }],
    ['cookie', sub { (200, "Set-Cookie: user=$_[0]; HttpOnly", $page) }],
    ['charset', sub { (200, bare('Content-Type: text/plain; charset=',
                                  $_[0]), $ok, $page) }],
    ['filtered', sub { (200, $ok, 'a page of ' . shown($_[0])) }],
    ['text', sub { (200, $ok, shown($_[0])) }],
    ['redirect', sub { (302, "Location: $origin/to/" . shown($_[0]), $ok,
                        '') }],
    ['absolute', sub { (302, 'Location: https://h/' . shown($_[0]) . "?x=$_[0]",
                        $ok, '') }],
    ['rewrite', sub { (302, "Location: $origin/to/" . shown($_[0]), $ok, '') }],
    ['error_page', sub { (302, 'Location: https://h/' . shown($_[0]), $ok,
                          '') }],
    ['early', sub { (302, "Location: $origin/to/" . shown(''), '') }],
    ['early_set', sub { (302, "Location: $origin/to/" . shown($_[0]), '') }],
    ['realm', sub { (401, 'WWW-Authenticate: Bearer realm="of '
                          . shown($_[0]) =~ s/(["\\])/\\$1/gr
                          . '", error="invalid_token", error_description='
                          . '"a requirement is not met"',
                     'X-Status: require_failed', '') }],
    ['own', sub { (401, 'WWW-Authenticate: Own x="' . shown('') . '"',
                   'X-Status: require_failed', '') }],
    ['own_set', sub { (403, 'WWW-Authenticate: Own x="' . shown($_[0]) . '"',
                       'X-Status: require_failed', '') }],
);

for (@places) {
    my ($name, $expected) = @$_;

    place($name, sub { answered("/$name", @_) },
          sub { answer($expected->($_[0])) });
}

done_testing;
