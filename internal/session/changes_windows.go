package session

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

// changes opens a window that gets the changes of all sessions.
func changes(ctx context.Context) (<-chan struct{}, error) {
	l := &listener{bell: newBell()}
	started := make(chan error, 1)
	go func() {
		defer close(l.bell)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		l.run(started)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("watch the sessions: %w", err)
	}
	l.ring()
	context.AfterFunc(ctx, func() {
		// A window that cannot be told has gone.
		_ = win.Post(l.window, win.MessageClose, 0, 0)
	})
	return l.bell, nil
}

// A listener belongs to the thread of its window.
type listener struct {
	bell
	window windows.HWND
}

// run says in started whether it could begin, and ends with its window.
func (l *listener) run(started chan<- error) {
	window, end, err := sessionWindow(l)
	l.window = window
	started <- err
	if err == nil {
		defer end()
		win.Loop()
	}
}

func (l *listener) handle(message uint32, _, _ uintptr) bool {
	switch message {
	case sessionChange:
		l.ring()
	case win.MessageClose:
		win.Destroy(l.window)
	default:
		return false
	}
	return true
}
