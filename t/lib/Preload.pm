package Preload;

# A library of this folder that nginx is started with (LD_PRELOAD), and the
# numbers that the test shares with it.
#
#     my $preload = Preload->new('clock.c', 'q');    # numbers, as of pack
#     my $nginx = Nginx->start(...);
#     my $worker = $preload->worker_of($nginx);      # its process id
#
#     $preload->write(60);
#     my ($seconds) = $preload->read;
#
# The library finds the file of the numbers, zeros at first, by the environment:
# PRELOADED_NUMBERS.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp;

use Nginx;


sub new {
    my ($class, $source, $numbers) = @_;

    my $dir = File::Temp->newdir(TMPDIR => 1);
    my $self = bless { dir => $dir, numbers => $numbers }, $class;

    my @command = (split(' ', $ENV{CC} // 'cc'), '-O1', '-shared', '-fPIC',
                   '-o', "$dir/preload.so",
                   abs_path(dirname(__FILE__)) . "/$source", '-ldl');

    system(@command) == 0 or die "@command";

    # for workers that are not root

    chmod 0755, $dir;
    $self->write((0) x length $numbers);
    chmod 0666, "$dir/numbers";

    $ENV{LD_PRELOAD} = "$dir/preload.so";
    $ENV{PRELOADED_NUMBERS} = "$dir/numbers";

    return $self;
}


sub worker_of {
    my ($self, $nginx) = @_;

    delete @ENV{qw(LD_PRELOAD PRELOADED_NUMBERS)};

    wait_for { $nginx->new_workers(0) } or die 'no worker';

    my ($worker) = $nginx->new_workers(0);

    # it has begun when it answers, whatever that is

    $nginx->get('/');

    open my $maps, '<', "/proc/$worker/maps" or die "/proc/$worker/maps: $!";
    die 'not preloaded' if !grep { m{/preload\.so$} } <$maps>;

    return $worker;
}


# Into the same file, which is mapped.

sub write {
    my ($self, @numbers) = @_;

    my $path = "$self->{dir}/numbers";

    open my $file, '+>>:raw', $path or die "$path: $!";
    close $file;

    open $file, '+<:raw', $path or die "$path: $!";
    syswrite $file, pack($self->{numbers}, @numbers);
}


sub read {
    my ($self) = @_;

    my $path = "$self->{dir}/numbers";

    open my $file, '<:raw', $path or die "$path: $!";
    local $/;

    return unpack $self->{numbers}, <$file>;
}


1;
