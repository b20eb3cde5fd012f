# auth_jwt_key_request: what an upstream may answer, and in what form.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use File::Temp;
use IO::Compress::Gzip qw(gzip);
use Nginx;
use Token;

my $set = jwks('rsa');
my $large = json({ keys => [(map { jwk('rsa', kid => "k$_") } 1 .. 180),
                            jwk('rsa')] });
my $huge = '{"pad":"' . 'x' x 1_048_000 . '",' . substr $set, 1;
my $over = '{"pad":"' . 'x' x 1_048_576 . '",' . substr $set, 1;

gzip(\$set => \my $gzipped);

my $ok = "HTTP/1.1 200 OK\r\nConnection: close\r\n";


sub sized { $ok . 'Content-Length: ' . length($_[0]) . "\r\n\r\n$_[0]" }


sub chunks {
    my ($text, $size) = @_;

    return "${ok}Transfer-Encoding: chunked\r\n\r\n"
           . join('', map { sprintf "%x\r\n%s\r\n", length, $_ }
                      unpack "(a$size)*", $text) . "0\r\n\r\n";
}


my %answer = (
    plain        => sized($set),
    to_the_end   => "$ok\r\n$set",
    chunked      => chunks($set, 7),
    large        => sized($large),
    large_chunks => chunks($large, 5000),
    megabyte     => sized($huge),
    blanks       => sized(" \r\n\t$set\n\n"),
    typed        => $ok =~ s/\z/Content-Type: image\/png\r\n\r\n$set/r,
    cookie       => "${ok}Set-Cookie: a=b\r\nCache-Control: no-store\r\n"
                    . "\r\n$set",

    # 500, and why

    gzip         => "${ok}Content-Encoding: gzip\r\n\r\n$gzipped",
    deflate      => "${ok}Content-Encoding: deflate\r\n\r\n$set",
    over         => sized($over),
    over_chunks  => chunks($over, 60_000),
    over_to_end  => "$ok\r\n$over",
    missing      => "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n$set",
    error        => "HTTP/1.1 500 Error\r\nConnection: close\r\n\r\n$set",
    created      => "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n$set",
    nothing      => "HTTP/1.1 204 Nothing\r\nConnection: close\r\n\r\n",
    moved        => "HTTP/1.1 302 Found\r\nConnection: close\r\n"
                    . "Location: /plain\r\n\r\n$set",
    refused      => "HTTP/1.1 401 No\r\nConnection: close\r\n"
                    . "WWW-Authenticate: Basic\r\n\r\n",
    gone         => "HTTP/1.1 499 Gone\r\nConnection: close\r\n\r\n$set",
    no_keys      => sized('{"keys":[]}'),
    odd_keys     => sized('{"keys":[{"kty":"odd"}]}'),
    no_set       => sized(json(jwk('rsa'))),
    pem          => sized(pem('rsa')),
    html         => sized('<html><body>Log in</body></html>'),
    empty        => sized(''),
    half         => sized(substr $set, 0, length($set) / 2),
    twice        => sized($set . $set),
    short        => $ok . 'Content-Length: ' . (10 + length $set)
                    . "\r\n\r\n$set",
    long         => $ok . 'Content-Length: ' . (length($set) - 2)
                    . "\r\n\r\n$set",
    half_chunks  => chunks($set, 7) =~ s/.{40}\z//sr,
    no_http      => "hello\r\nConnection: close\r\n",
);

my @good = qw(plain to_the_end chunked large large_chunks megabyte blanks typed
              cookie);
my %bad = map { $_ => qr/\Q$_\E" failed: .* status / } grep {
    my $name = $_;
    !grep { $_ eq $name } @good;
} keys %answer;

$bad{$_} = qr/\Q$_\E" failed: .* "gunzip on" / for qw(gzip deflate);
$bad{$_} = qr/\Q$_\E" failed: .* over 1048576 bytes/ for qw(over over_chunks);
$bad{missing} = qr/missing" failed: .* status 404/;
$bad{error} = qr/error" failed: .* status 500/;

