package deskbell

import (
	"context"
	"errors"
	"io/fs"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

// Bar is a progress bar on the screen. Done must be called in the end.
type Bar struct {
	delivery *delivery.Delivery
	closed   chan struct{}
	result   Result // once closed
}

// Progress shows a progress bar, without blocking; its window follows Set.
// Cancelling ctx takes it away.
func Progress(ctx context.Context, text string, options ...Option) (*Bar, error) {
	s := newSending(protocol.KindProgress, text, options)
	o, err := s.delivery()
	if err != nil {
		return nil, err
	}
	d, err := delivery.Open(ctx, s.message, o)
	if err != nil {
		return nil, err
	}
	b := &Bar{delivery: d, closed: make(chan struct{})}
	go func() {
		defer close(b.closed)
		b.result = d.Wait(ctx)[0]
	}()
	return b, nil
}

// Set moves the bar to percent, 0 to 100 or -1 for not known, with a line
// under it. 100 closes it. On a bar that is closed it does nothing.
func (b *Bar) Set(percent int, detail string) error {
	err := b.delivery.Update(func(m *protocol.Message) { m.Percent, m.Detail = percent, detail })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Closed is closed when the bar is: by Done, by the person's Cancel, or
// because it could not be shown. Done then tells which.
func (b *Bar) Closed() <-chan struct{} { return b.closed }

// Done closes the bar and waits until it is. The error is ErrDeclined, wrapped,
// when the person pressed Cancel, else an *Error when it was not shown.
func (b *Bar) Done() error {
	select {
	case <-b.closed:
	default:
		if err := b.Set(100, ""); err != nil {
			return errors.Join(err, b.delivery.Withdraw())
		}
		<-b.closed
	}
	reply, err := replyOf(b.result)
	if err == nil && reply.Button == protocol.ButtonCancel {
		return &Error{Outcome: Answered, Reply: reply, Err: ErrDeclined}
	}
	return err
}
