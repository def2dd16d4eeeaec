package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/monitor"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// user is somebody who is logged on: his service mailbox is attended, and a
// monitor is started for him where a message waits in his assigned one.
type user struct {
	service *attending
	uid     string
	name    string
	log     *slog.Logger
	signals chan struct{} // of 1: his sessions have changed
	stop    context.CancelFunc
	tasks   sync.WaitGroup
}

// newUser makes the mailboxes of somebody, so that he can ask the service, and has
// them attended.
func (s *attending) newUser(ctx context.Context, uid, name string) *user {
	ctx, stop := context.WithCancel(ctx)
	u := &user{
		service: s, uid: uid, name: name, log: s.Log.With("user", name),
		signals: make(chan struct{}, 1), stop: stop,
	}
	u.begin(ctx, mailbox.ScopeService, u.attendService)
	u.begin(ctx, mailbox.ScopeAssigned, u.callMonitors)
	return u
}

// leave ends what is done for him and waits for that.
func (u *user) leave() {
	u.stop()
	u.tasks.Wait()
}

// changed tells that something about his sessions may have changed.
func (u *user) changed() {
	select {
	case u.signals <- struct{}{}:
	default:
	}
}

// place is one of his mailboxes.
func (u *user) place(scope mailbox.Scope) mailbox.Place {
	return mailbox.Place{Queue: u.service.Queue, Scope: scope, UID: u.uid}
}

// begin makes one of his mailboxes, if need be, and has it attended.
func (u *user) begin(ctx context.Context, scope mailbox.Scope, attend func(context.Context, *mailbox.Mailbox)) {
	err := u.service.Computer.Make(u.place(scope))
	var box *mailbox.Mailbox
	if err == nil {
		box, err = u.service.Computer.Open(u.place(scope))
	}
	if err != nil {
		u.log.Error("make a mailbox", "scope", string(scope), "err", err)
		return
	}
	u.tasks.Go(func() { attend(ctx, box) })
}

// attendService attends his service mailbox, whose messages the programs of
// the administrator handle, and nothing else does.
func (u *user) attendService(ctx context.Context, box *mailbox.Mailbox) {
	err := monitor.Run(ctx, monitor.Options{
		Queue: u.service.Queue, Mailbox: box, SweepEvery: sweepEvery, Log: u.log.With("mailbox", "service"),
		Ledger: func(e ledger.Event) {
			e.Scope, e.User, e.UID = string(mailbox.ScopeService), u.name, u.uid
			u.service.Ledger(e)
		},
		Processors: func(bool) map[string]processor.Processor {
			found, err := u.service.Processors(u.name)
			if err != nil {
				u.log.Warn("not all processors are there", "err", err)
			}
			return found
		},
	})
	if err != nil && ctx.Err() == nil {
		u.log.Error("attend the service mailbox", "err", err)
	}
}

// callMonitors starts a monitor whenever a message waits in his assigned
// mailbox and nobody attends it.
func (u *user) callMonitors(ctx context.Context, box *mailbox.Mailbox) {
	box.LogTo(u.log)
	changes, err := box.Changes(ctx)
	if err != nil {
		u.log.Error("watch the assigned mailbox", "err", err)
		return
	}
	c := &caller{user: u, box: box, holders: map[process.ID]bool{}, gone: make(chan process.ID)}
	defer c.wait()
	for {
		select {
		case _, ok := <-changes:
			if !ok { // as soon as ctx is done
				if ctx.Err() == nil {
					u.log.Error("watch the assigned mailbox: the watch has ended")
				}
				return
			}
		case <-u.signals:
			c.failed = 0
		case <-c.ended:
			c.ended = nil
		case <-c.again:
			c.again = nil
		case id := <-c.gone:
			delete(c.holders, id)
		}
		c.call(ctx)
	}
}

// A monitor that ends sooner than shortLife after its start has failed, and the
// next is started somewhat later; after maxStarts in a row when something
// changes.
const (
	shortLife  = 15 * time.Second // longer than it waits for a display
	startPause = 2 * time.Second
	maxStarts  = 8 // a desktop may need as long to come up
)

// caller starts monitors for one user.
type caller struct {
	*user
	box    *mailbox.Mailbox
	ended  chan struct{} // closed when the one that was started has; nil = none
	began  time.Time
	failed int
	starts int              // since no message has waited
	pause  time.Time        // until when none is started after a failure
	again  <-chan time.Time // its end; nil = nobody waits for that
	// holders are monitors, whoever started them, that have a message or are
	// about to: nothing but their end tells that they will not answer it.
	holders map[process.ID]bool
	gone    chan process.ID // one that has ended
}

