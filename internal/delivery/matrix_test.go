package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/script"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/monitor"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// situation is one in which somebody is asked.
type situation struct {
	name    string
	vote    string           // what docs/delivery.md counts it as: yes, no, silent, absent
	outcome delivery.Outcome // unless the others have decided before
	script  string           // of his monitor
	state   session.State
	off     bool  // not logged on
	start   error // why no monitor starts
	leaves  bool  // as soon as he sees it
	pressed bool  // it was a button
}

var errForbidden = errors.New("the program is forbidden")

var situations = []situation{
	{name: "says yes", vote: "yes", outcome: delivery.Answered, script: `{"button": "Yes"}`, pressed: true},
	{name: "says no", vote: "no", outcome: delivery.Answered, script: `{"button": "No"}`, pressed: true},
	{name: "closes it", vote: "no", outcome: delivery.Dismissed, script: `{"dismiss": true}`},
	{name: "does nothing", vote: "silent", outcome: delivery.TimedOut, script: `{"timeout": true}`},
	{name: "is locked", vote: "absent", outcome: delivery.Locked, script: `{"button": "Yes"}`, state: session.State{Locked: true}},
	{name: "is busy", vote: "absent", outcome: delivery.Busy, script: `{"button": "Yes"}`, state: session.State{Busy: true}},
	{name: "is not there", vote: "absent", outcome: delivery.NotLoggedOn, off: true},
	{name: "has no monitor", vote: "absent", outcome: delivery.NoMonitor, start: errForbidden},
	{name: "logs off", vote: "absent", outcome: delivery.LoggedOff, script: `{"timeout": true}`, leaves: true},
	{name: "cannot be shown it", vote: "absent", outcome: delivery.Failed, script: `{"match": "something else", "button": "Yes"}`},
}

// comesTo is what docs/delivery.md says of two people's votes; a first answer may
// be either's.
func comesTo(how, absentAs string, a, b situation) (yes, either bool) {
	count := func(vote string) (n int) {
		for _, s := range []situation{a, b} {
			if s.vote == vote {
				n++
			}
		}
		return n
	}
	yeses, noes := count("yes"), count("no")
	switch absentAs {
	case protocol.AbsentYes:
		yeses += count("absent")
	case protocol.AbsentNo:
		noes += count("absent")
	}
	switch how {
	case protocol.CombineFirst:
		switch {
		case a.pressed && b.pressed:
			return a.vote == "yes", a.vote != b.vote
		case a.pressed:
			return a.vote == "yes", false
		case b.pressed:
			return b.vote == "yes", false
		}
		return count("no") == 0 && absentAs == protocol.AbsentYes && count("absent") > 0, false
	case protocol.CombineAll:
		return noes+count("silent") == 0 && yeses > 0, false
	case protocol.CombineVeto:
		return noes == 0 && yeses+count("silent") > 0, false
	case "quorum=2":
		return yeses >= 2, false
	}
	return yeses > 0, false
}

// crew are two people with monitors, which are real ones, and scripts that answer
// in their place.
type crew struct {
	t      *testing.T
	people map[string]*member // anna and ben
	mu     sync.Mutex
	gone   map[string]bool // guarded by mu
	pid    int             // guarded by mu
	ended  map[int]chan struct{}
}

type member struct {
	situation
	user, assigned mailbox.Store
	dialog         dialog.Dialog
}

// newCrew makes them on stores that open returns.
func newCrew(t *testing.T, open func(t *testing.T) mailbox.Store, a, b situation) *crew {
	c := &crew{t: t, people: map[string]*member{}, gone: map[string]bool{}, ended: map[int]chan struct{}{}, pid: 100}
	for name, s := range map[string]situation{"anna": a, "ben": b} {
		m := &member{situation: s, user: open(t), assigned: open(t)}
		if s.script != "" {
			path := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(path, []byte(s.script), 0o600); err != nil {
				t.Fatal(err)
			}
			var err error
			if m.dialog, err = script.Load(path); err != nil {
				t.Fatal(err)
			}
		}
		c.people[name] = m
	}
	return c
}

// box is a mailbox as a process sees it; all of them run.
func (c *crew) box(store mailbox.Store, pid int) *mailbox.Mailbox {
	box, err := mailbox.New(store, mailbox.Options{
		Self: process.ID{Pid: pid, Started: "1"},
		Running: func(id process.ID) bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			if ended := c.ended[id.Pid]; ended != nil {
				select {
				case <-ended:
					return false
				default:
				}
			}
			return true
		},
	})
	if err != nil {
		c.t.Error(err)
	}
	return box
}

// leaving is a dialog of somebody who logs off when he sees it.
type leaving struct {
	dialog.Dialog
	leave func()
}

func (l leaving) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	l.leave()
	return l.Dialog.Show(ctx, q, updates)
}

