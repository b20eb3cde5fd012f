# Memory that runs out in a worker: each allocation in turn fails during one
# request.  The request is refused or answered as always, a bad token never
# passes, no claim is lost on the way, and the next request is served.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Failing;
use Jwe;
use Nginx;
use Token;

my $nginx = Nginx->start(Failing->before,
    files => { keys => jwks('rsa', 'ec256', SECRET),
               private => private_jwks('rsa', 'ec256') },
    http => SMALL_POOLS . 'auth_jwt_claim_set $inner deep id;',
    server => q{
        add_header X-Status $jwt_status always;
        auth_jwt "api";
        auth_jwt_key_file keys;

        location / { proxy_pass http://%UPSTREAM%; }

        location /claims {
            auth_jwt_require_claim sub eq alice;
            proxy_set_header X-User $jwt_claim_sub;
            proxy_set_header X-Inner $inner;
            proxy_set_header X-Claims $jwt_claims;
            proxy_pass http://%UPSTREAM%;
        }

        location /encrypted {
            auth_jwt_type nested;
            auth_jwt_key_file keys;
            auth_jwt_key_file private;
            proxy_set_header X-User $jwt_claim_sub;
            proxy_pass http://%UPSTREAM%;
        }
    });

my $memory = Failing->of($nginx);
my $number = 0;
my $passed = 0;

# 500 has any $jwt_status, as another module may have failed; where OpenSSL has
# no memory, a signature is not known to be good

my $refused = qr/closed|500 \S+|401 (?:bad_signature|decryption_failed)/;


# The answer in short; "closed" if there is none, or half of one.

sub ask {
    my ($path, $token) = @_;

    my $answer = eval { $nginx->get($path, bearer($token)) } or return 'closed';

    $passed++ if $answer->status == 200;

    my %seen = $answer->body =~ /^(X-\w+): (.*)\r$/mg;
    my $seen = join ' ', map { $seen{$_} // () } qw(X-User X-Inner X-Claims);

    return join ' ', $answer->verdict, $seen || ();
}


sub claims {
    return { sub => 'alice', exp => time + 600, number => ++$number,
             deep => { id => 'i' } };
}


# All answers that are given while memory fails; each is one of the expected.

sub answers {
    my ($name, $path, $usual, $token) = @_;

    my $good = token('HS256', { sub => 'control' });
    my (%answers, @after);

    my $n = $memory->each(sub { $answers{ask($path, $token->())}++ },
                          after => sub { push @after, ask('/', $good) });

    my @others = grep { !/\A(?:$usual|$refused)\z/ } sort keys %answers;

    is(join(', ', @others), '', "$name: right or refused");
    is(join(', ', grep { $_ ne '200 ok' } @after), '', "$name: worker goes on");
    cmp_ok($n, '>', 10, "$name: memory was refused");
    ok((grep { /^$usual/ } keys %answers), "$name: as always at the end");

    diag("$name: $n places; ", join ', ', map { "$answers{$_} $_" }
                                          sort keys %answers)
        if $ENV{TEST_VERBOSE};

    return \%answers;
}


# nginx leaves out a header whose variable finds no memory

my $claims = qr/200 ok(?: alice)?(?: i)?(?: \{.*"number":\d+.*\})?/;
my $known = token('RS256', claims());

answers("first use, $_->[0]", '/', '200 ok', sub { token($_->[0], claims()) })
    for ['HS256'], ['RS256'], ['ES256'];

ask('/claims', $known);
answers('known token', '/claims', $claims, sub { $known });
answers('first claims', '/claims', $claims, sub { token('HS256', claims()) });
answers('nested token', '/encrypted', '200 ok alice', sub {
    encrypted('RSA-OAEP', 'A128CBC-HS256', token('HS256', claims()),
              header => { cty => 'JWT' });
});

# none of these may pass

$passed = $nginx->upstream_requests;

my @bad = (
    ['forged', forged(token('RS256', claims())), '401 bad_signature'],
    ['forged secret', forged(token('HS256', claims())), '401 bad_signature'],
    ['expired', expired('HS256'), '401 expired'],
    ['malformed', 'a.b.c', '401 malformed'],
    ['no claim', token('HS256', { sub => 'bob' }), '401 require_failed'],
);

for my $row (@bad) {
    my ($name, $token, $word) = @$row;

    answers($name, '/claims', $word, sub { $token });
}

is($nginx->upstream_requests, $passed, 'no bad token reaches the upstream');

my @workers = $nginx->new_workers(0);

is("@workers", $memory->worker, 'worker lives');

done_testing;
