package mailbox_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// shared are the mailboxes that administrators make.
var shared = []mailbox.Scope{mailbox.ScopeAssigned, mailbox.ScopeMachine, mailbox.ScopeService}

func asked(text string) protocol.Message {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.Buttons = text, []string{"Now", "Later"}
	return m
}

// Every mailbox does what a mailbox does.
func TestPlaces(t *testing.T) {
	for _, scope := range shared {
		t.Run(string(scope), func(t *testing.T) {
			mailboxtest.RunPlace(t, func(t *testing.T) mailbox.Store {
				s, err := mailbox.OpenStore(mailbox.Place{Queue: newQueue(t), Scope: scope})
				check(t, err)
				return s
			})
		})
	}
}

// Who watches a mailbox that is being made, key by key or directory by
// directory, is told of what is put in it.
func TestPlacesWatchedWhileMade(t *testing.T) {
	for range 60 {
		p := mailbox.Place{Queue: newQueue(t), Scope: mailbox.ScopeService}
		monitor, err := mailbox.Open(p)
		check(t, err)
		sender, err := mailbox.Open(p)
		check(t, err)
		put := make(chan error, 1)
		go func() { put <- sender.Put("a", asked("Install?")) }()
		wait(t, changes(t, monitor), func() bool { e, err := monitor.Get("a"); return err == nil && e.Ready })
		check(t, <-put)
		check(t, mailbox.Delete(p))
	}
}

