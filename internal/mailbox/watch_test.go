package mailbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
)

// changes watches the Inbox until the test ends.
func changes(t *testing.T, b *mailbox.Mailbox) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	signals, err := b.Changes(ctx)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		for range signals {
		}
	})
	return signals
}

// wait blocks for a signal, and for more until done says so.
func wait(t *testing.T, signals <-chan struct{}, done func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case <-signals:
		case <-deadline:
			t.Fatal("not seen")
		}
		if done() {
			return
		}
	}
}

// drain takes a signal that is pending.
func drain(signals <-chan struct{}) {
	select {
	case <-signals:
	default:
	}
}
