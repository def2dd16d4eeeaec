package monitor

import (
	"time"

	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// enter takes note of the state that the session is in now: it goes into the
// presence record, and the clocks of windows that nobody can see stand still.
// ok is false when nothing more will be told.
func (m *monitor) enter(state session.State, ok bool) {
	if !ok {
		m.States = nil
		return
	}
	if state == m.state {
		return
	}
	now := time.Now()
	for _, l := range m.letters {
		if l.window != nil && state.Away() {
			l.window.seen = l.window.seen || m.inUse(now.Sub(l.window.opened))
		}
	}
	if wasBusy := m.state.Busy && !m.state.Away(); !wasBusy {
		m.busy = now
	}
	m.state, m.stale = state, true
	m.Log.Info("session", "locked", state.Locked, "disconnected", state.Disconnected, "busy", state.Busy)
	if err := m.attendance.SetState(presenceState(state)); err != nil {
		m.Log.Warn("write down the state of the session", "err", err)
	}
	for _, l := range m.letters {
		if l.window == nil || l.window.closing || l.when() == protocol.WhenShow {
			continue
		}
		before := l.window.deadline
		if state.Away() {
			l.window.pause(now)
		} else {
			l.window.goOn(now)
		}
		if !l.window.deadline.Equal(before) {
			l.window.update(l.message, now)
		}
	}
}

// presenceState is the word for a state in a presence record.
func presenceState(s session.State) string {
	switch {
	case s.Away():
		return protocol.StateLocked
	case s.Busy:
		return protocol.StateBusy
	}
	return protocol.StateReady
}
