// Package dialog puts one question before the person at the screen, keeps it
// up to date and returns what the person did.
package dialog

import (
	"context"
	"errors"

	"github.com/deskbell/deskbell/protocol"
)

// Dialog shows questions. Show blocks until the person has acted. The latest
// of updates replaces what is on screen. When ctx is cancelled the window
// closes and Show returns the cause of the cancellation; what the person did
// before that wins. A reply has Status (answered or dismissed), Button,
// Answer, Items, Checked and Channel filled in, and ShownAt, when the window
// was first visible; the rest is the monitor's to say. Answer is plain text:
// sealing is the processor's.
type Dialog interface {
	Show(ctx context.Context, q Question, updates <-chan Question) (protocol.Reply, error)
}

// ErrUnavailable is what a dialog returns, wrapped, when it cannot show
// anything here at all (no display, a program or library is missing), so that
// the next one may be tried.
var ErrUnavailable = errors.New("cannot show a window here")
