package occasion

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// hall is a computer with people, as a test wants them.
type hall struct {
	interactive bool
	states      chan session.State
	changes     chan struct{}
	desks       map[string]*mailbox.Mailbox

	mu       sync.Mutex
	input    time.Time                   // guarded by mu, when somebody typed last
	looks    int                         // guarded by mu, how often that was asked
	sessions []session.Session           // guarded by mu
	programs map[process.ID]func() error // guarded by mu, its end
}

func (h *hall) computer() Computer {
	return Computer{
		Own:   func() (string, bool) { return "1", h.interactive },
		Watch: func(context.Context, string) (<-chan session.State, error) { return h.states, nil },
		Idle: func() (time.Duration, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.looks++
			return time.Since(h.input), nil
		},
		Sessions: func(context.Context) ([]session.Session, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return slices.Clone(h.sessions), nil
		},
		Changes: func(ctx context.Context) (<-chan struct{}, error) {
			out := make(chan struct{})
			go func() {
				defer close(out)
				for {
					select {
					case <-h.changes:
						out <- struct{}{}
					case <-ctx.Done():
						return
					}
				}
			}()
			return out, nil
		},
		Named: func(program string) (found []process.Instance, _ error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			for id := range h.programs {
				if id.Started == program {
					found = append(found, process.Instance{ID: id, Session: "1"})
				}
			}
			return found, nil
		},
		Wait: func(ctx context.Context, id process.ID) error {
			h.mu.Lock()
			end := h.programs[id]
			h.mu.Unlock()
			if end != nil {
				return end()
			}
			<-ctx.Done()
			return ctx.Err()
		},
		Desk: func(_ context.Context, _, uid string) (Desk, error) { return h.desks[uid], nil },
	}
}

// change changes who is there, and tells.
func (h *hall) change(sessions ...session.Session) {
	h.mu.Lock()
	h.sessions = sessions
	h.mu.Unlock()
	h.changes <- struct{}{}
	synctest.Wait()
}

// await waits in the background; its result comes by the channel.
func (h *hall) await(ctx context.Context, o Occasion, to string) <-chan error {
	done := make(chan error, 1)
	go func() { done <- o.Wait(ctx, Options{To: to, Queue: "q", Computer: h.computer()}) }()
	synctest.Wait()
	return done
}

func waits(t *testing.T, done <-chan error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-done:
		t.Fatalf("it is over already: %v", err)
	default:
	}
}

func isSo(t *testing.T, done <-chan error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	default:
		t.Fatal("it is not so yet")
	}
}

// play runs a test on its own clock.
func play(t *testing.T, test func(t *testing.T, h *hall)) {
	synctest.Test(t, func(t *testing.T) {
		test(t, &hall{
			states: make(chan session.State), changes: make(chan struct{}), input: time.Now(),
			desks: map[string]*mailbox.Mailbox{}, programs: map[process.ID]func() error{},
		})
	})
}

// The caller's own person: locked, then busy, then free.
func TestOwnState(t *testing.T) {
	play(t, func(t *testing.T, h *hall) {
		h.interactive = true
		free := h.await(t.Context(), Occasion{Kind: Free}, "")
		h.states <- session.State{Locked: true}
		waits(t, free)
		h.states <- session.State{Busy: true}
		waits(t, free)
		h.states <- session.State{}
		isSo(t, free)
		unlocked := h.await(t.Context(), Occasion{Kind: Unlocked}, "")
		h.states <- session.State{Disconnected: true}
		waits(t, unlocked)
		h.states <- session.State{Busy: true}
		isSo(t, unlocked)
		isSo(t, h.await(t.Context(), Occasion{Kind: Logon}, ""))
	})
}

// Idle is looked at when it can be so, and not before.
func TestOwnIdle(t *testing.T) {
	play(t, func(t *testing.T, h *hall) {
		h.interactive = true
		began := time.Now()
		done := h.await(t.Context(), Occasion{Kind: Idle, For: 10 * time.Minute}, "")
		<-time.After(9 * time.Minute)
		waits(t, done)
		h.mu.Lock()
		h.input = time.Now()
		h.mu.Unlock()
		if err := <-done; err != nil || time.Since(began) != 19*time.Minute || h.looks != 3 {
			t.Errorf("after %v, %d looks: %v", time.Since(began), h.looks, err)
		}
	})
}