// hold waits for the end of a monitor that has a message.
func (c *caller) hold(ctx context.Context, id process.ID) {
	if id.Pid == 0 || c.holders[id] || ctx.Err() != nil {
		return
	}
	c.holders[id] = true
	c.tasks.Go(func() {
		if c.service.Computer.Wait(ctx, id) != nil {
			return
		}
		select {
		case c.gone <- id:
		case <-ctx.Done():
		}
	})
}

// fail notes that a monitor could not be started, or did not last.
func (c *caller) fail() {
	c.failed++
	c.pause = time.Now().Add(startPause)
}

// call starts a monitor if one is needed now.
func (c *caller) call(ctx context.Context) {
	if c.ended != nil {
		return
	}
	if !c.began.IsZero() {
		if time.Since(c.began) < shortLife {
			c.fail()
		} else {
			c.failed = 0
		}
		c.began = time.Time{}
	}
	target, m, needed, err := c.needed(ctx)
	if err != nil && ctx.Err() == nil {
		c.log.Error("look whether a monitor is needed", "err", err)
	} else if !needed {
		c.starts = 0
	}
	if !needed || c.failed >= maxStarts || ctx.Err() != nil {
		return
	}
	if left := time.Until(c.pause); c.failed > 0 && left > 0 {
		if c.again == nil {
			c.again = time.After(left)
		}
		return
	}
	id, err := c.service.Computer.Start(ctx, target, c.service.Queue)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("start a monitor", "session", target.ID, "err", err)
			c.fail()
			c.again = time.After(startPause)
		}
		return
	}
	c.log.Info("started", "session", target.ID, "pid", id.Pid)
	c.starts++
	c.service.Ledger(ledger.Event{
		Event: ledger.Started, Count: c.starts, Scope: string(mailbox.ScopeAssigned),
		ID: m.ID, Kind: m.Kind, Title: m.Title, Sender: m.Sender, User: c.name, UID: c.uid, Session: target.ID,
	})
	if id == (process.ID{}) {
		// It is not known which, or it has ended already: then nothing else tells.
		c.fail()
		c.again = time.After(startPause)
		return
	}
	c.began, c.ended = time.Now(), make(chan struct{})
	ended := c.ended
	c.tasks.Go(func() {
		if c.service.Computer.Wait(ctx, id) == nil || ctx.Err() != nil {
			close(ended)
		}
	})
}

func (c *caller) wait() {
	if c.ended != nil {
		<-c.ended
	}
}

// needed returns the session whose person has a message that nobody will show
// him, and that. The sessions are asked for anew: a monitor may have ended because its
// session did.
func (c *caller) needed(ctx context.Context) (target session.Session, m protocol.Message, needed bool, err error) {
	waiting, err := c.waiting(ctx)
	if err != nil || len(waiting) == 0 {
		return target, m, false, err
	}
	own, err := c.service.Computer.Open(c.place(mailbox.ScopeUser))
	if err != nil {
		return target, m, false, err
	}
	attendants, err := own.Attending()
	if err != nil {
		return target, m, false, err
	}
	sessions, err := c.service.Computer.Sessions(ctx)
	if err != nil {
		return target, m, false, err
	}
	attended := map[string]bool{}
	for _, a := range attendants {
		c.hold(ctx, process.ID{Pid: a.Pid, Started: a.Started})
		attended[a.Session] = true
	}
	for _, m := range waiting {
		wanted := m.Session
		if wanted == "" && len(attendants) > 0 || attended[wanted] {
			continue
		}
		for _, s := range sessions {
			if s.UID == c.uid && (wanted == "" || s.ID == wanted) {
				return s, m, true, nil
			}
		}
	}
	return target, m, false, nil
}

// waiting returns the messages which nobody has claimed and which the relay does
// not see to. Who has claimed one is held.
func (c *caller) waiting(ctx context.Context) ([]protocol.Message, error) {
	ids, err := c.box.IDs()
	if err != nil {
		return nil, err
	}
	var wanted []protocol.Message
	for _, id := range ids {
		entry, err := c.box.Get(id)
		if err != nil || !entry.Ready || c.service.relay.has(id) {
			continue
		}
		if end := entry.Deadline(); !end.IsZero() && !end.After(time.Now()) {
			continue // swept
		}
		state, claim, err := c.box.State(id)
		if err != nil {
			return wanted, err
		}
		switch state {
		case mailbox.Others:
			c.hold(ctx, process.ID{Pid: claim.Pid, Started: claim.Started})
		case mailbox.Free, mailbox.Void:
			wanted = append(wanted, entry.Message)
		}
	}
	return wanted, nil
}
