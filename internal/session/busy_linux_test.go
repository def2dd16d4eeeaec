package session

import (
	"strconv"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

func TestFullScreenIsBusy(t *testing.T) {
	d := bed.NewDisplay(t)
	t.Setenv("DISPLAY", d.Name)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
	states, err := Watch(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, states); got != (State{}) {
		t.Fatalf("at first %+v", got)
	}
	film := d.Command("xterm", "-title", "Film", "-fullscreen", "-e", "cat")
	if err := film.Start(); err != nil {
		t.Fatal(err)
	}
	if got := next(t, states); !got.Busy {
		t.Errorf("with a window that fills the screen: %+v", got)
	}
	if yes, err := Busy(); err != nil || !yes {
		t.Errorf("Busy() = %v, %v", yes, err)
	}
	_ = film.Process.Kill()
	_ = film.Wait() // killed
	if got := next(t, states); got.Busy {
		t.Errorf("when it has gone: %+v", got)
	}
	if yes, err := Busy(); err != nil || yes {
		t.Errorf("Busy() = %v, %v", yes, err)
	}
}

// What a person tells dunst, the notifications server of small desktops.
func TestPausedDunstIsBusy(t *testing.T) {
	d, b := bed.NewDisplay(t), newBus(t)
	t.Setenv("DISPLAY", "")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", b.address)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
	states, err := Watch(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, states); got != (State{}) {
		t.Fatalf("at first %+v", got)
	}
	dunst := d.Command("dunst")
	dunst.Env = append(dunst.Env, "DBUS_SESSION_BUS_ADDRESS="+b.address)
	if err := dunst.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = dunst.Process.Kill()
		_ = dunst.Wait() // killed
	})
	d.Wait("dunst", func() bool {
		var owned bool
		err := b.connect("").BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, notificationsName).Store(&owned)
		return err == nil && owned
	})
	for _, paused := range []bool{true, false} {
		cmd := d.Command("dunstctl", "set-paused", strconv.FormatBool(paused))
		cmd.Env = append(cmd.Env, "DBUS_SESSION_BUS_ADDRESS="+b.address)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("dunstctl: %v\n%s", err, out)
		}
		if got := next(t, states); got.Busy != paused {
			t.Errorf("paused %v: %+v", paused, got)
		}
	}
}

func next(t *testing.T, states <-chan State) State {
	t.Helper()
	select {
	case s, ok := <-states:
		if !ok {
			t.Fatal("the channel is closed")
		}
		return s
	case <-time.After(30 * time.Second):
		t.Fatal("no change of the state came")
	}
	return State{}
}
