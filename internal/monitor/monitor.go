// Package monitor attends a mailbox: it is woken when a message arrives, has
// it shown, and writes what the person answered.
package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// ErrRestart is what Run returns when a control message asked for a restart.
var ErrRestart = errors.New("the monitor was asked to restart")

// Options say what a monitor attends and with what.
type Options struct {
	Queue string
	// Mailbox is attended. A person's monitor says there that it attends, so
	// that it is to be the person's own.
	Mailbox *mailbox.Mailbox
	// Assigned is attended too: what administrators ask the person; nil = none.
	Assigned *mailbox.Mailbox
	// Dialog shows Deskbell's own kinds to the person; nil = there is no person
	// and no screen, as in the service: nothing waits for a turn, a claim says
	// that the message is on its way, and Timeout, which counts from when a
	// person sees it, is not for this monitor to keep.
	Dialog    dialog.Dialog
	Languages []language.Tag
	Session   string // as session.Current says it
	User      string // as session.User says it
	Version   string // of the program, for its presence record
	// UntilIdle is how long after the last message the monitor leaves; 0 = it
	// stays.
	UntilIdle time.Duration
	// LoggedOn is when the person logged on; what was put into the mailbox
	// before that is expired. Zero = not known.
	LoggedOn time.Time
	// SweepEvery is how often the mailbox is swept though nothing is known to
	// be due; 0 = once, at the start.
	SweepEvery time.Duration
	// Idle tells how long the person has done nothing, for Seen; nil = not
	// known.
	Idle func() (time.Duration, error)
	// States tells what state the session is in, the first at once; nil =
	// always free.
	States <-chan session.State
	// Zone is that of the clock on the wall; nil = time.Local.
	Zone *time.Location
	// Wait blocks until a process has ended; nil = process.Wait.
	Wait func(context.Context, process.ID) error
	// Gone blocks until the session or display has gone, as session.Gone does;
	// nil = it never goes.
	Gone func(context.Context) error
	// Policy returns what administrators have decided about what may be shown. It
	// is asked at the start, and again when a control message asks to look again;
	// nil = nothing is decided.
	Policy func() (policy.Policy, error)
	// Processors returns those that handle kinds besides Deskbell's own, or in
	// their place: of messages that an administrator put (trusted), or the
	// person himself. It is asked at the start, and again when a control message
	// asks to look again; nil = there are none.
	Processors func(trusted bool) map[string]processor.Processor
	// Other handles the kinds that nothing else does; nil = they are rejected.
	Other processor.Processor
	// Ledger is told what happens to each message; it must not block. nil = nobody.
	Ledger func(ledger.Event)
	Log    *slog.Logger // nil = none
}

// Run attends the mailbox until ctx is done, a control message stops it, or
// it has been idle for UntilIdle. Then it closes what is open, drops its
// claims, so that the next monitor shows those messages, and leaves. It
// returns nil; ErrRestart; a *mailbox.AttendedError when a live monitor
// attends already; or why the mailbox cannot be watched.
func Run(ctx context.Context, o Options) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Wait == nil {
		o.Wait = process.Wait
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	m := &monitor{Options: o, began: time.Now(), letters: map[name]*letter{}, events: make(chan func())}
	m.own = &box{Mailbox: o.Mailbox}
	if o.Assigned != nil {
		m.assigned = &box{Mailbox: o.Assigned, trusted: true}
	}
	m.lookAtPolicy()
	m.lookForProcessors()
	return m.run(ctx)
}

// monitor is owned by the goroutine of run: nothing else touches its fields.
type monitor struct {
	Options
	began      time.Time
	policy     policy.Policy
	own        *box
	assigned   *box // nil = none
	letters    map[name]*letter
	scans      int // of an inbox so far
	renewed    int // the scan after which the presence record was there
	agenda     agenda
	stale      bool // the agenda is not that of the letters any more
	state      session.State
	busy       time.Time // since when the person is, of state.Busy
	modal      *letter   // the one whose window is not beside others
	attendance *mailbox.Attendance
	idleSince  time.Time
	sweepAt    time.Time // when there is something to sweep again, zero = nothing known
	outcome    error     // why it ends
	ending     bool

	life   context.Context // of windows and waits; done when run returns
	tasks  sync.WaitGroup  // windows and waits
	events chan func()     // what they have to tell, carried out by the owner
}

