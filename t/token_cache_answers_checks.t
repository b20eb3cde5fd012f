# What a typed check found in a known token is not looked for again: each check
# is made with the value of its own path and of its own token.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;
use Verified;

# what is required, and what comes of it for the tokens of alice and of bob

my @checks = (
    ['claim sub eq alice', 200, 401],
    ['claim sub eq bob error=403', 403, 200],
    ['claim sub !eq bob', 200, 401],
    ['claim sub ne bob', 200, 401],
    [q(claim sub in 'json=["eve","bob"]'), 401, 200],
    ['claim sub eq $arg_sub', 200, 401, 'sub=alice'],
    ['claim sub eq $arg_sub', 401, 200, 'sub=bob'],
    ['claim sub match ^a', 200, 401],
    [q(claim text match '^.."/'), 200, 401],
    ['claim text !match ^t$', 200, 401],
    ['claim half gt json=1', 200, 401],
    ['claim half eq json=1.5', 200, 401],
    ['claim half eq 1.5', 401, 200],
    ['claim id eq json=12345678901234567890', 200, 401],
    [q(claim list any 'json=["b c"]'), 200, 401],
    [q(claim list !any 'json=["b c"]'), 401, 200],
    [q(claim obj eq 'json={"b":[1,2]}'), 200, 200],
    ['claim null eq json=null', 200, 401],
    ['claim null eq ""', 401, 200],
    ['claim yes eq json=true', 200, 200],
    ['claim .deep.er.id eq json=7', 200, 401],
    ['claim .deep.er.id eq 7', 401, 200],
    ['claim .list[3][0] eq json=2', 200, 401],
    ['claim only eq a', 200, 401],
    ['claim only !eq a', 401, 200],
    ['claim absent eq a', 401, 401],
    ['claim absent !eq a error=404', 200, 200],
    ['claim absent ne a error=404', 404, 404],
    ['header kid eq k1', 200, 401],
    ['header third !eq 3rd', 401, 200],
    ['header .obj.in eq side error=402', 200, 402],
    ['header sub !eq alice', 200, 200],
);

my $nginx = Nginx->start(
    main   => VERIFIED,
    server => q{
        auth_jwt api;
        auth_jwt_key '} . SECRET . q{';
        add_header X-Status $jwt_status always;
        add_header X-Sub "<$jwt_claim_sub>" always;
    } . join('', map {
        "location = /$_ { auth_jwt_require_$checks[$_][0]; empty_gif; }\n"
    } 0 .. $#checks) . q{
        location = /three {
            auth_jwt_require_header kid eq k1 error=404;
            auth_jwt_require_claim sub eq $arg_sub error=402;
            auth_jwt_require_claim half ge json=$arg_half error=403;
            empty_gif;
        }

        location = /plain { empty_gif; }
    });

my $common = q("obj":{"b" : [1 , 2]},"yes":true);
my $alice = token('HS256', q({"sub":"alice","text":"\u00e9\"\/\\\\",)
    . q("half":1.50,"id":12345678901234567890,"list":["a","b c",1,[2]],)
    . qq("null":null,"deep":{"er":{"id":7}},"only":"\\u0061",$common}),
    kid => 'k1', header => { obj => { in => 'side' }, third => '3rd' });
my $bob = token('HS256', q({"sub":"bob","text":"t","half":"1.5","null":"",)
    . q("id":12345678901234567891,"list":["a"],)
    . qq("deep":{"er":{"id":"7"}},$common}), kid => 'k2');
my $client = $nginx->connect;


# The verdict, and what is shown with it

sub ask {
    my ($path, $token) = @_;
    my $answer = $client->get($path, bearer($token));

    return $answer->verdict . ' ' . $answer->header('X-Sub');
}


sub expected {
    my ($code, $sub) = @_;

    return $code == 200 ? "200 ok <$sub>" : "$code require_failed <>";
}


# alternately, so that neither gets what was found for the other one

for my $number (0 .. $#checks) {
    my ($check, $of_alice, $of_bob, $args) = @{$checks[$number]};
    my @verdicts = map { ask("/$number?" . ($args // ''), $_) }
                   ($alice, $bob) x 3;

    is(join(', ', @verdicts),
       join(', ', (expected($of_alice, 'alice'), expected($of_bob, 'bob')) x 3),
       $check . ($args ? ", $args" : ''));
}

is(verified($nginx), 2, 'each token is verified once');

# all of them again, the other way round

claims_read($nginx);

for my $number (reverse 0 .. $#checks) {
    my ($check, $of_alice, undef, $args) = @{$checks[$number]};

    is(ask("/$number?" . ($args // ''), $alice),
       expected($of_alice, 'alice'), "again: $check");
}

is(claims_read($nginx), 0, 'claims are not read for checks that were made');

# what the check is made with is of the request

my %three = ('sub=alice&half=1' => 200, 'sub=alice&half=1.50' => 200,
             'sub=alice&half=1.51' => 403, 'sub=bob&half=1' => 402,
             'sub=alice&half=x' => 403);

for my $args (sort keys %three, reverse sort keys %three) {
    is(ask("/three?$args", $alice), expected($three{$args}, 'alice'),
       "three checks, $args");
    is(ask("/three?$args", $bob), expected(404), 'three checks, other token');
}

# a new token for each request, whose header is known

for my $n (1 .. 20) {
    my $good = $n % 3;
    my $token = token('HS256', { sub => $good ? 'alice' : 'eve', jti => $n },
                      kid => 'k1');

    is(ask('/0', $token), expected($good ? 200 : 401, 'alice'),
       "new token $n");
}

is(ask('/plain', $alice), '200 ok <alice>', 'shown where nothing is required');

done_testing;
