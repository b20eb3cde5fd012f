# Subrequests: they show what their request showed, and are never judged.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $ssi = '[<!--#echo var="jwt_claim_sub" -->'
          . ' <!--#include virtual="/part" -->]';

my $nginx = Nginx->start(
    files  => { 'ssi.html' => $ssi, 'open.html' => $ssi, page => 'page ',
                'nested.html' => '<!--#include virtual="/ssi_part" -->',
                'ssi_part' => $ssi },
    http   => q{ auth_jwt_claim_set $role realm role; },
    server => q{
        auth_jwt "api";
        auth_jwt_key '} . SECRET . q{';
        add_header X-Status $jwt_status always;
        proxy_set_header X-Claim "<$jwt_claim_sub> <$role> <$jwt_status>";
        root %DIR%;

        location /request {
            auth_request /check;
            auth_request_set $checked $upstream_http_x_checked;
            proxy_set_header X-Checked $checked;
            proxy_set_header X-Claim "<$jwt_claim_sub> <$role> <$jwt_status>";
            proxy_pass http://%UPSTREAM%;
        }

        location /request_open {
            auth_jwt off;
            auth_request /check;
            proxy_pass http://%UPSTREAM%;
        }

        location /request_protected {
            auth_jwt off;
            auth_request /protected;
            proxy_pass http://%UPSTREAM%;
        }

        location /check { auth_jwt off; proxy_pass http://%UPSTREAM%; }
        location /protected { proxy_pass http://%UPSTREAM%; }

        location /mirror {
            mirror /copy;
            proxy_pass http://%UPSTREAM%;
        }

        location /copy { internal; auth_jwt off; proxy_pass http://%UPSTREAM%; }

        location /ssi.html { ssi on; }
        location /nested.html { ssi on; }
        location /ssi_part { ssi on; ssi_types *; }
        location /open.html { auth_jwt off; ssi on; }
        location /part { proxy_pass http://%UPSTREAM%; }

        location = /page {
            add_before_body /part;
            addition_types *;
        }
    },
    upstream => sub {
        my ($request) = @_;

        my ($uri) = $request =~ m{\A\S+ (\S+)};
        my ($claim) = $request =~ /^X-Claim: (.*)\r$/m;

        return "HTTP/1.1 200 OK\r\nConnection: close\r\n"
               . "X-Checked: " . ($claim // '') . "\r\n\r\n$claim";
    });

my $good = token('HS256', { sub => 'alice', realm => { role => 'admin' } });
my $verified = '<alice> <admin> <ok>';


sub body {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    return $answer->status . ' ' . $answer->body;
}


# What the upstream got for this URI, as "X-Claim"

sub claims_at {
    my ($uri) = @_;

    my @requests = grep { m{\AGET \Q$uri\E[ ?]} } $nginx->upstream_requests;

    return map { /^X-Claim: (.*)\r$/m } @requests;
}


is(body('/request', bearer($good)), "200 $verified", 'auth_request passes');
is(join('', claims_at('/check')), $verified, 'auth_request sees claims');
like(($nginx->upstream_requests)[1], qr/^X-Checked: \Q$verified\E\r$/m,
     'answer of auth_request arrives');

my $before = $nginx->upstream_requests;

like(body('/request', bearer(forged($good))), qr/^401 /,
     'forged token is refused');
like(body('/mirror', bearer(forged($good))), qr/^401 /,
     'mirrored location is protected');
like(body('/ssi.html', bearer(forged($good))), qr/^401 /,
     'SSI location is protected');
is($nginx->upstream_requests, $before, 'refused request has no subrequests');

is(body('/mirror', bearer($good)), "200 $verified", 'mirrored request passes');
ok(wait_for { claims_at('/copy') }, 'mirror is sent');
is(join('', claims_at('/copy')), $verified, 'mirror sees claims');

is(body('/ssi.html', bearer($good)), "200 [alice $verified]",
   'SSI sees claims');
is(body('/nested.html', bearer($good)), "200 [alice $verified]",
   'nested SSI sees claims');
is(body('/page', bearer($good)), "200 ${verified}page ",
   'addition sees claims');

# nginx has no access phase for subrequests: nothing was verified there

is(body('/open.html', bearer($good)), '200 [ <> <> <>]',
   'open SSI shows no claims');
is(body('/request_open', bearer($good)), '200 <> <> <>',
   'open location shows no claims');
is((claims_at('/check'))[-1], '<> <> <>',
   'open auth_request shows none');
is(body('/request_protected', bearer($good)), '200 <> <> <>',
   'subrequest is not judged');
is(join('', claims_at('/protected')), '<> <> <>',
   'unjudged subrequest shows no claims');

done_testing;