func (m *monitor) run(ctx context.Context) error {
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	m.life = life
	m.own.LogTo(m.Log)
	if m.assigned != nil {
		m.assigned.LogTo(m.Log)
	}
	if err := m.attend(); err != nil {
		return err
	}
	m.own.OnExpired(m.noteExpired)
	m.expire()
	m.sweep()
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	if err := m.watch(watching); err != nil {
		return errors.Join(err, m.leave())
	}
	if m.Gone != nil {
		m.tasks.Go(func() {
			if m.Gone(m.life) == nil {
				m.tell(func() { m.ending = true })
			}
		})
	}
	m.Log.Info("attending", "queue", m.Queue, "session", m.Session)
	select { // the state that is known already, before any message
	case state, ok := <-m.States:
		m.enter(state, ok)
	default:
	}
	err := m.loop(ctx)
	end(processor.ErrStopping)
	m.drain()
	return errors.Join(err, m.leave())
}

// attend says in the person's mailbox that somebody attends it.
func (m *monitor) attend() error {
	if m.Dialog == nil {
		return m.own.Mailbox.Disown()
	}
	attendance, err := m.Mailbox.Attend(m.Session, protocol.Presence{
		Version: m.Version, Protocol: protocol.Version,
		Kinds:  m.kinds(),
		Locale: m.locale(), State: protocol.StateReady,
	})
	m.attendance = attendance
	return err
}

// leave takes that back.
func (m *monitor) leave() error {
	if m.attendance == nil {
		return nil
	}
	return m.attendance.Leave()
}

// kinds are those of the person's own mailbox; an assigned one has the same.
func (m *monitor) kinds() []string { return slices.Sorted(maps.Keys(m.own.processors)) }

// lookAtPolicy reads what administrators have decided.
func (m *monitor) lookAtPolicy() {
	if m.Policy == nil {
		return
	}
	p, err := m.Policy()
	if err != nil {
		m.Log.Error("the policy is not followed as it is written", "err", err)
	}
	m.policy = p
}

// reload looks again what is decided, and what there are processors for. What is
// being processed goes on.
func (m *monitor) reload() {
	m.lookAtPolicy()
	m.lookForProcessors()
	m.stale = true
	if m.attendance == nil {
		return
	}
	if err := m.attendance.SetKinds(m.kinds()); err != nil {
		m.Log.Warn("write down the kinds", "err", err)
	}
}

func (m *monitor) locale() string {
	if len(m.Languages) == 0 {
		return ""
	}
	return m.Languages[0].String()
}

// loop plans, acts and waits for the next event, until the monitor ends.
func (m *monitor) loop(ctx context.Context) error {
	rest := time.Now().Add(restAfter)
	for {
		m.carryOut()
		m.renew()
		if m.ending {
			return m.outcome
		}
		leave := m.leaveAt(time.Now())
		timer, stop := alarm(earliest(m.agenda.due, m.sweepAt, leave, rest))
		busy := true
		select {
		case <-ctx.Done():
			stop()
			return nil
		case _, ok := <-m.own.changes:
			if !ok && ctx.Err() == nil {
				stop()
				return fmt.Errorf("watch the inbox of queue %s: the watch has ended", m.Queue)
			}
			m.changed(m.own)
		case _, ok := <-m.assigned.watched():
			if !ok && ctx.Err() == nil {
				m.Log.Error("watch the assigned inbox: the watch has ended")
				m.assigned.changes = nil
				break
			}
			m.changed(m.assigned)
		case state, ok := <-m.States:
			m.enter(state, ok)
		case event := <-m.events:
			event()
		case <-timer:
			busy = false
			if !rest.IsZero() && !rest.After(time.Now()) {
				rest = time.Time{}
				debug.FreeOSMemory()
			}
			if at := m.sweepAt; !at.IsZero() && !at.After(time.Now()) {
				m.sweep()
			}
			if m.idle(leave) {
				return nil
			}
		}
		stop()
		if busy {
			rest = time.Now().Add(restAfter)
		}
	}
}

