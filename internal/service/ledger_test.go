package service

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// book is what the service has told the ledger.
type book struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

func (b *book) record(e ledger.Event) {
	line := strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", e.Event, e.Scope, e.ID, e.User, e.Choice))
	if e.Count > 0 {
		line += fmt.Sprint(" ", e.Count)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line)
}

func (b *book) want(t *testing.T, want ...string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.lines, want) {
		t.Errorf("the ledger is told\n%s\nwant\n%s", strings.Join(b.lines, "\n"), strings.Join(want, "\n"))
	}
}

// settle puts two lines next to each other in this order, for two goroutines of
// which neither waits for the other.
func (b *book) settle(first, second string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.lines, second); i >= 0 && i+1 < len(b.lines) && b.lines[i+1] == first {
		b.lines[i], b.lines[i+1] = first, second
	}
}

// What is passed on is in the ledger in both mailboxes, with whose it is.
func TestLedgerOfRelay(t *testing.T) {
	in(t, func(o *office) {
		b := &book{}
		o.ledger = b.record
		o.enter("1")
		service := o.serve()
		o.put(o.machine(), "a", question("now?", ""))
		o.press("1/now?", 7)
		o.reply("a")
		o.end(service)
		// The put wakes who starts the monitor before its sender tells of it.
		b.settle("put assigned a user1", "started assigned a user1 1")
		b.want(t, "queued machine a", "claimed machine a", "shown machine a", "put assigned a user1", "started assigned a user1 1",
			"answered assigned a user1 No", "answered machine a user1 No")
	})
}

// That a monitor was ended, and another started, is in it with the count, for
// as long as the message waits.
func TestLedgerOfStarts(t *testing.T) {
	in(t, func(o *office) {
		b := &book{}
		o.ledger = b.record
		o.enter("1")
		o.put(o.box(1, mailbox.ScopeAssigned, "1"), "a", question("now?", ""))
		service := o.serve()
		for range 2 {
			o.wantWindows("1/now?")
			<-time.After(time.Minute)
			o.endMonitors("1")
		}
		o.press("1/now?", 6)
		o.end(service)
		b.want(t, "started assigned a user1 1", "started assigned a user1 2", "started assigned a user1 3")
	})
}

// What a user puts for the service is told apart, by where it is.
func TestLedgerOfServiceMailbox(t *testing.T) {
	in(t, func(o *office) {
		b := &book{}
		o.ledger = b.record
		o.enter("2")
		service := o.serve()
		synctest.Wait()
		o.put(o.box(1, mailbox.ScopeService, "2"), "a", protocol.NewMessage("whoami"))
		o.end(service)
		b.want(t, "queued service a user2", "claimed service a user2", "shown service a user2", "answered service a user2")
	})
}

// A message whose user did not come in time is in it as expired.
func TestLedgerOfExpired(t *testing.T) {
	in(t, func(o *office) {
		b := &book{}
		o.ledger = b.record
		m := question("now?", "")
		m.TTL = 60
		o.put(o.box(1, mailbox.ScopeAssigned, "1"), "a", m)
		<-time.After(2 * time.Minute)
		service := o.serve()
		synctest.Wait()
		o.end(service)
		b.want(t, "expired assigned a")
	})
}
