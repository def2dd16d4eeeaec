package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/monitor"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/protocol"
)

// sweepEvery is how often the mailboxes are swept.
const sweepEvery = time.Hour

// Attendance is what the service attends and with what.
type Attendance struct {
	Queue    string
	Computer delivery.Computer
	// Processors are the programs that handle what a user puts into his service
	// mailbox; nil = processor.Programs of the queue. user is who he is.
	Processors func(user string) (map[string]processor.Processor, error)
	// Ledger is told what happens to each message; it must not block. nil = nobody.
	Ledger func(ledger.Event)
	// OnAnswer runs a program with a reply; nil = processor.OnAnswer.Run of the
	// queue.
	OnAnswer func(ctx context.Context, program string, reply protocol.Fields) error
	// Jobs runs what people have put off at its time, until ctx is done; nil =
	// nothing is.
	Jobs func(ctx context.Context) error
	Log  *slog.Logger // nil = none
}

// Attend attends the mailboxes of the queue until ctx is done: the machine
// mailbox, and those of everybody who is logged on, as each signal of sessions
// has it look again. It keeps nothing in memory that matters: killed at any
// moment and started again it goes on. The error says why it cannot attend;
// monitor.ErrRestart is one that an administrator asked for.
func (a Attendance) Attend(ctx context.Context, sessions <-chan struct{}) error {
	s := &attending{Attendance: a, users: map[string]*user{}}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.Computer = s.Computer.Complete()
	if s.Processors == nil {
		s.Processors = func(user string) (map[string]processor.Processor, error) {
			return processor.Programs{Queue: a.Queue, User: user}.Processors()
		}
	}
	if s.Ledger == nil {
		s.Ledger = func(ledger.Event) {}
	}
	if s.OnAnswer == nil {
		s.OnAnswer = processor.OnAnswer{Queue: a.Queue}.Run
	}
	s.relay = newRelay(a.Queue, s.Computer, s.Ledger, s.Log)
	return s.run(ctx, sessions)
}

// attending is a service at work; one goroutine owns it.
type attending struct {
	Attendance
	relay *relay
	users map[string]*user // who is logged on, by UID
}

func (s *attending) run(ctx context.Context, sessions <-chan struct{}) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	machine := mailbox.Place{Queue: s.Queue, Scope: mailbox.ScopeMachine}
	if err := s.Computer.Make(machine); err != nil {
		return fmt.Errorf("make the machine mailbox: %w", err)
	}
	box, err := s.Computer.Open(machine)
	if err != nil {
		return fmt.Errorf("open the machine mailbox: %w", err)
	}
	s.sweep(box)
	ended := make(chan error, 1)
	go func() { ended <- s.attendMachine(ctx, box) }()
	defer s.leaveAll()
	answers := s.newAnswers(box)
	answering := make(chan struct{})
	go func() {
		defer close(answering)
		answers.attend(ctx)
	}()
	defer func() { <-answering }()
	jobs := make(chan struct{})
	go func() {
		defer close(jobs)
		s.runJobs(ctx)
	}()
	defer func() { <-jobs }()
	defer stop()
	s.meet(ctx) // before it counts as started: who is there can ask it then
	for {
		timer := time.NewTimer(sweepEvery)
		select {
		case err := <-ended:
			timer.Stop()
			return err
		case _, ok := <-sessions:
			if !ok {
				sessions = nil
			}
			s.meet(ctx)
			answers.signal()
		case <-timer.C:
			s.sweep(box)
		}
		timer.Stop()
	}
}

// runJobs runs jobs at their times. That it cannot is no reason not to attend.
func (s *attending) runJobs(ctx context.Context) {
	if s.Jobs == nil {
		return
	}
	if err := s.Jobs(ctx); err != nil && ctx.Err() == nil {
		s.Log.Error("run jobs at their times", "err", err)
	}
}

func (s *attending) attendMachine(ctx context.Context, box *mailbox.Mailbox) error {
	return monitor.Run(ctx, monitor.Options{
		Queue: s.Queue, Mailbox: box, SweepEvery: sweepEvery, Log: s.Log.With("mailbox", "machine"),
		Ledger: func(e ledger.Event) { e.Scope = string(mailbox.ScopeMachine); s.Ledger(e) },
		Processors: func(bool) map[string]processor.Processor {
			return map[string]processor.Processor{protocol.KindControl: processor.Control{}}
		},
		Other: s.relay,
	})
}

// meet brings the users up to date with who is logged on. Where the system
// does not say, nobody has come or gone.
func (s *attending) meet(ctx context.Context) {
	sessions, err := s.Computer.Sessions(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("ask who is logged on", "err", err)
		}
		return
	}
	there := map[string]string{} // their names
	for _, one := range sessions {
		if one.UID != "" {
			there[one.UID] = one.User
		}
	}
	for uid, u := range s.users {
		if _, is := there[uid]; !is {
			s.Log.Info("logged off", "user", u.name)
			u.leave()
			delete(s.users, uid)
		}
	}
	for uid, name := range there {
		if u := s.users[uid]; u != nil {
			u.changed()
			continue
		}
		s.Log.Info("logged on", "user", name)
		s.users[uid] = s.newUser(ctx, uid, name)
	}
}

func (s *attending) leaveAll() {
	var all sync.WaitGroup
	for _, u := range s.users {
		all.Go(u.leave)
	}
	all.Wait()
}

// sweep clears away what is left in the assigned mailboxes, of those who are
// not logged on as well: what the protocol says, and what was passed on from
// machine, the message in which has gone or has its reply.
func (s *attending) sweep(machine *mailbox.Mailbox) {
	if err := s.Computer.Tidy(); err != nil {
		s.Log.Warn("remove copies of the program that nobody uses", "err", err)
	}
	uids, err := s.Computer.Users(s.Queue)
	if err != nil {
		s.Log.Error("list the assigned mailboxes", "err", err)
		return
	}
	for _, uid := range uids {
		box, err := s.Computer.Open(mailbox.Place{Queue: s.Queue, Scope: mailbox.ScopeAssigned, UID: uid})
		if err == nil {
			box.OnExpired(func(m protocol.Message) { s.noteExpired(uid, m) })
			err = errors.Join(box.Sweep(), s.sweepRelayed(machine, box))
		}
		if err != nil {
			s.Log.Warn("sweep an assigned mailbox", "user", uid, "err", err)
		}
	}
}

// noteExpired tells the ledger of a message that its user did not come for.
func (s *attending) noteExpired(uid string, m protocol.Message) {
	e := ledger.Event{
		Event: string(protocol.StatusExpired), Scope: string(mailbox.ScopeAssigned),
		ID: m.ID, Kind: m.Kind, Title: m.Title, Sender: m.Sender, UID: uid,
	}
	if u := s.users[uid]; u != nil {
		e.User = u.name
	}
	s.Ledger(e)
}

func (s *attending) sweepRelayed(machine, assigned *mailbox.Mailbox) error {
	ids, err := assigned.IDs()
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		entry, err := assigned.Get(id)
		if err != nil || entry.Message.Extra[relayedField] == nil || s.relay.has(id) {
			continue // gone meanwhile, or nobody's but its sender's
		}
		over, err := isOver(machine, id)
		if err == nil && over {
			err = assigned.Forget(id)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// isOver reports whether a message has gone or has its reply.
func isOver(box *mailbox.Mailbox, id string) (bool, error) {
	there, err := box.Exists(id)
	if err != nil || !there {
		return !there, err
	}
	state, _, err := box.State(id)
	return state == mailbox.Spent, err
}
