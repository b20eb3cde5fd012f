package Provider::Server;

# The process of Provider.pm: a loop over its listeners, their connections and
# the questions of the test.  It ends when the test does.

use strict;
use warnings;

use Errno qw(EAGAIN EINTR EWOULDBLOCK);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::IP;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(IPPROTO_TCP SOCK_STREAM SOL_SOCKET SO_LINGER TCP_NODELAY);
use Storable qw(fd_retrieve store_fd);
use Time::HiRes qw(time);

use constant PACE => 0.002;

my %reason = (200 => 'OK', 301 => 'Moved Permanently', 302 => 'Found',
              304 => 'Not Modified', 307 => 'Temporary Redirect',
              404 => 'Not Found', 500 => 'Internal Server Error',
              503 => 'Service Unavailable');


sub run {
    my ($control, $life) = @_;

    $SIG{$_} = 'DEFAULT' for qw(ALRM HUP TERM);
    $SIG{INT} = $SIG{PIPE} = 'IGNORE';
    alarm($life // 330);

    my $self = bless { control => $control, mode => 'up', listeners => {},
                       connections => {}, table => {}, hold => {} };

    $self->forget;

    eval { $self->serve };
    warn $@ if $@;
    POSIX::_exit($@ ? 1 : 0);
}


sub serve {
    my ($self) = @_;

    while () {
        my @all = values %{$self->{connections}};
        my @next = sort { $a <=> $b } map { $_->{next} // () } @all;

        my $read = IO::Select->new($self->{control}, map { $_->{socket} } @all);
        my $write = IO::Select->new(map { $_->{socket} }
                                    grep { $_->{writes} } @all);

        $read->add(map { $_->{socket} // () } values %{$self->{listeners}})
            if $self->{mode} ne 'full';

        my ($readable, $writable) =
            IO::Select->select($read, $write, undef,
                               @next ? ($next[0] > time ? PACE : 0) : ());

        my %ready = map { fileno $_ => 1 } @{$readable // []},
                                           @{$writable // []};

        for my $connection (@all) {
            my $due = ($connection->{next} // time + 1) <= time;

            $self->proceed($connection)
                if $due || $ready{$connection->{fd}};
        }

        for my $name (sort keys %{$self->{listeners}}) {
            my $socket = $self->{listeners}{$name}{socket};
            $self->accept($name, $socket)
                if $socket && $ready{fileno $socket};
        }

        if ($ready{fileno $self->{control}}) {
            $self->answer_test or return;
        }
    }
}


# The test: a question is the name of a sub and its arguments.

sub answer_test {
    my ($self) = @_;

    my $question = eval { fd_retrieve($self->{control}) } or return 0;
    my ($method, @arguments) = @$question;

    my $value = eval { $self->$method(@arguments) };
    my $error = $@ eq '' ? undef : $@;

    store_fd({ value => $value, error => $error }, $self->{control});
    $self->{control}->flush;

    return 1;
}


sub set { $_[0]{table}{$_[1]} = [$_[2]]; return }

sub also { push @{$_[0]{table}{$_[1]}}, $_[2]; return }

sub remove { delete $_[0]{table}{$_[1]}; return }

sub hold { $_[0]{hold}{$_[1]} = 1; return }

sub use_tls { $_[0]{tls} = $_[1]; return }

sub report { $_[0]{came}{$_[1]} }

sub connections { scalar keys %{$_[0]{connections}} }


sub waiting {
    my ($self, $path) = @_;

    return grep { $_->{held} && (!defined $path || $_->{path} eq $path) }
           values %{$self->{connections}};
}


sub release {
    my ($self, $path) = @_;

    my @paths = defined $path ? $path : keys %{$self->{hold}};

    delete @{$self->{hold}}{@paths};

    for my $connection (values %{$self->{connections}}) {
        next if !$connection->{held} || $self->{hold}{$connection->{path}};

        $connection->{held} = 0;
        $self->respond($connection);
    }

    return;
}


sub forget {
    my ($self) = @_;

    $self->{came} = { requests => [], tls_errors => [], sni => '',
                      accepted => 0, handshakes => 0 };
    return;
}


sub drop_all {
    my ($self) = @_;

    $self->drop($_) for values %{$self->{connections}};
    return;
}


# Listeners.  A socket that does not listen keeps the port when none does.

sub listen_to {
    my ($self, $host, $path, $tls) = @_;

    $self->{tls} = $tls;
    $self->{listeners}{unix}{path} = $path;

    for my $name ('http', $tls ? 'https' : ()) {
        my $kept = bound($host, 0);

        $self->{listeners}{$name} = { host => $host, kept => $kept,
                                      port => $kept->sockport };
    }

    $self->mode('up');

    return { map { $_ => $self->{listeners}{$_}{port} }
             keys %{$self->{listeners}} };
}


sub bound {
    my ($host, $port) = @_;

    my $class = $host =~ /:/ ? 'IO::Socket::IP' : 'IO::Socket::INET';

    return $class->new(LocalAddr => $host, LocalPort => $port, Proto => 'tcp',
                       Type => SOCK_STREAM, ReusePort => 1)
           // die "no port $port on $host: $@";
}


sub mode {
    my ($self, $mode) = @_;

    $self->{mode} = $mode;

    for my $listener (values %{$self->{listeners}}) {
        close $_ for grep { defined } delete @$listener{qw(socket filler)};

        next if $mode eq 'down';

        if (defined $listener->{path}) {
            unlink $listener->{path};
            $listener->{socket} =
                IO::Socket::UNIX->new(Local => $listener->{path}, Listen => 128)
                // die "$listener->{path}: $!";
            chmod 0777, $listener->{path};
            next;
        }

        $listener->{socket} = bound(@$listener{qw(host port)});
        listen $listener->{socket}, $mode eq 'full' ? 0 : 128
            or die "listen: $!";

        # the queue has one place; the kernel then ignores who wants to connect

        $listener->{filler} =
            (ref $listener->{socket})->new(PeerAddr => $listener->{host},
                                           PeerPort => $listener->{port})
            if $mode eq 'full';
    }

    return;
}


sub accept {
    my ($self, $name, $listener) = @_;

    my $socket = $listener->accept // return;

    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1 if $name ne 'unix';
    $socket->blocking(0);
    $self->{came}{accepted}++;

    my $connection = { fd => fileno $socket, socket => $socket, in => '',
                       out => [], silent => $self->{mode} eq 'silent' };

    if ($name eq 'https' && !$connection->{silent}) {
        require IO::Socket::SSL;
        IO::Socket::SSL->start_SSL($socket, SSL_server => 1,
                                   SSL_startHandshake => 0,
                                   SSL_cert_file => $self->{tls},
                                   SSL_key_file => $self->{tls})
            or die "tls: $IO::Socket::SSL::SSL_ERROR";

        $connection->{shakes} = 1;
    }

    $self->{connections}{$connection->{fd}} = $connection;
    $self->proceed($connection);
}


# Connections

sub proceed {
    my ($self, $connection) = @_;

    return if !$self->{connections}{$connection->{fd}};

    if ($connection->{shakes}) {
        $self->shake($connection) or return;
    }

    $self->read($connection) or return;
    $self->write($connection) if @{$connection->{out}};
}


sub shake {
    my ($self, $connection) = @_;

    my $socket = $connection->{socket};
    my $came = $self->{came};

    if ($socket->accept_SSL) {
        $came->{handshakes}++;
        $came->{sni} = $socket->get_servername // '';
        $connection->{shakes} = $connection->{writes} = 0;

        return 1;
    }

    no warnings 'once';
    my $error = $IO::Socket::SSL::SSL_ERROR;

    $connection->{writes} = $error == IO::Socket::SSL::SSL_WANT_WRITE();

    if (!$connection->{writes}
        && $error != IO::Socket::SSL::SSL_WANT_READ())
    {
        push @{$came->{tls_errors}}, "$error";
        $self->drop($connection);
    }

    return 0;
}


sub read {
    my ($self, $connection) = @_;

    my $socket = $connection->{socket};

    while () {
        local $! = 0;
        my $n = sysread $socket, my $bytes, 65536;

        if (!defined $n) {
            return 1 if $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
            $n = 0;
        }

        if ($n == 0) {
            $self->drop($connection);
            return 0;
        }

        next if $connection->{silent} || defined $connection->{path};

        $connection->{in} .= $bytes;

        # TLS on the wrong port

        if ($connection->{in} !~ /\A[A-Z]/) {
            $connection->{path} = '';
            $connection->{out} = ["HTTP/1.1 400 Bad Request\r\n\r\n"];
            return 1;
        }

        $self->take($connection) if $connection->{in} =~ /\r\n\r\n/;
    }
}


sub take {
    my ($self, $connection) = @_;

    my ($path) = $connection->{in} =~ m{\A\S+ (\S*)};

    $path =~ s/\?.*//s if !$self->{table}{$path};
    $connection->{path} = $path;

    push @{$self->{came}{requests}}, { path => $path,
                                       head => $connection->{in} };

    if ($self->{hold}{$path}) {
        $connection->{held} = 1;
        return;
    }

    $self->respond($connection);
}


sub respond {
    my ($self, $connection) = @_;

    my $specs = $self->{table}{$connection->{path}} // [{ status => 404 }];
    my $spec = @$specs > 1 ? shift @$specs : $specs->[0];

    $connection->{out} = [@{$spec->{send}
                            // [response($spec, $connection->{in})]}, ''];
    $connection->{writes} = 1;
}


sub response {
    my ($spec, $request) = @_;

    my $status = $spec->{status} // 200;
    my $body = $spec->{body} // '';
    my @headers = @{$spec->{headers} // []};
    my $etag = $spec->{etag};

    if (defined $etag) {
        ($status, $body) = (304, undef)
            if $request =~ /^If-None-Match:[ \t]*\Q$etag\E\r$/mi;

        push @headers, ETag => $etag;
    }

    push @headers, 'Cache-Control' => "max-age=$spec->{max_age}"
        if defined $spec->{max_age};

    push @headers, 'Content-Type' => $spec->{type} // 'application/json',
                   'Content-Length' => length $body if defined $body;

    my $text = "HTTP/1.1 $status " . ($reason{$status} // 'Status') . "\r\n";

    while (my ($name, $value) = splice @headers, 0, 2) {
        $text .= "$name: $value\r\n";
    }

    return "${text}Connection: close\r\n\r\n" . ($body // '');
}


sub write {
    my ($self, $connection) = @_;

    my $out = $connection->{out};

    return if defined $connection->{next} && $connection->{next} > time;

    delete $connection->{next};
    $connection->{writes} = 1;

    while (@$out) {
        my ($verb, $bytes) = ref $out->[0] ? @{$out->[0]} : (all => $out->[0]);

        if ($verb eq 'stay') {
            $connection->{writes} = 0;
            return;
        }

        return $self->drop($connection, $verb) if !defined $bytes;

        local $! = 0;
        my $n = $bytes eq '' ? 0
              : syswrite $connection->{socket}, $bytes,
                         $verb eq 'slow' ? 1 : length $bytes;

        if (!defined $n) {
            return if $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
            return $self->drop($connection);
        }

        $self->written($out, $verb, $bytes, $n);

        # the loop must see to others too

        if ($verb eq 'slow') {
            $connection->{next} = time + PACE;
            $connection->{writes} = 0;
            return;
        }

        return if $verb eq 'repeat';
    }

    $self->drop($connection);
}


sub written {
    my ($self, $out, $verb, $bytes, $n) = @_;

    my $rest = substr $bytes, $n;

    if ($verb eq 'repeat') {
        unshift @$out, $rest if $n && $rest ne '';

    } elsif ($rest eq '') {
        shift @$out;

    } else {
        $out->[0] = $verb eq 'slow' ? [slow => $rest] : $rest;
    }
}


sub drop {
    my ($self, $connection, $how) = @_;

    my $socket = $connection->{socket};

    delete $self->{connections}{$connection->{fd}};

    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0
        if ($how // '') eq 'reset';

    # it is a plain one again after a handshake that failed

    if ($socket->isa('IO::Socket::SSL')) {
        $socket->close(SSL_no_shutdown => defined $how);

    } else {
        close $socket;
    }
}


1;
