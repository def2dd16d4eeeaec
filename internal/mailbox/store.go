// Package mailbox puts messages into a mailbox, claims and answers them,
// waits for replies and clears away what is left, once for every place a
// mailbox can be in. docs/protocol.md is its contract.
package mailbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// Box is one of the three parts of a mailbox.
type Box int

const (
	Inbox   Box = iota // messages
	Outbox             // replies and claims
	Monitor            // who attends, by session
)

// Record is a key or file as it was read.
type Record struct {
	Fields protocol.Fields
	// Written is the last write of the key, or the file's ctime.
	Written time.Time
	// Ready tells that the record is complete: the value Ready in the
	// registry; a file under its final name always is. It was read before the
	// fields were, so that where it is true they are whole.
	Ready bool
}

// errNoMonitor tells that who attends is written down in the user mailbox only.
var errNoMonitor = fmt.Errorf("who attends is said in the user mailbox only: %w", errors.ErrUnsupported)

// mostRecords is how many names are looked at in a box that somebody else than
// the caller writes: he could make as many as he likes.
const mostRecords = 1 << 16

// Store keeps records by name, knowing nothing of their meaning. Names are
// folded by protocol.Fold. Where a Box does not exist yet, List is empty, Read
// says fs.ErrNotExist, Create makes it. Its methods may be called from several
// goroutines and processes at once.
type Store interface {
	// List returns the names in a box, in no order.
	List(Box) ([]string, error)
	// Read returns a record, reading no more than the protocol's limits
	// allow. It returns fs.ErrNotExist where there is none (what is no
	// regular file is none) and a *protocol.FieldError, with Written filled
	// in, for one that is malformed or over a limit.
	Read(Box, string) (Record, error)
	// Create writes a new record, Ready last; fs.ErrExist if there is one.
	// Of many callers exactly one succeeds.
	Create(Box, string, protocol.Fields) error
	// Replace writes all fields of a record anew, Ready last, if it is there
	// and check, which sees it as it is, returns nil; else fs.ErrNotExist or
	// the error of check. It never creates one.
	Replace(box Box, name string, fields protocol.Fields, check func(Record) error) error
	// TakeOver removes a record for which void is true and creates a new one
	// in its place; fs.ErrExist when void says false or somebody else was
	// first. Of many callers exactly one succeeds. A malformed record is shown
	// to void without fields; where there is none a new one is created.
	TakeOver(box Box, name string, fields protocol.Fields, void func(Record) bool) error
	// Remove deletes a record; no error when it is not there.
	Remove(Box, string) error
	// Changed returns when a name was last added to a box or taken from it; the
	// zero time where that is not known.
	Changed(Box) (time.Time, error)
	// Watch makes the box of a user mailbox where it can; one that is missing
	// is seen when it comes. It signals once as soon as it watches and then after every change; signals that nobody has taken yet
	// become one. A watcher scans only on a signal and so misses nothing. The
	// channel is closed when ctx is done, or when watching broke for good.
	Watch(context.Context, Box) (<-chan struct{}, error)
}
