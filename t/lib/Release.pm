package Release;

# What differs between the releases of nginx that the tests are run with.  No
# other file of t/ asks for the release.
#
#     Release::nginx()                  1022001 for nginx 1.22.1
#     Release::complains($line)         nginx of this release says that about
#                                       a configuration for all releases
#     Release::cookie_ends_at_comma()   as at ";"
#     Release::certificate_failure()    what is said of a trusted_certificate
#                                       that cannot be read
#     Release::has_mldsa()              the OpenSSL of nginx does

use strict;
use warnings;

use Nginx;

my $nginx;


sub nginx {
    return $nginx if $nginx;

    my $binary = Nginx::binary();
    my ($major, $minor, $patch) =
        qx('$binary' -v 2>&1) =~ m{^nginx version: \S+/(\d+)\.(\d+)\.(\d+)}m
        or die "$binary does not tell its version";

    return $nginx = $major * 1_000_000 + $minor * 1000 + $patch;
}


sub complains {
    my ($line) = @_;

    # "http2 on;" replaces it from 1.25.1 on, and is unknown before

    return nginx() >= 1_025_001
           && $line =~ /the "listen \.\.\. http2" directive is deprecated/;
}


# 1.26 has both, 1.30 only ";" (RFC 6265, 4.2.1)

sub cookie_ends_at_comma { nginx() < 1_030_000 }


# certificates are read once for all who name them, from 1.27.2 on

sub certificate_failure {
    return nginx() >= 1_027_002 ? 'cannot load certificate'
                                : 'SSL_CTX_load_verify_locations(';
}


# from 3.5 on; "running with" is said where it is not the one of the build

sub has_mldsa {
    my $binary = Nginx::binary();
    my %version = qx('$binary' -V 2>&1)
                  =~ /\b(built|running) with OpenSSL (\d+\.\d+)/g;
    my ($major, $minor) = split /\./, $version{running} // $version{built}
                                     // die "$binary does not tell its OpenSSL";

    return $major > 3 || $major == 3 && $minor >= 5;
}


1;
