package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// How long what is left over stays, docs/protocol.md, "A reply".
const (
	orphanAge     = 60 * time.Second // a reply whose message is gone
	spentAge      = 24 * time.Hour   // a message that has its reply, in a user mailbox
	secretAge     = 60 * time.Second // the same with an answer masked and not sealed
	unreadyAge    = 10 * time.Minute // a message that does not become Ready
	expiredReason = "expired before it could be shown"
)

// partial is a Store that keeps records under names of their own until they
// are complete, and can be told to remove those last written before a time.
type partial interface {
	RemovePartial(before time.Time) error
}

// Sweep clears the mailbox of what is left over: replies and claims whose
// message has been gone for 60 s, messages spent for 24 h, or 30 days in other
// mailboxes than a user's (60 s where the answer is a secret in plain text),
// messages that did not become Ready
// within 10 min. An expired message that nobody has claimed is replied to as
// expired, for its sender to read, and cleared away 60 s later. What is
// broken or busy is passed over; the errors come joined.
//
// How long a message has been gone can often be told only on a second look:
// SweepDue says when another Sweep would find something to do.
func (b *Mailbox) Sweep() error {
	// In this order: a reply seen before its message was not is an orphan.
	replies, err := b.ids(Outbox)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	messages, err := b.ids(Inbox)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	errs := []error{b.sweepOrphans(replies, messages)}
	for _, id := range messages {
		errs = append(errs, b.sweepMessage(id))
	}
	if p, ok := b.store.(partial); ok {
		errs = append(errs, p.RemovePartial(b.now().Add(-unreadyAge)))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// SweepDue returns the time when a reply without a message that Sweep has
// seen becomes due; false where there is none.
func (b *Mailbox) SweepDue() (time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var due time.Time
	for s, at := range b.since {
		if s.what != messageGone {
			continue
		}
		if at = at.Add(orphanAge); due.IsZero() || at.Before(due) {
			due = at
		}
	}
	return due, !due.IsZero()
}

func (b *Mailbox) sweepMessage(id string) error {
	e, err := b.Get(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !e.Ready {
		if b.now().Sub(e.Written) >= unreadyAge {
			return b.Withdraw(id)
		}
		return nil
	}
	r, err := b.read(Outbox, id)
	state, reply := Free, protocol.Reply{}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil && !isFieldError(err):
		return fmt.Errorf("read reply %s: %w", id, err)
	default:
		state, reply = b.judge(id, r)
	}
	switch state {
	case Spent:
		if b.now().Sub(r.Written) >= b.keepFor(e, reply) {
			return b.Forget(id)
		}
	case Free, Void:
		if e.Problem == nil && expired(e, b.now()) {
			return b.expire(id, e.Message)
		}
	case Ours, Others:
	}
	return nil
}

// keepFor returns how long a message stays after its reply.
func (b *Mailbox) keepFor(e Entry, reply protocol.Reply) time.Duration {
	switch {
	case reply.Status == protocol.StatusExpired:
		return orphanAge
	case e.Message.Mask && e.Message.SealTo == "" && reply.Answer != "":
		return secretAge
	}
	return b.keep
}

// Deadline returns when the message is of no use any more, by its Expires and
// its Ttl; the zero time for never.
func (e Entry) Deadline() time.Time {
	deadline := e.Message.Expires
	if e.Message.TTL > 0 {
		end := e.Written.Add(time.Duration(e.Message.TTL) * time.Second)
		if deadline.IsZero() || end.Before(deadline) {
			deadline = end
		}
	}
	return deadline
}

func expired(e Entry, now time.Time) bool {
	deadline := e.Deadline()
	return !deadline.IsZero() && !now.Before(deadline)
}

// OnExpired has f told of each message that Sweep and ExpireBefore reply expired
// to. It is to be called before they are.
func (b *Mailbox) OnExpired(f func(protocol.Message)) { b.onExpired = f }

// expire replies expired to a message, unless somebody has it.
func (b *Mailbox) expire(id string, m protocol.Message) error {
	err := b.Claim(id, protocol.Reply{Status: protocol.StatusShown})
	if errors.Is(err, ErrClaimed) || errors.Is(err, ErrSpent) {
		return nil
	}
	if err != nil {
		return err
	}
	err = b.Reply(id, protocol.Reply{
		Status: protocol.StatusExpired, Button: protocol.NoButton, Error: expiredReason,
	})
	if err == nil && b.onExpired != nil {
		m.ID = id
		b.onExpired(m)
	}
	return err
}

// ExpireBefore replies expired, without its being shown, to every message
// that was written before the log-on. A user mailbox is for one log-on: the
// monitor calls it when it starts, with LogonTime. While another monitor
// attends, the mailbox is in use and nothing is done.
func (b *Mailbox) ExpireBefore(logon time.Time) error {
	attending, err := b.Attending()
	if err != nil {
		return fmt.Errorf("expire the messages of an earlier log-on: %w", err)
	}
	for _, a := range attending {
		if a.Pid != b.self.Pid || a.Started != b.self.Started {
			return nil
		}
	}
	ids, err := b.ids(Inbox)
	if err != nil {
		return fmt.Errorf("expire the messages of an earlier log-on: %w", err)
	}
	var errs []error
	for _, id := range ids {
		e, err := b.Get(id)
		if err == nil && e.Ready && e.Written.Before(logon) {
			errs = append(errs, b.expire(id, e.Message))
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sweepOrphans removes the replies and claims without a message; both lists
// are sorted.
func (b *Mailbox) sweepOrphans(replies, messages []string) error {
	// A box in which nothing came or went for 60 s has had no message leave.
	changed, err := b.store.Changed(Inbox)
	if err != nil {
		return fmt.Errorf("look at the Inbox: %w", err)
	}
	still := !changed.IsZero() && b.now().Sub(changed) >= orphanAge
	orphans := map[string]bool{}
	var errs []error
	for _, id := range replies {
		if _, there := slices.BinarySearch(messages, id); there {
			continue
		}
		if b.isBeingFetched(id) {
			continue
		}
		orphans[id] = true
		gone := sight{messageGone, Inbox, id}
		if since := b.firstSeen(gone); still || b.now().Sub(since) >= orphanAge {
			// A listing of the registry may leave out what is there while others
			// are being removed (RegEnumKeyEx).
			if b.Gone(id) {
				errs = append(errs, b.remove(Outbox, id))
			}
			b.forgetSight(gone)
		}
	}
	b.forgetGone(orphans)
	return errors.Join(errs...)
}

// forgetGone forgets the sights of messages gone that are no orphans now.
func (b *Mailbox) forgetGone(orphans map[string]bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.since {
		if s.what == messageGone && !orphans[s.name] {
			delete(b.since, s)
		}
	}
}
