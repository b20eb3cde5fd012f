# auth_jwt_token_cache: an entry lives as long as the keys that verified it:
# those of files, of key requests and of the configuration.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;
use Verified;

my @old = (['rsa', kid => '1'], ['ec256', kid => '2']);
my @altered = (['rsa2', kid => '1'], ['ec256', kid => '2']);
my @removed = (['ec256', kid => '2']);

my $idp = Provider->start;
my $origin = $idp->http;

$idp->set("/$_", body => jwks(@old)) for qw(each cached);

my %config = (
    main  => VERIFIED,
    files => { map({ $_ => jwks(@old) } qw(removed.json altered.json
                                           same.json)),
               'round.json' => jwks('rsa') },
    server => qq{
        auth_jwt api;
        add_header X-Status \$jwt_status always;

        location /file/removed { auth_jwt_key_file removed.json; %PASS% }
        location /file/altered { auth_jwt_key_file altered.json; %PASS% }
        location /file/same { auth_jwt_key_file same.json; %PASS% }

        location /file/several {
            auth_jwt_key_file same.json;
            auth_jwt_key_file altered.json;
            %PASS%
        }

        location /round {
            auth_jwt_key_file removed.json;
            auth_jwt_key_file altered.json;
            auth_jwt_key_file same.json;
            auth_jwt_key_file round.json;
            %PASS%
        }

        location /each { auth_jwt_key_request /keys/each; %PASS% }

        location /cached {
            auth_jwt_key_request /keys/cached;
            auth_jwt_key_cache 1s;
            %PASS%
        }

        location /keys/ {
            internal;
            proxy_pass $origin/;
        }

        location /value { auth_jwt_key '%SET%' jwks; %PASS% }
    } =~ s/%PASS%/proxy_pass http:\/\/%UPSTREAM%;/gr);

my $nginx = Nginx->start(%config, with_value(@old));


sub with_value {
    my $set = jwks(@_);

    return (server => $config{server} =~ s/%SET%/$set/r);
}


# One whose key is altered or removed, and one whose key stays

my @tokens = (token('RS256', undef, kid => '1'),
              token('ES256', undef, kid => '2'));


sub verdict {
    my ($path, $token) = @_;

    my $answer = $nginx->get($path, bearer($token // $tokens[0]));

    return $answer->status . ' ' . ($answer->header('X-Status') // '-');
}


# Both tokens are asked for twice; what comes of it, and how often they were
# verified

sub known {
    my ($path) = @_;

    verified($nginx);
    my @verdicts = map { verdict($path, $_) } @tokens, @tokens;
    my $n = verified($nginx);

    return join ', ', @verdicts[0, 1],
                      $verdicts[2] eq $verdicts[0] ? () : $verdicts[2],
                      $verdicts[3] eq $verdicts[1] ? () : $verdicts[3], $n;
}


# All files were looked at after this was called: those that one location
# names are looked at together, once a second, and the last one tells when.

my $round = 0;

sub look {
    for (1, 2) {
        my $secret = 'the secret of round number ' . ++$round;
        my $token = token('HS256', undef, key => $secret);

        $nginx->write_file('round.json', jwks($secret));
        wait_for { verdict('/round', $token) =~ /200/ }
            or fail('files are looked at');
    }
}


my @paths = qw(/file/removed /file/altered /file/same /file/several /each
               /cached /value);

for my $path (@paths) {
    is(known($path), '200 ok, 200 ok, 2', "first use: $path");
    is(known($path), '200 ok, 200 ok, 0', "known: $path");
}

# files

$nginx->write_file('removed.json', jwks(@removed));
$nginx->write_file('altered.json', jwks(@altered));
$nginx->write_file('same.json', jwks(@old));
look();

is(known('/file/same'), '200 ok, 200 ok, 0', 'same bytes: still known');
is(known('/file/several'), '200 ok, 200 ok, 2', 'one file of two is changed');
is(known('/file/several'), '200 ok, 200 ok, 0', 'known by both files');
is(known('/file/removed'), '401 unknown_key, 200 ok, 3', 'removed key');
is(known('/file/altered'), '401 bad_signature, 200 ok, 3', 'altered key');

$nginx->write_file('removed.json', jwks(@old));
look();
is(known('/file/removed'), '200 ok, 200 ok, 2', 'key that comes back');

$nginx->write_file('removed.json', 'broken');
ok((wait_for { verdict('/file/removed') eq '500 keys_unavailable' }),
   'broken file');
is(known('/file/removed'), '500 keys_unavailable, 500 keys_unavailable, 0',
   'known token without keys');

$nginx->write_file('removed.json', jwks(@altered));
ok((wait_for { verdict('/file/removed') eq '401 bad_signature' }),
   'mended file with another key');

# requests

is(known('/each'), '200 ok, 200 ok, 0', 'known with keys of each request');
$idp->set('/each', body => jwks(@altered));
is(known('/each'), '401 bad_signature, 200 ok, 3', 'altered in a request');
$idp->set('/each', body => jwks(@removed));
is(known('/each'), '401 unknown_key, 200 ok, 3', 'removed in a request');
$idp->set('/each', status => 500);
is(known('/each'), '500 keys_unavailable, 500 keys_unavailable, 0',
   'request that fails');

my $refreshes = $idp->count('/cached');

ok((wait_for { verdict('/cached'); $idp->count('/cached') > $refreshes + 1 }),
   'keys are refreshed');
is(known('/cached'), '200 ok, 200 ok, 0', 'same bytes after a refresh');

$idp->set('/cached', body => jwks(@altered));
ok((wait_for { verdict('/cached') eq '401 bad_signature' }),
   'altered after a refresh');
is(known('/cached'), '401 bad_signature, 200 ok, 3', 'others are verified');

# what was known and is refused goes nowhere

my $passed = $nginx->upstream_requests;

verdict($_) for qw(/file/removed /file/altered /each /cached);
is($nginx->upstream_requests, $passed, 'no token of dead keys passes');

# reload

ok($nginx->reload, 'reload');
is(known('/value'), '200 ok, 200 ok, 2', 'nothing is known after a reload');
is(known('/value'), '200 ok, 200 ok, 0', 'known after a reload');
ok($nginx->reload(with_value(@altered)), 'reload with other keys');
is(known('/value'), '401 bad_signature, 200 ok, 3', 'keys of a reload');

done_testing;
