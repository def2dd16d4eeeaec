#!/bin/sh
# Asks a question with two buttons and prints the caption of the one pressed.
# POSIX sh and nothing else. It looks once a second: sh cannot be notified.
# usage: ask.sh QUEUE SECONDS
# Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
set -eu
umask 077
box=${DESKBELL_RUNTIME_DIR:-/run/user/$(id -u)/deskbell}/$1
id=sh-$(date +%s)-$$
question=$box/inbox/$id.json
reply=$box/outbox/$id.json

# field FILE NAME prints a field of a JSON file that has no quotes in its texts.
field() { { tr -d '\n' <"$1"; echo; } | sed -n 's/.*"'"$2"'" *: *"\{0,1\}\([^",}]*\).*/\1/p'; }

# Is anybody attending? A record counts while its process runs.
attended=
for record in "$box"/monitor/*.json; do
	if [ -e "$record" ] && kill -0 "$(field "$record" pid)" 2>/dev/null; then attended=1; fi
done
[ "$attended" ] || { echo "nobody attends $1" >&2; exit 69; }

# Clean up, whatever happens. Without a reply that takes the question back.
trap 'rm -f "$question" "$box/inbox/.$id"; [ "$(field "$reply" ready 2>/dev/null)" != true ] || rm -f "$reply"' EXIT
trap 'exit 130' INT TERM

# Ask: a file that gets its name when it is whole.
mkdir -p "$box/inbox"
printf '{"text":"Install the update now?","buttons":["Now","Tonight at eight"]}' >"$box/inbox/.$id"
mv "$box/inbox/.$id" "$question"

# Wait, with a limit.
waited=0
until [ "$(field "$reply" ready 2>/dev/null)" = true ]; do
	[ "$waited" -lt "$2" ] || { echo "no answer in time" >&2; exit 5; }
	sleep 1
	waited=$((waited + 1))
done

# Read the answer. Only what was offered is one.
status=$(field "$reply" status)
[ "$status" = answered ] || { echo "$status" >&2; exit 1; }
choice=$(field "$reply" choice)
case $choice in
"Now" | "Tonight at eight") echo "$choice" ;;
*) echo "the reply does not fit the question" >&2; exit 1 ;;
esac
