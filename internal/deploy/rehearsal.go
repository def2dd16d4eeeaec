package deploy

import (
	"context"
	"errors"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/restart"
	"github.com/deskbell/deskbell/protocol"
)

// Person answers in a rehearsal.
type Person interface {
	// Answer is what he answers to a question, and after which time; false where
	// he never does.
	Answer(q dialog.Question) (r protocol.Reply, after time.Duration, answers bool, err error)
}

// Rehearsal runs a job again and again, as a distribution system does, with a
// person, an installer, a clock and a memory of its own: nothing is shown, waited
// for, installed or remembered.
type Rehearsal struct {
	Job    Job
	Person Person
	User   string        // what he is called
	Start  time.Time     // of the first run
	Every  time.Duration // from one run to the next
	Most   int           // runs
	Status int           // of the installer

	clock   time.Time
	facts   Facts
	planned time.Time // restart
	heard   []Exchange
}

// Exchange is a question and what was answered, or a notice.
type Exchange struct {
	At     time.Time
	Text   string
	Answer string // the caption of a button; "" = none was pressed
	Closed bool   // the window was closed
	Told   bool   // nothing was asked
}

// Run is one run of a rehearsal.
type Run struct {
	At        time.Time
	Exchanges []Exchange
	Result    Result
}

// Runs rehearses until the installer has run, or for the most runs that there are
// to be. An error of the person's, or of the job's, ends it behind the runs that
// there were.
func (h *Rehearsal) Runs(ctx context.Context) ([]Run, error) {
	j := h.Job
	j.Record, j.Desk, j.Computer, j.Now, j.Pause = h, h, h, h.now, h.pause
	j.Closing.Programs, j.Group = nil, nil
	j.Busy = func() (string, error) { return "", nil }
	j.Install = func(context.Context, Bar) (int, error) {
		h.clock = h.clock.Add(time.Minute)
		return h.Status, nil
	}
	var runs []Run
	h.clock = h.Start
	for n := range h.Most {
		if at := h.Start.Add(time.Duration(n) * h.Every); at.After(h.clock) {
			h.clock = at
		}
		h.heard = nil
		run := Run{At: h.clock}
		var err error
		run.Result, err = j.Run(ctx)
		run.Exchanges = h.heard
		if err != nil {
			return runs, err
		}
		runs = append(runs, run)
		if run.Result.Outcome == Installed {
			break
		}
	}
	return runs, nil
}

func (h *Rehearsal) now() time.Time { return h.clock }

func (h *Rehearsal) pause(_ context.Context, d time.Duration) error {
	h.clock = h.clock.Add(d)
	return nil
}

// Load implements Record, as Save and Clear do.
func (h *Rehearsal) Load() (Facts, error) { return h.facts, nil }

// Save implements Record.
func (h *Rehearsal) Save(f Facts) error {
	h.facts = f
	return nil
}

// Clear implements Record.
func (h *Rehearsal) Clear() error { return h.Save(Facts{}) }

// Hold implements Record.
func (h *Rehearsal) Hold() (func() error, error) { return func() error { return nil }, nil }

// Ask implements Desk.
func (h *Rehearsal) Ask(_ context.Context, m protocol.Message, within time.Duration) (delivery.Result, error) {
	q := dialog.NewQuestion(m, dialog.Viewer{})
	heard := Exchange{At: h.clock, Text: q.Text}
	reply, after, answers, err := h.Person.Answer(q)
	if err != nil {
		return delivery.Result{}, err
	}
	r := delivery.Result{Outcome: delivery.Answered, User: h.User, Reply: reply}
	r.Reply.ShownAt, r.Reply.Seen = h.clock, true
	switch {
	case !answers || after >= within:
		r.Outcome, r.Reply.Button, after = delivery.TimedOut, protocol.NoButton, within
	case reply.Status == protocol.StatusDismissed:
		r.Outcome, heard.Closed = delivery.Dismissed, true
	}
	for _, b := range q.Buttons {
		if b.Number == r.Reply.Button {
			heard.Answer = b.Value
		}
	}
	h.clock = h.clock.Add(after)
	h.heard = append(h.heard, heard)
	return r, nil
}

// AskAll implements Desk: there is one person.
func (h *Rehearsal) AskAll(ctx context.Context, m protocol.Message, within time.Duration) ([]delivery.Result, error) {
	r, err := h.Ask(ctx, m, within)
	return []delivery.Result{r}, err
}

// Begin implements Desk: nothing has to be closed in a rehearsal.
func (h *Rehearsal) Begin(context.Context, protocol.Message, time.Duration) (Question, error) {
	return nil, errors.ErrUnsupported
}

// Show implements Desk.
func (h *Rehearsal) Show(context.Context, protocol.Message) (Bar, error) { return unseen{}, nil }

// Tell implements Desk.
func (h *Rehearsal) Tell(_ context.Context, m protocol.Message) error {
	h.heard = append(h.heard, Exchange{At: h.clock, Text: dialog.NewQuestion(m, dialog.Viewer{}).Text, Told: true})
	return nil
}

// Leave implements Desk.
func (h *Rehearsal) Leave(ctx context.Context, m protocol.Message) error { return h.Tell(ctx, m) }

// unseen is a bar that nobody sees.
type unseen struct{}

func (unseen) Update(func(*protocol.Message)) error { return nil }
func (unseen) Close() error                         { return nil }

// Schedule implements Computer.
func (h *Rehearsal) Schedule(_ context.Context, p restart.Plan) error {
	h.planned = p.At
	return nil
}

// Pending implements Computer.
func (h *Rehearsal) Pending(context.Context) (time.Time, error) { return h.planned, nil }

// Owner implements Computer.
func (h *Rehearsal) Owner() string { return "rehearsal" }
