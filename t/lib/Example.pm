package Example;

# A configuration of docs/examples as it stands there: only the port to listen
# to, the address of the upstream and the access log are those of the test.
#
#     my $nginx = Example->start('shared-secret', allow => qr/.../);
#     my $text = Example->text('shared-secret');
#     my %files = Example->files;       # the key files, by name
#
#     my $nginx = Example->start_block($page, 'auth_jwt_require');
#
# starts the first configuration in that section of that page, whose upstream is
# called backend.  The further arguments are those of Nginx->start.

use strict;
use warnings;

use File::Basename qw(basename dirname);

use Nginx;

my $root = dirname(__FILE__) . '/../..';
my $docs = "$root/docs/examples";


sub start {
    my ($class, $name, %args) = @_;

    return Nginx->start($class->arguments($name), %args);
}


sub start_block {
    my ($class, $page, $section, %args) = @_;

    my ($text) = slurp("$root/$page")
                 =~ /^## \Q$section\E\n(?:(?!^## ).)*?^```nginx\n(.*?)^```$/ms
        or die "no configuration in $section of $page";

    return Nginx->start($class->adapted($text), %args);
}


sub arguments {
    my ($class, $name) = @_;

    return $class->adapted($class->text($name));
}


sub adapted {
    my ($class, $text) = @_;

    $text =~ s/\blisten 8080\b/listen 127.0.0.1:%PORT%/ or die 'no listen';
    $text =~ s{(?:127\.0\.0\.1:9000|(?<=//)backend)\b}{%UPSTREAM%}g
        or die 'no upstream';
    $text =~ s{/var/(?:cache|log)/nginx/}{%DIR%/}g;

    return (http => $text, files => { $class->files });
}


sub names { map { basename($_, '.conf') } sort glob "$docs/*.conf" }


sub text {
    my ($class, $name) = @_;

    return slurp("$docs/$name.conf");
}


sub files {
    my ($class) = @_;

    return map { 'jwt/' . basename($_) => slurp($_) } glob "$docs/jwt/*";
}


sub slurp {
    my ($path) = @_;

    open my $file, '<:raw', $path or die "$path: $!";
    local $/;

    return scalar <$file>;
}


1;
