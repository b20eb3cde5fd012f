# auth_jwt_key_request and auth_jwt_key_cache: what nginx -t says.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $request = 'auth_jwt_key_request';
my $cache = 'auth_jwt_key_cache';

for (["$request;", qr/number of arguments in "$request"/],
     ["$request /a b;", qr/number of arguments in "$request"/],
     ["$request '';", qr/invalid URI "" in "$request"/],
     ["$request keys;", qr/invalid URI "keys" in "$request"/],
     ["$request http://a/;", qr{invalid URI "http://a/" in "$request"}],
     ["$request \@named;", qr/invalid URI "\@named" in "$request"/],
     ["$request ../a;", qr{invalid URI "\.\./a" in "$request"}],
     ["$request /\$nobody;", qr/unknown "nobody" variable/],
     [join('', map { "$request /$_; " } 1 .. 65),
      qr/more than 64 .* with "$request"/],

     ["$cache;", qr/number of arguments in "$cache"/],
     ["$cache 1h 2h;", qr/number of arguments in "$cache"/],
     ["$cache '';", qr/invalid value "" in "$cache"/],
     ["$cache off;", qr/invalid value "off" in "$cache"/],
     ["$cache -1;", qr/invalid value "-1" in "$cache"/],
     ["$cache 1x;", qr/invalid value "1x" in "$cache"/],
     ["$cache 1ms;", qr/invalid value "1ms" in "$cache"/],
     ["$cache 2147483648;", qr/invalid value "2147483648" in "$cache"/],
     ["$cache \$arg_t;", qr/invalid value "\$arg_t" in "$cache"/],
     ["$cache 1h; $cache 2h;", qr/"$cache" directive is duplicate/],
     ["$cache 0; $cache 0;", qr/"$cache" directive is duplicate/],
     ["location / { limit_except GET { $cache 1h; } }",
      qr/"$cache" directive is not allowed here/])
{
    my ($server, $complaint) = @$_;
    my ($status, $output) = Nginx->check(server => $server);
    my $name = length $server < 60 ? $server : substr($server, 0, 40) . '...';

    ok($status && $output =~ /\[emerg\].*$complaint/, "refused: $name")
        or diag "$status: $output";
}

for ("$request /a;", "$request /a?b=c;", "$request /a/\$arg_b;",
     "$request \$arg_a;", join('', map { "$request /$_; " } 1 .. 64),
     "$cache 0;", "$cache 0s;", "$cache 1h30m;",
     "$cache 2147483647;",
     "location / { limit_except GET { $request /a; } }")
{
    my ($status, $output) = Nginx->check(server => $_);
    my $name = length() < 60 ? $_ : substr($_, 0, 40) . '...';

    is($status, 0, "accepted: $name");
    unlike($output, qr/\[warn\]/, "no warning: $name");
}

# sixty-four of them in one request, and one zone for the whole configuration

my $sources = join '', map { "$request /keys/$_; " } 1 .. 64;
my $nginx = Nginx->start(
    files  => { map { ("keys/$_" => jwks(['rsa', kid => "k$_"])) } 1 .. 64 },
    http   => "$cache 5m;",
    server => q{
        auth_jwt "api";
        root %DIR%;

        location /keys/ { internal; }

        location /page {
            auth_jwt_key_cache 0;
            proxy_pass http://%UPSTREAM%;
            %SOURCES%
        }

        location /cached {
            proxy_pass http://%UPSTREAM%;
            %SOURCES%
        }
    } =~ s/%SOURCES%/$sources/gr);

for my $path (qw(/page /cached /cached)) {
    is($nginx->get($path, bearer(token('RS256', undef, kid => 'k64')))->status,
       200, "sixty-four requests for $path");
}

done_testing;
