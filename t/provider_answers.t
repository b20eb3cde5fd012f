# Answers of a provider: which ones bring keys, and what becomes of the rest.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Provider;
use Token;

my @bad = (bad_answers(), qw(empty_set unusable_set length_and_chunks folded
                             byte_order_mark));
my @odd = (odd_answers(), qw(cut line_feeds data_after));

# each answer is at a path, and each path has a provider

my $idp = Provider->start;

my $http = join '', map {
    my $uri = $idp->http("/$_");
    my $patience = /stops/ ? '300ms' : '20s';

    qq{
        auth_jwt_provider $_ {
            issuer https://$_.example;
            jwks_uri $uri;
            audience api;
            cooldown 1ms;
            read_timeout $patience;
            wait_timeout 20s;
        }
    };
} @bad, @odd;

my $names = join ' ', map { "provider=$_" } @bad, @odd;

my $server = qq{
    location / {
        auth_jwt "api" $names;
        add_header X-Status \$jwt_status always;
        proxy_pass http://%UPSTREAM%;
    }
};

# what the log says of them

my @causes = (
    qr/stops/ => 'read timed out',
    qr/reset/ => qr/recv\(\) failed \(\d+: Connection reset by peer\)/,
    qr/nothing|_cut|length_long/ => 'the connection was closed too early',
    qr/http_0_9|http_2/ =>
        qr/the connection was closed too early|the response is not valid .*/,
    qr/header_|line_|status_endless|interim_endless/ =>
        'the header is too large',
    qr/status_(\d+)/ => 'the status is ',
    qr/_huge|length_overflow|large|chunk_.*endless|body_endless/ =>
        'the body is too large',
    qr/gzip/ => 'the body is compressed',
    qr/length_(?:zero|short)|_mark|html|half|twice|deep|string/ =>
        'it is not valid JSON',
    qr/\A(?:empty|nul)\z/ => 'it is not valid JSON',
    qr/array|no_member|keys_/ => 'it is not a key set',
    qr/_set/ => 'it has no usable key',
    qr/./ => 'the response is not valid HTTP/1.1',
);


sub cause {
    my ($name) = @_;

    for (my $i = 0; $i < @causes; $i += 2) {
        return "$causes[$i + 1]" . ($1 // '') if $name =~ $causes[$i];
    }
}


sub answer {
    my ($name) = @_;

    return body => json({ keys => [{ kty => 'odd' }] })
        if $name eq 'unusable_set';

    return send => ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    [repeat => '0' x 1000]]
        if $name eq 'chunk_size_endless';

    return bad_answer($name, jwks('rsa'));
}


$idp->set("/$_", answer($_)) for @bad, @odd;

my $AGAIN = qr/\[notice\].* provider "\w+" works again$/;

my $nginx = Nginx->start(http => $http, server => $server);


sub failures {
    my ($name) = @_;

    return scalar $nginx->log_lines(qr/\[error\].* provider "$name"/);
}


# Requests at the same time, one for each name: what nginx answers to each.

sub ask {
    my ($key, @names) = @_;

    my (%client, %answer);

    for my $name (@names) {
        my $token = token('RS256', { iss => "https://$name.example",
                                     aud => 'api', exp => time + 60 },
                          key => $key);

        $client{$name} = $nginx->connect;
        $client{$name}->send("GET /$name HTTP/1.1\r\nHost: a\r\n"
                             . "Authorization: Bearer $token\r\n"
                             . "Connection: close\r\n\r\n");
    }

    for my $name (@names) {
        $answer{$name} = $client{$name}->response;
        $client{$name}->close;
    }

    return \%answer;
}


sub verdict { join ' ', $_[0]->status, $_[0]->header('X-Status') // '-' }


# bad ones, before there are keys

wait_for { !grep { !failures($_) } @bad };

my $answer = ask('rsa', @bad);

for my $name (@bad) {
    is(verdict($answer->{$name}), '503 keys_unavailable', "$name: no keys");
    like($answer->{$name}->header('Retry-After'), qr/\A[1-9]\d?\z/,
         "$name: time is told");
}

is($nginx->upstream_requests, 0, 'none of these passes');

# good ones after that

$idp->set("/$_", body => jwks('rsa')) for @bad;

wait_for { $nginx->log_lines($AGAIN) >= @bad };

$answer = ask('rsa', @bad);

is(verdict($answer->{$_}), '200 ok', "$_: keys come back") for @bad;

# bad ones while there are keys: a token of another key asks for new ones

$idp->set("/$_", answer($_)) for @bad;

$answer = ask('rsa2', @bad);

is(verdict($answer->{$_}), '401 bad_signature', "$_: other key") for @bad;

$answer = ask('rsa', @bad);

is(verdict($answer->{$_}), '200 ok', "$_: keys are kept") for @bad;

# and good ones again

$idp->set("/$_", body => jwks('rsa2')) for @bad;

my @left = @bad;

wait_for {
    $answer = ask('rsa2', @left);
    @left = grep { $answer->{$_}->status != 200 } @left;
    !@left;
};

is("@left", '', 'other keys come');

# what was said of all that

my @log = $nginx->log_lines(qr/ provider "/);
my $from = '127.0.0.1:' . $idp->port;
my %count;

$count{$_}++ for map { m{\AGET /(\S+)} } $idp->requests;

for my $name (@bad) {
    my $uri = $idp->http("/$name");
    my $cause = cause($name);
    my @of = grep { / provider "$name"/ } @log;
    my @failed = grep { /\[error\].*: fetch of / } @of;

    is(@failed, $count{$name} - 2, "$name: one line a failure");
    is((grep { $_ =~ $AGAIN } @of), 2, "$name: two times told");
    is((grep { !/: fetch of "$uri" from $from failed: $cause$/ } @failed)[0],
       undef, "$name: told why");
}

# unusual ones

$answer = ask('rsa', @odd);

is(verdict($answer->{$_}), '200 ok', "$_: keys work") for @odd;
is($nginx->log_lines(qr/: provider "$_"/), 0, "$_: nothing is told")
    for @odd;

is($nginx->log_lines(qr/start worker process \d/), 1, 'worker lives');

done_testing;
