package Setting;

# The configuration of what is measured: servers that differ in as little as
# can be.
#
#     my %args = setting(http => $text, upstream => $port, servers => {
#         page => '', hit => AUTH, proxy => proxy(%CONSTANTS),
#     });
#     my $ports = delete $args{ports};        # name => the number for port()
#     my $nginx = Nginx->start(%args);
#
# With listen => 'reuseport' workers have connections of all ports alike.
# What is in "servers" is inside of a location.  Each serves the file "page".
# Beside it are keys.json, with the keys of all tokens, and many.json, where
# they are the last of 1,000.

use strict;
use warnings;

use Tokens;

use Exporter qw(import);
our @EXPORT = qw(setting proxy AUTH %CONSTANTS %CLAIMS);

use constant AUTH => 'auth_jwt "bench"; auth_jwt_key_file keys.json;';

# values of the same length as the claims

our %CONSTANTS = ('X-User' => 'f3f0a8f4-5f0b-4e53-9a53-27c1a2e5d6b1',
                  'X-Email' => 'alice@example.com', 'X-Login' => 'alice');
our %CLAIMS = ('X-User' => '$jwt_claim_sub', 'X-Email' => '$jwt_claim_email',
               'X-Login' => '$jwt_claim_preferred_username');


sub setting {
    my (%args) = @_;

    my ($servers, $number, %ports) = ('', 0);
    my $listen = $args{listen} // '';

    for my $name (sort keys %{$args{servers}}) {
        $ports{$name} = ++$number;
        $servers .= "server { listen 127.0.0.1:%PORT$number% $listen; "
                    . "root %DIR%; "
                    . "location / { $args{servers}{$name} } }\n";
    }

    my %file = (page => "good\n", 'keys.json' => key_set(),
                'many.json' => key_set(996));

    return (ports => \%ports, files => \%file,
            http => join "\n", common($args{upstream}), $args{http} // '',
                               $servers);
}


# At level "warn" no text is made of why a token is refused.

sub common {
    my ($port) = @_;

    return qq{
        access_log off;
        error_log %DIR%/error.log warn;
        client_header_buffer_size 4k;
        keepalive_requests 1000000000;
        keepalive_timeout 600;

        upstream app {
            server 127.0.0.1:$port;
            keepalive 32;
            keepalive_requests 1000000000;
            keepalive_timeout 600;
        }
    };
}


sub proxy {
    my (%header) = @_;

    my $headers = join '', map { "proxy_set_header $_ $header{$_}; " }
                           sort keys %header;

    return 'proxy_pass http://app; proxy_http_version 1.1; '
           . "proxy_set_header Connection ''; $headers";
}


1;
