// Package mailboxtest is the conformance suite of mailboxes: whatever Store is
// beneath, a mailbox does what docs/protocol.md says.
package mailboxtest

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// deadline is how long anything may take that should happen.
const deadline = 60 * time.Second

// Run tests the Store that open returns, a new and empty one at each call.
func Run(t *testing.T, open func(t *testing.T) mailbox.Store) {
	run(t, open, common(Rounds))
	run(t, open, []test{
		{"claim of an earlier life", testEarlierLife},
		{"attend", testAttend},
		{"attend: stale record", testAttendStale},
		{"attend: reused pid", testAttendReused},
		{"attend: one of 20", testAttendRace},
		{"attend: record without a pid", testAttendWithoutPid},
		{"attend: state", testAttendState},
		{"attend: watch", testWatchAttendants},
		{"earlier log-on", testEarlierLogon},
	})
}

// RunPlace is Run for a mailbox in which nobody writes down that he attends:
// all but a user's. What it shares with that is tried less often.
func RunPlace(t *testing.T, open func(t *testing.T) mailbox.Store) {
	run(t, open, common(Rounds/20))
}

// common are the tests of every mailbox.
func common(rounds int) []test {
	return []test{
		{"put", testPut},
		{"put of an invalid message", testPutInvalid},
		{"put where an earlier reply is left", testPutStale},
		{"update", testUpdate},
		{"withdraw and forget", testWithdraw},
		{"ids are folded", testFolding},
		{"fields come back", testFields},
		{"foreign spellings", testForeign},
		{"malformed messages", testMalformed},
		{"nothing there yet", testEmpty},

		{"claim: one of 50", testClaim},
		{"take-over: one of 4", func(t *testing.T, s mailbox.Store) { testTakeOver(t, s, rounds) }},
		{"claim without a pid", testWithoutPid},
		{"claim of an earlier life, disowned", testDisown},
		{"states", testStates},
		{"reply", testReply},
		{"reply after the claim was lost", testClaimLost},
		{"drop", testDrop},

		{"watch: put between arming and scanning", testWatchRace},
		{"watch: every change", testWatchChanges},
		{"watch: ends", testWatchEnds},
		{"watch: shared", testWatchShared},
		{"await", testAwait},
		{"await: many", testAwaitMany},
		{"await: reply is there", testAwaitLate},
		{"await: cancelled", testAwaitCancelled},
		{"await: withdrawn", testAwaitWithdrawn},
		{"await: misfit", testAwaitMisfit},
		{"await: rewritten question", testAwaitRewritten},

		{"fetch: one of 20", testFetch},
		{"fetch: left over, refused", testFetchAgain},
		{"fetch: in turn", testFetchInTurn},

		{"sweep: orphans", testSweepOrphans},
		{"sweep: spent", testSweepSpent},
		{"sweep: secrets", testSweepSecret},
		{"sweep: expired", testSweepExpired},
		{"age of what is from the future", testFuture},
	}
}

type test struct {
	name string
	run  func(*testing.T, mailbox.Store)
}

func run(t *testing.T, open func(t *testing.T) mailbox.Store, tests []test) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Monitors of the tests; all run but the dead one.
var (
	first  = process.ID{Pid: 1001, Started: "1"}
	second = process.ID{Pid: 1002, Started: "2"}
	dead   = process.ID{Pid: 1003, Started: "3"}
)

// running is the processes of the tests as Options.Running.
func running(id process.ID) bool { return id != dead }

// open returns the mailbox as a process sees it.
func open(t *testing.T, s mailbox.Store, self process.ID) *mailbox.Mailbox {
	return openLater(t, s, self, 0)
}

// openLater is open with a clock that is ahead.
func openLater(t *testing.T, s mailbox.Store, self process.ID, ahead time.Duration) *mailbox.Mailbox {
	t.Helper()
	b, err := mailbox.New(s, mailbox.Options{
		Self: self, Running: running,
		Now: func() time.Time { return time.Now().Add(ahead) },
	})
	check(t, err)
	return b
}

func question(text string) protocol.Message {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = text
	m.Buttons = []string{"Now", "Later"}
	return m
}

// answer is what fits question.
func answer(button int) protocol.Reply {
	return protocol.Reply{Status: protocol.StatusAnswered, Button: button, Channel: protocol.ChannelScript}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func wantIDs(t *testing.T, b *mailbox.Mailbox, want ...string) {
	t.Helper()
	ids, err := b.IDs()
	check(t, err)
	if !slices.Equal(ids, want) {
		t.Fatalf("ids %q, want %q", ids, want)
	}
}

func wantState(t *testing.T, b *mailbox.Mailbox, id string, want mailbox.ReplyState) {
	t.Helper()
	state, _, err := b.State(id)
	check(t, err)
	if state != want {
		t.Fatalf("state %d of %s, want %d", state, id, want)
	}
}

// claimed puts a message and a claim to it.
func claimed(t *testing.T, s mailbox.Store, id string, by process.ID) {
	t.Helper()
	b := open(t, s, by)
	check(t, b.Put(id, question("?")))
	check(t, b.Claim(id, protocol.Reply{}))
}

// replied puts a message and the reply to it.
func replied(t *testing.T, s mailbox.Store, id string) {
	t.Helper()
	claimed(t, s, id, first)
	check(t, open(t, s, first).Reply(id, answer(101)))
}

// next blocks for a signal.
func next(t *testing.T, signals <-chan struct{}) {
	t.Helper()
	select {
	case _, open := <-signals:
		if !open {
			t.Fatal("the watch ended")
		}
	case <-time.After(deadline):
		t.Fatal("no signal")
	}
}

// until scans at each signal until done says so.
func until(t *testing.T, signals <-chan struct{}, done func() bool) {
	t.Helper()
	for {
		next(t, signals)
		if done() {
			return
		}
	}
}

// watch watches a box until the test ends.
func watch(t *testing.T, s mailbox.Store, box mailbox.Box) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	signals, err := s.Watch(ctx, box)
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

// watching is a context for calls that end by themselves.
func watching(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*deadline)
	t.Cleanup(cancel)
	return ctx
}

func there(s mailbox.Store, box mailbox.Box, name string) bool {
	_, err := s.Read(box, name)
	return !errors.Is(err, fs.ErrNotExist)
}
