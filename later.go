package deskbell

import (
	"context"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

// Post sends any message and returns its id without waiting for a reply, which
// Await fetches later, from this process or another. The message stays when
// this process ends. The error is as that of Send, or an *Error where nobody
// attends.
func Post(ctx context.Context, m Message, options ...Option) (id string, err error) {
	s := &sending{message: m}
	s.apply(options)
	o, err := s.delivery()
	if err != nil {
		return "", err
	}
	o.Outlive = true
	d, err := delivery.Open(ctx, s.message, o)
	if err != nil {
		return "", err
	}
	if result, ok := d.Attended(ctx); !ok {
		_, err := replyOf(result)
		return "", err
	}
	return d.ID(), nil
}

// Await waits for the reply to a message that was put before, by whomever, and
// removes both: the caller's own, or an administrator's to somebody. Cancelling
// ctx leaves them. Of several who wait one gets the reply; to the others the
// outcome is Withdrawn. The error is fs.ErrNotExist, wrapped, where there is no
// such message. Of the options Queue, Within and Log mean something.
func Await(ctx context.Context, id string, options ...Option) (Reply, error) {
	s := &sending{}
	s.apply(options)
	o, err := s.delivery()
	if err != nil {
		return Reply{}, err
	}
	if id, err = protocol.ParseID(id); err != nil {
		return Reply{}, err
	}
	_, result, err := delivery.Await(ctx, id, o)
	if err != nil {
		return Reply{}, err
	}
	return replyOf(result)
}
