package Mix;

# What is asked, and what has to be answered: "200 ok user-17", "401 expired".
#
#     my $mix = Mix->new($issuer, \@keys);     # keys of the provider, in turn
#     my ($bytes, $expected) = $mix->bunch;    # requests and their answers
#     my ($bytes, $expected) = $mix->provider($newest);
#     my ($path, $headers, $answer) = $mix->one;
#
# All of it is made before the clients are forked.

use strict;
use warnings;

use Jwe ();
use Token qw(token raw_token bearer usual_key);

use constant BUNCH => 24;
use constant BUNCHES => 1500;
use constant TOKENS => 3000;         # that are good: more than a cache holds
use constant LIFE => 6 * 3600;

my $number = 0;
my %key;

# how many of a thousand are what

my @shares = (
    [good => 520], [cookie => 60], [request => 40], [encrypted => 30],
    [expired => 90], [forged => 110], [malformed => 60], [none => 40],
    [unknown => 25], [no_alg => 15], [not_yet => 10],
);

my %algs = (HS256 => 60, HS512 => 6, RS256 => 14, PS256 => 4, ES256 => 8,
            ES384 => 2, EdDSA => 6);


sub new {
    my ($class, $issuer, $keys) = @_;

    my $self = bless { made => {} }, $class;

    $self->{made}{good} = [map { good($_) } 1 .. TOKENS];

    for my $kind (qw(cookie request encrypted expired forged malformed none
                     unknown no_alg not_yet)) {
        my $sub = __PACKAGE__->can($kind);

        $self->{made}{$kind} = [map { $sub->() } 1 .. 200];
    }

    for my $key (0 .. $#$keys) {
        $self->{corp}[$key] = [map { corp($issuer, $keys, $key) } 1 .. 3];
    }

    my @kinds = map { my ($kind, $n) = @$_; ($kind) x $n } @shares;

    for (1 .. BUNCHES) {
        my @all = map {
            my $made = $self->{made}{$kinds[rand @kinds]};
            $made->[rand @$made];
        } 1 .. 1 + rand 2 * BUNCH;

        push @{$self->{bunches}}, [together(@all)];
    }

    return $self;
}


sub together {
    my (@all) = @_;

    return (join('', map { bytes(@$_) } @all), [map { $_->[2] } @all]);
}


sub bunch {
    my ($self) = @_;

    return @{$self->{bunches}[rand @{$self->{bunches}}]};
}


sub provider {
    my ($self, $newest) = @_;

    my @keys = ($newest, $newest ? $newest - 1 : ());

    return together(map { $self->{corp}[$keys[rand @keys]][rand 3] } 1 .. 8);
}


sub one {
    my ($self) = @_;

    my @kinds = qw(good good good cookie expired forged malformed unknown);
    my $made = $self->{made}{$kinds[rand @kinds]};

    return @{$made->[rand @$made]};
}


sub bytes {
    my ($path, $headers) = @_;

    my %header = @$headers;

    return "GET $path HTTP/1.1\r\nHost: soak\r\n"
           . join('', map { "$_: $header{$_}\r\n" } sort keys %header)
           . "\r\n";
}


# From here on: [path, headers, answer]

sub claims {
    return { sub => 'user-' . ++$number, exp => time + LIFE, @_ };
}


sub sized { 'x' x rand 300 }


sub any {
    my @all = map { ($_) x $algs{$_} } sort keys %algs;

    return $all[rand @all];
}


# keys are read once

sub signed {
    my ($alg, $claims) = @_;

    my $name = usual_key($alg);
    my $key = $key{$alg} //= $alg =~ /^HS/ ? $name : Token::private($name);

    return token($alg, $claims, key => $key);
}


sub good {
    my $token = signed(any(), claims(fill => sized()));

    return ['/', [bearer($token)], "200 ok user-$number"];
}


sub cookie {
    my $token = token('HS256', claims());

    return ['/cookie', [Cookie => "a=b; t=$token"], "200 ok user-$number"];
}


sub request {
    my $token = token('HS256', claims());

    return ['/request', [bearer($token)], "200 ok user-$number"];
}


sub encrypted {
    my $token = Jwe::encrypted('A128KW', 'A128CBC-HS256', claims());

    return ['/encrypted', [bearer($token)], "200 ok user-$number"];
}


sub expired {
    return ['/', [bearer(signed(any(), { exp => time - 60 }))], '401 expired '];
}


sub forged {
    my $token = Token::forged(signed(any(), claims()));

    return ['/', [bearer($token)], '401 bad_signature '];
}


sub malformed {
    my @texts = ('a', 'a.b', 'a.b.c.d', '..', token('HS256') . '.',
                 raw_token('{"alg":"HS256"', '{}', 'x'),
                 raw_token('{"alg":"HS256","alg":"HS256"}', '{}', 'x'));

    return ['/', [bearer($texts[rand @texts])], '401 malformed '];
}


sub none { ['/', [], '401 no_token '] }


sub unknown {
    my $token = token('RS256', claims(), kid => "kid $number");

    return ['/named', [bearer($token)], '401 unknown_key '];
}


sub no_alg {
    return ['/', [bearer(raw_token('{"alg":"none"}', '{}', ''))],
            '401 unsupported_algorithm '];
}


sub not_yet {
    return ['/', [bearer(signed('ES256', claims(nbf => time + LIFE)))],
            '401 not_yet_valid '];
}


sub corp {
    my ($issuer, $keys, $key) = @_;

    my $token = token('ES256', claims(iss => $issuer, aud => 'soak'),
                      key => $keys->[$key], kid => "key-$key");

    return ['/corp', [bearer($token)], "200 ok user-$number"];
}


1;
