# Where in a request the token is looked for: auth_jwt ... token=.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my $nginx = Nginx->start(
    http   => q{
        underscores_in_headers on;
        map $arg_none $cycle { default $jwt_claim_sub; }
        map $http_x_strip $stripped { ~^Token:(.+)$ $1; default "-"; }
    },
    server => q{
        auth_jwt_key '} . SECRET . q{';
        add_header X-Status $jwt_status always;
        add_header X-User $jwt_claim_sub always;
        root %DIR%;

        location /usual { auth_jwt "api"; try_files /page =404; }

        location /all {
            auth_jwt "api" token=$http_authorization token=$cookie_token
                token=$arg_token;
            try_files /page =404;
        }

        location /last {
            auth_jwt "api" token=$http_token token=$http_authorization;
            try_files /page =404;
        }

        location /upper {
            auth_jwt "api" token=$HTTP_Authorization;
            try_files /page =404;
        }

        location /query { auth_jwt "" token=$arg_token; try_files /page =404; }

        location /map { auth_jwt "" token=$stripped; try_files /page =404; }

        location /set {
            set $token $http_x_token;
            auth_jwt "" token=$token;
            try_files /page =404;
        }

        location /dashes {
            auth_jwt "" token=$http_x_token;
            try_files /page =404;
        }

        location /cycle {
            auth_jwt "" token=$cycle token=$arg_token;
            try_files /page =404;
        }

        location ~ ^/path/(?<from_path>[^/]*)/ {
            auth_jwt "" token=$from_path;
            try_files /page =404;
        }
    },
    files  => { page => 'the page' },
    allow  => qr/cycle while evaluating variable/);

my %of = map { $_ => token('HS256', { sub => $_ }) } qw(header cookie query);
my $bad = forged($of{query});


sub verdict {
    my ($path, @headers) = @_;

    my $answer = $nginx->get($path, @headers);

    return join ' ', $answer->status,
                     map { $answer->header($_) // '-' } qw(X-User X-Status);
}


my @header = bearer($of{header});
my @cookie = (Cookie => "a=b; token=$of{cookie}; c=d");
my $query = "token=$of{query}";

# the order

is(verdict("/all?$query", @header, @cookie), '200 header ok',
   'first source wins');
is(verdict("/all?$query", @cookie), '200 cookie ok', 'second source wins');
is(verdict("/all?$query"), '200 query ok', 'third source is used');
is(verdict('/all'), '401 - no_token', 'no source has one');
is(verdict("/last?$query", @header, Token => $of{cookie}), '200 cookie ok',
   'Authorization need not be first');

# what is no token, and what is a bad one

for my $none ('', '-') {
    is(verdict("/all?$query", Cookie => "token=$none"), '200 query ok',
       "cookie \"$none\" is no token");
    is(verdict('/last', @header, Token => $none), '200 header ok',
       "header \"$none\" is no token");
    is(verdict("/query?token=$none"), '401 - no_token',
       "query \"$none\" is no token");
}

is(verdict("/all?$query", Authorization => 'Basic YTpi', @cookie),
   '200 cookie ok', 'other scheme is passed over');
is(verdict("/all?$query", Authorization => 'Bearer', @cookie), '200 cookie ok',
   'empty Bearer is passed over');
is(verdict("/all?$query", Cookie => "token=$bad"), '401 - bad_signature',
   'bad token hides later ones');
is(verdict("/all?$query", bearer('-')), '401 - malformed',
   'dash with scheme is malformed');
is(verdict('/query?token=--'), '401 - malformed', 'two dashes are malformed');

# only what was asked for

is(verdict("/usual?$query", @cookie), '401 - no_token',
   'cookie counts where named');
is(verdict('/query', @header), '401 - no_token',
   'Authorization counts where named');

# the scheme belongs to Authorization

is(verdict('/upper', @header), '200 header ok', 'variable is Authorization');
is(verdict('/upper', Authorization => $of{header}), '401 - no_token',
   'Authorization needs its scheme');
is(verdict("/query?token=Bearer%20$of{query}"), '401 - malformed',
   'query has no scheme');
is(verdict('/last', Token => "Bearer $of{cookie}"), '401 - malformed',
   'custom header has no scheme');

# any variable

is(verdict('/map', 'X-Strip' => "Token:$of{header}"), '200 header ok',
   'map makes a token');
is(verdict('/map', 'X-Strip' => 'nothing'), '401 - no_token',
   'map makes none');
is(verdict('/dashes', 'X-Token' => $of{cookie}, 'X-Other' => 'x'),
   '200 cookie ok', 'header with as many letters is another');
is(verdict('/set', 'X-Token' => $of{cookie}), '200 cookie ok',
   'set makes a token');
is(verdict("/path/$of{query}/x"), '200 query ok', 'capture makes a token');
like(verdict("/cycle?$query"), qr/^401/, 'cycle of variables ends');

# nginx answers two of Authorization itself; of other headers, a variable has
# the first one or both

for my $other ("Bearer $of{header}", "Bearer $of{cookie}", 'Basic YTpi') {
    for my $path ('/usual', "/all?$query", '/last') {
        my ($where) = $path =~ /(\w+)/;

        like(verdict($path, @header, Authorization => $other),
             qr/^(?:401 - malformed|400 - .*)$/,
             "$where: doubled Authorization is refused");
        like(verdict($path, authorization => $other, @header),
             qr/^(?:401 - malformed|400 - .*)$/,
             "$where: doubled authorization is refused");
    }
}

for my $other ($of{header}, $of{cookie}, '', 'x') {
    is(verdict('/last', @$_), '401 - malformed', 'doubled header is refused')
        for [Token => $of{header}, Token => $other],
            [Token => $of{header}, A => 1, tOKEN => $other, B => 1];

    is(verdict('/dashes', 'X-Token' => $of{header}, 'X-Token' => $other),
       '401 - malformed', 'doubled header with dashes');
}

is(verdict('/last', 'X-Token' => $of{header}, Token => $of{cookie}),
   '200 cookie ok', 'header of longer name passes');

done_testing;
