//go:build linux

package main

import (
	"fmt"
	"time"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

const (
	// guard is how long nothing answers after the window opened, and no key
	// after it was activated.
	guard = 500 * time.Millisecond
	// quiet is how long there must have been no input before the window takes
	// the keyboard.
	quiet = 2 * time.Second
	// calm is how long no key may have come before one answers, where nobody
	// can tell whether the person was typing when the window took the keyboard.
	calm = time.Second
	// mapping is how long a window manager has, the first time, to put the window
	// on screen; mostMapping is how long it has at most.
	mapping, mostMapping = time.Second, 30 * time.Second
)

// Roles of the window (WM_WINDOW_ROLE), for programs that drive it.
const (
	roleOpen  = "deskbell"
	roleReady = "deskbell-ready" // keys answer
)

// attention sees to it that the window is noticed and yet takes no key that
// was meant for another.
type attention struct {
	w      *window
	x11    bool
	idle   func() (time.Duration, bool)
	active bool
	armed  bool // keys answer
	turn   int  // of the timer that arms; those before it are void
}

func newAttention(w *window) *attention {
	a := &attention{w: w, x11: w.g.OnX11()}
	w.g.SetRole(w.top, roleOpen)
	w.g.KeepAbove(w.top, true)
	w.g.OnNotify(w.top, "is-active", a.activated)
	return a
}

// insist asks for the window to be put on screen again, for as long as it is
// neither there nor known to a window manager: one that is just beginning, as in a
// session that is, may take over the screen and not look at what it is asked for
// until then.
func (a *attention) insist(wait time.Duration) {
	window := a.w.g.XID(a.w.top)
	if window == 0 {
		return
	}
	a.w.g.After(uint32(wait/time.Millisecond), func() {
		if a.w.ended || a.w.g.Version == 3 && !a.w.shownAt.IsZero() {
			return
		}
		go func() {
			lost, err := mapUnmanaged(window)
			a.w.g.Idle(func() {
				switch {
				case err != nil:
					fmt.Fprintln(a.w.log, "deskbell-gtk:", err)
				case lost && !a.w.ended:
					a.insist(min(2*wait, mostMapping))
				}
			})
		}()
	})
}

// opened is called when the window has come on screen.
func (a *attention) opened() {
	a.arm()
	// GTK 3 forgets the hint when it is given earlier.
	a.w.g.Urgent(a.w.top, !a.active && a.w.q.Urgency != protocol.UrgencyLow)
	if a.x11 && a.w.q.Kind != protocol.KindNotify {
		go func() {
			idle := newIdle()
			a.w.g.Idle(func() { a.idle = idle; a.look() })
		}()
	}
}

// look activates the window once nobody has typed or moved for a while.
func (a *attention) look() {
	if a.active || a.w.ended {
		return
	}
	idle, known := a.idle()
	switch {
	case !known:
	case idle >= quiet:
		a.w.g.Activate(a.w.top)
	default:
		a.w.g.After(uint32((quiet-idle)/time.Millisecond)+1, a.look)
	}
}

// activated is called when the window got the keyboard or lost it.
func (a *attention) activated() {
	a.active = a.w.g.WindowActive(a.w.top)
	if a.active {
		a.w.g.Urgent(a.w.top, false)
		a.w.g.KeepAbove(a.w.top, a.w.q.SystemModal)
	}
	a.arm()
}

// arm lets keys answer when their time has come.
func (a *attention) arm() {
	a.turn++
	if a.armed {
		a.armed = false
		a.w.g.SetRole(a.w.top, roleOpen)
	}
	if !a.active || a.w.shownAt.IsZero() {
		return
	}
	wait := guard
	if !a.x11 {
		wait = calm
	}
	turn := a.turn
	a.w.g.After(uint32(wait/time.Millisecond), func() {
		if turn == a.turn {
			a.armed = true
			a.w.g.SetRole(a.w.top, roleReady)
		}
	})
}

// keyPressed sees each key before the widgets do, and keeps from them what
// would answer too early. Typing into a field is no answer.
func (a *attention) keyPressed(key gtk.Key) bool {
	enter := key.Value == gtk.KeyReturn || key.Value == gtk.KeyEnter || key.Value == gtk.KeyISO
	control := key.Modifiers&gtk.ControlKey != 0
	text, multiline := a.w.g.IsText(a.w.g.WindowFocus(a.w.top))
	if !a.armed {
		if !a.x11 {
			a.arm()
		}
		switch {
		case enter:
			return !multiline || control
		case key.Value == gtk.KeySpace || key.Value == gtk.KeyPad:
			return !text
		}
		return key.Value == gtk.KeyEscape
	}
	switch {
	case !enter:
		return false
	case multiline && !control, text && !multiline:
		return false // a new line, or the field's own signal (see newField)
	}
	return a.w.enter()
}

// answers reports whether the window has been open long enough.
func (a *attention) answers() bool {
	return !a.w.shownAt.IsZero() && time.Since(a.w.shownAt) >= guard
}

// follow brings the window forward again when that is asked for.
func (a *attention) follow(was, q dialog.Question) {
	louder := q.Urgency != was.Urgency && (was.Urgency == protocol.UrgencyLow || q.Urgency == protocol.UrgencyCritical)
	if !q.Raise && !louder {
		return
	}
	a.w.g.Raise(a.w.top)
	if !a.active {
		a.w.g.KeepAbove(a.w.top, true)
		a.w.g.Urgent(a.w.top, true)
	}
}
