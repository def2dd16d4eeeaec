#!/bin/sh
# A software-distribution job, run by root: the user at the screen may put it
# off, sees it under way, and is told when it is complete. Whatever distributes
# software runs it again later when it exits with 75.
#
#   install.sh TITLE COMMAND [ARGUMENT…]
set -u
title=$1
shift

deskbell ask "$title is ready to be installed. It takes a few minutes." \
	--title "$title" --button "Install now" --button "Later" \
	--timeout 10m --countdown-text "Installation starts in {time}" ${TO:+--to "$TO"} >/dev/null
case $? in
0 | 5) ;;                                             # agreed, or the time was over
69) echo "nobody is there, so nobody is disturbed" >&2 ;;
1) echo "put off by the user" >&2 && exit 75 ;;
*) echo "nobody could be asked now" >&2 && exit 75 ;;
esac

deskbell progress "$title is being installed." --title "$title" ${TO:+--to "$TO"} -- "$@"
status=$?
if [ "$status" = 125 ]; then # there is nobody to show it to
	"$@"
	status=$?
fi

if [ "$status" = 0 ]; then
	deskbell notify "$title has been installed." --title "$title" ${TO:+--to "$TO"} >&2 || true
else
	deskbell notify "$title could not be installed. You can go on working." --title "$title" --icon error ${TO:+--to "$TO"} >&2 || true
fi
exit "$status"
