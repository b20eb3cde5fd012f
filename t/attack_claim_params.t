# Attacks by claims with a control character: the parameters of FastCGI, uwsgi
# and SCGI, where NUL ends a value, byte by byte.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use IO::Select;
use IO::Socket::INET;
use Test::More;
use Places;

my $server = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1')
    or die "no server: $@";
my $address = '127.0.0.1:' . $server->sockport;

my $nginx = places(server => qq{
    fastcgi_pass_request_headers off;
    uwsgi_pass_request_headers off;
    scgi_pass_request_headers off;

    location /fastcgi {
        fastcgi_param CLAIM "SHOWN";
        fastcgi_param BARE \$jwt_claim_x;
        fastcgi_param SET \$jwt_claim_x if_not_empty;
        fastcgi_param HTTP_HOST host;
        fastcgi_pass $address;
    }

    location /uwsgi {
        uwsgi_param CLAIM "SHOWN";
        uwsgi_param BARE \$jwt_claim_x;
        uwsgi_param SET \$jwt_claim_x if_not_empty;
        uwsgi_param HTTP_HOST host;
        uwsgi_pass $address;
    }

    location /scgi {
        scgi_param CLAIM "SHOWN";
        scgi_param BARE \$jwt_claim_x;
        scgi_param SET \$jwt_claim_x if_not_empty;
        scgi_param HTTP_HOST host;
        scgi_pass $address;
    }
});

my $client = $nginx->connect;


# One request by such a protocol: what came, as the first sub reads it

sub asked {
    my ($path, $read, $answer, @bearer) = @_;

    $client->begin('GET', $path, \@bearer);

    IO::Select->new($server)->can_read(30) or die "$path: nobody connects";

    my $connection = $server->accept;
    my $request = $read->($connection);

    print $connection $answer;
    close $connection;

    my $verdict = $client->response->verdict;

    return $verdict eq '200 ok' ? $request : $verdict;
}


sub take {
    my ($connection, $size) = @_;

    my $bytes = '';

    while (length $bytes < $size) {
        sysread $connection, $bytes, $size - length $bytes, length $bytes
            or die "connection closed: $bytes";
    }

    return $bytes;
}


# records until the empty one of the body; those of the parameters are type 4

sub read_fastcgi {
    my ($connection) = @_;

    my $params = '';

    while () {
        my (undef, $type, undef, $length, $padding) =
            unpack 'CCnnC', take($connection, 8);
        my $bytes = take($connection, $length);

        take($connection, $padding);
        $params .= $bytes if $type == 4;
        return $params if $type == 5 && $length == 0;
    }
}


sub read_uwsgi {
    my ($connection) = @_;

    return take($connection, unpack 'xv', take($connection, 4));
}


sub read_scgi {
    my ($connection) = @_;

    my $length = '';

    $length .= take($connection, 1) until $length =~ s/:\z//;

    return take($connection, $length + 1);
}


# newer releases of nginx send HTTP_HOST in any case

sub params { my ($x) = @_;
             (CLAIM => shown($x), BARE => $x, length $x ? (SET => $x) : (),
              HTTP_HOST => 'host') }

sub pairs {
    my ($pack, @params) = @_;

    my $bytes = '';

    while (my ($name, $value) = splice @params, 0, 2) {
        $bytes .= $pack->($name, $value);
    }

    return $bytes;
}


# FastCGI 1.0, 3.4: a length of 128 and more has four bytes

sub fastcgi_length { $_[0] < 128 ? pack 'C', $_[0] : pack 'N', $_[0] | 1 << 31 }

my $answer = "HTTP/1.1 200 OK\r\n\r\n";
my $record = "Status: 200 OK\r\n\r\n";

place('fastcgi',
      sub { asked('/fastcgi', \&read_fastcgi,
                  pack('CCnnCC', 1, 6, 1, length $record, 0, 0) . $record
                  . pack('CCnnCC', 1, 3, 1, 8, 0, 0) . "\0" x 8, @_) },
      sub { pairs(sub { join '', (map { fastcgi_length(length) } @_), @_ },
                  params($_[0])) });

place('uwsgi', sub { asked('/uwsgi', \&read_uwsgi, $answer, @_) },
      sub { pairs(sub { pack 'v/a v/a', @_ }, params($_[0])) });

place('scgi', sub { asked('/scgi', \&read_scgi, $answer, @_) },
      sub { pairs(sub { "$_[0]\0$_[1]\0" }, CONTENT_LENGTH => 0,
                  params($_[0])) . ',' });

done_testing;