my $nginx = Nginx->start(
    http => q{
        proxy_cache_path %DIR%/cache keys_zone=keys:1m;

        # as small as can be: the answer does not depend on it

        subrequest_output_buffer_size 1;
    },
    server => q{
        auth_jwt "api";
        add_header X-Status $jwt_status always;

        location / {
            auth_jwt_key_request /keys$uri;
            proxy_pass http://%UPSTREAM%/good;
        }

        location /keys/ {
            internal;
            proxy_http_version 1.1;
            proxy_pass http://%UPSTREAM%;
        }

        location /gunzip/ {
            auth_jwt_key_request $uri/keys;
            proxy_pass http://%UPSTREAM%/good;

            location ~ keys$ {
                gunzip on;
                internal;
                proxy_pass http://%UPSTREAM%;
            }
        }

        location = /cached {
            auth_jwt_key_request /kept?$arg_name;
            proxy_pass http://%UPSTREAM%/good;
        }

        location = /kept {
            internal;
            proxy_cache keys;
            proxy_cache_valid 1h;
            proxy_cache_key $uri$args;
            proxy_pass http://%UPSTREAM%/keys/$args;
        }

        location = /unreachable {
            auth_jwt_key_request /nobody;
            proxy_pass http://%UPSTREAM%/good;
        }

        location = /nobody {
            internal;
            error_page 502 = /keys/plain;
            proxy_pass http://127.0.0.1:%PORT9%;
        }

        location = /fallback {
            auth_jwt_key_request /broken?$arg_name;
            proxy_pass http://%UPSTREAM%/good;
        }

        location = /broken {
            internal;
            proxy_intercept_errors on;
            error_page 404 500 502 = /keys/plain;
            proxy_pass http://%UPSTREAM%/keys/$args;
        }
    },
    upstream => sub {
        my ($request) = @_;

        return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ngood"
            if $request =~ m{\A\S+ /good};

        my ($name) = $request =~ m{\A\S+ /(?:keys|gunzip)/([a-z_]+)};

        return $answer{$name};
    });

my $good = token('RS256');


sub verdict {
    my ($path) = @_;

    my $answer = $nginx->get($path, bearer($good));

    return join ' ', $answer->status, $answer->header('X-Status') // '-',
                     $answer->status == 200 ? $answer->body : ();
}


# the next line about a failure comes in the next second

sub in_new_second {
    my $now = time;

    wait_for { time > $now };
}


cmp_ok(length $large, '>', 65536, 'large set is over 64 KB');

is(verdict("/$_"), '200 ok good', "$_ passes") for @good;

for my $name (sort keys %bad) {
    is(verdict("/$name"), '500 keys_unavailable', "$name is 500");
}

for my $name (qw(gzip over missing)) {
    in_new_second();
    verdict("/$name");

    ok($nginx->log_comes(qr/\[error\].*key request "\/keys\/$bad{$name}/),
       "$name is explained")
        or diag $nginx->log_lines(qr/key request/);
}

is(verdict('/plain'), '200 ok good', 'worker lives');

# gunzip

is(verdict('/gunzip/gzip'), '200 ok good', 'gunzip on decodes');
is(verdict('/gunzip/plain'), '200 ok good', 'gunzip on leaves plain text');
is(verdict('/gunzip/deflate'), '500 keys_unavailable', 'deflate stays 500');

# proxy_cache

my $before = $nginx->upstream_requests;

is(verdict("/cached?name=$_"), '200 ok good', "$_ through proxy_cache")
    for qw(plain chunked plain chunked large large);
is($nginx->upstream_requests, $before + 3 + 6, 'proxy_cache keeps answers');
is(verdict('/cached?name=over_chunks'), '500 keys_unavailable',
   'too large through proxy_cache') for 1 .. 2;
is(verdict('/cached?name=html'), '500 keys_unavailable',
   'HTML through proxy_cache') for 1 .. 2;

# error_page where the keys are

is(verdict("/fallback?name=$_"), '200 ok good', "error_page for $_")
    for qw(plain missing error);
is(verdict('/unreachable'), '200 ok good', 'error_page for nobody');
is(verdict('/fallback?name=html'), '500 keys_unavailable',
   'error_page is for errors');

done_testing;
