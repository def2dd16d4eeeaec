set -eu
export XAUTHORITY="$XDG_RUNTIME_DIR/Xauthority" DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
(umask 077 && : >"$XAUTHORITY")
xauth -q add "$DISPLAY" . "$(mcookie)"
Xvfb "$DISPLAY" -screen 0 1366x768x24 -auth "$XAUTHORITY" -noreset -nolisten tcp &
until xdpyinfo >/dev/null 2>&1; do sleep 0.05; done
openbox --sm-disable &
until xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'; do sleep 0.05; done
echo "$XDG_SESSION_ID" >"$XDG_RUNTIME_DIR/desk-$DISPLAY.new"
mv "$XDG_RUNTIME_DIR/desk-$DISPLAY.new" "$XDG_RUNTIME_DIR/desk-$DISPLAY"
wait
