# Attacks by claims with a control character: what the upstream gets of them,
# byte by byte (RFC 9112, 2.2; RFC 9110, 5.5).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Places;
use Token;

sub header { length $_[1] ? "$_[0]: $_[1]" : () }

# name of the location, configuration, lines of the header for such a claim

my @places = (
    ['header', 'proxy_set_header X-Claim "SHOWN";',
     sub { 'X-Claim: ' . shown($_[0]) }],
    ['bare', 'proxy_set_header X-Claim $jwt_claim_x;',
     sub { header('X-Claim', $_[0]) }],
    ['host', 'proxy_set_header Host $jwt_claim_x;',
     sub { header('Host', $_[0]) }],
    ['joined', 'proxy_set_header X-Claim $jwt_claim_x$jwt_claim_x;
                proxy_set_header X-Last last;',
     sub { header('X-Claim', $_[0] x 2), 'X-Last: last' }],
    ['map', 'proxy_set_header X-Map $mapped;',
     sub { 'X-Map: ' . (length $_[0] ? shown($_[0]) : 'none') }],
    ['matched', 'proxy_set_header X-Map "<$matched>";',
     sub { 'X-Map: <' . ($_[0] =~ /(X-Evil.*)/ ? $1 : '') . '>' }],
    ['set', 'set $early "SHOWN"; proxy_set_header X-Set $early;',
     sub { 'X-Set: ' . shown($_[0]) }],
    ['if', 'if ($jwt_claim_x ~ "(X-Evil.*)") { set $found $1; }
            proxy_set_header X-If "<$found>";',
     sub { 'X-If: <' . ($_[0] =~ /(X-Evil.*)/ ? $1 : '') . '>' }],
    ['asked', 'auth_request /ask; auth_request_set $asked "SHOWN";
               proxy_set_header X-Asked $asked;',
     sub { 'X-Asked: ' . shown($_[0]) }],
);

my $locations = join '', map {
    my ($name, $config) = @$_;
    my $host = $config =~ / Host / ? '' : 'proxy_set_header Host "";';

    "location /$name {
         $config $host
         proxy_set_header Connection '';
         proxy_pass http://%UPSTREAM%;
     }\n"
} @places;

my $nginx = places(
    files  => { key => secret(16) },
    http   => q{
        map $jwt_claim_x $mapped { "" none; default "SHOWN"; }
        map $jwt_claim_x $matched { "~(?<part>X-Evil.*)" $part; default ""; }
    },
    server => $locations . q{
        proxy_http_version 1.1;
        proxy_pass_request_headers off;
        proxy_set_header Host "";
        proxy_set_header Connection "";
        set $found "";

        location /ask { internal; root %DIR%; try_files /nginx.conf =403; }

        location /claims {
            proxy_set_header Host "";
            proxy_set_header Connection "";
            proxy_set_header X-Claims "<$jwt_claims>";
            proxy_pass http://%UPSTREAM%;
        }

        location /payload {
            auth_jwt_type encrypted;
            auth_jwt_key_file key secret;
            proxy_set_header Host "";
            proxy_set_header Connection "";
            proxy_set_header X-Payload "<$jwt_payload>";
            proxy_pass http://%UPSTREAM%;
        }

        location /uri {
            proxy_pass http://%UPSTREAM%/to/SHOWN?x=$jwt_claim_x;
        }

        location /body {
            proxy_set_body "SHOWN";
            proxy_pass http://%UPSTREAM%;
        }

        location /subrequest {
            auth_request /proxied;
            proxy_pass http://%UPSTREAM%;
        }

        location /proxied {
            internal;
            proxy_set_header Connection "";
            proxy_set_header Host "";
            proxy_set_header X-Claim "SHOWN";
            proxy_pass http://%UPSTREAM%/proxied;
        }
    });

my $client = $nginx->connect;
my $count = 0;


# The whole request of the upstream, if the token was good

sub sent {
    my ($path, @bearer) = @_;

    my $answer = $client->get($path, @bearer);

    $count++;

    return $answer->verdict eq '200 ok' ? $answer->body : $answer->verdict;
}


sub request {
    my ($line, @headers) = @_;

    return join "\r\n", "GET $line HTTP/1.1", @headers, '', '';
}


for (@places) {
    my ($name, undef, $headers) = @$_;

    place($name, sub { sent("/$name", @_) },
          sub { request("/$name", $headers->($_[0])) });
}

place('request line', sub { sent('/uri', @_) },
      sub { request('/to/' . shown($_[0]) . "?x=$_[0]") });

place('body', sub { sent('/body', @_) },
      sub { my $body = shown($_[0]);
            request('/body', 'Content-Length: ' . length $body) . $body });

# All claims: escapes are text, and so is what they stand for

for my $json ('"alice"', '"admin\r\nX-Evil: 1\u0000\u007f"', '["\n"]',
              '{"\t":0}')
{
    is(sent('/claims', bearer_of($json)),
       request('/claims', qq(X-Claims: <{"x":$json,"a":{"b":$json}}>)),
       "claims keep the escapes of $json");
}

is(sent('/claims', bearer_of($_)), request('/claims', 'X-Claims: <>'),
   'claims are not shown: ' . name($_))
    for "\"\x7f\"", "[\"a\x7f\"]", "{\"\x7f\":1}";

# What was encrypted, with its blanks

for (['{"x":"alice"}', '{"x":"alice"}'], ['{"x":"a\r\n"} ', '{"x":"a\r\n"} '],
     ["{\"x\":\n\"a\"}", ''], ["{}\r\n", ''],
     ["\t{}", ''], ["{\"x\":\"\x7f\"}", ''])
{
    my ($payload, $expected) = @$_;

    is(sent('/payload', bearer(raw_jwe('{"alg":"dir","enc":"A128GCM"}',
                                       secret(16), $payload))),
       request('/payload', "X-Payload: <$expected>"),
       'payload ' . name($payload));
}

is($nginx->upstream_requests, $count, 'one request stays one');


# A subrequest has no answer of its own: the requests as they came

my @headers = map { 'X-Claim: ' . shown($_) }
              (map { $_->[1] } visible()), map { '' } hidden();

sent('/subrequest', bearer_of($_))
    for (map { $_->[0] } visible()), hidden();

my @requests = grep { m{\A\S+ /proxied} } $nginx->upstream_requests;

is_deeply(\@requests, [map { request('/proxied', $_) } @headers],
          'subrequest hides control characters');

done_testing;
