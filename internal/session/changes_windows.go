package session

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

const changesClass = "DeskbellSessions"

// listeners numbers them for the windows' procedure.
var listeners win.Handles[func()]

var registerChanges = sync.OnceValue(func() error {
	return win.RegisterClass(changesClass, windows.NewCallback(func(hwnd windows.HWND, message, wp, lp uintptr) uintptr {
		switch uint32(message) {
		case sessionChange:
			if say := listeners.Get(win.Field(hwnd, win.FieldUser)); say != nil {
				say()
			}
			return 0
		case win.MessageClose:
			win.Destroy(hwnd)
			return 0
		}
		return win.Default(hwnd, uint32(message), wp, lp)
	}))
})

// changes opens a window that only gets messages, in a thread of its own, and
// registers it for the changes of all sessions (WTSRegisterSessionNotification).
// It is for a program in the foreground: a service is told by its manager.
func changes(ctx context.Context) (<-chan struct{}, error) {
	changed := make(chan struct{}, 1)
	say := func() {
		select {
		case changed <- struct{}{}:
		default: // one waits already
		}
	}
	started := make(chan windows.HWND, 1)
	failed := make(chan error, 1)
	go func() {
		defer close(changed)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := listen(say, started); err != nil {
			failed <- err
		}
	}()
	select {
	case err := <-failed:
		return nil, fmt.Errorf("watch the sessions: %w", err)
	case window := <-started:
		// A window that cannot be told has gone.
		context.AfterFunc(ctx, func() { _ = win.Post(window, win.MessageClose, 0, 0) })
	}
	return changed, nil
}

// listen runs the window until it is closed.
func listen(say func(), started chan<- windows.HWND) error {
	if err := registerChanges(); err != nil {
		return err
	}
	self := listeners.Add(say)
	defer listeners.Remove(self)
	window, err := win.MessageWindow(changesClass, self)
	if err != nil {
		return err
	}
	const allSessions = 1 // NOTIFY_FOR_ALL_SESSIONS
	if ok, _, err := wtsRegisterSessionNotification.Call(uintptr(window), allSessions); ok == 0 {
		win.Destroy(window)
		win.Loop()
		return fmt.Errorf("register for changes of sessions: %w", err)
	}
	defer wtsUnRegisterSessionNotification.Call(uintptr(window))
	say()
	started <- window
	win.Loop()
	return nil
}
