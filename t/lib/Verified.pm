package Verified;

# How often an nginx has verified a signature, and read a JOSE header or claims
# from their JSON, by its debug log.
#
#     my $nginx = Nginx->start(main => VERIFIED, ...);
#     my $n = verified($nginx);        # since the last call
#     is(verified($nginx), 0, ...);    # after a response it is written
#     is(headers_read($nginx), 1, ...);
#     is(claims_read($nginx), 1, ...);
#
# Headers are those of signed tokens, also of those inside of others.

use strict;
use warnings;

use Exporter qw(import);
our @EXPORT = qw(verified headers_read claims_read VERIFIED);

use constant VERIFIED => 'error_log %DIR%/debug.log debug;';

my %read;


sub verified { logged($_[0], qr/ jwt signature: /) }

sub headers_read { logged($_[0], qr/ jwt header is read$/) }

sub claims_read { logged($_[0], qr/ jwt claims are read$/) }


sub logged {
    my ($nginx, $regex) = @_;

    my $path = $nginx->path('debug.log');

    open my $file, '<:raw', $path or die "$path: $!";
    seek $file, $read{$path}{$regex} // 0, 0;

    my $n = 0;

    while (my $line = <$file>) {
        last if $line !~ /\n\z/;
        $n++ if $line =~ $regex;
        $read{$path}{$regex} += length $line;
    }

    return $n;
}


1;
