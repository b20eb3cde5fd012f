package Nginx;

# An nginx with the module, for one test file.
#
#     use strict;
#     use warnings;
#
#     use FindBin;
#     use lib "$FindBin::Bin/lib";
#
#     use Test::More;
#     use Nginx;
#     use Token;
#
#     my $nginx = Nginx->start(
#         files  => { 'keys.json' => jwks('rsa') },
#         server => q{
#             location / {
#                 auth_jwt "api";
#                 auth_jwt_key_file keys.json;
#                 proxy_set_header X-User $jwt_claim_sub;
#                 proxy_pass http://%UPSTREAM%;
#             }
#         });
#
#     my $token = token('RS256', { sub => 'alice' });
#     my $answer = $nginx->get('/', Authorization => "Bearer $token");
#
#     is($answer->status, 200, 'good token passes');
#     like($answer->body, qr/^X-User: alice\r$/m, 'claim reaches upstream');
#
#     is($nginx->get('/')->status, 401, 'no token is refused');
#     is($nginx->upstream_requests, 1, 'refused request stays here');
#
#     done_testing;
#
# Arguments of start:
#
#     server     inside of a server block that listens to 127.0.0.1:%PORT%
#     http       inside of http, before that server; without "server" it has
#                server blocks of its own: listen 127.0.0.1:%PORT2%;
#     main       outside of http
#     no_http    true: there is no http block at all
#     files      name => text, written beside nginx.conf, where relative names
#                of auth_jwt_key_file are looked for
#     upstream   a sub that gets a raw request and returns a raw response;
#                without it the upstream answers with the request it received
#     workers    number of worker processes, 1
#     user       of the worker processes, if the tests are run by root: root
#     allow      a regex: lines of error.log that are no failure
#
# In a configuration %PORT%, %PORT2%, ... are free ports, %UPSTREAM% is the
# address of the echo upstream (Echo.pm) and %DIR% the folder of nginx.conf.
#
# The error.log is kept at level info.  At the end nginx is stopped, and the
# test file fails if the log has an [alert], an [emerg], a signal or a report
# of a sanitizer or of valgrind.
#
# The environment: TEST_NGINX_BINARY (nginx), TEST_NGINX_MODULE
# (build/ngx_http_jwt_module.so; empty: the module is a part of nginx),
# TEST_NGINX_KEEP (leaves the folder with configuration and logs),
# TEST_NGINX_WATCHED (a factor: this nginx runs under something that makes it
# slower, and keeps what is freed, to find later uses of it).

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp;
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Test::More ();
use Time::HiRes qw(time sleep);

use Client;
use Echo;

use Exporter qw(import);
our @EXPORT = qw(wait_for);

use constant SLOWER => $ENV{TEST_NGINX_WATCHED} || 1;
use constant TIMEOUT => 30 * SLOWER;

my $root = abs_path(dirname(__FILE__) . '/../..');

my $BAD = qr{ \[alert\] | \[emerg\] | exited\ on\ signal
              | (?:Address|Leak|Undefined\w*)Sanitizer | runtime\ error:
              | ^==\d+== }x;

my $owner = $$;
my @started;

# the END block below stops what runs

$SIG{$_} = sub { exit 1 } for qw(HUP INT TERM);
$SIG{ALRM} = sub { warn 'stopped after ', 5 * SLOWER, " minutes\n"; exit 1 };
$SIG{PIPE} = 'IGNORE';

alarm 300 * SLOWER;


# Tries until the sub returns true; undef if that takes too long.

