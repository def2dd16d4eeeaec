package delivery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// Await waits for the reply to a message that was put before, by whomever, and
// removes both: from the caller's own mailbox or, for an administrator, from
// the machine mailbox or one that is assigned to somebody. Of several who wait
// one gets it; to the others the message is Withdrawn. Cancelling ctx
// leaves them where they are. The error is fs.ErrNotExist, wrapped, when there
// is no such message.
func Await(ctx context.Context, id string, o Options) (protocol.Message, Result, error) {
	o.Computer = o.Computer.Complete()
	l, err := o.find(id)
	if err != nil {
		return protocol.Message{}, Result{}, fmt.Errorf("await %s: %w", id, err)
	}
	if o.Within > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, o.Within, ErrOver)
		defer cancel()
		ctx = limited
	}
	result := l.named(l.await(ctx))
	l.noteResult(result)
	if result.Outcome == Interrupted || result.Outcome == Over || result.Outcome == Broken {
		return l.message, result, nil
	}
	err = l.box.FetchInTurn(ctx, id, func() error { return nil })
	switch {
	case errors.Is(err, mailbox.ErrFetched):
		return l.message, l.named(Result{Outcome: Withdrawn, Err: err}), nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return l.message, l.named(ended(ctx)), nil
	case err != nil:
		return l.message, result, fmt.Errorf("remove %s: %w", id, err)
	}
	return l.message, result, nil
}

// find looks for a message where it can be.
func (o Options) find(id string) (*letter, error) {
	to := recipient{place: mailbox.Place{Queue: o.Queue, Scope: mailbox.ScopeUser}, self: true}
	if o.Mailbox != nil {
		return o.letterAt(to, o.Mailbox, id)
	}
	l, err := o.at(to, id)
	if !errors.Is(err, fs.ErrNotExist) || !o.Computer.Administrator() {
		return l, err
	}
	others := []recipient{{place: mailbox.Place{Queue: o.Queue, Scope: mailbox.ScopeMachine}}}
	uids, err := o.Computer.Users(o.Queue)
	if err != nil {
		return nil, err
	}
	for _, uid := range uids {
		place := mailbox.Place{Queue: o.Queue, Scope: mailbox.ScopeAssigned, UID: uid}
		others = append(others, recipient{place: place, session: o.person(uid)})
	}
	for _, to := range others {
		if l, err := o.at(to, id); !errors.Is(err, fs.ErrNotExist) {
			return l, err
		}
	}
	return nil, fs.ErrNotExist
}

// person is whose a uid or SID is, by the system's word.
func (o Options) person(uid string) session.Session {
	if found, err := o.Computer.Find("uid:" + uid); err == nil {
		return found
	}
	return session.Session{UID: uid}
}

func (o Options) at(to recipient, id string) (*letter, error) {
	box, err := o.Computer.Open(to.place)
	if err != nil {
		return nil, err
	}
	return o.letterAt(to, box, id)
}

// letterAt is the message as it lies in a mailbox.
func (o Options) letterAt(to recipient, box *mailbox.Mailbox, id string) (*letter, error) {
	entry, err := box.Get(id)
	if err == nil && !entry.Ready {
		err = fs.ErrNotExist
	}
	return &letter{delivery: &Delivery{id: id, options: o, message: entry.Message}, to: to, message: entry.Message, box: box}, err
}
