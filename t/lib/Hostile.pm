package Hostile;

# A gateway for tables of tokens that somebody made up.
#
#     my $gateway = Hostile->start;
#
#     $gateway->check(                          # all keys, named and nameless
#         ['a.b.c', '401 malformed', 'three letters'],
#     );
#     $gateway->check_at('rsa', [...], ...);    # one RSA key, no secret
#     $gateway->finish;
#
# A row has a token, the status and $jwt_status, and the name of the check.
# Each token goes through the header Authorization, and through a cookie and a
# query argument too where its characters can.  finish checks that only the
# accepted ones have reached the upstream and that the worker is the same.

use strict;
use warnings;

use Test::More;
use Nginx;
use Token;

my $config = q{
    large_client_header_buffers 4 128k;

    auth_jwt "api" token=$http_authorization token=$cookie_t token=$arg_t;

    add_header X-Status $jwt_status always;
    add_header X-Pid $pid always;

    proxy_set_header Authorization "";
    proxy_set_header Cookie "";
    proxy_set_header X-User $jwt_claim_sub;
    proxy_set_header X-Kid $jwt_header_kid;

    location /all {
        auth_jwt_key_file all;
        proxy_pass http://%UPSTREAM%;
    }

    location /named {
        auth_jwt_key_file named;
        proxy_pass http://%UPSTREAM%;
    }

    location /rsa {
        auth_jwt_key_file rsa;
        auth_jwt_key_file ec;
        proxy_pass http://%UPSTREAM%;
    }
};

my @keys = qw(rsa ec256 ec384 ec521 ec256k ed25519);


sub start {
    my ($class) = @_;

    my %files = (
        all   => jwks(@keys, SECRET),
        named => jwks(map { [$_, kid => "key $_"] } @keys, SECRET),
        rsa   => pem('rsa'),
        ec    => jwks('ec256'),
    );

    my $nginx = Nginx->start(files => \%files, server => $config);

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

    $self->{accepted}++ if $answer->status == 200;
    $self->{pids}{$answer->header('X-Pid')} = 1;

    return $answer->status . ' ' . $answer->header('X-Status');
}


# What the last accepted token has made of the upstream's request.

sub upstream_request { $_[0]{last}->body }

sub nginx { $_[0]{nginx} }


sub finish {
    my ($self) = @_;

    is($self->{nginx}->upstream_requests, $self->{accepted},
       'no refused token reaches upstream');
    is(keys %{$self->{pids}}, 1, 'worker lives');

    done_testing;
}


1;
