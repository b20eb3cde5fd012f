package Dns;

# A DNS server for nginx's resolver, which answers what the test says.
#
#     my $dns = Dns->start;
#
#     my $nginx = Nginx->start(
#         http => 'resolver ' . $dns->address . ' valid=1s;' ...);
#
#     $dns->set('idp.test', '127.0.0.1', '::1');  # from now on: A and AAAA
#     $dns->set('idp.test');                      # a name without addresses
#     $dns->remove('idp.test');                   # NXDOMAIN, as at the start
#     $dns->silent('idp.test');                   # no answer at all
#
#     $dns->queries('idp.test')                   # how many of A there were
#
# The time to live is 0: nginx asks again in the next second.

use strict;
use warnings;

use File::Temp;
use IO::Socket::INET;
use POSIX ();
use Socket qw(AF_INET AF_INET6 inet_pton);

use constant { A => 1, AAAA => 28 };

my $owner = $$;
my @started;


sub start {
    my ($class) = @_;

    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                       Proto => 'udp')
        // die "no port for DNS: $@";

    my $self = bless { socket => $socket, port => $socket->sockport,
                       dir => File::Temp->newdir('ngx-http-jwt-dns-XXXXXX',
                                                 TMPDIR => 1) }, $class;

    $self->{pid} = fork // die "fork: $!";

    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(ALRM HUP TERM);
        $SIG{INT} = 'IGNORE';
        alarm 330;

        eval { $self->serve };
        warn $@ if $@;
        POSIX::_exit(1);
    }

    close delete $self->{socket};
    push @started, $self;

    return $self;
}


sub address { "127.0.0.1:$_[0]{port}" }


# What is known of a name is a file: its addresses, line by line.

sub set {
    my ($self, $name, @addresses) = @_;

    my $path = $self->path($name);

    open my $file, '>', "$path.new" or die "$path.new: $!";
    print $file map { "$_\n" } @addresses;
    close $file or die "$path.new: $!";

    rename "$path.new", $path or die "$path: $!";
}


sub silent { $_[0]->set($_[1], 'silent') }

sub remove { unlink $_[0]->path($_[1]) }

sub queries { -s $_[0]->path("$_[1].asked") // 0 }

sub path { $_[0]{dir}->dirname . "/$_[1]" }


sub serve {
    my ($self) = @_;

    while () {
        my $peer = $self->{socket}->recv(my $query, 512) // next;
        my $answer = $self->answer($query) // next;

        $self->{socket}->send($answer, 0, $peer);
    }
}


# RFC 1035, 4.1: one question; undef if nothing is answered.

sub answer {
    my ($self, $query) = @_;

    my ($id, $question) = unpack 'n x10 a*', $query;
    my ($labels, $type) = $question =~ /\A((?:[^\0].*?)?)\0(..)../s
        or return undef;
    my $name = lc join '.', unpack '(C/a)*', $labels;

    $type = unpack 'n', $type;

    if ($type == A) {
        open my $asked, '>>', $self->path("$name.asked") or die $!;
        print $asked '.';
    }

    my ($code, @addresses) = (3);

    if (open my $file, '<', $self->path($name)) {
        chomp(@addresses = <$file>);
        $code = 0;
    }

    return undef if "@addresses" eq 'silent';

    my @data = map { inet_pton($type == A ? AF_INET : AF_INET6, $_) }
               grep { $type == (/:/ ? AAAA : A) } @addresses;

    return pack('n6', $id, 0x8180 | $code, 1, scalar @data, 0, 0)
           . substr($question, 0, length($labels) + 5)
           . join '', map { pack 'n3 N n/a', 0xc00c, $type, 1, 0, $_ } @data;
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    kill TERM => $pid;

    local $?;
    waitpid $pid, 0;
}


END {
    if ($$ == $owner) {
        $_->stop for @started;
    }
}


1;
