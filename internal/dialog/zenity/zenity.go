//go:build linux

// Package zenity shows questions with the zenity program of Linux desktops
// (verified with 3.44, GTK 3).
//
// zenity is run directly: the zenity module of ncruces covers one extra
// button, reads lists by their captions, and parses text as markup and
// mnemonics in places where a message must come out as written.
//
// What zenity has no place for is put into its text: who sent, as the first
// line (and first in the title), details, link and the time left when the
// window opened. A tick box is asked for in a second window, after the
// answer. What needs a field as well as more text than fits above it (and
// every input of several lines, whose window has no text) is asked in two
// steps: the text, then the field. An update closes the window and opens it
// anew, but for a progress bar, which follows. The keyboard guard of other
// dialogs is beyond it.
package zenity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/internal/dialog/program"
	"github.com/deskbell/deskbell/internal/dialog/reshow"
	"github.com/deskbell/deskbell/protocol"
)

// Exit statuses that zenity is told to use, so that Cancel, closing the
// window and a failure can be told apart.
const (
	exitOK     = 0
	exitCancel = 11
	exitClosed = 12
	exitError  = 14
)

// Width in characters and lines that a window without a scroll bar can take
// on a small screen with large type.
const (
	columns  = 64
	maxLines = 18
)

// Dialog shows questions with zenity.
type Dialog struct{ zenity program.Program }

// New returns a dialog that runs the zenity found in PATH when a question is
// shown, with env on top of this process's environment. Without zenity or
// without a display Show returns an error that wraps dialog.ErrUnavailable.
func New(env ...string) *Dialog {
	return &Dialog{program.Program{Name: "zenity", Env: append(env,
		"ZENITY_OK=0", "ZENITY_CANCEL=11", "ZENITY_ESC=12", "ZENITY_EXTRA=13", "ZENITY_ERROR=14", "ZENITY_TIMEOUT=15",
		"CHARSET=UTF-8", // GLib's charset of arguments and output, in whatever locale
	)}}
}

// Show implements dialog.Dialog.
func (d *Dialog) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	if q.Kind == protocol.KindProgress {
		return d.progress(ctx, q, updates)
	}
	return reshow.New(shower{d}).Show(ctx, q, updates)
}

// shower shows a question that does not change.
type shower struct{ *Dialog }

func (d shower) Show(ctx context.Context, q dialog.Question) (protocol.Reply, error) {
	reply, err := d.ask(ctx, q)
	if err != nil || q.Check == "" || reply.Status != protocol.StatusAnswered {
		return reply, err
	}
	checked, err := d.check(ctx, q, reply.Button)
	if err != nil {
		return reply, err
	}
	reply.Checked = checked
	return reply, nil
}

func (d *Dialog) ask(ctx context.Context, q dialog.Question) (protocol.Reply, error) {
	switch q.Kind {
	case protocol.KindInput:
		return d.input(ctx, q)
	case protocol.KindChoose:
		return d.choose(ctx, q)
	default:
		return d.message(ctx, q, flat.Text(q, time.Now(), ""))
	}
}

// window is one run of zenity.
type window struct {
	args    []string
	stdin   string
	buttons layout
}

// run opens the window and returns the button that was pressed,
// protocol.NoButton when it was closed, and what else zenity printed. The
// reply has ShownAt, Status, Button and Channel, also beside an error.
func (d *Dialog) run(ctx context.Context, q dialog.Question, w window) (reply protocol.Reply, output string, err error) {
	args := append([]string{"--title=" + flat.Title(q)}, w.args...)
	result, err := d.zenity.Run(ctx, strings.NewReader(w.stdin), args...)
	reply = protocol.Reply{ShownAt: result.ShownAt, Channel: protocol.ChannelDialog, Button: protocol.NoButton}
	if err != nil {
		return reply, "", err
	}
	button := q.Cancel
	switch result.Status {
	case exitOK:
		button, output = w.buttons.ok, result.Output
	case exitCancel:
		button = w.buttons.cancel
	case exitClosed:
		label := strings.TrimSuffix(result.Output, "\n")
		for _, extra := range w.buttons.extras {
			if label != "" && label == extra.label {
				button = extra.number
			}
		}
	default:
		return reply, "", failure(result)
	}
	reply.Button, reply.Status = button, protocol.StatusAnswered
	if button == protocol.NoButton && (result.Status != exitOK || len(q.Buttons) > 0) {
		reply.Status = protocol.StatusDismissed
	}
	return reply, output, nil
}

// failure says why there was no window. GTK ends a program that finds no
// display with status 1, before zenity's own statuses count.
func failure(r program.Result) error {
	reason, _, _ := strings.Cut(r.Errors, "\n")
	if r.Status == 1 || r.Status == exitError {
		return fmt.Errorf("zenity: %w: %s", dialog.ErrUnavailable, reason)
	}
	return fmt.Errorf("zenity ended with status %d: %s", r.Status, reason)
}
