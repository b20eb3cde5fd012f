package Loads;

# What bench.pl loads nginx with.
#
#     prepare($dir);                       # starts all that is needed
#     for my $group (groups()) {           # what is compared with each other
#         my @results = run($seconds, $group);            # see Wrk.pm
#     }
#
#     memory()                             # name => figure: see there

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use List::Util qw(min shuffle);

use Nginx;
use Provider;
use Requests;
use Setting;
use Token;
use Tokens;
use Worker;
use Wrk;

use Exporter qw(import);
our @EXPORT = qw(prepare groups run memory ALGS);

use constant ALGS => qw(HS256 RS256 PS256 ES256 EdDSA);
use constant MANY => $ENV{TOKENS} // 100_000;
use constant SOME => 30_000;

# more than the smallest cache holds: a token is gone when it comes again

use constant FRESH => 300;
use constant SMALLEST => '64k';

my ($dir, %worker, %load);


sub prepare {
    ($dir) = @_;

    my $idp = Provider->start;
    $idp->set('/jwks', body => key_set());

    my $upstream = Worker->start(cpu => 1, setting(
        upstream => 9, servers => { app => 'return 200 "good\n";' }
    ))->port('app');

    my $start = sub {
        my ($name, %args) = @_;
        my $module = delete $args{module} // 1;

        $worker{$name} = Worker->start(cpu => 0, module => $module,
                                       setting(upstream => $upstream, %args));
    };

    $start->('bare', module => 0, servers => {
        page => '', proxy => proxy(%CONSTANTS), refuse => 'return 401;' });
    $start->('hit', servers => {
        page => AUTH, claims => AUTH . proxy(%CLAIMS),
        many => 'auth_jwt "bench"; auth_jwt_key_file many.json;' });
    $start->('first', http => 'auth_jwt_token_cache ' . SMALLEST . ';',
             servers => { page => AUTH });
    $start->('crowd', http => 'auth_jwt_token_cache 512m;',
             servers => { page => AUTH });
    $start->($_->[0], http => "auth_jwt_token_cache $_->[1];",
             servers => { page => AUTH . 'add_header X-User $jwt_claim_sub;' })
        for ['full', '32m'], ['used', '512m'];
    $start->('providers', providers($idp));

    define($idp);
}


sub providers {
    my ($idp) = @_;

    my $all = join ' ', map { "provider=p$_" } 1 .. 100;
    my $http = join '', map { sprintf "auth_jwt_provider p%d { issuer %s; "
                                      . "jwks_uri %s; audience api; }\n", $_,
                                      issuer($idp, $_), $idp->http('/jwks')
                            } 1 .. 100;

    return (http => $http, servers => {
                of1 => 'auth_jwt "bench" provider=p1;',
                of100 => qq(auth_jwt "bench" $all;) });
}


sub issuer { $_[0]->http(sprintf '/realms/%03d', $_[1]) }


