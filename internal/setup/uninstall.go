package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/deploy"
	"github.com/deskbell/deskbell/internal/job"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// patience is how long a monitor may take to end when it is told to.
const patience = 10 * time.Second

// Uninstall ends the service and the monitors of the queue and removes all that
// Install, autostart and the users' monitors have made for it, then looks
// whether anything is left: Good means that nothing is. What other queues have
// is not touched, and what all share goes with the last of them. Errors are
// those of Install.
func (i Installation) Uninstall(ctx context.Context) ([]Finding, error) {
	i.NoService = i.private()
	if err := i.begin("uninstall Deskbell"); err != nil {
		return nil, err
	}
	things := i.remains()
	failed := make([]error, len(things))
	removed := make([][]Finding, len(things))
	for n, t := range things {
		removed[n] = t.left(ctx)
		if slices.ContainsFunc(removed[n], func(f Finding) bool { return f.State != Note }) {
			// The rest may go even so.
			failed[n] = t.remove(ctx)
		}
	}
	var all []Finding
	for n, t := range things {
		left := t.left(ctx)
		if failed[n] == nil && slices.ContainsFunc(left, func(f Finding) bool { return f.State != Note }) {
			// What another queue had in the same place may have gone meanwhile.
			failed[n] = t.remove(ctx)
			left = t.left(ctx)
		}
		for _, f := range removed[n] {
			gone := !slices.ContainsFunc(left, func(l Finding) bool { return l.Place == f.Place && l.What == f.What })
			if gone {
				all = append(all, Finding{What: f.What, Place: f.Place, State: OK, Act: "remove"})
			}
		}
		for _, f := range left {
			if f.State != Note {
				f.State = Failed
				if failed[n] != nil {
					f.Problem = failed[n].Error()
				} else if f.Problem == "" {
					f.Problem = "it is still there"
				}
			}
			all = append(all, f)
		}
	}
	return all, ctx.Err()
}

// PlanUninstall says what Uninstall would remove, and changes nothing.
func (i Installation) PlanUninstall(ctx context.Context) ([]Finding, error) {
	var all []Finding
	for _, t := range i.remains() {
		for _, f := range t.left(ctx) {
			if f.State != Note {
				f.Act = "remove"
			}
			all = append(all, f)
		}
	}
	return all, ctx.Err()
}

// remains are the things that Uninstall removes, in order.
func (i Installation) remains() []thing {
	owners := i.owners()
	var things []thing
	if !i.private() {
		// Before the monitors, which it would start again.
		things = append(things, i.serviceRemains())
	}
	for _, uid := range owners {
		things = append(things, i.monitors(uid))
	}
	if !i.private() {
		things = append(things, i.autostart(), i.ownAutostart())
	}
	for _, uid := range owners {
		things = append(things, i.mailboxOf(mailbox.ScopeUser, uid))
	}
	uids, err := mailbox.Users(i.Queue)
	if err != nil {
		things = append(things, broken("mailboxes for users", err))
	}
	for _, uid := range uids {
		things = append(things, i.mailboxOf(mailbox.ScopeService, uid), i.mailboxOf(mailbox.ScopeAssigned, uid))
	}
	if !i.private() {
		things = append(things, i.imagesForUsers()) // which are among the mailboxes
	}
	things = append(things, i.deferrals(), i.jobs())
	things = append(things, i.ledger("ledger", ledger.Administrators), i.ledger("own ledger", ledger.Own))
	things = append(things, i.machine())
	things = append(things, i.systemThings()...)
	things = append(things, i.lastThings()...)
	if !i.private() {
		things = append(things, i.program())
	}
	return things
}

// owners are the users who may have a mailbox of their own here now: the
// caller, "", and every other one.
func (i Installation) owners() []string {
	if i.private() {
		return []string{""}
	}
	return append([]string{""}, otherUsers()...)
}

// broken is a thing that could not be looked at.
func broken(what string, err error) thing {
	return thing{
		look:   func(context.Context) []Finding { return []Finding{{What: what, State: Failed, Problem: err.Error()}} },
		remove: func(context.Context) error { return err },
	}
}

// serviceRemains is the service, whatever program it is registered with.
func (i Installation) serviceRemains() thing {
	d := i.definition()
	d.Program = ""
	t := i.registered(d)
	t.gone = func(ctx context.Context) []Finding {
		s, err := d.Status(ctx)
		f := finding("service", d.Place(), err)
		if err == nil && s.State == "missing" {
			return nil
		}
		f.Problem = string(s.State)
		return []Finding{f}
	}
	t.remove = d.Uninstall
	return t
}

func (i Installation) ownAutostart() thing {
	entry := Autostart{Queue: i.Queue}
	return thing{
		remove: func(context.Context) error { _, err := entry.Remove(); return err },
		gone:   func(context.Context) []Finding { return entryLeft(entry) },
	}
}

