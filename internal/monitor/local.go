package monitor

import (
	"context"
	"fmt"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/session"
)

// Local returns the options of a monitor for the person who runs this process:
// the user mailbox of the queue and the assigned one, the session, what is
// known of them. Dialog
// and the rest are the caller's to fill in. The session is watched until ctx
// is done. It blocks for two seconds at most, where the system is slow to
// tell about the session.
func Local(ctx context.Context, queue string) (Options, error) {
	box, err := mailbox.OpenUser(queue)
	if err != nil {
		return Options{}, err
	}
	user, err := session.User()
	if err != nil {
		return Options{}, err
	}
	o := Options{
		Queue: queue, Mailbox: box, Languages: session.Languages(), Session: session.Current(), User: user,
		Idle: session.Idle, Gone: session.Gone, Policy: policy.Load,
	}
	o.LoggedOn, _ = mailbox.LogonTime()
	if o.Assigned, err = mailbox.Open(mailbox.Place{Queue: queue, Scope: mailbox.ScopeAssigned}); err != nil {
		return Options{}, err
	}
	if o.States, err = session.Watch(ctx, o.Session); err != nil {
		return Options{}, fmt.Errorf("watch session %s: %w", o.Session, err)
	}
	return o, nil
}

// Sender is who put a message, by the mailbox that it is in: an administrator,
// or the person himself.
func (o Options) Sender(trusted bool) string {
	if trusted {
		return session.Administrators
	}
	return o.User
}
