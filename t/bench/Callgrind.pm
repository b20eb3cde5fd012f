package Callgrind;

# An nginx whose instructions are counted.
#
#     my $nginx = Callgrind->start(http => $config, ...);      # as Nginx.pm
#     my $count = $nginx->count(port => 1, status => 200,
#                               requests => [@bytes], few => 100);
#
# The first "few" requests are not counted (caches, buffers, lazy binding), the
# next "few" and all that are left are counted each for themselves.  Both have
# the same signal, the same dump and the same accept in it: their difference,
# divided by the difference of their numbers, is what one request costs.
#
#     $count->{total}          instructions in user space, for a request, but
#                              those that nginx has once a second
#     $count->{crypto}         those of libcrypto, with all that it calls
#     $count->{allocations}    calls of malloc(), calloc(), realloc(), ...
#     $count->{functions}      those of each function by itself, "object:name"
#     $count->{file}           callgrind's file of the last part
#
# One process (no master), which is nginx itself.  It ends with the program.
# Its malloc() is that of malloc.c.

use strict;
use warnings;

use File::Basename qw(basename dirname);
use File::Temp;

use Time::HiRes qw(sleep);

use Nginx;
use Requests;

my @SUMS = qw(total crypto allocations);
my $dir = File::Temp->newdir('ngx-http-jwt-bench-XXXXXX', TMPDIR => 1);


sub start {
    my ($class, $name, %args) = @_;

    my $out = "$dir/$name";

    local $ENV{CALLGRIND_OUT} = $out;
    local $ENV{CALLGRIND_PRELOAD} = memory();
    local $ENV{CALLGRIND_NGINX} = Nginx::binary();
    local $ENV{TEST_NGINX_BINARY} = dirname(__FILE__) . '/callgrind';
    local $ENV{TEST_NGINX_MODULE} = '' if !$args{module};

    my $nginx = Nginx->start(%args, main => 'master_process off;');

    return bless { nginx => $nginx, out => $out, part => 0 }, $class;
}


# The library that has malloc() of constant cost.

sub memory {
    my ($source, $library) = (dirname(__FILE__) . '/malloc.c',
                              "$dir/malloc.so");

    return $library if -e $library;

    system(qw(cc -O2 -fPIC -shared -fno-builtin -o), $library, $source) == 0
        or die "cannot compile $source";

    return $library;
}


sub count {
    my ($self, %args) = @_;

    my @requests = @{$args{requests}};
    my $few = $args{few};
    my $line = Requests->new($self->{nginx}->port($args{port}));

    my $send = sub { $line->get($_, $args{status}) for @_; $self->dump };

    $send->(splice @requests, 0, $few);

    my $less = read_part($send->(splice @requests, 0, $few));
    my $file = $send->(@requests);

    return { %{difference($less, read_part($file), @requests - $few)},
             file => $file };
}


# Writes a part, and returns the name of its file.  A signal that comes between
# nginx's look at it and its wait for events is seen with the next event only:
# so it is sent when nginx waits, and if it does not another one wakes it.

sub dump {
    my ($self) = @_;

    my $file = $self->{out} . '.' . ++$self->{part};

    sleep 0.05;
    kill USR1 => $self->{nginx}->pid;

    return $file if wait_for { ends($file) } 5;

    kill ALRM => $self->{nginx}->pid;
    wait_for { ends($file) } or die "callgrind did not write $file";

    return $file;
}


sub ends {
    my ($file) = @_;

    open my $part, '<', $file or return 0;
    seek $part, -100, 2 or return 0;
    local $/;

    return <$part> =~ /^totals: \d+$/m;
}


sub difference {
    my ($less, $more, $times) = @_;

    my %functions = %{$more->{functions}};

    $functions{$_} -= $less->{functions}{$_} for keys %{$less->{functions}};
    $_ /= $times for values %functions;

    return { functions => \%functions,
             map { $_ => ($more->{$_} - $less->{$_}) / $times } @SUMS };
}


# The format is in valgrind's manual.  A name is written once, later only its
# number in parentheses; the line after "calls=" is what was spent in there.

sub read_part {
    my ($file) = @_;

    my (%name, %now, $calls);
    my %part = (functions => {}, map { $_ => 0 } @SUMS);

    open my $lines, '<', $file or die "$file: $!";

    while (<$lines>) {

        if (/\A(c?)(ob|fn)=(\(\d+\))(?: (.*))?/) {
            $name{"$2$3"} = $4 if defined $4;
            $now{"$1$2"} = $name{"$2$3"};

        } elsif (/\Acalls=(\d+)/) {
            $calls = $1;

        } elsif (/\A(?:[+-]?\d+|\*) (\d+)/) {

            if (defined $calls) {
                $now{cob} //= $now{ob};
                add_call(\%part, \%now, $calls, $1);
                delete $now{cob};
                undef $calls;
                next;
            }

            $part{total} += $1;
            $part{crypto} += $1 if is_crypto($now{ob});
            $part{functions}{basename($now{ob}) . ":$now{fn}"} += $1;
        }
    }

    return \%part;
}


sub add_call {
    my ($part, $now, $calls, $spent) = @_;

    # the texts of the time, which nginx makes once a second

    $part->{total} -= $spent
        if $now->{fn} =~ /\Angx_time_(?:sigsafe_)?update\z/;

    $part->{crypto} += $spent if is_crypto($now->{ob})
                                 && !is_crypto($now->{cob});

    $part->{allocations} += $calls if is_memory($now->{cob})
                                      && !is_memory($now->{ob})
                                      && $now->{cfn} !~ /free/;
}


sub is_crypto { $_[0] =~ m{/libcrypto\.so[^/]*\z} }

sub is_memory { $_[0] =~ m{/malloc\.so\z} }


1;
