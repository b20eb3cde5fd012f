package Clock;

# An nginx for which time passes as fast as the test says.
#
#     my $nginx = Nginx->start(Clock->before, server => ...);
#     my $clock = Clock->of($nginx);
#
#     $clock->forward(3600);             # seconds
#
# When forward() returns, the timers that are due by then have been handled.  It
# is the clock of timers and of the ages of keys that moves; the time of day,
# by which tokens expire, does not.  There has to be one worker.

use strict;
use warnings;

use Nginx;
use Preload;

my ($preload, $seconds);


# What Nginx.pm is started in: the environment, for the master and its children.

sub before {
    ($preload, $seconds) = (Preload->new('clock.c', 'q'), 0);

    # the library comes before that of AddressSanitizer, and may

    $ENV{ASAN_OPTIONS} .= ':verify_asan_link_order=0' if $ENV{ASAN_OPTIONS};

    return;
}


sub of {
    my ($class, $nginx) = @_;

    $preload->worker_of($nginx);

    return bless { nginx => $nginx }, $class;
}


# The worker looks at its clock, and then at its timers, before it answers.

sub forward {
    my ($self, $more) = @_;

    $preload->write($seconds += $more);
    $self->{nginx}->get('/');
}


1;
