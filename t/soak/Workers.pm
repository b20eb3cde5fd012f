package Workers;

# What the processes of an nginx use, and what is done to them.
#
#     my $workers = Workers->of($nginx);
#     $workers->now               the process ids of those that accept
#     $workers->reload            starts others; returns when they are there
#     $workers->kill              one, by the signal 9
#     $workers->gone              { PID => 'killed' or 'replaced' }
#     resident($pid)              kilobytes
#     descriptors($pid), shared($pid)

use strict;
use warnings;

use Nginx;

use Exporter qw(import);
our @EXPORT = qw(resident descriptors shared);


sub of {
    my ($class, $nginx) = @_;

    my $self = bless { nginx => $nginx, gone => {}, started => 0 }, $class;

    $self->come;

    return $self;
}


sub now { @{$_[0]{now}} }

sub gone { $_[0]{gone} }


sub come {
    my ($self) = @_;

    my $nginx = $self->{nginx};
    my $missing = $nginx->workers - grep { !$self->{gone}{$_} }
                                    @{$self->{now} // []};
    my @new;

    $self->{started} += $missing;

    wait_for {
        @new = $nginx->new_workers(0);
        @new >= $self->{started};
    } or die 'a worker is missing';

    $self->{now} = [grep { !$self->{gone}{$_} }
                    @new[-$nginx->workers .. -1]];

    die 'a worker has ended by itself' if $self->now != $nginx->workers
                                          || @new > $self->{started};
}


sub reload {
    my ($self) = @_;

    $self->{gone}{$_} //= 'replaced' for $self->now;

    kill HUP => $self->{nginx}->pid;
    $self->come;
}


sub kill {
    my ($self) = @_;

    my @now = $self->now;
    my $pid = $now[rand @now];

    # the old ones stay in front

    $self->{gone}{$pid} = 'killed';
    $self->{kept} = [grep { $_ != $pid } @now];

    CORE::kill KILL => $pid;

    my $nginx = $self->{nginx};
    my @new;

    $self->{started}++;

    wait_for {
        @new = $nginx->new_workers(0);
        @new >= $self->{started};
    } or die 'no worker comes for one that was killed';

    $self->{now} = [@{$self->{kept}}, $new[-1]];
}


sub resident { field($_[0], 'status', qr/^VmRSS:\s*(\d+)/m) }


sub descriptors {
    my ($pid) = @_;

    return scalar(() = glob "/proc/$pid/fd/*");
}


# kilobytes of memory that all workers share

sub shared {
    my ($pid) = @_;

    no warnings 'portable';

    my $sum = 0;

    for (split /\n/, slurp("/proc/$pid/maps")) {
        $sum += hex($2) - hex($1) if /^(\w+)-(\w+) rw-s /;
    }

    return $sum / 1024;
}


sub field {
    my ($pid, $name, $regex) = @_;

    return (slurp("/proc/$pid/$name") =~ $regex)[0];
}


sub slurp {
    my ($path) = @_;

    open my $file, '<', $path or die "$path: $!";
    local $/;

    return <$file>;
}


1;
