package taskdialog

import (
	"context"
	"errors"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

var (
	user32     = windows.NewLazySystemDLL("user32.dll")
	findWindow = user32.NewProc("FindWindowW")
)

// question is a popup with two buttons.
func question(title string) dialog.Question {
	return dialog.Question{
		Kind: protocol.KindPopup, Title: title, Text: "Install the update now?", Origin: "From a program of yours",
		Buttons: []dialog.Button{{Number: 101, Caption: "Install"}, {Number: 102, Caption: "Later"}},
		Default: 101, Cancel: -1,
		Words: dialog.Words{Details: "Show details", HideDetails: "Hide details", More: "More", Close: "Close"},
	}
}

type outcome struct {
	reply protocol.Reply
	err   error
}

// show shows a question in a goroutine.
func show(ctx context.Context, d dialog.Dialog, q dialog.Question, updates <-chan dialog.Question) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		reply, err := d.Show(ctx, q, updates)
		done <- outcome{reply, err}
	}()
	return done
}

// until polls for a condition, as what it waits for says nothing.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain for ", what)
		}
	}
}

func find(title string) windows.HWND {
	units := win.UTF16(title)
	h, _, _ := findWindow.Call(0, uintptr(unsafe.Pointer(&units[0])))
	return windows.HWND(h)
}

func window4(t *testing.T, title string) windows.HWND {
	t.Helper()
	until(t, "the window "+title, func() bool { return find(title) != 0 })
	return find(title)
}

// press clicks a button until the window takes it.
func press(t *testing.T, hwnd windows.HWND, button int, done <-chan outcome) outcome {
	t.Helper()
	var o outcome
	until(t, "an answer", func() bool {
		_ = win.Post(hwnd, win.TaskDialogClick, uintptr(button), 0)
		select {
		case o = <-done:
			return true
		default:
			return false
		}
	})
	return o
}

func TestButton(t *testing.T) {
	done := show(t.Context(), New(), question("tdButton"), nil)
	o := press(t, window4(t, "tdButton"), 102, done)
	if o.err != nil || o.reply.Status != protocol.StatusAnswered || o.reply.Button != 102 {
		t.Fatalf("%+v", o)
	}
}

func TestCancelled(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := show(ctx, New(), question("tdCancelled"), nil)
	window4(t, "tdCancelled")
	cancel(cause)
	if o := <-done; o.err != cause {
		t.Fatalf("%+v", o)
	}
}
