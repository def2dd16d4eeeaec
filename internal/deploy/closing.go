package deploy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/catalogue"
	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/program"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// Closing says which programs have to be closed before the installer runs.
type Closing struct {
	// Programs are those that people have open; nil = none has to be closed.
	Programs Programs
	// Countdown is how long people have. Force ends by force then what is still
	// open; without it the job is tried again later.
	Countdown time.Duration
	Force     bool
	// Unreachable is what to do with the programs of somebody who cannot be
	// asked: one of Unreachables.
	Unreachable string
	// Block keeps them from being opened again until the installer has ended.
	Block bool
	// Reopen starts them again afterwards, for who had them open.
	Reopen bool
	// IfRunning asks whether to install only where one of them runs.
	IfRunning bool
}

// Words of Closing.Unreachable.
const (
	UnreachableWait  = "wait"  // for the whole countdown: he may come back, and they may end
	UnreachableClose = "close" // ask the programs to close, as if he had said so
	UnreachableFail  = "fail"  // try again later, at once
)

// Unreachables says what to do with the programs of somebody who cannot be asked.
func Unreachables() []string {
	return []string{UnreachableWait, UnreachableClose, UnreachableFail}
}

// Owned is a program and the session of the person who has it open; the zero
// session is the caller's own.
type Owned struct {
	program.Program
	Session session.Session
}

// Programs are the programs that have to be closed.
type Programs interface {
	// List returns those that run now.
	List(ctx context.Context) ([]Owned, error)
	// Close asks programs of one person to close. It does not wait for that.
	Close(ctx context.Context, programs []Owned) error
	// End ends one by force.
	End(ctx context.Context, p Owned) error
	// Start starts one again that has ended.
	Start(ctx context.Context, p Owned) error
}

const (
	// lookAgain is how often it is looked what still runs.
	lookAgain = time.Second
	// settle is how long programs that were asked to close have for it before
	// their owner is asked again: they ask him what is to be saved.
	settle = 20 * time.Second
)

// running lists the programs that have to be closed.
func (j *Job) running(ctx context.Context) ([]Owned, error) {
	if j.Closing.Programs == nil {
		return nil, nil
	}
	return j.Closing.Programs.List(ctx)
}

// closePrograms closes what has to be closed, and returns what was. stillOpen says
// what could not be: the job is not done then.
func (j *Job) closePrograms(ctx context.Context, who audience) (closed []Owned, stillOpen string, err error) {
	programs, err := j.running(ctx)
	if err != nil || len(programs) == 0 {
		return nil, "", err
	}
	end := j.Now().Add(min(j.Closing.Countdown, j.began.Add(j.budget()).Sub(j.Now())))
	owners := ownersOf(programs)
	errs, asked := make([]error, len(owners)), make([]bool, len(owners))
	var asking sync.WaitGroup
	for i, owner := range owners {
		asking.Go(func() { asked[i], errs[i] = j.closeOf(ctx, owner, end, who) })
	}
	asking.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, "", err
	}
	var left []Owned // of who came meanwhile, too
	for i, owner := range owners {
		if asked[i] && j.Closing.Force {
			if err := j.endOf(ctx, owner); err != nil {
				return nil, "", err
			}
		}
	}
	if left, err = j.running(ctx); err != nil {
		return nil, "", err
	}
	for _, p := range programs {
		if !slices.ContainsFunc(left, func(other Owned) bool { return other.ID == p.ID }) {
			closed = append(closed, p)
		}
	}
	return closed, NamesOfPrograms(left), nil
}

// endOf ends by force what one person still has open.
func (j *Job) endOf(ctx context.Context, owner session.Session) error {
	programs, err := j.of(ctx, owner)
	for _, p := range programs {
		if err == nil {
			err = j.Closing.Programs.End(ctx, p)
		}
	}
	return err
}

// ownersOf are the sessions that have programs open, each once.
func ownersOf(programs []Owned) (owners []session.Session) {
	for _, p := range programs {
		if !slices.ContainsFunc(owners, func(s session.Session) bool { return s.ID == p.Session.ID }) {
			owners = append(owners, p.Session)
		}
	}
	return owners
}

// longestName is how much of a program's name is shown: whoever has a program open
// may have named its file, and this is no place for him to say more.
const longestName = 64

