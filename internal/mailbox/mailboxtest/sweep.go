package mailboxtest

import (
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

func testSweepOrphans(t *testing.T, s mailbox.Store) {
	replied(t, s, "kept")
	replied(t, s, "orphan")
	claimed(t, s, "withdrawn", dead)
	b := open(t, s, first)
	check(t, b.Withdraw("orphan"))
	check(t, b.Withdraw("withdrawn"))
	check(t, b.Sweep())
	wantState(t, b, "orphan", mailbox.Spent)
	if due, ok := b.SweepDue(); !ok || due.Before(time.Now()) {
		t.Errorf("due %v, %t", due, ok)
	}
	check(t, openLater(t, s, first, 50*time.Second).Sweep())
	wantState(t, b, "orphan", mailbox.Spent)
	later := openLater(t, s, first, 70*time.Second)
	check(t, later.Sweep())
	wantState(t, b, "orphan", mailbox.Free)
	wantState(t, b, "withdrawn", mailbox.Free)
	wantState(t, b, "kept", mailbox.Spent)
	if due, ok := later.SweepDue(); ok {
		t.Errorf("still due at %v", due)
	}
}

func testSweepSpent(t *testing.T, s mailbox.Store) {
	replied(t, s, "spent")
	claimed(t, s, "open", second)
	b := open(t, s, first)
	check(t, b.Put("free", question("?")))
	check(t, openLater(t, s, first, 23*time.Hour).Sweep())
	wantState(t, b, "spent", mailbox.Spent)
	check(t, openLater(t, s, first, 25*time.Hour).Sweep())
	wantIDs(t, b, "free", "open")
	wantState(t, b, "spent", mailbox.Free)
	wantState(t, b, "open", mailbox.Others)
}

func testSweepSecret(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	m := protocol.NewMessage(protocol.KindInput)
	m.Text = "?"
	for id, mask := range map[string]bool{"plain": false, "secret": true} {
		m.Mask = mask
		check(t, b.Put(id, m))
		check(t, b.Claim(id, protocol.Reply{}))
		check(t, b.Reply(id, protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "x"}))
	}
	check(t, openLater(t, s, first, 50*time.Second).Sweep())
	wantIDs(t, b, "plain", "secret")
	check(t, openLater(t, s, first, 70*time.Second).Sweep())
	wantIDs(t, b, "plain")
	wantState(t, b, "secret", mailbox.Free)
}

func testSweepExpired(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	ttl, absolute, shown := question("?"), question("?"), question("?")
	ttl.TTL = 100
	absolute.Expires = time.Now().Add(100 * time.Second)
	shown.TTL = 100
	check(t, b.Put("ttl", ttl))
	check(t, b.Put("absolute", absolute))
	check(t, b.Put("shown", shown))
	check(t, open(t, s, second).Claim("shown", protocol.Reply{}))
	check(t, openLater(t, s, first, 50*time.Second).Sweep())
	wantState(t, b, "ttl", mailbox.Free)
	wantState(t, b, "absolute", mailbox.Free)
	later := openLater(t, s, first, 110*time.Second)
	check(t, later.Sweep())
	for _, id := range []string{"ttl", "absolute"} {
		r, err := b.Await(watching(t), id, question("?"))
		check(t, err)
		if r.Status != protocol.StatusExpired {
			t.Errorf("%s: %+v", id, r)
		}
	}
	wantState(t, b, "shown", mailbox.Others)
	check(t, openLater(t, s, first, 5*time.Minute).Sweep())
	wantIDs(t, b, "shown")
}

// testFuture has a message whose time of writing lies ahead: its age counts
// from when it was first seen.
func testFuture(t *testing.T, s mailbox.Store) {
	m := question("?")
	m.TTL = 60
	check(t, open(t, s, first).Put("a", m))
	now := time.Now().Add(-time.Hour)
	b, err := mailbox.New(s, mailbox.Options{Self: first, Running: running, Now: func() time.Time { return now }})
	check(t, err)
	e, err := b.Get("a")
	check(t, err)
	if !e.Written.Equal(now) || !e.Deadline().Equal(now.Add(time.Minute)) {
		t.Errorf("written %v, deadline %v, now %v", e.Written, e.Deadline(), now)
	}
	now = now.Add(30 * time.Second)
	check(t, b.Sweep())
	wantState(t, b, "a", mailbox.Free)
	now = now.Add(31 * time.Second)
	check(t, b.Sweep())
	wantState(t, b, "a", mailbox.Spent)
}

func testEarlierLogon(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	check(t, b.Put("old", question("?")))
	check(t, b.ExpireBefore(time.Now().Add(-time.Hour)))
	wantState(t, b, "old", mailbox.Free)

	other, err := open(t, s, second).Attend("2", protocol.Presence{})
	check(t, err)
	check(t, b.ExpireBefore(time.Now().Add(time.Hour)))
	wantState(t, b, "old", mailbox.Free)
	check(t, other.Leave())

	check(t, b.ExpireBefore(time.Now().Add(time.Hour)))
	state, r, err := b.State("old")
	check(t, err)
	if state != mailbox.Spent || r.Status != protocol.StatusExpired {
		t.Errorf("state %d, reply %+v", state, r)
	}
}
