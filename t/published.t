# What a claim variable may show: before the verdict what was sent, after it
# what was accepted, and nothing where nobody judges.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    files  => { page => 'the page' },
    http   => q{
        auth_jwt_claim_set $of_path sub;
        auth_jwt_header_set $of_header kid;

        map $jwt_claim_sub $mapped { "" ""; default <$jwt_claim_sub>; }
        map $http_x_open $realm { 1 off; default "api"; }

        limit_req_zone $uri zone=all:1m rate=1r/m;

        log_format seen '$request_uri $status'
                        ' [$jwt_claim_sub$jwt_claims$jwt_header_kid'
                        '$of_path$of_header$mapped]';
    },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        access_log %DIR%/seen.log seen;
        root %DIR%;

        add_header X-Sub $jwt_claim_sub always;
        add_header X-Claims $jwt_claims always;
        add_header X-Kid $jwt_header_kid always;
        add_header X-Path $of_path always;
        add_header X-Header $of_header always;
        add_header X-Map $mapped always;

        location /checked { try_files /page =404; }

        location /upstream {
            proxy_set_header X-Sub $jwt_claim_sub;
            proxy_set_header X-Map $mapped;
            proxy_pass http://%UPSTREAM%;
        }

        location /required {
            auth_jwt_require $jwt_claim_admin;
            try_files /page =404;
        }

        location /broken { auth_jwt_key_file missing; try_files /page =404; }

        location /page_of_error {
            error_page 401 = @open;
            try_files /page =404;
        }

        location /denied { deny all; }
        location /missing { }
        location /early { set $early $jwt_claim_sub; return 200 <$early>; }
        location /return { return 200 "<$jwt_claim_sub>$jwt_header_kid"; }
        location /closed { return 444; }
        location /open { auth_jwt off; try_files /page =404; }
        location @open { auth_jwt off; try_files /page =404; }
        location /by_map { auth_jwt $realm; try_files /page =404; }

        location /kept {
            if ($mapped = <alice>) { set $early "$mapped"; }
            add_header X-Early $early always;
            add_header X-Map $mapped always;
            satisfy any;
            allow all;
            proxy_pass http://%UPSTREAM%;
        }

        location /kept_open {
            auth_jwt off;
            if ($mapped = <alice>) { set $early "$mapped"; }
            add_header X-Early $early always;
            add_header X-Map $mapped always;
            proxy_set_header X-Map $mapped;
            proxy_pass http://%UPSTREAM%;
        }

        location /kept_by_map {
            auth_jwt $realm;
            if ($mapped = <alice>) { set $early "$mapped"; }
            add_header X-Early $early always;
            add_header X-Map $mapped always;
            proxy_pass http://%UPSTREAM%;
        }

        location /branch {
            auth_jwt off;
            if ($jwt_claim_sub = alice) { rewrite ^ /page break; }
            return 404;
        }

        location /limited {
            limit_req zone=all;
            error_page 503 = @open;
            try_files /page =404;
        }

        location /decoded {
            auth_jwt off token=$arg_token;
            try_files /page =404;
            location /decoded/inherited { try_files /page =404; }
        }

        location @decoded {
            auth_jwt off token=$arg_token;
            try_files /page =404;
        }

        location /to_decoded {
            error_page 401 = @decoded;
            try_files /page =404;
        }
    });

my $good = token('HS256', { sub => 'alice' }, kid => 'key-1');
my $bad = forged($good);


# The names of the headers that show something

sub shown {
    my ($answer) = @_;

    return join ' ', $answer->status,
                     map { /^X-(.*)/ } map { $_->[0] } $answer->headers;
}


sub get {
    my ($path, $token) = @_;

    return shown($nginx->get($path, $token ? bearer($token) : ()));
}


my $all = 'Sub Claims Kid Path Header Map';

# judged

is(get('/checked', $good), "200 $all", 'accepted token is shown');
is(get('/checked', $_->[1]), '401', "$_->[0] is hidden")
    for ['forged token', $bad], ['expired token', expired('HS256')],
        ['alg none', raw_token('{"alg":"none"}', '{"sub":"x"}', '')],
        ['token of unknown key', token('RS256')],
        ['critical header', token('HS256', undef, header => { crit => ['x'] })];
is(get('/required', $good), '401', 'token of failed require is hidden');
is(get('/broken', $good), '500', 'token without keys is hidden');
is(get('/page_of_error', $bad), '200', 'error page hides the token');

my $body = $nginx->get('/upstream', bearer($good))->body;

like($body, qr/^X-Sub: alice\r\nX-Map: <alice>\r$/m, 'upstream gets claims');
is(get('/denied', $good), "403 $all", 'deny keeps the token');
is(get('/missing', $good), "404 $all", '404 keeps the token');

# before

is($nginx->get('/return', bearer($bad))->body, '<>',
   'answer without verdict shows none');
is($nginx->get('/early', bearer($bad))->body, '<alice>',
   'set sees what was sent');
is($nginx->get('/early', bearer('junk'))->body, '<>', 'junk is nothing');
is($nginx->get('/branch', bearer($bad))->status, 200, 'if sees what was sent');
is($nginx->get('/branch', bearer(token('HS256', { sub => 'bob' })))->status,
   404, 'if sees another');

# nginx keeps what a map made of it

is(get('/kept', $bad), '200 Early', 'map forgets what was refused');
is(get('/kept', $good), '200 Early Map', 'map keeps what was accepted');

is(get('/kept_open', $good), '200 Early', 'map forgets what nobody judges');
is(shown($nginx->get('/kept_by_map', bearer($good), 'X-Open' => 1)),
   '200 Early', 'map forgets at realm off');

# nobody judges

is(get('/open', $good), '200', 'open location shows none');
is(shown($nginx->get('/by_map', bearer($good), 'X-Open' => 1)), '200',
   'realm off shows none');
is(get('/by_map', $good), "200 $all", 'realm on shows all');

get('/limited', $good);

is(get('/limited', $good), '200', 'error page before verdict shows none');

# unverified, because the configuration says so

is(get("/decoded?token=$bad"), "200 $all", 'decoded token is shown');
is(get("/decoded/inherited?token=$bad"), "200 $all", 'decoding is inherited');
is(get('/decoded', $good), '200', 'decoded is what was named');
is(get("/to_decoded?token=$bad"), "200 $all", 'redirect decodes');
is(get('/decoded?token=junk'), '200', 'junk is not decoded');

# the log, also where no answer is sent

$nginx->raw("GET /closed HTTP/1.1\r\nHost: localhost\r\n"
            . "Authorization: Bearer $bad\r\n\r\n");

$nginx->raw("GET /early/bad_request HTTP/1.1\r\nHost: localhost\r\n"
            . "Authorization: Bearer $bad\r\nHost: again\r\n\r\n");

wait_for { $nginx->read_file('seen.log') =~ /bad_request/ };

my (%log, @other);

for (split /\n/, $nginx->read_file('seen.log')) {
    /^([^ ?]+)\S* \d+ \[(|(?:alice|bob)\{.*>)\]$/ or push @other, $_;
    $log{$1}{length $2 ? 'full' : 'empty'} = 1;
}

is(join(' ', grep { $log{$_}{full} } sort keys %log),
   '/by_map /checked /decoded /decoded/inherited /denied /kept /limited'
   . ' /missing /to_decoded /upstream', 'log shows accepted and decoded');
ok($log{$_}{empty}, "log of $_ is empty")
    for qw(/required /broken /return /early /open /closed /early/bad_request
           /limited);
is(join("\n", @other), '', 'log has nothing else');

done_testing;
