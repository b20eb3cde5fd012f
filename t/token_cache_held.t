# auth_jwt_token_cache: a request keeps what it has, though others push it out
# of the cache, and nothing is left when it ends.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Held;
use Nginx;
use Token;
use Verified;

my $held = Held->start;
my $address = $held->address;

my $nginx = Nginx->start(
    main  => VERIFIED,
    files => { map { $_ => jwks(SECRET) } qw(one two) },
    http  => q{
        auth_jwt_token_cache 64k;
        auth_jwt_claim_set $inner deep id;
        log_format sub '$jwt_claim_sub';
        log_format seen escape=none
            '$uri $status <$jwt_claim_sub> <$inner> <$jwt_claims>';
    },
    server => qq{
        large_client_header_buffers 8 64k;
        keepalive_requests 100000;

        auth_jwt api;
        auth_jwt_key '} . SECRET . q{';
        access_log off;

        location / { empty_gif; }

        location /claims {
            add_header X-Seen "$jwt_claim_sub $inner";
            empty_gif;
        }

        location /held {
            access_log %DIR%/seen.log seen;
            proxy_pass http://%HELD%;
        }

        location /held/claims {
            access_log %DIR%/seen.log seen;
            proxy_set_header X-Seen "$jwt_claim_sub $inner";
            proxy_pass http://%HELD%;
        }

        location /file {
            auth_jwt_key_file $arg_file;
            access_log %DIR%/sub.log sub;
            proxy_pass http://%HELD%;
            location /file/redirect { try_files /none /?; }
            location /file/gif { access_log off; empty_gif; }
        }
    } =~ s/%HELD%/$address/gr);

my $client = $nginx->connect;


# A token of a number, with so many bytes of padding

sub numbered {
    my ($number, $size) = @_;

    return token('HS256', { sub => "s$number", deep => { id => "i$number" },
                            fill => 'x' x ($size // 0) });
}


sub get {
    my ($path, $token) = @_;

    return $client->get($path, bearer($token));
}


sub use_all {
    my ($path, @tokens) = @_;

    return join ' ', grep { $_ != 200 } map { get($path, $_)->status } @tokens;
}


# A connection and the request that it has upstream

sub begin {
    my ($path, $token) = @_;

    my $connection = $nginx->connect;

    $connection->send("GET $path HTTP/1.1\r\nHost: a\r\n"
                      . "Authorization: Bearer $token\r\n\r\n");

    return [$connection, $held->take];
}


# tokens that are new, known, or known with their claims

my @many = map { numbered($_) } 2000 .. 2500;
my %waits;

for my $name (qw(new known read)) {
    for my $path ('/held', '/held/claims') {
        my $number = "$name-" . ($path =~ tr{/}{});
        my $token = numbered($number, 2000);

        get('/', $token) if $name ne 'new';
        get('/claims', $token) if $name eq 'read';

        push @{$waits{$number}}, begin("$path/$number", $token) for 1 .. 3;
    }
}

verified($nginx);
is(use_all('/claims', @many), '', 'many others pass');
is(verified($nginx), scalar @many, 'many others are verified');

# some of them end, others come again, some clients go away, and the rest ends

$_->[0][1]->answer('end') for values %waits;
is(join(' ', map { $_->[0][0]->response->body } values %waits),
   join(' ', ('end') x 6), 'requests that took long');

is(get('/claims', numbered($_, 2000))->header('X-Seen'), "s$_ i$_",
   "comes again: $_") for sort keys %waits;

$waits{'known-2'}[1][0]->close;
$waits{'read-1'}[1][0]->close;
use_all('/', @many);

for my $number (sort keys %waits) {
    $_->[1]->answer('end') for @{$waits{$number}}[1, 2];
    is($waits{$number}[2][0]->response->body, 'end', "last one: $number");
}

wait_for { ($nginx->read_file('seen.log') =~ tr/\n//) >= 18 };

my @seen = split /\n/, $nginx->read_file('seen.log');

is(@seen, 18, 'each is logged');

for (@seen) {
    my ($number, $sub, $inner, $claims) =
        m{/(\w+-\d) \d+ <(.*?)> <(.*?)> <(.*)>$} or next;

    $_ = '' if $sub eq "s$number" && $inner eq "i$number"
               && index($claims, qq("id":"i$number")) > 0
               && index($claims, 'x' x 2000) > 0;
}

is(join("\n", map { substr $_, 0, 60 } grep { $_ ne '' } @seen), '',
   'each has its claims in the log');


# An entry that goes while a request has it: its token is verified by other
# keys meanwhile.  Each leaves 7 KB behind if nobody frees it.

sub go_while_held {
    my ($token) = @_;

    get('/file/gif?file=one', $token);
    my $request = begin('/file?file=one', $token);
    get('/file/gif?file=two', $token);
    $request->[1]->answer('end');

    return $request->[0]->response->body;
}


# The same for a request that has another one after a redirect.

sub go_after_redirect {
    my ($token) = @_;

    return use_all('/file/gif?file=one', $token)
           . use_all('/file/redirect?file=one', $token)
           . use_all('/file/gif?file=two', $token);
}


sub rss {
    my ($worker) = $nginx->log =~ /start worker process (\d+)/;

    open my $file, '<', "/proc/$worker/status" or die "$worker: $!";

    return (join('', <$file>) =~ /^VmRSS:\s*(\d+) kB/m)[0];
}


my $token = numbered(1, 5200);

verified($nginx);
is(go_while_held($token), 'end', 'entry goes while a request has it');
is(verified($nginx), 2, 'it was known');

is(go_after_redirect($token), '', 'entry goes after a redirect');

# a second use is the one that leaves claims there

my @large = map { ($_) x 2 } map { numbered($_, 1500) } 3000 .. 3299;

my @rounds = (['while a request has it', sub { go_while_held($token) }, 400],
              ['after a redirect', sub { go_after_redirect($token) }, 400],
              ['with its claims', sub { use_all('/claims', @large) }, 5]);

for (@rounds) {
    my ($what, $round, $times) = @$_;

    $round->() for 1 .. $times / 4;

    my $before = rss();

    $round->() for 1 .. $times;

    SKIP: {
        skip 'nginx keeps what is freed here', 1 if $nginx->keeps_memory;
        cmp_ok(rss() - $before, '<', 1024, "entry goes $what: no memory lost");
    }
}

unlike($nginx->read_file('sub.log'), qr/^(?!s1$)/m,
       'each of these has its claims in the log, too');

done_testing;