sub wait_for (&;$) {
    my ($sub, $timeout) = @_;

    my $end = time + ($timeout // TIMEOUT);

    until (my $value = $sub->()) {
        return undef if time > $end;
        sleep 0.005;
    }

    return 1;
}


sub start {
    my ($class, %args) = @_;

    my $self = bless { args => \%args, ports => {} }, $class;

    $self->prepare;
    $self->start_upstream;

    # another program may have taken a port that was free

    for my $attempt (1 .. 5) {
        $self->{ports} = {};
        $self->write_config;

        last if $self->launch;

        my $log = $self->log;
        die "nginx does not start:\n$log" if $log !~ /bind\(\) to .* failed/;
        die "nginx finds no free port:\n$log" if $attempt == 5;
        unlink $self->path('error.log'), $self->path('stderr.log');
    }

    push @started, $self;

    return $self;
}


# nginx -t: returns the exit code and what it said.

sub check {
    my ($class, %args) = @_;

    my $self = bless { args => \%args, ports => {} }, $class;

    $self->prepare;
    $self->write_config;

    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=0';

    my $pid = $self->spawn('check.log', '-t', '-e', 'stderr');
    waitpid $pid, 0;
    my $status = $?;

    my $output = $self->read_file('check.log');

    die "nginx -t died of signal $status:\n$output" if $status & 127;
    die "nginx -t:\n$output" if $output =~ /^==\d+==/m;

    return ($status >> 8, $output);
}


# The same as one text: the exit code, then what was complained about, line by
# line, without time and process, with DIR and FILE for the names of the folder
# and of the configuration file.

sub complaints {
    my ($class, %args) = @_;

    my ($code, $output) = $class->check(%args);

    my @lines = grep { /\[(?:warn|error|crit|alert|emerg)\]/ }
                split /\n/, $output;

    for (@lines) {
        s/\A.*?(?=\[\w+\])//;
        s/(\[\w+\]) \d+#\d+: /$1 /;
        s{ in \S*/nginx\.conf:\d+\z}{ in FILE};
        s{[^\s"]*/ngx-http-jwt-\w+/}{DIR/}g;
    }

    return join "\n", $code, @lines;
}


# What nginx is asked

sub get {
    my ($self, $path, @headers) = @_;

    return $self->request('GET', $path, \@headers);
}


sub request {
    my ($self, $method, $path, $headers, $body) = @_;

    my $client = $self->connect;
    my $answer = $client->request($method, $path,
                                  [@{$headers // []}, Connection => 'close'],
                                  $body);
    $client->close;

    return $answer;
}


# A connection for several requests: see Client.pm.

sub connect {
    my ($self, $number) = @_;

    return Client->new($self->port($number));
}


# A request on a connection of its own, which is returned: its ->response may
# be a while in coming.

sub begin {
    my ($self, $path, @headers) = @_;

    return $self->connect->begin('GET', $path, \@headers);
}


# Whether nginx comes to have so many requests at once, beside the one that asks
# for it: at /status, which has to be "auth_jwt off; stub_status;".

sub under_way {
    my ($self, $number) = @_;

    return wait_for {
        $self->get('/status')->body =~ /Writing: (\d+)/ && $1 - 1 == $number;
    };
}


# Sends bytes as they are and returns all responses until nginx closes.

sub raw {
    my ($self, $bytes) = @_;

    my $client = $self->connect;
    $client->send($bytes);

    return $client->responses;
}


# The upstream's requests, as received; in scalar context their number.

sub upstream_requests {
    my ($self) = @_;

    return if !$self->{upstream};
    return $self->{upstream}->requests;
}


# Files and ports

sub pid { $_[0]{pid} }

sub dir { $_[0]{dir}->dirname }

sub path { $_[0]->dir . "/$_[1]" }


# Whether the size of a process tells nothing about what nginx has lost.

sub keeps_memory { $ENV{ASAN_OPTIONS} || $ENV{TEST_NGINX_WATCHED} }


sub port {
    my ($self, $number) = @_;

    return $self->{ports}{$number // ''} //= free_port();
}


# Replaces a file at once, as "mv" does.

sub write_file {
    my ($self, $name, $text) = @_;

    my $path = $self->path($name);

    make_path(dirname($path));

    open my $file, '>:raw', "$path.new" or die "$path.new: $!";
    print $file $text;
    close $file or die "$path.new: $!";

    rename "$path.new", $path or die "$path: $!";
}


sub read_file {
    my ($self, $name) = @_;

    open my $file, '<:raw', $self->path($name) or return '';
    local $/;

    return <$file> // '';
}


# The error.log: its text; the lines that match, or their number; and whether
# a line comes, for what is logged after a response.

sub log { $_[0]->read_file('error.log') }


sub log_lines {
    my ($self, $regex) = @_;

    my @lines = grep { /$regex/ } split /\n/, $self->log;

    return @lines;
}


sub log_comes {
    my ($self, $regex) = @_;

    return wait_for { scalar $self->log_lines($regex) };
}


# Reads the configuration again, with other files or another configuration if
# given; false if nginx refuses it.

sub reload {
    my ($self, %args) = @_;

    $self->write_file($_, $args{files}{$_}) for keys %{$args{files} // {}};
    delete $args{files};

    if (%args) {
        $self->{args} = { %{$self->{args}}, %args };
        $self->start_upstream;
        $self->write_config;
    }

    if (!$self->{workers}) {
        wait_for { $self->new_workers(0) >= $self->workers };
        $self->{workers} = [$self->new_workers(0)];
    }

    my $start = length $self->log;
    my @old = @{$self->{workers}};

    kill HUP => $self->{pid};

    # a worker that shuts down does not accept any more

    my $failed;

    wait_for {
        my $log = substr $self->log, $start;

        return 1 if $failed = $log =~ /\[emerg\]/;
        return 0 if $self->new_workers($start) < $self->workers;

        for my $pid (@old) {
            return 0 if $log !~ / \Q$pid\E\#.* gracefully\ shutting\ down /x;
        }

        return 1;
    } or die "nginx does not reload:\n" . substr $self->log, $start;

    $self->{workers} = [$self->new_workers($start)] if !$failed;

    return !$failed;
}


sub workers { $_[0]{args}{workers} // 1 }


sub new_workers {
    my ($self, $start) = @_;

    my @pids = substr($self->log, $start) =~ /start worker process (\d+)/g;

    return @pids;
}


# Stops nginx and returns the lines of its log that must not be there.

sub stop {
    my ($self) = @_;

    return @{$self->{bad}} if $self->{bad};

    my $pid = $self->{pid};

    for my $signal (qw(QUIT TERM KILL)) {
        my $patience = SLOWER * ($signal eq 'QUIT' ? 20 : 5);

        kill $signal => $pid;
        last if wait_for { waitpid($pid, WNOHANG) } $patience;

        push @{$self->{trouble}}, "nginx did not stop by $signal";
    }

    $self->{upstream}->stop if $self->{upstream};

    my $allow = $self->{args}{allow} // qr/(?!)/;
    my @lines = map { split /\n/ } $self->log, $self->read_file('stderr.log');

    $self->{bad} = [
        @{$self->{trouble} // []},
        grep { /$BAD/ && !/$allow/ } @lines
    ];

    return @{$self->{bad}};
}


END {
    if ($$ == $owner) {
        my $status = $?;

        for my $nginx (@started) {
            my @bad = $nginx->stop or next;

            Test::More::diag("error.log: $_") for @bad;
            $status ||= 1;
        }

        $? = $status;
    }
}


# From here on: for this file

sub prepare {
    my ($self) = @_;

    my $args = $self->{args};

    $self->{dir} = File::Temp->newdir('ngx-http-jwt-XXXXXX', TMPDIR => 1,
                                      CLEANUP => !$ENV{TEST_NGINX_KEEP});

    Test::More::diag('kept: ' . $self->dir) if $ENV{TEST_NGINX_KEEP};

    make_path($self->path('tmp'), $self->path('logs'));

    $self->write_file($_, $args->{files}{$_}) for keys %{$args->{files} // {}};
}


sub start_upstream {
    my ($self) = @_;

    my $args = $self->{args};

    return if !grep { defined && /%UPSTREAM%/ } @$args{qw(http server)};

    $self->{upstream} //= Echo->start($self->dir, $args->{upstream});
}


sub write_config {
    my ($self) = @_;

    my %args = map { $_ => $self->{args}{$_} // '' }
               qw(main http server user);
    my $module = $ENV{TEST_NGINX_MODULE}
                 // "$root/build/ngx_http_jwt_module.so";
    my $workers = $self->workers;
    my $upstream = $self->{upstream} ? $self->{upstream}->port : 9;

    my $load = $module eq '' ? '' : "load_module $module;";
    my $user = $> == 0 ? 'user ' . ($args{user} || 'root') . ';' : '';
    my $server = $args{server} eq '' ? '' : qq{
            server {
                listen 127.0.0.1:%PORT%;

$args{server}
            }
        };

    my $http = $self->{args}{no_http} ? '' : qq{
        http {
            access_log %DIR%/access.log;
            default_type text/plain;

            client_body_temp_path %DIR%/tmp/client_body;
            proxy_temp_path %DIR%/tmp/proxy;
            fastcgi_temp_path %DIR%/tmp/fastcgi;
            uwsgi_temp_path %DIR%/tmp/uwsgi;
            scgi_temp_path %DIR%/tmp/scgi;

$args{http}
$server
        }
    };

    my $config = qq{
        $load
        $user
        worker_processes $workers;
        daemon off;
        pid %DIR%/nginx.pid;
        error_log %DIR%/error.log info;

$args{main}

        events {
            worker_connections 512;
        }
$http
    };

    $config =~ s/%PORT(\d*)%/$self->port($1)/ge;
    $config =~ s/%UPSTREAM%/127.0.0.1:$upstream/g;
    $config =~ s/%DIR%/$self->dir/ge;

    $self->write_file('nginx.conf', $config);
}


# The pid file is written when nginx listens.

sub launch {
    my ($self) = @_;

    my $dir = $self->dir;
    my $pid = $self->spawn('stderr.log', '-e', "$dir/error.log");

    $self->{pid} = $pid;
    my $exited;

    wait_for {
        $exited = waitpid($pid, WNOHANG) != 0;
        $exited || -s "$dir/nginx.pid";
    };

    return 1 if !$exited && -s "$dir/nginx.pid";

    if (!$exited) {
        kill KILL => $pid;
        waitpid $pid, 0;
    }

    return 0;
}


sub spawn {
    my ($self, $output, @options) = @_;

    my $dir = $self->dir;
    my $pid = fork // die "fork: $!";

    return $pid if $pid;

    # not from here back into the test

    $SIG{$_} = 'DEFAULT' for qw(ALRM HUP INT TERM PIPE);
    alarm 0;

    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', "$dir/$output";
    open STDERR, '>&', \*STDOUT;

    no warnings 'exec';
    exec { binary() } 'nginx', '-p', "$dir/", '-c', "$dir/nginx.conf", @options;
    print STDERR binary(), ": $!\n";
    POSIX::_exit(127);
}


sub binary {
    return $ENV{TEST_NGINX_BINARY} if $ENV{TEST_NGINX_BINARY};

    for my $dir (split(/:/, $ENV{PATH} // ''), '/usr/sbin') {
        return "$dir/nginx" if -x "$dir/nginx";
    }

    return '/usr/sbin/nginx';
}


sub free_port {
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
        or die "no free port: $@";

    return $socket->sockport;
}


1;
