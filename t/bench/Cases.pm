package Cases;

# What instructions.pl counts.
#
#     for my $line (lines()) {
#         my ($name, $figure, $bar, %option) = @$line;
#     }
#
#     my $count = count('hit RS256');     # see Callgrind.pm
#     my $name = base('hit RS256');       # the case that it is compared with
#
# A figure is a sub: its cases are counted when it is called.  The options:
# ci (the bar is checked by the continuous integration), stretch (where it
# should get to), format.

use strict;
use warnings;

use List::Util qw(max sum);

use Callgrind;
use Provider;
use Setting;
use Token;
use Tokens;
use Upstream;

use Exporter qw(import);
our @EXPORT_OK = qw(lines count base);

my @ALGS = qw(HS256 RS256 ES256 EdDSA);
my @FIRST = qw(HS256 RS256 PS256 ES256 EdDSA);

use constant MANY => 10_000;

# each nginx: its servers, and what else it has

my %nginx = (
    bare => {
        servers => {
            page => '',
            proxy => proxy(%CONSTANTS),
            refuse => 'return 401;',
        },
    },
    module => {
        module => 1,
        http => 'auth_jwt_token_cache 4m;',
        servers => {
            plain => '',
            page => AUTH,
            proxy => AUTH . proxy(%CONSTANTS),
            claims => AUTH . proxy(%CLAIMS),
            many => 'auth_jwt "bench"; auth_jwt_key_file many.json;',
        },
    },
    crowd => {
        module => 1,
        http => 'auth_jwt_token_cache 64m;',
        servers => { page => AUTH },
    },
    providers => { module => 1, prepare => \&prepare_providers },
);

my (%token, %case, %counted, $upstream, $idp);

case('bare', nginx => 'bare', server => 'page', token => sub { undef });
case('loaded', nginx => 'module', server => 'plain', token => sub { undef },
     base => 'bare');

for my $alg (@ALGS) {
    case("bare $alg", nginx => 'bare', server => 'page', alg => $alg);
    case("hit $alg", nginx => 'module', server => 'page', alg => $alg,
         base => "bare $alg");
}

case('proxy', nginx => 'bare', server => 'proxy', alg => 'RS256');
case('proxy hit', nginx => 'module', server => 'proxy', alg => 'RS256',
     base => 'proxy');
case('proxy claims', nginx => 'module', server => 'claims', alg => 'RS256',
     base => 'proxy hit');

case('bare PS256', nginx => 'bare', server => 'page', alg => 'PS256');

for my $alg (@FIRST) {
    case("first $alg", nginx => 'module', server => 'page', base => "bare $alg",
         tokens => sub { fresh($alg, $_[0]) });
    case("bad signature $alg", nginx => 'module', server => 'page',
         status => 401, base => "first $alg",
         tokens => sub { map { forged($_) } fresh($alg, $_[0]) });
    case("expired $alg", nginx => 'module', server => 'page', status => 401,
         base => "first $alg",
         tokens => sub { fresh($alg, $_[0], exp => time - 3600) });
}

