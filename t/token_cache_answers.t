# What was asked of a known token is answered without reading its claims again:
# each answer is that of its own question and of its own token.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Jwe;
use Nginx;
use Token;
use Verified;

# the number of ngx_http_jwt_token_cache.c

use constant VALUES_MAX => 64;

sub all_of { join ' ', map { "\$jwt_claim_c$_" } 1 .. $_[0] }

my $server = q{
    large_client_header_buffers 4 32k;
    root %DIR%;

    auth_jwt api;
    auth_jwt_key '} . SECRET . q{';

    add_header X-Status $jwt_status always;
    add_header X-Sub "<$jwt_claim_sub>" always;

    location /values {
        add_header X "<$jwt_claim_sub> <$jwt_claim_text> <$jwt_claim_id>";
        add_header Y "<$jwt_claim_half> <$jwt_claim_list> <$jwt_claim_obj>";
        add_header Z "<$jwt_claim_yes$jwt_claim_no> <$jwt_claim_null>";
        add_header A "<$jwt_claim_empty> <$jwt_claim_absent>";
    }

    location /paths {
        add_header X "<$deep> <$shallow> <$list> <$nowhere> <$of_header>";
        add_header Y "<$jwt_claim_sub> <$jwt_header_kid> <$jwt_header_no>";
        add_header Z "<$jwt_claims>";
    }

    location /control {
        add_header X "<$jwt_claim_line> <$jwt_claim_del> <$jwt_claim_sub>";
        add_header Y "<$jwt_claim_line>";
    }

    location /many { add_header X "ALL_OF"; }
    location /max { add_header X "MAX_OF"; }

    location /if {
        set $who other;
        if ($jwt_claim_sub = alice) { set $who alice; }
        add_header X "<$who> <$jwt_claim_sub> <$mapped>" always;
    }

    location /ssi {
        ssi on;
        ssi_types text/plain;
    }

    location /included {
        auth_jwt off token=$arg_t;
        ssi on;
        ssi_types text/plain;
    }

    location /refused {
        auth_jwt_require $jwt_claim_sub;
        auth_jwt_require $jwt_claim_nobody error=403;
        add_header X "$jwt_status <$jwt_claim_sub> <$deep> <$mapped>" always;
    }

    location /off {
        auth_jwt off token=$arg_t;
        add_header X "<$jwt_claim_sub> <$deep> <$mapped>";
    }

    location /to/ {
        auth_jwt_require $jwt_claim_sub $mapped;
        location /to/other { try_files /none /other?$args; }
        location /to/off { try_files /none /off?$args; }
        location /to/unsigned { try_files /none /unsigned?$args; }
        location /to/encrypted { try_files /none /encrypted?$args; }
        location /to/back { try_files /none /values?$args; }
    }

    location /other {
        auth_jwt api token=$arg_t;
        add_header X "<$jwt_claim_sub> <$deep> <$mapped>" always;
    }

    location /unsigned {
        auth_jwt api token=$arg_t;
        auth_jwt_validate_sig off;
        add_header X "<$jwt_claim_sub> <$deep> <$mapped>";
    }

    location /encrypted {
        auth_jwt api token=$arg_t;
        auth_jwt_type encrypted;
        auth_jwt_key_file private;
        add_header X "<$jwt_claim_sub> <$deep> <$mapped>";
    }
} =~ s/ALL_OF/all_of(VALUES_MAX + 20)/er =~ s/MAX_OF/all_of(VALUES_MAX)/er;

