package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

var (
	// ErrClaimed tells that another monitor has the message.
	ErrClaimed = errors.New("claimed by another monitor")
	// ErrSpent tells that the message has its final reply.
	ErrSpent = errors.New("replied to already")
	// ErrClaimLost tells that a claim is not our own, or not any more.
	ErrClaimLost = errors.New("the claim is not ours any more")
)

// writeWait is how long whoever makes a record may take until it says whose it is,
// which a claim and a presence record do by their Pid, and until a message is Ready,
// before another may take its name.
const writeWait = 10 * time.Second

// ReplyState says how far the reply to a message is.
type ReplyState int

const (
	Free   ReplyState = iota // nobody has claimed it
	Ours                     // claimed by this process
	Others                   // claimed by another one that still runs
	Void                     // claimed by one that does not
	Spent                    // replied to
)

// State tells who has claimed a message, with the claim or reply as far as it
// can be read.
func (b *Mailbox) State(id string) (ReplyState, protocol.Reply, error) {
	id, err := protocol.ParseID(id)
	if err != nil {
		return Free, protocol.Reply{}, err
	}
	r, err := b.read(Outbox, id)
	if errors.Is(err, fs.ErrNotExist) {
		return Free, protocol.Reply{}, nil
	}
	if err != nil && !isFieldError(err) {
		return Free, protocol.Reply{}, fmt.Errorf("read reply %s: %w", id, err)
	}
	state, reply := b.judge(id, r)
	return state, reply, nil
}

// judge tells the state from a record, whose time is already believable.
// A malformed one counts as without a Pid.
func (b *Mailbox) judge(id string, r Record) (ReplyState, protocol.Reply) {
	reply, err := protocol.DecodeReply(r.Fields)
	by := process.ID{Pid: reply.Pid, Started: reply.Started}
	switch {
	case err == nil && reply.Ready && r.Ready:
		return Spent, reply
	case err != nil || reply.Pid == 0:
		if b.now().Sub(r.Written) >= writeWait {
			return Void, reply
		}
		return Others, reply
	case by == b.self && !b.isStale(id):
		return Ours, reply
	case by == b.self || !b.running(by):
		return Void, reply
	}
	return Others, reply
}

// Claim claims a message for this process, so that of all monitors one has
// it, taking a void claim over. r says how (Status shown by default, or
// waiting); Pid and Started are filled in. It returns ErrClaimed or ErrSpent
// where the message is another's.
func (b *Mailbox) Claim(id string, r protocol.Reply) error {
	id, err := protocol.ParseID(id)
	if err != nil {
		return err
	}
	r.Ready, r.Pid, r.Started = false, b.self.Pid, b.self.Started
	if r.Status == "" {
		r.Status = protocol.StatusShown
	}
	state, err := b.claim(id, r.Fields())
	if err != nil {
		return fmt.Errorf("claim message %s: %w", id, err)
	}
	switch state {
	case Ours:
		b.unstale(id)
		return nil
	case Spent:
		return ErrSpent
	}
	return ErrClaimed
}

// claim returns Ours if this call made the claim, Spent or Others if not.
func (b *Mailbox) claim(id string, fields protocol.Fields) (ReplyState, error) {
	err := b.store.Create(Outbox, id, fields)
	if err == nil {
		return Ours, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return Free, err
	}
	// Most often there is nothing to take over, which is seen without the lock
	// of the store: somebody may hold that and not let go.
	found, _, err := b.State(id)
	switch {
	case err != nil:
		return Free, err
	case found == Spent:
		return Spent, nil
	case found != Void && found != Free:
		return Others, nil
	}
	err = b.store.TakeOver(Outbox, id, fields, func(r Record) bool {
		r.Written = b.believable(Outbox, id, r.Written)
		found, _ = b.judge(id, r)
		return found == Void
	})
	switch {
	case err == nil:
		return Ours, nil
	case !errors.Is(err, fs.ErrExist):
		return Free, err
	case found == Spent:
		return Spent, nil
	}
	return Others, nil
}

// Reply puts the final reply in the place of our claim. It returns
// ErrClaimLost, and writes nothing, where the claim is not our own.
func (b *Mailbox) Reply(id string, r protocol.Reply) error {
	id, err := protocol.ParseID(id)
	if err != nil {
		return err
	}
	r.Ready, r.Pid, r.Started = true, b.self.Pid, b.self.Started
	err = b.store.Replace(Outbox, id, r.Fields(), b.own)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrClaimLost
	}
	if err != nil {
		return fmt.Errorf("reply to message %s: %w", id, err)
	}
	return nil
}

// own is nil for a claim of this process.
func (b *Mailbox) own(r Record) error {
	claim, err := protocol.DecodeReply(r.Fields)
	if err != nil || claim.Ready || claim.Pid != b.self.Pid || claim.Started != b.self.Started {
		return ErrClaimLost
	}
	return nil
}

// Drop gives our own claim up: the message was withdrawn, or the session
// ends. No error when it is gone already; ErrClaimLost when the claim is
// another's or the reply is final.
func (b *Mailbox) Drop(id string) error {
	id, err := protocol.ParseID(id)
	if err != nil {
		return err
	}
	r, err := b.store.Read(Outbox, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil || isFieldError(err) {
		err = b.own(r)
	}
	if err == nil {
		// Nobody else takes a claim away from a process that runs: the one
		// removed is the one just read.
		err = b.store.Remove(Outbox, id)
	}
	if err != nil {
		return fmt.Errorf("drop the claim to message %s: %w", id, err)
	}
	return nil
}

func (b *Mailbox) isStale(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stale[id]
}

func (b *Mailbox) unstale(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.stale, id)
}

// Disown makes the claims void that an earlier life of this process left
// behind, as Attend does, in a mailbox that has no records of who attends.
func (b *Mailbox) Disown() error {
	if err := b.disown(); err != nil {
		return fmt.Errorf("give up the claims of an earlier life: %w", err)
	}
	return nil
}

// disown makes the claims void that an earlier life of this process, with the
// same pid and start time, left behind.
func (b *Mailbox) disown() error {
	ids, err := b.ids(Outbox)
	if err != nil {
		return err
	}
	for _, id := range ids {
		state, _, err := b.State(id)
		if err != nil {
			return err
		}
		if state == Ours {
			b.mu.Lock()
			b.stale[id] = true
			b.mu.Unlock()
		}
	}
	return nil
}
