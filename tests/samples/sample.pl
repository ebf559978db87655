#!/usr/bin/env perl
# Counts the lines of files, by language.
package LineCounter;

use strict;
use warnings;
use File::Basename qw(fileparse);

our $VERSION = '2.4.1';
my $limit = 1_000_000;
my %extensions = (
    '.txt' => 'text',
    '.pl'  => 'perl',
);

=head1 METHODS

=head2 new

Takes the files to count.

=cut

sub new {
    my ($class, %options) = @_;
    my $self = { files => [], %options };
    return bless $self, $class;
}

# The number of lines of a file.
sub count {
    my ($self, $path) = @_;
    if (!-e $path) {
        die "no such file: $path";
    }
    open(my $handle, '<', $path) or return;
    my $lines = 0;
    while (my $line = <$handle>) {
        next if $line =~ /^\s*#/;
        $lines++;
    }
    close $handle;
    return $lines;
}

sub language {
    my ($self, $path) = @_;
    my (undef, undef, $suffix) = fileparse($path, qr/\.[^.]*/);
    if (exists $extensions{$suffix}) {
        return $extensions{$suffix};
    } elsif ($suffix eq '') {
        my $guess = 'text';
        return $guess;
    } else {
        # nobody knows
        warn "unknown: $suffix";
    }
    foreach my $known (sort keys %extensions) {
        print "$known\n";
    }
    return 'unknown';
}

sub usage {
    my $name = shift;
    print <<"END";
usage: $name FILE...
  counts the lines of each
END
    my @rows = map {
        sprintf('%s', $_)
    } sort keys %extensions;
    print join(', ', @rows), "\n";
}

package LineCounter::Report {
    sub show {
        my ($self, $totals) = @_;
        for my $language (sort keys %$totals) {
            printf "%-10s %6d\n", $language, $totals->{$language};
        }
    }
}

package main;

my $counter = LineCounter->new(files => \@ARGV);
my %totals;
for my $path (@ARGV) {
    $totals{ $counter->language($path) } += $counter->count($path);
}
LineCounter::Report->show(\%totals);

__END__

What follows is not read.
