#!/usr/bin/perl
# Asks a question with two buttons and prints the caption of the one pressed.
# Perl 5.14 and later, with what comes with it. It looks four times a second:
# to be notified takes a module (Linux::Inotify2).
# usage: perl ask.pl QUEUE SECONDS
# Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
use strict;
use warnings;
use JSON::PP;
my ($queue, $seconds) = @ARGV;
my $box = ($ENV{DESKBELL_RUNTIME_DIR} || "/run/user/$>/deskbell") . "/$queue";
my @buttons = ('Now', 'Tonight at eight');
my $id = 'perl-' . time . "-$$";
my ($question, $reply) = ("$box/inbox/$id.json", "$box/outbox/$id.json");
umask 077;

# load returns what is in a JSON file, nothing where there is none.
sub load {
	open my $in, '<', $_[0] or return {};
	local $/;
	return decode_json(<$in>);
}

# Is anybody attending? A record counts while its process runs.
if (!grep { my $pid = load($_)->{pid}; $pid && kill 0, $pid } glob "$box/monitor/*.json") {
	print STDERR "nobody attends $queue\n";
	exit 69;
}

# Ask: a file that gets its name when it is whole. Who ends us takes it back.
$SIG{INT} = $SIG{TERM} = sub { unlink $question; exit 130 };
mkdir $_ for "$box/inbox";
open my $file, '>', "$box/inbox/.$id" or die "$box/inbox: $!";
print $file encode_json({ text => 'Install the update now?', buttons => \@buttons });
close $file or die $!;
rename "$box/inbox/.$id", $question or die $!;

# Wait, with a limit.
my ($answer, $end) = ({}, time + $seconds);
until (($answer = load($reply))->{ready} || time >= $end) {
	select undef, undef, undef, 0.25;
}

# Clean up. Without a reply that takes the question back.
unlink $question;
if (!$answer->{ready}) {
	print STDERR "no answer in time\n";
	exit 5;
}
unlink $reply;

# Read the answer. Only what was offered is one.
if ($answer->{status} ne 'answered') {
	print STDERR "$answer->{status}\n";
	exit 1;
}
if (!grep { $_ eq $answer->{choice} } @buttons) {
	print STDERR "the reply does not fit the question\n";
	exit 1;
}
binmode STDOUT, ':utf8';
print "$answer->{choice}\n";
