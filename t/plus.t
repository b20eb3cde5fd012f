# A configuration as nginx.org's page of ngx_http_auth_jwt_module has it: where
# each directive may stand, what its default is, what each sentence promises.
# docs/nginx-plus.md is the list of these sentences.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

my @all = qw(http server location limit_except);
my @no_except = qw(http server location);

my %directive = (
    'auth_jwt "closed site"'              => \@all,
    'auth_jwt "closed $host"'             => \@all,
    'auth_jwt a token=$cookie_auth_token' => \@all,
    'auth_jwt off'                        => \@all,
    'auth_jwt_claim_set $email info e-mail'  => ['http'],
    'auth_jwt_claim_set $job info "job title"' => ['http'],
    'auth_jwt_header_set $kind typ'       => ['http'],
    'auth_jwt_header_set $deep a b'       => ['http'],
    'auth_jwt_key_cache 1h'               => \@no_except,
    'auth_jwt_key_cache 0'                => \@no_except,
    'auth_jwt_key_file keys.json'         => \@all,
    'auth_jwt_key_file keys/$host'        => \@all,
    'auth_jwt_key_request /jwks_uri'      => \@all,
    'auth_jwt_key_request /jwks/$host'    => \@all,
    'auth_jwt_leeway 30s'                 => \@no_except,
    'auth_jwt_require $arg_a'             => \@all,
    'auth_jwt_require $arg_a ${arg_b}c'   => \@all,
    'auth_jwt_require $arg_a error=401'   => \@all,
    'auth_jwt_require $arg_a error=403'   => \@all,
    'auth_jwt_type signed'                => \@all,
    'auth_jwt_type encrypted'             => \@all,
    'auth_jwt_type nested'                => \@all,
);

my %files = ('keys.json' => jwks('rsa', SECRET));

for my $directive (sort keys %directive) {
    my %where = map { $_ => 1 } @{$directive{$directive}};
    my $set = $where{http} && !$where{server};

    for my $level (@all) {
        next if $set && $level ne 'http';

        my %text = (http => '', server => '', location => '',
                    limit_except => '', $level => "$directive;");
        my ($status) = Nginx->check(files => \%files, http => $text{http},
            server => "$text{server} location / { $text{location}
                           limit_except GET { $text{limit_except} } }");

        is($status == 0 ? 'accepted' : 'refused',
           $where{$level} ? 'accepted' : 'refused', "$directive in $level");
    }
}

my $rest = 'auth_jwt_key_file keys.json; proxy_pass http://%UPSTREAM%;';