my %refused = (
    'no token' => sub { undef },
    'malformed' => sub { 'not-a-token' },
    'malformed, 1.4 KB' => sub { usual('RS256') =~ s/\.[^.]*\z/.!/r },
    'unknown key' => sub { usual('RS256', kid => 'another-key') },
    'unknown algorithm' => sub {
        my $header = json({ alg => 'XX256', kid => 'key-1', typ => 'JWT' });
        (b64u($header)) . (usual('RS256') =~ s/\A[^.]*//r);
    },
    'algorithm of another key' => sub {
        my ($header) = split /\./, usual('RS256');
        $header = MIME::Base64::decode_base64url($header) =~ s/RS256/ES256/r;
        b64u($header) . (usual('RS256') =~ s/\A[^.]*//r);
    },
);

for my $name (sort keys %refused) {
    case("own 401, $name", nginx => 'bare', server => 'refuse', status => 401,
         token => $refused{$name});
    case($name, nginx => 'module', server => 'page', status => 401,
         token => $refused{$name}, base => "own 401, $name");
}

case('hit, 1,000 keys', nginx => 'module', server => 'many', alg => 'HS256',
     base => 'hit HS256');
case('first, 1,000 keys', nginx => 'module', server => 'many',
     base => 'first HS256', tokens => sub { fresh('HS256', $_[0]) });

my $issued = sub { (iss => provider_issuer(1), aud => 'api') };

for my $n (1, 100) {
    my @base = $n == 100 ? (base => 'hit, 1 provider') : ();
    case("hit, $n provider" . ($n > 1 ? 's' : ''), nginx => 'providers',
         server => "of$n", token => sub { usual('RS256', $issued->()) }, @base);

    @base = $n == 100 ? (base => 'first, 1 provider') : ();
    case("first, $n provider" . ($n > 1 ? 's' : ''), nginx => 'providers',
         server => "of$n", @base,
         tokens => sub { fresh('RS256', $_[0], $issued->()) });
}

for my $n (10, MANY) {
    case("$n tokens", nginx => 'crowd', server => 'page', few => $n,
         total => 4 * $n + 2000, base => $n == 10 ? undef : '10 tokens',
         tokens => sub { crowd($n, $_[0]) });
}


sub case {
    my ($name, %option) = @_;

    my $alg = delete $option{alg};

    $option{token} = sub { $token{$alg} //= usual($alg) } if defined $alg;

    $case{$name} = { status => 200, %option };
}


# so many tokens, each once before any of them comes again, but in an order
# that is no order

sub crowd {
    my ($n, $total) = @_;

    my @tokens = fresh('HS256', $n);

    return map { $tokens[$_ * 7919 % $n] } 0 .. $total - 1;
}


sub base { ($case{$_[0]} // die "no case \"$_[0]\"\n")->{base} }


sub count {
    my ($name) = @_;

    return $counted{$name} if $counted{$name};

    my $case = $case{$name} // die "no case \"$name\"\n";
    my $nginx = nginx($case->{nginx});
    my $few = $case->{few} // ($case->{tokens} ? 20 : 100);
    my $total = $case->{total} // ($case->{tokens} ? 160 : 1400);

    my @tokens = $case->{tokens} ? $case->{tokens}->($total)
                                 : ($case->{token}->()) x $total;

    return $counted{$name} = $nginx->{callgrind}->count(
        few => $few, port => $nginx->{port}{$case->{server}},
        status => $case->{status}, requests => [map { request($_) } @tokens]);
}


sub nginx {
    my ($name) = @_;

    my $nginx = $nginx{$name};

    return $nginx if $nginx->{callgrind};

    $nginx->{prepare}->($nginx) if $nginx->{prepare};
    $upstream //= Upstream->start;

    my %args = setting(upstream => $upstream->port, http => $nginx->{http},
                       servers => $nginx->{servers});

    $nginx->{port} = delete $args{ports};
    $nginx->{callgrind} = Callgrind->start($name, %args,
                                           module => $nginx->{module});

    return $nginx;
}


sub prepare_providers {
    my ($nginx) = @_;

    $idp = Provider->start;
    $idp->set('/jwks', body => key_set());

    for my $n (1 .. 100) {
        my ($issuer, $jwks) = (provider_issuer($n), $idp->http('/jwks'));

        $nginx->{http} .= "auth_jwt_provider p$n { issuer $issuer; "
                          . "jwks_uri $jwks; audience api; }\n";
    }

    my $all = join ' ', map { "provider=p$_" } 1 .. 100;

    $nginx->{servers} = { of1 => 'auth_jwt "bench" provider=p1;',
                          of100 => qq(auth_jwt "bench" $all;) };
}


sub provider_issuer { $idp->http(sprintf '/realms/%03d', $_[0]) }


# What is printed

sub total { my ($name) = @_; return sub { count($name)->{total} } }


sub more {
    my ($name, $parts) = @_;

    return sub {
        (count($name)->{total} - count(base($name))->{total}) / ($parts // 1);
    };
}


sub outside {
    my ($name) = @_;

    return sub { more($name)->() - count($name)->{crypto} };
}


# valgrind has no instructions for SHA: the rounds, which are the most of it,
# are more there than a processor needs

sub but_rounds {
    my ($name) = @_;

    return sub {
        my $functions = count($name)->{functions};

        return more($name)->() - max(map { $functions->{$_} }
                                     grep { /\Alibcrypto/ } keys %$functions);
    };
}


# nginx takes constants from where they are, and asks for variables

sub not_own {
    my ($name, $parts) = @_;

    return sub {
        my ($mine, $theirs) = map { count($_)->{functions} } $name, base($name);
        my @functions = grep { !/\Anginx:/ } keys %$mine;

        return sum(map { $mine->{$_} - ($theirs->{$_} // 0) } @functions)
               / $parts;
    };
}


sub allocations {
    my ($name) = @_;

    return sub {
        count($name)->{allocations} - count(base($name))->{allocations};
    };
}


sub percent {
    my ($name) = @_;

    return sub {
        100 * (count($name)->{total} / count(base($name))->{total} - 1);
    };
}


sub lines {
    my @percent = (10, format => '%.1f %%');

    return (
        ['bare static file, no token', total('bare')],
        ['module loaded, no directive: more', more('loaded'), 60],
        ['bare static file, RS256 token', total('bare RS256')],
        map({ ["hit $_: more", more("hit $_"), 800, stretch => 450, ci => 1] }
            @ALGS),
        ['hit RS256: more allocations', allocations('hit RS256'), 0, ci => 1],
        ['bare proxy, three constants', total('proxy')],
        ['proxy hit, three constants: more', more('proxy hit'), 800,
         stretch => 450],
        ['proxy hit, a claim instead: more', more('proxy claims', 3), 150],
        ["the same, but nginx's own for a variable", not_own('proxy claims', 3),
         150],
        ['first HS256: more, but the rounds of SHA-256',
         but_rounds('first HS256'), 20_000],
        map({ (["first $_: more", more("first $_")],
               ["first $_: more outside of OpenSSL", outside("first $_"),
                15_000, stretch => 8000]) } @FIRST),
        map({ (["bad signature $_: more than accepted",
                more("bad signature $_"), 0],
               ["expired $_: more than accepted", more("expired $_"), 0]) }
            @FIRST),
        map({ ["$_: more than own 401", more($_), 3000, ci => 1] }
            sort keys %refused),
        map({ ["$_: more than 1", percent($_), @percent] }
            'hit, 1,000 keys', 'first, 1,000 keys', 'hit, 100 providers',
            'first, 100 providers'),
        [MANY . ' tokens cached: more than 10', percent(MANY . ' tokens'),
         @percent],
    );
}


1;
