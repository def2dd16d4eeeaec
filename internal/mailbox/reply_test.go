package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// costLimit is what a hostile reply may make a sender allocate, in bytes: what
// it reads at most, some times over.
const costLimit = 32 << 20

// offered is a question with all that a reply can miss.
func offered() protocol.Message {
	m := protocol.NewMessage(protocol.KindChoose)
	m.Text, m.Buttons, m.Choices = "?", []string{"Now", "Later"}, []string{"one", "two"}
	return m
}

// refuses has somebody write a final reply to a question, in whatever way, and
// looks what the sender who awaits it makes of that: no answer, within bounds.
func refuses(t *testing.T, b *mailbox.Mailbox, id string, write func()) {
	t.Helper()
	check(t, b.Put(id, offered()))
	write()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if r, err := b.Await(ctx, id, offered()); !misfit(err) {
		t.Errorf("%s: %+v, %v; it is no answer", id, r, err)
	}
	runtime.ReadMemStats(&after)
	if cost := after.TotalAlloc - before.TotalAlloc; cost > costLimit {
		t.Errorf("%s: %d bytes were allocated for it", id, cost)
	}
}

func misfit(err error) bool {
	var m *mailbox.MisfitError
	return errors.As(err, &m)
}

// manyReplies is how many somebody writes that nobody asked for.
const manyReplies = 10_000

// crowd has an Outbox in which very much lies that nobody asked for, and one
// reply that somebody awaits.
func crowd(t *testing.T, b *mailbox.Mailbox, write func(id string)) {
	t.Helper()
	for i := range manyReplies {
		write(fmt.Sprintf("unasked%d", i))
	}
	check(t, b.Put("asked", offered()))
	check(t, b.Claim("asked", protocol.Reply{}))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	replied := make(chan error, 1)
	go func() {
		replied <- b.Reply("asked", protocol.Reply{Status: protocol.StatusAnswered, Button: 101, Answer: "two"})
	}()
	r, err := b.Await(ctx, "asked", offered())
	check(t, err)
	check(t, <-replied)
	runtime.ReadMemStats(&after)
	if r.Button != 101 {
		t.Errorf("%+v", r)
	}
	if cost := after.TotalAlloc - before.TotalAlloc; cost > costLimit {
		t.Errorf("%d bytes were allocated beside %d replies that nobody asked for", cost, manyReplies)
	}
}
