package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// testFetch has 20 processes fetch one reply: one has it, and nothing is left.
func testFetch(t *testing.T, s mailbox.Store) {
	boxes := monitors(t, s, 20)
	for round := range 10 {
		id := fmt.Sprintf("m%d", round)
		if round == 9 {
			id = strings.Repeat("m", 64)
		}
		replied(t, s, id)
		var winners atomic.Int32
		var group sync.WaitGroup
		begin := make(chan struct{})
		for _, b := range boxes {
			group.Go(func() {
				<-begin
				err := b.Fetch(id, func() error {
					winners.Add(1)
					return nil
				})
				if err != nil && !errors.Is(err, mailbox.ErrFetched) && !errors.Is(err, mailbox.ErrBeingFetched) {
					t.Errorf("fetch: %v", err)
				}
			})
		}
		close(begin)
		group.Wait()
		if winners.Load() != 1 {
			t.Fatalf("round %d: %d winners", round, winners.Load())
		}
		wantError(t, boxes[0].Fetch(id, func() error { return nil }), mailbox.ErrFetched)
	}
	for _, box := range []mailbox.Box{mailbox.Inbox, mailbox.Outbox} {
		names, err := s.List(box)
		check(t, err)
		if len(names) > 0 {
			t.Errorf("left in box %d: %q", box, names)
		}
	}
}

// testFetchAgain has one refuse a reply, and another die over it: it is there
// for the next. While it is being used nobody sweeps the claim away.
func testFetchAgain(t *testing.T, s mailbox.Store) {
	replied(t, s, "a")
	refusal := errors.New("not now")
	wantError(t, open(t, s, first).Fetch("a", func() error { return refusal }), refusal)
	wantState(t, open(t, s, second), "a", mailbox.Spent)
	check(t, open(t, s, dead).Claim("fetch.a", protocol.Reply{}))
	check(t, open(t, s, second).Fetch("a", func() error {
		later := openLater(t, s, first, deadline)
		check(t, later.Sweep())
		check(t, openLater(t, s, first, 2*deadline).Sweep())
		wantError(t, open(t, s, first).Fetch("a", func() error { return nil }), mailbox.ErrBeingFetched)
		return nil
	}))
	if there(s, mailbox.Inbox, "a") || there(s, mailbox.Outbox, "a") || there(s, mailbox.Outbox, "fetch.a") {
		t.Error("something is left")
	}
}

// testFetchInTurn has one wait for another who is fetching: until that has
// fetched, has refused, or has ended, even in the middle of his claim.
func testFetchInTurn(t *testing.T, s mailbox.Store) {
	use := func() error { return nil }
	wait := func(id string, b *mailbox.Mailbox) <-chan error {
		ended := make(chan error, 1)
		go func() { ended <- b.FetchInTurn(watching(t), id, use) }()
		return ended
	}
	replied(t, s, "fetched")
	var waiter <-chan error
	check(t, open(t, s, first).Fetch("fetched", func() error {
		waiter = wait("fetched", open(t, s, second))
		return nil
	}))
	wantError(t, <-waiter, mailbox.ErrFetched)

	replied(t, s, "refused")
	refusal := errors.New("not now")
	wantError(t, open(t, s, first).Fetch("refused", func() error {
		waiter = wait("refused", open(t, s, second))
		return refusal
	}), refusal)
	check(t, <-waiter)

	replied(t, s, "killed")
	check(t, s.Create(mailbox.Outbox, "fetch.killed", protocol.Fields{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, open(t, s, first).FetchInTurn(ctx, "killed", use), context.Canceled)
	wantError(t, open(t, s, first).Fetch("killed", use), mailbox.ErrBeingFetched)
	soon := openLater(t, s, second, writeWait-turnLook/2) // void in half a look
	check(t, <-wait("killed", soon))
	for _, id := range []string{"fetched", "refused", "killed"} {
		if there(s, mailbox.Inbox, id) || there(s, mailbox.Outbox, id) || there(s, mailbox.Outbox, "fetch."+id) {
			t.Errorf("something of %s is left", id)
		}
	}
}

// How long a claim may be without a Pid, and how often one looks who waits.
const (
	writeWait = 10 * time.Second
	turnLook  = time.Second
)
