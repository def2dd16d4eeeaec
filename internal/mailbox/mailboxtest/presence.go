package mailboxtest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

func wantAttended(t *testing.T, err error, by int) {
	t.Helper()
	var attended *mailbox.AttendedError
	if !errors.As(err, &attended) || attended.Pid != by {
		t.Fatalf("error %v, want attended by %d", err, by)
	}
}

func wantAttendants(t *testing.T, b *mailbox.Mailbox, want int) []mailbox.Attendant {
	t.Helper()
	attending, err := b.Attending()
	check(t, err)
	if len(attending) != want {
		t.Fatalf("attending %+v, want %d", attending, want)
	}
	return attending
}

func testAttend(t *testing.T, s mailbox.Store) {
	one, two := open(t, s, first), open(t, s, second)
	a, err := one.Attend("Seat0", protocol.Presence{
		Version: "1.2", Protocol: 1, Kinds: []string{"popup", "input"}, Locale: "de", State: protocol.StateReady,
	})
	check(t, err)
	_, err = two.Attend("seat0", protocol.Presence{})
	wantAttended(t, err, first.Pid)
	other, err := two.Attend("2", protocol.Presence{})
	check(t, err)
	wantAttendants(t, two, 2)
	check(t, other.Leave())
	p := wantAttendants(t, two, 1)[0]
	if p.Session != "seat0" || p.Pid != first.Pid || p.Started != first.Started || p.Version != "1.2" ||
		p.Protocol != 1 || len(p.Kinds) != 2 || p.Locale != "de" || p.State != protocol.StateReady {
		t.Errorf("got %+v", p)
	}
	check(t, a.Leave())
	check(t, a.Leave())
	wantAttendants(t, two, 0)
	_, err = two.Attend("Seat0", protocol.Presence{})
	check(t, err)
	check(t, a.Leave()) // not ours any more: stays
	wantAttendants(t, two, 1)
}

func testAttendStale(t *testing.T, s mailbox.Store) {
	_, err := open(t, s, dead).Attend("1", protocol.Presence{})
	check(t, err)
	b := open(t, s, first)
	wantAttendants(t, b, 0)
	_, err = b.Attend("1", protocol.Presence{})
	check(t, err)
	wantAttendants(t, b, 1)
}

// testAttendReused has a record with the pid of a process that runs, but is
// another one than wrote it.
func testAttendReused(t *testing.T, s mailbox.Store) {
	self, err := process.Self()
	check(t, err)
	real, err := mailbox.New(s, mailbox.Options{})
	check(t, err)
	check(t, s.Create(mailbox.Monitor, "1", protocol.Presence{Pid: self.Pid, Started: "1"}.Fields()))
	wantAttendants(t, real, 0)
	_, err = real.Attend("1", protocol.Presence{})
	check(t, err)
	wantAttendants(t, real, 1)
	other, err := mailbox.New(s, mailbox.Options{Self: first})
	check(t, err)
	_, err = other.Attend("1", protocol.Presence{})
	wantAttended(t, err, self.Pid)
}

func testAttendRace(t *testing.T, s mailbox.Store) {
	for round := range 20 {
		session := fmt.Sprint(round)
		if round%2 == 1 {
			_, err := open(t, s, dead).Attend(session, protocol.Presence{})
			check(t, err)
		}
		var winners atomic.Int32
		var group sync.WaitGroup
		for _, b := range monitors(t, s, 20) {
			group.Go(func() {
				var attended *mailbox.AttendedError
				if _, err := b.Attend(session, protocol.Presence{}); err == nil {
					winners.Add(1)
				} else if !errors.As(err, &attended) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := winners.Load(); n != 1 {
			t.Fatalf("round %d: %d winners", round, n)
		}
	}
}

func testAttendWithoutPid(t *testing.T, s mailbox.Store) {
	// Somebody is about to write its Pid: it is waited for.
	check(t, s.Create(mailbox.Monitor, "1", protocol.Fields{"State": "ready"}))
	waits := make(chan error)
	go func() {
		_, err := open(t, s, first).Attend("1", protocol.Presence{})
		waits <- err
	}()
	p := protocol.Presence{Pid: second.Pid, Started: second.Started}
	check(t, s.Replace(mailbox.Monitor, "1", p.Fields(), func(mailbox.Record) error { return nil }))
	wantAttended(t, <-waits, second.Pid)

	// Somebody never does.
	check(t, s.Create(mailbox.Monitor, "2", protocol.Fields{"State": "ready"}))
	_, err := openLater(t, s, first, 9900*time.Millisecond).Attend("2", protocol.Presence{})
	check(t, err)
}

func testAttendState(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	a, err := b.Attend("1", protocol.Presence{State: protocol.StateReady, Locale: "fr"})
	check(t, err)
	check(t, a.SetState(protocol.StateLocked))
	if p := wantAttendants(t, b, 1)[0]; p.State != protocol.StateLocked || p.Locale != "fr" {
		t.Errorf("got %+v", p)
	}
	check(t, s.Remove(mailbox.Monitor, "1"))
	if err := a.SetState(protocol.StateBusy); err == nil {
		t.Error("a record that is gone was written")
	}
	wantAttendants(t, b, 0)
}

func testWatchAttendants(t *testing.T, s mailbox.Store) {
	signals := watch(t, s, mailbox.Monitor)
	b := open(t, s, first)
	_, err := b.Attend("1", protocol.Presence{})
	check(t, err)
	until(t, signals, func() bool { return there(s, mailbox.Monitor, "1") })
}
