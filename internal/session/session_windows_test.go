package session

import (
	"context"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/win"
)

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

func TestInfoExIsLaidOutAsWindowsHasIt(t *testing.T) {
	var info infoEx
	for name, offsets := range map[string][2]uintptr{
		"SessionFlags":  {unsafe.Offsetof(info.SessionFlags), 16},
		"LogonTime":     {unsafe.Offsetof(info.LogonTime), 168},
		"LastInputTime": {unsafe.Offsetof(info.LastInputTime), 192},
		"CurrentTime":   {unsafe.Offsetof(info.CurrentTime), 200},
	} {
		if offsets[0] != offsets[1] {
			t.Errorf("%s is at %d, want %d", name, offsets[0], offsets[1])
		}
	}
	if size := unsafe.Sizeof(info); size != 232 {
		t.Errorf("it has %d bytes, want 232", size)
	}
}

func TestLockedFlagIsReversedInWindows7(t *testing.T) {
	for _, test := range []struct {
		flags            int32
		locked, reversed bool
	}{{0, true, false}, {1, false, true}, {-1, false, false}} {
		info := infoEx{SessionFlags: test.flags}
		if got := info.locked(false); got != test.locked {
			t.Errorf("flags %d: locked %v, want %v", test.flags, got, test.locked)
		}
		if got := info.locked(true); got != test.reversed {
			t.Errorf("flags %d in Windows 7: locked %v, want %v", test.flags, got, test.reversed)
		}
	}
}

// Wine lists no session and has that of the console.
func TestListHasOwnSession(t *testing.T) {
	sessions, err := List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	user, err := User()
	if err != nil {
		t.Fatal(err)
	}
	token := windows.GetCurrentProcessToken()
	own, err := token.GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		if s.ID == Current() {
			if s.User != user || s.UID != own.User.Sid.String() || !s.Active || !s.Console() || s.Remote || s.State != (State{}) {
				t.Errorf("the own session is %+v, want %s, %s at the console", s, user, own.User.Sid)
			}
			return
		}
	}
	t.Errorf("session %s is not listed: %+v", Current(), sessions)
}

// The system's messages are posted here, as Wine has no session that changes.
func TestWatchHearsOfChanges(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	states, err := Watch(ctx, "4711")
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, states); got != (State{}) {
		t.Errorf("at first %+v", got)
	}
	window := messageWindow(t, class)
	for _, step := range []struct {
		name    string
		what    uintptr
		session uintptr
		want    State
	}{
		{"lock", windows.WTS_SESSION_LOCK, 4711, State{Locked: true}},
		{"disconnect", windows.WTS_CONSOLE_DISCONNECT, 4711, State{Locked: true, Disconnected: true}},
		{"come back from afar", windows.WTS_REMOTE_CONNECT, 4711, State{Locked: true}},
		{"unlock", windows.WTS_SESSION_UNLOCK, 4711, State{}},
		{"log off", windows.WTS_SESSION_LOGOFF, 4711, State{Disconnected: true}},
	} {
		for _, session := range []uintptr{1, step.session} { // another's is of no concern
			if err := win.Post(window, sessionChange, step.what, session); err != nil {
				t.Fatal(err)
			}
		}
		if got := next(t, states); got != step.want {
			t.Errorf("%s: %+v, want %+v", step.name, got, step.want)
		}
	}
	cancel()
	for range states {
		t.Error("a state after the end")
	}
}

// Of every session, whose ever it is.
func TestChanges(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	changes, err := Changes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	heard := func(what string) {
		t.Helper()
		select {
		case _, ok := <-changes:
			if !ok {
				t.Fatalf("%s: the channel is closed", what)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: nothing is heard", what)
		}
	}
	heard("at first")
	window := messageWindow(t, changesClass)
	for _, what := range []uintptr{windows.WTS_SESSION_LOGON, windows.WTS_SESSION_LOCK, windows.WTS_SESSION_LOGOFF} {
		if err := win.Post(window, sessionChange, what, what); err != nil {
			t.Fatal(err)
		}
		heard("a change")
	}
	cancel()
	for range changes { // until it is closed
	}
}

// messageWindow finds the window of a class, among those that only get messages and
// all others: Wine makes one in ten of the first kind one of the second where many
// programs begin at once.
func messageWindow(t *testing.T, class string) windows.HWND {
	t.Helper()
	units := win.UTF16(class)
	h, _, err := user32.NewProc("FindWindowExW").Call(0, 0, uintptr(unsafe.Pointer(&units[0])), 0)
	if h == 0 {
		t.Fatal("find the window: ", err)
	}
	return windows.HWND(h)
}

func TestWatchRefusesWhatIsNoSession(t *testing.T) {
	if _, err := Watch(t.Context(), ":0"); err == nil {
		t.Error("no error for an id that is no number")
	}
}

func TestQuietProfile(t *testing.T) {
	for _, test := range []struct {
		size, profile uint32
		want          bool
	}{{4, 0, false}, {4, 1, true}, {4, 2, true}, {4, 3, false}, {0, 1, false}, {8, 1, false}} {
		if got := quietProfile(test.size, test.profile); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

// A call in which the person is seen and heard.
func TestDeviceInUseIsBusy(t *testing.T) {
	const program = consentStore + `\microphone\NonPackaged\C:#deskbell-test.exe`
	k, existed, err := registry.CreateKey(registry.CURRENT_USER, program, registry.SET_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if !existed {
		defer func() {
			if err := registry.DeleteKey(registry.CURRENT_USER, program); err != nil {
				t.Error(err)
			}
		}()
	}
	states, err := Watch(t.Context(), Current())
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, states); got.Busy {
		t.Fatalf("at first %+v", got)
	}
	for _, step := range []struct {
		start, stop uint64
		busy        bool
	}{{1000, 0, true}, {1000, 2000, false}} {
		// The end first, as it is overwritten when a call begins.
		if err := k.SetQWordValue("LastUsedTimeStop", step.stop); err != nil {
			t.Fatal(err)
		}
		if err := k.SetQWordValue("LastUsedTimeStart", step.start); err != nil {
			t.Fatal(err)
		}
		if got := next(t, states); got.Busy != step.busy {
			t.Errorf("%+v: %+v", step, got)
		}
		if yes, err := Busy(); err != nil || yes != step.busy {
			t.Errorf("%+v: Busy() = %v, %v", step, yes, err)
		}
	}
}
