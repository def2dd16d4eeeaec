#!/bin/sh
# Sends what is no message and prints what is said of it.
# usage: rejected.sh QUEUE
set -eu
umask 077
box=${DESKBELL_RUNTIME_DIR:-/run/user/$(id -u)/deskbell}/$1
id=sh-$(date +%s)-$$
reply=$box/outbox/$id.json
mkdir -p "$box/inbox"
printf '{"text":"Install the update now?","type":"abc"}' >"$box/inbox/.$id"
mv "$box/inbox/.$id" "$box/inbox/$id.json"
until grep -q '"ready" *: *true' "$reply" 2>/dev/null; do sleep 0.2; done
for field in status error; do
	tr -d '\n' <"$reply" | sed 's/.*"'$field'" *: *"\(\([^"\\]\|\\.\)*\)".*/\1\n/; s/\\\(["\\]\)/\1/g'
done
rm "$box/inbox/$id.json"
rm "$reply"
