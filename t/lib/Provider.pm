package Provider;

# An identity provider that does what the test says, while it runs.
#
#     my $idp = Provider->start;                 # serves the public key "rsa"
#     my $idp = Provider->start(tls => 'good',   # by https too: see Tls.pm
#                               host => '127.0.0.2', path => '/tenant',
#                               keys => ['rsa', ['ec256', kid => '2']],
#                               life => 600);      # seconds at most, or 330
#
#     my $nginx = Nginx->start(
#         http => q{
#             auth_jwt_provider corp {
#                 issuer } . $idp->issuer . q{;
#                 trusted_certificate } . $idp->ca . q{;
#             }
#         }, ...);
#
#     my $token = token('RS256', { iss => $idp->issuer, exp => time + 60 });
#
# Addresses.  The issuer is below https with "tls", else below http; the same
# paths are served by http, by https and by a unix socket.
#
#     $idp->issuer                         http://127.0.0.1:PORT or https:...
#     $idp->http('/jwks')                  http://127.0.0.1:PORT/jwks
#     $idp->https('/jwks', 'localhost')    https://localhost:PORT/jwks
#     $idp->unix('/jwks')                  http://unix:/tmp/...:/jwks
#     $idp->ca                             file, for trusted_certificate
#
# Answers.  Every change is done when the call returns; it holds for requests
# that come later.  A path without an answer gives 404; "?..." is a part of
# the path if it was set with it.
#
#     $idp->keys('rsa', ['ec256', kid => '2']);  # /jwks: others from now on
#     $idp->metadata(jwks_uri => ...);           # the discovery document; undef
#                                                # takes a member out
#     $idp->set('/jwks', status => 200, body => jwks('rsa'), max_age => 60,
#               etag => '"1"', headers => ['X-Name' => 'value'], type => ...);
#     $idp->also('/jwks', status => 500);        # after it; the last one stays
#     $idp->set('/jwks', send => [...]);         # any bytes: see below
#     $idp->set('/jwks', bad_answer('reset', jwks('rsa')));  # Provider/Bad.pm
#     $idp->redirects('/jwks', '/target', 3);    # hops: 1 unless it is said
#     $idp->remove('/jwks');
#
# An "etag" makes it 304 for a request that has it in If-None-Match.
#
#     $idp->hold('/jwks');                 # requests wait there from now on
#     wait_for { $idp->held('/jwks') };    # how many wait
#     $idp->release('/jwks');              # answered by what is set by now
#
# What "send" may have, one after another, then the connection is closed:
#
#     'bytes'              as they are
#     [slow => 'bytes']    one at a time
#     [repeat => 'bytes']  without end
#     ['stay']             waits until the other side closes
#     ['reset']            closes with RST
#     ['cut']              closes without an end of TLS
#
# Listeners, all of them at once:
#
#     $idp->down          connections are refused; nobody gets the ports
#     $idp->silent        accepts and says nothing, nothing of TLS either
#     $idp->full          connections neither succeed nor fail (not unix)
#     $idp->up            as at the start
#     $idp->drop          closes what is open
#     $idp->certificate('expired')    another one: see Tls.pm
#
# What came.  Use wait_for for what need not have come yet.
#
#     $idp->count('/jwks')       number of requests; without a path: of all
#     $idp->requests('/jwks')    the same as received; scalar: their number
#     $idp->last('/jwks')        the last one, '' if there is none
#     $idp->sni                  name asked for at the last handshake of TLS,
#                                '' if there was none in it
#     $idp->handshakes           number of good ones
#     $idp->tls_errors           texts of failed ones
#     $idp->accepted, $idp->open number of connections, ever and now
#     $idp->forget               begins to count anew

use strict;
use warnings;

use File::Temp;
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC);
use Storable qw(fd_retrieve store_fd);

use Provider::Bad;
use Provider::Server;
use Token;

use Exporter qw(import);
our @EXPORT = qw(bad_answer bad_answers odd_answers many_keys);

my $owner = $$;
my @started;


