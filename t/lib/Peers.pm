package Peers;

# Tokens made by other implementations of JWT, with the keys of Token.pm.
#
#     peers()                               their names
#     my ($keys, @tokens) = peer_tokens($peer, @jobs);
#     my $token = peer_token($peer, 'ES256', { sub => 'alice' }, kid => '1');
#
# A job is [alg, claims, name => value, ...] with, by name, "key" (as in
# Token.pm) and "header" and "kid".  $keys is the text of a key file with the
# public keys of the jobs, as that implementation writes them.
#
#     Crypt::JWT    Perl                    keys as a key set
#     PyJWT         Python, python3-jwt     keys as PEM
#     jose          Node.js, node-jose      keys as a key set

use strict;
use warnings;

use File::Basename qw(dirname);
use IPC::Open2 qw(open2);
use JSON::PP ();

use Token;

use Exporter qw(import);
our @EXPORT = qw(peers peer_tokens peer_token);

my $lib = dirname(__FILE__);
my $json = JSON::PP->new->canonical->utf8;

# those of Debian, whatever else is in the path

my %command = (
    PyJWT => ['/usr/bin/python3', "$lib/peer.py"],
    jose => ['/usr/bin/node', "$lib/peer.js"],
);


sub peers { 'Crypt::JWT', 'PyJWT', 'jose' }


sub peer_tokens {
    my ($peer, @jobs) = @_;

    my (@requests, %used);

    for my $job (@jobs) {
        my ($alg, $claims, %option) = @$job;

        my $key = $option{key} // usual_key($alg);
        my %header = %{$option{header} // {}};

        $header{kid} = $option{kid} if defined $option{kid};

        my $secret = $alg =~ /^HS/;
        $used{$key} = 1 if !$secret;

        push @requests, {
            alg => $alg, claims => $claims, header => \%header,
            $secret ? (key => $key) : (pem => "$lib/keys/$key.pem"),
        };
    }

    if ($peer eq 'Crypt::JWT') {
        return (jwks(sort keys %used),
                map { my ($alg, $claims, %o) = @$_; token($alg, $claims, %o) }
                    @jobs);
    }

    my $answer = run(@{$command{$peer}}, $json->encode(\@requests));

    return ($answer->{keys}, @{$answer->{tokens}});
}


sub peer_token {
    my ($peer, @job) = @_;

    my ($keys, $token) = peer_tokens($peer, \@job);

    return $token;
}


sub run {
    my ($program, $script, $input) = @_;

    my $pid = open2(my $out, my $in, $program, $script);

    binmode $in;
    print $in $input;
    close $in;

    local $/;
    my $output = <$out>;

    local $?;
    waitpid $pid, 0;
    die "$script ended with status $?" if $?;

    return $json->decode($output);
}


1;
