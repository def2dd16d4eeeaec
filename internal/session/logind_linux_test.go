package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
)

func active(more map[string]any) map[string]any {
	p := map[string]any{
		"Class": "user", "State": "active", "Active": true, "Type": "x11",
		"Remote": false, "LockedHint": false, "IdleHint": false,
	}
	for name, value := range more {
		p[name] = value
	}
	return p
}

func TestListCountsOnlyPersons(t *testing.T) {
	tests := []struct {
		name       string
		properties map[string]any
		counts     bool
	}{
		{"user", active(nil), true},
		{"no display", active(map[string]any{"Display": "", "Type": "wayland"}), true},
		{"terminal", active(map[string]any{"Type": "tty"}), true},
		{"early", active(map[string]any{"Class": "user-early"}), true},
		{"light", active(map[string]any{"Class": "user-light"}), true},
		{"not in front", active(map[string]any{"State": "online", "Active": false}), true},
		{"greeter", active(map[string]any{"Class": "greeter"}), false},
		{"lock screen", active(map[string]any{"Class": "lock-screen"}), false},
		{"background", active(map[string]any{"Class": "background"}), false},
		{"manager", active(map[string]any{"Class": "manager"}), false},
		{"early manager", active(map[string]any{"Class": "manager-early"}), false},
		{"closing", active(map[string]any{"State": "closing"}), false},
		{"a word like it", active(map[string]any{"Class": "username"}), false},
		{"no properties", map[string]any{}, false},
		{"a class that is no text", active(map[string]any{"Class": uint32(7)}), false},
		{"ended meanwhile", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, _ := newLogin(t)
			l.add(t, "1", 1000, "ann", "seat0", test.properties)
			got, err := List(t.Context())
			if err != nil || len(got) == 1 != test.counts {
				t.Errorf("List: %+v, %v; want a session: %v", got, err, test.counts)
			}
		})
	}
}

func TestListReadsAndOrders(t *testing.T) {
	since := time.Now().Add(-time.Hour).Truncate(time.Microsecond)
	l, _ := newLogin(t)
	l.add(t, "1", 1001, "ben", "", active(map[string]any{
		"Remote": true, "LockedHint": true, "IdleHint": true, "IdleSinceHint": uint64(since.UnixMicro()),
	}))
	l.add(t, "2", 1002, "cem", "seat0", active(map[string]any{"Active": false, "State": "online"}))
	l.add(t, "3", 1003, "dee", "seat0", active(map[string]any{"Timestamp": uint64(since.UnixMicro())}))
	l.add(t, "4", 1004, "eve", "", active(map[string]any{
		"Timestamp": uint64(1) << 63, "IdleHint": "yes", "IdleSinceHint": -1, "Remote": "no", "LockedHint": 1.5,
	}))
	got, err := List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 {
		t.Fatalf("%d sessions, want 4: %+v", len(got), got)
	}
	if idle := got[2].Idle; idle < time.Hour || idle > 2*time.Hour {
		t.Errorf("ben has not typed for %s, want an hour", idle)
	}
	got[2].Idle = 0
	for i := range got {
		got[i].Locale = "" // this computer's
	}
	want := []Session{
		{ID: "3", User: "dee", UID: "1003", Seat: "seat0", Active: true, Type: "x11", Class: "user", Since: since},
		{ID: "4", User: "eve", UID: "1004", Active: true, Type: "x11", Class: "user"},
		{ID: "1", User: "ben", UID: "1001", Remote: true, Active: true, State: State{Locked: true}, Type: "x11", Class: "user"},
		{ID: "2", User: "cem", UID: "1002", Seat: "seat0", State: State{Disconnected: true}, Type: "x11", Class: "user"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestListFails(t *testing.T) {
	l, _ := newLogin(t)
	l.fail(dbus.NewError("org.freedesktop.DBus.Error.AccessDenied", []any{"no"}), nil)
	if got, err := List(t.Context()); err == nil {
		t.Errorf("List: %+v, though logind refuses", got)
	}
	hangs := make(chan struct{})
	defer close(hangs)
	l.fail(nil, hangs)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := List(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("List: %+v, %v; want that the time is over", got, err)
	}
}

func TestListWithoutLogind(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
	if _, err := List(t.Context()); err != nil {
		t.Error("no bus: ", err)
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", newBus(t).address)
	if _, err := List(t.Context()); err != nil {
		t.Error("nobody on it: ", err)
	}
}

func TestWatchHearsOfChanges(t *testing.T) {
	l, _ := newLogin(t)
	l.add(t, "1", 1000, "ann", "seat0", active(nil))
	l.add(t, "2", 1001, "ben", "", active(nil))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	states, err := Watch(ctx, "1")
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, states); got != (State{}) {
		t.Errorf("at first %+v", got)
	}
	l.change(t, "2", "LockedHint", true) // another's
	l.change(t, "1", "IdleHint", true)   // of no concern
	for _, step := range []struct {
		name  string
		value any
		want  State
	}{
		{"LockedHint", true, State{Locked: true}},
		{"Active", false, State{Locked: true, Disconnected: true}},
		{"LockedHint", false, State{Disconnected: true}},
		{"Active", true, State{}},
		{"State", "closing", State{Disconnected: true}},
	} {
		l.change(t, "1", step.name, step.value)
		if got := next(t, states); got != step.want {
			t.Errorf("after %s=%v: %+v, want %+v", step.name, step.value, got, step.want)
		}
	}
	l.change(t, "1", "State", "active")
	if got := next(t, states); got != (State{}) {
		t.Errorf("active again: %+v", got)
	}
	l.remove(t, "1")
	if got := next(t, states); got != (State{Disconnected: true}) {
		t.Errorf("ended: %+v", got)
	}
	cancel()
	ended(t, states)
}

func ended(t *testing.T, states <-chan State) {
	t.Helper()
	select {
	case s, ok := <-states:
		if ok {
			t.Errorf("%+v instead of the end", s)
		}
	case <-time.After(30 * time.Second):
		t.Error("the channel is not closed when ctx is done")
	}
}

func TestWatchWithoutLogind(t *testing.T) {
	for _, test := range []struct {
		name  string
		start func(*testing.T) (end func())
	}{
		{"no bus", func(t *testing.T) func() {
			t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
			t.Setenv("DISPLAY", "")
			return func() {}
		}},
		{"a bus that says nothing", func(t *testing.T) func() {
			dir, err := os.MkdirTemp("", "deskbell-bus-") // short, for the socket's sake
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			dumb, err := net.Listen("unix", dir+"/socket")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { dumb.Close() })
			t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+dir+"/socket")
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+dir+"/socket")
			t.Setenv("DISPLAY", "")
			return func() {}
		}},
		{"no such session", func(t *testing.T) func() {
			newLogin(t)
			return func() {}
		}},
		{"the bus goes", func(t *testing.T) func() {
			l, b := newLogin(t)
			l.add(t, "1", 1000, "ann", "", active(nil))
			return b.end
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			end := test.start(t)
			ctx, cancel := context.WithCancel(t.Context())
			states, err := Watch(ctx, "1")
			if err != nil {
				t.Fatal(err)
			}
			if got := next(t, states); got != (State{}) {
				t.Errorf("at first %+v", got)
			}
			end()
			cancel()
			ended(t, states)
		})
	}
}

