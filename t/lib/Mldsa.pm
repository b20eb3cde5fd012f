package Mldsa;

# Keys and tokens of ML-DSA (RFC 9964), made by the openssl command.
#
#     Mldsa::available()                 openssl has ML-DSA
#
#     my $key = Mldsa->new('ML-DSA-65');
#     $key->jwk(kid => '1')              the public key, a hash
#     $key->pem, $key->private_pem
#     $key->token({ sub => 'alice' }, { kid => '1' })
#     $key->token({}, {}, context => 'JWT')
#     $key->signature($text)
#
#     made_up('ML-DSA-65', %members)     a JWK for which nobody can sign
#
# The environment: TEST_OPENSSL (openssl).

use strict;
use warnings;

use File::Temp;

use Token qw(b64u json raw_token);

use Exporter qw(import);
our @EXPORT = qw(made_up);

# FIPS 204, table 2

my %public_length = ('ML-DSA-44' => 1312, 'ML-DSA-65' => 1952,
                     'ML-DSA-87' => 2592);

my $openssl = $ENV{TEST_OPENSSL} // 'openssl';


sub available {
    return qx('$openssl' list -public-key-algorithms 2>&1) =~ /\bML-DSA-65\b/;
}


sub new {
    my ($class, $alg) = @_;

    my $dir = File::Temp->newdir;
    my $self = bless { alg => $alg, dir => $dir }, $class;

    $self->run('genpkey', '-algorithm', $alg, '-out', "$dir/private");
    $self->run('pkey', '-in', "$dir/private", '-pubout', '-out', "$dir/pem");
    $self->run('pkey', '-in', "$dir/private", '-pubout', '-outform', 'DER',
               '-out', "$dir/der");

    # of a SubjectPublicKeyInfo the key is the end

    $self->{public} = substr $self->read('der'), -$public_length{$alg};

    return $self;
}


sub jwk {
    my ($self, %members) = @_;

    return { kty => 'AKP', alg => $self->{alg}, pub => b64u($self->{public}),
             %members };
}


sub pem { $_[0]->read('pem') }

sub private_pem { $_[0]->read('private') }


sub token {
    my ($self, $claims, $header, %options) = @_;

    return raw_token(json({ alg => $self->{alg}, %{$header // {}} }),
                     json({ sub => 'alice', exp => time + 3600,
                            %{$claims // {}} }),
                     sub { $self->signature($_[0], %options) });
}


sub signature {
    my ($self, $text, %options) = @_;

    my $dir = $self->{dir};
    my @context = defined $options{context}
                  ? ('-pkeyopt', "context-string:$options{context}") : ();

    open my $file, '>:raw', "$dir/text" or die "$dir/text: $!";
    print $file $text;
    close $file or die "$dir/text: $!";

    $self->run('pkeyutl', '-sign', '-rawin', '-inkey', "$dir/private",
               @context, '-in', "$dir/text", '-out', "$dir/signature");

    return $self->read('signature');
}


sub made_up {
    my ($alg, %members) = @_;

    return { kty => 'AKP', alg => $alg,
             pub => b64u("\7" x $public_length{$alg}), %members };
}


sub run {
    my ($self, @command) = @_;

    system { $openssl } $openssl, @command;
    die "openssl @command failed\n" if $?;
}


sub read {
    my ($self, $name) = @_;

    open my $file, '<:raw', "$self->{dir}/$name" or die "$name: $!";
    local $/;

    return scalar <$file>;
}


1;
