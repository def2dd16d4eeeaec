package delivery

import (
	"context"

	"github.com/deskbell/deskbell/internal/image"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
)

// Computer is what a delivery to other people needs of the computer they are
// at. Its zero value is this one; tests play others.
type Computer struct {
	// Sessions lists those that have a person; nil = session.List.
	Sessions func(context.Context) ([]session.Session, error)
	// Changes tells that sessions may have changed; nil = session.Changes.
	Changes func(context.Context) (<-chan struct{}, error)
	// Find finds who is meant by a form of Message.To that names a person,
	// though he is not logged on; nil = session.Find.
	Find func(form string) (session.Session, error)
	// SetUp names the set-up that is under way; nil = session.SetupRunning.
	SetUp func(context.Context) (string, error)
	// UID is whose program this is; nil = session.UID.
	UID func() string
	// Administrator reports whether the caller may use other people's mailboxes;
	// nil = mailbox.Administrator.
	Administrator func() bool
	// Open and Make are those of the mailbox package; nil = these.
	Open func(mailbox.Place) (*mailbox.Mailbox, error)
	Make func(mailbox.Place) error
	// Users lists those who have mailboxes in a queue; nil = mailbox.Users.
	Users func(queue string) ([]string, error)
	// Program is the deskbell to start in other sessions, an absolute path; "" =
	// this executable.
	Program string
	// Start starts a monitor of the queue in a session and returns it; nil =
	// session.Start with Program, or the copy of it that internal/image makes.
	Start func(ctx context.Context, s session.Session, queue string) (process.ID, error)
	// Tidy removes copies of the program that nobody runs; nil = image.Sweep.
	Tidy func() error
	// Wait blocks until a process has ended; nil = process.Wait.
	Wait func(context.Context, process.ID) error
	// Direct reports whether the caller can start a program in any session
	// himself, without a detour; nil = session.Direct.
	Direct func() bool
	// Served reports whether the service attends the queue, and so starts
	// monitors where a message waits; nil = service is asked by nobody.
	Served func(queue string) bool
	// ShowBox and Write tell somebody without a monitor; nil = those of the session
	// package.
	ShowBox func(context.Context, session.Session, session.Box) (int, error)
	Write   func(ctx context.Context, uid, text string) (int, error)
	// Policy is what the administrators have decided; nil = policy.Load.
	Policy func() (policy.Policy, error)
}

// Complete returns c with what is nil filled in.
func (c Computer) Complete() Computer {
	if c.Sessions == nil {
		c.Sessions = session.List
	}
	if c.Changes == nil {
		c.Changes = session.Changes
	}
	if c.Find == nil {
		c.Find = session.Find
	}
	if c.SetUp == nil {
		c.SetUp = session.SetupRunning
	}
	if c.UID == nil {
		c.UID = session.UID
	}
	if c.Administrator == nil {
		c.Administrator = mailbox.Administrator
	}
	if c.Open == nil {
		c.Open = mailbox.Open
	}
	if c.Make == nil {
		c.Make = mailbox.Make
	}
	if c.Users == nil {
		c.Users = mailbox.Users
	}
	if c.Start == nil {
		c.Start = startMonitor(c.Program)
	}
	if c.Tidy == nil {
		c.Tidy = image.Sweep
	}
	if c.Wait == nil {
		c.Wait = process.Wait
	}
	if c.Direct == nil {
		c.Direct = session.Direct
	}
	if c.Served == nil {
		c.Served = func(string) bool { return false }
	}
	if c.ShowBox == nil {
		c.ShowBox = session.ShowBox
	}
	if c.Write == nil {
		c.Write = session.Write
	}
	if c.Policy == nil {
		c.Policy = policy.Load
	}
	return c
}