my $nginx = Nginx->start(
    main   => VERIFIED,
    server => $server,
    files  => {
        map({ $_ => 'good' } $server =~ m{location /(\S*\w) }g),
        private => private_pem('rsa'),
        ssi => join(' ', map { qq(<!--#echo var="jwt_$_" -->) }
                         qw(claim_first claim_second header_third claim_sub))
               . '<!--#include virtual="/included?t=$arg_t" -->',
        included => '+<!--#echo var="jwt_claim_first" -->'
                    . ' <!--#echo var="jwt_claim_sub" -->',
    },
    http   => q{
        auth_jwt_claim_set $deep deep er id;
        auth_jwt_claim_set $shallow deep er;
        auth_jwt_claim_set $list deep list;
        auth_jwt_claim_set $nowhere deep nowhere id;
        auth_jwt_header_set $of_header obj in;
        map $jwt_claim_role $mapped { "" none; default "is-$jwt_claim_role"; }
    });

my $common = q("half":1.50,"list":["a","b c",1,[2]],"obj":{"b" : [1 , 2]},)
             . q("yes":true,"no":false,"null":null,"empty":"",);
my $alice = token('HS256', qq({"sub":"alice","role":"admin",$common)
    . q("text":"\u00e9\"\/\\\\","id":12345678901234567890,"first":"1st",)
    . q("second":"2nd","deep":{"er":{"id":7},"list":["x","y"]}}),
    kid => 'k1', header => { obj => { in => 'side' }, third => '3rd' });
my $bob = token('HS256', qq({"sub":"bob",$common"text":"t","first":"one",)
    . q("deep":{"er":{"id":"8"}}}), kid => 'k2');
my $eve = forged(token('HS256', { sub => 'eve', deep => { er => { id => 9 } },
                                  role => 'admin' }));
my $dan = encrypted('RSA-OAEP', 'A128GCM', { sub => 'dan' });

sub get { $nginx->get($_[0], bearer($_[1] // $alice)) }

sub header_of {
    my ($path, $token, @names) = @_;
    my $answer = get($path, $token);

    return join ' ', $answer->status,
                     map { $answer->header($_) } @names ? @names : 'X';
}

sub x { header_of($_[0], $_[1] // $alice) }


# The same each time, whoever comes between

sub is_each_time {
    my ($sub, $expected, $name) = @_;
    my %seen;

    for (1 .. 10) {
        $seen{$sub->()}++;
        get('/values', $bob) if $_ % 3 == 0;
    }

    is_deeply(\%seen, { $expected => 10 }, "$name each time");
}


# values, in two locations

my $values = "200 <alice> <\xc3\xa9\"/\\> <12345678901234567890> <1.50> "
             . '<a,b c,1,[2]> <{"b":[1,2]}> <truefalse> <> <> <>';
my $claims = join '', '{"sub":"alice","role":"admin",',
             $common =~ s/ : /:/r =~ s/1 , 2/1,2/r,
             '"text":"\u00e9\"\/\\\\","id":12345678901234567890,',
             '"first":"1st","second":"2nd",',
             '"deep":{"er":{"id":7},"list":["x","y"]}}';
my $paths = qq(200 <7> <{"id":7}> <x,y> <> <side> <alice> <k1> <> <$claims>);

my %seen;

$seen{header_of('/values', $alice, qw(X Y Z A))}++ for 1 .. 50;

is_deeply(\%seen, { $values => 50 }, 'values each time');
is(verified($nginx), 1, 'token is verified once');
is(claims_read($nginx), 1, 'claims are read once');
is(headers_read($nginx), 1, 'header is read once');

%seen = ();
$seen{header_of('/paths', $alice, qw(X Y Z))}++ for 1 .. 50;

is_deeply(\%seen, { $paths => 50 }, 'other values each time');
is(claims_read($nginx), 1, 'claims are read once more for other values');

is_each_time(sub { header_of('/values', $alice, qw(X Y Z A)) }, $values,
             'values beside another token');
is_each_time(sub { header_of('/paths', $alice, qw(X Y Z)) }, $paths,
             'other values beside another token');
is(header_of('/values', $bob), '200 <bob> <t> <>', 'other token has its own');

# what is withheld

my $control = token('HS256', { sub => 'carol', line => "a\nb",
                               del => "a\x7f" });

is_each_time(sub { header_of('/control', $control, qw(X Y)) },
             '200 <> <> <carol> <>', 'control characters are withheld');
is($nginx->log_lines(qr/value with a control character is not shown/), 10,
   'withheld value is logged once a request');

# more than there is room for, and just as many

for (['/many', VALUES_MAX + 20, 3], ['/max', VALUES_MAX - 1, 1]) {
    my ($path, $n, $times) = @$_;
    my $token = token('HS256', { map { ("c$_" => "v$_") } 1 .. $n });

    claims_read($nginx);

    is(x($path, $token) =~ s/ +\z//r, join(' ', 200, map { "v$_" } 1 .. $n),
       "all values of $path") for 1 .. 3;
    is(claims_read($nginx), $times, "claims are read $times times by $path");
}

# named by nothing that is kept

is_each_time(sub { get("/ssi?t=$bob")->body }, '1st 2nd 3rd alice+one bob',
             'variables of SSI are right');
is_each_time(sub { x('/if') }, '200 <alice> <alice> <is-admin>',
             'variables in "if" are right');
is_each_time(sub { x('/if', $bob) }, '200 <other> <bob> <none>',
             'variables in "if" of another token are right');
is(x('/if', $alice =~ s/\.[^.]*\./'.' . b64u('{"sub":"alice"}') . '.'/er),
   '401 <alice> <> <none>', 'refused token is seen by "if" alone');

# refused, not checked, redirected

is_each_time(sub { x('/refused') }, '403 require_failed <> <> <none>',
             'refused token shows nothing');
is_each_time(sub { x("/off?t=$eve") }, '200 <eve> <9> <is-admin>',
             'unverified token shows its own');
is_each_time(sub { x("/off?t=$alice", $bob) }, '200 <alice> <7> <is-admin>',
             'known token that is not verified shows its own');
is_each_time(sub { x("/to/off?t=$eve") }, '200 <eve> <9> <is-admin>',
             'unverified token shows its own after a redirect');
is_each_time(sub { x("/to/other?t=$bob") }, '200 <bob> <8> <none>',
             'token of another source shows its own after a redirect');
is_each_time(sub { x("/to/other?t=$alice") }, '200 <alice> <7> <is-admin>',
             'same token of another source is known');
is_each_time(sub { x("/to/other?t=$eve") }, '401 <> <> <none>',
             'refused token of another source shows nothing');
is_each_time(sub { x("/to/unsigned?t=$eve") }, '200 <eve> <9> <is-admin>',
             'token that is not kept shows its own after a redirect');
is_each_time(sub { x("/to/encrypted?t=$dan") }, '200 <dan> <> <none>',
             'encrypted token shows its own after a redirect');
is_each_time(sub { header_of('/to/back', $alice, qw(X Y Z A)) }, $values,
             'values after a redirect');

claims_read($nginx);
x("/to/other?t=$bob") for 1 .. 5;
is(claims_read($nginx), 0, 'claims are not read for redirects');

done_testing;
