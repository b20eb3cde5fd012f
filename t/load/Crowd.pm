package Crowd;

# Processes that all do the same until they have done it or are told to stop.
#
#     my $crowd = Crowd->start(24, 'some tokens', sub {
#         my ($number, $told) = @_;          # 0 .. 23
#
#         while ($told->() ne 'stop') { ... }
#
#         return { responses => 17 };        # what Storable can keep
#     });
#
#     $crowd->tell('other tokens');          # what $told->() is from now on
#     my @results = $crowd->stop;            # of all of them
#     my @results = $crowd->finish;          # the same, but each takes its time
#
# It is one system call to ask what was told: this is done for each request.

use strict;
use warnings;

use File::Temp;
use POSIX ();
use Storable qw(fd_retrieve store_fd);


sub start {
    my ($class, $n, $text, $sub) = @_;

    my $self = bless { dir => File::Temp->newdir(TMPDIR => 1), pipes => [],
                       pids => [], owner => $$ }, $class;

    $self->tell($text);

    for my $number (0 .. $n - 1) {
        pipe my $read, my $write or die "pipe: $!";

        my $pid = fork // die "fork: $!";

        if ($pid == 0) {
            close $read;
            $self->work($sub, $number, $write);
        }

        push @{$self->{pids}}, $pid;
        push @{$self->{pipes}}, $read;
    }

    return $self;
}


# A link, as it is replaced and read at once.

sub tell {
    my ($self, $text) = @_;

    my $name = $self->{dir}->dirname . '/told';

    symlink ":$text", "$name.new" or die "$name.new: $!";
    rename "$name.new", $name or die "$name: $!";
}


sub stop {
    my ($self) = @_;

    $self->tell('stop');

    return $self->finish;
}


sub finish {
    my ($self) = @_;

    my @results = map { scalar eval { fd_retrieve($_) } } @{$self->{pipes}};

    waitpid $_, 0 for splice @{$self->{pids}};

    die 'a client has died' if grep { !defined } @results;

    return @results;
}


sub work {
    my ($self, $sub, $number, $write) = @_;

    $SIG{$_} = 'DEFAULT' for qw(HUP INT TERM);

    my $name = $self->{dir}->dirname . '/told';
    my $told = sub { substr readlink($name) // ':stop', 1 };

    my $result = eval { $sub->($number, $told) };

    warn $@ if !$result;
    store_fd($result, $write) if $result;
    close $write;

    POSIX::_exit($result ? 0 : 1);
}


sub DESTROY {
    my ($self) = @_;

    return if $self->{owner} != $$;

    local $?;
    kill TERM => @{$self->{pids}};
    waitpid $_, 0 for @{$self->{pids}};
}


1;
