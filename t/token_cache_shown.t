# auth_jwt_token_cache changes nothing that anybody sees: what a known token
# shows, what is required of it, what is logged, is as without the cache.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;
use Verified;

my $idp = Provider->start;

my %config = (
    main  => VERIFIED,
    files => { 'keys.json' => jwks(SECRET, ['rsa', kid => 'k1']),
               'page.html' => 'a page' },
    http  => q{
        auth_jwt_claim_set $inner deep id;
        auth_jwt_claim_set $list deep list;
        auth_jwt_header_set $of_header obj in;

        map $jwt_claim_sub $mapped { "" none; default "m$jwt_claim_sub"; }
        map $arg_off $realm { 1 off; default api; }

        log_format seen '$request_uri $status <$jwt_status> <$jwt_provider> '
                        '<$jwt_claims> <$mapped> <$inner> <$jwt_header_kid>';

        auth_jwt_provider corp {
            issuer ISSUER;
            audience api;
        }
    },
    server => q{
        auth_jwt $realm;
        auth_jwt_key_file keys.json;
        large_client_header_buffers 4 32k;

        access_log %DIR%/seen.log seen;
        root %DIR%;

        add_header X-Status $jwt_status always;
        proxy_set_header X-Status "<$jwt_status>";
        proxy_set_header X-Provider "<$jwt_provider>";
        proxy_set_header X-Payload "<$jwt_payload>";
        proxy_set_header X-Claims "<$jwt_claims>";
        proxy_set_header X-Sub "<$jwt_claim_sub>";
        proxy_set_header X-Mapped "<$mapped>";
        proxy_set_header X-Inner "<$inner>";
        proxy_set_header X-List "<$list>";
        proxy_set_header X-Header "<$jwt_header_alg> <$jwt_header_kid>";
        proxy_set_header X-Of-Header "<$of_header>";

        location / { proxy_pass http://%UPSTREAM%; }
        location /file { try_files /page.html =404; }

        location /header {
            proxy_set_header X-Of-Header "<$of_header>";
            proxy_pass http://%UPSTREAM%;
        }

        location /before {
            set $first "$jwt_claim_sub $mapped";
            proxy_set_header X-First "<$first>";
            proxy_set_header X-Sub "<$jwt_claim_sub> <$mapped>";
            proxy_pass http://%UPSTREAM%;
        }

        location /preaccess {
            auth_jwt_phase preaccess;
            proxy_pass http://%UPSTREAM%;
        }

        location /subrequest {
            auth_request /check;
            auth_request_set $checked $upstream_http_x_checked;
            proxy_set_header X-Checked "<$checked> <$jwt_claim_sub>";
            proxy_pass http://%UPSTREAM%;
        }

        location = /check {
            internal;
            proxy_pass http://127.0.0.1:%PORT2%/$jwt_claim_sub;
        }

        location /require {
            auth_jwt_require $arg_a $jwt_claim_even;
            proxy_pass http://%UPSTREAM%;
        }

        location /require_error {
            auth_jwt_require $arg_a error=403;
            auth_jwt_require $jwt_claim_even error=402;
            proxy_pass http://%UPSTREAM%;
        }

        location /require_claim {
            auth_jwt_require_claim sub eq $arg_a;
            auth_jwt_require_claim even eq json=1 error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /require_header {
            auth_jwt_require_header kid eq $arg_a error=404;
            proxy_pass http://%UPSTREAM%;
        }

        location /any {
            satisfy any;
            auth_jwt_require $arg_a;
            deny all;
            proxy_pass http://%UPSTREAM%;
        }

        location /page {
            auth_jwt_require $arg_a;
            error_page 401 /error;
        }

        location /error {
            auth_jwt_require $arg_b error=403;
            proxy_pass http://%UPSTREAM%;
        }

        location /redirect { try_files /none /require?$args; }

        location /broken {
            auth_jwt_key_file keys.json;
            auth_jwt_key_file missing;
            proxy_pass http://%UPSTREAM%;
        }

        location /tenant {
            auth_jwt_key_file $arg_file;
            proxy_pass http://%UPSTREAM%;
        }

        location /provider {
            auth_jwt api provider=corp;
            proxy_pass http://%UPSTREAM%;
        }

        location /answer {
            auth_jwt_www_authenticate 'Bearer "$jwt_claim_sub" $jwt_status';
            auth_jwt_require $arg_a error=403;
            proxy_pass http://%UPSTREAM%;
        }
    });

$config{http} .= q{
    server {
        listen 127.0.0.1:%PORT2%;
        location / { add_header X-Checked $uri; return 204; }
    }
};

$config{http} =~ s{ISSUER}{$idp->issuer}e;

my @nginx = (Nginx->start(%config),
             Nginx->start(%config,
                          http => "auth_jwt_token_cache off; $config{http}"));

my $rich = qq({"iss":") . $idp->issuer . qq(","aud":["api","b"],"even":1,)
           . qq("sub":"\\u00e9\\"a\xe2\x82\xac\\\\","exp":99999999999.5,)
           . q("deep":{"id":12345678901234567890,"list":["a",{"b" : [1 , 2]}]},)
           . q("line":"a\nb","empty":"","null":null,"long":") . 'x' x 4000
           . q("});

my @tokens = (
    token('RS256', $rich, kid => 'k1', header => { obj => { in => 'side' } }),
    token('HS256', { sub => 'bob', even => 0 }, kid => 'none'),
    token('HS256', { even => 1 }),
    token('HS256', {}, header => { kid => "a\nb" }),
    token('RS256', { sub => 'k1', iss => $idp->issuer, aud => 'api',
                     exp => time + 600 }, kid => 'k1'),
    expired('RS256'),
    forged(token('HS256')),
);

my @paths = (qw(/file /), '/?off=1',
             (map { ("/$_", "/$_?a=1", "/$_?a=0", "/$_?a=k1", "/$_?a=bob") }
                  qw(require require_error require_claim require_header any
                     page redirect answer)),
             '/page?b=1', '/header', '/before', '/preaccess', '/subrequest',
             '/broken', '/tenant?file=keys.json', '/tenant?file=missing',
             '/tenant?file=../keys.json', '/provider');


# What comes of one request, without dates

sub seen {
    my ($nginx, $path, $token) = @_;

    my $answer = $nginx->get($path, bearer($token));
    my @headers = map { "$_->[0]: $_->[1]" }
                  grep { $_->[0] !~ /^(?:Date|Last-Modified|ETag)$/ }
                  $answer->headers;

    return join "\n", $answer->status, @headers,
                      $answer->body =~ s{^Host: .*}{}mr;
}


# The first lines that differ

sub first_line {
    my @known = split /\n/, $_[0];
    my @each = split /\n/, $_[1];

    while (@known && @each && $known[0] eq $each[0]) {
        shift @known;
        shift @each;
    }

    return "\"@known[0 .. 0]\" instead of \"@each[0 .. 0]\"";
}


# every token everywhere, three times

for my $path (@paths, reverse @paths) {
    my @differ = grep {
        my $token = $tokens[$_];
        my ($known, $each) = map {
            my $nginx = $_;
            join "\n", map { seen($nginx, $path, $token) } 1 .. 3
        } @nginx;

        $known ne $each
            && diag("$path, token $_: ", first_line($known, $each));
    } 0 .. $#tokens;

    is("@differ", '', "same answers: $path");
}

my ($known, $each) = map { verified($_) } @nginx;

cmp_ok($known, '<', $each / 2, 'some of it was known');

is($nginx[0]->upstream_requests, $nginx[1]->upstream_requests,
   'same requests go upstream');


# Lines of a log that tell what was seen, without time and numbers

sub lines {
    my ($nginx, $name, $regex) = @_;

    my @lines = grep { /$regex/ } split /\n/, $nginx->read_file($name);

    return map { s/\A.*?\*\d+ //r =~ s/127[\d.:]+//gr } @lines;
}


for (['access log', 'seen.log', qr//], ['refusals', 'error.log', qr/jwt /]) {
    my ($what, @log) = @$_;
    my $count = () = lines($nginx[1], @log);

    wait_for { $count == lines($nginx[0], @log) };

    my @lines = map { [lines($_, @log)] } @nginx;

    cmp_ok($count, '>', 500, "$what has lines");
    is_deeply(@lines, "same $what");
}

like($nginx[0]->log, qr/jwt rejected: .*, alg: "RS256", kid: "k1"/,
     'refusal has alg and kid');

done_testing;
