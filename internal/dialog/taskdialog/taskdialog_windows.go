// Package taskdialog asks with a task dialog, the message box of Windows
// (TaskDialogIndirect), what buttons answer, and shows progress with it. What
// has no room there, as a task dialog does not scroll, is shown by package
// inputbox, as is everything where the program has no manifest that asks for
// version 6 of the common controls.
package taskdialog

import (
	"context"
	"fmt"
	"runtime"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/arrival"
	"github.com/deskbell/deskbell/internal/dialog/inputbox"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// New returns a dialog for popup and progress.
func New() dialog.Dialog {
	return taskDialog{long: inputbox.New(), open: win.OpenURL}
}

type taskDialog struct {
	long dialog.Dialog
	open func(url string) error
}

// Show implements dialog.Dialog. Each window has a thread of its own.
func (d taskDialog) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	if win.FindTaskDialog() != nil || !fits(q) {
		return d.long.Show(ctx, q, updates)
	}
	w := &window{closer: closer(q), question: q, open: d.open}
	closed := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		closed <- w.show()
	}()
	done := ctx.Done()
	for {
		select {
		case err := <-closed:
			switch {
			case err != nil:
				return protocol.Reply{}, fmt.Errorf("%w: %w", dialog.ErrUnavailable, err)
			case w.reply != nil:
				return *w.reply, nil
			case ctx.Err() != nil:
				return protocol.Reply{}, context.Cause(ctx)
			case w.outgrown != nil:
				return d.long.Show(ctx, *w.outgrown, updates)
			}
			return protocol.Reply{}, fmt.Errorf("%w: no desktop for a task dialog", dialog.ErrUnavailable)
		case <-done:
			done = nil
			w.close()
		case newer, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			w.newer.Store(&newer)
		}
	}
}

// show runs the dialog and leaves what the person did in reply.
func (w *window) show() error {
	a, err := arrival.Begin()
	if err != nil {
		return err
	}
	defer a.End()
	w.arrival = a
	w.self = open.Add(w)
	defer open.Remove(w.self)
	memory := w.lay()
	_, checked, err := win.TaskDialogIndirect(memory)
	for _, m := range w.pages {
		m.Free()
	}
	if w.reply != nil {
		w.reply.Checked = checked && w.question.Check != ""
	}
	w.links.Wait()
	return err
}
