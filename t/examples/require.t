# The configuration of auth_jwt_require in docs/directives.md

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use Example;
use Token;

my $nginx = Example->start_block('docs/directives.md', 'auth_jwt_require');

my %good = (iss => 'https://idp.example.com/', exp => time + 3600,
            aud => 'https://api.example.com', roles => ['reader', 'admin']);
my $api = $good{aud};

is(verdict(), '200', 'all conditions are met');
is(verdict(aud => ['https://other.example', $api]), '200',
   'one of several audiences is ours');
is(verdict(roles => 'admin'), '200', 'a single role is no array');

is(verdict(iss => undef), '401 invalid_token', 'no issuer');
is(verdict(iss => 'https://idp.example.com'), '401 invalid_token',
   'issuer without its slash');
is(verdict(iss => 'https://evil.example/'), '401 invalid_token',
   'other issuer');
is(verdict(aud => undef), '401 invalid_token', 'no audience');
is(verdict(aud => "$api.evil.example"), '401 invalid_token',
   'audience that begins as ours');
is(verdict(aud => "x$api"), '401 invalid_token', 'audience that ends as ours');
is(verdict(aud => 'https://api-example.com'), '401 invalid_token',
   'dot is a dot');
is(verdict(exp => undef), '401 invalid_token', 'token that never expires');

is(verdict(roles => ['reader']), '403 insufficient_scope', 'no admin');
is(verdict(roles => undef), '403 insufficient_scope', 'no roles');
is(verdict(roles => ['administrator', 'no-admin']), '403 insufficient_scope',
   'roles with admin in their names');

is($nginx->upstream_requests, 3, 'refused requests stay here');


sub verdict {
    my %claims = (%good, @_);

    delete @claims{grep { !defined $claims{$_} } keys %claims};

    my $token = token('RS256', \%claims, kid => 'rsa-1');
    my $answer = $nginx->get('/', Authorization => "Bearer $token");
    my ($error) = ($answer->header('WWW-Authenticate') // '')
                  =~ /error="(\w+)"/;

    return join ' ', $answer->status, $error // ();
}


done_testing;
