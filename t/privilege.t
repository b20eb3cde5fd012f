# Workers without privileges: a key file that only root can read is read by the
# master at start, and used until it is replaced.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use Test::More;
use Nginx;
use Token;

plan skip_all => 'not run by root' if $> != 0;
plan skip_all => 'there is no www-data' if !getpwnam 'www-data';

my $nginx = Nginx->start(
    user   => 'www-data',
    files  => { private => jwks('rsa'), public => jwks('rsa') },
    server => q{
        auth_jwt "api";
        add_header X-Status $jwt_status always;

        location /private {
            auth_jwt_key_file private;
            proxy_pass http://%UPSTREAM%;
        }

        location /public {
            auth_jwt_key_file public;
            proxy_pass http://%UPSTREAM%;
        }
    });

my %token = map { $_ => token('RS256', undef, key => $_) } qw(rsa rsa2);
my %seconds;


sub verdict {
    my ($name, $key) = @_;

    my $answer = $nginx->get("/$name",
                             Authorization => "Bearer $token{$key}");

    $seconds{$answer->header('Date')}++;

    return $answer->status . ' ' . ($answer->header('X-Status') // '');
}


sub becomes {
    my ($name, $key, $expected) = @_;

    return wait_for { verdict($name, $key) eq $expected } 10;
}


chmod 0600, $nginx->path('private') or die $!;
chmod 0755, $nginx->dir or die $!;

# a worker looks at the file again in another second

my %verdicts;

%seconds = ();
wait_for { $verdicts{verdict('public', 'rsa')}++; keys %seconds > 1 };

is_deeply([keys %verdicts], ['200 ok'], 'readable file works');

$nginx->write_file(public => jwks('rsa2'));

ok(becomes('public', 'rsa2', '200 ok'), 'replaced readable file works');


# chmod has made it another file, and a reload reads it as root

ok(becomes('private', 'rsa', '500 keys_unavailable'),
   'changed file of root is not read');
ok($nginx->log_comes('/private" cannot be used: .* \(13: Permission denied\)'),
   'reason is logged');

$nginx->reload;
%verdicts = %seconds = ();
wait_for { $verdicts{verdict('private', 'rsa')}++; keys %seconds > 1 };

is_deeply([keys %verdicts], ['200 ok'], 'file of root works after reload');

umask 077;
$nginx->write_file(private => jwks('rsa2'));

ok(becomes('private', 'rsa', '500 keys_unavailable'),
   'replaced file of root is not read');

chmod 0644, $nginx->path('private');

ok(becomes('private', 'rsa2', '200 ok'), 'works when readable');

my ($worker) = reverse $nginx->log =~ /start worker process (\d+)/g;

open my $file, '<', "/proc/$worker/status" or die "$worker: $!";
my ($uid) = join('', <$file>) =~ /^Uid:\s+(\d+)/m;

is($uid, scalar getpwnam 'www-data', 'worker is not root');

done_testing;
