package session

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

var (
	wtsRegisterSessionNotification   = wtsapi32.NewProc("WTSRegisterSessionNotification")
	wtsUnRegisterSessionNotification = wtsapi32.NewProc("WTSUnRegisterSessionNotification")
	setWinEventHook                  = user32.NewProc("SetWinEventHook")
	unhookWinEvent                   = user32.NewProc("UnhookWinEvent")
)

const (
	class         = "DeskbellSession"
	sessionChange = 0x02B1             // WM_WTSSESSION_CHANGE
	lookAgain     = win.MessageApp + 1 // something may have made the person busy
)

// watch opens a window that only gets messages, in a thread of its own, and
// registers it for the changes of sessions (WTSRegisterSessionNotification).
func watch(ctx context.Context, id string) (<-chan State, error) {
	number, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("watch session %q: %w", id, err)
	}
	w := &watcher{id: uint32(number), said: newLatest(), busy: busy}
	started := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(w.said.states)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		w.run(started)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("watch session %s: %w", id, err)
	}
	go func() {
		var devices sync.WaitGroup
		devices.Go(func() {
			watchDevices(ctx, func() { _ = win.Post(w.window, lookAgain, 0, 0) })
		})
		<-ctx.Done()
		// A window that cannot be told has gone.
		_ = win.Post(w.window, win.MessageClose, 0, 0)
		devices.Wait()
		<-ended
	}()
	return w.said.states, nil
}

// A watcher belongs to the thread of its window.
type watcher struct {
	id     uint32
	window windows.HWND
	state  State
	said   *latest
	busy   func() (bool, error)
}

// watchers numbers them for the windows' procedure, hooks finds the watcher of
// a hook.
var (
	watchers win.Handles[*watcher]
	hooks    sync.Map
)

var register = sync.OnceValue(func() error {
	return win.RegisterClass(class, windows.NewCallback(func(hwnd windows.HWND, message, wp, lp uintptr) uintptr {
		w := watchers.Get(win.Field(hwnd, win.FieldUser))
		if w != nil && w.handle(uint32(message), wp, lp) {
			return 0
		}
		return win.Default(hwnd, uint32(message), wp, lp)
	}))
})

// foreground is called, in the thread of the hook, when a window came to the
// front.
var foreground = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(hook, _, _, _, _, _, _ uintptr) uintptr {
		if w, ok := hooks.Load(hook); ok {
			w.(*watcher).look()
		}
		return 0
	})
})

// run says in started whether it could begin, and ends with its window.
func (w *watcher) run(started chan<- error) {
	if err := register(); err != nil {
		started <- err
		return
	}
	self := watchers.Add(w)
	defer watchers.Remove(self)
	window, err := win.MessageWindow(class, self)
	if err != nil {
		started <- err
		return
	}
	w.window = window
	const allSessions = 1 // NOTIFY_FOR_ALL_SESSIONS: id may be another's
	if ok, _, err := wtsRegisterSessionNotification.Call(uintptr(window), allSessions); ok == 0 {
		win.Destroy(window)
		win.Loop()
		started <- fmt.Errorf("register for changes of sessions: %w", err)
		return
	}
	defer wtsUnRegisterSessionNotification.Call(uintptr(window))
	// Where there is no hook, nobody is seen to become busy until he is asked.
	const cameToFront = 0x3 // EVENT_SYSTEM_FOREGROUND
	if hook, _, _ := setWinEventHook.Call(cameToFront, cameToFront, 0, foreground(), 0, 0, 0); hook != 0 {
		hooks.Store(hook, w)
		defer hooks.Delete(hook)
		defer unhookWinEvent.Call(hook)
	}
	if info, ok := infoOf(w.id); ok {
		w.state = State{Locked: info.locked(lockReversed()), Disconnected: info.SessionState != windows.WTSActive}
	}
	w.look()
	started <- nil
	win.Loop()
}

func (w *watcher) handle(message uint32, what, id uintptr) bool {
	switch message {
	case sessionChange:
		if uint32(id) == w.id {
			w.state.change(what)
			w.look()
		}
	case lookAgain:
		w.look()
	case win.MessageClose:
		win.Destroy(w.window)
	default:
		return false
	}
	return true
}

// look says the state, with what is to be seen of the person now.
func (w *watcher) look() {
	// Who cannot be asked is not busy.
	w.state.Busy, _ = w.busy()
	w.said.say(w.state)
}

// change takes over what WM_WTSSESSION_CHANGE says.
func (s *State) change(what uintptr) {
	switch what {
	case windows.WTS_CONSOLE_CONNECT, windows.WTS_REMOTE_CONNECT:
		s.Disconnected = false
	case windows.WTS_CONSOLE_DISCONNECT, windows.WTS_REMOTE_DISCONNECT, windows.WTS_SESSION_LOGOFF, windows.WTS_SESSION_TERMINATE:
		s.Disconnected = true
	case windows.WTS_SESSION_LOCK:
		s.Locked = true
	case windows.WTS_SESSION_UNLOCK:
		s.Locked = false
	}
}
