package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/google/uuid"

	"github.com/deskbell/deskbell/protocol"
)

// ErrFetched tells that somebody else has fetched the reply, or is about to.
var ErrFetched = errors.New("somebody else has fetched the reply")

// fetchPrefix begins the name of the claim by which one fetches a reply.
const fetchPrefix = "fetch."

// Fetch calls use, and removes message and reply when that returns nil; of all
// who fetch one reply at a time one does, and after him nobody. The others, and
// who comes when it is gone, are told ErrFetched. A process that ends in
// between has fetched nothing. The error may be that of use.
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
	if errors.Is(err, ErrClaimed) || errors.Is(err, ErrSpent) {
		return ErrFetched
	}
	if err != nil {
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
