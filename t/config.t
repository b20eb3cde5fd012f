# Broken configurations: nginx -t fails with one line which says which
# directive, and what is wrong with which value.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $invalid = sub { qr/^invalid parameter "\Q$_[0]\E" in "\Q$_[1]\E"/ };
my $value = sub { qr/^invalid value "\Q$_[0]\E" in "\Q$_[1]\E"/ };
my $number = sub { qr/^invalid number of arguments in "\Q$_[0]\E" directive/ };
my $twice = sub { qr/^"\Q$_[0]\E" directive is duplicate/ };
my $here = sub { qr/^"\Q$_[0]\E" directive is not allowed here/ };

my $require = 'auth_jwt_require';
my $key = 'auth_jwt_key';
my $file = 'auth_jwt_key_file';
my $answer = 'auth_jwt_www_authenticate';

# inside of a server

my @broken = (
    ['auth_jwt;', $number->('auth_jwt')],
    ['auth_jwt a b;', $invalid->('b', 'auth_jwt')],
    ['auth_jwt off b;', $invalid->('b', 'auth_jwt')],
    ['auth_jwt a Token=$arg_t;', $invalid->('Token=$arg_t', 'auth_jwt')],
    ['auth_jwt a token;', $invalid->('token', 'auth_jwt')],
    ['auth_jwt a token=;', $invalid->('token=', 'auth_jwt')],
    ['auth_jwt a token=$;', $invalid->('token=$', 'auth_jwt')],
    ['auth_jwt a token=t;',
     qr/^invalid parameter "token=t" in "auth_jwt" .* must be one variable/],
    ['auth_jwt a token=$arg_t$arg_u;',
     $invalid->('token=$arg_t$arg_u', 'auth_jwt')],
    ['auth_jwt a token=$nobody;', qr/^unknown "nobody" variable/],
    ['auth_jwt $nobody;', qr/^unknown "nobody" variable/],
    ['auth_jwt a; auth_jwt b;', $twice->('auth_jwt')],
    ['auth_jwt a; auth_jwt off;', $twice->('auth_jwt')],

    ["$key;", $number->($key)],
    ["$key a utf8 b;", $number->($key)],
    ["$key a rot13;", qr/^unknown key format "rot13" in "$key" directive/],
    ["$key a UTF8;", qr/^unknown key format "UTF8" in "$key" directive/],
    ["$key a secret;", qr/^unknown key format "secret" in "$key" directive/],
    ["$key abc hex;",
     qr/^the value of "$key" cannot be used: .* not in the encoding/],

    ["$file;", $number->($file)],
    ["$file a auto b;", $number->($file)],
    ["$file a der;", qr/^unknown key format "der" in "$file" directive/],
    ["$file a '';", qr/^unknown key format "" in "$file" directive/],
    ["$file a utf8;", qr/^unknown key format "utf8" in "$file" directive/],
    ["$file '';", qr/^"$file" directive has an empty file name/],
    ["$file \$nobody;", qr/^unknown "nobody" variable/],
    [join('', map { "$key s$_; " } 1 .. 65),
     qr/^more than 64 keys and key files on one level with "$key"/],
    [join('', map { "$file \$arg_$_; " } 1 .. 65),
     qr/^more than 64 keys and key files on one level with "$file"/],

    ['auth_jwt_algorithms;', $number->('auth_jwt_algorithms')],
    (map { ["auth_jwt_algorithms RS256 $_;",
            qr/^unknown algorithm "$_" in "auth_jwt_algorithms" directive/] }
         qw(none HS257 rs256 RSA-OAEP dir A128GCM EdDSA25519)),
    ['auth_jwt_algorithms RS256; auth_jwt_algorithms ES256;',
     $twice->('auth_jwt_algorithms')],

    ['auth_jwt_leeway;', $number->('auth_jwt_leeway')],
    ['auth_jwt_leeway 1 2;', $number->('auth_jwt_leeway')],
    (map { ["auth_jwt_leeway $_;", $value->($_, 'auth_jwt_leeway')] }
         qw(-1 5x 1.5 10ms 3000000000 9223372036854775807 9999999999999999)),
    ['auth_jwt_leeway 1; auth_jwt_leeway 1;', $twice->('auth_jwt_leeway')],

    ["$require;", $number->($require)],
    ["$require sub;",
     qr/^invalid parameter "sub" in "$require" .* has no variable/],
    ["$require error=403;", qr/^"$require" directive has no variable/],
    ["$require \$arg_a error=403 error=403;",
     qr/^"$require" directive has a duplicate "error" parameter/],
    (map { ["$require \$arg_a error=$_;", $invalid->("error=$_", $require)] }
         '', 200, 302, 399, 408, 494, 497, 499, 600, 4030, '403x', -403,
         '0x193'),
    ["$require \$nobody;", qr/^unknown "nobody" variable/],

    ["$answer;", $number->($answer)],
    ["$answer on off;", $number->($answer)],
    ["$answer '';", qr/^"$answer" directive has an empty value/],
    ["$answer on; $answer off;", $twice->($answer)],
    ["$answer \$nobody;", qr/^unknown "nobody" variable/],

    ['auth_jwt_validate_sig no;',
     qr/^invalid value "no" in "auth_jwt_validate_sig" directive/],
    ['auth_jwt_validate_sig on; auth_jwt_validate_sig on;',
     $twice->('auth_jwt_validate_sig')],

    ['auth_jwt_phase;', $number->('auth_jwt_phase')],
    (map { ["auth_jwt_phase $_;", $value->($_, 'auth_jwt_phase')] }
         qw(rewrite Access accessx off)),
    ['auth_jwt_phase access; auth_jwt_phase access;',
     $twice->('auth_jwt_phase')],

    ['auth_jwt_claim_set $a sub;', $here->('auth_jwt_claim_set')],
    ['auth_jwt_header_set $a typ;', $here->('auth_jwt_header_set')],
    ['if ($arg_a) { auth_jwt a; }', $here->('auth_jwt')],
    ['location / { if ($arg_a) { auth_jwt off; } }', $here->('auth_jwt')],
    ['location / { limit_except GET { auth_jwt_leeway 1; } }',
     $here->('auth_jwt_leeway')],
);

