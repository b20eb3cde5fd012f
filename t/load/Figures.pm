package Figures;

# What is printed: a line for each figure, and whether it is as it must be.
#
#     show('provider down', '20.0 s');
#     check('other responses', $n, $n == 0);     # false: FAILED
#     exit verdict();                            # pass or fail; 0 or 1
#
# What clients return are hashes of counts, in "status" and "count":
#
#     my %sum = sum(@results);                   # (200 => 17, broken => 0)
#     my %others = others(200, \%sum);           # statuses that are not 200
#     text(%others)                              # 3 of 401, 1 of 503

use strict;
use warnings;

use Exporter qw(import);
our @EXPORT = qw(show check verdict sum others text);

my $failed = 0;


sub show {
    my ($name, $value) = @_;

    printf "%-26s%s\n", $name, $value;
}


sub check {
    my ($name, $value, $good) = @_;

    show($name, $value . ($good ? '' : '    FAILED'));

    $failed = 1 if !$good;
}


sub verdict {
    print $failed ? "fail\n" : "pass\n";

    return $failed;
}


sub sum {
    my (@results) = @_;

    my %sum;

    for my $result (@results) {
        for my $counts ($result->{status}, $result->{count}) {
            $sum{$_} += $counts->{$_} for keys %$counts;
        }
    }

    return %sum;
}


sub others {
    my ($expected, $counts) = @_;

    return map { $_ => $counts->{$_} }
           grep { /^\d/ && $_ ne $expected } keys %$counts;
}


sub text {
    my (%counts) = @_;

    return '0' if !%counts;
    return join ', ', map { "$counts{$_} of $_" } sort keys %counts;
}


1;
