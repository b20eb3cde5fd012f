package Verified;

# How often an nginx has verified a signature, by its debug log.
#
#     my $nginx = Nginx->start(main => VERIFIED, ...);
#     my $n = verified($nginx);        # since the last call
#     is(verified($nginx), 0, ...);    # after a response it is written

use strict;
use warnings;

use Exporter qw(import);
our @EXPORT = qw(verified VERIFIED);

use constant VERIFIED => 'error_log %DIR%/debug.log debug;';

my %read;


sub verified {
    my ($nginx) = @_;

    my $path = $nginx->path('debug.log');

    open my $file, '<:raw', $path or die "$path: $!";
    seek $file, $read{$path} // 0, 0;

    my $n = 0;

    while (my $line = <$file>) {
        last if $line !~ /\n\z/;
        $n++ if $line =~ / jwt signature: /;
        $read{$path} += length $line;
    }

    return $n;
}


1;