// ledger is what has been written down of what happened to messages: for the
// computer, or for the caller. Those of other users are in their own folders,
// and theirs.
func (i Installation) ledger(what string, find func(queue string) (ledger.Place, error)) thing {
	return thing{
		remove: func(context.Context) error {
			place, err := find(i.Queue)
			if err != nil {
				return err
			}
			return place.Remove()
		},
		gone: func(context.Context) []Finding {
			place, err := find(i.Queue)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			var files []string
			if err == nil {
				files, err = place.Files()
			}
			var left []Finding
			if err != nil {
				left = append(left, Finding{What: what, State: Failed, Problem: err.Error()})
			}
			for _, path := range files {
				left = append(left, finding(what, path, nil))
			}
			return left
		},
	}
}

// deferrals is what is remembered of jobs of software distribution.
func (i Installation) deferrals() thing {
	const what = "deferrals"
	return thing{
		remove: func(context.Context) error { return deploy.Forget(i.Queue) },
		gone: func(context.Context) []Finding {
			places, err := deploy.Remembered(i.Queue)
			if err != nil {
				return []Finding{{What: what, State: Failed, Problem: err.Error()}}
			}
			var left []Finding
			for _, place := range places {
				left = append(left, finding(what, place, nil))
			}
			return left
		},
	}
}

// jobs are those that people have put off until a time.
func (i Installation) jobs() thing {
	const what = "jobs"
	return thing{
		remove: func(context.Context) error { return job.Forget(i.Queue) },
		gone: func(context.Context) []Finding {
			place, err := job.Kept(i.Queue)
			switch {
			case err != nil:
				return []Finding{{What: what, State: Failed, Problem: err.Error()}}
			case place == "":
				return nil
			}
			return []Finding{finding(what, place, nil)}
		},
	}
}

// mailboxOf is the mailbox that a user has in the queue.
func (i Installation) mailboxOf(scope mailbox.Scope, uid string) thing {
	place := mailbox.Place{Queue: i.Queue, Scope: scope, UID: uid}
	what := string(scope) + " mailbox"
	return thing{
		remove: func(context.Context) error { return mailbox.Delete(place) },
		gone:   func(context.Context) []Finding { return leftOf(what, place, always) },
	}
}

func always() bool { return true }

// sharedByQueues reports whether another queue needs what all have in common.
func sharedByQueues() bool {
	queues, err := mailbox.Queues()
	return err != nil || len(queues) > 0
}

// sharedByOthers: what is remembered of another queue's jobs is in the same place.
func sharedByOthers() bool { return sharedByQueues() || deploy.Shared() }

// leftOf is what there is of a mailbox. What leads to it is none of it while
// shared says so.
func leftOf(what string, place mailbox.Place, shared func() bool) []Finding {
	components, err := mailbox.Inspect(place)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return []Finding{{What: what, Place: place.UID, State: Failed, Problem: err.Error()}}
	}
	root := rootOf(components)
	needed := shared()
	var left []Finding
	for _, c := range components {
		if errors.Is(c.Problem, fs.ErrNotExist) || needed && len(c.Path) < len(root) {
			continue
		}
		left = append(left, finding(what, c.Path, c.Problem))
	}
	return left
}

// rootOf is the path of the mailbox itself: what its Inbox is in.
func rootOf(components []mailbox.Component) string {
	for _, c := range components {
		end := strings.LastIndexAny(c.Path, `/\`)
		if end > 0 && strings.EqualFold(c.Path[end+1:], "inbox") {
			return c.Path[:end]
		}
	}
	return ""
}

// monitors are those that attend a user's mailbox.
func (i Installation) monitors(uid string) thing {
	place := mailbox.Place{Queue: i.Queue, Scope: mailbox.ScopeUser, UID: uid}
	return thing{
		gone: func(context.Context) []Finding {
			_, attendants, err := attending(place)
			if err != nil {
				return []Finding{{What: "monitor", Place: uid, State: Failed, Problem: err.Error()}}
			}
			var left []Finding
			for _, a := range attendants {
				left = append(left, Finding{
					What: "monitor", Place: fmt.Sprintf("process %d, session %q", a.Pid, a.Session),
					State: Different, Problem: "it runs",
				})
			}
			return left
		},
		remove: func(ctx context.Context) error {
			box, attendants, err := attending(place)
			for _, a := range attendants {
				err = errors.Join(err, endMonitor(ctx, box, a))
			}
			return err
		},
	}
}

// attending are the monitors of a mailbox that there may not be.
func attending(place mailbox.Place) (*mailbox.Mailbox, []mailbox.Attendant, error) {
	box, err := mailbox.Open(place)
	if err != nil {
		return nil, nil, err
	}
	attendants, err := box.Attending()
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return box, attendants, err
}

// endMonitor tells a monitor to stop, and kills it where it does not. The
// record says that it is the user's own process.
func endMonitor(ctx context.Context, box *mailbox.Mailbox, a mailbox.Attendant) error {
	id := process.ID{Pid: a.Pid, Started: a.Started}
	m := protocol.NewMessage(protocol.KindControl)
	m.Command, m.Session, m.When = protocol.CommandStop, a.Session, protocol.WhenShow
	_, err := delivery.Send(ctx, m, delivery.Options{Mailbox: box, Within: patience})
	if err == nil {
		waiting, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err = process.Wait(waiting, id); err == nil {
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := id.Kill(); err != nil {
		return err
	}
	return process.Wait(ctx, id)
}
