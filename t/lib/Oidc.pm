package Oidc;

# An identity provider that nobody here wrote: npm's oidc-provider, run by
# t/interop/provider.mjs.
#
#     plan skip_all => Oidc->missing if Oidc->missing;
#
#     my $oidc = Oidc->start(tls => 'good');     # see Tls.pm; without: http
#     $oidc->issuer                              # https://127.0.0.1:PORT
#     $oidc->ca                                  # file, for trusted_certificate
#
#     my $token = $oidc->token('https://api.example.com/ES256');
#     $oidc->rotate;           # signs with new keys, publishes the old ones too
#     $oidc->retire;           # publishes the newest keys only
#
# The last part of a resource is the algorithm of its tokens: RS256, PS256,
# ES256, EdDSA.  A key is named by algorithm and rotation: ES256-1, ES256-2.
#
# The process ends when the test does.  The environment: TEST_INTEROP (where
# tools/install-interop has put the package, build/interop).

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp;
use HTTP::Tiny;
use IO::Select;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use POSIX ();

use constant TIMEOUT => 30;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $dir = $ENV{TEST_INTEROP} // "$root/build/interop";

# that of Debian, whatever else is in the path

my $node = '/usr/bin/node';

my $owner = $$;
my @started;


# Why there can be no provider; undef if there can be one.

sub missing {
    return 'no Node.js: make deps' if !-x $node;
    return 'no oidc-provider: make interop' if !-e "$dir/installed";
    return undef;
}


sub start {
    my ($class, %args) = @_;

    my $self = bless {
        log => File::Temp->new(TEMPLATE => 'ngx-http-jwt-oidc-XXXXXX',
                               TMPDIR => 1),
    }, $class;

    if ($args{tls}) {
        require Tls;
        $self->{ca} = Tls::authority();
        $self->{pem} = Tls::certificate($args{tls});
    }

    pipe my $in, $self->{in} or die "pipe: $!";
    pipe $self->{out}, my $out or die "pipe: $!";

    $self->{pid} = fork // die "fork: $!";

    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(ALRM HUP INT TERM PIPE);
        alarm 0;

        open STDIN, '<&', $in;
        open STDOUT, '>&', $out;
        open STDERR, '>&', $self->{log};

        no warnings 'exec';
        exec { $node } 'node', "$root/t/interop/provider.mjs", $dir,
                       $self->{pem} // ();
        print STDERR "$node: $!\n";
        POSIX::_exit(127);
    }

    push @started, $self;
    close $in;
    close $out;

    ($self->{issuer}) = $self->line =~ /\Aready (\S+)\z/
        or $self->fail('is not ready');

    return $self;
}


sub issuer { $_[0]{issuer} }

sub ca { $_[0]{ca} // die 'no tls here' }

sub rotate { $_[0]->tell('rotate') }

sub retire { $_[0]->tell('retire') }


# An access token for a resource, which is its audience.

sub token {
    my ($self, $resource) = @_;

    my $http = HTTP::Tiny->new(timeout => TIMEOUT, verify_SSL => 1,
                               SSL_options => { SSL_ca_file => $self->{ca} });

    my $answer = $http->post_form("$self->{issuer}/token", {
        grant_type => 'client_credentials',
        scope => 'api:read',
        resource => $resource,
    }, {
        headers => {
            Authorization => 'Basic ' . encode_base64('client:secret', ''),
        },
    });

    $self->fail("gives no token: $answer->{status} $answer->{content}")
        if !$answer->{success};

    return JSON::PP::decode_json($answer->{content})->{access_token};
}


# It has happened when this returns; the names of the published keys.

sub tell {
    my ($self, $order) = @_;

    syswrite $self->{in}, "$order\n";

    my ($kids) = $self->line =~ /\Adone (.*)\z/
        or $self->fail("did not $order");

    return split / /, $kids;
}


sub line {
    my ($self) = @_;

    my $line = '';

    until ($line =~ s/\n\z//) {
        IO::Select->new($self->{out})->can_read(TIMEOUT)
            && sysread $self->{out}, $line, 4096, length $line
            or $self->fail("ended with \"$line\"");
    }

    return $line;
}


sub fail {
    my ($self, $what) = @_;

    open my $log, '<', $self->{log}->filename;
    local $/;

    die "oidc-provider $what:\n" . (<$log> // '');
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    close $self->{in};
    kill TERM => $pid;

    local $?;
    waitpid $pid, 0;
}


END {
    if ($$ == $owner) {
        $_->stop for @started;
    }
}


1;
