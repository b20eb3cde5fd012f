package Http3;

# HTTP/3 by curl: the one of TEST_CURL, or of the path.
#
#     Http3::missing()                     why there is none; undef if there is
#     my $answer = Http3::get($port, '/', Authorization => 'Bearer ...');
#     my @answers = Http3::get_all($port, ['/a', '/b'], ...);
#     my ($status, $body, $challenge) = @$answer;
#     my $pid = Http3::begin($port, ['/a', '/b'], ...);
#                                          leaves when one of them is refused

use strict;
use warnings;

use File::Temp;
use POSIX ();

use Nginx;

my $curl = $ENV{TEST_CURL} || 'curl';


sub missing {
    my $binary = Nginx::binary();

    return 'nginx has no HTTP/3'
        if qx('$binary' -V 2>&1) !~ /--with-http_v3_module/;
    return 'curl has no HTTP/3' if qx('$curl' -V 2>&1) !~ /^Features:.* HTTP3/m;

    return undef;
}


sub get {
    my ($port, $path, @headers) = @_;

    return (get_all($port, [$path], @headers))[0];
}


sub get_all {
    my ($port, $paths, @headers) = @_;

    my $dir = File::Temp->newdir;
    my %answer;

    open my $output, '-|', command($port, $paths, \@headers, $dir)
        or die "$curl: $!";

    while (<$output>) {
        my ($status, $file, $challenge) = m{\A3 (\d+) (\S+) (.*)\n} or next;
        $answer{$file} = [$status, slurp($file), $challenge];
    }

    close $output;

    return map { $answer{"$dir/$_"} // ['no answer', '', ''] } 0 .. $#$paths;
}


sub begin {
    my ($port, $paths, @headers) = @_;

    my $pid = fork // die "fork: $!";

    return $pid if $pid;

    open STDOUT, '>', '/dev/null';

    no warnings 'exec';
    exec command($port, $paths, \@headers), '--fail', '--fail-early';
    POSIX::_exit(127);
}


# Each body goes to a file of its own in that folder, if there is one.

sub command {
    my ($port, $paths, $headers, $to) = @_;

    my @headers = @$headers;
    my $told = '%{http_version} %{response_code} %{filename_effective}'
               . ' %header{www-authenticate}\n';
    my @command = ($curl, '-sk', '-m', 60, '--http3-only', '--parallel',
                   '-w', $told);

    while (my ($name, $value) = splice @headers, 0, 2) {
        push @command, '-H', "$name: $value";
    }

    for my $i (0 .. $#$paths) {
        push @command, '-o', defined $to ? "$to/$i" : '/dev/null',
                       "https://127.0.0.1:$port$paths->[$i]";
    }

    return @command;
}


sub slurp {
    my ($path) = @_;

    open my $file, '<:raw', $path or return '';
    local $/;

    return <$file> // '';
}


1;
