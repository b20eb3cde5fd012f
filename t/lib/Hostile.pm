package Hostile;

# A gateway for tables of tokens that somebody made up: t/attack_*.t.
#
#     my $gateway = Hostile->start;
#
#     $gateway->check(                          # all keys, named and nameless
#         ['a.b.c', '401 malformed', 'three letters'],
#     );
#     $gateway->check_at('rsa', [...], ...);    # one RSA key, no secret
#     $gateway->finish;
#
# More than these keys, by name of the location:
#
#     Hostile->start(
#         files     => { keys => jwks('rsa') },
#         locations => { mine => 'auth_jwt_key_file keys;' },
#         server    => q{ resolver ...; },
#     );
#     $gateway->check_at('mine', ...);
#
# A row has a token, the status and $jwt_status, and the name of the check.
# Each token goes through the header Authorization, and through a cookie and a
# query argument too where its characters can.  A refused one must not show its
# claims.  finish checks that only the accepted ones have reached the upstream,
# that the worker is the same, and that the log is printable and has no token.

use strict;
use warnings;

use Test::More;
use Nginx;
use Token;

my $config = q{
    large_client_header_buffers 4 128k;

    auth_jwt "api" token=$http_authorization token=$cookie_t token=$arg_t;

    add_header X-Status $jwt_status always;
    add_header X-Seen "$jwt_claims$jwt_claim_sub$jwt_payload" always;
    add_header X-Pid $pid always;

    proxy_set_header Authorization "";
    proxy_set_header Cookie "";
    proxy_set_header X-User $jwt_claim_sub;
    proxy_set_header X-Kid $jwt_header_kid;
};

my %locations = (
    all   => 'auth_jwt_key_file all;',
    named => 'auth_jwt_key_file named;',
    rsa   => 'auth_jwt_key_file rsa; auth_jwt_key_file ec;',
);

my @keys = qw(rsa ec256 ec384 ec521 ec256k ed25519);


sub start {
    my ($class, %args) = @_;

    my %files = (
        all   => jwks(@keys, SECRET),
        named => jwks(map { [$_, kid => "key $_"] } @keys, SECRET),
        rsa   => pem('rsa'),
        ec    => jwks('ec256'),
        %{delete $args{files} // {}},
    );

    my %inside = (%locations, %{delete $args{locations} // {}});

    my $server = join "\n", $config, delete $args{server} // '', map {
        "location = /$_ { $inside{$_} proxy_pass http://%UPSTREAM%; }"
    } sort keys %inside;

    my $nginx = Nginx->start(%args, files => \%files, server => $server);

    return bless { nginx => $nginx, accepted => 0, pids => {} }, $class;
}


sub check {
    my ($self, @rows) = @_;

    $self->check_at('all', @rows);
}


sub check_at {
    my ($self, $where, @rows) = @_;

    for (@rows) {
        my ($token, $expected, $what) = @$_;
        my %verdicts;

        for my $way ($self->ways($where, $token)) {
            $verdicts{$self->verdict(@$way)} = 1;
        }

        is(join(', ', sort keys %verdicts), $expected, $what);
    }
}


sub ways {
    my ($self, $where, $token) = @_;

    my @ways = (["/$where", Authorization => "Bearer $token"]);

    push @ways, ["/$where", Cookie => "x=y; t=$token; z=1"],
                ["/$where?x=y&t=$token&z=1"]
        if $token =~ m{\A[\w.~=+/\$-]+\z};

    return @ways;
}


sub verdict {
    my ($self, @request) = @_;

    my $answer = $self->{last} = $self->{nginx}->get(@request);
    my $passed = $answer->status == 200;
    my $seen = $answer->header('X-Seen') // '';

    $self->{accepted}++ if $passed;
    $self->{pids}{$answer->header('X-Pid')} = 1;

    return join ' ', $answer->status, $answer->header('X-Status'),
                     $passed || $seen eq '' ? () : "shows $seen";
}


# What the last accepted token has made of the upstream's request.

sub upstream_request { $_[0]{last}->body }

sub nginx { $_[0]{nginx} }


# What nginx itself says of a request line or a header may have a token in it.

sub finish {
    my ($self) = @_;

    my @log = grep { !/client sent (?:invalid|duplicate) header line/ }
              map { s/, client: .*//r } split /\n/, $self->{nginx}->log;

    is($self->{nginx}->upstream_requests, $self->{accepted},
       'no refused token reaches upstream');
    is(keys %{$self->{pids}}, 1, 'worker lives');
    is_deeply([grep { /[^ -~\t]/ } @log], [], 'log is printable');
    is_deeply([grep { /eyJ/ } @log], [], 'log has no token');

    done_testing;
}


1;
