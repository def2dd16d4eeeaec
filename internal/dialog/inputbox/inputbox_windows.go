// Package inputbox asks with a window of our own for what no message box of
// Windows can ask: a text, or a choice from a list. It also shows questions
// whose text or buttons have no room in a task dialog; long text scrolls.
//
// The windows of ncruces/zenity are not used for it: they show text on one
// line without scrolling, have neither several lines of input, nor a refusal
// with a hint, tick boxes in lists, updates, countdown or sender line, take
// the keyboard as they open, and leave a Go callback behind each time, of
// which there are about two thousand in the life of a process.
package inputbox

import (
	"context"
	"fmt"
	"runtime"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/arrival"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// New returns a dialog for input and choose, and for popup and progress.
func New() dialog.Dialog { return inputBox{open: win.OpenURL} }

type inputBox struct {
	open func(url string) error
}

// Show implements dialog.Dialog. Each window has a thread of its own.
func (d inputBox) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	w := &window{view: view{question: q}, open: d.open}
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
			case w.reply != nil:
				return *w.reply, nil
			case ctx.Err() != nil:
				return protocol.Reply{}, context.Cause(ctx)
			}
			return protocol.Reply{}, fmt.Errorf("%w: open a window: %w", dialog.ErrUnavailable, err)
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

// show runs the window and leaves what the person did in reply.
func (w *window) show() error {
	a, err := arrival.Begin()
	if err != nil {
		return err
	}
	defer a.End()
	if err := win.InitControls(); err != nil {
		return err
	}
	w.arrival = a
	self := open.Add(w)
	defer open.Remove(self)
	template := win.DialogTemplate(w.question.Title, w.style(), w.exStyle()).Place()
	defer template.Free()
	err = win.DialogBox(template, procedure(), self)
	w.font.Delete()
	w.links.Wait()
	return err
}
