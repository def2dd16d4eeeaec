package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/deskbell/deskbell/protocol"
)

var (
	// ErrWithdrawn tells that the message is gone from the Inbox without a
	// reply.
	ErrWithdrawn = errors.New("the message was withdrawn")
	// ErrWatch tells that a mailbox cannot be watched any more.
	ErrWatch = errors.New("watching the mailbox broke off")
)

// MisfitError is a reply that does not answer the question: somebody wrote
// what was not offered. It is never passed on as an answer.
type MisfitError struct {
	ID  string
	Err error // the *protocol.FieldError
}

func (e *MisfitError) Error() string {
	return fmt.Sprintf("the reply to message %s does not fit it: %v", e.ID, e.Err)
}

func (e *MisfitError) Unwrap() error { return e.Err }

// Await blocks until the final reply to a message is there and returns it,
// checked against m, the question that was put. It returns a *MisfitError,
// ErrWithdrawn, or the error of ctx. It is woken by changes and never polls.
func (b *Mailbox) Await(ctx context.Context, id string, m protocol.Message) (protocol.Reply, error) {
	id, err := protocol.ParseID(id)
	if err != nil {
		return protocol.Reply{}, err
	}
	r, err := b.await(ctx, id)
	if err != nil {
		return protocol.Reply{}, fmt.Errorf("await the reply to message %s: %w", id, err)
	}
	return b.fit(id, m, r)
}

func (b *Mailbox) await(ctx context.Context, id string) (Record, error) {
	watching, stop := context.WithCancel(ctx)
	replies, err := b.watchOne(watching, Outbox, id)
	if err != nil {
		stop()
		return Record{}, err
	}
	defer drain(stop, replies)
	messages, err := b.watchOne(watching, Inbox, id)
	if err != nil {
		return Record{}, err
	}
	defer drain(stop, messages)
	for {
		var open, messageChanged bool
		select {
		case _, open = <-replies:
		case _, open = <-messages:
			messageChanged = true
		}
		if err := ctx.Err(); err != nil {
			return Record{}, err
		}
		if !open {
			return Record{}, ErrWatch
		}
		r, final, err := b.final(id)
		if final || err != nil {
			return r, err
		}
		if messageChanged && b.Gone(id) {
			// The reply may have come between the two looks.
			if r, final, err := b.final(id); final || err != nil {
				return r, err
			}
			return Record{}, ErrWithdrawn
		}
	}
}

// Unclaimed blocks until no live monitor has claimed the message, as when one
// has noticed that it was withdrawn, or returns the error of ctx.
func (b *Mailbox) Unclaimed(ctx context.Context, id string) error {
	watching, stop := context.WithCancel(ctx)
	replies, err := b.watchOne(watching, Outbox, id)
	if err != nil {
		stop()
		return fmt.Errorf("wait for the claim to message %s to go: %w", id, err)
	}
	defer drain(stop, replies)
	for range replies {
		state, _, err := b.State(id)
		if err != nil || state != Ours && state != Others {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ErrWatch
}

// oneWatcher is a Store that knows which record has changed: its WatchOne is
// Watch for one of them. Many who wait in one process for a reply each are not
// all woken by each reply.
type oneWatcher interface {
	WatchOne(ctx context.Context, box Box, name string) (<-chan struct{}, error)
}

// watchOne is Watch for one record; where the store cannot tell one from the
// others, for all.
func (b *Mailbox) watchOne(ctx context.Context, box Box, name string) (<-chan struct{}, error) {
	if s, ok := b.store.(oneWatcher); ok {
		return s.WatchOne(ctx, box, name)
	}
	return b.store.Watch(ctx, box)
}

// drain ends a watch and waits for its end.
func drain(stop context.CancelFunc, signals <-chan struct{}) {
	stop()
	for range signals {
	}
}

// final reads Outbox\id and tells whether that is a final reply, readable or
// not.
func (b *Mailbox) final(id string) (Record, bool, error) {
	r, err := b.look(Outbox, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, false, nil
	case isFieldError(err):
		if !r.Ready {
			return r, false, nil
		}
		return r, false, &MisfitError{id, err}
	case err != nil:
		return r, false, err
	}
	if !r.Ready {
		return r, false, nil
	}
	reply, err := protocol.DecodeReply(r.Fields)
	if err != nil {
		return r, false, &MisfitError{id, err}
	}
	return r, reply.Ready, nil
}

// readiness is a Store that can tell for less than Read costs whether a record
// is Ready, fs.ErrNotExist where there is none. Where every value that is
// written wakes who waits, most of what he is woken for is not Ready.
type readiness interface {
	Ready(box Box, name string) (bool, error)
}

// look is Read, which may leave out the fields of what is not Ready.
func (b *Mailbox) look(box Box, id string) (Record, error) {
	if s, ok := b.store.(readiness); ok {
		if ready, err := s.Ready(box, id); err != nil || !ready {
			return Record{}, err
		}
	}
	return b.store.Read(box, id)
}

// Gone reports whether there is no message of that id. It costs less than Get.
func (b *Mailbox) Gone(id string) bool {
	var err error
	if s, ok := b.store.(readiness); ok {
		_, err = s.Ready(Inbox, id)
	} else {
		_, err = b.store.Read(Inbox, id)
	}
	return errors.Is(err, fs.ErrNotExist)
}

// fit checks a reply against the question as it was put and then, as a
// question may be rewritten while it is on screen, as it is now.
func (b *Mailbox) fit(id string, m protocol.Message, r Record) (protocol.Reply, error) {
	reply, err := protocol.DecodeReply(r.Fields)
	if err != nil {
		return protocol.Reply{}, &MisfitError{id, err}
	}
	fitted, err := m.Fit(reply)
	if err == nil {
		return fitted, nil
	}
	if e, readErr := b.Get(id); readErr == nil && e.Ready && e.Problem == nil {
		if fitted, err := e.Message.Fit(reply); err == nil {
			return fitted, nil
		}
	}
	return protocol.Reply{}, &MisfitError{id, err}
}

// Changes makes the Inbox of a user mailbox where it can, waits for that of
// another to be made, and signals once as soon as it is
// watched and then after every change in it; several changes may become one
// signal. The channel is closed when ctx is done or watching broke off.
func (b *Mailbox) Changes(ctx context.Context) (<-chan struct{}, error) {
	return b.store.Watch(ctx, Inbox)
}
