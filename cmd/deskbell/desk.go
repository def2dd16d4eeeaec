package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"slices"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/session"
)

// A desk is a user whose mailboxes the caller may look at.
type desk struct{ uid, name string }

// findDesks returns the caller, and for an administrator everybody who is
// logged on besides. The caller is the first.
func findDesks(ctx context.Context) ([]desk, error) {
	self, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("ask who this is: %w", err)
	}
	desks := []desk{{self.Uid, self.Username}}
	if !mailbox.Administrator() {
		return desks, nil
	}
	sessions, err := session.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		if s.UID != "" && !slices.ContainsFunc(desks, func(d desk) bool { return d.uid == s.UID }) {
			desks = append(desks, desk{s.UID, s.User})
		}
	}
	return desks, nil
}

// nameOf is the name of a user; his uid where he has none.
func nameOf(uid string, desks []desk) string {
	for _, d := range desks {
		if d.uid == uid && d.name != "" {
			return d.name
		}
	}
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return uid
}

// A deskBox is the user mailbox of somebody at his desk.
type deskBox struct {
	desk
	box *mailbox.Mailbox
}

// deskBoxes opens the user mailboxes of a queue that have monitors whom the
// caller may stop: his own, and for an administrator everybody's.
func deskBoxes(ctx context.Context, queue string) ([]deskBox, error) {
	desks, err := findDesks(ctx)
	if err != nil {
		return nil, err
	}
	if mailbox.Administrator() {
		users, err := mailbox.Users(queue)
		if err != nil {
			return nil, err
		}
		for _, uid := range users {
			if !slices.ContainsFunc(desks, func(d desk) bool { return d.uid == uid }) {
				desks = append(desks, desk{uid, nameOf(uid, nil)})
			}
		}
	}
	var boxes []deskBox
	var errs []error
	for _, d := range desks {
		box, err := openDesk(queue, d)
		errs = append(errs, err)
		if box != nil {
			boxes = append(boxes, deskBox{d, box})
		}
	}
	return boxes, errors.Join(errs...)
}

// openDesk opens a user mailbox; nil where the caller may not after all: with a
// state directory of his own anybody is an administrator, and has no rights
// besides.
func openDesk(queue string, d desk) (*mailbox.Mailbox, error) {
	box, err := mailbox.Open(mailbox.Place{Queue: queue, Scope: mailbox.ScopeUser, UID: d.uid})
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	return box, err
}