// restAfter is how long nothing has to happen before memory that was needed is
// given back: a monitor waits for hours, in which Go would keep it.
const restAfter = 5 * time.Second

// renew makes sure, after each scan, that the presence record is still there:
// who removes a mailbox removes it too, and nobody would be asked any more.
func (m *monitor) renew() {
	if m.renewed == m.scans || m.attendance == nil {
		return
	}
	m.renewed = m.scans
	err := m.attendance.Renew()
	var attended *mailbox.AttendedError
	switch {
	case errors.As(err, &attended):
		m.ending, m.outcome = true, err
	case err != nil:
		m.Log.Warn("attend again", "err", err)
	}
}

// earliest returns the first of the times that are not zero.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// carryOut plans and acts until there is nothing left to do now. While nothing
// but the one window on screen has changed, the next in the queue is shown
// without a new plan, so that a long queue is gone through once.
func (m *monitor) carryOut() {
	for {
		due := m.agenda.due
		switch {
		case m.stale || !due.IsZero() && !due.After(time.Now()):
			m.agenda = plan(m.situation(), time.Now())
			m.stale = len(m.agenda.actions) > 0
			for _, a := range m.agenda.actions {
				m.act(a)
			}
		case m.modal == nil && len(m.agenda.queue) > 0:
			next := m.agenda.queue[0]
			m.agenda.queue = m.agenda.queue[1:]
			m.show(next)
		default:
			return
		}
	}
}

// alarm fires at due, or never when it is zero.
func alarm(due time.Time) (<-chan time.Time, func()) {
	if due.IsZero() {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Until(due))
	return timer.C, func() { timer.Stop() }
}

// leaveAt is when the monitor leaves for want of work, zero = not now.
func (m *monitor) leaveAt(now time.Time) time.Time {
	if m.UntilIdle == 0 {
		return time.Time{}
	}
	for _, l := range m.letters {
		if l.window != nil || l.unwritten || l.due(m.Session) && !l.claimed {
			m.idleSince = time.Time{}
			return time.Time{}
		}
	}
	if m.idleSince.IsZero() {
		m.idleSince = now
	}
	return m.idleSince.Add(m.UntilIdle)
}

// idle reports whether the monitor has left. A sender puts its message first
// and then looks who attends, so what was put before the record went is found
// by one more scan, and who put later sees that nobody attends.
func (m *monitor) idle(leave time.Time) bool {
	if leave.IsZero() || leave.After(time.Now()) {
		return false
	}
	if err := m.leave(); err != nil {
		m.Log.Warn("leave", "err", err)
	}
	m.scanAll()
	if !m.leaveAt(time.Now()).IsZero() {
		return true
	}
	var attended *mailbox.AttendedError
	if err := m.attend(); errors.As(err, &attended) {
		return true
	} else if err != nil {
		m.Log.Error("attend again", "err", err)
	}
	return false
}

// tell hands an event to the owner. It blocks until the owner takes it; the
// owner takes all until every task has ended.
func (m *monitor) tell(event func()) { m.events <- event }

// hear carries out what a task is telling this moment, if any does.
func (m *monitor) hear() {
	select {
	case event := <-m.events:
		event()
	default:
	}
}

// drain carries out what the tasks still tell until all have ended.
func (m *monitor) drain() {
	ended := make(chan struct{})
	go func() {
		m.tasks.Wait()
		close(ended)
	}()
	for {
		select {
		case event := <-m.events:
			event()
		case <-ended:
			return
		}
	}
}
