package service

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// When a program that failed is run again: at first after retryFirst, then after
// twice as long each time, up to retryMost.
const (
	retryFirst = time.Minute
	retryMost  = time.Hour
)

// answers hands replies to the programs of administrators that are to get them
// (OnAnswer), in the machine mailbox and the assigned ones of everybody, who may
// have gone. What has not succeeded is where it was, for the next life too.
type answers struct {
	service *attending
	machine *mailbox.Mailbox
	signals chan struct{} // of 1: look again
	watched map[string]*mailbox.Mailbox
	watches sync.WaitGroup
	retries map[retry]time.Time     // when
	pauses  map[retry]time.Duration // before the next
}

// retry is a reply whose program failed.
type retry struct{ uid, id string }

func (s *attending) newAnswers(machine *mailbox.Mailbox) *answers {
	return &answers{
		service: s, machine: machine, signals: make(chan struct{}, 1), watched: map[string]*mailbox.Mailbox{},
		retries: map[retry]time.Time{}, pauses: map[retry]time.Duration{},
	}
}

// signal has it look again.
func (a *answers) signal() {
	select {
	case a.signals <- struct{}{}:
	default:
	}
}

// attend works until ctx is done.
func (a *answers) attend(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer a.watches.Wait()
	defer stop()
	a.watch(ctx, "", a.machine)
	a.signal()
	for {
		timer := time.NewTimer(a.next())
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-a.signals:
		case <-timer.C:
		}
		timer.Stop()
		// What is due is looked at now, and whatever is found of it, is no reason
		// to wake again.
		maps.DeleteFunc(a.retries, func(_ retry, at time.Time) bool { return !time.Now().Before(at) })
		a.meet(ctx)
		for uid, box := range a.watched {
			a.look(ctx, uid, box)
		}
	}
}

// next is how long there is nothing to run again.
func (a *answers) next() time.Duration {
	next := retryMost
	for _, at := range a.retries {
		next = min(next, max(0, time.Until(at)))
	}
	return next
}

// meet watches the mailboxes that are new.
func (a *answers) meet(ctx context.Context) {
	uids, err := a.service.Computer.Users(a.service.Queue)
	if err != nil {
		a.service.Log.Error("list the assigned mailboxes", "err", err)
		return
	}
	for _, uid := range uids {
		if a.watched[uid] != nil {
			continue
		}
		box, err := a.service.Computer.Open(mailbox.Place{Queue: a.service.Queue, Scope: mailbox.ScopeAssigned, UID: uid})
		if err != nil {
			a.service.Log.Error("open an assigned mailbox", "user", uid, "err", err)
			continue
		}
		a.watch(ctx, uid, box)
	}
}

func (a *answers) watch(ctx context.Context, uid string, box *mailbox.Mailbox) {
	changes, err := box.Watch(ctx)
	if err != nil {
		a.service.Log.Error("watch the replies of a mailbox", "user", uid, "err", err)
		return
	}
	a.watched[uid] = box
	a.watches.Go(func() {
		for range changes {
			a.signal()
		}
	})
}

// look runs the programs for the replies that are there.
func (a *answers) look(ctx context.Context, uid string, box *mailbox.Mailbox) {
	ids, err := box.IDs()
	if err != nil {
		a.service.Log.Error("look for replies", "user", uid, "err", err)
		return
	}
	maps.DeleteFunc(a.pauses, func(r retry, _ time.Duration) bool { return r.uid == uid && !slices.Contains(ids, r.id) })
	for _, id := range ids {
		r := retry{uid, id}
		if _, later := a.retries[r]; later || ctx.Err() != nil {
			continue
		}
		entry, err := box.Get(id)
		if err != nil || !entry.Ready || entry.Problem != nil || entry.Message.OnAnswer == "" {
			continue
		}
		state, reply, err := box.State(id)
		if err != nil || state != mailbox.Spent {
			continue
		}
		a.hand(ctx, r, box, entry.Message, reply)
	}
}

// hand gives a reply to its program.
func (a *answers) hand(ctx context.Context, r retry, box *mailbox.Mailbox, m protocol.Message, reply protocol.Reply) {
	err := box.Fetch(r.id, func() error {
		return a.service.OnAnswer(ctx, m.OnAnswer, a.told(r, m, reply))
	})
	switch {
	case err == nil:
		a.service.Log.Info("handed over", "id", r.id, "program", m.OnAnswer)
		delete(a.pauses, r)
	case errors.Is(err, mailbox.ErrFetched), errors.Is(err, fs.ErrNotExist):
		delete(a.pauses, r)
	case errors.Is(err, mailbox.ErrBeingFetched):
		a.retries[r] = time.Now().Add(retryFirst) // he may end before he is done
	case ctx.Err() == nil:
		pause := min(max(retryFirst, 2*a.pauses[r]), retryMost)
		a.pauses[r], a.retries[r] = pause, time.Now().Add(pause)
		a.service.Log.Error("hand a reply over", "id", r.id, "program", m.OnAnswer, "again in", pause, "err", err)
	}
}

// told is what the program is told: the reply, if it fits the question, and
// what the user has no say in.
func (a *answers) told(r retry, m protocol.Message, reply protocol.Reply) protocol.Fields {
	fitting, err := m.Fit(reply)
	if err != nil {
		fitting = protocol.Reply{Status: protocol.StatusRejected, Button: protocol.NoButton, Error: err.Error()}
	}
	fields := fitting.Fields()
	for _, ours := range []string{"Ready", "Pid", "Started"} {
		delete(fields, ours)
	}
	fields["Id"], fields["Queue"] = r.id, a.service.Queue
	if r.uid != "" { // the machine mailbox has the service's word
		fields["User"], fields["Uid"] = a.nameOf(r.uid), r.uid
	}
	return fields
}

// nameOf is the name of a user, as the system has it.
func (a *answers) nameOf(uid string) string {
	found, err := a.service.Computer.Find("uid:" + uid)
	if err != nil {
		return uid
	}
	return found.User
}
