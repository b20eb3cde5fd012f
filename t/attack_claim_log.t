# Attacks by claims with a control character: lines of the access log and of
# the error log, and the names of log files, byte by byte.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Places;
use Token;

my @formats = qw(default json none);

my $nginx = places(
    http   => join('', map { qq{
        log_format $_ escape=$_ '\$status SHOWN "\$jwt_claim_x" <\$mapped>';
    } } @formats) . q{
        map $jwt_claim_x $mapped { "" ""; default $jwt_claim_x; }
        rewrite_log on;
    },
    server => join('', map { "
        access_log %DIR%/$_.log $_;
    " } @formats) . q{
        root %DIR%;

        location /access { try_files /nginx.conf =404; }

        location /named {
            access_log "%DIR%/named/$jwt_claim_x.log" none;
            try_files /nginx.conf =404;
        }

        location /file { alias "%DIR%/files/SHOWN"; }

        location /upstream {
            proxy_pass http://127.0.0.1:9/SHOWN?x=$jwt_claim_x;
        }

        location /rewritten { rewrite ^ /to/SHOWN? last; }
        location /to { return 204; }
    },
    files  => { 'named/.keep' => '' },
);

my $client = $nginx->connect;
my @visible = visible();
my @hidden = hidden();


# What a file has got since it was looked at last, as soon as it has so many
# lines more

my %read;

sub lines {
    my ($name, $number) = @_;

    my $new;

    wait_for {
        $new = substr $nginx->read_file($name), $read{$name} // 0;
        ($new =~ tr/\n//) >= $number;
    } or die "$name is short of $number lines";

    $read{$name} += length $new;

    return $new;
}


# The access log.  nginx escapes what is not printable, JSON's way or its own;
# with "none" nothing.

my %escaped = (
    default => sub { $_[0] =~ s/(["\\\x00-\x1f\x7f-\xff])
                                /sprintf '\x%02X', ord $1/gexr },
    json    => sub { $_[0] =~ s/(["\\])/\\$1/gr },
    none    => sub { $_[0] },
);

$client->get('/access', bearer_of($_)) for (map { $_->[0] } @visible), @hidden;

for my $format (@formats) {
    my @texts = ((map { $_->[1] } @visible), map { '' } @hidden);

    my @expected = map {
        my $text = $escaped{$format}->($_);

        '200 ' . shown($text) . qq( "$text" <$text>)
    } @texts;

    my @got = split /\n/, lines("$format.log", scalar @texts);

    is_deeply(\@got, \@expected, "access log, escape=$format");
}

# its name

$client->get('/named', bearer_of($_)) for '"alice"', @hidden;

lines('named/.log', scalar @hidden);

opendir my $folder, $nginx->path('named') or die "named: $!";

is_deeply([sort grep { /log/ } readdir $folder], ['.log', 'alice.log'],
          'no other log file');


# The error log: the lines that a request causes, without time and process,
# sorted

sub logged {
    my ($path, @bearer) = @_;

    $client->get($path, @bearer);
    $client->get('/mark');

    my $text = '';

    wait_for { $text .= lines('error.log', 0); $text =~ m{GET /mark } }
        or die "nothing is logged of $path";

    return join "\n", sort grep { m{request: "GET \Q$path\E } }
                      map { s/\A[\d\/: ]+(?=\[)//r =~ s/ \d+#\d+: \*\d+//r }
                      split /\n/, $text;
}


lines('error.log', 0);

my $files = $nginx->path('files');

sub line {
    my ($path, $text, $more) = @_;

    return qq($text, client: 127.0.0.1, server: , request: "GET $path HTTP/1.1")
           . ($more // '') . ', host: "localhost"';
}

my %lines = (
    '/file'      => sub { qq([error] open() "$files/) . shown($_[0])
                          . '" failed (2: No such file or directory)' },
    '/upstream'  => sub { '[error] connect() failed (111: Connection refused)'
                          . ' while connecting to upstream',
                          ', upstream: "http://127.0.0.1:9/' . shown($_[0])
                          . "?x=$_[0]\"" },
    '/rewritten' => sub { '[notice] rewritten data: "/to/' . shown($_[0])
                          . '", args: ""' },
);

my $withheld = '[info] jwt value with a control character is not shown';
my $matched = '[notice] "^" matches "/rewritten"';

for my $path (sort keys %lines) {
    my @before = $path eq '/rewritten' ? line($path, $matched) : ();

    is(logged($path, bearer_of($_->[0])),
       join("\n", sort @before, line($path, $lines{$path}->($_->[1]))),
       "error log of $path: " . name($_->[0])) for @visible;

    for (@hidden) {
        my @withheld = /\A(?:null|""|\[\])\z/ ? () : line($path, $withheld);

        is(logged($path, bearer_of($_)),
           join("\n", sort @before, @withheld,
                line($path, $lines{$path}->(''))),
           "error log of $path without " . name($_));
    }
}


# All of it together: no line that is not nginx's own

unlike($nginx->log, qr{^(?!\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[)}m,
       'each line of error log is one');
unlike($nginx->log, qr/[\x00-\x09\x0b-\x1f\x7f]/,
       'error log has no control characters');
unlike($nginx->log, qr/admin|eyJ/, 'error log has no hidden claim');

done_testing;