sub start {
    my ($class, %args) = @_;

    my $self = bless {
        host => $args{host} // '127.0.0.1',
        path => $args{path} // '',
        dir => File::Temp->newdir('ngx-http-jwt-idp-XXXXXX', TMPDIR => 1),
    }, $class;

    # for workers that are not root

    chmod 0755, $self->{dir}->dirname;

    if ($args{tls}) {
        require Tls;
        $self->{ca} = Tls::authority();
        $self->{tls} = Tls::certificate($args{tls});
    }

    socketpair $self->{control}, my $control, AF_UNIX, SOCK_STREAM, PF_UNSPEC
        or die "socketpair: $!";

    $self->{pid} = fork // die "fork: $!";

    if ($self->{pid} == 0) {
        close $self->{control};
        Provider::Server::run($control, $args{life});
    }

    push @started, $self;

    $self->{ports} = $self->ask('listen_to', $self->{host}, $self->socket,
                                $self->{tls});
    $self->metadata;
    $self->keys(@{$args{keys} // ['rsa']});

    return $self;
}


# Addresses

sub issuer {
    my ($self) = @_;

    return $self->{tls} ? $self->https($self->{path})
                        : $self->http($self->{path});
}


sub http { my $self = shift; return $self->url('http', @_) }

sub https { my $self = shift; return $self->url('https', @_) }

sub unix { 'http://unix:' . $_[0]->socket . ":$_[1]" }

sub socket { $_[0]{dir}->dirname . '/socket' }

sub port { $_[0]{ports}{$_[1] // 'http'} // die "no port for $_[1]" }

sub ca { $_[0]{ca} // die 'no tls here' }


sub url {
    my ($self, $scheme, $path, $host) = @_;

    $host //= $self->{host};
    $host = "[$host]" if $host =~ /:/;

    return "$scheme://$host:" . $self->port($scheme) . ($path // '');
}


# Answers

sub set { my ($self, $path, %spec) = @_; $self->ask('set', $path, \%spec) }

sub also { my ($self, $path, %spec) = @_; $self->ask('also', $path, \%spec) }

sub remove { $_[0]->ask('remove', $_[1]) }

sub hold { $_[0]->ask('hold', $_[1]) }

sub release { $_[0]->ask('release', $_[1]) }


sub keys {
    my ($self, @keys) = @_;

    $self->set("$self->{path}/jwks", body => jwks(@keys));
}


# So many hops from a path to a target, which is a path or a whole URI.

sub redirects {
    my ($self, $path, $target, $hops, $status) = @_;

    $hops //= 1;

    for my $hop (1 .. $hops) {
        my $next = $hop == $hops ? $target : "$path/hop$hop";

        $self->set($hop == 1 ? $path : "$path/hop" . ($hop - 1),
                   status => $status // 302, headers => [Location => $next]);
    }
}


sub metadata {
    my ($self, %member) = @_;

    %member = (issuer => $self->issuer, jwks_uri => $self->issuer . '/jwks',
               token_endpoint => $self->issuer . '/token', %member);

    delete @member{grep { !defined $member{$_} } CORE::keys %member};

    $self->set("$self->{path}/.well-known/openid-configuration",
               body => json(\%member));
}


# Listeners

sub up { $_[0]->ask('mode', 'up') }

sub down { $_[0]->ask('mode', 'down') }

sub silent { $_[0]->ask('mode', 'silent') }

sub full { $_[0]->ask('mode', 'full') }

sub drop { $_[0]->ask('drop_all') }

sub certificate { $_[0]->ask('use_tls', Tls::certificate($_[1])) }


# What came

sub requests {
    my ($self, $path) = @_;

    my @all = @{$self->ask('report', 'requests')};
    my @requests = map { $_->{head} }
                   grep { !defined $path || $_->{path} eq $path } @all;

    return @requests;
}


sub count { scalar $_[0]->requests($_[1]) }

sub last { ($_[0]->requests($_[1]))[-1] // '' }

sub held { $_[0]->ask('waiting', $_[1]) }

sub sni { $_[0]->ask('report', 'sni') }

sub handshakes { $_[0]->ask('report', 'handshakes') }

sub tls_errors { @{$_[0]->ask('report', 'tls_errors')} }

sub accepted { $_[0]->ask('report', 'accepted') }

sub open { $_[0]->ask('connections') }

sub forget { $_[0]->ask('forget') }


sub ask {
    my ($self, @question) = @_;

    store_fd(\@question, $self->{control})
        && $self->{control}->flush
        && (my $answer = eval { fd_retrieve($self->{control}) })
        or die 'the provider has ended';

    die $answer->{error} if defined $answer->{error};

    return $answer->{value};
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    close delete $self->{control};
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
