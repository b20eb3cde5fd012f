package Places;

# What a place in a configuration gets of a claim, for t/attack_claim_*.t.
#
#     my $nginx = places(server => q{
#         location /header {
#             proxy_set_header X-Claim "SHOWN";
#             proxy_pass http://%UPSTREAM%;
#         } ... });
#
#     place('request header',
#           sub { $nginx->get('/header', @_)->body },
#           sub { "GET /header HTTP/1.0\r\nX-Claim: " . shown($_[0]) ... });
#
# SHOWN in the configuration stands for the claim x, the claim b in a, and the
# same of the JOSE header, between brackets.  The first sub gets the token as a
# header and returns the bytes that the place has got; the second gets the text
# of the claim and returns those that it has to get.  That is done for all of
# visible (JSON, and its text) and of hidden (JSON, whose text is empty).
#
#     bearer_of($json)      Authorization => a good token with these claims
#     shown('alice')        [alice|alice|alice|alice]
#     name($bytes)          printable and short, for the name of a check

use strict;
use warnings;

use Test::More;
use Nginx;
use Token;

use Exporter qw(import);
our @EXPORT = qw(places place visible hidden bearer_of shown name);

my $http = q{
    auth_jwt_claim_set $deep a b;
    auth_jwt_header_set $deep_header p q;

    auth_jwt "api";
    auth_jwt_key '} . SECRET . q{';
    add_header X-Status $jwt_status always;
};

my $shown = '[$jwt_claim_x|$deep|$jwt_header_x|$deep_header]';


sub places {
    my (%args) = @_;

    $args{http} = $http . ($args{http} // '');
    $args{$_} =~ s/SHOWN/$shown/g for qw(http server);

    return Nginx->start(%args);
}


# JSON, and what is shown of it.  In an object the escapes are text.

sub visible {
    return (
        ['"alice"', 'alice'],
        ['"a b\"c\\\\d;e,f=<%0d%0aX-Evil: 1>$x"',
         'a b"c\\d;e,f=<%0d%0aX-Evil: 1>$x'],
        ['"a\\\\r\\\\nX-Evil: 1"', 'a\r\nX-Evil: 1'],
        ["\"\xc3\xa9\\u0080\\u0085\\u2028\"",
         "\xc3\xa9\xc2\x80\xc2\x85\xe2\x80\xa8"],
        ['["a","b"]', 'a,b'],
        ['-12.50e1', '-12.50e1'],
        ['true', 'true'],
        ["{\"k\"\r\n:\t1}\n", '{"k":1}'],
        ['{"k\n":"a\r\nX-Evil: 1\u0000\u007f"}',
         '{"k\n":"a\r\nX-Evil: 1\u0000\u007f"}'],
        ['[["a\r\nX-Evil: 1"],"b"]', '["a\r\nX-Evil: 1"],b'],
    );
}


# Below 0x20, and 0x7f; where DEL is written as it is, in objects, too

sub hidden {
    my $evil = 'X-Evil: 1';

    return (
        'null', '""', '[]',
        (map { sprintf '"admin\u%04X%s"', $_, $evil } 0 .. 0x1f, 0x7f),
        (map { "\"admin$_$evil\"" } '\b', '\t', '\n', '\f', '\r', '\r\n',
                                    '\r\n\r\n', "\x7f"),
        '"\n"', '"\r\nX-Evil: 1"', '"admin\u0000"', '"admin\r"',
        "\"admin\x7f\"", '["admin","\r\nX-Evil: 1"]',
        '["admin\u0000","x"]', "[\"a\",\"\x7f\"]",
        "[[\"a\x7f\"],1]", "{\"k\":\"admin\x7f\"}", "{\"k\x7f\":1}",
        "{\"k\":[{\"l\":\"\x7f\"}]}",
    );
}


sub place {
    my ($what, $got, $expected) = @_;

    is($got->(bearer_of($_->[0])), $expected->($_->[1]),
       "$what: " . name($_->[0])) for visible();
    is($got->(bearer_of($_)), $expected->(''), "$what without " . name($_))
        for hidden();
}


sub bearer_of {
    my ($json, $secret) = @_;

    return bearer(raw_token(
        qq({"alg":"HS256","x":$json,"p":{"q":$json}}),
        qq({"x":$json,"a":{"b":$json}}), hmac(256, $secret // SECRET)));
}


sub shown { '[' . join('|', ($_[0]) x 4) . ']' }

sub name { substr $_[0] =~ s/([^ -~])/sprintf '\x%02x', ord $1/ger, 0, 60 }


1;
