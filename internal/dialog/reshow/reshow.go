// Package reshow turns a window that cannot change once it is open into a
// dialog that follows its question: it is closed and shown again.
package reshow

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// Shower shows one question as it is. Show blocks until the person has acted,
// or until ctx is done and the window is gone; then it returns an error, or
// the answer where that came first. A reply beside an error counts for
// nothing but its ShownAt.
type Shower interface {
	Show(ctx context.Context, q dialog.Question) (protocol.Reply, error)
}

// errChanged closes a window because there is something newer to show.
var errChanged = errors.New("the question has changed")

type reshower struct{ shower Shower }

// New returns a dialog that shows a question with s, and again whenever an
// update changes something that can be seen. The time that is left is not
// such a change, and of several updates only the last is shown. What was
// typed before is lost. The first answer wins, also one to an older form of
// the question.
func New(s Shower) dialog.Dialog { return reshower{s} }

type outcome struct {
	reply protocol.Reply
	err   error
}

func (d reshower) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	var shown time.Time
	for {
		next, result := d.once(ctx, q, updates)
		if shown.IsZero() {
			shown = result.reply.ShownAt
		}
		if result.err == nil {
			result.reply.ShownAt = shown
			return result.reply, nil
		}
		if ctx.Err() != nil {
			return protocol.Reply{}, context.Cause(ctx)
		}
		if !errors.Is(result.err, errChanged) {
			return protocol.Reply{}, result.err
		}
		q = next
	}
}

// once shows q until there is an answer or an update that changes what is
// seen, and returns the latest question.
func (d reshower) once(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (dialog.Question, outcome) {
	window, closeWindow := context.WithCancelCause(ctx)
	defer closeWindow(nil)
	done := make(chan outcome, 1)
	go func() {
		reply, err := d.shower.Show(window, q)
		done <- outcome{reply, err}
	}()
	latest, changed := q, false
	for {
		select {
		case result := <-done:
			if changed && result.err != nil && ctx.Err() == nil {
				// The latest is what has come while the window closed.
				for more := true; more; {
					select {
					case next, ok := <-updates:
						if more = ok; ok {
							latest = next
						}
					default:
						more = false
					}
				}
				if !errors.Is(result.err, dialog.ErrUnavailable) {
					result.err = errChanged
				}
			}
			return latest, result
		case next, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			latest = next
			if !changed && (next.Raise || !Same(q, next)) {
				changed = true
				closeWindow(errChanged)
			}
		}
	}
}

// Same reports whether a window that shows a needs no change to show b: they
// differ in nothing but the time that is left.
func Same(a, b dialog.Question) bool {
	return reflect.DeepEqual(timeless(a), timeless(b))
}

func timeless(q dialog.Question) dialog.Question {
	q.Deadline, q.Remaining, q.Paused, q.Raise = time.Time{}, 0, false, false
	return q
}
