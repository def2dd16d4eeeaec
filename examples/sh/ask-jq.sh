#!/bin/sh
# Asks any question with any buttons and prints the caption of the one pressed.
# POSIX sh with jq, which writes and reads texts with quotes in them. It is woken
# by inotifywait where that is installed; else it looks once a second.
# usage: ask-jq.sh QUEUE SECONDS TEXT BUTTON...
# Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
set -eu
umask 077
queue=$1 seconds=$2 text=$3
shift 3
box=${DESKBELL_RUNTIME_DIR:-/run/user/$(id -u)/deskbell}/$queue
id=jq-$(date +%s)-$$
question=$box/inbox/$id.json
reply=$box/outbox/$id.json

# Is anybody attending? A record counts while its process runs.
attended=
for record in "$box"/monitor/*.json; do
	if [ -e "$record" ] && kill -0 "$(jq .pid "$record")" 2>/dev/null; then attended=1; fi
done
[ "$attended" ] || { echo "nobody attends $queue" >&2; exit 69; }

# Clean up, whatever happens. Without a reply that takes the question back.
trap 'rm -f "$question" "$box/inbox/.$id"; ! jq -e .ready "$reply" >/dev/null 2>&1 || rm -f "$reply"' EXIT
trap 'exit 130' INT TERM

# Ask: a file that gets its name when it is whole.
mkdir -p "$box/inbox" "$box/outbox"
jq -n --arg text "$text" '{$text, buttons: $ARGS.positional}' --args "$@" >"$box/inbox/.$id"
mv "$box/inbox/.$id" "$question"

# Wait, with a limit.
end=$(($(date +%s) + seconds))
until jq -e .ready "$reply" >/dev/null 2>&1; do
	[ "$(date +%s)" -lt "$end" ] || { echo "no answer in time" >&2; exit 5; }
	# A second at most: what happened before it watched is seen then.
	inotifywait -qq -t 1 -e moved_to "$box/outbox" 2>/dev/null || [ $? -eq 2 ] || sleep 1
done

# Read the answer. Only what was offered is one.
[ "$(jq -r .status "$reply")" = answered ] || { jq -r .status "$reply" >&2; exit 1; }
choice=$(jq -r .choice "$reply")
for button; do
	[ "$choice" != "$button" ] || { printf '%s\n' "$choice"; exit 0; }
done
echo "the reply does not fit the question" >&2
exit 1
