package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// testWatchRace puts a message while a watch is armed: it is seen by a scan
// on a signal, whichever came first.
func testWatchRace(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	for round := range 200 {
		id := fmt.Sprintf("m%d", round)
		ctx, cancel := context.WithCancel(watching(t))
		var group sync.WaitGroup
		group.Go(func() {
			if err := b.Put(id, question("?")); err != nil {
				t.Error(err)
			}
		})
		signals, err := b.Changes(ctx)
		check(t, err)
		until(t, signals, func() bool { return there(s, mailbox.Inbox, id) })
		group.Wait()
		check(t, b.Forget(id))
		cancel()
		for range signals {
		}
	}
}

// testWatchChanges has every kind of change seen by one watch.
func testWatchChanges(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	signals := watch(t, s, mailbox.Inbox)
	next(t, signals)
	for round := range 50 {
		id := fmt.Sprintf("m%d", round)
		check(t, b.Put(id, question("?")))
		until(t, signals, func() bool { return there(s, mailbox.Inbox, id) })
		check(t, b.Update(id, question("!")))
		until(t, signals, func() bool {
			e, err := b.Get(id)
			return err == nil && e.Ready && e.Message.Text == "!"
		})
		check(t, b.Withdraw(id))
		until(t, signals, func() bool { return !there(s, mailbox.Inbox, id) })
	}
	// A burst while nobody takes signals: the last of it is seen.
	for i := range 200 {
		check(t, b.Put(fmt.Sprintf("b%d", i), question("?")))
	}
	until(t, signals, func() bool {
		ids, err := b.IDs()
		return err == nil && len(ids) == 200
	})
}

// testWatchShared has one of two who watch a box leave: the other sees the next
// change, and who comes then is told to look.
func testWatchShared(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	stays := watch(t, s, mailbox.Inbox)
	ctx, leave := context.WithCancel(watching(t))
	leaves, err := s.Watch(ctx, mailbox.Inbox)
	check(t, err)
	check(t, b.Put("first", question("?")))
	for _, signals := range []<-chan struct{}{stays, leaves} {
		until(t, signals, func() bool { return there(s, mailbox.Inbox, "first") })
	}
	leave()
	for range leaves {
	}
	check(t, b.Put("second", question("?")))
	until(t, stays, func() bool { return there(s, mailbox.Inbox, "second") })
	next(t, watch(t, s, mailbox.Inbox))
}

func testWatchEnds(t *testing.T, s mailbox.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	var watches []<-chan struct{}
	for _, box := range []mailbox.Box{mailbox.Inbox, mailbox.Outbox, mailbox.Inbox} {
		signals, err := s.Watch(ctx, box)
		check(t, err)
		next(t, signals)
		watches = append(watches, signals)
	}
	cancel()
	for _, signals := range watches {
		for range signals {
		}
	}
	next(t, watch(t, s, mailbox.Inbox))
}

// serve answers every message with its first button until ctx is done.
func serve(ctx context.Context, t *testing.T, s mailbox.Store) (wait func()) {
	t.Helper()
	b := open(t, s, second)
	signals, err := b.Changes(ctx)
	check(t, err)
	var group sync.WaitGroup
	group.Go(func() {
		for range signals {
			ids, err := b.IDs()
			if err != nil {
				t.Error(err)
			}
			for _, id := range ids {
				if e, err := b.Get(id); err != nil || !e.Ready {
					continue
				}
				if b.Claim(id, protocol.Reply{}) != nil {
					continue
				}
				if err := b.Reply(id, answer(101)); err != nil && !errors.Is(err, mailbox.ErrClaimLost) {
					t.Error(err)
				}
			}
		}
	})
	return group.Wait
}

func testAwait(t *testing.T, s mailbox.Store) {
	ctx, cancel := context.WithCancel(watching(t))
	wait := serve(ctx, t, s)
	b := open(t, s, first)
	for round := range 50 {
		id := fmt.Sprintf("m%d", round)
		check(t, b.Put(id, question("?")))
		r, err := b.Await(ctx, id, question("?"))
		check(t, err)
		if r.Button != 101 || r.Pid != second.Pid {
			t.Fatalf("got %+v", r)
		}
		check(t, b.Forget(id))
	}
	cancel()
	wait()
}

func testAwaitMany(t *testing.T, s mailbox.Store) {
	ctx, cancel := context.WithCancel(watching(t))
	wait := serve(ctx, t, s)
	b := open(t, s, first)
	var senders sync.WaitGroup
	for i := range 30 {
		senders.Go(func() {
			id := fmt.Sprintf("m%d", i)
			if err := b.Put(id, question("?")); err != nil {
				t.Error(err)
				return
			}
			if _, err := b.Await(ctx, id, question("?")); err != nil {
				t.Error(err)
			}
			if err := b.Forget(id); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	wantIDs(t, b)
	cancel()
	wait()
}

func testAwaitLate(t *testing.T, s mailbox.Store) {
	replied(t, s, "a")
	b := open(t, s, first)
	_, err := b.Await(watching(t), "a", question("?"))
	check(t, err)
	check(t, b.Withdraw("a"))
	_, err = b.Await(watching(t), "a", question("?"))
	check(t, err)
}

func testAwaitCancelled(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	check(t, b.Put("a", question("?")))
	ctx, cancel := context.WithCancel(watching(t))
	waits := make(chan error)
	go func() {
		_, err := b.Await(ctx, "a", question("?"))
		waits <- err
	}()
	cancel()
	wantError(t, <-waits, context.Canceled)
	wantIDs(t, b, "a")
}

func testAwaitWithdrawn(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	_, err := b.Await(watching(t), "never", question("?"))
	wantError(t, err, mailbox.ErrWithdrawn)
	claimed(t, s, "a", second)
	waits := make(chan error)
	go func() {
		_, err := b.Await(watching(t), "a", question("?"))
		waits <- err
	}()
	check(t, b.Withdraw("a"))
	wantError(t, <-waits, mailbox.ErrWithdrawn)
}

func testAwaitMisfit(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	for id, fields := range map[string]protocol.Fields{
		"button": {"Status": "answered", "Button": 150, "Ready": 1},
		"status": {"Status": "hooray", "Button": 101, "Ready": 1},
		"form":   {"Status": "answered", "Button": "abc", "Ready": 1},
		"answer": {"Status": "timeout", "Button": 101, "Ready": 1},
	} {
		check(t, b.Put(id, question("?")))
		check(t, s.Create(mailbox.Outbox, id, fields))
		_, err := b.Await(watching(t), id, question("?"))
		var misfit *mailbox.MisfitError
		var field *protocol.FieldError
		if !errors.As(err, &misfit) || misfit.ID != id || !errors.As(err, &field) {
			t.Errorf("%s: error %v", id, err)
		}
	}
}

func testAwaitRewritten(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	m := protocol.NewMessage(protocol.KindChoose)
	m.Text, m.Choices = "?", []string{"a", "b"}
	check(t, b.Put("a", m))
	rewritten := m
	rewritten.Choices = []string{"c", "d"}
	check(t, b.Update("a", rewritten))
	check(t, b.Claim("a", protocol.Reply{}))
	check(t, b.Reply("a", protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "d"}))
	r, err := b.Await(watching(t), "a", m)
	check(t, err)
	if r.Answer != "d" {
		t.Errorf("got %+v", r)
	}
}
