package Tls;

# Certificates of a test, made when they are asked for.
#
#     authority()            file of the CA, for trusted_certificate
#     certificate('good')    file with key and certificate: see the table
#
# Names in the good ones: localhost, 127.0.0.1, 127.0.0.2, ::1.  "chained" comes
# with its intermediate CA, "unlinked" without; "strange" is by another CA.
#
# Needs IO::Socket::SSL of Debian's libio-socket-ssl-perl.

use strict;
use warnings;

use File::Temp;
use IO::Socket::SSL::Utils qw(CERT_create KEY_create_ec PEM_cert2string
                              PEM_key2string);

use Exporter qw(import);
our @EXPORT = qw(authority certificate);

use constant DAY => 24 * 3600;

# "by": who signs, "test CA" if it is not said

my %kind = (
    good     => {},
    other    => { names => [[DNS => 'other.example']] },
    expired  => { from => -20, to => -10 },
    future   => { from => 10, to => 20 },
    self     => { by => undef },
    strange  => { by => 'another CA' },
    chained  => { by => 'intermediate CA', chain => 1 },
    unlinked => { by => 'intermediate CA' },
);

my @names = ([DNS => 'localhost'], [IP => '127.0.0.1'], [IP => '127.0.0.2'],
             [IP => '::1']);

my $dir;
my %authority;


sub authority { write_pem('ca', PEM_cert2string((signer('test CA'))[0])) }


sub certificate {
    my ($name) = @_;

    my $kind = $kind{$name} // die "no certificate \"$name\"";
    my $by = exists $kind->{by} ? $kind->{by} : 'test CA';
    my ($issuer) = defined $by ? signer($by) : ();

    my ($cert, $key) = create("localhost, $name", $by,
                              purpose => 'server',
                              subjectAltNames => $kind->{names} // \@names,
                              not_before => time + DAY * ($kind->{from} // -1),
                              not_after => time + DAY * ($kind->{to} // 10));

    return write_pem($name, PEM_key2string($key), PEM_cert2string($cert),
                     $kind->{chain} ? PEM_cert2string($issuer) : ());
}


# Certificate and key of a CA; the intermediate one is signed by the first.

sub signer {
    my ($name) = @_;

    $authority{$name} //= [
        create($name, $name eq 'intermediate CA' ? 'test CA' : undef,
               CA => 1, not_before => time - DAY, not_after => time + 10 * DAY)
    ];

    return @{$authority{$name}};
}


sub create {
    my ($name, $by, %option) = @_;

    if (defined $by) {
        @option{qw(issuer_cert issuer_key)} = signer($by);
    }

    return CERT_create(%option, subject => { commonName => $name },
                       key => KEY_create_ec('prime256v1'));
}


sub write_pem {
    my ($name, @pem) = @_;

    $dir //= File::Temp->newdir('ngx-http-jwt-tls-XXXXXX', TMPDIR => 1);

    my $path = $dir->dirname . "/$name.pem";

    return $path if -e $path;

    open my $file, '>', $path or die "$path: $!";
    print $file @pem;
    close $file or die "$path: $!";

    return $path;
}


1;
