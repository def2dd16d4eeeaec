#!/bin/sh
# The same with the deskbell command, in sh.
choice=$(deskbell ask "Install the update now?" --queue "$1" --button Now --button "Tonight at eight" --within "$2"s)
case $? in 0 | 1) echo "$choice" ;; 69) echo "nobody attends" >&2; exit 69 ;; *) exit 5 ;; esac