sub define {
    my ($idp) = @_;

    for my $alg (ALGS) {
        my $usual = tokens("usual-$alg", usual($alg));
        my @fresh = fresh($alg, FRESH);
        my $fresh = tokens("fresh-$alg", @fresh);

        $load{"bare $alg"} = ['bare', server => 'page', tokens => $usual];
        $load{"hit $alg"} = ['hit', server => 'page', tokens => $usual];
        $load{"first $alg"} = ['first', server => 'page', tokens => $fresh];

        next if $alg ne 'RS256';

        my $forged = tokens('forged', map { forged($_) } @fresh);
        my $expired = tokens('expired', fresh($alg, FRESH, exp => time - 60));
        my $mixed = tokens('mixed', usual($alg, iat => 1), @fresh);

        $load{'bad signature'} = ['first', server => 'page', status => 401,
                                  tokens => $forged];
        $load{'expired'} = ['first', server => 'page', status => 401,
                            tokens => $expired];
        $load{'proxy'} = ['bare', server => 'proxy', tokens => $usual];
        $load{'claims'} = ['hit', server => 'claims', tokens => $usual];
        $load{'bare slow'} = ['bare', server => 'page', tokens => $mixed,
                              every => 100];
        $load{'mixed slow'} = ['first', server => 'page', tokens => $mixed,
                               every => 100];
    }

    my $malformed = tokens('malformed', 'not-a-token');

    $load{'own 401'} = ['bare', server => 'refuse', status => 401,
                        tokens => $malformed];
    $load{'malformed'} = ['hit', server => 'page', status => 401,
                          tokens => $malformed];
    $load{'1,000 keys'} = ['hit', server => 'many',
                           tokens => "$dir/usual-HS256"];

    my $issued = tokens('issued', usual('RS256', iss => issuer($idp, 1),
                                        aud => 'api'));

    $load{'1 provider'} = ['providers', server => 'of1', tokens => $issued];
    $load{'100 providers'} = ['providers', server => 'of100',
                              tokens => $issued];

    my @many = many(MANY);

    $load{'many tokens'} = ['crowd', server => 'page',
                            tokens => tokens('many', @many)];
    $load{'10 tokens'} = ['crowd', server => 'page',
                          tokens => tokens('ten', @many[0 .. 9])];
}


# Many tokens that differ in one claim, in an order that is no order.

sub many {
    my ($count) = @_;

    my ($header, $claims) = split /\./, usual('HS256');
    my $text = MIME::Base64::decode_base64url($claims);

    my ($before, $after) = $text =~ /\A(.*"jti":")\d{8}(-.*)\z/s or die $text;

    return shuffle map {
        my $signed = "$header." . b64u(sprintf '%s%08d%s', $before, $_, $after);
        "$signed." . b64u(hmac_sha256($signed, SECRET));
    } 1 .. $count;
}


sub tokens {
    my ($name, @tokens) = @_;

    open my $file, '>', "$dir/$name" or die "$dir/$name: $!";
    print $file map { "$_\n" } @tokens;
    close $file or die "$dir/$name: $!";

    return "$dir/$name";
}


sub groups {
    my @algs = map { ["bare $_", "hit $_", "first $_"] } ALGS;

    push @{$algs[0]}, '1,000 keys';
    push @{$algs[1]}, 'bad signature', 'expired';

    return (@algs, ['proxy', 'claims'], ['own 401', 'malformed'],
            ['1 provider', '100 providers'], ['10 tokens', 'many tokens']);
}


# Several at once, each for so many seconds.

sub run {
    my ($seconds, $names, %more) = @_;

    my @loads;

    for my $name (@$names) {
        my ($worker, %load) = @{$load{$name} // die "no load $name"};
        push @loads, { worker => $worker{$worker}, %load, %more };
    }

    return race($seconds, @loads);
}


# The bytes of a token; those of memory for a cached token, without claims and
# with them (which are kept when a token is used again); a worker with a full
# cache against what it may have.

sub memory {
    my @tokens = split /\n/, Worker::slurp("$dir/many");
    my @some = @tokens[0 .. min(SOME, MANY) - 1];

    my $used = grow('used', @some, @some);
    my $full = grow('full', @some, @some);
    my $size = 32 * 1024 * 1024;

    return { token => length $tokens[0],
             cached => grow('crowd', @tokens)->{more} / MANY,
             used => $used->{more} / @some,
             full => $full->{now} / ($full->{before} + $size),
             was_full => $used->{more} > $size };
}


# What it has before is with a connection and a token.

sub grow {
    my ($name, @tokens) = @_;

    my $worker = $worker{$name};
    my $line = Requests->new($worker->port('page'));

    $line->get(request($tokens[0]), 200) for 1 .. 10;
    my ($own, $before) = ($worker->memory, $worker->resident);

    $line->get(request($_), 200) for @tokens;

    return { more => $worker->memory - $own, before => $before,
             now => $worker->resident };
}


1;
