#!/bin/sh
# Asks any question with any buttons and prints the caption of the one pressed.
# usage: ask-jq.sh QUEUE TEXT BUTTON...
set -eu
umask 077
box=${DESKBELL_RUNTIME_DIR:-/run/user/$(id -u)/deskbell}/$1
text=$2
shift 2
id=jq-$(date +%s)-$$
reply=$box/outbox/$id.json
mkdir -p "$box/inbox"
jq -n --arg text "$text" '{$text, buttons: $ARGS.positional}' --args "$@" >"$box/inbox/.$id"
mv "$box/inbox/.$id" "$box/inbox/$id.json"
until jq -e .ready "$reply" >/dev/null 2>&1; do sleep 0.2; done
jq -r .choice "$reply"
rm "$box/inbox/$id.json"
rm "$reply"
