package mailbox_test

import (
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// Whose clock is set forward or back sees the question, and who has it, as
// before: no age is counted from the future, and two hours clear away nothing.
func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-2 * time.Hour, 2 * time.Hour} {
		store := mailbox.NewMemory()
		before, err := mailbox.OpenLater(store, mailbox.ScopeUser, 0)
		check(t, err)
		m := protocol.NewMessage(protocol.KindPopup)
		m.Text = "?"
		check(t, before.Put("a", m))
		check(t, before.Claim("a", protocol.Reply{}))
		after, err := mailbox.OpenLater(store, mailbox.ScopeUser, jump)
		check(t, err)
		check(t, after.Sweep())
		entry, err := after.Get("a")
		check(t, err)
		if now := time.Now().Add(jump); entry.Written.After(now) {
			t.Errorf("%s: written %s from now", jump, entry.Written.Sub(now))
		}
		if state, _, err := after.State("a"); err != nil || state != mailbox.Ours {
			t.Errorf("%s: state %v, %v", jump, state, err)
		}
		check(t, after.Reply("a", protocol.Reply{Status: protocol.StatusAnswered, Button: 1}))
		check(t, after.Sweep())
		check(t, before.Sweep())
		if state, reply, err := before.State("a"); err != nil || state != mailbox.Spent || reply.Button != 1 {
			t.Errorf("%s: state %v, %+v, %v", jump, state, reply, err)
		}
	}
}
