package delivery

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// Await waits for the reply to a message that was put before, by whomever, and
// removes both. Cancelling ctx leaves them where they are. The error is
// fs.ErrNotExist, wrapped, when there is no such message.
func Await(ctx context.Context, id string, o Options) (protocol.Message, Result, error) {
	box := o.Mailbox
	if box == nil {
		var err error
		if box, err = mailbox.OpenUser(o.Queue); err != nil {
			return protocol.Message{}, Result{}, err
		}
	}
	entry, err := box.Get(id)
	if err == nil && !entry.Ready {
		err = fs.ErrNotExist
	}
	if err != nil {
		return protocol.Message{}, Result{}, fmt.Errorf("await %s: %w", id, err)
	}
	o.Computer = o.Computer.Complete()
	l := &letter{delivery: &Delivery{id: id, options: o}, to: recipient{self: true}, message: entry.Message, box: box}
	if o.Within > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, o.Within, ErrOver)
		defer cancel()
		ctx = limited
	}
	result := l.await(ctx)
	if result.Outcome == Interrupted || result.Outcome == Over || result.Outcome == Broken {
		return entry.Message, result, nil
	}
	if err := box.Forget(id); err != nil {
		return entry.Message, result, fmt.Errorf("remove %s: %w", id, err)
	}
	return entry.Message, result, nil
}
