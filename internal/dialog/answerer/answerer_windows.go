// Package answerer is the person in tests of windows: it finds a window by its
// title, reads it and answers it, by messages, so that no screen is needed.
package answerer

import (
	"context"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// Question is one with all that a window needs, and two buttons.
func Question(kind, title string) dialog.Question {
	return dialog.Question{
		ID: title, Kind: kind, Title: title, Text: "What now?", Origin: "From a program of yours",
		Icon: protocol.IconInfo, Urgency: protocol.UrgencyNormal,
		Buttons: []dialog.Button{{Number: 101, Caption: "Install"}, {Number: 102, Caption: "Later"}},
		Default: 101, Cancel: protocol.NoButton,
		Words: dialog.Words{Details: "Show", HideDetails: "Hide", More: "More", NoMatch: "No match", Close: "Close"},
		Lang:  "en",
	}
}

// Asked is a question that is being shown.
type Asked struct {
	t       testing.TB
	window  windows.HWND
	updates chan dialog.Question
	cancel  context.CancelCauseFunc
	done    chan struct{}
	reply   protocol.Reply
	err     error
}

// Ask shows a question and waits until its window is there. It is closed with
// the test.
func Ask(t testing.TB, d dialog.Dialog, q dialog.Question) *Asked {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	a := &Asked{t: t, updates: make(chan dialog.Question), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.reply, a.err = d.Show(ctx, q, a.updates)
	}()
	t.Cleanup(func() {
		cancel(nil)
		<-a.done
	})
	a.Until("a window", func() bool {
		a.window = find(q.Title)
		return a.window != 0 && windows.IsWindowVisible(a.window) || a.Over()
	})
	return a
}

func find(title string) windows.HWND {
	units := win.UTF16(title)
	h, _, _ := windows.NewLazySystemDLL("user32.dll").NewProc("FindWindowW").Call(0, uintptr(unsafe.Pointer(&units[0])))
	return windows.HWND(h)
}

// Window is the window of the question.
func (a *Asked) Window() windows.HWND { return a.window }

// Again finds the window that has taken the place of the first.
func (a *Asked) Again(title string) {
	a.t.Helper()
	old := a.window
	a.Until("another window", func() bool {
		a.window = find(title)
		return a.window != 0 && a.window != old && windows.IsWindowVisible(a.window)
	})
}

// Update shows a newer question.
func (a *Asked) Update(q dialog.Question) {
	a.t.Helper()
	select {
	case a.updates <- q:
	case <-a.done:
		a.t.Fatalf("answered before the update: %+v, %v", a.reply, a.err)
	}
}

// Cancel cancels the question.
func (a *Asked) Cancel(cause error) { a.cancel(cause) }

// Over reports whether Show has returned.
func (a *Asked) Over() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// Until looks for a condition again and again, as a window does not say when
// it has changed.
func (a *Asked) Until(what string, condition func() bool) {
	a.t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			a.t.Fatal("waited in vain for ", what, "; the window says ", a.Texts())
		}
	}
}

// Texts are the texts of the window and of all controls that are shown.
func (a *Asked) Texts() []string {
	texts := []string{win.Text(a.window)}
	for _, c := range win.Children(a.window) {
		if text := read(c); text != "" && windows.IsWindowVisible(c) {
			texts = append(texts, text)
		}
	}
	return texts
}

// read reads a control of any window of this process (WM_GETTEXT).
func read(control windows.HWND) string {
	units := make([]uint16, 1<<17)
	win.SendPointer(control, 0xD, uintptr(len(units)), unsafe.Pointer(&units[0]))
	return win.String(units)
}

// Says reports whether a control shows just that text.
func (a *Asked) Says(text string) bool { return slices.Contains(a.Texts(), text) }

// Reply waits for the reply while it does something again and again: a window
// is deaf at first.
func (a *Asked) Reply(act func()) protocol.Reply {
	a.t.Helper()
	a.Until("a reply", func() bool {
		if !a.Over() {
			act()
		}
		return a.Over()
	})
	if a.err != nil {
		a.t.Fatal(a.err)
	}
	return a.reply
}

// Err waits for the error that Show returns.
func (a *Asked) Err() error {
	a.t.Helper()
	a.Until("an error", a.Over)
	return a.err
}

// Post sends a message to the window without waiting for it.
func (a *Asked) Post(message uint32, w, l uintptr) { post(a.window, message, w, l) }

// PostTo sends a message to a control.
func (a *Asked) PostTo(number int, message uint32, w, l uintptr) {
	post(win.Item(a.window, number), message, w, l)
}

// post ignores that the window may have gone meanwhile.
func post(window windows.HWND, message uint32, w, l uintptr) {
	_ = win.Post(window, message, w, l)
}
