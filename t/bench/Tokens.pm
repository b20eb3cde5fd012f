package Tokens;

# Tokens and requests for measurements.  A token has the claims that those of
# an identity provider have, and with HS256 it is of 1.1 KB.
#
#     my $token = usual('RS256');
#     my @tokens = fresh('RS256', 500);            # each another one
#     my $bytes = request($token);                 # or request(undef)
#     my $keys = key_set();                        # the keys of all of them
#     my $many = key_set(999);                     # and so many others
#
# Options of both: iss => ..., aud => ..., exp => ..., kid => ..., fill => 0.

use strict;
use warnings;

use Crypt::PK::ECC;
use Crypt::PK::Ed25519;
use Crypt::PK::RSA;
use Digest::SHA qw(sha256_hex);
use File::Basename qw(dirname);

use Token;

use Exporter qw(import);
our @EXPORT = qw(usual fresh request key_set);

use constant LENGTH => 1126;

my $dir = dirname(__FILE__) . '/../lib/keys';
my %kid = map { $_ => 'key-' . substr sha256_hex($_), 0, 24 }
          map { usual_key($_) } qw(HS256 RS256 ES256 EdDSA);

# read once: this is what takes the time

my %private = (
    rsa => Crypt::PK::RSA->new("$dir/rsa.pem"),
    ec256 => Crypt::PK::ECC->new("$dir/ec256.pem"),
    ed25519 => Crypt::PK::Ed25519->new("$dir/ed25519.pem"),
    SECRET() => SECRET,
);


sub usual { (fresh($_[0], 1, @_[1 .. $#_]))[0] }


sub fresh {
    my ($alg, $count, %option) = @_;

    my $fill = $option{fill} // fill();

    return map { make($alg, $_, $fill, %option) } 1 .. $count;
}


sub fill {
    my ($text, $length) = ('', length make('HS256', 0, ''));

    # base64url: 4 characters for 3 bytes

    return 'x' x ((LENGTH - $length) * 3 / 4);
}


sub make {
    my ($alg, $number, $fill, %option) = @_;

    my $name = usual_key($alg);
    my $now = $option{now} // time;

    my %claims = (
        iss => $option{iss} // 'https://idp.example.com/realms/corp',
        aud => $option{aud} // 'https://api.example.com',
        sub => 'f3f0a8f4-5f0b-4e53-9a53-27c1a2e5d6b1',
        exp => $option{exp} // $now + 86400,
        iat => $now - 60,
        nbf => $now - 60,
        jti => sprintf('%08d-0e6c-4b7a-8f4e-2b9c5a1d7e30', $number),
        azp => 'web', sid => '7f1d0c9a', scope => 'openid profile email',
        email => 'alice@example.com', email_verified => \1,
        name => 'Alice Example', preferred_username => 'alice',
        realm_access => { roles => [qw(reader writer offline_access)] },
        note => $fill,
    );

    return token($alg, \%claims, key => $option{key} // $private{$name},
                 kid => $option{kid} // $kid{$name},
                 header => { typ => 'JWT' });
}


# As curl writes it, with the header fields that most clients have.

sub request {
    my ($token) = @_;

    return join "\r\n", 'GET /page HTTP/1.1', 'Host: api.example.com',
                        'User-Agent: bench/1.0', 'Accept: */*',
                        defined $token ? "Authorization: Bearer $token" : (),
                        '', '';
}


# A key of each kind among others, which come first.

sub key_set {
    my ($others) = @_;

    my @others = map { ["another secret $_", kid => sprintf 'other-%08d', $_] }
                 1 .. $others // 0;

    return jwks(@others, map { [$_, kid => $kid{$_}] } sort keys %kid);
}


1;
