#!/bin/sh
# Asks, takes the question back once it is on screen, and waits until nothing
# is left of it.
# usage: withdraw.sh QUEUE
set -eu
umask 077
box=${DESKBELL_RUNTIME_DIR:-/run/user/$(id -u)/deskbell}/$1
id=sh-$(date +%s)-$$
claim=$box/outbox/$id.json
mkdir -p "$box/inbox"
printf '{"text":"Never mind: does this stay?","buttons":["Yes","No"]}' >"$box/inbox/.$id"
mv "$box/inbox/.$id" "$box/inbox/$id.json"
until grep -q '"status" *: *"shown"' "$claim" 2>/dev/null; do sleep 0.2; done
rm "$box/inbox/$id.json"
while [ -e "$claim" ]; do sleep 0.2; done
echo withdrawn
