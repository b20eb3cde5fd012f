# docs/examples/provider.conf, with providers of the test in place of those that
# it names: tokens of both, keys that change, a restart without a provider.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use File::Temp;
use Test::More;
use Example;
use Nginx;
use Peers;
use Provider;
use Token;

my $corp = Provider->start(tls => 'good', path => '/realms/corp',
                           keys => [['rsa', kid => 'rsa-1']]);
my $partner = Provider->start(tls => 'good',
                              keys => [['ec256', kid => 'ec-1']]);
my ($ours, $theirs, $ca) = ($corp->issuer, $partner->issuer, $corp->ca);

my $dir = File::Temp->newdir('ngx-http-jwt-state-XXXXXX', TMPDIR => 1);
my %args = Example->arguments('provider');

for ($args{http}) {
    s{\Qhttps://idp.example.com/realms/corp\E}{$ours} or die 'no issuer';
    s{\Qhttps://login.partner.example/keys\E}{$theirs/jwks} or die 'no keys';
    s{\Qhttps://login.partner.example\E}{$theirs} or die 'no other issuer';
    s{/etc/ssl/certs/corp-ca\.pem}{$ca}g or die 'no authority';
    s{/var/lib/nginx/jwt/}{$dir/} or die 'no state';
}

my $api = 'https://api.example.com';
my %claims = (iss => $ours, aud => $api, sub => 'alice', exp => time + 3600);
my $nginx = Nginx->start(%args);


sub answer {
    my ($token, $path) = @_;

    return $nginx->get($path // '/', bearer($token));
}


sub status { answer(@_)->status }


# what the log says of a token that is refused

sub reason {
    my ($token, $path) = @_;

    my $answer = answer($token, $path);
    my ($reason) = $nginx->log =~ /.*jwt rejected: ([^,\n]*),/s;

    return $answer->status . " $reason";
}


sub corp_token { token('RS256', { %claims, @_ }, kid => 'rsa-1') }


sub partner_token {
    my ($claims, %header) = @_;

    return token('ES256', { %claims, iss => $theirs, sub => 'bob', %$claims },
                 kid => 'ec-1', header => { typ => 'at+jwt', %header });
}


for my $peer (peers()) {
    my $token = peer_token($peer, 'RS256', \%claims, kid => 'rsa-1');
    my $answer = answer($token);

    is($answer->status, 200, "$peer: token of corp passes");
    like($answer->body, qr/^X-User: alice\r$/m, "$peer: user arrives");
    like($answer->body, qr/^X-Provider: corp\r$/m, "$peer: provider arrives");
    unlike($answer->body, qr/eyJ/, "$peer: token does not reach upstream");
}

like(answer(partner_token({}))->body,
     qr/^X-User: bob\r\n(?:.*\r\n)*?X-Provider: partner\r$/m,
     'token of partner passes');

is(status(corp_token(realm_access => { roles => ['admin'] }), '/admin/'), 200,
   'an admin passes');


# keys change, while nginx runs

my $new = token('RS256', \%claims, key => 'rsa2', kid => 'rsa-2');

$corp->keys(['rsa2', kid => 'rsa-2'], ['rsa', kid => 'rsa-1']);

is(status($new), 200, 'new key is used');
is(status(corp_token()), 200, 'old key is used');
is($nginx->log_lines(qr/start worker process /), 1, 'nothing is restarted');


# none of these

my $passed = $nginx->upstream_requests;

is(reason(forged($new)), '401 the signature does not match',
   'forged token is refused');
is(reason(corp_token(aud => 'https://other.example.com')),
   '401 the token is meant for another audience', 'other audience is refused');
is(reason(corp_token(iss => "$ours/")),
   '401 the issuer is not one of those that are trusted',
   'slash at the end is another issuer');
is(reason(partner_token({}), '/admin/'),
   '401 the issuer is not one of those that are trusted',
   'partner is no admin');
is(reason(token('RS256', { %claims, iss => $theirs }, kid => 'rsa-1',
                header => { typ => 'at+jwt' })),
   '401 no key fits the token', 'key of corp is none of partner');
is(reason(token('RS256', { map { $_ => $claims{$_} } qw(iss aud) },
                kid => 'rsa-1')),
   '401 a claim is missing that has to be there', 'no exp is refused');
is(reason(token('PS256', \%claims, kid => 'rsa-1')),
   '401 the algorithm is not allowed', 'other algorithm is refused');
is(reason(partner_token({}, typ => 'JWT')),
   '401 the token is of another type', 'other type is refused');
is(reason(corp_token(), '/admin/'), '403 a requirement is not met',
   'alice is no admin');

is($nginx->upstream_requests, $passed, 'refused requests stay here');


# and after a restart nobody is there

$nginx->stop;
$corp->down;
$partner->down;

$nginx = Nginx->start(%args);

is(status($new), 200, 'kept keys are used');

my $answer = answer(partner_token({}));

is($answer->status, 503, 'provider without kept keys is 503');
like($answer->header('Retry-After'), qr/\A\d+\z/, 'when to try again is said');

done_testing;