// A sender and a monitor, each with a mailbox of his own that stands for the
// same place, put, notice, claim, answer, await and forget.
func TestTwoSidesOfAPlace(t *testing.T) {
	for _, scope := range shared {
		t.Run(string(scope), func(t *testing.T) {
			p := mailbox.Place{Queue: newQueue(t), Scope: scope}
			monitor, err := mailbox.Open(p)
			check(t, err)
			sender, err := mailbox.Open(p)
			check(t, err)
			signals := changes(t, monitor)
			<-signals
			found, err := mailbox.Inspect(p)
			check(t, err)
			if last := found[len(found)-1]; !errors.Is(last.Problem, fs.ErrNotExist) {
				t.Errorf("who only watches made %s: %v", last.Path, last.Problem)
			}
			check(t, sender.Put("a", asked("Install?")))
			wait(t, signals, func() bool { e, err := monitor.Get("a"); return err == nil && e.Ready })
			check(t, monitor.Claim("a", protocol.Reply{Status: protocol.StatusWaiting}))
			state, claim, err := sender.State("a")
			if err != nil || state != mailbox.Ours || claim.Status != protocol.StatusWaiting {
				t.Errorf("state %d, claim %+v, %v", state, claim, err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			replied := make(chan error, 1)
			go func() {
				r, err := sender.Await(ctx, "a", asked("Install?"))
				if err == nil && r.Button != 102 {
					err = errors.New("another button than was pressed")
				}
				replied <- err
			}()
			check(t, monitor.Reply("a", protocol.Reply{Status: protocol.StatusAnswered, Button: 102, Channel: protocol.ChannelScript}))
			check(t, <-replied)
			check(t, sender.Forget("a"))
			if state, _, err := monitor.State("a"); err != nil || state != mailbox.Free {
				t.Errorf("state %d, %v", state, err)
			}
			if attending, err := sender.Attending(); err != nil || len(attending) != 0 {
				t.Errorf("attending %v, %v", attending, err)
			}
			if _, err := monitor.Attend("1", protocol.Presence{}); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("attend: %v", err)
			}
		})
	}
}

// What is spent stays for 30 days, in a user mailbox for 24 hours.
func TestPlacesKeep(t *testing.T) {
	for _, scope := range shared {
		s, err := mailbox.OpenStore(mailbox.Place{Queue: newQueue(t), Scope: scope})
		check(t, err)
		b, err := mailbox.New(s, mailbox.Options{})
		check(t, err)
		check(t, b.Put("a", asked("?")))
		check(t, b.Claim("a", protocol.Reply{}))
		check(t, b.Reply("a", protocol.Reply{Status: protocol.StatusDismissed, Button: -1}))
		for _, days := range []int{29, 31} {
			later, err := mailbox.OpenLater(s, scope, time.Duration(days)*24*time.Hour)
			check(t, err)
			check(t, later.Sweep())
			if ids, err := b.IDs(); err != nil || (len(ids) == 1) != (days < 30) {
				t.Errorf("%s, after %d days: %q, %v", scope, days, ids, err)
			}
		}
	}
}

// The places of a queue are found, and go one by one, with the ways to them.
func TestPlacesListedAndDeleted(t *testing.T) {
	queue := newQueue(t)
	if queues, err := mailbox.Queues(); err != nil || slices.Contains(queues, queue) {
		t.Fatalf("queues %q, %v", queues, err)
	}
	if users, err := mailbox.Users(queue); err != nil || len(users) != 0 {
		t.Fatalf("users %q, %v", users, err)
	}
	for _, scope := range shared {
		p := mailbox.Place{Queue: queue, Scope: scope}
		check(t, mailbox.Delete(p))
		for range 2 { // the second time all is there
			check(t, mailbox.Make(p))
		}
		components, err := mailbox.Inspect(p)
		check(t, err)
		for _, c := range components {
			if c.Problem != nil {
				t.Errorf("%s: %s: %v", scope, c.Path, c.Problem)
			}
		}
		b, err := mailbox.Open(p)
		check(t, err)
		check(t, b.Put("a", asked("?")))
		check(t, b.Claim("a", protocol.Reply{}))
	}
	if queues, err := mailbox.Queues(); err != nil || !slices.Contains(queues, queue) {
		t.Errorf("queues %q, %v", queues, err)
	}
	users, err := mailbox.Users(queue)
	if err != nil || len(users) != 1 {
		t.Fatalf("users %q, %v", users, err)
	}
	there := func(scope mailbox.Scope, want bool) {
		t.Helper()
		components, err := mailbox.Inspect(mailbox.Place{Queue: queue, Scope: scope, UID: users[0]})
		check(t, err)
		last := components[len(components)-1]
		if got := !errors.Is(last.Problem, fs.ErrNotExist); got != want {
			t.Errorf("%s: %s: %v", scope, last.Path, last.Problem)
		}
	}
	for i, scope := range shared {
		check(t, mailbox.Delete(mailbox.Place{Queue: queue, Scope: scope}))
		for j, other := range shared {
			there(other, j > i)
		}
	}
	if queues, err := mailbox.Queues(); err != nil || slices.Contains(queues, queue) {
		t.Errorf("queues %q, %v", queues, err)
	}
}

func TestPlacesRefused(t *testing.T) {
	for _, p := range []mailbox.Place{
		{Queue: "../x", Scope: mailbox.ScopeMachine},
		{Queue: "queue", Scope: "everybody"},
		{Queue: "queue", Scope: mailbox.ScopeAssigned, UID: "../0"},
		{Queue: "queue", Scope: mailbox.ScopeService, UID: `S-1-5-21\x`},
		{Queue: "queue", Scope: mailbox.ScopeUser, UID: "root"},
	} {
		if _, err := mailbox.Open(p); err == nil {
			t.Errorf("%+v was opened", p)
		}
		if mailbox.Make(p) == nil || mailbox.Delete(p) == nil {
			t.Errorf("%+v was made or deleted", p)
		}
		if _, err := mailbox.Inspect(p); err == nil {
			t.Errorf("%+v was inspected", p)
		}
	}
}

// Only processes of the mailbox's user attend it.
func TestAttendingAsItsUser(t *testing.T) {
	self, err := process.Self()
	check(t, err)
	s := mailbox.NewMemory()
	check(t, s.Create(mailbox.Monitor, "1", protocol.Presence{Pid: self.Pid, Started: self.Started}.Fields()))
	for user, want := range map[string]int{ownUser(t): 1, somebody: 0} {
		b, err := mailbox.New(s, mailbox.Options{User: user, Self: process.ID{Pid: 1, Started: "1"}})
		check(t, err)
		if attending, err := b.Attending(); err != nil || len(attending) != want {
			t.Errorf("as %s: %v, %v", user, attending, err)
		}
	}
}
