package session

import (
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
