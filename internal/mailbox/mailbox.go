package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// Options are what a Mailbox takes from the world around it.
type Options struct {
	// Now is the clock; time.Now by default.
	Now func() time.Time
	// Self is the process that claims and attends; the calling one by default.
	Self process.ID
	// Running says whether the process of a claim or of a presence record
	// still runs. By default ID.Running, and for presence ID.BelongsTo too.
	Running func(process.ID) bool
	// User is whose processes attend the mailbox, a SID or uid in decimal; the
	// caller by default.
	User string
	// Keep is how long a spent message stays; 24 hours by default.
	Keep time.Duration
}

// Mailbox is one mailbox seen by one sender or monitor. Its methods may be
// called from several goroutines at once.
type Mailbox struct {
	store   Store
	now     func() time.Time
	self    process.ID
	running func(process.ID) bool
	attends func(process.ID) bool
	keep    time.Duration
	// inboxOnly tells that we may not remove replies: they are administrators'.
	inboxOnly bool
	onExpired func(protocol.Message) // nil = nobody is told

	mu sync.Mutex
	// since holds when a record written in the future, or the absence of a
	// message, was first seen.
	since map[sight]time.Time
	// stale holds the claims with our own pid and start time that were there
	// before us: an earlier life of this process made them.
	stale map[string]bool
}

// sight is something first seen at a certain time.
type sight struct {
	what sightOf
	box  Box
	name string
}

type sightOf int

const (
	fromFuture sightOf = iota
	messageGone
)

// New returns the mailbox that s keeps. Nothing is made there yet.
func New(s Store, o Options) (*Mailbox, error) {
	b := &Mailbox{
		store: s, now: o.Now, self: o.Self, running: o.Running, attends: o.Running, keep: o.Keep,
		since: map[sight]time.Time{}, stale: map[string]bool{},
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.keep == 0 {
		b.keep = spentAge
	}
	if b.running == nil {
		b.running = process.ID.Running
		b.attends = func(id process.ID) bool {
			return id.Running() && (o.User == "" && id.SameUser() || o.User != "" && id.BelongsTo(o.User))
		}
	}
	if b.self == (process.ID{}) {
		var err error
		if b.self, err = process.Self(); err != nil {
			return nil, fmt.Errorf("open a mailbox: %w", err)
		}
	}
	return b, nil
}

// Entry is a message as it lies in the Inbox.
type Entry struct {
	Message protocol.Message
	// Problem is the *protocol.FieldError for which a message is to be
	// rejected; Message is then as much of it as could be read.
	Problem error
	// Written is when it was last written, from which its age counts; where
	// that lies in the future, when it was first seen.
	Written time.Time
	// Ready tells that its sender has finished. A message that is not Ready
	// does not exist.
	Ready bool
}

// ErrBeingPut tells that the id is taken by a message that is not Ready: somebody
// is putting it, and may yet end before he is done. It is fs.ErrExist too.
var ErrBeingPut = fmt.Errorf("somebody else is putting it: %w", fs.ErrExist)

// Put validates the message and puts it into the Inbox, removing first what
// an earlier message of the same id left in the Outbox. A message that has not
// become Ready, and was last written 10 s ago, is replaced: who was putting it has
// ended. It returns a *protocol.FieldError, fs.ErrExist where the id is taken, or
// ErrBeingPut where that is not yet sure.
func (b *Mailbox) Put(id string, m protocol.Message) error {
	id, fields, err := outgoing(id, m)
	if err != nil {
		return err
	}
	if err := b.clearStale(id); err != nil {
		return fmt.Errorf("put message %s: %w", id, err)
	}
	err = b.store.Create(Inbox, id, fields)
	if errors.Is(err, fs.ErrExist) {
		err = b.putOver(id, fields)
	}
	if err != nil {
		return fmt.Errorf("put message %s: %w", id, err)
	}
	return nil
}

// putOver puts a message in the place of one of the same id whose sender did not
// get done.
func (b *Mailbox) putOver(id string, fields protocol.Fields) error {
	// Most often there is none, which is seen without the lock of the store.
	if r, err := b.store.Read(Inbox, id); err != nil || r.Ready {
		return fs.ErrExist
	}
	found := fs.ErrExist
	err := b.store.TakeOver(Inbox, id, fields, func(r Record) bool {
		switch {
		case r.Ready:
			return false
		case b.now().Sub(b.believable(Inbox, id, r.Written)) >= writeWait:
			return true
		}
		found = ErrBeingPut
		return false
	})
	if errors.Is(err, fs.ErrExist) {
		return found
	}
	return err
}

// putLimit is how long one who puts a message waits in all for another who goes on
// writing one of the same id.
const putLimit = 3 * writeWait

// PutInTurn is Put that waits for who is putting a message of that id: until he
// has, which is fs.ErrExist, or has ended, and then it is the caller's. It blocks
// for 10 s at most after the other last wrote and for 30 s in all, which is
// ErrBeingPut, or until ctx is done, whose error it returns then.
func (b *Mailbox) PutInTurn(ctx context.Context, id string, m protocol.Message) error {
	limit := time.Now().Add(putLimit)
	for {
		err := b.Put(id, m)
		if !errors.Is(err, ErrBeingPut) || !time.Now().Before(limit) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(turnLook):
		}
	}
}

