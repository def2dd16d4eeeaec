package monitor

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// errComplete ends a progress bar that has reached 100 %.
var errComplete = errors.New("the work is complete")

// action is one thing to do about a letter: show it, finish it with a reply
// though it was never shown, close its window, or look again who claims it.
type action struct {
	do     verb
	letter *letter
	reply  protocol.Reply // of finish
	cause  error          // of close
}

type verb int

const (
	show verb = iota
	finish
	closeWindow
	lookAgain
	remind
)

// situation is all that plan decides by.
type situation struct {
	letters map[name]*letter
	session string
	state   session.State
	busy    time.Time      // since when the person is, of state.Busy
	zone    *time.Location // of the clock on the wall
	policy  policy.Policy
	handles func(*letter) bool
	beside  func(*letter) bool // whether it waits for no other's window
}

// agenda is what plan decides: what is to be done now, in which order those
// that wait for the screen get it, and when to plan again though nothing
// happened; due is zero when only an event can change anything.
type agenda struct {
	actions []action
	queue   []*letter
	due     time.Time
}

// later makes sure that there is a plan again at t, unless it is zero.
func (a *agenda) later(t time.Time) { a.due = earliest(a.due, t) }

// plan decides what is to be done with the letters as they are. It is pure.
func plan(s situation, now time.Time) agenda {
	var a agenda
	for _, l := range slices.SortedFunc(maps.Values(s.letters), (*letter).compareNames) {
		switch {
		case l.window != nil && l.window.closing:
		case l.window != nil:
			if cause := closing(l, now); cause != nil {
				a.actions = append(a.actions, action{do: closeWindow, letter: l, cause: cause})
				continue
			}
			a.later(l.expiry())
			a.later(l.window.deadline)
			if at := l.window.remindAt; at.After(now) {
				a.later(at)
			} else if !at.IsZero() {
				held, until := s.holdsBack(l, now)
				if !held {
					a.actions = append(a.actions, action{do: remind, letter: l})
				}
				a.later(until)
			}
		case !l.due(s.session):
		case l.claimed:
			if l.retry.IsZero() || l.retry.After(now) {
				a.later(l.retry)
				continue
			}
			a.actions = append(a.actions, action{do: lookAgain, letter: l})
		default:
			if reply, over := outcome(s, l, now); over {
				a.actions = append(a.actions, action{do: finish, letter: l, reply: reply})
				continue
			}
			a.later(l.expiry())
			held, until := s.holdsBack(l, now)
			a.later(until)
			switch {
			case held:
			case s.beside(l):
				a.actions = append(a.actions, action{do: show, letter: l})
			default:
				a.queue = append(a.queue, l)
			}
		}
	}
	slices.SortFunc(a.queue, (*letter).compare)
	return a
}

// due reports whether this monitor has to do something about a letter that is
// not on screen.
func (l *letter) due(session string) bool {
	return l.complete && !l.gone && !l.spent && !l.elsewhere(session)
}

// elsewhere reports whether only the monitor of another session may show it.
func (l *letter) elsewhere(session string) bool {
	return l.problem == nil && l.message.Session != "" && l.message.Session != session
}

// closing says why an open window must close, nil if it must not.
func closing(l *letter, now time.Time) error {
	reached := func(t time.Time) bool { return !t.IsZero() && !t.After(now) }
	switch {
	case l.gone:
		return processor.ErrWithdrawn
	case l.message.Kind == protocol.KindProgress && l.message.Percent == 100:
		return errComplete
	case l.orphaned:
		return processor.ErrSenderGone
	case reached(l.expiry()):
		return processor.ErrExpired
	case reached(l.window.deadline):
		return processor.ErrTimeout
	}
	return nil
}

// outcome is the reply to a message that will not be shown.
func outcome(s situation, l *letter, now time.Time) (protocol.Reply, bool) {
	reply := protocol.Reply{Button: protocol.NoButton}
	expiry := l.expiry()
	switch {
	case l.problem != nil:
		reply.Status, reply.Error = protocol.StatusRejected, l.problem.Error()
	case s.policy.Refuses(l.message, l.box.trusted) != "":
		reply.Policy = s.policy.Refuses(l.message, l.box.trusted)
		reply.Status, reply.Error = protocol.StatusRejected, "the administrator of this computer does not allow it ("+reply.Policy+")"
	case !s.handles(l):
		err := protocol.FieldError{Field: "Kind", Problem: `"` + l.message.Kind + `" is not a kind that this monitor handles`}
		reply.Status, reply.Error = protocol.StatusRejected, err.Error()
	case l.message.Kind == protocol.KindProgress && l.message.Percent == 100:
		reply.Status = protocol.StatusAnswered
	case l.orphaned:
		reply.Status, reply.Error = protocol.StatusExpired, processor.ErrSenderGone.Error()
	case !expiry.IsZero() && !expiry.After(now):
		reply.Status, reply.Error = protocol.StatusExpired, processor.ErrExpired.Error()
	case s.skips(l, now):
		reply.Status = protocol.StatusSkipped
	default:
		return reply, false
	}
	return reply, true
}
