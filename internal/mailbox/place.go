package mailbox

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// Scope is which of the mailboxes of a queue is meant, docs/protocol.md,
// "Mailboxes".
type Scope string

const (
	ScopeUser     Scope = "user"     // a user's own, for one log-on
	ScopeAssigned Scope = "assigned" // what administrators put for one user
	ScopeMachine  Scope = "machine"  // what administrators put for whomever it concerns
	ScopeService  Scope = "service"  // what one user puts for the service
)

// Place says which mailbox is meant.
type Place struct {
	Queue string
	Scope Scope
	// UID is whose it is: the SID on Windows, the uid in decimal on Linux; ""
	// for the caller's. A machine mailbox is nobody's.
	UID string
}

// Component is a key or directory of a mailbox.
type Component struct {
	Path string
	// Problem says what is wrong with who may do what with it, nil for nothing.
	// It wraps fs.ErrNotExist where the component is missing.
	Problem error
}

// spentElsewhere is how long a spent message stays in other mailboxes than a
// user's.
const spentElsewhere = 30 * 24 * time.Hour

// normal returns the place with its names folded and the user filled in.
func (p Place) normal() (Place, error) {
	var err error
	if p.Queue, err = protocol.ParseQueue(p.Queue); err != nil {
		return p, err
	}
	switch p.Scope {
	case ScopeMachine:
		p.UID = ""
		return p, nil
	case ScopeUser, ScopeAssigned, ScopeService:
	default:
		return p, fmt.Errorf("there are no mailboxes %q: %w", p.Scope, fs.ErrInvalid)
	}
	self, err := ownUser()
	if err != nil {
		return p, err
	}
	if p.UID == "" {
		p.UID = self
	}
	if err := checkUser(p.UID); err != nil {
		return p, err
	}
	return p, nil
}

// Open returns the mailbox at a place. Nothing is made yet. What administrators
// put in it makes what is missing of it; a user only looks at the mailboxes
// that they make for him.
//
// In a place that the user can write who is not the caller, an administrator
// follows no link, waits for no lock and believes only what belongs to that
// user. What administrators should have written and others could have changed
// does not exist for anybody; Inspect says what is wrong.
func Open(p Place) (*Mailbox, error) {
	p, err := p.normal()
	if err != nil {
		return nil, fmt.Errorf("open a mailbox: %w", err)
	}
	s, err := openStore(p)
	if err != nil {
		return nil, fmt.Errorf("open the %s mailbox of queue %s: %w", p.Scope, p.Queue, err)
	}
	return p.on(s, Options{})
}

// on returns the mailbox of the place on its store.
func (p Place) on(s Store, o Options) (*Mailbox, error) {
	o.User = p.UID
	if p.Scope != ScopeUser {
		o.Keep = spentElsewhere
	}
	b, err := New(s, o)
	if err != nil {
		return nil, err
	}
	b.inboxOnly = p.Scope == ScopeService && !Administrator()
	return b, nil
}

// OpenUser returns the caller's own mailbox of a queue. Nothing is made yet.
func OpenUser(queue string) (*Mailbox, error) { return Open(Place{Queue: queue, Scope: ScopeUser}) }

// Administrator reports whether the caller may make and look at other users'
// mailboxes: on Windows an elevated administrator or SYSTEM; on Linux root, and
// with DESKBELL_STATE_DIR whoever the caller is.
func Administrator() bool { return administrator() }

// Make makes the mailbox at a place, with the access lists of docs/protocol.md,
// and gives them to what is there already and has others. Administrators call
// it for all but user mailboxes. The error names the component that it is about.
func Make(p Place) error {
	p, err := p.normal()
	if err != nil {
		return fmt.Errorf("make a mailbox: %w", err)
	}
	if err := makePlace(p); err != nil {
		return fmt.Errorf("make the %s mailbox of queue %s: %w", p.Scope, p.Queue, err)
	}
	return nil
}

// Inspect looks at each key or directory of the mailbox at a place, from the
// root on, and says what is wrong with its access list. It changes nothing.
func Inspect(p Place) ([]Component, error) {
	p, err := p.normal()
	if err != nil {
		return nil, fmt.Errorf("inspect a mailbox: %w", err)
	}
	return inspectPlace(p)
}

// Delete removes the mailbox at a place with all that is in it, through no
// link, and the ways to it that are empty then. No error where there is none.
func Delete(p Place) error {
	p, err := p.normal()
	if err != nil {
		return fmt.Errorf("delete a mailbox: %w", err)
	}
	if err := deletePlace(p); err != nil {
		return fmt.Errorf("delete the %s mailbox of queue %s: %w", p.Scope, p.Queue, err)
	}
	return nil
}

// Queues returns the queues that administrators have made, sorted.
func Queues() ([]string, error) {
	queues, err := listQueues()
	if err != nil {
		return nil, fmt.Errorf("list the queues: %w", err)
	}
	return queues, nil
}

// Users returns whom administrators have made mailboxes for in a queue, as
// Place.UID, sorted.
func Users(queue string) ([]string, error) {
	queue, err := protocol.ParseQueue(queue)
	if err != nil {
		return nil, err
	}
	users, err := listUsers(queue)
	if err != nil {
		return nil, fmt.Errorf("list the users of queue %s: %w", queue, err)
	}
	return users, nil
}
