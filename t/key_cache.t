# auth_jwt_key_cache: for how long the keys of files and requests are kept.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use File::Temp;
use Nginx;
use Token;

# what the upstream answers at /keys/NAME: 200 and this text, or 404

my $dir = File::Temp->newdir;


sub publish {
    my ($name, $text) = @_;

    open my $file, '>:raw', "$dir/$name.new" or die $!;
    print $file $text;
    close $file or die $!;
    rename "$dir/$name.new", "$dir/$name" or die $!;
}


sub respond {
    my ($request) = @_;

    return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ngood"
        if $request !~ m{\A\S+ /keys/(\w+)};

    open my $file, '<:raw', "$dir/$1"
        or return "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n";
    local $/;

    return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" . <$file>;
}


my $other_server = q{
    server {
        listen 127.0.0.1:%PORT2%;

        auth_jwt "other";
        auth_jwt_key_cache 1h;
        add_header X-Status $jwt_status always;

        location /hour {
            auth_jwt_key_request /keys/hour;
            proxy_pass http://%UPSTREAM%/;
        }

        location = /keys/hour {
            internal;
            proxy_pass http://%UPSTREAM%/keys/elsewhere;
        }
    }
};

my $server = q{
    auth_jwt "api";
    add_header X-Status $jwt_status always;

    location /keys/ { internal; proxy_pass http://%UPSTREAM%; }

    location /file/hour {
        auth_jwt_key_file hour.json;
        auth_jwt_key_cache 1h;
        proxy_pass http://%UPSTREAM%/;
    }

    location /file/second {
        auth_jwt_key_file second.json;
        auth_jwt_key_cache 1s;
        proxy_pass http://%UPSTREAM%/;
    }

    location /file/none {
        auth_jwt_key_file none.json;
        proxy_pass http://%UPSTREAM%/;
    }

    location /file/name {
        auth_jwt_key_file name.$arg_name;
        auth_jwt_key_cache 1h;
        proxy_pass http://%UPSTREAM%/;
    }

    location /hour {
        auth_jwt_key_request /keys/hour;
        auth_jwt_key_cache 1h;
        proxy_pass http://%UPSTREAM%/;

        location /hour/lower { proxy_pass http://%UPSTREAM%/; }

        location /hour/none {
            auth_jwt_key_cache 0;
            proxy_pass http://%UPSTREAM%/;
        }
    }

    location /second {
        auth_jwt_key_request /keys/second;
        auth_jwt_key_cache 1s;
        proxy_pass http://%UPSTREAM%/;
    }

    location /fails {
        auth_jwt_key_request /keys/fails;
        auth_jwt_key_cache 1s;
        proxy_pass http://%UPSTREAM%/;
    }

    location /late {
        auth_jwt_key_request /keys/late;
        auth_jwt_key_cache 1h;
        proxy_pass http://%UPSTREAM%/;
    }

    location /tenant {
        auth_jwt_key_request /keys/$arg_tenant;
        auth_jwt_key_cache 1h;
        proxy_pass http://%UPSTREAM%/;
    }

    location /mixed {
        auth_jwt_phase preaccess;
        auth_jwt_key_request /keys/hour;
        auth_jwt_key_file hour.json;
        auth_jwt_key_request /keys/second;
        auth_jwt_key_cache 1h;
        proxy_pass http://%UPSTREAM%/;
    }
};

publish($_, jwks('rsa')) for qw(hour second fails corp);
publish('elsewhere', jwks('ec384'));
publish('other', jwks('ec256'));

my $nginx = Nginx->start(
    files    => { map { $_ => jwks('rsa') } qw(hour.json second.json none.json
                                               name.a) },
    http     => $other_server,
    server   => $server,
    upstream => \&respond);

my $old = token('RS256');
my $new = token('ES256');


sub verdict {
    my ($path, $token, $port) = @_;

    my $client = $nginx->connect($port);
    my $answer = $client->get($path, bearer($token), Connection => 'close');

    return $answer->status . ' ' . $answer->header('X-Status');
}


# a time is over: seconds, and some more for a busy machine

sub comes {
    my ($path, $token, $what, $seconds) = @_;

    my $passes = wait_for { verdict($path, $token) eq '200 ok' } $seconds // 5;

    ok($passes, $what);
}


sub asked {
    my ($name) = @_;

    return scalar grep { m{\AGET /keys/\Q$name\E } } $nginx->upstream_requests;
}


# what needs time begins here: a good answer, then none for ten seconds

is(verdict('/fails', $old), '200 ok', 'keys come');

my $begun = time;

unlink "$dir/fails";

# files

is(verdict("/file/$_", $old), '200 ok', "file for $_")
    for qw(hour second none name?name=a);

$nginx->write_file($_, jwks('ec256'))
    for qw(hour.json second.json none.json name.a);

comes('/file/none', $new, 'replaced file without cache');
comes('/file/second', $new, 'replaced file after a second');
is(verdict('/file/hour', $old), '200 ok', 'replaced file waits for an hour');
is(verdict('/file/hour', $new), '401 unknown_key', 'new file is not read');
is(verdict('/file/name?name=a', $old), '200 ok', 'file with variables waits');
is(verdict('/file/name?name=b', $old), '500 keys_unavailable', 'no file');

$nginx->write_file('name.b', jwks('rsa'));

comes('/file/name?name=b', $old, 'missing file is not missing for an hour');

# the refresh that fails, see below

wait_for { verdict('/fails', $old); asked('fails') >= 2 } 5;

# requests

is(verdict('/hour', $old), '200 ok', "request $_ within an hour") for 1 .. 4;
is(verdict('/hour/lower', $old), '200 ok', 'lower location');
is(asked('hour'), 1, 'one key request within an hour');

publish('hour', jwks('ec256'));

is(verdict('/hour', $new), '401 unknown_key', 'new keys wait for an hour');
is(verdict('/hour/none', $new), '200 ok', 'without cache new keys are there');
is(verdict('/hour/none', $new), '200 ok', 'without cache keys are fetched');
is(asked('hour'), 3, 'without cache each request asks');
is(verdict('/hour', $old), '200 ok', 'cache is not touched by that');

is(verdict('/hour', $old, 2), '401 unknown_key', 'other server, other keys');
is(verdict('/hour', token('ES384'), 2), '200 ok', 'other server has its own');
is(asked('elsewhere'), 1, 'other server asks once');
is(verdict('/hour', $old), '200 ok', 'first server keeps its own');

is(verdict('/tenant?tenant=corp', $old), '200 ok', 'tenant');
is(verdict('/tenant?tenant=other', $old), '401 unknown_key', 'other tenant');
is(verdict('/tenant?tenant=other', $new), '200 ok', 'tenant has its keys');
is(asked('corp') + asked('other'), 2, 'one key request for each tenant');

is(verdict('/mixed', $_), '200 ok', 'file and requests in preaccess')
    for $old, $old;
is(asked('second'), 1, 'second source asks once');

# an answer that comes late

is(verdict('/late', $old), '500 keys_unavailable', 'no keys yet');

publish('late', jwks('rsa'));

comes('/late', $old, 'keys came late');
is(asked('late'), 2, 'no keys for a second');

# a second

is(verdict('/second', $old), '200 ok', 'a second begins');

publish('second', jwks('ec256'));

comes('/second', $new, 'a second is over');
is(verdict('/second', $old), '401 unknown_key', 'old keys are forgotten');

# a reload

my $before = $nginx->upstream_requests;

ok($nginx->reload, 'reload');
is(verdict('/hour', $old), '200 ok', 'keys survive reload');
is(verdict('/hour', token('ES384'), 2), '200 ok', 'both servers survive');
is($nginx->upstream_requests, $before + 2, 'no key request after reload');
ok($nginx->reload(server => $server =~ s/cache 1s/cache 1m/gr), 'other times');
is(verdict('/hour', $old), '200 ok', 'keys survive other configuration');
is($nginx->upstream_requests, $before + 3, 'no key request for that');
ok($nginx->reload(server => $server), 'first times');

# a refresh that fails

is(verdict('/fails', $old), '200 ok', "old keys are kept $_") for 1 .. 5;

my $asked = asked('fails');

SKIP: {
    skip 'ten seconds are over', 2 if time >= $begun + 10;

    is($asked, 2, 'refresh is not tried at once');
    is($nginx->log_lines(qr/key request "\/keys\/fails" failed: .* 404/), 1,
       'failed refresh is logged once');
}

publish('fails', jwks('ec256'));

comes('/fails', $new, 'refresh is tried again', 15);
is(asked('fails'), $asked + 1, 'one more refresh');
cmp_ok(time, '>=', $begun + 10, 'after ten seconds');

done_testing;
