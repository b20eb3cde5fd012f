package Worker;

# An nginx with one worker on one processor, and what that worker has used.
#
#     my $worker = Worker->start(module => 1, cpu => 0, setting(...));
#     $worker->url('page');                  # a server of Setting.pm
#     $worker->cpu;                          # microseconds, ever
#     $worker->memory;                       # bytes of its own in memory
#     $worker->resident;                     # and with those that it shares
#     $worker->stop;
#
# With workers => 2 there are two of them on that processor: pid and memory are
# those of the first one, the microseconds those of both.

use strict;
use warnings;

use List::Util qw(sum);

use Nginx;


sub start {
    my ($class, %args) = @_;

    my $cpu = delete $args{cpu};
    my $ports = delete $args{ports};
    my $mask = '0' x 63 . '1' . '0' x $cpu;

    local $ENV{TEST_NGINX_MODULE} = '' if !delete $args{module};

    my $nginx = Nginx->start(%args, main => "worker_cpu_affinity $mask;");

    wait_for { $nginx->new_workers(0) == $nginx->workers } or die 'no worker';

    my @pids = $nginx->new_workers(0);

    return bless { nginx => $nginx, ports => $ports, pid => $pids[0],
                   pids => \@pids }, $class;
}


sub port { $_[0]{nginx}->port($_[0]{ports}{$_[1]}) }

sub url { 'http://127.0.0.1:' . $_[0]->port($_[1]) . '/page' }

sub pid { $_[0]{pid} }

sub stop { $_[0]{nginx}->stop }


sub cpu {
    my ($self) = @_;

    return sum(map { (split ' ', slurp("/proc/$_/schedstat"))[0] / 1000 }
               @{$self->{pids}});
}


# what is its own: the zones in shared memory are those of all workers

sub memory {
    my ($self) = @_;

    my ($anonymous) = slurp("/proc/$self->{pid}/status") =~ /^RssAnon:\s*(\d+)/m
        or die 'no RssAnon';

    return 1024 * $anonymous;
}


sub resident {
    my ($self) = @_;

    my ($all) = slurp("/proc/$self->{pid}/status") =~ /^VmRSS:\s*(\d+)/m;

    return 1024 * $all;
}


sub slurp {
    my ($path) = @_;

    open my $file, '<', $path or die "$path: $!";
    local $/;

    return <$file>;
}


1;
