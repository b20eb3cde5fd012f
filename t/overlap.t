# Many requests at once, on several connections and with several workers:
# each gets its own claims.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files   => { 'keys.json' => jwks('rsa', SECRET),
                 'two.json' => jwks('ec256') },
    workers => 2,
    http    => q{
        auth_jwt_claim_set $inner deep id;
        map $jwt_claim_sub $mapped { "" none; default "m$jwt_claim_sub"; }
        log_format seen '$arg_id $status $jwt_status <$jwt_claim_sub>';
    },
    server  => q{
        auth_jwt "api";
        auth_jwt_key_file keys.json;
        access_log %DIR%/seen.log seen;
        proxy_set_header X-All "$jwt_claim_sub $inner $mapped $jwt_header_kid";

        location / { auth_request /check; proxy_pass http://%UPSTREAM%; }

        location /require {
            auth_jwt_require $jwt_claim_even error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /open { auth_jwt off; proxy_pass http://%UPSTREAM%; }
        location /check { auth_jwt off; proxy_pass http://%UPSTREAM%; }

        location /other {
            auth_jwt "other" token=$cookie_token;
            auth_jwt_key_file two.json;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $connections = 24;
my $rounds = 10;
my @clients = map { $nginx->connect } 1 .. $connections;


# What is asked and what has to come, by the number of a request

sub request_of {
    my ($id) = @_;

    my $claims = { sub => "s$id", deep => { id => "i$id" },
                   $id % 2 ? () : (even => 1) };
    my $all = "s$id i$id ms$id k$id";
    my $kind = $id % 7;

    my $alg = $kind == 3 ? 'RS256' : $kind == 6 ? 'ES256' : 'HS256';
    my $token = token($alg, $claims, kid => $kind == 6 ? undef : "k$id");
    my $bearer = "Authorization: Bearer $token";

    return ('/', $bearer, "200 $all") if $kind == 0 || $kind == 3;
    return ('/', 'Authorization: Bearer ' . forged($token), '401')
        if $kind == 1;
    return ('/require', $bearer, $id % 2 ? '403' : "200 $all") if $kind == 2;
    return ('/open', $bearer, '200   none ') if $kind == 4;
    return ('/', 'X-No: token', '401') if $kind == 5;
    return ('/other', "Cookie: token=$token", "200 s$id i$id ms$id ");
}


my (@wrong, %expected);
my $id = 0;

for my $round (1 .. $rounds) {
    my @asked;

    for my $client (@clients) {
        my ($path, $header, $expected) = request_of(++$id);

        $client->send("GET $path?id=$id HTTP/1.1\r\nHost: localhost\r\n"
                      . "$header\r\n\r\n");
        push @asked, [$id, $client, $expected];
        $expected{$id} = $expected;
    }

    # the last one asked is the first one read

    for my $asked (reverse @asked) {
        my ($number, $client, $expected) = @$asked;

        my $answer = $client->response;
        my ($all) = $answer->body =~ /^X-All: (.*)\r$/m;
        my $got = join ' ', $answer->status, $all // ();

        push @wrong, "$number: $got, not $expected" if $got ne $expected;
    }
}

$_->close for @clients;

is(join("\n", @wrong), '', 'each request has its claims');

wait_for { ($nginx->read_file('seen.log') =~ tr/\n//) >= $id };

my @logged = split /\n/, $nginx->read_file('seen.log');

is(scalar @logged, $id, 'each request is logged');

for my $line (@logged) {
    my ($number, $status, $sub) = $line =~ /^(\d+) (\d+) .*<(.*)>$/;
    my ($expected) = $expected{$number} =~ /^200 (s\d+)/;

    push @wrong, $line if $sub ne ($expected // '');
}

is(join("\n", @wrong), '', 'log has the same claims');

done_testing;
