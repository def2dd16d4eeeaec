# Asks for a name and prints what was typed.
# usage: perl input.pl QUEUE
use strict;
use warnings;
my $box = ($ENV{DESKBELL_RUNTIME_DIR} || "/run/user/$>/deskbell") . "/$ARGV[0]";
my $id = 'perl-' . time . "-$$";
my $reply = "$box/outbox/$id.json";
umask 077;
mkdir $_ for $box, "$box/inbox";
open my $file, '>', "$box/inbox/.$id" or die "$box/inbox: $!";
print $file '{"kind":"input","text":"Your name?","pattern":"[^0-9]+","hint":"A name has no digits."}';
close $file or die $!;
rename "$box/inbox/.$id", "$box/inbox/$id.json" or die $!;
my $text = '';
until ($text =~ /"ready"\s*:\s*true/) {
	select undef, undef, undef, 0.2;
	if (open my $in, '<:utf8', $reply) { local $/; $text = <$in> }
}
binmode STDOUT, ':utf8';
if ($text =~ /"answer"\s*:\s*"((?:[^"\\]|\\.)*)"/) {
	my $answer = $1;
	my %plain = (n => "\n", t => "\t", r => "\r", b => "\b", f => "\f");
	$answer =~ s/\\(?:u(....)|(.))/defined $1 ? chr hex $1 : $plain{$2} || $2/ge;
	print "$answer\n";
}
unlink "$box/inbox/$id.json" or die $!;
unlink $reply or die $!;
