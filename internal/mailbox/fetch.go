package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/deskbell/deskbell/protocol"
)

var (
	// ErrFetched tells that somebody else has fetched the reply.
	ErrFetched = errors.New("somebody else has fetched the reply")
	// ErrBeingFetched tells that somebody else is about to, and may yet end
	// before he is done.
	ErrBeingFetched = errors.New("somebody else is fetching the reply")
)

// turnLook is how often one who waits for his turn looks whether the other has
// ended, of which there is no notice.
const turnLook = time.Second

// fetchPrefix begins the name of the claim by which one fetches a reply.
const fetchPrefix = "fetch."

// Fetch calls use, and removes message and reply when that returns nil; of all
// who fetch one reply at a time one does, and after him nobody: who comes when it
// is gone is told ErrFetched. The others are told ErrBeingFetched at once, as a
// process that ends in between has fetched nothing. The error may be that of use.
//
// It is a claim like any other, on a name that no message has: it dies with its
// holder, and is swept as what it looks like, a claim without a message.
func (b *Mailbox) Fetch(id string, use func() error) (err error) {
	id, err = protocol.ParseID(id)
	if err != nil {
		return err
	}
	name := fetchName(id)
	err = b.Claim(name, protocol.Reply{Status: protocol.StatusWaiting})
	switch {
	case errors.Is(err, ErrClaimed):
		return ErrBeingFetched
	case errors.Is(err, ErrSpent):
		return ErrFetched
	case err != nil:
		return fmt.Errorf("fetch the reply to %s: %w", id, err)
	}
	defer func() { err = errors.Join(err, b.Drop(name)) }()
	// It may have been fetched between its being seen and our claim.
	if _, err := b.store.Read(Inbox, id); errors.Is(err, fs.ErrNotExist) {
		return ErrFetched
	}
	if err := use(); err != nil {
		return err
	}
	return b.Forget(id)
}

// FetchInTurn is Fetch that waits for who is fetching the reply: until he has,
// which is ErrFetched, or has ended, and then it is the caller's. It blocks for as
// long as that takes, or until ctx is done, whose error it returns then.
func (b *Mailbox) FetchInTurn(ctx context.Context, id string, use func() error) error {
	for {
		err := b.Fetch(id, use)
		if !errors.Is(err, ErrBeingFetched) {
			return err
		}
		looking, stop := context.WithTimeout(ctx, turnLook)
		err = b.Unclaimed(looking, fetchName(id))
		stop()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && looking.Err() == nil:
			return fmt.Errorf("fetch the reply to %s: %w", id, err)
		}
	}
}

// isBeingFetched reports whether an orphan is the claim of somebody who is
// fetching the reply to a message.
func (b *Mailbox) isBeingFetched(orphan string) bool {
	if !strings.HasPrefix(orphan, fetchPrefix) {
		return false
	}
	state, _, err := b.State(orphan)
	return err == nil && (state == Ours || state == Others)
}

// fetchName is always the same for one id, and as short as names have to be.
func fetchName(id string) string {
	if name, err := protocol.ParseID(fetchPrefix + id); err == nil {
		return name
	}
	return fetchPrefix + uuid.NewSHA1(uuid.NameSpaceOID, []byte(id)).String()
}