func TestLatestWins(t *testing.T) {
	l := newLatest()
	l.say(State{})
	l.say(State{Locked: true})
	l.say(State{Busy: true})
	l.say(State{Busy: true})
	if got := <-l.states; got != (State{Busy: true}) {
		t.Errorf("%+v, want the latest", got)
	}
	l.say(State{Busy: true})
	select {
	case got := <-l.states:
		t.Errorf("%+v is said twice", got)
	default:
	}
}

// A notifications server that is started or stopped, and holds back or not.
func TestHeldBackIsBusy(t *testing.T) {
	for _, of := range []struct{ of, name string }{{notificationsName, "Inhibited"}, {dunstName, "paused"}} {
		t.Run(of.name, func(t *testing.T) {
			b := newBus(t)
			t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", b.address)
			t.Setenv("DISPLAY", "")
			states, err := Watch(t.Context(), "1")
			if err != nil {
				t.Fatal(err)
			}
			if got := next(t, states); got != (State{}) {
				t.Errorf("without a server %+v", got)
			}
			server := &server{of: of.of, name: of.name, value: true}
			server.conn = b.connect("")
			if err := server.conn.Export(server, notificationsPath, propertiesName); err != nil {
				t.Fatal(err)
			}
			if _, err := server.conn.RequestName(notificationsName, dbus.NameFlagDoNotQueue); err != nil {
				t.Fatal(err)
			}
			if got := next(t, states); got != (State{Busy: true}) {
				t.Errorf("held back: %+v", got)
			}
			if yes, err := Busy(); !yes || err != nil {
				t.Errorf("Busy() = %v, %v", yes, err)
			}
			// Who is not the server may say what he likes.
			changed := map[string]dbus.Variant{of.name: dbus.MakeVariant(false)}
			if err := b.connect("").Emit(notificationsPath, propertiesName+".PropertiesChanged", of.of, changed, []string{}); err != nil {
				t.Fatal(err)
			}
			if _, err := server.conn.ReleaseName(notificationsName); err != nil {
				t.Fatal(err)
			}
			if got := next(t, states); got != (State{}) {
				t.Errorf("after the server has gone %+v", got)
			}
		})
	}
}

type server struct {
	conn     *dbus.Conn
	of, name string
	value    bool
}

// Get is that of org.freedesktop.DBus.Properties.
func (s *server) Get(of, name string) (dbus.Variant, *dbus.Error) {
	if of != s.of || name != s.name {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", []any{fmt.Sprintf("no %s.%s", of, name)})
	}
	return dbus.MakeVariant(s.value), nil
}