my $nginx = Nginx->start(
    files => {
        %files,
        'other.json' => jwks('ec256'),
        'half.json'  => '{"keys":',
        'kid/a'      => jwks('rsa'),
    },
    http => q{
        auth_jwt_claim_set $email info e-mail;
        auth_jwt_claim_set $job info "job title";
        auth_jwt_claim_set $dotted example.com/role;
        auth_jwt_claim_set $list a list;
        auth_jwt_header_set $extra x y;

        map $jwt_claim_iss $valid_jwt_iss { "good" 1; }

        proxy_cache_path %DIR%/cache levels=1 keys_zone=foo:10m;
        log_format seen '$uri <$jwt_claim_sub>';
    },
    server => qq{
        root %DIR%;
        add_header X-Status \$jwt_status always;
        proxy_set_header X-Set "\$email|\$job|\$dotted|\$list|\$extra";
        proxy_set_header X-Names "\$jwt_claim_sub|\$jwt_header_alg";

        location / { auth_jwt "closed site"; $rest }
        location /open { $rest }
        location /realm { auth_jwt "site of \$arg_name"; $rest }
        location /cookie { auth_jwt "a" token=\$cookie_auth_token; $rest }

        location /several {
            auth_jwt "a";
            auth_jwt_key_file other.json;
            $rest
        }

        location /one_broken {
            auth_jwt "a";
            auth_jwt_key_file half.json;
            $rest
        }

        location /one_missing {
            auth_jwt "a";
            auth_jwt_key_request /nothing;
            $rest
        }

        location /nothing { internal; }

        location /jwks {
            auth_jwt "a";
            auth_jwt_key_request /jwks_uri;
            proxy_pass http://%UPSTREAM%;
        }

        location = /jwks_uri {
            internal;
            proxy_cache foo;
            proxy_pass http://%UPSTREAM%/keys;
        }

        location /iss {
            auth_jwt "a";
            auth_jwt_require \$valid_jwt_iss;
            $rest
        }

        location /iss403 {
            auth_jwt "a";
            auth_jwt_require \$valid_jwt_iss "\${jwt_claim_n}" error=403;
            $rest
        }

        location /zero {
            auth_jwt "a";
            auth_jwt_require \$jwt_claim_n;
            $rest
        }

        location /leeway { auth_jwt "a"; auth_jwt_leeway 1m; $rest }
        location /kid {
            auth_jwt "a";
            auth_jwt_key_file kid/\$jwt_header_kid;
            proxy_pass http://%UPSTREAM%;
        }

        # what differs, and its switch

        location /no_key { auth_jwt "a"; proxy_pass http://%UPSTREAM%; }

        location /no_key_off {
            auth_jwt "a";
            auth_jwt_validate_sig off;
            proxy_pass http://%UPSTREAM%;
        }

        location /refused {
            auth_jwt "a";
            error_page 401 = \@refused;
            $rest
        }

        location \@refused { proxy_pass http://%UPSTREAM%; }

        location /decoded {
            auth_jwt "a";
            error_page 401 = \@decoded;
            $rest
        }

        location \@decoded {
            auth_jwt off token=\$http_x_token;
            proxy_pass http://%UPSTREAM%;
        }
    },
    upstream => sub {
        my ($request) = @_;

        my $keys = $request =~ m{\A\S+ /keys };
        my $body = $keys ? jwks('rsa') : $request;

        return "HTTP/1.1 200 OK\r\nConnection: close\r\n"
               . ($keys ? "Cache-Control: max-age=60\r\n" : '')
               . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
    });


sub status {
    my ($path, $claims, %option) = @_;

    return $nginx->get($path, bearer(token('RS256', $claims, %option)))->status;
}


sub header {
    my ($name, $path, @headers) = @_;

    return ($nginx->get($path, @headers)->body =~ /^\Q$name\E: (.*)\r$/m)[0];
}


is(status('/'), 200, 'first example of the page');
is($nginx->get('/')->status, 401, 'no token');
is($nginx->get('/open')->status, 200, 'off is the default');
like($nginx->get('/realm?name=b')->header('WWW-Authenticate'),
     qr/realm="site of b"/, 'realm with variables');
is($nginx->get('/cookie', Cookie => 'auth_token=' . token('RS256'))->status,
   200, 'token in a cookie');

my $claims = { sub => 'alice', 'example.com/role' => 'admin',
               info => { 'e-mail' => 'a@b', 'job title' => 'cook' },
               a => { list => ['x', 'y', 3] } };

is(header('X-Set', '/', bearer(token('RS256', $claims,
                                     header => { x => { y => ['p', 'q'] } }))),
   'a@b|cook|admin|x,y,3|p,q', 'paths, dots and arrays');
is(header('X-Names', '/', bearer(token('RS256', $claims))), 'alice|RS256',
   'names of claims and of the header');

# keys

is($nginx->get('/several', bearer(token($_)))->status, 200,
   "several files: $_") for qw(RS256 ES256);
is(status('/one_broken'), 500, 'one file that is broken');
is(status('/one_missing'), 500, 'one request that fails');
is(status('/jwks'), 200, "key request $_") for 1 .. 3;
is(scalar(grep { m{\AGET /keys } } $nginx->upstream_requests), 1,
   'proxy_cache serves key requests');
is(status('/kid', undef, kid => 'a'), 200, 'file name with variables');

# require and leeway

is(status('/iss', { iss => 'good' }), 200, 'map of iss');
is(status('/iss', { iss => 'bad' }), 401, 'empty value is 401');
is(status('/iss403', { iss => 'good', n => 1 }), 200, 'both values');
is(status('/iss403', { iss => 'good' }), 403, 'one of two values');
is(status('/iss403', { iss => 'bad', n => 1 }), 403, 'error=403');
is(status('/zero', { n => $_->[0] }), $_->[1], "value $_->[0]")
    for ['1', 200], ['0', 401], ['', 401], ['00', 200];
is(status('/', { exp => time - 20 }), 401, 'no leeway for exp');
is(status('/', { nbf => time + 20 }), 401, 'no leeway for nbf');
is(status('/leeway', { exp => time - 20 }), 200, 'leeway for exp');
is(status('/leeway', { nbf => time + 20 }), 200, 'leeway for nbf');
is(status('/leeway', { exp => time - 90 }), 401, 'end of leeway for exp');
is(status('/leeway', { nbf => time + 90 }), 401, 'end of leeway for nbf');

# the differences

is(status('/no_key'), 500, 'no key is not an unchecked signature');
is($nginx->get('/no_key_off', bearer(forged(token('RS256'))))->status, 200,
   'unless somebody says so');

my $forged = forged(token('RS256', { sub => 'alice' }));

is(header('X-Names', '/refused', bearer($forged)), '|',
   'refused token has no claims');
is(header('X-Names', '/decoded', bearer($forged), 'X-Token' => $forged),
   'alice|RS256', 'unless somebody says so');
is($nginx->get('/kid', bearer(token('RS256', undef, kid => '../keys.json')))
       ->status, 401, 'file name does not leave its folder');

done_testing;
