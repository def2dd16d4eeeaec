#!/bin/sh
# Asks a question with two buttons and prints the caption of the one pressed.
# usage: ask.sh QUEUE
set -eu
umask 077
box=${DESKBELL_RUNTIME_DIR:-/run/user/$(id -u)/deskbell}/$1
id=sh-$(date +%s)-$$
reply=$box/outbox/$id.json
mkdir -p "$box/inbox"
printf '{"text":"Install the update now?","buttons":["Now","Tonight at eight"],"timeout":600}' >"$box/inbox/.$id"
mv "$box/inbox/.$id" "$box/inbox/$id.json"
until grep -q '"ready" *: *true' "$reply" 2>/dev/null; do sleep 0.2; done
tr -d '\n' <"$reply" | sed 's/.*"choice" *: *"\([^"]*\)".*/\1\n/'
rm "$box/inbox/$id.json"
rm "$reply"
