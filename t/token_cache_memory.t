# auth_jwt_token_cache that is too small: answers are right all the same, and
# the token used least recently goes first.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use List::Util qw(shuffle);
use Test::More;
use Nginx;
use Token;
use Verified;

srand 5;

my $nginx = Nginx->start(
    main => VERIFIED,
    files => { map { $_ => jwks(SECRET) } qw(one two) },
    http => q{
        auth_jwt_token_cache 64k;
        auth_jwt_claim_set $inner deep id;
    },
    server => q{
        large_client_header_buffers 8 64k;

        auth_jwt api;
        auth_jwt_key '} . SECRET . q{';

        location / { empty_gif; }

        location /claims {
            add_header X-Seen "$jwt_claim_sub $inner";
            empty_gif;
        }

        location /file {
            auth_jwt_key_file $arg_file;
            empty_gif;
        }
    });

my $client;
my $asked = 0;


sub get {
    my ($path, $token) = @_;

    # nginx closes a connection after so many

    $client = $nginx->connect if $asked++ % 900 == 0;

    return $client->get($path, bearer($token));
}


# A token of a number, with so many bytes of padding

sub numbered {
    my ($number, $size) = @_;

    return token('HS256', { sub => "s$number", deep => { id => "i$number" },
                            fill => 'x' x ($size // 0) });
}


sub use_all {
    my ($path, @tokens) = @_;

    return join ' ', grep { $_ != 200 } map { get($path, $_)->status } @tokens;
}


# How many in a row are known, and how many are not behind them

sub row {
    my ($path, @tokens) = @_;

    my @known = map { get($path, $_); verified($nginx) == 0 } @tokens;
    my $n = 0;

    $n++ while $n < @known && $known[$n];

    return ($n, scalar grep { $_ } @known[$n .. $#known]);
}


# tokens of 1 to 8 KB in any order

my @tokens = map { [$_, numbered($_, 600 + int rand 5200)] } 1 .. 300;
my @wrong;

for my $round (1 .. 4) {
    for my $pair (shuffle @tokens) {
        my ($number, $token) = @$pair;
        my $path = rand() < 0.5 ? '/' : '/claims';
        my $answer = get($path, $token);
        my $seen = $answer->header('X-Seen') // '';

        push @wrong, "$number: $seen"
            if $answer->status != 200
               || $seen ne ($path eq '/' ? '' : "s$number i$number");
    }
}

is(join("\n", @wrong), '', 'all answers are right');
cmp_ok(verified($nginx), '>=', 900, 'most do not fit');

# the last are known, the first are not

my @small = map { numbered($_) } 1000 .. 1399;

is(use_all('/', @small), '', 'small tokens pass');
verified($nginx);

my ($known, $others) = row('/', reverse @small);

cmp_ok($known, '>=', 150, 'last ones are known');
cmp_ok($known, '<=', 320, 'there is no room for more');
is($others, 0, 'first ones are not known');

is(use_all('/claims', @small), '', 'small tokens pass with claims');
verified($nginx);

my ($with_claims) = row('/claims', reverse @small);

cmp_ok($with_claims, '>=', 60, 'last ones are known with claims');
cmp_ok($with_claims, '<', $known * 0.8, 'claims have a price');

# a token that has expired goes, however often it comes

my $ends = token('HS256', { exp => time + 3, fill => 'x' x 5700 });

is(get('/', $ends)->status, 200, 'token that ends soon');
ok((wait_for { get('/', $ends)->status == 401 }), 'token has ended');

my @others = map { numbered($_) } 5000 .. 5399;

for my $i (0 .. $#others) {
    get('/', $ends) if $i % 10 == 0;
    get('/', $others[$i]);
}

verified($nginx);

my ($without) = row('/', reverse @others);

cmp_ok($without, '>=', $known - 5, 'token that has ended takes no room');

# what is used stays

my ($used, $unused, @many) = map { numbered($_) } 2000 .. 2500;

use_all('/', $unused, $used);
verified($nginx);
use_all('/', map { ($_, $used) } @many);
is(verified($nginx), scalar @many, 'token in use is verified once');
get('/', $unused);
is(verified($nginx), 1, 'token not in use is gone');
get('/', $used);
is(verified($nginx), 0, 'token in use is still there');

# one that is verified by other keys again and again has one place

verified($nginx);
get('/file?file=' . ($_ % 2 ? 'one' : 'two'), $unused) for 1 .. 400;
is(verified($nginx), 400, 'other keys each time');
get('/', $used);
is(verified($nginx), 0, 'token by other keys drives out nobody');

# larger than an eighth: as without a cache, and nobody has to go for it

my $large = numbered(3000, 6500);
my $medium = numbered(3001, 5700);

cmp_ok(length $large, '>', 8192, 'token over an eighth');
cmp_ok(length $medium, '<', 8000, 'token under an eighth');
use_all('/', $used, $medium);
verified($nginx);

is(get('/claims', $large)->header('X-Seen'), 's3000 i3000', "large token $_")
    for 1 .. 5;
is(verified($nginx), 5, 'large token is verified each time');
is(get('/', $medium)->status, 200, 'medium token passes');
get('/', $used);
is(verified($nginx), 0, 'large token drives out nobody');

# claims over an eighth with a token under it: read each time, and nobody has
# to go for them

my $wide = token('HS256', '{"sub":"wide","deep":{"id":"i"},'
                          . join(',', map { "\"$_\":0" } 1 .. 450) . '}');

cmp_ok(length $wide, '<', 6500, 'token with many claims');
use_all('/', $wide, @small[0 .. 209]);
verified($nginx);
is(get('/claims', $wide)->header('X-Seen'), 'wide i', "many claims $_")
    for 1 .. 3;
use_all('/', @small[0 .. 209]);
is(verified($nginx), 0, 'many claims drive out nobody');

done_testing;