// A program is waited for until the last of its processes has ended.
func TestClosed(t *testing.T) {
	play(t, func(t *testing.T, h *hall) {
		h.interactive = true
		end := make(chan struct{})
		for pid := 1; pid <= 2; pid++ {
			id := process.ID{Pid: pid, Started: "editor"}
			h.programs[id] = func() error {
				<-end
				h.mu.Lock()
				defer h.mu.Unlock()
				delete(h.programs, id)
				return nil
			}
		}
		isSo(t, h.await(t.Context(), Occasion{Kind: Closed, Program: "other"}, ""))
		done := h.await(t.Context(), Occasion{Kind: Closed, Program: "editor"}, "")
		end <- struct{}{}
		waits(t, done)
		end <- struct{}{}
		isSo(t, done)
	})
}

// Others: by what the system and their monitors tell.
func TestOthers(t *testing.T) {
	play(t, func(t *testing.T, h *hall) {
		anna := session.Session{ID: "1", User: "anna", UID: "a", Active: true}
		ben := session.Session{ID: "2", User: "ben", UID: "b", Active: true}
		locked := ben
		locked.State.Locked = true
		logon := h.await(t.Context(), Occasion{Kind: Logon}, "user:anna")
		waits(t, logon)
		h.change(locked)
		waits(t, logon)
		h.change(locked, anna)
		isSo(t, logon)

		unlocked := h.await(t.Context(), Occasion{Kind: Unlocked}, "all")
		waits(t, unlocked)
		h.change(ben, anna)
		isSo(t, unlocked)

		for _, uid := range []string{"a", "b"} {
			box, err := mailbox.New(mailbox.NewMemory(), mailbox.Options{Self: process.ID{Pid: 1}, Running: func(process.ID) bool { return true }})
			if err != nil {
				t.Fatal(err)
			}
			h.desks[uid] = box
		}
		monitor, err := h.desks["a"].Attend("1", protocol.Presence{State: protocol.StateBusy})
		if err != nil {
			t.Fatal(err)
		}
		free := h.await(t.Context(), Occasion{Kind: Free}, "all")
		waits(t, free)
		if err := monitor.SetState(protocol.StateReady); err != nil {
			t.Fatal(err)
		}
		isSo(t, free)

		ben.Idle, anna.Idle = time.Hour, time.Minute
		h.sessions = []session.Session{ben, anna}
		idle := h.await(t.Context(), Occasion{Kind: Idle, For: 5 * time.Minute}, "all")
		waits(t, idle)
		anna.Idle = 5 * time.Minute
		h.mu.Lock()
		h.sessions = []session.Session{ben, anna}
		h.mu.Unlock()
		<-time.After(4 * time.Minute)
		isSo(t, idle)
	})
}

// Nobody is waited for only where he may come.
func TestNobody(t *testing.T) {
	play(t, func(t *testing.T, h *hall) {
		var absent *delivery.AbsentError
		for _, kind := range []string{Free, Idle, Unlocked, Closed} {
			if err := <-h.await(t.Context(), Occasion{Kind: kind}, ""); !errors.As(err, &absent) {
				t.Errorf("%s: %v", kind, err)
			}
		}
		h.sessions = []session.Session{{ID: "1", UID: "a", Active: true, State: session.State{Locked: true}}}
		done := h.await(t.Context(), Occasion{Kind: Unlocked}, "all")
		waits(t, done)
		h.change()
		if err := <-done; !errors.As(err, &absent) {
			t.Errorf("he goes: %v", err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, ErrOver)
		defer cancel()
		if err := <-h.await(ctx, Occasion{Kind: Logon}, "all"); !errors.Is(err, ErrOver) {
			t.Errorf("nobody comes: %v", err)
		}
	})
}
