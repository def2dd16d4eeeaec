# Asks a question with two buttons, everything in the forms that come easily,
# and prints the caption of the one pressed.
# usage: perl forms.pl QUEUE
use strict;
use warnings;
my $box = ($ENV{DESKBELL_RUNTIME_DIR} || "/run/user/$>/deskbell") . "/$ARGV[0]";
my $id = 'Perl-' . time . "-$$";    # in the reply's name folded to lower case
my $reply = "$box/outbox/" . lc($id) . '.json';
umask 077;
mkdir $_ for $box, "$box/inbox";
open my $file, '>', "$box/inbox/.$id" or die "$box/inbox: $!";
print $file '{"TEXT":"Install the update now?","bUTTONS":"Now\r\nTonight at eight\r\n","Type":" 292 ","TIMEOUT":"600"}';
close $file or die $!;
rename "$box/inbox/.$id", "$box/inbox/$id.json" or die $!;
my $text = '';
until ($text =~ /"ready"\s*:\s*true/) {
	select undef, undef, undef, 0.2;
	if (open my $in, '<', $reply) { local $/; $text = <$in> }
}
print "$1\n" if $text =~ /"choice"\s*:\s*"([^"]*)"/;
unlink "$box/inbox/$id.json" or die $!;
unlink $reply or die $!;