// ask sends the question to both and returns what comes of it; everybody is there
// anew, and all monitors end with it.
func (c *crew) ask(m protocol.Message) []delivery.Result {
	c.t.Helper()
	life, end := context.WithCancel(context.Background())
	var monitors sync.WaitGroup
	defer monitors.Wait()
	defer end()
	c.mu.Lock()
	clear(c.gone)
	c.mu.Unlock()
	start := func(_ context.Context, s session.Session, queue string) (process.ID, error) {
		who := c.people[s.UID]
		if who.start != nil {
			return process.ID{}, who.start
		}
		c.mu.Lock()
		c.pid++
		pid, ended := c.pid, make(chan struct{})
		c.ended[pid] = ended
		c.mu.Unlock()
		ctx, stop := context.WithCancel(life)
		o := monitor.Options{
			Queue: queue, Mailbox: c.box(who.user, pid), Assigned: c.box(who.assigned, pid), Session: s.ID, User: s.User,
			Dialog: who.dialog, States: states(ctx, who.state),
			Wait: func(ctx context.Context, _ process.ID) error { <-ctx.Done(); return ctx.Err() },
		}
		if who.leaves {
			o.Dialog = leaving{who.dialog, func() {
				c.mu.Lock()
				c.gone[s.UID] = true
				c.mu.Unlock()
				stop()
			}}
		}
		monitors.Go(func() {
			defer close(ended)
			defer stop()
			var attended *mailbox.AttendedError
			if err := monitor.Run(ctx, o); err != nil && !errors.As(err, &attended) {
				c.t.Error(err)
			}
		})
		return process.ID{Pid: pid, Started: "1"}, nil
	}
	results, err := delivery.Send(c.t.Context(), m, delivery.Options{
		Queue: "matrix", Launch: func(context.Context) error { return delivery.ErrNobody },
		Computer: delivery.Computer{
			Sessions:      func(context.Context) ([]session.Session, error) { return c.sessions(), nil },
			SetUp:         func(context.Context) (string, error) { return "", nil },
			UID:           func() string { return "root" },
			Administrator: func() bool { return true },
			Open: func(p mailbox.Place) (*mailbox.Mailbox, error) {
				who := c.people[p.UID]
				if who == nil {
					return nil, fs.ErrNotExist
				}
				if p.Scope == mailbox.ScopeUser {
					return c.box(who.user, 1), nil
				}
				return c.box(who.assigned, 1), nil
			},
			Make:   func(mailbox.Place) error { return nil },
			Start:  start,
			Direct: func() bool { return true },
			Wait: func(ctx context.Context, id process.ID) error {
				c.mu.Lock()
				ended := c.ended[id.Pid]
				c.mu.Unlock()
				select {
				case <-ended:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			},
			ShowBox: func(context.Context, session.Session, session.Box) (int, error) { return 0, session.ErrNoWay },
			Policy:  func() (policy.Policy, error) { return policy.Policy{}, nil },
		},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return results
}

// states tells one state until ctx is done.
func states(ctx context.Context, state session.State) <-chan session.State {
	told := make(chan session.State, 1)
	told <- state
	context.AfterFunc(ctx, func() { close(told) })
	return told
}

func (c *crew) sessions() []session.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []session.Session
	for _, name := range []string{"anna", "ben"} {
		if !c.people[name].off && !c.gone[name] {
			all = append(all, session.Session{ID: "s-" + name, User: name, UID: name, Active: true})
		}
	}
	return all
}

// matrix asks two people in their situations in all ways to combine what they
// answer, and to count who is absent.
func matrix(t *testing.T, open func(t *testing.T) mailbox.Store, a, b situation, silence func(*protocol.Message)) {
	c := newCrew(t, open, a, b)
	for _, how := range []string{protocol.CombineFirst, protocol.CombineAny, protocol.CombineAll, protocol.CombineVeto, "quorum=2"} {
		for _, absentAs := range []string{protocol.AbsentYes, protocol.AbsentNo, protocol.AbsentIgnore} {
			m := protocol.NewMessage(protocol.KindPopup)
			m.Text, m.Type, m.To, m.Combine, m.Absent = "May I?", 4, "user:anna,user:ben", how, absentAs
			m.When = protocol.WhenSkip
			if a.vote == "silent" || b.vote == "silent" {
				silence(&m)
			}
			results := c.ask(m)
			what := fmt.Sprintf("%s, absent as %s", how, absentAs)
			if yes, either := comesTo(how, absentAs, a, b); results[0].Agreed() != yes && !either {
				t.Errorf("%s: agreed %v, want %v: %+v", what, results[0].Agreed(), yes, results)
			}
			for _, r := range results {
				who := c.people[r.User]
				if who == nil {
					t.Errorf("%s: a result of %q", what, r.User)
				} else if late := r.Outcome == delivery.Withdrawn; r.Outcome != who.outcome && !late {
					t.Errorf("%s: %s %s, and the outcome is %s, %v", what, r.User, who.name, r.Outcome, r.Err)
				}
			}
			if len(results) != 2 || results[0].Outcome == delivery.Withdrawn {
				t.Errorf("%s: %+v", what, results)
			}
		}
	}
	for name, who := range c.people {
		for _, box := range []mailbox.Box{mailbox.Inbox, mailbox.Outbox} {
			if left, err := who.assigned.List(box); err != nil && !errors.Is(err, fs.ErrNotExist) || len(left) > 0 {
				t.Errorf("%s is left with %q, %v", name, left, err)
			}
		}
	}
}

// TestMatrix is all of it on the memory store, in no time.
func TestMatrix(t *testing.T) {
	for i, a := range situations {
		for _, b := range situations[i:] {
			t.Run(strings.ReplaceAll("anna "+a.name+", ben "+b.name, " ", "_"), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					matrix(t, func(*testing.T) mailbox.Store { return mailbox.NewMemory() }, a, b,
						func(m *protocol.Message) { m.Timeout = 60 })
				})
			})
		}
	}
}

// TestMatrixOnStores is the part of it in which one says yes, on the store of
// this system.
func TestMatrixOnStores(t *testing.T) {
	for _, b := range situations {
		t.Run(strings.ReplaceAll("ben "+b.name, " ", "_"), func(t *testing.T) {
			matrix(t, realStore, situations[0], b, func(m *protocol.Message) { m.Timeout = 2 })
		})
	}
}
