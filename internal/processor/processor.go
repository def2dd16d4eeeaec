// Package processor handles messages, each kind in its own way.
package processor

import (
	"context"
	"errors"

	"github.com/deskbell/deskbell/protocol"
)

// Processor handles messages of one kind. Process blocks until the message is
// answered. The latest of updates replaces the message: its live fields have
// changed, and Timeout is what is then left of it. When ctx is cancelled,
// Process stops, takes down what it shows and returns context.Cause(ctx),
// unless it has an answer already. In the reply it fills in Status, Button,
// Answer or Items, Checked, Channel and ShownAt; the monitor adds the rest.
type Processor interface {
	Process(ctx context.Context, m protocol.Message, updates <-chan protocol.Message) (protocol.Reply, error)
}

// Finisher is a Processor that has something to clear away when the reply to a
// message has been written, and not before: should the monitor be killed in
// between, the next one finds what it needs. Finished is not called for a
// message that got no reply.
type Finisher interface{ Finished(m protocol.Message) }

// Why the monitor cancels a message that is being processed.
var (
	ErrTimeout    = errors.New("the time on screen is over")
	ErrExpired    = errors.New("the message is of no use any more")
	ErrWithdrawn  = errors.New("the sender has withdrawn the message")
	ErrSenderGone = errors.New("the process that waits for the answer is gone")
	ErrStopping   = errors.New("the monitor is stopping")
)

// Beside reports whether messages of the kind are shown beside others; of
// those that are not there is one at a time.
func Beside(kind string) bool {
	switch kind {
	case protocol.KindPopup, protocol.KindInput, protocol.KindChoose:
		return false
	}
	return true
}
