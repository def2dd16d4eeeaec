// Package arrival is how a window comes before the person: on the monitor in
// use, above the others, flashing and announced, but without the keyboard
// until nothing has been typed for a while, and deaf at first, so that no key
// or click meant for something else answers it.
package arrival

import "time"

const (
	// deaf is how long a window takes no answer after it has come.
	deaf = 500 * time.Millisecond
	// quiet is how long nothing must have been typed or moved before a
	// window may take the keyboard.
	quiet = 2 * time.Second
)

// manners decides what a window may do. Its zero value is a window that is
// not on screen.
type manners struct {
	shown   time.Time
	deaf    time.Time // no answer before
	settled bool      // has had the keyboard, or asked for it
}

// show notes that the window is on screen.
func (m *manners) show(now time.Time) {
	m.shown, m.deaf, m.settled = now, now.Add(deaf), false
}

// hears reports whether the window takes answers.
func (m *manners) hears(now time.Time) bool {
	return !m.shown.IsZero() && !now.Before(m.deaf)
}

// activates reports whether the window is to take the keyboard now, given
// whether it has it and how long the person has been idle. It does so once,
// and is deaf again then: the next key may have been on its way elsewhere.
func (m *manners) activates(now time.Time, active bool, idle time.Duration) bool {
	if active {
		m.settled = true
	}
	if m.shown.IsZero() || m.settled || idle < quiet {
		return false
	}
	m.settled = true
	m.deaf = now.Add(deaf)
	return true
}