// clearStale removes Outbox\id, but never the reply to a message that is
// there.
func (b *Mailbox) clearStale(id string) error {
	_, err := b.store.Read(Outbox, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil && !isFieldError(err) {
		return err
	}
	if _, err := b.store.Read(Inbox, id); err == nil || isFieldError(err) {
		return fs.ErrExist
	}
	if b.inboxOnly {
		return fs.ErrExist
	}
	return b.store.Remove(Outbox, id)
}

// Update rewrites a message that is in the Inbox, which renews its age.
// fs.ErrNotExist tells that it is not there any more.
func (b *Mailbox) Update(id string, m protocol.Message) error {
	id, fields, err := outgoing(id, m)
	if err != nil {
		return err
	}
	if err := b.store.Replace(Inbox, id, fields, func(Record) error { return nil }); err != nil {
		return fmt.Errorf("update message %s: %w", id, err)
	}
	return nil
}

// outgoing checks a message before anything of it is written.
func outgoing(id string, m protocol.Message) (string, protocol.Fields, error) {
	id, err := protocol.ParseID(id)
	if err != nil {
		return "", nil, err
	}
	if err := m.Validate(); err != nil {
		return "", nil, err
	}
	fields := m.Fields()
	fields["Ready"] = true
	return id, fields, nil
}

// Withdraw takes the message back: what is on screen closes, and no reply is
// owed. No error when it is not there.
func (b *Mailbox) Withdraw(id string) error {
	return b.remove(Inbox, id)
}

// Forget removes the message and then its reply, when the reply was read. In
// his service mailbox a user removes the message only: the service sweeps the
// reply.
func (b *Mailbox) Forget(id string) error {
	if err := b.remove(Inbox, id); err != nil || b.inboxOnly {
		return err
	}
	return b.remove(Outbox, id)
}

func (b *Mailbox) remove(box Box, id string) error {
	id, err := protocol.ParseID(id)
	if err != nil {
		return err
	}
	if err := b.store.Remove(box, id); err != nil {
		return fmt.Errorf("remove %s %s: %w", noun(box), id, err)
	}
	return nil
}

// IDs returns the ids in the Inbox, folded and sorted, those of messages that
// are not Ready yet included.
func (b *Mailbox) IDs() ([]string, error) { return b.ids(Inbox) }

func (b *Mailbox) ids(box Box) ([]string, error) {
	names, err := b.store.List(box)
	if err != nil {
		return nil, fmt.Errorf("list each %s: %w", noun(box), err)
	}
	ids := names[:0]
	for _, name := range names {
		if id, err := protocol.ParseID(name); err == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// Get reads a message; fs.ErrNotExist where there is none.
func (b *Mailbox) Get(id string) (Entry, error) {
	id, err := protocol.ParseID(id)
	if err != nil {
		return Entry{}, err
	}
	r, err := b.read(Inbox, id)
	if err != nil && !isFieldError(err) {
		return Entry{}, fmt.Errorf("read message %s: %w", id, err)
	}
	e := Entry{Problem: err, Written: r.Written, Ready: r.Ready}
	if err == nil {
		e.Message, e.Problem = protocol.DecodeMessage(r.Fields)
		e.Message.ID = id
	}
	return e, nil
}

// Exists reports whether there is a message of that id, Ready or not.
func (b *Mailbox) Exists(id string) (bool, error) {
	_, err := b.Get(id)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// read reads a record and, for one written in the future, puts the time it
// was first seen in the place of that time.
func (b *Mailbox) read(box Box, name string) (Record, error) {
	r, err := b.store.Read(box, name)
	if errors.Is(err, fs.ErrNotExist) {
		b.forgetSight(sight{fromFuture, box, name})
		return r, err
	}
	r.Written = b.believable(box, name, r.Written)
	return r, err
}

func (b *Mailbox) believable(box Box, name string, written time.Time) time.Time {
	s := sight{fromFuture, box, name}
	if written.After(b.now()) {
		return b.firstSeen(s)
	}
	b.forgetSight(s)
	return written
}

func (b *Mailbox) firstSeen(s sight) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, ok := b.since[s]
	if !ok {
		at = b.now()
		b.since[s] = at
	}
	return at
}

func (b *Mailbox) forgetSight(s sight) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.since, s)
}

func isFieldError(err error) bool {
	var field *protocol.FieldError
	return errors.As(err, &field)
}

func noun(box Box) string {
	switch box {
	case Inbox:
		return "message"
	case Outbox:
		return "reply"
	}
	return "monitor"
}
