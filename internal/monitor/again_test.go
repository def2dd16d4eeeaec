package monitor

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// paused is a store whose inbox nobody can list for a while.
type paused struct {
	mailbox.Store
	mu *sync.Mutex // held by whoever pauses it
}

func (s paused) List(box mailbox.Box) ([]string, error) {
	if box == mailbox.Inbox {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	return s.Store.List(box)
}

// scans is a monitor whose scans can be held up.
type scans struct {
	*person
	t     *testing.T
	store paused
	box   *mailbox.Mailbox
}

// scanning has a monitor attend in a bubble, until the test is over.
func scanning(t *testing.T, store mailbox.Store, wait func(context.Context, process.ID) error) scans {
	t.Helper()
	s := scans{
		&person{windows: map[string]*shown{}, times: map[string]int{}}, t,
		paused{store, &sync.Mutex{}},
		nil,
	}
	var err error
	if s.box, err = mailbox.New(s.store, mailbox.Options{
		Running: func(process.ID) bool { return true },
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Options{Queue: "q", Mailbox: s.box, Dialog: s.person, Session: "1", Wait: wait})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	return s
}

// putAgain puts the message in the place of the one under its id, with no scan
// between.
func (s scans) putAgain(m protocol.Message) {
	s.t.Helper()
	<-time.After(time.Second) // of the bubble: the store tells one write from the other
	s.store.mu.Lock()
	err := errors.Join(s.box.Forget("a"), s.box.Put("a", m))
	s.store.mu.Unlock()
	if err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

// wantAnswer presses the button, and the sender is told so.
func (s scans) wantAnswer(m protocol.Message, times int) {
	s.t.Helper()
	if open := s.open(); len(open) != 1 || s.shownTimes("a") != times {
		state, r, err := s.box.State("a")
		s.t.Fatalf("%d windows, shown %d times; %v, %+v, %v", len(open), s.shownTimes("a"), state, r, err)
	}
	s.windows["a"].answer <- protocol.Reply{Status: protocol.StatusAnswered, Button: 101}
	s.wantReply(m, protocol.StatusAnswered)
}

func (s scans) wantReply(m protocol.Message, status protocol.Status) {
	s.t.Helper()
	if r, err := s.box.Await(s.t.Context(), "a", m); err != nil || r.Status != status {
		s.t.Fatalf("%+v, %v", r, err)
	}
}

func twoButtons() protocol.Message {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.Buttons = "?", []string{"Yes", "No"}
	return m
}

// TestPutAgainBetweenScans: a message that is taken away and put again under its id
// before the monitor has looked is asked anew, whatever became of the sender of the
// first.
func TestPutAgainBetweenScans(t *testing.T) {
	for name, answered := range map[string]bool{
		"the sender died":             false,
		"the sender is heard of late": true,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				self, err := process.Self()
				if err != nil {
					t.Fatal(err)
				}
				// The first sender is seen to die when the test says so, though his
				// window may be closed; the second does not die.
				death, waits := make(chan struct{}), 0
				s := scanning(t, mailbox.NewMemory(), func(ctx context.Context, _ process.ID) error {
					if waits++; waits == 1 {
						<-death
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				})
				m := twoButtons()
				m.SenderPid, m.SenderStarted = self.Pid, self.Started
				if err := s.box.Put("a", m); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if answered {
					s.wantAnswer(m, 1)
				} else {
					close(death)
					s.wantReply(m, protocol.StatusExpired)
				}
				s.putAgain(m)
				if answered {
					close(death)
					synctest.Wait()
				}
				s.wantAnswer(m, 2)
			})
		})
	}
}

// TestPutAgainThoughClaimed: what another monitor had claimed and is put again
// under its id is anybody's to show.
func TestPutAgainThoughClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scanning(t, mailbox.NewMemory(), func(ctx context.Context, _ process.ID) error {
			<-ctx.Done()
			return ctx.Err()
		})
		others, err := mailbox.New(s.store, mailbox.Options{Self: process.ID{Pid: 7, Started: "other"}})
		if err != nil {
			t.Fatal(err)
		}
		m := twoButtons()
		s.store.mu.Lock()
		err = errors.Join(s.box.Put("a", m), others.Claim("a", protocol.Reply{}))
		s.store.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if open := s.open(); len(open) > 0 {
			t.Fatalf("what another has claimed is on screen: %v", open)
		}
		s.putAgain(m)
		s.wantAnswer(m, 1)
	})
}

// fetchedMeanwhile is a store in which a message goes, with its reply, just before
// somebody claims it.
type fetchedMeanwhile struct{ *mailbox.Memory }

func (s fetchedMeanwhile) Create(box mailbox.Box, name string, fields protocol.Fields) error {
	if box == mailbox.Outbox {
		if err := errors.Join(s.Remove(mailbox.Inbox, name), s.Remove(mailbox.Outbox, name)); err != nil {
			return err
		}
	}
	return s.Memory.Create(box, name, fields)
}

// TestGoneBeforeItsClaim: a message that goes between being read and being claimed
// is not shown, and no claim is left.
func TestGoneBeforeItsClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scanning(t, fetchedMeanwhile{mailbox.NewMemory()}, nil)
		if err := s.box.Put("a", twoButtons()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		state, claim, err := s.box.State("a")
		if times := s.shownTimes("a"); times != 0 || state != mailbox.Free || err != nil {
			t.Errorf("shown %d times; %v, %+v, %v", times, state, claim, err)
		}
	})
}
