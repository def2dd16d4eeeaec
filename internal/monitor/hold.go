package monitor

import (
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// situation is what plan decides by, as it is now.
func (m *monitor) situation() situation {
	return situation{m.letters, m.Session, m.state, m.busy, m.Zone, m.policy, m.handles, m.beside}
}

// holdsBack reports whether a letter must wait until the person is back, or
// free, or the quiet hours are over; and when that may be otherwise though
// nothing happens, zero = never.
func (s situation) holdsBack(l *letter, now time.Time) (held bool, until time.Time) {
	quiet, change := s.quiet(l, now)
	until = change
	if quiet {
		return true, until
	}
	if l.when() != protocol.WhenWait {
		return false, until
	}
	switch {
	case s.state.Away():
		return true, until
	case s.state.Busy:
		if l.message.BusyMax == 0 {
			return true, until
		}
		since := s.busy
		if l.arrived.After(since) {
			since = l.arrived
		}
		if end := since.Add(time.Duration(l.message.BusyMax) * time.Second); end.After(now) {
			return true, earliest(until, end)
		}
	}
	return false, until
}

// skips reports whether a letter is not shown at all as things are now.
func (s situation) skips(l *letter, now time.Time) bool {
	if l.when() != protocol.WhenSkip {
		return false
	}
	quiet, _ := s.quiet(l, now)
	return quiet || s.state.Away() || s.state.Busy
}

// quiet reports whether the letter's quiet hours are on, and when that changes.
// Nothing is quiet for what is critical.
func (s situation) quiet(l *letter, now time.Time) (bool, time.Time) {
	if l.message.Urgency == protocol.UrgencyCritical || l.message.Kind == protocol.KindControl {
		return false, time.Time{}
	}
	hours, err := l.message.QuietHours()
	if err != nil {
		return false, time.Time{} // it is rejected
	}
	own, change := hours.At(now.In(s.zone))
	everybodys, other := s.policy.Quiet.At(now.In(s.zone))
	return own || everybodys, earliest(change, other)
}

// leastReminder is the shortest time between two reminders.
const leastReminder = time.Minute

// reminder is when a window that opened, or came to the front, now is to come
// again, zero = never: after Remind, or half of what is left until its end.
func (l *letter) reminder(now time.Time) time.Time {
	if l.message.Remind == 0 || l.window == nil {
		return time.Time{}
	}
	after := max(time.Duration(l.message.Remind)*time.Second, leastReminder)
	if end := earliest(l.expiry(), l.window.deadline); !end.IsZero() {
		after = max(min(after, end.Sub(now)/2), leastReminder)
	}
	return now.Add(after)
}

// remind has a window come to the front again, as a change upward of the
// urgency does.
func (m *monitor) remind(l *letter) {
	now := time.Now()
	l.window.raised++
	l.window.remindAt = l.reminder(now)
	l.window.update(l.message, now)
	m.Log.Info("reminded", "id", l.id, "times", l.window.raised)
}