# inside of http

my @broken_http = (
    (map { my $set = $_;
           ["$set \$a;", $number->($set)],
           ["$set a sub;", qr/^invalid variable name "a" in "$set" directive/],
           ["$set \$ sub;", qr/^invalid variable name "\$" in "$set" dir/],
           ["$set \$a sub; $set \$a sub;", qr/^the duplicate "a" variable/],
           ["$set \$uri sub;", qr/^the duplicate "uri" variable/],
           ["$set \$jwt_status sub;", qr/^the duplicate "jwt_status" var/],
           ["$set \$args sub;", qr/^the duplicate "args" variable/],
         } qw(auth_jwt_claim_set auth_jwt_header_set)),
);

my %files = (key => jwks('rsa'));


sub complaint {
    my ($where, $text) = @_;

    my ($code, @lines) = split /\n/, Nginx->complaints(files => \%files,
                                                       $where => "$text\n");

    return join "\n", $code, grep { !/^\[warn\]/ } @lines;
}


# nothing but one line that says "emerg"

sub refusal {
    my $complaint = complaint(@_);

    return $complaint =~ /\A1\n\[emerg\] (.*)\z/ ? $1 : $complaint;
}


for (map({ ['server', @$_] } @broken), map({ ['http', @$_] } @broken_http)) {
    my ($where, $text, $expected) = @$_;

    like(refusal($where, $text), $expected, 'refused: ' . substr $text, 0, 50);
}

like(refusal(main => 'auth_jwt a;'), $here->('auth_jwt'),
     'refused: outside of http');


# Odd, but nothing is wrong with them

my @legal = (
    'auth_jwt "";',
    'auth_jwt $arg_realm;',
    'auth_jwt "a\"b" token=$arg_t token=$arg_t token=$http_authorization;',
    'auth_jwt off token=$cookie_t;',
    'auth_jwt a token=$cookie_a-b;',
    'auth_jwt a;',
    "$file key; $file key; $file ./key jwks; $file \${arg_a}x pem;",
    join('', map { "$key secret-that-is-long-enough-for-HS256-$_; " } 1 .. 64),
    "$key 'a\$b secret that is long enough for it'; $key '\"' utf8;",
    'auth_jwt_algorithms RS256 RS256 EdDSA Ed25519 Ed448 ES256K;',
    'auth_jwt_leeway 0; location / { auth_jwt_leeway 1h30m; }',
    "$require \$arg_a \$arg_b; $require x\$arg_a error=599;",
    join('', map { "$require error=$_ \$arg_a; " } 400, 493, 500),
    "$answer 'Bearer realm=\$arg_a';",
    'auth_jwt_phase preaccess; location / { auth_jwt_phase access; }',
    "location / { limit_except GET { auth_jwt a; $file key; $key secret;
                                     auth_jwt_algorithms RS256;
                                     $require \$arg_a; $answer off;
                                     auth_jwt_phase preaccess;
                                     auth_jwt_validate_sig on; } }",
    'auth_jwt a; location / { auth_jwt b; location /a { auth_jwt off; } }',
);

is(complaint(server => $_), 0, 'accepted: ' . substr $_, 0, 50) for @legal;

is(complaint(http => 'auth_jwt_claim_set $jwt_claim_sub sub;
                      auth_jwt_claim_set $a a.b c ""; auth_jwt_header_set $b a;
                      map $a $c { default $jwt_claim_any; }
                      auth_jwt $c; auth_jwt_key_file $b; auth_jwt_key abc;
                      auth_jwt_require $a $b;
                      server { auth_jwt off; }'),
   0, 'accepted: variables of variables');

is(Nginx->complaints(server => 'auth_jwt_validate_sig off;'),
   "0\n" . '[warn] "auth_jwt_validate_sig off": signatures are not checked,'
   . ' everybody can make a token in FILE', 'unchecked signatures warn');

is(Nginx->complaints(server => "$key '\$arg_secret, or so it seems to be';"),
   "0\n[warn] \"$key\" takes no variables: the secret is the text after it,"
   . ' as it stands in FILE', 'secret that begins as a variable warns');

done_testing;