// names are what programs are called, each once.
func names(programs []Owned) (names []string) {
	for _, p := range programs {
		name := dialog.CleanLine(p.Name)
		if runes := []rune(name); len(runes) > longestName {
			name = string(runes[:longestName-1]) + "…"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// NamesOfPrograms are the names of programs in a sentence, each once.
func NamesOfPrograms(programs []Owned) string { return strings.Join(names(programs), ", ") }

// closeOf has the programs of one person closed, until the end of the countdown,
// and reports whether he was asked, or need not be. It is no error that some are
// still open then.
func (j *Job) closeOf(ctx context.Context, owner session.Session, end time.Time, who audience) (asked bool, err error) {
	for {
		programs, err := j.of(ctx, owner)
		left := end.Sub(j.Now())
		if err != nil || len(programs) == 0 || left <= 0 {
			return asked, err
		}
		answer := delivery.Result{Outcome: delivery.Refused} // who is not to be disturbed
		if who != unattended {
			var gone bool
			if answer, gone, err = j.askToClose(ctx, owner, programs, left); gone || err != nil {
				return true, err
			}
		}
		pause := settle
		switch there := reached(answer.Outcome); {
		case there && answer.Outcome != delivery.Answered: // he closed the window, say
			asked = true
		case there, j.Closing.Unreachable == UnreachableClose:
			asked = true
			if programs, err = j.of(ctx, owner); err == nil && len(programs) > 0 {
				err = j.Closing.Programs.Close(ctx, programs)
			}
			if err != nil {
				return asked, err
			}
			if !there {
				pause = left
			}
		case j.Closing.Unreachable == UnreachableFail:
			return false, nil
		default:
			pause = left
		}
		if gone, err := j.awaitClosed(ctx, owner, min(pause, end.Sub(j.Now()))); gone || err != nil {
			return asked, err
		}
	}
}

// of lists the programs of one person.
func (j *Job) of(ctx context.Context, owner session.Session) (programs []Owned, err error) {
	all, err := j.running(ctx)
	for _, p := range all {
		if p.Session.ID == owner.ID {
			programs = append(programs, p)
		}
	}
	return programs, err
}

// awaitClosed waits until a person has none of them open, for at most a time.
func (j *Job) awaitClosed(ctx context.Context, owner session.Session, most time.Duration) (gone bool, err error) {
	for end := j.Now().Add(most); ; {
		programs, err := j.of(ctx, owner)
		if err != nil || len(programs) == 0 {
			return err == nil, err
		}
		left := end.Sub(j.Now())
		if left <= 0 {
			return false, nil
		}
		if err := j.Pause(ctx, min(lookAgain, left)); err != nil {
			return false, err
		}
	}
}

// askToClose shows somebody what he has to close, as long as there is something;
// gone tells that nothing is left.
func (j *Job) askToClose(ctx context.Context, owner session.Session, programs []Owned, left time.Duration) (r delivery.Result, gone bool, err error) {
	m, err := j.closeQuestion(owner, programs, left)
	if err != nil {
		return r, false, err
	}
	asking, withdraw := context.WithCancel(ctx)
	defer withdraw()
	q, err := j.Desk.Begin(asking, m, left)
	if err != nil {
		return r, false, err
	}
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	shown := NamesOfPrograms(programs)
	for {
		select {
		case r = <-q.Result():
			return r, false, context.Cause(ctx)
		case <-ticker.C:
		}
		if programs, err = j.of(ctx, owner); err != nil || len(programs) == 0 {
			withdraw()
			return <-q.Result(), err == nil, err
		}
		if open := NamesOfPrograms(programs); open != shown {
			shown = open
			newer, err := j.closeQuestion(owner, programs, left)
			if err == nil {
				err = q.Update(func(m *protocol.Message) { *m = m.Follow(newer) })
			}
			if err != nil {
				j.Log.Warn("show what is still open", "err", err)
			}
		}
	}
}

// toOwner is whom a message to the person of a session is for.
func toOwner(owner session.Session) string {
	if owner.ID == "" {
		return ""
	}
	return "session:" + owner.ID
}

// closeQuestion asks somebody to close his programs.
func (j *Job) closeQuestion(owner session.Session, programs []Owned, left time.Duration) (protocol.Message, error) {
	var ours, his []Owned
	for _, p := range programs {
		if p.Elevated && owner.ID != "" {
			his = append(his, p)
		} else {
			ours = append(ours, p)
		}
	}
	return message(protocol.KindPopup, protocol.Fields{
		"Title": j.Title, "To": toOwner(owner), "Icon": protocol.IconWarning, "Urgency": protocol.UrgencyCritical,
		"Timeout": max(1, int(left/time.Second)),
	}, func(words *catalogue.Printer) protocol.Fields {
		lines := []string{words.Text("close.intro", j.Title)}
		for _, list := range []struct {
			key      string
			programs []Owned
		}{{"close.list", ours}, {"close.yourself", his}} {
			if len(list.programs) > 0 {
				lines = append(lines, words.Text(list.key)+"\n• "+strings.Join(names(list.programs), "\n• "))
			}
		}
		countdown := "close.later"
		if j.Closing.Force {
			countdown = "close.force"
		}
		return protocol.Fields{
			"Text":          strings.Join(append(lines, words.Text("close.save")), "\n\n"),
			"Buttons":       []string{words.Text("close.now")},
			"CountdownText": words.Text(countdown),
		}
	})
}

// reopen starts what was closed. That one does not start is no failure of the job.
func (j *Job) reopen(ctx context.Context, closed []Owned) {
	if !j.Closing.Reopen {
		return
	}
	for _, p := range closed {
		if err := j.Closing.Programs.Start(ctx, p); err != nil {
			j.Log.Warn("start again what was closed", "program", p.Image, "err", err)
		}
	}
}

// recipients are who is meant: whoever the administrator says; else who has open
// what has to be closed; else whoever is at the screen.
func recipients(to string, open []Owned) string {
	if to != "" {
		return to
	}
	var sessions []string
	for _, s := range ownersOf(open) {
		if s.ID == "" {
			return "" // the caller's own
		}
		sessions = append(sessions, toOwner(s))
	}
	return strings.Join(sessions, ",")
}
